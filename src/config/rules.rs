//! What a repository says of single rules: how much they weigh there, and where they do not count.

use ignore::gitignore::Gitignore;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_yaml::{Location, Spanned};

use super::patterns;
use crate::finding::Severity;
use crate::yaml::YamlError;

/// What the configuration says of one rule, as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RuleSetting")]
pub(super) struct RawSetting {
    /// How much a breach weighs here, whatever the pack says; `off` leaves the rule out.
    severity: Option<Weight>,
    /// Patterns as in .gitignore: findings at statements of other files are left out.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    includes: Vec<Spanned<String>>,
    /// Patterns as in .gitignore: findings at statements of these files are left out.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    excludes: Vec<Spanned<String>>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Weight {
    Error,
    Warning,
    Note,
    Off,
}

/// What the configuration says of one rule.
#[derive(Debug)]
pub struct RuleSetting {
    /// Where the rule is named, to be shown.
    pub place: Location,
    /// How much a breach weighs here, where that is said.
    pub severity: Option<Severity>,
    /// The rule is left out.
    pub is_off: bool,
    includes: Option<Gitignore>,
    excludes: Option<Gitignore>,
}

impl RuleSetting {
    /// Whether findings in a file count.
    #[must_use]
    pub fn counts(&self, path: &str) -> bool {
        let matches =
            |patterns: &Gitignore| patterns.matched_path_or_any_parents(path, false).is_ignore();
        // Paths out of the root are matched by no pattern.
        if path.starts_with('/') || path.starts_with("..") {
            return true;
        }
        self.includes.as_ref().is_none_or(matches) && !self.excludes.as_ref().is_some_and(matches)
    }

    /// Whether it says where findings count.
    #[must_use]
    pub fn has_paths(&self) -> bool {
        self.includes.is_some() || self.excludes.is_some()
    }
}

/// The settings by the id of the rule, in the order in which they are written.
pub type RuleSettings = IndexMap<String, RuleSetting>;

pub(super) fn read(
    path: &str,
    written: IndexMap<Spanned<String>, RawSetting>,
) -> Result<RuleSettings, YamlError> {
    let set = |lines: &[Spanned<String>]| {
        if lines.is_empty() { Ok(None) } else { patterns(path, lines).map(Some) }
    };
    let read = |(id, raw): (Spanned<String>, RawSetting)| {
        let severity = match raw.severity {
            Some(Weight::Error) => Some(Severity::Error),
            Some(Weight::Warning) => Some(Severity::Warning),
            Some(Weight::Note) => Some(Severity::Note),
            Some(Weight::Off) | None => None,
        };
        let setting = RuleSetting {
            place: id.referenced,
            severity,
            is_off: matches!(raw.severity, Some(Weight::Off)),
            includes: set(&raw.includes)?,
            excludes: set(&raw.excludes)?,
        };
        Ok((id.value, setting))
    };
    written.into_iter().map(read).collect()
}
