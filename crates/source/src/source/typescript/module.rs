//! What one module says, free of its syntax tree, so that modules can be linked.

use super::code_argument::CodePosition;
use super::evaluate::Evaluator;
use super::value::{ImportPath, Missing, Value, Values};
use super::web::{Added, Router};
use crate::source::{Callsite, SourceGap};
use crate::span::{FileId, Span};

/// Everything that linking needs of a module.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) exports: Vec<Export>,
    pub(super) stars: Vec<Star>,
    pub(super) callsites: Vec<Callsite>,
    pub(super) dynamic_callsites: Vec<Callsite>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) emissions: Vec<Emitted>,
    pub(super) calls: Vec<ImportedCall>,
    pub(super) gaps: Vec<SourceGap>,
    /// What it adds to routers.
    pub(super) added: Vec<Added>,
    /// Evaluating the module took more steps than a file gets.
    pub(super) exhausted: bool,
    /// What it declares and emits may have to be judged for itself, not only where it is imported.
    pub(super) is_judged: bool,
    /// The methods that its default export takes, where it refuses all others.
    pub(super) handled: Option<Vec<String>>,
}

/// A name that a module exports.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) name: String,
    pub(super) target: Target,
    pub(super) span: Span,
}

/// An `export * from`.
#[derive(Debug)]
pub(super) struct Star {
    pub(super) specifier: String,
    pub(super) span: Span,
}

/// What an exported name stands for.
#[derive(Debug)]
pub(super) enum Target {
    /// Something that exists when the program runs.
    Value(Vec<Constant>),
    /// A type, or a declaration without a definition.
    Type,
    /// An export of another module.
    From { specifier: String, name: String },
}

/// A value, free of the syntax tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Text {
        text: String,
        of_object: bool,
    },
    Nothing,
    /// `undefined`, since the objects, by where they are written, do not have the member.
    Missing {
        member: String,
        objects: Vec<Span>,
    },
    Forwarded,
    Partial {
        before: String,
        after: String,
    },
    Opaque,
    Object(Object),
    Function {
        /// Where it is written.
        at: Span,
        returns: Vec<Constant>,
        code: Option<CodePosition>,
    },
    Import(ImportPath),
    /// Something of another module, or where that is `undefined` these.
    ImportOr {
        path: ImportPath,
        otherwise: Vec<Constant>,
    },
    /// The global `fetch`.
    Fetch,
    /// What routes are added to, in the file that it is made in.
    Router {
        file: FileId,
        router: Router,
    },
}

/// An object, enum or class with its entries.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    pub(super) entries: Vec<Entry>,
    pub(super) span: Span,
    /// It may have members that are not among the entries.
    pub(super) is_open: bool,
}

/// One entry of an object or enum.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Entry {
    /// A property; the name is as written where it is no constant.
    Property { name: String, values: Vec<Constant>, span: Span },
    /// All properties of something of another module.
    Spread { path: ImportPath, span: Span },
}

/// An object, enum or class that may declare codes.
#[derive(Debug)]
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) entries: Vec<Entry>,
    pub(super) span: Span,
}

impl Declaration {
    /// Whether it names one of `codes`, or takes whatever another module has.
    pub(super) fn may_declare(&self, codes: &[String]) -> bool {
        self.entries.iter().any(|entry| match entry {
            Entry::Spread { .. } => true,
            Entry::Property { name, values, .. } => {
                let is_code = |value: &Constant| {
                    matches!(value, Constant::Text { text, .. } if codes.contains(text))
                };
                codes.contains(name) || values.iter().any(is_code)
            }
        })
    }
}

/// A value that is handed to a sink.
#[derive(Debug, Clone)]
pub(super) struct Emitted {
    pub(super) value: Constant,
    pub(super) sink: String,
    pub(super) span: Span,
    /// Something else is emitted where the value is `undefined`.
    pub(super) has_default: bool,
}

/// A call of a code function of another module: which argument is the code is known there.
#[derive(Debug)]
pub(super) struct ImportedCall {
    pub(super) callee: ImportPath,
    /// What is emitted, for each place that the code may be in.
    pub(super) arguments: Vec<(CodePosition, Vec<Emitted>)>,
    /// What is emitted if the function cannot be found.
    pub(super) otherwise: Vec<Emitted>,
}

/// Objects within objects are kept down to this depth.
const DEEPEST: usize = 4;

impl<'a> Evaluator<'a, '_> {
    /// `values` free of the syntax tree.
    pub(super) fn constants(&self, values: &Values<'a>, file: FileId) -> Vec<Constant> {
        self.constants_within(values, file, 0)
    }

    pub(super) fn constants_within(
        &self,
        values: &Values<'a>,
        file: FileId,
        depth: usize,
    ) -> Vec<Constant> {
        let mut constants = Vec::new();
        for value in values.iter() {
            let constant = self.constant(value, file, depth);
            if !constants.contains(&constant) {
                constants.push(constant);
            }
        }
        constants
    }

    fn constant(&self, value: &Value<'a>, file: FileId, depth: usize) -> Constant {
        match value {
            Value::Text { text, of_object } => {
                Constant::Text { text: text.to_string(), of_object: *of_object }
            }
            Value::Nothing => Constant::Nothing,
            Value::Missing(missing) => missing_constant(missing, file),
            Value::Partial { before, after } => {
                Constant::Partial { before: before.to_string(), after: after.to_string() }
            }
            Value::Opaque => Constant::Opaque,
            Value::Import(path) => Constant::Import(path.clone()),
            Value::ImportOr(import) => Constant::ImportOr {
                path: import.0.clone(),
                otherwise: self.constants_within(&import.1, file, depth + 1),
            },
            Value::Fetch => Constant::Fetch,
            Value::Object(_)
            | Value::Merged(_)
            | Value::Class(_)
            | Value::Layers(_)
            | Value::Changed(_)
                if depth < DEEPEST =>
            {
                let entries = self.entries(value, file, depth + 1);
                let is_open = self.is_open(value, 0);
                Constant::Object(Object { entries, span: self.span_of(value, file), is_open })
            }
            Value::Router(router) => Constant::Router { file, router: (**router).clone() },
            Value::Function(function) if depth < DEEPEST => Constant::Function {
                at: self.span_of(value, file),
                returns: self.constants_within(
                    &self.returned_by(&Values::one(value.clone())),
                    file,
                    depth + 1,
                ),
                code: self.code_position(*function),
            },
            _ => Constant::Forwarded,
        }
    }
}

/// What objects of a file do not have.
pub(super) fn missing_constant(missing: &Missing, file: FileId) -> Constant {
    let objects = missing.objects.iter();
    Constant::Missing {
        member: missing.member.to_string(),
        objects: objects.map(|span| Span { file, start: span.start, end: span.end }).collect(),
    }
}
