//! What a Rust file means to the index: a small syntax tree without comments, excluded `cfg`s and type
//! parameters, with macros opened where their arguments are expressions. Unlike syn's tree it can be
//! sent between threads.

use crate::span::Span;

/// A path such as `codes::RUN` or `<ErrorCode as Display>::fmt`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Path {
    /// It starts with `::`.
    pub(super) rooted: bool,
    /// The type before `::` in `<T>::name` and `<T as Trait>::name`.
    pub(super) of: Option<Box<Type>>,
    pub(super) segments: Vec<String>,
    pub(super) span: Span,
}

impl Path {
    /// The name, if the path is one identifier.
    pub(super) fn single(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [name] if !self.rooted && self.of.is_none() => Some(name),
            _ => None,
        }
    }

    pub(super) fn last(&self) -> &str {
        self.segments.last().map_or("", String::as_str)
    }
}

/// A type, references taken off.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Type {
    Path {
        path: Path,
        arguments: Vec<Type>,
    },
    Tuple(Vec<Type>),
    List(Box<Type>),
    /// A function pointer or `impl Fn`, by what it returns.
    Function(Box<Type>),
    Other,
}

#[derive(Debug)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    Text(String),
    Number(usize),
    Bool(bool),
    /// A value that is no text and leads nowhere.
    Inert,
    Path(Path),
    Call {
        callee: Box<Expr>,
        arguments: Vec<Expr>,
    },
    Method {
        receiver: Box<Expr>,
        name: String,
        /// From the name to the closing parenthesis.
        call: Span,
        arguments: Vec<Expr>,
    },
    Field {
        base: Box<Expr>,
        name: String,
    },
    Index {
        base: Box<Expr>,
        index: Box<Expr>,
    },
    Struct {
        path: Path,
        fields: Vec<(String, Expr)>,
        rest: Option<Box<Expr>>,
    },
    /// Entries of `json!` and its like.
    Map(Vec<(Expr, Expr)>),
    Assign {
        target: Box<Expr>,
        value: Box<Expr>,
    },
    Binary {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `!x` and `-x`.
    Negate(Box<Expr>),
    Try(Box<Expr>),
    Await(Box<Expr>),
    If {
        condition: Box<Expr>,
        then: Block,
        otherwise: Option<Box<Expr>>,
    },
    Let {
        pattern: Pattern,
        value: Box<Expr>,
    },
    Match {
        scrutinee: Box<Expr>,
        arms: Vec<Arm>,
    },
    Block(Block),
    Loop {
        each: Option<(Pattern, Box<Expr>)>,
        condition: Option<Box<Expr>>,
        body: Block,
    },
    Closure {
        parameters: Vec<Parameter>,
        body: Box<Expr>,
    },
    Tuple(Vec<Expr>),
    Array(Vec<Expr>),
    Format(Vec<FormatPiece>),
    /// `write!` and `writeln!`.
    Write {
        target: Box<Expr>,
        text: Box<Expr>,
    },
    /// `concat!`.
    Concat(Vec<Expr>),
    Return(Option<Box<Expr>>),
    Break(Option<Box<Expr>>),
    /// `panic!` and its like, with their arguments.
    Never(Vec<Expr>),
    /// The arguments of any other macro.
    Several(Vec<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    AddAssign,
    Equal,
    Unequal,
    /// `|`, which joins method filters.
    BitOr,
    Other,
}

#[derive(Debug)]
pub(super) enum FormatPiece {
    Text(String),
    /// `{}` of an argument, plainly displayed.
    Display(Expr),
    /// `{:?}`, `{:>5}` and other forms.
    Other(Expr),
}

#[derive(Debug)]
pub(super) struct Arm {
    pub(super) pattern: Pattern,
    pub(super) guard: Option<Expr>,
    pub(super) body: Expr,
}

#[derive(Debug, Default)]
pub(super) struct Block {
    /// Items written in the block, with the number of the scope that they make in their file.
    pub(super) items: Vec<Item>,
    pub(super) scope: Option<u32>,
    pub(super) statements: Vec<Statement>,
}

#[derive(Debug)]
pub(super) struct Statement {
    /// Under `#[cfg(test)]`.
    pub(super) test: bool,
    pub(super) kind: StatementKind,
}

#[derive(Debug)]
pub(super) enum StatementKind {
    Let(Box<Binding>),
    /// An expression whose value is dropped.
    Expr(Expr),
    /// The last expression of a block, which is its value.
    Tail(Expr),
}

/// `let pattern: ty = value else { otherwise };`
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) pattern: Pattern,
    pub(super) ty: Option<Type>,
    pub(super) value: Option<Expr>,
    pub(super) otherwise: Option<Expr>,
}

#[derive(Debug)]
pub(super) enum Pattern {
    /// `_` and `..`.
    Wild,
    /// A number, a range, or another pattern that may or may not fit.
    Other,
    Name {
        name: String,
        inner: Option<Box<Pattern>>,
    },
    Text(String),
    Bool(bool),
    Path(Path),
    TupleStruct {
        path: Path,
        elements: Vec<Pattern>,
    },
    Struct {
        path: Path,
        fields: Vec<(String, Pattern)>,
    },
    Tuple(Vec<Pattern>),
    Or(Vec<Pattern>),
    Typed {
        pattern: Box<Pattern>,
        ty: Type,
    },
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) pattern: Pattern,
    pub(super) ty: Option<Type>,
}

#[derive(Debug)]
pub(super) struct Item {
    /// Empty for `impl` blocks and imports.
    pub(super) name: String,
    /// Under `#[cfg(test)]`, or a `#[test]`.
    pub(super) test: bool,
    pub(super) kind: ItemKind,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum ItemKind {
    Function(Function),
    Constant { ty: Type, value: Expr },
    Enum(Enum),
    Struct(Struct),
    Alias(Type),
    Module { path: Option<String>, items: Option<Vec<Item>> },
    Impl(Impl),
    Use(Vec<Import>),
}

#[derive(Debug)]
pub(super) struct Function {
    pub(super) has_self: bool,
    /// Without `self`.
    pub(super) parameters: Vec<Parameter>,
    pub(super) output: Type,
    pub(super) body: Block,
    /// `#[utoipa::path(get, path = "/x")]`: methods and path.
    pub(super) documented_route: Option<(Vec<String>, String)>,
}

#[derive(Debug)]
pub(super) struct Impl {
    pub(super) of: Type,
    /// The trait with its type arguments.
    pub(super) trait_: Option<(Path, Vec<Type>)>,
    pub(super) items: Vec<Item>,
}

/// One name that a `use` brings in.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) rooted: bool,
    pub(super) segments: Vec<String>,
    /// Its name here, none for a glob.
    pub(super) name: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Struct {
    pub(super) fields: Vec<Field>,
    /// The path of `#[typed_path("/x/{id}")]`, which axum-extra derives a route from.
    pub(super) typed_path: Option<String>,
}

#[derive(Debug)]
pub(super) struct Field {
    /// The name, or the number of a tuple field.
    pub(super) name: String,
    /// What serde writes it as.
    pub(super) written: String,
    pub(super) ty: Type,
}

#[derive(Debug)]
pub(super) struct Enum {
    pub(super) variants: Vec<Variant>,
    /// Each derived trait by its path.
    pub(super) derives: Vec<Path>,
    /// serde writes it through a conversion (`into`), or leaves the variant's name out (`untagged`).
    pub(super) serde_indirect: bool,
}

#[derive(Debug)]
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    /// What a derived `Serialize` writes.
    pub(super) serde: String,
    /// What strum's derived `Display`, `AsRefStr` and `IntoStaticStr` write.
    pub(super) strum: String,
    /// The text of `#[error("…")]` (thiserror) and of `#[display("…")]` (derive_more), without placeholders.
    pub(super) error: Option<String>,
    pub(super) display: Option<String>,
    pub(super) span: Span,
}

/// A part of a file that could not be read.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) span: Span,
    pub(super) reason: String,
}

/// One file as read.
#[derive(Debug, Default)]
pub(super) struct Ast {
    pub(super) items: Vec<Item>,
    pub(super) unread: Vec<Unread>,
}

impl Expr {
    /// Hands out the expressions and the blocks directly inside this one.
    pub(super) fn parts<'p>(
        &'p self,
        expr: &mut dyn FnMut(&'p Expr),
        block: &mut dyn FnMut(&'p Block),
    ) {
        match &self.kind {
            ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Inert
            | ExprKind::Path(_) => {}
            ExprKind::Call { callee, arguments } => {
                expr(callee);
                arguments.iter().for_each(expr);
            }
            ExprKind::Method { receiver, arguments, .. } => {
                expr(receiver);
                arguments.iter().for_each(expr);
            }
            ExprKind::Field { base: inner, .. }
            | ExprKind::Negate(inner)
            | ExprKind::Try(inner)
            | ExprKind::Await(inner)
            | ExprKind::Let { value: inner, .. }
            | ExprKind::Closure { body: inner, .. } => expr(inner),
            ExprKind::Index { base: first, index: second }
            | ExprKind::Assign { target: first, value: second }
            | ExprKind::Binary { left: first, right: second, .. }
            | ExprKind::Write { target: first, text: second } => {
                expr(first);
                expr(second);
            }
            ExprKind::Struct { fields, rest, .. } => {
                fields.iter().for_each(|(_, value)| expr(value));
                rest.iter().for_each(|rest| expr(rest));
            }
            ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                expr(key);
                expr(value);
            }),
            ExprKind::If { condition, then, otherwise } => {
                expr(condition);
                block(then);
                otherwise.iter().for_each(|otherwise| expr(otherwise));
            }
            ExprKind::Match { scrutinee, arms } => {
                expr(scrutinee);
                for arm in arms {
                    arm.guard.iter().for_each(&mut *expr);
                    expr(&arm.body);
                }
            }
            ExprKind::Block(inner) => block(inner),
            ExprKind::Loop { each, condition, body } => {
                each.iter().for_each(|(_, list)| expr(list));
                condition.iter().for_each(|condition| expr(condition));
                block(body);
            }
            ExprKind::Tuple(parts)
            | ExprKind::Array(parts)
            | ExprKind::Concat(parts)
            | ExprKind::Never(parts)
            | ExprKind::Several(parts) => parts.iter().for_each(expr),
            ExprKind::Format(pieces) => pieces.iter().for_each(|piece| match piece {
                FormatPiece::Text(_) => {}
                FormatPiece::Display(value) | FormatPiece::Other(value) => expr(value),
            }),
            ExprKind::Return(value) | ExprKind::Break(value) => {
                value.iter().for_each(|value| expr(value))
            }
        }
    }
}
