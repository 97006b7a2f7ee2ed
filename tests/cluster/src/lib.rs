//! A throw-away PostgreSQL cluster for tests: that of engine `postgres`, with a free loopback port beside its
//! socket, and what tests ask of it.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use railcheck_cluster::{Programs, Settings, Template};

mod cases;
mod compare;
mod oracle;

pub use cases::{Case, read_cases};
pub use compare::differences;
pub use oracle::{Conformance, Judgement, Refusal};
pub use railcheck_cluster::Error;

/// Settings of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// `fsync` and `synchronous_commit` off: fast, right for everything but crash tests and benchmarks.
    #[default]
    Off,
    /// The server's own durable defaults.
    On,
}

/// A running server. Dropping it stops the server and removes its data.
#[derive(Debug)]
pub struct Cluster {
    server: railcheck_cluster::Cluster,
    databases: AtomicU32,
    template: OnceLock<String>,
}

impl Cluster {
    /// Starts a server with fast, non-durable settings.
    ///
    /// # Errors
    /// Where no server is installed, or it does not start.
    pub fn start() -> Result<Self, Error> {
        Self::start_with(Durability::Off, &[])
    }

    /// Starts a server with the given durability and further `name=value` settings.
    ///
    /// # Errors
    /// Where no server is installed, or it does not start.
    pub fn start_with(durability: Durability, settings: &[&str]) -> Result<Self, Error> {
        Self::start_programs(Programs::find(None)?, durability, settings)
    }

    /// Starts the server whose programs are in a folder, with fast, non-durable settings.
    ///
    /// # Errors
    /// Where there is none, or it does not start.
    pub fn start_from(binaries: &Path) -> Result<Self, Error> {
        Self::start_programs(Programs::find(Some(binaries))?, Durability::Off, &[])
    }

    fn start_programs(
        programs: Programs,
        durability: Durability,
        settings: &[&str],
    ) -> Result<Self, Error> {
        let mut values = vec!["max_connections=200"];
        if durability == Durability::Off {
            values.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
        }
        values.extend(settings);
        let template = Template::new(programs);
        let server = template.start(Settings { port: Some(free_port()?), values: &values })?;
        Ok(Self { server, databases: AtomicU32::new(0), template: OnceLock::new() })
    }

    /// The loopback port that the server listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The temporary folder: `data/` and `server.log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// The folder of the server's binaries.
    #[must_use]
    pub fn binaries(&self) -> &Path {
        self.server.programs().folder()
    }

    /// A client program, which a folder with the server alone does not have.
    fn client(&self, name: &str) -> Result<PathBuf, Error> {
        let own = self.binaries().join(name);
        Ok(if own.is_file() { own } else { Programs::find(None)?.folder().join(name) })
    }

    /// A URL for the superuser `postgres`.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url_as("postgres", database)
    }

    /// A URL for a login without a password (local connections are trusted).
    #[must_use]
    pub fn url_as(&self, login: &str, database: &str) -> String {
        format!("postgres://{login}@127.0.0.1:{}/{database}", self.port())
    }

    /// Makes a database with a name of its own, empty or a copy of the template, and returns the name.
    ///
    /// # Errors
    /// Where the server refuses.
    pub fn create_database(&self) -> Result<String, Error> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let template = self.template.get().map_or("template0", String::as_str);
        self.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
        Ok(name)
    }

    /// Makes what the statements make part of every later database. A statement that this server
    /// refuses, such as an extension that is not installed, is left out.
    ///
    /// # Errors
    /// Where the database of the template cannot be made.
    pub fn prepare(&self, statements: &str) -> Result<(), Error> {
        let name = self.create_database()?;
        let lenient = ["-v", "ON_ERROR_STOP=0"];
        self.psql_with(
            &name,
            &format!("SET check_function_bodies = off;\n{statements}"),
            &lenient,
        )?;
        self.template.get_or_init(|| name);
        Ok(())
    }

    /// Runs SQL as the superuser through `psql`, stops at the first error, and returns unaligned tuples.
    ///
    /// # Errors
    /// Where a statement fails; the output is the server's message.
    pub fn psql(&self, database: &str, sql: &str) -> Result<String, Error> {
        self.psql_with(database, sql, &[])
    }

    /// The same with further arguments for `psql`, such as `--single-transaction`.
    ///
    /// # Errors
    /// Where a statement fails; the output is the server's message.
    pub fn psql_with(
        &self,
        database: &str,
        sql: &str,
        arguments: &[&str],
    ) -> Result<String, Error> {
        let mut child = Command::new(self.client("psql")?)
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .args(arguments)
            .args(["-f", "-", &self.url(database)])
            .env("PGOPTIONS", "-c client_min_messages=warning")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(io("start psql"))?;
        let stdin = child.stdin.take();
        let (written, output) = std::thread::scope(|scope| {
            // A thread of its own feeds psql, since both pipes may fill up.
            let writer = scope
                .spawn(move || stdin.map_or(Ok(()), |mut pipe| pipe.write_all(sql.as_bytes())));
            let output = child.wait_with_output();
            (writer.join(), output)
        });
        let Output { status, stdout, stderr } = output.map_err(io("wait for psql"))?;
        if status.success() && matches!(written, Ok(Ok(()))) {
            Ok(String::from_utf8_lossy(&stdout).trim_end().to_owned())
        } else {
            Err(Error::Failed {
                program: "psql",
                output: String::from_utf8_lossy(&stderr).into_owned(),
            })
        }
    }

    /// Stops the server as a crash would and starts it again on the same port. What was committed is
    /// only kept with [`Durability::On`].
    ///
    /// # Errors
    /// Where it does not come back.
    pub fn restart(&self) -> Result<(), Error> {
        self.stop()?;
        self.resume()
    }

    /// Stops the server as a crash would; [`Cluster::resume`] starts it again.
    ///
    /// # Errors
    /// Where it cannot be stopped.
    pub fn stop(&self) -> Result<(), Error> {
        self.pg_ctl(&["stop", "-m", "immediate", "-w"])
    }

    /// Starts a stopped server with the settings that it was started with.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn resume(&self) -> Result<(), Error> {
        let log = self.folder().join("server.log");
        let options = std::fs::read_to_string(self.server.data().join("postmaster.opts"))
            .map_err(io("read the server's options"))?;
        let options =
            options.trim_end().split_once(' ').map_or("", |(_, rest)| rest).replace('"', "");
        self.pg_ctl(&["start", "-w", "-l", &log.to_string_lossy(), "-o", &options])
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<(), Error> {
        let output = self
            .server
            .command("pg_ctl")
            .args(arguments)
            .arg("-D")
            .arg(self.server.data())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(io("run pg_ctl"))?;
        if output.success() {
            Ok(())
        } else {
            Err(Error::Failed { program: "pg_ctl", output: arguments.join(" ") })
        }
    }
}

fn io(action: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { action, source }
}

fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(io("find a free port"))?;
    Ok(listener.local_addr().map_err(io("find a free port"))?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serves_restarts_and_goes() {
        let cluster = Cluster::start_with(Durability::On, &[]).unwrap();
        let database = cluster.create_database().unwrap();
        cluster.psql(&database, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)").unwrap();
        cluster.restart().unwrap();
        assert_eq!(cluster.psql(&database, "SELECT a FROM t").unwrap(), "1");
        let error = cluster.psql(&database, "SELECT 1; SELECT nonsense").unwrap_err();
        assert!(error.to_string().contains("nonsense"), "{error}");
        let (folder, port) = (cluster.folder().to_owned(), cluster.port());
        drop(cluster);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
