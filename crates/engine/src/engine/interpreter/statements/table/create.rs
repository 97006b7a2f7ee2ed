//! CREATE TABLE in all its forms but `AS query`.

use std::sync::Arc;

use super::column::{ColumnSpec, Source};
use super::spec::{ConstraintSpec, Constraints};
use crate::catalog::History;
use crate::engine::interpreter::model::{
    Address, Column, Dependency, Oid, PartitionKey, Persistence, Relation, RelationKind, TypeKind,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{CreateTable, LikeOptions, TableElement};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// What is to be done once all columns of a new table are there.
#[derive(Default)]
struct Later {
    sources: Vec<(Address, Source)>,
    constraints: Constraints,
    likes: Vec<(Oid, LikeOptions)>,
}

impl Session {
    /// `CREATE TABLE`
    pub(crate) fn create_table(&mut self, written: &CreateTable) -> Result<(), Problem> {
        let (schema, name) = self.place(&written.name, written.temporary)?;
        if written.if_not_exists && self.model.find_relation(schema, &name).is_some() {
            return Ok(());
        }
        self.check_new_relation(schema, &name)?;
        let mut parents = Vec::with_capacity(written.inherits.len());
        for parent in &written.inherits {
            let parent = self.relation(parent)?;
            self.check_can_be_parent(parent)?;
            parents.push(parent);
        }
        let partition_of = written.partition_of.as_ref().map(|p| self.relation(p)).transpose()?;
        if let Some(parent) = partition_of {
            self.check_partitioned(parent)?;
            parents.push(parent);
        }
        let table = self.insert_table(written, schema, name);
        if let Some(of_type) = &written.of_type {
            self.add_columns_of_type(table, of_type)?;
        }
        let inheritance = self.inherit_columns(table, &parents)?;
        let mut later = Later::default();
        for element in &written.elements {
            self.add_element(table, element, &mut later)?;
        }
        self.set_partition_key(table, written)?;
        for (column, source) in &later.sources {
            self.add_source(*column, source)?;
        }
        let declared: Vec<_> = later.sources.iter().map(|(column, _)| *column).collect();
        self.inherit_constraints(table, &parents, inheritance.without(&declared))?;
        let dependency = if partition_of.is_some() { Dependency::Auto } else { Dependency::Normal };
        self.link_parents(table, parents, dependency)?;
        for (source, options) in &later.likes {
            self.copy_like_checks(table, *source, *options)?;
        }
        let foreign_keys = std::mem::take(&mut later.constraints.foreign_keys);
        if let Some(parent) = partition_of {
            self.model.relation_mut(table)?.is_partition = true;
            self.adopt_partition(parent, table)?;
        }
        self.add_constraints(table, later.constraints)?;
        for (source, options) in &later.likes {
            self.copy_like_indexes(table, *source, *options)?;
        }
        self.add_constraints(table, Constraints { foreign_keys, ..Constraints::default() })
    }

    /// Fails where a new relation cannot have that name.
    pub(crate) fn check_new_relation(&self, schema: Oid, name: &str) -> Result<(), Problem> {
        self.check_relation_free(schema, name)?;
        if self.model.is_type_name_taken(schema, name) {
            return Err(Problem::error("42710", format!("type \"{name}\" already exists")));
        }
        Ok(())
    }

    fn insert_table(&mut self, written: &CreateTable, schema: Oid, name: Arc<str>) -> Oid {
        let kind = match (written.foreign, written.partitioned) {
            (true, _) => RelationKind::Foreign,
            (_, true) => RelationKind::Partitioned,
            _ => RelationKind::Table,
        };
        let mut relation = Relation::new(kind, schema, name);
        if Some(schema) == self.temporary_schema {
            relation.persistence = Persistence::Temporary;
        }
        relation.owner = self.current_role();
        relation.history = History::created(Some(self.span));
        let table = self.model.add_relation(relation);
        if kind != RelationKind::Foreign {
            self.model.empty_rows(table);
        }
        table
    }

    fn add_columns_of_type(
        &mut self,
        table: Oid,
        of_type: &sqlparser::ast::ObjectName,
    ) -> Result<(), Problem> {
        let found = self.find_type(of_type)?;
        let composite = found.and_then(|oid| match self.model.data_type(oid).ok()?.kind {
            TypeKind::Composite { relation } => Some((oid, relation)),
            _ => None,
        });
        let Some((data_type, relation)) = composite else {
            return Err(Problem::error("42809", format!("type {of_type} is not a composite type")));
        };
        for column in self.model.relation(relation)?.columns.clone() {
            let history = History::created(Some(self.span));
            let own = Column { history, ..Column::new(column.name, column.data_type) };
            self.add_column_to(table, own)?;
        }
        self.model.relation_mut(table)?.of_type = Some(data_type);
        self.model.depend(table, data_type, Dependency::Normal);
        Ok(())
    }

    fn add_element(
        &mut self,
        table: Oid,
        element: &TableElement,
        later: &mut Later,
    ) -> Result<(), Problem> {
        match element {
            TableElement::Column(written) => {
                let spec = ColumnSpec::of(self, written)?;
                let column = match self.merge_declared(table, &spec)? {
                    Some(merged) => merged,
                    None => self.push_column(table, &spec)?,
                };
                later.keep(column, spec);
            }
            TableElement::Constraint(written) => {
                later.constraints.push(ConstraintSpec::of_table(written, false)?);
            }
            TableElement::Like { source, options } => {
                let source = self.relation(source)?;
                self.copy_like_columns(table, source, *options)?;
                later.likes.push((source, *options));
            }
            TableElement::Options { column, options } => {
                let address = self.column(table, &names::stored(column))?;
                let Some(found) = self.model.column(address) else { return Ok(()) };
                let mut spec = ColumnSpec {
                    name: found.name.clone(),
                    data_type: found.data_type.clone(),
                    not_null: found.not_null,
                    source: None,
                    constraints: Vec::new(),
                };
                spec.add_options(column, options)?;
                if spec.not_null {
                    self.set_not_null(table, address.column)?;
                }
                later.keep(address, spec);
            }
        }
        Ok(())
    }

    fn set_partition_key(&mut self, table: Oid, written: &CreateTable) -> Result<(), Problem> {
        if !written.partitioned {
            return Ok(());
        }
        let mut columns = Vec::with_capacity(written.partition_key.len());
        for key in &written.partition_key {
            columns.push(match key {
                Some(column) => {
                    let name = names::stored(column);
                    let found = self.model.relation(table)?.column(&name).map(|c| c.number);
                    Some(found.ok_or_else(|| {
                        Problem::error(
                            "42703",
                            format!("column \"{name}\" named in partition key does not exist"),
                        )
                    })?)
                }
                None => None,
            });
        }
        self.model.relation_mut(table)?.partition_key = Some(PartitionKey { columns });
        Ok(())
    }
}

impl Later {
    fn keep(&mut self, column: Address, spec: ColumnSpec) {
        if let Some(source) = spec.source {
            self.sources.push((column, source));
        }
        for constraint in spec.constraints {
            self.constraints.push(constraint);
        }
    }
}
