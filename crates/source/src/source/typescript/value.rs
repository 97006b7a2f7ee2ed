//! Abstract values: what an expression may be when the program runs, as far as its module tells.

use std::rc::Rc;

use oxc_ast::ast::{
    ArrayExpression, ArrowFunctionExpression, Class, FormalParameters, Function, ObjectExpression,
};
use oxc_span::Span;
use oxc_syntax::node::NodeId;
use oxc_syntax::symbol::SymbolId;

use super::flow::VersionId;
use super::web::Router;

/// One thing that an expression may be.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    /// A constant text; `of_object` if it was read from a property of an object or enum.
    Text {
        text: Rc<str>,
        of_object: bool,
    },
    /// Something that is no text: a number, `undefined`, a regular expression.
    Nothing,
    /// `undefined`, since no object that was asked has the member.
    Missing(Rc<Missing>),
    /// Something that comes from elsewhere, such as a field of a result.
    Forwarded,
    /// A text that begins and ends like this, around what cannot be followed.
    Partial {
        before: Rc<str>,
        after: Rc<str>,
    },
    /// A text that is made in a way that cannot be followed.
    Opaque,
    Object(&'a ObjectExpression<'a>),
    /// What an array holds from an element on.
    Array(&'a ArrayExpression<'a>, usize),
    /// An enum or a namespace, with whatever it is merged with.
    Merged(SymbolId),
    /// An object with the members of several, of which the later ones win.
    Layers(Rc<[Values<'a>]>),
    /// The object of a variable at some time, after members of it changed.
    Changed(Moment),
    /// A class itself, whose properties are the static ones.
    Class(&'a Class<'a>),
    /// An object of a class.
    Instance(&'a Class<'a>),
    Function(Callable<'a>),
    /// The global `fetch`.
    Fetch,
    /// `globalThis` under any of its names.
    GlobalObject,
    /// A parameter of a function of the module, or something in it.
    Parameter(Parameter),
    /// What routes are added to.
    Router(Rc<Router>),
    /// Something of another module.
    Import(ImportPath),
    /// Something of another module, or where that is `undefined` these.
    ImportOr(Rc<(ImportPath, Values<'a>)>),
    /// Something that was changed by code that is not followed.
    Undecided,
}

/// A member that objects do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) member: Rc<str>,
    /// The objects by where they are written.
    pub(super) objects: Vec<Span>,
}

/// A variable at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Moment {
    pub(super) symbol: SymbolId,
    pub(super) version: VersionId,
}

/// A function with a body.
#[derive(Debug, Clone, Copy)]
pub(super) enum Callable<'a> {
    Function(&'a Function<'a>),
    Arrow(&'a ArrowFunctionExpression<'a>),
}

impl<'a> Callable<'a> {
    pub(super) fn id(self) -> NodeId {
        match self {
            Self::Function(f) => f.node_id.get(),
            Self::Arrow(f) => f.node_id.get(),
        }
    }

    pub(super) fn parameters(self) -> &'a FormalParameters<'a> {
        match self {
            Self::Function(f) => &f.params,
            Self::Arrow(f) => &f.params,
        }
    }

    /// The name that the function gives itself.
    pub(super) fn own_name(self) -> Option<&'a str> {
        match self {
            Self::Function(f) => f.id.as_ref().map(|id| id.name.as_str()),
            Self::Arrow(_) => None,
        }
    }
}

/// What a parameter holds: of the function at `function` the one at `index`, and in it the
/// property at `path`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Parameter {
    pub(super) function: NodeId,
    pub(super) index: usize,
    pub(super) path: Vec<Rc<str>>,
}

/// A way from an import to a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ImportPath {
    pub(super) specifier: String,
    pub(super) steps: Vec<Step>,
}

/// One step of an [`ImportPath`]; the first one of a named import is the export.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Member(String),
    AnyMember,
    Call,
}

impl ImportPath {
    /// Whether it leads to all of a module, or to its default export.
    pub(super) fn is_whole_module(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Member(name) if name == "default"))
    }

    /// The same path with one more step; too long ones are not worth following.
    pub(super) fn then(&self, step: Step) -> Option<Self> {
        const LONGEST: usize = 8;
        let mut path = self.clone();
        path.steps.push(step);
        (path.steps.len() <= LONGEST).then_some(path)
    }
}

impl Value<'_> {
    fn may_be_absent(&self, is_falsy: bool) -> bool {
        match self {
            Self::Text { text, .. } => is_falsy && text.is_empty(),
            Self::Opaque => is_falsy,
            Self::Nothing
            | Self::Missing(_)
            | Self::Forwarded
            | Self::Parameter(_)
            | Self::Import(_)
            | Self::ImportOr(_)
            | Self::Undecided => true,
            _ => false,
        }
    }
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text { text: a, of_object: x }, Self::Text { text: b, of_object: y }) => {
                a == b && x == y
            }
            (Self::Partial { before: a, after: x }, Self::Partial { before: b, after: y }) => {
                a == b && x == y
            }
            (Self::Object(a), Self::Object(b)) => a.node_id == b.node_id,
            (Self::Array(a, x), Self::Array(b, y)) => a.node_id == b.node_id && x == y,
            (Self::Merged(a), Self::Merged(b)) => a == b,
            (Self::Layers(a), Self::Layers(b)) => a == b,
            (Self::Changed(a), Self::Changed(b)) => a == b,
            (Self::Missing(a), Self::Missing(b)) => a == b,
            (Self::ImportOr(a), Self::ImportOr(b)) => a == b,
            (Self::Class(a), Self::Class(b)) | (Self::Instance(a), Self::Instance(b)) => {
                a.node_id == b.node_id
            }
            (Self::Function(a), Self::Function(b)) => a.id() == b.id(),
            (Self::Parameter(a), Self::Parameter(b)) => a == b,
            (Self::Import(a), Self::Import(b)) => a == b,
            (Self::Router(a), Self::Router(b)) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// Everything that an expression may be, each once.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Values<'a>(Vec<Value<'a>>);

impl<'a> Values<'a> {
    /// More than this is not enumerated.
    const MOST: usize = 64;

    pub(super) fn one(value: Value<'a>) -> Self {
        Self(vec![value])
    }

    pub(super) fn text(text: &str) -> Self {
        Self::one(Value::Text { text: text.into(), of_object: false })
    }

    pub(super) fn add(&mut self, value: Value<'a>) {
        if self.0.contains(&value) {
            return;
        }
        if self.0.len() < Self::MOST {
            self.0.push(value);
        } else if !self.0.contains(&Value::Opaque) {
            self.0.push(Value::Opaque);
        }
    }

    pub(super) fn extend(&mut self, values: impl IntoIterator<Item = Value<'a>>) {
        for value in values {
            self.add(value);
        }
    }

    #[must_use]
    pub(super) fn and(mut self, values: Self) -> Self {
        self.extend(values);
        self
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Value<'a>> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The constant texts among them.
    pub(super) fn texts(&self) -> impl Iterator<Item = &Rc<str>> {
        self.0.iter().filter_map(|value| match value {
            Value::Text { text, .. } => Some(text),
            _ => None,
        })
    }

    /// The text, if it can be no other.
    pub(super) fn only_text(&self) -> Option<&Rc<str>> {
        match self.0.as_slice() {
            [Value::Text { text, .. }] => Some(text),
            _ => None,
        }
    }

    /// Nothing but texts that are not empty, objects and the like: certainly true as a condition.
    pub(super) fn are_truthy(&self) -> bool {
        !self.0.is_empty()
            && self.0.iter().all(|value| match value {
                Value::Text { text, .. } => !text.is_empty(),
                value => !value.may_be_absent(true),
            })
    }

    /// Whether one of them may be `undefined`, or if `is_falsy` is asked for, empty or the like; of
    /// no values at all nothing is known.
    pub(super) fn may_be_absent(&self, is_falsy: bool) -> bool {
        self.0.is_empty() || self.0.iter().any(|value| value.may_be_absent(is_falsy))
    }

    /// These values, and where they may be `undefined`, or if `is_falsy` falsy, the others.
    #[must_use]
    pub(super) fn or_else(self, is_falsy: bool, others: impl FnOnce() -> Self) -> Self {
        if !self.may_be_absent(is_falsy) {
            return self;
        }
        self.with_default(is_falsy, &others())
    }

    fn with_default(self, is_falsy: bool, others: &Self) -> Self {
        if self.is_empty() {
            return others.clone();
        }
        let mut all = Self::default();
        for value in self {
            match value {
                Value::Nothing | Value::Missing(_) => all.extend(others.clone()),
                Value::Text { ref text, .. } if is_falsy && text.is_empty() => {
                    all.extend(others.clone());
                }
                Value::Import(path) => {
                    all.add(Value::ImportOr(Rc::new((path, others.clone()))));
                }
                Value::ImportOr(import) => {
                    let (path, otherwise) = &*import;
                    let otherwise = otherwise.clone().with_default(is_falsy, others);
                    all.add(Value::ImportOr(Rc::new((path.clone(), otherwise))));
                }
                value => {
                    let may_be_absent = value.may_be_absent(is_falsy);
                    all.add(value);
                    if may_be_absent {
                        all.extend(others.clone());
                    }
                }
            }
        }
        all
    }

    /// The same values with every text marked as read from an object.
    #[must_use]
    pub(super) fn of_object(self) -> Self {
        self.into_iter()
            .map(|value| match value {
                Value::Text { text, .. } => Value::Text { text, of_object: true },
                other => other,
            })
            .collect()
    }
}

impl<'a> FromIterator<Value<'a>> for Values<'a> {
    fn from_iter<I: IntoIterator<Item = Value<'a>>>(values: I) -> Self {
        let mut all = Self::default();
        all.extend(values);
        all
    }
}

impl<'a> IntoIterator for Values<'a> {
    type Item = Value<'a>;
    type IntoIter = std::vec::IntoIter<Value<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
