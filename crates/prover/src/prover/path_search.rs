//! The search over every path through an expression.
//!
//! An expression is evaluated over and over. Where it depends on what is not known, the evaluator
//! chooses one of the options; the next run takes the same choices up to the last one that has an
//! option left. The paths are the leaves of a tree of decisions, and the answer is that of a game:
//! an option is *attainable* where data can be chosen that take it, whatever was decided before.
//! A decision is falsifiable if an attainable option is, or if every option is; it is vacuous if every
//! option is.

/// Why a run was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// No row is on this path.
    Impossible,
    /// An exception is raised, and the visitor sees nothing.
    Raised,
    /// The expression nests too deeply.
    TooDeep,
    /// There are too many paths.
    TooMany,
}

/// What the end of a path, or all paths below a decision, show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// There are data for which the expression is not true.
    pub(super) falsifiable: bool,
    /// The expression is true of all data.
    pub(super) vacuous: bool,
}

impl Outcome {
    /// The expression is true.
    pub(super) const TRUE: Self = Self { falsifiable: false, vacuous: true };
    /// It is false or NULL.
    pub(super) const NOT_TRUE: Self = Self { falsifiable: true, vacuous: false };
    /// There are no such data.
    pub(super) const IMPOSSIBLE: Self = Self::TRUE;
    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self { falsifiable: false, vacuous: false };
}

/// The options of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Options {
    /// How many there are.
    pub(super) count: usize,
    /// Those that are possible, a bit for each.
    pub(super) possible: u64,
    /// Those that data can be chosen for, a bit for each.
    pub(super) attainable: u64,
}

impl Options {
    /// Data can be chosen for each.
    pub(super) fn free(count: usize) -> Self {
        Self { attainable: u64::MAX, ..Self::adversarial(count) }
    }

    /// It is not known which of them can be had.
    pub(super) fn adversarial(count: usize) -> Self {
        Self { count: count.min(64), possible: u64::MAX, attainable: 0 }
    }

    /// Free or not.
    pub(super) fn free_if(free: bool, count: usize) -> Self {
        if free { Self::free(count) } else { Self::adversarial(count) }
    }
}

#[derive(Debug)]
struct Decision {
    choice: usize,
    options: Options,
    one_falsifiable: bool,
    all_falsifiable: bool,
    all_vacuous: bool,
}

impl Decision {
    fn next_option(&self, from: usize) -> Option<usize> {
        (from..self.options.count).find(|option| self.options.possible >> option & 1 == 1)
    }

    /// Takes in what the option at hand has come to; the next option that could change the outcome.
    fn take_in(&mut self, outcome: Outcome) -> Option<usize> {
        let attainable = self.options.attainable >> self.choice & 1 == 1;
        self.one_falsifiable |= attainable && outcome.falsifiable;
        self.all_falsifiable &= outcome.falsifiable;
        self.all_vacuous &= outcome.vacuous;
        let next = self.next_option(self.choice + 1)?;
        let attainable_left = self.options.attainable >> next != 0;
        let open =
            !self.one_falsifiable && (self.all_vacuous || self.all_falsifiable || attainable_left);
        open.then_some(next)
    }

    fn outcome(&self) -> Outcome {
        Outcome {
            falsifiable: self.one_falsifiable || self.all_falsifiable,
            vacuous: self.all_vacuous,
        }
    }
}

/// How many runs an expression is worth.
const MOST_RUNS: usize = 20_000;

/// How many runs a row of constants is worth.
const FEW_RUNS: usize = 300;

/// See the module.
#[derive(Debug)]
pub(super) struct PathSearch {
    decisions: Vec<Decision>,
    /// How many decisions the run has taken.
    taken: usize,
    runs: usize,
    most_runs: usize,
}

impl Default for PathSearch {
    fn default() -> Self {
        Self { decisions: Vec::new(), taken: 0, runs: 0, most_runs: MOST_RUNS }
    }
}

impl PathSearch {
    /// A search that soon gives up.
    pub(super) fn short() -> Self {
        Self { most_runs: FEW_RUNS, ..Self::default() }
    }

    /// Begins a run.
    pub(super) fn restart(&mut self) -> Result<(), Stop> {
        self.taken = 0;
        self.runs += 1;
        if self.runs > self.most_runs { Err(Stop::TooMany) } else { Ok(()) }
    }

    /// Chooses one of the options, which are asked for only where the decision is met first.
    pub(super) fn choose(&mut self, options: impl FnOnce() -> Options) -> Result<usize, Stop> {
        if let Some(decision) = self.decisions.get(self.taken) {
            self.taken += 1;
            return Ok(decision.choice);
        }
        let mut decision = Decision {
            choice: 0,
            options: options(),
            one_falsifiable: false,
            all_falsifiable: true,
            all_vacuous: true,
        };
        let first = decision.next_option(0).ok_or(Stop::Impossible)?;
        decision.choice = first;
        self.decisions.push(decision);
        self.taken += 1;
        Ok(first)
    }

    /// Takes in the outcome of a run and turns to the next path; the outcome of all, where none is left.
    pub(super) fn next_path(&mut self, mut outcome: Outcome) -> Option<Outcome> {
        self.decisions.truncate(self.taken);
        while let Some(decision) = self.decisions.last_mut() {
            if let Some(next) = decision.take_in(outcome) {
                decision.choice = next;
                return None;
            }
            outcome = decision.outcome();
            self.decisions.pop();
        }
        Some(outcome)
    }
}
