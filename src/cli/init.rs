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
use super::repository::{Repository, RepositoryArguments};
use super::workspace::{Present, Workspace};
use crate::config::{self, Detected, FILE_NAME};
use crate::engine::interpreter::{Assuming, Interpreter};
use crate::engine::{History, Outcome, Platform};
use crate::finding::Verdict;
use crate::input::{Folder, Order, read_migrations};
use crate::judge::Judged;
use crate::load;
use crate::span::SourceMap;
use crate::starter::starter_pack;
use crate::suppress::BASELINE_FILE;
use crate::verify::RuleVerdict;

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
    /// Accept what is broken now in a baseline, or do not
    #[arg(long, value_name = "BOOL")]
    baseline: Option<bool>,
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
        let mut setup = Setup { workspace, root: &root, ask, options: &self, has_rules: true };
        setup.configure()?;
        setup.install_hook()?;
        setup.write_workflow()?;
        setup.verify()?;
        Ok(ExitCode::SUCCESS)
    }
}

struct Setup<'a> {
    workspace: Workspace<'a>,
    root: &'a Folder,
    ask: Asker,
    options: &'a Arguments,
    /// The repository names rules of its own.
    has_rules: bool,
}

impl Setup<'_> {
    /// The configuration, and the starter pack that it names; one that is there already stays as it is.
    fn configure(&mut self) -> Result<(), CliError> {
        if self.workspace.look(FILE_NAME) != Present::Nothing {
            return say(format_args!("{FILE_NAME} is there already and stays as it is"));
        }
        let migrations = match &self.options.migrations {
            Some(named) => Some(self.root.inside(named)?.shown().to_owned()),
            None => self.find_migrations()?,
        };
        match &migrations {
            Some(folder) => say(format_args!("migrations are in {folder}"))?,
            None => say("no migrations are found; name their folder in railcheck.yaml")?,
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
        let (outcome, history) = match &folder {
            Some(folder) => self.try_out(folder, platform)?,
            None => (Outcome::default(), History::Whole),
        };
        let mut packs = self.options.rules.clone();
        if packs.is_empty() {
            packs.extend(self.write_starter(&outcome)?);
        }
        self.has_rules = !packs.is_empty();
        if !self.has_rules {
            say(format_args!(
                "no rules yet: name a pack in {FILE_NAME}, which has the shipped e76 until then"
            ))?;
        }
        let text = files::configuration(migrations.as_deref(), platform, history, &packs);
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

    fn write_starter(&mut self, outcome: &Outcome) -> Result<Option<String>, CliError> {
        if self.workspace.look(STARTER_FILE) != Present::Nothing {
            say(format_args!("{STARTER_FILE} is there already and stays as it is"))?;
            return Ok(Some(STARTER_FILE.to_owned()));
        }
        if self.options.starter == Some(false) {
            return Ok(None);
        }
        let mut catalog = outcome.catalog.clone();
        if !outcome.assumed.is_empty() {
            // A rule that cannot be decided is no start.
            let gaps = &outcome.gaps;
            catalog.tables.retain(|table| !gaps.iter().any(|gap| gap.reach.touches(&table.name)));
        }
        let Some(pack) = starter_pack(&catalog) else { return Ok(None) };
        let rules = pack.matches("\n  - id: ").count();
        let question =
            format!("Write {STARTER_FILE}, {rules} rules from what the migrations make?");
        if !self.ask.yes_or_no(self.options.starter, &question, true)? {
            return Ok(None);
        }
        self.put(STARTER_FILE, &pack)?;
        Ok(Some(STARTER_FILE.to_owned()))
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
                say(format_args!("wrote {path}"))
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

    fn write_workflow(&mut self) -> Result<(), CliError> {
        let path = files::WORKFLOW_FILE;
        if self.workspace.look(path) != Present::Nothing {
            return say(format_args!("{path} is there already and stays as it is"));
        }
        let uses_github = self.workspace.look(".github") == Present::Folder;
        let question = format!("Write {path}, which verifies in GitHub Actions?");
        if self.ask.yes_or_no(self.options.workflow, &question, uses_github)? {
            self.put(path, files::WORKFLOW)?;
        }
        Ok(())
    }

    /// The first run, and the baseline of what it finds.
    fn verify(&mut self) -> Result<(), CliError> {
        let options = self.options;
        let arguments = RepositoryArguments::of(&options.root, &options.engine, options.today);
        let repository = arguments.open(true)?;
        let mut judged = watched("reading migrations and sources", || repository.judge())?;
        let has_baseline = repository.baseline.is_some();
        repository.suppress(&mut judged);
        let broken = summarize(&judged)?;
        if broken > 0 && has_baseline {
            say("railcheck verify tells what broke since the baseline")?;
        } else if broken > 0 {
            self.offer_baseline(&repository, &mut judged)?;
        }
        let refused = judged.loaded.outcome.failure.is_some();
        let is_open = |verdict: &RuleVerdict<'_>| {
            matches!(verdict.verdict, Verdict::Undecided(_)) || !verdict.doubts.is_empty()
        };
        if refused || judged.verdicts.iter().any(is_open) {
            return say(
                "not every rule can be decided, so that the gate is not green yet: railcheck verify tells why",
            );
        }
        say("railcheck verify tells more; commit what was written")
    }

    fn offer_baseline(
        &mut self,
        repository: &Repository,
        judged: &mut Judged<'_>,
    ) -> Result<(), CliError> {
        let question =
            format!("Accept these in {BASELINE_FILE}, so that only what breaks later fails?");
        if self.ask.yes_or_no(self.options.baseline, &question, self.has_rules)? {
            let written = baseline::write(repository, judged, false)?;
            say(format_args!("wrote {written}"))
        } else {
            say("railcheck verify shows each of them; railcheck baseline accepts them")
        }
    }

    fn put(&self, path: &str, text: &str) -> Result<(), CliError> {
        self.workspace.write(path, text)?;
        say(format_args!("wrote {path}"))
    }
}

/// Tells each verdict in a line, and returns how many rules are broken.
fn summarize(judged: &Judged<'_>) -> Result<usize, CliError> {
    let (mut holding, mut broken, mut undecided) = (0, 0, 0);
    say("")?;
    for verdict in &judged.verdicts {
        let (id, subject) = (&verdict.rule.id, &verdict.rule.subject);
        match &verdict.verdict {
            Verdict::Holds { .. } => holding += 1,
            Verdict::Suppressed => say(format_args!("🔕 {id}: {subject}"))?,
            Verdict::Undecided(_) => {
                undecided += 1;
                say(format_args!("❓ {id}: {subject}"))?;
            }
            Verdict::Violated(findings) => {
                broken += 1;
                let plural = if findings.len() == 1 { "" } else { "s" };
                say(format_args!("❌ {id}: {subject} ({} finding{plural})", findings.len()))?;
            }
        }
    }
    let loaded = &judged.loaded;
    if let Some(failure) = &loaded.outcome.failure {
        undecided += 1;
        say(format_args!("⛔ {}", failure.describe(&loaded.files)))?;
    }
    let rules = judged.verdicts.len();
    let sign = match (broken, undecided) {
        (0, 0) if holding == rules => "✅",
        (0, 0) => "🔕",
        (0, _) => "❓",
        _ => "❌",
    };
    say(format_args!("{sign} {holding} of {rules} rules hold"))?;
    Ok(broken)
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
