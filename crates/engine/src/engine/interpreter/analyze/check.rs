//! What executing statements asks of types.

use sqlparser::ast::{Expr, Query, Statement};

use super::scope::{OutputColumn, Scopes};
use super::statement::Misfit;
use super::{Context, Notes, Over, Typed};
use crate::engine::interpreter::model::{Address, Oid, TypeRef};
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::session::Session;
use crate::engine::interpreter::{Analyzed, parse};

/// What the use of a label is refused with that the transaction under way has added.
const NEW_LABEL: &str = "55P04";

/// What literals are refused with that the input function of their type does not take.
const INPUT: [&str; 4] = [NEW_LABEL, "22P02", "22003", "22007"];

impl Session {
    /// The type of an expression over nothing, where that can be told.
    pub(crate) fn type_of(&self, expr: &Expr) -> Option<TypeRef> {
        Context::new(self).value_type(&Scopes::default(), expr).ok().flatten()
    }

    /// The type of an expression over the columns of a relation, where that can be told.
    pub(crate) fn type_over(&self, expr: &Expr, relation: Oid) -> Option<TypeRef> {
        let context = Context::new(self);
        let frames = vec![context.frame(Over::Relation(relation)).ok()?];
        context.value_type(&Scopes { frames }, expr).ok().flatten()
    }

    /// Refuses a value of a type that can certainly not be assigned where another is wanted.
    pub(crate) fn check_assignment(
        &self,
        value: &Expr,
        found: Option<&TypeRef>,
        target: &TypeRef,
        message: impl FnOnce(String) -> String,
    ) -> Result<(), Problem> {
        let Some(found) = found else { return Ok(()) };
        let notes = Notes::default();
        let assigned = Context::new(self).noting(&notes).assignable(Some(value), found, target);
        notes.result(assigned.map_err(|misfit| match misfit {
            Misfit::Literal(error) => error,
            Misfit::Type => {
                SqlError::new("42804", message(self.type_name(&TypeRef::plain(found.oid))))
            }
        }))
    }

    /// Refuses an expression whose value can certainly not be given to a column of a row.
    pub(crate) fn check_assigned(&self, column: Address, expr: &Expr) -> Result<(), Problem> {
        let Some(column) = self.model.column(column) else { return Ok(()) };
        let notes = Notes::default();
        let context = Context::new(self).checked().noting(&notes);
        // The names in it may be those of variables.
        let found = match context.value_type(&Scopes::default(), expr) {
            Err(error) if INPUT.contains(&error.sqlstate) => return Err(error.into()),
            found => found.ok().flatten(),
        };
        notes.result(context.assign(Some(expr), found.as_ref(), column))
    }

    /// Whether a value of one type can certainly not be assigned where another is wanted.
    pub(crate) fn is_misfit(&self, from: Oid, to: Oid) -> bool {
        let (from, to) = (TypeRef::plain(from), TypeRef::plain(to));
        matches!(Context::new(self).assignable(None, &from, &to), Err(Misfit::Type))
    }

    /// Refuses a query whose one column cannot be what a function returns.
    pub(crate) fn check_query_result(
        &self,
        columns: Option<&[OutputColumn]>,
        returns: &TypeRef,
    ) -> Result<(), Problem> {
        Ok(Context::new(self).check_result(columns, returns)?)
    }

    /// Refuses a statement outside of any other in which something certainly has the wrong type.
    pub(crate) fn check_types(&self, statement: &Statement) -> Result<(), Problem> {
        let notes = Notes::default();
        let context = Context::new(self).checked().noting(&notes);
        notes.result(context.check_statement(&Scopes::default(), statement))
    }

    /// Refuses a statement inside of a function with a label that cannot be used yet.
    pub(crate) fn check_labels(&self, statement: &Statement) -> Result<(), Problem> {
        match self.check_types(statement) {
            Err(Problem::Error(error)) if error.sqlstate != NEW_LABEL => Ok(()),
            found => found,
        }
    }

    /// What analysis says of the first column of a query.
    pub(crate) fn judge(&self, text: &str) -> Analyzed {
        let Ok(Statement::Query(query)) = parse::query(text) else { return Analyzed::Unknown };
        if let Err(Problem::Error(error)) = self.resolve_names(&query) {
            return Analyzed::Refused(error.sqlstate.to_owned());
        }
        let notes = Notes::default();
        match self.first_column(&query, &notes) {
            // What comes before may be refused with another.
            Err(_) if notes.doubts.get() => Analyzed::Unknown,
            Err(error) => Analyzed::Refused(error.sqlstate.to_owned()),
            Ok(Some(found)) if !notes.doubts.get() => {
                Analyzed::Type(self.type_name(&TypeRef::plain(found.oid)))
            }
            Ok(_) => Analyzed::Unknown,
        }
    }

    fn first_column(&self, query: &Query, notes: &Notes) -> Typed {
        let context = Context::new(self).checked().noting(notes);
        let columns = context.analyzed(&Scopes::default(), query)?;
        let first = columns.as_deref().and_then(<[OutputColumn]>::first);
        Ok(first.and_then(|column| column.data_type.clone()))
    }
}
