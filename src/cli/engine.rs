use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::attack::Ground;
use crate::engine::interpreter::{Assuming, Interpreter};
use crate::engine::live::Live;
use crate::engine::postgres::Postgres;
use crate::engine::shadow::Shadow;
use crate::engine::{Both, Engine, EngineName, History, Look, Platform};

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
    /// [default: what railcheck.yaml says, or auto]
    #[arg(long, value_enum)]
    engine: Option<EngineName>,
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

impl EngineArguments {
    /// The same with the engine of the configuration, where the command names none.
    pub(super) fn or(&self, configured: Option<EngineName>) -> Self {
        Self { engine: self.engine.or(configured), ..self.clone() }
    }

    fn chosen(&self) -> EngineName {
        self.engine.unwrap_or_default()
    }

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
        Ok(match self.chosen() {
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
                let url =
                    self.shadow_url.clone().ok_or(CliError::NoUrl("shadow", "--shadow-url"))?;
                Box::new(Shadow { platform, url, look: LOOK })
            }
            EngineName::Live => {
                let url =
                    self.database_url.clone().ok_or(CliError::NoUrl("live", "--database-url"))?;
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
        (self.chosen() == EngineName::Auto && history == History::Whole)
            .then(|| (self.postgres(platform), EngineName::Postgres.name()))
    }

    fn postgres(&self, platform: Platform) -> Postgres {
        Postgres { platform, programs: self.programs.postgres_bin.clone(), look: LOOK }
    }

    /// Where tables can be attacked as well, since this engine runs the migrations in a database of their own.
    pub(super) fn ground(&self) -> Option<Ground<'_>> {
        match self.chosen() {
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
        matches!(self.chosen(), EngineName::Auto | EngineName::Interpreter)
    }

    /// Whether another engine is asked where the interpreter cannot tell.
    pub(super) fn may_ask_another(&self) -> bool {
        self.chosen() == EngineName::Auto
    }

    /// Whether migrations may be missing, since a database is read.
    pub(super) fn reads_database(&self) -> bool {
        self.chosen() == EngineName::Live
    }

    /// How reports call the engine.
    pub(super) fn name(&self) -> &'static str {
        self.chosen().name()
    }
}
