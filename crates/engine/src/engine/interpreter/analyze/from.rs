//! The columns of FROM items.

use std::sync::Arc;

use sqlparser::ast::{
    FunctionArg, FunctionArgExpr, JoinConstraint, JoinOperator, ObjectName, TableAlias,
    TableFactor, TableWithJoins,
};

use super::Context;
use super::scope::{Columns, Frame, OutputColumn, Scopes, Source, columns_of};
use crate::engine::interpreter::model::{Oid, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::SqlError;

impl Context<'_> {
    /// The sources of a FROM clause, as far as they can be told.
    pub(super) fn sources(&self, scopes: &Scopes, from: &[TableWithJoins]) -> Vec<Source> {
        self.lenient().sourced(scopes, from).unwrap_or_default()
    }

    /// The sources of a FROM clause.
    pub(super) fn sourced(
        &self,
        scopes: &Scopes,
        from: &[TableWithJoins],
    ) -> Result<Vec<Source>, SqlError> {
        let mut inner = scopes.clone();
        inner.frames.push(Frame::default());
        for item in from {
            self.add_joined(&mut inner, item)?;
        }
        Ok(inner.frames.pop().map(|frame| frame.sources).unwrap_or_default())
    }

    fn add_joined(&self, scopes: &mut Scopes, item: &TableWithJoins) -> Result<(), SqlError> {
        self.add_source(scopes, &item.relation)?;
        item.joins.iter().try_for_each(|join| self.add_source(scopes, &join.relation))
    }

    fn add_source(&self, scopes: &mut Scopes, factor: &TableFactor) -> Result<(), SqlError> {
        if let TableFactor::NestedJoin { table_with_joins, alias: None } = factor {
            return self.add_joined(scopes, table_with_joins);
        }
        let source = self.source_of(scopes, factor)?;
        if let Some(frame) = scopes.innermost() {
            frame.sources.push(source);
        }
        Ok(())
    }

    fn source_of(&self, scopes: &Scopes, factor: &TableFactor) -> Result<Source, SqlError> {
        Ok(match factor {
            TableFactor::Table { name, alias, args: None, with_ordinality: false, .. } => {
                self.table_source(scopes, name, alias.as_ref())
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let columns = self.inside().analyzed(scopes, subquery)?;
                unnamed(alias.as_ref(), "", renamed(columns, alias.as_ref()))
            }
            TableFactor::Table { name, alias, with_ordinality, args, .. } => {
                let given = args.as_ref().map(|args| args.args.as_slice()).unwrap_or_default();
                let given = self.tolerate(self.argument_types(scopes, given))?;
                self.function_source(name, given, alias.as_ref(), *with_ordinality)
            }
            TableFactor::Function { name, alias, with_ordinality, args, .. } => {
                let given = self.tolerate(self.argument_types(scopes, args))?;
                self.function_source(name, given, alias.as_ref(), *with_ordinality)
            }
            TableFactor::UNNEST { alias, with_ordinality, array_exprs, .. } => {
                let [array] = array_exprs.as_slice() else {
                    return Ok(unnamed(alias.as_ref(), "unnest", None));
                };
                let found = self.tolerate(self.value_type(scopes, array))?;
                let single = found.and_then(|array| {
                    let oid = self.element(self.base(array.oid))?;
                    Some(TypeRef { oid, modifier: array.modifier })
                });
                function_row(alias.as_ref(), "unnest", single, *with_ordinality)
            }
            TableFactor::NestedJoin { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::JsonTable { alias, .. }
            | TableFactor::XmlTable { alias, .. } => unnamed(alias.as_ref(), "", None),
            _ => unnamed(None, "", None),
        })
    }

    /// The types of the arguments of a function in FROM.
    fn argument_types(
        &self,
        scopes: &Scopes,
        arguments: &[FunctionArg],
    ) -> Result<Option<Vec<Oid>>, SqlError> {
        let mut types = Some(Vec::new());
        for argument in arguments {
            let found = match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => {
                    self.value_type(scopes, expr)?
                }
                _ => None,
            };
            types = types.zip(found).map(|(mut types, found)| {
                types.push(found.oid);
                types
            });
        }
        Ok(types)
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
    pub(super) fn relation_columns(&self, scopes: &Scopes, name: &ObjectName) -> Columns {
        self.table_source(scopes, name, None).columns
    }

    fn function_source(
        &self,
        name: &ObjectName,
        given: Option<Vec<Oid>>,
        alias: Option<&TableAlias>,
        with_ordinality: bool,
    ) -> Source {
        let own_name = name
            .0
            .last()
            .and_then(|p| p.as_ident())
            .map(|i| names::stored(i).into_owned())
            .unwrap_or_default();
        match self.rows_of_function(name, given) {
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
    data_type: Option<TypeRef>,
    with_ordinality: bool,
) -> Source {
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
pub(super) fn renamed(columns: Columns, alias: Option<&TableAlias>) -> Columns {
    let columns = columns?;
    let Some(alias) = alias.filter(|a| !a.columns.is_empty()) else { return Some(columns) };
    let named = columns.iter().enumerate().map(|(i, column)| match alias.columns.get(i) {
        Some(new) => OutputColumn { name: names::stored(&new.name).into(), ..column.clone() },
        None => column.clone(),
    });
    Some(named.collect())
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
