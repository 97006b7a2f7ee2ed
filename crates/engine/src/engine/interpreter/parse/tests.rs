use proptest::prelude::*;

use super::*;
use crate::span::FileId;

fn one(text: &str) -> StatementKind {
    let mut statements = parse_file(FileId(0), text);
    assert_eq!(statements.len(), 1, "{text}");
    Arc::unwrap_or_clone(statements.remove(0).kind)
}

/// The kind of statement that a text is.
fn reader(text: &str) -> String {
    let debug = match one(text) {
        StatementKind::Read(statement) => format!("{statement:?}"),
        StatementKind::Unparsed { reason, .. } => return format!("Unparsed {reason}"),
        StatementKind::Refused { message, .. } => return format!("Refused {message}"),
    };
    debug.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

#[test]
fn statements_that_matter_are_read() {
    let cases = [
        ("DO $$ BEGIN END $$", "Do"),
        ("DO LANGUAGE plpgsql 'BEGIN END'", "Do"),
        (
            "CREATE FUNCTION f(a int, OUT b text) RETURNS record LANGUAGE sql AS ''",
            "CreateFunction",
        ),
        (
            "CREATE FUNCTION f(double precision, x timestamp with time zone DEFAULT now()) RETURNS SETOF t LANGUAGE plpgsql STABLE COST 3 ROWS 10 PARALLEL SAFE SET search_path = public, pg_temp SECURITY DEFINER AS $$ $$",
            "CreateFunction",
        ),
        ("CREATE FUNCTION f(t.c%TYPE) RETURNS int LANGUAGE c AS 'lib', 'sym'", "CreateFunction"),
        ("CREATE FUNCTION f() RETURNS int RETURN 1 + 1", "CreateFunction"),
        ("CREATE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); END", "CreateFunction"),
        ("CREATE AGGREGATE a (int, text) (SFUNC = f, STYPE = int)", "CreateAggregate"),
        ("CREATE AGGREGATE a (BASETYPE = int, SFUNC = f, STYPE = int)", "CreateAggregate"),
        ("ALTER FUNCTION f(int) OWNER TO x", "AlterFunction"),
        ("DROP FUNCTION IF EXISTS f(int), s.g CASCADE", "DropFunctions"),
        (
            "CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t FROM u NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION f()",
            "CreateTrigger",
        ),
        (
            "CREATE OR REPLACE TRIGGER c INSTEAD OF UPDATE OF a, b OR DELETE ON v FOR ROW EXECUTE PROCEDURE s.f(1, 'x', y)",
            "CreateTrigger",
        ),
        (
            "CREATE TRIGGER c AFTER UPDATE ON t REFERENCING OLD TABLE AS o NEW TABLE n EXECUTE FUNCTION f()",
            "CreateTrigger",
        ),
        ("ALTER TRIGGER a ON t RENAME TO b", "AlterTrigger"),
        ("COMMENT ON POLICY p ON t IS 'x'", "Comment"),
        ("COMMENT ON FUNCTION f(int, OUT text) IS NULL", "Comment"),
        ("COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x'", "Comment"),
        ("SECURITY LABEL FOR p ON TABLE t IS 'x'", "Comment"),
        ("ALTER TYPE s.e OWNER TO x", "AlterObject"),
        ("ALTER TYPE e ADD VALUE IF NOT EXISTS 'x' BEFORE 'y'", "AlterObject"),
        ("ALTER TYPE c ADD ATTRIBUTE a int, DROP ATTRIBUTE IF EXISTS b CASCADE", "AlterObject"),
        ("ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID", "AlterObject"),
        ("ALTER PUBLICATION p ADD TABLE t (a, b) WHERE (a > 1), u", "Publication"),
        ("ALTER PUBLICATION p SET (publish = 'insert')", "AlterObject"),
        ("ALTER EXTENSION e SET SCHEMA s", "AlterObject"),
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT ALL ON TABLES TO x", "Grant"),
        ("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, anon", "Grant"),
        ("GRANT SELECT (a, b), UPDATE ON t TO x WITH GRANT OPTION", "Grant"),
        ("GRANT a TO b", "Grant"),
        ("TRUNCATE ONLY t *, u CASCADE", "Maintenance"),
        ("REASSIGN OWNED BY a TO b", "Grant"),
        ("DROP OWNED BY a, b CASCADE", "Role"),
        ("LOCK TABLE ONLY t IN SHARE MODE", "Grant"),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY m", "Maintenance"),
        ("CREATE ROLE r WITH LOGIN PASSWORD 'x' IN ROLE a, b", "Role"),
        ("ALTER USER r SET search_path = ''", "StoredSetting"),
        ("SET LOCAL search_path TO \"$user\", public", "Setting"),
        ("SET SESSION AUTHORIZATION DEFAULT", "Setting"),
        ("SET TIME ZONE INTERVAL '1' HOUR", "Setting"),
        ("SET CONSTRAINTS ALL DEFERRED", "Setting"),
        ("START TRANSACTION READ ONLY", "Transaction"),
        ("ROLLBACK TO SAVEPOINT s", "Transaction"),
        ("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", "CreateEventTrigger"),
        ("CREATE RULE r AS ON DELETE TO t WHERE OLD.a > 0 DO INSTEAD NOTHING", "CreateObject"),
        ("CREATE STATISTICS s (dependencies) ON a, b FROM t", "CreateObject"),
        ("CREATE CAST (text AS e) WITH INOUT AS IMPLICIT", "CreateObject"),
        ("CREATE OPERATOR === (LEFTARG = a, RIGHTARG = b, FUNCTION = f)", "CreateOperator"),
        ("CREATE PUBLICATION p FOR ALL TABLES", "Publication"),
        (
            "CREATE PUBLICATION p FOR TABLE t, TABLES IN SCHEMA s WITH (publish = 'insert')",
            "Publication",
        ),
        ("CREATE TYPE shell", "CreateObject"),
        ("CREATE SCHEMA s CREATE VIEW v AS SELECT * FROM t CREATE TABLE t (a int)", "CreateSchema"),
        ("DROP TABLE IF EXISTS a, b.c CASCADE", "DropObjects"),
        ("DROP POLICY p ON t", "DropObjects"),
        ("DROP INDEX CONCURRENTLY i", "DropObjects"),
        ("DROP CAST (a AS b)", "NoEffect"),
        ("CREATE TABLE t (LIKE u INCLUDING ALL EXCLUDING INDEXES, a int)", "CreateTable"),
        (
            "CREATE TABLE p PARTITION OF t (CONSTRAINT c CHECK (a > 0)) FOR VALUES FROM (1) TO (MAXVALUE) PARTITION BY HASH (b)",
            "CreateTable",
        ),
        ("CREATE TABLE t OF ty (PRIMARY KEY (a), b WITH OPTIONS DEFAULT 1)", "CreateTable"),
        (
            "CREATE UNLOGGED TABLE t (a int PRIMARY KEY USING INDEX TABLESPACE x, UNIQUE (a) INCLUDE (b) WITH (fillfactor = 70)) WITH (fillfactor = 70)",
            "CreateTable",
        ),
        (
            "CREATE TABLE t (a national character varying(3), b nchar(2) COMPRESSION lz4)",
            "CreateTable",
        ),
        ("CREATE FOREIGN TABLE t (a int OPTIONS (x 'y')) SERVER s OPTIONS (z 'w')", "CreateTable"),
        ("CREATE TABLE t (a, b) AS SELECT 1, 2 WITH NO DATA", "CreateTableAs"),
        ("CREATE TABLE t USING heap AS SELECT 1", "CreateTableAs"),
        (
            "ALTER TABLE ONLY t SET (fillfactor = 70), ALTER a SET STATISTICS 3, DROP CONSTRAINT IF EXISTS c CASCADE, REPLICA IDENTITY FULL",
            "AlterTable",
        ),
        ("ALTER SEQUENCE s OWNED BY NONE RESTART WITH 3", "AlterTable"),
        ("ALTER INDEX i ATTACH PARTITION j", "AlterTable"),
        ("ALTER TABLE t DROP index", "AlterTable"),
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t (a)", "CreateIndex"),
        (
            "CREATE INDEX i ON t USING gin (lower(a) s.gin_trgm_ops (siglen = 3) DESC) TABLESPACE x",
            "CreateIndex",
        ),
        ("CREATE DOMAIN d text NOT NULL CHECK (VALUE <> '')", "CreateDomain"),
        ("CREATE VIEW v AS SELECT 1 WITH LOCAL CHECK OPTION", "CreateView"),
        (
            "CREATE OR REPLACE RECURSIVE VIEW s.v (a) AS SELECT 1 UNION ALL SELECT a + 1 FROM v",
            "CreateView",
        ),
        ("CREATE MATERIALIZED VIEW m USING heap AS SELECT 1 WITH NO DATA", "CreateView"),
        ("SELECT 'a'\n  'b'", "Query"),
        ("VACUUM FULL t", "Maintenance"),
        ("REINDEX (VERBOSE) TABLE CONCURRENTLY t", "Maintenance"),
        ("CLUSTER i ON t", "Maintenance"),
        ("COPY t (a) FROM stdin WITH (FORMAT csv)", "Maintenance"),
        ("SELECT 'open", "Refused unterminated quoted string"),
    ];
    for (text, expected) in cases {
        assert_eq!(reader(text), expected, "{text}");
    }
}

fn body_of(text: &str) -> ast::Body {
    match one(text) {
        StatementKind::Read(statement) => match *statement {
            ast::Statement::Do(statement) => statement.body,
            ast::Statement::CreateFunction(function) => match function.body {
                Some(ast::FunctionBody::Text(body)) => body,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_knows_where_it_stands() {
    let cases = [
        ("DO $$ BEGIN é; END $$", " BEGIN é; END ", true),
        ("DO $tag$x\ny$tag$ LANGUAGE plpgsql", "x\ny", true),
        ("-- é\nDO\n\n'plain'", "plain", true),
        ("DO 'it''s'", "it's", false),
        ("DO E'a\\nb'", "a\nb", false),
        (
            "CREATE FUNCTION \"é\"() RETURNS void LANGUAGE sql AS $f$ SELECT 1 $f$",
            " SELECT 1 ",
            true,
        ),
    ];
    for (text, expected, verbatim) in cases {
        let start = split(text)[0].range.start;
        let body = body_of(text);
        assert_eq!((body.text.as_str(), body.verbatim), (expected, verbatim), "{text}");
        let place = &text[start..][body.range];
        assert_eq!(place == expected, verbatim, "{text}: {place}");
    }
}

#[test]
fn an_unread_statement_tells_what_it_may_touch() {
    let touched = |text: &str| match one(text) {
        StatementKind::Unparsed { mentions: Mentions::Names(names), .. } => {
            names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        }
        StatementKind::Unparsed { mentions: Mentions::Calls(names), .. } => {
            format!("calls {}", names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        }
        StatementKind::Unparsed { mentions: Mentions::Everything, .. } => "everything".to_owned(),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(touched("ALTER NONSENSE public.runs \"X\""), "ALTER NONSENSE public.runs \"X\"");
    assert_eq!(touched("SELECT FROM WHERE f(1, s.g())"), "calls f s.g");
    assert_eq!(touched("DROP NONSENSE a CASCADE"), "everything");
    assert_eq!(touched("\\i other.sql"), "everything");
}

#[test]
fn deep_and_long_statements_are_bounded() {
    let cases = [
        format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("SELECT {}1{}", "ARRAY[".repeat(10_000), "]".repeat(10_000)),
        format!("SELECT 1{}", " + 1".repeat(100_000)),
        format!("SELECT {}true", "NOT ".repeat(100_000)),
        format!("SELECT {}1", "- ".repeat(100_000)),
        format!("SELECT a{}", "::int".repeat(50_000)),
        format!("SELECT a{}", "[1]".repeat(50_000)),
        format!("SELECT a{}", ".b".repeat(50_000)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(50_000)),
        format!("SELECT {}1{}", "CASE WHEN a THEN ".repeat(10_000), " END".repeat(10_000)),
        format!("SELECT * FROM {}t{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("SELECT * FROM t{}", " JOIN t ON true".repeat(20_000)),
        format!("SELECT {}1{}", "(SELECT ".repeat(10_000), ")".repeat(10_000)),
        format!("CREATE TABLE t (a int{})", "[]".repeat(50_000)),
        format!("INSERT INTO t VALUES {}(1)", "(1, 'x'),".repeat(50_000)),
        format!("ALTER TABLE t {}DROP a", "DROP a,".repeat(50_000)),
        // As deep as it may be.
        format!("SELECT 1{}", " + 1".repeat(1_990)),
        format!("SELECT true{}", " AND b".repeat(1_990)),
        format!("SELECT 'a'{}", "::text".repeat(900)),
        format!("SELECT a{}", "[1]".repeat(1_900)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(990)),
    ];
    for text in cases {
        let parsed = parse_file(FileId(0), &text);
        assert_eq!(parsed.len(), 1, "{}", &text[..40]);
    }
}

proptest! {
    #[test]
    fn nothing_makes_the_parser_panic(text in "\\PC{0,80}") {
        let parsed = parse_file(FileId(0), &text);
        prop_assert!(parsed.iter().all(|statement| statement.span.range().end <= text.len()));
    }

    #[test]
    fn nothing_like_sql_makes_the_parser_panic(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "CREATE", "ALTER", "DROP", "TABLE", "INDEX", "ON", "ONLY", "VIEW", "RECURSIVE",
                "FUNCTION", "AS", "(", ")", ",", ".", "t", "\"q\"", "'s'", "$$b$$", "=", "*", "IF",
                "NOT", "EXISTS", "DOMAIN", "NULL", "DEFAULT", "TYPE", "SCHEMA", "USING", "WITH",
                "NO", "DATA", "SET", "TO", "GRANT", "TRIGGER", "EXECUTE", "BEGIN", "ATOMIC", "END",
                "TABLESPACE", "E'x'", "1", "::", "[", "]", "%", "NATIONAL", "CHAR", "COMMENT", "DO",
            ]),
            0..14,
        )
    ) {
        let text = words.join(" ");
        let parsed = parse_file(FileId(0), &text);
        prop_assert!(parsed.iter().all(|statement| statement.span.range().end <= text.len()));
    }
}
