//! Random policies against a real server: what is proved vacuous is true of every row, and of what is
//! proved not vacuous there is a row of which it is not true.
//!
//! `RAILCHECK_POLICIES=10000` tries more of them, `RAILCHECK_SEED=…` others.

mod policies;
mod rows;

use railcheck::catalog::{Catalog, ObjectName};
use railcheck::engine::Platform;
use railcheck::engine::interpreter::Interpreter;
use railcheck::engine::session::server::ServerSession;
use railcheck::engine::session::{Session, SessionError};
use railcheck::prover::{Context, Vacuity, Visitor, prove};
use railcheck::span::{SourceFile, SourceMap};
use test_cluster::Cluster;

const SCHEMA: &str = include_str!("../../fixtures/vacuity/schema.sql");

const STRANGERS: [(Visitor, &str); 2] = [
    (
        Visitor::SignedIn,
        "SELECT set_config('request.jwt.claims', json_build_object('sub', 'f0000000-0000-4000-8000-00000000000f',
            'role', 'authenticated', 'aud', 'authenticated', 'email', 'stranger@example.org', 'is_anonymous', false,
            'app_metadata', json_build_object(), 'user_metadata', json_build_object())::text, false);
         SET ROLE authenticated",
    ),
    (
        Visitor::SignedOut,
        "SELECT set_config('request.jwt.claims', '{\"role\": \"anon\"}', false); SET ROLE anon",
    ),
];

/// How many times a row is looked for of which a policy is not true.
const SEARCH: usize = 60;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn catalog() -> Catalog {
    let mut files = SourceMap::default();
    let file = files.add(SourceFile::new("schema.sql", SCHEMA.to_owned()));
    let outcome = Interpreter { platform: Platform::Supabase }.interpret(&files, &[file]);
    assert!(outcome.failure.is_none() && outcome.gaps.is_empty(), "{outcome:?}");
    outcome.catalog
}

/// The worlds of a server, each a schema of its own.
struct Server {
    session: ServerSession,
    worlds: usize,
}

/// What the server says of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is true of each of so many rows.
    True(u64),
    NotTrue,
    /// It is refused, or raises an error for a row.
    Error,
}

impl Server {
    fn start(cluster: &Cluster) -> Self {
        let prelude = include_str!("../../crates/engine/src/engine/interpreter/platform/supabase.sql");
        cluster.prepare(prelude).expect("a template");
        let database = cluster.create_database().expect("a database");
        let mut session = ServerSession::connect(&cluster.url(&database)).expect("a session");
        let worlds = rows::worlds();
        for (number, world) in worlds.iter().enumerate() {
            let statements = format!(
                "CREATE SCHEMA world_{number}; SET search_path = world_{number}; {SCHEMA} {world}
                 GRANT USAGE ON SCHEMA world_{number} TO anon, authenticated;
                 GRANT SELECT ON ALL TABLES IN SCHEMA world_{number} TO anon, authenticated"
            );
            session.run(&statements).expect("a world");
        }
        let begin = "GRANT USAGE ON SCHEMA auth TO anon, authenticated; \
             GRANT anon, authenticated TO authenticator; SET SESSION AUTHORIZATION authenticator; \
             SET timezone = 'UTC'; SET jit = off; SET statement_timeout = '5s'";
        session.run(begin).expect("a login");
        Self { session, worlds: worlds.len() }
    }

    fn judge_in(&mut self, world: usize, policy: &str, extreme: bool) -> Verdict {
        let rows = rows::rows(policy, extreme);
        let query = format!(
            "SELECT coalesce(bool_and(({policy}) IS TRUE)::text, 'true') || ' ' || count(*) FROM {rows}"
        );
        self.session.run(&format!("SET search_path = world_{world}")).expect("a world");
        match self.session.value(&query) {
            Ok(answer) => match answer.split_once(' ') {
                Some(("true", count)) => Verdict::True(count.parse().expect("a count")),
                _ => Verdict::NotTrue,
            },
            Err(SessionError::Refused(_)) => Verdict::Error,
            Err(lost) => panic!("{lost}"),
        }
    }

    /// What the server says in all worlds; rows that raise errors are left out, where there are some.
    fn judge(&mut self, policy: &str, searching: bool) -> Verdict {
        self.session.run("SELECT setseed(0.13)").expect("a seed");
        let worlds =
            if policy.contains("SELECT") && policy.contains("FROM") { self.worlds } else { 2 };
        let (mut rows, mut refused) = (0, 0);
        for round in 0..if searching { SEARCH } else { 2 } {
            for world in 0..worlds {
                let mut verdict = self.judge_in(world, policy, round % 2 == 0);
                if verdict == Verdict::Error {
                    verdict = self.judge_in(world, policy, false);
                }
                match verdict {
                    Verdict::NotTrue => return verdict,
                    Verdict::True(count) => rows += count,
                    Verdict::Error => refused += 1,
                }
            }
        }
        if rows == 0 && refused > 0 { Verdict::Error } else { Verdict::True(rows) }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "it prints how many are decided")]
fn a_random_policy_is_proved_as_the_server_finds_it() {
    let cluster = Cluster::start().expect("a server");
    let mut server = Server::start(&cluster);
    let (catalog, given) = (catalog(), Default::default());
    let table = catalog.table(&ObjectName::new("public", "notes")).expect("it is there");
    let (count, seed) = (number("RAILCHECK_POLICIES", 200), number("RAILCHECK_SEED", 13));
    let (mut wrong, mut counts, mut skipped) = (Vec::new(), [0; 3], 0);
    for (visitor, login) in STRANGERS {
        server.session.run(login).expect("a visitor");
        for at in 0..count / 2 {
            let side = u64::from(visitor == Visitor::SignedOut);
            let mut dice = policies::Dice::new((seed * 1_000_003 + at) * 2 + side);
            let policy = policies::policy(&mut dice);
            let context =
                Context { catalog: &catalog, table, visitor: Some(visitor), given: &given };
            let vacuity = prove(&policy, context).vacuity;
            counts[vacuity as usize] += 1;
            let agrees = match vacuity {
                Vacuity::Unknown => true,
                Vacuity::Vacuous => match server.judge(&policy, false) {
                    Verdict::True(_) => true,
                    Verdict::NotTrue => false,
                    Verdict::Error => {
                        skipped += 1;
                        true
                    }
                },
                Vacuity::NotVacuous => match server.judge(&policy, true) {
                    Verdict::True(_) => false,
                    Verdict::NotTrue => true,
                    Verdict::Error => {
                        skipped += 1;
                        true
                    }
                },
            };
            if !agrees {
                println!("{visitor:?} {vacuity:?}: {policy}");
                wrong.push(format!("{visitor:?} {vacuity:?}: {policy}"));
            }
        }
    }
    let [vacuous, not_vacuous, unknown] = counts;
    let said = format!(
        "{vacuous} vacuous, {not_vacuous} not vacuous, {unknown} unknown; the server refuses {skipped}"
    );
    assert!(wrong.is_empty(), "{} of {count} are wrong ({said}): {wrong:#?}", wrong.len());
    assert!(vacuous > 0 && not_vacuous > unknown, "{said}");
    println!("{said}");
}
