//! Expressions with what is computed for them.

use std::fmt;
use std::sync::Arc;

use railcheck::datum::{
    Computed, Context, Datum, Entry, EnumLabels, Pattern, Refusal, Type, Typed, cast, entries,
    function, like, like_escape, operator, similar_pattern,
};

use crate::arguments::{argument_lists, samples};
use crate::samples::{INPUTS, LIKES, PATTERNS, SUBJECTS};

/// An expression and what is computed for it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) expression: String,
    pub(crate) said: Said,
    /// The entry of the table that it calls.
    pub(crate) signature: &'static str,
}

/// What is computed for an expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    /// The type and the text of the value.
    Value(String, Option<String>),
    Error(&'static str),
    Unknown,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(kind, Some(text)) => write!(f, "{kind} = {text}"),
            Self::Value(kind, None) => write!(f, "{kind} is null"),
            Self::Error(code) => write!(f, "error {code}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// The type of a name, the enum of the test among them.
pub(crate) fn type_named(name: &str) -> Type {
    let mood = || {
        let labels = ["sad", "ok", "happy"].map(Arc::from).to_vec();
        Type::Enum(Arc::new(EnumLabels { name: "mood".into(), labels }))
    };
    match name {
        "mood" => mood(),
        "mood[]" => mood().array(),
        name => Type::named(name).unwrap_or_else(|| panic!("no type {name}")),
    }
}

/// What is said of a computed value, as the function of the server says it.
pub(crate) fn said(value: Computed<Typed>) -> Said {
    let value = match value {
        Ok(value) => value,
        Err(Refusal::Error { sqlstate, .. }) => return Said::Error(sqlstate),
        Err(Refusal::Unknown(_)) => return Said::Unknown,
    };
    let kind = match &value.data_type {
        Type::Unknown => "text".to_owned(),
        Type::Char(_) => "character".to_owned(),
        Type::Array(element) if matches!(**element, Type::Char(_)) => "character[]".to_owned(),
        other => other.base().to_string(),
    };
    // The session of the test is in UTC, which is not known to the room.
    let zoned = match (&value.data_type, &value.datum) {
        (Type::TimestampTz(_), Datum::Timestamp(number)) => {
            let local = Typed::new(Type::Timestamp(None), Datum::Timestamp(*number));
            let text = cast(&local, &Type::Text, Context::Explicit);
            let finite = *number != i64::MIN && *number != i64::MAX;
            text.map(|text| Some((text, if finite { "+00" } else { "" })))
        }
        _ => cast(&value, &Type::Text, Context::Explicit).map(|text| Some((text, ""))),
    };
    match zoned {
        Ok(Some((Typed { datum: Datum::Text(text), .. }, zone))) => {
            Said::Value(kind, Some(format!("{text}{zone}")))
        }
        Ok(_) => Said::Value(kind, None),
        Err(_) => Said::Unknown,
    }
}

pub(crate) fn quoted(text: &str) -> String {
    let escaped = text.replace('\'', "''");
    if escaped.contains('\\') {
        format!("E'{}'", escaped.replace('\\', "\\\\"))
    } else {
        format!("'{escaped}'")
    }
}

/// Texts as every type reads them.
pub(crate) fn inputs() -> Vec<Case> {
    let texts =
        INPUTS.iter().flat_map(|(name, texts)| texts.iter().map(move |text| (*name, *text)));
    texts
        .map(|(name, text)| {
            let value = cast(&Typed::literal(text), &type_named(name), Context::Explicit);
            let expression = format!("{}::{name}", quoted(text));
            Case { expression, said: said(value), signature: "" }
        })
        .collect()
}

/// Values of every type as every other.
pub(crate) fn casts() -> Vec<Case> {
    let mut cases = Vec::new();
    for (from, _) in INPUTS {
        for sample in samples(from).into_iter().filter(|s| s.value.data_type == type_named(from)) {
            for (to, _) in INPUTS {
                let value = cast(&sample.value, &type_named(to), Context::Explicit);
                let expression = format!("({})::{to}", sample.expression);
                cases.push(Case { expression, said: said(value), signature: "" });
            }
        }
    }
    cases
}

/// A call of an entry with arguments, and the expression of it.
fn call(entry: &Entry, arguments: &[(String, Typed)]) -> (String, Computed<Typed>) {
    let values: Vec<Typed> = arguments.iter().map(|(_, value)| value.clone()).collect();
    let texts: Vec<&str> = arguments.iter().map(|(text, _)| text.as_str()).collect();
    match (entry.is_operator, &values[..], &texts[..]) {
        (true, [value], [text]) => {
            (format!("({} {text})", entry.name), operator(entry.name, None, value))
        }
        (true, [a, b], [x, y]) => {
            (format!("({x} {} {y})", entry.name), operator(entry.name, Some(a), b))
        }
        _ => {
            let name = match entry.name {
                "greatest" | "least" => entry.name.to_owned(),
                name => format!("pg_catalog.\"{name}\""),
            };
            (format!("{name}({})", texts.join(", ")), function(entry.name, &values))
        }
    }
}

/// Every entry with arguments of its types, and with literals in their places.
pub(crate) fn calls() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in entries() {
        for (number, samples) in argument_lists(entry, 40).into_iter().enumerate() {
            let typed: Vec<(String, Typed)> =
                samples.iter().map(|s| (s.expression.clone(), s.value.clone())).collect();
            let (expression, value) = call(entry, &typed);
            cases.push(Case { expression, said: said(value), signature: entry.signature });
            // One of the arguments as a literal without a type.
            if number % 3 == 0 && !samples.is_empty() {
                let at = (number / 3) % samples.len();
                let mut bare = typed.clone();
                if let (Some(text), Some(place)) = (&samples[at].text, bare.get_mut(at)) {
                    *place = (quoted(text), Typed::literal(text));
                    let (expression, value) = call(entry, &bare);
                    cases.push(Case { expression, said: said(value), signature: "" });
                }
            }
        }
    }
    cases
}

fn truth(value: Computed<bool>) -> Said {
    said(value.map(|truth| Typed::new(Type::Bool, Datum::Bool(truth))))
}

/// Patterns of every kind with texts.
pub(crate) fn patterns() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |expression: String, said: Said| {
        cases.push(Case { expression, said, signature: "" });
    };
    let text = |text: &str| Typed::new(Type::Text, Datum::text(text));
    // Pattern by pattern, since those that are ready to match are kept.
    for pattern in PATTERNS {
        for subject in SUBJECTS {
            let of = format!("{}::text", quoted(subject));
            let (p, value) = (quoted(pattern), text(pattern));
            for name in ["~", "!~*"] {
                add(format!("{of} {name} {p}"), said(operator(name, Some(&text(subject)), &value)));
            }
            for name in ["substring", "regexp_match", "regexp_split_to_array", "regexp_count"] {
                let result = function(name, &[text(subject), value.clone()]);
                add(format!("pg_catalog.\"{name}\"({of}, {p})"), said(result));
            }
            for (with, flags) in [("x", ""), ("[\\1]", "g"), ("<\\&>", "gi")] {
                let arguments = [text(subject), value.clone(), text(with), text(flags)];
                let result = function("regexp_replace", &arguments);
                add(
                    format!("regexp_replace({of}, {p}, {}, '{flags}')", quoted(with)),
                    said(result),
                );
            }
        }
    }
    for pattern in LIKES {
        for subject in SUBJECTS {
            let of = format!("{}::text", quoted(subject));
            let p = quoted(pattern);
            add(format!("{of} LIKE {p}"), truth(like(subject, pattern, false)));
            add(format!("{of} ILIKE {p}"), truth(like(subject, pattern, true)));
            for escape in ["", "$", "o", "ab"] {
                let escaped = like_escape(pattern, escape).and_then(|p| like(subject, &p, false));
                add(format!("{of} LIKE {p} ESCAPE '{escape}'"), truth(escaped));
            }
        }
    }
    for pattern in LIKES.iter().chain(PATTERNS) {
        for subject in SUBJECTS {
            let of = format!("{}::text", quoted(subject));
            let p = quoted(pattern);
            for escape in ["\\", "$", "ab"] {
                let matched = similar_pattern(pattern, escape)
                    .and_then(|p| Pattern::new(&p, ""))
                    .and_then(|p| p.is_match(subject));
                add(format!("{of} SIMILAR TO {p} ESCAPE {}", quoted(escape)), truth(matched));
            }
        }
    }
    cases
}

/// Expressions that one part of railcheck or another once got wrong.
pub(crate) fn expressions() -> Vec<Case> {
    let literal =
        |text: &str, name: &str| cast(&Typed::literal(text), &type_named(name), Context::Explicit);
    let as_type = |value: Computed<Typed>, name: &str| {
        value.and_then(|value| cast(&value, &type_named(name), Context::Explicit))
    };
    let apply = |name: &str, a: Computed<Typed>, b: Computed<Typed>| operator(name, Some(&a?), &b?);
    let bare = |text: &str| Ok(Typed::literal(text));
    let number = |text: &str| Typed::number(text).ok_or(Refusal::Unknown("a number".into()));
    let cases = [
        ("'a'::text < 'B'", apply("<", literal("a", "text"), bare("B"))),
        ("E'foo bar' ~ E'\\\\bbar\\\\b'", apply("~", bare("foo bar"), bare("\\bbar\\b"))),
        (
            "regexp_replace('ab', 'a|ab', 'x')",
            function("regexp_replace", &["ab", "a|ab", "x"].map(Typed::literal)),
        ),
        ("'{\"a\":1}'::jsonb::text", as_type(literal("{\"a\":1}", "jsonb"), "text")),
        (
            "'2024-01-01 12:00'::timestamp::date = '2024-01-01'",
            apply(
                "=",
                as_type(literal("2024-01-01 12:00", "timestamp"), "date"),
                bare("2024-01-01"),
            ),
        ),
        ("'abcdef'::varchar(3) = 'abc'", apply("=", literal("abcdef", "varchar(3)"), bare("abc"))),
        (
            "interval '1 year' = interval '360 days'",
            apply("=", literal("1 year", "interval"), literal("360 days", "interval")),
        ),
        ("'{\"a\":1}'::jsonb > '{}'", apply(">", literal("{\"a\":1}", "jsonb"), bare("{}"))),
        (
            "9007199254740993 = 9007199254740992",
            apply("=", number("9007199254740993"), number("9007199254740992")),
        ),
    ];
    let case = |(expression, value): (&str, Computed<Typed>)| Case {
        expression: expression.to_owned(),
        said: said(value),
        signature: "",
    };
    cases.into_iter().map(case).collect()
}
