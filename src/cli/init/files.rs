use clap::ValueEnum;
use serde_json::json;

use crate::engine::{History, Platform};

/// Where editors find the schema of the configuration.
const SCHEMA: &str =
    "https://raw.githubusercontent.com/adaefler-art/railcheck/main/docs/railcheck.schema.json";

/// Where the workflow goes.
pub(super) const WORKFLOW_FILE: &str = ".github/workflows/railcheck.yml";

/// The workflow of GitHub Actions.
const WORKFLOW: &str = "\
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
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      # The binary of a release, checked against its checksum; nothing is compiled.
      - uses: adaefler-art/railcheck@vVERSION
        with:
          version: vVERSION
";

/// The workflow, pinned to the release that writes it.
pub(super) fn workflow() -> String {
    WORKFLOW.replace("VERSION", env!("CARGO_PKG_VERSION"))
}

/// The text of `railcheck.yaml`, each line with what it is for.
pub(super) fn configuration(
    migrations: Option<&str>,
    platform: Platform,
    history: History,
    engine: Option<&str>,
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
    let engine = match engine {
        Some(engine) => format!("engine: {engine}"),
        None => "# engine: auto".to_owned(),
    };
    format!(
        "\
# yaml-language-server: $schema={SCHEMA}
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

# What makes the catalog that rules are judged on: auto, interpreter, postgres, shadow, live or both.
{engine}

# Packs of rules: shipped ones by name, others by file. `railcheck rules` lists what they have.
{packs}

# What single rules weigh here, and whose findings are left out where: a rule by its id.
# rules:
#   RLS: {{severity: warning, excludes: [\"supabase/migrations/2023*\"]}}

# Folders of sources, relative to this file; all of the repository without any.
# sources: [apps, packages]

# Sources that are left out besides those of .gitignore, as patterns of a .gitignore.
# excludes: [legacy/, \"*.generated.ts\"]
"
    )
}
