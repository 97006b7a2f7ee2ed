//! When a shipped pack is about a repository, so that it is verified without being named.

use std::fmt;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::catalog::{Catalog, ObjectName};
use crate::engine::Platform;
use crate::facts::{Database, Facts};
use crate::source::{RouteSegment, SourceIndex, SourceQuery, UrlSegment};

/// What a repository must have one of, so that a pack is about it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Applies {
    /// The platform that the migrations start from, where no pack is about objects of the repository.
    platform: Option<Platform>,
    /// Tables that the migrations make or made: schema.name, in public where no schema is given.
    #[schemars(with = "Vec<String>")]
    tables: Vec<TableName>,
    /// Paths with a handler or a literal callsite at or below them.
    endpoints: Vec<String>,
    /// Error codes, one of which the sources declare.
    error_codes: Vec<String>,
}

#[derive(Debug, Clone)]
struct TableName(ObjectName);

impl<'de> Deserialize<'de> for TableName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (schema, name) = text.split_once('.').unwrap_or(("public", &text));
        if schema.is_empty() || name.is_empty() || name.contains('.') {
            return Err(D::Error::custom(format_args!(
                "`{text}` is not a table name: schema.name"
            )));
        }
        Ok(Self(ObjectName::new(schema, name)))
    }
}

/// Why a pack applies, as in “table public.runs is there”.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Applies {
    /// Adds what must be known of the sources to tell.
    pub fn source_query(&self, query: &mut SourceQuery) {
        query.endpoint_prefixes.extend_from_slice(&self.endpoints);
        query.codes.extend_from_slice(&self.error_codes);
    }

    /// Why the pack is about objects of a repository; `None` if it is not.
    #[must_use]
    pub fn to_objects(&self, facts: &Facts<'_>) -> Option<Reason> {
        let of_database = || self.in_database(facts.database.as_ref()?, facts);
        let of_sources = || self.in_sources(facts.sources?);
        of_database().or_else(of_sources).map(Reason)
    }

    /// Why the pack is about every database of a platform; `None` if it is not, or there is no database.
    #[must_use]
    pub fn to_platform(&self, facts: &Facts<'_>, platform: Platform) -> Option<Reason> {
        let wanted = self.platform.filter(|_| facts.database.is_some())?;
        let name = if platform.is_supabase() { "supabase" } else { "postgres" };
        (wanted.is_supabase() == platform.is_supabase())
            .then(|| Reason(format!("the platform is {name}")))
    }

    fn in_database(&self, database: &Database<'_>, facts: &Facts<'_>) -> Option<String> {
        let catalog = &database.outcome.catalog;
        let known = self.tables.iter().map(|table| &table.0).find(|name| is_known(catalog, name));
        if let Some(name) = known {
            return Some(format!("table {name} is in the migrations"));
        }
        // Where not every statement is understood or applied, a word is enough.
        let outcome = database.outcome;
        if outcome.gaps.is_empty() && outcome.failure.is_none() {
            return None;
        }
        let texts = || database.migrations.iter().map(|file| &*facts.files.file(*file).text);
        let named = self.tables.iter().map(|table| &table.0).find(|name| {
            let word = name.name.to_ascii_lowercase();
            texts().any(|text| text.to_ascii_lowercase().contains(&word))
        });
        named.map(|name| format!("the migrations name table {name}"))
    }

    fn in_sources(&self, index: &SourceIndex) -> Option<String> {
        for prefix in &self.endpoints {
            let parts: Vec<&str> = prefix.split('/').filter(|part| !part.is_empty()).collect();
            let is_route = |route: &[RouteSegment]| {
                route.len() >= parts.len()
                    && parts.iter().zip(route).all(
                        |(part, segment)| matches!(segment, RouteSegment::Literal(text) if text == part),
                    )
            };
            if index.endpoints.iter().any(|endpoint| is_route(&endpoint.route)) {
                return Some(format!("there are endpoints at or below {prefix}"));
            }
            let is_called = |segments: &[UrlSegment]| {
                segments.len() >= parts.len()
                    && parts.iter().zip(segments).all(
                        |(part, UrlSegment(texts))| matches!(&texts[..], [text] if text == part),
                    )
            };
            if index.callsites.iter().any(|callsite| is_called(&callsite.path.segments)) {
                return Some(format!("there are calls at or below {prefix}"));
            }
        }
        let declared = index.declarations.iter().flat_map(|declaration| &declaration.codes);
        let known = |code: &String| self.error_codes.contains(code);
        let mut names = declared.flat_map(|code| [&code.name].into_iter().chain(&code.values));
        names.find(|name| known(name)).map(|code| format!("error code {code} is declared"))
    }
}

/// Whether something has or had this name.
fn is_known(catalog: &Catalog, name: &ObjectName) -> bool {
    catalog.table(name).is_some()
        || catalog.view(name).is_some()
        || catalog.dropped.iter().any(|dropped| dropped.object.of == *name)
}
