use std::sync::Arc;

use super::{Oid, TypeRef};
use crate::catalog::History;

/// What sort of routine a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FunctionKind {
    Function,
    Procedure,
    Aggregate,
    Window,
}

/// Which way an argument goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArgumentMode {
    In,
    Out,
    InOut,
    Variadic,
    Table,
}

impl ArgumentMode {
    /// Whether a caller passes it, so that it is part of the signature.
    pub(crate) fn is_input(self) -> bool {
        matches!(self, Self::In | Self::InOut | Self::Variadic)
    }
}

/// An argument of a function.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    /// Its name; may be empty.
    pub(crate) name: Arc<str>,
    pub(crate) mode: ArgumentMode,
    pub(crate) data_type: TypeRef,
    /// The default as SQL.
    pub(crate) default: Option<Arc<str>>,
}

/// The body of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// Text, as `prosrc` has it.
    Text(Arc<str>),
    /// `RETURN` or `BEGIN ATOMIC`, as statements that do the same; `prosrc` is empty.
    Standard(Arc<str>),
}

impl Body {
    /// What it executes.
    pub(crate) fn code(&self) -> &Arc<str> {
        match self {
            Self::Text(code) | Self::Standard(code) => code,
        }
    }

    /// What `prosrc` has.
    pub(crate) fn prosrc(&self) -> Arc<str> {
        match self {
            Self::Text(text) => Arc::clone(text),
            Self::Standard(_) => "".into(),
        }
    }
}

/// A function, procedure or aggregate.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) schema: Oid,
    pub(crate) name: Arc<str>,
    pub(crate) kind: FunctionKind,
    pub(crate) arguments: Vec<Argument>,
    /// `None` for a procedure.
    pub(crate) returns: Option<TypeRef>,
    pub(crate) returns_set: bool,
    /// `sql`, `plpgsql`, …; lower case.
    pub(crate) language: Arc<str>,
    /// The body where it is PL/pgSQL or SQL that could be read.
    pub(crate) body: Option<Body>,
    pub(crate) security_definer: bool,
    /// Whether it is IMMUTABLE, where that is known.
    pub(crate) immutable: Option<bool>,
    /// `SET name = value` clauses.
    pub(crate) settings: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) owner: Oid,
    pub(crate) history: History,
}

impl Function {
    /// The types that identify it among its namesakes.
    pub(crate) fn signature(&self) -> impl Iterator<Item = &TypeRef> {
        self.arguments.iter().filter(|a| a.mode.is_input()).map(|a| &a.data_type)
    }
}
