//! Databases that evaluate expressions.

use std::sync::LazyLock;

use test_cluster::Cluster;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start().expect("a server"));

/// A function that says the type and the text of an expression, or the code of its error.
const SETUP: &str = "
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE FUNCTION try(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    kind text;
BEGIN
    EXECUTE format('SELECT x::text, pg_typeof(x)::text FROM (SELECT %s AS x) AS s', expression) INTO answer, kind;
    RETURN kind || coalesce(' = ' || answer, ' is null');
EXCEPTION WHEN OTHERS THEN
    RETURN 'error ' || SQLSTATE;
END $$";

/// A database of a collation.
pub(crate) struct Server {
    database: String,
}

impl Server {
    /// One whose texts are ordered by their bytes, and one whose texts are ordered as a language does.
    pub(crate) fn both() -> [Self; 2] {
        let c = CLUSTER.create_database().expect("a database");
        let icu = format!("{c}_icu");
        let create = format!(
            "CREATE DATABASE {icu} LOCALE_PROVIDER icu ICU_LOCALE 'en-US' TEMPLATE template0"
        );
        CLUSTER.psql("postgres", &create).expect("a database");
        [c, icu].map(|database| {
            CLUSTER.psql(&database, SETUP).expect("the function");
            Self { database }
        })
    }

    /// The answers for expressions none of which is an error, if they are that: all in one query, which is faster.
    pub(crate) fn ask_values(&self, expressions: &[&str]) -> Option<Vec<String>> {
        let rows: Vec<String> = expressions
            .iter()
            .map(|expression| {
                format!(
                    "(encode(convert_to((SELECT pg_typeof(x)::text || coalesce(' = ' || x::text, ' is null') \
                     FROM (SELECT {expression} AS x) AS s), 'UTF8'), 'hex'))"
                )
            })
            .collect();
        let query = format!("SET TimeZone = 'UTC'; VALUES {}", rows.join(", "));
        let answers = CLUSTER.psql(&self.database, &query).ok()?;
        Some(Self::decoded(&answers))
    }

    fn decoded(answers: &str) -> Vec<String> {
        let text = |line| String::from_utf8(hex::decode(line).expect("digits")).expect("a text");
        answers.lines().map(text).collect()
    }

    /// The answer for each expression.
    pub(crate) fn ask(&self, expressions: &[&str]) -> Vec<String> {
        let rows: Vec<String> = expressions
            .iter()
            .enumerate()
            .map(|(at, text)| format!("({at}, '{}')", text.replace('\'', "''")))
            .collect();
        let query = format!(
            "SET TimeZone = 'UTC'; SELECT encode(convert_to(try(e), 'UTF8'), 'hex') FROM (VALUES {}) AS v (n, e) ORDER BY n",
            rows.join(", ")
        );
        let answers = CLUSTER.psql(&self.database, &query).expect("answers");
        let answers = Self::decoded(&answers);
        assert_eq!(answers.len(), expressions.len());
        answers
    }
}
