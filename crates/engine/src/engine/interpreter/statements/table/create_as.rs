//! `CREATE TABLE … AS query` and `SELECT … INTO`.

use std::sync::Arc;

use sqlparser::ast::{ColumnDef, CreateTable, Expr, ObjectName as WrittenName, Query, SetExpr};

use crate::catalog::History;
use crate::engine::interpreter::analyze::{OutputColumn, Over};
use crate::engine::interpreter::model::{
    Column, Oid, Persistence, Relation, RelationKind, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;
use crate::engine::{Gap, Reach};

impl Session {
    /// `CREATE TABLE … AS query`
    pub(crate) fn create_table_as(&mut self, written: &CreateTable) -> Result<(), Problem> {
        let Some(query) = &written.query else {
            return Err(self.gap_on("this CREATE TABLE is not understood", &written.name));
        };
        let name = (&written.name, written.temporary, written.if_not_exists);
        self.make_table_of(name, &written.columns, query)
    }

    /// `SELECT … INTO table`
    pub(crate) fn select_into(&mut self, query: &Query) -> Result<(), Problem> {
        let mut query = query.clone();
        let into = match &mut *query.body {
            SetExpr::Select(select) => select.into.take(),
            _ => None,
        };
        let Some(into) = into else { return Ok(()) };
        let name = match into.targets.as_slice() {
            [Expr::Identifier(ident)] => WrittenName::from(vec![ident.clone()]),
            [Expr::CompoundIdentifier(parts)] => WrittenName::from(parts.clone()),
            _ => return Err(Problem::error("42601", "syntax error after INTO")),
        };
        self.make_table_of((&name, into.temporary, false), &[], &query)
    }

    /// A table of a query's rows; its name comes with whether it is temporary and may exist.
    pub(crate) fn make_table_of(
        &mut self,
        (written, temporary, if_not_exists): (&WrittenName, bool, bool),
        names: &[ColumnDef],
        query: &Query,
    ) -> Result<(), Problem> {
        let (schema, name) = self.place(written, temporary)?;
        if if_not_exists && self.model.find_relation(schema, &name).is_some() {
            return Ok(());
        }
        self.check_new_relation(schema, &name)?;
        let outputs = self.resolve_query(query, Over::Nothing)?.value;
        self.execute_functions_of(query)?;
        let mut relation = Relation::new(RelationKind::Table, schema, name);
        if Some(schema) == self.temporary_schema {
            relation.persistence = Persistence::Temporary;
        }
        relation.owner = self.current_role();
        relation.history = History::created(Some(self.span));
        relation.opaque = outputs.is_none();
        let table = self.model.add_relation(relation);
        let names: Vec<Arc<str>> = names.iter().map(|c| names::stored(&c.name).into()).collect();
        if self.add_output_columns(table, &names, &outputs.unwrap_or_default())? {
            return Ok(());
        }
        // The table is there, only its columns are not known for certain.
        let reach = Reach::Objects(vec![self.model.relation_name(table)?]);
        self.gaps.push(Gap {
            span: self.span,
            reason: "the types of this query's columns cannot be told".into(),
            reach,
        });
        Ok(())
    }

    /// Adds the columns of a query to its table; whether all of them are known.
    fn add_output_columns(
        &mut self,
        table: Oid,
        names: &[Arc<str>],
        outputs: &[OutputColumn],
    ) -> Result<bool, Problem> {
        if names.len() > outputs.len() && !self.model.relation(table)?.opaque {
            return Err(Problem::error("42601", "too many column names were specified"));
        }
        let mut known = !self.model.relation(table)?.opaque;
        for (position, output) in outputs.iter().enumerate() {
            let name = names.get(position).unwrap_or(&output.name);
            if self.model.relation(table)?.column(name).is_some() {
                return Err(Problem::error(
                    "42701",
                    format!("column \"{name}\" specified more than once"),
                ));
            }
            known &= output.data_type.is_some();
            let data_type = match &output.data_type {
                // A literal whose type nothing decides is text.
                Some(data_type) if data_type.oid == Oid::UNKNOWN => TypeRef::plain(Oid::TEXT),
                Some(data_type) => data_type.clone(),
                None => TypeRef::plain(Oid::UNKNOWN),
            };
            let mut column = Column::new(name.clone(), data_type);
            column.history = History::created(Some(self.span));
            self.add_column_to(table, column)?;
        }
        Ok(known)
    }
}
