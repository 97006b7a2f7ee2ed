//! EXECUTE: statements that are text, known or known in part.

use super::run::Run;
use crate::catalog::ObjectName;
use crate::engine::Reach;
use crate::engine::interpreter::parse::{ParsedStatement, ast, parse_text};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::{Evaluator, Piece, Rows, Unknown, Value, Variables};
use crate::engine::interpreter::session::Session;
use crate::engine::interpreter::syntax::{self, Verdict};

/// A letter of a dead script stands in a statement for text that is not known, so short that no name
/// is cut because of it.
const HOLE: char = 'ꙮ';

/// The same for a name, which cannot hold a schema too.
const NAME: char = 'ꙁ';

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
    if let Verdict::Refused(error) = syntax::check(&text) {
        return Err(error.into());
    }
    let span = session.span;
    let parameters = Parameters(parameters);
    let mut rows = Rows::default();
    for statement in parse_text(&text, &|_| span) {
        rows = match statement.kind.read() {
            Some(ast::Statement::Query(query)) => {
                Evaluator { session, run, variables: &parameters }.statement(query)?
            }
            Some(ast::Statement::SelectInto(_)) => {
                return Err(Problem::error(
                    "0A000",
                    "EXECUTE of SELECT ... INTO is not implemented",
                ));
            }
            _ => {
                run.execute(session, &statement)?;
                Rows::default()
            }
        };
    }
    Ok(rows)
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
            Piece::Hole => HOLE.to_string(),
            Piece::Identifier => NAME.to_string(),
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
    match statement.kind.read() {
        Some(ast::Statement::Query(query)) => {
            session.model.forget_all_rows();
            let no_parameters = Parameters(Vec::new());
            let called =
                Evaluator { session, run, variables: &no_parameters }.calls_user_function(&**query);
            return if called { Reach::Everything } else { nothing };
        }
        Some(ast::Statement::NoEffect | ast::Statement::Comment(_) | ast::Statement::Grant(_)) => {
            return nothing;
        }
        Some(ast::Statement::Maintenance(_)) => {
            session.model.forget_all_rows();
            return nothing;
        }
        Some(ast::Statement::Publication(_)) => {
            session.model.doubt_publications();
            return nothing;
        }
        _ => {}
    }
    if cascades {
        return Reach::Everything;
    }
    let named = match session.reach_of(statement) {
        Reach::Objects(names) => names,
        Reach::Everything => return Reach::Everything,
    };
    if named.is_empty() {
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
    let mut patterns: Vec<ObjectName> = touched.into_iter().map(pattern).collect();
    patterns.sort();
    patterns.dedup();
    let anything = ObjectName::new("*", "*");
    if patterns.contains(&anything) { Reach::Everything } else { Reach::Objects(patterns) }
}

/// A name in which `*` stands for what is not known.
fn pattern(name: ObjectName) -> ObjectName {
    let starred = |text: &str| text.replace([HOLE, NAME], "*");
    // Text that is not quoted as a name may bring a schema along.
    let schema = if name.name.starts_with(HOLE) { "*".to_owned() } else { starred(&name.schema) };
    ObjectName { schema, name: starred(&name.name) }
}
