use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CliError;
use super::attack::Ground;
use crate::engine::interpreter::{Assuming, Interpreter};
use crate::engine::live::Live;
use crate::engine::postgres::Postgres;
use crate::engine::shadow::Shadow;
use crate::engine::{Both, Engine, History, Look, Platform};

/// What the engines that run SQL find out beside the catalog.
const LOOK: Option<Look> = Some(crate::access::try_policies);

/// Which PostgreSQL is started, where one is.
#[derive(Debug, Clone, Args)]
pub(super) struct ProgramArguments {
    /// The folder of the programs of the PostgreSQL server that is started, rather than the newest that is installed
    #[arg(long, value_name = "DIR", env = "RAILCHECK_POSTGRES_BIN")]
    pub(super) postgres_bin: Option<PathBuf>,
}

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
    #[command(flatten)]
    programs: ProgramArguments,
}

/// The engines that can make the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum EngineName {
    /// Interpret the migrations, and ask engine postgres where that does not tell enough and a server is installed
    #[default]
    Auto,
    /// Interpret the migrations, without a database
    Interpreter,
    /// Apply the migrations to a throw-away PostgreSQL of the server programs that are installed
    Postgres,
    /// Apply the migrations to a database of their own on a server
    Shadow,
    /// Read a database as it is, and tell how it differs from the migrations
    Live,
    /// Prove the interpreter by engine postgres
    Both,
    /// The PostgreSQL inside the process that there was once
    #[value(hide = true)]
    Embedded,
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
            EngineName::Postgres => Box::new(self.postgres(platform)),
            EngineName::Both => {
                let programs = self.programs.postgres_bin.clone();
                Box::new(Both { platform, programs, look: LOOK })
            }
            EngineName::Shadow => {
                let url = self.shadow_url.clone().unwrap_or_default();
                Box::new(Shadow { platform, url, look: LOOK })
            }
            EngineName::Live => {
                let url = self.database_url.clone().unwrap_or_default();
                let programs = self.programs.postgres_bin.clone();
                Box::new(Live { platform, url, programs })
            }
            EngineName::Embedded => return Err(CliError::NoEmbedded),
        })
    }

    /// The engine that is asked where the first one does not tell enough, with its name.
    /// None knows what a history that is not whole lacks.
    pub(super) fn second(
        &self,
        platform: Platform,
        history: History,
    ) -> Option<(Postgres, &'static str)> {
        (self.engine == EngineName::Auto && history == History::Whole)
            .then(|| (self.postgres(platform), EngineName::Postgres.name()))
    }

    fn postgres(&self, platform: Platform) -> Postgres {
        Postgres { platform, programs: self.programs.postgres_bin.clone(), look: LOOK }
    }

    /// Where tables can be attacked as well, since this engine runs the migrations in a database of their own.
    pub(super) fn ground(&self) -> Option<Ground<'_>> {
        match self.engine {
            EngineName::Postgres | EngineName::Both => {
                Some(Ground::Installed(self.programs.postgres_bin.as_deref()))
            }
            EngineName::Shadow => self.shadow_url.as_deref().map(Ground::Server),
            EngineName::Auto
            | EngineName::Interpreter
            | EngineName::Live
            | EngineName::Embedded => None,
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
            Self::Postgres => "postgres",
            Self::Shadow => "shadow",
            Self::Live => "live",
            Self::Both => "both",
        }
    }
}
