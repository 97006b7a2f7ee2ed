//! Statements about the parts of a table: constraints, policies, indexes, triggers and columns.

use super::choices::Choices;
use super::state::{DEFAULTS, State, Table};

impl State {
    pub(crate) fn add_constraint(
        &mut self,
        table: &mut Table,
        choices: &mut Choices<'_>,
    ) -> String {
        let Some((column, _)) = choices.pick(&table.columns).cloned() else { return String::new() };
        let named = if choices.of(2) == 0 {
            let name = self.name("k");
            table.constraints.push(name.clone());
            format!("CONSTRAINT {name} ")
        } else {
            String::new()
        };
        let definition = match choices.of(5) {
            0 => format!("UNIQUE ({column})"),
            1 => format!("CHECK ({column} IS NOT NULL) NOT VALID"),
            2 => format!("PRIMARY KEY ({column})"),
            3 => {
                let of_keys = |parent: &&Table| parent.columns.iter().any(|c| c.0 == "id");
                let parent = choices.pick(&self.tables).filter(of_keys);
                let keys: Vec<_> = table.columns.iter().filter(|c| c.1 == "uuid").collect();
                let (Some(parent), Some((column, _))) = (parent, choices.pick(&keys)) else {
                    return String::new();
                };
                format!("FOREIGN KEY ({column}) REFERENCES {}", parent.name)
            }
            _ => format!("CHECK (length({column}::text) < 9)"),
        };
        format!("ALTER TABLE {} ADD {named}{definition}", table.name)
    }

    pub(crate) fn policy(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
        if choices.of(3) == 0
            && let Some(policy) = table.policies.pop()
        {
            return match choices.of(2) {
                0 => format!("DROP POLICY {policy} ON {}", table.name),
                _ => {
                    let altered = format!("ALTER POLICY {policy} ON {} TO pg_monitor", table.name);
                    table.policies.push(policy);
                    altered
                }
            };
        }
        let name = self.name("p");
        let condition =
            match (choices.of(3), choices.pick(&table.columns), choices.pick(&self.tables)) {
                (0, Some((column, _)), _) => format!("{column} IS NOT NULL"),
                (1, _, Some(other)) => format!("EXISTS (SELECT 1 FROM {} o)", other.name),
                _ => "true".to_owned(),
            };
        let clause = match choices.of(5) {
            0 => format!("FOR SELECT USING ({condition})"),
            1 => format!("FOR INSERT TO pg_monitor WITH CHECK ({condition})"),
            2 => format!("AS RESTRICTIVE FOR UPDATE USING ({condition}) WITH CHECK (true)"),
            3 => format!("FOR DELETE TO pg_monitor, PUBLIC USING ({condition})"),
            _ => format!("USING ({condition})"),
        };
        table.policies.push(name.clone());
        format!("CREATE POLICY {name} ON {} {clause}", table.name)
    }

    pub(crate) fn index(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
        if choices.of(4) == 0
            && let Some(index) = table.indexes.pop()
        {
            return format!("DROP INDEX {index}");
        }
        let Some((column, _)) = choices.pick(&table.columns).cloned() else { return String::new() };
        let name = self.name("i");
        let on = &table.name;
        let statement = match choices.of(6) {
            0 => format!("CREATE UNIQUE INDEX {name} ON {on} ({column})"),
            1 => format!(
                "CREATE INDEX {name} ON {on} ({column} DESC NULLS LAST) WHERE {column} IS NOT NULL"
            ),
            2 => format!("CREATE INDEX ON {on} ({column})"),
            3 => format!("CREATE INDEX IF NOT EXISTS {name} ON {on} USING hash ({column})"),
            4 => format!("CREATE INDEX {name} ON {on} (({column} IS NULL), {column})"),
            _ => format!("CREATE INDEX {name} ON {on} ({column}) INCLUDE ({column})"),
        };
        if !statement.starts_with("CREATE INDEX ON") {
            table.indexes.push(name);
        }
        statement
    }

    pub(crate) fn trigger(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
        if choices.of(3) == 0
            && let Some(trigger) = table.triggers.pop()
        {
            return format!("DROP TRIGGER {trigger} ON {}", table.name);
        }
        if choices.of(4) == 0
            && let Some(function) = self.functions.pop()
        {
            return format!("DROP FUNCTION {function}() CASCADE");
        }
        let Some(function) = choices.pick(&self.functions).cloned().filter(|_| choices.of(3) > 0)
        else {
            let name = self.name("f");
            self.functions.push(name.clone());
            return format!(
                "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RETURN NEW; END $f$"
            );
        };
        let name = self.name("g");
        table.triggers.push(name.clone());
        format!(
            "CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {function}()",
            table.name
        )
    }
}

pub(crate) fn rename_in(
    names: &mut [String],
    new: String,
    choices: &mut Choices<'_>,
    statement: impl Fn(&str, &str) -> String,
) -> String {
    let Some(at) = choices.index(names.len()) else { return String::new() };
    let Some(name) = names.get_mut(at) else { return String::new() };
    let old = std::mem::replace(name, new);
    statement(&old, name)
}

pub(crate) fn drop_column(table: &mut Table, choices: &mut Choices<'_>) -> String {
    let Some(at) = choices.index(table.columns.len()) else { return String::new() };
    let (column, _) = table.columns.remove(at);
    let cascade = if choices.of(2) == 0 { " CASCADE" } else { "" };
    format!("ALTER TABLE {} DROP COLUMN {column}{cascade}", table.name)
}

pub(crate) fn drop_constraint(table: &mut Table, choices: &mut Choices<'_>) -> String {
    let Some(at) = choices.index(table.constraints.len()) else { return String::new() };
    let name = table.constraints.remove(at);
    let cascade = if choices.of(2) == 0 { " CASCADE" } else { "" };
    format!("ALTER TABLE {} DROP CONSTRAINT {name}{cascade}", table.name)
}

pub(crate) fn alter_column(table: &Table, choices: &mut Choices<'_>) -> String {
    let Some((column, data_type)) = choices.pick(&table.columns) else { return String::new() };
    let default = DEFAULTS.iter().find(|(t, _)| t == data_type).map_or("NULL", |(_, d)| d);
    let action = match choices.of(6) {
        0 => "SET NOT NULL".to_owned(),
        1 => "DROP NOT NULL".to_owned(),
        2 => format!("SET DEFAULT {default}"),
        3 => "DROP DEFAULT".to_owned(),
        4 => format!("TYPE text USING {column}::text"),
        _ => "SET STATISTICS 100".to_owned(),
    };
    format!("ALTER TABLE {} ALTER COLUMN {column} {action}", table.name)
}

pub(crate) fn security(table: &Table, choices: &mut Choices<'_>) -> String {
    let actions = ["ENABLE", "DISABLE", "FORCE", "NO FORCE"];
    let action = choices.pick(&actions).copied().unwrap_or("ENABLE");
    format!("ALTER TABLE {} {action} ROW LEVEL SECURITY", table.name)
}
