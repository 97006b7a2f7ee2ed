//! Where comments suppress, and what.

use std::ops::Range;

use super::remark::{self, Allowance};
use crate::engine::interpreter::split;
use crate::facts::Facts;
use crate::finding::Suppression;
use crate::source::comments::{self, may_hold_remark};
use crate::span::{FileId, SourceFile, Span};

/// One comment to railcheck.
#[derive(Debug)]
pub(super) struct Remark {
    /// The comment.
    pub(super) span: Span,
    /// The line that it is about: its own, or the next one with code if it has its line for itself.
    pub(super) line: u32,
    /// It has its line for itself.
    pub(super) is_above: bool,
    /// What it says, or what is wrong with it.
    pub(super) said: Result<Allowance, String>,
    /// It is not said to railcheck and looks as if it was meant to be.
    pub(super) is_nearly: bool,
}

impl Remark {
    /// What a report says of a finding that it suppresses.
    pub(super) fn suppression(&self, allowance: &Allowance) -> Suppression {
        Suppression::Comment {
            span: self.span,
            reason: allowance.reason.clone(),
            until: allowance.until,
        }
    }
}

/// Every comment to railcheck in migrations and sources, in the order of the files.
pub(super) fn remarks(facts: &Facts<'_>) -> Vec<Remark> {
    let migrations = facts.database.map_or(&[][..], |database| database.migrations);
    let files = facts.files.iter().filter(|(_, file)| may_hold_remark(file.text.as_bytes()));
    files
        .flat_map(|(id, file)| {
            let comments = if migrations.contains(&id) {
                split::comments(&file.text)
            } else {
                comments::comments(&file.path, &file.text)
            };
            remarks_of(id, file, &comments)
        })
        .collect()
}

fn remarks_of(id: FileId, file: &SourceFile, comments: &[Range<usize>]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (number, comment) in comments.iter().enumerate() {
        let text = file.text.get(comment.clone()).unwrap_or("");
        let lines = || content(text).lines();
        let nearly = lines()
            .filter(|line| remark::is_nearly(line))
            .map(|line| (Err(format!("`{}`", line.trim())), true));
        let said: Vec<_> =
            lines().filter_map(remark::read).map(|said| (said, false)).chain(nearly).collect();
        if said.is_empty() {
            continue;
        }
        let is_above = stands_alone(&file.text, comment);
        let last = if is_above {
            run_below(&file.text, comments.get(number..).unwrap_or_default())
        } else {
            comment.end
        };
        let line = file.position(Span::new(id, last..last).end).line;
        remarks.extend(said.into_iter().map(|(said, is_nearly)| Remark {
            span: Span::new(id, comment.clone()),
            line: line + u32::from(is_above),
            is_above,
            said,
            is_nearly,
        }));
    }
    remarks
}

/// A comment without its delimiters.
fn content(comment: &str) -> &str {
    let block = comment.strip_prefix("/*").map(|rest| rest.strip_suffix("*/").unwrap_or(rest));
    block.or(comment.strip_prefix("--")).or(comment.strip_prefix("//")).unwrap_or(comment)
}

/// Where the last of the comments ends that follow the first of these line by line, each alone.
fn run_below(text: &str, comments: &[Range<usize>]) -> usize {
    let mut end = comments.first().map_or(0, |comment| comment.end);
    for next in comments.iter().skip(1) {
        let between = text.get(end..next.start).unwrap_or("x");
        let is_next_line = between.trim_matches(around).is_empty()
            && between.bytes().filter(|byte| *byte == b'\n').count() == 1;
        if !is_next_line || !stands_alone(text, next) {
            break;
        }
        end = next.end;
    }
    end
}

/// Whether nothing else stands in the lines of a comment, but for the braces that JSX needs around it.
fn stands_alone(text: &str, comment: &Range<usize>) -> bool {
    let before = text.get(..comment.start).unwrap_or("");
    let after = text.get(comment.end..).unwrap_or("");
    let before = before.rsplit('\n').next().unwrap_or("");
    let after = after.split('\n').next().unwrap_or("");
    before.trim_matches(around).is_empty() && after.trim_matches(around).is_empty()
}

fn around(c: char) -> bool {
    c.is_whitespace() || matches!(c, '{' | '}' | '\u{feff}')
}
