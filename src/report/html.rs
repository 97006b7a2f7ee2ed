//! One page that needs nothing else: rules, verdicts, evidence with the code, history as a timeline.

mod excerpt;
mod icon;
mod matrix;

use std::collections::BTreeSet;
use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::Report;
use super::entry::message;
use super::printable::printable;
use crate::catalog::ObjectName;
use crate::coverage::Coverage;
use crate::finding::{Finding, Label, Severity, Suppression, Verdict};
use crate::pack::Pack;
use crate::span::Span;
use crate::verify::{self, RuleVerdict, Status};
use excerpt::excerpt;
use icon::{Icon, icon};

const STYLE: &str = include_str!("html/style.css");

/// How many findings of one rule, and how many pieces of evidence, are shown with their code.
const MAX_SHOWN: usize = 50;

/// For people with a browser.
///
/// # Errors
/// If the writer fails.
pub fn html(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { report };
    writeln!(out, "{}", page.document().into_string())
}

struct Page<'r> {
    report: &'r Report<'r>,
}

/// A verdict by its class in the style sheet, its icon and its word.
struct Look {
    class: &'static str,
    icon: Icon,
    word: &'static str,
}

impl Look {
    fn of(verdict: &RuleVerdict<'_>) -> Self {
        let (class, icon, word) = match (&verdict.verdict, verdict.rule.severity) {
            (Verdict::Holds { .. }, _) => ("holds", Icon::Holds, "verified"),
            (Verdict::Suppressed, _) => ("suppressed", Icon::Suppressed, "suppressed"),
            (Verdict::Undecided(_), _) => ("undecided", Icon::Undecided, "cannot decide"),
            (Verdict::Violated(_), Severity::Error) => ("violated", Icon::Violated, "violated"),
            (Verdict::Violated(_), Severity::Warning) => {
                ("undecided", Icon::Warning, "violated, a warning")
            }
            (Verdict::Violated(_), Severity::Note) => {
                ("suppressed", Icon::Note, "violated, a note")
            }
        };
        Self { class, icon, word }
    }

    /// What is wrong comes first.
    fn rank(&self) -> usize {
        ["violated", "undecided", "suppressed"]
            .iter()
            .position(|class| *class == self.class)
            .unwrap_or(usize::MAX)
    }

    fn verdict(&self) -> Markup {
        markup! { span class={ "verdict " (self.class) } { (icon(self.icon)) " " (self.word) } }
    }
}

impl Page<'_> {
    fn document(&self) -> Markup {
        markup! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "railcheck report" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    (self.header())
                    (self.filter())
                    main {
                        (self.refusal())
                        (self.assumed())
                        @for pack in self.report.packs() { (self.pack(pack)) }
                        (matrix::matrices(self.report.access))
                        (self.notices())
                        (self.gaps())
                    }
                }
            }
        }
    }

    fn header(&self) -> Markup {
        let facts = self.report.facts;
        let (sign, class, said) = match self.report.status() {
            Status::Holds => (Icon::Holds, "holds", "No rule is violated"),
            Status::Undecided => (Icon::Undecided, "undecided", "Some rules could not be decided"),
            Status::Violated => (Icon::Violated, "violated", "Some rules are violated"),
        };
        let Coverage { rules, objects, endpoints, callsites, undecided } = self.report.coverage();
        let suppressed = self.report.verdicts.iter().map(|verdict| verdict.suppressed.len()).sum();
        let counts = [
            ("Rules", rules),
            ("Undecided", undecided),
            ("Suppressed", suppressed),
            ("Objects", objects),
            ("Endpoints", endpoints),
            ("Callsites", callsites),
            ("Migrations", facts.database.map_or(0, |database| database.migrations.len())),
            ("Sources", facts.sources.map_or(0, |index| index.files)),
        ];
        let made_by = [("Engine", self.report.engine), ("railcheck", env!("CARGO_PKG_VERSION"))];
        markup! {
            header {
                h1 { "railcheck report" }
                p class={ "verdict " (class) } { (icon(sign)) " " (said) }
                dl class="figures" {
                    @for (name, count) in counts { div { dt { (name) } dd { (count) } } }
                    @for (name, word) in made_by { div { dt { (name) } dd { (word) } } }
                }
            }
        }
    }

    /// Chooses which rules are shown, by the style sheet alone.
    fn filter(&self) -> Markup {
        let count = |class: &str| {
            self.report.verdicts.iter().filter(|verdict| Look::of(verdict).class == class).count()
        };
        let choices = [
            ("violated", "violated"),
            ("undecided", "undecided and warnings"),
            ("suppressed", "suppressed and notes"),
            ("holds", "verified"),
        ];
        let all = self.report.verdicts.len();
        markup! {
            fieldset class="filter" {
                legend { "Show" }
                label { input type="radio" name="show" id="show-all" checked; " all " (all) }
                @for (class, word) in choices {
                    @let number = count(class);
                    @if number > 0 {
                        label { input type="radio" name="show" id={ "show-" (class) }; " " (number) " " (word) }
                    }
                }
            }
        }
    }

    /// The migration that is refused, before all else.
    fn refusal(&self) -> Markup {
        markup! {
            @if let Some(refusal) = self.report.refusal() {
                section id="refused" {
                    h2 { (icon(Icon::Violated)) " A migration is refused" }
                    div class="finding refused" {
                        p class="message" { (printable(&refusal.sentence)) }
                        (excerpt(self.report.facts.files, refusal.span, true))
                        p { (printable(&refusal.consequence())) }
                    }
                }
            }
        }
    }

    /// What the history lacks.
    fn assumed(&self) -> Markup {
        markup! {
            @if let Some(assumed) = self.report.assumed() {
                section id="assumed" {
                    h2 { "Assumed" }
                    p { (printable(&assumed.sentence())) }
                }
            }
        }
    }

    fn pack(&self, pack: &Pack) -> Markup {
        let mut verdicts: Vec<_> = self.report.verdicts_of(pack).collect();
        verdicts.sort_by_key(|verdict| Look::of(verdict).rank());
        markup! {
            section {
                h2 { (printable(&pack.title)) }
                div class="scroll" {
                    table {
                        thead { tr { th { "Rule" } th { "What" } th { "Verdict" } } }
                        tbody {
                            @for verdict in &verdicts {
                                @let look = Look::of(verdict);
                                tr class={ "is-" (look.class) } {
                                    td { a href={ "#" (verdict.rule.id) } { (verdict.rule.id) } }
                                    td { (printable(&verdict.rule.subject)) }
                                    td class={ "verdict " (look.class) } { (icon(look.icon)) " " (look.word) }
                                }
                            }
                        }
                    }
                }
                @for verdict in verdicts { (self.rule(verdict)) }
            }
        }
    }

    /// A rule; one that holds is folded to a row.
    fn rule(&self, verdict: &RuleVerdict<'_>) -> Markup {
        let (rule, look) = (verdict.rule, Look::of(verdict));
        let head = markup! {
            h3 { (rule.id) ": " (printable(&rule.subject)) }
            (look.verdict())
        };
        markup! {
            article id=(rule.id) class={ "is-" (look.class) } {
                @if matches!(verdict.verdict, Verdict::Holds { .. }) && verdict.suppressed.is_empty() {
                    details class="card" {
                        summary { (head) }
                        (self.body(verdict))
                    }
                } @else {
                    header { (head) }
                    (self.body(verdict))
                }
            }
        }
    }

    fn body(&self, verdict: &RuleVerdict<'_>) -> Markup {
        let rule = verdict.rule;
        markup! {
            div {
                p { (printable(&rule.title)) }
                @if !rule.description.trim().is_empty() {
                    p class="faint" { (printable(rule.description.trim())) }
                }
                p class="faint" { "Check " code { (rule.check_name) } ", declared at " (self.place(rule.span)) }
                @match &verdict.verdict {
                    Verdict::Holds { evidence } => (self.evidence(evidence)),
                    Verdict::Violated(findings) => (self.findings("violated", findings)),
                    Verdict::Undecided(findings) => (self.findings("undecided", findings)),
                    Verdict::Suppressed => {},
                }
                (matrix::links(self.report.access, &self.guarded(verdict)))
                @for suppressed in &verdict.suppressed {
                    (self.finding("suppressed", &suppressed.finding, Some(&suppressed.by)))
                }
            }
        }
    }

    /// The tables whose row-level security the rule is about.
    fn guarded(&self, verdict: &RuleVerdict<'_>) -> BTreeSet<ObjectName> {
        verify::guarded_tables(std::slice::from_ref(verdict), &self.report.facts)
    }

    fn findings(&self, class: &str, findings: &[Finding]) -> Markup {
        markup! {
            @for finding in findings.iter().take(MAX_SHOWN) { (self.finding(class, finding, None)) }
            @if let Some(rest) = findings.get(MAX_SHOWN..).filter(|rest| !rest.is_empty()) {
                details {
                    summary { "and " (rest.len()) " more" }
                    ul {
                        @for finding in rest {
                            li {
                                (printable(&message(finding, class == "undecided")))
                                @if let Some(label) = &finding.primary { " " (self.place(label.span)) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn finding(&self, class: &str, finding: &Finding, by: Option<&Suppression>) -> Markup {
        markup! {
            div class={ "finding " (class) } {
                p class="message" { (printable(&message(finding, class == "undecided"))) }
                @if let Some(by) = by { (self.suppression(by)) }
                @if let Some(label) = &finding.primary {
                    p class="place" { (self.place(label.span)) }
                    (excerpt(self.report.facts.files, label.span, true))
                }
                @if !finding.labels.is_empty() {
                    h4 { (self.name_of_labels(finding)) }
                    (self.timeline(&finding.labels, finding.primary.as_ref()))
                }
                @if !finding.help.is_empty() {
                    p { b { "To do: " } (printable(&finding.help)) }
                }
                p class="faint" { "Object " code { (printable(&finding.object)) } }
            }
        }
    }

    /// The labels of a statement are its history; those of a source are other places.
    fn name_of_labels(&self, finding: &Finding) -> &'static str {
        let is_migration = finding
            .primary
            .as_ref()
            .zip(self.report.facts.database)
            .is_some_and(|(label, database)| database.migrations.contains(&label.span.file));
        if is_migration { "History" } else { "See also" }
    }

    fn suppression(&self, by: &Suppression) -> Markup {
        markup! {
            p class="suppressed" {
                @match by {
                    Suppression::Comment { span, reason, until } => {
                        (icon(Icon::Suppressed)) " Suppressed at " (self.place(*span))
                        @if let Some(day) = until { " until " (day) }
                        ": " (printable(reason))
                    }
                    Suppression::Baseline { first_seen } => {
                        (icon(Icon::Suppressed)) " In the baseline since " (first_seen)
                    }
                    Suppression::Configured => { (icon(Icon::Suppressed)) " Left out by railcheck.yaml" }
                    Suppression::Before { commit } => {
                        (icon(Icon::Suppressed)) " There at " (commit) " already"
                    }
                }
            }
        }
    }

    /// What shows that a rule holds, folded.
    fn evidence(&self, evidence: &[Label]) -> Markup {
        markup! {
            @if !evidence.is_empty() {
                details {
                    summary { "Evidence (" (evidence.len()) ")" }
                    (self.timeline(evidence, None))
                }
            }
        }
    }

    /// Labels from the oldest to the latest; the statement at fault is the last.
    fn timeline(&self, labels: &[Label], fault: Option<&Label>) -> Markup {
        markup! {
            ol class="timeline" {
                @for label in labels.iter().take(MAX_SHOWN) {
                    li {
                        (printable(&label.text)) " "
                        span class="place" { (self.place(label.span)) }
                        (excerpt(self.report.facts.files, label.span, false))
                    }
                }
                @if labels.len() > MAX_SHOWN { li { "… and " (labels.len() - MAX_SHOWN) " more" } }
                @if let Some(label) = fault {
                    li class="fault" {
                        (printable(&label.text)) " "
                        span class="place" { (self.place(label.span)) }
                    }
                }
            }
        }
    }

    fn place(&self, span: Span) -> Markup {
        markup! { code { (printable(&self.report.facts.files.location(span))) } }
    }

    fn notices(&self) -> Markup {
        markup! {
            @if !self.report.notices.is_empty() {
                section {
                    h2 { "Suppressions" }
                    @for notice in self.report.notices {
                        @let class = match notice.kind.severity {
                            Severity::Error => "violated",
                            Severity::Warning | Severity::Note => "undecided",
                        };
                        article {
                            h3 { (notice.kind.title) }
                            (self.finding(class, &notice.finding, None))
                        }
                    }
                }
            }
        }
    }

    /// What could not be interpreted, whether or not a rule depends on it.
    fn gaps(&self) -> Markup {
        let facts = self.report.facts;
        let outcome = facts.database.map(|database| database.outcome);
        let gaps = outcome.iter().flat_map(|outcome| &outcome.gaps);
        let source_gaps = facts.sources.iter().flat_map(|index| &index.gaps);
        let all: Vec<(Span, &str)> = gaps
            .map(|gap| (gap.span, &*gap.reason))
            .chain(source_gaps.map(|gap| (gap.span, gap.reason.as_str())))
            .collect();
        markup! {
            @if !all.is_empty() {
                section {
                    h2 { "Not interpreted" }
                    ul {
                        @for (span, reason) in &all { li { (self.place(*span)) ": " (printable(reason)) } }
                    }
                }
            }
        }
    }
}
