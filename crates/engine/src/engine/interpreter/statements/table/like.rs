//! `LIKE table` inside CREATE TABLE.

use crate::catalog::History;
use crate::engine::interpreter::model::{
    Address, Column, Constraint, Generation, Oid, RelationKind,
};
use crate::engine::interpreter::parse::ast::LikeOptions;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

use super::check::Origin;

impl Session {
    /// Takes over the columns with NOT NULL, and what else of them is asked for.
    pub(super) fn copy_like_columns(
        &mut self,
        table: Oid,
        source: Oid,
        options: LikeOptions,
    ) -> Result<(), Problem> {
        let relation = self.model.relation(source)?;
        if relation.kind.is_index() || relation.kind == RelationKind::Sequence {
            return Err(Problem::error(
                "42809",
                format!("relation \"{}\" is invalid in LIKE clause", relation.name),
            ));
        }
        for column in relation.columns.clone() {
            let existing = self.model.relation_mut(table)?;
            let inherited =
                existing.columns.iter_mut().find(|c| c.name == column.name && !c.is_local);
            if let Some(inherited) = inherited {
                inherited.is_local = true;
                inherited.not_null |= column.not_null;
                continue;
            }
            if self.model.relation(table)?.column(&column.name).is_some() {
                let name = &column.name;
                return Err(Problem::error(
                    "42701",
                    format!("column \"{name}\" specified more than once"),
                ));
            }
            let own = Column {
                not_null: column.not_null,
                history: History::created(Some(self.span)),
                ..Column::new(column.name.clone(), column.data_type.clone())
            };
            let address = self.add_column_to(table, own)?;
            self.copy_like_source(
                address,
                Address::column(source, column.number),
                &column,
                options,
            )?;
        }
        Ok(())
    }

    fn copy_like_source(
        &mut self,
        column: Address,
        source: Address,
        original: &Column,
        options: LikeOptions,
    ) -> Result<(), Problem> {
        match original.generation {
            Generation::None if options.defaults => self.copy_default(column, source),
            // A generation expression may name columns that come later.
            Generation::Stored if options.generated => Ok(()),
            Generation::IdentityAlways | Generation::IdentityByDefault if options.identity => {
                self.add_identity(column, original.generation, None)
            }
            _ => Ok(()),
        }
    }

    /// Takes over generation expressions and CHECKs, under their names.
    pub(super) fn copy_like_checks(
        &mut self,
        table: Oid,
        source: Oid,
        options: LikeOptions,
    ) -> Result<(), Problem> {
        if options.generated {
            for column in self.model.relation(source)?.columns.clone() {
                if column.generation == Generation::Stored {
                    let copy = self.column(table, &column.name)?;
                    self.copy_default(copy, Address::column(source, column.number))?;
                }
            }
        }
        if !options.constraints {
            return Ok(());
        }
        for check in self.model.parts::<Constraint>(source).map(|(oid, _)| oid).collect::<Vec<_>>()
        {
            if let Some(spec) = self.check_spec(check)?
                && let Some(name) = spec.name.clone()
            {
                self.put_check(table, name, &spec, Origin::Declared)?;
            }
        }
        Ok(())
    }

    /// Takes over indexes with their constraints, under new names.
    pub(super) fn copy_like_indexes(
        &mut self,
        table: Oid,
        source: Oid,
        options: LikeOptions,
    ) -> Result<(), Problem> {
        if !options.indexes {
            return Ok(());
        }
        for index in self.model.indexes(source).map(|(oid, _)| oid).collect::<Vec<_>>() {
            if let Some(copy) = self.translated_index(index, table)? {
                self.create_clone(index, copy)?;
            }
        }
        Ok(())
    }
}
