//! What the checks of sources share: which gaps cast doubt, and what to say where there are no sources.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::Judgement;
use crate::facts::Facts;
use crate::finding::{Finding, Label};
use crate::source::{RouteSegment, SourceGap, SourceIndex, lies_below};

/// The facts that a rule could be broken by: one that a gap hides keeps the rule from holding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    /// Further handlers.
    pub(super) endpoints: bool,
    /// Further callsites.
    pub(super) callsites: bool,
    /// Further codes, declared or emitted.
    pub(super) codes: bool,
}

impl Needs {
    /// Judges by the source index; `what` the rule is about is named where it cannot be decided.
    pub(super) fn judge(
        self,
        facts: &Facts<'_>,
        what: &str,
        judge: impl FnOnce(&SourceIndex, &mut Judgement),
    ) -> Judgement {
        let Some(index) = facts.sources else {
            return Judgement::undecided(Finding {
                message: format!("no sources were found that could hold {what}"),
                primary: None,
                labels: Vec::new(),
                help: "name the folders of sources in railcheck.yaml".to_owned(),
                object: what.to_owned(),
            });
        };
        let mut judgement = Judgement::default();
        judge(index, &mut judgement);
        let unsettled = judgement.breaches.iter().any(|breach| !breach.certain);
        judgement.doubts.extend(
            index.gaps.iter().filter(|gap| unsettled || self.includes(gap)).map(|gap| Finding {
                message: format!("a source that may hold {what} could not be read"),
                primary: Some(Label { span: gap.span, text: gap.reason.clone() }),
                labels: Vec::new(),
                help: "fix the file, or exclude it in railcheck.yaml".to_owned(),
                object: what.to_owned(),
            }),
        );
        judgement
    }

    fn includes(self, gap: &SourceGap) -> bool {
        self.endpoints && gap.endpoints
            || self.callsites && gap.callsites
            || self.codes && gap.codes
    }
}

/// The path that guarded endpoints begin with.
#[derive(Debug, Clone)]
pub(super) struct Prefix(Vec<String>);

impl Prefix {
    /// Whether a route lies at or below the prefix.
    pub(super) fn holds(&self, route: &[RouteSegment]) -> bool {
        lies_below(route, self.0.iter().map(String::as_str))
    }
}

impl Prefix {
    /// The route of the path itself.
    pub(super) fn route(&self) -> Vec<RouteSegment> {
        self.0.iter().cloned().map(RouteSegment::Literal).collect()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0.join("/"))
    }
}

impl<'de> Deserialize<'de> for Prefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let path = text
            .strip_prefix('/')
            .ok_or_else(|| D::Error::custom(format_args!("path `{text}` does not begin with /")))?;
        Ok(Self(path.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect()))
    }
}

impl JsonSchema for Prefix {
    fn schema_name() -> Cow<'static, str> {
        "PathPrefix".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A path that begins with a slash, without dynamic segments.",
            "pattern": "^/",
        })
    }
}
