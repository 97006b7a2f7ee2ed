//! The baseline: what was broken when a team began to verify.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_yaml::Spanned;

use crate::finding::Fingerprint;
use crate::span::{FileId, SourceMap, Span};
use crate::yaml::{self, YamlError};

/// The baseline of a repository, in its root.
pub const BASELINE_FILE: &str = "railcheck-baseline.json";

/// The file of the baseline of one of several databases.
#[must_use]
pub fn baseline_file(database: Option<&str>) -> Cow<'static, str> {
    match database {
        None => BASELINE_FILE.into(),
        Some(name) => format!("railcheck-baseline.{name}.json").into(),
    }
}

/// The version of the shape below.
const VERSION: u32 = 1;

/// Breaches that are accepted until they are fixed, by rule and object.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// The entries, sorted where railcheck wrote them.
    pub entries: Vec<BaselineEntry>,
}

/// One accepted breach.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaselineEntry {
    /// The rule that is broken.
    pub rule: String,
    /// The object that breaks it.
    pub object: String,
    /// The day on which that was first seen.
    pub first_seen: NaiveDate,
    /// Where the entry stands.
    pub span: Option<Span>,
}

impl BaselineEntry {
    /// What the entry is found by.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.rule, &self.object)
    }
}

/// The file as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    version: Spanned<u32>,
    findings: Vec<ReadEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadEntry {
    rule: Spanned<String>,
    object: String,
    fingerprint: Spanned<Fingerprint>,
    first_seen: Spanned<String>,
}

/// The file as it is written.
#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    findings: Vec<WrittenEntry<'a>>,
}

#[derive(Serialize)]
struct WrittenEntry<'a> {
    rule: &'a str,
    object: &'a str,
    fingerprint: Fingerprint,
    first_seen: String,
}

impl Baseline {
    /// Reads the baseline in `file`. JSON is YAML, of which every error has its place.
    ///
    /// # Errors
    /// If the text is no baseline, or a fingerprint is not that of its rule and object, as after a
    /// merge that went wrong.
    pub fn read(files: &SourceMap, file: FileId) -> Result<Self, YamlError> {
        let source = files.file(file);
        let path = &*source.path;
        let read: Read = yaml::parse(path, &source.text)?;
        if read.version.value != VERSION {
            let message = format!("version {} is unknown, expected {VERSION}", read.version.value);
            return Err(YamlError::at(path, read.version.referenced, message));
        }
        let entries = read.findings.into_iter().map(|entry| {
            let ReadEntry { rule, object, fingerprint, first_seen } = entry;
            if Fingerprint::of(&rule.value, &object) != fingerprint.value {
                let message = "the fingerprint is not that of the rule and the object; \
                               write the file anew with `railcheck baseline`";
                return Err(YamlError::at(path, fingerprint.referenced, message));
            }
            let day = first_seen.value.parse().map_err(|_| {
                let message = format!("`{}` is not a day, YYYY-MM-DD", first_seen.value);
                YamlError::at(path, first_seen.referenced, message)
            })?;
            let place = rule.referenced.span();
            let start = place.byte_offset().unwrap_or(0) as usize;
            let span = Span::new(file, start..start + place.byte_len().unwrap_or(0) as usize);
            Ok(BaselineEntry { rule: rule.value, object, first_seen: day, span: Some(span) })
        });
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }

    /// The file's text: entries sorted, each once, so that it changes only where something did.
    #[must_use]
    pub fn write(&self) -> String {
        let mut entries: Vec<&BaselineEntry> = self.entries.iter().collect();
        entries.sort_by_key(|entry| (&entry.rule, &entry.object, entry.first_seen));
        entries.dedup_by_key(|entry| (&entry.rule, &entry.object));
        let findings = entries.into_iter().map(|entry| WrittenEntry {
            rule: &entry.rule,
            object: &entry.object,
            fingerprint: entry.fingerprint(),
            first_seen: entry.first_seen.to_string(),
        });
        let document = Written { version: VERSION, findings: findings.collect() };
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        format!("{text}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::SourceFile;

    fn entry(rule: &str, object: &str, day: u32) -> BaselineEntry {
        let first_seen = NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
        BaselineEntry { rule: rule.to_owned(), object: object.to_owned(), first_seen, span: None }
    }

    fn read(text: &str) -> Result<Baseline, String> {
        let mut files = SourceMap::default();
        let file = files.add(SourceFile::new(BASELINE_FILE, text));
        Baseline::read(&files, file).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read_again_sorted_and_each_once() {
        let entries = vec![
            entry("R-2", "index \"i\" of t\\", 3),
            entry("R-1", "table ü", 2),
            entry("R-2", "index \"i\" of t\\", 1),
        ];
        let text = Baseline { entries }.write();
        let again = read(&text).expect("a baseline");
        assert_eq!(again.write(), text);
        let told: Vec<_> = again
            .entries
            .iter()
            .map(|e| format!("{} {} {}", e.rule, e.object, e.first_seen))
            .collect();
        assert_eq!(told, ["R-1 table ü 2026-11-02", "R-2 index \"i\" of t\\ 2026-11-01"]);
    }

    #[test]
    fn a_baseline_is_refused_where_it_is_wrong() {
        let good = Baseline { entries: vec![entry("R-1", "table t", 2)] }.write();
        for (from, to, expected) in [
            ("\"version\": 1", "\"version\": 2", "2:14: version 2 is unknown, expected 1"),
            ("table t", "table u", "7:22: the fingerprint is not that of the rule"),
            ("2026-11-02", "soon", "8:21: `soon` is not a day, YYYY-MM-DD"),
            ("\"object\"", "\"objekt\"", "6:7: there is no key `objekt` here"),
        ] {
            let error = read(&good.replace(from, to)).expect_err(to);
            assert!(error.contains(expected), "{error}");
        }
    }
}
