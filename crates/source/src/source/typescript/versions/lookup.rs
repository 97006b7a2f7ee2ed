//! Looks a property up along the versions of a place.

use std::collections::HashMap;

use oxc_syntax::node::NodeId;
use oxc_syntax::symbol::SymbolId;

use super::Change;
use crate::source::typescript::evaluate::{DEEPEST, Evaluator};
use crate::source::typescript::flow::{Flow, Version, VersionId};
use crate::source::typescript::members::{Key, unsure};
use crate::source::typescript::place::can_change;
use crate::source::typescript::value::{Moment, Value, Values};

/// Looks one property up along the versions of a place.
pub(super) struct Lookup<'l, 'a, 's> {
    pub(super) evaluator: &'l Evaluator<'a, 's>,
    pub(super) symbol: SymbolId,
    pub(super) flow: &'l Flow,
    pub(super) key: &'l Key,
    pub(super) otherwise: &'l Values<'a>,
    /// None while it is being looked up.
    pub(super) known: HashMap<VersionId, Values<'a>>,
    pub(super) depth: u32,
}

impl<'a> Lookup<'_, 'a, '_> {
    pub(super) fn at(&mut self, version: VersionId) -> Values<'a> {
        let mut version = version;
        // Changes of other members are passed without recursion.
        let minds_escapes = self.evaluator.minds_escapes.get();
        loop {
            version = match self.flow.versions.get(version) {
                Some(Version::Member { before, target, is_deep, .. })
                    if self.is_of_another(*target, *is_deep) =>
                {
                    *before
                }
                Some(Version::Escaped { before } | Version::Interrupted { before })
                    if !minds_escapes =>
                {
                    *before
                }
                _ => break,
            };
        }
        if let Some(values) = self.known.get(&version) {
            return values.clone();
        }
        if self.depth >= DEEPEST {
            return Values::one(Value::Opaque);
        }
        self.known.insert(version, Values::default());
        self.depth += 1;
        let values = self.now(version);
        self.depth -= 1;
        self.known.insert(version, values.clone());
        values
    }

    /// Whether a change is certainly one of another member.
    fn is_of_another(&self, target: NodeId, is_deep: bool) -> bool {
        let key = self.evaluator.changed_key(target, is_deep);
        matches!((key, self.key), (Some(Key::Name(own)), Key::Name(wanted)) if own != *wanted)
    }

    fn now(&mut self, version: VersionId) -> Values<'a> {
        let evaluator = self.evaluator;
        match self.flow.versions.get(version) {
            Some(Version::Member { before, by, target, is_deep }) => {
                let Some((key, change)) = evaluator.change(*by, *target, *is_deep) else {
                    return unsure(self.at(*before)).and(Values::one(Value::Forwarded));
                };
                let is_certain = matches!((&key, self.key), (Key::Name(a), Key::Name(b)) if a == b);
                match change {
                    Change::Set(values) if is_certain => values.of_object(),
                    Change::Set(values) => unsure(self.at(*before)).and(values.of_object()),
                    Change::Default(values, is_falsy) => {
                        self.at(*before).or_else(is_falsy, || values.of_object())
                    }
                    Change::Deleted if is_certain => self.otherwise.clone(),
                    Change::Deleted => self.at(*before).and(self.otherwise.clone()),
                    Change::Within => unsure(self.at(*before)).and(Values::one(Value::Forwarded)),
                }
            }
            Some(Version::Merged { before, call }) => {
                let before = self.at(*before);
                evaluator.layers_of(*call).iter().fold(before, |below, layer| {
                    layer
                        .iter()
                        .flat_map(|value| evaluator.property_of(value, self.key, below.clone()))
                        .collect()
                })
            }
            Some(Version::Unfollowed { before }) => {
                unsure(self.at(*before)).and(Values::one(Value::Forwarded))
            }
            Some(Version::Escaped { before } | Version::Interrupted { before }) => {
                self.at(*before).and(Values::one(Value::Undecided))
            }
            Some(Version::Any(all)) => {
                let mut values = Values::default();
                for version in all {
                    values.extend(self.at(*version));
                }
                values
            }
            _ => {
                let (whole, _) = evaluator.whole(Moment { symbol: self.symbol, version });
                whole
                    .iter()
                    .filter(|value| can_change(value))
                    .flat_map(|value| {
                        evaluator.property_of(value, self.key, self.otherwise.clone())
                    })
                    .collect()
            }
        }
    }
}
