use proptest::prelude::*;

use super::split::{PieceKind, Unterminated, comments, split};

/// The pieces as text, those that are no statements with a word in front.
fn pieces(text: &str) -> Vec<String> {
    split(text)
        .into_iter()
        .map(|piece| {
            let words = &text[piece.range];
            match piece.kind {
                PieceKind::Statement => words.to_owned(),
                PieceKind::PsqlCommand => format!("psql: {words}"),
                PieceKind::CopyData => format!("data: {words}"),
                PieceKind::Unterminated(what) => format!("{}: {words}", what.message()),
            }
        })
        .collect()
}

#[test]
fn statements_end_where_psql_ends_them() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        (" ;; -- nothing\n/* ; */", &[]),
        ("SELECT 1; SELECT 2", &["SELECT 1", "SELECT 2"]),
        ("\u{feff}SELECT 1;\r\nSELECT 2;\r\n", &["SELECT 1", "SELECT 2"]),
        ("-- a;\nSELECT 1 -- b;\n;", &["SELECT 1"]),
        (
            "SELECT 1 /* a; /* b; */ c; */ + 1; SELECT 2",
            &["SELECT 1 /* a; /* b; */ c; */ + 1", "SELECT 2"],
        ),
        ("SELECT 'it''s; fine'; SELECT 2", &["SELECT 'it''s; fine'", "SELECT 2"]),
        ("SELECT 'a\\'; SELECT 2", &["SELECT 'a\\'", "SELECT 2"]),
        ("SELECT E'a\\'; b'; SELECT 2", &["SELECT E'a\\'; b'", "SELECT 2"]),
        ("SELECT e'a\\\\'; SELECT 2", &["SELECT e'a\\\\'", "SELECT 2"]),
        ("SELECT E'a'\n'\\'; b'; SELECT 2", &["SELECT E'a'\n'\\'; b'", "SELECT 2"]),
        ("SELECT U&'a\\'; SELECT 2", &["SELECT U&'a\\'", "SELECT 2"]),
        ("SELECT \"a;\"\"b\"; SELECT 2", &["SELECT \"a;\"\"b\"", "SELECT 2"]),
        ("SELECT $$a;$x$;$$; SELECT 2", &["SELECT $$a;$x$;$$", "SELECT 2"]),
        ("SELECT $été$;$$;$été$; SELECT 2", &["SELECT $été$;$$;$été$", "SELECT 2"]),
        ("SELECT a$b$ ; SELECT 2", &["SELECT a$b$", "SELECT 2"]),
        ("SELECT $1; SELECT 2", &["SELECT $1", "SELECT 2"]),
        (
            "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
            &["CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3"],
        ),
        ("CREATE TABLE t (a int; SELECT 2", &["CREATE TABLE t (a int", "SELECT 2"]),
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 \
             END; SELECT 2; END; SELECT 3",
            &[
                "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true \
                 THEN 1 END; SELECT 2; END",
                "SELECT 3",
            ],
        ),
        ("BEGIN; SELECT 1; END; SELECT 2", &["BEGIN", "SELECT 1", "END", "SELECT 2"]),
    ];
    for (text, expected) in cases {
        assert_eq!(pieces(text), *expected, "{text}");
    }
}

#[test]
fn what_is_left_of_psql_is_told_apart() {
    let cases: &[(&str, &[&str])] = &[
        (
            "\\restrict abc\nSELECT 1;\n\\unrestrict abc\n",
            &["psql: \\restrict abc", "SELECT 1", "psql: \\unrestrict abc"],
        ),
        ("SELECT 1 \\gset x\nSELECT 2", &["SELECT 1", "psql: \\gset x", "SELECT 2"]),
        (
            "COPY t (a) FROM stdin;\n1;\\N\n'\n\\.\nSELECT 1;",
            &["COPY t (a) FROM stdin", "data: 1;\\N\n'\n\\.", "SELECT 1"],
        ),
        (
            "COPY t FROM STDIN;\r\n1\r\n\\.\r\nSELECT 1;",
            &["COPY t FROM STDIN", "data: 1\r\n\\.", "SELECT 1"],
        ),
        ("COPY t FROM 'stdin'; SELECT 1", &["COPY t FROM 'stdin'", "SELECT 1"]),
        ("COPY t FROM stdin;", &["COPY t FROM stdin"]),
    ];
    for (text, expected) in cases {
        assert_eq!(pieces(text), *expected, "{text}");
    }
}

#[test]
fn what_nothing_closes_reaches_to_the_end() {
    let cases = [
        ("SELECT 1; SELECT 'a; b", Unterminated::String),
        ("SELECT 1; SELECT E'a\\'; b", Unterminated::String),
        ("SELECT 1; SELECT \"a; b", Unterminated::Identifier),
        ("SELECT 1; SELECT $x$a; $$ b", Unterminated::DollarQuote),
        ("SELECT 1; /* /* */ a; b", Unterminated::Comment),
    ];
    for (text, what) in cases {
        let found = split(text);
        assert_eq!(found.len(), 2, "{text}");
        assert_eq!(found[1].kind, PieceKind::Unterminated(what), "{text}");
        assert_eq!(found[1].range, 10..text.len(), "{text}");
    }
}

#[test]
fn hostile_text_is_split_in_linear_time() {
    let texts = ["$a$ ", "'", "/*", "$", "\\\n", "E'\\", "(;", "a$b$", "--\r", "\"\"", "CREATE "];
    for text in texts {
        let text = text.repeat(400_000);
        assert!(split(&text).iter().all(|piece| piece.range.end <= text.len()));
    }
}

proptest! {
    #[test]
    fn pieces_cover_all_but_blanks_comments_and_semicolons(
        text in "([a-zE_ \n;'\"$()\\\\/*-]|\u{e9}|COPY t FROM stdin;|CREATE RULE |BEGIN ATOMIC ){0,60}"
    ) {
        let mut at = 0;
        let mut between = String::new();
        for piece in split(&text) {
            prop_assert!(piece.range.start >= at && piece.range.start < piece.range.end);
            between.push_str(&text[at..piece.range.start]);
            between.push('\n');
            at = piece.range.end;
        }
        between.push_str(&text[at..]);
        prop_assert_eq!(split(&between).len(), 0, "left out: {:?}", between);
    }
}

#[test]
fn comments_are_told_from_strings_and_found_in_bodies() {
    for (text, expected) in [
        ("SELECT '-- a', \"-- b\", $$ -- c $$; -- d\n/* e /* f */ g */", "-- d|/* e /* f */ g */"),
        ("DO $$ BEGIN -- a\n PERFORM '-- b'; END $$; -- c", "-- a|-- c"),
        ("CREATE FUNCTION f() RETURNS text AS $f$ /* a */ SELECT '/* b */' $f$;", "/* a */"),
        ("SELECT E'\\'-- a' -- b\r\n-- c", "-- b|-- c"),
        ("COPY t FROM stdin;\n-- a\n\\.\n-- b", "-- b"),
        ("\u{feff}-- a", "-- a"),
        ("SELECT 1 /* a", ""),
    ] {
        let found: Vec<&str> = comments(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found.join("|"), expected, "{text}");
    }
}
