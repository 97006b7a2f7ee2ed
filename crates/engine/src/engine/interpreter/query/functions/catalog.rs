//! Functions that read the catalog.

use std::sync::Arc;

use crate::engine::interpreter::model::{
    Constraint, ConstraintKind, Index, IndexKey, Model, Oid, Relation, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::query::value::{RegKind, Value};

/// Calls a function that reads the catalog; `None` if there is none of that name.
pub(super) fn call(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    arguments: &[Value],
) -> Result<Option<Value>, Problem> {
    let lookup = match name {
        "to_regclass" => Some(RegKind::Class),
        "to_regtype" => Some(RegKind::Type),
        "to_regproc" => Some(RegKind::Procedure),
        "to_regprocedure" => Some(RegKind::ProcedureWithArguments),
        "to_regnamespace" => Some(RegKind::Namespace),
        "to_regrole" => Some(RegKind::Role),
        _ => None,
    };
    if let (Some(kind), [argument]) = (lookup, arguments) {
        return to_registered(evaluator, kind, argument).map(Some);
    }
    if !is_catalog_function(name) {
        return Ok(None);
    }
    if let Some(unknown) = arguments.iter().find_map(Value::doubt) {
        return Ok(Some(Value::unknown(unknown.why.clone())));
    }
    let Some(first) = arguments.first() else {
        return Ok(Some(Value::unknown(format!("{name}()"))));
    };
    if first.is_null() {
        return Ok(Some(Value::Null));
    }
    let oid = first.as_int().and_then(|n| u32::try_from(n).ok()).map(Oid);
    let value = match (name, oid) {
        // What the catalog stores as an expression is shown as such by the relations here.
        ("pg_get_expr", _) => Some(first.clone()),
        ("format_type", Some(oid)) => Some(format_type(evaluator, oid, arguments.get(1))),
        ("pg_get_constraintdef", Some(oid)) => constraint_definition(evaluator, oid),
        ("pg_get_indexdef", Some(oid)) if arguments.len() == 1 => {
            index_definition(&evaluator.session.model, oid)
        }
        ("pg_get_userbyid", Some(oid)) => {
            evaluator.session.model.role(oid).ok().map(|r| Value::Text(r.name.clone()))
        }
        ("pg_table_is_visible", Some(oid)) => Some(visible(evaluator, RegKind::Class, oid)),
        ("pg_type_is_visible", Some(oid)) => Some(visible(evaluator, RegKind::Type, oid)),
        ("pg_function_is_visible", Some(oid)) => Some(visible(evaluator, RegKind::Procedure, oid)),
        ("pg_get_function_identity_arguments", Some(oid)) => identity_arguments(evaluator, oid),
        _ => None,
    };
    Ok(Some(value.unwrap_or_else(|| Value::unknown(format!("{name}()")))))
}

fn is_catalog_function(name: &str) -> bool {
    [
        "pg_get_expr",
        "format_type",
        "pg_get_constraintdef",
        "pg_get_indexdef",
        "pg_get_userbyid",
        "pg_table_is_visible",
        "pg_type_is_visible",
        "pg_function_is_visible",
        "pg_get_function_identity_arguments",
    ]
    .contains(&name)
}

fn to_registered(
    evaluator: &mut Evaluator<'_>,
    kind: RegKind,
    argument: &Value,
) -> Result<Value, Problem> {
    match evaluator.text_of(argument) {
        Value::Text(text) => {
            let found = match evaluator.find_registered(kind, &text) {
                // An ambiguous name is no error here.
                Err(Problem::Error(_)) => None,
                other => other?,
            };
            Ok(match found {
                Some(oid) => Value::Reg(kind, oid),
                None if matches!(kind, RegKind::Procedure | RegKind::ProcedureWithArguments) => {
                    missing_function(evaluator, &text)
                }
                None => Value::Null,
            })
        }
        Value::Null => Ok(Value::Null),
        other => Ok(other),
    }
}

/// The functions of the server and of extensions are not in the model, those of other schemas are.
fn missing_function(evaluator: &Evaluator<'_>, text: &str) -> Value {
    let schema = text.split_once('.').map(|(schema, _)| schema.trim_matches('"'));
    match schema {
        Some(schema)
            if schema == "public" || evaluator.session.model.find_schema(schema).is_none() =>
        {
            Value::Null
        }
        _ => Value::unknown(format!("the function {text}")),
    }
}

fn format_type(evaluator: &Evaluator<'_>, oid: Oid, modifier: Option<&Value>) -> Value {
    match modifier {
        None | Some(Value::Null | Value::Int(-1)) => {}
        // `atttypmod` is shown as the modifier's own text.
        Some(Value::Text(modifier)) => {
            let data_type = TypeRef { oid, modifier: Some(modifier.clone()) };
            return Value::text(evaluator.session.type_name(&data_type));
        }
        Some(_) => return Value::unknown("format_type()"),
    }
    Value::text(evaluator.session.type_name(&TypeRef::plain(oid)))
}

fn visible(evaluator: &Evaluator<'_>, kind: RegKind, oid: Oid) -> Value {
    let exists = evaluator.session.model.object(oid).is_some();
    if !exists {
        return Value::Null;
    }
    Value::Bool(!evaluator.registered_name(kind, oid.0).contains('.'))
}

fn identity_arguments(evaluator: &Evaluator<'_>, oid: Oid) -> Option<Value> {
    let function = evaluator.session.model.function(oid).ok()?;
    let shown = function.arguments.iter().filter(|a| a.mode.is_input()).map(|argument| {
        let data_type = evaluator.session.type_name(&argument.data_type);
        if argument.name.is_empty() {
            data_type
        } else {
            format!("{} {data_type}", names::quote_identifier(&argument.name))
        }
    });
    Some(Value::text(shown.collect::<Vec<_>>().join(", ")))
}

fn column_list(relation: &Relation, numbers: &[i16]) -> String {
    let names = relation.column_names(numbers);
    names.iter().map(|n| names::quote_identifier(n).into_owned()).collect::<Vec<_>>().join(", ")
}

/// What `pg_get_constraintdef` says; the text of expressions is not PostgreSQL's to the letter.
fn constraint_definition(evaluator: &Evaluator<'_>, oid: Oid) -> Option<Value> {
    let model = &evaluator.session.model;
    let constraint: &Constraint = model.constraint(oid).ok()?;
    let relation = model.relation(constraint.owner).ok()?;
    let columns = column_list(relation, &constraint.columns);
    let definition = match &constraint.kind {
        ConstraintKind::Primary { .. } => format!("PRIMARY KEY ({columns})"),
        ConstraintKind::Unique { .. } => format!("UNIQUE ({columns})"),
        ConstraintKind::ForeignKey(key) => {
            let table = model.relation(key.table).ok()?;
            let name = evaluator.registered_name(RegKind::Class, key.table.0);
            let referenced = column_list(table, &key.columns);
            let actions =
                if key.actions.is_empty() { String::new() } else { format!(" {}", key.actions) };
            format!("FOREIGN KEY ({columns}) REFERENCES {name}({referenced}){actions}")
        }
        ConstraintKind::Check { expression, .. } => {
            let text: Arc<str> = format!("CHECK (({}))", expression.current(model)).into();
            return Some(written(&text));
        }
        ConstraintKind::Exclude { .. } | ConstraintKind::Trigger => return None,
    };
    let valid = if constraint.validated { "" } else { " NOT VALID" };
    Some(Value::text(format!("{definition}{valid}")))
}

/// What `pg_get_indexdef` says; the text of expressions is not PostgreSQL's to the letter.
pub(in crate::engine::interpreter::query) fn index_definition(
    model: &Model,
    oid: Oid,
) -> Option<Value> {
    let relation = model.relation(oid).ok()?;
    let index: &Index = relation.index.as_ref()?;
    let table = model.relation(index.table).ok()?;
    let mut exact = true;
    let keys: Vec<String> = index
        .keys
        .iter()
        .map(|key| {
            let shown = match key {
                IndexKey::Column { number, .. } => column_list(table, &[*number]),
                IndexKey::Expression { expression, .. } => {
                    exact = false;
                    format!("({})", expression.current(model))
                }
            };
            match key.qualifiers() {
                "" => shown,
                qualifiers => format!("{shown} {qualifiers}"),
            }
        })
        .collect();
    let schema = model.schema(table.schema).ok()?;
    let unique = if index.unique { "UNIQUE " } else { "" };
    let mut text = format!(
        "CREATE {unique}INDEX {} ON {}.{} USING {} ({})",
        names::quote_identifier(&relation.name),
        names::quote_identifier(&schema.name),
        names::quote_identifier(&table.name),
        index.method,
        keys.join(", ")
    );
    if !index.included.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", column_list(table, &index.included)));
    }
    if let Some(predicate) = &index.predicate {
        exact = false;
        text.push_str(&format!(" WHERE ({})", predicate.current(model)));
    }
    Some(if exact { Value::text(text) } else { written(&text) })
}

/// SQL that PostgreSQL shows in a spelling of its own: not known to the letter.
fn written(text: &str) -> Value {
    Value::unknown(format!("how the server spells {text}"))
}
