//! What a comment says to railcheck: `railcheck: allow RULE reason="…" until=YYYY-MM-DD`.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;

use crate::source::comments::REMARK;

/// How it is written, for whoever got it wrong.
pub(super) const USAGE: &str =
    "write `railcheck: allow RULE reason=\"…\"`, with ` until=YYYY-MM-DD` if it is to end";

/// Breaches of a rule are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allowance {
    /// The id of the rule.
    pub(super) rule: String,
    /// Why.
    pub(super) reason: String,
    /// The last day on which they are.
    pub(super) until: Option<NaiveDate>,
}

/// A word, or `key=value` with the value in quotes or without.
static PART: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^\s*(?:(\w+)\s*=\s*(?:"([^"]*)"|([^\s"]+))|([^\s="]+))"#).ok());

/// Reads one line of a comment, without its delimiters; `None` if it says nothing to railcheck.
pub(super) fn read(line: &str) -> Option<Result<Allowance, String>> {
    let said = line.trim_start_matches(|c: char| c.is_whitespace() || c == '*');
    said.strip_prefix(REMARK).map(read_said)
}

/// What is nearly said to railcheck, by whoever forgot the colon or took another word for `allow`.
static NEARLY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^railcheck\s*[:,\-]?\s*(allow|ignore|disable|suppress|accept|expect)\b").ok()
});

/// Whether one line of a comment looks as if it was said to railcheck, and is not.
pub(super) fn is_nearly(line: &str) -> bool {
    let said = line.trim_start_matches(|c: char| c.is_whitespace() || c == '*');
    !said.starts_with(REMARK) && NEARLY.as_ref().is_some_and(|nearly| nearly.is_match(said))
}

fn read_said(said: &str) -> Result<Allowance, String> {
    let mut words = Vec::new();
    let (mut reason, mut until) = (None, None);
    let mut rest = said.trim_end();
    while let Some(part) = PART.as_ref().and_then(|part| part.captures(rest)) {
        let group = |number| part.get(number).map(|found| found.as_str());
        match (group(1), group(2).or(group(3))) {
            (Some("reason"), Some(value)) if reason.is_none() => reason = Some(value.trim()),
            (Some("until"), Some(value)) if until.is_none() => until = Some(day(value)?),
            (Some(key @ ("reason" | "until")), _) => return Err(format!("{key} stands twice")),
            (Some(key), _) => return Err(format!("{key} is neither reason nor until")),
            (None, _) => words.extend(group(4)),
        }
        rest = part.get(0).and_then(|found| rest.get(found.end()..)).unwrap_or("");
    }
    match rest.trim() {
        "" => {}
        "=" => return Err("a key has no value".to_owned()),
        _ => return Err("a quote is not closed".to_owned()),
    }
    let rule = match words.as_slice() {
        ["allow", rule] => (*rule).to_owned(),
        ["allow"] => return Err("it names no rule".to_owned()),
        ["allow", ..] => return Err("it names more than one rule".to_owned()),
        [other, ..] => return Err(format!("`{other}` is nothing that railcheck is told")),
        [] => return Err("it says nothing".to_owned()),
    };
    match reason {
        Some(reason) if !reason.is_empty() => {
            Ok(Allowance { rule, reason: reason.to_owned(), until })
        }
        _ => Err(format!("the suppression of {rule} has no reason")),
    }
}

fn day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| format!("{text} is not a day"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_a_remark_is_told_from_prose() {
        for (line, expected) in [
            ("railcheck allow R-1 reason=\"a\"", true),
            ("Railcheck: allow R-1", true),
            (" * RAILCHECK-ignore R-1", true),
            ("railcheck : allow R-1", true),
            ("railcheck: allow R-1", false),
            ("railcheck allows this", false),
            ("railcheck is asked to allow R-1", false),
            ("see railcheck allow R-1", false),
        ] {
            assert_eq!(is_nearly(line), expected, "{line}");
        }
    }

    #[test]
    fn a_remark_is_read_or_refused_and_prose_is_neither() {
        for (line, expected) in [
            (" railcheck: allow R-1 reason=\"a b\"", "R-1|a b|-"),
            ("\t* railcheck: allow R-1 reason=\"a\" until=2027-01-31 ", "R-1|a|2027-01-31"),
            ("railcheck:allow R-1 until = \"2027-01-31\" reason = legacy", "R-1|legacy|2027-01-31"),
            ("railcheck: allow R-1", "the suppression of R-1 has no reason"),
            ("railcheck: allow R-1 reason=\" \"", "the suppression of R-1 has no reason"),
            ("railcheck: allow R-1 reason=", "a key has no value"),
            ("railcheck: allow R-1 reason=\"a", "a quote is not closed"),
            ("railcheck: allow R-1 reason=a reason=b", "reason stands twice"),
            ("railcheck: allow R-1 reason=a until=soon", "soon is not a day"),
            ("railcheck: allow R-1 reason=a until=2027-02-30", "2027-02-30 is not a day"),
            ("railcheck: allow R-1 because=a", "because is neither reason nor until"),
            ("railcheck: allow reason=a", "it names no rule"),
            ("railcheck: allow R-1 R-2 reason=a", "it names more than one rule"),
            ("railcheck: ignore R-1 reason=a", "`ignore` is nothing that railcheck is told"),
            ("railcheck:", "it says nothing"),
            ("see railcheck: allow R-1", "prose"),
            ("railcheck allow R-1", "prose"),
        ] {
            let told = match read(line) {
                None => "prose".to_owned(),
                Some(Err(why)) => why,
                Some(Ok(Allowance { rule, reason, until })) => {
                    let until = until.map_or("-".to_owned(), |day| day.to_string());
                    format!("{rule}|{reason}|{until}")
                }
            };
            assert_eq!(told, expected, "{line}");
        }
    }
}
