//! What the statements that made, changed and removed an object leave in its history.

use super::Interpreter;
use crate::catalog::History;
use crate::engine::{Outcome, Platform};
use crate::span::{SourceFile, SourceMap};

struct Run {
    files: SourceMap,
    outcome: Outcome,
}

impl Run {
    fn of(sql: &str) -> Self {
        let mut files = SourceMap::default();
        let file = files.add(SourceFile::new("1_test.sql", sql));
        let outcome = Interpreter { platform: Platform::Postgres }.interpret(&files, &[file]);
        assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
        assert!(outcome.gaps.is_empty(), "{:?}", outcome.gaps);
        Self { files, outcome }
    }

    /// Each event as its verb, its detail and the statement.
    fn events(&self, history: &History) -> Vec<String> {
        history
            .iter()
            .map(|event| {
                let statement = event.span.map_or("", |span| self.files.text(span));
                let words: Vec<_> = statement.split_whitespace().take(2).collect();
                format!("{} {} by {}", event.verb, event.detail, words.join(" ")).replace("  ", " ")
            })
            .collect()
    }

    /// The last event of what was dropped under this description.
    fn drop_of(&self, object: &str) -> String {
        let found =
            self.outcome.catalog.dropped.iter().rev().find(|d| d.object.to_string() == object);
        let Some(dropped) = found else {
            let all: Vec<_> =
                self.outcome.catalog.dropped.iter().map(|d| d.object.to_string()).collect();
            panic!("{object} was not dropped, only {all:?}");
        };
        self.events(&dropped.history).pop().unwrap_or_default()
    }
}

#[test]
fn what_goes_along_tells_with_what() {
    let cases = [
        ("CREATE TABLE t (a int); DROP TABLE t", "table public.t", "dropped by DROP TABLE"),
        (
            "CREATE TABLE t (a int); CREATE POLICY p ON t USING (a > 0); DROP TABLE t",
            "policy p of public.t",
            "dropped with table public.t by DROP TABLE",
        ),
        (
            "CREATE TABLE t (a int, b int, UNIQUE (a, b)); ALTER TABLE t DROP COLUMN b",
            "constraint t_a_b_key of public.t",
            "dropped with column b of public.t by ALTER TABLE",
        ),
        (
            "CREATE TABLE t (a int); CREATE INDEX i ON t (a); ALTER TABLE t DROP COLUMN a",
            "index i of public.t",
            "dropped with column a of public.t by ALTER TABLE",
        ),
        (
            "CREATE TABLE t (a int); CREATE POLICY p ON t USING (a > 0); ALTER TABLE t DROP COLUMN a CASCADE",
            "policy p of public.t",
            "dropped with column a of public.t (CASCADE) by ALTER TABLE",
        ),
        (
            "CREATE FUNCTION f() RETURNS boolean LANGUAGE sql AS 'select true'; CREATE TABLE t (a int);
             CREATE POLICY p ON t USING (f()); DROP FUNCTION f() CASCADE",
            "policy p of public.t",
            "dropped with function public.f (CASCADE) by DROP FUNCTION",
        ),
        (
            "CREATE TYPE s AS ENUM ('x'); CREATE TABLE t (a s, b int); DROP TYPE s CASCADE",
            "column a of public.t",
            "dropped with type public.s (CASCADE) by DROP TYPE",
        ),
        (
            "CREATE SCHEMA s; CREATE TABLE s.t (a int); DROP SCHEMA s CASCADE",
            "table s.t",
            "dropped with schema s (CASCADE) by DROP SCHEMA",
        ),
    ];
    for (sql, object, expected) in cases {
        assert_eq!(Run::of(sql).drop_of(object), expected, "{sql}");
    }
}

#[test]
fn a_table_remembers_what_was_done_to_it() {
    let run = Run::of(
        "CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int; ALTER TABLE t RENAME TO u;
         ALTER TABLE u RENAME COLUMN b TO c; ALTER TABLE u ENABLE ROW LEVEL SECURITY;
         ALTER TABLE u ALTER COLUMN c TYPE bigint",
    );
    let table = &run.outcome.catalog.tables[0];
    assert_eq!(
        run.events(&table.history),
        [
            "created by CREATE TABLE",
            "changed column b added by ALTER TABLE",
            "renamed from t to u by ALTER TABLE",
            "changed column b renamed to c by ALTER TABLE",
        ]
    );
    assert_eq!(run.events(&table.rls_history), ["changed enabled by ALTER TABLE"]);
    let column = table.column("c").map(|c| run.events(&c.history)).unwrap_or_default();
    assert_eq!(
        column,
        [
            "created by ALTER TABLE",
            "renamed from b to c by ALTER TABLE",
            "changed type bigint by ALTER TABLE",
        ]
    );
}

#[test]
fn expressions_follow_the_renames_of_what_they_name() {
    let run = Run::of(
        "CREATE TABLE t (a int, b int, CHECK (a > b)); CREATE INDEX i ON t (b) WHERE t.a = 1;
         CREATE POLICY p ON t USING (a = 1 AND EXISTS (SELECT 1 FROM t AS o WHERE o.a = t.b));
         ALTER TABLE t RENAME COLUMN a TO \"A b\"; ALTER TABLE t RENAME TO u",
    );
    let table = &run.outcome.catalog.tables[0];
    assert_eq!(table.checks[0].expression, "\"A b\" > b");
    assert_eq!(table.indexes[0].predicate.as_deref(), Some("u.\"A b\" = 1"));
    assert_eq!(
        table.policies[0].using.as_deref(),
        Some("\"A b\" = 1 AND EXISTS (SELECT 1 FROM u AS o WHERE o.\"A b\" = u.b)")
    );
}
