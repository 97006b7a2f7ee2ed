//! `ALTER COLUMN`: type, default, NOT NULL, identity and generation.

use sqlparser::ast::{AlterColumnOperation, Expr, ObjectName as WrittenName};

use super::add_drop::check_not_partition_key;
use super::alter::Target;
use super::column::identity;
use crate::catalog::ChangeKind;
use crate::engine::interpreter::analyze::{Over, Place};
use crate::engine::interpreter::model::{
    Address, Column, Constraint, ConstraintKind, Dependency, Generation, Link, Object, Oid,
    OtherKind, RelationKind, TypeRef,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// `ALTER COLUMN`
    pub(super) fn alter_column(
        &mut self,
        target: Target<'_>,
        name: &str,
        operation: &AlterColumnOperation,
    ) -> Result<(), Problem> {
        let table = target.oid;
        if self.model.relation(table)?.opaque {
            return Err(self.gap_on("the columns of this relation cannot be told", target.name));
        }
        let column = self.column(table, name)?;
        match operation {
            AlterColumnOperation::SetDataType { data_type, using, .. } => {
                let data_type = self.resolve_type(data_type)?;
                if let Some(using) = using {
                    self.execute_functions_in_doubt(using)?;
                }
                self.set_type(table, column, &data_type, using.as_ref())
            }
            AlterColumnOperation::SetNotNull => {
                let tables = self.reached(target);
                for table in &tables {
                    self.check_no_null(*table, name)?;
                }
                self.set_not_null_on(&tables, name);
                Ok(())
            }
            AlterColumnOperation::DropNotNull => self.drop_not_null(target, column),
            AlterColumnOperation::SetDefault { value } => {
                self.alter_default(target, name, Some(value))
            }
            AlterColumnOperation::DropDefault => self.alter_default(target, name, None),
            AlterColumnOperation::AddGenerated { generated_as, .. } => {
                let generation = generated_as.as_ref().map_or(Generation::IdentityAlways, identity);
                self.alter_add_identity(column, generation, None)
            }
            AlterColumnOperation::GenericOptions { .. } => Ok(()),
        }
    }

    fn described(&self, column: Address) -> Result<(Column, String), Problem> {
        let relation = self.model.relation(column.object)?;
        let Some(found) = relation.column_at(column.column) else {
            return Err(Problem::gap_everywhere("a column vanished"));
        };
        let description = format!("column \"{}\" of relation \"{}\"", found.name, relation.name);
        Ok((found.clone(), description))
    }

    fn set_type(
        &mut self,
        table: Oid,
        column: Address,
        data_type: &TypeRef,
        using: Option<&Expr>,
    ) -> Result<(), Problem> {
        let (old, _) = self.described(column)?;
        if old.inherited > 0 {
            return Err(Problem::error(
                "42P16",
                format!("cannot alter inherited column \"{}\"", old.name),
            ));
        }
        check_not_partition_key(self.model.relation(table)?, &old, "alter")?;
        if matches!(old.generation, Generation::IdentityAlways | Generation::IdentityByDefault) {
            super::default::check_identity_type(data_type.oid)?;
        }
        self.check_castable(&old, data_type, using.is_some())?;
        if let Some(using) = using {
            let resolved = self.analyze_expr(using, Over::Relation(table), Place::Transform)?;
            self.check_assignment(using, resolved.data_type.as_ref(), data_type, |_| {
                format!(
                    "result of USING clause for column \"{}\" cannot be cast automatically to type {}",
                    old.name,
                    self.type_name(data_type)
                )
            })?;
        }
        for table in self.model.descendants(table) {
            let Some(number) = self.model.relation(table)?.column(&old.name).map(|c| c.number)
            else {
                continue;
            };
            self.set_own_type(Address::column(table, number), data_type)?;
            self.check_users_of_type(table, number, &old.data_type)?;
            self.recast_column(table, number, data_type, using)?;
        }
        Ok(())
    }

    fn set_own_type(&mut self, column: Address, data_type: &TypeRef) -> Result<(), Problem> {
        self.check_type_is_free(column)?;
        let detail = format!("type {}", self.type_name(data_type));
        let Some(found) = self.model.relation_mut(column.object)?.column_at_mut(column.column)
        else {
            return Ok(());
        };
        let old = std::mem::replace(&mut found.data_type, data_type.clone());
        let link =
            Link { dependent: column, referenced: old.oid.into(), dependency: Dependency::Normal };
        self.model.forget(link);
        self.depend_on_type(column, data_type.oid);
        self.record(column, ChangeKind::Changed, detail);
        self.name_index_columns_anew(column)
    }

    /// Views, policies, triggers and generated columns keep the type of a column from changing.
    fn check_type_is_free(&self, column: Address) -> Result<(), Problem> {
        for link in self.model.links_to(column.object).filter(|l| l.referenced == column) {
            let user = match self.model.object(link.dependent.object) {
                Some(Object::Relation(relation))
                    if matches!(
                        relation.kind,
                        RelationKind::View | RelationKind::MaterializedView
                    ) =>
                {
                    ("0A000", "cannot alter type of a column used by a view or rule")
                }
                Some(Object::Rule(_)) => {
                    ("0A000", "cannot alter type of a column used by a view or rule")
                }
                Some(Object::Policy(_)) => {
                    ("0A000", "cannot alter type of a column used in a policy definition")
                }
                Some(Object::Trigger(_)) => {
                    ("0A000", "cannot alter type of a column used in a trigger definition")
                }
                Some(Object::Function(_)) => {
                    ("0A000", "cannot alter type of a column used by a function or procedure")
                }
                Some(Object::Other(other)) if other.kind == OtherKind::PublicationTable => {
                    ("0A000", "cannot alter type of a column used by a publication WHERE clause")
                }
                Some(Object::Relation(_)) if link.dependent.object == column.object => {
                    ("0A000", "cannot alter type of a column used by a generated column")
                }
                _ => continue,
            };
            return Err(Problem::error(user.0, user.1));
        }
        Ok(())
    }

    /// Fails where neither the values nor the default can certainly be cast by themselves.
    fn check_castable(
        &self,
        column: &Column,
        target: &TypeRef,
        with_using: bool,
    ) -> Result<(), Problem> {
        if !self.is_misfit(column.data_type.oid, target.oid) {
            return Ok(());
        }
        let (name, data_type) = (&column.name, self.type_name(target));
        if !with_using {
            return Err(Problem::error(
                "42804",
                format!("column \"{name}\" cannot be cast automatically to type {data_type}"),
            ));
        }
        if column.default.is_some() {
            return Err(Problem::error(
                "42804",
                format!(
                    "default for column \"{name}\" cannot be cast automatically to type {data_type}"
                ),
            ));
        }
        Ok(())
    }

    fn drop_not_null(&mut self, target: Target<'_>, column: Address) -> Result<(), Problem> {
        let (found, description) = self.described(column)?;
        if matches!(found.generation, Generation::IdentityAlways | Generation::IdentityByDefault) {
            return Err(Problem::error("42601", format!("{description} is an identity column")));
        }
        for table in self.reached(target) {
            let relation = self.model.relation(table)?;
            let Some(number) = relation.column(&found.name).map(|c| c.number) else { continue };
            let primary = self
                .primary_key(table)
                .and_then(|oid| self.model.constraint(oid).ok())
                .is_some_and(|key| key.columns.contains(&number));
            if primary {
                return Err(Problem::error(
                    "42P16",
                    format!("column \"{}\" is in a primary key", found.name),
                ));
            }
            if let Some(column) = self.model.relation_mut(table)?.column_at_mut(number) {
                column.not_null = false;
            }
            self.record(Address::column(table, number), ChangeKind::Changed, "not null dropped");
        }
        Ok(())
    }

    fn alter_default(
        &mut self,
        target: Target<'_>,
        name: &str,
        value: Option<&Expr>,
    ) -> Result<(), Problem> {
        let (found, description) = self.described(self.column(target.oid, name)?)?;
        let what = match found.generation {
            Generation::None => None,
            Generation::Stored => Some("a generated column"),
            Generation::IdentityAlways | Generation::IdentityByDefault => {
                Some("an identity column")
            }
        };
        if let Some(what) = what {
            return Err(Problem::error("42601", format!("{description} is {what}")));
        }
        for table in self.reached(target) {
            let Some(number) = self.model.relation(table)?.column(name).map(|c| c.number) else {
                continue;
            };
            let column = Address::column(table, number);
            match value {
                Some(value) if !self.is_no_default(column, value) => {
                    self.set_default(column, value)?;
                    self.record(column, ChangeKind::Changed, "default set");
                }
                _ => self.drop_default(column)?,
            }
        }
        Ok(())
    }

    pub(super) fn alter_add_identity(
        &mut self,
        column: Address,
        generation: Generation,
        sequence: Option<&WrittenName>,
    ) -> Result<(), Problem> {
        let (found, description) = self.described(column)?;
        let refuse = |why: &str| Err(Problem::error("55000", format!("{description} {why}")));
        if !found.not_null {
            return refuse("must be declared NOT NULL before identity can be added");
        }
        if matches!(found.generation, Generation::IdentityAlways | Generation::IdentityByDefault) {
            return refuse("is already an identity column");
        }
        if found.default.is_some() {
            return refuse("already has a default value");
        }
        self.add_identity(column, generation, sequence)?;
        self.record(column, ChangeKind::Changed, "identity added");
        Ok(())
    }

    /// `SET GENERATED` and what else is set of an identity column.
    pub(super) fn alter_set_identity(
        &mut self,
        column: Address,
        generation: Option<Generation>,
    ) -> Result<(), Problem> {
        let (found, description) = self.described(column)?;
        if !matches!(found.generation, Generation::IdentityAlways | Generation::IdentityByDefault) {
            return Err(Problem::error(
                "55000",
                format!("{description} is not an identity column"),
            ));
        }
        if let Some(generation) = generation
            && let Some(found) =
                self.model.relation_mut(column.object)?.column_at_mut(column.column)
        {
            found.generation = generation;
        }
        Ok(())
    }

    pub(super) fn alter_drop_identity(
        &mut self,
        column: Address,
        if_exists: bool,
    ) -> Result<(), Problem> {
        let (found, description) = self.described(column)?;
        match found.generation {
            Generation::IdentityAlways | Generation::IdentityByDefault => {
                self.drop_identity(column)
            }
            _ if if_exists => Ok(()),
            _ => Err(Problem::error("55000", format!("{description} is not an identity column"))),
        }
    }

    /// `DROP EXPRESSION`: a generated column keeps its values and becomes an ordinary one.
    pub(super) fn drop_expression(
        &mut self,
        column: Address,
        if_exists: bool,
    ) -> Result<(), Problem> {
        let (found, description) = self.described(column)?;
        if found.generation != Generation::Stored {
            return if if_exists {
                Ok(())
            } else {
                Err(Problem::error(
                    "55000",
                    format!("{description} is not a stored generated column"),
                ))
            };
        }
        for table in self.model.descendants(column.object) {
            let Some(number) = self.model.relation(table)?.column(&found.name).map(|c| c.number)
            else {
                continue;
            };
            let column = Address::column(table, number);
            self.drop_default(column)?;
            let sources: Vec<Link> = self
                .model
                .links_of(table)
                .filter(|l| l.dependent == column && l.referenced.object == table)
                .collect();
            for link in sources {
                self.model.forget(link);
            }
            if let Some(column) = self.model.relation_mut(table)?.column_at_mut(number) {
                column.generation = Generation::None;
            }
            self.record(column, ChangeKind::Changed, "generation dropped");
        }
        Ok(())
    }

    /// The CHECKs among the constraints of a table.
    pub(super) fn is_check(&self, constraint: Oid) -> bool {
        self.model
            .constraint(constraint)
            .is_ok_and(|c: &Constraint| matches!(c.kind, ConstraintKind::Check { .. }))
    }
}
