//! Whose objects are judged, and who the visitors are.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::catalog::fits;
use crate::facts::Project;

/// What a rule takes for the platform's, for visitors and for served.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::checks) struct Scope {
    /// Schemas whose objects are never reported, since they are not the user's; `*` stands for any text.
    platform_schemas: Vec<String>,
    /// Those of them whose tables have policies of the user.
    policy_schemas: Vec<String>,
    /// The roles of visitors of the API.
    pub(in crate::checks) visitors: Visitors,
    /// Schemas that the API serves, whatever the project says.
    served_schemas: Option<Vec<String>>,
    /// Schemas that the API serves where the project does not say.
    served_by_default: Vec<String>,
}

/// The roles that requests of strangers come as.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(in crate::checks) struct Visitors {
    /// The roles of somebody with a new account.
    pub(in crate::checks) signed_in: Vec<String>,
    /// The roles of somebody without an account.
    pub(in crate::checks) signed_out: Vec<String>,
}

impl Visitors {
    /// Every role of a visitor, the one without an account first.
    pub(in crate::checks) fn roles(&self) -> impl Iterator<Item = &String> {
        self.signed_out.iter().chain(&self.signed_in)
    }
}

impl Scope {
    /// Whether the objects of a schema are the platform's.
    pub(in crate::checks) fn is_platform(&self, schema: &str) -> bool {
        self.platform_schemas.iter().any(|pattern| fits(pattern, schema))
    }

    /// Whether policies on tables of a schema are the user's.
    pub(in crate::checks) fn judges_policies(&self, schema: &str) -> bool {
        !self.is_platform(schema) || self.policy_schemas.iter().any(|known| known == schema)
    }

    /// Whether the API serves a schema.
    pub(in crate::checks) fn serves(&self, schema: &str, project: Option<&Project>) -> bool {
        let configured = project.and_then(|project| project.served_schemas.as_ref());
        let served = self.served_schemas.as_ref().or(configured).unwrap_or(&self.served_by_default);
        served.iter().any(|known| known == schema)
    }

    /// A schema of the user that the API serves, if there is one.
    pub(in crate::checks) fn some_served(&self, project: Option<&Project>) -> String {
        let configured = project.and_then(|project| project.served_schemas.as_ref());
        let served = self.served_schemas.as_ref().or(configured).unwrap_or(&self.served_by_default);
        let own = served.iter().find(|schema| !self.is_platform(schema));
        own.map_or_else(|| "public".to_owned(), Clone::clone)
    }
}
