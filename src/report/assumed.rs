//! What a history that is not whole lacks, which every report lists once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::incompleteness::Location;
use crate::engine;
use crate::facts::Facts;
use crate::finding::Fingerprint;
use crate::span::{SourceMap, Span};

/// What formats that know findings alone call it.
pub(super) const ID: &str = "assumed-object";

/// The objects that statements need and no migration makes.
#[derive(Debug)]
pub(super) struct AssumedObjects<'a> {
    objects: &'a [engine::Assumed],
}

impl<'a> AssumedObjects<'a> {
    /// Those of a run, if there are any.
    pub(super) fn of(facts: &Facts<'a>) -> Option<Self> {
        let objects = facts.database?.outcome.assumed.as_slice();
        (!objects.is_empty()).then_some(Self { objects })
    }

    /// The first statement that needs one.
    pub(super) fn span(&self) -> Option<Span> {
        self.objects.first().map(|assumed| assumed.span)
    }

    /// All of them in one sentence, by their kind.
    pub(super) fn sentence(&self) -> String {
        let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for assumed in self.objects {
            let (kind, name) =
                assumed.object.split_once(' ').unwrap_or(("object", &assumed.object));
            let names = kinds.entry(kind).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let listed = kinds.into_iter().map(|(kind, names)| {
            let plural = if names.len() == 1 { "" } else { "s" };
            format!("{kind}{plural} {}", names.join(", "))
        });
        let listed = listed.collect::<Vec<_>>().join("; ");
        format!(
            "the history is partial; assumed, since no migration makes it: {listed}. What hangs on it cannot be decided"
        )
    }

    /// What tells it from others.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(ID, "history")
    }
}

/// An object that was assumed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Assumed")]
pub(super) struct AssumedJson<'a> {
    /// What it is, as in `table public.profiles`.
    object: &'a str,
    /// The first statement that needs it.
    location: Location<'a>,
}

impl<'a> AssumedJson<'a> {
    pub(super) fn of(assumed: &'a engine::Assumed, files: &'a SourceMap) -> Self {
        Self { object: &assumed.object, location: Location::of(assumed.span, files) }
    }
}
