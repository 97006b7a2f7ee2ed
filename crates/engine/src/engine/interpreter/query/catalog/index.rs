//! `pg_index`, `pg_indexes`.

use std::sync::Arc;

use super::{Relation, Source, System, row};
use crate::engine::interpreter::model::{Index, IndexKey, Oid, Relation as Stored};
use crate::engine::interpreter::query::functions::index_definition;
use crate::engine::interpreter::query::value::{Array, Value};

pub(super) const RELATIONS: &[Relation] = &[
    Relation {
        schema: "pg_catalog",
        name: "pg_index",
        columns: &[
            "indexrelid",
            "indrelid",
            "indnatts",
            "indnkeyatts",
            "indisunique",
            "indisprimary",
            "indisvalid",
            "indisready",
            "indislive",
            "indkey",
            "indpred",
            "indexprs",
            "indnullsnotdistinct",
        ],
        rows: indexes,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_indexes",
        columns: &["schemaname", "tablename", "indexname", "tablespace", "indexdef"],
        rows: index_view,
        system: Some(System { schema: "schemaname", name: "indexname", by_oid: false }),
    },
];

fn indexes(source: &Source<'_>) -> Vec<Vec<Value>> {
    let found: Vec<(Oid, &Stored)> = match source.hints.oid("indrelid") {
        Some(table) => source.model().indexes(table).collect(),
        None => source.owners("indexrelid"),
    };
    found
        .into_iter()
        .filter_map(|(oid, relation)| Some((oid, relation.index.as_ref()?)))
        .map(|(oid, index)| {
            let expressions = index.keys.iter().any(|k| matches!(k, IndexKey::Expression { .. }));
            row![
                oid,
                index.table,
                size(index.keys.len() + index.included.len()),
                size(index.keys.len()),
                index.unique,
                index.primary,
                index.valid,
                index.valid,
                true,
                key_numbers(index),
                index.predicate.as_ref().map(|_| Value::unknown("the text of a predicate")),
                expressions.then(|| Value::unknown("the text of an expression")),
                index.nulls_not_distinct,
            ]
        })
        .collect()
}

fn size(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// `indkey`: the numbers of the columns from subscript 0, 0 for an expression.
fn key_numbers(index: &Index) -> Value {
    let keys = index.keys.iter().map(|k| k.column().unwrap_or(0));
    let items = keys.chain(index.included.iter().copied()).map(Value::from).collect();
    Value::Array(Arc::new(Array { items, lower: 0 }))
}

fn index_view(source: &Source<'_>) -> Vec<Vec<Value>> {
    let model = source.model();
    let hints = source.hints;
    let found: Vec<(Oid, &Stored)> = match (hints.text("tablename"), hints.text("indexname")) {
        (Some(_), None) => source
            .relations("schemaname", "tablename")
            .into_iter()
            .flat_map(|(table, _)| model.indexes(table))
            .collect(),
        _ => source.relations("schemaname", "indexname"),
    };
    found
        .into_iter()
        .filter_map(|(oid, relation)| {
            let index = relation.index.as_ref()?;
            let table = model.relation(index.table).ok()?;
            Some(row![
                source.schema_name(table.schema),
                &table.name,
                &relation.name,
                Value::Null,
                index_definition(model, oid),
            ])
        })
        .collect()
}
