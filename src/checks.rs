//! The checks: one file each, with its parameters, what it needs to know, and how it judges.
//!
//! A new check is a file here, its name in the list below, its page in `docs/checks/` and its
//! trees in `fixtures/checks/`.

mod asserted;
mod judgement;
mod openness;
mod sources;
mod survey;
mod table;
mod tables;

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Deserializer, Error as _};

use crate::facts::Facts;
use crate::source::SourceQuery;

pub use asserted::{Asserted, Part};
pub use judgement::{Breach, Judgement};
pub use survey::Planted;

/// A check with the parameters of one rule.
pub trait Check: fmt::Debug + Send + Sync {
    /// Adds what the check wants to know of the sources.
    fn source_query(&self, _query: &mut SourceQuery) {}

    /// Whether the rule is about the database, otherwise about the sources.
    fn is_about_database(&self) -> bool {
        true
    }

    /// Judges the rule by the facts. A gap or failure that touches what the check needs to know is
    /// a doubt of the judgement, so that the rule never holds by it.
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement;

    /// Whether the statement that a finding proposes can be applied without a decision: it gives nobody a right
    /// that was not meant, and takes none away that is used.
    fn is_mended_by_statement(&self) -> bool {
        false
    }

    /// The facts that the rule asserts, each of which breaks it when it is no longer so.
    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted>;
}

/// The type that a rule's parameters are read into, and which evaluates them.
trait Parameters: Check + DeserializeOwned + JsonSchema + 'static {
    /// The name that packs call the check by.
    const NAME: &'static str;
    /// Its page of the documentation.
    const PAGE: &'static str;

    /// What is wrong with the parameters that their types cannot say.
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}

/// A check without parameters: what it is called and what there is to read about it.
#[derive(Debug)]
pub struct CheckKind {
    /// The name that packs call it by, in kebab-case.
    pub name: &'static str,
    /// Its page of the documentation, in Markdown.
    pub page: &'static str,
    /// The JSON schema of its parameters.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

impl CheckKind {
    const fn of<P: Parameters>() -> Self {
        Self { name: P::NAME, page: P::PAGE, schema: |g| g.subschema_for::<P>() }
    }
}

macro_rules! checks {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*

        /// Every check there is.
        pub static CHECKS: &[CheckKind] = &[$(CheckKind::of::<$module::Rule>()),*];

        /// Reads the parameters of the check of that name.
        pub(crate) fn read<'de, D: Deserializer<'de>>(
            name: &str,
            deserializer: D,
        ) -> Result<Box<dyn Check>, D::Error> {
            $(if name == $module::Rule::NAME {
                let rule = <$module::Rule as serde::Deserialize>::deserialize(deserializer)?;
                rule.validate().map_err(D::Error::custom)?;
                return Ok(Box::new(rule));
            })*
            Err(D::Error::custom(format_args!("unknown check `{name}`")))
        }
    };
}

checks! {
    table_schema,
    row_level_security,
    unique_constraint,
    index,
    endpoint_callsites,
    error_codes,
    primary_keys,
    upgradable_types,
    foreign_key_indexes,
    duplicate_indexes,
    overlapping_policies,
    calls_per_row,
    policy_indexes,
    function_search_paths,
    policies_in_force,
    policy_recursion,
    idle_policies,
    platform_keys,
    extension_schemas,
    open_writes,
    signed_out_guards,
    visitor_metadata,
    bucket_listing,
    exposed_tables,
    granted_policies,
    closed_tables,
    blind_writes,
    policy_rights,
    callable_definers,
    definer_views,
    exposed_accounts,
    unprotectable_relations,
    sensitive_columns,
}

#[cfg(test)]
mod tests;

/// The check of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static CheckKind> {
    CHECKS.iter().find(|kind| kind.name == name)
}
