//! The names that output columns get (`FigureColname`).

use std::sync::Arc;

use sqlparser::ast::{AccessExpr, Expr, Value};

use crate::engine::interpreter::names;

/// The name that an output column gets without an alias.
pub(super) fn output_name(expr: &Expr) -> Arc<str> {
    column_name(expr).unwrap_or_else(|| "?column?".into())
}

/// The name that PostgreSQL gives a column made from an expression, where it has one.
pub(crate) fn column_name(expr: &Expr) -> Option<Arc<str>> {
    let of_ident = |ident| Arc::<str>::from(names::stored(ident));
    Some(match expr {
        Expr::Identifier(ident) => of_ident(ident),
        Expr::CompoundIdentifier(parts) => of_ident(parts.last()?),
        Expr::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|access| match access {
                AccessExpr::Dot(Expr::Identifier(field)) => Some(field),
                _ => None,
            });
            match field {
                Some(field) => of_ident(field),
                None => return column_name(root),
            }
        }
        Expr::Function(call) => of_ident(call.name.0.last()?.as_ident()?),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => return column_name(inner),
        Expr::Cast { expr, data_type, .. } => match column_name(expr) {
            Some(name) => name,
            None => catalog_type_name(&data_type.to_string()).into(),
        },
        Expr::TypedString(typed) => catalog_type_name(&typed.data_type.to_string()).into(),
        Expr::Case { else_result, .. } => {
            else_result.as_deref().and_then(column_name).unwrap_or_else(|| "case".into())
        }
        Expr::Exists { .. } => "exists".into(),
        Expr::Array(_) => "array".into(),
        Expr::Extract { .. } => "extract".into(),
        Expr::Position { .. } => "position".into(),
        Expr::Substring { .. } => "substring".into(),
        Expr::Overlay { .. } => "overlay".into(),
        Expr::Trim { .. } => "btrim".into(),
        Expr::Ceil { .. } => "ceil".into(),
        Expr::Floor { .. } => "floor".into(),
        Expr::AtTimeZone { .. } => "timezone".into(),
        Expr::Interval(_) => "interval".into(),
        Expr::Tuple(_) => "row".into(),
        Expr::Value(value) if matches!(value.value, Value::Boolean(_)) => "bool".into(),
        Expr::Subquery(query) => return subquery_name(query),
        _ => return None,
    })
}

fn subquery_name(query: &sqlparser::ast::Query) -> Option<Arc<str>> {
    use sqlparser::ast::{SelectItem, SetExpr};
    let SetExpr::Select(select) = &*query.body else { return None };
    match select.projection.first()? {
        SelectItem::UnnamedExpr(expr) => column_name(expr),
        SelectItem::ExprWithAlias { alias, .. } => Some(names::stored(alias).into()),
        _ => None,
    }
}

/// What `pg_type` calls a type that is written in SQL's words.
fn catalog_type_name(written: &str) -> String {
    const SPELLINGS: &[(&str, &str)] = &[
        ("integer", "int4"),
        ("int", "int4"),
        ("bigint", "int8"),
        ("smallint", "int2"),
        ("boolean", "bool"),
        ("real", "float4"),
        ("double precision", "float8"),
        ("float", "float8"),
        ("decimal", "numeric"),
        ("character varying", "varchar"),
        ("character", "bpchar"),
        ("char", "bpchar"),
        ("timestamp with time zone", "timestamptz"),
        ("timestamp without time zone", "timestamp"),
        ("time with time zone", "timetz"),
        ("time without time zone", "time"),
    ];
    let lower = written.to_ascii_lowercase();
    let base = lower.split('(').next().unwrap_or("").trim_end_matches("[]").trim();
    let base = base.rsplit('.').next().unwrap_or(base).trim_matches('"');
    SPELLINGS.iter().find(|(sql, _)| *sql == base).map_or(base, |(_, name)| name).to_owned()
}
