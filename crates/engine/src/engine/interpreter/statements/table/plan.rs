//! The order in which PostgreSQL takes the actions of one ALTER TABLE.

use std::collections::BTreeMap;

use sqlparser::ast::{AlterColumnOperation, AlterTableOperation};

use super::spec::{ConstraintSpec, Constraints};
use crate::engine::interpreter::parse::ast::AlterAction;
use crate::engine::interpreter::problem::Problem;

/// The phases of an ALTER TABLE: actions of an earlier one come first, whatever their order in the
/// statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pass {
    Drop,
    AlterType,
    AddColumn,
    ColumnAttributes,
    AddUsingIndex,
    AddKey,
    AddOther,
    Miscellaneous,
}

/// One thing to do.
pub(super) enum Step<'a> {
    Action(&'a AlterAction),
    Constraint(Box<ConstraintSpec>),
}

/// What is still to be done, by phase.
#[derive(Default)]
pub(super) struct Plan<'a>(BTreeMap<Pass, Vec<Step<'a>>>);

impl<'a> Plan<'a> {
    /// The plan of a statement.
    pub(super) fn of(actions: &'a [AlterAction]) -> Result<Self, Problem> {
        let mut plan = Self::default();
        for action in actions {
            if let AlterAction::Sql(operation) = action
                && let AlterTableOperation::AddConstraint { constraint, not_valid } = &**operation
            {
                plan.add_constraint(ConstraintSpec::of_table(constraint, *not_valid)?);
            } else {
                plan.add(pass_of(action), Step::Action(action));
            }
        }
        Ok(plan)
    }

    /// Adds a step to a phase.
    fn add(&mut self, pass: Pass, step: Step<'a>) {
        self.0.entry(pass).or_default().push(step);
    }

    fn add_constraint(&mut self, constraint: ConstraintSpec) {
        let pass = match constraint {
            ConstraintSpec::UsingIndex(_) => Pass::AddUsingIndex,
            ConstraintSpec::Key(_) => Pass::AddKey,
            ConstraintSpec::Check(_) | ConstraintSpec::ForeignKey(_) => Pass::AddOther,
        };
        self.add(pass, Step::Constraint(Box::new(constraint)));
    }

    /// Adds the constraints of a new column.
    pub(super) fn add_constraints(&mut self, mut constraints: Constraints) {
        for key in constraints.take_keys() {
            self.add_constraint(ConstraintSpec::Key(key));
        }
        for check in constraints.checks {
            self.add_constraint(ConstraintSpec::Check(check));
        }
        for key in constraints.foreign_keys {
            self.add_constraint(ConstraintSpec::ForeignKey(key));
        }
    }

    /// The earliest phase that has any steps, with these.
    pub(super) fn next(&mut self) -> Option<(Pass, Vec<Step<'a>>)> {
        self.0.pop_first()
    }
}

fn pass_of(action: &AlterAction) -> Pass {
    match action {
        AlterAction::AddColumn { .. } => Pass::AddColumn,
        AlterAction::DropExpression { .. } | AlterAction::DropIdentity { .. } => Pass::Drop,
        AlterAction::SetExpression { .. } => Pass::AlterType,
        AlterAction::AddIdentity { .. } => Pass::AddOther,
        AlterAction::Sql(operation) => match &**operation {
            AlterTableOperation::DropColumn { .. } | AlterTableOperation::DropConstraint { .. } => {
                Pass::Drop
            }
            AlterTableOperation::AddColumn { .. } => Pass::AddColumn,
            AlterTableOperation::AlterColumn { op, .. } => match op {
                AlterColumnOperation::DropNotNull | AlterColumnOperation::DropDefault => Pass::Drop,
                AlterColumnOperation::SetDataType { .. } => Pass::AlterType,
                AlterColumnOperation::SetNotNull => Pass::ColumnAttributes,
                AlterColumnOperation::SetDefault { .. }
                | AlterColumnOperation::AddGenerated { .. } => Pass::AddOther,
                _ => Pass::Miscellaneous,
            },
            _ => Pass::Miscellaneous,
        },
        _ => Pass::Miscellaneous,
    }
}
