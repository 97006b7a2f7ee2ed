use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::account::Account;
use crate::{Error, Programs, io};

/// The part of a socket's name, where no TCP port is listened on.
const PORT: u16 = 5432;

/// Settings of a server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings<'a> {
    /// The loopback port to listen on beside the socket.
    pub port: Option<u16>,
    /// Further settings, `name=value` each.
    pub values: &'a [&'a str],
}

/// A running server. Dropping it stops the server and removes its data.
#[derive(Debug)]
pub struct Cluster {
    folder: TempDir,
    account: Account,
    programs: Programs,
    port: u16,
    supervisor: Child,
    /// The supervisor ends the server when this pipe closes, so that even a killed process leaves none.
    lifeline: Option<ChildStdin>,
}

/// `$1` is the folder of the programs, `$2` the temporary folder, `$3` the port, the rest are options. What is
/// said on the lifeline before it closes is the signal that ends the server in good order, its data kept. Nobody may
/// listen any more when the server is ready, which must not end the supervisor.
const SUPERVISE: &str = r#"
trap '' PIPE HUP INT
bin=$1 dir=$2 port=$3; shift 3
"$bin/postgres" -D "$dir/data" -p "$port" -k "$dir" "$@" </dev/null >"$dir/server.log" 2>&1 &
pid=$!
tries=0
until grep -q '^ready' "$dir/data/postmaster.pid" 2>/dev/null; do
    kill -0 $pid 2>/dev/null && [ $tries -lt 6000 ] || { cat "$dir/server.log"; kill -QUIT $pid 2>/dev/null; exit 1; }
    tries=$((tries + 1)); sleep 0.01
done
echo ready
how=$(cat)
[ -f "$dir/data/postmaster.pid" ] && pid=$(head -n 1 "$dir/data/postmaster.pid")
kill "-${how:-QUIT}" $pid 2>/dev/null
wait $! 2>/dev/null
tries=0
while kill -0 $pid 2>/dev/null && [ $tries -lt 1000 ]; do tries=$((tries + 1)); sleep 0.01; done
[ -n "$how" ] || rm -rf "$dir"
"#;

/// Variables that would tell a server other things than its options do.
const UNWANTED: [&str; 6] = ["PGDATA", "PGPORT", "PGHOST", "PGOPTIONS", "PGTZ", "PGDATESTYLE"];

impl Cluster {
    /// Starts a server on the data of a temporary folder.
    pub(crate) fn run(
        programs: &Programs,
        (folder, account): (TempDir, Account),
        settings: Settings<'_>,
    ) -> Result<Self, Error> {
        let port = settings.port.unwrap_or(PORT);
        let mut command = command("sh", account, folder.path());
        command.args(["-c", SUPERVISE, "sh"]).args([programs.folder(), folder.path()]);
        command.arg(port.to_string());
        let listening = if settings.port.is_some() { "127.0.0.1" } else { "" };
        command.args(["-c", &format!("listen_addresses={listening}")]);
        for value in settings.values {
            command.args(["-c", value]);
        }
        let mut supervisor = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(io("start the server's supervisor"))?;
        let (lifeline, stdout) = (supervisor.stdin.take(), supervisor.stdout.take());
        let cluster =
            Self { folder, account, programs: programs.clone(), port, supervisor, lifeline };
        let mut said = String::new();
        for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
            let line = line.map_err(io("read from the server's supervisor"))?;
            if line == "ready" {
                return Ok(cluster);
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(Error::Failed { program: "postgres", output: said })
    }

    /// The folder that the server's socket is in.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.folder.path()
    }

    /// The number in the name of the socket, and the port where one is listened on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The temporary folder: the socket, `data/` and `server.log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The programs that it runs.
    #[must_use]
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// A command that runs one of the programs as the account of the server.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        command(self.programs.program(program), self.account, self.folder.path())
    }

    /// Ends the server in good order, and leaves its data behind.
    pub(crate) fn stop(mut self) -> Result<(TempDir, Account), Error> {
        if let Some(mut lifeline) = self.lifeline.take() {
            lifeline.write_all(b"INT").map_err(io("stop the server"))?;
        }
        self.supervisor.wait().map_err(io("stop the server"))?;
        let empty = TempDir::with_prefix("railcheck-").map_err(io("make a temporary folder"))?;
        Ok((std::mem::replace(&mut self.folder, empty), self.account))
    }
}

/// A command that runs as an account, in a folder that it may enter.
pub(crate) fn command(program: impl AsRef<OsStr>, account: Account, folder: &Path) -> Command {
    let mut command = Command::new(program);
    account.run(&mut command);
    command.current_dir(folder).env("LC_ALL", "C");
    for name in UNWANTED {
        command.env_remove(name);
    }
    command
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ended = self.supervisor.wait();
    }
}
