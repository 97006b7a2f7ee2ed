use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de::Error as _};

use crate::source::{Caller, SourceQuery};

/// A caller as a pack names it.
#[derive(Debug, Clone)]
pub(super) enum NamedCaller {
    /// A module whose `fetch` is fetch, or a function that is called as fetch is.
    Fetch(String),
    /// A function that is called otherwise.
    Other(Caller),
}

impl NamedCaller {
    /// Adds what is to be looked for.
    pub(super) fn source_query(&self, query: &mut SourceQuery) {
        match self {
            Self::Fetch(name) => query.callers.push(name.clone()),
            Self::Other(caller) => query.other_callers.push(caller.clone()),
        }
    }
}

/// A caller in full.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Its name, with dots.
    call: String,
    /// The method that it always uses.
    method: Option<String>,
    /// Which argument is the URL, from 0.
    #[serde(default)]
    url: usize,
    /// Which argument has the options.
    options: Option<usize>,
}

impl<'de> Deserialize<'de> for NamedCaller {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = NamedCaller;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a function or module, or {call: …, method: …, url: …}")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<NamedCaller, E> {
                let caller = Caller::named(name);
                // A module may have dots in its name and is no method of something.
                Ok(match caller.method {
                    Some(_) => NamedCaller::Other(caller),
                    None => NamedCaller::Fetch(name.to_owned()),
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<NamedCaller, A::Error> {
                let written = Written::deserialize(MapAccessDeserializer::new(map))?;
                if written.call.split('.').any(str::is_empty) {
                    return Err(A::Error::custom(format_args!("`{}` is no name", written.call)));
                }
                let caller = Caller::named(&written.call);
                let method = written.method.map(|method| method.to_ascii_uppercase().into());
                Ok(NamedCaller::Other(Caller {
                    method: method.or(caller.method),
                    url: written.url,
                    options: written.options.unwrap_or(written.url + 1),
                    name: caller.name,
                }))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for NamedCaller {
    fn schema_name() -> Cow<'static, str> {
        "Caller".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What calls endpoints: a module whose fetch is fetch, a function that is called as fetch is, or another function with its method and its arguments, numbered from 0.",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["call"],
                    "properties": {
                        "call": {"type": "string", "description": "Its name, with dots: axios.post."},
                        "method": {"type": "string", "description": "The method that it always uses."},
                        "url": {"type": "integer", "minimum": 0, "description": "Which argument is the URL."},
                        "options": {"type": "integer", "minimum": 0, "description": "Which argument has the options, whose `method` counts."},
                    },
                },
            ],
        })
    }
}
