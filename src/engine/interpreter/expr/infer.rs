//! Types of expressions, as far as overloads and the columns of views need them.

use std::sync::Arc;

use sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr, Function as Call, FunctionArguments, Subscript,
    UnaryOperator, Value,
};

use super::function::{Callee, arguments};
use super::scope::{Found, Scopes};
use super::{Context, builtin};
use crate::engine::interpreter::model::{Oid, TypeKind, TypeRef};
use crate::engine::interpreter::names;

/// The type of a value, where that can be told; a bare literal is of the type `unknown`.
pub(super) fn value_type(cx: &Context<'_>, scopes: &Scopes, expr: &Expr) -> Option<TypeRef> {
    let inner = |expr: &Expr| value_type(cx, scopes, expr);
    match expr {
        Expr::Identifier(ident) => column_type(scopes.find(&names::stored(ident))),
        Expr::CompoundIdentifier(parts) => {
            let [.., source, column] = parts.as_slice() else { return None };
            column_type(scopes.find_in(&names::stored(source), &names::stored(column)))
        }
        Expr::Nested(expr) | Expr::Collate { expr, .. } => inner(expr),
        Expr::Cast { data_type, .. } => cx.session.resolve_type(data_type).ok(),
        Expr::TypedString(typed) => cx.session.resolve_type(&typed.data_type).ok(),
        Expr::Value(value) => literal_type(&value.value),
        Expr::UnaryOp { op: UnaryOperator::Not, .. } => plain(Oid::BOOL),
        Expr::UnaryOp { expr, .. } => inner(expr),
        Expr::BinaryOp { left, op, right } => operation_type(cx, op, inner(left), || inner(right)),
        Expr::Case { conditions, else_result, .. } => conditions
            .iter()
            .map(|when| inner(&when.result))
            .chain(else_result.iter().map(|e| inner(e)))
            .reduce(common_type)
            .flatten(),
        Expr::Function(call) => call_type(cx, scopes, call),
        Expr::Subquery(query) => {
            cx.query_columns(scopes, query)?.first().and_then(|c| c.data_type.clone())
        }
        Expr::Array(array) => {
            let element = array.elem.iter().map(inner).reduce(common_type).flatten()?;
            array_of(cx, if element.oid == Oid::UNKNOWN { Oid::TEXT } else { element.oid })
        }
        Expr::CompoundFieldAccess { root, access_chain } => {
            access_type(cx, inner(root)?, access_chain)
        }
        Expr::AtTimeZone { timestamp, .. } => match inner(timestamp)?.oid {
            Oid::TIMESTAMPTZ => plain(Oid::TIMESTAMP),
            Oid::TIMESTAMP => plain(Oid::TIMESTAMPTZ),
            _ => None,
        },
        Expr::Extract { .. } => plain(Oid::NUMERIC),
        Expr::Position { .. } => plain(Oid::INT4),
        Expr::Trim { .. } | Expr::Overlay { .. } => plain(Oid::TEXT),
        Expr::Substring { expr, .. } => {
            let base = inner(expr)?.oid;
            let is_text = [Oid::TEXT, Oid::VARCHAR, Oid::BPCHAR, Oid::UNKNOWN].contains(&base);
            plain(if is_text { Oid::TEXT } else { base })
        }
        Expr::Ceil { expr, .. } | Expr::Floor { expr, .. } => rounded(inner(expr)?),
        Expr::Interval(_) => plain(Oid::INTERVAL),
        _ if is_condition(expr) => plain(Oid::BOOL),
        _ => None,
    }
}

/// The type of an output column: a bare literal is text there.
pub(super) fn output_type(cx: &Context<'_>, scopes: &Scopes, expr: &Expr) -> Option<TypeRef> {
    match value_type(cx, scopes, expr) {
        Some(unknown) if unknown.oid == Oid::UNKNOWN => plain(Oid::TEXT),
        other => other,
    }
}

/// The type of the elements of an array.
pub(super) fn element_type(cx: &Context<'_>, scopes: &Scopes, expr: &Expr) -> Option<TypeRef> {
    let array = value_type(cx, scopes, expr)?;
    element_of(cx, &array)
}

fn element_of(cx: &Context<'_>, array: &TypeRef) -> Option<TypeRef> {
    match cx.session.model.data_type(array.oid).ok()?.kind {
        TypeKind::Array { element } => {
            Some(TypeRef { oid: element, modifier: array.modifier.clone() })
        }
        _ => None,
    }
}

fn array_of(cx: &Context<'_>, element: Oid) -> Option<TypeRef> {
    cx.session.model.data_type(element).ok()?.array.map(TypeRef::plain)
}

#[expect(clippy::unnecessary_wraps, reason = "the callers' arms are options")]
fn plain(oid: Oid) -> Option<TypeRef> {
    Some(TypeRef::plain(oid))
}

fn column_type(found: Found<'_>) -> Option<TypeRef> {
    match found {
        Found::Column(column) => column.data_type.clone(),
        Found::Row(_) | Found::Perhaps | Found::Nothing => None,
    }
}

fn literal_type(value: &Value) -> Option<TypeRef> {
    match value {
        Value::Number(digits, _) => {
            let digits = digits.to_string();
            plain(if digits.parse::<i32>().is_ok() {
                Oid::INT4
            } else if digits.parse::<i64>().is_ok() {
                Oid::INT8
            } else {
                Oid::NUMERIC
            })
        }
        Value::Boolean(_) => plain(Oid::BOOL),
        Value::Placeholder(_) => None,
        _ => plain(Oid::UNKNOWN),
    }
}

/// The type that two alternatives have in common; a literal takes the other's.
pub(super) fn common_type(left: Option<TypeRef>, right: Option<TypeRef>) -> Option<TypeRef> {
    match (left, right) {
        (Some(left), Some(right)) if left == right => Some(left),
        (Some(left), Some(right)) if left.oid == right.oid => Some(TypeRef::plain(left.oid)),
        (Some(left), Some(right)) if left.oid == Oid::UNKNOWN => Some(right),
        (Some(left), Some(right)) if right.oid == Oid::UNKNOWN => Some(left),
        (Some(left), Some(right)) => promoted(left.oid, right.oid).map(TypeRef::plain),
        _ => None,
    }
}

/// The ladder of numbers: a sum or alternative has the higher type.
const NUMBERS: [Oid; 6] = [Oid::INT2, Oid::INT4, Oid::INT8, Oid::NUMERIC, Oid::FLOAT4, Oid::FLOAT8];

/// Types of text, the preferred one last.
const TEXTS: [Oid; 4] = [Oid::NAME, Oid::BPCHAR, Oid::VARCHAR, Oid::TEXT];

fn promoted(left: Oid, right: Oid) -> Option<Oid> {
    for ladder in [NUMBERS.as_slice(), TEXTS.as_slice()] {
        let rung = |oid| ladder.iter().position(|o| *o == oid);
        if let (Some(a), Some(b)) = (rung(left), rung(right)) {
            return ladder.get(a.max(b)).copied();
        }
    }
    match (left, right) {
        (Oid::DATE, Oid::TIMESTAMP) | (Oid::TIMESTAMP, Oid::DATE) => Some(Oid::TIMESTAMP),
        (Oid::DATE | Oid::TIMESTAMP, Oid::TIMESTAMPTZ)
        | (Oid::TIMESTAMPTZ, Oid::DATE | Oid::TIMESTAMP) => Some(Oid::TIMESTAMPTZ),
        _ => None,
    }
}

fn operation_type(
    cx: &Context<'_>,
    op: &BinaryOperator,
    left: Option<TypeRef>,
    right: impl Fn() -> Option<TypeRef>,
) -> Option<TypeRef> {
    use BinaryOperator as Op;
    match op {
        Op::StringConcat => concatenated(cx, left?.oid, right()?.oid).map(TypeRef::plain),
        Op::LongArrow | Op::HashLongArrow => plain(Oid::TEXT),
        Op::Arrow | Op::HashArrow | Op::HashMinus => left.map(|t| TypeRef::plain(t.oid)),
        Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo | Op::PGExp => {
            let (left, right) = (left?.oid, right()?.oid);
            computed(op, left, right).map(TypeRef::plain)
        }
        Op::BitwiseAnd | Op::BitwiseOr | Op::PGBitwiseXor => left,
        Op::PGBitwiseShiftLeft | Op::PGBitwiseShiftRight => left,
        Op::Custom(_) | Op::PGCustomBinaryOperator(_) => None,
        _ => plain(Oid::BOOL),
    }
}

fn concatenated(cx: &Context<'_>, left: Oid, right: Oid) -> Option<Oid> {
    let is_array = |oid| {
        cx.session.model.data_type(oid).is_ok_and(|t| matches!(t.kind, TypeKind::Array { .. }))
    };
    match (left, right) {
        (Oid::JSONB, _) | (_, Oid::JSONB) => Some(Oid::JSONB),
        (array, _) if is_array(array) => Some(array),
        (_, array) if is_array(array) => Some(array),
        (text, _) | (_, text) if TEXTS.contains(&text) || text == Oid::UNKNOWN => Some(Oid::TEXT),
        _ => None,
    }
}

fn computed(op: &BinaryOperator, left: Oid, right: Oid) -> Option<Oid> {
    use BinaryOperator as Op;
    let is_number = |oid| NUMBERS.contains(&oid);
    let is_moment = |oid| [Oid::TIMESTAMP, Oid::TIMESTAMPTZ].contains(&oid);
    match (left, right) {
        (Oid::UNKNOWN, known) | (known, Oid::UNKNOWN) if is_number(known) => Some(known),
        (a, b) if is_number(a) && is_number(b) => match (op, promoted(a, b)?) {
            // A real and any other type of number make a double.
            (_, Oid::FLOAT4) if a != b => Some(Oid::FLOAT8),
            (Op::PGExp, Oid::NUMERIC) => Some(Oid::NUMERIC),
            (Op::PGExp, _) => Some(Oid::FLOAT8),
            (_, number) => Some(number),
        },
        (moment, Oid::INTERVAL) | (Oid::INTERVAL, moment) if is_moment(moment) => Some(moment),
        (Oid::DATE, Oid::INTERVAL) | (Oid::INTERVAL, Oid::DATE) => Some(Oid::TIMESTAMP),
        (Oid::DATE, Oid::INT4) | (Oid::INT4, Oid::DATE) => Some(Oid::DATE),
        (Oid::DATE, Oid::DATE) if *op == Op::Minus => Some(Oid::INT4),
        (a, b) if is_moment(a) && is_moment(b) && *op == Op::Minus => Some(Oid::INTERVAL),
        (Oid::INTERVAL, other) | (other, Oid::INTERVAL)
            if is_number(other) || other == Oid::INTERVAL =>
        {
            Some(Oid::INTERVAL)
        }
        _ => None,
    }
}

fn rounded(number: TypeRef) -> Option<TypeRef> {
    match number.oid {
        Oid::NUMERIC => plain(Oid::NUMERIC),
        Oid::INT2 | Oid::INT4 | Oid::INT8 | Oid::FLOAT4 | Oid::FLOAT8 => plain(Oid::FLOAT8),
        _ => None,
    }
}

fn access_type(cx: &Context<'_>, root: TypeRef, chain: &[AccessExpr]) -> Option<TypeRef> {
    let mut current = root;
    for access in chain {
        current = match access {
            AccessExpr::Subscript(Subscript::Slice { .. }) => current,
            AccessExpr::Subscript(_) if current.oid == Oid::JSONB => current,
            AccessExpr::Subscript(_) => element_of(cx, &current)?,
            AccessExpr::Dot(Expr::Identifier(field)) => {
                let TypeKind::Composite { relation } =
                    cx.session.model.data_type(current.oid).ok()?.kind
                else {
                    return None;
                };
                let row = cx.session.model.relation(relation).ok()?;
                row.column(&names::stored(field))?.data_type.clone()
            }
            AccessExpr::Dot(_) => return None,
        };
    }
    Some(current)
}

fn is_condition(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::IsJson { .. }
            | Expr::IsNormalized { .. }
            | Expr::In { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::ILike { .. }
            | Expr::SimilarTo { .. }
            | Expr::AnyOp { .. }
            | Expr::AllOp { .. }
            | Expr::Exists { .. }
    )
}

fn call_type(cx: &Context<'_>, scopes: &Scopes, call: &Call) -> Option<TypeRef> {
    if let Callee::Function(oid) = cx.call(scopes, call) {
        let returns = cx.session.model.function(oid).ok()?.returns.clone()?;
        let pseudo =
            cx.session.model.data_type(returns.oid).is_ok_and(|t| t.kind == TypeKind::Pseudo);
        return (!pseudo).then_some(returns);
    }
    let name = names::stored(call.name.0.last()?.as_ident()?).into_owned();
    if let Some(result) = builtin::result_type(&name) {
        return cx.builtin_type(result);
    }
    if let ("array", FunctionArguments::Subquery(query)) = (name.as_str(), &call.args) {
        let columns = cx.query_columns(scopes, query)?;
        return array_of(cx, columns.first()?.data_type.as_ref()?.oid);
    }
    let types: Vec<Option<TypeRef>> = arguments(call)
        .into_iter()
        .map(|arg| arg.and_then(|expr| value_type(cx, scopes, expr)))
        .collect();
    generic_result(cx, &name, &types)
}

/// The result of functions that take it from their arguments.
fn generic_result(cx: &Context<'_>, name: &str, types: &[Option<TypeRef>]) -> Option<TypeRef> {
    let first = || types.first().cloned().flatten();
    match name {
        "coalesce" | "greatest" | "least" => types.iter().cloned().reduce(common_type).flatten(),
        "min" | "max" | "nullif" | "first_value" | "last_value" | "nth_value" | "lag" | "lead"
        | "abs" | "mode" | "array_append" | "array_cat" | "array_remove" | "array_replace" => {
            first()
        }
        "any_value" | "date_bin" => first(),
        "array_agg" => array_of(cx, first()?.oid),
        "unnest" => element_of(cx, &first()?),
        "sum" => match first()?.oid {
            Oid::INT2 | Oid::INT4 => plain(Oid::INT8),
            Oid::INT8 | Oid::NUMERIC => plain(Oid::NUMERIC),
            other => plain(other),
        },
        "avg" => match first()?.oid {
            Oid::INT2 | Oid::INT4 | Oid::INT8 | Oid::NUMERIC => plain(Oid::NUMERIC),
            Oid::FLOAT4 | Oid::FLOAT8 => plain(Oid::FLOAT8),
            other => plain(other),
        },
        "round" | "ceil" | "ceiling" | "floor" | "trunc" | "sqrt" | "exp" | "ln" => {
            match first()?.oid {
                Oid::NUMERIC => plain(Oid::NUMERIC),
                _ if types.len() == 2 => plain(Oid::NUMERIC),
                _ => plain(Oid::FLOAT8),
            }
        }
        "date_trunc" => match types.get(1).cloned().flatten()?.oid {
            Oid::DATE => plain(Oid::TIMESTAMPTZ),
            other => plain(other),
        },
        "lower" | "upper" | "substring" | "substr" | "overlay" | "reverse" | "left" | "right" => {
            let oid = first()?.oid;
            (TEXTS.contains(&oid) || oid == Oid::UNKNOWN).then(|| TypeRef::plain(Oid::TEXT))
        }
        _ => None,
    }
}

/// The name that an output column gets without an alias.
pub(super) fn output_name(expr: &Expr) -> Arc<str> {
    figured_name(expr).unwrap_or_else(|| "?column?".into())
}

/// The name that PostgreSQL gives a column made from an expression, where it has one.
pub(crate) fn figured_name(expr: &Expr) -> Option<Arc<str>> {
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
                None => return figured_name(root),
            }
        }
        Expr::Function(call) => of_ident(call.name.0.last()?.as_ident()?),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => return figured_name(inner),
        Expr::Cast { expr, data_type, .. } => match figured_name(expr) {
            Some(name) => name,
            None => catalog_type_name(&data_type.to_string()).into(),
        },
        Expr::TypedString(typed) => catalog_type_name(&typed.data_type.to_string()).into(),
        Expr::Case { else_result, .. } => {
            else_result.as_deref().and_then(figured_name).unwrap_or_else(|| "case".into())
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
        SelectItem::UnnamedExpr(expr) => figured_name(expr),
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
