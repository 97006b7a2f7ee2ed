//! FROM: relations, functions and subqueries, and how they are joined.

use std::sync::Arc;

use sqlparser::ast::{
    BinaryOperator, Expr, Join, JoinConstraint, JoinOperator, ObjectName, Select, TableAlias,
    TableFactor, TableWithJoins,
};

use super::catalog::{self, Hints};
use super::eval::Evaluator;
use super::join_index::Index;
use super::rows::{Presence, Row, Rows};
use super::scope::{Ctes, Found, Layout, Scope};
use super::value::{Truth, Value};
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
struct Place<'p> {
    outer: Option<&'p Scope<'p>>,
    ctes: &'p Ctes,
    /// The conditions that every row of the result fulfils.
    conditions: &'p [&'p Expr],
}

/// Which rows without a partner a join keeps.
#[derive(Clone, Copy, Default)]
struct Keeps {
    left: bool,
    right: bool,
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
        let place = Place { outer, ctes, conditions: &conditions };
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
            let scope = Scope {
                layout: &left.layout,
                row: &row.values,
                group: None,
                outer: place.outer,
                ctes: place.ctes,
            };
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
                let scope = Scope {
                    layout: &left.layout,
                    row: &values,
                    group: None,
                    outer: place.outer,
                    ctes: place.ctes,
                };
                self.run.doubts += 1;
                let right = self.factor(factor, Place { outer: Some(&scope), ..place });
                self.run.doubts -= 1;
                let mut layout = left.layout.clone();
                layout.extend(&right?.layout);
                Ok(Joined { layout, rows: Vec::new(), why: left.why })
            }
        }
    }

    fn combine(
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
        let mut rows = Vec::new();
        let mut matched = vec![false; right.rows.len()];
        for row in &left.rows {
            let mut partner = Truth::False;
            for at in index.candidates(row, right.rows.len()) {
                let Some(other) = right.rows.get(at) else { continue };
                self.run.step()?;
                let values = [row.values.as_slice(), &other.values].concat();
                let mut joined = Row { values, presence: row.presence.max(other.presence) };
                let scope = Scope {
                    layout: &layout,
                    row: &joined.values,
                    group: None,
                    outer: place.outer,
                    ctes: place.ctes,
                };
                let truth = match constraint {
                    JoinConstraint::On(condition) => {
                        let doubtful = joined.presence != Presence::Certain;
                        let value = self.eval_if(doubtful, condition, &scope)?;
                        if value.truth() == Truth::Unknown {
                            why.get_or_insert_with(|| super::eval::why(&[&value]));
                        }
                        value.truth()
                    }
                    _ => equal_columns(&shared, row, other)?,
                };
                match truth {
                    Truth::True => {}
                    Truth::Unknown => joined = joined.doubted(),
                    Truth::False | Truth::Null => continue,
                }
                let certain = truth == Truth::True && other.presence == Presence::Certain;
                partner = partner.or(if certain { Truth::True } else { Truth::Unknown });
                if let Some(matched) = matched.get_mut(at)
                    && truth == Truth::True
                    && row.presence == Presence::Certain
                {
                    *matched = true;
                }
                rows.push(joined);
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
                return self.join_item(empty, table_with_joins, Place { conditions: &[], ..place });
            }
            _ => (Arc::from("?"), Rows::open("an item of FROM that is not interpreted"), &None),
        };
        Ok(named(name, rows, alias.as_ref()))
    }

    fn in_place(&mut self, expr: &Expr, place: Place<'_>) -> Result<Value, Problem> {
        let layout = Layout::default();
        let scope =
            Scope { layout: &layout, row: &[], group: None, outer: place.outer, ctes: place.ctes };
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
        let scope =
            Scope { layout: &layout, row: &[], group: None, outer: place.outer, ctes: place.ctes };
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
            let shown = alias.map_or_else(|| last_name(name), |a| names::stored(&a.name).into());
            let hints = self.hints(&shown, place)?;
            return Ok(catalog::rows(relation, self.session, &hints));
        }
        let oid = match user {
            Some(oid) => oid,
            None if catalog::is_system(name) => return Ok(Rows::open(format!("{name}"))),
            None => self.session.relation(name)?,
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

fn equal_columns(pairs: &[(usize, usize)], left: &Row, right: &Row) -> Result<Truth, Problem> {
    let mut truth = Truth::True;
    for (a, b) in pairs {
        if let (Some(a), Some(b)) = (left.values.get(*a), right.values.get(*b)) {
            truth = truth.and(super::operators::apply(&BinaryOperator::Eq, a, b)?.truth());
        }
    }
    Ok(truth)
}
