use std::sync::Arc;

use super::{Oid, StoredExpr};
use crate::catalog::History;

/// A constraint of a table or domain.
#[derive(Debug, Clone)]
pub(crate) struct Constraint {
    pub(crate) schema: Oid,
    pub(crate) name: Arc<str>,
    /// The table or domain.
    pub(crate) owner: Oid,
    pub(crate) kind: ConstraintKind,
    /// The columns that it is about, in order.
    pub(crate) columns: Vec<i16>,
    pub(crate) deferrable: bool,
    pub(crate) initially_deferred: bool,
    pub(crate) validated: bool,
    /// The constraint of the partitioned table that it is a clone of.
    pub(crate) parent: Option<Oid>,
    /// Declared on this table, perhaps inherited too.
    pub(crate) is_local: bool,
    /// How many parents have it.
    pub(crate) inherited: u16,
    pub(crate) history: History,
}

/// What a constraint demands.
#[derive(Debug, Clone)]
pub(crate) enum ConstraintKind {
    Check {
        expression: StoredExpr,
        no_inherit: bool,
    },
    Primary {
        index: Oid,
    },
    Unique {
        index: Oid,
    },
    Exclude {
        index: Oid,
    },
    ForeignKey(ForeignKey),
    /// A constraint trigger, which is listed under its name.
    Trigger,
}

impl ConstraintKind {
    /// The index that enforces it.
    pub(crate) fn index(&self) -> Option<Oid> {
        match self {
            Self::Primary { index } | Self::Unique { index } | Self::Exclude { index } => {
                Some(*index)
            }
            Self::Check { .. } | Self::ForeignKey(_) | Self::Trigger => None,
        }
    }

    /// The letter that `pg_constraint.contype` has for it.
    pub(crate) fn letter(&self) -> &'static str {
        match self {
            Self::Check { .. } => "c",
            Self::Primary { .. } => "p",
            Self::Unique { .. } => "u",
            Self::Exclude { .. } => "x",
            Self::ForeignKey(_) => "f",
            Self::Trigger => "t",
        }
    }
}

/// What a foreign key refers to.
#[derive(Debug, Clone)]
pub(crate) struct ForeignKey {
    pub(crate) table: Oid,
    pub(crate) columns: Vec<i16>,
    /// ON DELETE, ON UPDATE and MATCH as written; may be empty.
    pub(crate) actions: Arc<str>,
}
