//! Random chains of migrations through the interpreter and a real server: equal catalogs, and a refusal by
//! one is a refusal by the other. 200 chains, or as many as `RAILCHECK_CHAINS` says, then with new random
//! numbers. A chain that shows a difference is shrunk and printed as a case for `fixtures/engines`.

mod chain;
mod choices;
mod part;
mod privilege;
mod rows;
mod state;
mod trial;

use std::collections::BTreeMap;

use chain::migrations;
use choices::Step;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use railcheck::engine::smallest_migrations;
use trial::Trial;

/// How many chains are tried unless the environment says otherwise.
const CHAINS: usize = 200;

/// After so many different cases a run is given up.
const ENOUGH: usize = 8;

#[test]
fn random_chains_mean_the_same_to_the_interpreter_and_to_postgresql() {
    let wanted = std::env::var("RAILCHECK_CHAINS").ok();
    let count = wanted.as_deref().map_or(CHAINS, |count| count.parse().expect("a number"));
    let mut runner = match wanted {
        Some(_) => TestRunner::default(),
        None => {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(Config::default(), rng)
        }
    };
    let strategy = vec(any::<Step>(), 1..40);
    let mut trial = Trial::start();
    let mut cases = BTreeMap::new();
    for _ in 0..count {
        let steps = strategy.new_tree(&mut runner).expect("steps").current();
        let chain = migrations(&steps);
        let found = trial.disagreements(&chain);
        let Some(first) = found.first() else { continue };
        let case = smallest_migrations(&chain, &mut |candidate| {
            trial.disagreements(candidate).contains(first)
        });
        cases.insert(case, found);
        if cases.len() == ENOUGH {
            break;
        }
    }
    let report: String = cases
        .iter()
        .map(|(case, found)| format!("\n-- case: {}\n{case}", found.join("\n-- ")))
        .collect();
    assert!(report.is_empty(), "the interpreter and PostgreSQL differ:\n{report}");
    let (statements, refused) = trial.statements();
    assert!(refused * 2 < statements, "{refused} of {statements} statements were refused");
}
