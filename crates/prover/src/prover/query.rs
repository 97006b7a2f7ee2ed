//! Subqueries. What is in a table is not known: a table yields no row or some row, whichever way is
//! gone; what is computed from constants yields its rows.

use std::sync::Arc;

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, LimitClause, Query, Select, SelectItem, SetExpr, SetOperator,
};

use super::aggregate::{Aggregated, item_aggregates};
use super::evaluate::fold;
use super::evaluator::Evaluator;
use super::from::rename_columns;
use super::function::path;
use super::path_search::{Options, Stop};
use super::scope::Relation;
use super::value::{Symbol, Value};

/// How many rows of one relation are looked at.
pub(super) const MOST_ROWS: usize = 32;

/// Rows with the names of their columns.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    pub(super) names: Vec<Arc<str>>,
    pub(super) rows: Vec<Vec<Value>>,
    /// There are no further rows, and none of these may be missing.
    pub(super) exact: bool,
}

impl Evaluator<'_> {
    /// Whether a query yields a row.
    pub(super) fn exists(&mut self, query: &Query) -> Result<bool, Stop> {
        Ok(!self.query(query)?.rows.is_empty())
    }

    /// The one value of a query, NULL where it yields no row.
    pub(super) fn scalar(&mut self, query: &Query) -> Result<Value, Stop> {
        let row = self.one_row(query)?;
        Ok(row.into_iter().next().unwrap_or(Value::Null))
    }

    /// The row of a query that is to yield one, empty where it yields none. Of several it may be any.
    pub(super) fn one_row(&mut self, query: &Query) -> Result<Vec<Value>, Stop> {
        let mut rows = self.query(query)?.rows;
        let at = match rows.len() {
            0 => return Ok(Vec::new()),
            1 => 0,
            count => {
                self.facts.data.settle_all();
                self.decide(
                    format!("{}one of {query} {}", self.call, self.scopes.identity()),
                    Options::adversarial(count),
                )?
            }
        };
        Ok(rows.swap_remove(at.min(rows.len() - 1)))
    }

    /// The values of a query's first column, or its rows where it has several.
    pub(super) fn column_of_query(&mut self, query: &Query) -> Result<Vec<Value>, Stop> {
        let rows = self.query(query)?.rows.into_iter();
        Ok(rows
            .map(|mut row| if row.len() == 1 { row.remove(0) } else { Value::Row(row.into()) })
            .collect())
    }

    pub(super) fn query(&mut self, query: &Query) -> Result<Rows, Stop> {
        let text = format!("{query} with {}", self.scopes.identity()).into();
        let outer = std::mem::replace(&mut self.query_text, text);
        let rows = self.query_here(query);
        self.query_text = outer;
        rows
    }

    fn query_here(&mut self, query: &Query) -> Result<Rows, Stop> {
        self.deeper(|evaluator| {
            let depth = evaluator.named_queries.len();
            if let Some(with) = &query.with {
                if with.recursive {
                    return evaluator.any_rows(&query.to_string());
                }
                for cte in &with.cte_tables {
                    let mut rows = evaluator.query(&cte.query)?;
                    rename_columns(&mut rows, Some(&cte.alias));
                    evaluator.named_queries.push((fold(&cte.alias.name), rows));
                }
            }
            let mut rows = evaluator.set(&query.body)?;
            evaluator.named_queries.truncate(depth);
            if let Some(limit) = &query.limit_clause {
                evaluator.limit(&mut rows, limit)?;
            }
            Ok(rows)
        })
    }

    fn limit(&mut self, rows: &mut Rows, clause: &LimitClause) -> Result<(), Stop> {
        let (limit, offset) = match clause {
            LimitClause::LimitOffset { limit, offset, .. } => {
                (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
            }
            LimitClause::OffsetCommaLimit { offset, limit } => (Some(limit), Some(offset)),
        };
        if let Some(offset) = offset
            && let Some(skipped) = self.evaluate(offset)?.as_int()
            && rows.exact
        {
            let skipped = usize::try_from(skipped).unwrap_or(0);
            rows.rows.drain(..skipped.min(rows.rows.len()));
        } else if offset.is_some() && !rows.rows.is_empty() {
            // How many rows are skipped is not known.
            self.facts.data.settle_all();
            let question = format!("{}skipped of {}", self.call, self.query_text);
            if self.decide(question, Options::adversarial(2))? == 0 {
                rows.rows.clear();
            }
        }
        if let Some(limit) = limit
            && let Some(most) = self.evaluate(limit)?.as_int()
        {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            // Which of several rows come first is not known.
            if most > 0 && most < rows.rows.len() && !rows.exact {
                self.facts.data.settle_all();
                let count = rows.rows.len();
                let question = format!("{}first of {}", self.call, self.query_text);
                let first = self.decide(question, Options::adversarial(count))?;
                rows.rows.swap(0, first.min(count - 1));
            }
            rows.rows.truncate(most);
        }
        Ok(())
    }

    fn set(&mut self, body: &SetExpr) -> Result<Rows, Stop> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::Values(values) => {
                let mut rows = Rows { exact: true, ..Rows::default() };
                for row in values.rows.iter().take(MOST_ROWS) {
                    rows.rows.push(self.evaluate_all(&row.content)?);
                }
                let width = rows.rows.first().map_or(0, Vec::len);
                rows.names = (1..=width).map(|n| format!("column{n}").into()).collect();
                Ok(rows)
            }
            SetExpr::SetOperation { left, op: SetOperator::Union, right, .. } => {
                let (mut left, right) =
                    (self.deeper(|e| e.set(left))?, self.deeper(|e| e.set(right))?);
                left.rows.extend(right.rows);
                left.exact &= right.exact;
                Ok(left)
            }
            other => self.any_rows(&other.to_string()),
        }
    }

    /// No row or some row, of which nothing is known.
    pub(super) fn any_rows(&mut self, what: &str) -> Result<Rows, Stop> {
        let key = format!("{}{what} {}", self.call, self.scopes.identity());
        let mut rows = Rows::default();
        self.facts.data.settle_all();
        if self.decide(format!("row: {key}"), Options::adversarial(2))? == 1 {
            rows.rows.push(vec![Value::Unknown(Symbol::fresh(key))]);
        }
        Ok(rows)
    }

    fn select(&mut self, select: &Select) -> Result<Rows, Stop> {
        let grouped = match &select.group_by {
            GroupByExpr::Expressions(expressions, modifiers) => {
                !expressions.is_empty() || !modifiers.is_empty()
            }
            GroupByExpr::All(_) => true,
        };
        let aggregate = select.projection.iter().any(item_aggregates);
        let (mut matching, mut exact) = (vec![Vec::new()], true);
        for table in &select.from {
            let (joined, all) = self.from(select, table, &matching)?;
            matching = joined;
            exact &= all;
        }
        if let Some(condition) = &select.selection {
            let mut kept = Vec::new();
            for relations in matching {
                if self.with(&relations, |evaluator| evaluator.holds(condition))? {
                    kept.push(relations);
                }
            }
            matching = kept;
        }
        let mut seen = Vec::new();
        for relations in matching {
            if self.sees(&relations)? {
                seen.push(relations);
            }
        }
        matching = seen;
        if aggregate && !grouped {
            let rows = matching.len();
            matching = vec![matching.into_iter().next().unwrap_or_default()];
            self.aggregated = Some(Aggregated { rows, exact });
        }
        let mut rows = Rows { names: names_of(select), exact, ..Rows::default() };
        for relations in &matching {
            let row = self.with(relations, |evaluator| {
                // What is said of a group holds of one row of it, if it holds of any.
                let having = match &select.having {
                    Some(_) if grouped || aggregate => {
                        let identity = evaluator.scopes.identity();
                        let key = format!("{}having {select} {identity}", evaluator.call);
                        evaluator.facts.data.settle_all();
                        Some(evaluator.decide(key, Options::adversarial(2))? == 1)
                    }
                    Some(having) => evaluator.condition(having)?,
                    None => Some(true),
                };
                if having != Some(true) {
                    return Ok(None);
                }
                evaluator.project(select, relations, grouped).map(Some)
            })?;
            rows.rows.extend(row);
        }
        self.aggregated = None;
        if matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_))) || grouped {
            rows.exact &= rows.rows.len() < 2;
        }
        Ok(rows)
    }

    /// Evaluates with these relations as the innermost scope.
    pub(super) fn with<T>(
        &mut self,
        relations: &[Relation],
        run: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.scopes.enter(relations.to_vec());
        let result = run(self);
        self.scopes.leave();
        result
    }

    fn project(
        &mut self,
        select: &Select,
        relations: &[Relation],
        grouped: bool,
    ) -> Result<Vec<Value>, Stop> {
        let mut row = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                    row.push(match grouped && item_aggregates(item) {
                        true => self.fresh(expr),
                        false => self.evaluate(expr)?,
                    });
                }
                _ => {
                    let columns = relations.iter().flat_map(|relation| &relation.columns);
                    row.extend(columns.map(|(_, value)| value.clone()));
                }
            }
        }
        Ok(row)
    }
}

/// The names of the columns that a query yields.
fn names_of(select: &Select) -> Vec<Arc<str>> {
    let names = select.projection.iter().map(|item| match item {
        SelectItem::ExprWithAlias { alias, .. } => fold(alias),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => fold(name),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => {
            names.last().map(fold).unwrap_or_default()
        }
        SelectItem::UnnamedExpr(Expr::Function(function)) => path(&function.name).1,
        _ => "?column?".to_owned(),
    });
    names.map(Arc::from).collect()
}
