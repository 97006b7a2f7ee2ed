//! The table of operators.

use super::signature::Line;

mod array;
mod comparison;
mod date_time;
mod json;
mod number;
mod text;

/// The pages of PostgreSQL's documentation, with the operators that each describes.
pub(super) const PAGES: &[(&str, &[Line])] = &[
    ("functions-comparison.html", comparison::LINES),
    ("functions-math.html", number::LINES),
    ("functions-string.html", text::CONCATENATION),
    ("functions-matching.html", text::MATCHING),
    ("functions-datetime.html", date_time::LINES),
    ("functions-json.html", json::LINES),
    ("functions-array.html", array::LINES),
];
