//! Which routine a statement means by name and arguments, and `ALTER` and `DROP` of it.

use std::sync::Arc;

use crate::catalog::{ChangeKind, History};
use crate::engine::interpreter::model::{
    Address, Behavior, Function, FunctionKind, Model, Oid, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{
    AlterFunction, Argument, ArgumentMode, DropFunctions, ObjectChange, RoutineKind, RoutineRef,
    TypeName,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// The routine that a statement names.
    pub(crate) fn routine(&self, kind: RoutineKind, written: &RoutineRef) -> Result<Oid, Problem> {
        let (schema, name) = Self::split_name(&written.name)?;
        let path = match &schema {
            Some(schema) => vec![self.schema(schema)?],
            None => self.function_path(),
        };
        let found = match &written.arguments {
            Some(arguments) => {
                let types = self.argument_types(arguments)?;
                self.by_arguments(&path, &name, &types)
            }
            None => self.by_name(kind, &path, &name)?,
        };
        let shown = match &written.arguments {
            Some(arguments) => {
                let types: Vec<String> =
                    arguments.iter().map(|a| shown_type(&a.data_type)).collect();
                format!("{}({})", written.name, types.join(", "))
            }
            None => format!("{}()", written.name),
        };
        let Some((oid, function)) = found else {
            let message = match (&written.arguments, kind) {
                (None, RoutineKind::Function) => {
                    format!("could not find a function named \"{}\"", written.name)
                }
                _ => format!("{} {shown} does not exist", word(kind)),
            };
            return Err(Problem::error("42883", message));
        };
        if is_of_kind(kind, function.kind) {
            Ok(oid)
        } else {
            Err(Problem::error("42809", format!("{shown} is not a {}", word(kind))))
        }
    }

    /// The input types that a statement gives, and all of them, OUT ones too.
    fn argument_types(&self, arguments: &[Argument]) -> Result<[Vec<Oid>; 2], Problem> {
        let (mut inputs, mut all) = (Vec::new(), Vec::new());
        for argument in arguments {
            let data_type = match &argument.data_type {
                TypeName::Plain(written) => self.resolve_type(written)?,
                TypeName::OfColumn(column) => self.resolve_column_type(column)?,
            };
            all.push(data_type.oid);
            if !matches!(argument.mode, ArgumentMode::Out | ArgumentMode::Table) {
                inputs.push(data_type.oid);
            }
        }
        Ok([inputs, all])
    }

    fn by_arguments(
        &self,
        path: &[Oid],
        name: &str,
        [inputs, all]: &[Vec<Oid>; 2],
    ) -> Option<(Oid, &Function)> {
        let candidates = || path.iter().flat_map(|s| self.model.find_functions(*s, name));
        candidates().find(|(_, f)| f.signature().map(|t| t.oid).eq(inputs.iter().copied())).or_else(
            || {
                candidates().find(|(_, f)| {
                    f.kind == FunctionKind::Procedure
                        && f.arguments.iter().map(|a| a.data_type.oid).eq(all.iter().copied())
                })
            },
        )
    }

    /// The only routine of that name and kind along the path.
    fn by_name(
        &self,
        kind: RoutineKind,
        path: &[Oid],
        name: &str,
    ) -> Result<Option<(Oid, &Function)>, Problem> {
        let fits = |function: &Function| match kind {
            RoutineKind::Function | RoutineKind::Aggregate => {
                function.kind != FunctionKind::Procedure
            }
            RoutineKind::Procedure => function.kind == FunctionKind::Procedure,
            RoutineKind::Routine => true,
        };
        let mut found: Vec<(Oid, &Function)> = Vec::new();
        for candidate in path.iter().flat_map(|s| self.model.find_functions(*s, name)) {
            // One that stands earlier in the path hides one with the same arguments.
            let hidden = found.iter().any(|(_, f)| f.signature().eq(candidate.1.signature()));
            if fits(candidate.1) && !hidden {
                found.push(candidate);
            }
        }
        if found.len() > 1 {
            let message = format!("{} name \"{name}\" is not unique", word(kind));
            return Err(Problem::error("42725", message));
        }
        Ok(found.pop())
    }

    /// Executes DROP FUNCTION and its kin.
    pub(crate) fn drop_functions(&mut self, statement: &DropFunctions) -> Result<(), Problem> {
        let mut targets: Vec<Address> = Vec::new();
        for written in &statement.routines {
            match self.routine(statement.kind, written) {
                Ok(oid) => targets.push(oid.into()),
                Err(Problem::Error(error)) if statement.if_exists && is_missing(error.sqlstate) => {
                }
                Err(problem) => return Err(problem),
            }
        }
        self.drop_objects(&targets, behavior(statement.cascade))
    }

    /// Executes ALTER FUNCTION and its kin.
    pub(crate) fn alter_function(&mut self, statement: &AlterFunction) -> Result<(), Problem> {
        let oid = self.routine(statement.kind, &statement.routine)?;
        let (schema, name) = {
            let function = self.model.function(oid)?;
            (function.schema, function.name.clone())
        };
        match &statement.change {
            ObjectChange::Rename(new) => {
                let new: Arc<str> = names::stored(new).into();
                self.check_function_free(oid, schema, &new)?;
                self.model.rename(oid, &new)?;
                self.record(oid, ChangeKind::Renamed, format!("to {new}"));
            }
            ObjectChange::SetSchema(target) => {
                let target_name = names::stored(target);
                let target = self.schema(&target_name)?;
                if target != schema {
                    self.check_function_free(oid, target, &name)?;
                    self.model.set_schema(oid, target)?;
                    self.record(oid, ChangeKind::Renamed, format!("to {target_name}.{name}"));
                }
            }
            _ => {
                // Whether it says IMMUTABLE is not read.
                self.model.function_mut(oid)?.immutable = None;
                self.record(oid, ChangeKind::Changed, "");
            }
        }
        Ok(())
    }

    fn check_function_free(&self, oid: Oid, schema: Oid, name: &str) -> Result<(), Problem> {
        let function = self.model.function(oid)?;
        let taken = self
            .model
            .find_functions(schema, name)
            .any(|(other, f)| other != oid && f.signature().eq(function.signature()));
        if taken {
            let schema = &self.model.schema(schema)?.name;
            let message = format!("function {name} already exists in schema \"{schema}\"");
            return Err(Problem::error("42723", message));
        }
        Ok(())
    }

    /// The function without arguments that a trigger calls.
    pub(crate) fn trigger_function(
        &mut self,
        name: &sqlparser::ast::ObjectName,
        returns: Oid,
    ) -> Result<Oid, Problem> {
        let written = RoutineRef { name: name.clone(), arguments: Some(Vec::new()) };
        let oid = match self.routine(RoutineKind::Function, &written) {
            Ok(oid) => oid,
            Err(problem) => return self.server_trigger_function(name).ok_or(problem),
        };
        let function = self.model.function(oid)?;
        if function.returns.as_ref().is_some_and(|t| t.oid == returns) {
            return Ok(oid);
        }
        let wanted = type_name(&self.model, returns);
        Err(Problem::error("42P17", format!("function {name} must return type {wanted}")))
    }
}

impl Session {
    /// A trigger function that every server has, which gets into the model once it is used.
    fn server_trigger_function(&mut self, name: &sqlparser::ast::ObjectName) -> Option<Oid> {
        const FUNCTIONS: [&str; 3] = [
            "suppress_redundant_updates_trigger",
            "tsvector_update_trigger",
            "tsvector_update_trigger_column",
        ];
        let (schema, name) = Self::split_name(name).ok()?;
        let plain = schema.is_none_or(|schema| &*schema == "pg_catalog");
        (plain && FUNCTIONS.contains(&&*name)).then(|| {
            self.model.insert(Function {
                schema: Oid::PG_CATALOG,
                name,
                kind: FunctionKind::Function,
                arguments: Vec::new(),
                returns: Some(TypeRef::plain(Oid::TRIGGER)),
                returns_set: false,
                language: "internal".into(),
                body: None,
                security_definer: false,
                immutable: None,
                settings: Vec::new(),
                owner: Oid::POSTGRES,
                history: History::default(),
            })
        })
    }
}

fn type_name(model: &Model, oid: Oid) -> String {
    model.data_type(oid).map(|t| t.name.to_string()).unwrap_or_default()
}

/// Whether IF EXISTS forgives the error: the routine, its schema or a type of it is missing.
pub(super) fn is_missing(sqlstate: &str) -> bool {
    matches!(sqlstate, "42883" | "3F000" | "42704" | "42P01")
}

/// CASCADE or RESTRICT.
pub(super) fn behavior(cascade: bool) -> Behavior {
    if cascade { Behavior::Cascade } else { Behavior::Restrict }
}

fn is_of_kind(wanted: RoutineKind, kind: FunctionKind) -> bool {
    match wanted {
        RoutineKind::Routine => true,
        RoutineKind::Function => matches!(kind, FunctionKind::Function | FunctionKind::Window),
        RoutineKind::Procedure => kind == FunctionKind::Procedure,
        RoutineKind::Aggregate => kind == FunctionKind::Aggregate,
    }
}

fn word(kind: RoutineKind) -> &'static str {
    match kind {
        RoutineKind::Function => "function",
        RoutineKind::Procedure => "procedure",
        RoutineKind::Aggregate => "aggregate",
        RoutineKind::Routine => "routine",
    }
}

fn shown_type(written: &TypeName) -> String {
    match written {
        TypeName::Plain(data_type) => data_type.to_string(),
        TypeName::OfColumn(column) => format!("{column}%TYPE"),
    }
}
