//! Whether an expression of a policy lets a stranger at every row.

use indexmap::IndexMap;

use crate::catalog::{ObjectName, Policy, PolicyProbe, Table};
use crate::facts::Database;
use crate::prover::{Proof, Vacuity, Visitor};

/// Whether an expression of a policy lets a stranger at nobody's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Openness {
    Closed,
    /// It is true of every row.
    Vacuous,
    /// It was true of each of so many rows.
    Tried(usize),
    Unknown,
}

/// What an expression says of a stranger, of the rows in which these columns have these values, and the functions
/// by which that was found out.
pub(super) fn openness(
    database: Database<'_>,
    table: &Table,
    policy: &Policy,
    (clause, expression): (&str, &str),
    visitor: Visitor,
    given: &IndexMap<String, String>,
) -> (Openness, Vec<ObjectName>) {
    let catalog = &database.outcome.catalog;
    let Proof { vacuity, functions } =
        database.memo.prove(catalog, (table, expression), Some(visitor), given);
    let openness = match vacuity {
        Vacuity::NotVacuous => Openness::Closed,
        Vacuity::Vacuous => Openness::Vacuous,
        // Rows were tried whatever their columns are.
        Vacuity::Unknown if !given.is_empty() => Openness::Unknown,
        Vacuity::Unknown => match tried(policy, clause, visitor) {
            Some(trial) if trial.always => Openness::Tried(trial.rows),
            Some(_) => Openness::Closed,
            None => Openness::Unknown,
        },
    };
    (openness, functions)
}

/// What came of evaluating an expression of which nothing can be told by reading it.
fn tried(policy: &Policy, clause: &str, visitor: Visitor) -> Option<PolicyProbe> {
    let (with_check, signed_in) = (clause == "WITH CHECK", visitor == Visitor::SignedIn);
    policy.trials.iter().copied().find(|t| t.with_check == with_check && t.signed_in == signed_in)
}
