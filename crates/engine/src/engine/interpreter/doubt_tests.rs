//! Which refusals are certain after a gap.

use super::Interpreter;
use crate::catalog::ObjectName;
use crate::engine::{Outcome, Platform};
use crate::span::{SourceFile, SourceMap};

fn outcome(platform: Platform, migrations: &[&str]) -> Outcome {
    let mut files = SourceMap::default();
    let ids: Vec<_> = migrations
        .iter()
        .enumerate()
        .map(|(at, text)| files.add(SourceFile::new(format!("{at}.sql"), *text)))
        .collect();
    Interpreter { platform }.interpret(&files, &ids)
}

/// A statement that is not interpreted and that may touch `made` of `public`.
const GAP: &str = "IMPORT FOREIGN SCHEMA remote FROM SERVER made INTO public;";

const START: &str = "\
    CREATE TABLE made (id int); CREATE TABLE other (id int PRIMARY KEY); \
    CREATE VIEW seen AS SELECT id FROM made; CREATE SCHEMA s;";

#[test]
fn a_refusal_that_may_hinge_on_a_gap_is_none() {
    for statement in [
        "ALTER TABLE made DROP COLUMN gone;",
        "ALTER TABLE other ADD FOREIGN KEY (id) REFERENCES made (gone);",
        "CREATE VIEW v AS SELECT gone FROM made;",
        "CREATE VIEW v AS SELECT gone FROM public.made AS m;",
        "DO $$ BEGIN ALTER TABLE made DROP COLUMN gone; END $$;",
        "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || quote_ident('made') || ' DROP COLUMN gone'; END $$;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC SELECT gone FROM made; END;",
        "ALTER TABLE seen ALTER COLUMN gone SET DEFAULT 1;",
    ] {
        let outcome = outcome(Platform::Postgres, &[START, GAP, statement]);
        assert!(outcome.failure.is_none(), "{statement}: {:?}", outcome.failure);
        assert!(outcome.gaps.len() >= 2, "{statement}");
    }
}

#[test]
fn a_refusal_that_hinges_on_nothing_of_a_gap_is_certain() {
    for statement in [
        "ALTER TABLE other DROP COLUMN gone;",
        "ALTER TABLE s.made DROP COLUMN gone;",
        "CREATE VIEW v AS SELECT gone FROM other;",
        "DROP TYPE nothing;",
        "CREATE TABLE other (id int);",
        "SAVEPOINT x;",
    ] {
        let outcome = outcome(Platform::Postgres, &[START, GAP, statement]);
        assert!(outcome.failure.is_some(), "{statement}: {:?}", outcome.gaps);
    }
}

#[test]
fn words_of_commands_are_no_names() {
    let limited = "IMPORT FOREIGN SCHEMA remote LIMIT TO (made) FROM SERVER far INTO public;";
    for gap in [GAP, limited] {
        let outcome =
            outcome(Platform::Postgres, &[START, gap, "ALTER TABLE other DROP COLUMN gone;"]);
        let failure = outcome.failure.as_ref();
        assert!(failure.is_some_and(|f| f.sqlstate == "42703"), "{gap}: {failure:?}");
    }
}

#[test]
fn what_is_refused_in_doubt_reaches_no_more_than_it_names() {
    let outcome = outcome(
        Platform::Postgres,
        &[START, GAP, "ALTER TABLE other ADD FOREIGN KEY (id) REFERENCES made (gone);"],
    );
    let reach = &outcome.gaps.last().expect("a gap").reach;
    let touches = |name| reach.touches(&crate::catalog::ObjectName::new("public", name));
    assert!(touches("other") && !touches("seen"), "{reach:?}");
}

#[test]
fn what_an_extension_may_have_made_is_not_certainly_missing() {
    for (extension, statement, certain) in [
        ("pg_tle", "SELECT pgtle.available_extensions();", false),
        ("vector", "GRANT ALL ON FUNCTION public.hnswhandler(internal) TO postgres;", false),
        (
            "vector",
            "ALTER FUNCTION public.vector_in(cstring, oid, integer) OWNER TO postgres;",
            false,
        ),
        ("postgis", "CREATE TABLE t (x public.no_such_type);", false),
        ("unheard_of", "CREATE TABLE unheard.t (x int);", false),
        ("pg_trgm", "GRANT ALL ON FUNCTION public.gtrgm_inn(cstring) TO postgres;", true),
        ("pg_trgm", "CREATE TABLE t (x public.no_such_type);", true),
    ] {
        let create = format!("CREATE EXTENSION {extension} SCHEMA public;");
        let outcome = outcome(Platform::Postgres, &[&create, statement]);
        assert_eq!(outcome.failure.is_some(), certain, "{statement}: {:?}", outcome.failure);
    }
}

#[test]
fn an_extension_of_which_little_is_known_needs_no_path() {
    for extension in ["pg_tle", "pgmq", "pg_cron", "pg_net", "pgsodium", "unheard_of"] {
        let text = format!(
            "SELECT pg_catalog.set_config('search_path', '', false); \
             CREATE EXTENSION IF NOT EXISTS {extension};"
        );
        let outcome = outcome(Platform::Supabase, &[&text]);
        assert!(outcome.failure.is_none(), "{extension}: {:?}", outcome.failure);
    }
}

#[test]
fn a_policy_whose_types_cannot_be_resolved_leaves_its_table_in_doubt() {
    let table = "CREATE EXTENSION citext; CREATE TABLE t (at timestamptz, r int4range, c citext); \
                 CREATE TABLE other (id int);";
    for (condition, is_gap) in [
        ("r && '[1,2)'", true),
        ("at > now() - INTERVAL '' year", true),
        ("at > now() - INTERVAL 'a while'", true),
        ("at > now() - INTERVAL '7' day", false),
        ("at > '2020-01-01'", false),
        // The members of extensions are not all known.
        ("c = 'x'", false),
    ] {
        let policy = format!("CREATE POLICY p ON t USING ({condition});");
        let outcome = outcome(Platform::Postgres, &[table, &policy]);
        assert!(outcome.failure.is_none(), "{condition}: {:?}", outcome.failure);
        assert_eq!(!outcome.gaps.is_empty(), is_gap, "{condition}: {:?}", outcome.gaps);
        for gap in &outcome.gaps {
            let touches = |name| gap.reach.touches(&ObjectName::new("public", name));
            assert!(touches("t") && !touches("other"), "{condition}: {gap:?}");
        }
    }
}
