//! Random chains of migrations through the interpreter and a real server: equal catalogs, and a refusal by
//! one is a refusal by the other. 200 chains, or as many as `RAILCHECK_CHAINS` says, then with new random
//! numbers; a chain that fails is shrunk and printed as a case for `fixtures/engines`.

#![cfg(feature = "server")]

mod generate;

use std::cell::RefCell;

use generate::{Step, migrations};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use railcheck::catalog::{Detail, differences};
use railcheck::engine::interpreter::Interpreter;
use railcheck::engine::session::Session;
use railcheck::engine::session::server::ServerSession;
use railcheck::engine::{Outcome, Platform, batch, introspect};
use railcheck::span::{SourceFile, SourceMap};
use test_cluster::Cluster;

/// How many chains are tried unless the environment says otherwise.
const CHAINS: u32 = 200;

/// All that a chain makes is in this schema.
const NEW: &str =
    "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public; SET client_min_messages = error";

#[test]
fn random_chains_mean_the_same_to_the_interpreter_and_to_postgresql() {
    let wanted = std::env::var("RAILCHECK_CHAINS").ok();
    let cases = wanted.as_deref().map_or(CHAINS, |count| count.parse().expect("a number"));
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 4000, ..Config::default() };
    let mut runner = match wanted {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let cluster = Cluster::start().expect("a server");
    let database = cluster.create_database().expect("a database");
    let session = RefCell::new(ServerSession::connect(&cluster.url(&database)).expect("a session"));
    let valid = RefCell::new((0, 0));
    let result = runner.run(&vec(any::<Step>(), 1..40), |steps| {
        let chain = migrations(&steps);
        let (found, refused) = disagreements(&mut *session.borrow_mut(), &chain);
        let mut valid = valid.borrow_mut();
        valid.0 += 1;
        valid.1 += u32::from(!refused);
        if found.is_empty() {
            return Ok(());
        }
        let case = chain.join("-- migration\n");
        Err(TestCaseError::fail(format!("{}\n-- case: shrunk\n{case}", found.join("\n"))))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let (all, whole) = valid.into_inner();
    assert!(whole * 5 > all, "only {whole} of {all} chains were valid to their end");
}

/// In what the two disagree, and whether the server refused a migration of the chain.
fn disagreements(session: &mut dyn Session, chain: &[String]) -> (Vec<String>, bool) {
    let mut files = SourceMap::default();
    let ids: Vec<_> =
        chain.iter().map(|text| files.add(SourceFile::new("chain.sql", text.as_str()))).collect();
    let ours = Interpreter { platform: Platform::Postgres }.interpret(&files, &ids);
    session.run(NEW).expect("a new schema");
    let mut theirs = Outcome::default();
    for id in &ids {
        theirs.failure = batch::apply(session, *id, &files.file(*id).text).expect("a session");
        if theirs.failure.is_some() {
            break;
        }
    }
    theirs.catalog = introspect::read(session).expect("a catalog");
    let told = |outcome: &Outcome| {
        outcome.failure.as_ref().map(|failure| (failure.span, failure.sqlstate.to_string()))
    };
    let mut found: Vec<String> = differences(&ours.catalog, &theirs.catalog, Detail::Names)
        .iter()
        .map(|difference| difference.describe("the interpreter", "PostgreSQL"))
        .collect();
    found.extend(
        ours.gaps.iter().map(|gap| format!("gap: {} ({})", gap.reason, files.text(gap.span))),
    );
    if told(&ours) != told(&theirs) {
        let said = |outcome: &Outcome| {
            let failure = outcome.failure.as_ref()?;
            Some(format!("{} {}: {}", failure.sqlstate, failure.message, files.text(failure.span)))
        };
        found.push(format!(
            "refusal: interpreter {:?}, PostgreSQL {:?}",
            said(&ours),
            said(&theirs)
        ));
    }
    (found, theirs.failure.is_some())
}
