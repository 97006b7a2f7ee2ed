//! Functions of texts that are known in part.

use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::query::operators::concatenate;
use crate::engine::interpreter::query::value::Value;

/// `concat`: NULL counts as nothing.
pub(super) fn concat(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Value {
    let texts = arguments.iter().filter(|a| !a.is_null()).map(|a| boolean_letter(evaluator, a));
    concatenate(&texts.collect::<Vec<_>>())
}

/// `concat_ws`.
pub(super) fn concat_ws(evaluator: &Evaluator<'_>, arguments: &[Value]) -> Value {
    let Some((separator, rest)) = arguments.split_first() else { return Value::Null };
    if separator.is_null() {
        return Value::Null;
    }
    if let Some(unknown) = rest.iter().find_map(Value::doubt) {
        // A value that may be NULL may be left out together with its separator.
        return Value::unknown(unknown.why.clone());
    }
    let mut parts = Vec::new();
    for argument in rest.iter().filter(|a| !a.is_null()) {
        if !parts.is_empty() {
            parts.push(evaluator.text_of(separator));
        }
        parts.push(boolean_letter(evaluator, argument));
    }
    concatenate(&parts)
}

/// The output function of boolean writes a letter, where the cast writes a word.
fn boolean_letter(evaluator: &Evaluator<'_>, value: &Value) -> Value {
    match value {
        Value::Bool(b) => Value::text(if *b { "t" } else { "f" }),
        other => evaluator.text_of(other),
    }
}
