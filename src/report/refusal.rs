//! A migration that is refused, which every report says once and before all else.

use crate::facts::Facts;
use crate::finding::Fingerprint;
use crate::span::Span;

/// How many of the migrations that were not applied are named.
const MAX_NAMED: usize = 5;

/// What formats that know findings alone call it.
pub(super) const ID: &str = "migration-refused";

/// The statement that stopped the migrations, and what was not applied because of it.
#[derive(Debug)]
pub(super) struct Refusal<'a> {
    /// The statement.
    pub(super) span: Span,
    /// One sentence with place, SQLSTATE and message.
    pub(super) sentence: String,
    /// The migrations that were not applied, that of the statement first.
    pub(super) not_applied: Vec<&'a str>,
}

impl<'a> Refusal<'a> {
    /// The refusal of a run, if there is one.
    pub(super) fn of(facts: &Facts<'a>) -> Option<Self> {
        let database = facts.database?;
        let failure = database.outcome.failure.as_ref()?;
        let files = facts.files;
        let unapplied = database.migrations.iter().skip_while(|file| **file != failure.span.file);
        let mut not_applied: Vec<&str> = unapplied.map(|file| &*files.file(*file).path).collect();
        if not_applied.is_empty() {
            not_applied.push(&files.file(failure.span.file).path);
        }
        Some(Self { span: failure.span, sentence: failure.describe(files), not_applied })
    }

    /// Which migrations were not applied, as a sentence.
    pub(super) fn consequence(&self) -> String {
        let named = self.not_applied.iter().take(MAX_NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = match self.not_applied.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            number => format!(" and {number} more"),
        };
        let verb = if self.not_applied.len() == 1 { "is" } else { "are" };
        format!("{named}{more} {verb} not applied, and what depends on that cannot be decided")
    }

    /// What tells it from others: the migration that is refused.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(ID, self.not_applied.first().copied().unwrap_or_default())
    }
}
