//! The columns of a result: which there are, what they are called, and what ORDER BY means by them.

use std::sync::Arc;

use sqlparser::ast::{Expr, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr};

use super::scope::Layout;
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;

/// An output column: its name and where its value comes from.
pub(super) enum Output<'q> {
    Expr(&'q Expr),
    Column(usize),
}

/// Names and sources of the output columns.
pub(super) fn outputs<'q>(
    select: &'q Select,
    layout: &Layout,
) -> Result<(Vec<Arc<str>>, Vec<Output<'q>>), Problem> {
    let mut columns = Vec::new();
    let mut outputs = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                columns.push(column_name(expr));
                outputs.push(Output::Expr(expr));
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                columns.push(names::stored(alias).into());
                outputs.push(Output::Expr(expr));
            }
            SelectItem::Wildcard(_) => {
                for (at, column) in layout.columns.iter().enumerate().filter(|(_, c)| !c.merged) {
                    columns.push(column.name.clone());
                    outputs.push(Output::Column(at));
                }
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let word = name.0.last().and_then(|p| p.as_ident()).map(names::stored);
                let source = word.as_deref().and_then(|word| layout.source(word));
                let Some(source) = source else {
                    return Err(Problem::error(
                        "42P01",
                        format!("missing FROM-clause entry for table \"{name}\""),
                    ));
                };
                for at in source.first..source.first + source.width {
                    columns.extend(layout.columns.get(at).map(|c| c.name.clone()));
                    outputs.push(Output::Column(at));
                }
            }
            other => {
                return Err(Problem::gap(
                    format!("{other} in a select list is not interpreted"),
                    [],
                ));
            }
        }
    }
    Ok((columns, outputs))
}

/// The name that PostgreSQL gives to an output column.
pub(crate) fn column_name(expr: &Expr) -> Arc<str> {
    fn name(expr: &Expr) -> Option<Arc<str>> {
        Some(match expr {
            Expr::Identifier(ident) => names::stored(ident).into(),
            Expr::CompoundIdentifier(parts) => names::stored(parts.last()?).into(),
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => return name(inner),
            Expr::Cast { expr: inner, data_type, .. } => {
                return name(inner).or_else(|| Some(super::cast::type_word(data_type).into()));
            }
            Expr::Function(function) => names::stored(function.name.0.last()?.as_ident()?).into(),
            Expr::Case { else_result, .. } => {
                else_result.as_deref().and_then(name).unwrap_or_else(|| "case".into())
            }
            Expr::Exists { .. } => "exists".into(),
            Expr::Array(_) => "array".into(),
            Expr::Tuple(_) => "row".into(),
            Expr::Substring { .. } => "substring".into(),
            Expr::Position { .. } => "position".into(),
            Expr::Extract { .. } => "extract".into(),
            Expr::Trim { .. } => "btrim".into(),
            Expr::AtTimeZone { .. } => "timezone".into(),
            Expr::CompoundFieldAccess { root, access_chain } => {
                use sqlparser::ast::AccessExpr;
                match access_chain.last() {
                    Some(AccessExpr::Dot(field)) => return name(field),
                    _ => return name(root),
                }
            }
            Expr::Subquery(query) => match &*query.body {
                SetExpr::Select(select) => match select.projection.first()? {
                    SelectItem::UnnamedExpr(expr) => return name(expr),
                    SelectItem::ExprWithAlias { alias, .. } => names::stored(alias).into(),
                    _ => return None,
                },
                _ => return None,
            },
            Expr::TypedString(typed) => super::cast::type_word(&typed.data_type).into(),
            _ => return None,
        })
    }
    name(expr).unwrap_or_else(|| "?column?".into())
}

/// The output column that ORDER BY or DISTINCT ON means by a name or number.
pub(super) fn output_column(expr: &Expr, columns: &[Arc<str>]) -> Option<usize> {
    use sqlparser::ast::Value as Literal;
    match expr {
        Expr::Value(literal) => match &literal.value {
            Literal::Number(n, _) => n.parse::<usize>().ok()?.checked_sub(1),
            _ => None,
        },
        Expr::Identifier(ident) => {
            let name = names::stored(ident);
            columns.iter().position(|c| **c == *name)
        }
        _ => None,
    }
}

/// The expression that GROUP BY means: output columns may be named by number or alias.
pub(super) fn output_expr<'q>(key: &'q Expr, select: &'q Select) -> &'q Expr {
    use sqlparser::ast::Value as Literal;
    let item = match key {
        Expr::Value(literal) => match &literal.value {
            Literal::Number(n, _) => {
                n.parse::<usize>().ok().and_then(|n| select.projection.get(n.wrapping_sub(1)))
            }
            _ => None,
        },
        _ => None,
    };
    match item {
        Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => expr,
        _ => key,
    }
}
