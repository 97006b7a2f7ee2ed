//! What can be told of a commit.

/// What keeps the history of a repository from being read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is no repository.
    #[error("{0} is in no work tree of git, so that there is no history to compare with")]
    NoRepository(String),
    /// There is no git.
    #[error("the program git is not on the PATH, and history is read with it; install git")]
    NoGit,
    /// Git refuses to work here.
    #[error("git refuses to read the repository: {0}")]
    Git(String),
    /// There is no such revision.
    #[error("there is no revision `{revision}` here{hint}")]
    UnknownRevision {
        /// As it was named.
        revision: String,
        /// What to do about it, as the end of the sentence.
        hint: &'static str,
    },
    /// Nothing was committed yet.
    #[error("HEAD has no commit yet")]
    NoHead,
    /// Histories without a common commit.
    #[error("`{revision}` and HEAD have no commit in common{hint}")]
    Unrelated {
        /// As it was named.
        revision: String,
        /// What to do about it, as the end of the sentence.
        hint: &'static str,
    },
    /// There are too many files.
    #[error("commit {0} has more files and folders than railcheck reads")]
    TooLarge(String),
    /// An object is missing or broken.
    #[error(
        "cannot read the objects of git: {0}; a partial clone lacks some, `git fetch --refetch` gets them"
    )]
    Object(String),
}

/// What an entry is. Submodules are left out, since their files are another repository's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    File,
    Link,
}

/// Where a path leads once links are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Folder(String),
    File(String),
    /// Nowhere, or out of the root.
    Outside,
}
