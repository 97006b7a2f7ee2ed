//! What can be told of a commit, whether or not the build can read one.

/// What keeps the history of a repository from being read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is no repository.
    #[error("{0} is in no work tree of git, so that there is no history to compare with")]
    NoRepository(String),
    /// The build is one without git.
    #[error(
        "git's history is not in this build; build it with the feature `git`, which is one of the default features"
    )]
    NotBuiltIn,
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
#[cfg_attr(not(feature = "git"), expect(dead_code, reason = "only commits have some"))]
pub(super) enum Kind {
    Folder,
    File,
    Link,
}

/// Where a path leads once links are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "git"), expect(dead_code, reason = "only commits have some"))]
pub(super) enum Target {
    Folder(String),
    File(String),
    /// Nowhere, or out of the root.
    Outside,
}
