//! The arguments that entries of the table are tried with.

use railcheck::datum::{Context, Datum, Entry, Parameter, Type, Typed, cast};

use crate::cases::{quoted, type_named};
use crate::samples::{INPUTS, PATTERNS, SUBJECTS};

/// A value with the expression that makes it.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) expression: String,
    pub(crate) value: Typed,
    /// The text that it was read from.
    pub(crate) text: Option<String>,
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
