//! What the evaluator knows of a value.

use std::collections::BTreeMap;
use std::rc::Rc;

use imbl::{OrdMap, OrdSet};

use super::program::{EnumId, FunctionId, Scope, StructId, TypeId};
use super::syntax::Expr;
use crate::span::{FileId, Span};

/// The variables at a point of the program; cloning is cheap.
pub(super) type Variables<'p> = OrdMap<&'p str, Value<'p>>;

/// A route, by its number in the evaluator.
pub(super) type RouteId = usize;

#[derive(Clone)]
pub(super) enum Value<'p> {
    /// Control does not come here.
    Never,
    /// No text, and nothing that is followed: numbers, `()`, `None`.
    Inert,
    /// Data that is handed on: fields, parameters, what a server or a database answered.
    Existing,
    /// Made here in a way that is not followed.
    Unknown,
    Text(Text),
    Number(usize),
    Bool(bool),
    Variant {
        of: EnumId,
        index: usize,
        fields: Rc<Vec<Value<'p>>>,
    },
    Record {
        of: Option<StructId>,
        fields: Rc<BTreeMap<&'p str, Value<'p>>>,
    },
    /// Some value of a type that the program declares.
    Instance(TypeId),
    /// A tuple or an array.
    List(Rc<Vec<Value<'p>>>),
    Function(FunctionId),
    Closure(Rc<Closure<'p>>),
    Router(OrdSet<RouteId>),
    /// A method router.
    Methods(Rc<Vec<Handled>>),
    /// A method filter, by its methods.
    Filter(Rc<Vec<Rc<str>>>),
    /// An HTTP method.
    Method(Rc<str>),
    /// A client of reqwest, or its builder.
    Client,
    /// What a `Display` or a `Serialize` writes to.
    Formatter,
    /// Something of another crate, by its path.
    External(Rc<Vec<String>>),
    /// `Err` of a value; `Ok` and `Some` are see-through.
    Failure(Rc<Value<'p>>),
    /// One of several.
    Choice(Rc<Vec<Value<'p>>>),
}

/// A constant string.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Text {
    pub(super) value: Rc<str>,
    /// The expression that it comes from.
    pub(super) span: Span,
    /// The file of the enum whose variant it spells.
    pub(super) declared: Option<FileId>,
}

/// One method of a method router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Handled {
    /// The method's name, [`ANY`](super::vocabulary::ANY), or none where it is not a constant.
    pub(super) method: Option<Rc<str>>,
    /// The files that the method and its handler are written in.
    pub(super) files: Vec<FileId>,
}

/// A closure with the variables and the scope that it was made in.
pub(super) struct Closure<'p> {
    pub(super) expr: &'p Expr,
    pub(super) variables: Variables<'p>,
    pub(super) scope: Scope<'p>,
    pub(super) file: FileId,
}

/// More alternatives than this are not told apart.
const MOST_ALTERNATIVES: usize = 64;

impl<'p> Value<'p> {
    pub(super) fn text(value: &str, span: Span) -> Self {
        Self::Text(Text { value: value.into(), span, declared: None })
    }

    pub(super) fn list(values: Vec<Self>) -> Self {
        Self::List(Rc::new(values))
    }

    /// The values that it can be.
    pub(super) fn alternatives(&self) -> &[Self] {
        match self {
            Self::Choice(values) => values,
            value => std::slice::from_ref(value),
        }
    }

    /// Whether nothing is known that another source could not tell better.
    pub(super) fn is_vague(&self) -> bool {
        match self {
            Self::Existing | Self::Unknown | Self::Inert | Self::External(_) | Self::Failure(_) => {
                true
            }
            Self::Choice(values) => values.iter().all(Self::is_vague),
            _ => false,
        }
    }

    /// This or that.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, value) | (value, Self::Never) => value,
            (Self::Router(one), Self::Router(other)) => Self::Router(one.union(other)),
            (one, other) => Self::choice([one, other]),
        }
    }

    /// One of several values.
    pub(super) fn choice(values: impl IntoIterator<Item = Self>) -> Self {
        let mut distinct: Vec<Self> = Vec::new();
        let mut router: Option<OrdSet<RouteId>> = None;
        for value in values {
            for alternative in value.alternatives() {
                match alternative {
                    Self::Never => {}
                    Self::Router(routes) => {
                        router = Some(router.unwrap_or_default().union(routes.clone()));
                    }
                    value if distinct.len() >= MOST_ALTERNATIVES => {
                        if !distinct.iter().any(|known| matches!(known, Self::Unknown))
                            && !value.is_vague()
                        {
                            distinct.push(Self::Unknown);
                        }
                    }
                    value => {
                        if !distinct.iter().any(|known| known.same(value)) {
                            distinct.push(value.clone());
                        }
                    }
                }
            }
        }
        distinct.extend(router.map(Self::Router));
        match distinct.len() {
            0 => Self::Never,
            1 => distinct.remove(0),
            _ => Self::Choice(Rc::new(distinct)),
        }
    }

    /// Applies a function to each value that it can be.
    pub(super) fn map(&self, f: &mut dyn FnMut(&Self) -> Self) -> Self {
        match self {
            Self::Choice(values) => Self::choice(values.iter().map(f).collect::<Vec<_>>()),
            value => f(value),
        }
    }

    /// What it is if all goes well, and the error that it is otherwise.
    pub(super) fn outcomes(&self) -> (Self, Self) {
        let failure = |value: &Self| match value {
            Self::Failure(error) => Some((**error).clone()),
            _ => None,
        };
        let all = self.alternatives();
        let well = all.iter().filter(|value| failure(value).is_none()).cloned();
        (
            Self::choice(well.collect::<Vec<_>>()),
            Self::choice(all.iter().filter_map(failure).collect::<Vec<_>>()),
        )
    }

    /// Changes each text that it can be.
    pub(super) fn map_text(&self, f: &mut dyn FnMut(&Text) -> Text) -> Self {
        match self {
            Self::Text(text) => Self::Text(f(text)),
            Self::Failure(error) => Self::Failure(Rc::new(error.map_text(f))),
            Self::Choice(values) => {
                Self::choice(values.iter().map(|value| value.map_text(f)).collect::<Vec<_>>())
            }
            value => value.clone(),
        }
    }

    /// Whether two values are surely the same.
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inert, Self::Inert)
            | (Self::Existing, Self::Existing)
            | (Self::Unknown, Self::Unknown)
            | (Self::Client, Self::Client)
            | (Self::Formatter, Self::Formatter) => true,
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Failure(one), Self::Failure(other)) => one.same(other),
            (Self::Number(one), Self::Number(other)) => one == other,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Instance(one), Self::Instance(other)) => one == other,
            (Self::Function(one), Self::Function(other)) => one == other,
            (Self::Method(one), Self::Method(other)) => one == other,
            (Self::Methods(one), Self::Methods(other)) => one == other,
            (Self::Filter(one), Self::Filter(other)) => one == other,
            (Self::External(one), Self::External(other)) => one == other,
            (
                Self::Variant { of, index, fields },
                Self::Variant { of: of2, index: index2, fields: fields2 },
            ) => of == of2 && index == index2 && fields.is_empty() && fields2.is_empty(),
            (Self::Record { fields, .. }, Self::Record { fields: other, .. }) => {
                Rc::ptr_eq(fields, other)
            }
            (Self::List(one), Self::List(other)) => Rc::ptr_eq(one, other),
            (Self::Closure(one), Self::Closure(other)) => Rc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Whether nothing in it matters beyond its type.
    fn is_dull(&self) -> bool {
        match self {
            Self::Instance(_) | Self::Number(_) | Self::Client => true,
            Self::Record { fields, .. } => fields.values().all(Self::is_dull),
            Self::List(values) | Self::Choice(values) => values.iter().all(Self::is_dull),
            value => value.is_vague() && !matches!(value, Self::Failure(_)),
        }
    }

    /// An argument without the parts of which no more than the type matters.
    pub(super) fn simplified(&self) -> Self {
        match self {
            Self::Number(_) => Self::Inert,
            Self::Record { .. } | Self::List(_) if self.is_dull() => self.vague(),
            Self::Choice(values) => {
                Self::choice(values.iter().map(Self::simplified).collect::<Vec<_>>())
            }
            value => value.clone(),
        }
    }

    /// What its type tells of it.
    pub(super) fn vague(&self) -> Self {
        match self {
            Self::Record { of: Some(of), .. } => Self::Instance(TypeId::Struct(*of)),
            Self::Variant { of, .. } => Self::Instance(TypeId::Enum(*of)),
            Self::Choice(values) => {
                Self::choice(values.iter().map(Self::vague).collect::<Vec<_>>())
            }
            value if value.key().is_some() => value.clone(),
            _ => Self::Existing,
        }
    }

    /// Whether it is, or holds, what a function builds up: a router, or what a formatter is given.
    pub(super) fn is_built_up(&self) -> bool {
        match self {
            Self::Router(_) | Self::Methods(_) | Self::Formatter => true,
            Self::Record { fields, .. } => fields.values().any(Self::is_built_up),
            Self::List(values) | Self::Choice(values) => values.iter().any(Self::is_built_up),
            _ => false,
        }
    }

    /// A key under which the result of a call with this argument can be kept; none for values with parts.
    pub(super) fn key(&self) -> Option<String> {
        Some(match self {
            Self::Never | Self::Inert | Self::Existing | Self::Unknown => "_".to_owned(),
            Self::Text(text) => format!("{:?} {:?}", text.value, text.span),
            Self::Number(number) => number.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Instance(of) => format!("{of:?}"),
            Self::Function(id) => format!("fn {id}"),
            Self::Variant { of, index, fields } if fields.is_empty() => format!("{of}::{index}"),
            Self::Client => "client".to_owned(),
            Self::Failure(error) => format!("Err {}", error.key()?),
            Self::Method(method) => format!("{method} "),
            Self::Choice(values) => {
                values.iter().map(Self::key).collect::<Option<Vec<_>>>()?.join("|")
            }
            _ => return None,
        })
    }
}

/// Whether they are surely the same; values with parts are taken to differ.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

/// Whether a pattern takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    Maybe,
    Yes,
}
