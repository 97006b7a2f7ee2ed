//! Names of types as people write them, compared with what `format_type` says.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::catalog::ObjectName;

/// Every other name of a type, with the name that `format_type` gives it.
const SYNONYMS: &[(&str, &str)] = &[
    ("bool", "boolean"),
    ("char", "character"),
    ("bpchar", "character"),
    ("varchar", "character varying"),
    ("varbit", "bit varying"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("int", "integer"),
    ("int4", "integer"),
    ("int2", "smallint"),
    ("int8", "bigint"),
    ("float", "double precision"),
    ("float8", "double precision"),
    ("float4", "real"),
    ("time", "time without time zone"),
    ("timetz", "time with time zone"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
];

/// Types that the server has itself, beside those that have synonyms.
const BUILT_IN: &[&str] = &[
    "\"char\"",
    "bit",
    "box",
    "bytea",
    "cidr",
    "circle",
    "date",
    "inet",
    "int4range",
    "int8range",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numrange",
    "oid",
    "path",
    "pg_lsn",
    "point",
    "polygon",
    "regclass",
    "regproc",
    "regtype",
    "text",
    "tsquery",
    "tsrange",
    "tstzrange",
    "tsvector",
    "uuid",
    "xml",
];

/// Schemas whose types the catalog names without them.
const VISIBLE: [&str; 2] = ["public", "extensions"];

/// The name of a type, synonyms resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TypeName {
    /// Its schema, where it is named with one that the catalog would not say.
    schema: Option<String>,
    /// One of the schemas that the catalog leaves out, where it is named with it.
    visible: Option<String>,
    /// Without modifier and array brackets.
    base: String,
    /// What stands in parentheses.
    modifier: Option<String>,
    /// An array, of whatever dimensions.
    array: bool,
}

impl TypeName {
    /// Reads the name of a type in any of its spellings.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let element = text.trim_end_matches(|c: char| matches!(c, '[' | ']') || c.is_whitespace());
        let array = element.len() < text.len();
        let (base, modifier) = match element.split_once('(') {
            Some((before, rest)) => {
                let (modifier, after) = rest.split_once(')')?;
                (format!("{} {}", before.trim(), after.trim()), Some(modifier))
            }
            None => (element.to_owned(), None),
        };
        let (schema, base) = parts(&base);
        if base.is_empty() {
            return None;
        }
        let named = SYNONYMS.iter().find(|(other, name)| *other == base || *name == base);
        let is_built_in = named.is_some() || BUILT_IN.contains(&&*base);
        let base = named.map_or(base, |(_, name)| (*name).to_owned());
        let modifier = modifier.map(|text| text.to_lowercase().split_whitespace().collect());
        let (schema, visible) = match schema {
            Some(schema) if schema == "pg_catalog" && is_built_in => (None, None),
            Some(schema) if VISIBLE.contains(&&*schema) && !is_built_in => (None, Some(schema)),
            other => (other, None),
        };
        Some(Self { schema, visible, base, modifier, array })
    }

    /// Whether a column of that type, as `format_type` spells it, is of this type. A modifier
    /// matters only where this type has one.
    pub(super) fn accepts(&self, data_type: &str, enum_type: Option<&ObjectName>) -> bool {
        // The schema of an enum is known even where its name does not say it.
        let elsewhere = |schema: &String| {
            enum_type.is_some_and(|found| found.schema != *schema && found.name == self.base)
        };
        Self::parse(data_type).is_some_and(|other| {
            self.base == other.base
                && self.schema == other.schema
                && !self.visible.as_ref().is_some_and(elsewhere)
                && self.array == other.array
                && (self.modifier.is_none() || self.modifier == other.modifier)
        })
    }
}

/// The schema of a name, if it has one, and the rest: quoted words as they are, others folded and with one blank
/// between.
fn parts(name: &str) -> (Option<String>, String) {
    let mut parts = vec![String::new()];
    let mut letters = name.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        let Some(part) = parts.last_mut() else { break };
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => part.push('"'),
            '"' => quoted = !quoted,
            _ if quoted => part.push(letter),
            '.' => parts.push(String::new()),
            _ if letter.is_whitespace() => {
                if !part.is_empty() && !part.ends_with(' ') {
                    part.push(' ');
                }
            }
            _ => part.extend(letter.to_lowercase()),
        }
    }
    // `"char"` is another type than char.
    let is_byte = name.trim().ends_with("\"char\"");
    let base = if is_byte { "\"char\"".to_owned() } else { parts.pop().unwrap_or_default() };
    if is_byte {
        parts.pop();
    }
    (parts.pop().map(|schema| schema.trim().to_owned()), base.trim().to_owned())
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = self.schema.as_ref().or(self.visible.as_ref()) {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.base)?;
        if let Some(modifier) = &self.modifier {
            write!(f, "({modifier})")?;
        }
        f.write_str(if self.array { "[]" } else { "" })
    }
}

impl<'de> Deserialize<'de> for TypeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format_args!("`{text}` is not the name of a type")))
    }
}

impl JsonSchema for TypeName {
    fn schema_name() -> Cow<'static, str> {
        "TypeName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Name of a PostgreSQL type in any of its spellings: timestamptz, varchar(20), text[].",
            "minLength": 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ObjectName, TypeName};

    #[test]
    fn a_type_is_the_same_by_any_of_its_names() {
        for (wanted, actual, same) in [
            ("timestamptz", "timestamp with time zone", true),
            ("timestamptz", "timestamp(3) with time zone", true),
            ("timestamptz(3)", "timestamp(3) with time zone", true),
            ("timestamptz(3)", "timestamp with time zone", false),
            ("timestamptz", "timestamp without time zone", false),
            ("timestamptz", "timestamp with time zone[]", false),
            ("JSONB", "jsonb", true),
            ("jsonb", "json", false),
            ("jsonb", "jsonb[]", false),
            ("jsonb[]", "jsonb[]", true),
            ("varchar( 20 )", "character varying(20)", true),
            ("numeric(10, 2)", "numeric(10,2)", true),
            ("pg_catalog.int4", "integer", true),
            ("uuid", "uuid", true),
            ("uuid", "extensions.uuid", false),
            ("Double  Precision", "double precision", true),
            ("public.ltree", "ltree", true),
            ("\"extensions\".\"vector\"(3)", "vector(3)", true),
            ("\"extensions\".\"vector\"(3)", "vector(4)", false),
            ("public.mood[]", "mood[]", true),
            ("billing.plan", "billing.plan", true),
            ("billing.plan", "plan", false),
            ("plan", "billing.plan", false),
            ("public.uuid", "uuid", false),
            ("pg_catalog.ltree", "ltree", false),
            ("\"Mood\"", "\"Mood\"", true),
            ("mood", "\"Mood\"", false),
            ("\"mood\"", "mood", true),
            ("\"char\"", "\"char\"", true),
            ("char", "\"char\"", false),
            ("pg_catalog.\"char\"", "\"char\"", true),
            ("pg_catalog.\"timestamp with time zone\"", "timestamp with time zone", true),
        ] {
            let wanted = TypeName::parse(wanted).expect(wanted);
            assert_eq!(wanted.accepts(actual, None), same, "{wanted} and {actual}");
        }
    }

    #[test]
    fn an_enum_of_another_schema_is_another_type() {
        let mood = |schema| ObjectName::new(schema, "mood");
        for (wanted, schema, same) in [
            ("public.mood", "public", true),
            ("public.mood", "extensions", false),
            ("mood", "extensions", true),
        ] {
            let wanted = TypeName::parse(wanted).expect(wanted);
            assert_eq!(wanted.accepts("mood", Some(&mood(schema))), same, "{wanted} of {schema}");
        }
    }
}
