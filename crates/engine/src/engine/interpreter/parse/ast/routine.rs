//! Functions, procedures and aggregates.

use sqlparser::ast::{DataType, Expr, Ident, ObjectName};

use super::{Body, ObjectChange, SettingValue};
use crate::engine::interpreter::syntax::SyntaxError as Refusal;

/// What kind of routine a statement speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoutineKind {
    /// `FUNCTION`
    Function,
    /// `PROCEDURE`
    Procedure,
    /// `AGGREGATE`
    Aggregate,
    /// `ROUTINE`: any of them.
    Routine,
}

/// The mode of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentMode {
    /// `IN`, the default.
    In,
    /// `OUT`
    Out,
    /// `INOUT`
    InOut,
    /// `VARIADIC`
    Variadic,
    /// A column of `RETURNS TABLE`.
    Table,
}

/// One argument.
#[derive(Debug, Clone)]
pub struct Argument {
    /// Its mode.
    pub mode: ArgumentMode,
    /// Its name.
    pub name: Option<Ident>,
    /// Its type.
    pub data_type: TypeName,
    /// Its default.
    pub default: Option<Expr>,
}

/// A type as written.
#[derive(Debug, Clone)]
pub enum TypeName {
    /// An ordinary one.
    Plain(DataType),
    /// `table.column%TYPE`
    OfColumn(ObjectName),
}

/// What a function returns.
#[derive(Debug, Clone)]
pub enum Returns {
    /// A type.
    Type(TypeName),
    /// `SETOF type`
    SetOf(TypeName),
    /// `TABLE (…)`; the columns are among the arguments.
    Table,
}

/// The code of a function.
#[derive(Debug, Clone)]
pub enum FunctionBody {
    /// `AS 'text'`
    Text(Body),
    /// `AS 'library', 'symbol'`
    Library,
    /// `RETURN expression`
    Return(Box<Expr>),
    /// `BEGIN ATOMIC … END`: the statements inside.
    Atomic(Vec<sqlparser::ast::Statement>),
    /// A standard body that could not be read.
    Unread,
}

/// `CREATE [OR REPLACE] {FUNCTION | PROCEDURE}`
#[derive(Debug, Clone)]
pub struct CreateFunction {
    /// `OR REPLACE`
    pub or_replace: bool,
    /// Function or procedure.
    pub kind: RoutineKind,
    /// Its name.
    pub name: ObjectName,
    /// All arguments in order, OUT ones and the columns of `RETURNS TABLE` too.
    pub arguments: Vec<Argument>,
    /// What it returns, `None` if only its OUT arguments tell.
    pub returns: Option<Returns>,
    /// The language, folded.
    pub language: Option<String>,
    /// Its code.
    pub body: Option<FunctionBody>,
    /// `WINDOW`
    pub window: bool,
    /// `SECURITY DEFINER`
    pub security_definer: bool,
    /// `IMMUTABLE`
    pub immutable: bool,
    /// `SET name = value` of the function, such as `search_path`.
    pub settings: Vec<(String, SettingValue)>,
    /// Why the server refuses the syntax of the code, if it does.
    pub(in crate::engine::interpreter) refusal: Option<Refusal>,
}

/// `CREATE [OR REPLACE] AGGREGATE`
#[derive(Debug, Clone)]
pub struct CreateAggregate {
    /// `OR REPLACE`
    pub or_replace: bool,
    /// Its name.
    pub name: ObjectName,
    /// Its arguments; `None` for `(*)`.
    pub arguments: Option<Vec<Argument>>,
    /// The option `sfunc`.
    pub transition: Option<ObjectName>,
}

/// A function named in a statement, with or without its arguments.
#[derive(Debug, Clone)]
pub struct RoutineRef {
    /// Its name.
    pub name: ObjectName,
    /// Its arguments where given; an empty list is not the same as none.
    pub arguments: Option<Vec<Argument>>,
}

/// `ALTER {FUNCTION | PROCEDURE | ROUTINE | AGGREGATE}`
#[derive(Debug, Clone)]
pub struct AlterFunction {
    /// The kind named.
    pub kind: RoutineKind,
    /// Which.
    pub routine: RoutineRef,
    /// What to do.
    pub change: ObjectChange,
}

/// `DROP {FUNCTION | PROCEDURE | ROUTINE | AGGREGATE}`
#[derive(Debug, Clone)]
pub struct DropFunctions {
    /// The kind named.
    pub kind: RoutineKind,
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Which.
    pub routines: Vec<RoutineRef>,
    /// `CASCADE`
    pub cascade: bool,
}
