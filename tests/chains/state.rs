//! What there is at a point of a chain, and the statements that make, rename and drop tables, enums and views.

use std::fmt::Write as _;

use super::choices::Choices;
use super::part::{alter_column, drop_column, drop_constraint, rename_in, security};
use super::rows::Plain;

/// What there is, as far as the choices need to know.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) tables: Vec<Table>,
    pub(crate) enums: Vec<Enum>,
    pub(crate) views: Vec<String>,
    pub(crate) functions: Vec<String>,
    pub(crate) plain: Vec<Plain>,
    /// How many names were made up.
    pub(crate) names: usize,
}

/// A table and the names of its parts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<(String, String)>,
    pub(crate) constraints: Vec<String>,
    pub(crate) indexes: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) triggers: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Enum {
    name: String,
    labels: Vec<String>,
}

/// The types that columns are of.
const TYPES: [&str; 12] = [
    "integer",
    "text",
    "uuid",
    "jsonb",
    "timestamptz",
    "varchar(40)",
    "bigint",
    "boolean",
    "numeric(10,2)",
    "text[]",
    "serial",
    "date",
];

/// A default for columns of some of the types.
pub(crate) const DEFAULTS: [(&str, &str); 7] = [
    ("integer", "7"),
    ("text", "'none'"),
    ("uuid", "gen_random_uuid()"),
    ("jsonb", "'{}'"),
    ("timestamptz", "now()"),
    ("boolean", "false"),
    ("text[]", "'{}'"),
];

impl State {
    pub(crate) fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn data_type(&self, choices: &mut Choices<'_>) -> String {
        match choices.of(4) {
            0 if !self.enums.is_empty() => {
                choices.pick(&self.enums).map(|e| e.name.clone()).unwrap_or_default()
            }
            _ => choices.pick(&TYPES).copied().unwrap_or("integer").to_owned(),
        }
    }

    /// One statement, or nothing where what it would need is not there.
    pub(crate) fn statement(&mut self, choices: &mut Choices<'_>) -> String {
        let kind = choices.of(25);
        match kind {
            _ if self.tables.is_empty() => self.create_table(choices),
            0 | 1 => self.create_table(choices),
            2 => self.enumeration(choices),
            3 => self.view(choices),
            4 => self.drop_table(choices),
            _ => {
                let at = choices.of(self.tables.len());
                let Some(mut table) = self.tables.get(at).cloned() else { return String::new() };
                let statement = match kind {
                    5 | 6 => self.add_column(&mut table, choices),
                    7 => drop_column(&mut table, choices),
                    8 => self.rename(&mut table, choices),
                    9 | 10 => alter_column(&table, choices),
                    11 | 12 => self.add_constraint(&mut table, choices),
                    13 => drop_constraint(&mut table, choices),
                    14 | 15 => self.policy(&mut table, choices),
                    16 | 17 => self.index(&mut table, choices),
                    18 => self.trigger(&mut table, choices),
                    19..=23 => self.privilege(&table, choices),
                    _ => security(&table, choices),
                };
                if let Some(slot) = self.tables.get_mut(at) {
                    *slot = table;
                }
                statement
            }
        }
    }

    fn create_table(&mut self, choices: &mut Choices<'_>) -> String {
        let name = self.name("t");
        let parent = choices.pick(&self.tables).map(|table| table.name.clone());
        let mut table = Table { name: name.clone(), ..Table::default() };
        match (choices.of(8), parent) {
            (0, Some(parent)) => {
                table.columns = self.columns_of(&parent);
                let including =
                    ["", " INCLUDING DEFAULTS", " INCLUDING CONSTRAINTS", " INCLUDING INDEXES"];
                let including = choices.pick(&including).copied().unwrap_or("");
                self.tables.push(table);
                return format!("CREATE TABLE {name} (LIKE {parent}{including})");
            }
            (1, Some(parent)) => {
                table.columns = self.columns_of(&parent);
                self.tables.push(table);
                return format!("CREATE TABLE {name} (extra_{name} integer) INHERITS ({parent})");
            }
            (2, Some(parent)) => {
                self.tables.push(table);
                return format!("CREATE TABLE {name} AS SELECT * FROM {parent}");
            }
            _ => {}
        }
        let mut parts = vec!["id uuid PRIMARY KEY DEFAULT gen_random_uuid()".to_owned()];
        table.columns.push(("id".to_owned(), "uuid".to_owned()));
        table.constraints.push(format!("{name}_pkey"));
        for _ in 0..choices.of(4) {
            parts.push(self.column(&mut table, choices));
        }
        if let Some((column, _)) = choices.pick(&table.columns.clone()) {
            match choices.of(4) {
                0 => parts.push(format!("UNIQUE ({column}, id)")),
                1 => parts.push(format!("CHECK ({column} IS NOT NULL)")),
                _ => {}
            }
        }
        self.tables.push(table);
        let exists = if choices.of(3) == 0 { "IF NOT EXISTS " } else { "" };
        format!("CREATE TABLE {exists}{name} (\n  {}\n)", parts.join(",\n  "))
    }

    fn columns_of(&self, table: &str) -> Vec<(String, String)> {
        self.tables.iter().find(|t| t.name == table).map(|t| t.columns.clone()).unwrap_or_default()
    }

    /// The definition of a new column.
    pub(crate) fn column(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
        let (name, data_type) = (self.name("c"), self.data_type(choices));
        let mut definition = format!("{name} {data_type}");
        let default = DEFAULTS.iter().find(|(t, _)| *t == data_type);
        match (choices.of(8), default) {
            (0, Some((_, default))) => {
                let _ = write!(definition, " NOT NULL DEFAULT {default}");
            }
            (1, Some((_, default))) => {
                let _ = write!(definition, " DEFAULT {default}");
            }
            (2, _) => definition.push_str(" UNIQUE"),
            (3, _) => {
                let _ = write!(definition, " CHECK ({name} IS NOT NULL)");
            }
            (4, _) => {
                if let Some(parent) =
                    choices.pick(&self.tables).filter(|t| t.columns.iter().any(|c| c.0 == "id"))
                {
                    let action = ["", " ON DELETE CASCADE", " ON DELETE SET NULL"];
                    let action = choices.pick(&action).copied().unwrap_or("");
                    definition = format!("{name} uuid REFERENCES {}{action}", parent.name);
                }
            }
            (5, _) => definition = format!("{name} integer GENERATED ALWAYS AS IDENTITY"),
            _ => {}
        }
        table.columns.push((name, data_type));
        definition
    }

    fn add_column(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
        let definition = self.column(table, choices);
        format!("ALTER TABLE {} ADD COLUMN {definition}", table.name)
    }

    fn enumeration(&mut self, choices: &mut Choices<'_>) -> String {
        let fresh = self.name("e");
        let Some(mut known) = choices.pick(&self.enums).cloned().filter(|_| choices.of(3) > 0)
        else {
            let labels = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
            self.enums.push(Enum { name: fresh.clone(), labels });
            return format!("CREATE TYPE {fresh} AS ENUM ('a', 'b', 'c')");
        };
        let at = self.enums.iter().position(|e| e.name == known.name).unwrap_or_default();
        let label = choices.pick(&known.labels).cloned().unwrap_or_default();
        let statement = match choices.of(6) {
            0 => {
                known.labels.push(fresh.clone());
                format!("ALTER TYPE {} ADD VALUE '{fresh}'", known.name)
            }
            1 => {
                known.labels.push(fresh.clone());
                format!(
                    "ALTER TYPE {} ADD VALUE IF NOT EXISTS '{fresh}' BEFORE '{label}'",
                    known.name
                )
            }
            2 => {
                known.labels.iter_mut().filter(|l| **l == label).for_each(|l| l.clone_from(&fresh));
                format!("ALTER TYPE {} RENAME VALUE '{label}' TO '{fresh}'", known.name)
            }
            3 => {
                let statement = format!("ALTER TYPE {} RENAME TO {fresh}", known.name);
                known.name = fresh;
                statement
            }
            _ => {
                self.enums.remove(at);
                let cascade = if choices.of(2) == 0 { " CASCADE" } else { "" };
                return format!("DROP TYPE {}{cascade}", known.name);
            }
        };
        if let Some(slot) = self.enums.get_mut(at) {
            *slot = known;
        }
        statement
    }

    fn view(&mut self, choices: &mut Choices<'_>) -> String {
        if choices.of(3) == 0
            && let Some(view) = self.views.pop()
        {
            return format!("DROP VIEW IF EXISTS {view} CASCADE");
        }
        let Some(table) = choices.pick(&self.tables) else { return String::new() };
        let (from, name) = (table.name.clone(), self.name("v"));
        if choices.of(5) == 0 {
            return format!("CREATE MATERIALIZED VIEW {name} AS SELECT * FROM {from}");
        }
        self.views.push(name.clone());
        format!("CREATE VIEW {name} AS SELECT * FROM {from}")
    }

    fn drop_table(&mut self, choices: &mut Choices<'_>) -> String {
        let table = self.tables.remove(choices.of(self.tables.len()));
        let cascade = if choices.of(3) == 0 { "" } else { " CASCADE" };
        format!("DROP TABLE {}{cascade}", table.name)
    }

    fn rename(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
        let former = table.name.clone();
        match choices.of(6) {
            0 => {
                table.name = self.name("t");
                format!("ALTER TABLE {former} RENAME TO {}", table.name)
            }
            1 => rename_in(&mut table.constraints, self.name("k"), choices, |old, new| {
                format!("ALTER TABLE {former} RENAME CONSTRAINT {old} TO {new}")
            }),
            2 => rename_in(&mut table.indexes, self.name("i"), choices, |old, new| {
                format!("ALTER INDEX {old} RENAME TO {new}")
            }),
            3 => rename_in(&mut table.policies, self.name("p"), choices, |old, new| {
                format!("ALTER POLICY {old} ON {former} RENAME TO {new}")
            }),
            _ => {
                let new = self.name("c");
                let Some(at) = choices.index(table.columns.len()) else { return String::new() };
                let Some((column, _)) = table.columns.get_mut(at) else { return String::new() };
                let old = std::mem::replace(column, new.clone());
                format!("ALTER TABLE {former} RENAME COLUMN {old} TO {new}")
            }
        }
    }

    /// A loop that builds its statements from the catalog.
    pub(crate) fn over_all_tables(&self, choices: &mut Choices<'_>) -> String {
        let statement = match choices.of(3) {
            0 => "ALTER TABLE %I ENABLE ROW LEVEL SECURITY",
            1 => "ALTER TABLE %I FORCE ROW LEVEL SECURITY",
            _ => "COMMENT ON TABLE %I IS ''seen''",
        };
        format!(
            "DO $do$ DECLARE r record; BEGIN\n  FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1 LOOP\n    \
             EXECUTE format('{statement}', r.tablename);\n  END LOOP;\nEND $do$"
        )
    }
}
