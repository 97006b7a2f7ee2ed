//! Functions, procedures and aggregates.

use std::sync::Arc;

use sqlparser::ast::Expr;

use crate::catalog::{ChangeKind, History};
use crate::engine::interpreter::analyze::{NamedValue, Over, Place};
use crate::engine::interpreter::model::{
    self, Address, Dependency, Extension, Function, FunctionKind, Oid, TypeKind, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{
    self, ArgumentMode, CreateAggregate, CreateFunction, FunctionBody, Returns, RoutineKind,
    TypeName,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;
use crate::engine::interpreter::syntax::SyntaxError;

/// Languages that every server has.
const LANGUAGES: [&str; 4] = ["sql", "plpgsql", "internal", "c"];

/// The body of a function, as far as it can be read.
fn readable(body: &FunctionBody) -> Option<model::Body> {
    match body {
        FunctionBody::Text(body) => Some(model::Body::Text(body.text.as_str().into())),
        FunctionBody::Return(expression) => {
            Some(model::Body::Standard(format!("SELECT {expression}").into()))
        }
        FunctionBody::Atomic(statements) => {
            let statements: Vec<String> = statements.iter().map(ToString::to_string).collect();
            Some(model::Body::Standard(statements.join("; ").into()))
        }
        FunctionBody::Library | FunctionBody::Unread => None,
    }
}

impl Session {
    /// Executes CREATE FUNCTION or CREATE PROCEDURE.
    pub(crate) fn create_function(&mut self, statement: &CreateFunction) -> Result<(), Problem> {
        let result = self.make_function(statement);
        match self.refused_body(statement) {
            // It fails even if what comes before could not be interpreted.
            Some(refusal) if !matches!(result, Err(Problem::Error(_))) => {
                Err(refusal.clone().into())
            }
            _ => result,
        }
    }

    fn make_function(&mut self, statement: &CreateFunction) -> Result<(), Problem> {
        let (schema, name) = self.place(&statement.name, false)?;
        let arguments = self.function_arguments(&statement.arguments)?;
        let (returns, returns_set) = self.function_result(statement)?;
        let language = self.function_language(statement)?;
        let mut dependencies: Vec<Address> = arguments
            .iter()
            .map(|a| &a.data_type)
            .chain(&returns)
            .flat_map(|t| self.user_type(t))
            .collect();
        for (written, argument) in statement.arguments.iter().zip(&arguments) {
            if let Some(default) = &written.default {
                dependencies.extend(self.argument_default(default, argument)?);
            }
        }
        let by_name = self.named_arguments(&arguments);
        dependencies.extend(self.body_dependencies(statement, Over::Arguments(&name, &by_name))?);
        let kind = match (statement.kind, statement.window) {
            (RoutineKind::Procedure, _) => FunctionKind::Procedure,
            (_, true) => FunctionKind::Window,
            _ => FunctionKind::Function,
        };
        let function = Function {
            schema,
            name,
            kind,
            arguments,
            returns,
            returns_set,
            language: language.into(),
            body: statement.body.as_ref().and_then(readable),
            security_definer: statement.security_definer,
            immutable: Some(statement.immutable),
            settings: settings(&statement.settings),
            owner: Oid::POSTGRES,
            history: History::created(Some(self.span)),
        };
        self.put_function(function, statement.or_replace, dependencies)?;
        if language == "sql" { self.check_sql_body(statement) } else { Ok(()) }
    }

    /// What the default of an argument depends on.
    fn argument_default(
        &self,
        default: &Expr,
        argument: &model::Argument,
    ) -> Result<Vec<Address>, Problem> {
        let resolved = self.analyze_expr(default, Over::Nothing, Place::Default)?;
        let target = &argument.data_type;
        if self.model.data_type(target.oid).is_ok_and(|found| found.kind != TypeKind::Pseudo) {
            self.check_assignment(default, resolved.data_type.as_ref(), target, |found| {
                let target = self.type_name(target);
                format!("argument of DEFAULT must be type {target}, not type {found}")
            })?;
        }
        Ok(resolved.dependencies)
    }

    /// Why the server refuses the body of a function for its syntax, whatever else there is.
    pub(in crate::engine::interpreter) fn refused_body<'s>(
        &self,
        statement: &'s CreateFunction,
    ) -> Option<&'s SyntaxError> {
        statement.refusal.as_ref().filter(|_| self.checks_bodies())
    }

    /// Executes CREATE AGGREGATE.
    pub(crate) fn create_aggregate(&mut self, statement: &CreateAggregate) -> Result<(), Problem> {
        let (schema, name) = self.place(&statement.name, false)?;
        let arguments =
            self.function_arguments(statement.arguments.as_deref().unwrap_or_default())?;
        let dependencies = arguments.iter().flat_map(|a| self.user_type(&a.data_type)).collect();
        let function = Function {
            schema,
            name,
            kind: FunctionKind::Aggregate,
            arguments,
            returns: None,
            returns_set: false,
            language: "internal".into(),
            body: None,
            security_definer: false,
            immutable: None,
            settings: Vec::new(),
            owner: Oid::POSTGRES,
            history: History::created(Some(self.span)),
        };
        self.put_function(function, statement.or_replace, dependencies)
    }

    /// Adds a function, or puts it in the place of its namesake with the same signature.
    fn put_function(
        &mut self,
        function: Function,
        or_replace: bool,
        dependencies: Vec<Address>,
    ) -> Result<(), Problem> {
        let schema = function.schema;
        let existing = self
            .model
            .find_functions(schema, &function.name)
            .find(|(_, f)| same_signature(f, &function))
            .map(|(oid, _)| oid);
        let oid = match existing {
            None => self.model.insert(function),
            Some(_) if !or_replace => {
                let message = format!(
                    "function \"{}\" already exists with same argument types",
                    function.name
                );
                return Err(Problem::error("42723", message));
            }
            Some(oid) => {
                check_replacement(self.model.function(oid)?, &function)?;
                let history = self.model.function(oid)?.history.clone();
                *self.model.function_mut(oid)? = Function { history, ..function };
                self.model.forget_links_of(oid);
                self.record(oid, ChangeKind::Changed, "");
                oid
            }
        };
        self.model.depend(oid, schema, Dependency::Normal);
        self.model.depend_on_all(oid, dependencies);
        Ok(())
    }

    pub(super) fn function_arguments(
        &self,
        arguments: &[ast::Argument],
    ) -> Result<Vec<model::Argument>, Problem> {
        arguments
            .iter()
            .map(|argument| {
                Ok(model::Argument {
                    name: argument.name.as_ref().map_or("".into(), |n| names::stored(n).into()),
                    mode: model_mode(argument.mode),
                    data_type: self.argument_type(&argument.data_type)?,
                    default: argument.default.as_ref().map(|d| d.to_string().into()),
                })
            })
            .collect()
    }

    /// The arguments that a body can name.
    pub(super) fn named_arguments(&self, arguments: &[model::Argument]) -> Vec<NamedValue> {
        let named = arguments.iter().filter(|argument| !argument.name.is_empty());
        let is_known = |found: &TypeRef| {
            let found = self.model.data_type(found.oid);
            found.is_ok_and(|found| found.kind != TypeKind::Pseudo)
        };
        named.map(|a| (a.name.clone(), Some(a.data_type.clone()).filter(is_known))).collect()
    }

    /// The type of an argument, whose modifier does not count.
    fn argument_type(&self, written: &TypeName) -> Result<TypeRef, Problem> {
        let found = match written {
            TypeName::Plain(data_type) => self.resolve_type(data_type)?,
            TypeName::OfColumn(column) => self.resolve_column_type(column)?,
        };
        Ok(TypeRef::plain(found.oid))
    }

    /// What it returns, and whether that is a set.
    pub(super) fn function_result(
        &self,
        statement: &CreateFunction,
    ) -> Result<(Option<TypeRef>, bool), Problem> {
        let mut outputs = statement.arguments.iter().filter(|a| {
            matches!(a.mode, ArgumentMode::Out | ArgumentMode::InOut | ArgumentMode::Table)
        });
        let of_outputs = match (outputs.next(), outputs.next()) {
            (None, _) => None,
            (Some(only), None) => Some(self.argument_type(&only.data_type)?),
            _ => Some(TypeRef::plain(Oid::RECORD)),
        };
        if statement.kind == RoutineKind::Procedure {
            return Ok((of_outputs, false));
        }
        match &statement.returns {
            Some(Returns::Type(written)) => Ok((Some(self.argument_type(written)?), false)),
            Some(Returns::SetOf(written)) => Ok((Some(self.argument_type(written)?), true)),
            Some(Returns::Table) => Ok((of_outputs, true)),
            None if of_outputs.is_some() => Ok((of_outputs, false)),
            None => Err(Problem::error("42P13", "function result type must be specified")),
        }
    }

    fn function_language<'s>(&self, statement: &'s CreateFunction) -> Result<&'s str, Problem> {
        let Some(language) = statement.language.as_deref() else {
            return match statement.body {
                Some(FunctionBody::Return(_) | FunctionBody::Atomic(_) | FunctionBody::Unread) => {
                    Ok("sql")
                }
                _ => Err(Problem::error("42P13", "no language specified")),
            };
        };
        if statement.body.is_none() {
            return Err(Problem::error("42P13", "no function body specified"));
        }
        let known = LANGUAGES.contains(&language)
            || self.model.find_extension(language).is_some()
            || self.model.all::<Extension>().any(|(_, e)| language.starts_with(&*e.name));
        if known {
            Ok(language)
        } else {
            Err(Problem::error("42704", format!("language \"{language}\" does not exist")))
        }
    }

    /// What a standard body depends on; a body that is text depends on nothing.
    fn body_dependencies(
        &self,
        statement: &CreateFunction,
        over: Over<'_>,
    ) -> Result<Vec<Address>, Problem> {
        match &statement.body {
            Some(FunctionBody::Return(expr)) => {
                Ok(self.analyze_expr(expr, over, Place::Elsewhere)?.dependencies)
            }
            Some(FunctionBody::Atomic(statements)) => {
                let mut dependencies = Vec::new();
                for statement in statements {
                    if let sqlparser::ast::Statement::Query(query) = statement {
                        dependencies.extend(self.resolve_query(query, over)?.dependencies);
                    }
                }
                Ok(dependencies)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The type as something to depend on: none where it is built in.
    fn user_type(&self, data_type: &TypeRef) -> Option<Address> {
        let found = self.model.data_type(data_type.oid).ok()?;
        (found.schema != Oid::PG_CATALOG).then(|| data_type.oid.into())
    }
}

fn model_mode(mode: ArgumentMode) -> model::ArgumentMode {
    match mode {
        ArgumentMode::In => model::ArgumentMode::In,
        ArgumentMode::Out => model::ArgumentMode::Out,
        ArgumentMode::InOut => model::ArgumentMode::InOut,
        ArgumentMode::Variadic => model::ArgumentMode::Variadic,
        ArgumentMode::Table => model::ArgumentMode::Table,
    }
}

fn settings(written: &[(String, ast::SettingValue)]) -> Vec<(Arc<str>, Arc<str>)> {
    written
        .iter()
        .filter_map(|(name, value)| match value {
            ast::SettingValue::List(values) => {
                Some((name.as_str().into(), values.join(", ").into()))
            }
            ast::SettingValue::Default | ast::SettingValue::Current => None,
        })
        .collect()
}

fn same_signature(one: &Function, other: &Function) -> bool {
    one.signature().map(|t| t.oid).eq(other.signature().map(|t| t.oid))
}

/// What OR REPLACE must leave as it was.
fn check_replacement(old: &Function, new: &Function) -> Result<(), Problem> {
    if old.kind != new.kind {
        return Err(Problem::error("42809", "cannot change routine kind"));
    }
    let refuse = |message: String| Err(Problem::error("42P13", message));
    if old.returns != new.returns || old.returns_set != new.returns_set {
        return refuse("cannot change return type of existing function".to_owned());
    }
    let outputs = |f: &Function| -> Vec<_> {
        let is_output = |m| !matches!(m, model::ArgumentMode::In | model::ArgumentMode::Variadic);
        f.arguments
            .iter()
            .filter(|a| is_output(a.mode))
            .map(|a| (a.name.clone(), a.data_type.oid))
            .collect()
    };
    if outputs(old) != outputs(new) {
        return refuse("cannot change return type of existing function".to_owned());
    }
    let inputs = |f: &Function| -> Vec<_> {
        f.arguments.iter().filter(|a| a.mode.is_input()).cloned().collect()
    };
    for (old, new) in inputs(old).iter().zip(inputs(new).iter()) {
        if !old.name.is_empty() && old.name != new.name {
            return refuse(format!("cannot change name of input parameter \"{}\"", old.name));
        }
        if old.default.is_some() && new.default.is_none() {
            return refuse("cannot remove parameter defaults from existing function".to_owned());
        }
    }
    Ok(())
}
