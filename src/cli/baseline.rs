use std::collections::HashMap;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use super::CliError;
use super::progress::watched;
use super::repository::{Repository, RepositoryArguments};
use super::verify::note_incompleteness;
use super::workspace::Workspace;
use crate::finding::{Fingerprint, Verdict};
use crate::judge::Judged;
use crate::suppress::{Baseline, BaselineEntry, baseline_file};
use crate::verify::{RuleVerdict, violations};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    repository: RepositoryArguments,
    /// Drop what is no longer broken, and accept nothing new
    #[arg(long)]
    prune: bool,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let repository = self.repository.open(false)?;
        let mut judged = watched("reading migrations and sources", || repository.judge())?;
        note_incompleteness(&judged.loaded);
        let (written, _) = write(&repository, &mut judged, self.prune)?;
        let mut out = io::stdout().lock();
        let said = writeln!(out, "{written}");
        said.map_err(|error| CliError::Output { place: "to standard output".to_owned(), error })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes the baseline of what is broken and no comment accepts, and tells what changed. Entries of rules
/// that were not verified, or could not be decided, stay.
pub(super) fn write(
    repository: &Repository,
    judged: &mut Judged<'_>,
    prune: bool,
) -> Result<(String, Baseline), CliError> {
    repository.suppress_by(judged, None);
    let before = repository.baseline.clone().unwrap_or_default();
    let known: HashMap<Fingerprint, &BaselineEntry> =
        before.entries.iter().map(|entry| (entry.fingerprint(), entry)).collect();
    let broken = broken(judged);
    let mut entries: Vec<BaselineEntry> = Vec::new();
    let mut added = 0;
    for (rule, object) in broken {
        match known.get(&Fingerprint::of(&rule, &object)) {
            Some(entry) => entries.push((*entry).clone()),
            None if prune => {}
            None => {
                added += 1;
                entries.push(BaselineEntry {
                    rule,
                    object,
                    first_seen: repository.today,
                    span: None,
                });
            }
        }
    }
    let kept = entries.len() - added;
    let untold = before.entries.iter().filter(|entry| !is_decided(judged, &entry.rule));
    entries.extend(untold.cloned());
    let gone = before.entries.len() + added - entries.len();
    let baseline = Baseline { entries };
    let path = baseline_file(repository.database.as_deref());
    Workspace::of(&repository.root).write(&path, &baseline.write())?;
    // A doubt behind a breach shows once the breach is accepted.
    let is_open = |verdict: &&RuleVerdict<'_>| !verdict.doubts.is_empty();
    let undecided = judged.verdicts.iter().filter(is_open).count();
    let mut said = format!("{path}: {added} added, {kept} kept, {gone} gone");
    if undecided > 0 {
        said.push_str(&format!("; {undecided} rules cannot be decided, which no baseline accepts"));
    }
    Ok((said, baseline))
}

/// What is broken, each rule and object once.
fn broken(judged: &Judged<'_>) -> Vec<(String, String)> {
    let mut broken: Vec<_> = violations(&judged.verdicts)
        .map(|(rule, finding)| (rule.id.clone(), finding.object.clone()))
        .collect();
    broken.sort();
    broken.dedup();
    broken
}

/// Whether the run tells what of a rule is broken.
fn is_decided(judged: &Judged<'_>, rule: &str) -> bool {
    judged.verdicts.iter().any(|v| v.rule.id == rule && !matches!(v.verdict, Verdict::Undecided(_)))
}
