use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::datum::quote_identifier;

/// A schema-qualified name as PostgreSQL stores it: folded, unquoted, cut at 63 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct ObjectName {
    /// The schema.
    pub schema: String,
    /// The name inside the schema.
    pub name: String,
}

impl ObjectName {
    /// `schema.name`.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// The name as SQL writes it, quoted where it must be.
    #[must_use]
    pub fn sql(&self) -> String {
        let name = quote_identifier(&self.name);
        if self.schema.is_empty() {
            name.into_owned()
        } else {
            format!("{}.{name}", quote_identifier(&self.schema))
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A schema is in none itself.
        if self.schema.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}.{}", self.schema, self.name)
        }
    }
}

/// The kinds of object that have a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A table.
    Table,
    /// A column of a table.
    Column,
    /// A constraint of a table.
    Constraint,
    /// An index of a table.
    Index,
    /// A policy of a table.
    Policy,
    /// A trigger of a table.
    Trigger,
    /// An enum or other type.
    Type,
    /// A view.
    View,
    /// A function or procedure.
    Function,
    /// A schema.
    Schema,
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::Policy => "policy",
            Self::Trigger => "trigger",
            Self::Type => "type",
            Self::View => "view",
            Self::Function => "function",
            Self::Schema => "schema",
        })
    }
}

/// One object of the database, a part of a table included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ObjectRef {
    /// What it is.
    pub kind: ObjectKind,
    /// Its own name, or that of the table that it is a part of.
    pub of: ObjectName,
    /// The name inside the table, for columns, constraints, indexes, policies and triggers.
    pub part: Option<String>,
}

impl ObjectRef {
    /// An object with a name of its own.
    #[must_use]
    pub fn whole(kind: ObjectKind, of: ObjectName) -> Self {
        Self { kind, of, part: None }
    }

    /// A part of a table.
    pub fn part(kind: ObjectKind, table: ObjectName, part: impl Into<String>) -> Self {
        Self { kind, of: table, part: Some(part.into()) }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Some(part) => write!(f, "{} {part} of {}", self.kind, self.of),
            None => write!(f, "{} {}", self.kind, self.of),
        }
    }
}
