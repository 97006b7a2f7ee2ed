//! The judge of syntax and a real server on the same texts: statements of every command, and slips made in them at
//! random. What one refuses the other refuses, with the same SQLSTATE.
//!
//! 600 slips are tried, or as many as `RAILCHECK_SLIPS` says, then with new random numbers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod slip;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use railcheck::engine::interpreter::syntax::{Surroundings, Verdict, check, check_plpgsql};
use railcheck::engine::session::server::ServerSession;
use railcheck::engine::session::{Session, SessionError};
use slip::Slips;
use test_cluster::{Cluster, read_cases};

/// How many slips are tried unless the environment says otherwise.
const SLIPS: usize = 600;

/// A statement that fails when it is executed: a text that begins with it is only read.
const FAILS: &str = "SELECT 1/0; ";

/// What `FAILS` fails with.
const DIVISION_BY_ZERO: &str = "22012";

/// Whose opinion is asked: the oldest version that is supported.
const VERSION: u8 = 15;

/// What a trigger function called f knows.
const NAMES: [&str; 15] = [
    "new",
    "old",
    "found",
    "tg_name",
    "tg_when",
    "tg_level",
    "tg_op",
    "tg_relid",
    "tg_relname",
    "tg_table_name",
    "tg_table_schema",
    "tg_nargs",
    "tg_argv",
    "tg_event",
    "f",
];

fn slips() -> (usize, Slips) {
    match std::env::var("RAILCHECK_SLIPS") {
        Ok(count) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            (count.parse().unwrap(), Slips::new(now.as_secs()))
        }
        Err(_) => (SLIPS, Slips::new(1)),
    }
}

fn fixture(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// A server of the version that is judged for, if the machine has it.
fn server() -> Option<(Cluster, ServerSession)> {
    let cluster = Cluster::start().unwrap();
    let database = cluster.create_database().unwrap();
    let session = ServerSession::connect(&cluster.url(&database)).unwrap();
    let version = cluster.psql(&database, "SHOW server_version_num").unwrap();
    let is_it = version.trim().starts_with(&VERSION.to_string());
    is_it.then_some((cluster, session))
}

/// SQLSTATE and message with which the server refuses a text.
fn refusal(session: &mut ServerSession, text: &str) -> Option<(String, String)> {
    match session.run(text) {
        Ok(_) => None,
        Err(SessionError::Refused(refusal)) => Some((refusal.sqlstate, refusal.message)),
        Err(other) => panic!("{other}: {text}"),
    }
}

/// The same of the judge.
fn judgement(text: &str) -> Option<(String, String)> {
    match check(text) {
        Verdict::Refused(error) => Some((error.sqlstate.to_owned(), error.message)),
        Verdict::Depends { error, accepted_by } if accepted_by > VERSION => {
            Some((error.sqlstate.to_owned(), error.message))
        }
        Verdict::Accepted | Verdict::Depends { .. } => None,
    }
}

/// How often both said the same, and of which texts they did not.
#[derive(Default)]
struct Tally {
    agreed: usize,
    refused: usize,
    differences: Vec<String>,
}

impl Tally {
    fn count(
        &mut self,
        text: &str,
        ours: Option<(String, String)>,
        theirs: Option<(String, String)>,
    ) {
        let code =
            |refusal: &Option<(String, String)>| refusal.as_ref().map(|(code, _)| code.clone());
        self.refused += usize::from(theirs.is_some());
        if code(&ours) == code(&theirs) {
            self.agreed += 1;
        } else {
            self.differences.push(format!("{text}\n  ours {ours:?}\n  PostgreSQL {theirs:?}"));
        }
    }

    fn finish(self, at_least_refused: usize) {
        let Self { agreed, refused, differences } = self;
        let list = differences.join("\n");
        assert!(differences.is_empty(), "{agreed} agree, {} do not:\n{list}", differences.len());
        assert!(refused >= at_least_refused, "only {refused} were refused");
    }
}

#[test]
fn statements_and_slips_in_them_are_judged_as_by_the_server() {
    let Some((_cluster, mut session)) = server() else { return };
    let statements = fixture("syntax/statements.sql");
    let cases =
        read_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/engines")).unwrap();
    let mut texts: Vec<String> = statements.lines().map(str::to_owned).collect();
    assert!(texts.len() > 150, "only {} statements", texts.len());
    texts.extend(cases.into_iter().flat_map(|case| case.migrations));
    let mut tally = Tally::default();
    let mut ask = |text: &str| {
        let text = format!("{FAILS}{text}");
        let theirs = refusal(&mut session, &text).filter(|(code, _)| code != DIVISION_BY_ZERO);
        tally.count(&text, judgement(&text), theirs);
    };
    texts.iter().for_each(|text| ask(text));
    let (count, mut slips) = slips();
    for _ in 0..count {
        let text = slips.pick(&texts).clone();
        ask(&slips.make(&text));
    }
    tally.finish(count / 3);
}

#[test]
fn bodies_and_slips_in_them_are_compiled_as_by_the_server() {
    let Some((_cluster, mut session)) = server() else { return };
    session.run("CREATE SCHEMA s; CREATE TABLE s.t (a integer)").unwrap();
    let bodies = fixture("syntax/bodies.sql");
    let bodies: Vec<&str> = bodies.split("-- body\n").filter(|body| !body.is_empty()).collect();
    let names = NAMES.map(str::to_owned);
    let surroundings = Surroundings { names: &names, returns_value: true, is_condition: &|_| true };
    let mut tally = Tally::default();
    let mut missed = Vec::new();
    let mut ask = |body: &str| {
        let text = format!(
            "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $of_test${body}$of_test$"
        );
        let theirs = refusal(&mut session, &text);
        let ours = check_plpgsql(body, &surroundings)
            .map(|error| (error.sqlstate.to_owned(), error.message));
        match (&ours, &theirs) {
            // Types and conditions that there are not, which the server looks up as it reads.
            (_, Some((code, _))) if code != "42601" => {}
            // A few rules of the compiler are not the judge's.
            (None, Some((_, message))) => missed.push(message.clone()),
            _ => tally.count(body, ours, theirs),
        }
    };
    bodies.iter().for_each(|body| ask(body));
    let (count, mut slips) = slips();
    for _ in 0..count {
        let body = (*slips.pick(&bodies)).to_owned();
        ask(&slips.make(&body));
    }
    assert!(missed.len() * 100 <= count, "of {count} slips not noticed: {missed:?}");
    tally.finish(count / 3);
}
