//! SQL inside a body: expressions, queries, EXECUTE, and what they return.

use sqlparser::ast::Statement as SqlStatement;

use super::ast::{Dynamic, Into, Sql, Target, Utility};
use super::exec::{Executor, Flow};
use crate::engine::interpreter::parse::{ParsedStatement, parse_text};
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::query::{Presence, Row, Rows, Value};

impl Executor<'_> {
    /// The value of an expression.
    pub(super) fn expression(&mut self, sql: &Sql) -> Result<Value, Problem> {
        let rows = self.query(sql)?;
        let why = rows.why();
        match rows.rows.as_slice() {
            [] => Ok(Value::Null),
            [row] if row.presence == Presence::Certain => {
                Ok(row.values.first().cloned().unwrap_or(Value::Null))
            }
            _ if rows.is_certain() => {
                Err(Problem::error("21000", "query returned more than one row"))
            }
            _ => Ok(Value::unknown(why)),
        }
    }

    /// The rows of a query or of a statement that changes rows.
    pub(super) fn query(&mut self, sql: &Sql) -> Result<Rows, Problem> {
        match &sql.parsed {
            Ok(statement) => self.evaluator().statement(statement),
            Err(reason) => {
                let span = self.body.span(&sql.range).unwrap_or(self.session.span);
                let text = format!("SELECT {}", sql.text);
                let text = if starts_like_query(&sql.text) { &*sql.text } else { &text };
                for statement in parse_text(text, &|_| span) {
                    self.run_statement(&statement)?;
                }
                Ok(Rows::open(format!("a query that cannot be read: {reason}")))
            }
        }
    }

    pub(super) fn set_found(&mut self, rows: &Rows) {
        let certain = rows.rows.iter().any(|r| r.presence == Presence::Certain);
        let found = match (certain, rows.rows.is_empty()) {
            (true, _) => Value::Bool(true),
            (false, true) => Value::Bool(false),
            (false, false) => Value::unknown(rows.why()),
        };
        self.frame.set_found(found);
        let count = i64::try_from(rows.rows.len()).unwrap_or(i64::MAX);
        let count = if rows.is_certain() { Value::Int(count) } else { Value::unknown(rows.why()) };
        self.frame.row_count = Some(count);
    }

    pub(super) fn query_statement(
        &mut self,
        sql: &Sql,
        into: Option<&Into>,
    ) -> Result<Flow, Problem> {
        let rows = self.query(sql)?;
        self.set_found(&rows);
        let Some(into) = into else { return Ok(self.after_rows(sql)) };
        let changes_rows = self.after_rows(sql);
        Ok(self.assign_first(into, rows)?.or(changes_rows))
    }

    /// Assigns the first row to targets.
    pub(super) fn assign_first(&mut self, into: &Into, rows: Rows) -> Result<Flow, Problem> {
        let mut flow = Flow::Next;
        if into.strict {
            let certain = rows.is_certain();
            let error = match rows.rows.len() {
                0 => Some(SqlError::new("P0002", "query returned no rows")),
                1 if certain => None,
                n if certain && n > 1 => {
                    Some(SqlError::new("P0003", "query returned more than one row"))
                }
                _ => {
                    let error = SqlError::new("P0002", "query returned no rows");
                    if self.run.is_caught(&error) {
                        flow = Flow::Maybe(Box::new(Flow::Failed(error)));
                    }
                    None
                }
            };
            if let Some(error) = error {
                return Err(Problem::Error(error));
            }
        }
        let columns = rows.columns.clone();
        let why = rows.why();
        let first = rows.rows.into_iter().next();
        let row = match first {
            Some(row) if row.presence == Presence::Certain => Some(row),
            Some(row) => {
                let values = row.values.iter().map(|_| Value::unknown(why.clone())).collect();
                Some(Row { values, presence: Presence::Maybe })
            }
            None => None,
        };
        self.assign_row(&into.targets, &columns, row.map(|r| r.values), rows.open, &why)?;
        Ok(flow)
    }

    /// A query or a change of rows may fail for what the rows are, and a handler may catch that.
    pub(super) fn after_rows(&mut self, sql: &Sql) -> Flow {
        let changes_rows = sql.parsed.as_ref().is_ok_and(|parsed| {
            matches!(
                **parsed,
                SqlStatement::Insert(_)
                    | SqlStatement::Update(_)
                    | SqlStatement::Delete(_)
                    | SqlStatement::Merge(_)
            )
        });
        let error = SqlError::new("23505", "a constraint may be violated");
        if changes_rows && self.run.is_caught(&error) {
            return Flow::Maybe(Box::new(Flow::Failed(error)));
        }
        Flow::Next
    }

    /// Any other SQL statement.
    pub(super) fn utility(&mut self, utility: &Utility) -> Result<Flow, Problem> {
        let range = &utility.range;
        let text = self.body.text.get(range.clone()).unwrap_or_default();
        let body = self.body;
        let here = self.session.span;
        let place = |inner: std::ops::Range<usize>| {
            body.span(&(range.start + inner.start..range.start + inner.end)).unwrap_or(here)
        };
        let statements = match &utility.parsed {
            Some(kind) => {
                let span = place(0..text.len());
                vec![ParsedStatement { span, kind: kind.clone(), text: text.into() }]
            }
            None => parse_text(text, &place),
        };
        for statement in statements {
            self.run_statement(&statement)?;
        }
        // A utility statement leaves FOUND as it is and processes no rows, but for those of a query.
        let lower = text.to_ascii_lowercase();
        let fills = lower.starts_with("create") && lower.contains("select");
        self.frame.row_count =
            Some(if fills { Value::unknown("the rows of a query") } else { Value::Int(0) });
        Ok(Flow::Next)
    }

    /// Executes a statement as if it stood in the migration.
    pub(super) fn run_statement(&mut self, statement: &ParsedStatement) -> Result<(), Problem> {
        self.run.execute(self.session, statement)
    }

    /// A dynamic query's rows.
    pub(super) fn dynamic(&mut self, dynamic: &Dynamic) -> Result<Rows, Problem> {
        let text = self.expression(&dynamic.text)?;
        let mut parameters = Vec::new();
        for expression in &dynamic.using {
            parameters.push(self.expression(expression)?);
        }
        super::dynamic::run(self.session, self.run, &text, parameters)
    }

    pub(super) fn execute(
        &mut self,
        dynamic: &Dynamic,
        into: Option<&Into>,
    ) -> Result<Flow, Problem> {
        let rows = self.dynamic(dynamic)?;
        let count = i64::try_from(rows.rows.len()).unwrap_or(i64::MAX);
        // EXECUTE sets ROW_COUNT and leaves FOUND as it is.
        self.frame.row_count =
            Some(if rows.is_certain() { Value::Int(count) } else { Value::unknown(rows.why()) });
        match into {
            Some(into) => self.assign_first(into, rows),
            None => Ok(Flow::Next),
        }
    }

    pub(super) fn return_next(&mut self, value: Option<&Sql>) -> Result<Flow, Problem> {
        let value = match value {
            Some(value) => self.expression(value)?,
            None => Value::unknown("the OUT parameters of a row"),
        };
        let rows = match value {
            Value::Record(record) => {
                let (columns, values): (Vec<_>, Vec<_>) = record.fields.iter().cloned().unzip();
                Rows { columns, rows: vec![Row::certain(values)], ..Rows::default() }
            }
            value => Rows::certain(&["?value?"], vec![vec![value]]),
        };
        self.return_rows(rows);
        Ok(Flow::Next)
    }

    pub(super) fn return_rows(&mut self, rows: Rows) {
        let returned = &mut self.frame.returned;
        if returned.columns.is_empty() {
            returned.columns = rows.columns;
        }
        returned.open |= rows.open;
        returned.why = returned.why.take().or(rows.why);
        returned.rows.extend(rows.rows);
    }

    pub(super) fn diagnostics(
        &mut self,
        stacked: bool,
        items: &[(Target, String)],
    ) -> Result<Flow, Problem> {
        for (target, item) in items {
            let value = match (item.as_str(), &self.caught) {
                ("row_count", _) if !stacked => {
                    self.frame.row_count.clone().unwrap_or(Value::Int(0))
                }
                ("message_text", Some(error)) if stacked => error.message.as_str().into(),
                ("returned_sqlstate", Some(error)) if stacked => error.sqlstate.into(),
                _ => Value::unknown(format!("the diagnostics item {item}")),
            };
            self.assign(target, value)?;
        }
        Ok(Flow::Next)
    }
}

pub(super) fn starts_like_query(text: &str) -> bool {
    const WORDS: [&str; 8] =
        ["select", "insert", "update", "delete", "with", "merge", "values", "call"];
    let word: String = text.trim_start().chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    WORDS.iter().any(|w| word.eq_ignore_ascii_case(w))
}
