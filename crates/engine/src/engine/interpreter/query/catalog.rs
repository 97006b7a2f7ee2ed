//! The relations of `pg_catalog` and `information_schema`, made from the model when a query asks.

use std::collections::HashMap;
use std::sync::Arc;

use sqlparser::ast::ObjectName;

use super::compare::equal;
use super::rows::{Presence, Row, Rows};
use super::value::{Piece, Value};
use crate::engine::Platform;
use crate::engine::interpreter::model::{Model, Oid, Relation as Stored};
use crate::engine::interpreter::session::Session;

mod constraint;
mod function;
mod index;
mod information;
mod key;
mod policy;
mod relation;
mod security;
mod types;

/// A relation of the catalog.
pub(crate) struct Relation {
    schema: &'static str,
    name: &'static str,
    /// The columns that the rows have; others exist on the server and are unknown here.
    columns: &'static [&'static str],
    rows: fn(&Source<'_>) -> Vec<Vec<Value>>,
    /// Which columns hold the schema and the name of objects that the server itself has.
    system: Option<System>,
}

/// How objects of the server itself show in a relation.
struct System {
    schema: &'static str,
    name: &'static str,
    /// The schema column is an oid.
    by_oid: bool,
}

/// What rows are made from.
pub(crate) struct Source<'s> {
    session: &'s Session,
    hints: &'s Hints,
}

/// Values that columns must have for a row to matter.
#[derive(Debug, Default)]
pub(crate) struct Hints(HashMap<String, Value>);

impl Hints {
    /// Demands a value of a column; one that is not known demands nothing.
    pub(crate) fn add(&mut self, column: &str, value: Value) {
        if value.doubt().is_none() {
            self.0.entry(column.to_owned()).or_insert(value);
        }
    }

    fn text(&self, column: &str) -> Option<&str> {
        self.0.get(column)?.as_text().map(|t| &**t)
    }

    fn oid(&self, column: &str) -> Option<Oid> {
        match self.0.get(column)? {
            Value::Oid(n) | Value::Reg(_, n) => Some(Oid(*n)),
            _ => None,
        }
    }

    /// Whether a row may fulfil what is demanded.
    fn allow(&self, columns: &[&str], row: &[Value]) -> bool {
        self.0.iter().all(|(column, wanted)| {
            let value = columns.iter().position(|c| c == column).and_then(|at| row.get(at));
            value.is_none_or(|v| {
                v.doubt().is_some() || v.is_null() || equal(v, wanted).unwrap_or(true)
            })
        })
    }
}

/// Every relation that can be asked.
const RELATIONS: &[&[Relation]] = &[
    relation::RELATIONS,
    constraint::RELATIONS,
    index::RELATIONS,
    policy::RELATIONS,
    function::RELATIONS,
    types::RELATIONS,
    security::RELATIONS,
    information::RELATIONS,
];

/// The relation of the catalog that a name means.
pub(crate) fn relation(name: &ObjectName) -> Option<&'static Relation> {
    let (schema, name) = Session::split_name(name).ok()?;
    let wanted = schema.as_deref().unwrap_or("pg_catalog");
    RELATIONS.iter().flat_map(|r| r.iter()).find(|r| r.schema == wanted && *r.name == *name)
}

/// Whether a name is one of a relation that the server has and the interpreter does not know.
pub(crate) fn is_system(name: &ObjectName) -> bool {
    match Session::split_name(name) {
        Ok((Some(schema), _)) => {
            matches!(&*schema, "pg_catalog" | "information_schema" | "pg_temp")
        }
        Ok((None, name)) => name.starts_with("pg_"),
        Err(_) => false,
    }
}

/// The oid that the server has for a relation of its own, as far as anybody asks.
pub(crate) fn oid_of(name: &ObjectName) -> Option<Oid> {
    let (schema, name) = Session::split_name(name).ok()?;
    let plain = schema.as_deref().is_none_or(|s| s == "pg_catalog");
    let oid = match &*name {
        "pg_type" => 1247,
        "pg_proc" => 1255,
        "pg_class" => 1259,
        "pg_constraint" => 2606,
        "pg_namespace" => 2615,
        "pg_trigger" => 2620,
        "pg_extension" => 3079,
        "pg_policy" => 3256,
        _ => return None,
    };
    plain.then_some(Oid(oid))
}

/// The rows of a relation of the catalog.
pub(crate) fn rows(relation: &Relation, session: &Session, hints: &Hints) -> Rows {
    let source = Source { session, hints };
    let mut rows: Vec<Row> = (relation.rows)(&source)
        .into_iter()
        .filter(|row| hints.allow(relation.columns, row))
        .map(Row::certain)
        .collect();
    if let Some(system) = &relation.system {
        let hidden = source.hidden(relation, system);
        rows.extend(hidden.into_iter().filter(|row| hints.allow(relation.columns, &row.values)));
    }
    let columns = relation.columns.iter().map(|c| Arc::from(*c)).collect();
    let why = Some(format!("{}.{}", relation.schema, relation.name).into());
    Rows { columns, rows, why, open: true }
}

impl<'s> Source<'s> {
    fn model(&self) -> &'s Model {
        &self.session.model
    }

    /// Rows that stand for objects of the server and the platform, which are not in the model.
    fn hidden(&self, relation: &Relation, system: &System) -> Vec<Row> {
        let name = self.hints.text(system.name);
        let schema = match (self.hints.text(system.schema), self.hints.oid(system.schema)) {
            (Some(schema), _) => Some(schema),
            (None, Some(oid)) => self.model().schema(oid).ok().map(|s| &*s.name),
            (None, None) => None,
        };
        let mut rows = Vec::new();
        for (owner, prefix) in [("pg_catalog", Some("pg_")), ("information_schema", None)] {
            let meant = match (schema, name) {
                (Some(schema), _) => schema == owner,
                (None, Some(name)) => prefix.is_some_and(|p| name.starts_with(p)),
                (None, None) => true,
            };
            if meant {
                rows.push(self.hidden_row(relation, system, owner, prefix));
            }
        }
        if let Some(schema) = schema
            && self.session.platform == Platform::Supabase
            && PLATFORM_SCHEMAS.contains(&schema)
            && !self.is_known(relation, schema, name)
        {
            rows.push(self.hidden_row(relation, system, schema, None));
        }
        rows
    }

    /// Whether the model has the relation that is asked for, so that it is known what it holds.
    fn is_known(&self, relation: &Relation, schema: &str, name: Option<&str>) -> bool {
        let (Some(name), Some(schema)) = (name, self.model().find_schema(schema)) else {
            return false;
        };
        match relation.name {
            "pg_proc" | "routines" => self.model().find_functions(schema, name).next().is_some(),
            _ => self.model().find_relation(schema, name).is_some(),
        }
    }

    fn hidden_row(
        &self,
        relation: &Relation,
        system: &System,
        schema: &str,
        prefix: Option<&str>,
    ) -> Row {
        let why: Arc<str> = format!("objects of the schema {schema}").into();
        let value = |column: &&str| {
            if *column == "oid" && self.hints.oid("oid").is_none_or(|oid| oid.0 >= FIRST_OF_USERS) {
                // No object of a user has the oid of one of the server.
                Value::Oid(1)
            } else if *column == system.schema {
                if system.by_oid { self.model().find_schema(schema).into() } else { schema.into() }
            } else if *column == system.name {
                let prefix = prefix.map(|p| Piece::Text(p.into()));
                Value::from_pieces(prefix.into_iter().chain([Piece::Hole]).collect(), &why)
            } else {
                Value::unknown(why.clone())
            }
        };
        Row { values: relation.columns.iter().map(value).collect(), presence: Presence::Many }
    }

    /// The relations of the schema and name that these columns demand.
    fn relations(&self, schema: &str, name: &str) -> Vec<(Oid, &'s Stored)> {
        let model = self.model();
        if let Some(oid) = self.hints.oid("oid").filter(|_| name == "relname") {
            return model.relation(oid).ok().map(|r| (oid, r)).into_iter().collect();
        }
        let schema = self.hints.text(schema);
        if let Some(name) = self.hints.text(name) {
            return model
                .schemas()
                .filter(|(_, s)| schema.is_none_or(|wanted| *s.name == *wanted))
                .filter_map(|(oid, _)| model.find_relation(oid, name))
                .filter_map(|oid| Some((oid, model.relation(oid).ok()?)))
                .collect();
        }
        let schema = schema.map(|s| model.find_schema(s));
        model.all::<Stored>().filter(|(_, r)| schema.is_none_or(|s| s == Some(r.schema))).collect()
    }

    /// The relation that a column of oids demands, or all.
    fn owners(&self, column: &str) -> Vec<(Oid, &'s Stored)> {
        match self.hints.oid(column) {
            Some(oid) => self.model().relation(oid).ok().map(|r| (oid, r)).into_iter().collect(),
            None => self.model().all::<Stored>().collect(),
        }
    }

    fn schema_name(&self, oid: Oid) -> Value {
        self.model().schema(oid).ok().map(|s| &s.name).into()
    }

    fn role_name(&self, oid: Oid) -> Value {
        self.model().role(oid).ok().map(|r| &r.name).into()
    }
}

/// The first oid that objects of users get.
const FIRST_OF_USERS: u32 = 16384;

/// Schemas of which the platform prelude holds what migrations refer to, and no more.
pub(super) const PLATFORM_SCHEMAS: [&str; 12] = [
    "auth",
    "cron",
    "extensions",
    "graphql",
    "graphql_public",
    "net",
    "pgbouncer",
    "pgsodium",
    "realtime",
    "storage",
    "supabase_functions",
    "vault",
];

/// `YES` and `NO` of the information schema.
fn yes_or_no(value: bool) -> Value {
    if value { "YES".into() } else { "NO".into() }
}

/// A row of the catalog.
macro_rules! row {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::engine::interpreter::query::value::Value::from($value)),*]
    };
}
use row;
