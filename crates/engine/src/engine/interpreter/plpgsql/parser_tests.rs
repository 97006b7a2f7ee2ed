use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::ast::{RaiseSubject, StatementKind};
use super::lexer::Cursor;
use super::parser::parse;
use crate::engine::interpreter::parse::with_tokens;

#[test]
fn every_statement_form_is_read() {
    let cases = [
        "BEGIN NULL; END",
        "BEGIN x := 1; y = 2; a[1] := 3; r.f := 4; END;",
        "DECLARE a int; b text := 'x'; c CONSTANT numeric(10,2) NOT NULL DEFAULT 1.5; r record; t public.x%ROWTYPE; \
         u public.x.y%TYPE; v text[]; BEGIN NULL; END",
        "DECLARE c CURSOR FOR SELECT 1; d CURSOR (n int, m text) IS SELECT n; e NO SCROLL CURSOR FOR SELECT 1; BEGIN \
         OPEN c; FETCH NEXT FROM c INTO x; FETCH c INTO x; CLOSE c; FOR r IN d(1, 'a') LOOP NULL; END LOOP; END",
        "BEGIN FOR i IN 1..10 LOOP NULL; END LOOP; FOR i IN REVERSE 10..1 BY 2 LOOP NULL; END LOOP; FOR _i IN 0.._n LOOP \
         NULL; END LOOP; FOR i IN 1 .. array_length(a, 1) LOOP NULL; END LOOP; END",
        "<<outer>> BEGIN <<l>> LOOP EXIT l WHEN true; CONTINUE WHEN x; EXIT; END LOOP l; END outer",
        "BEGIN IF a THEN NULL; ELSIF b THEN NULL; ELSEIF c THEN NULL; ELSE NULL; END IF; END",
        "BEGIN CASE x WHEN 1, 2 THEN NULL; ELSE NULL; END CASE; CASE WHEN x THEN NULL; END CASE; END",
        "BEGIN CREATE TABLE x (a int); EXCEPTION WHEN duplicate_table OR SQLSTATE '42P07' THEN NULL; WHEN OTHERS THEN RAISE; END",
        "BEGIN RAISE NOTICE 'a % b', x; RAISE EXCEPTION 'x' USING ERRCODE = '22000', HINT = 'y'; RAISE unique_violation; \
         RAISE SQLSTATE '22012'; RAISE 'x'; RAISE USING MESSAGE = 'z'; END",
        "BEGIN EXECUTE 'x' INTO STRICT a, b USING c, d; EXECUTE format('x %s', y); EXECUTE 'x' USING a INTO b; END",
        "BEGIN FOR r IN EXECUTE 'SELECT $1' USING 1 LOOP NULL; END LOOP; FOR a, b IN SELECT 1, 2 LOOP NULL; END LOOP; END",
        "BEGIN FOREACH x SLICE 1 IN ARRAY a LOOP NULL; END LOOP; FOREACH x IN ARRAY ARRAY['a', 'b'] LOOP NULL; END LOOP; END",
        "BEGIN RETURN; RETURN 1 + 2; RETURN NEXT; RETURN NEXT x; RETURN QUERY SELECT 1; RETURN QUERY EXECUTE 'x' USING 1; END",
        "BEGIN GET DIAGNOSTICS n = ROW_COUNT; GET STACKED DIAGNOSTICS m := MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL; END",
        "BEGIN ASSERT x > 1, 'message'; ASSERT y; PERFORM f(1); CALL p(2); COMMIT; ROLLBACK AND CHAIN; END",
        "#variable_conflict use_column\nDECLARE DECLARE x int; BEGIN BEGIN NULL; END; END",
        "BEGIN CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; NULL; END",
        "BEGIN n := count(*) FROM t; END -- trailing",
    ];
    for body in cases {
        assert!(parse(body).is_ok(), "{body}: {:?}", parse(body));
    }
}

#[test]
fn into_is_taken_out_of_a_query_wherever_it_stands() {
    let cases = [
        ("SELECT a INTO x FROM t", "SELECT a        FROM t"),
        ("INSERT INTO t VALUES (1) RETURNING id INTO x", "INSERT INTO t VALUES (1) RETURNING id"),
        ("SELECT a FROM t INTO STRICT x, y.z", "SELECT a FROM t"),
        (
            "WITH q AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT 1",
            "WITH q AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT 1",
        ),
    ];
    for (statement, left) in cases {
        let block = parse(&format!("BEGIN {statement}; END")).expect(statement);
        let Some(StatementKind::Query { sql, .. }) = block.body.into_iter().map(|s| s.kind).next()
        else {
            panic!("{statement} is not read as a query")
        };
        assert_eq!(sql.text.trim_end(), left);
        assert_eq!(sql.text.len(), statement.len());
        assert!(sql.parsed.is_ok(), "{left}: {:?}", sql.parsed);
    }
}

#[test]
fn ranges_point_into_a_body_with_characters_of_several_bytes() {
    let body = "BEGIN\n  -- äöü\n  x := 'ß'; ALTER TABLE tü ADD y int;\nEND";
    let block = parse(body).expect("the body parses");
    let text: Vec<&str> = block.body.iter().map(|s| &body[s.range.clone()]).collect();
    assert_eq!(text, ["x := 'ß'", "ALTER TABLE tü ADD y int"]);
}

#[test]
fn broken_and_hostile_bodies_are_errors() {
    let deep = format!("{}{}", "BEGIN ".repeat(5_000), "END; ".repeat(5_000));
    for body in [
        "",
        "SELECT 1",
        "BEGIN",
        "BEGIN x := ; END",
        "BEGIN IF THEN END",
        "BEGIN FOR i IN",
        "BEGIN 'x",
        &deep,
    ] {
        assert!(parse(body).is_err(), "{body}");
    }
}

#[test]
fn the_tokens_of_a_range_are_those_of_its_text() {
    let statements = [
        "x := 'a..b' || E'\\n' || $q$b..c$q$ -- why\n   + n[1]\n\n + .5",
        "ALTER TABLE \"Tä\" ADD c numeric(3, 2)\n  DEFAULT 1.5 /* ; */ CHECK (c > '…' || u&'\\0041')",
        "PERFORM set_config('a.b', $1, true) FROM t WHERE t.a ->> 'k' ~* '^x'",
    ];
    for before in ["", "DECLARE ä text := '..'; BEGIN ", "BEGIN\n\t"] {
        for text in statements {
            let body = format!("{before}{text}; END");
            let cursor = Cursor::new(&body).expect(text);
            for select in [None, Some("SELECT ")] {
                let whole = format!("{}{text}", select.unwrap_or_default());
                let alone = with_tokens(&whole, |tokens| {
                    tokens.retain(|t| !matches!(t.token, Token::Whitespace(_)));
                    tokens.clone()
                })
                .expect(text);
                let range = before.len()..before.len() + text.len();
                let taken = cursor.tokens(&range, select).expect(text);
                let parts = |tokens: &[TokenWithSpan]| -> Vec<_> {
                    tokens.iter().map(|t| (t.token.clone(), t.span.start, t.span.end)).collect()
                };
                assert_eq!(parts(&taken), parts(&alone), "{body}");
            }
        }
    }
}

#[test]
fn strings_that_only_the_text_joins_are_read_from_it() {
    let text = "x := 'a'\n 'b'";
    let body = format!("BEGIN {text}; END");
    assert!(Cursor::new(&body).expect("tokens").tokens(&(6..6 + text.len()), None).is_none());
    let block = parse(&body).expect("a body");
    let Some(StatementKind::Assign { value, .. }) = block.body.first().map(|s| &s.kind) else {
        panic!("no assignment")
    };
    assert_eq!(value.parsed.as_ref().map(ToString::to_string), Ok("SELECT 'ab'".to_owned()));
}

#[test]
fn points_in_a_message_stay_what_they_are() {
    let block = parse("BEGIN RAISE EXCEPTION 'not yet... %..', 1; END").expect("a body");
    let Some(StatementKind::Raise(raise)) = block.body.first().map(|s| &s.kind) else {
        panic!("no RAISE")
    };
    assert!(matches!(&raise.subject, RaiseSubject::Format(text) if text == "not yet... %.."));
}
