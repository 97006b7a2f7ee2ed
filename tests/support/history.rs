//! Histories of git, made of what a folder holds at the time.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A repository of git with a work tree.
pub(crate) struct History {
    root: PathBuf,
}

impl History {
    /// A repository without a commit, on the branch main.
    pub(crate) fn init(root: &Path) -> Self {
        let history = Self { root: root.to_owned() };
        history.git(&["init", "-q"], "");
        history.check_out("main");
        history
    }

    /// Commits every file and link of the work tree to a branch, whatever is ignored.
    pub(crate) fn commit(&self, branch: &str, parents: &[String]) -> String {
        let tree = self.tree(&self.root);
        let mut arguments = vec!["commit-tree", &tree, "-m", branch];
        arguments.extend(parents.iter().flat_map(|parent| ["-p", parent]));
        let id = self.git(&arguments, "");
        let reference = format!("refs/heads/{branch}");
        self.git(&["update-ref", &reference, &id], "");
        id
    }

    /// Makes a branch the one of HEAD; the work tree stays as it is.
    pub(crate) fn check_out(&self, branch: &str) {
        self.git(&["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")], "");
    }

    /// Says that the clone has no more of the history than this commit.
    pub(crate) fn cut_off_below(&self, commit: &str) {
        fs::write(self.root.join(".git/shallow"), format!("{commit}\n")).expect("a file");
    }

    /// The tree of a folder, entries of every name included.
    fn tree(&self, folder: &Path) -> String {
        let mut listing = String::new();
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let (path, kind) = (entry.path(), entry.file_type().expect("a type"));
            let name = entry.file_name().into_string().expect("a name");
            let (mode, kind, id) = match () {
                () if name == ".git" => continue,
                () if kind.is_dir() => ("040000", "tree", self.tree(&path)),
                () if kind.is_symlink() => {
                    let target = fs::read_link(&path).expect("a link");
                    let target = target.to_str().expect("a target");
                    ("120000", "blob", self.git(&["hash-object", "-w", "--stdin"], target))
                }
                () => {
                    let path = path.to_str().expect("a path");
                    let write = ["hash-object", "-w", "--no-filters", "--", path];
                    ("100644", "blob", self.git(&write, ""))
                }
            };
            listing.push_str(&format!("{mode} {kind} {id}\t{name}\0"));
        }
        self.git(&["mktree", "-z"], &listing)
    }

    /// The answer of a command of git.
    fn git(&self, arguments: &[&str], input: &str) -> String {
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(&self.root)
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@b")])
            .envs([("GIT_COMMITTER_NAME", "A"), ("GIT_COMMITTER_EMAIL", "a@b")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).expect("git reads");
        drop(stdin);
        let output = child.wait_with_output().expect("an answer");
        assert!(output.status.success(), "git {arguments:?}");
        String::from_utf8(output.stdout).expect("a text").trim().to_owned()
    }
}
