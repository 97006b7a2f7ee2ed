use std::fmt;

use serde::Serialize;

use super::{History, ObjectName};

/// A function, procedure or aggregate.
#[derive(Debug, Clone)]
pub struct Function {
    /// Schema and name.
    pub name: ObjectName,
    /// What sort of routine it is.
    pub kind: RoutineKind,
    /// Types of the input arguments, as `format_type` says.
    pub arguments: Vec<String>,
    /// Names of the input arguments, empty where one has none; as long as `arguments`.
    pub argument_names: Vec<String>,
    /// Their defaults, as SQL; as long as `arguments`.
    pub argument_defaults: Vec<Option<String>>,
    /// The type that it returns, or of which it returns a set; `None` for a procedure or aggregate.
    pub returns: Option<String>,
    /// `sql`, `plpgsql`, …; lower case.
    pub language: String,
    /// The body where it is text or SQL.
    pub body: Option<String>,
    /// The body is `RETURN` or `BEGIN ATOMIC`, whose names were bound when it was created.
    pub has_standard_body: bool,
    /// It runs with the rights of its owner.
    pub security_definer: bool,
    /// Whether its result is the same for the same arguments, where that is known.
    pub volatility: Option<Volatility>,
    /// The settings that it runs with, by name.
    pub settings: Vec<(String, String)>,
    /// The statements that made and changed it.
    pub history: History,
}

impl Function {
    /// A function in SQL without arguments and body, made by no statement.
    #[must_use]
    pub fn new(name: ObjectName) -> Self {
        Self {
            name,
            kind: RoutineKind::Function,
            arguments: Vec::new(),
            argument_names: Vec::new(),
            argument_defaults: Vec::new(),
            returns: None,
            language: "sql".to_owned(),
            body: None,
            has_standard_body: false,
            security_definer: false,
            volatility: Some(Volatility::Volatile),
            settings: Vec::new(),
            history: History::default(),
        }
    }

    /// The function by its name and the types of its arguments, as in `public.f(integer, text)`.
    #[must_use]
    pub fn signature(&self) -> String {
        format!("{}({})", self.name, self.arguments.join(", "))
    }

    /// Whether it runs with a setting of that name.
    #[must_use]
    pub fn sets(&self, name: &str) -> bool {
        self.settings.iter().any(|(known, _)| known == name)
    }
}

/// What sort of routine a function is (`pg_proc.prokind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RoutineKind {
    /// A function.
    Function,
    /// A procedure, which is called and not selected from.
    Procedure,
    /// An aggregate.
    Aggregate,
    /// A window function.
    Window,
}

/// Whether the result of a function is the same for the same arguments (`pg_proc.provolatile`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Volatility {
    /// Always.
    Immutable,
    /// Within a statement.
    Stable,
    /// Not at all.
    Volatile,
}

impl fmt::Display for Volatility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Immutable => "immutable",
            Self::Stable => "stable",
            Self::Volatile => "volatile",
        })
    }
}
