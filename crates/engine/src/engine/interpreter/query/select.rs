//! Queries: WITH, SELECT, VALUES, set operations, ORDER BY and LIMIT.

use std::ops::ControlFlow;
use std::sync::Arc;

use sqlparser::ast::{
    Expr, Function, GroupByExpr, LimitClause, OrderByExpr, OrderByKind, Query, Select, SelectItem,
    SetExpr, SetQuantifier, Visit, Visitor,
};

use super::eval::Evaluator;
use super::order::{Sortable, combine, distinct_on, finish, sort};
use super::output::{Output, output_column, output_expr, outputs};
use super::rows::{Presence, Row, Rows};
use super::scope::{Ctes, Layout, Scope};
use super::value::{Truth, Value};
use super::{aggregate, from::Joined, set_returning};
use crate::engine::interpreter::problem::Problem;

/// A row of the result before projection, and the rows that aggregates go over.
type Group = (Row, Option<Vec<Row>>);

impl Evaluator<'_> {
    /// The rows of a query that stands by itself.
    pub(crate) fn query(&mut self, query: &Query) -> Result<Rows, Problem> {
        self.run_query(query, None, &Ctes::new())
    }

    /// The rows of a query inside an expression.
    pub(super) fn subquery(&mut self, query: &Query, scope: &Scope<'_>) -> Result<Rows, Problem> {
        self.run_query(query, Some(scope), scope.ctes)
    }

    pub(super) fn run_query(
        &mut self,
        query: &Query,
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<Rows, Problem> {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || {
            let mut ctes = ctes.clone();
            if let Some(with) = &query.with {
                self.with(with, outer, &mut ctes)?;
            }
            let order = match query.order_by.as_ref().map(|o| &o.kind) {
                Some(OrderByKind::Expressions(order)) => order.as_slice(),
                _ => &[],
            };
            let mut rows = match &*query.body {
                SetExpr::Select(select) => self.select(select, order, outer, &ctes)?,
                body => {
                    let mut rows = self.set_expr(body, outer, &ctes)?;
                    self.sort_output(&mut rows, order, outer, &ctes)?;
                    rows
                }
            };
            self.limit(&mut rows, query, outer, &ctes)?;
            Ok(rows)
        })
    }

    pub(super) fn set_expr(
        &mut self,
        body: &SetExpr,
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<Rows, Problem> {
        match body {
            SetExpr::Select(select) => self.select(select, &[], outer, ctes),
            SetExpr::Query(query) => self.run_query(query, outer, ctes),
            SetExpr::Values(values) => {
                let layout = Layout::default();
                let scope = Scope { layout: &layout, row: &[], group: None, outer, ctes };
                let mut rows = Rows::default();
                for row in &values.rows {
                    let values = self.eval_all(row, &scope)?;
                    rows.rows.push(Row::certain(values));
                }
                let width = rows.rows.first().map_or(0, |r| r.values.len());
                rows.columns = (1..=width).map(|n| format!("column{n}").into()).collect();
                Ok(rows)
            }
            SetExpr::SetOperation { left, op, right, set_quantifier } => {
                let left = self.set_expr(left, outer, ctes)?;
                let right = self.set_expr(right, outer, ctes)?;
                let all = matches!(set_quantifier, SetQuantifier::All);
                Ok(combine(*op, all, left, right))
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => self.modify(statement, outer, ctes),
            SetExpr::Table(_) => Ok(Rows::open("a TABLE command")),
        }
    }

    fn select(
        &mut self,
        select: &Select,
        order: &[OrderByExpr],
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<Rows, Problem> {
        let Joined { layout, rows, why } = self.from(select, outer, ctes)?;
        let mut why = why;
        let rows = match &select.selection {
            Some(condition) => self.filter(condition, &layout, rows, &mut why, outer, ctes)?,
            None => rows,
        };
        let (columns, outputs) = outputs(select, &layout)?;
        let open = layout.sources.iter().any(|s| s.open)
            && select
                .projection
                .iter()
                .any(|i| matches!(i, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
        let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(e, _) if e.is_empty())
            || select.having.is_some()
            || calls_aggregate(&select.projection, order);
        let groups = if grouped {
            self.group(select, &layout, rows, &mut why, outer, ctes)?
        } else {
            rows.into_iter().map(|row| (row, None)).collect()
        };
        let mut sortable = Vec::new();
        for (row, group) in groups {
            let scope =
                Scope { layout: &layout, row: &row.values, group: group.as_deref(), outer, ctes };
            self.project(select, &columns, &outputs, order, row.presence, &scope, &mut sortable)?;
        }
        let result = Rows { columns, rows: Vec::new(), why, open };
        Ok(finish(select, order, sortable, result))
    }

    fn filter(
        &mut self,
        condition: &Expr,
        layout: &Layout,
        rows: Vec<Row>,
        why: &mut Option<Arc<str>>,
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<Vec<Row>, Problem> {
        let mut kept = Vec::new();
        for row in rows {
            let scope = Scope { layout, row: &row.values, group: None, outer, ctes };
            let value = self.eval_if(row.presence != Presence::Certain, condition, &scope)?;
            match value.truth() {
                Truth::True => kept.push(row),
                Truth::Unknown => {
                    why.get_or_insert_with(|| super::eval::why(&[&value]));
                    kept.push(row.doubted());
                }
                Truth::False | Truth::Null => {}
            }
        }
        Ok(kept)
    }

    /// Groups of rows, each with a row for its keys.
    fn group(
        &mut self,
        select: &Select,
        layout: &Layout,
        rows: Vec<Row>,
        why: &mut Option<Arc<str>>,
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<Vec<Group>, Problem> {
        let keys: &[Expr] = match &select.group_by {
            GroupByExpr::Expressions(keys, _) => keys,
            GroupByExpr::All(_) => &[],
        };
        let mut groups: Vec<(Vec<Value>, Vec<Row>)> = Vec::new();
        if keys.is_empty() {
            groups.push((Vec::new(), rows));
        } else {
            for row in rows {
                let scope = Scope { layout, row: &row.values, group: None, outer, ctes };
                let mut values = Vec::new();
                for key in keys {
                    let key = output_expr(key, select);
                    values.push(self.eval_if(row.presence != Presence::Certain, key, &scope)?);
                }
                match groups.iter_mut().find(|(k, _)| *k == values) {
                    Some((_, members)) => members.push(row),
                    None => groups.push((values, vec![row])),
                }
                self.run.step()?;
            }
        }
        let mut result = Vec::new();
        for (key, members) in groups {
            let blurred = key.iter().any(|v| v.doubt().is_some());
            let presence = match members.iter().map(|r| r.presence).min() {
                _ if keys.is_empty() => Presence::Certain,
                Some(Presence::Many) | Some(_) if blurred => Presence::Many,
                Some(presence) => presence,
                None => Presence::Certain,
            };
            let values = members.first().map_or_else(
                || vec![Value::Null; layout.columns.len()],
                |first| first.values.clone(),
            );
            let mut row = Row { values, presence };
            if let Some(having) = &select.having {
                let scope = Scope { layout, row: &row.values, group: Some(&members), outer, ctes };
                let value = self.eval_if(presence != Presence::Certain, having, &scope)?;
                match value.truth() {
                    Truth::True => {}
                    Truth::Unknown => {
                        why.get_or_insert_with(|| super::eval::why(&[&value]));
                        row = row.doubted();
                    }
                    Truth::False | Truth::Null => continue,
                }
            }
            result.push((row, Some(members)));
        }
        Ok(result)
    }

    /// The output rows of one row or group: more than one where a function returns a set.
    #[allow(clippy::too_many_arguments, reason = "the parts of one SELECT, each needed")]
    fn project(
        &mut self,
        select: &Select,
        columns: &[Arc<str>],
        outputs: &[Output<'_>],
        order: &[OrderByExpr],
        presence: Presence,
        scope: &Scope<'_>,
        into: &mut Vec<Sortable>,
    ) -> Result<(), Problem> {
        let doubtful = presence != Presence::Certain;
        let mut values = Vec::with_capacity(outputs.len());
        let mut sets: Vec<(usize, Rows)> = Vec::new();
        for (at, output) in outputs.iter().enumerate() {
            values.push(match output {
                Output::Column(column) => scope.row.get(*column).cloned().unwrap_or(Value::Null),
                Output::Expr(Expr::Function(function)) if set_returning::is_set(function) => {
                    let rows = self.set_of(function, scope)?;
                    sets.push((at, rows));
                    Value::Null
                }
                Output::Expr(expr) => self.eval_if(doubtful, expr, scope)?,
            });
        }
        let height = sets.iter().map(|(_, rows)| rows.rows.len()).max();
        for at in 0..height.unwrap_or(1) {
            let mut presence = presence;
            for (column, rows) in &sets {
                if let Some(value) = values.get_mut(*column) {
                    let row = rows.rows.get(at);
                    *value = row.and_then(|r| r.values.first().cloned()).unwrap_or(Value::Null);
                    presence = presence.max(row.map_or(Presence::Certain, |r| r.presence));
                }
            }
            let mut keys = Vec::new();
            for expr in order.iter().map(|o| &o.expr).chain(distinct_on(select)) {
                keys.push(match output_column(expr, columns) {
                    Some(column) => values.get(column).cloned().unwrap_or(Value::Null),
                    None => self.eval_if(doubtful, expr, scope)?,
                });
            }
            into.push(Sortable { row: Row { values: values.clone(), presence }, keys });
        }
        Ok(())
    }

    fn sort_output(
        &mut self,
        rows: &mut Rows,
        order: &[OrderByExpr],
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(), Problem> {
        if order.is_empty() {
            return Ok(());
        }
        let mut layout = Layout::default();
        layout.push("".into(), rows);
        let mut sortable = Vec::new();
        for row in std::mem::take(&mut rows.rows) {
            let scope = Scope { layout: &layout, row: &row.values, group: None, outer, ctes };
            let mut keys = Vec::new();
            for OrderByExpr { expr, .. } in order {
                keys.push(match output_column(expr, &rows.columns) {
                    Some(column) => row.values.get(column).cloned().unwrap_or(Value::Null),
                    None => self.eval_if(true, expr, &scope)?,
                });
            }
            sortable.push(Sortable { row, keys });
        }
        sort(&mut sortable, order);
        rows.rows = sortable.into_iter().map(|s| s.row).collect();
        Ok(())
    }

    fn limit(
        &mut self,
        rows: &mut Rows,
        query: &Query,
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(), Problem> {
        let (limit, offset) = match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                (limit.as_ref(), offset.as_ref().map(|o| &o.value))
            }
            _ => (None, None),
        };
        let limit = limit.or_else(|| query.fetch.as_ref().and_then(|f| f.quantity.as_ref()));
        let layout = Layout::default();
        let scope = Scope { layout: &layout, row: &[], group: None, outer, ctes };
        for (expr, from_start) in [(offset, true), (limit, false)] {
            let Some(expr) = expr else { continue };
            let count = match self.eval(expr, &scope)? {
                Value::Null => continue,
                value => value.as_int().and_then(|n| usize::try_from(n).ok()),
            };
            match count {
                Some(count) if rows.is_certain() => {
                    let cut = count.min(rows.rows.len());
                    if from_start {
                        rows.rows.drain(..cut);
                    } else {
                        rows.rows.truncate(cut);
                    }
                }
                // What is cut off cannot be told where it is not known which rows there are.
                Some(0) if from_start => {}
                Some(0) => rows.rows.clear(),
                Some(count) if !from_start && self.fits(rows, count) => {}
                _ => {
                    for row in &mut rows.rows {
                        row.presence = row.presence.max(Presence::Maybe);
                    }
                }
            }
        }
        Ok(())
    }

    fn fits(&self, rows: &Rows, count: usize) -> bool {
        rows.rows.len() <= count && rows.rows.iter().all(|r| r.presence != Presence::Many)
    }
}

/// Whether a select list or ORDER BY calls an aggregate of this query.
fn calls_aggregate(projection: &[SelectItem], order: &[OrderByExpr]) -> bool {
    struct Search {
        depth: usize,
    }
    impl Visitor for Search {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.depth += 1;
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.depth -= 1;
            ControlFlow::Continue(())
        }
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Function(f @ Function { over: None, .. })
                    if self.depth == 0 && aggregate::is_aggregate(f) =>
                {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    let mut search = Search { depth: 0 };
    projection.iter().any(|item| item.visit(&mut search).is_break())
        || order.iter().any(|item| item.visit(&mut search).is_break())
}
