//! The table of functions.

use super::signature::Line;

pub(super) mod array;
mod binary;
mod date_time;
mod format;
pub(super) mod json;
mod json_build;
mod number;
mod pattern;
mod text;
mod value;

pub(crate) use pattern::matches;
pub(super) use text::has_certain_case;

/// The pages of PostgreSQL's documentation, with the functions that each describes.
pub(super) const PAGES: &[(&str, &[Line])] = &[
    ("functions-comparison.html", value::COMPARISON),
    ("functions-conditional.html", value::CONDITIONAL),
    ("functions-math.html", number::LINES),
    ("functions-string.html", text::LINES),
    ("functions-string.html", format::LINES),
    ("functions-binarystring.html", binary::LINES),
    ("functions-matching.html", pattern::LINES),
    ("functions-datetime.html", date_time::LINES),
    ("functions-enum.html", value::ENUM),
    ("functions-json.html", json::LINES),
    ("functions-json.html", json_build::LINES),
    ("functions-array.html", array::LINES),
];
