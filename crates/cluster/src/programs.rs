use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;

/// The oldest version that is looked for.
pub const OLDEST: u32 = 15;

/// The newest version that is looked for.
pub const NEWEST: u32 = 18;

/// Where packages put the programs of each version: a folder, how the names in it begin, and what follows.
const PLACES: [(&str, &str, &str); 9] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/usr/local", "pgsql", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
    ("/opt/local/lib", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// The programs of a PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    folder: PathBuf,
    version: String,
}

impl Programs {
    /// Those of a folder, or of what the variable `PG_CONFIG` names, or the newest that are installed.
    ///
    /// # Errors
    /// Where there are none.
    pub fn find(folder: Option<&Path>) -> Result<Self, Error> {
        if cfg!(not(unix)) {
            return Err(Error::Platform);
        }
        if let Some(folder) = folder {
            return Self::of(folder).ok_or_else(|| Error::NoPrograms { folder: shown(folder) });
        }
        if let Some(config) = std::env::var_os("PG_CONFIG").filter(|config| !config.is_empty()) {
            let folder = folder_of_config(&config)?;
            return Self::of(&folder).ok_or_else(|| Error::NoPrograms { folder: shown(&folder) });
        }
        let supported = |programs: &Self| (OLDEST..=NEWEST).contains(&programs.major());
        let mut found: Vec<Self> =
            candidates().iter().filter_map(|folder| Self::of(folder)).filter(supported).collect();
        // Of the same version the first one is taken.
        found.reverse();
        found.sort_by_key(Self::number);
        found.pop().ok_or(Error::Missing)
    }

    /// Those of a folder, if it has them and they run.
    fn of(folder: &Path) -> Option<Self> {
        let has_both = |folder: &Path| {
            ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
        };
        if !has_both(folder) {
            return None;
        }
        // Where links lead to another folder, it has the other programs too.
        let real = std::fs::canonicalize(folder.join("postgres")).ok();
        let real = real.as_deref().and_then(Path::parent).filter(|real| has_both(real));
        let folder = real.unwrap_or(folder);
        // `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`
        let said = output(Command::new(folder.join("postgres")).arg("--version")).ok()?;
        let version = said.split_once("(PostgreSQL) ")?.1.split_whitespace().next()?;
        Some(Self { folder: folder.to_owned(), version: version.to_owned() })
    }

    /// The folder that they are in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The version, as in `15.14`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The major version, as in 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.number().0
    }

    fn number(&self) -> (u32, u32) {
        let mut numbers = self.version.split(|c: char| !c.is_ascii_digit());
        let mut next = || numbers.next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
        (next(), next())
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Every folder that may have server programs, those of the PATH first.
fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for (parent, prefix, rest) in PLACES {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        folders.extend(named.map(|entry| entry.path().join(rest)));
    }
    folders
}

fn folder_of_config(config: &OsStr) -> Result<PathBuf, Error> {
    let failed = |reason| Error::NoConfig { program: shown(Path::new(config)), reason };
    let said = output(Command::new(config).arg("--bindir")).map_err(failed)?;
    Ok(PathBuf::from(said.trim()))
}

/// What a program prints.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A folder with programs that say to be of a version.
    fn plant(version: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a program");
        for name in ["initdb", "postgres"] {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n"))
                .expect("a program");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("a program");
        }
        folder
    }

    #[test]
    fn programs_tell_their_version() {
        for (said, version, number) in [
            ("15.14 (Debian 15.14-0+deb12u1)", "15.14", (15, 14)),
            ("18.0", "18.0", (18, 0)),
            ("18beta1", "18beta1", (18, 0)),
            ("17devel", "17devel", (17, 0)),
        ] {
            let folder = plant(said);
            let found = Programs::find(Some(folder.path())).unwrap();
            assert_eq!((found.version(), found.number()), (version, number));
        }
    }

    #[test]
    fn a_folder_that_is_named_has_the_programs_or_is_refused() {
        let folder = plant("17.1");
        std::fs::remove_file(folder.path().join("initdb")).unwrap();
        let said = Programs::find(Some(folder.path())).unwrap_err().to_string();
        assert!(
            said.ends_with("does not have the programs initdb and postgres of a PostgreSQL server")
        );
    }
}
