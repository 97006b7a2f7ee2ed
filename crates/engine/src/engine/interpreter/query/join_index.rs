//! Finds the rows of the right side of a join by a column that a condition equates with the left.

use std::collections::HashMap;
use std::sync::Arc;

use sqlparser::ast::{BinaryOperator, Expr};

use super::from::Joined;
use super::rows::Row;
use super::scope::{Found, Layout};
use super::value::Value;
use crate::engine::interpreter::names;

/// The rows of the right side by the value of a column that a condition equates with the left.
pub(super) struct Index {
    /// The column on the left, and the rows on the right by key.
    keyed: Option<(usize, HashMap<Key, Vec<usize>>)>,
}

/// A value that is equal to another exactly if their keys are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Number(i64),
    Text(Arc<str>),
}

/// The place of a qualified or unambiguous column.
pub(super) fn position(expr: &Expr, layout: &Layout) -> Option<usize> {
    let found = match expr {
        Expr::Identifier(ident) => layout.find(None, &names::stored(ident)),
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [.., table, column] => layout.find(Some(&names::stored(table)), &names::stored(column)),
            _ => return None,
        },
        _ => return None,
    };
    match found {
        Ok(Found::Column(at)) => Some(at),
        _ => None,
    }
}

impl Key {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(_) | Value::Oid(_) | Value::Reg(..) => value.as_int().map(Self::Number),
            Value::Text(text) => Some(Self::Text(text.clone())),
            _ => None,
        }
    }

    fn same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Index {
    pub(super) fn new(left: &Layout, right: &Joined, conditions: &[&Expr]) -> Self {
        let keyed = conditions.iter().find_map(|condition| {
            let Expr::BinaryOp { left: a, op: BinaryOperator::Eq, right: b } = condition else {
                return None;
            };
            let (l, r) = match (position(a, left), position(b, &right.layout)) {
                (Some(l), Some(r)) => (l, r),
                _ => (position(b, left)?, position(a, &right.layout)?),
            };
            let mut keyed: HashMap<Key, Vec<usize>> = HashMap::new();
            let mut first: Option<Key> = None;
            for (number, row) in right.rows.iter().enumerate() {
                let key = match row.values.get(r)? {
                    Value::Null => continue,
                    value => Key::of(value)?,
                };
                if !first.get_or_insert_with(|| key.clone()).same_kind(&key) {
                    return None;
                }
                keyed.entry(key).or_default().push(number);
            }
            Some((l, keyed))
        });
        Self { keyed }
    }

    pub(super) fn candidates(&self, row: &Row, all: usize) -> Vec<usize> {
        if let Some((column, keyed)) = &self.keyed
            && let Some(key) = row.values.get(*column).and_then(Key::of)
            && keyed.keys().next().is_none_or(|other| other.same_kind(&key))
        {
            return keyed.get(&key).cloned().unwrap_or_default();
        }
        (0..all).collect()
    }
}
