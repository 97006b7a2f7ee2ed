use std::fmt;

use super::History;

/// The command that a policy is for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// SELECT
    Select,
    /// INSERT
    Insert,
    /// UPDATE
    Update,
    /// DELETE
    Delete,
    /// Every command.
    All,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::All => "ALL",
        })
    }
}

/// A row-level security policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Name.
    pub name: String,
    /// The command that it is for.
    pub command: Command,
    /// PERMISSIVE, otherwise RESTRICTIVE.
    pub permissive: bool,
    /// Roles, `public` where none is named; sorted.
    pub roles: Vec<String>,
    /// The USING expression as SQL.
    pub using: Option<String>,
    /// The WITH CHECK expression as SQL.
    pub with_check: Option<String>,
    /// The statements that made and changed it.
    pub history: History,
}
