use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::{DatabaseArguments, folder, readable};
use crate::cli::place::PlaceArguments;
use crate::cli::report::ReportArguments;
use crate::cli::rule_choice::RulesArguments;
use crate::cli::verify::note_surprises;
use crate::cli::{CliError, note};
use crate::engine::interpreter::{Assuming, Interpreter};
use crate::engine::{Engine, History};
use crate::load::Tree;
use crate::migrate::{Applied, Apply, Ending, Event, Guard, Options, apply};
use crate::report::Report;
use crate::verify::Status;

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: PlaceArguments,
    #[command(flatten)]
    rules: RulesArguments,
    #[command(flatten)]
    database: DatabaseArguments,
    /// Judge the outcome and roll back in any case
    #[arg(long)]
    dry_run: bool,
    /// Apply migrations that cannot be part of a transaction alone, after the rest is committed
    #[arg(long)]
    allow_nontransactional: bool,
    /// How long to wait for another one that applies migrations
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_timeout: u64,
    #[command(flatten)]
    reports: ReportArguments,
}

const EXIT_CODES: &str = "\
Exit status: 0 if the migrations were committed or there were none, 1 if a rule would be violated and they were rolled back, 2 if a rule cannot be decided or they cannot be applied, and they were rolled back.";

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        self.reports.check()?;
        let quiet = self.reports.is_quiet();
        let place = self.place.open()?;
        let folder = folder(&place)?.clone();
        let rules = self.rules.read(&place)?;
        if !quiet {
            place.note_migrations();
        }
        let before = place.config.before.as_deref();
        let tree = Tree {
            root: &place.root,
            migrations: Some(&folder),
            before,
            until: None,
            sources: &place.config.sources,
            cache: None,
            journal: None,
        };
        let interpreter = Interpreter { platform: place.platform };
        // What the database has already is its own business.
        let engine: Box<dyn Engine + Sync> = match place.history {
            History::Whole => Box::new(interpreter),
            History::Partial => Box::new(Assuming(interpreter)),
        };
        let judged = rules.judge(tree, place.platform, &*engine)?;
        if !quiet {
            note_surprises(&judged.loaded, false);
        }
        let files = judged.loaded.files.clone();
        let found = &judged.loaded.migrations;
        // What comes before the migrations is in the database already.
        let own = found.files.get(usize::from(before.is_some())..).unwrap_or_default();
        let migrations = readable(found, own, &files)?;
        let mut guard = Guard::new(rules.terms(Some(&place.config.rules)), judged);
        let mut session = self.database.connect()?;
        let applied = apply(
            &mut *session,
            Apply {
                files: &files,
                folder: folder.shown(),
                migrations: &migrations,
                options: self.options(),
                guard: &mut guard,
                tell: &mut |event| tell(&event, quiet),
            },
        )?;
        if applied.ending != Ending::NothingPending {
            self.reports.write(&Report {
                verdicts: guard.verdicts(),
                notices: guard.notices(),
                access: &[],
                facts: guard.loaded().facts(),
                engine: "live",
            })?;
        }
        note(conclusion(&applied));
        Ok(ExitCode::from(applied.status.exit_code()))
    }

    fn options(&self) -> Options {
        Options {
            dry_run: self.dry_run,
            allow_nontransactional: self.allow_nontransactional,
            lock_timeout: Duration::from_secs(self.lock_timeout),
            history: self.database.history,
        }
    }
}

fn tell(event: &Event<'_>, quiet: bool) {
    match event {
        Event::Waiting { holder, limit } => note(format_args!(
            "waiting at most {} seconds for {holder}, which holds the migration lock",
            limit.as_secs()
        )),
        Event::Missing(entry) => {
            note(format_args!("{} was applied and has no file", entry.title()));
        }
        _ if quiet => {}
        Event::CreatingHistory(table) => note(format_args!(
            "the database has no history of migrations yet; creating {}",
            table.name()
        )),
        Event::Applying(path) => note(format_args!("applying {path}")),
        Event::ApplyingAlone(path) => note(format_args!("applying {path} alone")),
    }
}

/// What became of the migrations, in one line.
fn conclusion(applied: &Applied) -> String {
    let migrations = match applied.migrations.len() {
        1 => "1 migration".to_owned(),
        count => format!("{count} migrations"),
    };
    match (applied.ending, applied.status) {
        (Ending::NothingPending, _) => "nothing to apply".to_owned(),
        (Ending::Committed, Status::Holds) => format!("committed {migrations}"),
        (Ending::Committed, _) => format!(
            "committed {migrations}, and not every rule holds: what was applied alone is not undone"
        ),
        (Ending::DryRun, _) => format!("dry run: rolled back {migrations}, which can be applied"),
        (Ending::RolledBack, Status::Undecided) => {
            format!("rolled back {migrations}: a rule cannot be decided")
        }
        (Ending::RolledBack, _) => format!("rolled back {migrations}: a rule would be violated"),
    }
}
