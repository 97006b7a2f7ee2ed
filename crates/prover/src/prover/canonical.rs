//! Whether two expressions are the same but for their spelling: told by their trees, in which what has no
//! meaning is left out and what has no order is sorted.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Array, BinaryOperator, CastKind, DataType, Expr, Function, InTarget, ObjectNamePart, Query,
    Select, SelectItem, SetExpr, Value, ValueWithSpan, visit_expressions_mut,
};

use super::parse;
use crate::catalog::Table;

/// Longer expressions are not compared.
const LONGEST: usize = 8 * 1024;

/// Whether two expressions about rows of a table have the same tree; `None` where one is not read.
///
/// The same are: letter case of names that are not quoted, parentheses, `!=` and `<>`, the sides of `=`, the
/// order of what AND and OR join, `a > b` and `b < a`, `x IN (…)` and `x = ANY (ARRAY[…])`, `CAST` and `::`,
/// a string and its cast to text, a column with and without the name of the table, and a stable function
/// of the visitor with and without a sub-select around it.
#[must_use]
pub fn is_same(one: &str, other: &str, table: &Table) -> Option<bool> {
    Some(canonical(one, table)? == canonical(other, table)?)
}

fn canonical(sql: &str, table: &Table) -> Option<Expr> {
    if sql.len() > LONGEST {
        return None;
    }
    let mut expression = parse(sql)?;
    // A name means the table's column for certain only where there is no other table.
    let has_query = sql.to_ascii_lowercase().contains("from");
    let _: ControlFlow<()> = visit_expressions_mut(&mut expression, |part| {
        simplify(part, (!has_query).then_some(table));
        ControlFlow::Continue(())
    });
    Some(expression)
}

/// Brings one node, whose parts are simple already, to its usual form.
fn simplify(expression: &mut Expr, table: Option<&Table>) {
    let taken = std::mem::replace(expression, Expr::Value(Value::Null.into()));
    *expression = match taken {
        Expr::Nested(inner) => *inner,
        Expr::Identifier(name) => Expr::Identifier(folded(name)),
        Expr::CompoundIdentifier(names) => {
            let names: Vec<_> = names.into_iter().map(folded).collect();
            let is_own = |names: &[sqlparser::ast::Ident]| {
                let Some(table) = table else { return false };
                match names {
                    [of, _] => of.value == table.name.name,
                    [schema, of, _] => {
                        schema.value == table.name.schema && of.value == table.name.name
                    }
                    _ => false,
                }
            };
            match names.last().filter(|_| is_own(&names)).cloned() {
                Some(column) => Expr::Identifier(column),
                None => Expr::CompoundIdentifier(names),
            }
        }
        Expr::Function(function) => Expr::Function(named(function)),
        Expr::Subquery(query) => match bare_call(&query) {
            Some(call) => call,
            None => Expr::Subquery(query),
        },
        Expr::Cast { expr, data_type, .. } if is_text(&expr) && is_text_type(&data_type) => *expr,
        Expr::Cast { expr, data_type, format, .. } => {
            Expr::Cast { kind: CastKind::DoubleColon, expr, data_type, format }
        }
        Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => match *right {
            Expr::Array(Array { elem, .. }) => in_list(left, elem, false),
            right => Expr::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right: Box::new(right),
                is_some: false,
            },
        },
        Expr::In { expr, target: InTarget::List(list), negated, .. } => {
            in_list(expr, list, negated)
        }
        Expr::BinaryOp { left, op, right } => binary(left, op, right),
        other => other,
    };
}

fn folded(name: sqlparser::ast::Ident) -> sqlparser::ast::Ident {
    let value = match name.quote_style {
        Some(_) => name.value,
        None => name.value.to_lowercase(),
    };
    sqlparser::ast::Ident::with_quote('"', value)
}

fn named(mut function: Function) -> Function {
    for part in &mut function.name.0 {
        if let ObjectNamePart::Identifier(name) = part {
            *name = folded(name.clone());
        }
    }
    if let [ObjectNamePart::Identifier(schema), _] = &function.name.0[..]
        && schema.value == "pg_catalog"
    {
        function.name.0.remove(0);
    }
    function
}

/// `(SELECT f())` without a FROM, of a function that says who asks and is the same for every row.
fn bare_call(query: &Query) -> Option<Expr> {
    let SetExpr::Select(select) = &*query.body else { return None };
    let Select { projection, from, selection, group_by, having, distinct, .. } = &**select;
    let is_bare = from.is_empty()
        && selection.is_none()
        && having.is_none()
        && distinct.is_none()
        && *group_by == sqlparser::ast::GroupByExpr::Expressions(Vec::new(), Vec::new())
        && query.with.is_none()
        && query.limit_clause.is_none()
        && query.order_by.is_none();
    let expression = match &projection[..] {
        [SelectItem::UnnamedExpr(expression)] => expression,
        [SelectItem::ExprWithAlias { expr, .. }] => expr,
        _ => return None,
    };
    (is_bare && is_of_visitor(expression)).then(|| expression.clone())
}

fn is_of_visitor(expression: &Expr) -> bool {
    let Expr::Function(Function { name, .. }) = expression else { return false };
    let names: Vec<&str> = name
        .0
        .iter()
        .filter_map(|part| match part {
            ObjectNamePart::Identifier(name) => Some(name.value.as_str()),
            ObjectNamePart::Function(_) => None,
        })
        .collect();
    matches!(names[..], ["auth", "uid" | "jwt" | "role" | "email"] | ["current_setting"])
}

fn is_text(expression: &Expr) -> bool {
    matches!(expression, Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_), .. }))
}

fn is_text_type(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Text)
        || matches!(data_type, DataType::Varchar(None) | DataType::CharacterVarying(None))
}

fn in_list(expr: Box<Expr>, mut list: Vec<Expr>, negated: bool) -> Expr {
    list.sort_by_cached_key(ToString::to_string);
    list.dedup();
    Expr::In { expr, target: InTarget::List(list), negated, global: false }
}

fn binary(left: Box<Expr>, op: BinaryOperator, right: Box<Expr>) -> Expr {
    let (left, op, right) = match op {
        BinaryOperator::Gt => (right, BinaryOperator::Lt, left),
        BinaryOperator::GtEq => (right, BinaryOperator::LtEq, left),
        op => (left, op, right),
    };
    match op {
        BinaryOperator::And | BinaryOperator::Or => {
            let mut parts = Vec::new();
            flatten(*left, &op, &mut parts);
            flatten(*right, &op, &mut parts);
            // The text only orders them: what is compared is the tree.
            parts.sort_by_cached_key(ToString::to_string);
            parts.dedup();
            let joined = parts.into_iter().reduce(|so_far, part| Expr::BinaryOp {
                left: Box::new(so_far),
                op: op.clone(),
                right: Box::new(part),
            });
            joined.unwrap_or(Expr::Value(Value::Null.into()))
        }
        BinaryOperator::Eq | BinaryOperator::NotEq if left.to_string() > right.to_string() => {
            Expr::BinaryOp { left: right, op, right: left }
        }
        op => Expr::BinaryOp { left, op, right },
    }
}

/// What the same operator joins.
fn flatten(expression: Expr, by: &BinaryOperator, parts: &mut Vec<Expr>) {
    match expression {
        Expr::BinaryOp { left, op, right } if op == *by => {
            flatten(*left, by, parts);
            flatten(*right, by, parts);
        }
        part => parts.push(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Platform;
    use crate::engine::interpreter::Interpreter;
    use railcheck_catalog::span::{SourceFile, SourceMap};

    #[test]
    fn expressions_are_the_same_but_for_their_spelling() {
        let mut files = SourceMap::default();
        let sql = "CREATE TABLE orders (owner uuid, status text, a int, b int, c int);";
        let file = files.add(SourceFile::new("1.sql", sql));
        let outcome = Interpreter { platform: Platform::Supabase }.interpret(&files, &[file]);
        let table =
            outcome.catalog.tables.iter().find(|t| t.name.name == "orders").expect("a table");
        for (one, other, expected) in [
            ("owner = auth.uid()", "AUTH.UID() = Owner", true),
            ("owner = auth.uid()", "((orders.owner) = (SELECT auth.uid() AS uid))", true),
            ("owner = auth.uid()", "public.orders.owner = auth.uid()", true),
            ("owner = auth.uid()", "owner <> auth.uid()", false),
            ("owner = auth.uid()", "owner = auth.uid() OR true", false),
            ("owner = auth.uid()", "\"Owner\" = auth.uid()", false),
            ("status = 'open'", "status = 'open'::text", true),
            ("status = 'open'", "status = 'Open'", false),
            ("status IN ('a', 'b')", "status = ANY (ARRAY['b'::text, 'a'::text])", true),
            ("status IN ('a', 'b')", "status NOT IN ('a', 'b')", false),
            ("a > 1 AND b = 2 AND c = 3", "(c = 3) AND ((2 = b) AND (1 < a))", true),
            ("(a = 1 OR b = 2) AND c = 3", "a = 1 OR (b = 2 AND c = 3)", false),
            ("(a = 1 OR b = 2) AND c = 3", "c = 3 AND (b = 2 OR a = 1)", true),
            ("a - (b - c) = 0", "(a - b) - c = 0", false),
            ("a < b", "b < a", false),
            ("CAST(a AS text) = status", "status = a::text", true),
            ("owner = (SELECT random())", "owner = random()", false),
            (
                "EXISTS (SELECT 1 FROM orders o WHERE orders.owner = o.owner)",
                "EXISTS (SELECT 1 FROM orders o WHERE owner = o.owner)",
                false,
            ),
        ] {
            assert_eq!(is_same(one, other, table), Some(expected), "{one} and {other}");
        }
        assert_eq!(is_same("owner =", "owner", table), None);
    }
}
