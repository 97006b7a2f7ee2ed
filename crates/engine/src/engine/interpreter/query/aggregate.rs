//! Aggregates.

use std::cmp::Ordering;
use std::sync::Arc;

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, OrderByExpr, OrderBySort,
};

use super::compare::{compare, place};
use super::eval::Evaluator;
use super::rows::{Presence, Row};
use super::scope::Scope;
use super::value::{Truth, Value};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;

const AGGREGATES: [&str; 14] = [
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "count",
    "every",
    "json_agg",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_object_agg",
    "max",
    "min",
    "string_agg",
    "sum",
];

/// Whether a call is one of an aggregate.
pub(crate) fn is_aggregate(function: &Function) -> bool {
    let word = function.name.0.last().and_then(|p| p.as_ident()).map(names::stored);
    word.is_some_and(|w| AGGREGATES.contains(&&*w))
}

/// The arguments of one row, and what the row is sorted by.
struct Input {
    values: Vec<Value>,
    keys: Vec<Value>,
    presence: Presence,
}

impl Evaluator<'_> {
    pub(super) fn aggregate(
        &mut self,
        name: &str,
        function: &Function,
        group: &[Row],
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let FunctionArguments::List(list) = &function.args else {
            return Ok(Value::unknown("an aggregate of a subquery"));
        };
        let order = list.clauses.iter().find_map(|clause| match clause {
            FunctionArgumentClause::OrderBy(order) => Some(order.as_slice()),
            _ => None,
        });
        let order = order.unwrap_or_default();
        let mut inputs =
            self.inputs(&list.args, order, function.filter.as_deref(), group, scope)?;
        sort(&mut inputs, order);
        let doubt = inputs.iter().find_map(|i| i.values.iter().find_map(Value::doubt));
        let why = doubt.map_or_else(|| Arc::from("rows of a table"), |u| u.why.clone());
        let certain = inputs.iter().all(|i| i.presence == Presence::Certain);
        let star =
            matches!(list.args.as_slice(), [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]);
        if name == "count" && star {
            let count = i64::try_from(inputs.len()).unwrap_or(i64::MAX);
            return Ok(if certain { Value::Int(count) } else { Value::unknown(why) });
        }
        if inputs.is_empty() || (certain && doubt.is_none()) {
            let distinct = matches!(list.duplicate_treatment, Some(DuplicateTreatment::Distinct));
            return Ok(self.fold(name, inputs, distinct));
        }
        let truths = inputs.iter().filter(|i| i.presence == Presence::Certain);
        let mut truths = truths.filter_map(|i| i.values.first().map(Value::truth));
        Ok(match name {
            "bool_or" if truths.any(|t| t == Truth::True) => Value::Bool(true),
            "bool_and" | "every" if truths.any(|t| t == Truth::False) => Value::Bool(false),
            _ => Value::unknown(why),
        })
    }

    fn inputs(
        &mut self,
        args: &[FunctionArg],
        order: &[OrderByExpr],
        filter: Option<&Expr>,
        group: &[Row],
        scope: &Scope<'_>,
    ) -> Result<Vec<Input>, Problem> {
        let mut inputs = Vec::new();
        for row in group {
            let scope = Scope { row: &row.values, group: None, ..*scope };
            let mut presence = row.presence;
            let doubtful = presence != Presence::Certain;
            if let Some(filter) = filter {
                match self.eval_if(doubtful, filter, &scope)?.truth() {
                    Truth::True => {}
                    Truth::Unknown => presence = presence.max(Presence::Maybe),
                    Truth::False | Truth::Null => continue,
                }
            }
            let mut values = Vec::new();
            for arg in args {
                if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg {
                    values.push(self.eval_if(doubtful, expr, &scope)?);
                }
            }
            let mut keys = Vec::new();
            for key in order {
                keys.push(self.eval_if(doubtful, &key.expr, &scope)?);
            }
            inputs.push(Input { values, keys, presence });
        }
        Ok(inputs)
    }

    fn fold(&self, name: &str, inputs: Vec<Input>, distinct: bool) -> Value {
        let mut separator = String::new();
        let mut items: Vec<Value> = Vec::new();
        for input in inputs {
            let mut values = input.values.into_iter();
            let Some(item) = values.next() else { continue };
            if let Some(Value::Text(text)) = values.next() {
                separator = text.to_string();
            }
            if (item.is_null() && name != "array_agg") || (distinct && items.contains(&item)) {
                continue;
            }
            items.push(item);
        }
        if name == "count" {
            return Value::Int(i64::try_from(items.len()).unwrap_or(i64::MAX));
        }
        if items.is_empty() {
            return Value::Null;
        }
        match name {
            "array_agg" => Value::array(items),
            "string_agg" => {
                let texts: Vec<_> =
                    items.iter().filter_map(|i| self.text_of(i).as_text().cloned()).collect();
                Value::text(texts.join(&separator))
            }
            "bool_or" => truths(&items, Truth::False, Truth::or),
            "bool_and" | "every" => truths(&items, Truth::True, Truth::and),
            "min" => extreme(items, Ordering::Less),
            "max" => extreme(items, Ordering::Greater),
            "sum" => items
                .iter()
                .try_fold(0_i64, |sum, i| sum.checked_add(i.as_int()?))
                .map_or_else(|| Value::unknown("a sum"), Value::Int),
            _ => Value::unknown(format!("the aggregate {name}")),
        }
    }
}

fn truths(items: &[Value], start: Truth, fold: fn(Truth, Truth) -> Truth) -> Value {
    items.iter().map(Value::truth).fold(start, fold).value(|| Arc::from("an aggregate"))
}

fn extreme(items: Vec<Value>, wanted: Ordering) -> Value {
    let mut best: Option<Value> = None;
    for item in items {
        match best.as_ref().map(|b| compare(&item, b)) {
            Some(None) => return Value::unknown("values that cannot be compared"),
            Some(Some(ordering)) if ordering != wanted => {}
            _ => best = Some(item),
        }
    }
    best.unwrap_or(Value::Null)
}

fn sort(inputs: &mut [Input], order: &[OrderByExpr]) {
    inputs.sort_by(|a, b| {
        for (at, key) in order.iter().enumerate() {
            let descending = matches!(key.options.sort, Some(OrderBySort::Desc));
            let (Some(x), Some(y)) = (a.keys.get(at), b.keys.get(at)) else { continue };
            let ordering = place(x, y);
            if ordering.is_ne() {
                return if descending { ordering.reverse() } else { ordering };
            }
        }
        Ordering::Equal
    });
}
