//! YAML that people write, to typed values: bounded, strict, and every error with its place.

use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_yaml::{Location, MessageFormatter, UserMessageFormatter};

/// A document that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}:{column}: {message}")]
pub struct YamlError {
    /// The document's path.
    pub path: String,
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

impl YamlError {
    /// An error at a place that a [`serde_yaml::Spanned`] value kept.
    pub fn at(path: &str, place: Location, message: impl Into<String>) -> Self {
        let (line, column) = (place.line().max(1), place.column().max(1));
        Self { path: path.to_owned(), line, column, message: message.into() }
    }
}

/// Reads one document. Types refuse unknown keys by `deny_unknown_fields`; a key that stands twice
/// is always refused.
///
/// # Errors
/// If the text is no YAML, or not a `T`.
pub fn parse<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, YamlError> {
    parse_with(path, text, PhantomData)
}

/// Reads one document whose type is known only at run time, by a seed.
///
/// # Errors
/// As [`parse`].
pub fn parse_with<'de, S: DeserializeSeed<'de>>(
    path: &str,
    text: &'de str,
    seed: S,
) -> Result<S::Value, YamlError> {
    let options = serde_yaml::options! { with_snippet: false, strict_booleans: true };
    serde_yaml::with_deserializer_from_str_with_options(text, options, |deserializer| {
        seed.deserialize(deserializer)
    })
    .map_err(|error| {
        let message = UserMessageFormatter.format_message(error.without_snippet());
        let place = error.location().unwrap_or(Location::UNKNOWN);
        YamlError::at(path, place, without_control_characters(&message))
    })
}

/// Keeps a hostile document from writing to the terminal through its error message.
fn without_control_characters(message: &str) -> String {
    message.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_yaml::Spanned;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its type matters")]
        name: Spanned<String>,
        #[serde(default)]
        #[expect(dead_code, reason = "only its type matters")]
        list: Vec<String>,
    }

    #[test]
    fn every_error_has_its_place() {
        for (text, expected) in [
            ("nam: x\n", "a.yaml:1:1: unknown field `nam`, expected one of name, list"),
            ("name: x\nlist: 3\n", "a.yaml:2:7: expected sequence start"),
            ("name: x\nname: y\n", "a.yaml:2:1: duplicate mapping key `name` is not allowed here"),
            ("name: x\nlist: [a\n", "a.yaml:2:7: unclosed bracket '['"),
            ("name: x\nlist:\n  - b: 3\n", "a.yaml:3:5: expected string scalar"),
            ("name: *x\n", "a.yaml:1:7: reference to unknown value"),
            ("list: []\n", "a.yaml:1:1: missing field `name`"),
            ("", "a.yaml:1:1: unexpected end of file"),
        ] {
            let error = parse::<Sample>("a.yaml", text).expect_err(text);
            assert_eq!(error.to_string(), expected);
        }
    }
}
