use super::CliError;
use crate::access::{self, Access, AccessError};
use crate::catalog::ObjectName;
use crate::engine::session::Session;
use crate::engine::{Platform, embedded};
use crate::span::{FileId, SourceMap};

/// Where a table is attacked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ground<'a> {
    /// In a PostgreSQL inside this process.
    Process,
    /// In a database that is created and dropped on a server.
    Server(&'a str),
}

/// What is attacked: a table as migrations make it.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Where the migrations start from.
    pub(super) platform: Platform,
    /// The texts of the migrations.
    pub(super) files: SourceMap,
    /// The migrations, in their order.
    pub(super) migrations: Vec<FileId>,
    /// The table.
    pub(super) table: ObjectName,
}

impl Target {
    /// Attacks the table in a database of its own.
    pub(super) fn attack(self, ground: Ground<'_>) -> Result<Access, CliError> {
        match ground {
            Ground::Process => embedded::within_limit(move || self.attack_in_process()),
            Ground::Server(url) => self.attack_on_server(url),
        }
    }

    fn attack_through(&self, session: &mut dyn Session) -> Result<Access, AccessError> {
        if self.platform == Platform::Supabase {
            access::grant(session)?;
        }
        access::attack(session, &self.files, &self.migrations, &self.table)
    }

    fn attack_in_process(&self) -> Result<Access, CliError> {
        let texts = self.migrations.iter().map(|file| &*self.files.file(*file).text);
        let mut session = embedded::open(self.platform, texts)?;
        Ok(self.attack_through(&mut session)?)
    }

    #[cfg(feature = "server")]
    fn attack_on_server(&self, url: &str) -> Result<Access, CliError> {
        let mut database = crate::engine::shadow::ShadowDatabase::create(url, self.platform)?;
        for file in &self.migrations {
            database.will_apply(&self.files.file(*file).text);
        }
        let access = {
            let mut session = database.session()?;
            self.attack_through(&mut session)
        };
        database.remove()?.iter().for_each(super::note);
        Ok(access?)
    }

    #[cfg(not(feature = "server"))]
    fn attack_on_server(&self, _url: &str) -> Result<Access, CliError> {
        Err(CliError::NotBuiltIn("shadow"))
    }
}
