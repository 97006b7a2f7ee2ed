//! WITH, also RECURSIVE.

use std::sync::Arc;

use sqlparser::ast::{Cte, SetExpr, SetOperator, SetQuantifier, With};

use super::eval::Evaluator;
use super::rows::Rows;
use super::scope::{Ctes, Scope};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;

/// A recursive query may return more, but then nobody waits for it here.
const MAX_RECURSIVE_ROWS: usize = 2_000;

impl Evaluator<'_> {
    pub(super) fn with(
        &mut self,
        with: &With,
        outer: Option<&Scope<'_>>,
        ctes: &mut Ctes,
    ) -> Result<(), Problem> {
        for cte in &with.cte_tables {
            let name: Arc<str> = names::stored(&cte.alias.name).into();
            let mut rows = match &*cte.query.body {
                SetExpr::SetOperation { op: SetOperator::Union, left, right, set_quantifier }
                    if with.recursive =>
                {
                    let distinct = !matches!(set_quantifier, SetQuantifier::All);
                    self.recursive(cte, &name, (left, right, distinct), outer, ctes)?
                }
                _ => self.run_query(&cte.query, outer, ctes)?,
            };
            rename_columns(&mut rows, cte);
            ctes.insert(name, Arc::new(rows));
        }
        Ok(())
    }

    pub(super) fn recursive(
        &mut self,
        cte: &Cte,
        name: &Arc<str>,
        (first, step, distinct): (&SetExpr, &SetExpr, bool),
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<Rows, Problem> {
        let mut all = self.set_expr(first, outer, ctes)?;
        rename_columns(&mut all, cte);
        let mut latest = all.clone();
        while !latest.rows.is_empty() {
            self.run.step()?;
            if all.rows.len() > MAX_RECURSIVE_ROWS {
                return Ok(Rows::unknown(all.columns, "rows of a long recursive query"));
            }
            if !latest.is_certain()
                || latest.rows.iter().any(|r| r.values.iter().any(|v| v.doubt().is_some()))
            {
                return Ok(Rows::unknown(all.columns, latest.why()));
            }
            let ctes = ctes.update(name.clone(), Arc::new(latest.clone()));
            latest.rows = self.set_expr(step, outer, &ctes)?.rows;
            if distinct {
                latest.rows.retain(|row| !all.rows.iter().any(|r| r.values == row.values));
            }
            all.rows.extend(latest.rows.iter().cloned());
        }
        Ok(all)
    }
}

pub(super) fn rename_columns(rows: &mut Rows, cte: &Cte) {
    for (column, alias) in rows.columns.iter_mut().zip(&cte.alias.columns) {
        *column = names::stored(&alias.name).into();
    }
}
