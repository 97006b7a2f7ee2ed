//! What the reporters print for given verdicts.

mod attacked;
mod browser;
mod formats;
mod html;
mod support;
mod text;
#[path = "../support/trees.rs"]
mod trees;
