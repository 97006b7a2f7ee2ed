use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::catalog::ObjectName;

/// What came of attacking a table.
#[derive(Debug)]
pub struct Attacked {
    /// The table.
    pub table: ObjectName,
    /// Who can reach which of its rows, or why that could not be tried.
    pub outcome: Result<Access, String>,
}

/// Who can reach which rows of a table.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AccessMatrix")]
pub struct Access {
    /// The table.
    pub table: ObjectName,
    /// Row-level security is enabled.
    pub row_level_security: bool,
    /// How many rows of two owners the table had.
    pub rows: usize,
    /// Everyone who came.
    pub actors: Vec<ActorAccess>,
    /// Rows that could not be made.
    pub unseeded: Vec<Unseeded>,
    /// A column may say whose a row is: one that refers to another table, or that a policy asks about.
    pub has_owner: bool,
}

/// What one who came got at.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ActorAccess {
    /// How they are called: `anon`, `stranger`, `owner` or a role.
    pub name: String,
    /// The role of the database that they act as.
    pub role: String,
    /// Whether others' rows are none of their business.
    pub is_visitor: bool,
    /// SELECT.
    pub select: Cell,
    /// INSERT.
    pub insert: Cell,
    /// UPDATE.
    pub update: Cell,
    /// DELETE.
    pub delete: Cell,
}

/// What a command got at.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Cell {
    /// Whose rows.
    pub reach: RowAccess,
    /// What the server said, where it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// A row of another owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Value>,
}

/// Whose rows a command got at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowAccess {
    /// Nobody's.
    None,
    /// One's own.
    OwnRows,
    /// Some of those of others.
    SomeRows,
    /// All.
    AllRows,
    /// It cannot be told.
    Error,
}

/// A table in which an owner could get no row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Unseeded {
    /// The table.
    pub table: ObjectName,
    /// The owner.
    pub owner: &'static str,
    /// What the server said.
    pub reason: String,
}

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "AccessVerdict")]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No visitor can reach a row of somebody else.
    Holds,
    /// A visitor does.
    Leaks,
    /// It could not be tried.
    Undecided,
}

impl ActorAccess {
    /// The commands with what they got at.
    #[must_use]
    pub fn cells(&self) -> [(&'static str, &Cell); 4] {
        [
            ("select", &self.select),
            ("insert", &self.insert),
            ("update", &self.update),
            ("delete", &self.delete),
        ]
    }
}

impl Access {
    /// The visitors and commands that got at a row of somebody else.
    pub fn leaks(&self) -> impl Iterator<Item = (&ActorAccess, &'static str, &Cell)> {
        self.visits()
            .filter(|(_, _, cell)| matches!(cell.reach, RowAccess::SomeRows | RowAccess::AllRows))
    }

    /// What it comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let is_of_target = |unseeded: &Unseeded| unseeded.table == self.table;
        if self.leaks().next().is_some() {
            Verdict::Leaks
        } else if self.unseeded.iter().any(is_of_target)
            || self.visits().any(|(_, _, cell)| cell.reach == RowAccess::Error)
        {
            Verdict::Undecided
        } else {
            Verdict::Holds
        }
    }

    fn visits(&self) -> impl Iterator<Item = (&ActorAccess, &'static str, &Cell)> {
        let visitors = self.actors.iter().filter(|actor| actor.is_visitor);
        visitors.flat_map(|actor| actor.cells().map(|(command, cell)| (actor, command, cell)))
    }
}
