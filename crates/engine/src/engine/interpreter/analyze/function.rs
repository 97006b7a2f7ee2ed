//! Which function a call means.

use std::sync::Arc;

use sqlparser::ast::{
    Expr, Function as Call, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName,
};

use super::coercion::oid_named;
use super::routine::{Called, Given};
use super::scope::{OutputColumn, Scopes};
use super::{Context, builtin};
use crate::engine::interpreter::model::{ArgumentMode, Function, Model, Oid, TypeKind, TypeRef};
use crate::engine::interpreter::session::Session;
use crate::pg_catalog;

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
        self.callee_of(name, arguments.len(), || arguments.to_vec())
    }

    /// The same with types that are asked for where they tell functions apart.
    fn callee_of(
        &self,
        name: &ObjectName,
        count: usize,
        arguments: impl FnOnce() -> Vec<Option<TypeRef>>,
    ) -> Callee {
        let Ok((schema, own_name)) = Session::split_name(name) else { return Callee::Unknown };
        let path = match &schema {
            None => self.session.function_path(),
            Some(schema) => match self.session.schema(schema) {
                Ok(schema) => vec![schema],
                Err(_) => return Callee::Missing,
            },
        };
        let built_in = path.contains(&Oid::PG_CATALOG) && builtin::is_function(&own_name);
        let mut candidates = path
            .iter()
            .flat_map(|schema| self.session.model.find_functions(*schema, &own_name))
            .filter(|(_, function)| takes(&self.session.model, function, count));
        let first = candidates.next();
        match (first, candidates.next()) {
            (None, _) if built_in || self.session.has_unknown_extension_in(&path) => {
                Callee::Unknown
            }
            (None, _) => Callee::Missing,
            (Some(_), _) if built_in => Callee::Unknown,
            (Some((only, _)), None) => Callee::Function(only),
            _ => {
                let types: Option<Vec<Oid>> =
                    arguments().iter().map(|found| Some(found.as_ref()?.oid)).collect();
                let given = types.map(|types| Given { types, names: Vec::new() });
                match given.map(|given| self.routine(name, &given)) {
                    Some(Ok(Called::Function { function: Some(oid), .. })) => Callee::Function(oid),
                    _ => Callee::Unknown,
                }
            }
        }
    }

    /// The function that a call in an expression means.
    pub(super) fn call(&self, scopes: &Scopes, call: &Call) -> Callee {
        let given = arguments(call);
        self.callee_of(&call.name, given.len(), || {
            let type_of = |expr: &Expr| self.value_type(scopes, expr).ok().flatten();
            given.iter().map(|arg| arg.and_then(type_of)).collect()
        })
    }

    /// What the function of that name returns in FROM for arguments of these types, or where all of that name
    /// return the same.
    pub(super) fn rows_of_function(&self, name: &ObjectName, given: Option<Vec<Oid>>) -> Rows {
        let Ok((schema, own_name)) = Session::split_name(name) else { return Rows::Unknown };
        let path = match &schema {
            None => self.session.function_path(),
            Some(schema) => self.session.schema(schema).into_iter().collect(),
        };
        let given = given.map(|types| Given { types, names: Vec::new() });
        match given.map(|given| self.routine(name, &given)) {
            Some(Ok(Called::Function { function: Some(oid), .. })) => {
                return self.session.model.function(oid).map_or(Rows::Unknown, |f| self.rows(f));
            }
            Some(Ok(Called::Function { function: None, result: Some(result), .. }))
                if result.oid != Oid::RECORD =>
            {
                let is_row = self.is_row(self.base(result.oid));
                return if is_row { Rows::Unknown } else { Rows::Scalar(Some(result)) };
            }
            _ => {}
        }
        let mut found = path.iter().flat_map(|s| self.session.model.find_functions(*s, &own_name));
        match (found.next(), found.next()) {
            (Some((_, function)), None) => self.rows(function),
            (None, _) => match builtin::result_type(&own_name) {
                Some("record") => self.rows_of_record(&own_name),
                None => Rows::Unknown,
                Some(name) => Rows::Scalar(self.builtin_type(name)),
            },
            _ => Rows::Unknown,
        }
    }

    /// The columns that every function of that name of the server returns.
    fn rows_of_record(&self, name: &str) -> Rows {
        let mut rows = pg_catalog::functions(name);
        let Some(first) = rows.next() else { return Rows::Unknown };
        let outputs: Vec<_> = first.outputs().collect();
        if outputs.is_empty()
            || !first.versions.is_every()
            || !rows.all(|row| row.outputs().eq(outputs.iter().copied()))
        {
            return Rows::Unknown;
        }
        let column = |(name, data_type): &(&str, &str)| OutputColumn {
            name: Arc::from(*name),
            data_type: oid_named(data_type).map(TypeRef::plain),
            origin: None,
        };
        Rows::Columns(outputs.iter().map(column).collect())
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
