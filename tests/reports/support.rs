//! A repository of made-up files, and what the reporters print of it.

use chrono::NaiveDate;
use railcheck::access::Attacked;
use railcheck::engine::{Failure, Gap, Outcome, Reach};
use railcheck::facts::{Database, Facts, Memo};
use railcheck::finding::{Finding, Label, Severity, Suppressed, Suppression, Verdict};
use railcheck::pack::Pack;
use railcheck::report::{self, Report, TextStyle, Verbosity};
use railcheck::source::SourceIndex;
use railcheck::span::{FileId, SourceFile, SourceMap, Span};
use railcheck::suppress::{Notice, NoticeKind};
use railcheck::verify::RuleVerdict;

use crate::attacked::attacked;

pub(crate) const PACK: &str = "\
pack: own
title: Own Guardrails Verification
guardrails: own guardrails
rules:
  - {id: OWN-1, subject: Status index, title: t, check: index, severity: SEVERITY,
     parameters: {table: public.runs, index: i, leading_columns: [status]}}
output: LAYOUT
";

pub(crate) const CREATE: &str = "\
CREATE TABLE public.runs (
    id uuid PRIMARY KEY,
    status text,
    attempt int,
    note text,
    errors jsonb
);

CREATE POLICY own ON public.runs FOR SELECT
    USING (true);
";

/// A repository of made-up files, and what is said of the one rule of its pack.
pub(crate) struct Case {
    files: SourceMap,
    pub(crate) severity: &'static str,
    pub(crate) layout: &'static str,
}

impl Case {
    pub(crate) fn new() -> Self {
        Self { files: SourceMap::default(), severity: "error", layout: "checklist" }
    }

    pub(crate) fn file(&mut self, path: &str, text: &str) -> FileId {
        self.files.add(SourceFile::new(path, text))
    }

    /// A label on the first place where the file says `what`.
    pub(crate) fn label(&self, file: FileId, what: &str, text: &str) -> Label {
        let start = self.files.file(file).text.find(what).expect("the words");
        Label { span: Span::new(file, start..start + what.len()), text: text.to_owned() }
    }

    pub(crate) fn print(self, verdict: Verdict, form: Form) -> String {
        self.print_all(Said { verdict, ..Said::default() }, form)
    }

    pub(crate) fn print_all(mut self, said: Said, form: Form) -> String {
        let pack = PACK.replace("SEVERITY", self.severity).replace("LAYOUT", self.layout);
        let file = self.file("rules/own.yaml", &pack);
        let packs = [Pack::read(&self.files, file).expect("a pack")];
        let (pack, rule) = (&packs[0], &packs[0].rules[0]);
        let Said { verdict, suppressed, notices, outcome, access } = said;
        let verdicts =
            [RuleVerdict { pack, rule, verdict, doubts: Vec::new(), decided_by: None, suppressed }];
        let index = SourceIndex::default();
        let migrations: Vec<FileId> = self
            .files
            .iter()
            .filter(|(_, file)| file.path.ends_with(".sql"))
            .map(|(id, _)| id)
            .collect();
        let facts = Facts {
            files: &self.files,
            database: Some(Database {
                outcome: &outcome,
                migrations: &migrations,
                memo: &Memo::default(),
            }),
            sources: Some(&index),
            project: None,
        };
        let report = Report {
            verdicts: &verdicts,
            notices: &notices,
            access: &access,
            facts,
            engine: "interpreter",
        };
        let style = |verbosity, color| TextStyle { verbosity, color };
        let mut out = Vec::new();
        match form {
            Form::Text(verbosity) => report::text(&report, style(verbosity, false), &mut out),
            Form::Color => report::text(&report, style(Verbosity::Normal, true), &mut out),
            Form::Json => report::json(&report, &mut out),
            Form::Sarif => report::sarif(&report, &mut out),
            Form::Github => report::github(&report, &mut out),
            Form::Gitlab => report::gitlab(&report, &mut out),
            Form::Junit => report::junit(&report, &mut out),
            Form::Markdown => report::markdown(&report, &mut out),
            Form::Html => report::html(&report, &mut out),
        }
        .expect("a report");
        String::from_utf8(out).expect("UTF-8")
    }
}

/// Everything that can be said of the one rule, and of suppressions.
pub(crate) struct Said {
    pub(crate) verdict: Verdict,
    pub(crate) suppressed: Vec<Suppressed>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) outcome: Outcome,
    pub(crate) access: Vec<Attacked>,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            verdict: Verdict::Suppressed,
            suppressed: Vec::new(),
            notices: Vec::new(),
            outcome: Outcome::default(),
            access: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    Text(Verbosity),
    Color,
    Json,
    Sarif,
    Github,
    Gitlab,
    Junit,
    Markdown,
    Html,
}

pub(crate) fn finding(primary: Option<Label>, labels: Vec<Label>) -> Finding {
    Finding {
        message: "index i of public.runs is gone".to_owned(),
        primary,
        labels,
        help: "create index i on public.runs (status)".to_owned(),
        object: "index i of public.runs".to_owned(),
    }
}

/// An index that one migration made and a later one dropped.
pub(crate) fn dropped() -> (Case, Verdict) {
    let mut case = Case::new();
    let create = case.file("migrations/1_create.sql", CREATE);
    let drop =
        case.file("migrations/2_drop.sql", "\u{feff}SELECT 1;\r\n  DROP INDEX\r\n    i;\r\n");
    let labels = vec![
        case.label(create, "CREATE TABLE public.runs (\n    id uuid PRIMARY KEY,", "created here"),
        case.label(create, "CREATE POLICY", "changed here"),
    ];
    let primary = case.label(drop, "DROP INDEX\r\n    i", "dropped here");
    (case, Verdict::Violated(vec![finding(Some(primary), labels)]))
}

/// An index that a later migration dropped, with everything that a report can say besides: more
/// violations, accepted ones, a notice, a gap and a failure.
pub(crate) fn everything() -> (Case, Said) {
    let (mut case, mut verdict) = dropped();
    let source =
        case.file("app/api/a b/[id]/route.ts", "// ünï\nexport const GET = 1, POST = 2;\n");
    let in_source = |what: &str, message: &str, case: &Case| Finding {
        message: message.to_owned(),
        primary: Some(case.label(source, what, "handled here")),
        labels: Vec::new(),
        help: "call it".to_owned(),
        object: format!("endpoint {what}"),
    };
    let comment = case.label(source, "// ünï", "").span;
    let gap = case.label(source, "1, POST", "").span;
    let suppressed = vec![
        Suppressed {
            finding: in_source("GET", "GET <b>/a</b> & co has no literal callsite", &case),
            by: Suppression::Comment {
                span: comment,
                reason: "called by \"the\" <phone>".to_owned(),
                until: NaiveDate::from_ymd_opt(2027, 1, 31),
            },
        },
        Suppressed {
            finding: finding(None, Vec::new()),
            by: Suppression::Baseline {
                first_seen: NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day"),
            },
        },
    ];
    if let Verdict::Violated(findings) = &mut verdict {
        findings.push(in_source("POST", "POST 100%: `a`,\n::error::b @team has |none|", &case));
        findings.push(finding(None, Vec::new()));
    }
    let notices = vec![Notice {
        kind: &UNUSED,
        finding: in_source("export", "the suppression of OWN-1 suppresses nothing", &case),
    }];
    let outcome = Outcome {
        gaps: vec![Gap { span: gap, reason: "not <understood>".into(), reach: Reach::Everything }],
        failure: Some(Failure {
            limit: None,
            sqlstate: std::borrow::Cow::Borrowed("42P01"),
            message: "relation \"a\" does not exist".into(),
            span: gap,
        }),
        ..Outcome::default()
    };
    (case, Said { verdict, suppressed, notices, outcome, access: attacked() })
}

static UNUSED: NoticeKind = NoticeKind {
    id: "unused-suppression",
    title: "A suppression suppresses something",
    severity: Severity::Warning,
};
