//! Files that hold many SQL cases of one theme.

use std::path::Path;

/// One case: a name, directives, and migrations to be applied in order.
#[derive(Debug, Clone)]
pub struct Case {
    /// `file stem: name`.
    pub name: String,
    /// Values of the `-- KEY: VALUE` lines at the head of the case.
    pub directives: Vec<(String, String)>,
    /// The migrations, one batch each.
    pub migrations: Vec<String>,
}

impl Case {
    /// The whole values of a directive, one for each line that has it.
    pub fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.directives.iter().filter(move |(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// The words of a directive; none where it is absent.
    pub fn words<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.directives
            .iter()
            .filter(move |(k, _)| k == key)
            .flat_map(|(_, v)| v.split_whitespace())
    }
}

/// The cases of every `.sql` file of a folder that has any, by file name. A case starts with a line
/// `-- case: NAME`; a line `-- migration` starts its next migration.
///
/// # Errors
/// Where the folder cannot be read.
pub fn read_cases(folder: &Path) -> std::io::Result<Vec<Case>> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "sql"));
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path)?;
        let theme = path.file_stem().unwrap_or_default().to_string_lossy();
        for part in text.split("-- case: ").skip(1) {
            let (name, body) = part.split_once('\n').unwrap_or((part, ""));
            cases.push(read_case(format!("{theme}: {name}"), body));
        }
    }
    Ok(cases)
}

fn read_case(name: String, mut body: &str) -> Case {
    let mut directives = Vec::new();
    while let Some((line, rest)) = body.split_once('\n') {
        let directive = line.strip_prefix("-- ").and_then(|line| line.split_once(": "));
        let Some((key, value)) = directive
            .filter(|(key, _)| ["breaks", "without", "undecided", "finds", "served"].contains(key))
        else {
            break;
        };
        directives.push((key.to_owned(), value.to_owned()));
        body = rest;
    }
    let migrations = body.split("-- migration\n").map(str::to_owned).collect();
    Case { name, directives, migrations }
}
