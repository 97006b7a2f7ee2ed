//! How the rows of two sides are joined.

use std::sync::Arc;

use sqlparser::ast::{BinaryOperator, Expr, InTarget, JoinConstraint};

use super::eval::Evaluator;
use super::from::{Joined, Keeps, Place};
use super::join_index::Index;
use super::rows::{Presence, Row};
use super::scope::{Found, Layout, Scope};
use super::value::{Truth, Value};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;

impl Evaluator<'_> {
    /// Joins the rows of two sides.
    pub(super) fn combine(
        &mut self,
        left: Joined,
        right: Joined,
        constraint: &JoinConstraint,
        keeps: Keeps,
        conditions: &[&Expr],
        place: Place<'_>,
    ) -> Result<Joined, Problem> {
        let mut why = left.why.clone().or_else(|| right.why.clone());
        let mut layout = left.layout.clone();
        layout.extend(&right.layout);
        let shared = self.merge_columns(constraint, &left.layout, &right.layout, &mut layout)?;
        let index = Index::new(&left.layout, &right, conditions);
        let filters: Vec<&Expr> = place
            .filters
            .iter()
            .copied()
            .filter(|f| !is_decided_by(f, &left.layout) && is_decided_by(f, &layout))
            .collect();
        let mut rows = Vec::new();
        let mut matched = vec![false; right.rows.len()];
        let mut values: Vec<Value> = Vec::with_capacity(layout.columns.len());
        for row in &left.rows {
            let mut partner = Truth::False;
            for at in index.candidates(row, right.rows.len()) {
                let Some(other) = right.rows.get(at) else { continue };
                self.run.step()?;
                values.clear();
                values.extend_from_slice(&row.values);
                values.extend_from_slice(&other.values);
                let presence = row.presence.max(other.presence);
                let truth = match constraint {
                    JoinConstraint::On(condition) => {
                        let doubtful = presence != Presence::Certain;
                        let value =
                            self.eval_if(doubtful, condition, &place.scope(&layout, &values))?;
                        if value.truth() == Truth::Unknown {
                            why.get_or_insert_with(|| super::eval::why(&[&value]));
                        }
                        value.truth()
                    }
                    _ => equal_columns(&shared, row, other)?,
                };
                if matches!(truth, Truth::False | Truth::Null) {
                    continue;
                }
                let certain = truth == Truth::True && other.presence == Presence::Certain;
                partner = partner.or(if certain { Truth::True } else { Truth::Unknown });
                if let Some(matched) = matched.get_mut(at)
                    && truth == Truth::True
                    && row.presence == Presence::Certain
                {
                    *matched = true;
                }
                if self.may_pass(&filters, &place.scope(&layout, &values))? {
                    let joined = Row { values: values.clone(), presence };
                    rows.push(if truth == Truth::Unknown { joined.doubted() } else { joined });
                }
            }
            if keeps.left && partner != Truth::True {
                let mut values = row.values.clone();
                values.resize(layout.columns.len(), Value::Null);
                let alone = Row { values, presence: row.presence };
                rows.push(if partner == Truth::Unknown { alone.doubted() } else { alone });
            }
        }
        if keeps.right {
            for (row, _) in right.rows.iter().zip(matched).filter(|(_, matched)| !matched) {
                let mut values = vec![Value::Null; left.layout.columns.len()];
                values.extend(row.values.iter().cloned());
                let alone = Row { values, presence: row.presence };
                let certain = left.rows.iter().all(|r| r.presence == Presence::Certain);
                rows.push(if certain { alone } else { alone.doubted() });
            }
        }
        Ok(Joined { layout, rows, why })
    }

    /// The columns that USING or NATURAL equates, by their places on both sides.
    fn merge_columns(
        &self,
        constraint: &JoinConstraint,
        left: &Layout,
        right: &Layout,
        joined: &mut Layout,
    ) -> Result<Vec<(usize, usize)>, Problem> {
        let wanted: Vec<Arc<str>> = match constraint {
            JoinConstraint::Using(columns) | JoinConstraint::UsingAlias(columns, _) => columns
                .iter()
                .filter_map(|c| Some(names::stored(c.0.last()?.as_ident()?).into()))
                .collect(),
            JoinConstraint::Natural => {
                let shared = |name: &Arc<str>| right.columns.iter().any(|c| c.name == *name);
                left.columns.iter().map(|c| c.name.clone()).filter(shared).collect()
            }
            JoinConstraint::On(_) | JoinConstraint::None => Vec::new(),
        };
        let mut pairs = Vec::new();
        for name in wanted {
            if let (Found::Column(a), Found::Column(b)) =
                (left.find(None, &name)?, right.find(None, &name)?)
            {
                pairs.push((a, b));
                if let Some(column) = joined.columns.get_mut(left.columns.len() + b) {
                    column.merged = true;
                }
            }
        }
        Ok(pairs)
    }

    /// Whether a row may fulfil conditions, as far as they can be told.
    fn may_pass(&mut self, filters: &[&Expr], scope: &Scope<'_>) -> Result<bool, Problem> {
        for filter in filters {
            let truth = self.eval_if(true, filter, scope)?.truth();
            if matches!(truth, Truth::False | Truth::Null) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A condition that is nested deeper waits until all columns are there.
const MAX_DEPTH: usize = 8;

/// Whether the columns decide a condition, which calls no function and names no variable.
fn is_decided_by(condition: &Expr, columns: &Layout) -> bool {
    is_decided_within(condition, columns, MAX_DEPTH)
}

fn is_decided_within(expr: &Expr, columns: &Layout, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let all = |exprs: &[&Expr]| exprs.iter().all(|e| is_decided_within(e, columns, depth));
    match expr {
        Expr::Value(_) => true,
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [.., table, column] => matches!(
                columns.find(Some(&names::stored(table)), &names::stored(column)),
                Ok(Found::Column(_))
            ),
            _ => false,
        },
        Expr::Nested(inner)
        | Expr::UnaryOp { expr: inner, .. }
        | Expr::IsNull(inner)
        | Expr::IsNotNull(inner) => all(&[inner]),
        Expr::BinaryOp { left, right, .. } => all(&[left, right]),
        Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
            all(&[expr, pattern])
        }
        Expr::In { expr, target: InTarget::List(list), .. } => {
            all(&[expr]) && all(&list.iter().collect::<Vec<_>>())
        }
        _ => false,
    }
}

fn equal_columns(pairs: &[(usize, usize)], left: &Row, right: &Row) -> Result<Truth, Problem> {
    let mut truth = Truth::True;
    for (a, b) in pairs {
        if let (Some(a), Some(b)) = (left.values.get(*a), right.values.get(*b)) {
            truth = truth.and(super::operators::apply(&BinaryOperator::Eq, a, b)?.truth());
        }
    }
    Ok(truth)
}
