//! Columns that statements name and no table has.

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FromTable, Insert, ObjectName, Query, SetExpr, Statement, TableAlias, TableFactor,
    TableObject, Visit,
};

use super::scope::{Frame, Source};
use super::visit::Resolver;
use super::{Context, Over};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::catalog;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Refuses a query with a name that certainly means nothing.
    pub(super) fn resolve_names(&self, query: &Query) -> Result<(), Problem> {
        let mut resolver = Resolver::new(Context::new(self), HashMap::new(), Over::Nothing)?;
        match query.visit(&mut resolver) {
            ControlFlow::Break(problem) => Err(problem),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// Refuses a statement with a target or a column that certainly does not exist.
    pub(crate) fn check_columns_of(&self, statement: &Statement) -> Result<(), Problem> {
        if let Some((name, _)) = target(statement).filter(|(name, _)| !catalog::is_system(name)) {
            self.queried_relation(name)?;
        }
        let resolved = match statement {
            Statement::Query(query) => self.resolve_names(query),
            // In VALUES there may be the word DEFAULT.
            Statement::Insert(Insert { source: Some(query), .. })
                if !matches!(&*query.body, SetExpr::Values(_)) =>
            {
                self.resolve_names(query)
            }
            Statement::Update(update) if update.from.is_none() && update.table.joins.is_empty() => {
                let values = update.assignments.iter().map(|assignment| &assignment.value);
                self.resolve_over_target(statement, values.chain(&update.selection))
            }
            Statement::Delete(delete) if delete.using.is_none() => {
                self.resolve_over_target(statement, delete.selection.iter())
            }
            _ => Ok(()),
        };
        match resolved {
            Err(Problem::Error(error)) if error.sqlstate == "42703" => Err(Problem::Error(error)),
            _ => Ok(()),
        }
    }

    fn resolve_over_target<'e>(
        &self,
        statement: &Statement,
        expressions: impl Iterator<Item = &'e Expr>,
    ) -> Result<(), Problem> {
        let Some(source) = self.target_of(statement) else { return Ok(()) };
        let relation = source.relation.and_then(|oid| self.model.relation(oid).ok());
        if relation.is_none_or(|relation| self.is_of_platform(relation)) {
            return Ok(());
        }
        let mut resolver = Resolver::new(Context::new(self), HashMap::new(), Over::Nothing)?;
        resolver.scopes.frames.push(Frame { ctes: Vec::new(), sources: vec![source] });
        for expr in expressions {
            let is_default = matches!(expr, Expr::Identifier(ident)
                if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"));
            if let (false, ControlFlow::Break(problem)) = (is_default, expr.visit(&mut resolver)) {
                return Err(problem);
            }
        }
        Ok(())
    }

    /// The table that a statement changes, whose columns its expressions name.
    fn target_of(&self, statement: &Statement) -> Option<Source> {
        let (name, alias) = target(statement)?;
        let oid = self.find_relation(name).ok()??;
        let relation = self.model.relation(oid).ok()?;
        let shown = match alias {
            Some(alias) => names::stored(&alias.name).into(),
            None => relation.name.clone(),
        };
        Some(Source::relation(oid, relation, shown))
    }
}

/// The table that a statement writes, which is looked for before anything else in it.
fn target(statement: &Statement) -> Option<(&ObjectName, Option<&TableAlias>)> {
    let factor = match statement {
        Statement::Insert(Insert { table: TableObject::TableName(name), .. }) => {
            return Some((name, None));
        }
        Statement::Update(update) => &update.table.relation,
        Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) =
                &delete.from;
            &tables.first()?.relation
        }
        _ => return None,
    };
    match factor {
        TableFactor::Table { name, alias, .. } => Some((name, alias.as_ref())),
        _ => None,
    }
}
