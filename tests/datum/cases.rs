//! Expressions with what is computed for them.

use std::fmt;
use std::sync::Arc;

use railcheck::datum::{
    Computed, Context, Datum, Entry, EnumLabels, Parameter, Pattern, Refusal, Type, Typed, cast,
    entries, function, like, like_escape, operator, similar_pattern,
};

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

/// A value with the expression that makes it.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) expression: String,
    pub(crate) value: Typed,
    /// The text that it was read from.
    text: Option<String>,
}

/// Values of a type, NULL the last of them.
pub(crate) fn samples(name: &str) -> Vec<Sample> {
    let data_type = type_named(name);
    let of =
        INPUTS.iter().filter(|(other, _)| *other == name || type_named(other).base() == data_type);
    let mut samples: Vec<Sample> = of
        .flat_map(|(name, texts)| texts.iter().map(move |text| (*name, *text)))
        .filter_map(|(name, text)| {
            let value = cast(&Typed::literal(text), &type_named(name), Context::Explicit).ok()?;
            let expression = format!("{}::{name}", quoted(text));
            Some(Sample { expression, value, text: Some(text.to_owned()) })
        })
        .collect();
    samples.push(Sample {
        expression: format!("NULL::{name}"),
        value: Typed::null(data_type),
        text: None,
    });
    samples
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

/// The types that a parameter is tried with, in one row for each type that the places of any type can have.
fn instances(entry: &Entry) -> Vec<Vec<&'static str>> {
    let name = |data_type: &Type| -> Vec<&'static str> {
        let all = INPUTS.iter().map(|(name, _)| *name);
        let mut names: Vec<_> = all
            .filter(|name| {
                type_named(name) == *data_type
                    || (data_type == &Type::Char(None) && *name == "bpchar")
            })
            .collect();
        names.truncate(1);
        assert!(!names.is_empty() || *data_type == Type::Record, "no samples of {data_type}");
        names
    };
    let polymorphic =
        [("int4", "int4[]"), ("text", "text[]"), ("numeric", "numeric[]"), ("mood", "mood[]")];
    let any = ["int4", "text", "bool", "jsonb", "date", "float8", "int4[]", "char(4)", "numeric"];
    let scalars = ["int4", "bool", "jsonb", "char(4)", "date", "numeric", "uuid", "timestamp"];
    let mut rows = Vec::new();
    for (at, (element, array)) in polymorphic.into_iter().enumerate() {
        let mut types = Vec::new();
        let mut fixed = true;
        for (place, parameter) in entry.parameters.iter().enumerate() {
            let (name, free) = match parameter {
                Parameter::Type(data_type) => {
                    (name(data_type).first().copied().unwrap_or("record"), false)
                }
                Parameter::Any => (any[(at * 2 + place) % any.len()], true),
                Parameter::AnyNonArray => (scalars[(at * 2 + place) % scalars.len()], true),
                Parameter::AnyElement | Parameter::AnyCompatible => (element, true),
                Parameter::AnyArray | Parameter::AnyCompatibleArray => (array, true),
                Parameter::AnyEnum => ("mood", false),
            };
            fixed &= !free;
            types.push(name);
        }
        if entry.is_variadic {
            let last = entry.parameters.last().cloned();
            let more = match last {
                Some(Parameter::Any) => any[(at * 2 + 5) % any.len()],
                _ => types.last().copied().unwrap_or("text"),
            };
            types.push(more);
        }
        rows.push(types);
        if fixed {
            break;
        }
    }
    rows
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

/// The arguments that an entry is tried with.
pub(crate) fn argument_lists(entry: &Entry, most: usize) -> Vec<Vec<Sample>> {
    let mut lists = Vec::new();
    for types in instances(entry) {
        let choices: Vec<Vec<Sample>> = types
            .iter()
            .enumerate()
            .map(|(place, name)| match (entry.name, place, *name) {
                ("extract" | "date_part" | "date_trunc", 0, _) => words(FIELDS),
                ("to_char", 1, _) => words(TEMPLATES),
                ("encode" | "decode", 1, _) => words(&["hex", "base64", "HEX"]),
                ("decode", 0, _) => words(&["", "00ff", "0", "zz", "AB"]),
                ("format", 0, _) => words(FORMATS),
                ("make_date", ..) => numbers(&[2024, 2023, 0, -1, 2, 29, 30, 13]),
                ("make_interval", ..) if *name == "int4" => numbers(&[0, 1, -1, 13, 40]),
                (
                    "repeat" | "left" | "right" | "lpad" | "rpad" | "substr" | "substring"
                    | "overlay" | "split_part" | "round" | "trunc",
                    _,
                    "int4",
                )
                | ("array_length" | "array_lower" | "array_upper" | "chr", _, "int4")
                | ("-", 1, "int4") => numbers(&[0, 1, 2, 3, -1, -2, 5, 97]),
                ("->" | "->>", 1, "int4") => numbers(&[0, 1, 5, -1, -2]),
                (
                    "regexp_replace"
                    | "regexp_match"
                    | "regexp_split_to_array"
                    | "regexp_count"
                    | "regexp_like",
                    1,
                    _,
                ) => words(PATTERNS),
                (
                    "regexp_replace"
                    | "regexp_match"
                    | "regexp_split_to_array"
                    | "regexp_count"
                    | "regexp_like",
                    0,
                    _,
                ) => words(SUBJECTS),
                ("regexp_replace", 2, _) => {
                    words(&["x", "", "[\\1]", "\\&\\&", "\\\\", "\\0", "$1"])
                }
                ("regexp_replace", 3, _) | ("regexp_match" | "regexp_split_to_array", 2, _) => {
                    words(&["", "g", "i", "gi", "n", "x", "q"])
                }
                (
                    "jsonb_extract_path"
                    | "jsonb_extract_path_text"
                    | "jsonb_set"
                    | "->"
                    | "->>"
                    | "?"
                    | "-"
                    | "#>"
                    | "#>>",
                    1..,
                    "text",
                ) => words(&["a", "b", "0", "-1", "", "aa"]),
                ("jsonb_set" | "#>" | "#>>" | "?|" | "?&" | "-", 1, "text[]") => {
                    arrays(&["{a}", "{a,b}", "{0}", "{}", "{1,0}", "{a,b,2,c}", "{NULL}", "{-1}"])
                }
                (_, _, "record") => rows(),
                (_, _, name) => samples(name),
            })
            .collect();
        lists.extend(spread(&choices, most));
    }
    lists
}

fn words(texts: &[&str]) -> Vec<Sample> {
    texts
        .iter()
        .map(|text| Sample {
            expression: format!("{}::text", quoted(text)),
            value: Typed::new(Type::Text, Datum::text(*text)),
            text: Some((*text).to_owned()),
        })
        .collect()
}

/// Rows that are values, since two that are written out would be compared by their fields.
fn rows() -> Vec<Sample> {
    let row = |number: Datum, text: Datum, expression: &str| Sample {
        expression: format!("(SELECT r FROM (SELECT ROW({expression}) AS r) AS s)"),
        value: Typed::new(
            Type::Record,
            Datum::Record([Typed::new(Type::Int4, number), Typed::new(Type::Text, text)].into()),
        ),
        text: None,
    };
    vec![
        row(Datum::Int(1), Datum::text("a"), "1, 'a'::text"),
        row(Datum::Int(1), Datum::text(""), "1, ''::text"),
        row(Datum::Int(2), Datum::text("B"), "2, 'B'::text"),
        row(Datum::Null, Datum::text("a"), "NULL::int4, 'a'::text"),
        row(Datum::Int(1), Datum::Null, "1, NULL::text"),
    ]
}

fn numbers(numbers: &[i64]) -> Vec<Sample> {
    numbers
        .iter()
        .map(|number| Sample {
            expression: format!("({number})"),
            value: Typed::new(Type::Int4, Datum::Int(*number)),
            text: Some(number.to_string()),
        })
        .collect()
}

fn arrays(texts: &[&str]) -> Vec<Sample> {
    texts
        .iter()
        .filter_map(|text| {
            let value = cast(&Typed::literal(text), &Type::Text.array(), Context::Explicit).ok()?;
            let expression = format!("'{text}'::text[]");
            Some(Sample { expression, value, text: Some((*text).to_owned()) })
        })
        .collect()
}

/// So many of the combinations of one of each, evenly chosen.
fn spread(choices: &[Vec<Sample>], most: usize) -> Vec<Vec<Sample>> {
    let total: usize = choices.iter().map(Vec::len).product();
    if choices.is_empty() {
        return vec![Vec::new()];
    }
    // A step that is no divisor of the numbers of choices meets each of them.
    let mut step = (total / most.max(1)).max(1);
    while step > 1 && choices.iter().any(|of| of.len() > 1 && gcd(step, of.len()) != 1) {
        step += 1;
    }
    (0..total)
        .step_by(step)
        .map(|number| {
            let mut rest = number;
            choices
                .iter()
                .map(|of| {
                    let sample = of[rest % of.len()].clone();
                    rest /= of.len();
                    sample
                })
                .collect()
        })
        .collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

const FIELDS: &[&str] = &[
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "milliseconds",
    "microseconds",
    "week",
    "quarter",
    "dow",
    "isodow",
    "doy",
    "epoch",
    "decade",
    "century",
    "millennium",
    "isoyear",
    "YEAR",
    "days",
    "nonsense",
];

const TEMPLATES: &[&str] = &[
    "YYYY-MM-DD",
    "HH24:MI:SS",
    "YYYY-MM-DD HH24:MI:SS",
    "Mon",
    "YYYYMMDD",
    "DDth",
    "FMDD",
    "",
    "MI SS",
];

const FORMATS: &[&str] = &[
    "%s",
    "%I",
    "%L",
    "%%",
    "%s %s",
    "%2$s %1$s",
    "%5s|",
    "%-5s|",
    "%x",
    "%",
    "%3$s",
    "plain",
    "%0$s",
    "%1$s %s",
];

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
