//! Packs: rules as data, read from YAML and checked for what YAML's types cannot say.

mod applies;
mod schema;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;

use crate::checks::{self, Check};
use crate::finding::Severity;
use crate::span::{FileId, SourceFile, SourceMap, Span};
use crate::suggest::did_you_mean;
use crate::yaml::{self, YamlError};

pub use applies::{Applies, Reason};
pub use schema::schema;

/// A pack that is compiled into the binary.
#[derive(Debug, Clone, Copy)]
pub struct ShippedPack {
    /// The name that `--rules` takes.
    pub name: &'static str,
    /// Its path in the repository of railcheck.
    pub path: &'static str,
    /// Its YAML.
    pub text: &'static str,
}

/// Every pack that is compiled into the binary.
pub static SHIPPED: &[ShippedPack] = &[
    ShippedPack { name: "e76", path: "rules/e76.yaml", text: include_str!("../rules/e76.yaml") },
    ShippedPack {
        name: "supabase",
        path: "rules/supabase.yaml",
        text: include_str!("../rules/supabase.yaml"),
    },
];

/// The ids of the rules of all packs that are compiled in.
static SHIPPED_RULES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut files = SourceMap::default();
    let packs = SHIPPED.iter().filter_map(|shipped| {
        let file = files.add(SourceFile::new(shipped.path, shipped.text));
        Pack::read(&files, file).ok()
    });
    packs.flat_map(|pack| pack.rules).map(|rule| rule.id).collect()
});

/// Whether a pack that is compiled in declares a rule of this id.
#[must_use]
pub fn is_shipped_rule(id: &str) -> bool {
    SHIPPED_RULES.contains(id)
}

/// A set of rules that is verified as a whole.
#[derive(Debug, Clone)]
pub struct Pack {
    /// Short name in kebab-case.
    pub name: String,
    /// The heading of its report.
    pub title: String,
    /// What holds where every rule holds, as in “All E76.4 guardrails verified”.
    pub guardrails: String,
    /// What a repository must have, so that the pack is verified there without being named.
    pub applies: Applies,
    /// How its report is laid out for people.
    pub layout: Layout,
    /// Its rules, in the order of the file.
    pub rules: Vec<Rule>,
}

/// How the text of a report on a pack is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// What is wrong, grouped by its cause, and a summary.
    #[default]
    Digest,
    /// Every rule with its verdict, in the order of the pack.
    Checklist,
}

/// One rule: a check with its parameters.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id, such as `R-E76-001`.
    pub id: String,
    /// What is being verified, as in “Checking R-E76-001: diagnosis_runs table schema...”.
    pub subject: String,
    /// The rule in one sentence.
    pub title: String,
    /// Why the rule is there, in as many words as it takes; may be empty.
    pub description: String,
    /// A name for its breach, as in a table of rules and checks; may be empty.
    pub error_code: String,
    /// How much a breach weighs.
    pub severity: Severity,
    /// The name of its check.
    pub check_name: &'static str,
    /// Its check, parameters included.
    pub check: std::sync::Arc<dyn Check>,
    /// Where the rule stands in its pack.
    pub span: Span,
}

/// A pack as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Pack")]
struct RawPack {
    /// Short name of the pack, in kebab-case.
    #[schemars(with = "String", regex(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pack: Spanned<String>,
    /// Heading of the report.
    title: String,
    /// What holds where every rule holds: `All … verified`.
    guardrails: String,
    /// What a repository must have one of, so that a shipped pack is verified there without being named.
    #[serde(default)]
    applies: Applies,
    /// How the text of its report is laid out: what is wrong by cause, or every rule in order.
    #[serde(default)]
    output: Layout,
    /// The rules.
    #[schemars(length(min = 1))]
    rules: Vec<RawRule>,
}

/// A rule as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rule")]
struct RawRule {
    /// Unique id, such as R-E76-001.
    #[schemars(with = "String", regex(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$"))]
    id: Spanned<String>,
    /// What is verified, in a few words: `Checking ID: SUBJECT...`.
    subject: String,
    /// The rule in one sentence.
    title: String,
    /// Why the rule is there.
    #[serde(default)]
    description: String,
    /// A name for its breach, such as MISSING_INDEX.
    #[serde(default)]
    error_code: String,
    /// How much a breach weighs.
    #[serde(default)]
    severity: Severity,
    /// The check that evaluates the rule.
    #[schemars(with = "String")]
    check: Spanned<String>,
    /// The parameters of the check.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    #[expect(dead_code, reason = "read in a second pass, when the checks are known")]
    parameters: IgnoredAny,
}

impl Pack {
    /// Reads the pack in `file`.
    ///
    /// # Errors
    /// If the text is no YAML or no pack: unknown keys, wrong types, unknown checks, an id twice.
    pub fn read(files: &SourceMap, file: FileId) -> Result<Self, YamlError> {
        let source = files.file(file);
        let (path, text) = (&*source.path, &*source.text);
        let raw: RawPack = yaml::parse(path, text)?;
        let at = |place: &Spanned<String>, message: String| {
            YamlError::at(path, place.referenced, message)
        };
        if !is_kebab_case(&raw.pack.value) {
            return Err(at(&raw.pack, format!("pack name `{}` is not kebab-case", raw.pack.value)));
        }
        if raw.rules.is_empty() {
            return Err(at(&raw.pack, format!("pack `{}` has no rules", raw.pack.value)));
        }
        let mut seen: HashMap<&str, &Spanned<String>> = HashMap::new();
        for rule in &raw.rules {
            if !is_rule_id(&rule.id.value) {
                let message = format!(
                    "rule id `{}` is not made of letters, digits, dots, underscores and hyphens",
                    rule.id.value
                );
                return Err(at(&rule.id, message));
            }
            if let Some(first) = seen.insert(&rule.id.value, &rule.id) {
                let line = first.referenced.line();
                let message =
                    format!("rule id `{}` is already declared in line {line}", rule.id.value);
                return Err(at(&rule.id, message));
            }
        }
        let names = raw
            .rules
            .iter()
            .map(|rule| {
                let name = &rule.check.value;
                checks::find(name).map(|kind| kind.name).ok_or_else(|| {
                    let known: Vec<_> = checks::CHECKS.iter().map(|kind| kind.name).collect();
                    let known = known.join(", ");
                    let meant = did_you_mean(name, checks::CHECKS.iter().map(|kind| kind.name));
                    at(
                        &rule.check,
                        format!("there is no check `{name}`; the checks are {known}{meant}"),
                    )
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let parsed = yaml::parse_with(path, text, PackParameters(&names))?;
        let rules = raw
            .rules
            .into_iter()
            .zip(names)
            .zip(parsed)
            .map(|((rule, check_name), check)| Rule {
                span: span_of(file, &rule.id),
                id: rule.id.value,
                subject: rule.subject,
                title: rule.title,
                description: rule.description,
                error_code: rule.error_code,
                severity: rule.severity,
                check_name,
                check: check.into(),
            })
            .collect();
        Ok(Self {
            name: raw.pack.value,
            title: raw.title,
            guardrails: raw.guardrails,
            applies: raw.applies,
            layout: raw.output,
            rules,
        })
    }
}

/// The bytes that a value was read from.
fn span_of<T>(file: FileId, value: &Spanned<T>) -> Span {
    let span = value.referenced.span();
    let start = span.byte_offset().unwrap_or(0) as usize;
    Span::new(file, start..start + span.byte_len().unwrap_or(0) as usize)
}

fn is_kebab_case(name: &str) -> bool {
    name.split('-').all(|word| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

fn is_rule_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_alphanumeric())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// The second pass: reads `rules[i].parameters` as the parameters of the i-th check, straight from
/// the YAML so that errors keep their places. Everything else was read in the first pass.
struct PackParameters<'n>(&'n [&'static str]);

impl<'de> DeserializeSeed<'de> for PackParameters<'_> {
    type Value = Vec<Box<dyn Check>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(Entry { key: "rules", seed: RuleList(self.0) })
    }
}

struct RuleList<'n>(&'n [&'static str]);

impl<'de> DeserializeSeed<'de> for RuleList<'_> {
    type Value = Vec<Box<dyn Check>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RuleList<'_> {
    type Value = Vec<Box<dyn Check>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rules")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rules: A) -> Result<Self::Value, A::Error> {
        let mut parsed = Vec::with_capacity(self.0.len());
        for name in self.0 {
            parsed.extend(rules.next_element_seed(RuleParameters(name))?);
        }
        Ok(parsed)
    }
}

struct RuleParameters(&'static str);

impl<'de> DeserializeSeed<'de> for RuleParameters {
    type Value = Box<dyn Check>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(Entry { key: "parameters", seed: CheckParameters(self.0) })
    }
}

struct CheckParameters(&'static str);

impl<'de> DeserializeSeed<'de> for CheckParameters {
    type Value = Box<dyn Check>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        checks::read(self.0, deserializer)
    }
}

/// Reads the value of one key of a mapping by a seed, and passes over the others.
struct Entry<S> {
    key: &'static str,
    seed: S,
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Entry<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a mapping with the key {}", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut seed = Some(self.seed);
        let mut value = None;
        while let Some(key) = map.next_key::<String>()? {
            match seed.take_if(|_| key == self.key) {
                Some(seed) => value = Some(map.next_value_seed(seed)?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        value.ok_or_else(|| serde::de::Error::missing_field(self.key))
    }
}

#[cfg(test)]
mod tests;
