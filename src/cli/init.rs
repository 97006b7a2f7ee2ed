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
use crate::config::{self, FILE_NAME};
use crate::engine::Platform;
use crate::finding::Verdict;
use crate::input::{Folder, Order, nested_migrations, read_migrations};
use crate::judge::Judged;
use crate::span::SourceMap;
use crate::starter::starter_pack;
use crate::suppress::BASELINE_FILE;
use crate::survey;
use crate::verify::RuleVerdict;

/// Where the starter pack goes.
const STARTER_FILE: &str = "rules/starter.yaml";

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
        let likely = likely_platform(migrations.as_deref());
        let platform = self.options.platform.unwrap_or(likely);
        let mut packs = self.options.rules.clone();
        if packs.is_empty() {
            packs.extend(self.write_starter(migrations.as_deref(), platform)?);
        }
        self.has_rules = !packs.is_empty();
        if !self.has_rules {
            say(format_args!(
                "no rules yet: name a pack in {FILE_NAME}, which has the shipped e76 until then"
            ))?;
        }
        let text = files::configuration(migrations.as_deref(), platform, &packs);
        self.put(FILE_NAME, &text)
    }

    /// One of the usual folders of migrations, or the first one below.
    fn find_migrations(&self) -> Result<Option<String>, CliError> {
        if let Some(usual) = config::detect_migrations(self.root) {
            return Ok(Some(usual.shown().to_owned()));
        }
        let mut nested = nested_migrations(self.root).into_iter();
        let first = nested.next();
        for other in nested {
            say(format_args!("{} has migrations too, which are left out", other.shown()))?;
        }
        Ok(first.map(|folder| folder.shown().to_owned()))
    }

    fn write_starter(
        &mut self,
        migrations: Option<&str>,
        platform: Platform,
    ) -> Result<Option<String>, CliError> {
        if self.workspace.look(STARTER_FILE) != Present::Nothing {
            say(format_args!("{STARTER_FILE} is there already and stays as it is"))?;
            return Ok(Some(STARTER_FILE.to_owned()));
        }
        let Some(folder) = migrations.map(|named| self.root.inside(named)).transpose()? else {
            return Ok(None);
        };
        if self.options.starter == Some(false) {
            return Ok(None);
        }
        let Some(pack) = self.starter(&folder, platform)? else { return Ok(None) };
        let rules = pack.matches("\n  - id: ").count();
        let question =
            format!("Write {STARTER_FILE}, {rules} rules from what the migrations make?");
        if !self.ask.yes_or_no(self.options.starter, &question, true)? {
            return Ok(None);
        }
        self.put(STARTER_FILE, &pack)?;
        Ok(Some(STARTER_FILE.to_owned()))
    }

    fn starter(&self, folder: &Folder, platform: Platform) -> Result<Option<String>, CliError> {
        let mut files = SourceMap::default();
        let migrations = read_migrations(folder, Order::Version, &mut files)?;
        let engine = self.options.engine.engine(platform)?;
        let outcome = survey::apply(&*engine, &files, &migrations)?;
        match outcome.failure {
            Some(failure) => Err(CliError::NotWhole {
                place: files.location(failure.span),
                message: failure.message,
                sqlstate: failure.sqlstate.into_owned(),
            }),
            None => Ok(starter_pack(&outcome.catalog)),
        }
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
        let is_open = |verdict: &RuleVerdict<'_>| {
            matches!(verdict.verdict, Verdict::Undecided(_)) || !verdict.doubts.is_empty()
        };
        if judged.verdicts.iter().any(is_open) {
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

/// Supabase's own folder tells it.
fn likely_platform(migrations: Option<&str>) -> Platform {
    let is_supabase = migrations.is_some_and(|path| path.ends_with("supabase/migrations"));
    if is_supabase { Platform::Supabase } else { Platform::Postgres }
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
