use clap::ValueEnum;
use serde_json::json;

use crate::engine::{History, Platform};

/// Where the workflow goes.
pub(super) const WORKFLOW_FILE: &str = ".github/workflows/railcheck.yml";

/// The workflow of GitHub Actions.
pub(super) const WORKFLOW: &str = "\
# Verifies the guardrails of railcheck.yaml, and shows each breach at its line of a pull request.
name: railcheck

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

jobs:
  verify:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@v4
      - run: cargo install --locked --git https://github.com/adaefler-art/railcheck railcheck
      - run: railcheck verify --format github
";

/// The text of `railcheck.yaml`, each line with what it is for.
pub(super) fn configuration(
    migrations: Option<&str>,
    platform: Platform,
    history: History,
    packs: &[String],
) -> String {
    // JSON is YAML, so that any name is written as it is.
    let migrations = match migrations {
        Some(folder) => format!("migrations: {}", json!(folder)),
        None => "# migrations: supabase/migrations".to_owned(),
    };
    let platform = platform.to_possible_value();
    let platform = platform.as_ref().map_or("supabase", |value| value.get_name());
    let history = match history {
        History::Whole => "whole",
        History::Partial => "partial",
    };
    let packs = match packs {
        [] => "# packs: [rules/team.yaml]".to_owned(),
        packs => format!("packs: {}", json!(packs)),
    };
    format!(
        "\
# What railcheck verifies in this repository. `railcheck verify` reads it.

# The folder of the migrations, relative to this file.
{migrations}

# What they start from: supabase, or postgres for a bare server.
platform: {platform}

# Whether the migrations make all that there is (whole), or change a database that began elsewhere (partial):
# then what they need and do not make is assumed, and what hangs on it cannot be decided.
history: {history}

# SQL that comes before the first migration, such as a dump of what the database began with.
# before: schema.sql

# Packs of rules: shipped ones by name (`railcheck rules` lists them), others by file. The shipped
# pack e76 without any.
{packs}

# Folders of sources, relative to this file; all of the repository without any.
# sources: [apps, packages]

# Sources that are left out besides those of .gitignore, as patterns of a .gitignore.
# excludes: [legacy/, \"*.generated.ts\"]
"
    )
}
