//! Every SQL case of `fixtures/supabase`: what a rule tells is what is written there, by what the interpreter makes
//! of the migrations and by what a real PostgreSQL does, and the statement that a finding proposes mends it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use railcheck::engine::interpreter::Interpreter;
use railcheck::engine::session::Session;
use railcheck::engine::session::server::ServerSession;
use railcheck::engine::{Outcome, Platform, batch, introspect};
use railcheck::facts::{Database, Facts, Memo, Project};
use railcheck::finding::{Finding, Verdict};
use railcheck::pack::{Pack, SHIPPED};
use railcheck::span::{FileId, SourceFile, SourceMap};
use railcheck::verify::verify;
use test_cluster::{Case, Cluster, read_cases};

/// What a Supabase project has before its first migration.
const PRELUDE: &str = include_str!("../crates/engine/src/engine/interpreter/platform/supabase.sql");

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/supabase");
    let cases = read_cases(&folder).unwrap();
    assert!(cases.len() > 80, "only {} cases were found", cases.len());
    cases
}

/// The rule that a case is of.
fn rule_of(case: &Case) -> &str {
    case.name.split(':').next().unwrap()
}

fn project(case: &Case) -> Option<Project> {
    let served: Vec<String> = case.words("served").map(str::to_owned).collect();
    (!served.is_empty()).then(|| Project { served_schemas: Some(served), ..Project::default() })
}

fn files_of(case: &Case) -> (SourceMap, Vec<FileId>) {
    let mut files = SourceMap::default();
    let texts = case.migrations.iter().enumerate();
    let ids = texts
        .map(|(i, text)| files.add(SourceFile::new(format!("{i:03}_case.sql"), text.as_str())))
        .collect();
    (files, ids)
}

/// What the rule of a case says: its findings, and why it could not be decided.
fn judge(case: &Case, outcome: &Outcome) -> (Vec<Finding>, Vec<Finding>) {
    let (mut files, ids) = files_of(case);
    let shipped = SHIPPED.iter().find(|pack| pack.name == "supabase").unwrap();
    let file = files.add(SourceFile::new(shipped.path, shipped.text));
    let mut pack = Pack::read(&files, file).unwrap();
    pack.rules.retain(|rule| rule.id == rule_of(case));
    assert_eq!(pack.rules.len(), 1, "{}", case.name);
    let (packs, project) = ([pack], project(case));
    let database = Some(Database { outcome, migrations: &ids, memo: &Memo::default() });
    let facts = Facts { files: &files, database, sources: None, project: project.as_ref() };
    let verdict = verify(&packs, &facts).remove(0);
    match verdict.verdict {
        Verdict::Holds { .. } => (Vec::new(), verdict.doubts),
        Verdict::Violated(findings) => (findings, verdict.doubts),
        Verdict::Undecided(doubts) => (Vec::new(), doubts),
        Verdict::Suppressed => panic!("nothing is suppressed"),
    }
}

fn objects(findings: &[Finding]) -> BTreeSet<&str> {
    findings.iter().map(|finding| finding.object.as_str()).collect()
}

fn expected(case: &Case) -> BTreeSet<&str> {
    case.values("finds").collect()
}

#[test]
fn every_case_is_told_as_it_is_written() {
    let mut report = String::new();
    for case in &cases() {
        let (files, ids) = files_of(case);
        let outcome = Interpreter { platform: Platform::Supabase }.interpret(&files, &ids);
        let (findings, doubts) = judge(case, &outcome);
        let told = objects(&findings);
        let may_doubt = case.words("undecided").next().is_some();
        let agrees = told == expected(case) && doubts.is_empty();
        let doubts_it = may_doubt && told.is_empty() && !doubts.is_empty();
        if !(agrees || doubts_it) || outcome.failure.is_some() {
            let (failure, doubts) = (&outcome.failure, objects(&doubts));
            report.push_str(&format!("{}\n  {told:?}\n  {doubts:?} {failure:?}\n", case.name));
        }
        for Finding { object, message, help, primary, .. } in &findings {
            let name = &case.name;
            assert!(primary.is_some(), "{name}: {object} has no place");
            assert!(!message.ends_with('.') && !help.is_empty(), "{name}: {message}");
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// The catalog of a server after the migrations of a case.
fn introspected(session: &mut ServerSession) -> Outcome {
    session.run("SET search_path = public, extensions").unwrap();
    let catalog = introspect::read(session).unwrap();
    session.run("RESET search_path").unwrap();
    Outcome { catalog, ..Outcome::default() }
}

#[test]
fn a_server_is_told_of_as_the_migrations_are_and_what_is_proposed_mends_it() {
    let cluster = Cluster::start().unwrap();
    cluster.prepare(PRELUDE).unwrap();
    let mut report = String::new();
    for case in &cases() {
        let database = cluster.create_database().unwrap();
        let mut session = ServerSession::connect(&cluster.url(&database)).unwrap();
        session.run("SET search_path = public, extensions").unwrap();
        let (files, ids) = files_of(case);
        for id in ids {
            if let Some(failure) = batch::apply(&mut session, id, &files.file(id).text).unwrap() {
                report.push_str(&format!("{}\n  refused: {}\n", case.name, failure.message));
            }
        }
        let (findings, doubts) = judge(case, &introspected(&mut session));
        if objects(&findings) != expected(case) || !doubts.is_empty() {
            let told = objects(&findings);
            report.push_str(&format!("{}\n  {told:?} {:?}\n", case.name, objects(&doubts)));
        }
        for finding in &findings {
            let (left, _) = judge(case, &introspected(&mut session));
            // What is proposed for one object may have mended another.
            let is_left = objects(&left).contains(finding.object.as_str());
            if !is_left || !finding.help.ends_with(';') {
                continue;
            }
            if let Err(error) = session.run(&finding.help) {
                report.push_str(&format!("{}\n  {}\n  {error}\n", case.name, finding.help));
            }
            let (left, _) = judge(case, &introspected(&mut session));
            if objects(&left).contains(finding.object.as_str()) {
                let (help, object) = (&finding.help, &finding.object);
                report.push_str(&format!("{}\n  {help}\n  does not mend {object}\n", case.name));
            }
        }
        drop(session);
        cluster.psql("postgres", &format!("DROP DATABASE {database} WITH (FORCE)")).unwrap();
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn a_query_ends_in_a_recursion_where_the_rule_says_so() {
    let cluster = Cluster::start().unwrap();
    cluster.prepare(PRELUDE).unwrap();
    let mut report = String::new();
    for case in cases().iter().filter(|case| rule_of(case) == "SUPA-201") {
        let database = cluster.create_database().unwrap();
        let mut script = "SET search_path = public, extensions;\n".to_owned();
        script.push_str(&case.migrations.join("\n"));
        script.push_str(
            "\nDO $$ DECLARE s text; BEGIN FOR s IN SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' LOOP
             EXECUTE format('GRANT USAGE ON SCHEMA %I TO authenticated', s);
             EXECUTE format('GRANT ALL ON ALL TABLES IN SCHEMA %I TO authenticated', s); END LOOP; END $$;",
        );
        cluster.psql(&database, &script).unwrap();
        let tables = cluster
            .psql(
                &database,
                "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relrowsecurity AND c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'storage')",
            )
            .unwrap();
        for table in tables.lines() {
            let queries = [
                format!("SELECT 1 FROM {table}"),
                format!("INSERT INTO {table} DEFAULT VALUES"),
                format!("DELETE FROM {table} WHERE ctid = '(0,1)'"),
            ];
            let recurses = queries.iter().any(|query| {
                let tried = cluster.psql(&database, &format!("SET ROLE authenticated; {query}"));
                tried.is_err_and(|error| error.to_string().contains("infinite recursion"))
            });
            // What leads to a ring fails as well, and is not on it.
            let leads = table == "public.docs";
            let told = expected(case).contains(format!("table {table}").as_str());
            if recurses != told && !leads {
                report.push_str(&format!("{}: {table} {recurses} {told}\n", case.name));
            }
        }
        cluster.psql("postgres", &format!("DROP DATABASE {database} WITH (FORCE)")).unwrap();
    }
    assert!(report.is_empty(), "\n{report}");
}
