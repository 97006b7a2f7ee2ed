//! Every SQL case of `fixtures/engines` through every engine: equal catalogs, and a refusal by one is a
//! refusal by the other. The yardstick is a real PostgreSQL, read by a query of the tests' own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use railcheck::catalog::{Answer, Catalog, PrivilegeSet};
use railcheck::engine::interpreter::Interpreter;
use railcheck::engine::postgres::Database;
use railcheck::engine::session::server::ServerSession;
use railcheck::engine::session::{Session, SessionError};
use railcheck::engine::{Outcome, Platform, batch, introspect};
use railcheck::span::{SourceFile, SourceMap};
use test_cluster::{Case, Cluster, Conformance, Refusal, differences, read_cases};

/// Everything that a case may leave behind in a database that has only what the server brings.
const CLEAN: &str = include_str!("conformance/clean.sql");

/// What a real PostgreSQL says of a case.
struct Judgement {
    catalog: serde_json::Value,
    roles: serde_json::Value,
    /// What each role may do, one line a right.
    rights: BTreeSet<String>,
    refusal: Option<Refusal>,
}

/// Every case with what a real PostgreSQL says of it, asked once for all engines.
static JUDGED: LazyLock<Vec<(Case, Judgement)>> = LazyLock::new(|| {
    let cases =
        read_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/engines")).unwrap();
    assert!(cases.len() > 300, "only {} cases were found", cases.len());
    let cluster = Cluster::start().unwrap();
    let database = cluster.create_database().unwrap();
    let judge = |case: Case| {
        let migrations = case.migrations.iter().map(String::as_str);
        let Conformance { catalog, access, refusal } =
            cluster.catalog_after(&database, CLEAN, migrations).unwrap();
        let roles = serde_json::json!({ "roles": access["roles"] });
        let rights = serde_json::from_value(access["rights"].clone()).unwrap();
        (case, Judgement { catalog, roles, rights, refusal })
    };
    cases.into_iter().map(judge).collect()
});

fn files(case: &Case) -> (SourceMap, Vec<railcheck::span::FileId>) {
    let mut files = SourceMap::default();
    let texts = case.migrations.iter().enumerate();
    let ids = texts
        .map(|(i, text)| files.add(SourceFile::new(format!("{i:03}_case.sql"), text.as_str())))
        .collect();
    (files, ids)
}

/// Holds an engine to what a real PostgreSQL says of every case.
fn exercise(engine: &str, mut run: impl FnMut(&Case) -> Outcome) {
    let mut report = String::new();
    let mut wrong = 0;
    for (case, judgement) in &*JUDGED {
        let lines = disagreements(&run(case), judgement);
        if !lines.is_empty() {
            wrong += 1;
            report.push_str(&format!("\n{}\n  {}\n", case.name, lines.join("\n  ")));
        }
    }
    assert!(report.is_empty(), "{engine}: {wrong} of {} cases differ:\n{report}", JUDGED.len());
}

fn disagreements(outcome: &Outcome, judgement: &Judgement) -> Vec<String> {
    let ours = serde_json::to_value(outcome.catalog.json()).unwrap();
    let mut lines = differences(&ours, &judgement.catalog);
    lines.extend(differences(&ours["access"], &judgement.roles));
    lines.extend(disagreements_about_rights(&outcome.catalog, judgement));
    lines.extend(outcome.gaps.iter().map(|gap| format!("gap: {} ({:?})", gap.reason, gap.reach)));
    let refused =
        judgement.refusal.as_ref().map(|r| (r.migration, r.sqlstate.as_str(), r.message.as_str()));
    let failed = outcome
        .failure
        .as_ref()
        .map(|f| (f.span.file.0 as usize, &*f.sqlstate, f.message.as_str()));
    match (failed, refused) {
        (None, None) => {}
        (Some(ours), Some(theirs)) if ours.0 == theirs.0 && ours.1 == theirs.1 => {}
        _ => lines.push(format!("refusal: ours {failed:?}, PostgreSQL {refused:?}")),
    }
    lines
}

/// Holds what the catalog says that each role may do to `has_table_privilege` and its kin.
fn disagreements_about_rights(catalog: &Catalog, judgement: &Judgement) -> Vec<String> {
    let access = &catalog.access;
    let mut lines = Vec::new();
    let mut hold = |line: String, answer: Answer| match answer {
        Answer::Yes if !judgement.rights.contains(&line) => lines.push(format!("may not {line}")),
        Answer::No if judgement.rights.contains(&line) => lines.push(format!("may {line}")),
        _ => {}
    };
    // Predefined roles are other ones in each version.
    for role in access.roles.keys().filter(|role| !role.starts_with("pg_")) {
        for relation in access.relations.keys() {
            // Sequences have privileges of their own.
            let is_known = catalog.table(relation).is_some() || catalog.view(relation).is_some();
            for privilege in PrivilegeSet::TABLE.iter().filter(|_| is_known) {
                let line = format!("{role} {privilege} {relation}");
                hold(line, access.may(role, privilege, relation));
            }
        }
        for (function, arguments) in access.functions.keys() {
            let line = format!("{role} EXECUTE {function}({})", arguments.join(", "));
            hold(line, access.may_execute(role, function, arguments));
        }
        for schema in access.schemas.keys() {
            for privilege in PrivilegeSet::SCHEMA.iter() {
                let line = format!("{role} {privilege} {schema}");
                hold(line, access.has_schema_privilege(role, privilege, schema));
            }
        }
    }
    lines
}

/// Applies a case to a session and reads the catalog, as the engines that run SQL do.
fn apply(session: &mut dyn Session, case: &Case) -> Result<Outcome, SessionError> {
    let (files, ids) = files(case);
    let mut outcome = Outcome::default();
    for id in ids {
        outcome.failure = batch::apply(session, id, &files.file(id).text)?;
        if outcome.failure.is_some() {
            break;
        }
    }
    session.run("SET search_path = public, extensions")?;
    outcome.catalog = introspect::read(session).unwrap();
    session.reset()?;
    Ok(outcome)
}

#[test]
fn the_interpreter_reads_every_case_as_postgresql_does() {
    exercise("interpreter", |case| {
        let (files, ids) = files(case);
        Interpreter { platform: Platform::Postgres }.interpret(&files, &ids)
    });
}

#[test]
fn engine_postgres_reads_every_case_as_the_yardstick_does() {
    let mut database = Database::open(Platform::Postgres, None).unwrap();
    exercise("postgres", |case| {
        database.session.run(CLEAN).unwrap();
        apply(&mut database.session, case).unwrap()
    });
}

#[test]
fn a_session_with_a_server_reads_every_case_as_the_yardstick_does() {
    let cluster = Cluster::start().unwrap();
    let database = cluster.create_database().unwrap();
    let url = cluster.url(&database);
    let mut session = ServerSession::connect(&url).unwrap();
    exercise("server", |case| {
        session.run(CLEAN).unwrap();
        apply(&mut session, case).unwrap()
    });
}
