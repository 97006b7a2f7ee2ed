//! Histories of git, made of what a folder holds at the time.

use std::fs;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::tree::{Entry, EntryKind};
use gix::objs::{Commit, Tree};

/// A repository of git with a work tree.
pub(crate) struct History {
    repository: gix::Repository,
    root: PathBuf,
}

impl History {
    /// A repository without a commit, on the branch main.
    pub(crate) fn init(root: &Path) -> Self {
        let repository = gix::init(root).expect("a repository");
        let history = Self { repository, root: root.to_owned() };
        history.check_out("main");
        history
    }

    /// Commits every file and link of the work tree to a branch.
    pub(crate) fn commit(&self, branch: &str, parents: &[ObjectId]) -> ObjectId {
        let tree = self.tree(&self.root);
        let time = gix::date::Time::new(1_700_000_000 + parents.len() as i64, 0);
        let author = gix::actor::Signature { name: "A".into(), email: "a@b".into(), time };
        let commit = Commit {
            tree,
            parents: parents.iter().copied().collect(),
            author: author.clone(),
            committer: author,
            encoding: None,
            message: branch.into(),
            extra_headers: Vec::new(),
        };
        let id = self.repository.write_object(&commit).expect("a commit").detach();
        let reference = self.root.join(".git/refs/heads").join(branch);
        fs::create_dir_all(reference.parent().expect("a parent")).expect("a folder");
        fs::write(reference, format!("{id}\n")).expect("a reference");
        id
    }

    /// Makes a branch the one of HEAD; the work tree stays as it is.
    pub(crate) fn check_out(&self, branch: &str) {
        let head = self.root.join(".git/HEAD");
        fs::write(head, format!("ref: refs/heads/{branch}\n")).expect("HEAD");
    }

    /// Says that the clone has no more of the history than this commit.
    pub(crate) fn cut_off_below(&self, commit: ObjectId) {
        fs::write(self.root.join(".git/shallow"), format!("{commit}\n")).expect("a file");
    }

    fn tree(&self, folder: &Path) -> ObjectId {
        let mut entries: Vec<Entry> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry"))
            .filter(|entry| entry.file_name() != ".git")
            .map(|entry| {
                let (path, kind) = (entry.path(), entry.file_type().expect("a type"));
                let filename = entry.file_name().to_str().expect("a name").into();
                let blob =
                    |bytes: &[u8]| self.repository.write_blob(bytes).expect("a blob").detach();
                let (mode, oid) = if kind.is_dir() {
                    (EntryKind::Tree, self.tree(&path))
                } else if kind.is_symlink() {
                    let target = fs::read_link(&path).expect("a link");
                    (EntryKind::Link, blob(target.as_os_str().as_encoded_bytes()))
                } else {
                    (EntryKind::Blob, blob(&fs::read(&path).expect("a file")))
                };
                Entry { mode: mode.into(), filename, oid }
            })
            .collect();
        entries.sort();
        self.repository.write_object(&Tree { entries }).expect("a tree").detach()
    }
}
