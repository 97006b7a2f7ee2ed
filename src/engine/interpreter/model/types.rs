use std::sync::Arc;

use super::{Model, Object, Oid};
use crate::catalog::History;
use crate::engine::interpreter::names;

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
    pub(crate) const CHAR: Self = Self(18);
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

/// Built-in types: oid, `typname`, the oid of the array type (0 for none), what `format_type`
/// says where that is not the name, and `typtype`.
const BUILTIN: &[(u32, &str, u32, &str, char)] = &[
    (16, "bool", 1000, "boolean", 'b'),
    (17, "bytea", 1001, "", 'b'),
    (18, "char", 1002, "", 'b'),
    (19, "name", 1003, "", 'b'),
    (20, "int8", 1016, "bigint", 'b'),
    (21, "int2", 1005, "smallint", 'b'),
    (22, "int2vector", 1006, "", 'b'),
    (23, "int4", 1007, "integer", 'b'),
    (24, "regproc", 1008, "", 'b'),
    (25, "text", 1009, "", 'b'),
    (26, "oid", 1028, "", 'b'),
    (27, "tid", 1010, "", 'b'),
    (28, "xid", 1011, "", 'b'),
    (29, "cid", 1012, "", 'b'),
    (30, "oidvector", 1013, "", 'b'),
    (32, "pg_ddl_command", 0, "", 'p'),
    (114, "json", 199, "", 'b'),
    (142, "xml", 143, "", 'b'),
    (194, "pg_node_tree", 0, "", 'b'),
    (269, "table_am_handler", 0, "", 'p'),
    (325, "index_am_handler", 0, "", 'p'),
    (600, "point", 1017, "", 'b'),
    (601, "lseg", 1018, "", 'b'),
    (602, "path", 1019, "", 'b'),
    (603, "box", 1020, "", 'b'),
    (604, "polygon", 1027, "", 'b'),
    (628, "line", 629, "", 'b'),
    (650, "cidr", 651, "", 'b'),
    (700, "float4", 1021, "real", 'b'),
    (701, "float8", 1022, "double precision", 'b'),
    (705, "unknown", 0, "", 'p'),
    (718, "circle", 719, "", 'b'),
    (774, "macaddr8", 775, "", 'b'),
    (790, "money", 791, "", 'b'),
    (829, "macaddr", 1040, "", 'b'),
    (869, "inet", 1041, "", 'b'),
    (1033, "aclitem", 1034, "", 'b'),
    (1042, "bpchar", 1014, "character", 'b'),
    (1043, "varchar", 1015, "character varying", 'b'),
    (1082, "date", 1182, "", 'b'),
    (1083, "time", 1183, "time without time zone", 'b'),
    (1114, "timestamp", 1115, "timestamp without time zone", 'b'),
    (1184, "timestamptz", 1185, "timestamp with time zone", 'b'),
    (1186, "interval", 1187, "", 'b'),
    (1266, "timetz", 1270, "time with time zone", 'b'),
    (1560, "bit", 1561, "", 'b'),
    (1562, "varbit", 1563, "bit varying", 'b'),
    (1700, "numeric", 1231, "", 'b'),
    (1790, "refcursor", 2201, "", 'b'),
    (2202, "regprocedure", 2207, "", 'b'),
    (2203, "regoper", 2208, "", 'b'),
    (2204, "regoperator", 2209, "", 'b'),
    (2205, "regclass", 2210, "", 'b'),
    (2206, "regtype", 2211, "", 'b'),
    (2249, "record", 2287, "", 'p'),
    (2275, "cstring", 1263, "", 'p'),
    (2276, "any", 0, "", 'p'),
    (2277, "anyarray", 0, "", 'p'),
    (2278, "void", 0, "", 'p'),
    (2279, "trigger", 0, "", 'p'),
    (2280, "language_handler", 0, "", 'p'),
    (2281, "internal", 0, "", 'p'),
    (2283, "anyelement", 0, "", 'p'),
    (2776, "anynonarray", 0, "", 'p'),
    (2950, "uuid", 2951, "", 'b'),
    (2970, "txid_snapshot", 2949, "", 'b'),
    (3115, "fdw_handler", 0, "", 'p'),
    (3220, "pg_lsn", 3221, "", 'b'),
    (3310, "tsm_handler", 0, "", 'p'),
    (3361, "pg_ndistinct", 0, "", 'b'),
    (3402, "pg_dependencies", 0, "", 'b'),
    (3500, "anyenum", 0, "", 'p'),
    (3614, "tsvector", 3643, "", 'b'),
    (3615, "tsquery", 3645, "", 'b'),
    (3642, "gtsvector", 3644, "", 'b'),
    (3734, "regconfig", 3735, "", 'b'),
    (3769, "regdictionary", 3770, "", 'b'),
    (3802, "jsonb", 3807, "", 'b'),
    (3831, "anyrange", 0, "", 'p'),
    (3838, "event_trigger", 0, "", 'p'),
    (3904, "int4range", 3905, "", 'r'),
    (3906, "numrange", 3907, "", 'r'),
    (3908, "tsrange", 3909, "", 'r'),
    (3910, "tstzrange", 3911, "", 'r'),
    (3912, "daterange", 3913, "", 'r'),
    (3926, "int8range", 3927, "", 'r'),
    (4072, "jsonpath", 4073, "", 'b'),
    (4089, "regnamespace", 4090, "", 'b'),
    (4096, "regrole", 4097, "", 'b'),
    (4191, "regcollation", 4192, "", 'b'),
    (4451, "int4multirange", 6150, "", 'm'),
    (4532, "nummultirange", 6151, "", 'm'),
    (4533, "tsmultirange", 6152, "", 'm'),
    (4534, "tstzmultirange", 6153, "", 'm'),
    (4535, "datemultirange", 6155, "", 'm'),
    (4536, "int8multirange", 6157, "", 'm'),
    (4537, "anymultirange", 0, "", 'p'),
    (4538, "anycompatiblemultirange", 0, "", 'p'),
    (4600, "pg_brin_bloom_summary", 0, "", 'b'),
    (4601, "pg_brin_minmax_multi_summary", 0, "", 'b'),
    (5017, "pg_mcv_list", 0, "", 'b'),
    (5038, "pg_snapshot", 5039, "", 'b'),
    (5069, "xid8", 271, "", 'b'),
    (5077, "anycompatible", 0, "", 'p'),
    (5078, "anycompatiblearray", 0, "", 'p'),
    (5079, "anycompatiblenonarray", 0, "", 'p'),
    (5080, "anycompatiblerange", 0, "", 'p'),
];

/// Adds the types that every server has.
pub(super) fn insert_builtin(model: &mut Model) {
    for &(oid, name, array, _, letter) in BUILTIN {
        let kind = match letter {
            'p' => TypeKind::Pseudo,
            'r' => TypeKind::Range { subtype: Oid(0) },
            'm' => TypeKind::Multirange { range: Oid(0) },
            _ => TypeKind::Base,
        };
        let mut data_type = Type::new(Oid::PG_CATALOG, name, kind);
        if array != 0 {
            data_type.array = Some(Oid(array));
            let element = TypeKind::Array { element: Oid(oid) };
            model.insert_at(Oid(array), Type::new(Oid::PG_CATALOG, format!("_{name}"), element));
        }
        model.insert_at(Oid(oid), data_type);
    }
}

/// The name that `format_type` has for a built-in type, and whether it is SQL's own spelling.
fn builtin_spelling(oid: Oid) -> Option<&'static str> {
    let at = BUILTIN.binary_search_by_key(&oid.0, |entry| entry.0).ok()?;
    let (_, name, _, spelling, _) = BUILTIN.get(at)?;
    Some(if spelling.is_empty() { name } else { spelling })
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
            (Oid::CHAR, _) => return "\"char\"".to_owned(),
            (Oid::BPCHAR, None) => return "bpchar".to_owned(),
            (Oid::BIT, None) => return "\"bit\"".to_owned(),
            _ => {}
        }
        let name = builtin_spelling(of.oid)
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
