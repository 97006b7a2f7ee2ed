//! The columns of whole queries, and the types of what is in their clauses (`analyze.c`).

use std::sync::Arc;

use sqlparser::ast::{
    Expr, GroupByExpr, Ident, JoinConstraint, LimitClause, ObjectName, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, TableWithJoins, Values, With,
};

use super::from::{all_columns, constraint, renamed};
use super::operand::{Operand, literal_as_text};
use super::place::Place;
use super::scope::{Columns, Cte, Frame, OutputColumn, Scopes};
use super::{Context, naming};
use crate::engine::interpreter::model::Oid;
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::SqlError;
use crate::pg_catalog::CastContext;

impl Context<'_> {
    /// The frame of a query: its common table expressions.
    pub(super) fn query_frame(&self, scopes: &Scopes, query: &Query) -> Frame {
        self.lenient().framed(scopes, query).unwrap_or_default()
    }

    fn framed(&self, scopes: &Scopes, query: &Query) -> Result<Frame, SqlError> {
        let mut inner = scopes.clone();
        inner.frames.push(Frame::default());
        if let Some(with) = &query.with {
            self.add_ctes(&mut inner, with)?;
        }
        Ok(inner.frames.pop().unwrap_or_default())
    }

    fn add_ctes(&self, scopes: &mut Scopes, with: &With) -> Result<(), SqlError> {
        for cte in &with.cte_tables {
            let name: Arc<str> = names::stored(&cte.alias.name).into();
            if with.recursive {
                // Inside itself it has the columns of its first branch.
                let first = first_branch(&cte.query.body);
                let columns = self.lenient().set_columns(scopes, first).unwrap_or_default();
                let columns = renamed(columns.map(text_for_literals), Some(&cte.alias));
                push_cte(scopes, Cte { name: name.clone(), columns });
            }
            let columns = renamed(self.analyzed(scopes, &cte.query)?, Some(&cte.alias));
            push_cte(scopes, Cte { name, columns });
        }
        Ok(())
    }

    /// The columns that a query returns; with checks an error where something in it has the wrong type.
    pub(super) fn analyzed(&self, scopes: &Scopes, query: &Query) -> Result<Columns, SqlError> {
        Ok(self.raw_columns(scopes, query)?.map(text_for_literals))
    }

    /// The same with literals that have no type yet.
    pub(super) fn raw_columns(&self, scopes: &Scopes, query: &Query) -> Result<Columns, SqlError> {
        let mut inner = scopes.clone();
        inner.frames.push(self.framed(scopes, query)?);
        let columns = self.set_columns(&inner, &query.body)?;
        if self.checking {
            self.check_tail(&inner, query)?;
        }
        Ok(columns)
    }

    fn set_columns(&self, scopes: &Scopes, body: &SetExpr) -> Result<Columns, SqlError> {
        match body {
            SetExpr::Select(select) => self.select_columns(scopes, select),
            SetExpr::Query(query) => self.raw_columns(scopes, query),
            SetExpr::SetOperation { left, right, op, .. } => {
                let construct = op.to_string();
                let left_columns = self.set_columns(scopes, left)?;
                let right_columns = self.set_columns(scopes, right)?;
                let literals = (select_items(left), select_items(right));
                self.united(&construct, left_columns, right_columns, literals)
            }
            SetExpr::Values(values) => self.values_columns(scopes, values),
            SetExpr::Table(table) => {
                let names = [&table.schema_name, &table.table_name];
                let parts: Vec<Ident> = names.into_iter().flatten().cloned().collect();
                Ok(self.relation_columns(scopes, &ObjectName::from(parts)))
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => {
                if self.checking {
                    self.check_statement(scopes, statement)?;
                }
                Ok(None)
            }
        }
    }

    /// The columns of VALUES.
    fn values_columns(&self, scopes: &Scopes, values: &Values) -> Result<Columns, SqlError> {
        let Some(first) = values.rows.first() else { return Ok(None) };
        let mut columns = Vec::with_capacity(first.content.len());
        for i in 0..first.content.len() {
            let mut operands = Vec::with_capacity(values.rows.len());
            for row in &values.rows {
                let Some(value) =
                    row.content.get(i).filter(|_| row.content.len() == first.content.len())
                else {
                    let message = "VALUES lists must all be the same length";
                    return self.tolerate(Err(SqlError::new("42601", message)));
                };
                let data_type = self.tolerate(self.value_type(scopes, value))?;
                operands.push(Operand { expr: Some(value), data_type });
            }
            columns.push(OutputColumn {
                name: format!("column{}", i + 1).into(),
                data_type: self.tolerate(self.common(&operands, "VALUES"))?,
                origin: None,
            });
        }
        Ok(Some(columns.into()))
    }

    /// The columns of UNION and its kin, which the left side names.
    fn united(
        &self,
        construct: &str,
        left: Columns,
        right: Columns,
        items: (Option<&[SelectItem]>, Option<&[SelectItem]>),
    ) -> Result<Columns, SqlError> {
        let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
        if left.len() != right.len() {
            let message = format!("each {construct} query must have the same number of columns");
            return self.tolerate(Err(SqlError::new("42601", message)));
        }
        let literal = |items: Option<&'_ [SelectItem]>, i: usize| {
            items.and_then(|items| match items.get(i) {
                Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => {
                    Some(expr.clone())
                }
                _ => None,
            })
        };
        let mut columns = Vec::with_capacity(left.len());
        for (i, (left, right)) in left.iter().zip(&*right).enumerate() {
            let (one, other) = (literal(items.0, i), literal(items.1, i));
            let operands = [
                Operand { expr: one.as_ref(), data_type: left.data_type.clone() },
                Operand { expr: other.as_ref(), data_type: right.data_type.clone() },
            ];
            let data_type = self.tolerate(self.common(&operands, construct))?;
            columns.push(OutputColumn { name: left.name.clone(), data_type, origin: None });
        }
        Ok(Some(columns.into()))
    }

    /// A result, or without checks what stands for one that could not be told.
    pub(super) fn tolerate<T: Default>(&self, result: Result<T, SqlError>) -> Result<T, SqlError> {
        if self.checking { result } else { Ok(result.unwrap_or_default()) }
    }

    fn select_columns(&self, scopes: &Scopes, select: &Select) -> Result<Columns, SqlError> {
        let mut inner = scopes.clone();
        let sources = self.sourced(scopes, &select.from)?;
        inner.frames.push(Frame { ctes: Vec::new(), sources });
        if self.checking {
            self.check_joins(&inner, &select.from)?;
        }
        let mut columns = Some(Vec::new());
        for item in &select.projection {
            let added = match item {
                SelectItem::UnnamedExpr(expr) => {
                    Some(vec![self.output(&inner, expr, naming::output_name(expr))?])
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    Some(vec![self.output(&inner, expr, names::stored(alias).into())?])
                }
                SelectItem::Wildcard(_) => all_columns(&inner, &select.from),
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => named_columns(&inner, name),
                SelectItem::QualifiedWildcard(..) | SelectItem::ExprWithAliases { .. } => None,
            };
            columns = columns.zip(added).map(|(mut columns, added)| {
                columns.extend(added);
                columns
            });
        }
        if self.checking {
            self.check_select(&inner, select)?;
        }
        Ok(columns.map(Into::into))
    }

    fn output(
        &self,
        scopes: &Scopes,
        expr: &Expr,
        name: Arc<str>,
    ) -> Result<OutputColumn, SqlError> {
        let data_type = self.tolerate(self.value_type(scopes, expr))?;
        Ok(OutputColumn { name, data_type, origin: None })
    }

    /// The conditions of joins.
    fn check_joins(&self, scopes: &Scopes, from: &[TableWithJoins]) -> Result<(), SqlError> {
        let at = self.at(Place::Join);
        for join in from.iter().flat_map(|item| &item.joins) {
            if let Some(JoinConstraint::On(condition)) = constraint(&join.join_operator) {
                at.placed_type(scopes, condition)?;
            }
        }
        Ok(())
    }

    /// The clauses of a SELECT behind its columns.
    fn check_select(&self, scopes: &Scopes, select: &Select) -> Result<(), SqlError> {
        if let Some(condition) = &select.selection {
            self.at(Place::Where).placed_type(scopes, condition)?;
        }
        if let Some(condition) = &select.having {
            self.at(Place::Having).placed_type(scopes, condition)?;
        }
        if let GroupByExpr::Expressions(keys, _) = &select.group_by {
            // An output column may be named here.
            for key in keys {
                self.value_type(scopes, key)?;
            }
        }
        Ok(())
    }

    /// What follows the SELECTs of a query.
    fn check_tail(&self, scopes: &Scopes, query: &Query) -> Result<(), SqlError> {
        let numbers: Vec<&Expr> = match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                limit.iter().chain(offset.iter().map(|offset| &offset.value)).collect()
            }
            _ => Vec::new(),
        };
        for number in numbers {
            let Some(found) = self.at(Place::Limit).value_type(scopes, number)? else { continue };
            if found.oid == Oid::UNKNOWN {
                self.give(number, Oid::INT8)?;
            } else if !self.is_opaque(found.oid)
                && !self.can_coerce(found.oid, Oid::INT8, CastContext::Assignment)
                && !self.session.has_user_casts
            {
                let message = format!(
                    "argument of LIMIT must be type bigint, not type {}",
                    self.spelled(found.oid)
                );
                return Err(SqlError::new("42804", message));
            }
        }
        Ok(())
    }
}

/// Literals of which nothing told the type are text in what a query returns.
fn text_for_literals(columns: Arc<[OutputColumn]>) -> Arc<[OutputColumn]> {
    let is_literal = |c: &OutputColumn| c.data_type.as_ref().is_some_and(|t| t.oid == Oid::UNKNOWN);
    if !columns.iter().any(is_literal) {
        return columns;
    }
    columns
        .iter()
        .map(|column| OutputColumn {
            data_type: column.data_type.clone().map(literal_as_text),
            ..column.clone()
        })
        .collect()
}

/// What `alias.*` stands for.
fn named_columns(scopes: &Scopes, name: &ObjectName) -> Option<Vec<OutputColumn>> {
    let alias = names::stored(name.0.last()?.as_ident()?);
    let source = scopes.source(None, &alias)?;
    Some(source.columns.as_ref()?.to_vec())
}

/// The columns of a SELECT, where it is one.
fn select_items(body: &SetExpr) -> Option<&[SelectItem]> {
    match body {
        SetExpr::Select(select) => Some(&select.projection),
        _ => None,
    }
}

fn push_cte(scopes: &mut Scopes, cte: Cte) {
    if let Some(frame) = scopes.innermost() {
        frame.ctes.push(cte);
    }
}

fn first_branch(body: &SetExpr) -> &SetExpr {
    match body {
        SetExpr::SetOperation { left, .. } => first_branch(left),
        other => other,
    }
}
