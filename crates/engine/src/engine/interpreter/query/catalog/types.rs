//! `pg_type`, `pg_enum`.

use super::{Relation, Source, row};
use crate::engine::interpreter::model::{Oid, Type, TypeKind};
use crate::engine::interpreter::query::value::Value;

pub(super) const RELATIONS: &[Relation] = &[
    Relation {
        schema: "pg_catalog",
        name: "pg_type",
        columns: &[
            "oid",
            "typname",
            "typnamespace",
            "typowner",
            "typtype",
            "typcategory",
            "typrelid",
            "typelem",
            "typarray",
            "typbasetype",
            "typnotnull",
            "typisdefined",
        ],
        rows: types,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_enum",
        columns: &["oid", "enumtypid", "enumsortorder", "enumlabel"],
        rows: labels,
        system: None,
    },
];

fn types(source: &Source<'_>) -> Vec<Vec<Value>> {
    let model = source.model();
    let found: Vec<(Oid, &Type)> = match (source.hints.oid("oid"), source.hints.text("typname")) {
        (Some(oid), _) => model.data_type(oid).ok().map(|t| (oid, t)).into_iter().collect(),
        (None, Some(name)) => model
            .schemas()
            .filter_map(|(schema, _)| model.find_type(schema, name))
            .filter_map(|oid| Some((oid, model.data_type(oid).ok()?)))
            .collect(),
        (None, None) => model.all::<Type>().collect(),
    };
    found.into_iter().map(|(oid, data_type)| type_row(oid, data_type)).collect()
}

fn type_row(oid: Oid, data_type: &Type) -> Vec<Value> {
    let or_none = |oid: Option<Oid>| oid.map_or(Value::Oid(0), Value::from);
    let (letter, category) = match &data_type.kind {
        TypeKind::Base => ("b", Value::unknown("the category of a base type")),
        TypeKind::Array { .. } => ("b", "A".into()),
        TypeKind::Shell | TypeKind::Pseudo => ("p", "P".into()),
        TypeKind::Enum { .. } => ("e", "E".into()),
        TypeKind::Domain { .. } => ("d", Value::unknown("the category of a domain")),
        TypeKind::Composite { .. } => ("c", "C".into()),
        TypeKind::Range { .. } => ("r", "R".into()),
        TypeKind::Multirange { .. } => ("m", "R".into()),
    };
    let (mut relation, mut element, mut base, mut not_null) = (None, None, None, false);
    match &data_type.kind {
        TypeKind::Composite { relation: of } => relation = Some(*of),
        TypeKind::Array { element: of } => element = Some(*of),
        TypeKind::Domain { base: of, not_null: strict, .. } => {
            base = Some(of.oid);
            not_null = *strict;
        }
        _ => {}
    }
    row![
        oid,
        &data_type.name,
        data_type.schema,
        data_type.owner,
        letter,
        category,
        or_none(relation),
        or_none(element),
        or_none(data_type.array),
        or_none(base),
        not_null,
        data_type.kind != TypeKind::Shell,
    ]
}

fn labels(source: &Source<'_>) -> Vec<Vec<Value>> {
    let model = source.model();
    let found: Vec<(Oid, &Type)> = match source.hints.oid("enumtypid") {
        Some(oid) => model.data_type(oid).ok().map(|t| (oid, t)).into_iter().collect(),
        None => model.all::<Type>().collect(),
    };
    let mut rows = Vec::new();
    for (oid, data_type) in found {
        if let TypeKind::Enum { labels } = &data_type.kind {
            for (label, order) in labels.iter().zip(1_i64..) {
                rows.push(row![Value::unknown("the oid of a label"), oid, order, label]);
            }
        }
    }
    rows
}
