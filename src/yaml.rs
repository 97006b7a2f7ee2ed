//! YAML that people write, to typed values: bounded, strict, and every error with its place.

use std::marker::PhantomData;
use std::sync::LazyLock;

use regex::Regex;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_yaml::{Location, MessageFormatter, UserMessageFormatter};

use crate::suggest::did_you_mean;

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
        let message = in_plain_words(&UserMessageFormatter.format_message(error.without_snippet()));
        let place = error.location().unwrap_or(Location::UNKNOWN);
        YamlError::at(path, place, without_control_characters(&message))
    })
}

/// What the reader says, and how people say it; `$1` and `$2` stand for what is in the groups.
const WORDS: [(&str, &str); 12] = [
    (
        r"^unknown field `([^`]*)`, expected one of (.*)$",
        "there is no key `$1` here; the keys are $2",
    ),
    (
        r"^unknown field `([^`]*)`, expected `?([^`]*)`?$",
        "there is no key `$1` here; the key is $2",
    ),
    (r"^unknown variant `([^`]*)`, expected one of (.*)$", "`$1` is none of $2"),
    (r"^missing field `([^`]*)`$", "the key `$1` is missing"),
    (r"^duplicate mapping key `([^`]*)` is not allowed here$", "the key `$1` stands twice"),
    (r"^expected sequence start$", "a list is expected here: [a, b]"),
    (r"^expected string scalar$", "text is expected here"),
    (r"^expected mapping start$", "keys with values are expected here: {key: value}"),
    (r"^unexpected end of file$", "the file ends where more is expected"),
    (r"^invalid type: (.*), expected (.*)$", "$2 is expected here, not $1"),
    (r"^invalid value: (.*), expected (.*)$", "$2 is expected here, not $1"),
    (r"^reference to unknown value$", "this refers to an anchor that is not there"),
];

static PLAIN: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    WORDS.iter().filter_map(|(said, plain)| Some((Regex::new(said).ok()?, *plain))).collect()
});

/// What is wrong with a document, in words of YAML and not of the library that reads it, with the word that
/// was most likely meant.
fn in_plain_words(message: &str) -> String {
    let Some((said, captures, plain)) =
        PLAIN.iter().find_map(|(said, plain)| Some((said, said.captures(message)?, *plain)))
    else {
        return message.to_owned();
    };
    let mut told = said.replace(message, plain).into_owned();
    if let (Some(word), Some(known)) = (captures.get(1), captures.get(2))
        && message.starts_with("unknown")
    {
        let known = known.as_str().split(", ").map(|name| name.trim_matches('`'));
        told.push_str(&did_you_mean(word.as_str(), known));
    }
    told
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
            (
                "nam: x\n",
                "a.yaml:1:1: there is no key `nam` here; the keys are name, list; did you mean `name`?",
            ),
            ("name: x\nlist: 3\n", "a.yaml:2:7: a list is expected here: [a, b]"),
            ("name: x\nname: y\n", "a.yaml:2:1: the key `name` stands twice"),
            ("name: x\nlist: [a\n", "a.yaml:2:7: unclosed bracket '['"),
            ("name: x\nlist:\n  - b: 3\n", "a.yaml:3:5: text is expected here"),
            ("name: *x\n", "a.yaml:1:7: this refers to an anchor that is not there"),
            ("list: []\n", "a.yaml:1:1: the key `name` is missing"),
            ("", "a.yaml:1:1: the file ends where more is expected"),
        ] {
            let error = parse::<Sample>("a.yaml", text).expect_err(text);
            assert_eq!(error.to_string(), expected);
        }
    }
}
