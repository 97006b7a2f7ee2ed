//! Calls of functions and procedures that migrations define.

use std::sync::Arc;

use super::body::Body;
use super::exec::{Executor, Flow};
use super::frame::Frame;
use super::run::Run;
use crate::engine::Reach;
use crate::engine::interpreter::model::{
    self, ArgumentMode, Function, FunctionKind, Oid, TypeKind,
};
use crate::engine::interpreter::parse::{ast, parse_text};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::{
    Evaluator, NoVariables, Record, Rows, Target, Value, Variables, parse_statement,
};
use crate::engine::interpreter::session::Session;

/// A call of a function.
pub(crate) struct Call {
    pub(crate) oid: Oid,
    pub(crate) function: Arc<Function>,
    /// The input arguments in order, `None` where the default holds.
    pub(crate) arguments: Vec<Option<Value>>,
}

/// What a call returns.
#[derive(Debug, Clone)]
pub(crate) enum Returned {
    Value(Value),
    Rows(Rows),
}

impl Returned {
    /// A result that is not known.
    pub(crate) fn unknown(why: impl Into<Arc<str>>) -> Self {
        Self::Value(Value::unknown(why))
    }
}

/// The arguments of a function in the language SQL.
struct Arguments {
    function: Arc<str>,
    names: Vec<Arc<str>>,
    values: Vec<Value>,
}

impl Variables for Arguments {
    fn variable(&self, name: &[&str]) -> Option<Value> {
        let word = match name {
            [word] => word,
            [function, word] if **function == *self.function => word,
            _ => return None,
        };
        let at = self.names.iter().position(|n| **n == **word && !word.is_empty())?;
        self.values.get(at).cloned()
    }

    fn parameter(&self, number: usize) -> Option<Value> {
        self.values.get(number.checked_sub(1)?).cloned()
    }
}

impl Call {
    /// Executes the body; what the server may not do is undone, and its reach is a gap.
    pub(crate) fn run(
        self,
        session: &mut Session,
        run: &mut Run,
        doubtful: bool,
    ) -> Result<Returned, Problem> {
        if !doubtful && run.doubts == 0 {
            return self.execute(session, run);
        }
        let why = format!("whether {}() is called", self.function.name);
        if run.calls.contains(&self.oid) {
            return Ok(Returned::unknown(why));
        }
        let result = run.hypothetically(session, &why, |run, session| self.execute(session, run));
        match result {
            Ok(_) => Ok(Returned::unknown(why)),
            Err(Problem::Error(error)) => Ok(Returned::unknown(error.message)),
            Err(gap) => Err(gap),
        }
    }

    fn execute(self, session: &mut Session, run: &mut Run) -> Result<Returned, Problem> {
        let function = self.function.clone();
        run.deeper(|run| {
            let settings = session.settings.clone();
            for (name, value) in &function.settings {
                session.set_config(name, value, true)?;
            }
            run.calls.push(self.oid);
            let result = self.body(session, run);
            run.calls.pop();
            if !function.settings.is_empty() {
                session.settings = settings;
            }
            result
        })
    }

    fn body(self, session: &mut Session, run: &mut Run) -> Result<Returned, Problem> {
        let name = self.function.name.clone();
        let Some(body) = self.function.body.as_ref().map(|body| Arc::clone(body.code())) else {
            return Ok(Returned::unknown(format!("{name}()")));
        };
        match &*self.function.language {
            "sql" => self.sql(session, run, &body),
            "plpgsql" => self.plpgsql(session, run, body),
            "internal" | "c" => Ok(Returned::unknown(format!("{name}()"))),
            language => {
                run.gap(session, format!("{name}() is written in {language}"), Reach::Everything);
                Ok(Returned::unknown(format!("{name}()")))
            }
        }
    }

    /// The values of all input arguments, defaults evaluated.
    fn inputs(&self, session: &mut Session, run: &mut Run) -> Result<Vec<Value>, Problem> {
        let declared = self.function.arguments.iter().filter(|a| a.mode.is_input());
        let mut values = Vec::new();
        for (argument, value) in declared.zip(&self.arguments) {
            values.push(match (value, &argument.default) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) => match parse_statement(&format!("SELECT {default}")) {
                    Ok(statement) => {
                        let mut evaluator = Evaluator { session, run, variables: &NoVariables };
                        let rows = evaluator.statement(&statement)?.rows;
                        rows.into_iter()
                            .next()
                            .and_then(|r| r.values.into_iter().next())
                            .unwrap_or(Value::Null)
                    }
                    Err(reason) => Value::unknown(reason),
                },
                (None, None) => Value::array(Vec::new()),
            });
        }
        Ok(values)
    }

    fn sql(self, session: &mut Session, run: &mut Run, body: &str) -> Result<Returned, Problem> {
        let inputs = self.function.arguments.iter().filter(|a| a.mode.is_input());
        let names = inputs.map(|a| a.name.clone()).collect();
        let values = self.inputs(session, run)?;
        let arguments = Arguments { function: self.function.name.clone(), names, values };
        let span = session.span;
        let mut rows = Rows::default();
        for statement in parse_text(body, &|_| span) {
            rows = match statement.kind.read() {
                Some(ast::Statement::Query(query)) => {
                    Evaluator { session, run, variables: &arguments }.statement(query)?
                }
                _ => {
                    run.execute(session, &statement)?;
                    Rows::default()
                }
            };
        }
        Ok(self.returned(rows))
    }

    fn plpgsql(
        self,
        session: &mut Session,
        run: &mut Run,
        text: Arc<str>,
    ) -> Result<Returned, Problem> {
        let block = match run.parsed(&text) {
            Ok(block) => block,
            Err(error) => return Err(Problem::gap_everywhere(error.to_string())),
        };
        let values = self.inputs(session, run)?;
        let mut frame = Frame::new(Some(self.function.name.clone()), values.clone());
        let mut values = values.into_iter();
        for argument in &self.function.arguments {
            let value = match argument.mode.is_input() {
                true => values.next().unwrap_or(Value::Null),
                false => Value::Null,
            };
            let data_type = session.model.data_type(argument.data_type.oid).map(|t| &t.kind);
            let is_row = argument.data_type.oid == Oid::RECORD
                || matches!(data_type, Ok(TypeKind::Composite { .. }));
            let target = Target::of_type(argument.data_type.oid).unwrap_or(Target::Any);
            let target = (!is_row).then_some(target);
            if !argument.name.is_empty() {
                frame.declare(&argument.name, value, target);
            }
        }
        let body = Body { text, start: None };
        let returns_set = self.function.returns_set;
        let mut executor = Executor::new(session, run, &body, frame);
        executor.block_at_top(&block)?;
        let Executor { frame, .. } = executor;
        if returns_set {
            return Ok(self.returned(frame.returned));
        }
        if let Some(value) = frame.value {
            return Ok(Returned::Value(value));
        }
        Ok(Returned::Value(self.outputs(&frame)))
    }

    /// The OUT parameters at the end.
    fn outputs(&self, frame: &Frame) -> Value {
        let outputs = self.function.arguments.iter();
        let outputs = outputs.filter(|a| matches!(a.mode, ArgumentMode::Out | ArgumentMode::InOut));
        let mut fields: Vec<(Arc<str>, Value)> = outputs
            .map(|a| (a.name.clone(), frame.variable(&[&a.name]).unwrap_or(Value::Null)))
            .collect();
        match fields.len() {
            0 => Value::Null,
            1 if self.function.kind != FunctionKind::Procedure => {
                fields.pop().map_or(Value::Null, |(_, value)| value)
            }
            _ => Value::Record(Arc::new(Record { fields })),
        }
    }

    /// Rows under the names that the function declares.
    fn returned(&self, mut rows: Rows) -> Returned {
        let declared: Vec<Arc<str>> = self
            .function
            .arguments
            .iter()
            .filter(|a| {
                matches!(a.mode, ArgumentMode::Table | ArgumentMode::Out | ArgumentMode::InOut)
            })
            .map(|a| a.name.clone())
            .collect();
        if declared.len() == rows.columns.len() {
            rows.columns = declared;
        } else if let [column] = rows.columns.as_mut_slice() {
            *column = "?value?".into();
        }
        if self.function.returns_set {
            return Returned::Rows(rows);
        }
        // Only the first row of what a function in SQL selects is returned.
        if rows.is_certain() {
            rows.rows.truncate(1);
        }
        Returned::Rows(rows)
    }
}

/// Words without which a body cannot change the catalog.
const CHANGING_WORDS: [&str; 7] =
    ["create", "alter", "drop", "execute", "perform", "call", "select"];

/// Executes the function of a trigger that a change of rows may fire.
pub(crate) fn fire_trigger(
    session: &mut Session,
    run: &mut Run,
    function_oid: Oid,
    table: Oid,
) -> Result<(), Problem> {
    let function = Arc::new(session.model.function(function_oid)?.clone());
    let Some(model::Body::Text(text)) =
        function.body.clone().filter(|_| &*function.language == "plpgsql")
    else {
        return Ok(());
    };
    let lower = text.to_ascii_lowercase();
    if !CHANGING_WORDS.iter().any(|w| lower.contains(w)) {
        return Ok(());
    }
    if !run.fired.insert((function_oid, table)) {
        return Ok(());
    }
    let Ok(block) = run.parsed(&text) else {
        run.gap(
            session,
            format!("the trigger function {}() cannot be read", function.name),
            Reach::Everything,
        );
        return Ok(());
    };
    let why: Arc<str> = "the rows that fire a trigger".into();
    let fields = session.model.relation(table)?.columns.iter();
    let fields = fields.map(|c| (c.name.clone(), Value::unknown(why.clone()))).collect();
    let row = Value::Record(Arc::new(Record { fields }));
    let name = session.model.relation_name(table)?;
    let mut frame = Frame::new(Some(function.name.clone()), Vec::new());
    for word in ["new", "old"] {
        frame.declare(word, row.clone(), None);
    }
    for (word, value) in [
        ("tg_table_name", name.name.as_str().into()),
        ("tg_relname", name.name.as_str().into()),
        ("tg_table_schema", name.schema.as_str().into()),
        ("tg_relid", table.into()),
        ("tg_op", Value::unknown(why.clone())),
        ("tg_name", Value::unknown(why.clone())),
        ("tg_when", Value::unknown(why.clone())),
        ("tg_level", Value::unknown(why.clone())),
        ("tg_nargs", Value::unknown(why.clone())),
        ("tg_argv", Value::unknown(why.clone())),
    ] {
        frame.declare(word, value, None);
    }
    let body = Body { text, start: None };
    let settings = function.settings.clone();
    let result = run.hypothetically(session, &why, |run, session| {
        run.deeper(|run| {
            let path = session.settings.search_path.clone();
            for (name, value) in &settings {
                session.set_config(name, value, true)?;
            }
            let result = Executor::new(session, run, &body, frame).block_at_top(&block);
            if !settings.is_empty() {
                session.settings.search_path = path;
            }
            result
        })
    });
    match result {
        Err(gap @ Problem::Gap { .. }) => Err(gap),
        _ => Ok(()),
    }
}

impl<'a> Executor<'a> {
    pub(super) fn new(
        session: &'a mut Session,
        run: &'a mut Run,
        body: &'a Body,
        frame: Frame,
    ) -> Self {
        Self { session, run, body, frame, caught: None, declared_cursors: Vec::new() }
    }

    /// Executes the outermost block.
    pub(super) fn block_at_top(&mut self, block: &super::ast::Block) -> Result<(), Problem> {
        // Handlers around the call are not handlers of this body, but errors in it reach them.
        match self.block(block)? {
            Flow::Maybe(flow) if *flow == Flow::Return => {
                let why: Arc<str> = "where a function returns".into();
                if self.frame.value.is_some() {
                    self.frame.value = Some(Value::unknown(why));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
