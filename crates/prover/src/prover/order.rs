//! The theory of order: what is known of numbers and times, as bounds on differences.
//!
//! Each fact is `x - y <= c` or `x - y < c`, where y may be zero. Such a system has a solution if
//! and only if no cycle of facts adds up to less than zero; over integers too, once each bound is
//! rounded down to a value that the difference can take.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::sort::{Grain, Range};

/// An upper bound of a difference, itself excluded where it is strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bound {
    at: i128,
    strict: bool,
}

impl Bound {
    fn plus(self, other: Self) -> Option<Self> {
        Some(Self { at: self.at.checked_add(other.at)?, strict: self.strict || other.strict })
    }

    /// Whether it leaves less room than the other.
    fn is_tighter(self, other: Option<Self>) -> bool {
        other.is_none_or(|other| {
            self.at < other.at || self.at == other.at && self.strict && !other.strict
        })
    }
}

/// A variable plus a constant; the constant alone, where there is no variable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub(super) variable: usize,
    pub(super) offset: i128,
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Order {
    variables: HashMap<Arc<str>, usize>,
    /// The step of each variable, 0 where it has none.
    steps: Vec<i128>,
    bounds: Vec<Vec<Option<Bound>>>,
    /// The present moment, where it was asked for.
    present: Option<(usize, [i128; 2])>,
}

/// The variable that is zero.
const NOUGHT: usize = 0;

impl Default for Order {
    fn default() -> Self {
        Self {
            variables: HashMap::new(),
            steps: vec![1],
            bounds: vec![vec![Some(Bound { at: 0, strict: false })]],
            present: None,
        }
    }
}

impl Order {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        if !self.variables.is_empty() {
            *self = Self::default();
        }
    }

    /// A constant.
    pub(super) fn constant(offset: i128) -> Term {
        Term { variable: NOUGHT, offset }
    }

    /// A variable, which begins with its range.
    pub(super) fn variable(&mut self, key: &Arc<str>, range: Range) -> usize {
        if let Some(known) = self.variables.get(key) {
            return *known;
        }
        let variable = self.steps.len();
        self.variables.insert(Arc::clone(key), variable);
        self.steps.push(match range.grain {
            Grain::Step(step) | Grain::Decimal { step, .. } => step,
            Grain::Dense | Grain::Float => 0,
        });
        for row in &mut self.bounds {
            row.push(None);
        }
        self.bounds.push(vec![None; variable + 1]);
        self.bounds[variable][variable] = Some(Bound { at: 0, strict: false });
        if let Some(high) = range.high {
            self.at_most(variable, NOUGHT, Bound { at: high, strict: false });
        }
        if let Some(low) = range.low.and_then(i128::checked_neg) {
            self.at_most(NOUGHT, variable, Bound { at: low, strict: false });
        }
        variable
    }

    /// The present moment, which is somewhere in a range, and certainly between these two.
    pub(super) fn present(&mut self, key: &Arc<str>, range: Range, certain: [i128; 2]) -> usize {
        let variable = self.variable(key, range);
        self.present = Some((variable, certain));
        variable
    }

    /// Whether two variables take values at the same steps, or one takes all.
    pub(super) fn fit(&self, a: Term, b: Term) -> bool {
        let (a, b) = (self.steps[a.variable], self.steps[b.variable]);
        a == b || a == 0 || b == 0
    }

    /// How one term can stand to the other: which are possible, and which of these whatever the
    /// present moment is.
    pub(super) fn options(&self, a: Term, b: Term) -> [(bool, bool); 3] {
        ORDERINGS.map(|ordering| {
            let with = self.with(a, ordering, b);
            let Some(with) = with else { return (false, false) };
            let whenever = self.present.is_none_or(|(present, certain)| {
                certain.iter().all(|at| {
                    let present = Term { variable: present, offset: 0 };
                    with.with(present, Ordering::Equal, Self::constant(*at)).is_some()
                })
            });
            (true, whenever)
        })
    }

    fn with(&self, a: Term, ordering: Ordering, b: Term) -> Option<Self> {
        let mut copy = Self {
            variables: HashMap::new(),
            steps: self.steps.clone(),
            bounds: self.bounds.clone(),
            present: None,
        };
        copy.add(a, ordering, b).then_some(copy)
    }

    /// The least and the greatest value that a variable can take.
    pub(super) fn range(&self, variable: usize) -> [Option<i128>; 2] {
        let low = self.bounds[NOUGHT][variable].and_then(|bound| bound.at.checked_neg());
        [low, self.bounds[variable][NOUGHT].map(|bound| bound.at)]
    }

    /// Adds a fact; false, where it contradicts the others.
    pub(super) fn add(&mut self, a: Term, ordering: Ordering, b: Term) -> bool {
        // a.variable + a.offset ? b.variable + b.offset
        let Some(gap) = b.offset.checked_sub(a.offset) else { return true };
        let (a, b) = (a.variable, b.variable);
        match ordering {
            Ordering::Less => self.at_most(a, b, Bound { at: gap, strict: true }),
            Ordering::Greater => self.at_most(b, a, Bound { at: -gap, strict: true }),
            Ordering::Equal => {
                self.at_most(a, b, Bound { at: gap, strict: false })
                    && self.at_most(b, a, Bound { at: -gap, strict: false })
            }
        }
    }

    /// Adds that a term is at most another; false, where that is not possible.
    pub(super) fn add_at_most(&mut self, a: Term, b: Term) -> bool {
        let Some(gap) = b.offset.checked_sub(a.offset) else { return true };
        self.at_most(a.variable, b.variable, Bound { at: gap, strict: false })
    }

    /// Rounds a bound down to a value that the difference can take.
    fn rounded(&self, a: usize, b: usize, bound: Bound) -> Bound {
        let step = match (a, b) {
            (NOUGHT, other) | (other, NOUGHT) => self.steps[other],
            (a, b) if self.steps[a] == self.steps[b] => self.steps[a],
            _ => 0,
        };
        if step == 0 {
            return bound;
        }
        let at = bound.at.div_euclid(step) * step;
        match bound.strict && at == bound.at {
            true => Bound { at: at - step, strict: false },
            false => Bound { at, strict: false },
        }
    }

    fn at_most(&mut self, a: usize, b: usize, bound: Bound) -> bool {
        let bound = self.rounded(a, b, bound);
        if !bound.is_tighter(self.bounds[a][b]) {
            return true;
        }
        self.bounds[a][b] = Some(bound);
        let (mut possible, mut rounded) = (true, false);
        for from in 0..self.steps.len() {
            let Some(first) = self.bounds[from][a] else { continue };
            for to in 0..self.steps.len() {
                let Some(second) = self.bounds[b][to] else { continue };
                let Some(sum) = first.plus(bound).and_then(|sum| sum.plus(second)) else {
                    continue;
                };
                let whole = if from == to { sum } else { self.rounded(from, to, sum) };
                if whole.is_tighter(self.bounds[from][to]) {
                    possible &= from != to;
                    rounded |= whole != sum;
                    self.bounds[from][to] = Some(whole);
                }
            }
        }
        // A bound that was rounded makes more follow.
        possible && (!rounded || self.close())
    }

    /// Adds what follows; false, where the facts contradict each other.
    fn close(&mut self) -> bool {
        let count = self.steps.len();
        // Rounding may make more follow, so that it is gone over again; what is left out then is
        // only that something is impossible.
        for _ in 0..4 {
            let mut changed = false;
            for via in 0..count {
                for from in 0..count {
                    let Some(first) = self.bounds[from][via] else { continue };
                    for to in 0..count {
                        let Some(second) = self.bounds[via][to] else { continue };
                        let Some(sum) = first.plus(second) else { continue };
                        let sum = if from == to { sum } else { self.rounded(from, to, sum) };
                        if sum.is_tighter(self.bounds[from][to]) {
                            if from == to {
                                return false;
                            }
                            self.bounds[from][to] = Some(sum);
                            changed = true;
                        }
                    }
                }
            }
            if !changed {
                break;
            }
        }
        true
    }
}

/// The ways in which two values can stand to each other, in the order in which they are tried.
pub(super) const ORDERINGS: [Ordering; 3] = [Ordering::Less, Ordering::Greater, Ordering::Equal];
