//! What an engine or a reader of sources could not tell, as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::refusal::Refusal;
use crate::engine::{Gap, Reach};
use crate::facts::Facts;
use crate::source::SourceGap;
use crate::span::{Position, SourceMap, Span};

/// A span by its path, first and last position.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Location<'a> {
    path: &'a str,
    #[serde(flatten)]
    start: Position,
    end_line: u32,
    end_column: u32,
}

impl<'a> Location<'a> {
    pub(super) fn of(span: Span, files: &'a SourceMap) -> Self {
        let file = files.file(span.file);
        let end = file.position(span.end);
        Self {
            path: &file.path,
            start: file.position(span.start),
            end_line: end.line,
            end_column: end.column,
        }
    }
}

/// The statement that stopped the migrations.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
pub(super) struct FailureJson<'a> {
    sqlstate: &'a str,
    message: &'a str,
    location: Location<'a>,
    /// The migrations that are not applied because of it, its own first.
    not_applied: Vec<&'a str>,
    /// Why another server may accept the statement, where this one lacks something.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'a str>,
}

impl<'a> FailureJson<'a> {
    pub(super) fn of(facts: &Facts<'a>) -> Option<Self> {
        let failure = facts.database?.outcome.failure.as_ref()?;
        let not_applied = Refusal::of(facts).map(|refusal| refusal.not_applied);
        Some(Self {
            sqlstate: &failure.sqlstate,
            message: &failure.message,
            location: Location::of(failure.span, facts.files),
            not_applied: not_applied.unwrap_or_default(),
            limit: failure.limit.as_deref(),
        })
    }
}

/// A statement that could not be interpreted.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Gap")]
pub(super) struct GapJson<'a> {
    reason: &'a str,
    /// Names of the objects that it may have changed; null for any.
    reach: Option<Vec<String>>,
    location: Location<'a>,
}

impl<'a> GapJson<'a> {
    pub(super) fn of(gap: &'a Gap, files: &'a SourceMap) -> Self {
        let reach = match &gap.reach {
            Reach::Everything => None,
            Reach::Objects(names) => Some(names.iter().map(ToString::to_string).collect()),
        };
        Self { reason: &gap.reason, reach, location: Location::of(gap.span, files) }
    }
}

/// A source, or a part of it, that could not be read.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SourceGap")]
pub(super) struct SourceGapJson<'a> {
    reason: &'a str,
    location: Location<'a>,
}

impl<'a> SourceGapJson<'a> {
    pub(super) fn of(gap: &'a SourceGap, files: &'a SourceMap) -> Self {
        Self { reason: &gap.reason, location: Location::of(gap.span, files) }
    }
}
