use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, MapAccess, Visitor};

use crate::catalog::Command;

/// What a policy must be.
#[derive(Debug, Clone)]
pub(super) struct Pinned {
    /// The command that it is for.
    pub(super) command: Command,
    /// Its USING expression, where the rule says it.
    pub(super) using: Option<String>,
    /// Its WITH CHECK expression, where the rule says it.
    pub(super) with_check: Option<String>,
    /// The roles that it is for, where the rule says them.
    pub(super) to: Option<Vec<String>>,
}

/// A policy in full.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "for")]
    command: Command,
    using: Option<String>,
    with_check: Option<String>,
    to: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for Pinned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Pinned;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command, or {for: …, using: …, with_check: …, to: […]}")
            }

            fn visit_str<E: de::Error>(self, command: &str) -> Result<Pinned, E> {
                let command = Command::deserialize(StrDeserializer::new(command))?;
                Ok(Pinned { command, using: None, with_check: None, to: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Pinned, A::Error> {
                let Written { command, using, with_check, to } =
                    Written::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Pinned { command, using, with_check, to })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Pinned {
    fn schema_name() -> Cow<'static, str> {
        "PinnedPolicy".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let command = generator.subschema_for::<Command>();
        json_schema!({
            "description": "The command of a policy, or the policy in full.",
            "anyOf": [
                command,
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["for"],
                    "properties": {
                        "for": command,
                        "using": {"type": "string", "description": "Its USING expression is the same as this, but for the spelling."},
                        "with_check": {"type": "string", "description": "Its WITH CHECK expression is the same as this, but for the spelling."},
                        "to": {"type": "array", "items": {"type": "string"}, "description": "The roles that it is for, no more and no less."},
                    },
                },
            ],
        })
    }
}
