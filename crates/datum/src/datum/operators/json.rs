//! Operators of `json` and `jsonb`.

use std::sync::Arc;

use crate::datum::functions::json::{as_text, below, element, member, path, text_of};
use crate::datum::json::Json;
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::{Computed, Datum, Refusal};

fn whole(found: Option<&Json>) -> Datum {
    found.map_or(Datum::Null, |json| Datum::Json(json.clone().into()))
}

/// An element of an array. A scalar by itself is kept as an array of one element.
fn item<'c>(call: &Call<'c>) -> Computed<Option<&'c Json>> {
    let (json, at) = (call.json(0)?, call.int(1)?);
    Ok(if json.is_scalar() { matches!(at, 0 | -1).then_some(&**json) } else { json.item(at) })
}

fn keys(call: &Call<'_>, all: bool) -> Computed {
    let json = call.json(0)?;
    let mut wanted = call.texts(1)?.into_iter().flatten();
    let has = |key: &Arc<str>| has_key(json, key);
    Ok(Datum::Bool(if all { wanted.all(has) } else { wanted.any(has) }))
}

fn has_key(json: &Json, key: &str) -> bool {
    match json {
        Json::Object(_) => json.get(key).is_some(),
        Json::Array(items) => items.iter().any(|i| matches!(i, Json::String(s) if **s == *key)),
        Json::String(string) => **string == *key,
        _ => false,
    }
}

fn concatenate(call: &Call<'_>) -> Computed {
    let (a, b) = (&**call.json(0)?, &**call.json(1)?);
    Ok(Datum::Json(Arc::new(match (a, b) {
        (Json::Object(a), Json::Object(b)) => Json::object([&a[..], &b[..]].concat()),
        (a, b) => {
            let items = |json: &Json| match json {
                Json::Array(items) => items.clone(),
                other => vec![other.clone()],
            };
            Json::Array([items(a), items(b)].concat())
        }
    })))
}

fn without_keys(json: &Json, gone: &dyn Fn(&str) -> bool) -> Computed {
    Ok(Datum::Json(Arc::new(match json {
        Json::Object(members) => {
            Json::Object(members.iter().filter(|(key, _)| !gone(key)).cloned().collect())
        }
        Json::Array(items) => {
            let stays = |item: &&Json| !matches!(item, Json::String(text) if gone(text));
            Json::Array(items.iter().filter(stays).cloned().collect())
        }
        _ => return Err(Refusal::error("22023", "cannot delete from scalar")),
    })))
}

fn without_item(call: &Call<'_>) -> Computed {
    match &**call.json(0)? {
        Json::Array(items) => {
            let at = call.int(1)?;
            let at = if at < 0 { at + i64::try_from(items.len()).unwrap_or(0) } else { at };
            let stays = |place: usize| i64::try_from(place) != Ok(at);
            let items = items.iter().enumerate().filter(|(place, _)| stays(*place));
            Ok(Datum::Json(Arc::new(Json::Array(items.map(|(_, i)| i.clone()).collect()))))
        }
        Json::Object(_) => {
            Err(Refusal::error("22023", "cannot delete from object using integer index"))
        }
        _ => Err(Refusal::error("22023", "cannot delete from scalar")),
    }
}

/// The value below a key may be anything, and so may be that it is missing.
const FREE: Facts = Facts::NULLABLE.free(0);

pub(super) const LINES: &[Line] = &[
    line("jsonb -> text -> jsonb", |c| Ok(whole(c.json(0)?.get(c.text(1)?)))).facts(FREE),
    line("jsonb ->> text -> text", |c| Ok(text_of(c.json(0)?.get(c.text(1)?)))).facts(FREE),
    line("jsonb -> int4 -> jsonb", |c| Ok(whole(item(c)?))).facts(FREE),
    line("jsonb ->> int4 -> text", |c| Ok(text_of(item(c)?))).facts(FREE),
    line("jsonb #> text[] -> jsonb", |c| Ok(whole(path(c.json(0)?, &c.texts(1)?)?)))
        .facts(Facts::NULLABLE),
    line("jsonb #>> text[] -> text", |c| Ok(text_of(path(c.json(0)?, &c.texts(1)?)?)))
        .facts(Facts::NULLABLE),
    line("json ->> text -> text", |c| as_text(member(c)?)).facts(FREE),
    line("json ->> int4 -> text", |c| as_text(element(c)?)).facts(FREE),
    line("json -> text -> json", |c| Ok(Datum::optional_text(member(c)?))).facts(FREE),
    line("json -> int4 -> json", |c| Ok(Datum::optional_text(element(c)?))).facts(FREE),
    line("json #> text[] -> json", |c| Ok(Datum::optional_text(below(c)?))).nullable(),
    line("json #>> text[] -> text", |c| as_text(below(c)?)).nullable(),
    line("jsonb @> jsonb -> bool", |c| Ok(Datum::Bool(c.json(0)?.contains(c.json(1)?)))),
    line("jsonb <@ jsonb -> bool", |c| Ok(Datum::Bool(c.json(1)?.contains(c.json(0)?)))),
    line("jsonb ? text -> bool", |c| Ok(Datum::Bool(has_key(c.json(0)?, c.text(1)?))))
        .facts(Facts::NONE.free(0)),
    line("jsonb ?| text[] -> bool", |c| keys(c, false)),
    line("jsonb ?& text[] -> bool", |c| keys(c, true)),
    line("jsonb || jsonb -> jsonb", concatenate),
    line("jsonb - text -> jsonb", |c| {
        let gone = c.text(1)?;
        without_keys(c.json(0)?, &|key| *key == **gone)
    }),
    line("jsonb - text[] -> jsonb", |c| {
        let gone = c.texts(1)?;
        without_keys(c.json(0)?, &|key| gone.iter().flatten().any(|gone| *key == ***gone))
    }),
    line("jsonb - int4 -> jsonb", without_item),
];
