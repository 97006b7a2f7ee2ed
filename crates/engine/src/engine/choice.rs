use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;

/// The engines that can make the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EngineName {
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
    #[serde(skip)]
    Embedded,
}

impl EngineName {
    /// How the command line, the configuration and reports call it.
    #[must_use]
    pub fn name(self) -> &'static str {
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
