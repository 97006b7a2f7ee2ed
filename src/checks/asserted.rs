use std::fmt;

use super::Planted;
use crate::catalog::{Catalog, ChangeKind, Dropped, ObjectKind, ObjectName, ObjectRef};
use crate::source::{Method, RouteSegment};
use crate::span::{FileId, Span};

/// One fact that a rule asserts. What a rule asserts can be weakened fact by fact, which tells whether
/// the rule can fail at all, and traced to the statements that made it.
#[derive(Debug, Clone)]
pub enum Asserted {
    /// No object has a fault: one that has is told.
    NoFault(Planted),
    /// The table is there.
    Table(ObjectName),
    /// The column is there.
    Column(Part),
    /// The column is of the type that it should be.
    ColumnType(Part),
    /// The enum behind the column has its labels and no other.
    EnumLabels(Part),
    /// The table has its primary key.
    PrimaryKey(ObjectName),
    /// Row-level security is enabled on the table.
    RowSecurity(ObjectName),
    /// The policy is there, for its command.
    Policy(Part),
    /// No policy of the table lets one of these roles at every row.
    ClosedTo {
        /// The table.
        table: ObjectName,
        /// The roles, at least one of which a policy must be for to count.
        roles: Vec<String>,
    },
    /// The table has a UNIQUE constraint on these columns.
    Unique {
        /// The table.
        table: ObjectName,
        /// The columns, in any order.
        columns: Vec<String>,
    },
    /// The index is there, valid, led by its columns, and holds the rows that it should.
    Index(Part),
    /// A handler serves the endpoint.
    Handler {
        /// How the endpoint is shown.
        endpoint: String,
        /// Its method.
        method: Method,
        /// Its path.
        route: Vec<RouteSegment>,
    },
    /// The handler is called.
    Called {
        /// How the endpoint is shown.
        endpoint: String,
        /// The method that it must be called by.
        method: Method,
        /// Its literal callsites.
        callsites: Vec<Span>,
    },
    /// Every handler that there is at or below a path is called.
    NoOrphan {
        /// The path.
        prefix: Vec<RouteSegment>,
    },
    /// The module that declares the codes declares this one.
    Code {
        /// The code.
        code: String,
        /// The declaration.
        declaration: Span,
    },
    /// The declaration has no other code.
    NoOtherCode {
        /// The declaration.
        declaration: Span,
    },
    /// No other code is emitted.
    NoOtherEmission {
        /// The files in which it is looked for.
        modules: Vec<FileId>,
    },
}

/// A part of a table by its name.
#[derive(Debug, Clone)]
pub struct Part {
    /// The table.
    pub table: ObjectName,
    /// The part.
    pub name: String,
}

impl Part {
    pub(super) fn of(table: &ObjectName, name: &str) -> Self {
        Self { table: table.clone(), name: name.to_owned() }
    }

    /// The part as an object of the catalog.
    fn object(&self, kind: ObjectKind) -> ObjectRef {
        ObjectRef::part(kind, self.table.clone(), &*self.name)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.name, self.table)
    }
}

impl Asserted {
    /// The object of the database that the fact is about, in words; none for a fact of the sources.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        match self {
            Self::PrimaryKey(table) => Some(format!("primary key of {table}")),
            Self::Unique { table, columns } => {
                Some(format!("unique ({}) of {table}", columns.join(", ")))
            }
            Self::ClosedTo { table, .. } => Some(format!("{} {table}", ObjectKind::Table)),
            _ => self.object().map(|object| object.to_string()),
        }
    }

    /// What the fact once was of and is no more: objects that bore the name, or that could have been what
    /// may bear any name.
    #[must_use]
    pub fn lost<'c>(&self, catalog: &'c Catalog) -> Vec<&'c Dropped> {
        let object = self.object();
        let is_lost = |dropped: &&Dropped| match self {
            Self::Unique { table, .. } => may_have_been_unique(dropped, table),
            _ => object.as_ref() == Some(&dropped.object),
        };
        catalog.dropped.iter().filter(is_lost).collect()
    }

    /// The object of the database that the fact is of, where its name is given.
    fn object(&self) -> Option<ObjectRef> {
        match self {
            Self::Table(table) | Self::RowSecurity(table) => {
                Some(ObjectRef::whole(ObjectKind::Table, table.clone()))
            }
            Self::Column(part) | Self::ColumnType(part) | Self::EnumLabels(part) => {
                Some(part.object(ObjectKind::Column))
            }
            Self::Policy(part) => Some(part.object(ObjectKind::Policy)),
            Self::Index(part) => Some(part.object(ObjectKind::Index)),
            _ => None,
        }
    }
}

/// Whether a lost constraint of a table may have been a UNIQUE one: it was dropped, not renamed, and is no
/// other by the ending of its name.
pub(super) fn may_have_been_unique(
    Dropped { object, history }: &Dropped,
    table: &ObjectName,
) -> bool {
    let others = ["_pkey", "_fkey", "_check", "_excl"];
    let name = object.part.as_deref().unwrap_or_default();
    object.kind == ObjectKind::Constraint
        && object.of == *table
        && history.last().is_some_and(|event| event.verb == ChangeKind::Dropped)
        && !others.iter().any(|ending| name.ends_with(ending))
}
