//! Bodies of PL/pgSQL, by the interpreter's tree of them: what decides is followed, and a body that reaches
//! anything else, such as a loop, may return anything.

use std::borrow::Cow;

use sqlparser::ast::{BinaryOperator, Expr, Query, SelectItem, SetExpr, Statement as SqlStatement};

use super::evaluator::Evaluator;
use super::path_search::Stop;
use super::scope::Relation;
use super::value::Value;
use crate::catalog::ObjectName;
use crate::engine::plpgsql::{
    Block, Declaration, Into, Sql, Statement, StatementKind, Target, TypeName,
};

/// How a list of statements ends.
enum Ending {
    /// With its last statement.
    Next,
    /// With RETURN.
    Returned(Value),
    /// With a statement that is not followed.
    NotFollowed,
}

/// The types of variables, as a cast names them, innermost last.
type Types = Vec<(String, Option<String>)>;

impl Evaluator<'_> {
    /// What a body returns; `None` where it reaches a statement that is not followed, or ends without RETURN.
    pub(super) fn run_block(&mut self, block: &Block) -> Result<Option<Value>, Stop> {
        self.scopes.enter(vec![Relation::default()]);
        self.scopes.declare("found", Value::truth(Some(false)));
        let mut types = vec![("found".to_owned(), Some("boolean".to_owned()))];
        Ok(match self.block(block, &mut types)? {
            Ending::Returned(value) => Some(value),
            Ending::Next | Ending::NotFollowed => None,
        })
    }

    fn block(&mut self, block: &Block, types: &mut Types) -> Result<Ending, Stop> {
        if block.handlers.is_some() {
            return Ok(Ending::NotFollowed);
        }
        let outer = types.len();
        self.scopes.enter(vec![Relation::default()]);
        for declaration in &block.declarations {
            let Declaration::Variable { name, data_type, default } = declaration else {
                return Ok(Ending::NotFollowed);
            };
            let data_type = self.cast_name(data_type);
            let value = match default.as_ref().map(expression) {
                None => Value::Null,
                Some(None) => return Ok(Ending::NotFollowed),
                Some(Some(default)) => {
                    let value = self.evaluate(&default)?;
                    self.assignable(value, data_type.as_deref())?
                }
            };
            types.push((name.clone(), data_type));
            self.scopes.declare(name, value);
        }
        let ending = self.statements(&block.body, types)?;
        self.scopes.leave();
        types.truncate(outer);
        Ok(ending)
    }

    fn statements(&mut self, statements: &[Statement], types: &mut Types) -> Result<Ending, Stop> {
        for statement in statements {
            match self.statement(&statement.kind, types)? {
                Ending::Next => {}
                ending => return Ok(ending),
            }
        }
        Ok(Ending::Next)
    }

    fn statement(&mut self, kind: &StatementKind, types: &mut Types) -> Result<Ending, Stop> {
        Ok(match kind {
            StatementKind::Null => Ending::Next,
            StatementKind::Block(block) => self.block(block, types)?,
            StatementKind::Raise(raise) if raise.exception => return Err(Stop::Raised),
            StatementKind::Raise(_) => Ending::Next,
            StatementKind::Return(Some(value)) => match expression(value) {
                Some(value) => Ending::Returned(self.evaluate(&value)?),
                None => Ending::NotFollowed,
            },
            StatementKind::Assign { target, value } => {
                let (Some(name), Some(value)) = (variable(target, types), expression(value)) else {
                    return Ok(Ending::NotFollowed);
                };
                let value = self.evaluate(&value)?;
                self.store(name, value, types)?;
                Ending::Next
            }
            StatementKind::Perform(query) => match query_of(query) {
                Some(query) => {
                    let found = !self.query(query)?.rows.is_empty();
                    self.scopes.assign("found", Value::truth(Some(found)));
                    Ending::Next
                }
                None => Ending::NotFollowed,
            },
            StatementKind::Query { sql, into: Some(into) } => match query_of(sql) {
                Some(query) => self.select_into(query, into, types)?,
                None => Ending::NotFollowed,
            },
            StatementKind::If { branches, otherwise } => {
                for (condition, body) in branches {
                    let Some(condition) = expression(condition) else {
                        return Ok(Ending::NotFollowed);
                    };
                    if self.holds(&condition)? {
                        return self.statements(body, types);
                    }
                }
                self.statements(otherwise, types)?
            }
            StatementKind::Case { subject, branches, otherwise } => {
                let subject = match subject.as_ref().map(expression) {
                    Some(None) => return Ok(Ending::NotFollowed),
                    Some(Some(subject)) => Some(subject),
                    None => None,
                };
                for (conditions, body) in branches {
                    for condition in conditions {
                        let Some(condition) = expression(condition) else {
                            return Ok(Ending::NotFollowed);
                        };
                        if self.holds(&compared(subject.as_deref(), condition))? {
                            return self.statements(body, types);
                        }
                    }
                }
                match otherwise {
                    Some(otherwise) => self.statements(otherwise, types)?,
                    // CASE_NOT_FOUND
                    None => return Err(Stop::Raised),
                }
            }
            _ => Ending::NotFollowed,
        })
    }

    fn select_into(
        &mut self,
        query: &Query,
        into: &Into,
        types: &mut Types,
    ) -> Result<Ending, Stop> {
        let names: Option<Vec<&str>> =
            into.targets.iter().map(|target| variable(target, types)).collect();
        let Some(names) = names else { return Ok(Ending::NotFollowed) };
        let row = self.one_row(query)?;
        if row.is_empty() && into.strict {
            return Err(Stop::Raised);
        }
        self.scopes.assign("found", Value::truth(Some(!row.is_empty())));
        match names[..] {
            [record] if row.len() > 1 => self.scopes.assign(record, Value::Row(row.into())),
            _ => {
                let values = row.into_iter().chain(std::iter::repeat(Value::Null));
                for (name, value) in names.into_iter().zip(values) {
                    self.store(name, value, types)?;
                }
            }
        }
        Ok(Ending::Next)
    }

    fn store(&mut self, name: &str, value: Value, types: &Types) -> Result<(), Stop> {
        let data_type = types.iter().rev().find(|(known, _)| known == name);
        let value = self.assignable(value, data_type.and_then(|(_, name)| name.as_deref()))?;
        self.scopes.assign(name, value);
        Ok(())
    }

    /// A value as a variable of a type holds it.
    fn assignable(&mut self, value: Value, data_type: Option<&str>) -> Result<Value, Stop> {
        match (data_type, &value) {
            (None, _) | (_, Value::Row(_)) => Ok(value),
            (Some(data_type), _) => self.cast(value, data_type),
        }
    }

    /// What a cast to the type of a variable names, unless it is a row.
    fn cast_name(&self, data_type: &TypeName) -> Option<String> {
        match data_type {
            TypeName::Record | TypeName::RowType => None,
            TypeName::Named(name) => Some(name.clone()),
            TypeName::TypeOf(names) => {
                let table = match &names[..] {
                    [table, _] => ObjectName::new("public", table.as_str()),
                    [schema, table, _] => ObjectName::new(schema.as_str(), table.as_str()),
                    _ => return None,
                };
                let mut columns = self.context.catalog.table(&table)?.columns.iter();
                let column = columns.find(|column| names.last() == Some(&column.name))?;
                Some(column.data_type.clone())
            }
        }
    }
}

/// The name of what is assigned to, where it is a variable of the body.
fn variable<'t>(target: &'t Target, types: &Types) -> Option<&'t str> {
    let [name] = &target.name[..] else { return None };
    let is_known = types.iter().any(|(known, _)| known == name);
    (is_known && target.subscripts.is_empty()).then_some(name.as_str())
}

fn query_of(sql: &Sql) -> Option<&Query> {
    match &**sql.parsed.as_ref().ok()? {
        SqlStatement::Query(query) => Some(query),
        _ => None,
    }
}

/// An expression, which PL/pgSQL reads as a query without its SELECT.
fn expression(sql: &Sql) -> Option<Cow<'_, Expr>> {
    let query = query_of(sql)?;
    if let SetExpr::Select(select) = &*query.body
        && let [SelectItem::UnnamedExpr(expression)] = &select.projection[..]
        && select.from.is_empty()
        && select.selection.is_none()
    {
        return Some(Cow::Borrowed(expression));
    }
    Some(Cow::Owned(Expr::Subquery(Box::new(query.clone()))))
}

/// The condition of a branch of CASE with a subject or without.
fn compared<'e>(subject: Option<&Expr>, condition: Cow<'e, Expr>) -> Cow<'e, Expr> {
    match subject {
        None => condition,
        Some(subject) => Cow::Owned(Expr::BinaryOp {
            left: Box::new(subject.clone()),
            op: BinaryOperator::Eq,
            right: Box::new(condition.into_owned()),
        }),
    }
}
