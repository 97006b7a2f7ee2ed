//! Names of types as people write them, compared with what `format_type` says.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

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

/// The name of a type, synonyms resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TypeName {
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
        let text = text.trim().to_lowercase();
        let element = text.trim_end_matches(|c: char| matches!(c, '[' | ']') || c.is_whitespace());
        let array = element.len() < text.len();
        let (base, modifier) = match element.split_once('(') {
            Some((before, rest)) => {
                let (modifier, after) = rest.split_once(')')?;
                (format!("{} {}", before.trim(), after.trim()), Some(modifier))
            }
            None => (element.to_owned(), None),
        };
        let base = base.split_whitespace().collect::<Vec<_>>().join(" ");
        let base = base.strip_prefix("pg_catalog.").unwrap_or(&base);
        if base.is_empty() {
            return None;
        }
        let base = SYNONYMS.iter().find(|(other, _)| *other == base).map_or(base, |(_, name)| name);
        let modifier = modifier.map(|text| text.split_whitespace().collect());
        Some(Self { base: base.to_owned(), modifier, array })
    }

    /// Whether a column of that type, as `format_type` spells it, is of this type. A modifier
    /// matters only where this type has one.
    pub(super) fn accepts(&self, data_type: &str) -> bool {
        Self::parse(data_type).is_some_and(|other| {
            self.base == other.base
                && self.array == other.array
                && (self.modifier.is_none() || self.modifier == other.modifier)
        })
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    use super::TypeName;

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
        ] {
            let wanted = TypeName::parse(wanted).expect(wanted);
            assert_eq!(wanted.accepts(actual), same, "{wanted} and {actual}");
        }
    }
}
