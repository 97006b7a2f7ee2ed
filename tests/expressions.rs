//! Every expression of `fixtures/expressions/policies.txt` as PostgreSQL evaluates it for a signed-in
//! stranger: what is written there, which railcheck's own tests hold it to, is what the server says.

use railcheck::engine::session::server::ServerSession;
use railcheck::engine::session::{Session, SessionError};
use test_cluster::Cluster;

const CASES: &str = include_str!("../fixtures/expressions/policies.txt");

/// Runs that belong to nobody: each label and moment, texts short and long, nullable columns empty and full.
const RUNS: &str = "
INSERT INTO diagnosis_runs
SELECT gen_random_uuid(), gen_random_uuid(), (ARRAY['', 'b', 'abc', repeat('x', 200)])[1 + n % 4], status,
    (n % 9) - 1, (n * 5) % 8, 'v' || n, CASE WHEN n % 2 = 0 THEN '{}'::jsonb END, CASE WHEN n % 3 = 0 THEN '[1]'::jsonb END,
    CASE WHEN n % 4 = 0 THEN '[]'::jsonb END, moment, moment, CASE WHEN n % 2 = 1 THEN moment END,
    CASE WHEN n % 3 = 1 THEN moment END
FROM generate_series(1, 12) AS n, unnest(enum_range(NULL::diagnosis_run_status)) AS status,
    unnest(ARRAY[now() - interval '9 years', now() + interval '9 years', 'infinity']::timestamptz[]) AS moment";

/// What else there may be, each of which is nothing to the stranger.
const OTHERS: [&str; 3] = [
    "SELECT",
    "INSERT INTO assessments SELECT assessment_id, gen_random_uuid() FROM diagnosis_runs;
     INSERT INTO patient_profiles SELECT patient_id, gen_random_uuid() FROM assessments",
    "INSERT INTO assessments SELECT assessment_id, NULL FROM diagnosis_runs",
];

/// What requests may read.
const GRANTS: &str = "
GRANT USAGE ON SCHEMA public, auth TO anon, authenticated;
GRANT SELECT ON ALL TABLES IN SCHEMA public, auth TO anon, authenticated;
GRANT anon, authenticated TO authenticator;
SET SESSION AUTHORIZATION authenticator";

/// The stranger, as a request of somebody with a new account.
const STRANGER: &str = "
SELECT set_config('request.jwt.claims', json_build_object('sub', gen_random_uuid(), 'role', 'authenticated',
    'aud', 'authenticated', 'email', 'stranger@example.org', 'is_anonymous', false, 'app_metadata', json_build_object(),
    'user_metadata', json_build_object())::text, false);
SET ROLE authenticated";

/// The stranger, as a request without a token.
const ANON: &str = r#"
SELECT set_config('request.jwt.claims', '{"role": "anon"}', false);
SET ROLE anon"#;

/// Whether the server finds an expression true of every run, or refuses it.
fn is_true_of_all(session: &mut ServerSession, expression: &str) -> Option<bool> {
    let query = format!("SELECT bool_and(({expression}) IS TRUE) FROM public.diagnosis_runs");
    match session.value(&query) {
        Ok(answer) => Some(answer == "t"),
        Err(SessionError::Refused(_)) => None,
        Err(lost) => panic!("{lost}"),
    }
}

#[test]
fn postgresql_evaluates_expressions_of_policies_as_the_table_of_cases_says() {
    let cluster = Cluster::start().expect("a server");
    let prelude = include_str!("../crates/engine/src/engine/interpreter/platform/supabase.sql");
    cluster.prepare(prelude).expect("a template");
    let mut sessions = OTHERS.map(|others| {
        let database = cluster.create_database().expect("a database");
        let mut session = ServerSession::connect(&cluster.url(&database)).expect("a session");
        let setup = include_str!("../fixtures/expressions/setup.sql");
        for statements in [setup, RUNS, others, GRANTS] {
            session.run(statements).unwrap_or_else(|error| panic!("{error}: {statements}"));
        }
        session
    });
    let mut wrong = Vec::new();
    let lines = CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let (written, expression) = line.split_once(" | ").expect("a case has two columns");
        let signed_out = written.starts_with("anon ");
        let found = sessions.each_mut().map(|session| {
            session.run(if signed_out { ANON } else { STRANGER }).expect("a visitor");
            is_true_of_all(session, expression)
        });
        let agrees = match written.trim_start_matches("anon ").trim() {
            "always" => found == [Some(true); 3],
            // There are data of which it is not true.
            "not" => found.contains(&Some(false)),
            _ => true,
        };
        if !agrees {
            wrong.push(format!("{line}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn postgresql_finds_the_conditions_true_that_the_interpreter_is_held_to() {
    let cluster = Cluster::start().expect("a server");
    let conditions = include_str!("../fixtures/expressions/conditions.txt");
    let by_bytes = cluster.create_database().expect("a database");
    let by_language = format!("{by_bytes}_icu");
    let create = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' TEMPLATE template0";
    cluster
        .psql("postgres", &format!("CREATE DATABASE {by_language} {create}"))
        .expect("a database");
    for database in [by_bytes, by_language] {
        for condition in conditions.lines().filter(|line| !line.starts_with('#')) {
            let answer = cluster.psql(&database, &format!("SELECT {condition}"));
            assert_eq!(answer.expect(condition), "t", "{condition}");
        }
    }
}
