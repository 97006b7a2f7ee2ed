//! Reporters: one file per format.

mod access;
mod assumed;
mod blame;
mod catalog;
mod comparison;
mod digest;
mod entry;
mod frame;
mod github;
mod gitlab;
mod html;
mod incompleteness;
mod json;
mod junit;
mod location;
mod markdown;
mod matrix;
mod migrate;
mod mutants;
mod paint;
mod printable;
mod refusal;
mod sarif;
mod text;

use std::io;

pub use access::{access_json, access_markdown, access_text};
pub use blame::{BlameReport, blame_json, blame_text};
pub use catalog::{catalog_json, catalog_text};
pub use comparison::comparison_text;
pub use github::github;
pub use gitlab::gitlab;
pub use html::html;
pub use json::{json, schema};
pub use junit::junit;
pub use markdown::markdown;
pub use matrix::matrix;
pub use migrate::{migrations_json, migrations_text};
pub use mutants::{mutants_json, mutants_text};
pub use sarif::sarif;
pub use text::{TextStyle, Verbosity, text};

use crate::access::Attacked;
use crate::coverage::Coverage;
use crate::engine::Comparison;
use crate::facts::Facts;
use crate::finding::Severity;
use crate::pack::Pack;
use crate::suppress::Notice;
use crate::verify::{RuleVerdict, Status};

/// What reporters show.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// A verdict for each rule of each pack, in the order in which these were named.
    pub verdicts: &'a [RuleVerdict<'a>],
    /// What is wrong with suppressions.
    pub notices: &'a [Notice],
    /// Who can reach which rows of the tables that rules guard, where that was tried.
    pub access: &'a [Attacked],
    /// What the verdicts rest on.
    pub facts: Facts<'a>,
    /// The name of the engine that made the catalog.
    pub engine: &'a str,
}

impl<'a> Report<'a> {
    /// What the run as a whole comes to.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::of(self.verdicts)
            .max(self.status_of_suppressions())
            .max(self.status_of_migrations())
    }

    /// How the process is to end: with 2 where the engines disagree, since then nothing is certain.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.comparison() {
            Some(comparison) if comparison.shows_bug() => Status::Undecided.exit_code(),
            _ => self.status().exit_code(),
        }
    }

    /// How much of the repository the rules speak of.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        Coverage::of(self.verdicts, &self.facts)
    }

    /// How the catalog differs from another one, where it was compared.
    fn comparison(&self) -> Option<&'a Comparison> {
        self.facts.database?.outcome.comparison.as_ref()
    }

    /// The migration that is refused, if one is.
    fn refusal(&self) -> Option<refusal::Refusal<'a>> {
        refusal::Refusal::of(&self.facts)
    }

    /// What the history lacks, if it is not whole.
    fn assumed(&self) -> Option<assumed::AssumedObjects<'a>> {
        assumed::AssumedObjects::of(&self.facts)
    }

    /// Whoever's migrations stop half-way has not all that the rules are about.
    fn status_of_migrations(&self) -> Status {
        if self.refusal().is_some() { Status::Undecided } else { Status::Holds }
    }

    fn status_of_suppressions(&self) -> Status {
        match self.notices.iter().map(|notice| notice.kind.severity).max() {
            Some(Severity::Error) => Status::Violated,
            _ => Status::Holds,
        }
    }

    /// The packs, in the order of the verdicts.
    fn packs(&self) -> Vec<&'a Pack> {
        let mut packs: Vec<&Pack> = self.verdicts.iter().map(|verdict| verdict.pack).collect();
        packs.dedup_by(|a, b| std::ptr::eq(*a, *b));
        packs
    }

    /// The verdicts of one pack.
    fn verdicts_of(
        &self,
        pack: &'a Pack,
    ) -> impl Iterator<Item = &'a RuleVerdict<'a>> + Clone + use<'a> {
        self.verdicts.iter().filter(move |verdict| std::ptr::eq(verdict.pack, pack))
    }
}

/// What a crate that writes a format says when it fails, which it does only if the writer does.
fn io_error(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}
