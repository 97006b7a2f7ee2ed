//! The password file. <https://www.postgresql.org/docs/current/libpq-pgpass.html>

use std::path::{Path, PathBuf};

/// The password of a login, if a file that is its owner's alone has it.
pub(super) fn of_file(
    variable: &dyn Fn(&str) -> Option<String>,
    host: &str,
    port: u16,
    database: &str,
    user: &str,
) -> Option<String> {
    let usual = || {
        if cfg!(windows) {
            Some(PathBuf::from(variable("APPDATA")?).join("postgresql").join("pgpass.conf"))
        } else {
            Some(PathBuf::from(variable("HOME")?).join(".pgpass"))
        }
    };
    let path = variable("PGPASSFILE").map(PathBuf::from).or_else(usual)?;
    if !is_private(&path) {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    find(&text, [host, &port.to_string(), database, user])
}

#[cfg(unix)]
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(path: &Path) -> bool {
    path.is_file()
}

/// The password of the first line whose other fields are those wanted, or `*`.
fn find(text: &str, wanted: [&str; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let (password, place) = fields.split_last()?;
        let fits = place.len() == wanted.len()
            && place.iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted);
        fits.then(|| password.clone())
    })
}

/// The fields of a line; a backslash takes the meaning of the character after it.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            '\\' => characters.next(),
            other => Some(other),
        };
        if let Some(field) = fields.last_mut() {
            field.extend(literal);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let text = "# a:1:b:c:comment\nh:1:d:other:no\nh:*:d:u:s\\:e\\\\c:ret\n*:*:*:*:last\n";
        assert_eq!(find(text, ["h", "5432", "d", "u"]).as_deref(), Some("s:e\\c:ret"));
        assert_eq!(find(text, ["i", "1", "x", "y"]).as_deref(), Some("last"));
        assert_eq!(find("h:1:d:u", ["h", "1", "d", "u"]), None);
    }
}
