//! Reporters: one file per format.

mod catalog;
mod frame;
mod incompleteness;
mod json;
mod printable;
mod text;

pub use catalog::{catalog_json, catalog_text};
pub use json::json;
pub use text::{TextStyle, Verbosity, text};

use crate::facts::Facts;
use crate::pack::Pack;
use crate::verify::RuleVerdict;

/// What reporters show.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The packs, in the order that they were named.
    pub packs: &'a [Pack],
    /// A verdict for each rule of each pack, in the same order.
    pub verdicts: &'a [RuleVerdict<'a>],
    /// What the verdicts rest on.
    pub facts: Facts<'a>,
    /// The name of the engine that made the catalog.
    pub engine: &'a str,
}

impl<'a> Report<'a> {
    /// The verdicts of one pack.
    fn verdicts_of(&self, pack: &'a Pack) -> impl Iterator<Item = &'a RuleVerdict<'a>> {
        self.verdicts.iter().filter(move |verdict| std::ptr::eq(verdict.pack, pack))
    }
}
