//! Which actions of ALTER TABLE a relation takes, and which of them ONLY takes.

use sqlparser::ast::{AlterColumnOperation, AlterTableOperation};

use super::alter::Target;
use super::spec::{ConstraintSpec, KeyKind};
use crate::engine::interpreter::model::{Relation, RelationKind};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{AlterAction, ObjectKind};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// `ALTER VIEW` takes views only, and so on; `ALTER TABLE` takes anything.
pub(super) fn check_kind(relation: &Relation, kind: ObjectKind) -> Result<(), Problem> {
    let (fits, word) = match kind {
        ObjectKind::View => (relation.kind == RelationKind::View, "a view"),
        ObjectKind::MaterializedView => {
            (relation.kind == RelationKind::MaterializedView, "a materialized view")
        }
        ObjectKind::Sequence => (relation.kind == RelationKind::Sequence, "a sequence"),
        ObjectKind::ForeignTable => (relation.kind == RelationKind::Foreign, "a foreign table"),
        ObjectKind::Index => (relation.kind.is_index(), "an index"),
        _ => (true, ""),
    };
    if fits {
        return Ok(());
    }
    Err(Problem::error("42809", format!("\"{}\" is not {word}", relation.name)))
}

/// What messages call an action that only tables take; `None` for those of other relations too.
fn table_action(action: &AlterAction) -> Option<&'static str> {
    Some(match action {
        AlterAction::AddColumn { .. } => "ADD COLUMN",
        AlterAction::SetExpression { .. } => "ALTER COLUMN ... SET EXPRESSION",
        AlterAction::DropExpression { .. } => "ALTER COLUMN ... DROP EXPRESSION",
        AlterAction::AddIdentity { .. } => "ALTER COLUMN ... ADD IDENTITY",
        AlterAction::SetIdentity { .. } => "ALTER COLUMN ... SET",
        AlterAction::DropIdentity { .. } => "ALTER COLUMN ... DROP IDENTITY",
        AlterAction::Sql(operation) => match &**operation {
            AlterTableOperation::AddColumn { .. } => "ADD COLUMN",
            AlterTableOperation::DropColumn { .. } => "DROP COLUMN",
            AlterTableOperation::DropConstraint { .. } => "DROP CONSTRAINT",
            AlterTableOperation::ValidateConstraint { .. } => "VALIDATE CONSTRAINT",
            AlterTableOperation::Inherit { .. } => "INHERIT",
            AlterTableOperation::NoInherit { .. } => "NO INHERIT",
            AlterTableOperation::AlterColumn { op, .. } => match op {
                AlterColumnOperation::SetNotNull => "ALTER COLUMN ... SET NOT NULL",
                AlterColumnOperation::DropNotNull => "ALTER COLUMN ... DROP NOT NULL",
                AlterColumnOperation::SetDataType { .. } => "ALTER COLUMN ... SET DATA TYPE",
                AlterColumnOperation::AddGenerated { .. } => "ALTER COLUMN ... ADD IDENTITY",
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    })
}

impl Session {
    /// Fails where a relation does not take an action.
    pub(super) fn check_action(
        &self,
        target: Target<'_>,
        action: &AlterAction,
    ) -> Result<(), Problem> {
        let relation = self.model.relation(target.oid)?;
        if let Some(what) = table_action(action)
            && !relation.kind.is_table()
        {
            return Err(not_performed(what, relation));
        }
        if target.only { self.check_only(target, action) } else { Ok(()) }
    }

    /// Fails where an action on a table with children cannot spare the children.
    fn check_only(&self, target: Target<'_>, action: &AlterAction) -> Result<(), Problem> {
        let refuse = |why: String| Err(Problem::error("42P16", why));
        match action {
            AlterAction::AddColumn { .. } => {
                refuse("column must be added to child tables too".to_owned())
            }
            AlterAction::Sql(operation) => match &**operation {
                AlterTableOperation::AddColumn { .. } => {
                    refuse("column must be added to child tables too".to_owned())
                }
                AlterTableOperation::RenameColumn { old_column_name, .. } => {
                    let name = names::stored(old_column_name);
                    refuse(format!(
                        "inherited column \"{name}\" must be renamed in child tables too"
                    ))
                }
                AlterTableOperation::RenameConstraint { old_name, .. } => {
                    let name = names::stored(old_name);
                    let constraint = self.model.find_constraint(target.oid, &name);
                    if constraint.is_some_and(|oid| self.is_check(oid)) {
                        return refuse(format!(
                            "inherited constraint \"{name}\" must be renamed in child tables too"
                        ));
                    }
                    Ok(())
                }
                AlterTableOperation::AlterColumn {
                    column_name,
                    op: AlterColumnOperation::SetDataType { .. },
                } => {
                    let name = names::stored(column_name);
                    refuse(format!(
                        "type of inherited column \"{name}\" must be changed in child tables too"
                    ))
                }
                AlterTableOperation::DropColumn { .. }
                    if self.model.relation(target.oid)?.kind == RelationKind::Partitioned =>
                {
                    refuse(
                        "cannot drop column from only the partitioned table when partitions exist"
                            .to_owned(),
                    )
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Fails where a relation does not take a constraint.
    pub(super) fn check_added_constraint(
        &self,
        target: Target<'_>,
        constraint: &ConstraintSpec,
    ) -> Result<(), Problem> {
        let relation = self.model.relation(target.oid)?;
        if !relation.kind.is_table() {
            return Err(not_performed("ADD CONSTRAINT", relation));
        }
        let key_word = match constraint {
            ConstraintSpec::Check(check) if target.only && !check.no_inherit => {
                return Err(Problem::error(
                    "42P16",
                    "constraint must be added to child tables too",
                ));
            }
            ConstraintSpec::Check(_) | ConstraintSpec::UsingIndex(_) => return Ok(()),
            ConstraintSpec::ForeignKey(_)
                if target.only && relation.kind == RelationKind::Partitioned =>
            {
                let name = &relation.name;
                return Err(Problem::error(
                    "42809",
                    format!("cannot use ONLY for foreign key on partitioned table \"{name}\""),
                ));
            }
            ConstraintSpec::ForeignKey(_) => "foreign key",
            ConstraintSpec::Key(key) => match key.kind {
                KeyKind::Primary => "primary key",
                KeyKind::Unique => "unique",
                KeyKind::Exclude => "exclusion",
            },
        };
        if relation.kind == RelationKind::Foreign {
            return Err(Problem::error(
                "0A000",
                format!("{key_word} constraints are not supported on foreign tables"),
            ));
        }
        Ok(())
    }
}

fn not_performed(action: &str, relation: &Relation) -> Problem {
    let name = &relation.name;
    Problem::error(
        "42809",
        format!("ALTER action {action} cannot be performed on relation \"{name}\""),
    )
}
