//! What the server calls an object in the rows that event triggers read
//! (`pg_identify_object`).

use std::sync::Arc;

use crate::engine::interpreter::model::{
    Address, FunctionKind, Model, Object, Oid, OtherKind, Relation, RelationKind, TypeKind, TypeRef,
};
use crate::engine::interpreter::names::quote_identifier;

/// What the server calls an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) object_type: &'static str,
    pub(super) schema: Option<Arc<str>>,
    /// The bare name, for kinds whose name and schema are all that identifies them.
    pub(super) name: Option<Arc<str>>,
    pub(super) identity: String,
    pub(super) temporary: bool,
}

/// The class of an object, by the oid that the catalog of its kind has.
pub(super) fn class(model: &Model, object: Oid) -> Option<Oid> {
    Some(Oid(match model.object(object)? {
        Object::Relation(_) => 1259,
        Object::Type(_) => 1247,
        Object::Function(_) => 1255,
        Object::Constraint(_) => 2606,
        Object::Default(_) => 2604,
        Object::Policy(_) => 3256,
        Object::Trigger(_) => 2620,
        Object::Rule(_) => 2618,
        Object::Schema(_) => 2615,
        Object::Extension(_) => 3079,
        Object::Role(_) => 1260,
        Object::Other(_) => return None,
    }))
}

/// What the server calls an object or column; `None` for kinds that the model does not keep well enough.
pub(super) fn of(model: &Model, address: Address) -> Option<Identity> {
    let whole = |object_type, schema: Oid, name: &Arc<str>| {
        let schema = schema_name(model, schema)?;
        let identity = qualified(&schema, name);
        let temporary = &*schema == "pg_temp";
        Some(Identity {
            object_type,
            schema: Some(schema),
            name: Some(name.clone()),
            identity,
            temporary,
        })
    };
    let part = |object_type, name: &str, table: Oid, with_schema: bool| {
        let of = of(model, table.into())?;
        Some(Identity {
            object_type,
            schema: of.schema.filter(|_| with_schema),
            name: None,
            identity: format!("{} on {}", quote_identifier(name), of.identity),
            temporary: of.temporary,
        })
    };
    if address.column != 0 {
        let of = of(model, address.object.into())?;
        let name = model.name_of(address)?;
        let object_type = match of.object_type {
            "view" => "view column",
            "materialized view" => "materialized view column",
            "foreign table" => "foreign table column",
            "composite type" => "composite type column",
            _ => "table column",
        };
        let identity = format!("{}.{}", of.identity, quote_identifier(&name));
        return Some(Identity { object_type, name: None, identity, ..of });
    }
    match model.object(address.object)? {
        Object::Relation(o) => whole(relation_type(o), o.schema, &o.name),
        Object::Type(o) => {
            let found = whole("type", o.schema, &o.name)?;
            match o.kind {
                TypeKind::Array { element } => {
                    let of = of(model, element.into())?;
                    Some(Identity { identity: format!("{}[]", of.identity), ..found })
                }
                _ => Some(found),
            }
        }
        Object::Function(o) => {
            let object_type = match o.kind {
                FunctionKind::Procedure => "procedure",
                FunctionKind::Aggregate => "aggregate",
                FunctionKind::Function | FunctionKind::Window => "function",
            };
            let mut found = whole(object_type, o.schema, &o.name)?;
            let types: Vec<String> = o.signature().map(|t| argument_type(model, t)).collect();
            found.identity.push_str(&format!("({})", types.join(",")));
            found.name = None;
            Some(found)
        }
        Object::Constraint(o) if model.relation(o.owner).is_ok() => {
            part("table constraint", &o.name, o.owner, true)
        }
        Object::Policy(o) => part("policy", &o.name, o.table, true).map(without_schema),
        Object::Trigger(o) => part("trigger", &o.name, o.table, true).map(without_schema),
        Object::Rule(o) => part("rule", &o.name, o.table, true).map(without_schema),
        Object::Schema(o) => Some(plain("schema", &o.name)),
        Object::Extension(o) => Some(plain("extension", &o.name)),
        Object::Other(o) => {
            let object_type = match o.kind {
                OtherKind::Publication => "publication",
                OtherKind::Collation => "collation",
                OtherKind::Statistics => "statistics object",
                OtherKind::ForeignServer => "server",
                OtherKind::ForeignDataWrapper => "foreign-data wrapper",
                _ => return None,
            };
            match o.schema {
                Some(schema) => whole(object_type, schema, &o.name),
                None => Some(plain(object_type, &o.name)),
            }
        }
        Object::Constraint(_) | Object::Default(_) | Object::Role(_) => None,
    }
}

fn without_schema(identity: Identity) -> Identity {
    Identity { schema: None, ..identity }
}

fn plain(object_type: &'static str, name: &Arc<str>) -> Identity {
    Identity {
        object_type,
        schema: None,
        name: Some(name.clone()),
        identity: quote_identifier(name).into_owned(),
        temporary: false,
    }
}

fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quote_identifier(schema), quote_identifier(name))
}

fn schema_name(model: &Model, schema: Oid) -> Option<Arc<str>> {
    let name = &model.schema(schema).ok()?.name;
    Some(if name.starts_with("pg_temp_") { "pg_temp".into() } else { name.clone() })
}

fn relation_type(relation: &Relation) -> &'static str {
    match relation.kind {
        RelationKind::Table | RelationKind::Partitioned => "table",
        RelationKind::Foreign => "foreign table",
        RelationKind::View => "view",
        RelationKind::MaterializedView => "materialized view",
        RelationKind::Index | RelationKind::PartitionedIndex => "index",
        RelationKind::Sequence => "sequence",
        RelationKind::Composite => "composite type",
    }
}

/// A type with its schema, but for those that SQL has its own words for.
fn argument_type(model: &Model, of: &TypeRef) -> String {
    const SQL: [Oid; 15] = [
        Oid::BOOL,
        Oid::INT2,
        Oid::INT4,
        Oid::INT8,
        Oid::FLOAT4,
        Oid::FLOAT8,
        Oid::NUMERIC,
        Oid::BPCHAR,
        Oid::VARCHAR,
        Oid::TIME,
        Oid::TIMETZ,
        Oid::TIMESTAMP,
        Oid::TIMESTAMPTZ,
        Oid::INTERVAL,
        Oid::VARBIT,
    ];
    let Ok(data_type) = model.data_type(of.oid) else { return "-".to_owned() };
    if let TypeKind::Array { element } = data_type.kind {
        return format!("{}[]", argument_type(model, &TypeRef::plain(element)));
    }
    if SQL.contains(&of.oid) {
        return model.format_type(&TypeRef::plain(of.oid), &[]);
    }
    let schema = schema_name(model, data_type.schema).unwrap_or_else(|| "".into());
    qualified(&schema, &data_type.name)
}
