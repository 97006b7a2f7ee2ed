//! The table of rules and the checks that verify them, as Markdown that is kept in a repository.

use std::fmt::Write;

use indexmap::IndexMap;

use super::Report;
use super::printable::printable;
use crate::checks;
use crate::finding::{Finding, Label, Verdict};
use crate::pack::{Pack, Rule};
use crate::span::SourceMap;
use crate::verify::RuleVerdict;

/// How many facts are named of one file.
const MAX_FACTS: usize = 4;

/// The table of rules and checks. Files are named without lines, so that it changes only when what a rule
/// rests on does, and never with a line that is added above.
#[must_use]
pub fn matrix(report: &Report<'_>) -> String {
    let rules: Vec<&Rule> = report.packs().into_iter().flat_map(|pack| &pack.rules).collect();
    let by_check = rules_by_check(&rules);
    let mut text = format!(
        "# Rules vs Checks Matrix\n\n\
         Written by `railcheck matrix`; `railcheck matrix --check` fails when it is stale.\n\n\
         **Coverage:** 100% ({} rules by {} checks; every rule has a check, every finding names its rule as \
         “violates R-…”)\n",
        rules.len(),
        by_check.len(),
    );
    for pack in report.packs() {
        text.push_str(&rules_of(pack, report));
    }
    text.push_str("\n## Checks\n\n| Check | Rule IDs | What it does |\n| --- | --- | --- |\n");
    for (check, rules) in by_check {
        let page = checks::find(check).map_or("", |kind| kind.page);
        let _ = writeln!(text, "| `{check}` | {} | {} |", rules.join(", "), cell(&purpose(page)));
    }
    text
}

fn rules_of(pack: &Pack, report: &Report<'_>) -> String {
    let mut text = format!(
        "\n## {}\n\n\
         | Rule ID | Description | Error Code | Check | Status | Evidence |\n\
         | --- | --- | --- | --- | --- | --- |\n",
        cell(&pack.title)
    );
    for verdict in report.verdicts_of(pack) {
        let Rule { id, title, error_code, check_name, .. } = verdict.rule;
        let code = if error_code.is_empty() { "—".into() } else { format!("`{error_code}`") };
        let (status, evidence) = standing(verdict, report.facts.files);
        let (title, code) = (cell(title), cell(&code));
        let _ =
            writeln!(text, "| {id} | {title} | {code} | `{check_name}` | {status} | {evidence} |");
    }
    text
}

/// What a rule says, and what that rests on.
fn standing(verdict: &RuleVerdict<'_>, files: &SourceMap) -> (&'static str, String) {
    match &verdict.verdict {
        Verdict::Holds { evidence } => ("✅ verified", shown(evidence, files)),
        Verdict::Violated(findings) => ("❌ violated", messages(findings, files)),
        Verdict::Undecided(findings) => ("❓ undecided", messages(findings, files)),
        Verdict::Suppressed => {
            let accepted = verdict.suppressed.iter().map(|suppressed| &suppressed.finding);
            ("☑️ accepted", messages(accepted, files))
        }
    }
}

/// Evidence by file, each with the facts that it shows.
fn shown(evidence: &[Label], files: &SourceMap) -> String {
    let mut by_file: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for Label { span, text } in evidence {
        let facts = by_file.entry(&files.file(span.file).path).or_default();
        let fact = text.split_once(" here").map_or(&**text, |(fact, _)| fact);
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    let shown = by_file.iter().map(|(path, facts)| {
        let mut named = facts.iter().take(MAX_FACTS).copied().collect::<Vec<_>>().join(", ");
        if facts.len() > MAX_FACTS {
            named = format!("{named} and {} more", facts.len() - MAX_FACTS);
        }
        format!("`{}`: {}", cell(path), cell(&named))
    });
    shown.collect::<Vec<_>>().join("<br>")
}

fn messages<'a>(findings: impl IntoIterator<Item = &'a Finding>, files: &SourceMap) -> String {
    let mut shown: Vec<String> = Vec::new();
    for Finding { message, primary, .. } in findings {
        let place = primary.as_ref().map(|label| &files.file(label.span.file).path);
        let place = place.map_or(String::new(), |path| format!(" (`{}`)", cell(path)));
        let message = format!("{}{place}", cell(message));
        if !shown.contains(&message) {
            shown.push(message);
        }
    }
    shown.join("<br>")
}

fn rules_by_check<'a>(rules: &[&'a Rule]) -> IndexMap<&'static str, Vec<&'a str>> {
    let mut by_check: IndexMap<&'static str, Vec<&str>> = IndexMap::new();
    for rule in rules {
        by_check.entry(rule.check_name).or_default().push(&rule.id);
    }
    by_check
}

/// The first sentence of a check's page.
fn purpose(page: &str) -> String {
    let paragraph = page.split("\n\n").find(|part| !part.starts_with('#')).unwrap_or_default();
    let text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    text.split_once(". ").map_or(text.clone(), |(first, _)| format!("{first}."))
}

/// Text as the cell of a table.
fn cell(text: &str) -> String {
    printable(text).replace('|', "\\|")
}
