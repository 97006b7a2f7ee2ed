//! Loops and cursors.

use std::sync::Arc;

use super::ast::{CursorSource, Declaration, Into, LoopSource, Sql, Statement, Target};
use super::exec::{Executor, Flow};
use super::frame::OpenCursor;
use crate::engine::interpreter::model::Oid;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::Target as Cast;
use crate::engine::interpreter::query::{Presence, Row, Rows, Truth, Value, why};

/// Often enough for what one turn of a loop leaves unknown to spread to what depends on it.
const TURNS: usize = 3;

/// What a loop does after a turn.
enum After {
    Next,
    Leave(Flow),
    /// It may leave in this way.
    Perhaps(Flow),
}

impl Executor<'_> {
    pub(super) fn loop_statement(
        &mut self,
        label: Option<&str>,
        source: &LoopSource,
        body: &[Statement],
    ) -> Result<Flow, Problem> {
        match source {
            LoopSource::Forever => self.while_loop(label, None, body),
            LoopSource::While(condition) => self.while_loop(label, Some(condition), body),
            LoopSource::Range { variable, reverse, from, to, by } => self.range_loop(
                label,
                variable,
                *reverse,
                [Some(from), Some(to), by.as_ref()],
                body,
            ),
            LoopSource::Query { targets, query } => {
                let rows = self.query(query)?;
                self.row_loop(label, targets, rows, body)
            }
            LoopSource::Dynamic { targets, dynamic } => {
                let rows = self.dynamic(dynamic)?;
                self.row_loop(label, targets, rows, body)
            }
            LoopSource::Cursor { targets, cursor, arguments } => {
                let rows = self.cursor_rows(cursor, arguments)?;
                self.row_loop(label, targets, rows, body)
            }
            LoopSource::Array { targets, slice, array } => {
                let value = self.expression(array)?;
                let rows = match value {
                    Value::Array(array) if !slice => Rows::certain(
                        &["?value?"],
                        array.items.iter().map(|i| vec![i.clone()]).collect(),
                    ),
                    Value::Null => {
                        return Err(Problem::error("22004", "FOREACH expression must not be null"));
                    }
                    other => Rows::unknown(vec!["?value?".into()], why(&[&other])),
                };
                self.row_loop(label, targets, rows, body)
            }
        }
    }

    fn while_loop(
        &mut self,
        label: Option<&str>,
        condition: Option<&Sql>,
        body: &[Statement],
    ) -> Result<Flow, Problem> {
        loop {
            self.run.step()?;
            if let Some(condition) = condition {
                let value = self.expression(condition)?;
                match value.truth() {
                    Truth::True => {}
                    Truth::False | Truth::Null => return Ok(Flow::Next),
                    Truth::Unknown => {
                        return self.turns_in_doubt(label, &why(&[&value]), body, |_| Ok(()));
                    }
                }
            }
            match after(self.list(body)?, label) {
                After::Next => {}
                After::Leave(flow) => return Ok(flow),
                After::Perhaps(flow) => {
                    let rest =
                        self.turns_in_doubt(label, "how often a loop turns", body, |_| Ok(()))?;
                    return Ok(flow.or(rest));
                }
            }
        }
    }

    /// Turns of a loop of which it is not known how many there are.
    fn turns_in_doubt(
        &mut self,
        label: Option<&str>,
        why: &str,
        body: &[Statement],
        mut bind: impl FnMut(&mut Self) -> Result<(), Problem>,
    ) -> Result<Flow, Problem> {
        let mut left = Flow::Next;
        for _ in 0..TURNS {
            let before = self.frame.clone();
            let flow = self.perhaps(why, |e| {
                bind(e)?;
                e.list(body)
            })?;
            if let After::Perhaps(flow) | After::Leave(flow) = after(flow, label) {
                left = left.or(flow.doubted());
            }
            if !self.frame.clone().join(&before, &Arc::from(why)) {
                break;
            }
        }
        Ok(left)
    }

    fn range_loop(
        &mut self,
        label: Option<&str>,
        variable: &str,
        reverse: bool,
        bounds: [Option<&Sql>; 3],
        body: &[Statement],
    ) -> Result<Flow, Problem> {
        let mut values = Vec::new();
        for bound in bounds.into_iter().flatten() {
            values.push(self.expression(bound)?);
        }
        if values.iter().any(Value::is_null) {
            return Err(Problem::error("22004", "bounds of FOR loop cannot be null"));
        }
        let numbers: Option<Vec<i64>> = values.iter().map(Value::as_int).collect();
        let rows = match numbers.as_deref() {
            Some([from, to, by @ ..]) => {
                let by = by.first().copied().unwrap_or(1);
                if by <= 0 {
                    return Err(Problem::error(
                        "22023",
                        "BY value of FOR loop must be greater than zero",
                    ));
                }
                self.numbers(*from, *to, by, reverse)?
            }
            _ => Rows::unknown(vec![variable.into()], why(&values.iter().collect::<Vec<_>>())),
        };
        self.frame.enter(label);
        self.frame.declare(variable, Value::Null, Cast::of_type(Oid::INT4));
        let target = Target { name: vec![variable.to_owned()], subscripts: Vec::new() };
        let result = self.row_loop(label, &[target], rows, body);
        self.frame.leave();
        result
    }

    fn numbers(&mut self, from: i64, to: i64, by: i64, reverse: bool) -> Result<Rows, Problem> {
        let mut rows = Vec::new();
        let mut at = from;
        while if reverse { at >= to } else { at <= to } {
            self.run.step()?;
            rows.push(vec![Value::Int(at)]);
            let next = if reverse { at.checked_sub(by) } else { at.checked_add(by) };
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        Ok(Rows::certain(&["?value?"], rows))
    }

    /// A loop over rows that were read before its first turn.
    fn row_loop(
        &mut self,
        label: Option<&str>,
        targets: &[Target],
        rows: Rows,
        body: &[Statement],
    ) -> Result<Flow, Problem> {
        let reason = rows.why();
        let Rows { columns, rows, open, .. } = rows;
        let mut left = Flow::Next;
        let mut doubt: Option<Arc<str>> = None;
        let mut found = Value::Bool(false);
        for Row { values, presence } in rows {
            self.run.step()?;
            if presence != Presence::Certain {
                doubt.get_or_insert_with(|| reason.clone());
            }
            let bind =
                |e: &mut Self| e.assign_row(targets, &columns, Some(values.clone()), open, &reason);
            match &doubt {
                None => {
                    found = Value::Bool(true);
                    bind(self)?;
                    match after(self.list(body)?, label) {
                        After::Next => {}
                        After::Leave(flow) => {
                            self.frame.set_found(found);
                            return Ok(flow);
                        }
                        After::Perhaps(flow) => {
                            doubt = Some("how often a loop turns".into());
                            left = left.or(flow);
                        }
                    }
                }
                Some(doubt) => {
                    let doubt = doubt.clone();
                    if found != Value::Bool(true) {
                        found = Value::unknown(doubt.clone());
                    }
                    let turn = if presence == Presence::Many {
                        self.turns_in_doubt(label, &doubt, body, bind)?
                    } else {
                        let flow = self.perhaps(&doubt, |e| {
                            bind(e)?;
                            e.list(body)
                        })?;
                        match after(flow, label) {
                            After::Next => Flow::Next,
                            After::Leave(flow) | After::Perhaps(flow) => flow.doubted(),
                        }
                    };
                    left = left.or(turn);
                }
            }
        }
        self.frame.set_found(found);
        Ok(left)
    }

    pub(super) fn open_cursor(
        &mut self,
        cursor: &str,
        source: &CursorSource,
    ) -> Result<Flow, Problem> {
        let rows = match source {
            CursorSource::Bound { arguments } => self.cursor_rows(cursor, arguments)?,
            CursorSource::Query(query) => self.query(query)?,
            CursorSource::Dynamic(dynamic) => self.dynamic(dynamic)?,
        };
        self.frame.cursors.retain(|c| *c.name != *cursor);
        self.frame.cursors.push(OpenCursor { name: cursor.into(), rows });
        Ok(Flow::Next)
    }

    /// The rows of a cursor that its declaration binds to a query.
    fn cursor_rows(&mut self, cursor: &str, arguments: &[Sql]) -> Result<Rows, Problem> {
        let bound = self.declared_cursors.iter().rev().find_map(|d| match d {
            Declaration::Cursor { name, parameters, query } if name == cursor => {
                Some((parameters.clone(), query.clone()))
            }
            _ => None,
        });
        let Some((parameters, query)) = bound else {
            return Ok(Rows::open(format!("the cursor {cursor}")));
        };
        let mut values = Vec::new();
        for argument in arguments {
            values.push(self.expression(argument)?);
        }
        self.frame.enter(None);
        for (name, value) in parameters.iter().zip(values) {
            self.frame.declare(name, value, None);
        }
        let rows = self.query(&query);
        self.frame.leave();
        rows
    }

    pub(super) fn fetch(&mut self, cursor: &str, into: Option<&Into>) -> Result<Flow, Problem> {
        let Some(at) = self.frame.cursors.iter().position(|c| *c.name == *cursor) else {
            return Ok(Flow::Next);
        };
        let mut rows = match self.frame.cursors.get_mut(at) {
            Some(cursor) => {
                let mut next = Rows { rows: Vec::new(), ..cursor.rows.clone() };
                if cursor.rows.is_certain() {
                    if !cursor.rows.rows.is_empty() {
                        next.rows.push(cursor.rows.rows.remove(0));
                    }
                } else {
                    next.rows = cursor.rows.rows.clone();
                }
                next
            }
            None => return Ok(Flow::Next),
        };
        self.set_found(&rows);
        match into {
            Some(into) => {
                if !rows.is_certain() {
                    rows.rows.iter_mut().for_each(|r| r.presence = Presence::Maybe);
                }
                self.assign_first(into, rows)
            }
            None => Ok(Flow::Next),
        }
    }
}

fn after(flow: Flow, label: Option<&str>) -> After {
    let mine = |named: &Option<String>| named.is_none() || named.as_deref() == label;
    match flow {
        Flow::Next => After::Next,
        Flow::Continue(named) if mine(&named) => After::Next,
        Flow::Exit(named) if mine(&named) => After::Leave(Flow::Next),
        Flow::Maybe(inner) => match *inner {
            Flow::Continue(named) if mine(&named) => After::Next,
            Flow::Exit(named) if mine(&named) => After::Perhaps(Flow::Next),
            other => After::Perhaps(Flow::Maybe(Box::new(other))),
        },
        other => After::Leave(other),
    }
}
