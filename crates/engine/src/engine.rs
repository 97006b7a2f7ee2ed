//! Engines make the catalog: the interpreter from the text of the migrations, the others by asking
//! PostgreSQL.

use std::borrow::Cow;
use std::sync::Arc;

use crate::catalog::{Catalog, ObjectName};
use crate::span::{FileId, SourceMap, Span};

pub mod batch;
mod both;
mod choice;
pub mod history;
pub mod interpreter;
pub mod introspect;
mod limits;
pub mod live;
pub mod postgres;
pub mod prelude;
pub mod session;
pub mod shadow;
mod sql;
mod unapplied;

pub use self::both::{Both, smallest_migrations};
pub use self::choice::EngineName;
pub(crate) use self::interpreter::plpgsql;
use self::introspect::IntrospectError;
use self::session::SessionError;
pub use self::unapplied::{targets, unapplied};

/// Where the migrations start from.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// A new Supabase project: its roles, schemas, helper functions and storage tables.
    #[default]
    Supabase,
    /// A bare PostgreSQL server.
    Postgres,
}

/// What an engine could tell.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The catalog after every migration that could be applied.
    pub catalog: Catalog,
    /// What could not be interpreted, in the order of the files.
    pub gaps: Vec<Gap>,
    /// The statement that stopped the migrations, where one would fail on the server.
    pub failure: Option<Failure>,
    /// The statements that were not applied because of it: those of its file and of every later one. Where a
    /// failure comes without any, nobody has looked, and they may touch everything.
    pub unapplied: Vec<Unapplied>,
    /// What statements need and no migration makes, where the history is not whole.
    pub assumed: Vec<Assumed>,
    /// How the catalog differs from what another engine makes of the migrations, where that was asked.
    pub comparison: Option<Comparison>,
    /// What else is worth telling, a sentence each.
    pub notes: Vec<String>,
}

/// How a catalog differs from what it is compared with.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What a difference means.
    pub meaning: Meaning,
    /// Every fact in which they differ, sorted by object.
    pub differences: Vec<FoundDifference>,
}

/// What it means that two catalogs differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The database was changed by other means than the migrations.
    Drift,
    /// The interpreter does not know what PostgreSQL does: a bug of railcheck.
    Bug,
}

/// A fact in which two catalogs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDifference {
    /// One line that names the object.
    pub text: String,
    /// The smallest migration that shows it, as far as one was looked for.
    pub reproduction: Option<String>,
}

impl Comparison {
    /// Whether it shows a bug of railcheck, so that nothing of a run is to be relied upon.
    #[must_use]
    pub fn shows_bug(&self) -> bool {
        self.meaning == Meaning::Bug && !self.differences.is_empty()
    }
}

/// A statement that an engine could not interpret, with what it may touch.
#[derive(Debug, Clone)]
pub struct Gap {
    /// The statement.
    pub span: Span,
    /// Why, in one lower-case sentence.
    pub reason: Arc<str>,
    /// What it may have changed.
    pub reach: Reach,
}

/// What a gap may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// It cannot be told.
    Everything,
    /// These objects, or parts of them; `*` in a name stands for text that is not known.
    Objects(Vec<ObjectName>),
}

impl Reach {
    /// Nothing that the catalog shows.
    #[must_use]
    pub fn nothing() -> Self {
        Self::Objects(Vec::new())
    }

    /// Whether the gap may have changed that object or a part of it.
    #[must_use]
    pub fn touches(&self, name: &ObjectName) -> bool {
        match self {
            Self::Everything => true,
            Self::Objects(names) => names.iter().any(|known| covers(known, name)),
        }
    }

    /// Whether the two have an object in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everything, Self::Everything) => true,
            (Self::Everything, Self::Objects(names)) | (Self::Objects(names), Self::Everything) => {
                !names.is_empty()
            }
            (Self::Objects(names), Self::Objects(others)) => {
                names.iter().any(|n| other.touches(n)) || others.iter().any(|n| self.touches(n))
            }
        }
    }
}

fn covers(known: &ObjectName, name: &ObjectName) -> bool {
    fits(&known.schema, &name.schema) && fits(&known.name, &name.name)
}

/// Whether a text is a pattern's, in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        match text.split_once(part) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(last)
}

/// A statement that the server would refuse. Its file is undone and no later file is applied.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Why another server may accept the statement, where it is this one that lacks something: an extension,
    /// a role, a privilege. Then it is no verdict of PostgreSQL.
    pub limit: Option<String>,
    /// The statement.
    pub span: Span,
    /// The server's five-character SQLSTATE.
    pub sqlstate: Cow<'static, str>,
    /// The server's message, such as `relation "runs" does not exist`.
    pub message: String,
}

/// The SQLSTATEs that say that something does not exist.
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
const MISSING: [&str; 5] = ["42P01", "42703", "42704", "42883", "3F000"];

impl Failure {
    /// Whether something does not exist that the statement needs.
    #[must_use]
    pub fn is_about_something_missing(&self) -> bool {
        MISSING.contains(&&*self.sqlstate)
    }

    /// What was refused and how, as in `a.sql:3:1 is refused by PostgreSQL (42601: syntax error)`.
    #[must_use]
    pub fn describe(&self, files: &SourceMap) -> String {
        let (place, Self { sqlstate, message, .. }) = (files.location(self.span), self);
        match &self.limit {
            None => format!("{place} is refused by PostgreSQL ({sqlstate}: {message})"),
            Some(limit) => {
                format!("{place} cannot be applied here, since {limit} ({sqlstate}: {message})")
            }
        }
    }
}

/// An object that a statement needs and no migration makes, so that its shape is not known.
#[derive(Debug, Clone)]
pub struct Assumed {
    /// What it is, as in `table public.profiles`.
    pub object: String,
    /// Its name, or that of the table that it is a part of.
    pub name: ObjectName,
    /// The first statement that needs it.
    pub span: Span,
}

/// Whether the migrations tell all of a database.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum History {
    /// They make all that there is.
    #[default]
    Whole,
    /// They change a database that began elsewhere, in a dashboard perhaps: what a statement needs and no
    /// migration makes is assumed.
    Partial,
}

/// A statement that was not applied, since it or one before it was refused.
#[derive(Debug, Clone)]
pub struct Unapplied {
    /// The statement.
    pub span: Span,
    /// What it would have touched.
    pub reach: Reach,
}

/// Why an engine could not make a catalog.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// PostgreSQL cannot be had, or is gone.
    #[error("cannot {action}: {source}")]
    Session {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: SessionError,
    },
    /// A server cannot be started.
    #[error("cannot start a PostgreSQL server: {0}")]
    Cluster(#[from] railcheck_cluster::Error),
    /// The catalog cannot be read.
    #[error("{error}: {}", error.reason())]
    Introspect {
        /// Which query, and why.
        #[from]
        error: IntrospectError<SessionError>,
    },
    /// The migrations take too long.
    #[error("the migrations were not applied within {0} seconds")]
    TimeLimit(u64),
    /// The engine ended without a word.
    #[error("the engine stopped without an outcome, which is a bug of railcheck")]
    Stopped,
}

/// A closer look at a database in which every migration was applied; the database is not used afterwards.
pub type Look = fn(&mut dyn session::Session, &mut Catalog);

/// Makes the catalog that results from `migrations`, applied in the order given.
pub trait Engine {
    /// Runs every migration; what cannot be interpreted is a gap of the outcome, never an error.
    ///
    /// # Errors
    /// Where the engine cannot run at all.
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError>;

    /// Whether it can tell nothing without migrations.
    fn needs_migrations(&self) -> bool {
        true
    }
}

/// What to do about a statement that the interpreter does not understand.
pub const WAYS_OUT: &str = "run with --engine postgres where a PostgreSQL server is installed, or --engine shadow \
                            and a server, or write the statement more plainly";
