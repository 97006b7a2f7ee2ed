//! EXECUTE: statements that are text, known or known in part.

use sqlparser::ast::{ObjectName as WrittenName, Statement};

use super::run::Run;
use crate::catalog::ObjectName;
use crate::engine::Reach;
use crate::engine::interpreter::parse::{ParsedStatement, StatementKind, extra, parse_text};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::{Evaluator, Piece, Rows, Unknown, Value, Variables};
use crate::engine::interpreter::session::Session;

/// Stands in a statement for a part that is not known.
const HOLE: &str = "railcheck_unknown";

/// USING: only `$n`.
struct Parameters(Vec<Value>);

impl Variables for Parameters {
    fn variable(&self, _: &[&str]) -> Option<Value> {
        None
    }

    fn parameter(&self, number: usize) -> Option<Value> {
        self.0.get(number.checked_sub(1)?).cloned()
    }
}

/// Executes a text and returns the rows of its last statement.
pub(super) fn run(
    session: &mut Session,
    run: &mut Run,
    text: &Value,
    parameters: Vec<Value>,
) -> Result<Rows, Problem> {
    let shown = Evaluator { session, run, variables: &Parameters(Vec::new()) }.text_of(text);
    let text = match shown {
        Value::Text(text) => text,
        Value::Unknown(unknown) => return perhaps(session, run, &unknown),
        _ => {
            return Err(Problem::error("22004", "query string argument of EXECUTE is null"));
        }
    };
    let span = session.span;
    let parameters = Parameters(parameters);
    let mut rows = Rows::default();
    for statement in parse_text(&text, &|_| span) {
        rows = match &statement.kind {
            StatementKind::Sql(sql) if is_query(sql) => {
                Evaluator { session, run, variables: &parameters }.statement(sql)?
            }
            _ => {
                run.execute(session, &statement)?;
                Rows::default()
            }
        };
    }
    Ok(rows)
}

/// Whether a statement is the evaluator's business.
pub(super) fn is_query(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Query(_)
            | Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::Merge(_)
            | Statement::Call(_)
    )
}

/// A statement of which only a part is known: nothing is executed, and a gap tells what it may touch.
fn perhaps(session: &mut Session, run: &mut Run, unknown: &Unknown) -> Result<Rows, Problem> {
    let rows = Rows::open(unknown.why.clone());
    let reason = format!("the text of the statement depends on {}", unknown.why);
    let pieces = unknown.pieces();
    let text: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_string(),
            Piece::Hole | Piece::Identifier => HOLE.to_owned(),
            Piece::Literal => format!("'{HOLE}'"),
        })
        .collect();
    let span = session.span;
    let statements = parse_text(&text, &|_| span);
    if pieces.iter().all(|p| *p == Piece::Hole) || statements.is_empty() {
        run.gap(session, reason, Reach::Everything);
        return Ok(rows);
    }
    let words =
        text.to_ascii_lowercase().replace("delete cascade", "").replace("update cascade", "");
    let cascades = words.contains("cascade");
    for statement in &statements {
        match reach(session, run, statement, cascades) {
            Reach::Objects(names) if names.is_empty() => {}
            reach => run.gap(session, reason.clone(), reach),
        }
    }
    Ok(rows)
}

/// What a statement with holes may touch.
fn reach(
    session: &mut Session,
    run: &mut Run,
    statement: &ParsedStatement,
    cascades: bool,
) -> Reach {
    let nothing = Reach::Objects(Vec::new());
    match &statement.kind {
        StatementKind::Sql(sql) if is_query(sql) => {
            let no_parameters = Parameters(Vec::new());
            let called =
                Evaluator { session, run, variables: &no_parameters }.calls_user_function(&**sql);
            return if called { Reach::Everything } else { nothing };
        }
        StatementKind::Extra(statement) => match &**statement {
            extra::Statement::NoEffect
            | extra::Statement::Comment(_)
            | extra::Statement::Grant(_) => {
                return nothing;
            }
            _ => {}
        },
        _ => {}
    }
    let named: Vec<ObjectName> = match targets(statement).filter(|_| !cascades) {
        Some(names) => names.into_iter().map(|name| session.expected_name(name)).collect(),
        None if cascades => return Reach::Everything,
        None => match session.reach_of(statement) {
            Reach::Objects(names) => names,
            Reach::Everything => return Reach::Everything,
        },
    };
    let has_hole = |name: &ObjectName| name.schema.contains(HOLE) || name.name.contains(HOLE);
    if named.is_empty() || named.iter().any(has_hole) {
        return Reach::Everything;
    }
    let before = session.model.clone();
    let gaps = session.gaps.len();
    // An error means no more than that it depends on the parts that are not known.
    let _may_fail = run.execute(session, statement);
    let mut touched = session.model.changes_since(&before);
    session.model = before;
    for gap in session.gaps.split_off(gaps) {
        match gap.reach {
            Reach::Objects(names) => touched.extend(names),
            Reach::Everything => return Reach::Everything,
        }
    }
    touched.extend(named);
    touched.sort();
    touched.dedup();
    if touched.iter().any(has_hole) { Reach::Everything } else { Reach::Objects(touched) }
}

/// The tables that a statement is about, however their parts are called; `None` if that is not all.
fn targets(statement: &ParsedStatement) -> Option<Vec<&WrittenName>> {
    Some(match &statement.kind {
        StatementKind::Sql(sql) => match &**sql {
            Statement::CreatePolicy(policy) => vec![&policy.table_name],
            Statement::AlterPolicy(policy) => vec![&policy.table_name],
            Statement::DropPolicy(policy) => vec![&policy.table_name],
            Statement::CreateIndex(index) => vec![&index.table_name],
            _ => return None,
        },
        StatementKind::Extra(extra) => match &**extra {
            extra::Statement::AlterTable(alter) => vec![&alter.name],
            extra::Statement::CreateTrigger(trigger) => vec![&trigger.table],
            extra::Statement::AlterTrigger(trigger) => vec![&trigger.table],
            extra::Statement::DropTrigger(trigger) => vec![&trigger.table],
            extra::Statement::CreateTable(create) => vec![&create.name],
            _ => return None,
        },
        _ => return None,
    })
}
