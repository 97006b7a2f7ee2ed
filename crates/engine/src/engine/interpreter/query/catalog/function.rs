//! `pg_proc`.

use std::sync::Arc;

use super::{Relation, Source, System, row};
use crate::engine::interpreter::model::{Body, Function, FunctionKind, Oid};
use crate::engine::interpreter::query::value::{Array, Value};

pub(super) const RELATIONS: &[Relation] = &[Relation {
    schema: "pg_catalog",
    name: "pg_proc",
    columns: &[
        "oid",
        "proname",
        "pronamespace",
        "proowner",
        "prokind",
        "prosecdef",
        "proretset",
        "pronargs",
        "prorettype",
        "proargnames",
        "prosrc",
        "proargtypes",
    ],
    rows: functions,
    system: Some(System { schema: "pronamespace", name: "proname", by_oid: true }),
}];

/// The functions of the schema and name that these columns demand.
pub(super) fn found<'s>(source: &Source<'s>, schema: &str, name: &str) -> Vec<(Oid, &'s Function)> {
    let model = source.model();
    let schema = source.hints.text(schema);
    match source.hints.text(name) {
        Some(name) => model
            .schemas()
            .filter(|(_, s)| schema.is_none_or(|wanted| *s.name == *wanted))
            .flat_map(|(oid, _)| model.find_functions(oid, name))
            .collect(),
        None => model.all::<Function>().collect(),
    }
}

fn functions(source: &Source<'_>) -> Vec<Vec<Value>> {
    found(source, "?", "proname")
        .into_iter()
        .map(|(oid, function)| {
            let inputs: Vec<Value> = function.signature().map(|t| t.oid.into()).collect();
            let names: Vec<Value> = function.arguments.iter().map(|a| (&a.name).into()).collect();
            let kind = match function.kind {
                FunctionKind::Function => "f",
                FunctionKind::Procedure => "p",
                FunctionKind::Aggregate => "a",
                FunctionKind::Window => "w",
            };
            row![
                oid,
                &function.name,
                function.schema,
                function.owner,
                kind,
                function.security_definer,
                function.returns_set,
                i64::try_from(inputs.len()).unwrap_or(i64::MAX),
                function.returns.as_ref().map_or(Oid::VOID, |r| r.oid),
                (!names.is_empty()).then(|| Value::array(names)),
                function.body.as_ref().map(Body::prosrc).as_ref(),
                Value::Array(Arc::new(Array { items: inputs, lower: 0 })),
            ]
        })
        .collect()
}
