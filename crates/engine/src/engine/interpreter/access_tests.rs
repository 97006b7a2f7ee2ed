//! Who may do what after migrations, also where that cannot be told.

use super::Interpreter;
use crate::catalog::{AccessControl, Answer, Counting, ObjectName, Privilege};
use crate::engine::Platform;
use crate::span::{SourceFile, SourceMap};

fn access(platform: Platform, text: &str) -> (SourceMap, AccessControl) {
    let mut files = SourceMap::default();
    let id = files.add(SourceFile::new("1_case.sql", text));
    let outcome = Interpreter { platform }.interpret(&files, &[id]);
    assert!(outcome.failure.is_none(), "{text}: {:?}", outcome.failure);
    (files, outcome.catalog.access)
}

/// `anon SELECT t`: whether the role may do that to a table of `public`.
fn answer(access: &AccessControl, counting: Counting, question: &str) -> Answer {
    let words: Vec<&str> = question.split(' ').collect();
    let [role, privilege, table] = words[..] else { panic!("{question}") };
    let privilege = Privilege::named(privilege).expect(question);
    access.may_counting(counting, role, privilege, &ObjectName::new("public", table))
}

#[test]
fn what_is_not_certain_is_not_told() {
    const T: &str = "CREATE ROLE a; CREATE ROLE b; CREATE TABLE t (id int); CREATE TABLE u (id int); \
                     CREATE TABLE elsewhere (x text); GRANT SELECT ON t TO b;";
    let unknown = "(SELECT count(*) FROM elsewhere) > 5";
    for (statement, answers) in [
        ("", "a SELECT t: No, b SELECT t: Yes, b INSERT t: No"),
        // A role, an object or a whole statement of which the text is not known.
        (
            "DO $$ BEGIN EXECUTE format('GRANT SELECT ON %I TO a', (SELECT x FROM elsewhere)); END $$",
            "a SELECT t: Unknown, b SELECT t: Yes, b INSERT t: No",
        ),
        (
            "DO $$ BEGIN EXECUTE format('GRANT ALL ON t TO %I', (SELECT x FROM elsewhere)); END $$",
            "a SELECT t: Unknown, a SELECT u: No, b SELECT t: Yes, b INSERT t: Unknown",
        ),
        (
            "DO $$ BEGIN EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM b', (SELECT x FROM elsewhere)); END $$",
            "a SELECT t: No, b SELECT t: Unknown, b INSERT t: No",
        ),
        (
            "DO $$ BEGIN EXECUTE format('GRANT %I TO a', (SELECT x FROM elsewhere)); END $$",
            "a SELECT t: Unknown, b SELECT t: Unknown",
        ),
        // It may not be executed.
        (
            "DO $$ BEGIN IF COND THEN GRANT INSERT ON t TO a; END IF; END $$",
            "a INSERT t: Unknown, a SELECT t: Unknown, b SELECT t: Yes, a INSERT u: No",
        ),
        (
            "DO $$ BEGIN IF COND THEN REVOKE SELECT ON t FROM b; END IF; END $$",
            "b SELECT t: Unknown, a SELECT t: No",
        ),
        ("DO $$ BEGIN IF COND THEN GRANT b TO a; END IF; END $$", "a SELECT t: Unknown"),
        // What is granted afterwards is certain again only as far as nothing may take it away.
        (
            "DO $$ BEGIN IF COND THEN GRANT INSERT ON t TO a; END IF; END $$; GRANT INSERT ON t TO a",
            "a INSERT t: Yes",
        ),
        // Servers disagree where a role ceases to inherit after it became a member.
        ("GRANT b TO a; ALTER ROLE a NOINHERIT", "a SELECT t: Unknown"),
        ("ALTER ROLE a NOINHERIT; GRANT b TO a", "a SELECT t: No"),
    ] {
        let statement = statement.replace("COND", unknown);
        let text = format!("{T} COPY elsewhere FROM '/tmp/rows'; {statement};");
        let (_, access) = access(Platform::Postgres, &text);
        let told: Vec<String> = answers
            .split(", ")
            .map(|line| {
                let question = line.split(':').next().unwrap_or_default();
                format!("{question}: {:?}", answer(&access, Counting::All, question))
            })
            .collect();
        assert_eq!(told.join(", "), answers, "{text}");
    }
}

#[test]
fn a_platform_grants_on_what_is_made_unless_it_is_told_not_to() {
    let text = "CREATE TABLE t (id int); CREATE TABLE u (id int); REVOKE ALL ON u FROM anon; GRANT SELECT ON u TO anon; \
                CREATE SCHEMA private; CREATE TABLE v (id int); GRANT INSERT ON v TO authenticated; REVOKE INSERT ON v FROM authenticated;";
    let (_, exposed) = access(Platform::Supabase, text);
    let (_, closed) = access(Platform::SupabaseUnexposed, text);
    for (question, all, without_platform) in [
        ("anon SELECT t", Answer::Yes, Answer::No),
        ("anon SELECT u", Answer::Yes, Answer::Yes),
        ("anon INSERT u", Answer::No, Answer::No),
        ("authenticated INSERT v", Answer::No, Answer::No),
        ("authenticated SELECT v", Answer::Yes, Answer::No),
        ("postgres SELECT t", Answer::Yes, Answer::Yes),
    ] {
        assert_eq!(answer(&exposed, Counting::All, question), all, "{question}");
        let counted = answer(&exposed, Counting::WithoutPlatform, question);
        assert_eq!(counted, without_platform, "{question}, without the platform's");
        assert_eq!(answer(&closed, Counting::All, question), without_platform, "{question}");
    }
}

#[test]
fn each_privilege_knows_the_statements_that_granted_and_revoked_it() {
    let text = "CREATE ROLE a;\nALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO a;\nCREATE TABLE t (id int);\n\
                GRANT INSERT ON t TO a;\nREVOKE SELECT ON t FROM a;\nALTER TABLE t RENAME TO u;";
    let (files, access) = access(Platform::Postgres, text);
    let history = &access.relations[&ObjectName::new("public", "u")].history;
    let told: Vec<String> = history
        .iter()
        .map(|change| {
            let verb = if change.granted { "granted" } else { "revoked" };
            let text = change.span.map_or("the platform", |span| files.text(span));
            format!("{verb} {} by {text}", change.privileges)
        })
        .collect();
    assert_eq!(
        told,
        [
            "granted SELECT by ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO a",
            "granted INSERT by GRANT INSERT ON t TO a",
            "revoked SELECT by REVOKE SELECT ON t FROM a",
        ]
    );
}
