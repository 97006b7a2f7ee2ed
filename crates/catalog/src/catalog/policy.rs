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
    /// What came of evaluating the expressions, where an engine did.
    pub trials: Vec<PolicyProbe>,
    /// The statements that made and changed it.
    pub history: History,
}

/// An expression of a policy that was evaluated for a stranger, on rows that are not theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyProbe {
    /// It is WITH CHECK, otherwise USING.
    pub with_check: bool,
    /// The stranger has an account.
    pub signed_in: bool,
    /// How many rows there were.
    pub rows: usize,
    /// It was true of each of them.
    pub always: bool,
}
