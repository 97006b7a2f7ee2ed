//! The source index: endpoints, callsites, declared and emitted error codes. TypeScript and
//! JavaScript are read by oxc, Rust by syn; a check cannot tell which.

use std::fmt;
use std::sync::Arc;

use crate::span::{FileId, Span};

mod caller;
pub mod comments;
mod dispatch;
mod language;
pub mod rust;
pub mod typescript;
mod url;
mod words;

pub use caller::Caller;
pub use dispatch::{LoadText, Prefilter, index};
pub use language::Language;
pub use url::{UrlPath, UrlPiece, UrlSegment};

/// What packs want to know of the sources, so that files which cannot matter are not parsed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceQuery {
    /// Literal path prefixes of guarded endpoints, such as `/api/diagnosis-runs`.
    pub endpoint_prefixes: Vec<String>,
    /// Names of fields, keys and properties whose value is an emitted code: `errorCode`, `error_code`.
    pub code_fields: Vec<String>,
    /// Names of functions or methods that are handed a code: `addErrorEntry`, `add_error_entry`.
    pub code_functions: Vec<String>,
    /// The codes that a declaring module declares.
    pub codes: Vec<String>,
    /// Modules whose `fetch` is fetch, and functions that are called as it is.
    pub callers: Vec<String>,
    /// Functions that call endpoints in another way.
    pub other_callers: Vec<Caller>,
}

/// Everything that the checks may ask about the sources.
#[derive(Debug, Clone, Default)]
pub struct SourceIndex {
    /// Handlers of HTTP endpoints.
    pub endpoints: Vec<Endpoint>,
    /// Literal callsites of `fetch` and `reqwest`.
    pub callsites: Vec<Callsite>,
    /// Calls whose path is known and not literal: it is handed on through a variable.
    pub dynamic_callsites: Vec<Callsite>,
    /// Declarations of error codes.
    pub declarations: Vec<CodeDeclaration>,
    /// Error codes emitted.
    pub emissions: Vec<Emission>,
    /// What could not be read.
    pub gaps: Vec<SourceGap>,
    /// How many files were considered, those skipped before parsing included.
    pub files: usize,
}

impl SourceIndex {
    /// Adds what another reader found.
    pub fn extend(&mut self, other: Self) {
        self.endpoints.extend(other.endpoints);
        self.callsites.extend(other.callsites);
        self.dynamic_callsites.extend(other.dynamic_callsites);
        self.declarations.extend(other.declarations);
        self.emissions.extend(other.emissions);
        self.gaps.extend(other.gaps);
        self.files += other.files;
    }
}

/// An HTTP method of an endpoint or a callsite.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// A method by its upper-case name.
    Named(Arc<str>),
    /// Every method: axum's `any`.
    Any,
    /// A method that is not a constant.
    Unknown,
    /// A method that cannot be told: the options may have changed before the call.
    Undecided,
    /// Any method but GET and HEAD: the `action` of a route of Remix.
    Writing,
}

impl Method {
    /// Whether a handler of this method answers one of that name.
    #[must_use]
    pub fn serves(&self, name: &str) -> bool {
        match self {
            Self::Named(own) => **own == *name,
            Self::Any => true,
            Self::Writing => !matches!(name, "GET" | "HEAD"),
            Self::Unknown | Self::Undecided => false,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Named(name) => name,
            Self::Any => "ANY",
            Self::Writing => "NON-GET",
            Self::Unknown | Self::Undecided => "?",
        })
    }
}

/// One segment of an endpoint's path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteSegment {
    /// Text that must be there, after percent-decoding.
    Literal(String),
    /// One segment, whatever its name: `[id]`, `{id}`, `:id`.
    Dynamic,
    /// Text around a dynamic part: axum's `/run-{id}` (prefix, suffix).
    Partial(String, String),
    /// One or more segments: `[...rest]`, `{*rest}`.
    CatchAll,
    /// Zero or more segments: `[[...rest]]`.
    OptionalCatchAll,
    /// One segment, whatever its name, or none: `[[id]]`, `:id?`.
    Optional,
}

/// Whether a route lies at or below a literal path, as it is where what is optional is left out.
pub fn lies_below<'p>(route: &[RouteSegment], path: impl IntoIterator<Item = &'p str>) -> bool {
    let mut route = route.iter().peekable();
    path.into_iter().filter(|part| !part.is_empty()).all(|part| {
        let is_optional = |segment: &&RouteSegment| {
            matches!(segment, RouteSegment::Optional | RouteSegment::OptionalCatchAll)
        };
        while route.next_if(is_optional).is_some() {}
        matches!(route.next(), Some(RouteSegment::Literal(own)) if own == part)
    })
}

/// How an endpoint was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    /// A `route` file of a Next.js app router, or a file below `pages/api`.
    NextJs,
    /// A route of an axum router.
    Axum,
    /// A `+server` file of SvelteKit.
    SvelteKit,
    /// A route module of Remix or React Router.
    Remix,
    /// A route of a Hono application.
    Hono,
    /// A route of an Express application.
    Express,
    /// A route of a Fastify server.
    Fastify,
}

impl Framework {
    /// Which of the routes that take a path gets the call.
    #[must_use]
    pub fn precedence(self) -> Precedence {
        match self {
            Self::NextJs | Self::Axum | Self::SvelteKit | Self::Remix => Precedence::Path,
            Self::Fastify => Precedence::MethodAndPath,
            Self::Hono | Self::Express => Precedence::Order,
        }
    }
}

/// Which of the routes that take a path gets the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precedence {
    /// The most literal one, which answers other methods by refusing them.
    Path,
    /// The most literal one of those that have the method.
    MethodAndPath,
    /// The first one that has the method.
    Order,
}

/// A handler of one method of one path.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its method.
    pub method: Method,
    /// Its path by segments; `/` is none.
    pub route: Vec<RouteSegment>,
    /// The path ends in a slash.
    pub trailing_slash: bool,
    /// A slash at the end makes another path of it.
    pub slash_matters: bool,
    /// What tells the applications of one framework apart: the folder, or where it is made.
    pub application: Arc<str>,
    /// How it was written.
    pub framework: Framework,
    /// The export or the `.route` call.
    pub span: Span,
    /// The files that the handler's code is in: that of the export or the `.route` call first, then
    /// those that a re-export or an import leads to.
    pub modules: Vec<FileId>,
}

/// A call of `fetch` or `reqwest` whose URL is literal.
#[derive(Debug, Clone)]
pub struct Callsite {
    /// The method of the call.
    pub method: Method,
    /// The path, without origin, query string and fragment.
    pub path: UrlPath,
    /// The call.
    pub span: Span,
}

/// A declaration of error codes: an object, an enum.
#[derive(Debug, Clone)]
pub struct CodeDeclaration {
    /// The name that it is declared under.
    pub name: String,
    /// The codes with what they are written as.
    pub codes: Vec<DeclaredCode>,
    /// The declaration.
    pub span: Span,
}

/// One code of a declaration.
#[derive(Debug, Clone)]
pub struct DeclaredCode {
    /// The key or variant; in Rust the variant's name in SCREAMING_SNAKE_CASE is not assumed, the
    /// name is the written value that the code is known by.
    pub name: String,
    /// Every value it is written as; more than one where ways of writing it disagree, none where
    /// the value is not a constant.
    pub values: Vec<String>,
    /// The entry.
    pub span: Span,
}

/// A code that a program emits.
#[derive(Debug, Clone)]
pub struct Emission {
    /// What is emitted.
    pub code: EmittedCode,
    /// What it is handed to: `errorCode`, `addErrorEntry`.
    pub sink: String,
    /// The expression that is the code.
    pub span: Span,
}

/// The value of an emitted code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmittedCode {
    /// A constant; the empty string is one.
    Constant(String),
    /// A text that begins and ends like this, around a part that is not constant.
    Partial {
        /// What it begins with.
        before: String,
        /// What it ends with.
        after: String,
    },
    /// `undefined`, since a member was read that no object has: the objects by where they are written.
    Undeclared {
        /// The name of the member.
        member: String,
        /// The objects that do not have it.
        objects: Vec<Span>,
    },
    /// A value that could not be followed to a constant; forwarding an existing field is no emission.
    Opaque,
}

impl fmt::Display for EmittedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(code) => f.write_str(code),
            Self::Partial { before, after } => write!(f, "{before}…{after}"),
            Self::Undeclared { member, .. } => f.write_str(member),
            Self::Opaque => f.write_str("?"),
        }
    }
}

/// A source file, or a part of it, that could not be read.
#[derive(Debug, Clone)]
pub struct SourceGap {
    /// Where.
    pub span: Span,
    /// Why, in one lower-case sentence.
    pub reason: String,
    /// It may hold, or hide, a handler.
    pub endpoints: bool,
    /// It may hold, or hide, a callsite.
    pub callsites: bool,
    /// It may hold, or hide, a declared or emitted code.
    pub codes: bool,
}
