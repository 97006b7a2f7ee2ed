//! Roles, extensions, publications, event triggers.

use super::{Relation, Source, row};
use crate::engine::interpreter::model::{Extension, Other, OtherKind};
use crate::engine::interpreter::query::value::Value;

const ROLE: &[&str] = &["oid", "rolname", "rolsuper", "rolcanlogin", "rolbypassrls"];

pub(super) const RELATIONS: &[Relation] = &[
    Relation { schema: "pg_catalog", name: "pg_roles", columns: ROLE, rows: roles, system: None },
    Relation { schema: "pg_catalog", name: "pg_authid", columns: ROLE, rows: roles, system: None },
    Relation {
        schema: "pg_catalog",
        name: "pg_user",
        columns: &["usename", "usesysid", "usesuper"],
        rows: users,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_extension",
        columns: &["oid", "extname", "extnamespace"],
        rows: extensions,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_publication",
        columns: &["oid", "pubname"],
        rows: publications,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_publication_tables",
        columns: &["pubname", "schemaname", "tablename"],
        rows: published_tables,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_event_trigger",
        columns: &["oid", "evtname"],
        rows: event_triggers,
        system: None,
    },
];

fn roles(source: &Source<'_>) -> Vec<Vec<Value>> {
    let roles = source.model().roles();
    roles.map(|(oid, r)| row![oid, &r.name, r.superuser, r.login, r.bypasses_rls]).collect()
}

fn users(source: &Source<'_>) -> Vec<Vec<Value>> {
    let roles = source.model().roles().filter(|(_, r)| r.login);
    roles.map(|(oid, r)| row![&r.name, oid, r.superuser]).collect()
}

fn extensions(source: &Source<'_>) -> Vec<Vec<Value>> {
    source.model().all::<Extension>().map(|(oid, e)| row![oid, &e.name, e.schema]).collect()
}

fn others(source: &Source<'_>, kind: OtherKind) -> Vec<Vec<Value>> {
    let others = source.model().all::<Other>().filter(|(_, o)| o.kind == kind);
    others.map(|(oid, other)| row![oid, &other.name]).collect()
}

fn publications(source: &Source<'_>) -> Vec<Vec<Value>> {
    others(source, OtherKind::Publication)
}

/// The tables of publications; of one for the tables of a schema, or for all, each that there is.
fn published_tables(source: &Source<'_>) -> Vec<Vec<Value>> {
    let published = source.session.published_tables().into_iter();
    let name = |oid| source.model().relation_name(oid).ok();
    published
        .filter_map(|(publication, table)| Some((publication, name(table)?)))
        .map(|(publication, name)| row![&publication, name.schema.as_str(), name.name.as_str()])
        .collect()
}

fn event_triggers(source: &Source<'_>) -> Vec<Vec<Value>> {
    others(source, OtherKind::EventTrigger)
}
