//! What the reporters print for given verdicts.

mod formats;
mod html;
mod support;
mod text;
