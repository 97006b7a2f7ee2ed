//! The syntax tree of PL/pgSQL. SQL inside it is parsed once, when the body is.

use std::ops::Range;
use std::sync::Arc;

use sqlparser::ast::Statement as SqlStatement;
use sqlparser::tokenizer::TokenWithSpan;

use crate::engine::interpreter::parse;
use crate::engine::interpreter::query::parse_statement;

/// What makes a statement of an expression.
pub(super) const SELECT: &str = "SELECT ";

/// A block with its declarations and exception handlers.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) label: Option<String>,
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) body: Vec<Statement>,
    /// `None` where the block has no EXCEPTION part and so no sub-transaction.
    pub(crate) handlers: Option<Vec<Handler>>,
}

/// One entry of DECLARE.
#[derive(Debug, Clone)]
pub(crate) enum Declaration {
    Variable { name: String, data_type: TypeName, default: Option<Sql> },
    Alias { name: String, target: Vec<String> },
    Cursor { name: String, parameters: Vec<String>, query: Sql },
}

/// A type as a declaration spells it.
#[derive(Debug, Clone)]
pub(crate) enum TypeName {
    /// `name%TYPE`.
    TypeOf(Vec<String>),
    /// `table%ROWTYPE`
    RowType,
    Record,
    Named(String),
}

/// WHEN … THEN of an EXCEPTION part.
#[derive(Debug, Clone)]
pub(crate) struct Handler {
    pub(crate) conditions: Vec<Condition>,
    pub(crate) body: Vec<Statement>,
}

/// What a handler catches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Others,
    Name(String),
    SqlState(String),
}

/// SQL text inside a body: an expression, a query or a whole statement.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    /// The text with its INTO clause blanked out.
    pub(crate) text: Arc<str>,
    /// Where the text stands in the body.
    pub(crate) range: Range<usize>,
    /// The parsed statement, or why sqlparser cannot parse it. An expression is `SELECT expression`.
    pub(crate) parsed: Result<Arc<SqlStatement>, Arc<str>>,
}

/// A statement and where it stands in the body.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) kind: StatementKind,
    pub(crate) range: Range<usize>,
}

/// What is assigned to: a variable or a field of it, and subscripts.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) name: Vec<String>,
    pub(crate) subscripts: Vec<Sql>,
}

/// INTO \[STRICT\] targets.
#[derive(Debug, Clone)]
pub(crate) struct Into {
    pub(crate) strict: bool,
    pub(crate) targets: Vec<Target>,
}

/// A dynamic statement and its parameters.
#[derive(Debug, Clone)]
pub(crate) struct Dynamic {
    pub(crate) text: Sql,
    pub(crate) using: Vec<Sql>,
}

/// The kinds of statement.
#[derive(Debug, Clone)]
pub(crate) enum StatementKind {
    Block(Block),
    Assign {
        target: Target,
        value: Sql,
    },
    If {
        branches: Vec<(Sql, Vec<Statement>)>,
        otherwise: Vec<Statement>,
    },
    Case {
        subject: Option<Sql>,
        branches: Vec<(Vec<Sql>, Vec<Statement>)>,
        otherwise: Option<Vec<Statement>>,
    },
    Loop {
        label: Option<String>,
        source: LoopSource,
        body: Vec<Statement>,
    },
    Exit {
        next: bool,
        label: Option<String>,
        when: Option<Sql>,
    },
    Return(Option<Sql>),
    ReturnNext(Option<Sql>),
    ReturnQuery(Sql),
    ReturnExecute(Dynamic),
    Raise(Raise),
    Assert {
        condition: Sql,
        message: Option<Sql>,
    },
    Execute {
        dynamic: Dynamic,
        into: Option<Into>,
    },
    Perform(Sql),
    /// A query, DML or CALL, in which variables stand for their values.
    Query {
        sql: Sql,
        into: Option<Into>,
    },
    /// Any other SQL statement: no variables in it.
    Utility(Utility),
    GetDiagnostics {
        stacked: bool,
        items: Vec<(Target, String)>,
    },
    Open {
        cursor: String,
        source: CursorSource,
    },
    Fetch {
        cursor: String,
        into: Option<Into>,
    },
    Close,
    Commit,
    Rollback,
    Null,
}

/// A statement of SQL without variables.
#[derive(Debug, Clone)]
pub(crate) struct Utility {
    /// Where it stands in the body.
    pub(crate) range: Range<usize>,
    /// What it says, unless that is read only where it is executed.
    pub(crate) parsed: Option<Arc<parse::StatementKind>>,
}

/// What a loop goes over.
#[derive(Debug, Clone)]
pub(crate) enum LoopSource {
    Forever,
    While(Sql),
    Range { variable: String, reverse: bool, from: Sql, to: Sql, by: Option<Sql> },
    Query { targets: Vec<Target>, query: Sql },
    Dynamic { targets: Vec<Target>, dynamic: Dynamic },
    Cursor { targets: Vec<Target>, cursor: String, arguments: Vec<Sql> },
    Array { targets: Vec<Target>, slice: bool, array: Sql },
}

/// What OPEN reads from.
#[derive(Debug, Clone)]
pub(crate) enum CursorSource {
    Bound { arguments: Vec<Sql> },
    Query(Sql),
    Dynamic(Dynamic),
}

/// RAISE; without a level it is an exception.
#[derive(Debug, Clone)]
pub(crate) struct Raise {
    pub(crate) exception: bool,
    /// A format string, a condition's name or a SQLSTATE; none re-raises.
    pub(crate) subject: RaiseSubject,
    pub(crate) arguments: Vec<Sql>,
    /// USING options, by lower-case name.
    pub(crate) options: Vec<(String, Sql)>,
}

/// What a RAISE raises.
#[derive(Debug, Clone)]
pub(crate) enum RaiseSubject {
    Again,
    Format(String),
    Condition(Condition),
}

impl Sql {
    /// A whole statement.
    pub(crate) fn statement(text: Arc<str>, range: Range<usize>) -> Self {
        let parsed = parse_statement(&text);
        Self { text, range, parsed }
    }

    /// An expression, which may go on with FROM and more, as in `n := count(*) FROM t`.
    pub(crate) fn expression(text: &str, range: Range<usize>) -> Self {
        let parsed = parse_statement(&format!("{SELECT}{text}"));
        Self { text: text.into(), range, parsed }
    }

    /// A statement whose tokens are known, with what is before the text.
    pub(crate) fn of_tokens(text: &str, range: Range<usize>, tokens: Vec<TokenWithSpan>) -> Self {
        let parsed = parse::query_of(tokens).map(Arc::new).map_err(Arc::from);
        Self { text: text.into(), range, parsed }
    }
}
