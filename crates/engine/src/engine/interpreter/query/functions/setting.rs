//! Functions of the session: settings, the current schema, the server.

use std::sync::Arc;

use crate::engine::interpreter::model::Oid;
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::query::value::{Truth, Value};
use crate::engine::interpreter::session::Session;

/// Calls a function of the session; `None` if there is none of that name.
pub(super) fn call(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    arguments: &[Value],
) -> Result<Option<Value>, Problem> {
    Ok(match (name, arguments) {
        ("set_config", [setting, value, rest @ ..]) => {
            let local = rest.first().map_or(Truth::False, Value::truth);
            Some(set_config(evaluator, setting, value, local)?)
        }
        ("current_setting", [setting, rest @ ..]) => {
            Some(current_setting(evaluator, setting, rest.first()))
        }
        ("current_schemas", [implicit]) => Some(current_schemas(evaluator.session, implicit)),
        ("current_schema", []) => evaluator.special_word("current_schema"),
        ("current_database", []) => Some(Value::text("postgres")),
        ("version", []) => Some(Value::unknown("the version of the server")),
        (
            "now"
            | "clock_timestamp"
            | "statement_timestamp"
            | "transaction_timestamp"
            | "timeofday",
            [],
        ) => Some(Value::unknown("the time of the migration")),
        _ => None,
    })
}

fn set_config(
    evaluator: &mut Evaluator<'_>,
    setting: &Value,
    value: &Value,
    local: Truth,
) -> Result<Value, Problem> {
    let Value::Text(setting) = setting else {
        return if setting.is_null() {
            Ok(Value::Null)
        } else {
            Ok(doubtful_path(evaluator, setting))
        };
    };
    let setting = setting.to_ascii_lowercase();
    let value = match evaluator.text_of(value) {
        Value::Text(value) if evaluator.run.doubts == 0 => value,
        Value::Null => return Ok(Value::Null),
        other if setting == "search_path" || setting == "role" => {
            return Ok(doubtful_path(evaluator, &other));
        }
        other => return Ok(other),
    };
    evaluator.session.set_config(&setting, &value, local.holds())?;
    Ok(Value::Text(value))
}

/// A setting that decides which objects are meant may or may not have changed.
fn doubtful_path(evaluator: &mut Evaluator<'_>, value: &Value) -> Value {
    let why = value.doubt().map_or_else(|| Arc::from("set_config"), |u| u.why.clone());
    evaluator.run.gap(
        evaluator.session,
        format!("the setting that set_config changes depends on {why}"),
        crate::engine::Reach::Everything,
    );
    Value::unknown(why)
}

fn current_setting(
    evaluator: &Evaluator<'_>,
    setting: &Value,
    missing_ok: Option<&Value>,
) -> Value {
    let Value::Text(setting) = setting else {
        return if setting.is_null() { Value::Null } else { Value::unknown("a setting") };
    };
    let settings = &evaluator.session.settings;
    match &*setting.to_ascii_lowercase() {
        "search_path" => Value::text(path_text(&settings.search_path)),
        name => match settings.others.get(name) {
            Some(value) => Value::Text(value.clone()),
            // A setting of nobody's but the migrations' has no value until they give it one; the
            // platform gives one to those of `app`.
            None if name.contains('.')
                && !name.starts_with("app.")
                && missing_ok.is_some_and(|m| m.truth().holds()) =>
            {
                Value::Null
            }
            None => Value::unknown(format!("the setting {name}")),
        },
    }
}

fn path_text(path: &[Arc<str>]) -> String {
    let words: Vec<_> = path.iter().map(|s| names::quote_identifier(s)).collect();
    if words.is_empty() { "\"\"".to_owned() } else { words.join(", ") }
}

fn current_schemas(session: &Session, implicit: &Value) -> Value {
    let path = match implicit.truth() {
        Truth::True => session.lookup_path(),
        Truth::False => session.search_path(),
        _ => return Value::unknown("current_schemas"),
    };
    let name = |oid: Oid| session.model.schema(oid).ok().map(|s| Value::Text(s.name.clone()));
    Value::array(path.into_iter().filter_map(name).collect())
}
