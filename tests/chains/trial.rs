//! One chain after the other through the interpreter and a server.

use std::collections::VecDeque;
use std::ops::Range;

use railcheck::catalog::{Detail, access_differences, differences};
use railcheck::engine::interpreter::Interpreter;
use railcheck::engine::session::Session;
use railcheck::engine::session::server::ServerSession;
use railcheck::engine::{Failure, Outcome, Platform, batch, introspect};
use railcheck::span::{FileId, SourceFile, SourceMap};
use test_cluster::Cluster;

use super::privilege::{ROLES, forgetting};

/// All that a chain makes is in this schema, or is forgotten with the roles.
const NEW: &str = "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public; \
     ALTER SCHEMA public OWNER TO pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC; SET client_min_messages = error";

/// A server on which chains are tried.
pub(crate) struct Trial {
    session: ServerSession,
    statements: usize,
    refused: usize,
    // The server lives as long as this does.
    _cluster: Cluster,
}

impl Trial {
    pub(crate) fn start() -> Self {
        let cluster = Cluster::start().expect("a server");
        let database = cluster.create_database().expect("a database");
        let session = ServerSession::connect(&cluster.url(&database)).expect("a session");
        let mut session = session;
        session.run(ROLES).expect("the roles");
        Self { session, statements: 0, refused: 0, _cluster: cluster }
    }

    /// How many statements were tried, and how many of them the server refused.
    pub(crate) fn statements(&self) -> (usize, usize) {
        (self.statements, self.refused)
    }

    /// In what the two disagree. A statement that both refuse is left out and its migration tried anew.
    pub(crate) fn disagreements(&mut self, chain: &[String]) -> Vec<String> {
        self.session.run(&forgetting()).expect("roles as in the beginning");
        self.session.run(NEW).expect("a new schema");
        let mut files = SourceMap::default();
        let mut kept = vec![files.add(SourceFile::new("roles.sql", ROLES))];
        let mut is_partial = false;
        let mut ahead: VecDeque<String> = chain.iter().cloned().collect();
        while let Some(text) = ahead.pop_front().filter(|_| !is_partial) {
            let id = files.add(SourceFile::new("chain.sql", text.as_str()));
            let theirs = batch::apply(&mut self.session, id, &text).expect("a session");
            kept.push(id);
            let Some(refusal) = theirs else {
                self.statements += text.matches(";\n").count();
                continue;
            };
            let ours = interpret(&files, &kept).failure;
            if !ours.as_ref().is_some_and(|ours| is_same(ours, &refusal)) {
                let (ours, theirs) = (told(&files, ours.as_ref()), told(&files, Some(&refusal)));
                return vec![format!("the interpreter refuses {ours}; PostgreSQL {theirs}")];
            }
            self.statements += 1;
            self.refused += 1;
            // What was committed stays although the migration was refused, and the chain ends there.
            is_partial = text.contains("COMMIT");
            if !is_partial {
                kept.pop();
                ahead.push_front(without(&text, refusal.span.range()));
            }
        }
        let ours = interpret(&files, &kept);
        let theirs = introspect::read(&mut self.session).expect("a catalog");
        let mut found: Vec<String> = differences(&ours.catalog, &theirs, Detail::Names)
            .iter()
            .map(|difference| difference.describe("the interpreter", "PostgreSQL"))
            .collect();
        let (here, there) = (&ours.catalog.access, &theirs.access);
        let access = access_differences(("the interpreter", here), ("PostgreSQL", there));
        found.extend(access.into_iter().map(|difference| difference.text));
        found.extend(
            ours.gaps.iter().map(|gap| format!("gap: {} ({})", gap.reason, files.text(gap.span))),
        );
        if ours.failure.is_some() && !is_partial {
            let ours = told(&files, ours.failure.as_ref());
            found.push(format!("the interpreter refuses {ours}; PostgreSQL nothing"));
        }
        found
    }
}

fn interpret(files: &SourceMap, migrations: &[FileId]) -> Outcome {
    Interpreter { platform: Platform::Postgres }.interpret(files, migrations)
}

fn is_same(ours: &Failure, theirs: &Failure) -> bool {
    (ours.span, &ours.sqlstate) == (theirs.span, &theirs.sqlstate)
}

fn told(files: &SourceMap, failure: Option<&Failure>) -> String {
    let Some(Failure { span, sqlstate, message, .. }) = failure else {
        return "nothing".to_owned();
    };
    format!("{sqlstate} {message}: {}", files.text(*span))
}

/// A migration without one of its statements and the semicolon after it.
fn without(text: &str, statement: Range<usize>) -> String {
    let after = text.get(statement.end..).unwrap_or_default();
    let after = after.strip_prefix(";\n").unwrap_or(after);
    format!("{}{after}", text.get(..statement.start).unwrap_or_default())
}
