//! A throw-away PostgreSQL cluster for tests: its own data folder in a temporary folder, a free
//! loopback port, and gone with the process that started it, however that process ends.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

mod cases;
mod compare;
mod oracle;

pub use cases::{Case, read_cases};
pub use compare::differences;
pub use oracle::{Judgement, Refusal};

/// Why a cluster could not be had, or a statement not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No server binaries on this machine.
    #[error(
        "no PostgreSQL server found in /usr/lib/postgresql/*/bin or on PATH; install one with: apt-get install -y postgresql"
    )]
    Missing,
    /// The operating system refused something.
    #[error("cannot {action}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// `initdb`, `postgres` or `psql` failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// The program.
        program: &'static str,
        /// What it printed.
        output: String,
    },
}

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
    folder: TempDir,
    binaries: PathBuf,
    // psql and pg_isready, which a folder with the server alone does not have.
    clients: PathBuf,
    port: u16,
    supervisor: Child,
    // The supervisor ends the server when this pipe closes, so that even a killed test leaves none.
    lifeline: Option<ChildStdin>,
    databases: AtomicU32,
    template: OnceLock<String>,
}

// `$1` is the folder of the binaries, `$2` that of the clients, `$3` the temporary folder, `$4` the port, the rest
// are options.
const SUPERVISE: &str = r#"
bin=$1 clients=$2 dir=$3 port=$4; shift 4
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 \
    || { cat "$dir/initdb.log"; exit 1; }
"$bin/postgres" -D "$dir/data" -p "$port" -k "$dir" -c listen_addresses=127.0.0.1 -c max_connections=200 "$@" \
    </dev/null >"$dir/server.log" 2>&1 &
pid=$!
tries=0
until "$clients/pg_isready" -q -h 127.0.0.1 -p "$port"; do
    kill -0 $pid 2>/dev/null && [ $tries -lt 600 ] || { cat "$dir/server.log"; kill -QUIT $pid 2>/dev/null; exit 1; }
    tries=$((tries + 1)); sleep 0.05
done
echo ready
cat >/dev/null
[ -f "$dir/data/postmaster.pid" ] && pid=$(head -n 1 "$dir/data/postmaster.pid")
kill -QUIT $pid 2>/dev/null
tries=0
while kill -0 $pid 2>/dev/null && [ $tries -lt 200 ]; do tries=$((tries + 1)); sleep 0.05; done
rm -rf "$dir/data"
"#;

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
        Self::start_in(find_binaries().ok_or(Error::Missing)?, durability, settings)
    }

    /// Starts the server whose programs are in a folder, with fast, non-durable settings.
    ///
    /// # Errors
    /// Where there is none, or it does not start.
    pub fn start_from(binaries: &Path) -> Result<Self, Error> {
        Self::start_in(binaries.to_owned(), Durability::Off, &[])
    }

    fn start_in(
        binaries: PathBuf,
        durability: Durability,
        settings: &[&str],
    ) -> Result<Self, Error> {
        let clients = match binaries.join("psql").is_file() {
            true => binaries.clone(),
            false => find_binaries().ok_or(Error::Missing)?,
        };
        let folder = TempDir::with_prefix("cluster-").map_err(io("make a temporary folder"))?;
        let port = free_port()?;
        let mut command = as_server_user("sh", folder.path())?;
        command
            .arg("-c")
            .arg(SUPERVISE)
            .arg("sh")
            .args([&binaries, &clients, folder.path()])
            .arg(port.to_string());
        if durability == Durability::Off {
            command.args([
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
                "-c",
                "full_page_writes=off",
            ]);
        }
        for setting in settings {
            command.args(["-c", setting]);
        }
        let mut supervisor = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(io("start the server's supervisor"))?;
        let (Some(lifeline), Some(stdout)) = (supervisor.stdin.take(), supervisor.stdout.take())
        else {
            return Err(Error::Failed { program: "sh", output: "no pipes".to_owned() });
        };
        let mut said = String::new();
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(io("read from the server's supervisor"))?;
            if line == "ready" {
                return Ok(Self {
                    folder,
                    binaries,
                    clients,
                    port,
                    supervisor,
                    lifeline: Some(lifeline),
                    databases: AtomicU32::new(0),
                    template: OnceLock::new(),
                });
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(Error::Failed { program: "postgres", output: said })
    }

    /// The loopback port that the server listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The temporary folder: `data/` and `server.log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the server's binaries.
    #[must_use]
    pub fn binaries(&self) -> &Path {
        &self.binaries
    }

    /// A URL for the superuser `postgres`.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url_as("postgres", database)
    }

    /// A URL for a login without a password (local connections are trusted).
    #[must_use]
    pub fn url_as(&self, login: &str, database: &str) -> String {
        format!("postgres://{login}@127.0.0.1:{}/{database}", self.port)
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
        let mut child = Command::new(self.clients.join("psql"))
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
        let log = self.folder.path().join("server.log");
        let options = std::fs::read_to_string(self.folder.path().join("data/postmaster.opts"))
            .map_err(io("read the server's options"))?;
        let options =
            options.trim_end().split_once(' ').map_or("", |(_, rest)| rest).replace('"', "");
        self.pg_ctl(&["start", "-w", "-l", &log.to_string_lossy(), "-o", &options])
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<(), Error> {
        let output = as_server_user(self.binaries.join("pg_ctl"), self.folder.path())?
            .args(arguments)
            .arg("-D")
            .arg(self.folder.path().join("data"))
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

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.supervisor.wait();
    }
}

fn io(action: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { action, source }
}

fn find_binaries() -> Option<PathBuf> {
    let version = |path: &Path| path.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").is_file())
        .collect();
    installed.sort_by_key(|bin| version(bin));
    installed.pop().or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
    })
}

fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(io("find a free port"))?;
    Ok(listener.local_addr().map_err(io("find a free port"))?.port())
}

// PostgreSQL refuses to run as root, so root hands the folder to the account of Debian's package.
fn as_server_user(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Result<Command, Error> {
    use std::os::unix::fs::MetadataExt;
    let root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    if !root {
        return Ok(Command::new(program));
    }
    Command::new("chown")
        .arg("postgres")
        .arg(folder)
        .status()
        .map_err(io("give the folder to postgres"))?;
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).current_dir(folder);
    Ok(command)
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
