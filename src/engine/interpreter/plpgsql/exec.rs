//! Execution of statements.

use std::sync::Arc;

use sqlparser::ast::{Ident, ObjectName, Statement as SqlStatement};

use super::ast::{
    Block, Condition, Declaration, Dynamic, Handler, Into, Sql, Statement, StatementKind, Target,
    TypeName,
};
use super::body::Body;
use super::condition::catches;
use super::frame::Frame;
use super::run::Run;
use crate::engine::Reach;
use crate::engine::interpreter::model::{Model, TypeKind};
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::query::{
    Evaluator, Presence, Record, Row, Rows, Target as Cast, Truth, Value, why,
};
use crate::engine::interpreter::session::Session;

/// How a list of statements ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flow {
    /// At its end.
    Next,
    Exit(Option<String>),
    Continue(Option<String>),
    Return,
    /// At its end, unless it ends in this way; statements after it may not be reached.
    Maybe(Box<Flow>),
    /// With an error that a handler around catches; only inside `Maybe`.
    Failed(SqlError),
}

impl Flow {
    /// The same, but perhaps not.
    pub(super) fn doubted(self) -> Self {
        match self {
            Self::Next | Self::Maybe(_) => self,
            other => Self::Maybe(Box::new(other)),
        }
    }

    /// Of two ways that statements may end in, the one that leaves more behind.
    pub(super) fn or(self, other: Self) -> Self {
        let rank = |flow: &Self| match flow {
            Self::Maybe(inner) => match **inner {
                Self::Return => 4,
                Self::Failed(_) => 3,
                Self::Exit(_) => 2,
                _ => 1,
            },
            _ => 0,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// Executes the statements of one body.
pub(super) struct Executor<'a> {
    pub(super) session: &'a mut Session,
    pub(super) run: &'a mut Run,
    pub(super) body: &'a Body,
    pub(super) frame: Frame,
    /// The error that the handler under way caught.
    pub(super) caught: Option<SqlError>,
    pub(super) declared_cursors: Vec<Declaration>,
}

impl Executor<'_> {
    /// Executes statements in order.
    pub(super) fn list(&mut self, statements: &[Statement]) -> Result<Flow, Problem> {
        for (at, statement) in statements.iter().enumerate() {
            match self.statement(statement)? {
                Flow::Next => {}
                Flow::Maybe(left) => {
                    let rest = statements.get(at + 1..).unwrap_or_default();
                    let rest = self.perhaps("what was executed before it", |e| e.list(rest))?;
                    return Ok(Flow::Maybe(left).or(rest));
                }
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &Statement) -> Result<Flow, Problem> {
        let outer_span = self.session.span;
        if let Some(span) = self.body.span(&statement.range) {
            self.session.span = span;
        }
        let result =
            stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || self.dispatch(&statement.kind));
        let result = match result {
            // One statement that is beyond the interpreter does not silence those after it.
            Err(Problem::Gap { reason, reach }) if !self.run.is_exhausted() => {
                self.run.gap(self.session, reason, reach);
                Ok(Flow::Next)
            }
            other => other,
        };
        self.session.span = outer_span;
        result
    }

    fn dispatch(&mut self, kind: &StatementKind) -> Result<Flow, Problem> {
        self.run.step()?;
        match kind {
            StatementKind::Block(block) => self.block(block),
            StatementKind::Assign { target, value } => {
                let value = self.expression(value)?;
                self.assign(target, value)?;
                Ok(Flow::Next)
            }
            StatementKind::If { branches, otherwise } => self.if_statement(branches, otherwise),
            StatementKind::Case { subject, branches, otherwise } => {
                self.case_statement(subject.as_ref(), branches, otherwise.as_deref())
            }
            StatementKind::Loop { label, source, body } => {
                self.loop_statement(label.as_deref(), source, body)
            }
            StatementKind::Exit { next, label, when } => {
                let label = label.clone();
                let flow = if *next { Flow::Continue(label) } else { Flow::Exit(label) };
                let Some(when) = when else { return Ok(flow) };
                Ok(match self.expression(when)?.truth() {
                    Truth::True => flow,
                    Truth::Unknown => flow.doubted(),
                    Truth::False | Truth::Null => Flow::Next,
                })
            }
            StatementKind::Return(value) => {
                if let Some(value) = value {
                    let value = self.expression(value)?;
                    self.frame.value = Some(value);
                }
                Ok(Flow::Return)
            }
            StatementKind::ReturnNext(value) => self.return_next(value.as_ref()),
            StatementKind::ReturnQuery(query) => {
                let rows = self.query(query)?;
                self.return_rows(rows);
                Ok(Flow::Next)
            }
            StatementKind::ReturnExecute(dynamic) => {
                let rows = self.dynamic(dynamic)?;
                self.return_rows(rows);
                Ok(Flow::Next)
            }
            StatementKind::Raise(raise) => self.raise(raise),
            StatementKind::Assert { condition, message } => {
                self.assert(condition, message.as_ref())
            }
            StatementKind::Execute { dynamic, into } => self.execute(dynamic, into.as_ref()),
            StatementKind::Perform(query) => {
                let rows = self.query(query)?;
                self.set_found(&rows);
                Ok(self.after_rows(query))
            }
            StatementKind::Query { sql, into } => self.query_statement(sql, into.as_ref()),
            StatementKind::Utility(range) => self.utility(range.clone()),
            StatementKind::GetDiagnostics { stacked, items } => self.diagnostics(*stacked, items),
            StatementKind::Open { cursor, source } => self.open_cursor(cursor, source),
            StatementKind::Fetch { cursor, into } => self.fetch(cursor, into.as_ref()),
            StatementKind::Close | StatementKind::Commit | StatementKind::Null => Ok(Flow::Next),
            StatementKind::Rollback => {
                Err(Problem::gap_everywhere("a ROLLBACK inside a procedure"))
            }
        }
    }

    /// Executes something that the server may not execute.
    pub(super) fn perhaps(
        &mut self,
        why: &str,
        act: impl FnOnce(&mut Self) -> Result<Flow, Problem>,
    ) -> Result<Flow, Problem> {
        let before = self.frame.clone();
        let model = self.session.model.clone();
        let settings = self.session.settings.clone();
        let result = act(self);
        let changed = self.session.model.changes_since(&model);
        let moved = self.session.settings.search_path != settings.search_path;
        self.session.model = model;
        self.session.settings = settings;
        if moved {
            let reason = format!("whether it changes search_path depends on {why}");
            self.run.gap(self.session, reason, Reach::Everything);
        } else if !changed.is_empty() {
            let reason = format!("whether it is executed depends on {why}");
            self.run.gap(self.session, reason, Reach::Objects(changed));
        }
        self.frame.join(&before, &Arc::from(why));
        match result {
            Ok(flow) => Ok(flow.doubted()),
            Err(Problem::Error(error)) if self.run.is_caught(&error) => {
                Ok(Flow::Maybe(Box::new(Flow::Failed(error))))
            }
            // Migrations are taken to get through.
            Err(Problem::Error(_)) => Ok(Flow::Next),
            Err(gap) => Err(gap),
        }
    }

    /// Executes each of several lists of statements as one that may be the one executed.
    fn one_of(&mut self, why: &str, lists: &[&[Statement]]) -> Result<Flow, Problem> {
        let before = self.frame.clone();
        let mut after: Option<Frame> = None;
        let mut flow = Flow::Next;
        for list in lists {
            self.frame = before.clone();
            flow = flow.or(self.perhaps(why, |e| e.list(list))?);
            match &mut after {
                Some(after) => drop(after.join(&self.frame, &Arc::from(why))),
                None => after = Some(self.frame.clone()),
            }
        }
        self.frame = after.unwrap_or(before);
        Ok(flow)
    }

    fn if_statement(
        &mut self,
        branches: &[(Sql, Vec<Statement>)],
        otherwise: &[Statement],
    ) -> Result<Flow, Problem> {
        let mut possible: Vec<&[Statement]> = Vec::new();
        let mut doubt: Option<Arc<str>> = None;
        for (condition, body) in branches {
            let condition = match self.expression(condition) {
                // A condition that may not be evaluated may fail without harm.
                Err(Problem::Error(error)) if doubt.is_some() => Value::unknown(error.message),
                other => other?,
            };
            match condition.truth() {
                Truth::False | Truth::Null => continue,
                Truth::True if doubt.is_none() => return self.list(body),
                Truth::True => {
                    possible.push(body);
                    return self.one_of(&doubt.unwrap_or_else(|| why(&[&condition])), &possible);
                }
                Truth::Unknown => {
                    doubt.get_or_insert_with(|| why(&[&condition]));
                    possible.push(body);
                }
            }
        }
        match doubt {
            None => self.list(otherwise),
            Some(doubt) => {
                possible.push(otherwise);
                self.one_of(&doubt, &possible)
            }
        }
    }

    fn case_statement(
        &mut self,
        subject: Option<&Sql>,
        branches: &[(Vec<Sql>, Vec<Statement>)],
        otherwise: Option<&[Statement]>,
    ) -> Result<Flow, Problem> {
        let subject = subject.map(|s| self.expression(s)).transpose()?;
        let mut possible: Vec<&[Statement]> = Vec::new();
        let mut doubt: Option<Arc<str>> = None;
        for (values, body) in branches {
            let mut fits = Truth::False;
            for value in values {
                let value = self.expression(value)?;
                let this = match &subject {
                    Some(subject) => self.equal(subject, &value)?,
                    None => value.clone(),
                };
                if this.truth() == Truth::Unknown {
                    doubt.get_or_insert_with(|| why(&[&this]));
                }
                fits = fits.or(this.truth());
            }
            match fits {
                Truth::False | Truth::Null => {}
                Truth::True if possible.is_empty() => return self.list(body),
                Truth::True => {
                    possible.push(body);
                    return self.one_of(&doubt.unwrap_or_else(|| "a CASE".into()), &possible);
                }
                Truth::Unknown => possible.push(body),
            }
        }
        if possible.is_empty() {
            return match otherwise {
                Some(otherwise) => self.list(otherwise),
                None => Err(Problem::error("20000", "case not found")),
            };
        }
        possible.extend(otherwise);
        self.one_of(&doubt.unwrap_or_else(|| "a CASE".into()), &possible)
    }

    fn equal(&mut self, a: &Value, b: &Value) -> Result<Value, Problem> {
        self.evaluator().equal(a, b)
    }

    pub(super) fn block(&mut self, block: &Block) -> Result<Flow, Problem> {
        self.frame.enter(block.label.as_deref());
        let result = self.declared_block(block);
        self.frame.leave();
        let leaves = |flow: &Flow| match flow {
            Flow::Exit(label) => label.is_some() && *label == block.label,
            _ => false,
        };
        Ok(match result? {
            flow if leaves(&flow) => Flow::Next,
            Flow::Maybe(flow) if leaves(&flow) => Flow::Next,
            flow => flow,
        })
    }

    fn declared_block(&mut self, block: &Block) -> Result<Flow, Problem> {
        for declaration in &block.declarations {
            self.declare(declaration)?;
        }
        match &block.handlers {
            None => self.list(&block.body),
            Some(handlers) => self.protected(&block.body, handlers),
        }
    }

    fn declare(&mut self, declaration: &Declaration) -> Result<(), Problem> {
        match declaration {
            Declaration::Variable { name, data_type, default, .. } => {
                let cast = self.cast_target(data_type);
                let mut value = match default {
                    Some(default) => self.expression(default)?,
                    None => Value::Null,
                };
                if let Some(cast) = &cast {
                    value = self.evaluator().cast_to(value, cast)?;
                }
                self.frame.declare(name, value, cast);
            }
            Declaration::Alias { name, target } => {
                let words: Vec<&str> = target.iter().map(String::as_str).collect();
                let value = self.lookup(&words).unwrap_or_else(|| Value::unknown("an alias"));
                self.frame.declare(name, value, None);
            }
            Declaration::Cursor { name, .. } => {
                self.frame.declare(name, Value::Null, None);
                self.declared_cursors.push(declaration.clone());
            }
        }
        Ok(())
    }

    pub(super) fn lookup(&self, words: &[&str]) -> Option<Value> {
        use crate::engine::interpreter::query::Variables;
        match words {
            [word] if word.starts_with('$') => self.frame.parameter(word.get(1..)?.parse().ok()?),
            _ => self.frame.variable(words),
        }
    }

    /// What values assigned to a variable of a type are cast to; `None` for a row.
    fn cast_target(&self, data_type: &TypeName) -> Option<Cast> {
        match data_type {
            TypeName::RowTypeOf(_) | TypeName::Record => None,
            TypeName::TypeOf(_) => Some(Cast::Any),
            TypeName::Named(text) => match Cast::parse(text) {
                Some(Cast::Other) if self.is_row_type(text) => None,
                found => Some(found.unwrap_or(Cast::Any)),
            },
        }
    }

    /// Whether a type is the row of a table or a composite type.
    fn is_row_type(&self, text: &str) -> bool {
        let words = text.split('.').map(|w| Ident::new(w.trim().trim_matches('"')));
        let name = ObjectName::from(words.collect::<Vec<_>>());
        let found = self.session.find_type(&name).ok().flatten();
        let found = found.and_then(|oid| self.session.model.data_type(oid).ok());
        found.is_some_and(|t| matches!(t.kind, TypeKind::Composite { .. }))
    }

    /// A block with an exception handler: a sub-transaction.
    fn protected(&mut self, body: &[Statement], handlers: &[Handler]) -> Result<Flow, Problem> {
        let model = self.session.model.clone();
        let settings = self.session.settings.clone();
        let before = self.frame.clone();
        // A handler that raises an error itself, as migrations are taken to get through, is none.
        let lasting = handlers.iter().filter(|h| !always_raises(&h.body));
        let conditions: Vec<Condition> =
            lasting.flat_map(|h| h.conditions.iter().cloned()).collect();
        self.run.protections.push(conditions);
        let result = self.list(body);
        self.run.protections.pop();
        match result {
            Err(Problem::Error(error)) => match handler_of(handlers, &error) {
                Some(handler) => {
                    self.session.model = model;
                    self.session.settings = settings;
                    self.handle(handler, error)
                }
                None => Err(Problem::Error(error)),
            },
            Ok(Flow::Maybe(flow)) => match *flow {
                Flow::Failed(error) => match handler_of(handlers, &error) {
                    Some(handler) => self.perhaps_handled(handler, error, &model, before),
                    None => Ok(Flow::Maybe(Box::new(Flow::Failed(error)))),
                },
                other => Ok(Flow::Maybe(Box::new(other))),
            },
            other => other,
        }
    }

    fn handle(&mut self, handler: &Handler, error: SqlError) -> Result<Flow, Problem> {
        self.frame.enter(None);
        self.frame.declare("sqlerrm", error.message.as_str().into(), None);
        self.frame.declare("sqlstate", error.sqlstate.into(), None);
        let outer = self.caught.replace(error);
        let result = self.list(&handler.body);
        self.caught = outer;
        self.frame.leave();
        result
    }

    /// The block may have failed: what it did may be undone, and the handler may be executed.
    fn perhaps_handled(
        &mut self,
        handler: &Handler,
        error: SqlError,
        start: &Model,
        before: Frame,
    ) -> Result<Flow, Problem> {
        let undone = self.session.model.changes_since(start);
        if !undone.is_empty() {
            let reason = "whether an error undoes what this block did depends on rows of tables";
            self.run.gap(self.session, reason, Reach::Objects(undone));
        }
        let after = self.frame.clone();
        let done = std::mem::replace(&mut self.session.model, start.clone());
        self.frame = before;
        let flow = self.perhaps("whether a statement fails", |e| e.handle(handler, error));
        self.session.model = done;
        self.frame.join(&after, &Arc::from("whether a statement fails"));
        flow
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

    /// The evaluator with the variables of this frame.
    pub(super) fn evaluator(&mut self) -> Evaluator<'_> {
        Evaluator { session: self.session, run: self.run, variables: &self.frame }
    }

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
                for statement in crate::engine::interpreter::parse::parse_text(text, &|_| span) {
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

    fn query_statement(&mut self, sql: &Sql, into: Option<&Into>) -> Result<Flow, Problem> {
        let rows = self.query(sql)?;
        self.set_found(&rows);
        let Some(into) = into else { return Ok(self.after_rows(sql)) };
        let changes_rows = self.after_rows(sql);
        Ok(self.into_targets(into, rows)?.or(changes_rows))
    }

    /// Assigns the first row to targets.
    pub(super) fn into_targets(&mut self, into: &Into, rows: Rows) -> Result<Flow, Problem> {
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

    /// Assigns the values of a row, or NULL where there is none.
    pub(super) fn assign_row(
        &mut self,
        targets: &[Target],
        columns: &[Arc<str>],
        values: Option<Vec<Value>>,
        open: bool,
        why: &Arc<str>,
    ) -> Result<(), Problem> {
        if let [target] = targets
            && (columns.len() != 1 || self.is_record(target))
        {
            let value = match values {
                _ if open && columns.is_empty() => Value::unknown(why.clone()),
                // One column whose value is a row is that row.
                Some(values) if matches!(values.as_slice(), [Value::Record(_)]) => {
                    values.into_iter().next().unwrap_or(Value::Null)
                }
                Some(values) => {
                    let fields = columns.iter().cloned().zip(values).collect();
                    Value::Record(Arc::new(Record { fields }))
                }
                None => {
                    let fields = columns.iter().map(|c| (c.clone(), Value::Null)).collect();
                    Value::Record(Arc::new(Record { fields }))
                }
            };
            // A scalar takes the first column.
            let scalar = !self.is_record(target);
            let value = match value {
                Value::Record(record) if scalar => {
                    record.fields.first().map_or(Value::Null, |(_, v)| v.clone())
                }
                other => other,
            };
            return self.assign(target, value);
        }
        let mut values = values.into_iter().flatten();
        for target in targets {
            let value = values.next().unwrap_or(if open {
                Value::unknown(why.clone())
            } else {
                Value::Null
            });
            self.assign(target, value)?;
        }
        Ok(())
    }

    /// Whether a target holds a whole row.
    fn is_record(&self, target: &Target) -> bool {
        let words: Vec<&str> = target.name.iter().map(String::as_str).collect();
        match self.frame.slot(&words) {
            Some((_, cast, fields)) => {
                cast.is_none() && fields.is_empty() && target.subscripts.is_empty()
            }
            None => false,
        }
    }

    /// Assigns a value.
    pub(super) fn assign(&mut self, target: &Target, value: Value) -> Result<(), Problem> {
        let words: Vec<&str> = target.name.iter().map(String::as_str).collect();
        let Some((place, cast, fields)) = self.frame.slot(&words) else {
            if target.name.first().is_some_and(|n| n.starts_with('$')) {
                return Ok(());
            }
            return Err(Problem::error(
                "42601",
                format!("\"{}\" is not a known variable", target.name.join(".")),
            ));
        };
        if !target.subscripts.is_empty() {
            let old = self.frame.value(place).cloned().unwrap_or(Value::Null);
            let new = self.with_element(&old, &target.subscripts, value)?;
            self.frame.set(place, new);
            return Ok(());
        }
        if let Some(field) = fields.first() {
            let old = self.frame.value(place).cloned().unwrap_or(Value::Null);
            self.frame.set(place, with_field(&old, field, value));
            return Ok(());
        }
        let value = match cast {
            Some(cast) => self.evaluator().cast_to(value, &cast)?,
            None => value,
        };
        self.frame.set(place, value);
        Ok(())
    }

    fn with_element(
        &mut self,
        old: &Value,
        subscripts: &[Sql],
        value: Value,
    ) -> Result<Value, Problem> {
        use crate::engine::interpreter::query::Array;
        let [subscript] = subscripts else { return Ok(Value::unknown("an array of arrays")) };
        let index = self.expression(subscript)?;
        let (mut items, lower) = match old {
            Value::Array(array) => (array.items.clone(), array.lower),
            Value::Null => (Vec::new(), 1),
            other => return Ok(Value::unknown(why(&[other]))),
        };
        let Some(at) = index.as_int().and_then(|i| usize::try_from(i - lower).ok()) else {
            return Ok(Value::unknown(why(&[&index])));
        };
        if at > items.len() + 1000 {
            return Ok(Value::unknown("an array with holes"));
        }
        while items.len() <= at {
            items.push(Value::Null);
        }
        if let Some(item) = items.get_mut(at) {
            *item = value;
        }
        Ok(Value::Array(Arc::new(Array { items, lower })))
    }

    /// Any other SQL statement.
    fn utility(&mut self, range: std::ops::Range<usize>) -> Result<Flow, Problem> {
        let text = self.body.text.get(range.clone()).unwrap_or_default();
        let body = self.body;
        let here = self.session.span;
        let place = |inner: std::ops::Range<usize>| {
            body.span(&(range.start + inner.start..range.start + inner.end)).unwrap_or(here)
        };
        for statement in crate::engine::interpreter::parse::parse_text(text, &place) {
            self.run_statement(&statement)?;
        }
        Ok(Flow::Next)
    }

    /// Executes a statement as if it stood in the migration.
    pub(super) fn run_statement(
        &mut self,
        statement: &crate::engine::interpreter::parse::ParsedStatement,
    ) -> Result<(), Problem> {
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

    fn execute(&mut self, dynamic: &Dynamic, into: Option<&Into>) -> Result<Flow, Problem> {
        let rows = self.dynamic(dynamic)?;
        let count = i64::try_from(rows.rows.len()).unwrap_or(i64::MAX);
        // EXECUTE sets ROW_COUNT and leaves FOUND as it is.
        self.frame.row_count =
            Some(if rows.is_certain() { Value::Int(count) } else { Value::unknown(rows.why()) });
        match into {
            Some(into) => self.into_targets(into, rows),
            None => Ok(Flow::Next),
        }
    }

    fn return_next(&mut self, value: Option<&Sql>) -> Result<Flow, Problem> {
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

    fn return_rows(&mut self, rows: Rows) {
        let returned = &mut self.frame.returned;
        if returned.columns.is_empty() {
            returned.columns = rows.columns;
        }
        returned.open |= rows.open;
        returned.why = returned.why.take().or(rows.why);
        returned.rows.extend(rows.rows);
    }

    fn diagnostics(&mut self, stacked: bool, items: &[(Target, String)]) -> Result<Flow, Problem> {
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

fn with_field(old: &Value, field: &str, value: Value) -> Value {
    match old {
        Value::Unknown(unknown) => Value::Unknown(unknown.clone()),
        Value::Record(record) => {
            let mut record = (**record).clone();
            match record.fields.iter_mut().find(|(name, _)| &**name == field) {
                Some((_, old)) => *old = value,
                None => record.fields.push((field.into(), value)),
            }
            Value::Record(Arc::new(record))
        }
        _ => Value::Record(Arc::new(Record { fields: vec![(field.into(), value)] })),
    }
}

fn handler_of<'h>(handlers: &'h [Handler], error: &SqlError) -> Option<&'h Handler> {
    handlers.iter().find(|h| catches(&h.conditions, error.sqlstate))
}

/// Whether a handler ends in an error of its own.
fn always_raises(body: &[Statement]) -> bool {
    matches!(body.last().map(|s| &s.kind), Some(StatementKind::Raise(raise)) if raise.exception)
}

fn starts_like_query(text: &str) -> bool {
    const WORDS: [&str; 8] =
        ["select", "insert", "update", "delete", "with", "merge", "values", "call"];
    let word: String = text.trim_start().chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    WORDS.iter().any(|w| word.eq_ignore_ascii_case(w))
}
