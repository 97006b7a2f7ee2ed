//! The syntax of code that stands in a string: what the server refuses when a function is created or a DO
//! statement is executed.

use super::ast::{ArgumentMode, CreateFunction, FunctionBody, Returns, RoutineKind, TypeName};
use crate::engine::interpreter::names;
use crate::engine::interpreter::plpgsql;
use crate::engine::interpreter::syntax::{self, Surroundings, SyntaxError, Verdict};

/// What every body of PL/pgSQL knows.
const EVERYWHERE: [&str; 1] = ["found"];

/// What a trigger function knows beside that.
const OF_TRIGGERS: [&str; 13] = [
    "new",
    "old",
    "tg_name",
    "tg_when",
    "tg_level",
    "tg_op",
    "tg_relid",
    "tg_relname",
    "tg_table_name",
    "tg_table_schema",
    "tg_nargs",
    "tg_argv",
    "tg_event",
];

/// What the function of an event trigger knows beside that.
const OF_EVENT_TRIGGERS: [&str; 2] = ["tg_event", "tg_tag"];

/// Why the code of a DO statement cannot be compiled.
pub(super) fn of_do(code: &str) -> Option<SyntaxError> {
    judge(code, &EVERYWHERE.map(str::to_owned), false)
}

/// Why the code of a function cannot be compiled.
pub(super) fn of_function(function: &CreateFunction) -> Option<SyntaxError> {
    let Some(FunctionBody::Text(body)) = &function.body else { return None };
    match function.language.as_deref() {
        Some("sql") => match syntax::check(&body.text) {
            Verdict::Refused(error) => Some(error),
            Verdict::Accepted | Verdict::Depends { .. } => None,
        },
        Some("plpgsql") => judge(&body.text, &known_names(function), returns_value(function)),
        _ => None,
    }
}

fn judge(code: &str, names: &[String], returns_value: bool) -> Option<SyntaxError> {
    let is_condition = &plpgsql::is_condition;
    syntax::check_plpgsql(code, &Surroundings { names, returns_value, is_condition })
}

/// What the code may call by name beside its own variables.
fn known_names(function: &CreateFunction) -> Vec<String> {
    let arguments = function.arguments.iter().filter_map(|argument| argument.name.as_ref());
    let own = function.name.0.last().and_then(|part| part.as_ident());
    let of_triggers: &[&str] = match returned(function).as_deref() {
        Some("trigger") => &OF_TRIGGERS,
        Some("event_trigger") => &OF_EVENT_TRIGGERS,
        _ => &[],
    };
    let fixed = EVERYWHERE.iter().chain(of_triggers).map(|name| (*name).to_owned());
    let written = arguments.chain(own).map(|name| names::stored(name).into_owned());
    written.chain(fixed).collect()
}

/// Whether RETURN needs an expression: the function returns one value, and no OUT parameter holds it.
fn returns_value(function: &CreateFunction) -> bool {
    let is_output = |mode: ArgumentMode| !matches!(mode, ArgumentMode::In | ArgumentMode::Variadic);
    function.kind == RoutineKind::Function
        && matches!(function.returns, Some(Returns::Type(_)))
        && returned(function).is_some_and(|name| name != "void")
        && !function.arguments.iter().any(|argument| is_output(argument.mode))
}

/// The type that a function returns, in lower case.
fn returned(function: &CreateFunction) -> Option<String> {
    match function.returns.as_ref()? {
        Returns::Type(TypeName::Plain(data_type)) => {
            let name = data_type.to_string().to_ascii_lowercase();
            Some(name.trim_start_matches("pg_catalog.").to_owned())
        }
        _ => None,
    }
}
