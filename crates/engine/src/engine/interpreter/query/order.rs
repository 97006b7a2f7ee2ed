//! DISTINCT, ORDER BY, UNION and its kin.

use std::cmp::Ordering;
use std::collections::HashSet;

use sqlparser::ast::{Distinct, Expr, OrderByExpr, OrderBySort, Select, SetOperator};

use super::compare::place;
use super::rows::{Row, Rows};
use super::value::Value;

/// A row of a result with the values that it is sorted by.
pub(super) struct Sortable {
    pub(super) row: Row,
    pub(super) keys: Vec<Value>,
}

pub(super) fn distinct_on(select: &Select) -> &[Expr] {
    match &select.distinct {
        Some(Distinct::On(keys)) => keys,
        _ => &[],
    }
}

/// DISTINCT and ORDER BY.
pub(super) fn finish(
    select: &Select,
    order: &[OrderByExpr],
    mut sortable: Vec<Sortable>,
    mut result: Rows,
) -> Rows {
    sort(&mut sortable, order);
    match &select.distinct {
        Some(Distinct::Distinct) => {
            result.rows = sortable.into_iter().map(|s| s.row).collect();
            distinct(&mut result.rows);
        }
        Some(Distinct::On(_)) => {
            let mut seen: Vec<Vec<Value>> = Vec::new();
            for sorted in sortable {
                let key = sorted.keys.get(order.len()..).unwrap_or_default().to_vec();
                if !seen.contains(&key) {
                    seen.push(key);
                    result.rows.push(sorted.row);
                }
            }
        }
        _ => result.rows = sortable.into_iter().map(|s| s.row).collect(),
    }
    result
}

/// Leaves one of each; a row that may be the same as another may be gone.
pub(super) fn distinct(rows: &mut Vec<Row>) {
    let mut kept: Vec<Row> = Vec::new();
    let mut seen = HashSet::new();
    for row in rows.drain(..) {
        let known = row.values.iter().all(|v| v.doubt().is_none());
        match kept.iter_mut().find(|k| k.values == row.values) {
            Some(same) if known => same.presence = same.presence.min(row.presence),
            _ if known => {
                seen.insert(kept.len());
                kept.push(row);
            }
            _ => kept.push(if seen.is_empty() { row } else { row.doubted() }),
        }
    }
    *rows = kept;
}

pub(super) fn sort(rows: &mut [Sortable], order: &[OrderByExpr]) {
    if order.is_empty() {
        return;
    }
    rows.sort_by(|a, b| {
        for (at, OrderByExpr { options, .. }) in order.iter().enumerate() {
            let descending = matches!(options.sort, Some(OrderBySort::Desc));
            let nulls_first = options.nulls_first.unwrap_or(descending);
            let (Some(x), Some(y)) = (a.keys.get(at), b.keys.get(at)) else { continue };
            let ordering = match (x.is_null(), y.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) if nulls_first => Ordering::Less,
                (true, false) => Ordering::Greater,
                (false, true) if nulls_first => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => {
                    let ordering = place(x, y);
                    if descending { ordering.reverse() } else { ordering }
                }
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        Ordering::Equal
    });
}

pub(super) fn combine(op: SetOperator, all: bool, left: Rows, right: Rows) -> Rows {
    let why = left.why.clone().or_else(|| right.why.clone());
    let known = |rows: &Rows| {
        rows.is_certain() && rows.rows.iter().all(|r| r.values.iter().all(|v| v.doubt().is_none()))
    };
    let certain = known(&left) && known(&right);
    let mut result = Rows { columns: left.columns.clone(), rows: left.rows, why, open: left.open };
    if op == SetOperator::Union {
        result.rows.extend(right.rows);
    } else if certain && !all {
        let wanted = op == SetOperator::Intersect;
        result.rows.retain(|row| right.rows.iter().any(|r| r.values == row.values) == wanted);
    } else {
        result.rows = result.rows.into_iter().map(Row::doubted).collect();
    }
    if !all {
        distinct(&mut result.rows);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{Value, place};

    #[test]
    fn values_that_are_not_known_stand_behind_the_others() {
        let value = |n: i64| {
            if n % 3 == 0 { Value::unknown("a test") } else { Value::Int(n * 7919 % 1000) }
        };
        let mut values: Vec<Value> = (0..200).map(value).collect();
        values.sort_by(place);
        let known: Vec<i64> = values.iter().map_while(Value::as_int).collect();
        assert!(known.is_sorted() && known.len() == 133, "{known:?}");
    }
}
