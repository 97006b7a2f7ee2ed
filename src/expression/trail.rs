//! The decisions of one way through an expression, and the next way to go.
//!
//! An expression is evaluated over and over. Where it depends on what is not known, the evaluator
//! chooses one of the possibilities; the next run takes the same choices up to the last one that
//! has a possibility left, so that in the end every way has been gone. What was chosen about a
//! symbol is remembered for the rest of the run.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::value::{Range, Value};

/// Why a run was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// A constant that cannot be computed decides; it has so many possibilities.
    Secret { key: Arc<str>, options: usize },
    /// The expression nests too deeply.
    TooDeep,
    /// There are too many ways to go.
    TooMany,
}

/// How many runs an expression is worth.
const MOST_RUNS: usize = 20_000;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// Each choice of the run with the number of possibilities.
    choices: Vec<(usize, usize)>,
    /// How many choices the run has taken.
    taken: usize,
    decided: HashMap<Arc<str>, usize>,
    ranges: HashMap<Arc<str>, Range>,
    equals: HashMap<Arc<str>, Value>,
    /// What constants that cannot be computed are taken to be, for all runs alike.
    secrets: BTreeMap<Arc<str>, usize>,
    runs: usize,
}

impl Trail {
    /// Begins a run.
    pub(super) fn restart(&mut self) -> Result<(), Stop> {
        self.taken = 0;
        self.decided.clear();
        self.ranges.clear();
        self.equals.clear();
        self.runs += 1;
        if self.runs > MOST_RUNS { Err(Stop::TooMany) } else { Ok(()) }
    }

    /// Turns to the next way; false where every way has been gone.
    pub(super) fn turn(&mut self) -> bool {
        self.choices.truncate(self.taken);
        while let Some((choice, options)) = self.choices.pop() {
            if choice + 1 < options {
                self.choices.push((choice + 1, options));
                return true;
            }
        }
        false
    }

    /// Forgets all ways, to go them again under another assumption.
    pub(super) fn forget_ways(&mut self) {
        self.choices.clear();
    }

    /// Assumes one possibility of a constant that cannot be computed.
    pub(super) fn assume(&mut self, key: Arc<str>, option: usize) {
        self.secrets.insert(key, option);
    }

    /// Takes the assumption back.
    pub(super) fn retract(&mut self, key: &str) {
        self.secrets.remove(key);
    }

    /// Chooses one of so many possibilities.
    fn choose(&mut self, options: usize) -> usize {
        if options < 2 {
            return 0;
        }
        if self.taken == self.choices.len() {
            self.choices.push((0, options));
        }
        let (choice, _) = self.choices[self.taken];
        self.taken += 1;
        choice
    }

    /// Decides a question once for the run.
    pub(super) fn decide(
        &mut self,
        question: String,
        options: usize,
        secret: bool,
    ) -> Result<usize, Stop> {
        let key: Arc<str> = question.into();
        if let Some(choice) = self.decided.get(&key).or_else(|| self.secrets.get(&key)) {
            return Ok(*choice);
        }
        if secret {
            return Err(Stop::Secret { key, options });
        }
        let choice = self.choose(options);
        self.decided.insert(key, choice);
        Ok(choice)
    }

    /// How a symbol of a range stands to a number, in agreement with what was chosen before.
    pub(super) fn locate(&mut self, key: &Arc<str>, initial: Range, at: f64) -> Ordering {
        let range = *self.ranges.get(key).unwrap_or(&initial);
        let (below, above) = if range.integer {
            (at.ceil() - 1.0, at.floor() + 1.0)
        } else {
            (at.next_down(), at.next_up())
        };
        let holds_it = range.low <= at && at <= range.high && !(range.integer && at.fract() != 0.0);
        let options: Vec<(Ordering, f64, f64)> = [
            (range.low <= below, (Ordering::Less, range.low, range.high.min(below))),
            (range.high >= above, (Ordering::Greater, range.low.max(above), range.high)),
            (holds_it, (Ordering::Equal, at, at)),
        ]
        .into_iter()
        .filter_map(|(possible, option)| possible.then_some(option))
        .collect();
        let choice = self.choose(options.len());
        let Some(&(ordering, low, high)) = options.get(choice) else { return Ordering::Equal };
        self.ranges.insert(key.clone(), Range { low, high, ..range });
        ordering
    }

    /// What a symbol was found to be equal to.
    pub(super) fn equal_of(&self, key: &str) -> Option<&Value> {
        self.equals.get(key)
    }

    /// A symbol is equal to a constant, for the rest of the run.
    pub(super) fn set_equal(&mut self, key: Arc<str>, value: Value) {
        self.equals.insert(key, value);
    }
}
