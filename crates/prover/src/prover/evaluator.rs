//! What an evaluation carries along, and what it decides about values.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use sqlparser::ast::{BinaryOperator, Expr};

use super::Context;
use super::constraint::Constraint;
use super::data::Data;
use super::equality::Equality;
use super::evaluate::operands;
use super::order::Order;
use super::path_search::{Options, PathSearch, Stop};
use super::query::Rows;
use super::scope::{Relation, Scopes};
use super::sort::Sort;
use super::table::Tables;
use super::value::{Origin, Symbol, Value};
use crate::catalog::ObjectName;
use crate::datum::{Datum, Type, Typed};

/// How deep evaluation may nest, functions that call each other included.
const DEEPEST: usize = 400;

/// How much evaluation an expression is worth, in all runs together.
const MOST_STEPS: usize = 20_000;

/// How much a row of constants is worth.
const FEW_STEPS: usize = 500;

/// The room that a level of evaluation needs on the stack, and what is added when it runs out.
const RED_ZONE: usize = 256 * 1024;
const GROWTH: usize = 4 * 1024 * 1024;

/// What is known on a path.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Questions with the options that were chosen.
    pub(super) decided: HashMap<Arc<str>, usize>,
    pub(super) data: Data,
    pub(super) order: Order,
    pub(super) equality: Equality,
    /// How a field of json was asked for: as json or as text.
    pub(super) modes: HashMap<Arc<str>, &'static str>,
}

impl Facts {
    fn clear(&mut self) {
        self.decided.clear();
        self.data.clear();
        self.order.clear();
        self.equality.clear();
        self.modes.clear();
    }
}

/// Evaluates one expression, over and over, along every path that the unknown leaves open.
pub(super) struct Evaluator<'a> {
    pub(super) context: Context<'a>,
    pub(super) search: PathSearch,
    pub(super) facts: Facts,
    pub(super) scopes: Scopes,
    pub(super) tables: Tables,
    /// The row that the expression is about.
    guarded: Relation,
    /// What tells calls of one function apart: its name and arguments.
    pub(super) call: Arc<str>,
    /// The query at hand, which tells rows of one table apart.
    pub(super) query_text: Arc<str>,
    /// How many rows an aggregate of the query at hand is over.
    pub(super) aggregated: Option<super::aggregate::Aggregated>,
    /// The queries of WITH clauses that are at hand, with their rows.
    pub(super) named_queries: Vec<(String, Rows)>,
    /// The CHECK constraints of tables.
    pub(super) constraints: HashMap<ObjectName, Arc<Vec<Constraint>>>,
    /// The trees of the bodies of functions, by their texts.
    pub(super) bodies: HashMap<Arc<str>, Option<super::call::Body>>,
    consulted: BTreeSet<ObjectName>,
    depth: usize,
    /// How many levels may be entered still, in all runs together.
    steps_left: usize,
    /// How many volatile functions were called in this run.
    volatile: usize,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(context: Context<'a>) -> Self {
        let guarded = Relation::guarded(context);
        Self {
            context,
            search: PathSearch::default(),
            facts: Facts::default(),
            scopes: Scopes::of(guarded.clone()),
            tables: Tables::default(),
            guarded,
            call: "".into(),
            query_text: "".into(),
            aggregated: None,
            named_queries: Vec::new(),
            constraints: HashMap::new(),
            bodies: HashMap::new(),
            consulted: BTreeSet::new(),
            depth: 0,
            steps_left: MOST_STEPS,
            volatile: 0,
        }
    }

    /// The row that the expression is about.
    pub(super) fn guarded(&self) -> &Relation {
        &self.guarded
    }

    /// Begins anew, about a row of which more is known.
    pub(super) fn about(&mut self, guarded: Relation) {
        self.guarded = guarded;
        self.search = PathSearch::short();
        self.steps_left = FEW_STEPS;
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
        self.scopes = Scopes::of(self.guarded.clone());
        self.call = "".into();
        self.query_text = "".into();
        self.aggregated = None;
        self.named_queries.clear();
        self.depth = 0;
        self.volatile = 0;
        self.facts.clear();
        self.tables.clear();
        self.search.restart()
    }

    /// Runs with one relation in scope, such as a row that a constraint is about.
    pub(super) fn within<T>(
        &mut self,
        relation: Relation,
        run: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let outer = std::mem::replace(&mut self.scopes, Scopes::of(relation));
        let aggregated = self.aggregated.take();
        let result = run(self);
        self.scopes = outer;
        self.aggregated = aggregated;
        result
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
        self.steps_left = self.steps_left.checked_sub(1).ok_or(Stop::TooMany)?;
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

    /// Whether a condition is true. Where one part of it is not, the others need not be known.
    pub(super) fn holds(&mut self, expression: &Expr) -> Result<bool, Stop> {
        match expression {
            Expr::Nested(inner) => self.deeper(|evaluator| evaluator.holds(inner)),
            Expr::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right } => {
                let decisive = *op == BinaryOperator::Or;
                for operand in operands(left, op, right) {
                    if self.deeper(|evaluator| evaluator.holds(operand))? == decisive {
                        return Ok(decisive);
                    }
                }
                Ok(!decisive)
            }
            _ => Ok(self.condition(expression)? == Some(true)),
        }
    }

    /// A value as a condition.
    pub(super) fn truth_of(&mut self, value: Value) -> Result<Option<bool>, Stop> {
        Ok(match self.known(value)? {
            Value::Null => None,
            Value::Boolean(value) => Some(value),
            Value::Text(text) => match Value::read(&Type::Bool, &text) {
                Some(Value::Boolean(truth)) => Some(truth),
                _ => return self.any_truth(format!("true: {text:?}"), None),
            },
            Value::Unknown(symbol) => Some(self.decide_truth(&symbol)?),
            other => return self.any_truth(format!("true: {other}"), None),
        })
    }

    /// True, false or NULL, whichever it is.
    fn any_truth(
        &mut self,
        question: String,
        symbol: Option<&Symbol>,
    ) -> Result<Option<bool>, Stop> {
        if let Some(symbol) = symbol {
            self.facts.data.settle(&[symbol]);
        }
        let choice = self.decide(question, Options::adversarial(3))?;
        Ok([Some(false), Some(true), None][choice])
    }

    /// Decides whether a symbol is true.
    fn decide_truth(&mut self, symbol: &Symbol) -> Result<bool, Stop> {
        let free = matches!(symbol.sort, Sort::Boolean) && self.touch(&[symbol]);
        if !free {
            self.facts.data.settle(&[symbol]);
        }
        let question = format!("true: {}", symbol.key);
        Ok(self.decide(question, Options::free_if(free, 2))? == 1)
    }

    /// Decides a question once for the path.
    pub(super) fn decide(&mut self, question: String, options: Options) -> Result<usize, Stop> {
        if let Some(choice) = self.facts.decided.get(&*question) {
            return Ok(*choice);
        }
        let choice = self.search.choose(|| options)?;
        self.facts.decided.insert(question.into(), choice);
        Ok(choice)
    }

    /// Asks something of symbols that a theory tells the possibilities of: whether data can be
    /// chosen for each of these.
    pub(super) fn touch(&mut self, symbols: &[&Symbol]) -> bool {
        let free = !symbols.is_empty()
            && symbols.iter().all(|symbol| {
                matches!(symbol.origin, Origin::Present) || self.facts.data.may_choose(symbol)
            });
        if free {
            self.facts.data.link(symbols);
        } else {
            self.facts.data.settle(symbols);
        }
        free
    }

    /// Whether data can be chosen for the symbols in values.
    pub(super) fn may_choose(&self, values: &[&Value]) -> bool {
        let mut symbols = Vec::new();
        values.iter().for_each(|value| symbols_in(value, &mut symbols));
        !symbols.is_empty()
            && symbols.iter().all(|symbol| {
                matches!(symbol.origin, Origin::Present) || self.facts.data.may_choose(symbol)
            })
    }

    /// The same, of the symbols in values.
    pub(super) fn touch_all(&mut self, values: &[&Value]) -> bool {
        let mut symbols = Vec::new();
        values.iter().for_each(|value| symbols_in(value, &mut symbols));
        self.touch(&symbols)
    }

    /// Asks something of symbols that no theory tells the possibilities of: whether they still were
    /// untouched.
    pub(super) fn touch_once(&mut self, values: &[&Value]) -> bool {
        let mut symbols = Vec::new();
        values.iter().for_each(|value| symbols_in(value, &mut symbols));
        let data = &self.facts.data;
        let free = !symbols.is_empty()
            && symbols.iter().all(|symbol| match &symbol.origin {
                Origin::Data(atom) => data.is_untouched(atom) && symbol.offset == 0,
                _ => false,
            });
        self.facts.data.settle(&symbols);
        free
    }

    /// Something that is not computed was asked of these.
    pub(super) fn settle_values(&mut self, values: &[&Value]) {
        let mut symbols = Vec::new();
        values.iter().for_each(|value| symbols_in(value, &mut symbols));
        self.facts.data.settle(&symbols);
    }

    /// Decides of a symbol whether it is NULL, and its value where there are only so many.
    pub(super) fn known(&mut self, value: Value) -> Result<Value, Stop> {
        let Value::Unknown(symbol) = value else { return Ok(value) };
        if symbol.nullable && self.decide_null(&symbol)? {
            return Ok(Value::Null);
        }
        if symbol.offset == 0
            && let Some(text) = self.facts.equality.constant_of(&symbol.key)
        {
            let uuid = matches!(symbol.sort, Sort::Uuid);
            let uuid = uuid.then(|| Value::read(&Type::Uuid, &text)).flatten();
            return Ok(uuid.unwrap_or(Value::Text(text)));
        }
        match &symbol.sort {
            Sort::Boolean => Ok(Value::Boolean(self.decide_truth(&symbol)?)),
            Sort::Enum(labels) if !labels.labels.is_empty() => {
                let free = self.touch(&[&symbol]);
                let question = format!("label: {}", symbol.key);
                let at = self.decide(question, Options::free_if(free, labels.labels.len()))?;
                let label = Datum::Label(u32::try_from(at).unwrap_or(0));
                Ok(Value::constant(Typed::new(Type::Enum(Arc::clone(labels)), label)))
            }
            _ => Ok(Value::Unknown(Symbol { nullable: false, ..symbol })),
        }
    }

    fn decide_null(&mut self, symbol: &Symbol) -> Result<bool, Stop> {
        let question = format!("null: {}", symbol.key);
        if let Some(choice) = self.facts.decided.get(&*question) {
            return Ok(*choice == 0);
        }
        let free = match &symbol.origin {
            // A domain may forbid NULL.
            Origin::Data(atom) => {
                let free = self.facts.data.is_untouched(atom) && symbol.sort.is_of_postgresql();
                self.facts.data.mention(atom);
                free
            }
            _ => false,
        };
        if !free {
            self.facts.data.settle(&[symbol]);
        }
        let null = self.decide(question, Options::free_if(free, 2))? == 0;
        // What is asked of a column in another way, such as its year, belongs to that column.
        if let Origin::Data(atom) = &symbol.origin
            && *atom != symbol.key
        {
            self.facts.data.link(&[symbol]);
            if null {
                self.facts.data.settle_atom(atom);
            }
        }
        Ok(null)
    }

    /// Something that is computed from values in a way that is not known here. It is NULL where one
    /// of them is.
    pub(super) fn uninterpreted(
        &mut self,
        name: &str,
        values: &[Value],
        sort: Sort,
        nullable: bool,
    ) -> Result<Value, Stop> {
        let mut key = format!("{name}(");
        let mut known = Vec::with_capacity(values.len());
        for value in values {
            let value = self.known(value.clone())?;
            if matches!(value, Value::Null) {
                return Ok(Value::Null);
            }
            key.push_str(&format!("{value}, "));
            known.push(value);
        }
        key.push(')');
        let symbol = Symbol::uninterpreted(key, sort, []);
        let origin = origin_of(&known);
        let may_be_visitor = known.iter().any(may_be_visitor);
        Ok(Value::Unknown(Symbol { nullable, origin, may_be_visitor, ..symbol }))
    }

    /// Something of which nothing is known.
    pub(super) fn fresh(&self, what: &impl std::fmt::Display) -> Value {
        let key = format!("{}{what} {}", self.call, self.scopes.identity());
        Value::Unknown(Symbol::fresh(key))
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

fn symbols_in<'v>(value: &'v Value, symbols: &mut Vec<&'v Symbol>) {
    match value {
        Value::Unknown(symbol) => symbols.push(symbol),
        Value::Array(items) | Value::Row(items) => {
            items.iter().for_each(|item| symbols_in(item, symbols));
        }
        _ => {}
    }
}

/// Whether the identity of the visitor may be in it.
fn may_be_visitor(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains(super::visitor::ID),
        Value::Constant(typed) => {
            let text = crate::datum::output(&typed.data_type, &typed.datum);
            !text.is_ok_and(|text| text.is_none_or(|text| !text.contains(super::visitor::ID)))
        }
        Value::Unknown(symbol) => symbol.may_be_visitor,
        Value::Array(items) | Value::Row(items) => items.iter().any(may_be_visitor),
        _ => false,
    }
}

/// The data that something comes from which is computed from values.
fn origin_of(values: &[Value]) -> Origin {
    let mut symbols = Vec::new();
    values.iter().for_each(|value| symbols_in(value, &mut symbols));
    let mut atoms = Vec::new();
    for symbol in symbols {
        match &symbol.origin {
            Origin::Data(atom) => atoms.push(Arc::clone(atom)),
            Origin::Uninterpreted(from) => atoms.extend(from.iter().cloned()),
            Origin::Fresh => return Origin::Fresh,
            Origin::Present => {}
        }
    }
    Origin::Uninterpreted(atoms.into())
}
