//! Runs the program on what is known of its values, each function from its parameters on, and writes down
//! the routes, requests and codes that it comes across.
//!
//! A function that others call is run with the arguments of each call; what no one calls is run with
//! parameters of which only the types are known. Conditions are not decided: each branch is run.

mod call;
mod emission;
mod flow;
mod method;
mod outcome;
mod pattern;
mod request;
mod route;
mod text;
mod types;
mod written;

use std::collections::{HashMap, HashSet};

use super::program::{ConstantId, FunctionId, Program, Scope, Target};
use super::syntax::{Expr, ExprKind, Operator};
use super::value::{Closure, RouteId, Text, Value, Variables};
use crate::source::{Callsite, Emission, SourceGap, SourceQuery};
use crate::span::{FileId, Span};

pub(super) use route::Route;

/// Calls within calls that are followed.
const DEEPEST_CALL: usize = 40;
/// Calls that are run, beside some for each function; the values of more are taken by their types alone.
const MOST_CALLS: usize = 20_000;
const CALLS_A_FUNCTION: usize = 64;
/// Calls of one function whose arguments have parts that matter; those of more are taken by their types.
const MOST_UNKEYED_CALLS: usize = 32;

/// The state of a run.
pub(super) struct Evaluator<'p, 'i> {
    program: &'p Program<'p>,
    source_query: &'i SourceQuery,
    frame: Frame<'p>,
    depth: usize,
    calls: usize,
    constants: HashMap<ConstantId, Option<Value<'p>>>,
    results: HashMap<(FunctionId, String), Value<'p>>,
    /// How often each function has been run with arguments that are no key.
    unkeyed: HashMap<FunctionId, usize>,
    /// Functions that are being run.
    active: HashSet<FunctionId>,
    /// Functions that have been run as part of the program.
    run: HashSet<FunctionId>,
    called_closures: HashSet<*const Expr>,
    written: HashMap<(usize, usize, &'static str), Vec<String>>,
    records: Records,
    pub(super) routes: Vec<Route>,
    /// Routes that are part of another router.
    nested: HashSet<RouteId>,
    /// Routes of routers that are served, stored or handed out.
    escaped: HashSet<RouteId>,
    pub(super) callsites: Vec<Callsite>,
    pub(super) emissions: Vec<Emission>,
    pub(super) gaps: Vec<SourceGap>,
    seen: HashSet<(Span, String)>,
}

/// What is written down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Records {
    All,
    /// Requests and codes: a function that is called is run once more for what no call reaches.
    NoRoutes,
    Nothing,
}

/// The function that is being run.
struct Frame<'p> {
    variables: Variables<'p>,
    /// What to restore at the end of a scope.
    shadowed: Vec<(&'p str, Option<Value<'p>>)>,
    scope: Scope<'p>,
    file: FileId,
    test: bool,
    returns: Vec<Value<'p>>,
    breaks: Vec<Value<'p>>,
    closures: Vec<Value<'p>>,
    /// What has been written to the formatter.
    output: Value<'p>,
}

impl<'p> Frame<'p> {
    fn new(scope: Scope<'p>, file: FileId, test: bool) -> Self {
        Self {
            variables: Variables::new(),
            shadowed: Vec::new(),
            scope,
            file,
            test,
            returns: Vec::new(),
            breaks: Vec::new(),
            closures: Vec::new(),
            output: Value::text("", Span::new(file, 0..0)),
        }
    }
}

impl<'p, 'i> Evaluator<'p, 'i> {
    pub(super) fn new(program: &'p Program<'p>, source_query: &'i SourceQuery) -> Self {
        Self {
            program,
            source_query,
            frame: Frame::new(Scope { module: 0, this: None }, FileId(0), false),
            depth: 0,
            calls: 0,
            constants: HashMap::new(),
            results: HashMap::new(),
            unkeyed: HashMap::new(),
            active: HashSet::new(),
            run: HashSet::new(),
            called_closures: HashSet::new(),
            written: HashMap::new(),
            records: Records::All,
            routes: Vec::new(),
            nested: HashSet::new(),
            escaped: HashSet::new(),
            callsites: Vec::new(),
            emissions: Vec::new(),
            gaps: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Runs everything.
    pub(super) fn run_all(&mut self) {
        let called = self.program.called();
        let all = 0..self.program.functions.len();
        let is_test = |id: &FunctionId| self.program.functions[*id].test;
        let (tests, program): (Vec<_>, Vec<_>) = all.partition(is_test);
        let (called, entries): (Vec<_>, Vec<_>) =
            program.into_iter().partition(|id| called.contains(id));
        entries.into_iter().for_each(|id| self.run_entry(id));
        let left: Vec<_> = called.iter().copied().filter(|id| !self.run.contains(id)).collect();
        let called_by_left = self.program.called_by(&left);
        let (last, first): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|id| called_by_left.contains(id));
        for id in first.into_iter().chain(last) {
            if !self.run.contains(&id) {
                self.run_entry(id);
            }
        }
        for id in 0..self.program.constants.len() {
            self.constant(id);
        }
        self.records = Records::NoRoutes;
        called.into_iter().chain(tests).for_each(|id| self.run_entry(id));
    }

    /// Runs a function by the types of its parameters; a router that it returns is someone's.
    fn run_entry(&mut self, id: FunctionId) {
        let def = &self.program.functions[id];
        let this = def.function.has_self.then(|| self.this(def.scope));
        let arguments =
            def.function.parameters.iter().map(|p| self.parameter(p, def.scope)).collect();
        let value = self.run_function(id, this, arguments);
        self.escape(&value);
    }

    fn expr(&mut self, expr: &'p Expr) -> Value<'p> {
        stacker::maybe_grow(256 << 10, 2 << 20, || self.expr_here(expr))
    }

    fn exprs(&mut self, exprs: &'p [Expr]) -> Vec<Value<'p>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr_here(&mut self, expr: &'p Expr) -> Value<'p> {
        match &expr.kind {
            ExprKind::Text(text) => Value::text(text, expr.span),
            ExprKind::Number(number) => Value::Number(*number),
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Inert => Value::Inert,
            ExprKind::Path(path) => self.path(path, expr.span),
            ExprKind::Call { callee, arguments } => self.call(callee, arguments, expr.span),
            ExprKind::Method { receiver, name, call, arguments } => {
                self.method_call(receiver, name, *call, arguments, expr.span)
            }
            ExprKind::Field { base, name } => {
                let base = self.expr(base);
                self.field(&base, name)
            }
            ExprKind::Index { base, index } => {
                let base = self.expr(base);
                let index = self.expr(index);
                self.element(&base, &index)
            }
            ExprKind::Struct { path, fields, rest } => {
                self.structure(path, fields, rest.as_deref())
            }
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Assign { target, value } => self.assign(target, value),
            ExprKind::Binary { operator, left, right } => {
                self.binary(*operator, left, right, expr.span)
            }
            ExprKind::Negate(inner) => match self.expr(inner) {
                Value::Bool(value) => Value::Bool(!value),
                _ => Value::Inert,
            },
            ExprKind::Await(inner) => settled(self.expr(inner)),
            ExprKind::Try(inner) => {
                let (value, failure) = self.expr(inner).outcomes();
                if !matches!(failure, Value::Never) {
                    self.frame.returns.push(Value::Failure(failure.into()));
                }
                settled(value)
            }
            ExprKind::If { .. }
            | ExprKind::Let { .. }
            | ExprKind::Match { .. }
            | ExprKind::Block(_)
            | ExprKind::Loop { .. }
            | ExprKind::Return(_)
            | ExprKind::Break(_)
            | ExprKind::Never(_) => self.flow(expr),
            ExprKind::Closure { .. } => {
                let closure = Value::Closure(std::rc::Rc::new(Closure {
                    expr,
                    variables: self.frame.variables.clone(),
                    scope: self.frame.scope,
                    file: self.frame.file,
                }));
                self.frame.closures.push(closure.clone());
                closure
            }
            ExprKind::Tuple(parts) if parts.is_empty() => Value::Inert,
            ExprKind::Tuple(parts) | ExprKind::Array(parts) => Value::list(self.exprs(parts)),
            ExprKind::Format(pieces) => self.format(pieces, expr.span),
            ExprKind::Concat(parts) => {
                let parts = self.exprs(parts);
                self.concatenate(&parts, expr.span)
            }
            ExprKind::Write { target, text } => {
                let target = self.expr(target);
                let text = self.expr(text);
                self.write(&target, &text)
            }
            ExprKind::Several(parts) => {
                for value in self.exprs(parts) {
                    self.hand_over(&value);
                }
                Value::Unknown
            }
        }
    }

    /// `a + b`, `a == b`, ….
    fn binary(
        &mut self,
        operator: Operator,
        left: &'p Expr,
        right: &'p Expr,
        span: Span,
    ) -> Value<'p> {
        if operator == Operator::AddAssign {
            let before = self.expr(left);
            let more = self.expr(right);
            let after = self.concatenate(&[before, more], span);
            self.store(left, after);
            return Value::Inert;
        }
        let left = self.expr(left);
        let right = self.expr(right);
        match operator {
            Operator::Add => self.concatenate(&[left, right], span),
            Operator::BitOr => match (&left, &right) {
                (Value::Filter(one), Value::Filter(other)) => Value::Filter(
                    one.iter().chain(other.iter()).cloned().collect::<Vec<_>>().into(),
                ),
                _ => Value::Inert,
            },
            Operator::Equal => self.equal(&left, &right).map_or(Value::Inert, Value::Bool),
            Operator::Unequal => {
                self.equal(&left, &right).map_or(Value::Inert, |same| Value::Bool(!same))
            }
            Operator::AddAssign | Operator::Other => Value::Inert,
        }
    }

    fn equal(&self, left: &Value<'p>, right: &Value<'p>) -> Option<bool> {
        match (left, right) {
            (Value::Text(one), Value::Text(other)) => Some(one.value == other.value),
            (Value::Variant { of, index, .. }, Value::Variant { of: of2, index: index2, .. }) => {
                Some(of == of2 && index == index2)
            }
            (Value::Bool(one), Value::Bool(other)) => Some(one == other),
            _ => None,
        }
    }

    /// The value of a constant, wherever it is used.
    fn constant(&mut self, id: ConstantId) -> Value<'p> {
        if let Some(known) = self.constants.get(&id) {
            return known.clone().unwrap_or(Value::Unknown);
        }
        self.constants.insert(id, None);
        let def = &self.program.constants[id];
        let inside = Frame::new(def.scope, def.span.file, def.test);
        let outside = std::mem::replace(&mut self.frame, inside);
        let value = self.expr(def.value);
        let value = self.by_type(value, def.ty, def.scope);
        self.run_closures();
        self.frame = outside;
        self.constants.insert(id, Some(value.clone()));
        value
    }

    /// What a path stands for as a value.
    fn path(&mut self, path: &'p super::syntax::Path, span: Span) -> Value<'p> {
        if let Some(name) = path.single()
            && let Some(value) = self.frame.variables.get(name)
        {
            return value.clone();
        }
        match self.program.value(path, self.frame.scope) {
            Target::Constant(id) => respan(self.constant(id), span),
            Target::Function(id) => Value::Function(id),
            Target::Variant(of, index) => Value::Variant { of, index, fields: Vec::new().into() },
            Target::Struct(id) => Value::Instance(super::program::TypeId::Struct(id)),
            Target::External(path) | Target::Unknown(path) => self.external_path(path),
            Target::Module(_) | Target::Enum(_) | Target::Alias(_) => Value::Existing,
        }
    }

    /// A router whose routes are someone else's from here on is part of the program.
    fn escape(&mut self, value: &Value<'p>) {
        match value {
            Value::Router(routes) => self.escaped.extend(routes.iter().copied()),
            Value::Choice(values) | Value::List(values) => {
                values.iter().for_each(|value| self.escape(value))
            }
            Value::Record { fields, .. } => fields.values().for_each(|value| self.escape(value)),
            Value::Failure(value) => self.escape(value),
            _ => {}
        }
    }

    /// A value goes where it is not followed: routers escape, closures and functions may be called.
    fn hand_over(&mut self, value: &Value<'p>) {
        match value {
            Value::Closure(closure) => {
                let result = self.call_closure(&std::rc::Rc::clone(closure), Vec::new());
                self.escape(&result);
            }
            Value::Choice(values) | Value::List(values) => {
                values.iter().for_each(|value| self.hand_over(value));
            }
            value => self.escape(value),
        }
    }
}

/// A constant is where it is used, not where it is declared.
fn respan(value: Value<'_>, span: Span) -> Value<'_> {
    value.map_text(&mut |text| Text { span, ..text.clone() })
}

/// What another crate answers is data.
fn settled(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Unknown | Value::External(_) => Value::Existing,
        value => value,
    }
}
