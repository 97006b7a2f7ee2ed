use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, de::Error as _};

/// What a rule says of the primary key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum PrimaryKey {
    /// Nothing.
    #[default]
    Free,
    /// There is one.
    Any,
    /// It is on these columns, in any order.
    Columns(Vec<String>),
}

impl<'de> Deserialize<'de> for PrimaryKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = PrimaryKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of columns, or `any`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PrimaryKey, E> {
                match text {
                    "any" => Ok(PrimaryKey::Any),
                    _ => Err(E::custom(format_args!(
                        "`{text}` is no primary key: give a list of columns, or `any`"
                    ))),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<PrimaryKey, A::Error> {
                let mut columns: Vec<String> = Vec::new();
                while let Some(column) = list.next_element()? {
                    columns.push(column);
                }
                if columns.is_empty() {
                    return Err(A::Error::custom("a primary key has at least one column"));
                }
                Ok(PrimaryKey::Columns(columns))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for PrimaryKey {
    fn schema_name() -> Cow<'static, str> {
        "PrimaryKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {"const": "any"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ],
        })
    }
}
