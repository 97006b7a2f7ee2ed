//! Which function a call means.

use std::sync::Arc;

use sqlparser::ast::{
    Expr, Function as Call, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName,
};

use super::scope::{OutputColumn, Scopes};
use super::{Context, builtin, infer};
use crate::engine::interpreter::model::{ArgumentMode, Function, Model, Oid, TypeKind, TypeRef};
use crate::engine::interpreter::session::Session;

/// What a call means.
#[derive(Debug)]
pub(super) enum Callee {
    /// This function of the model.
    Function(Oid),
    /// One that every server has, or one of several that the types of the arguments tell apart.
    Unknown,
    /// There is none of that name that takes so many arguments.
    Missing,
}

/// What a function in FROM returns.
pub(super) enum Rows {
    /// One column of this type.
    Scalar(Option<TypeRef>),
    /// These columns.
    Columns(Arc<[OutputColumn]>),
    /// It cannot be told.
    Unknown,
}

/// The arguments of a call as expressions; `None` for `*` and the like.
pub(crate) fn arguments(call: &Call) -> Vec<Option<&Expr>> {
    match &call.args {
        FunctionArguments::None | FunctionArguments::Subquery(_) => Vec::new(),
        FunctionArguments::List(list) => list
            .args
            .iter()
            .map(|arg| match arg {
                FunctionArg::Named { arg, .. }
                | FunctionArg::ExprNamed { arg, .. }
                | FunctionArg::Unnamed(arg) => match arg {
                    FunctionArgExpr::Expr(expr) => Some(expr),
                    _ => None,
                },
            })
            .collect(),
    }
}

impl Context<'_> {
    /// The function that a call with these types of arguments means.
    pub(super) fn callee(&self, name: &ObjectName, arguments: &[Option<TypeRef>]) -> Callee {
        let Ok((schema, own_name)) = Session::split_name(name) else { return Callee::Unknown };
        let path = match &schema {
            None => self.session.function_path(),
            Some(schema) => match self.session.schema(schema) {
                Ok(schema) => vec![schema],
                Err(_) => return Callee::Missing,
            },
        };
        let built_in = path.contains(&Oid::PG_CATALOG) && builtin::is_function(&own_name);
        let candidates: Vec<(Oid, &Function)> = path
            .iter()
            .flat_map(|schema| self.session.model.find_functions(*schema, &own_name))
            .filter(|(_, function)| takes(&self.session.model, function, arguments.len()))
            .collect();
        if candidates.is_empty() {
            return if built_in || self.may_come_from_extension(&path) {
                Callee::Unknown
            } else {
                Callee::Missing
            };
        }
        match self.best(&candidates, arguments) {
            Some(function) if !built_in => Callee::Function(function),
            _ => Callee::Unknown,
        }
    }

    /// The candidate whose argument types match best; `None` where two match alike.
    fn best(&self, candidates: &[(Oid, &Function)], arguments: &[Option<TypeRef>]) -> Option<Oid> {
        if let [(only, _)] = candidates {
            return Some(*only);
        }
        let score = |function: &Function| {
            let pairs = function.signature().zip(arguments);
            pairs
                .map(|(wanted, given)| match given {
                    Some(given) if given.oid == wanted.oid => 2,
                    Some(given) if given.oid != Oid::UNKNOWN => {
                        i32::from(is_polymorphic(&self.session.model, wanted.oid))
                    }
                    _ => 1,
                })
                .sum::<i32>()
        };
        let best = candidates.iter().map(|(_, f)| score(f)).max()?;
        let mut winners = candidates.iter().filter(|(_, f)| score(f) == best);
        let first = winners.next()?;
        winners.next().is_none().then_some(first.0)
    }

    /// Whether a schema of the path holds an extension whose functions are not known.
    fn may_come_from_extension(&self, path: &[Oid]) -> bool {
        self.session.has_unknown_extension_in(path)
    }

    /// The function that a call in an expression means.
    pub(super) fn call(&self, scopes: &Scopes, call: &Call) -> Callee {
        let types: Vec<_> = arguments(call)
            .into_iter()
            .map(|arg| arg.and_then(|expr| infer::value_type(self, scopes, expr)))
            .collect();
        self.callee(&call.name, &types)
    }

    /// What the function of that name returns in FROM, if all of that name return the same.
    pub(super) fn rows_of_function(&self, name: &ObjectName) -> Rows {
        let Ok((schema, own_name)) = Session::split_name(name) else { return Rows::Unknown };
        let path = match &schema {
            None => self.session.function_path(),
            Some(schema) => self.session.schema(schema).into_iter().collect(),
        };
        let mut found = path.iter().flat_map(|s| self.session.model.find_functions(*s, &own_name));
        match (found.next(), found.next()) {
            (Some((_, function)), None) => self.rows(function),
            (None, _) => match builtin::result_type(&own_name) {
                Some("record") | None => Rows::Unknown,
                Some(name) => Rows::Scalar(self.builtin_type(name)),
            },
            _ => Rows::Unknown,
        }
    }

    fn rows(&self, function: &Function) -> Rows {
        let outputs: Arc<[OutputColumn]> = function
            .arguments
            .iter()
            .filter(|a| {
                matches!(a.mode, ArgumentMode::Out | ArgumentMode::InOut | ArgumentMode::Table)
            })
            .map(|a| OutputColumn {
                name: a.name.clone(),
                data_type: Some(a.data_type.clone()),
                origin: None,
            })
            .collect();
        if outputs.len() > 1 || function.arguments.iter().any(|a| a.mode == ArgumentMode::Table) {
            return Rows::Columns(outputs);
        }
        let Some(returns) = &function.returns else { return Rows::Unknown };
        match self.session.model.data_type(returns.oid).map(|t| &t.kind) {
            Ok(TypeKind::Composite { relation }) => self.rows_of_relation(*relation),
            Ok(TypeKind::Pseudo) | Err(_) => Rows::Unknown,
            Ok(_) => Rows::Scalar(Some(returns.clone())),
        }
    }

    fn rows_of_relation(&self, oid: Oid) -> Rows {
        let relation = self.session.model.relation(oid).ok();
        let columns = relation.and_then(|relation| super::scope::columns_of(oid, relation));
        match columns {
            Some(columns) => Rows::Columns(
                columns.iter().map(|c| OutputColumn { origin: None, ..c.clone() }).collect(),
            ),
            None => Rows::Unknown,
        }
    }

    /// A type of `pg_catalog`.
    pub(super) fn builtin_type(&self, name: &str) -> Option<TypeRef> {
        self.session.model.find_type(Oid::PG_CATALOG, name).map(TypeRef::plain)
    }
}

/// Whether a function can be called with so many arguments.
fn takes(model: &Model, function: &Function, given: usize) -> bool {
    let inputs: Vec<_> = function.arguments.iter().filter(|a| a.mode.is_input()).collect();
    let variadic = inputs.iter().any(|a| {
        a.mode == ArgumentMode::Variadic
            || model.data_type(a.data_type.oid).is_ok_and(|t| &*t.name == "any")
    });
    let needed =
        inputs.iter().filter(|a| a.default.is_none() && a.mode != ArgumentMode::Variadic).count();
    given >= needed && (variadic || given <= inputs.len())
}

fn is_polymorphic(model: &Model, oid: Oid) -> bool {
    model.data_type(oid).is_ok_and(|t| t.kind == TypeKind::Pseudo)
}
