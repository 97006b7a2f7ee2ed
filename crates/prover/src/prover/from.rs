//! FROM: the rows of tables, functions and joins.

use std::sync::Arc;

use sqlparser::ast::{
    FunctionArg, FunctionArgExpr, Join, JoinConstraint, JoinOperator, Select, TableAlias,
    TableFactor, TableWithJoins,
};

use super::evaluate::fold;
use super::evaluator::Evaluator;
use super::function::path;
use super::path_search::{Options, Stop};
use super::query::{MOST_ROWS, Rows};
use super::scope::{Open, Relation};
use super::value::Value;
use crate::catalog::ObjectName;
use crate::datum::{Datum, Type, Typed};

impl Evaluator<'_> {
    /// The rows of a relation of FROM with its joins, beside each of the rows so far.
    pub(super) fn from(
        &mut self,
        select: &Select,
        table: &TableWithJoins,
        before: &[Vec<Relation>],
    ) -> Result<(Vec<Vec<Relation>>, bool), Stop> {
        let (mut rows, mut exact) = self.cross(before, &table.relation)?;
        for Join { relation, join_operator, .. } in &table.joins {
            let (constraint, outer) = match join_operator {
                JoinOperator::Join(constraint)
                | JoinOperator::Inner(constraint)
                | JoinOperator::CrossJoin(constraint) => (constraint, false),
                JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => {
                    (constraint, true)
                }
                _ => {
                    // Beyond this: some row or none, whose columns are anything.
                    let unknown = self.some_row("", &format!("{select}"))?;
                    return Ok((unknown.into_iter().map(|row| vec![row]).collect(), false));
                }
            };
            let mut joined = Vec::new();
            for left in rows {
                let (pairs, all) = self.cross(std::slice::from_ref(&left), relation)?;
                exact &= all;
                let mut matched = false;
                for mut pair in pairs {
                    // Whether an outer join finds a row hangs on whether it is seen.
                    if self.joins(&pair, constraint)? && (!outer || self.sees_last(&mut pair)?) {
                        matched = true;
                        joined.push(pair);
                    }
                }
                if outer && !matched {
                    let mut nulls = left;
                    nulls.push(self.null_row(relation));
                    joined.push(nulls);
                }
                joined.truncate(MOST_ROWS);
            }
            rows = joined;
        }
        Ok((rows, exact))
    }

    fn joins(&mut self, pair: &[Relation], constraint: &JoinConstraint) -> Result<bool, Stop> {
        match constraint {
            JoinConstraint::On(condition) => {
                self.with(pair, |evaluator| evaluator.holds(condition))
            }
            JoinConstraint::None => Ok(true),
            other => {
                let rows: Vec<&str> = pair.iter().map(|relation| &*relation.key).collect();
                let key =
                    format!("{}join {other:?} {rows:?} {}", self.call, self.scopes.identity());
                self.facts.data.settle_all();
                Ok(self.decide(key, Options::adversarial(2))? == 1)
            }
        }
    }

    /// Whether the last of the relations is seen; if so, that need not be asked again.
    fn sees_last(&mut self, rows: &mut [Relation]) -> Result<bool, Stop> {
        let Some(last) = rows.last_mut() else { return Ok(true) };
        let seen = self.sees(std::slice::from_ref(last))?;
        last.hidden = false;
        Ok(seen)
    }

    /// The rows of one relation beside each of the rows so far, and whether these are all.
    fn cross(
        &mut self,
        before: &[Vec<Relation>],
        factor: &TableFactor,
    ) -> Result<(Vec<Vec<Relation>>, bool), Stop> {
        let (mut rows, mut exact) = (Vec::new(), true);
        for left in before {
            let (right, all) = self.with(left, |evaluator| evaluator.factor(factor))?;
            exact &= all;
            for relation in right {
                let mut row = left.clone();
                row.push(relation);
                rows.push(row);
            }
        }
        exact &= rows.len() <= MOST_ROWS;
        rows.truncate(MOST_ROWS);
        Ok((rows, exact))
    }

    fn factor(&mut self, factor: &TableFactor) -> Result<(Vec<Relation>, bool), Stop> {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let (schema, name) = path(name);
                let alias = alias.as_ref().map_or_else(|| name.clone(), |alias| fold(&alias.name));
                self.table(&schema, &name, &alias)
            }
            TableFactor::Table { name, alias, args: Some(arguments), .. } => {
                self.table_function(&path(name).1, &arguments.args, alias.as_ref())
            }
            TableFactor::Function { name, args, alias, .. } => {
                self.table_function(&path(name).1, args, alias.as_ref())
            }
            TableFactor::UNNEST { array_exprs, alias, .. } => {
                let array = match &array_exprs[..] {
                    [array] => self.evaluate(array)?,
                    _ => self.fresh(factor),
                };
                let rows = self.elements(array)?;
                Ok(relations("unnest", alias.as_ref(), rows))
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let rows = self.query(subquery)?;
                Ok(relations("", alias.as_ref(), rows))
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                // Its relations keep their names; they are one row of several relations.
                let (rows, exact) = match &table_with_joins.joins[..] {
                    [] => self.factor(&table_with_joins.relation)?,
                    _ => (self.some_row("", &factor.to_string())?, false),
                };
                Ok((rows, exact))
            }
            other => Ok((self.some_row("", &other.to_string())?, false)),
        }
    }

    /// No row, or one of which only the columns of the catalog are known.
    fn table(
        &mut self,
        schema: &str,
        name: &str,
        alias: &str,
    ) -> Result<(Vec<Relation>, bool), Stop> {
        if schema.is_empty()
            && let Some((_, rows)) =
                self.named_queries.iter().rev().find(|(known, _)| known == name)
        {
            return Ok(rows.relations(alias));
        }
        // The catalog of a server is never empty.
        if matches!(schema, "pg_catalog" | "information_schema")
            || schema.is_empty() && name.starts_with("pg_")
        {
            let key = format!("{}{schema}.{name} {alias} {}", self.call, self.query_text).into();
            return Ok((vec![Relation::open(alias, Open { key, real: false })], false));
        }
        let qualified = ObjectName::new(if schema.is_empty() { "public" } else { schema }, name);
        Ok((self.rows_of_table(&qualified, alias)?, false))
    }

    /// No row, or one of which nothing is known.
    fn some_row(&mut self, alias: &str, what: &str) -> Result<Vec<Relation>, Stop> {
        let key: Arc<str> = format!("{}{what} {}", self.call, self.scopes.identity()).into();
        self.facts.data.settle_all();
        if self.decide(format!("row: {key}"), Options::adversarial(2))? == 0 {
            return Ok(Vec::new());
        }
        Ok(vec![Relation::open(alias, Open { key, real: false })])
    }

    /// The row that an outer join puts where there is none.
    fn null_row(&mut self, factor: &TableFactor) -> Relation {
        let alias = match factor {
            TableFactor::Table { alias: Some(alias), .. }
            | TableFactor::Derived { alias: Some(alias), .. }
            | TableFactor::Function { alias: Some(alias), .. } => fold(&alias.name),
            TableFactor::Table { name, .. } => path(name).1,
            _ => String::new(),
        };
        Relation::of_nulls(&alias)
    }

    fn table_function(
        &mut self,
        name: &str,
        arguments: &[FunctionArg],
        alias: Option<&TableAlias>,
    ) -> Result<(Vec<Relation>, bool), Stop> {
        let mut values = Vec::new();
        for argument in arguments {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) = argument {
                values.push(self.evaluate(expression)?);
            }
        }
        let rows = match (name, &values[..]) {
            ("generate_series", [from, to]) if from.as_int().is_some() && to.as_int().is_some() => {
                let (from, to) = (from.as_int().unwrap_or(1), to.as_int().unwrap_or(0));
                let number = |n| Value::constant(Typed::new(Type::Int4, Datum::Int(n)));
                let numbers = (from..=to).take(MOST_ROWS + 1);
                let rows: Vec<_> = numbers.map(|n| vec![number(n)]).collect();
                Rows { exact: rows.len() <= MOST_ROWS, rows, names: vec![name.into()] }
            }
            ("unnest", [array]) => self.elements(array.clone())?,
            _ => {
                let written: Vec<String> = values.iter().map(Value::to_string).collect();
                self.any_rows(&format!("{name}({})", written.join(", ")))?
            }
        };
        Ok(relations(name, alias, rows))
    }

    fn elements(&mut self, array: Value) -> Result<Rows, Stop> {
        match self.known(array)? {
            Value::Array(items) => Ok(Rows {
                names: vec!["unnest".into()],
                rows: items.iter().take(MOST_ROWS).map(|item| vec![item.clone()]).collect(),
                exact: items.len() <= MOST_ROWS,
            }),
            Value::Null => Ok(Rows { exact: true, ..Rows::default() }),
            other => self.any_rows(&format!("unnest({other})")),
        }
    }
}

impl Rows {
    /// Each row as a relation of that name.
    fn relations(&self, alias: &str) -> (Vec<Relation>, bool) {
        let rows = self.rows.iter().map(|row| Relation {
            alias: alias.into(),
            columns: self.names.iter().cloned().zip(row.iter().cloned()).collect(),
            ..Relation::default()
        });
        (rows.collect(), self.exact)
    }
}

/// Rows as relations, under the names that an alias gives.
fn relations(name: &str, alias: Option<&TableAlias>, mut rows: Rows) -> (Vec<Relation>, bool) {
    rename_columns(&mut rows, alias);
    let name = alias.map_or_else(|| name.to_owned(), |alias| fold(&alias.name));
    rows.relations(&name)
}

/// Gives columns the names of an alias; the one column of a function takes the name of the alias.
pub(super) fn rename_columns(rows: &mut Rows, alias: Option<&TableAlias>) {
    let Some(alias) = alias else { return };
    for (name, column) in rows.names.iter_mut().zip(&alias.columns) {
        *name = fold(&column.name).into();
    }
    if let ([name], true) = (&mut rows.names[..], alias.columns.is_empty())
        && matches!(&**name, "unnest" | "generate_series")
    {
        *name = fold(&alias.name).into();
    }
}
