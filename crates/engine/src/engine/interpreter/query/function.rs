//! Calls: what is a function of the server, what one that a migration defines.

use std::sync::Arc;

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName};

use super::compare::{compare, equal};
use super::eval::{Evaluator, why};
use super::rows::{Presence, Rows};
use super::scope::Scope;
use super::value::{Truth, Value};
use super::{aggregate, functions};
use crate::engine::interpreter::model::{self, FunctionKind, Oid};
use crate::engine::interpreter::names;
use crate::engine::interpreter::plpgsql::{Call, Returned};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// The arguments of a call.
struct Arguments {
    positional: Vec<Value>,
    named: Vec<(Arc<str>, Value)>,
}

impl Evaluator<'_> {
    pub(super) fn function(
        &mut self,
        function: &Function,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let (schema, name) = Session::split_name(&function.name)?;
        let plain = schema.as_deref().is_none_or(|s| s == "pg_catalog");
        if plain
            && let Some(group) = scope.group
            && function.over.is_none()
            && aggregate::is_aggregate(function)
        {
            return self.aggregate(&name, function, group, scope);
        }
        let list = match &function.args {
            FunctionArguments::None => {
                return Ok(self
                    .special_word(&name)
                    .unwrap_or_else(|| Value::unknown(format!("{name}"))));
            }
            FunctionArguments::Subquery(query) => {
                let rows = self.subquery(query, scope)?;
                return Ok(if &*name != "array" {
                    Value::unknown(format!("{name}()"))
                } else if rows.is_certain() {
                    Value::array(
                        rows.rows.into_iter().filter_map(|r| r.values.into_iter().next()).collect(),
                    )
                } else {
                    Value::unknown(rows.why())
                });
            }
            FunctionArguments::List(list) => &list.args,
        };
        if function.over.is_some() {
            self.arguments(list, scope)?;
            return Ok(Value::unknown("a window function"));
        }
        if plain && matches!(&*name, "coalesce" | "row") {
            let arguments: Vec<&Expr> = list.iter().filter_map(expression).collect();
            return match &*name {
                "row" => self.row_of(&arguments, scope),
                _ => self.coalesce(&arguments, scope),
            };
        }
        self.call_by_name(&function.name, list, scope)
    }

    /// A call of a scalar function.
    pub(super) fn call_by_name(
        &mut self,
        name: &ObjectName,
        args: &[FunctionArg],
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let (schema, word) = Session::split_name(name)?;
        let arguments = self.arguments(args, scope)?;
        let plain = schema.as_deref().is_none_or(|s| s == "pg_catalog");
        if plain
            && arguments.named.is_empty()
            && let Some(value) = functions::call(self, &word, &arguments.positional)?
        {
            return Ok(value);
        }
        Ok(match self.user_call(name, arguments)? {
            Some(returned) => returned.into_value(),
            None => Value::unknown(format!("{name}()")),
        })
    }

    /// The rows of a call of a function that a migration defines.
    pub(super) fn user_rows(
        &mut self,
        name: &ObjectName,
        args: &[FunctionArg],
        scope: &Scope<'_>,
    ) -> Result<Option<Rows>, Problem> {
        if self.functions_named(name)?.is_empty() {
            return Ok(None);
        }
        let arguments = self.arguments(args, scope)?;
        let (_, word) = Session::split_name(name)?;
        Ok(self.user_call(name, arguments)?.map(|returned| returned.into_rows(&word)))
    }

    fn user_call(
        &mut self,
        name: &ObjectName,
        arguments: Arguments,
    ) -> Result<Option<Returned>, Problem> {
        let candidates = self.functions_named(name)?;
        let mut fitting = Vec::new();
        for (oid, function) in candidates {
            if let Some(bound) = bind(&function, &arguments) {
                fitting.push((oid, function, bound));
            }
        }
        let Some((_, first, _)) = fitting.first() else { return Ok(None) };
        if matches!(first.kind, FunctionKind::Aggregate | FunctionKind::Window) {
            return Ok(Some(Returned::unknown(format!("{name}()"))));
        }
        if fitting.len() > 1 {
            fitting.retain(|(_, function, bound)| self.types_fit(function, bound));
        }
        let certain = fitting.len() == 1;
        let mut returned = None;
        for (oid, function, bound) in fitting {
            let call = Call { oid, function: Arc::new(function), arguments: bound };
            returned = Some(call.run(self.session, self.run, !certain)?);
        }
        Ok(Some(match returned {
            Some(returned) if certain => returned,
            _ => Returned::unknown(format!("which {name}() is meant")),
        }))
    }

    /// Whether arguments may have the types that a function of several namesakes declares.
    fn types_fit(&self, function: &model::Function, bound: &[Option<Value>]) -> bool {
        function.signature().zip(bound).all(|(declared, value)| match value {
            Some(Value::Int(_) | Value::Oid(_)) => {
                matches!(
                    declared.oid,
                    Oid::INT2 | Oid::INT4 | Oid::INT8 | Oid::NUMERIC | Oid::FLOAT8 | Oid::OID
                )
            }
            Some(Value::Bool(_)) => declared.oid == Oid::BOOL,
            Some(Value::Reg(super::value::RegKind::Class, _)) => {
                matches!(declared.oid, Oid::REGCLASS | Oid::OID)
            }
            Some(Value::Text(_)) => !matches!(declared.oid, Oid::BOOL | Oid::OID),
            _ => true,
        })
    }

    fn arguments(&mut self, args: &[FunctionArg], scope: &Scope<'_>) -> Result<Arguments, Problem> {
        let mut arguments = Arguments { positional: Vec::new(), named: Vec::new() };
        for arg in args {
            match arg {
                FunctionArg::Unnamed(arg) => match arg {
                    FunctionArgExpr::Expr(expr) => {
                        arguments.positional.push(self.eval(expr, scope)?)
                    }
                    _ => arguments.positional.push(Value::unknown("a row")),
                },
                FunctionArg::Named { name, arg: FunctionArgExpr::Expr(expr), .. } => {
                    let value = self.eval(expr, scope)?;
                    arguments.named.push((names::stored(name).into(), value));
                }
                FunctionArg::ExprNamed {
                    name: Expr::Identifier(name),
                    arg: FunctionArgExpr::Expr(expr),
                    ..
                } => {
                    let value = self.eval(expr, scope)?;
                    arguments.named.push((names::stored(name).into(), value));
                }
                _ => {
                    arguments.positional.push(Value::unknown("an argument that is not interpreted"))
                }
            }
        }
        Ok(arguments)
    }

    pub(super) fn positional(
        &mut self,
        args: &[FunctionArg],
        scope: &Scope<'_>,
    ) -> Result<Vec<Value>, Problem> {
        Ok(self.arguments(args, scope)?.positional)
    }

    /// A function of the server that has a syntax of its own.
    pub(super) fn builtin_or_unknown(
        &mut self,
        name: &str,
        arguments: Vec<Value>,
    ) -> Result<Value, Problem> {
        let value = functions::call(self, name, &arguments)?;
        Ok(value.unwrap_or_else(|| Value::unknown(format!("{name}()"))))
    }

    /// Words that are calls without parentheses.
    pub(super) fn special_word(&self, name: &str) -> Option<Value> {
        Some(match name {
            "current_user" | "current_role" | "user" => {
                Value::text(self.session.settings.role.clone())
            }
            "session_user" => Value::text("postgres"),
            "current_catalog" => Value::text("postgres"),
            "current_schema" => match self.session.search_path().first() {
                Some(schema) => Value::optional_text(
                    self.session.model.schema(*schema).ok().map(|s| s.name.clone()),
                ),
                None => Value::Null,
            },
            "current_date" | "current_time" | "current_timestamp" | "localtime"
            | "localtimestamp" => Value::unknown("the time of the migration"),
            _ => return None,
        })
    }

    /// `nullif`, `greatest`, `least`.
    pub(super) fn choice(&self, name: &str, arguments: &[Value]) -> Value {
        if let Some(unknown) = arguments.iter().find_map(Value::doubt) {
            return Value::unknown(unknown.why.clone());
        }
        if name == "nullif" {
            return match arguments {
                [a, b] if a.is_null() || b.is_null() => a.clone(),
                [a, b] => match equal(a, b) {
                    Some(true) => Value::Null,
                    Some(false) => a.clone(),
                    None => Value::unknown(why(&[a, b])),
                },
                _ => Value::Null,
            };
        }
        let mut best = Value::Null;
        for argument in arguments.iter().filter(|a| !a.is_null()) {
            let better = best.is_null()
                || match (compare(argument, &best), name) {
                    (Some(ordering), "greatest") => ordering.is_gt(),
                    (Some(ordering), _) => ordering.is_lt(),
                    (None, _) => return Value::unknown("values that cannot be compared"),
                };
            if better {
                best = argument.clone();
            }
        }
        best
    }
}

fn expression(arg: &FunctionArg) -> Option<&Expr> {
    match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

/// The values of the input arguments in their order, `None` for a default; `None` if they do not fit.
fn bind(function: &model::Function, arguments: &Arguments) -> Option<Vec<Option<Value>>> {
    use model::ArgumentMode;
    let inputs: Vec<_> = function.arguments.iter().filter(|a| a.mode.is_input()).collect();
    let variadic = inputs.last().is_some_and(|a| a.mode == ArgumentMode::Variadic);
    let mut bound: Vec<Option<Value>> = vec![None; inputs.len()];
    for (at, value) in arguments.positional.iter().enumerate() {
        if variadic && at + 1 >= inputs.len() {
            let rest = arguments.positional.get(at..).unwrap_or_default().to_vec();
            *bound.last_mut()? = Some(Value::array(rest));
            break;
        }
        // A procedure is also passed its OUT arguments, which do not matter.
        match bound.get_mut(at) {
            Some(slot) => *slot = Some(value.clone()),
            None if function.kind == FunctionKind::Procedure && at < function.arguments.len() => {}
            None => return None,
        }
    }
    for (name, value) in &arguments.named {
        let at = inputs.iter().position(|a| a.name == *name)?;
        let slot = bound.get_mut(at)?;
        if slot.replace(value.clone()).is_some() {
            return None;
        }
    }
    let complete = bound.iter().zip(&inputs).all(|(value, argument)| {
        value.is_some() || argument.default.is_some() || argument.mode == ArgumentMode::Variadic
    });
    complete.then_some(bound)
}

impl Returned {
    /// What a call in an expression stands for.
    fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value,
            Self::Rows(rows) => {
                let why = rows.why();
                match rows.rows.as_slice() {
                    [] => Value::Null,
                    [row] if row.presence == Presence::Certain => match row.values.as_slice() {
                        [value] => value.clone(),
                        _ => Value::unknown("a row"),
                    },
                    _ => Value::unknown(why),
                }
            }
        }
    }

    /// What a call in FROM stands for.
    fn into_rows(self, name: &str) -> Rows {
        match self {
            Self::Rows(rows) => rows,
            Self::Value(Value::Unknown(unknown)) => Rows::open(unknown.why),
            Self::Value(Value::Record(record)) => {
                let (columns, values): (Vec<_>, Vec<_>) = record.fields.iter().cloned().unzip();
                Rows { columns, rows: vec![super::rows::Row::certain(values)], ..Rows::default() }
            }
            Self::Value(value) => Rows::certain(&[name], vec![vec![value]]),
        }
    }
}

impl Truth {
    /// Whether it is certain to hold.
    pub(crate) fn holds(self) -> bool {
        self == Self::True
    }
}
