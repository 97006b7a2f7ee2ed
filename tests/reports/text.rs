//! What the text and the JSON say.

use insta::assert_snapshot;
use railcheck::finding::{Label, Verdict};
use railcheck::pack::Pack;
use railcheck::report::Verbosity;
use railcheck::span::{SourceFile, SourceMap, Span};
use railcheck::verify::{RuleVerdict, Status};

use crate::support::{CREATE, Case, Form, PACK, dropped, everything, finding};

const NORMAL: Form = Form::Text(Verbosity::Normal);

#[test]
fn a_violation_is_one_line_with_the_statement_its_history_and_help() {
    let (case, verdict) = dropped();
    assert_snapshot!(case.print(verdict, NORMAL));
}

#[test]
fn quiet_is_one_line_for_each_finding() {
    let (case, verdict) = dropped();
    assert_snapshot!(case.print(verdict, Form::Text(Verbosity::Quiet)));
}

#[test]
fn json_has_everything_with_its_place() {
    let (case, verdict) = dropped();
    assert_snapshot!(case.print(verdict, Form::Json));
}

#[test]
fn colour_changes_no_text() {
    let (case, verdict) = dropped();
    let plain = case.print(verdict, NORMAL);
    let (case, verdict) = dropped();
    let colored = case.print(verdict, Form::Color);
    assert_ne!(colored, plain);
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

#[test]
fn what_holds_shows_its_history_if_asked() {
    let holds = |case: &mut Case| {
        let file = case.file("migrations/1_create.sql", CREATE);
        Verdict::Holds { evidence: vec![case.label(file, "CREATE TABLE", "created here")] }
    };
    let mut case = Case::new();
    let verdict = holds(&mut case);
    assert_snapshot!(case.print(verdict, NORMAL));
    let mut case = Case::new();
    let verdict = holds(&mut case);
    assert_snapshot!(case.print(verdict, Form::Text(Verbosity::Verbose)));
    let mut case = Case::new();
    let verdict = holds(&mut case);
    assert_eq!(case.print(verdict, Form::Text(Verbosity::Quiet)), "");
}

#[test]
fn what_cannot_be_decided_is_no_violation() {
    let mut case = Case::new();
    let file = case.file("migrations/1_create.sql", CREATE);
    let primary = case.label(
        file,
        "CREATE POLICY own ON public.runs FOR SELECT\n    USING (true)",
        "not understood",
    );
    let verdict = Verdict::Undecided(vec![finding(Some(primary), Vec::new())]);
    assert_snapshot!(case.print(verdict, NORMAL));
}

#[test]
fn a_finding_without_a_statement_stands_at_its_rule() {
    let verdict = Verdict::Violated(vec![finding(None, Vec::new())]);
    assert_snapshot!(Case::new().print(verdict, NORMAL));
}

#[test]
fn a_warning_is_said_and_does_not_fail_the_run() {
    let mut case = Case::new();
    case.severity = "warning";
    let verdict = Verdict::Violated(vec![finding(None, Vec::new())]);
    let printed = case.print(verdict, NORMAL);
    assert!(printed.contains("⚠️ violates OWN-1: index i of public.runs is gone"), "{printed}");
    assert!(printed.contains("✅ All own guardrails verified"), "{printed}");
}

#[test]
fn lines_too_long_to_show_are_named() {
    let mut case = Case::new();
    let file = case.file("dist/bundle.js", &format!("{} emit('X')", "x".repeat(5_000)));
    let primary = case.label(file, "emit('X')", "emitted here");
    let verdict = Verdict::Violated(vec![finding(Some(primary), Vec::new())]);
    assert_snapshot!(case.print(verdict, NORMAL));
}

#[test]
fn nothing_in_the_input_steers_the_terminal() {
    let mut case = Case::new();
    let file = case.file("a\u{1b}[2J\n✅ b.sql", "DROP INDEX \"\u{1b}[31m\u{202e}\";");
    let mut finding = finding(Some(case.label(file, "DROP INDEX", "\u{9b}1m\nhere")), Vec::new());
    finding.message = "index \u{1b}]0;x\u{7}\n✅ R-E76-001 is gone".to_owned();
    let printed = case.print(Verdict::Violated(vec![finding]), NORMAL);
    assert!(!printed.contains(|c: char| c.is_control() && c != '\n'), "{printed:?}");
    assert!(!printed.lines().any(|line| line.starts_with('✅')), "{printed}");
}

#[test]
fn many_findings_are_all_said_and_few_are_shown() {
    let mut case = Case::new();
    let file = case.file("a.ts", &"emit('X')\n".repeat(1_000));
    let findings = (0..1_000)
        .map(|line| {
            let span = Span::new(file, line * 10..line * 10 + 9);
            finding(Some(Label { span, text: "emitted here".to_owned() }), Vec::new())
        })
        .collect();
    let printed = case.print(Verdict::Violated(findings), NORMAL);
    assert_eq!(printed.matches("❌ violates OWN-1: ").count(), 1_000);
    assert_eq!(printed.matches("emitted here").count(), 12);
}

#[test]
fn a_digest_shows_what_is_wrong_and_sums_it_up() {
    let (mut case, verdict) = dropped();
    case.layout = "digest";
    assert_snapshot!(case.print(verdict, NORMAL));
    let mut case = Case::new();
    case.layout = "digest";
    let holds = Verdict::Holds { evidence: Vec::new() };
    assert_eq!(case.print(holds, NORMAL), "✅ 1 rule holds\n");
    let mut case = Case::new();
    (case.layout, case.severity) = ("digest", "warning");
    let printed = case.print(Verdict::Violated(vec![finding(None, Vec::new())]), NORMAL);
    assert!(printed.contains("⚠️ violates OWN-1: index i of public.runs is gone"), "{printed}");
    assert!(printed.ends_with("✅ 1 warning\n"), "{printed}");
}

#[test]
fn a_digest_tells_the_first_few_of_many_findings_and_each_statement_once() {
    let of_lines = |number: usize, per_line: usize| {
        let mut case = Case::new();
        case.layout = "digest";
        let file = case.file("a.ts", &"emit('X')\n".repeat(number));
        let findings = (0..number * per_line).map(|at| {
            let line = at / per_line;
            let span = Span::new(file, line * 10..line * 10 + 9);
            finding(Some(Label { span, text: "emitted here".to_owned() }), Vec::new())
        });
        let findings = findings.collect();
        case.print(Verdict::Violated(findings), NORMAL)
    };
    let printed = of_lines(400, 1);
    assert_eq!(printed.matches("❌ violates OWN-1: ").count(), 3);
    assert!(
        printed.contains("and 397 more findings of OWN-1; `railcheck verify -v --rule OWN-1`"),
        "{printed}"
    );
    assert!(printed.ends_with("❌ 1 of 1 rules is violated, 400 findings\n"), "{printed}");
    let printed = of_lines(1, 3);
    assert_eq!(printed.matches("❌ violates OWN-1: ").count(), 3);
    assert_eq!(printed.matches("emitted here").count(), 1, "{printed}");
}

#[test]
fn what_keeps_many_rules_open_is_told_once() {
    let mut files = SourceMap::default();
    let sql = files.add(SourceFile::new("1.sql", "DO $$ x $$;"));
    let rules: String = (1..=15)
        .map(|n| format!(
            "  - {{id: OWN-{n}, subject: s, title: t, check: index, parameters: {{table: t{n}, index: i, leading_columns: [s]}}}}\n"
        ))
        .collect();
    let text = format!("pack: own\ntitle: Own\nguardrails: own\nrules:\n{rules}");
    let file = files.add(SourceFile::new("own.yaml", text));
    let pack = Pack::read(&files, file).expect("a pack");
    let doubt = |n: usize| {
        let label = Label { span: Span::new(sql, 0..10), text: "its body is not known".to_owned() };
        let mut finding = finding(Some(label), Vec::new());
        finding.message = format!("a statement that may touch t{n} is not understood");
        finding
    };
    let verdicts: Vec<RuleVerdict<'_>> = (1..)
        .zip(&pack.rules)
        .map(|(n, rule)| RuleVerdict {
            pack: &pack,
            rule,
            verdict: Verdict::Undecided(vec![doubt(n)]),
            doubts: Vec::new(),
            decided_by: None,
            suppressed: Vec::new(),
        })
        .collect();
    let facts =
        railcheck::facts::Facts { files: &files, database: None, sources: None, project: None };
    let report = railcheck::report::Report {
        verdicts: &verdicts,
        notices: &[],
        access: &[],
        facts,
        engine: "interpreter",
    };
    let style = railcheck::report::TextStyle { verbosity: Verbosity::Normal, color: false };
    let mut out = Vec::new();
    railcheck::report::text(&report, style, &mut out).expect("a report");
    assert_snapshot!(String::from_utf8(out).expect("UTF-8"));
}

#[test]
fn a_violation_weighs_more_than_a_doubt_and_a_doubt_more_than_none() {
    let mut files = SourceMap::default();
    let file = files.add(SourceFile::new(
        "own.yaml",
        PACK.replace("SEVERITY", "error").replace("LAYOUT", "digest"),
    ));
    let pack = Pack::read(&files, file).expect("a pack");
    let verdict = |verdict| RuleVerdict {
        pack: &pack,
        rule: &pack.rules[0],
        verdict,
        doubts: Vec::new(),
        decided_by: None,
        suppressed: Vec::new(),
    };
    let holds = verdict(Verdict::Holds { evidence: Vec::new() });
    let violated = verdict(Verdict::Violated(vec![finding(None, Vec::new())]));
    let undecided = verdict(Verdict::Undecided(vec![finding(None, Vec::new())]));
    for (verdicts, status, code) in [
        (vec![&holds], Status::Holds, 0),
        (vec![&holds, &undecided], Status::Undecided, 2),
        (vec![&holds, &violated], Status::Violated, 1),
        (vec![&violated, &undecided, &holds], Status::Violated, 1),
    ] {
        assert_eq!(Status::of(verdicts), status);
        assert_eq!(status.exit_code(), code);
    }
}

#[test]
fn what_is_suppressed_is_said_and_not_counted_as_a_violation() {
    let (case, mut said) = everything();
    said.verdict = Verdict::Suppressed;
    let printed = case.print_all(said, NORMAL);
    assert!(!printed.contains("violates"), "{printed}");
    assert!(!printed.contains("✅ OWN-1"), "{printed}");
    assert_snapshot!(printed);
}
