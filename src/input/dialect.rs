//! Migrations that are written for another database than PostgreSQL.

use std::sync::LazyLock;

use regex::Regex;

/// What only SQLite reads.
const SQLITE: &str = r"(?im)\bAUTOINCREMENT\b|^\s*PRAGMA\s+\w|\bWITHOUT\s+ROWID\b|\bstrftime\s*\(";

/// What only MySQL reads.
const MYSQL: &str = r"(?i)\bAUTO_INCREMENT\b|\bENGINE\s*=\s*\w|\bON\s+UPDATE\s+CURRENT_TIMESTAMP\b";

/// Names in backticks, which both of them write.
const BACKTICKS: &str = r"(?i)\b(TABLE|INDEX|INTO|ADD|ON|EXISTS)\s+`";

/// What only PostgreSQL reads.
const POSTGRES: &str = r"(?i)\$\w*\$|::\s*\w|\b(jsonb|timestamptz|bigserial|serial|plpgsql|bytea|tsvector|gen_random_uuid)\b|\bCREATE\s+(POLICY|EXTENSION|SCHEMA|TYPE)\b|\bROW\s+LEVEL\s+SECURITY\b";

/// The expressions, compiled when one is needed first.
static MARKS: LazyLock<Option<Marks>> = LazyLock::new(|| {
    Some(Marks {
        sqlite: Regex::new(SQLITE).ok()?,
        mysql: Regex::new(MYSQL).ok()?,
        backticks: Regex::new(BACKTICKS).ok()?,
        postgres: Regex::new(POSTGRES).ok()?,
    })
});

struct Marks {
    sqlite: Regex,
    mysql: Regex,
    backticks: Regex,
    postgres: Regex,
}

impl Marks {
    /// The database that a text is certainly written for, if it has a mark of one.
    fn foreign(&self, text: &str) -> Option<&'static str> {
        if self.sqlite.is_match(text) {
            Some("SQLite")
        } else if self.mysql.is_match(text) {
            Some("MySQL")
        } else {
            self.backticks.is_match(text).then_some(EITHER)
        }
    }
}

/// What names in backticks alone tell.
const EITHER: &str = "MySQL or SQLite";

/// The name by which tools call a database, as people write it, unless it is PostgreSQL.
pub(super) fn named(provider: &str) -> Option<&'static str> {
    Some(match provider.to_ascii_lowercase().as_str() {
        "sqlite" | "turso" | "libsql" | "d1" => "SQLite",
        "mysql" | "singlestore" | "mariadb" => "MySQL",
        "sqlserver" | "mssql" => "SQL Server",
        "mongodb" => "MongoDB",
        _ => return None,
    })
}

/// The database that texts are written for, where it is certain that it is not PostgreSQL: a slip in one
/// of many is not another database.
pub(super) fn of<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Option<&'static str> {
    let marks = MARKS.as_ref()?;
    // Nearly every history of PostgreSQL tells so in one of its first texts.
    if texts.clone().any(|text| marks.postgres.is_match(text)) {
        return None;
    }
    let (mut making, mut found) = (0_usize, Vec::new());
    for text in texts {
        let foreign = marks.foreign(text);
        let lower = text.to_ascii_lowercase();
        let makes = lower.contains("create table") || lower.contains("alter table");
        making += usize::from(makes || foreign.is_some());
        found.extend(foreign);
    }
    if found.is_empty() || 2 * found.len() <= making {
        return None;
    }
    found.iter().copied().find(|name| *name != EITHER).or(Some(EITHER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_is_told_by_what_most_texts_say_and_never_by_a_slip() {
        let sqlite = "CREATE TABLE `a` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL);";
        let mysql = "CREATE TABLE `a` (`id` int AUTO_INCREMENT) ENGINE=InnoDB;";
        let plain = "CREATE TABLE a (id int);";
        let postgres = "CREATE TABLE a (id uuid DEFAULT gen_random_uuid());";
        for (texts, expected) in [
            (vec![sqlite], Some("SQLite")),
            (vec![mysql, plain], None),
            (vec![mysql, mysql, plain], Some("MySQL")),
            (vec!["CREATE TABLE `a` (`id` int);"], Some("MySQL or SQLite")),
            (vec![sqlite, sqlite, postgres], None),
            (vec![plain], None),
            (vec!["PRAGMA foreign_keys=OFF;"], Some("SQLite")),
            (vec![], None),
        ] {
            assert_eq!(of(texts.iter().copied()), expected, "{texts:?}");
        }
        assert_eq!((named("postgresql"), named("SQLite")), (None, Some("SQLite")));
    }
}
