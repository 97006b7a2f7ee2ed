//! Resolves module specifiers over the files given: relative ones, those that a project configures, and
//! usual aliases where none does.

use std::collections::HashMap;
use std::sync::Arc;

use super::project::Projects;
use crate::span::FileId;

/// Finds the file that a specifier of another file stands for.
pub(super) struct Resolver {
    files: HashMap<Arc<str>, FileId>,
    projects: Projects,
}

const ENDINGS: [&str; 8] = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];
/// What an import names a compiled file by, and the endings of its source.
const COMPILED: [(&str, &[&str]); 4] =
    [(".js", &["ts", "tsx"]), (".jsx", &["tsx"]), (".mjs", &["mts"]), (".cjs", &["cts"])];
/// Prefixes that projects commonly map to their root or its `src`.
const ALIASES: [&str; 4] = ["@/", "~/", "#/", "$/"];

impl Resolver {
    pub(super) fn new(paths: &HashMap<FileId, Arc<str>>, projects: Projects) -> Self {
        Self { files: paths.iter().map(|(id, path)| (path.clone(), *id)).collect(), projects }
    }

    /// The file that `specifier` means in the file at `from`, if it is among the files.
    pub(super) fn resolve(&self, from: &str, specifier: &str) -> Option<FileId> {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        if specifier == "."
            || specifier == ".."
            || specifier.starts_with("./")
            || specifier.starts_with("../")
        {
            return self.file_at(&joined(folder, specifier)?);
        }
        for candidates in self.projects.candidates(folder, specifier) {
            let found = candidates.paths.iter().find_map(|path| self.file_at(path));
            if found.is_some() || candidates.is_final {
                return found;
            }
        }
        let alias = ALIASES.iter().find_map(|alias| specifier.strip_prefix(alias));
        let below_root = alias.or_else(|| specifier.strip_prefix('/')).unwrap_or(specifier);
        ancestors(folder).find_map(|folder| {
            self.file_at(&joined(folder, below_root)?)
                .or_else(|| self.file_at(&joined(&joined(folder, "src")?, below_root)?))
        })
    }

    fn file_at(&self, path: &str) -> Option<FileId> {
        let get = |path: &str| self.files.get(path).copied();
        get(path)
            .or_else(|| ENDINGS.iter().find_map(|ending| get(&format!("{path}.{ending}"))))
            .or_else(|| {
                COMPILED.iter().find_map(|(compiled, sources)| {
                    let stem = path.strip_suffix(compiled)?;
                    sources.iter().find_map(|ending| get(&format!("{stem}.{ending}")))
                })
            })
            .or_else(|| {
                let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
                ENDINGS.iter().find_map(|ending| get(&format!("{folder}index.{ending}")))
            })
    }
}

/// A folder and every folder above it, the root last.
pub(super) fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        (!folder.is_empty()).then(|| folder.rsplit_once('/').map_or("", |(above, _)| above))
    })
}

/// `relative` as seen from `folder`; none if it leaves the root.
pub(super) fn joined(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
