//! `pg_constraint`.

use super::{Relation, Source, row};
use crate::engine::interpreter::model::{Constraint, ConstraintKind, Oid};
use crate::engine::interpreter::query::value::Value;

pub(super) const RELATIONS: &[Relation] = &[Relation {
    schema: "pg_catalog",
    name: "pg_constraint",
    columns: &[
        "oid",
        "conname",
        "connamespace",
        "contype",
        "condeferrable",
        "condeferred",
        "convalidated",
        "conrelid",
        "contypid",
        "conindid",
        "conparentid",
        "confrelid",
        "conkey",
        "confkey",
        "conislocal",
        "confdeltype",
        "confupdtype",
    ],
    rows: constraints,
    system: None,
}];

fn constraints(source: &Source<'_>) -> Vec<Vec<Value>> {
    let model = source.model();
    let found: Vec<(Oid, &Constraint)> = match source.hints.oid("conrelid") {
        Some(table) => model.parts::<Constraint>(table).collect(),
        None => model.all::<Constraint>().collect(),
    };
    found
        .into_iter()
        .map(|(oid, constraint)| {
            let or_none = |oid: Option<Oid>| oid.map_or(Value::Oid(0), Value::from);
            let of_domain = model.data_type(constraint.owner).is_ok();
            let key = match &constraint.kind {
                ConstraintKind::ForeignKey(key) => Some(key),
                _ => None,
            };
            let action = |event| key.map_or(" ", |k| action_letter(&k.actions, event));
            row![
                oid,
                &constraint.name,
                constraint.schema,
                constraint.kind.letter(),
                constraint.deferrable,
                constraint.initially_deferred,
                constraint.validated,
                or_none((!of_domain).then_some(constraint.owner)),
                or_none(of_domain.then_some(constraint.owner)),
                or_none(constraint.kind.index()),
                or_none(constraint.parent),
                or_none(key.map(|k| k.table)),
                (!constraint.columns.is_empty()).then(|| constraint.columns.clone()),
                key.map(|k| k.columns.clone()),
                constraint.is_local,
                action("ON DELETE"),
                action("ON UPDATE"),
            ]
        })
        .collect()
}

/// The letter that the catalog has for what happens ON DELETE or ON UPDATE.
pub(super) fn action_letter(actions: &str, event: &str) -> &'static str {
    const LETTERS: [(&str, &str); 4] =
        [("CASCADE", "c"), ("RESTRICT", "r"), ("SET NULL", "n"), ("SET DEFAULT", "d")];
    let actions = actions.to_ascii_uppercase();
    let Some((_, action)) = actions.split_once(event) else { return "a" };
    let action = action.trim_start();
    LETTERS.iter().find(|(word, _)| action.starts_with(word)).map_or("a", |(_, letter)| letter)
}
