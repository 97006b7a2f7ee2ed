//! Functions of bytes.

use sha2::Digest;

use crate::datum::io::unhex;
use crate::datum::signature::Length::Exactly;
use crate::datum::signature::{Call, Facts, Line, line};
use crate::datum::{Computed, Datum, Refusal};

fn length(call: &Call<'_>) -> Computed {
    Ok(Datum::Int(i64::try_from(call.bytes(0)?.len()).unwrap_or(i64::MAX)))
}

fn encode(call: &Call<'_>) -> Computed {
    match call.text(1)?.to_ascii_lowercase().as_str() {
        "hex" => Ok(Datum::text(hex::encode(call.bytes(0)?))),
        _ => Err(Refusal::unknown("an encoding other than hex")),
    }
}

fn decode(call: &Call<'_>) -> Computed {
    match call.text(1)?.to_ascii_lowercase().as_str() {
        "hex" => Ok(Datum::Bytes(unhex(call.text(0)?)?.into())),
        _ => Err(Refusal::unknown("an encoding other than hex")),
    }
}

pub(super) const LINES: &[Line] = &[
    line("length(bytea) -> int4", length).facts(Facts::COUNT.free(0)),
    line("octet_length(bytea) -> int4", length).facts(Facts::COUNT.free(0)),
    line("encode(bytea, text) -> text", encode),
    line("decode(text, text) -> bytea", decode),
    line("md5(bytea) -> text", |c| {
        Ok(Datum::text(hex::encode(<md5::Md5 as md5::Digest>::digest(c.bytes(0)?))))
    })
    .facts(Facts::NONE.length(Exactly(32))),
    line("sha256(bytea) -> bytea", |c| {
        Ok(Datum::Bytes(sha2::Sha256::digest(c.bytes(0)?).to_vec().into()))
    }),
];
