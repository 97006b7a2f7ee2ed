//! Aggregate functions.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem};

use super::evaluator::Evaluator;
use super::function::path;
use super::path_search::Stop;
use super::sort::{Range, Sort};
use super::value::{Symbol, Value};

/// How many rows an aggregate is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aggregated {
    pub(super) rows: usize,
    /// Exactly so many; otherwise at least so many, if any.
    pub(super) exact: bool,
}

impl Evaluator<'_> {
    /// The value of an aggregate function, where a query that aggregates is at hand.
    pub(super) fn aggregate(
        &mut self,
        name: &str,
        function: &Function,
    ) -> Result<Option<Value>, Stop> {
        let Some(Aggregated { rows, exact }) = self.aggregated.filter(|_| is_aggregate(name))
        else {
            return Ok(None);
        };
        let plain = function.filter.is_none()
            && matches!(&function.args, FunctionArguments::List(list)
                if list.duplicate_treatment.is_none()
                    && matches!(list.args[..], [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]));
        Ok(Some(match (name, rows) {
            ("count", 0) => Value::count(0),
            ("count", rows) if exact && plain => Value::count(rows),
            ("count", _) => {
                let range = if plain { Range::POSITIVE } else { Range::COUNT };
                let key = format!("{}{function} of {}", self.call, self.query_text);
                let origin = Symbol::fresh("").origin;
                Value::Unknown(Symbol { origin, ..Symbol::opaque(key, Sort::Number(range)) })
            }
            (_, 0) => Value::Null,
            ("bool_or" | "bool_and" | "every" | "min" | "max", _) => {
                match self.constant_argument(function)? {
                    Some(constant) => constant,
                    None => self.fresh(function),
                }
            }
            _ => self.fresh(function),
        }))
    }

    /// The argument of a call, if it has just one and that is the same for every row.
    fn constant_argument(&mut self, function: &Function) -> Result<Option<Value>, Stop> {
        let FunctionArguments::List(list) = &function.args else { return Ok(None) };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = &list.args[..] else {
            return Ok(None);
        };
        let value = self.evaluate(argument)?;
        Ok((function.filter.is_none() && value.is_constant()).then_some(value))
    }
}

fn is_aggregate(name: &str) -> bool {
    matches!(
        name,
        "count"
            | "sum"
            | "avg"
            | "min"
            | "max"
            | "bool_and"
            | "bool_or"
            | "every"
            | "array_agg"
            | "string_agg"
            | "json_agg"
            | "jsonb_agg"
            | "json_object_agg"
            | "jsonb_object_agg"
    )
}

/// Whether an item of a SELECT list holds an aggregate function of its own query.
pub(super) fn item_aggregates(item: &SelectItem) -> bool {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
        return false;
    };
    aggregates(expr)
}

fn aggregates(expr: &Expr) -> bool {
    match expr {
        Expr::Function(function) if is_aggregate(&path(&function.name).1) => true,
        Expr::Function(function) => match &function.args {
            FunctionArguments::List(list) => list.args.iter().any(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => aggregates(expr),
                _ => false,
            }),
            _ => false,
        },
        Expr::BinaryOp { left, right, .. } => aggregates(left) || aggregates(right),
        Expr::UnaryOp { expr, .. }
        | Expr::Nested(expr)
        | Expr::Cast { expr, .. }
        | Expr::IsNull(expr)
        | Expr::IsNotNull(expr)
        | Expr::IsTrue(expr)
        | Expr::IsNotTrue(expr) => aggregates(expr),
        _ => false,
    }
}
