//! Random expressions through the interpreter's analysis and a real server: the same type or the same SQLSTATE,
//! or not known. 300 expressions, or as many as `RAILCHECK_EXPRESSIONS` says, then with new random numbers.

mod generator;

use std::time::{SystemTime, UNIX_EPOCH};

use generator::Generator;
use railcheck::engine::Platform;
use railcheck::engine::interpreter::{Analyzed, Interpreter};
use railcheck::span::{SourceFile, SourceMap};
use test_cluster::Cluster;

/// How many expressions are tried unless the environment says otherwise.
const EXPRESSIONS: usize = 300;

/// How many are sent to the server at once.
const AT_ONCE: usize = 500;

const SETUP: &str = include_str!("setup.sql");

/// What a view of a pseudo-type is refused with.
const PSEUDO_TYPE: &str = "42P16";

#[test]
#[expect(clippy::print_stderr, reason = "a run of many expressions tells its figures")]
fn random_expressions_have_the_types_that_postgresql_gives_them() {
    let wanted = std::env::var("RAILCHECK_EXPRESSIONS").ok();
    let count = wanted.as_deref().map_or(EXPRESSIONS, |count| count.parse().expect("a number"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_nanos();
    let mut generator = Generator::new(if wanted.is_some() { now as u64 } else { 1 });
    let expressions: Vec<String> = (0..count).map(|i| generator.expression(1 + i % 3)).collect();

    let ours = ours(&expressions);
    let theirs = theirs(&expressions);
    let (mut unknown, mut refused, mut wrong) = (0, 0, Vec::new());
    for ((expression, ours), theirs) in expressions.iter().zip(&ours).zip(&theirs) {
        let ours = match ours {
            Analyzed::Unknown => {
                unknown += 1;
                continue;
            }
            Analyzed::Type(name) => name,
            Analyzed::Refused(sqlstate) => {
                refused += 1;
                sqlstate
            }
        };
        let pseudo = theirs == PSEUDO_TYPE && !is_sqlstate(ours);
        if ours != theirs && !pseudo {
            wrong.push(format!("{expression}\n  ours {ours}, PostgreSQL {theirs}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} expressions differ:\n{}",
        wrong.len(),
        wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
    eprintln!("{count} expressions: {refused} refused by both, {unknown} not known");
    assert!(unknown * 10 <= count, "{unknown} of {count} are not known");
    assert!(refused * 10 >= count && refused * 10 <= count * 9, "{refused} of {count} are refused");
}

fn is_sqlstate(text: &str) -> bool {
    text.len() == 5 && text.starts_with(|c: char| c.is_ascii_digit())
}

fn ours(expressions: &[String]) -> Vec<Analyzed> {
    let mut files = SourceMap::default();
    let id = files.add(SourceFile::new("setup.sql", SETUP));
    let queries: Vec<String> =
        expressions.iter().map(|e| format!("SELECT {e} AS x FROM t")).collect();
    Interpreter { platform: Platform::Postgres }.analyze(&files, &[id], &queries)
}

fn theirs(expressions: &[String]) -> Vec<String> {
    let cluster = Cluster::start().expect("a server");
    let database = cluster.create_database().expect("a database");
    cluster.psql(&database, SETUP).expect("the setup");
    cluster.psql(&database, include_str!("judge.sql")).expect("the judge");
    let mut verdicts = Vec::with_capacity(expressions.len());
    for part in expressions.chunks(AT_ONCE) {
        let script: String = part.iter().map(|e| format!("SELECT judge($e${e}$e$);\n")).collect();
        let answer = cluster.psql(&database, &script).expect("verdicts");
        verdicts.extend(answer.lines().map(str::to_owned));
    }
    assert_eq!(verdicts.len(), expressions.len());
    verdicts
}
