use clap::ValueEnum;

use crate::cli::workspace::{Present, Workspace};

/// What runs in a hook.
pub(super) const COMMAND: &str = "railcheck verify --staged --quiet";

/// The plain hook, which verifies what is about to be committed.
const GIT_HOOK: &str = include_str!("../../../hooks/pre-commit");

const PRE_COMMIT_FILE: &str = ".pre-commit-config.yaml";
const HUSKY_FILE: &str = ".husky/pre-commit";
const LEFTHOOK_FILES: [&str; 4] =
    ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml"];
pub(super) const GIT_FILE: &str = ".git/hooks/pre-commit";

const PRE_COMMIT: &str = concat!(
    "\
repos:
  - repo: https://github.com/adaefler-art/railcheck
    rev: v",
    env!("CARGO_PKG_VERSION"),
    "
    hooks:
      - id: railcheck
"
);

const LEFTHOOK: &str = "\
pre-commit:
  commands:
    railcheck:
      glob: \"*.{sql,ts,tsx,mts,cts,js,jsx,mjs,cjs,rs,yaml}\"
      run: railcheck verify --staged --quiet
";

/// What runs railcheck before a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Hook {
    /// The pre-commit framework
    PreCommit,
    /// husky
    Husky,
    /// lefthook
    Lefthook,
    /// A hook of git itself
    Git,
    /// No hook
    None,
}

/// What it takes to install a hook.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Nothing: this file runs railcheck already.
    Done(&'static str),
    /// A new file.
    Create { path: &'static str, text: String, is_program: bool },
    /// A script that is there gets a line, if that is wanted.
    Append { path: &'static str, text: String },
    /// A file that is there is only changed by people.
    ByHand { path: &'static str, snippet: &'static str },
    /// It cannot be installed.
    Impossible(&'static str),
}

impl Hook {
    /// The hook that the repository uses already, or git's own.
    pub(super) fn likely(workspace: &Workspace<'_>) -> Self {
        let is_there = |path: &str| workspace.look(path) != Present::Nothing;
        if is_there(PRE_COMMIT_FILE) {
            Self::PreCommit
        } else if is_there(".husky") {
            Self::Husky
        } else if LEFTHOOK_FILES.iter().any(|file| is_there(file)) {
            Self::Lefthook
        } else if workspace.look(".git") == Present::Folder {
            Self::Git
        } else {
            Self::None
        }
    }

    /// What it takes to install it.
    pub(super) fn plan(self, workspace: &Workspace<'_>) -> Option<Plan> {
        Some(match self {
            Self::None => return None,
            Self::PreCommit => by_configuration(workspace, PRE_COMMIT_FILE, PRE_COMMIT),
            Self::Lefthook => {
                let is_there = |file: &&&str| workspace.look(file) != Present::Nothing;
                let file = LEFTHOOK_FILES.iter().find(is_there).unwrap_or(&LEFTHOOK_FILES[0]);
                by_configuration(workspace, file, LEFTHOOK)
            }
            Self::Husky => by_script(workspace, HUSKY_FILE, &format!("{COMMAND}\n")),
            Self::Git => by_git(workspace),
        })
    }
}

/// Whether a shell would find railcheck.
pub(super) fn is_on_path() -> bool {
    let name = format!("railcheck{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(&name).is_file())
}

/// The hook of git, which is not shared and may know where railcheck is on this machine.
fn git_hook() -> String {
    let here = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned));
    match here.filter(|path| !is_on_path() && !path.contains(['\'', '"', '$', '`', '\\'])) {
        Some(path) => {
            GIT_HOOK.replace("${RAILCHECK:-railcheck}", &format!("\"${{RAILCHECK:-{path}}}\""))
        }
        None => GIT_HOOK.to_owned(),
    }
}

fn by_configuration(workspace: &Workspace<'_>, path: &'static str, snippet: &'static str) -> Plan {
    match workspace.look(path) {
        Present::File(text) if text.contains("railcheck") => Plan::Done(path),
        Present::Nothing => Plan::Create { path, text: snippet.to_owned(), is_program: false },
        _ => Plan::ByHand { path, snippet },
    }
}

fn by_script(workspace: &Workspace<'_>, path: &'static str, script: &str) -> Plan {
    match workspace.look(path) {
        Present::File(text) if text.contains("railcheck") => Plan::Done(path),
        Present::File(text) => {
            let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            Plan::Append { path, text: format!("{text}{end}{COMMAND}\n") }
        }
        Present::Nothing => Plan::Create { path, text: script.to_owned(), is_program: true },
        _ => Plan::ByHand { path, snippet: COMMAND },
    }
}

/// Git looks for hooks elsewhere where `core.hooksPath` says so, and a worktree has no folder of its own.
fn by_git(workspace: &Workspace<'_>) -> Plan {
    if workspace.look(".git") != Present::Folder || !workspace.may_write(GIT_FILE) {
        return Plan::Impossible(
            "git's own hooks are not in a folder of this repository, so that none is installed",
        );
    }
    match workspace.look(".git/config") {
        Present::File(text) if text.to_ascii_lowercase().contains("hookspath") => Plan::Impossible(
            "core.hooksPath leads git to other hooks; add railcheck verify to those",
        ),
        _ => by_script(workspace, GIT_FILE, &git_hook()),
    }
}
