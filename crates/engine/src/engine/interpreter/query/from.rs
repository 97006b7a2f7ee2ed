//! FROM: relations, functions and subqueries, and how they are joined.

use std::sync::Arc;

use sqlparser::ast::{
    BinaryOperator, Expr, Join, JoinConstraint, JoinOperator, ObjectName, Select, TableAlias,
    TableFactor, TableWithJoins,
};

use super::catalog::{self, Hints};
use super::eval::Evaluator;
use super::rows::{Row, Rows};
use super::scope::{Ctes, Layout, Scope};
use super::value::Value;
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// The joined rows of FROM.
pub(super) struct Joined {
    pub(super) layout: Layout,
    pub(super) rows: Vec<Row>,
    /// What it depends on that not every row is certain.
    pub(super) why: Option<Arc<str>>,
}

/// Where a FROM stands: the rows around it, and what WHERE demands.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) outer: Option<&'p Scope<'p>>,
    pub(super) ctes: &'p Ctes,
    /// The conditions that every row of the result fulfils.
    conditions: &'p [&'p Expr],
    /// Those of them by which a row can be left out as soon as it has the columns.
    pub(super) filters: &'p [&'p Expr],
}

impl<'p> Place<'p> {
    /// The scope of a row.
    pub(super) fn scope<'s>(self, layout: &'s Layout, row: &'s [Value]) -> Scope<'s>
    where
        'p: 's,
    {
        Scope { layout, row, group: None, outer: self.outer, ctes: self.ctes }
    }
}

/// Which rows without a partner a join keeps.
#[derive(Clone, Copy, Default)]
pub(super) struct Keeps {
    pub(super) left: bool,
    pub(super) right: bool,
}

impl Evaluator<'_> {
    pub(super) fn from(
        &mut self,
        select: &Select,
        outer: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<Joined, Problem> {
        let mut conditions = Vec::new();
        if let Some(condition) = &select.selection {
            split_and(condition, &mut conditions);
        }
        // A RIGHT or FULL JOIN brings a row without a partner back.
        let filters = if keeps_right(select) { &[][..] } else { &conditions };
        let place = Place { outer, ctes, conditions: &conditions, filters };
        let mut joined =
            Joined { layout: Layout::default(), rows: vec![Row::certain(Vec::new())], why: None };
        for item in &select.from {
            joined = self.join_item(joined, item, place)?;
        }
        Ok(joined)
    }

    fn join_item(
        &mut self,
        left: Joined,
        item: &TableWithJoins,
        place: Place<'_>,
    ) -> Result<Joined, Problem> {
        let mut joined =
            self.join(left, &item.relation, &JoinConstraint::None, Keeps::default(), place)?;
        for Join { relation, join_operator, .. } in &item.joins {
            use JoinOperator as J;
            let (constraint, keeps) = match join_operator {
                J::Join(c) | J::Inner(c) | J::CrossJoin(c) => (c, Keeps::default()),
                J::Left(c) | J::LeftOuter(c) => (c, Keeps { left: true, right: false }),
                J::Right(c) | J::RightOuter(c) => (c, Keeps { left: false, right: true }),
                J::FullOuter(c) => (c, Keeps { left: true, right: true }),
                _ => return Err(Problem::gap("a join that is not interpreted", [])),
            };
            joined = self.join(joined, relation, constraint, keeps, place)?;
        }
        Ok(joined)
    }

    fn join(
        &mut self,
        left: Joined,
        factor: &TableFactor,
        constraint: &JoinConstraint,
        keeps: Keeps,
        place: Place<'_>,
    ) -> Result<Joined, Problem> {
        if is_lateral(factor) && !left.layout.columns.is_empty() {
            return self.join_lateral(left, factor, constraint, keeps, place);
        }
        let mut conditions = place.conditions.to_vec();
        if let JoinConstraint::On(condition) = constraint {
            split_and(condition, &mut conditions);
        }
        let right = self.factor(factor, Place { conditions: &conditions, ..place })?;
        self.combine(left, right, constraint, keeps, &conditions, place)
    }

    /// Joins an item that may refer to those before it, once for each row.
    fn join_lateral(
        &mut self,
        left: Joined,
        factor: &TableFactor,
        constraint: &JoinConstraint,
        keeps: Keeps,
        place: Place<'_>,
    ) -> Result<Joined, Problem> {
        let mut result: Option<Joined> = None;
        for row in left.rows {
            let single = Joined {
                layout: left.layout.clone(),
                rows: vec![row.clone()],
                why: left.why.clone(),
            };
            let scope = place.scope(&left.layout, &row.values);
            let inner = Place { outer: Some(&scope), ..place };
            let right = self.factor(factor, inner)?;
            let joined = self.combine(single, right, constraint, keeps, &[], place)?;
            match &mut result {
                Some(result) => {
                    result.rows.extend(joined.rows);
                    result.why = result.why.take().or(joined.why);
                }
                None => result = Some(joined),
            }
        }
        match result {
            Some(result) => Ok(result),
            None => {
                let values = vec![Value::Null; left.layout.columns.len()];
                let scope = place.scope(&left.layout, &values);
                self.run.doubts += 1;
                let right = self.factor(factor, Place { outer: Some(&scope), ..place });
                self.run.doubts -= 1;
                let mut layout = left.layout.clone();
                layout.extend(&right?.layout);
                Ok(Joined { layout, rows: Vec::new(), why: left.why })
            }
        }
    }

    fn factor(&mut self, factor: &TableFactor, place: Place<'_>) -> Result<Joined, Problem> {
        let (name, rows, alias) = match factor {
            TableFactor::Table { name, alias, args: None, with_ordinality: false, .. } => {
                (last_name(name), self.relation_rows(name, alias.as_ref(), place)?, alias)
            }
            TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } => {
                let rows = self.table_function(name, &args.args, *with_ordinality, place)?;
                (last_name(name), rows, alias)
            }
            TableFactor::Function { name, args, with_ordinality, alias, .. } => {
                let rows = self.table_function(name, args, *with_ordinality, place)?;
                (last_name(name), rows, alias)
            }
            TableFactor::UNNEST { alias, array_exprs, with_ordinality, .. } => {
                let mut arrays = Vec::new();
                for expr in array_exprs {
                    arrays.push(self.in_place(expr, place)?);
                }
                let mut rows = super::set_returning::unnest(&arrays);
                if *with_ordinality {
                    super::set_returning::number(&mut rows);
                }
                (Arc::from("unnest"), rows, alias)
            }
            TableFactor::Derived { subquery, alias, .. } => {
                (Arc::from("?subquery?"), self.run_query(subquery, place.outer, place.ctes)?, alias)
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                let empty = Joined {
                    layout: Layout::default(),
                    rows: vec![Row::certain(Vec::new())],
                    why: None,
                };
                return self.join_item(
                    empty,
                    table_with_joins,
                    Place { conditions: &[], filters: &[], ..place },
                );
            }
            _ => (Arc::from("?"), Rows::open("an item of FROM that is not interpreted"), &None),
        };
        Ok(named(name, rows, alias.as_ref()))
    }

    fn in_place(&mut self, expr: &Expr, place: Place<'_>) -> Result<Value, Problem> {
        let layout = Layout::default();
        let scope = place.scope(&layout, &[]);
        self.eval(expr, &scope)
    }

    fn table_function(
        &mut self,
        name: &ObjectName,
        args: &[sqlparser::ast::FunctionArg],
        ordinality: bool,
        place: Place<'_>,
    ) -> Result<Rows, Problem> {
        let layout = Layout::default();
        let scope = place.scope(&layout, &[]);
        let mut rows = self.function_rows(name, args, &scope)?;
        if ordinality {
            super::set_returning::number(&mut rows);
        }
        Ok(rows)
    }

    /// The rows of a CTE, a catalog relation, a table or a view.
    fn relation_rows(
        &mut self,
        name: &ObjectName,
        alias: Option<&TableAlias>,
        place: Place<'_>,
    ) -> Result<Rows, Problem> {
        if let [part] = name.0.as_slice()
            && let Some(ident) = part.as_ident()
            && let Some(rows) = place.ctes.get(&*names::stored(ident))
        {
            return Ok((**rows).clone());
        }
        let user = self.session.find_relation(name)?;
        if user.is_none()
            && let Some(relation) = catalog::relation(name)
        {
            if &*last_name(name) == "pg_publication_tables" && self.session.publishes_unknown() {
                return Ok(Rows::open("the tables of a publication"));
            }
            let shown = alias.map_or_else(|| last_name(name), |a| names::stored(&a.name).into());
            let hints = self.hints(&shown, place)?;
            let rows = catalog::rows(relation, self.session, &hints);
            self.run.spend(rows.rows.len())?;
            return Ok(rows);
        }
        let oid = match user {
            Some(oid) => oid,
            None if catalog::is_system(name) => return Ok(Rows::open(format!("{name}"))),
            None => self.session.queried_relation(name)?,
        };
        let relation = self.session.model.relation(oid)?;
        let columns = relation.columns.iter().map(|c| c.name.clone()).collect();
        let shown = self.session.model.relation_name(oid)?;
        Ok(Rows::unknown(columns, format!("rows of {shown}")))
    }

    /// What is demanded of single columns of a relation, so that not all of its rows need be made.
    fn hints(&mut self, alias: &str, place: Place<'_>) -> Result<Hints, Problem> {
        let mut hints = Hints::default();
        for condition in place.conditions {
            let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = condition else {
                continue;
            };
            for (column, constant) in [(left, right), (right, left)] {
                if let Some(column) = column_of(column, alias)
                    && self.is_constant(constant)
                    && let Ok(value) = self.in_place(constant, Place { outer: None, ..place })
                {
                    hints.add(&column, value);
                }
            }
        }
        Ok(hints)
    }

    /// Whether an expression is the same for each row.
    fn is_constant(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Value(_) => true,
            Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => self.is_constant(inner),
            Expr::Identifier(ident) => self.variables.variable(&[&names::stored(ident)]).is_some(),
            Expr::CompoundIdentifier(parts) => {
                let words: Vec<_> = parts.iter().map(names::stored).collect();
                let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
                self.variables.variable(&words).is_some()
            }
            _ => false,
        }
    }
}

/// The rows of one item of FROM under its alias.
fn named(name: Arc<str>, mut rows: Rows, alias: Option<&TableAlias>) -> Joined {
    let mut name = name;
    if let Some(alias) = alias {
        name = names::stored(&alias.name).into();
        // A function of one column takes the alias as the column's name.
        if alias.columns.is_empty()
            && rows.columns.len() == 1
            && rows.columns.first().is_some_and(|c| &**c == "?value?")
        {
            rows.columns = vec![name.clone()];
        }
        for (column, alias) in rows.columns.iter_mut().zip(&alias.columns) {
            *column = names::stored(&alias.name).into();
        }
    } else if rows.columns.first().is_some_and(|c| &**c == "?value?") {
        rows.columns = vec![name.clone()];
    }
    let mut layout = Layout::default();
    layout.push(name, &rows);
    Joined { layout, why: rows.why.clone(), rows: rows.rows }
}

fn last_name(name: &ObjectName) -> Arc<str> {
    Session::split_name(name).map_or_else(|_| Arc::from("?"), |(_, name)| name)
}

fn is_lateral(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Derived { lateral, .. } => *lateral,
        TableFactor::Table { args, .. } => args.is_some(),
        TableFactor::Function { .. } | TableFactor::UNNEST { .. } => true,
        _ => false,
    }
}

fn keeps_right(select: &Select) -> bool {
    use JoinOperator as J;
    select
        .from
        .iter()
        .flat_map(|item| &item.joins)
        .any(|join| matches!(join.join_operator, J::Right(_) | J::RightOuter(_) | J::FullOuter(_)))
}

fn split_and<'e>(condition: &'e Expr, into: &mut Vec<&'e Expr>) {
    let mut pending = vec![condition];
    while let Some(expr) = pending.pop() {
        match expr {
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                pending.extend([&**left, &**right])
            }
            Expr::Nested(inner) => pending.push(inner),
            other => into.push(other),
        }
    }
}

/// The column of a relation that an expression is, perhaps cast between texts.
fn column_of(expr: &Expr, alias: &str) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(names::stored(ident).into_owned()),
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [.., table, column] if names::stored(table) == alias => {
                Some(names::stored(column).into_owned())
            }
            _ => None,
        },
        Expr::Nested(inner) => column_of(inner, alias),
        _ => None,
    }
}
