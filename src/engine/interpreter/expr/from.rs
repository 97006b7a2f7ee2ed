//! The columns of FROM items and of whole queries.

use std::sync::Arc;

use sqlparser::ast::{
    Expr, Ident, JoinConstraint, JoinOperator, ObjectName, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, TableAlias, TableFactor, TableWithJoins, With,
};

use super::scope::{Columns, Cte, Frame, OutputColumn, Scopes, Source, columns_of};
use super::{Context, infer};
use crate::engine::interpreter::names;

impl Context<'_> {
    /// The frame of a query: its common table expressions.
    pub(super) fn query_frame(&self, scopes: &Scopes, query: &Query) -> Frame {
        let mut inner = scopes.clone();
        inner.frames.push(Frame::default());
        if let Some(with) = &query.with {
            self.add_ctes(&mut inner, with);
        }
        inner.frames.pop().unwrap_or_default()
    }

    fn add_ctes(&self, scopes: &mut Scopes, with: &With) {
        for cte in &with.cte_tables {
            let name: Arc<str> = names::stored(&cte.alias.name).into();
            if with.recursive {
                // Inside itself it has the columns of its first branch.
                let first = first_branch(&cte.query.body);
                let columns = self.set_columns(scopes, first);
                let columns = renamed(columns, Some(&cte.alias));
                push_cte(scopes, Cte { name: name.clone(), columns });
            }
            let columns = renamed(self.query_columns(scopes, &cte.query), Some(&cte.alias));
            push_cte(scopes, Cte { name, columns });
        }
    }

    /// The columns that a query returns.
    pub(super) fn query_columns(&self, scopes: &Scopes, query: &Query) -> Columns {
        let mut inner = scopes.clone();
        inner.frames.push(self.query_frame(scopes, query));
        self.set_columns(&inner, &query.body)
    }

    fn set_columns(&self, scopes: &Scopes, body: &SetExpr) -> Columns {
        match body {
            SetExpr::Select(select) => self.select_columns(scopes, select),
            SetExpr::Query(query) => self.query_columns(scopes, query),
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.set_columns(scopes, left)?;
                let right = self.set_columns(scopes, right);
                Some(self.united(&left, right.as_deref()))
            }
            SetExpr::Values(values) => {
                let row = values.rows.first()?;
                let columns = row.iter().enumerate().map(|(i, value)| OutputColumn {
                    name: format!("column{}", i + 1).into(),
                    data_type: infer::value_type(self, scopes, value),
                    origin: None,
                });
                Some(columns.collect())
            }
            SetExpr::Table(table) => {
                let names = [&table.schema_name, &table.table_name];
                let parts: Vec<Ident> = names.into_iter().flatten().cloned().collect();
                self.relation_columns(scopes, &ObjectName::from(parts))
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                None
            }
        }
    }

    /// The columns of UNION and its kin: named by the left side; a literal takes the other's type.
    fn united(&self, left: &[OutputColumn], right: Option<&[OutputColumn]>) -> Arc<[OutputColumn]> {
        left.iter()
            .enumerate()
            .map(|(i, column)| {
                let other = right.and_then(|r| r.get(i)).and_then(|c| c.data_type.clone());
                OutputColumn {
                    name: column.name.clone(),
                    data_type: infer::common_type(column.data_type.clone(), other),
                    origin: None,
                }
            })
            .collect()
    }

    fn select_columns(&self, scopes: &Scopes, select: &Select) -> Columns {
        let mut inner = scopes.clone();
        inner.frames.push(Frame { ctes: Vec::new(), sources: self.sources(scopes, &select.from) });
        let mut columns = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    columns.push(self.output(&inner, expr, infer::output_name(expr)));
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    columns.push(self.output(&inner, expr, names::stored(alias).into()));
                }
                SelectItem::Wildcard(_) => {
                    columns.extend(all_columns(&inner, &select.from)?);
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let alias = names::stored(name.0.last()?.as_ident()?).into_owned();
                    let source = inner.source(None, &alias)?;
                    columns.extend(source.columns.as_ref()?.iter().cloned());
                }
                SelectItem::QualifiedWildcard(..) | SelectItem::ExprWithAliases { .. } => {
                    return None;
                }
            }
        }
        Some(columns.into())
    }

    fn output(&self, scopes: &Scopes, expr: &Expr, name: Arc<str>) -> OutputColumn {
        OutputColumn { name, data_type: infer::output_type(self, scopes, expr), origin: None }
    }

    /// The sources of a FROM clause.
    pub(super) fn sources(&self, scopes: &Scopes, from: &[TableWithJoins]) -> Vec<Source> {
        let mut inner = scopes.clone();
        inner.frames.push(Frame::default());
        for item in from {
            self.add_joined(&mut inner, item);
        }
        inner.frames.pop().map(|frame| frame.sources).unwrap_or_default()
    }

    fn add_joined(&self, scopes: &mut Scopes, item: &TableWithJoins) {
        self.add_source(scopes, &item.relation);
        for join in &item.joins {
            self.add_source(scopes, &join.relation);
        }
    }

    fn add_source(&self, scopes: &mut Scopes, factor: &TableFactor) {
        if let TableFactor::NestedJoin { table_with_joins, alias: None } = factor {
            return self.add_joined(scopes, table_with_joins);
        }
        let source = self.source_of(scopes, factor);
        if let Some(frame) = scopes.innermost() {
            frame.sources.push(source);
        }
    }

    fn source_of(&self, scopes: &Scopes, factor: &TableFactor) -> Source {
        match factor {
            TableFactor::Table { name, alias, args: None, with_ordinality: false, .. } => {
                self.table_source(scopes, name, alias.as_ref())
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let columns = self.query_columns(scopes, subquery);
                unnamed(alias.as_ref(), "", renamed(columns, alias.as_ref()))
            }
            TableFactor::Table { name, alias, with_ordinality, .. }
            | TableFactor::Function { name, alias, with_ordinality, .. } => {
                self.function_source(name, alias.as_ref(), *with_ordinality)
            }
            TableFactor::UNNEST { alias, with_ordinality, array_exprs, .. } => {
                let types = array_exprs.iter().map(|e| infer::element_type(self, scopes, e));
                let types: Vec<_> = types.collect();
                let single = if let [one] = types.as_slice() { one.clone() } else { None };
                if types.len() > 1 {
                    return unnamed(alias.as_ref(), "unnest", None);
                }
                function_row(alias.as_ref(), "unnest", single, *with_ordinality)
            }
            TableFactor::NestedJoin { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::JsonTable { alias, .. }
            | TableFactor::XmlTable { alias, .. } => unnamed(alias.as_ref(), "", None),
            _ => unnamed(None, "", None),
        }
    }

    fn table_source(
        &self,
        scopes: &Scopes,
        name: &ObjectName,
        alias: Option<&TableAlias>,
    ) -> Source {
        let parts: Vec<String> = name
            .0
            .iter()
            .filter_map(|p| p.as_ident())
            .map(|i| names::stored(i).into_owned())
            .collect();
        let own_name = parts.last().map_or("", String::as_str);
        if let ([only], Some(cte)) = (parts.as_slice(), scopes.cte(own_name)) {
            return unnamed(alias, only, renamed(cte.columns.clone(), alias));
        }
        let relation = self.session.find_relation(name).ok().flatten();
        let columns =
            relation.and_then(|oid| columns_of(oid, self.session.model.relation(oid).ok()?));
        let schema = relation
            .and_then(|oid| self.session.model.relation_name(oid).ok())
            .filter(|_| alias.is_none())
            .map(|name| name.schema.into());
        Source {
            schema,
            relation,
            follows_name: alias.is_none(),
            ..unnamed(alias, own_name, renamed(columns, alias))
        }
    }

    /// The columns of a relation or common table expression.
    fn relation_columns(&self, scopes: &Scopes, name: &ObjectName) -> Columns {
        self.table_source(scopes, name, None).columns
    }

    fn function_source(
        &self,
        name: &ObjectName,
        alias: Option<&TableAlias>,
        with_ordinality: bool,
    ) -> Source {
        let own_name = name
            .0
            .last()
            .and_then(|p| p.as_ident())
            .map(|i| names::stored(i).into_owned())
            .unwrap_or_default();
        match self.rows_of_function(name) {
            super::function::Rows::Scalar(data_type) => {
                function_row(alias, &own_name, data_type, with_ordinality)
            }
            super::function::Rows::Columns(columns) if !with_ordinality => {
                unnamed(alias, &own_name, renamed(Some(columns), alias))
            }
            _ => match alias {
                // A list of column definitions tells the columns of a record.
                Some(alias) if !alias.columns.is_empty() && !with_ordinality => {
                    let columns = alias.columns.iter().map(|column| OutputColumn {
                        name: names::stored(&column.name).into(),
                        data_type: column
                            .data_type
                            .as_ref()
                            .and_then(|t| self.session.resolve_type(t).ok()),
                        origin: None,
                    });
                    unnamed(Some(alias), &own_name, Some(columns.collect()))
                }
                _ => unnamed(alias, &own_name, None),
            },
        }
    }
}

/// The one column of a function that returns a scalar: named by the alias.
fn function_row(
    alias: Option<&TableAlias>,
    function: &str,
    data_type: Option<crate::engine::interpreter::model::TypeRef>,
    with_ordinality: bool,
) -> Source {
    use crate::engine::interpreter::model::{Oid, TypeRef};
    let name = alias.map_or_else(|| function.into(), |a| names::stored(&a.name));
    let mut columns = vec![OutputColumn { name: Arc::from(&*name), data_type, origin: None }];
    if with_ordinality {
        columns.push(OutputColumn {
            name: "ordinality".into(),
            data_type: Some(TypeRef::plain(Oid::INT8)),
            origin: None,
        });
    }
    unnamed(alias, function, renamed(Some(columns.into()), alias))
}

/// A source that is no relation.
fn unnamed(alias: Option<&TableAlias>, name: &str, columns: Columns) -> Source {
    Source {
        alias: alias.map_or_else(|| name.into(), |a| names::stored(&a.name)).into(),
        schema: None,
        relation: None,
        follows_name: false,
        columns,
        qualified: false,
    }
}

/// Columns under the names that an alias gives to the first of them.
fn renamed(columns: Columns, alias: Option<&TableAlias>) -> Columns {
    let columns = columns?;
    let Some(alias) = alias.filter(|a| !a.columns.is_empty()) else { return Some(columns) };
    let named = columns.iter().enumerate().map(|(i, column)| match alias.columns.get(i) {
        Some(new) => OutputColumn { name: names::stored(&new.name).into(), ..column.clone() },
        None => column.clone(),
    });
    Some(named.collect())
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

/// What `*` stands for: the columns of all sources, those of USING once and first.
pub(super) fn all_columns(scopes: &Scopes, from: &[TableWithJoins]) -> Option<Vec<OutputColumn>> {
    let sources = &scopes.frames.last()?.sources;
    let mut merged: Vec<String> = Vec::new();
    for join in from.iter().flat_map(|item| &item.joins) {
        match constraint(&join.join_operator) {
            Some(JoinConstraint::Using(columns)) => {
                let idents = columns.iter().filter_map(|c| c.0.last()?.as_ident());
                merged.extend(idents.map(|i| names::stored(i).into_owned()));
            }
            Some(JoinConstraint::Natural) => return None,
            _ => {}
        }
    }
    let mut columns = Vec::new();
    for name in &merged {
        let first = sources.iter().find_map(|s| s.column(name));
        columns.push(first?.clone());
    }
    for source in sources {
        let rest = source.columns.as_ref()?.iter();
        columns.extend(rest.filter(|c| !merged.iter().any(|m| **m == *c.name)).cloned());
    }
    Some(columns)
}

/// What a join matches rows by.
pub(super) fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(c)
        | JoinOperator::Inner(c)
        | JoinOperator::Left(c)
        | JoinOperator::LeftOuter(c)
        | JoinOperator::Right(c)
        | JoinOperator::RightOuter(c)
        | JoinOperator::FullOuter(c)
        | JoinOperator::CrossJoin(c) => Some(c),
        _ => None,
    }
}
