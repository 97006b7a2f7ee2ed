use clap::{Args, ValueEnum};

use super::CliError;
use super::attack::Ground;
use crate::engine::embedded::Embedded;
use crate::engine::interpreter::{Assuming, Interpreter};
use crate::engine::session::embedded::BUILT_IN;
use crate::engine::{Both, Engine, History, Look, Platform};

/// What the engines that run SQL find out beside the catalog.
const LOOK: Option<Look> = Some(crate::access::try_policies);

/// What makes the catalog.
#[derive(Debug, Clone, Args)]
pub(super) struct EngineArguments {
    /// What makes the catalog
    #[arg(long, value_enum, default_value_t)]
    engine: EngineName,
    /// The server on which engine shadow creates and drops a database of its own
    #[arg(long, value_name = "URL", env = "RAILCHECK_SHADOW_URL", hide_env_values = true)]
    #[arg(required_if_eq("engine", "shadow"))]
    shadow_url: Option<String>,
    /// The database that engine live reads
    #[arg(long, value_name = "URL", env = "RAILCHECK_DATABASE_URL", hide_env_values = true)]
    #[arg(required_if_eq("engine", "live"))]
    database_url: Option<String>,
}

/// The engines that can make the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum EngineName {
    /// Interpret the migrations, and ask the embedded PostgreSQL where that does not tell enough
    #[default]
    Auto,
    /// Interpret the migrations, without a database
    Interpreter,
    /// Apply the migrations to a PostgreSQL inside the process
    Embedded,
    /// Apply the migrations to a database of their own on a server
    Shadow,
    /// Read a database as it is, and tell how it differs from the migrations
    Live,
    /// Prove the interpreter by the embedded PostgreSQL
    Both,
}

impl EngineArguments {
    /// Begins with what can be done before the migrations are read.
    pub(super) fn prepare(&self, platform: Platform) {
        if self.interprets() {
            Interpreter { platform }.prepare();
        }
    }

    /// The engine that makes the catalog.
    pub(super) fn engine(
        &self,
        platform: Platform,
        history: History,
    ) -> Result<Box<dyn Engine + Sync>, CliError> {
        Ok(match self.engine {
            EngineName::Auto | EngineName::Interpreter => match history {
                History::Whole => Box::new(Interpreter { platform }),
                History::Partial => Box::new(Assuming(Interpreter { platform })),
            },
            EngineName::Embedded => Box::new(Embedded { platform, look: LOOK }),
            EngineName::Both => Box::new(Both { platform, look: LOOK }),
            EngineName::Shadow => shadow(platform, self.shadow_url.clone().unwrap_or_default())?,
            EngineName::Live => live(platform, self.database_url.clone().unwrap_or_default())?,
        })
    }

    /// The engine that is asked where the first one does not tell enough, with its name.
    /// None knows what a history that is not whole lacks.
    pub(super) fn second(
        &self,
        platform: Platform,
        history: History,
    ) -> Option<(Embedded, &'static str)> {
        (BUILT_IN && self.engine == EngineName::Auto && history == History::Whole)
            .then_some((Embedded { platform, look: LOOK }, EngineName::Embedded.name()))
    }

    /// Where tables can be attacked as well, since this engine runs the migrations in a database of their own.
    pub(super) fn ground(&self) -> Option<Ground<'_>> {
        match self.engine {
            EngineName::Embedded | EngineName::Both => Some(Ground::Process),
            EngineName::Shadow => self.shadow_url.as_deref().map(Ground::Server),
            EngineName::Auto | EngineName::Interpreter | EngineName::Live => None,
        }
    }

    /// Whether the interpreter makes the catalog.
    pub(super) fn interprets(&self) -> bool {
        matches!(self.engine, EngineName::Auto | EngineName::Interpreter)
    }

    /// Whether migrations may be missing, since a database is read.
    pub(super) fn reads_database(&self) -> bool {
        self.engine == EngineName::Live
    }

    /// How reports call the engine.
    pub(super) fn name(&self) -> &'static str {
        self.engine.name()
    }
}

impl EngineName {
    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Interpreter => "interpreter",
            Self::Embedded => "embedded",
            Self::Shadow => "shadow",
            Self::Live => "live",
            Self::Both => "both",
        }
    }
}

#[cfg(feature = "server")]
fn shadow(platform: Platform, url: String) -> Result<Box<dyn Engine + Sync>, CliError> {
    Ok(Box::new(crate::engine::shadow::Shadow { platform, url, look: LOOK }))
}

#[cfg(feature = "server")]
fn live(platform: Platform, url: String) -> Result<Box<dyn Engine + Sync>, CliError> {
    Ok(Box::new(crate::engine::live::Live { platform, url }))
}

#[cfg(not(feature = "server"))]
fn shadow(_platform: Platform, _url: String) -> Result<Box<dyn Engine + Sync>, CliError> {
    Err(CliError::NotBuiltIn("shadow"))
}

#[cfg(not(feature = "server"))]
fn live(_platform: Platform, _url: String) -> Result<Box<dyn Engine + Sync>, CliError> {
    Err(CliError::NotBuiltIn("live"))
}
