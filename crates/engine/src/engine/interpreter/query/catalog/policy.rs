//! `pg_policy`, `pg_policies`, `pg_trigger`.

use super::{Relation, Source, row};
use crate::catalog::Command;
use crate::engine::interpreter::model::{Oid, Policy, StoredExpr, Trigger};
use crate::engine::interpreter::query::value::Value;

pub(super) const RELATIONS: &[Relation] = &[
    Relation {
        schema: "pg_catalog",
        name: "pg_policy",
        columns: &[
            "oid",
            "polname",
            "polrelid",
            "polcmd",
            "polpermissive",
            "polroles",
            "polqual",
            "polwithcheck",
        ],
        rows: policies,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_policies",
        columns: &[
            "schemaname",
            "tablename",
            "policyname",
            "permissive",
            "roles",
            "cmd",
            "qual",
            "with_check",
        ],
        rows: policy_view,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_trigger",
        columns: &[
            "oid",
            "tgrelid",
            "tgname",
            "tgfoid",
            "tgenabled",
            "tgisinternal",
            "tgconstraint",
            "tgparentid",
        ],
        rows: triggers,
        system: None,
    },
];

fn text_of(expression: Option<&StoredExpr>) -> Value {
    expression.map(|_| Value::unknown("the text of a policy's expression")).into()
}

fn policies(source: &Source<'_>) -> Vec<Vec<Value>> {
    let model = source.model();
    let found: Vec<(Oid, &Policy)> = match source.hints.oid("polrelid") {
        Some(table) => model.parts::<Policy>(table).collect(),
        None => model.all::<Policy>().collect(),
    };
    found
        .into_iter()
        .map(|(oid, policy)| {
            let letter = match policy.command {
                Command::Select => "r",
                Command::Insert => "a",
                Command::Update => "w",
                Command::Delete => "d",
                Command::All => "*",
            };
            let roles: Vec<Value> = match policy.roles.as_slice() {
                [] => vec![Value::Oid(0)],
                roles => roles.iter().map(|r| Value::from(*r)).collect(),
            };
            row![
                oid,
                &policy.name,
                policy.table,
                letter,
                policy.permissive,
                Value::array(roles),
                text_of(policy.using.as_ref()),
                text_of(policy.with_check.as_ref()),
            ]
        })
        .collect()
}

fn policy_view(source: &Source<'_>) -> Vec<Vec<Value>> {
    let model = source.model();
    let found: Vec<&Policy> = match source.hints.text("tablename") {
        Some(_) => {
            let tables = source.relations("schemaname", "tablename").into_iter();
            tables.flat_map(|(table, _)| model.parts::<Policy>(table)).map(|(_, p)| p).collect()
        }
        None => model.all::<Policy>().map(|(_, p)| p).collect(),
    };
    found
        .into_iter()
        .filter_map(|policy| {
            let table = model.relation(policy.table).ok()?;
            let roles: Vec<Value> = match policy.roles.as_slice() {
                [] => vec!["public".into()],
                roles => roles.iter().map(|r| source.role_name(*r)).collect(),
            };
            Some(row![
                source.schema_name(table.schema),
                &table.name,
                &policy.name,
                if policy.permissive { "PERMISSIVE" } else { "RESTRICTIVE" },
                Value::array(roles),
                policy.command.to_string(),
                text_of(policy.using.as_ref()),
                text_of(policy.with_check.as_ref()),
            ])
        })
        .collect()
}

/// Without the internal triggers of foreign keys, which nobody asks for by name.
fn triggers(source: &Source<'_>) -> Vec<Vec<Value>> {
    let model = source.model();
    let found: Vec<(Oid, &Trigger)> = match source.hints.oid("tgrelid") {
        Some(table) => model.parts::<Trigger>(table).collect(),
        None => model.all::<Trigger>().collect(),
    };
    let or_none = |oid: Option<Oid>| oid.map_or(Value::Oid(0), Value::from);
    found
        .into_iter()
        .map(|(oid, trigger)| {
            row![
                oid,
                trigger.table,
                &trigger.name,
                trigger.function,
                trigger.enabled,
                false,
                or_none(trigger.constraint),
                or_none(trigger.parent),
            ]
        })
        .collect()
}
