use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use tempfile::TempDir;

use crate::account::{Account, temporary_folder};
use crate::cache::Kept;
use crate::server::command;
use crate::{Cluster, Error, FAST, Programs, Settings, io, user_cache};

/// What `initdb` is told: a superuser `postgres` without a password, UTF-8, and an order of text that depends
/// on no locale of the machine. Small files of the write-ahead log are copied sooner, and checksums show
/// data that is damaged.
const INITDB: [&str; 8] = [
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
    "--wal-segsize=1",
    "--data-checksums",
];

/// The version of what is kept.
const FORMAT: u32 = 1;

/// What is done in a running cluster.
type Work<'w> = dyn Fn(&Cluster) -> Result<(), String> + 'w;

/// How a cluster begins: as `initdb` makes it, and as it is prepared once and kept.
pub struct Template<'w> {
    programs: Programs,
    /// All that tells it from others.
    key: String,
    cache: Option<PathBuf>,
    prepare: Box<Work<'w>>,
    check: Box<Work<'w>>,
}

impl<'w> Template<'w> {
    /// Clusters as `initdb` makes them, kept in the user's cache folder.
    #[must_use]
    pub fn new(programs: Programs) -> Self {
        let nothing = || Box::new(|_: &Cluster| Ok(()));
        let cache = user_cache();
        Self { programs, key: String::new(), cache, prepare: nothing(), check: nothing() }
    }

    /// Prepares the cluster before it is kept. The key tells it from what is prepared otherwise, and `check`
    /// whether a copy is whole, as far as its server can tell.
    #[must_use]
    pub fn prepared(
        self,
        key: &str,
        prepare: impl Fn(&Cluster) -> Result<(), String> + 'w,
        check: impl Fn(&Cluster) -> Result<(), String> + 'w,
    ) -> Self {
        let (prepare, check) = (Box::new(prepare), Box::new(check));
        Self { key: key.to_owned(), prepare, check, ..self }
    }

    /// Keeps it in another folder, or not at all.
    #[must_use]
    pub fn kept_in(self, cache: Option<PathBuf>) -> Self {
        Self { cache, ..self }
    }

    /// Starts a cluster of its own.
    ///
    /// # Errors
    /// Where it cannot be made, prepared or started.
    pub fn start(&self, settings: Settings<'_>) -> Result<Cluster, Error> {
        let kept = self.cache.as_ref().map(|folder| Kept::new(folder, &self.name()));
        if let Some(kept) = kept.as_ref().filter(|kept| kept.exists()) {
            match self.start_kept(kept, settings) {
                Ok(cluster) => return Ok(cluster),
                // It is damaged, or somebody has just removed it.
                Err(_) => kept.forget(),
            }
        }
        let mut made = self.make()?;
        if let Some(kept) = kept {
            made = kept.keep(made);
        }
        Cluster::run(&self.programs, made, settings)
    }

    fn start_kept(&self, kept: &Kept, settings: Settings<'_>) -> Result<Cluster, Error> {
        let (folder, account) = temporary_folder()?;
        kept.copy_to(&folder.path().join("data"), account)?;
        let cluster = Cluster::run(&self.programs, (folder, account), settings)?;
        (self.check)(&cluster).map_err(Error::Unprepared)?;
        Ok(cluster)
    }

    /// Makes the data in a temporary folder.
    fn make(&self) -> Result<(TempDir, Account), Error> {
        let (folder, account) = temporary_folder()?;
        self.initdb(&folder, account)?;
        let cluster = Cluster::run(
            &self.programs,
            (folder, account),
            Settings { port: None, values: &FAST },
        )?;
        (self.prepare)(&cluster).map_err(Error::Unprepared)?;
        cluster.stop()
    }

    fn initdb(&self, folder: &TempDir, account: Account) -> Result<(), Error> {
        let mut initdb = command(self.programs.program("initdb"), account, folder.path());
        initdb.arg("--pgdata").arg(folder.path().join("data")).args(INITDB);
        let output = initdb.output().map_err(io("run initdb"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        Err(Error::Failed {
            program: "initdb",
            output: String::from_utf8_lossy(&said).trim().to_owned(),
        })
    }

    /// The name under which it is kept.
    fn name(&self) -> String {
        let mut hasher = DefaultHasher::new();
        let folder = self.programs.folder();
        (FORMAT, env!("CARGO_PKG_VERSION"), INITDB, folder, &self.key).hash(&mut hasher);
        format!("{}-{:016x}", self.programs.version(), hasher.finish())
    }
}

impl std::fmt::Debug for Template<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template").field("programs", &self.programs).finish_non_exhaustive()
    }
}
