//! Which of several functions or operators fits the arguments (`parse_func.c`).
//! <https://www.postgresql.org/docs/current/typeconv-func.html>

use super::Context;
use super::polymorphic::Binding;
use crate::engine::interpreter::model::Oid;
use crate::pg_catalog::{CastContext, Versions};

/// A function or operator that a name may mean.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// The declared types in the order of the arguments given.
    pub(super) arguments: Vec<Oid>,
    pub(super) result: Oid,
    /// The function of the migrations, if it is one.
    pub(super) function: Option<Oid>,
    /// `f` function, `p` procedure, `w` window function, `n`, `o` and `h` aggregates.
    pub(super) kind: char,
    pub(super) returns_set: bool,
    pub(super) versions: Option<Versions>,
    /// It takes these arguments in two ways.
    pub(super) is_twice: bool,
}

impl Candidate {
    /// Whether a version has it; what migrations make every version has.
    pub(super) fn is_in(&self, version: u8) -> bool {
        self.versions.is_none_or(|versions| versions.contains(version))
    }

    pub(super) fn is_in_every_version(&self) -> bool {
        self.versions.is_none_or(Versions::is_every)
    }
}

/// What candidates come to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Choice<'c> {
    One(&'c Candidate),
    None,
    Several,
}

impl Context<'_> {
    /// Whether values of these types can be given for the declared ones.
    fn takes(&self, given: &[Oid], declared: &[Oid]) -> bool {
        let plain = given.iter().zip(declared).all(|(given, declared)| {
            declared.is_polymorphic() || self.can_coerce(*given, *declared, CastContext::Implicit)
        });
        let polymorphic = declared.iter().any(|declared| declared.is_polymorphic());
        plain && (!polymorphic || self.bind(given, declared).is_some())
    }

    /// What the declared types of the chosen candidate stand for.
    pub(super) fn binding(&self, given: &[Oid], chosen: &Candidate) -> Binding {
        self.bind(given, &chosen.arguments).unwrap_or_default()
    }

    /// The candidate for these arguments, which none matches exactly.
    pub(super) fn choose<'c>(&self, given: &[Oid], candidates: &[&'c Candidate]) -> Choice<'c> {
        let fitting: Vec<&Candidate> =
            candidates.iter().copied().filter(|c| self.takes(given, &c.arguments)).collect();
        match fitting.as_slice() {
            [] => Choice::None,
            [only] => Choice::One(only),
            _ => self.select(given, fitting).map_or(Choice::Several, Choice::One),
        }
    }

    /// `func_select_candidate`
    fn select<'c>(
        &self,
        given: &[Oid],
        mut candidates: Vec<&'c Candidate>,
    ) -> Option<&'c Candidate> {
        let bases: Vec<Oid> = given.iter().map(|oid| self.base(*oid)).collect();
        let known = |i: usize| bases.get(i).is_some_and(|base| *base != Oid::UNKNOWN);
        // Those with most exact matches.
        keep_best(&mut candidates, |candidate| {
            let pairs = candidate.arguments.iter().zip(&bases).enumerate();
            pairs.filter(|(i, (declared, base))| known(*i) && declared == base).count()
        });
        if let [only] = candidates.as_slice() {
            return Some(only);
        }
        // Those with most exact matches or preferred types of the argument's category.
        keep_best(&mut candidates, |candidate| {
            let pairs = candidate.arguments.iter().zip(&bases).enumerate();
            let fits = |declared: Oid, base: Oid| {
                declared == base
                    || (self.is_preferred(declared)
                        && self.category(declared) == self.category(base))
            };
            pairs.filter(|(i, (declared, base))| known(*i) && fits(**declared, **base)).count()
        });
        if let [only] = candidates.as_slice() {
            return Some(only);
        }
        if (0..given.len()).all(known) {
            return None;
        }
        if let Some(slots) = self.categories_of_literals(given.len(), known, &candidates) {
            let fits = |candidate: &&Candidate| {
                candidate.arguments.iter().zip(&slots).all(|(declared, slot)| match slot {
                    None => true,
                    Some((category, preferred)) => {
                        self.category(*declared) == *category
                            && (!preferred || self.is_preferred(*declared))
                    }
                })
            };
            let kept: Vec<&Candidate> = candidates.iter().copied().filter(|c| fits(c)).collect();
            if !kept.is_empty() {
                candidates = kept;
            }
            if let [only] = candidates.as_slice() {
                return Some(only);
            }
        }
        self.select_by_known_type(&bases, &candidates)
    }

    /// For each literal the category that the candidates have there, and whether one of them has its preferred
    /// type; `None` where they disagree. A string wins wherever one is possible.
    fn categories_of_literals(
        &self,
        count: usize,
        known: impl Fn(usize) -> bool,
        candidates: &[&Candidate],
    ) -> Option<Vec<Option<(char, bool)>>> {
        let mut slots = Vec::with_capacity(count);
        for i in 0..count {
            if known(i) {
                slots.push(None);
                continue;
            }
            let mut slot: Option<(char, bool)> = None;
            let mut conflict = false;
            for declared in candidates.iter().filter_map(|c| c.arguments.get(i).copied()) {
                let (category, preferred) = (self.category(declared), self.is_preferred(declared));
                match &mut slot {
                    None => slot = Some((category, preferred)),
                    Some((known, any)) if *known == category => *any |= preferred,
                    Some(slot) if category == 'S' => *slot = (category, preferred),
                    Some(_) => conflict = true,
                }
            }
            if conflict && slot.is_none_or(|(category, _)| category != 'S') {
                return None;
            }
            slots.push(slot);
        }
        Some(slots)
    }

    /// Where all known arguments are of one type, literals are taken for it, too.
    fn select_by_known_type<'c>(
        &self,
        bases: &[Oid],
        candidates: &[&'c Candidate],
    ) -> Option<&'c Candidate> {
        let mut known = bases.iter().copied().filter(|base| *base != Oid::UNKNOWN);
        let first = known.next()?;
        if !known.all(|other| other == first) {
            return None;
        }
        let assumed = vec![first; bases.len()];
        let mut fitting = candidates.iter().filter(|c| self.takes(&assumed, &c.arguments));
        let only = fitting.next()?;
        fitting.next().is_none().then_some(only)
    }
}

/// Keeps the candidates with the highest score.
fn keep_best(candidates: &mut Vec<&Candidate>, score: impl Fn(&Candidate) -> usize) {
    let best = candidates.iter().map(|candidate| score(candidate)).max().unwrap_or_default();
    candidates.retain(|candidate| score(candidate) == best);
}
