use clap::ValueEnum;

use crate::engine::embedded::Embedded;
use crate::engine::interpreter::Interpreter;
use crate::engine::{Engine, Platform};

/// The engines that can make the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum EngineName {
    /// Interpret the migrations, without a database
    #[default]
    Interpreter,
    /// Apply the migrations to a PostgreSQL inside the process
    Embedded,
}

impl EngineName {
    /// The engine of that name.
    pub(super) fn engine(self, platform: Platform) -> Box<dyn Engine + Sync> {
        match self {
            Self::Interpreter => Box::new(Interpreter { platform }),
            Self::Embedded => Box::new(Embedded { platform }),
        }
    }

    /// How reports call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Interpreter => "interpreter",
            Self::Embedded => "embedded",
        }
    }
}
