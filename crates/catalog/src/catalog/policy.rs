use std::fmt;

use super::{History, References};

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
    /// What the expressions name.
    pub references: References,
    /// What came of evaluating the expressions, where an engine did.
    pub trials: Vec<PolicyProbe>,
    /// The statements that made and changed it.
    pub history: History,
}

impl Policy {
    /// A permissive policy for everybody without expressions, made by no statement.
    #[must_use]
    pub fn new(name: &str, command: Command) -> Self {
        Self {
            name: name.to_owned(),
            command,
            permissive: true,
            roles: vec!["public".to_owned()],
            using: None,
            with_check: None,
            references: References::default(),
            trials: Vec::new(),
            history: History::default(),
        }
    }

    /// Whether it is asked for a command.
    #[must_use]
    pub fn is_for(&self, command: Command) -> bool {
        self.command == Command::All || self.command == command
    }

    /// Whether it applies to a role, as one that it names or as everybody.
    #[must_use]
    pub fn applies_to(&self, role: &str) -> bool {
        self.roles.iter().any(|known| known == "public" || known == role)
    }
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
