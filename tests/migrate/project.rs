//! A small repository with a database of its own.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use test_cluster::Cluster;

/// One server for all tests, which goes with the process.
pub(crate) fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start().unwrap())
}

const PACK: &str = "\
pack: team
title: Team Guardrails Verification
guardrails: team guardrails
output: checklist
rules:
  - id: TEAM-1
    subject: notes are their authors'
    title: Nobody reads another one's notes
    description: Notes are private.
    severity: error
    check: row-level-security
    parameters:
      table: public.notes
      policies: {}
  - id: TEAM-2
    subject: notes by author
    title: Notes are found by their author
    description: The start page lists them.
    severity: error
    check: index
    parameters:
      table: public.notes
      index: idx_notes_author
      leading_columns: [author]
";

/// Makes what both rules ask for.
pub(crate) const NOTES: &str = "\
CREATE TABLE public.notes (id int PRIMARY KEY, author text, body text);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE INDEX idx_notes_author ON public.notes (author);
";

/// A repository and a database.
pub(crate) struct Project {
    root: TempDir,
    folder: &'static str,
    /// The name of the database.
    pub(crate) database: String,
}

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Project {
    /// A repository with these migrations in `folder`, and an empty database.
    pub(crate) fn new(folder: &'static str, migrations: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("team.yaml"), PACK).unwrap();
        let config = format!("migrations: {folder}\nplatform: postgres\npacks: [team.yaml]\n");
        fs::create_dir_all(root.path().join(folder)).unwrap();
        fs::write(root.path().join("railcheck.yaml"), config).unwrap();
        let project = Self { root, folder, database: cluster().create_database().unwrap() };
        for (name, text) in migrations {
            project.write(name, text);
        }
        project
    }

    /// Writes a migration.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.migrations().join(name), text).unwrap();
    }

    /// The folder of the migrations.
    pub(crate) fn migrations(&self) -> std::path::PathBuf {
        self.root.path().join(self.folder)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("railcheck"));
        command
            .arg("migrate")
            .args(arguments)
            .current_dir(self.root.path())
            .env("DATABASE_URL", self.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The URL of the database.
    pub(crate) fn url(&self) -> String {
        cluster().url(&self.database)
    }

    /// Runs `railcheck migrate`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.command(arguments).output().unwrap().into()
    }

    /// Starts `railcheck migrate` and waits until it executes `pg_sleep`.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let child = self.command(arguments).spawn().unwrap();
        self.wait_for(1);
        child
    }

    /// Waits until so many sessions execute `pg_sleep`.
    pub(crate) fn wait_for(&self, sleepers: usize) {
        let count = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' \
             AND state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
            self.database
        );
        let start = Instant::now();
        while cluster().psql("postgres", &count).unwrap() != sleepers.to_string() {
            assert!(start.elapsed() < Duration::from_secs(60), "never {sleepers} sleepers");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs SQL in the database.
    pub(crate) fn sql(&self, text: &str) -> String {
        cluster().psql(&self.database, text).unwrap()
    }

    /// Everything that is in the database, catalog and rows.
    pub(crate) fn dump(&self) -> String {
        let output =
            Command::new(cluster().binaries().join("pg_dump")).arg(self.url()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        // A new secret in each dump.
        text.lines().filter(|line| !line.contains("restrict ")).collect::<Vec<_>>().join("\n")
    }
}

/// The end of a run that was started.
pub(crate) fn end(child: Child) -> Run {
    child.wait_with_output().unwrap().into()
}

/// The migrations of a folder as sqlx applies them.
pub(crate) fn sqlx_migrate(folder: &Path, url: &str) -> Result<(), sqlx::migrate::MigrateError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let migrator = sqlx::migrate::Migrator::new(folder.to_owned()).await?;
        let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url).await.unwrap();
        migrator.run(&mut connection).await
    })
}
