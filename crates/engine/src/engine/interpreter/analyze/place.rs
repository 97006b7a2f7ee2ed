//! Where an expression stands, and what may not be in it there (`ParseExprKind`).

use sqlparser::ast::Function as Call;

use super::Context;
use crate::engine::interpreter::problem::SqlError;
use crate::engine::interpreter::query::{is_aggregate, is_set};
use crate::engine::interpreter::session::Session;

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Place {
    /// USING or WITH CHECK of a policy.
    Policy,
    /// A CHECK of a table or domain.
    Check,
    /// A default.
    Default,
    /// The expression of a generated column.
    Generation,
    /// A key of an index.
    IndexKey,
    /// The predicate of an index.
    IndexPredicate,
    /// WHEN of a trigger.
    When,
    /// WHERE of a statement.
    Where,
    /// ON of a join.
    Join,
    /// HAVING of a query.
    Having,
    /// LIMIT or OFFSET of a query.
    Limit,
    /// USING of a column's new type.
    Transform,
    /// SET of an UPDATE.
    Update,
    /// Anywhere else.
    #[default]
    Elsewhere,
}

impl Place {
    /// How messages name it.
    fn words(self) -> &'static str {
        match self {
            Self::Policy => "policy expressions",
            Self::Check => "check constraints",
            Self::Default => "DEFAULT expressions",
            Self::Generation => "column generation expressions",
            Self::IndexKey => "index expressions",
            Self::IndexPredicate => "index predicates",
            Self::When => "trigger WHEN conditions",
            Self::Where => "WHERE",
            Self::Join => "JOIN conditions",
            Self::Having => "HAVING",
            Self::Limit => "LIMIT",
            Self::Transform => "transform expressions",
            Self::Update => "UPDATE",
            Self::Elsewhere => "this place",
        }
    }

    /// The word of a condition in the error that it is no boolean.
    pub(super) fn condition(self) -> Option<&'static str> {
        Some(match self {
            Self::Policy => "POLICY",
            Self::Check => "CHECK",
            Self::IndexPredicate | Self::Where => "WHERE",
            Self::When => "WHEN",
            Self::Join => "JOIN/ON",
            Self::Having => "HAVING",
            _ => return None,
        })
    }

    /// Refuses a sub-query where there may be none.
    pub(super) fn check_subquery(self) -> Result<(), SqlError> {
        let place = match self {
            Self::Check => "check constraint",
            Self::Default => "DEFAULT expression",
            Self::Generation => "column generation expression",
            Self::IndexKey => "index expression",
            Self::IndexPredicate => "index predicate",
            Self::When => "trigger WHEN condition",
            Self::Transform => "transform expression",
            _ => return Ok(()),
        };
        Err(SqlError::new("0A000", format!("cannot use subquery in {place}")))
    }

    /// Refuses an aggregate where there may be none.
    pub(super) fn check_aggregate(self) -> Result<(), SqlError> {
        self.check("42803", "aggregate functions", self == Self::Having)
    }

    /// Refuses a window function where there may be none.
    pub(super) fn check_window(self) -> Result<(), SqlError> {
        self.check("42P20", "window functions", false)
    }

    /// Refuses a function that returns a set where there may be none.
    pub(super) fn check_set(self) -> Result<(), SqlError> {
        self.check("0A000", "set-returning functions", false)
    }

    fn check(self, sqlstate: &'static str, what: &str, allowed: bool) -> Result<(), SqlError> {
        if allowed || self == Self::Elsewhere {
            return Ok(());
        }
        let message = format!("{what} are not allowed in {}", self.words());
        Err(SqlError::new(sqlstate, message))
    }
}

impl Context<'_> {
    /// Refuses a call that may not stand where the expression is, whatever its arguments are.
    pub(super) fn check_placement(&self, call: &Call) -> Result<(), SqlError> {
        if self.place == Place::Elsewhere {
            return Ok(());
        }
        let Ok((schema, name)) = Session::split_name(&call.name) else { return Ok(()) };
        let is_own = schema.is_some_and(|schema| &*schema != "pg_catalog");
        if is_own || self.session.is_shadowed(&name) {
            return Ok(());
        }
        if call.over.is_some() {
            self.place.check_window()
        } else if is_aggregate(call) {
            self.place.check_aggregate()
        } else if is_set(call) {
            self.place.check_set()
        } else {
            Ok(())
        }
    }
}
