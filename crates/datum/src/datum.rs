//! PostgreSQL's values: their types, texts, order, casts, operators and functions.
//!
//! Every part of railcheck that computes with values of SQL computes here. Nothing here knows of syntax trees, of
//! values that are not known, or of a session. A computation has one of three results: a value (NULL included), the
//! error that PostgreSQL raises, or [`Refusal::Unknown`] where the result is not modelled or depends on the locale, the
//! time zone or a setting.
//!
//! Two things are taken for granted. `DateStyle`, `IntervalStyle`, `bytea_output`, `extra_float_digits` and
//! `standard_conforming_strings` have PostgreSQL's defaults. The letters of ASCII have the upper and lower case of
//! English, which is so in every locale but the Turkic ones.

use std::borrow::Cow;

mod array;
mod cast;
mod compare;
mod date_time;
mod float;
mod functions;
mod interval;
mod io;
mod json;
mod like;
mod numeric;
mod operators;
mod quote;
mod regex;
mod resolve;
mod signature;
mod timestamp;
mod types;
mod value;

pub use self::regex::Pattern;
pub use array::Array;
pub(crate) use array::{elements as array_elements, push_quoted as push_array_element};
pub use cast::{Context, cast};
pub use compare::{Collation, compare};
pub(crate) use functions::matches as regexp_matches;
pub use interval::Interval;
pub use io::{input, output};
pub use json::Json;
pub use like::{like, like_escape, similar_pattern};
pub use numeric::Numeric;
pub(crate) use quote::{is_keyword, needs_quotes};
pub use quote::{quote_identifier, quote_literal};
pub use resolve::{
    Chosen, entries, function, function_entry, function_of_texts, functions_named, operator,
    operator_entry, operator_of_texts,
};
pub use signature::{Bound, Entry, Facts, Length, Order, Parameter, Volatility};
pub use types::Type;
pub use value::{Datum, EnumLabels, Typed};

/// A computed value, or why there is none.
pub type Computed<T = Datum> = Result<T, Refusal>;

/// Why a computation has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// PostgreSQL raises this error.
    #[error("{message}")]
    Error {
        /// The code of the error, as in PostgreSQL's appendix A.
        sqlstate: &'static str,
        /// The message without its details.
        message: String,
    },
    /// The result is not modelled here, or depends on what is not known here.
    #[error("{0} is not computed")]
    Unknown(Cow<'static, str>),
}

impl Refusal {
    /// An error that PostgreSQL raises.
    pub(crate) fn error(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self::Error { sqlstate, message: message.into() }
    }

    /// What is not computed here.
    pub(crate) fn unknown(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Unknown(what.into())
    }

    /// A value that is out of the range of a type.
    pub(crate) fn out_of_range(what: &str) -> Self {
        Self::error("22003", format!("{what} out of range"))
    }
}
