//! `railcheck init`: from a repository that never heard of railcheck to a gate.

mod ask;
mod files;
mod hook;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;

use self::ask::Asker;
use self::hook::Hook;
use super::CliError;
use super::baseline;
use super::engine::EngineArguments;
use super::progress::watched;
use super::repository::RepositoryArguments;
use super::workspace::{Present, Workspace};
use crate::catalog::{ObjectName, Table};
use crate::config::{self, Detected, FILE_NAME};
use crate::engine::interpreter::{Assuming, Interpreter};
use crate::engine::{History, Outcome, Platform};
use crate::finding::{Finding, Verdict};
use crate::input::{Folder, Migrations, Order, foreign_database, read_migrations};
use crate::judge::Judged;
use crate::load;
use crate::span::SourceMap;
use crate::starter::Starter;
use crate::suppress::BASELINE_FILE;
use crate::verify::Status;

/// Where the starter pack goes.
const STARTER_FILE: &str = "rules/starter.yaml";

/// How many objects are named that a history lacks.
const MAX_ASSUMED_SHOWN: usize = 8;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The repository
    #[arg(default_value = ".")]
    root: PathBuf,
    /// Take the usual answer to each question that no option answers
    #[arg(short, long)]
    yes: bool,
    /// The folder of migrations, relative to ROOT
    #[arg(long, value_name = "DIR")]
    migrations: Option<String>,
    /// Where the migrations start from
    #[arg(long, value_enum)]
    platform: Option<Platform>,
    /// Whether the migrations make all that there is; told by what they need otherwise
    #[arg(long, value_enum)]
    history: Option<History>,
    /// Verify this pack, by the name of a shipped one or by its file in ROOT; may be repeated
    #[arg(long, value_name = "PACK|FILE")]
    rules: Vec<String>,
    /// Write a pack of what the migrations make today, or do not
    #[arg(long, value_name = "BOOL")]
    starter: Option<bool>,
    /// The hook to install
    #[arg(long, value_enum)]
    hook: Option<Hook>,
    /// Add to a hook that exists, or do not
    #[arg(long, value_name = "BOOL")]
    add_to_hook: Option<bool>,
    /// Write a workflow of GitHub Actions, or do not
    #[arg(long, value_name = "BOOL")]
    workflow: Option<bool>,
    /// Accept what is broken now in a baseline, tables without row-level security included
    #[arg(long, conflicts_with = "baseline")]
    accept: bool,
    /// Accept what is broken now in a baseline, or do not
    #[arg(long, value_name = "BOOL")]
    baseline: Option<bool>,
    /// Add rules for tables that came after the starter pack was written, and do no more
    #[arg(long)]
    update: bool,
    #[command(flatten)]
    engine: EngineArguments,
    /// The day that the baseline is written on, instead of today's in UTC
    #[arg(long, value_name = "YYYY-MM-DD", hide = true)]
    today: Option<NaiveDate>,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let ask = Asker::new(self.yes)?;
        let root = Folder::root(&self.root)?;
        let workspace = Workspace::of(&root);
        let mut setup = Setup { workspace, root: &root, ask, options: &self };
        if setup.workspace.look(FILE_NAME) == Present::Nothing {
            setup.configure()?;
        } else {
            say(format_args!("{FILE_NAME} is there already and stays as it is"))?;
            setup.update_starter()?;
        }
        let gate = setup.verify()?;
        if !self.update {
            match &gate {
                Gate::Green => setup.install_hook()?,
                Gate::Closed(_) => setup.leave_hook_out()?,
            }
            setup.write_workflow()?;
        }
        say(match gate {
            Gate::Green => {
                "the gate is green: commit what was written; `railcheck verify` verifies it"
                    .to_owned()
            }
            Gate::Closed(why) => format!("the gate is not green yet: {why}"),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether `railcheck verify` passes.
enum Gate {
    /// It does.
    Green,
    /// It does not: why, and what to do.
    Closed(String),
}

struct Setup<'a> {
    workspace: Workspace<'a>,
    root: &'a Folder,
    ask: Asker,
    options: &'a Arguments,
}

impl Setup<'_> {
    /// The configuration, and the starter pack that it names.
    fn configure(&mut self) -> Result<(), CliError> {
        let reads_database = self.options.engine.reads_database();
        let migrations = match &self.options.migrations {
            Some(named) => Some(self.root.inside(named)?.shown().to_owned()),
            None => self.find_migrations()?,
        };
        match &migrations {
            Some(folder) => say(format_args!("migrations are in {folder}"))?,
            None if reads_database => {}
            None => say(format_args!(
                "no migrations for PostgreSQL are found; name their folder in {FILE_NAME}"
            ))?,
        }
        let folder = migrations.as_deref().map(|named| self.root.inside(named)).transpose()?;
        let platform = match (self.options.platform, &folder) {
            (Some(platform), _) => platform,
            (None, None) => Platform::Postgres,
            (None, Some(folder)) => {
                let chosen = config::likely_platform(self.root, Some(folder));
                say(format_args!("{chosen}"))?;
                chosen.platform
            }
        };
        let (outcome, history) = if reads_database {
            let engine = self.options.engine.engine(platform, History::Whole)?;
            let (files, none) = (SourceMap::default(), Migrations::default());
            (load::apply(&*engine, &files, &none)?, History::Whole)
        } else if let Some(folder) = &folder {
            self.try_out(folder, platform)?
        } else {
            (Outcome::default(), History::Whole)
        };
        let mut packs = self.options.rules.clone();
        if packs.is_empty() {
            packs.extend(self.write_starter(&outcome, platform, folder.as_ref())?);
        }
        if packs.is_empty() {
            say(format_args!("no rules yet: write a pack and name it in {FILE_NAME}"))?;
        }
        let engine = reads_database.then_some("live");
        let text = files::configuration(migrations.as_deref(), platform, history, engine, &packs);
        self.put(FILE_NAME, &text)
    }

    /// The folder of migrations that a repository most likely means.
    fn find_migrations(&self) -> Result<Option<String>, CliError> {
        let Detected { folder, others } = config::detect_migrations(self.root);
        for (other, database) in others {
            let database = database.map_or(String::new(), |database| format!(" for {database}"));
            say(format_args!(
                "{} has migrations{database} too, which are left out",
                other.shown()
            ))?;
        }
        if let Some(folder) = &folder
            && let Some(database) = foreign_database(folder)
        {
            let shown = folder.shown();
            say(format_args!("{shown} has migrations for {database}, which are not taken"))?;
            return Ok(None);
        }
        Ok(folder.map(|folder| folder.shown().to_owned()))
    }

    /// Applies the migrations, and tells whether they make all that there is.
    fn try_out(
        &mut self,
        folder: &Folder,
        platform: Platform,
    ) -> Result<(Outcome, History), CliError> {
        let mut files = SourceMap::default();
        let migrations = read_migrations(folder, Order::Version, &mut files)?;
        if let Some(database) = migrations.dialect {
            say(format_args!(
                "{} is written for {database}, not for PostgreSQL: rules about tables cannot be decided",
                folder.shown()
            ))?;
            return Ok((Outcome::default(), History::Whole));
        }
        let options = self.options;
        let told = options.history;
        let run = |history| {
            let engine = options.engine.engine(platform, history)?;
            Ok::<_, CliError>(load::apply(&*engine, &files, &migrations)?)
        };
        let outcome = run(told.unwrap_or_default())?;
        let Some(failure) = &outcome.failure else {
            return Ok((outcome, told.unwrap_or_default()));
        };
        // Where rules are named, nothing is made of what the migrations make.
        let has_rules = !options.rules.is_empty();
        let refused = |outcome: Outcome| match &outcome.failure {
            Some(failure) if !has_rules => Err(CliError::NotWhole(failure.describe(&files))),
            _ => Ok((outcome, told.unwrap_or_default())),
        };
        if told.is_some() || !failure.is_about_something_missing() {
            return refused(outcome);
        }
        let partial = load::apply(&Assuming(Interpreter { platform }), &files, &migrations)?;
        if partial.failure.is_some() || partial.assumed.is_empty() {
            return refused(outcome);
        }
        self.explain_partial(&failure.describe(&files), &partial)?;
        let question = "Take the history as partial, so that what it lacks is assumed?";
        if !self.ask.yes_or_no(None, question, true)? {
            return refused(outcome);
        }
        Ok((partial, History::Partial))
    }

    fn explain_partial(&self, refused: &str, partial: &Outcome) -> Result<(), CliError> {
        say(format_args!("{refused}, and no migration makes what it needs"))?;
        say("the database began elsewhere, in a dashboard perhaps: its history is partial")?;
        let objects: Vec<&str> =
            partial.assumed.iter().take(MAX_ASSUMED_SHOWN).map(|a| a.object.as_str()).collect();
        let more = match partial.assumed.len().saturating_sub(MAX_ASSUMED_SHOWN) {
            0 => String::new(),
            number => format!(" and {number} more"),
        };
        say(format_args!("assumed: {}{more}", objects.join(", ")))?;
        say(
            "better than an assumption is a dump of what the database began with (pg_dump --schema-only), named as \
             `before:` in railcheck.yaml",
        )
    }

    fn write_starter(
        &mut self,
        outcome: &Outcome,
        platform: Platform,
        folder: Option<&Folder>,
    ) -> Result<Option<String>, CliError> {
        if self.workspace.look(STARTER_FILE) != Present::Nothing {
            say(format_args!("{STARTER_FILE} is there already and stays as it is"))?;
            return Ok(Some(STARTER_FILE.to_owned()));
        }
        if self.options.starter == Some(false) {
            return Ok(None);
        }
        let unknown = unknown_tables(outcome);
        let is_served = config::serves_tables(self.root, platform, folder);
        let starter = Starter { catalog: &outcome.catalog, is_served, unknown: &unknown };
        let Some(pack) = starter.pack() else { return Ok(None) };
        let rules = pack.matches("\n  - id: ").count();
        let plural = if rules == 1 { "" } else { "s" };
        let question =
            format!("Write {STARTER_FILE}, {rules} rule{plural} from what the migrations make?");
        if !self.ask.yes_or_no(self.options.starter, &question, true)? {
            return Ok(None);
        }
        self.put(STARTER_FILE, &pack)?;
        Ok(Some(STARTER_FILE.to_owned()))
    }

    /// Rules for tables that came after the starter pack was written.
    fn update_starter(&mut self) -> Result<(), CliError> {
        let Present::File(pack) = self.workspace.look(STARTER_FILE) else { return Ok(()) };
        let options = self.options;
        let arguments = RepositoryArguments::of(&options.root, &options.engine, options.today);
        let repository = arguments.open(true)?;
        if !repository.config.packs.iter().any(|name| name == STARTER_FILE) {
            return Ok(());
        }
        let judged = repository.judge()?;
        let outcome = &judged.loaded.outcome;
        let unknown = unknown_tables(outcome);
        let (platform, folder) = (repository.platform, repository.migrations.as_ref());
        let is_served = config::serves_tables(self.root, platform, folder);
        let starter = Starter { catalog: &outcome.catalog, is_served, unknown: &unknown };
        let Some((updated, added)) = starter.updated(&pack) else {
            return say(format_args!("{STARTER_FILE} has a rule for every table"));
        };
        let plural = if added == 1 { "" } else { "s" };
        let question = format!("Add {added} rule{plural} for new tables to {STARTER_FILE}?");
        if self.ask.yes_or_no(options.starter, &question, true)? {
            self.workspace.write(STARTER_FILE, &updated)?;
            say(format_args!("added {added} rule{plural} for new tables to {STARTER_FILE}"))?;
        }
        Ok(())
    }

    fn install_hook(&mut self) -> Result<(), CliError> {
        let likely = Hook::likely(&self.workspace);
        let hook = self.ask.which_hook(self.options.hook, likely)?;
        let Some(plan) = hook.plan(&self.workspace) else { return Ok(()) };
        match plan {
            hook::Plan::Done(path) => say(format_args!("{path} runs railcheck already")),
            hook::Plan::Create { path, text, is_program: false } => self.put(path, &text),
            hook::Plan::Create { path, text, is_program: true } => {
                self.workspace.write_program(path, &text)?;
                say(format_args!("wrote {path}"))?;
                self.warn_of_path(path)
            }
            hook::Plan::Append { path, text } => {
                let question = format!("{path} is there already. Add railcheck to it?");
                if self.ask.yes_or_no(self.options.add_to_hook, &question, false)? {
                    self.workspace.write_program(path, &text)?;
                    say(format_args!("added railcheck to {path}"))
                } else {
                    say(format_args!("{path} stays as it is; add this line: {}", hook::COMMAND))
                }
            }
            hook::Plan::ByHand { path, snippet } => {
                say(format_args!("{path} is there already; add this to it:\n\n{snippet}"))
            }
            hook::Plan::Impossible(why) => say(why),
        }
    }

    /// What a hook that other people run too cannot know: where railcheck is.
    fn warn_of_path(&self, path: &str) -> Result<(), CliError> {
        if path == hook::GIT_FILE || hook::is_on_path() {
            return Ok(());
        }
        say(format_args!(
            "railcheck is not on the PATH, where {path} looks for it: put it there first"
        ))
    }

    /// Says why there is no hook, where one was to be expected.
    fn leave_hook_out(&mut self) -> Result<(), CliError> {
        let likely = Hook::likely(&self.workspace);
        match self.options.hook.unwrap_or(likely) {
            Hook::None => Ok(()),
            _ => say(format_args!(
                "no hook is installed, since it would refuse the next commit; once the gate is green, `railcheck init` installs it"
            )),
        }
    }

    fn write_workflow(&mut self) -> Result<(), CliError> {
        let path = files::WORKFLOW_FILE;
        if self.workspace.look(path) != Present::Nothing {
            return say(format_args!("{path} is there already and stays as it is"));
        }
        let uses_github = self.workspace.look(".github") == Present::Folder;
        let question = format!("Write {path}, which verifies in GitHub Actions?");
        if self.ask.yes_or_no(self.options.workflow, &question, uses_github)? {
            self.put(path, &files::workflow())?;
        }
        Ok(())
    }

    /// The first run, and the baseline of what it finds, where that is wanted.
    fn verify(&mut self) -> Result<Gate, CliError> {
        let options = self.options;
        let arguments = RepositoryArguments::of(&options.root, &options.engine, options.today);
        let repository = arguments.open(true)?;
        let judged = watched("reading migrations and sources", || repository.judge());
        let mut judged = match judged {
            Err(CliError::NoRules) => {
                return Ok(Gate::Closed(format!(
                    "there are no rules; write a pack and name it in {FILE_NAME}"
                )));
            }
            judged => judged?,
        };
        repository.suppress(&mut judged);
        let open = summarize(&judged)?;
        if open > 0 && self.accepts(open)? {
            let (written, baseline) = baseline::write(&repository, &mut judged, false)?;
            say(format_args!("wrote {written}"))?;
            repository.suppress_by(&mut judged, Some(&baseline));
        }
        Ok(gate(&judged))
    }

    /// Whether what is broken is to be accepted: never without being asked.
    fn accepts(&mut self, open: usize) -> Result<bool, CliError> {
        let told = if self.options.accept { Some(true) } else { self.options.baseline };
        let findings = findings(open);
        let question = format!(
            "Accept {findings} in {BASELINE_FILE}, so that only what breaks later fails? Whoever is let in stays in"
        );
        self.ask.yes_or_no(told, &question, false)
    }

    fn put(&self, path: &str, text: &str) -> Result<(), CliError> {
        self.workspace.write(path, text)?;
        say(format_args!("wrote {path}"))
    }
}

/// Tells each finding in a line, and returns how many there are.
fn summarize(judged: &Judged<'_>) -> Result<usize, CliError> {
    let (mut holding, mut broken, mut undecided) = (0, 0, 0);
    let files = &judged.loaded.files;
    say("")?;
    for verdict in &judged.verdicts {
        let id = &verdict.rule.id;
        let place = |finding: &Finding| {
            let span = finding.primary.as_ref().map_or(verdict.rule.span, |label| label.span);
            files.location(span)
        };
        match &verdict.verdict {
            Verdict::Holds { .. } => holding += 1,
            Verdict::Suppressed => say(format_args!("🔕 {id}: {}", verdict.rule.subject))?,
            Verdict::Undecided(findings) => {
                undecided += 1;
                for finding in findings.iter().take(1) {
                    say(format_args!("❓ {id}: {} ({})", finding.message, place(finding)))?;
                }
            }
            Verdict::Violated(findings) => {
                broken += findings.len();
                for finding in findings {
                    say(format_args!("❌ {id}: {} ({})", finding.message, place(finding)))?;
                }
            }
        }
    }
    if let Some(failure) = &judged.loaded.outcome.failure {
        undecided += 1;
        say(format_args!("⛔ {}", failure.describe(files)))?;
    }
    let rules = judged.verdicts.len();
    let sign = match (broken, undecided) {
        (0, 0) if holding == rules => "✅",
        (0, 0) => "🔕",
        (0, _) => "❓",
        _ => "❌",
    };
    let found = if broken > 0 { format!("; {}", findings(broken)) } else { String::new() };
    say(format_args!("{sign} {holding} of {rules} rules hold{found}"))?;
    Ok(broken)
}

fn findings(number: usize) -> String {
    if number == 1 { "1 finding".to_owned() } else { format!("{number} findings") }
}

/// What is left to do until every rule holds.
fn gate(judged: &Judged<'_>) -> Gate {
    if let Some(failure) = &judged.loaded.outcome.failure {
        let what = failure.describe(&judged.loaded.files);
        return Gate::Closed(format!("{what}; fix the statement"));
    }
    match Status::of(&judged.verdicts) {
        Status::Holds => Gate::Green,
        Status::Undecided => Gate::Closed(
            "not every rule can be decided; `railcheck verify` tells why, and what to do"
                .to_owned(),
        ),
        Status::Violated => {
            let broken = judged.verdicts.iter().map(|verdict| match &verdict.verdict {
                Verdict::Violated(findings) => findings.len(),
                _ => 0,
            });
            let open = findings(broken.sum());
            Gate::Closed(format!(
                "{open} left: `railcheck verify` shows what to do, `railcheck baseline` accepts what is to stay"
            ))
        }
    }
}

/// Tables of which not enough is known to judge them: those that are assumed, or that hang on such.
fn unknown_tables(outcome: &Outcome) -> Vec<ObjectName> {
    if outcome.assumed.is_empty() {
        return Vec::new();
    }
    let is_open = |table: &&Table| outcome.gaps.iter().any(|gap| gap.reach.touches(&table.name));
    let open = outcome.catalog.tables.iter().filter(is_open).map(|table| &table.name);
    let assumed = outcome.assumed.iter().filter(|assumed| assumed.object.starts_with("table "));
    let mut unknown: Vec<ObjectName> =
        assumed.map(|assumed| &assumed.name).chain(open).cloned().collect();
    unknown.sort();
    unknown.dedup();
    unknown
}

/// Says what was done. Whoever closed standard output still gets the rest done.
fn say(line: impl std::fmt::Display) -> Result<(), CliError> {
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Output { place: "to standard output".to_owned(), error })
        }
        _ => Ok(()),
    }
}
