//! The program `git`, of which only commands are run that read objects: none fetches, asks, waits or runs what
//! a repository's configuration names.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::folder::too_large;
use super::history::HistoryError;

/// The repository that a folder is in.
#[derive(Debug)]
pub(super) struct Repository {
    folder: PathBuf,
    /// The folder below the top of the work tree, `/` between and after its segments.
    pub(super) prefix: String,
    /// Whether the history was cut off when it was cloned.
    pub(super) is_shallow: bool,
    /// Readers that no thread uses at the moment.
    idle: Mutex<Vec<Process>>,
}

/// What a command answered.
struct Answer {
    success: bool,
    output: Vec<u8>,
    complaint: String,
}

impl Repository {
    /// The repository in whose work tree a folder is.
    pub(super) fn of(folder: &Path) -> Result<Self, HistoryError> {
        let mut repository = Self {
            folder: folder.to_owned(),
            prefix: String::new(),
            is_shallow: false,
            idle: Mutex::default(),
        };
        let questions =
            ["rev-parse", "--is-inside-work-tree", "--is-shallow-repository", "--show-prefix"];
        let answer = repository.ask(questions)?;
        let text = String::from_utf8_lossy(&answer.output);
        let mut lines = text.splitn(3, '\n');
        if !answer.success || lines.next() != Some("true") {
            // Git's words are worth passing on where it does not trust the owner of the folder.
            let why = Some(answer.complaint).filter(|said| said.contains("safe.directory"));
            let shown = super::folder::slashed(folder);
            return Err(why.map_or(HistoryError::NoRepository(shown), HistoryError::Git));
        }
        repository.is_shallow = lines.next() == Some("true");
        let prefix = lines.next().unwrap_or_default();
        repository.prefix = prefix.strip_suffix('\n').unwrap_or(prefix).to_owned();
        Ok(repository)
    }

    /// The full id of an object that a revision names; `None` where there is none.
    pub(super) fn id(&self, revision: &str) -> Result<Option<String>, HistoryError> {
        // What begins so is an option to git, and no name of a revision can.
        if revision.starts_with('-') {
            return Ok(None);
        }
        self.line(["rev-parse", "--verify", "--quiet", revision])
    }

    /// A short id that is unique here.
    pub(super) fn short_id(&self, id: &str) -> Result<String, HistoryError> {
        Ok(self.line(["rev-parse", "--short", id])?.unwrap_or_else(|| id.to_owned()))
    }

    /// The best common ancestor of two commits.
    pub(super) fn merge_base(
        &self,
        one: &str,
        other: &str,
    ) -> Result<Option<String>, HistoryError> {
        self.line(["merge-base", one, other])
    }

    /// The first line of an answer; `None` where the command has none to give.
    fn line<const N: usize>(&self, arguments: [&str; N]) -> Result<Option<String>, HistoryError> {
        let answer = self.ask(arguments)?;
        let text = String::from_utf8_lossy(&answer.output);
        let line = text.lines().next().filter(|line| answer.success && !line.is_empty());
        Ok(line.map(str::to_owned))
    }

    fn ask<const N: usize>(&self, arguments: [&str; N]) -> Result<Answer, HistoryError> {
        let output = self.command(arguments).stdin(Stdio::null()).output().map_err(unstarted)?;
        Ok(Answer {
            success: output.status.success(),
            output: output.stdout,
            complaint: complaint(&output.stderr),
        })
    }

    /// Gives the entries of a tree to `see`, which ends the listing by returning false. Each is a mode, an id
    /// and a path, a folder before what lies in it.
    pub(super) fn list(
        &self,
        arguments: &[&str],
        mut see: impl FnMut(&str, &str, String) -> bool,
    ) -> Result<(), HistoryError> {
        let arguments = ["ls-tree", "-z", "--full-tree"].iter().chain(arguments);
        let mut child = self
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(unstarted)?;
        let Some(stdout) = child.stdout.take() else { return Ok(()) };
        let mut ended_here = false;
        for record in BufReader::new(stdout).split(0) {
            let record = record.map_err(|error| HistoryError::Object(error.to_string()))?;
            let record = String::from_utf8_lossy(&record);
            let Some((described, path)) = record.split_once('\t') else { continue };
            let mut words = described.split(' ');
            let (Some(mode), Some(_kind), Some(id)) = (words.next(), words.next(), words.next())
            else {
                continue;
            };
            if !see(mode, id, path.to_owned()) {
                ended_here = true;
                break;
            }
        }
        if ended_here {
            // It may be gone already.
            let _gone = child.kill();
        }
        let output =
            child.wait_with_output().map_err(|error| HistoryError::Object(error.to_string()))?;
        if output.status.success() || ended_here {
            Ok(())
        } else {
            Err(HistoryError::Object(complaint(&output.stderr)))
        }
    }

    /// Gives the entries of the index below the folder to `see`: a mode, an id and a path relative to the
    /// folder. In a hook it is the index of the commit that is being made.
    pub(super) fn list_index(
        &self,
        see: impl FnMut(&str, &str, String),
    ) -> Result<(), HistoryError> {
        let mut see = see;
        let mut command = self.command(["ls-files", "--stage", "-z"]);
        if let Some(index) = self.index_of_hook()? {
            command.env("GIT_INDEX_FILE", index);
        }
        let output = command.stdin(Stdio::null()).output().map_err(unstarted)?;
        if !output.status.success() {
            return Err(HistoryError::Object(complaint(&output.stderr)));
        }
        for record in output.stdout.split(|byte| *byte == 0) {
            let record = String::from_utf8_lossy(record);
            let Some((described, path)) = record.split_once('\t') else { continue };
            let mut words = described.split(' ');
            if let (Some(mode), Some(id)) = (words.next(), words.next()) {
                see(mode, id, path.to_owned());
            }
        }
        Ok(())
    }

    /// The index that a hook is told of, if it is one of this repository: `git commit FILE` has one of its own.
    fn index_of_hook(&self) -> Result<Option<PathBuf>, HistoryError> {
        let Some(named) = std::env::var_os("GIT_INDEX_FILE") else { return Ok(None) };
        let Ok(index) = std::path::absolute(PathBuf::from(named)) else { return Ok(None) };
        let Some(own) = self.line(["rev-parse", "--absolute-git-dir"])? else { return Ok(None) };
        let folder = index.parent().and_then(|folder| folder.canonicalize().ok());
        let is_own =
            folder.is_some_and(|f| Path::new(&own).canonicalize().is_ok_and(|own| own == f));
        Ok(is_own.then_some(index))
    }

    /// Reads a file of at most `limit` bytes into `buffer`, whose former content goes.
    pub(super) fn read(&self, id: &str, limit: u64, buffer: &mut Vec<u8>) -> Result<(), String> {
        let why = |error: io::Error| format!("git cannot read object {id}: {error}");
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut process = match waiting {
            Some(process) => process,
            None => Process::start(self.command(["cat-file", "--batch"])).map_err(why)?,
        };
        buffer.clear();
        let read = process.read(id, limit, buffer).map_err(why)?;
        idle().push(process);
        read
    }

    /// A command that reads in this repository.
    fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.folder)
            .args(arguments)
            // A hook is told of the repository that it is run for, which need not be the one of the folder.
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .env_remove("GIT_PREFIX")
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_LITERAL_PATHSPECS", "1")
            // A partial clone gets what it lacks over the network, unless this is set; older versions know
            // the second alone.
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_ALLOW_PROTOCOL", "none");
        command
    }
}

fn unstarted(error: io::Error) -> HistoryError {
    if error.kind() == io::ErrorKind::NotFound {
        HistoryError::NoGit
    } else {
        HistoryError::Git(format!("cannot run git: {error}"))
    }
}

/// The first line of what git complained about.
fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// A `git cat-file --batch`, which answers one object after the other.
#[derive(Debug)]
struct Process {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Process {
    fn start(mut command: Command) -> io::Result<Self> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = piped.spawn()?;
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let answers = answers.ok_or_else(|| io::Error::other("no output"))?;
        Ok(Self { child, questions, answers: BufReader::with_capacity(1 << 16, answers) })
    }

    /// Asks for one object; the inner error is about the object alone.
    fn read(
        &mut self,
        id: &str,
        limit: u64,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Result<(), String>> {
        let questions = self.questions.as_mut().ok_or_else(|| io::Error::other("no input"))?;
        questions.write_all(format!("{id}\n").as_bytes())?;
        questions.flush()?;
        // `<id> <type> <size>`, or `<id> missing`.
        let mut header = String::new();
        self.answers.read_line(&mut header)?;
        let Some(size) = header.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok())
        else {
            let said = header.split_once(' ').map_or("git ended", |(_, said)| said.trim_end());
            return Ok(Err(format!("git cannot read object {id}: {said}")));
        };
        let mut content = self.answers.by_ref().take(size);
        if size > limit {
            io::copy(&mut content, &mut io::sink())?;
        } else {
            content.read_to_end(buffer)?;
        }
        // A line's end follows.
        self.answers.read_exact(&mut [0])?;
        Ok(if size > limit { Err(too_large(limit)) } else { Ok(()) })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends once there is nothing more to ask.
        drop(self.questions.take());
        let _ended = self.child.wait();
    }
}
