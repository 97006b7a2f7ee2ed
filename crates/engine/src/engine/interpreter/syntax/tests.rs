use super::*;

fn message(text: &str) -> String {
    match check(text) {
        Verdict::Accepted => "accepted".to_owned(),
        Verdict::Refused(error) => format!("{} {}", error.sqlstate, error.message),
        Verdict::Depends { error, accepted_by } => {
            format!("{accepted_by} accepts, others {} {}", error.sqlstate, error.message)
        }
    }
}

#[test]
fn slips_are_refused_in_the_words_of_the_server() {
    for (text, expected) in [
        ("", "accepted"),
        ("select 1", "accepted"),
        ("creat table t (a int)", "42601 syntax error at or near \"creat\""),
        ("create table t (a int,)", "42601 syntax error at or near \")\""),
        ("create table t (user bigint)", "42601 syntax error at or near \"user\""),
        ("create policy if not exists p on t", "42601 syntax error at or near \"not\""),
        ("select", "accepted"),
        ("select 1 from", "42601 syntax error at end of input"),
        ("select `a`", "42601 syntax error at end of input"),
        ("select 'a", "42601 unterminated quoted string at or near \"'a\""),
        ("select E'\\u12'", "22025 invalid Unicode escape"),
        (
            "select 1 from (select 1)",
            "18 accepts, others 42601 subquery in FROM must have an alias",
        ),
        ("select not 1 in (1)", "accepted"),
        (
            "select 1_000",
            "18 accepts, others 42601 trailing junk after numeric literal at or near \"1_000\"",
        ),
    ] {
        assert_eq!(message(text), expected, "{text}");
    }
}
