use std::process::ExitCode;

use chrono::Utc;
use clap::Args;

use super::output::{Target, write};
use super::progress::watched;
use super::repository::RepositoryArguments;
use super::verify::note_incompleteness;
use super::{CliError, migrate, note};
use crate::fix::{Choice, Fix, fix};
use crate::migrate::NewMigration;
use crate::span::SourceMap;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    repository: RepositoryArguments,
    /// Mend what is found of this object alone, as reports name it; may be repeated
    #[arg(long = "object", value_name = "OBJECT")]
    objects: Vec<String>,
    /// What the migration does, which names its file
    #[arg(long, value_name = "NAME", default_value = "mend_what_railcheck_found")]
    name: String,
    /// Print the migration and write nothing
    #[arg(long)]
    diff: bool,
}

impl Arguments {
    pub(super) fn run(mut self) -> Result<ExitCode, CliError> {
        // What a statement breaks is judged by every rule.
        let rules = self.repository.take_chosen_rules();
        let repository = self.repository.open(true)?;
        for id in &rules {
            let _known = repository.rule(id)?;
        }
        let folder = repository.migrations.as_ref().ok_or(CliError::NoMigrations)?;
        let mut judged = watched("reading migrations and sources", || repository.judge())?;
        repository.suppress(&mut judged);
        note_incompleteness(&judged.loaded);
        let migrations = migrate::read(folder, &mut SourceMap::default())?;
        let migration = NewMigration::after(folder, &migrations, &self.name, Utc::now())?;
        let choice = Choice { rules, objects: self.objects };
        let engine = repository.engine_of(&judged)?;
        let found = fix(&judged, &choice, &*engine, &migration.path())?;
        for left in &found.left {
            note(format_args!("{} of {} is left: {}", left.rule, left.object, left.why));
        }
        if found.mends.is_empty() {
            let code = if found.left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            note("there is nothing to mend by a statement");
            return Ok(code);
        }
        if !self.diff {
            migration.create(&found.text())?;
        }
        say(&found, &migration.path(), self.diff)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The migration as a difference, or its path, and what it changes.
fn say(found: &Fix, path: &str, diff: bool) -> Result<(), CliError> {
    write(&Target::Stdout, |out| {
        if diff {
            let text = found.text();
            writeln!(out, "--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{} @@", text.lines().count())?;
            text.lines().try_for_each(|line| writeln!(out, "+{line}"))?;
        } else {
            writeln!(out, "{path}")?;
        }
        Ok(())
    })?;
    let (mends, changes) = (found.mends.len(), found.changes.len());
    note(format_args!("statements: {mends}; changes of the catalog: {changes}"));
    found.changes.iter().for_each(|change| note(format_args!("  {change}")));
    Ok(())
}
