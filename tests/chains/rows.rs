//! Tables of a few columns with rows of a few values, so that keys meet, checks fail and references dangle.

use super::choices::Choices;
use super::state::State;

/// A table whose rows are known for certain at each point of a chain.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plain {
    name: String,
    columns: Vec<(String, &'static str)>,
    constraints: Vec<String>,
}

const TYPES: [&str; 3] = ["integer", "text", "boolean"];

fn value(data_type: &str, choices: &mut Choices<'_>) -> &'static str {
    let values: &[&str] = match data_type {
        "integer" => &["1", "2", "3", "NULL"],
        "text" => &["'a'", "'b'", "'abc'", "NULL"],
        _ => &["true", "false", "NULL"],
    };
    choices.pick(values).copied().unwrap_or("NULL")
}

impl State {
    /// A statement about one of those tables, or about its rows.
    pub(crate) fn rows(&mut self, choices: &mut Choices<'_>) -> String {
        if self.plain.len() < 2 || choices.of(12) == 0 {
            return self.create_plain(choices);
        }
        let at = choices.of(self.plain.len());
        let Some(mut table) = self.plain.get(at).cloned() else { return String::new() };
        let statement = match choices.of(12) {
            0..=3 => insert(&table, choices),
            4 | 5 => update(&table, choices),
            6 => format!("DELETE FROM {}{}", table.name, condition(&table, choices)),
            7 => self.add_plain_column(&mut table, choices),
            8 | 9 => self.constrain(&mut table, choices),
            10 => match choices.of(3) {
                0 => format!(
                    "TRUNCATE {}{}",
                    table.name,
                    choices.pick(&[" CASCADE", ""]).copied().unwrap_or("")
                ),
                1 => match table.constraints.pop() {
                    Some(name) => {
                        format!("ALTER TABLE {} DROP CONSTRAINT {name} CASCADE", table.name)
                    }
                    None => String::new(),
                },
                _ => {
                    let old = std::mem::replace(&mut table.name, self.name("w"));
                    format!("ALTER TABLE {old} RENAME TO {}", table.name)
                }
            },
            _ => {
                let Some((column, _)) = choices.pick(&table.columns) else { return String::new() };
                let action =
                    choices.pick(&["SET NOT NULL", "DROP NOT NULL"]).copied().unwrap_or("");
                format!("ALTER TABLE {} ALTER COLUMN {column} {action}", table.name)
            }
        };
        if let Some(slot) = self.plain.get_mut(at) {
            *slot = table;
        }
        statement
    }

    fn create_plain(&mut self, choices: &mut Choices<'_>) -> String {
        let mut table = Plain { name: self.name("w"), ..Plain::default() };
        let name = table.name.clone();
        table.columns.push((self.name("k"), "integer"));
        for _ in 0..=choices.of(3) {
            let data_type = choices.pick(&TYPES).copied().unwrap_or("integer");
            table.columns.push((self.name("w"), data_type));
        }
        let columns: Vec<String> = table
            .columns
            .iter()
            .enumerate()
            .map(|(at, (column, data_type))| {
                let key = ["", " PRIMARY KEY", " UNIQUE", " NOT NULL"];
                let key = if at == 0 { choices.pick(&key).copied().unwrap_or("") } else { "" };
                format!("{column} {data_type}{key}")
            })
            .collect();
        self.plain.push(table);
        format!("CREATE TABLE {name} ({})", columns.join(", "))
    }

    fn add_plain_column(&mut self, table: &mut Plain, choices: &mut Choices<'_>) -> String {
        let data_type = choices.pick(&TYPES).copied().unwrap_or("integer");
        let column = self.name("w");
        let mut definition = format!("{column} {data_type}");
        match choices.of(4) {
            0 => definition.push_str(" NOT NULL"),
            1 => {
                definition.push_str(&format!(" NOT NULL DEFAULT {}", value(data_type, choices)));
            }
            2 => definition.push_str(&format!(" DEFAULT {}", value(data_type, choices))),
            _ => {}
        }
        table.columns.push((column, data_type));
        format!("ALTER TABLE {} ADD COLUMN {definition}", table.name)
    }

    fn constrain(&mut self, table: &mut Plain, choices: &mut Choices<'_>) -> String {
        let Some((column, data_type)) = choices.pick(&table.columns).cloned() else {
            return String::new();
        };
        let name = self.name("k");
        let validated = choices.pick(&["", " NOT VALID"]).copied().unwrap_or("");
        let definition = match choices.of(5) {
            0 => format!("UNIQUE ({column})"),
            1 => format!("PRIMARY KEY ({column})"),
            2 => {
                let Some(other) = choices.pick(&self.plain) else { return String::new() };
                let Some((key, _)) = other.columns.first() else { return String::new() };
                let action = choices.pick(&["", " ON DELETE CASCADE"]).copied().unwrap_or("");
                format!(
                    "FOREIGN KEY ({column}) REFERENCES {} ({key}){action}{validated}",
                    other.name
                )
            }
            3 => format!("CHECK ({column} IS NOT NULL){validated}"),
            _ => match data_type {
                "integer" => format!("CHECK ({column} < 3){validated}"),
                "text" => format!("CHECK ({column} IN ('a', 'b')){validated}"),
                _ => format!("CHECK ({column}){validated}"),
            },
        };
        table.constraints.push(name.clone());
        format!("ALTER TABLE {} ADD CONSTRAINT {name} {definition}", table.name)
    }
}

fn insert(table: &Plain, choices: &mut Choices<'_>) -> String {
    let width = 1 + choices.of(table.columns.len());
    let columns = table.columns.get(..width).unwrap_or_default();
    let rows: Vec<String> = (0..=choices.of(2))
        .map(|_| {
            let values: Vec<_> = columns.iter().map(|(_, t)| value(t, choices)).collect();
            format!("({})", values.join(", "))
        })
        .collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let conflict = match (choices.of(5), names.first()) {
        (0, _) => " ON CONFLICT DO NOTHING".to_owned(),
        (1, Some(key)) => format!(" ON CONFLICT ({key}) DO NOTHING"),
        _ => String::new(),
    };
    format!(
        "INSERT INTO {} ({}) VALUES {}{conflict}",
        table.name,
        names.join(", "),
        rows.join(", ")
    )
}

fn update(table: &Plain, choices: &mut Choices<'_>) -> String {
    let Some((column, data_type)) = choices.pick(&table.columns) else { return String::new() };
    let value = value(data_type, choices);
    format!("UPDATE {} SET {column} = {value}{}", table.name, condition(table, choices))
}

fn condition(table: &Plain, choices: &mut Choices<'_>) -> String {
    let Some((column, data_type)) = choices.pick(&table.columns) else { return String::new() };
    match choices.of(3) {
        0 => String::new(),
        1 => format!(" WHERE {column} IS NULL"),
        _ => format!(" WHERE {column} = {}", value(data_type, choices)),
    }
}
