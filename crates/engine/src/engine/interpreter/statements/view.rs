//! Views and materialized views.

use std::sync::Arc;

use sqlparser::ast::CreateView;

use crate::catalog::{ChangeKind, History};
use crate::engine::interpreter::analyze::{OutputColumn, Over};
use crate::engine::interpreter::model::{
    Address, Column, Dependency, Oid, Persistence, Relation, RelationKind, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Executes CREATE VIEW or CREATE MATERIALIZED VIEW.
    pub(crate) fn create_view(&mut self, statement: &CreateView) -> Result<(), Problem> {
        let resolved = self.resolve_query(&statement.query, Over::Nothing)?;
        let temporary = statement.temporary || self.uses_temporary(&resolved.dependencies);
        let (schema, name) = self.place(&statement.name, temporary && !statement.materialized)?;
        let existing = self.model.find_relation(schema, &name);
        if existing.is_some() && statement.if_not_exists {
            return Ok(());
        }
        if statement.materialized {
            self.execute_functions_of(&statement.query)?;
        }
        let columns = view_columns(resolved.value.as_deref(), statement)?;
        let view = match existing {
            Some(view) if statement.or_replace => {
                self.replace_view(view, columns.as_deref())?;
                view
            }
            _ => {
                self.check_relation_free(schema, &name)?;
                let kind = if statement.materialized {
                    RelationKind::MaterializedView
                } else {
                    RelationKind::View
                };
                let mut view = Relation::new(kind, schema, name);
                view.history = History::created(Some(self.span));
                if temporary {
                    view.persistence = Persistence::Temporary;
                }
                view.opaque = columns.is_none();
                for column in columns.into_iter().flatten() {
                    view.push_column(column);
                }
                self.model.add_relation(view)
            }
        };
        self.model.relation_mut(view)?.query = Some(Arc::new((*statement.query).clone()));
        self.model.depend_on_all(view, resolved.dependencies);
        Ok(())
    }

    fn uses_temporary(&self, dependencies: &[Address]) -> bool {
        dependencies.iter().any(|address| {
            self.model
                .relation(address.object)
                .is_ok_and(|r| r.persistence == Persistence::Temporary)
        })
    }

    /// OR REPLACE keeps the columns there are, and may add some.
    fn replace_view(&mut self, view: Oid, columns: Option<&[Column]>) -> Result<(), Problem> {
        let old = self.relation_at(view)?;
        if old.kind != RelationKind::View {
            return Err(Problem::error("42809", format!("\"{}\" is not a view", old.name)));
        }
        let (schema, row_type) = (old.schema, old.row_type);
        if let (Some(columns), false) = (columns, old.opaque) {
            if columns.len() < old.columns.len() {
                return Err(Problem::error("42P16", "cannot drop columns from view"));
            }
            for (old, new) in old.columns.iter().zip(columns) {
                if old.name != new.name {
                    let message = format!(
                        "cannot change name of view column \"{}\" to \"{}\"",
                        old.name, new.name
                    );
                    return Err(Problem::error("42P16", message));
                }
            }
        }
        let kept = old.columns.len();
        let relation = self.model.relation_mut(view)?;
        match columns {
            Some(columns) => {
                for column in columns.iter().skip(kept) {
                    relation.push_column(column.clone());
                }
            }
            None => relation.opaque = true,
        }
        self.model.forget_links_of(view);
        self.model.depend(view, schema, Dependency::Normal);
        debug_assert!(row_type.is_some());
        self.record(view, ChangeKind::Changed, "");
        Ok(())
    }
}

/// The columns of a view, `None` where they cannot be told.
fn view_columns(
    outputs: Option<&[OutputColumn]>,
    statement: &CreateView,
) -> Result<Option<Vec<Column>>, Problem> {
    let named: Vec<Arc<str>> =
        statement.columns.iter().map(|column| names::stored(&column.name).into()).collect();
    let Some(outputs) = outputs else { return Ok(None) };
    if named.len() > outputs.len() {
        let message = "CREATE VIEW specifies more column names than columns";
        return Err(Problem::error("42601", message));
    }
    let mut columns: Vec<Column> = Vec::with_capacity(outputs.len());
    for (i, output) in outputs.iter().enumerate() {
        let name = named.get(i).unwrap_or(&output.name);
        if columns.iter().any(|c| c.name == *name) {
            let message = format!("column \"{name}\" specified more than once");
            return Err(Problem::error("42701", message));
        }
        let data_type = output.data_type.clone().unwrap_or(TypeRef::plain(Oid::UNKNOWN));
        columns.push(Column::new(name.clone(), data_type));
    }
    Ok(Some(columns))
}
