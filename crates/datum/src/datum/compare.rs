//! The order of values.

use std::cmp::Ordering;

use super::types::Type;
use super::value::{Datum, Typed};
use super::{float, interval};

/// By what order texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Collation {
    /// A deterministic one that is not known, such as the default one of the database.
    #[default]
    Unknown,
    /// `C`, by bytes.
    C,
}

/// How two values of a type that are not NULL compare; `None` where that cannot be told, as where a collation that is not
/// known decides, or where the type has no order.
#[must_use]
pub fn compare(data_type: &Type, a: &Datum, b: &Datum, collation: Collation) -> Option<Ordering> {
    Some(match (a, b) {
        (Datum::Bool(a), Datum::Bool(b)) => a.cmp(b),
        (Datum::Int(a), Datum::Int(b)) => a.cmp(b),
        (Datum::Numeric(a), Datum::Numeric(b)) => a.compare(b),
        (Datum::Float(a), Datum::Float(b)) => float::compare(*a, *b),
        (Datum::Text(a), Datum::Text(b)) => match data_type {
            Type::Json => return None,
            Type::Name => a.cmp(b),
            // Blanks at the end count for nothing.
            Type::Char(_) => {
                return texts(a.trim_end_matches(' '), b.trim_end_matches(' '), collation);
            }
            _ => return texts(a, b, collation),
        },
        (Datum::Uuid(a), Datum::Uuid(b)) => a.cmp(b),
        (Datum::Bytes(a), Datum::Bytes(b)) => a.cmp(b),
        (Datum::Date(a), Datum::Date(b)) => a.cmp(b),
        (Datum::Time(a), Datum::Time(b)) | (Datum::Timestamp(a), Datum::Timestamp(b)) => a.cmp(b),
        (Datum::Interval(a), Datum::Interval(b)) => interval::compare(*a, *b),
        (Datum::Json(a), Datum::Json(b)) => return a.compare(b),
        (Datum::Label(a), Datum::Label(b)) => a.cmp(b),
        (Datum::Array(a), Datum::Array(b)) => {
            let Type::Array(element) = data_type else { return None };
            for (a, b) in a.items.iter().zip(&b.items) {
                match nulls_last(element, a, b, collation)? {
                    Ordering::Equal => {}
                    different => return Some(different),
                }
            }
            a.items.len().cmp(&b.items.len()).then(a.lower.cmp(&b.lower))
        }
        (Datum::Record(a), Datum::Record(b)) => return records(a, b, collation),
        _ => return None,
    })
}

/// Whether two values of a type that are not NULL are equal; unlike their order this never hangs on a collation.
pub(super) fn equal(data_type: &Type, a: &Datum, b: &Datum) -> Option<bool> {
    if let (Datum::Array(a), Datum::Array(b), Type::Array(element)) = (a, b, data_type) {
        let mut equal = a.items.len() == b.items.len() && a.lower == b.lower;
        for (a, b) in a.items.iter().zip(&b.items) {
            let same = match (a.is_null(), b.is_null()) {
                (true, true) => true,
                (false, false) => self::equal(element, a, b)?,
                _ => false,
            };
            equal &= same;
        }
        return Some(equal);
    }
    if *data_type == Type::Json {
        return None;
    }
    // Of texts, any order tells which are equal.
    compare(data_type, a, b, Collation::C).map(Ordering::is_eq)
}

fn nulls_last(data_type: &Type, a: &Datum, b: &Datum, collation: Collation) -> Option<Ordering> {
    match (a.is_null(), b.is_null()) {
        (false, false) => compare(data_type, a, b, collation),
        (a, b) => Some(a.cmp(&b)),
    }
}

fn records(a: &[Typed], b: &[Typed], collation: Collation) -> Option<Ordering> {
    if a.len() != b.len() {
        return None;
    }
    for (a, b) in a.iter().zip(b) {
        if a.data_type.base() != b.data_type.base() {
            return None;
        }
        match nulls_last(&a.data_type, &a.datum, &b.datum, collation)? {
            Ordering::Equal => {}
            different => return Some(different),
        }
    }
    Some(Ordering::Equal)
}

/// The order of two texts. By a collation that is not known it is certain of equal ones, of the empty one, and of texts
/// that are alike but for their digits, which no locale orders otherwise.
pub(super) fn texts(a: &str, b: &str, collation: Collation) -> Option<Ordering> {
    let certain = collation == Collation::C
        || a == b
        || a.is_empty()
        || b.is_empty()
        || (a.len() == b.len()
            && a.is_ascii()
            && b.is_ascii()
            && a.bytes()
                .zip(b.bytes())
                .all(|(a, b)| a == b || (a.is_ascii_digit() && b.is_ascii_digit())));
    certain.then(|| a.cmp(b))
}
