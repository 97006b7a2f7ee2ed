use std::process::ExitCode;
use std::time::Instant;

use clap::Args;

use super::output::{Target, write};
use super::progress::watched;
use super::report::ReportArguments;
use super::repository::{Repository, RepositoryArguments};
use super::result_cache::{CacheArguments, Printed, ResultCache, question};
use super::watch::watch;
use super::{CliError, note};
use crate::judge::Judged;
use crate::load::{Loaded, Tree};
use crate::pack::{Pack, Reason};
use crate::report::Report;
use crate::since::{Past, set_aside};
use crate::suppress::Notice;
use crate::verify::RuleVerdict;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    repository: RepositoryArguments,
    /// Judge the database as it is after the migration of this version, and the sources as they are
    #[arg(long, value_name = "VERSION")]
    at: Option<String>,
    /// Fail only on what is new since REV and HEAD parted: the whole tree is judged as it was then and as it
    /// is now, read from git without a checkout
    #[arg(long, value_name = "REV", conflicts_with = "at")]
    since: Option<String>,
    /// Judge what is staged in git, which is what a commit would hold, and not the work tree
    #[arg(long, conflicts_with_all = ["watch", "since"])]
    staged: bool,
    /// Judge again whenever something changes, until Ctrl-C
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    reports: ReportArguments,
    #[command(flatten)]
    cache: CacheArguments,
}

impl Arguments {
    pub(super) fn run(mut self) -> Result<ExitCode, CliError> {
        self.reports.check()?;
        if self.staged {
            self.repository = self.repository.staged();
        }
        if self.watch {
            return watch(&self.repository, |repository| self.verify(repository).map(drop));
        }
        let databases = self.repository.of_each_database()?;
        if databases.is_empty() {
            let repository = self.repository.patient().open(self.reports.is_quiet())?;
            return Ok(ExitCode::from(self.verify(&repository)?));
        }
        if !self.reports.is_plain() {
            let names: Vec<_> = databases.into_iter().map(|(name, _)| name).collect();
            return Err(CliError::OneDatabase(names.join(", ")));
        }
        let mut codes = Vec::new();
        for (number, (name, arguments)) in databases.iter().enumerate() {
            let gap = if number == 0 { "" } else { "\n" };
            write(&Target::Stdout, |out| writeln!(out, "{gap}== database {name}"))?;
            codes.push(self.verify(&arguments.patient().open(self.reports.is_quiet())?)?);
        }
        // A violation outweighs what cannot be decided.
        let worst = [1, 2].into_iter().find(|code| codes.contains(code)).unwrap_or(0);
        Ok(ExitCode::from(worst))
    }

    /// Judges, reports, and tells how the process is to end.
    fn verify(&self, repository: &Repository) -> Result<u8, CliError> {
        let began = Instant::now();
        let cache = self.cache(repository);
        let until = self.at.as_deref();
        let tree =
            Tree { journal: cache.as_ref().map(|cache| &cache.journal), ..repository.tree(until) };
        let asked_before = cache.as_ref().filter(|cache| cache.is_known());
        if let Some(printed) = asked_before.and_then(|cache| cache.recall(repository, tree)) {
            return self.print(&printed, began);
        }
        repository.prepare();
        let mut judged = watched("reading migrations and sources", || repository.judge_tree(tree))?;
        let is_kept = cache.is_some() && repository.is_final(&judged);
        let mut notices = repository.suppress(&mut judged);
        let access =
            if self.reports.show_access() { repository.attack(&judged) } else { Vec::new() };
        let Judged { loaded, packs, reasons, mut verdicts, .. } = judged;
        let mut notes = choice(&packs, &reasons);
        notes.extend(surprises(&loaded, self.reports.is_verbose()));
        if let Some(revision) = &self.since {
            self.set_aside_known(repository, revision, &mut verdicts, &mut notices)?;
        }
        let report = Report {
            verdicts: &verdicts,
            notices: &notices,
            access: &access,
            facts: loaded.facts(),
            engine: repository.engine_name(),
        };
        let coverage = report.coverage().to_string();
        let mut printed =
            Printed { code: report.exit_code(), notes, coverage, report: String::new() };
        let Some(cache) = cache.as_ref().filter(|_| is_kept) else {
            self.note(&printed.notes);
            self.reports.write(&report)?;
            self.note_end(&printed, began);
            return Ok(printed.code);
        };
        let rendered = self
            .reports
            .render(&report)
            .map_err(|error| CliError::Output { place: "to standard output".to_owned(), error })?;
        printed.report = String::from_utf8_lossy(&rendered).into_owned();
        let code = self.print(&printed, began)?;
        cache.keep(tree, &loaded.files, &loaded.migrations, &printed);
        Ok(code)
    }

    /// Where results of this run are kept, if its contents alone decide what it prints.
    fn cache(&self, repository: &Repository) -> Option<ResultCache> {
        let is_plain = self.since.is_none() && !self.staged && !self.watch && self.reports.is_one();
        if !is_plain || !repository.is_decided_by_contents() {
            return None;
        }
        self.cache.of(&question(repository, self.reports.is_coloured())?)
    }

    fn print(&self, printed: &Printed, began: Instant) -> Result<u8, CliError> {
        self.note(&printed.notes);
        write(&Target::Stdout, |out| out.write_all(printed.report.as_bytes()))?;
        self.note_end(printed, began);
        Ok(printed.code)
    }

    fn note(&self, notes: &[String]) {
        if !self.reports.is_quiet() {
            notes.iter().for_each(note);
        }
    }

    fn note_end(&self, printed: &Printed, began: Instant) {
        if !self.reports.is_quiet() {
            let took = began.elapsed().as_secs_f64();
            note(format_args!("{}, in {took:.2} s", printed.coverage));
        }
    }
}

impl Arguments {
    /// Judges the repository as it was, and sets aside what was found there already.
    fn set_aside_known(
        &self,
        now: &Repository,
        revision: &str,
        verdicts: &mut [RuleVerdict<'_>],
        notices: &mut Vec<Notice>,
    ) -> Result<(), CliError> {
        let (root, commit) = now.root.at_merge_base(revision)?;
        let before = match self.repository.open_before(now, root) {
            Ok(before) => before,
            Err(error @ CliError::NoHistory(_)) => return Err(error),
            // A change that fixes a configuration has nothing valid to be compared with.
            Err(error) => {
                note(format_args!("{commit} cannot be judged, so everything is new: {error}"));
                return Ok(());
            }
        };
        let mut judged = match watched("reading the history", || before.judge()) {
            // No shipped pack was about the repository then, so that nothing was broken.
            Err(CliError::NoRules) => return Ok(()),
            judged => judged?,
        };
        let told: Vec<_> = before.suppress(&mut judged).iter().map(Notice::fingerprint).collect();
        notices.retain(|notice| !told.contains(&notice.fingerprint()));
        let past = set_aside(verdicts, &judged.verdicts, &commit);
        if !self.reports.is_quiet() {
            note_past(&past, &commit);
        }
        Ok(())
    }
}

/// Which packs apply that nobody named, and why.
fn choice(packs: &[&Pack], reasons: &[Reason]) -> Vec<String> {
    let said = |(pack, reason): (&&Pack, &Reason)| {
        format!("no pack is named; {} applies, since {reason}", pack.name)
    };
    packs.iter().zip(reasons).map(said).collect()
}

/// How what is found now compares with what was found before.
fn note_past(past: &Past<'_>, commit: &str) {
    for (rule, finding) in &past.fixed {
        note(format_args!("fixed since {commit}: {rule}: {}", finding.message));
    }
    let (new, known, fixed) = (past.new, past.known, past.fixed.len());
    note(format_args!("since {commit}: {new} new, {known} known, {fixed} fixed"));
}

/// What keeps a run from knowing all, for commands whose output is no report.
pub(super) fn note_incompleteness(loaded: &Loaded) {
    let outcome = &loaded.outcome;
    if let Some(failure) = &outcome.failure {
        note(format_args!(
            "{}; it and what comes after it are not applied",
            failure.describe(&loaded.files)
        ));
    }
    if !outcome.assumed.is_empty() {
        let number = outcome.assumed.len();
        note(format_args!("the history is partial: {number} objects are assumed"));
    }
}

/// What is unusual about the input and yet no finding.
pub(super) fn note_surprises(loaded: &Loaded, verbose: bool) {
    surprises(loaded, verbose).iter().for_each(note);
}

fn surprises(loaded: &Loaded, verbose: bool) -> Vec<String> {
    let mut said = loaded.outcome.notes.clone();
    for version in &loaded.migrations.duplicate_versions {
        said.push(format!(
            "more than one migration has version {version}; they are applied by name, which the \
             Supabase CLI and sqlx refuse"
        ));
    }
    for path in &loaded.migrations.misnamed {
        said.push(format!("{path} is not named <digits>_<name>.sql and is not applied"));
    }
    if let Some(database) = loaded.migrations.dialect {
        said.push(format!(
            "the migrations are written for {database}, not for PostgreSQL, and are not judged"
        ));
    }
    if verbose && !loaded.outside.is_empty() {
        said.push(format!(
            "links that lead nowhere or out of the root are not followed: {}",
            loaded.outside.join(", ")
        ));
    }
    said
}
