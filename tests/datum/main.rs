//! Every function, operator and cast of `railcheck::datum` beside a real PostgreSQL: what is computed is what the server
//! says, under a collation by bytes and under one of a language, or it is said to be unknown.

mod arguments;
mod cases;
mod facts;
mod samples;
mod server;

use cases::{Case, Said};
use railcheck::datum::entries;
use server::Server;

/// Asks the server for each case and returns the lines of those that differ.
fn differences(server: &Server, cases: &[Case]) -> Vec<String> {
    let mut wrong = Vec::new();
    let (values, errors): (Vec<&Case>, Vec<&Case>) =
        cases.iter().partition(|case| matches!(case.said, Said::Value(..)));
    for batch in values.chunks(250).chain(errors.chunks(250)) {
        let expressions: Vec<&str> = batch.iter().map(|case| case.expression.as_str()).collect();
        let all_values = batch.iter().all(|case| matches!(case.said, Said::Value(..)));
        let answers = if all_values { server.ask_values(&expressions) } else { None };
        let answers = answers.unwrap_or_else(|| server.ask(&expressions));
        for (case, answer) in batch.iter().zip(answers) {
            if case.said != Said::Unknown && case.said.to_string() != answer {
                wrong.push(format!("{}: {} here, {answer} there", case.expression, case.said));
            }
        }
    }
    wrong
}

/// Holds cases to the server under both collations; at least so many must be computed.
#[expect(clippy::print_stdout, reason = "it prints how much is computed")]
fn hold(name: &str, cases: Vec<Case>, least: usize) {
    let computed: Vec<Case> = cases.iter().filter(|c| c.said != Said::Unknown).cloned().collect();
    println!("{name}: {} of {} are computed", computed.len(), cases.len());
    let mut wrong = Vec::new();
    let [by_bytes, by_language] = Server::both();
    wrong.extend(differences(&by_bytes, &computed));
    // Only texts, and what may have some inside, know a collation.
    let of_texts = ["text", "char", "name", "json", "mood", "LIKE", "SIMILAR", "record"];
    let of_texts = computed.iter().filter(|c| of_texts.iter().any(|t| c.expression.contains(t)));
    wrong.extend(differences(&by_language, &of_texts.cloned().collect::<Vec<_>>()));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), computed.len(), wrong.join("\n"));
    assert!(computed.len() >= least, "only {} of {name} are computed", computed.len());
}

#[test]
fn types_read_and_write_what_the_server_does() {
    hold("inputs", cases::inputs(), 250);
}

#[test]
fn casts_give_what_the_server_gives() {
    hold("casts", cases::casts(), 8_000);
}

#[test]
fn functions_and_operators_give_what_the_server_gives() {
    hold("calls", cases::calls(), 8_000);
}

#[test]
fn patterns_match_what_they_match_on_the_server() {
    hold("patterns", cases::patterns(), 10_000);
}

#[test]
fn expressions_that_were_computed_wrongly_are_computed_rightly() {
    hold("expressions", cases::expressions(), 8);
}

#[test]
fn every_entry_is_computed_for_some_arguments() {
    let cases = cases::calls();
    let idle: Vec<&str> = entries()
        .iter()
        .map(|entry| entry.signature)
        .filter(|signature| {
            !cases.iter().any(|c| c.signature == *signature && matches!(c.said, Said::Value(..)))
        })
        .collect();
    assert!(idle.is_empty(), "{idle:#?}");
}

#[test]
fn facts_hold_of_every_computed_value() {
    let broken = facts::broken();
    assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
}
