//! Functions that look into `json` and `jsonb`.

use std::sync::Arc;

use crate::datum::json::Json;
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::{Computed, Datum, Refusal};

/// What `->>` gives: the text of a value without the quotes of a string, and NULL for `null`.
pub(in crate::datum) fn text_of(found: Option<&Json>) -> Datum {
    match found {
        None | Some(Json::Null) => Datum::Null,
        Some(Json::String(text)) => Datum::Text(text.clone()),
        Some(json) => Datum::text(json.output()),
    }
}

/// The value at the end of a path of keys and places.
pub(in crate::datum) fn path<'j>(
    json: &'j Json,
    keys: &[Option<&Arc<str>>],
) -> Computed<Option<&'j Json>> {
    let mut found = json;
    for key in keys {
        let Some(key) = key else { return Ok(None) };
        let below = match found {
            Json::Object(_) => found.get(key),
            Json::Array(_) => place(key).and_then(|at| found.item(at)),
            _ => None,
        };
        let Some(below) = below else { return Ok(None) };
        found = below;
    }
    Ok(Some(found))
}

/// The place that a step of a path is.
fn place(key: &str) -> Option<i64> {
    let number = key.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    number.parse::<i32>().ok().map(i64::from)
}

/// A part of a `json` by its key, as it is written.
pub(in crate::datum) fn member<'c>(call: &Call<'c>) -> Computed<Option<&'c str>> {
    Json::member_text(call.text(0)?, call.text(1)?)
}

/// A part of a `json` by its place, as it is written.
pub(in crate::datum) fn element<'c>(call: &Call<'c>) -> Computed<Option<&'c str>> {
    Json::item_text(call.text(0)?, call.int(1)?)
}

/// A part of a `json` by its path, as it is written.
pub(in crate::datum) fn below<'c>(call: &Call<'c>) -> Computed<Option<&'c str>> {
    let mut found = call.text(0)?.trim_matches([' ', '\t', '\n', '\r']);
    parsed(call)?;
    for key in call.texts(1)? {
        let Some(key) = key else { return Ok(None) };
        let part = match (found.starts_with('['), place(key)) {
            (true, Some(at)) => Json::item_text(found, at)?,
            (true, None) => None,
            (false, _) => Json::member_text(found, key)?,
        };
        let Some(part) = part else { return Ok(None) };
        found = part;
    }
    Ok(Some(found))
}

/// The text of a part of a `json`: a string without its quotes, anything else as it is written.
pub(in crate::datum) fn as_text(found: Option<&str>) -> Computed {
    let Some(found) = found else { return Ok(Datum::Null) };
    Ok(match Json::parse(found)? {
        Json::Null => Datum::Null,
        Json::String(text) => Datum::Text(text),
        _ => Datum::text(found),
    })
}

fn array_length(json: &Json) -> Computed {
    match json {
        Json::Array(items) => Ok(Datum::Int(i64::try_from(items.len()).unwrap_or(i64::MAX))),
        Json::Object(_) => Err(Refusal::error("22023", "cannot get array length of a non-array")),
        _ => Err(Refusal::error("22023", "cannot get array length of a scalar")),
    }
}

fn parsed(call: &Call<'_>) -> Computed<Json> {
    Json::parse(call.text(0)?)
}

/// The keys of the path that the arguments after the first are.
fn extracted<'c>(call: &Call<'c>) -> Computed<Option<&'c Json>> {
    let keys: Vec<Option<&Arc<str>>> = (1..call.count()).map(|at| call.text(at).ok()).collect();
    path(call.json(0)?, &keys)
}

fn without_nulls(json: &Json) -> Json {
    match json {
        Json::Object(members) => Json::Object(
            members
                .iter()
                .filter(|(_, value)| *value != Json::Null)
                .map(|(key, value)| (key.clone(), without_nulls(value)))
                .collect(),
        ),
        Json::Array(items) => Json::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

/// `jsonb_set` for a path of one key of an object, or of one place of an array.
fn set(call: &Call<'_>) -> Computed {
    let create = if call.count() > 3 { call.truth(3)? } else { true };
    let keys = call.texts(1)?;
    let json = &**call.json(0)?;
    if json.is_scalar() {
        return Err(Refusal::error("22023", "cannot set path in scalar"));
    }
    let ([Some(key)], Json::Object(members)) = (&keys[..], json) else {
        return Err(Refusal::unknown("jsonb_set of a longer path"));
    };
    if !create && json.get(key).is_none() {
        return Ok(Datum::Json(call.json(0)?.clone()));
    }
    let mut members = members.clone();
    members.push(((*key).clone(), (**call.json(2)?).clone()));
    Ok(Datum::Json(Json::object(members).into()))
}

pub(super) const LINES: &[Line] = &[
    line("jsonb_typeof(jsonb) -> text", |c| Ok(Datum::text(c.json(0)?.kind()))),
    line("json_typeof(json) -> text", |c| Ok(Datum::text(parsed(c)?.kind()))),
    line("jsonb_array_length(jsonb) -> int4", |c| array_length(c.json(0)?)).facts(Facts::COUNT),
    line("json_array_length(json) -> int4", |c| array_length(&parsed(c)?)).facts(Facts::COUNT),
    line("jsonb_extract_path(jsonb, variadic text) -> jsonb", |c| {
        Ok(extracted(c)?.map_or(Datum::Null, |json| Datum::Json(json.clone().into())))
    })
    .nullable(),
    line("jsonb_extract_path_text(jsonb, variadic text) -> text", |c| Ok(text_of(extracted(c)?)))
        .nullable(),
    line("jsonb_strip_nulls(jsonb) -> jsonb", |c| {
        Ok(Datum::Json(without_nulls(c.json(0)?).into()))
    }),
    line("jsonb_set(jsonb, text[], jsonb) -> jsonb", set),
    line("jsonb_set(jsonb, text[], jsonb, bool) -> jsonb", set),
];
