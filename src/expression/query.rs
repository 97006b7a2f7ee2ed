//! Subqueries. What is in a table is not known: a table yields no row or some row, whichever way is
//! gone; what is computed from constants yields its rows.

use std::sync::Arc;

use sqlparser::ast::{
    Distinct, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Join,
    JoinConstraint, JoinOperator, LimitClause, Query, Select, SelectItem, SetExpr, SetOperator,
    TableAlias, TableFactor, TableWithJoins,
};

use super::evaluate::{Evaluator, fold};
use super::function::path;
use super::scope::Relation;
use super::trail::Stop;
use super::value::{Kind, Range, Symbol, Value};
use crate::catalog::ObjectName;

/// How many rows of one relation are looked at.
const MOST_ROWS: usize = 32;

/// How many rows an aggregate is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aggregated {
    rows: usize,
    /// Exactly so many; otherwise at least so many, if any.
    exact: bool,
}

/// Rows with the names of their columns.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    names: Vec<Arc<str>>,
    rows: Vec<Vec<Value>>,
    /// There are no further rows, and none of these may be missing.
    exact: bool,
}

impl Evaluator<'_> {
    /// Whether a query yields a row.
    pub(super) fn exists(&mut self, query: &Query) -> Result<bool, Stop> {
        Ok(!self.query(query)?.rows.is_empty())
    }

    /// The one value of a query, NULL where it yields no row.
    pub(super) fn scalar(&mut self, query: &Query) -> Result<Value, Stop> {
        let mut rows = self.query(query)?.rows.into_iter();
        Ok(rows.next().and_then(|row| row.into_iter().next()).unwrap_or(Value::Null))
    }

    /// The values of a query's first column, or its rows where it has several.
    pub(super) fn column_of_query(&mut self, query: &Query) -> Result<Vec<Value>, Stop> {
        let rows = self.query(query)?.rows.into_iter();
        Ok(rows
            .map(|mut row| if row.len() == 1 { row.remove(0) } else { Value::Row(row.into()) })
            .collect())
    }

    fn query(&mut self, query: &Query) -> Result<Rows, Stop> {
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
            && let Value::Number(skipped) = self.evaluate(offset)?
            && rows.exact
        {
            rows.rows.drain(..(skipped.max(0.0) as usize).min(rows.rows.len()));
        }
        if let Some(limit) = limit
            && let Value::Number(most) = self.evaluate(limit)?
        {
            rows.rows.truncate(most.max(0.0) as usize);
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
    fn any_rows(&mut self, what: &str) -> Result<Rows, Stop> {
        let key = format!("{}{what}", self.call);
        let mut rows = Rows::default();
        if self.trail.decide(format!("row: {key}"), 2, false)? == 1 {
            rows.rows.push(vec![Value::Unknown(Symbol::nullable(key, Kind::Other))]);
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
                if self.with(&relations, |evaluator| evaluator.condition(condition))? == Some(true)
                {
                    kept.push(relations);
                }
            }
            matching = kept;
        }
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
                        let key = format!("{}having {select}", evaluator.call);
                        Some(evaluator.trail.decide(key, 2, false)? == 1)
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
    fn with<T>(
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
                        true => self.anything(expr),
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

    /// The rows of a relation of FROM with its joins, beside each of the rows so far.
    fn from(
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
                for pair in pairs {
                    if self.joins(&pair, constraint)? {
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
                Ok(self.with(pair, |evaluator| evaluator.condition(condition))? == Some(true))
            }
            JoinConstraint::None => Ok(true),
            other => {
                let key = format!("{}join {other:?}", self.call);
                Ok(self.trail.decide(key, 2, false)? == 1)
            }
        }
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
                    _ => self.anything(factor),
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
        let catalog = self.surroundings.catalog;
        let qualified = ObjectName::new(if schema.is_empty() { "public" } else { schema }, name);
        let key = format!("{}{qualified} {alias}", self.call);
        // The catalog of a server is never empty.
        let system = matches!(schema, "pg_catalog" | "information_schema")
            || schema.is_empty() && name.starts_with("pg_");
        if !system && self.trail.decide(format!("row: {key}"), 2, false)? == 0 {
            return Ok((Vec::new(), false));
        }
        let row = match catalog.table(&qualified) {
            Some(table) => Relation::of_table(catalog, table, alias, &key),
            None => Relation {
                alias: alias.into(),
                columns: Vec::new(),
                open: Some(key.into()),
                nulls: false,
            },
        };
        Ok((vec![row], false))
    }

    fn some_row(&mut self, alias: &str, what: &str) -> Result<Vec<Relation>, Stop> {
        let key = format!("{}{what}", self.call);
        if self.trail.decide(format!("row: {key}"), 2, false)? == 0 {
            return Ok(Vec::new());
        }
        Ok(vec![Relation {
            alias: alias.into(),
            columns: Vec::new(),
            open: Some(key.into()),
            nulls: false,
        }])
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
            ("generate_series", [Value::Number(from), Value::Number(to)]) => {
                let numbers = std::iter::successors(Some(*from), |number| Some(number + 1.0))
                    .take_while(|number| number <= to);
                let rows: Vec<_> =
                    numbers.take(MOST_ROWS + 1).map(|n| vec![Value::Number(n)]).collect();
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

    /// The value of an aggregate function, where a query that aggregates is at hand.
    pub(super) fn aggregate(
        &mut self,
        name: &str,
        function: &Function,
    ) -> Result<Option<Value>, Stop> {
        let Some(Aggregated { rows, exact }) = self.aggregated.filter(|_| is_aggregate(name))
        else {
            return Ok(None);
        };
        let plain = function.filter.is_none()
            && matches!(&function.args, FunctionArguments::List(list)
                if list.duplicate_treatment.is_none()
                    && matches!(list.args[..], [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]));
        Ok(Some(match (name, rows) {
            ("count", 0) => Value::Number(0.0),
            ("count", rows) if exact && plain => Value::Number(rows as f64),
            ("count", _) => {
                let low = if plain { 1.0 } else { 0.0 };
                let kind = Kind::Number(Range { low, ..Range::COUNT });
                Value::Unknown(Symbol::new(format!("{}{function}", self.call), kind))
            }
            (_, 0) => Value::Null,
            ("bool_or" | "bool_and" | "every" | "min" | "max", _) => {
                match self.constant_argument(function)? {
                    Some(constant) => constant,
                    None => self.anything(function),
                }
            }
            _ => self.anything(function),
        }))
    }
}

impl Evaluator<'_> {
    /// The argument of a call, if it has just one and that is the same for every row.
    fn constant_argument(&mut self, function: &Function) -> Result<Option<Value>, Stop> {
        let FunctionArguments::List(list) = &function.args else { return Ok(None) };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = &list.args[..] else {
            return Ok(None);
        };
        let value = self.evaluate(argument)?;
        Ok((function.filter.is_none() && value.is_constant()).then_some(value))
    }
}

impl Rows {
    /// Each row as a relation of that name.
    fn relations(&self, alias: &str) -> (Vec<Relation>, bool) {
        let rows = self.rows.iter().map(|row| Relation {
            alias: alias.into(),
            columns: self.names.iter().cloned().zip(row.iter().cloned()).collect(),
            open: None,
            nulls: false,
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
fn rename_columns(rows: &mut Rows, alias: Option<&TableAlias>) {
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

fn is_aggregate(name: &str) -> bool {
    matches!(
        name,
        "count"
            | "sum"
            | "avg"
            | "min"
            | "max"
            | "bool_and"
            | "bool_or"
            | "every"
            | "array_agg"
            | "string_agg"
            | "json_agg"
            | "jsonb_agg"
            | "json_object_agg"
            | "jsonb_object_agg"
    )
}

/// Whether an item of a SELECT list holds an aggregate function of its own query.
fn item_aggregates(item: &SelectItem) -> bool {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
        return false;
    };
    aggregates(expr)
}

fn aggregates(expr: &Expr) -> bool {
    match expr {
        Expr::Function(function) if is_aggregate(&path(&function.name).1) => true,
        Expr::Function(function) => match &function.args {
            FunctionArguments::List(list) => list.args.iter().any(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => aggregates(expr),
                _ => false,
            }),
            _ => false,
        },
        Expr::BinaryOp { left, right, .. } => aggregates(left) || aggregates(right),
        Expr::UnaryOp { expr, .. }
        | Expr::Nested(expr)
        | Expr::Cast { expr, .. }
        | Expr::IsNull(expr)
        | Expr::IsNotNull(expr)
        | Expr::IsTrue(expr)
        | Expr::IsNotTrue(expr) => aggregates(expr),
        _ => false,
    }
}
