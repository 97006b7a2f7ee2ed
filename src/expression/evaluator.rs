//! What an evaluation carries along, and what it decides about values.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlparser::ast::Expr;

use super::Surroundings;
use super::query::Rows;
use super::scope::{Relation, Scopes};
use super::trail::{Stop, Trail};
use super::value::{Kind, Symbol, Value, parse_boolean};
use crate::catalog::ObjectName;

/// How deep evaluation may nest, functions that call each other included.
const DEEPEST: usize = 400;

/// How much evaluation an expression is worth, in all runs together.
const MOST_STEPS: usize = 3_000_000;

/// The room that a level of evaluation needs on the stack, and what is added when it runs out.
const RED_ZONE: usize = 256 * 1024;
const GROWTH: usize = 4 * 1024 * 1024;

/// Evaluates one expression, over and over, along every way that the unknown leaves open.
pub(super) struct Evaluator<'a> {
    pub(super) surroundings: Surroundings<'a>,
    pub(super) trail: Trail,
    pub(super) scopes: Scopes,
    /// What tells calls of one function apart: its name and arguments.
    pub(super) call: Arc<str>,
    /// How many rows an aggregate of the query at hand is over.
    pub(super) aggregated: Option<super::aggregate::Aggregated>,
    /// The queries of WITH clauses that are at hand, with their rows.
    pub(super) named_queries: Vec<(String, Rows)>,
    consulted: BTreeSet<ObjectName>,
    depth: usize,
    /// How many levels were entered in all runs together.
    steps: usize,
    /// How many volatile functions were called in this run.
    volatile: usize,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(surroundings: Surroundings<'a>) -> Self {
        Self {
            surroundings,
            trail: Trail::default(),
            scopes: Scopes::of(Relation::guarded(surroundings)),
            call: "".into(),
            aggregated: None,
            named_queries: Vec::new(),
            consulted: BTreeSet::new(),
            depth: 0,
            steps: 0,
            volatile: 0,
        }
    }

    /// The functions that were looked up.
    pub(super) fn consulted(self) -> Vec<ObjectName> {
        self.consulted.into_iter().collect()
    }

    /// Remembers that a function was looked up.
    pub(super) fn consult(&mut self, name: ObjectName) {
        self.consulted.insert(name);
    }

    /// Begins a run.
    pub(super) fn restart(&mut self) -> Result<(), Stop> {
        self.scopes = Scopes::of(Relation::guarded(self.surroundings));
        self.call = "".into();
        self.aggregated = None;
        self.named_queries.clear();
        self.depth = 0;
        self.volatile = 0;
        self.trail.restart()
    }

    /// A key that no other call has.
    pub(super) fn new_key(&mut self, name: &str) -> String {
        self.volatile += 1;
        format!("{name} #{}", self.volatile)
    }

    /// Runs one level deeper.
    pub(super) fn deeper<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        if self.depth >= DEEPEST {
            return Err(Stop::TooDeep);
        }
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(Stop::TooMany);
        }
        self.depth += 1;
        let result = stacker::maybe_grow(RED_ZONE, GROWTH, || run(self));
        self.depth -= 1;
        result
    }

    /// A condition: true, false, or NULL.
    pub(super) fn condition(&mut self, expression: &Expr) -> Result<Option<bool>, Stop> {
        let value = self.evaluate(expression)?;
        self.truth_of(value)
    }

    /// A value as a condition.
    pub(super) fn truth_of(&mut self, value: Value) -> Result<Option<bool>, Stop> {
        Ok(match self.known(value)? {
            Value::Null => None,
            Value::Boolean(value) => Some(value),
            Value::Text(text) => parse_boolean(&text),
            Value::Unknown(symbol) => {
                let question = format!("true: {}", symbol.key);
                Some(self.trail.decide(question, 2, symbol.secret)? == 1)
            }
            _ => None,
        })
    }

    /// Decides of a symbol whether it is NULL, and its value where there are only so many.
    pub(super) fn known(&mut self, value: Value) -> Result<Value, Stop> {
        let Value::Unknown(symbol) = value else { return Ok(value) };
        if symbol.nullable
            && self.trail.decide(format!("null: {}", symbol.key), 2, symbol.secret)? == 0
        {
            return Ok(Value::Null);
        }
        if symbol.shift == 0.0
            && let Some(value) = self.trail.equal_of(&symbol.key)
        {
            return Ok(value.clone());
        }
        match &symbol.kind {
            Kind::Boolean => {
                let question = format!("true: {}", symbol.key);
                Ok(Value::Boolean(self.trail.decide(question, 2, symbol.secret)? == 1))
            }
            Kind::Enum(labels) if !labels.is_empty() => {
                let question = format!("label: {}", symbol.key);
                let at = self.trail.decide(question, labels.len(), symbol.secret)?;
                Ok(Value::Label(Arc::clone(labels), at))
            }
            _ => Ok(Value::Unknown(Symbol { nullable: false, ..symbol })),
        }
    }

    /// Something that is computed from values in a way that is not known here. It is NULL where one
    /// of them is; otherwise it is data, or a constant that cannot be computed.
    pub(super) fn derived(
        &mut self,
        name: &str,
        values: &[Value],
        kind: Kind,
        nullable: bool,
    ) -> Result<Value, Stop> {
        let mut key = format!("{name}(");
        let mut fixed = true;
        for value in values {
            let value = self.known(value.clone())?;
            if matches!(value, Value::Null) {
                return Ok(Value::Null);
            }
            fixed &= value.is_fixed();
            key.push_str(&format!("{value}, "));
        }
        key.push(')');
        Ok(Value::Unknown(Symbol { nullable, secret: fixed, ..Symbol::new(key, kind) }))
    }

    /// Something of which nothing is known.
    pub(super) fn anything(&self, what: &impl std::fmt::Display) -> Value {
        Value::Unknown(Symbol::nullable(format!("{}{what}", self.call), Kind::Other))
    }

    /// The value of an expression.
    pub(super) fn evaluate(&mut self, expression: &Expr) -> Result<Value, Stop> {
        self.deeper(|evaluator| evaluator.evaluate_here(expression))
    }

    /// The values of several expressions.
    pub(super) fn evaluate_all(&mut self, expressions: &[Expr]) -> Result<Vec<Value>, Stop> {
        expressions.iter().map(|expression| self.evaluate(expression)).collect()
    }
}
