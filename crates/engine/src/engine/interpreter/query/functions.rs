//! Functions of the server.

use super::constant;
use super::eval::Evaluator;
use super::value::Value;
use crate::datum;
use crate::engine::interpreter::problem::Problem;

mod array;
mod catalog;
mod setting;
mod text;

pub(super) use catalog::index_definition;

/// Calls a function of the server; `None` if there is none of that name here.
///
/// A function of the server that is not here changes nothing of the catalog, and its value is unknown.
pub(super) fn call(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    arguments: &[Value],
) -> Result<Option<Value>, Problem> {
    if let Some(value) = setting::call(evaluator, name, arguments)? {
        return Ok(Some(value));
    }
    if let Some(value) = catalog::call(evaluator, name, arguments)? {
        return Ok(Some(value));
    }
    match name {
        "format" => return evaluator.format(arguments).map(Some),
        "concat" => return Ok(Some(text::concat(evaluator, arguments))),
        "concat_ws" => return Ok(Some(text::concat_ws(evaluator, arguments))),
        "quote_nullable" => {
            return Ok(arguments.first().map(|a| evaluator.quote_literal(a, Value::text("NULL"))));
        }
        "nullif" | "greatest" | "least" => return Ok(Some(evaluator.choice(name, arguments))),
        _ => {}
    }
    if let Some(value) = array::call(evaluator, name, arguments) {
        return Ok(Some(value));
    }
    if datum::functions_named(name).next().is_none() {
        return Ok(None);
    }
    let is_strict = datum::functions_named(name).all(|entry| entry.is_strict);
    if is_strict && arguments.iter().any(Value::is_null) {
        return Ok(Some(Value::Null));
    }
    match (name, arguments) {
        ("quote_ident", [argument]) => return Ok(Some(evaluator.quote_ident(argument))),
        ("quote_literal", [argument]) => {
            return Ok(Some(evaluator.quote_literal(argument, Value::Null)));
        }
        _ => {}
    }
    if let Some(unknown) = arguments.iter().find_map(Value::doubt) {
        return Ok(Some(Value::unknown(unknown.why.clone())));
    }
    constant::call(name, arguments).map(Some)
}
