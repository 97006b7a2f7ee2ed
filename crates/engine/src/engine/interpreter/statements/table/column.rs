//! Columns with their options, for CREATE TABLE and ADD COLUMN.

use std::sync::Arc;

use sqlparser::ast::{
    ColumnDef, ColumnOption, ColumnOptionDef, DataType, Expr, GeneratedAs, Ident,
    ObjectName as WrittenName,
};

use super::spec::{ConstraintSpec, Constraints, KeyKind};
use crate::catalog::History;
use crate::engine::interpreter::model::{Address, Column, Dependency, Generation, Oid, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::identity::sequence_name;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Where the values of a new column come from, to be set once all columns are there.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Default(Expr),
    Generated(Expr),
    Serial,
    Identity(Generation, Option<WrittenName>),
}

/// A column as a statement declares it.
#[derive(Debug, Clone)]
pub(super) struct ColumnSpec {
    pub(super) name: Arc<str>,
    pub(super) data_type: TypeRef,
    pub(super) not_null: bool,
    pub(super) source: Option<Source>,
    pub(super) constraints: Vec<ConstraintSpec>,
}

/// `serial` and its kin, which are no types.
fn serial_type(written: &DataType) -> Option<Oid> {
    let DataType::Custom(name, modifiers) = written else { return None };
    let [part] = name.0.as_slice() else { return None };
    if !modifiers.is_empty() {
        return None;
    }
    match &*names::stored(part.as_ident()?) {
        "smallserial" | "serial2" => Some(Oid::INT2),
        "serial" | "serial4" => Some(Oid::INT4),
        "bigserial" | "serial8" => Some(Oid::INT8),
        _ => None,
    }
}

impl ColumnSpec {
    /// What a definition says.
    pub(super) fn of(session: &Session, written: &ColumnDef) -> Result<Self, Problem> {
        let serial = serial_type(&written.data_type);
        let data_type = match serial {
            Some(oid) => TypeRef::plain(oid),
            None => session.resolve_type(&written.data_type)?,
        };
        let mut spec = Self {
            name: names::stored(&written.name).into(),
            data_type,
            not_null: serial.is_some(),
            source: serial.map(|_| Source::Serial),
            constraints: Vec::new(),
        };
        spec.add_options(&written.name, &written.options)?;
        Ok(spec)
    }

    /// Adds what the options of a column say.
    pub(super) fn add_options(
        &mut self,
        name: &Ident,
        options: &[ColumnOptionDef],
    ) -> Result<(), Problem> {
        let mut nullable = false;
        for ColumnOptionDef { name: constraint, option } in options {
            match option {
                ColumnOption::Null => nullable = true,
                ColumnOption::NotNull => self.not_null = true,
                ColumnOption::Default(expr) => self.set_source(Source::Default(expr.clone()))?,
                ColumnOption::Generated { generation_expr: Some(expr), .. } => {
                    self.set_source(Source::Generated(expr.clone()))?;
                }
                ColumnOption::Generated { generated_as, sequence_options, .. } => {
                    self.not_null = true;
                    let sequence = sequence_name(sequence_options.as_deref()).cloned();
                    self.set_source(Source::Identity(identity(generated_as), sequence))?;
                }
                ColumnOption::Collation(_)
                | ColumnOption::Options(_)
                | ColumnOption::GenericOptions(_) => {}
                _ => match ConstraintSpec::of_column(name, constraint.as_ref(), option) {
                    Some(constraint) => self.constraints.push(constraint),
                    None => {
                        return Err(Problem::error(
                            "42601",
                            format!("syntax error at or near {option}"),
                        ));
                    }
                },
            }
        }
        let primary = self
            .constraints
            .iter()
            .any(|c| matches!(c, ConstraintSpec::Key(key) if key.kind == KeyKind::Primary));
        if nullable && (self.not_null || primary) {
            return Err(Problem::error(
                "42601",
                format!("conflicting NULL/NOT NULL declarations for column \"{}\"", self.name),
            ));
        }
        self.not_null |= primary;
        Ok(())
    }

    fn set_source(&mut self, source: Source) -> Result<(), Problem> {
        if self.source.is_some() {
            let name = &self.name;
            return Err(Problem::error(
                "42601",
                format!("multiple default values specified for column \"{name}\""),
            ));
        }
        self.source = Some(source);
        Ok(())
    }
}

/// The kind of identity that a clause asks for.
pub(super) fn identity(written: &GeneratedAs) -> Generation {
    match written {
        GeneratedAs::ByDefault => Generation::IdentityByDefault,
        GeneratedAs::Always | GeneratedAs::ExpStored => Generation::IdentityAlways,
    }
}

/// Names that every table uses for its own.
const SYSTEM_COLUMNS: [&str; 6] = ["ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"];

/// As many columns fit into a table.
const MAX_COLUMNS: i16 = 1_600;

impl Session {
    /// Appends a column of its own to a table, without source and constraints.
    pub(super) fn push_column(
        &mut self,
        table: Oid,
        spec: &ColumnSpec,
    ) -> Result<Address, Problem> {
        let relation = self.model.relation(table)?;
        if SYSTEM_COLUMNS.contains(&&*spec.name) {
            return Err(Problem::error(
                "42701",
                format!("column name \"{}\" conflicts with a system column name", spec.name),
            ));
        }
        if relation.column(&spec.name).is_some() {
            return Err(Problem::error(
                "42701",
                format!(
                    "column \"{}\" of relation \"{}\" already exists",
                    spec.name, relation.name
                ),
            ));
        }
        let mut column = Column::new(spec.name.clone(), spec.data_type.clone());
        column.not_null = spec.not_null;
        column.history = History::created(Some(self.span));
        self.add_column_to(table, column)
    }

    /// Appends a column to a relation and ties it to its type.
    pub(crate) fn add_column_to(
        &mut self,
        relation: Oid,
        column: Column,
    ) -> Result<Address, Problem> {
        let data_type = column.data_type.oid;
        let stored = self.model.relation_mut(relation)?;
        // Numbers of columns that are gone are not given again.
        if stored.next_column > MAX_COLUMNS {
            let message = format!("tables can have at most {MAX_COLUMNS} columns");
            return Err(Problem::error("54011", message));
        }
        let number = stored.push_column(column);
        let address = Address::column(relation, number);
        self.depend_on_type(address, data_type);
        Ok(address)
    }

    /// Ties an object or column to a type, unless every server has it.
    pub(crate) fn depend_on_type(&mut self, dependent: Address, data_type: Oid) {
        if data_type.is_user() {
            self.model.depend(dependent, data_type, Dependency::Normal);
        }
    }

    /// Gives a column the source that it was declared with.
    pub(super) fn add_source(&mut self, column: Address, source: &Source) -> Result<(), Problem> {
        match source {
            Source::Default(expr) if self.is_no_default(column, expr) => Ok(()),
            Source::Default(expr) => self.set_default(column, expr),
            Source::Generated(expr) => self.set_generation(column, expr),
            Source::Identity(generation, sequence) => {
                self.add_identity(column, *generation, sequence.as_ref())
            }
            Source::Serial => self.add_serial(column),
        }
    }

    /// Makes the constraints of a statement in PostgreSQL's order.
    pub(super) fn add_constraints(
        &mut self,
        table: Oid,
        mut constraints: Constraints,
    ) -> Result<(), Problem> {
        for check in &constraints.checks {
            self.add_check(table, check)?;
        }
        for key in constraints.take_keys() {
            self.add_key(table, &key, false)?;
        }
        for spec in &constraints.using_indexes {
            self.add_using_index(table, spec)?;
        }
        for key in &constraints.foreign_keys {
            self.add_foreign_key(table, key)?;
        }
        Ok(())
    }
}
