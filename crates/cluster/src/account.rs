//! The account that the server runs as. PostgreSQL refuses to run as root, so root lends it another.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{Error, io};

/// Accounts that root may lend, the best first.
#[cfg(unix)]
const LENT: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// Who the server runs as: the user of this process, or the user and group of another account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account(Option<(u32, u32)>);

/// The longest name of a folder whose socket's name is not too long anywhere.
const LONGEST: usize = 80;

/// Makes a temporary folder that the account of the server owns.
pub(crate) fn temporary_folder() -> Result<(TempDir, Account), Error> {
    let make = |parent: PathBuf| {
        let folder = tempfile::Builder::new().prefix("railcheck-postgres-").tempdir_in(parent);
        folder.map_err(io("make a temporary folder"))
    };
    let temporary = std::env::temp_dir();
    let is_long = temporary.as_os_str().len() > LONGEST - 30;
    let mut folder = make(if is_long { PathBuf::from("/tmp") } else { temporary.clone() })?;
    let account = Account::of_owner(folder.path())?;
    if account.0.is_some() && !is_open_to_all(&temporary) {
        folder = make(PathBuf::from("/tmp"))?;
    }
    account.give(folder.path())?;
    Ok((folder, account))
}

#[cfg(unix)]
impl Account {
    /// The account for a process that has made a folder.
    fn of_owner(folder: &Path) -> Result<Self, Error> {
        use std::os::unix::fs::MetadataExt;
        let owner = folder.metadata().map_err(io("look at the temporary folder"))?.uid();
        if owner != 0 {
            return Ok(Self(None));
        }
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        Ok(Self(Some(lent(&accounts))))
    }

    /// Makes the account the owner of a file or folder.
    pub(crate) fn give(self, path: &Path) -> Result<(), Error> {
        let Some((user, group)) = self.0 else { return Ok(()) };
        std::os::unix::fs::lchown(path, Some(user), Some(group))
            .map_err(io("give a file to the account of the server"))
    }

    /// Makes a command run as the account, and in a group of its own, so that Ctrl-C does not end it before
    /// its parent.
    pub(crate) fn run(self, command: &mut Command) {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
    }
}

#[cfg(not(unix))]
impl Account {
    fn of_owner(_folder: &Path) -> Result<Self, Error> {
        Err(Error::Platform)
    }

    pub(crate) fn give(self, _path: &Path) -> Result<(), Error> {
        Ok(())
    }

    pub(crate) fn run(self, _command: &mut Command) {}
}

/// User and group of the account that root lends, by the list of accounts of the system.
#[cfg(unix)]
fn lent(accounts: &str) -> (u32, u32) {
    let numbers = |wanted: &str| {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(wanted)).then_some(())?;
            Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
        })
    };
    LENT.into_iter().find_map(numbers).unwrap_or((65_534, 65_534))
}

/// Whether every account may enter a folder.
#[cfg(unix)]
fn is_open_to_all(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    folder.ancestors().all(|folder| {
        folder.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
    })
}

#[cfg(not(unix))]
fn is_open_to_all(_folder: &Path) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn root_lends_the_account_of_postgresql_or_that_of_nobody() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533::/:/bin/false\n";
        assert_eq!(lent(accounts), (65_534, 65_533));
        let more =
            format!("{accounts}postgres:x:105:110:PostgreSQL:/var/lib/postgresql:/bin/bash\n");
        assert_eq!(lent(&more), (105, 110));
        assert_eq!(lent(""), (65_534, 65_534));
    }
}
