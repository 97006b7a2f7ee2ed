//! Inheritance: what a child takes over from its parents, when it is made or later.

use sqlparser::ast::Expr;

use super::alter::Target;
use super::check::Origin;
use super::column::ColumnSpec;
use crate::catalog::{ChangeKind, History};
use crate::engine::interpreter::model::{
    Address, Behavior, Column, Constraint, Dependency, Generation, Link, Oid, RelationKind,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// What a child gets from its parents beside columns, once its own columns are there.
#[derive(Debug, Default)]
pub(super) struct Inheritance {
    /// Columns with the default or generation expression of the parent.
    sources: Vec<(Address, Address)>,
}

impl Inheritance {
    /// Without what columns declare a default for, be it none.
    pub(super) fn without(mut self, declared: &[Address]) -> Self {
        self.sources.retain(|(column, _)| !declared.contains(column));
        self
    }
}

impl Session {
    /// Takes the columns of the parents over into a new table.
    pub(super) fn inherit_columns(
        &mut self,
        child: Oid,
        parents: &[Oid],
    ) -> Result<Inheritance, Problem> {
        let mut inheritance = Inheritance::default();
        for parent in parents {
            for column in self.model.relation(*parent)?.columns.clone() {
                let source = Address::column(*parent, column.number);
                let existing = self.model.relation(child)?.column(&column.name).map(|c| c.number);
                let address = match existing {
                    Some(number) => {
                        let address = Address::column(child, number);
                        self.merge_inherited(address, &column)?;
                        address
                    }
                    None => self.add_column_to(child, inherited(&column, self.span))?,
                };
                if column.default.is_some() {
                    inheritance.sources.push((address, source));
                }
            }
        }
        Ok(inheritance)
    }

    /// Merges a column of a parent with the column of that name that the child has.
    pub(super) fn merge_inherited(
        &mut self,
        child: Address,
        parent: &Column,
    ) -> Result<(), Problem> {
        let Some(column) = self.model.relation_mut(child.object)?.column_at_mut(child.column)
        else {
            return Ok(());
        };
        column.inherited = column.inherited.saturating_add(1);
        column.not_null |= parent.not_null;
        let same = column.data_type == parent.data_type;
        if same { Ok(()) } else { Err(type_conflict(&parent.name)) }
    }

    /// Merges a column that a statement declares with the one that was inherited, if there is one.
    pub(super) fn merge_declared(
        &mut self,
        child: Oid,
        spec: &ColumnSpec,
    ) -> Result<Option<Address>, Problem> {
        let inherited = self.model.relation(child)?.column(&spec.name).filter(|c| !c.is_local);
        let Some(number) = inherited.map(|c| c.number) else { return Ok(None) };
        let Some(column) = self.model.relation_mut(child)?.column_at_mut(number) else {
            return Ok(None);
        };
        column.is_local = true;
        column.not_null |= spec.not_null;
        if column.data_type != spec.data_type {
            return Err(type_conflict(&spec.name));
        }
        Ok(Some(Address::column(child, number)))
    }

    /// Takes over the defaults of parents for columns without one, and their CHECKs.
    pub(super) fn inherit_constraints(
        &mut self,
        child: Oid,
        parents: &[Oid],
        inheritance: Inheritance,
    ) -> Result<(), Problem> {
        for (column, source) in inheritance.sources {
            let has_own = self
                .model
                .column(column)
                .is_none_or(|c| c.default.is_some() || c.generation != Generation::None);
            if !has_own {
                self.copy_default(column, source)?;
            }
        }
        for parent in parents {
            self.inherit_checks(child, *parent)?;
        }
        Ok(())
    }

    /// Gives a column the default or generation expression of another.
    pub(super) fn copy_default(&mut self, column: Address, source: Address) -> Result<(), Problem> {
        let Some(found) = self.model.column(source) else { return Ok(()) };
        let generated = found.generation == Generation::Stored;
        let Some(default) = found.default else { return Ok(()) };
        let expr: Expr = self.model.default(default)?.expression.current(&self.model);
        if generated {
            self.set_generation(column, &expr)
        } else {
            // Dependencies on a sequence are those of the default, not of its text.
            let sequences: Vec<Address> = (self.model.links_of(default))
                .filter(|l| l.dependency == Dependency::Normal)
                .map(|l| l.referenced)
                .collect();
            self.set_default(column, &expr)?;
            if let Some(copy) = self.model.column(column).and_then(|c| c.default) {
                self.model.depend_on_all(copy, sequences);
            }
            Ok(())
        }
    }

    pub(super) fn inherit_checks(&mut self, child: Oid, parent: Oid) -> Result<(), Problem> {
        for check in self.model.parts::<Constraint>(parent).map(|(oid, _)| oid).collect::<Vec<_>>()
        {
            if let Some(spec) = self.check_spec(check)?
                && !spec.no_inherit
                && let Some(name) = spec.name.clone()
            {
                self.put_check(child, name, &spec, Origin::Inherited)?;
            }
        }
        Ok(())
    }

    /// Records that a table inherits from others, or is a partition of one.
    pub(super) fn link_parents(
        &mut self,
        child: Oid,
        parents: Vec<Oid>,
        dependency: Dependency,
    ) -> Result<(), Problem> {
        for parent in &parents {
            self.model.depend(child, *parent, dependency);
        }
        Ok(self.model.set_parents(child, parents)?)
    }

    /// `INHERIT parent`: the child must have all that the parent has.
    pub(super) fn add_parent(&mut self, child: Oid, parent: Oid) -> Result<(), Problem> {
        let mut parents = self.model.relation(child)?.parents.clone();
        if parents.contains(&parent) {
            let name = &self.model.relation(parent)?.name;
            return Err(Problem::error(
                "42P07",
                format!("relation \"{name}\" would be inherited from more than once"),
            ));
        }
        if self.model.descendants(child).contains(&parent) {
            return Err(Problem::error("42P07", "circular inheritance not allowed"));
        }
        self.adopt_columns(child, parent)?;
        self.adopt_checks(child, parent)?;
        parents.push(parent);
        self.link_parents(child, parents, Dependency::Normal)?;
        self.record(child, ChangeKind::Changed, "inherits");
        Ok(())
    }

    pub(super) fn adopt_columns(&mut self, child: Oid, parent: Oid) -> Result<(), Problem> {
        let child_name = self.model.relation(child)?.name.clone();
        for column in self.model.relation(parent)?.columns.clone() {
            let found =
                self.model.relation_mut(child)?.columns.iter_mut().find(|c| c.name == column.name);
            let Some(found) = found else {
                let name = &column.name;
                return Err(Problem::error(
                    "42804",
                    format!("child table is missing column \"{name}\""),
                ));
            };
            if found.data_type != column.data_type {
                let name = &column.name;
                return Err(Problem::error(
                    "42804",
                    format!(
                        "child table \"{child_name}\" has different type for column \"{name}\""
                    ),
                ));
            }
            if column.not_null && !found.not_null {
                let name = &column.name;
                return Err(Problem::error(
                    "42804",
                    format!("column \"{name}\" in child table must be marked NOT NULL"),
                ));
            }
            found.inherited = found.inherited.saturating_add(1);
        }
        Ok(())
    }

    pub(super) fn adopt_checks(&mut self, child: Oid, parent: Oid) -> Result<(), Problem> {
        for check in self.model.parts::<Constraint>(parent).map(|(oid, _)| oid).collect::<Vec<_>>()
        {
            let Some(spec) = self.check_spec(check)?.filter(|spec| !spec.no_inherit) else {
                continue;
            };
            let name = spec.name.unwrap_or_default();
            match self.model.find_constraint(child, &name) {
                Some(existing) => {
                    let found = self.model.constraint_mut(existing)?;
                    found.inherited = found.inherited.saturating_add(1);
                }
                None => {
                    return Err(Problem::error(
                        "42804",
                        format!("child table is missing constraint \"{name}\""),
                    ));
                }
            }
        }
        Ok(())
    }

    /// `NO INHERIT parent`, `DETACH PARTITION`: the child keeps its columns and CHECKs as its own.
    pub(super) fn remove_parent(&mut self, child: Oid, parent: Oid) -> Result<(), Problem> {
        let mut parents = self.model.relation(child)?.parents.clone();
        if !parents.contains(&parent) {
            let (child, parent) = (
                self.model.relation(child)?.name.clone(),
                self.model.relation(parent)?.name.clone(),
            );
            return Err(Problem::error(
                "42P01",
                format!("relation \"{parent}\" is not a parent of relation \"{child}\""),
            ));
        }
        let columns: Vec<_> =
            self.model.relation(parent)?.columns.iter().map(|c| c.name.clone()).collect();
        for column in &mut self.model.relation_mut(child)?.columns {
            if columns.contains(&column.name) {
                column.inherited = column.inherited.saturating_sub(1);
                column.is_local |= column.inherited == 0;
            }
        }
        for check in self.model.parts::<Constraint>(parent).map(|(oid, _)| oid).collect::<Vec<_>>()
        {
            let Some(spec) = self.check_spec(check)?.filter(|spec| !spec.no_inherit) else {
                continue;
            };
            let name = spec.name.unwrap_or_default();
            if let Some(existing) = self.model.find_constraint(child, &name) {
                let existing = self.model.constraint_mut(existing)?;
                existing.inherited = existing.inherited.saturating_sub(1);
                existing.is_local |= existing.inherited == 0;
            }
        }
        parents.retain(|p| *p != parent);
        for dependency in [Dependency::Normal, Dependency::Auto] {
            let link = Link { dependent: child.into(), referenced: parent.into(), dependency };
            self.model.forget(link);
        }
        Ok(self.model.set_parents(child, parents)?)
    }

    /// The columns that go with one: those of children that were inherited from it alone, unless
    /// they are spared and become the children's own.
    pub(super) fn columns_to_drop(
        &mut self,
        table: Oid,
        name: &str,
        only: bool,
    ) -> Result<Vec<Address>, Problem> {
        let mut doomed = vec![self.column(table, name)?];
        for child in self.model.children(table).collect::<Vec<_>>() {
            let Some(number) = self.model.relation(child)?.column(name).map(|c| c.number) else {
                continue;
            };
            let Some(column) = self.model.relation_mut(child)?.column_at_mut(number) else {
                continue;
            };
            column.inherited = column.inherited.saturating_sub(1);
            column.is_local |= only;
            if column.inherited == 0 && !column.is_local {
                doomed.extend(self.columns_to_drop(child, name, false)?);
            }
        }
        Ok(doomed)
    }

    /// Drops a constraint from a table, and a CHECK from all below that only inherited it.
    pub(super) fn drop_constraint(
        &mut self,
        target: Target<'_>,
        name: &str,
        behavior: Behavior,
    ) -> Result<(), Problem> {
        let mut doomed: Vec<Address> = Vec::new();
        let mut pending = vec![target.oid];
        while let Some(table) = pending.pop() {
            let Some(constraint) = self.model.find_constraint(table, name) else { continue };
            doomed.push(constraint.into());
            let Some(spec) = self.check_spec(constraint)?.filter(|spec| !spec.no_inherit) else {
                continue;
            };
            let name = spec.name.unwrap_or_default();
            for child in self.model.children(table).collect::<Vec<_>>() {
                let Some(inherited) = self.model.find_constraint(child, &name) else { continue };
                let inherited = self.model.constraint_mut(inherited)?;
                inherited.inherited = inherited.inherited.saturating_sub(1);
                inherited.is_local |= target.only;
                if inherited.inherited == 0 && !inherited.is_local {
                    pending.push(child);
                }
            }
        }
        self.drop_objects(&doomed, behavior)
    }

    /// Whether a relation can have children.
    pub(super) fn check_can_be_parent(&self, parent: Oid) -> Result<(), Problem> {
        let relation = self.model.relation(parent)?;
        match relation.kind {
            RelationKind::Table | RelationKind::Foreign if !relation.is_partition => Ok(()),
            RelationKind::Partitioned => Err(Problem::error(
                "42809",
                format!("cannot inherit from partitioned table \"{}\"", relation.name),
            )),
            _ => Err(Problem::error(
                "42809",
                format!("inherited relation \"{}\" is not a table", relation.name),
            )),
        }
    }
}

fn inherited(column: &Column, span: crate::span::Span) -> Column {
    // An identity is not inherited, and a generation expression is set later.
    Column {
        default: None,
        generation: Generation::None,
        is_local: false,
        inherited: 1,
        history: History::created(Some(span)),
        ..column.clone()
    }
}

fn type_conflict(column: &str) -> Problem {
    Problem::error("42804", format!("column \"{column}\" has a type conflict"))
}
