use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::{Model, Object, Oid};
use crate::catalog::History;
use crate::engine::interpreter::names;
use crate::pg_catalog::{self, TypeRow};

/// A type as a column or argument has it: the type and its modifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypeRef {
    /// The type; an array is a type of its own.
    pub(crate) oid: Oid,
    /// The modifier as `format_type` writes it between parentheses, such as `255` or `10,2`; the
    /// fields of an interval are written out, such as ` day to second(3)`.
    pub(crate) modifier: Option<Arc<str>>,
}

impl TypeRef {
    /// A type without a modifier.
    pub(crate) fn plain(oid: Oid) -> Self {
        Self { oid, modifier: None }
    }
}

/// What sort of type it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TypeKind {
    /// A base type of the server or an extension.
    Base,
    /// Declared by CREATE TYPE without a definition yet.
    Shell,
    /// A pseudo-type, such as `trigger`.
    Pseudo,
    /// An enum with its labels in sort order.
    Enum {
        labels: Vec<Arc<str>>,
    },
    /// A domain; its CHECK constraints are its parts.
    Domain {
        base: TypeRef,
        not_null: bool,
        default: Option<Arc<str>>,
    },
    /// The row type of a relation.
    Composite {
        relation: Oid,
    },
    Range {
        subtype: Oid,
    },
    Multirange {
        range: Oid,
    },
    Array {
        element: Oid,
    },
}

/// A data type.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) schema: Oid,
    pub(crate) name: Arc<str>,
    pub(crate) kind: TypeKind,
    /// The type of its arrays.
    pub(crate) array: Option<Oid>,
    pub(crate) owner: Oid,
    pub(crate) history: History,
}

impl Type {
    /// Whether it is an enum.
    pub(crate) fn is_enum(&self) -> bool {
        matches!(self.kind, TypeKind::Enum { .. })
    }

    /// A type of that name.
    pub(crate) fn new(schema: Oid, name: impl Into<Arc<str>>, kind: TypeKind) -> Self {
        Self {
            schema,
            name: name.into(),
            kind,
            array: None,
            owner: Oid::POSTGRES,
            history: History::default(),
        }
    }
}

/// Oids of built-in types that the interpreter refers to.
impl Oid {
    pub(crate) const BOOL: Self = Self(16);
    pub(crate) const NAME: Self = Self(19);
    pub(crate) const BYTEA: Self = Self(17);
    pub(crate) const INT8: Self = Self(20);
    pub(crate) const INT2: Self = Self(21);
    pub(crate) const INT4: Self = Self(23);
    pub(crate) const TEXT: Self = Self(25);
    pub(crate) const OID: Self = Self(26);
    pub(crate) const JSON: Self = Self(114);
    pub(crate) const FLOAT4: Self = Self(700);
    pub(crate) const FLOAT8: Self = Self(701);
    pub(crate) const UNKNOWN: Self = Self(705);
    pub(crate) const BPCHAR: Self = Self(1042);
    pub(crate) const VARCHAR: Self = Self(1043);
    pub(crate) const DATE: Self = Self(1082);
    pub(crate) const TIME: Self = Self(1083);
    pub(crate) const TIMESTAMP: Self = Self(1114);
    pub(crate) const TIMESTAMPTZ: Self = Self(1184);
    pub(crate) const INTERVAL: Self = Self(1186);
    pub(crate) const TIMETZ: Self = Self(1266);
    pub(crate) const BIT: Self = Self(1560);
    pub(crate) const VARBIT: Self = Self(1562);
    pub(crate) const NUMERIC: Self = Self(1700);
    pub(crate) const REGCLASS: Self = Self(2205);
    pub(crate) const RECORD: Self = Self(2249);
    pub(crate) const VOID: Self = Self(2278);
    pub(crate) const EVENT_TRIGGER: Self = Self(3838);
    pub(crate) const TRIGGER: Self = Self(2279);
    pub(crate) const UUID: Self = Self(2950);
    pub(crate) const TSVECTOR: Self = Self(3614);
    pub(crate) const TSQUERY: Self = Self(3615);
    pub(crate) const JSONB: Self = Self(3802);
}

/// Adds the types that every server has.
pub(super) fn insert_builtin(model: &mut Model) {
    for row in pg_catalog::types() {
        let kind = match row.kind {
            'p' => TypeKind::Pseudo,
            'r' => TypeKind::Range { subtype: Oid(row.part) },
            'm' => TypeKind::Multirange { range: Oid(row.part) },
            'a' => TypeKind::Array { element: Oid(row.part) },
            _ => TypeKind::Base,
        };
        let mut data_type = Type::new(Oid::PG_CATALOG, row.name, kind);
        data_type.array = (row.array != 0).then_some(Oid(row.array));
        model.insert_at(Oid(row.oid), data_type);
    }
}

/// Built-in types by oid.
static BUILTIN: LazyLock<HashMap<Oid, TypeRow>> =
    LazyLock::new(|| pg_catalog::types().map(|row| (Oid(row.oid), row)).collect());

/// A type that every server has.
pub(crate) fn builtin_type(oid: Oid) -> Option<&'static TypeRow> {
    if oid.is_user() { None } else { BUILTIN.get(&oid) }
}

impl Model {
    /// What `format_type` says of a type when `search_path` holds these schemas.
    pub(crate) fn format_type(&self, of: &TypeRef, search_path: &[Oid]) -> String {
        let Ok(data_type) = self.data_type(of.oid) else { return "???".to_owned() };
        if let TypeKind::Array { element } = data_type.kind {
            let element = TypeRef { oid: element, modifier: of.modifier.clone() };
            return format!("{}[]", self.format_type(&element, search_path));
        }
        match (of.oid, &of.modifier) {
            (Oid::BPCHAR, None) => return "bpchar".to_owned(),
            (Oid::BIT, None) => return "\"bit\"".to_owned(),
            _ => {}
        }
        let name = builtin_type(of.oid)
            .map(|row| row.spelling)
            .map_or_else(|| self.format_user_type(of.oid, data_type, search_path), str::to_owned);
        match of.modifier.as_deref() {
            None => name,
            Some(fields) if fields.starts_with(' ') => format!("{name}{fields}"),
            Some(modifier) => match name.split_once(' ') {
                Some((word @ ("timestamp" | "time"), zone)) => format!("{word}({modifier}) {zone}"),
                _ => format!("{name}({modifier})"),
            },
        }
    }

    fn format_user_type(&self, oid: Oid, data_type: &Type, search_path: &[Oid]) -> String {
        let name = names::quote_identifier(&data_type.name);
        let visible = std::iter::once(&Oid::PG_CATALOG)
            .chain(search_path)
            .find_map(|schema| self.find_type(*schema, &data_type.name))
            == Some(oid);
        match self.objects.get(&data_type.schema) {
            Some(Object::Schema(schema)) if !visible => {
                format!("{}.{name}", names::quote_identifier(&schema.name))
            }
            _ => name.into_owned(),
        }
    }
}
