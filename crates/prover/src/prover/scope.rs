//! What names mean: columns of the rows at hand, and arguments of the function at hand.

use std::sync::Arc;

use super::Context;
use super::sort::Sort;
use super::value::{Origin, Symbol, Value};
use crate::catalog::{Catalog, Column, Enum, Table};
use crate::datum::{EnumLabels, Type};

/// One relation of a FROM clause with its row at hand, or the arguments of a function.
#[derive(Debug, Clone, Default)]
pub(super) struct Relation {
    /// What its columns are qualified by.
    pub(super) alias: Arc<str>,
    /// What its columns begin with, which no other row's do.
    pub(super) key: Arc<str>,
    /// Its columns.
    pub(super) columns: Vec<(Arc<str>, Value)>,
    /// It may have further columns.
    pub(super) open: Option<Open>,
    /// Whatever column it is asked for is NULL.
    pub(super) nulls: bool,
    /// A query may not see it.
    pub(super) hidden: bool,
}

/// A relation of which not all columns are known.
#[derive(Debug, Clone)]
pub(super) struct Open {
    /// What its columns begin with.
    pub(super) key: Arc<str>,
    /// It is a row of a table, whose columns may be anything.
    pub(super) real: bool,
}

/// Enums with more labels than these are not gone through.
const MOST_LABELS: usize = 60;

impl Relation {
    /// The value of a column of that name, where it certainly has one.
    pub(super) fn column(&self, name: &str) -> Option<Value> {
        self.columns.iter().find(|(column, _)| **column == *name).map(|(_, value)| value.clone())
    }

    /// Gives a column a value.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        match self.columns.iter_mut().find(|(column, _)| **column == *name) {
            Some((_, old)) => *old = value,
            None => self.columns.push((name.into(), value)),
        }
    }

    fn further(&self, name: &str) -> Option<Value> {
        if self.nulls {
            return Some(Value::Null);
        }
        let Open { key, real } = self.open.as_ref()?;
        let key = format!("{key}.{name}");
        Some(Value::Unknown(match real {
            true => Symbol::data(key, Sort::Other).or_null(),
            false => Symbol::fresh(key),
        }))
    }

    /// A row of which only this is known.
    pub(super) fn open(alias: &str, open: Open) -> Self {
        Self {
            alias: alias.into(),
            key: Arc::clone(&open.key),
            open: Some(open),
            ..Self::default()
        }
    }

    /// A row of a table, which is any row.
    pub(super) fn of_table(catalog: &Catalog, table: &Table, alias: &str, key: &str) -> Self {
        let columns = table.columns.iter().map(|column| {
            let enumeration = column.enum_type.as_ref().and_then(|name| {
                let enumeration = catalog.enumeration(name)?;
                // An array of an enum is no enum.
                (!column.data_type.ends_with("[]")).then_some(enumeration)
            });
            let sort = match enumeration {
                Some(found) => labels_of(found).map_or(Sort::Other, Sort::Enum),
                None => Sort::of(&column.data_type),
            };
            let mut symbol = Symbol {
                nullable: !column.not_null,
                ..Symbol::data(format!("{key}.{}", column.name), sort)
            };
            if column.generated {
                symbol.origin = Origin::Fresh;
            }
            (column.name.as_str().into(), Value::Unknown(symbol))
        });
        Self { alias: alias.into(), key: key.into(), columns: columns.collect(), ..Self::default() }
    }

    /// The row that an outer join makes up: every column is NULL.
    pub(super) fn of_nulls(alias: &str) -> Self {
        Self { alias: alias.into(), nulls: true, ..Self::default() }
    }

    /// The row that an expression is about, with the columns that are given.
    pub(super) fn guarded(context: Context<'_>) -> Self {
        let Context { catalog, table, given, .. } = context;
        let mut row = Self::of_table(catalog, table, &table.name.name, "");
        row.key = "this".into();
        for (at, (name, value)) in row.columns.iter_mut().enumerate() {
            let Some(text) = given.get(&**name) else { continue };
            let data_type = table.columns.get(at).and_then(|column| type_of(value, column));
            let read = data_type.and_then(|data_type| Value::read(&data_type, text));
            *value = read.unwrap_or_else(|| Value::text(text.as_str()));
        }
        row
    }
}

/// The labels of an enum, unless they are too many to be gone through.
pub(super) fn labels_of(enumeration: &Enum) -> Option<Arc<EnumLabels>> {
    let labels = enumeration.labels.iter().map(|label| Arc::from(label.as_str()));
    let name = enumeration.name.name.as_str().into();
    (enumeration.labels.len() <= MOST_LABELS)
        .then(|| Arc::new(EnumLabels { name, labels: labels.collect() }))
}

/// The type of a column, where its values are computed with.
pub(super) fn type_of(value: &Value, column: &Column) -> Option<Type> {
    match value {
        Value::Unknown(Symbol { sort: Sort::Enum(labels), .. }) => {
            Some(Type::Enum(Arc::clone(labels)))
        }
        _ => Type::named(&column.data_type),
    }
}

/// The relations that names are looked up in, innermost last.
#[derive(Debug, Clone, Default)]
pub(super) struct Scopes(Vec<Vec<Relation>>);

impl Scopes {
    /// One level with one relation.
    pub(super) fn of(relation: Relation) -> Self {
        Self(vec![vec![relation]])
    }

    /// Enters a level.
    pub(super) fn enter(&mut self, relations: Vec<Relation>) {
        self.0.push(relations);
    }

    /// Leaves the innermost level.
    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    /// The value of a column by its plain name: of the innermost relation that is known to have it,
    /// else of the innermost that may.
    pub(super) fn column(&self, name: &str) -> Option<Value> {
        let innermost = || self.0.iter().rev().flatten();
        innermost()
            .find_map(|relation| relation.column(name))
            .or_else(|| innermost().find_map(|relation| relation.further(name)))
    }

    /// The value of a column of a relation.
    pub(super) fn column_of(&self, alias: &str, name: &str) -> Option<Value> {
        let relation = self.0.iter().rev().flatten().find(|relation| *relation.alias == *alias)?;
        relation.column(name).or_else(|| relation.further(name))
    }

    /// The row of a relation as one value, where all of its columns are known.
    pub(super) fn whole_row(&self, alias: &str) -> Option<Value> {
        let relation = self.0.iter().rev().flatten().find(|relation| *relation.alias == *alias)?;
        let is_known = relation.open.is_none() && !relation.nulls && !relation.key.is_empty();
        let values = relation.columns.iter().map(|(_, value)| value.clone());
        is_known.then(|| Value::Row(values.collect()))
    }

    /// Names the rows at hand: what depends on them differs where they do.
    pub(super) fn identity(&self) -> String {
        let mut identity = String::new();
        for relation in self.0.iter().flatten() {
            identity.push_str(&relation.key);
            if relation.key.is_empty() && !relation.nulls {
                // A row that is computed, such as one of VALUES, or the arguments of a function.
                for (_, value) in &relation.columns {
                    identity.push_str(&format!("{value}, "));
                }
            }
            identity.push(if relation.nulls { '-' } else { ' ' });
        }
        identity
    }

    /// Adds a variable of the function at hand to the innermost relation.
    pub(super) fn declare(&mut self, name: &str, value: Value) {
        if let Some(relation) = self.0.last_mut().and_then(|relations| relations.last_mut()) {
            relation.columns.push((name.into(), value));
        }
    }

    /// Sets a variable of the function at hand.
    pub(super) fn assign(&mut self, name: &str, value: Value) {
        let variable =
            self.0.iter_mut().rev().flatten().find_map(|relation| {
                relation.columns.iter_mut().find(|(column, _)| **column == *name)
            });
        if let Some((_, old)) = variable {
            *old = value;
        }
    }
}
