//! Writes random chains of migrations. A step is a few numbers, each of which chooses among what there is
//! at that point, so that most of a chain is valid and any part of it is a chain too.

use std::fmt::Write as _;

/// The numbers by which one step makes its choices.
pub type Step = [u8; 8];

/// What there is, as far as the choices need to know.
#[derive(Debug, Clone, Default)]
struct State {
    tables: Vec<Table>,
    enums: Vec<Enum>,
    views: Vec<String>,
    functions: Vec<String>,
    /// How many names were made up.
    names: usize,
}

#[derive(Debug, Clone, Default)]
struct Table {
    name: String,
    columns: Vec<(String, String)>,
    constraints: Vec<String>,
    indexes: Vec<String>,
    policies: Vec<String>,
    triggers: Vec<String>,
}

#[derive(Debug, Clone)]
struct Enum {
    name: String,
    labels: Vec<String>,
}

/// The migrations of a chain. Most steps are one statement; some end a migration or a transaction.
pub fn migrations(steps: &[Step]) -> Vec<String> {
    let mut chain = Chain::default();
    for step in steps {
        chain.step(&mut Choices(step.iter()));
    }
    chain.end_migration();
    chain.migrations
}

#[derive(Debug, Default)]
struct Chain {
    state: State,
    migrations: Vec<String>,
    current: String,
    /// What there was when the transaction under way began.
    before: Option<State>,
}

impl Chain {
    fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.of(16) {
            0..=10 => {
                let statement = self.state.statement(choices);
                self.push(&statement);
            }
            11 => self.end_migration(),
            12 => self.begin(),
            13 => self.end_transaction(choices.of(2) == 0),
            14 => {
                let statement = self.state.statement(choices);
                self.push(&guarded(&statement, choices));
            }
            _ => self.push(&self.state.over_all_tables(choices)),
        }
    }

    fn push(&mut self, statement: &str) {
        if !statement.is_empty() {
            self.current.push_str(statement);
            self.current.push_str(";\n");
        }
    }

    fn begin(&mut self) {
        if self.before.is_none() {
            // What came before BEGIN in the file joins the transaction.
            self.end_migration();
            self.push("BEGIN");
            self.before = Some(self.state.clone());
        }
    }

    fn end_transaction(&mut self, keep: bool) {
        if let Some(before) = self.before.take() {
            self.push(if keep { "COMMIT" } else { "ROLLBACK" });
            if !keep {
                self.state = State { names: self.state.names, ..before };
            }
        }
    }

    fn end_migration(&mut self) {
        self.end_transaction(true);
        if !self.current.is_empty() {
            self.migrations.push(std::mem::take(&mut self.current));
        }
    }
}

/// A statement inside a block that may or may not run it, or that survives its failure.
fn guarded(statement: &str, choices: &mut Choices<'_>) -> String {
    if statement.is_empty() {
        return String::new();
    }
    match choices.of(4) {
        0 => format!(
            "DO $do$ BEGIN\n  {statement};\nEXCEPTION WHEN duplicate_object OR duplicate_table THEN NULL;\nEND $do$"
        ),
        1 => format!(
            "DO $do$ BEGIN\n  IF EXISTS (SELECT 1 FROM pg_class WHERE relname = 't1' AND relnamespace = 'public'::regnamespace) THEN\n    {statement};\n  END IF;\nEND $do$"
        ),
        2 => format!(
            "DO $do$ BEGIN\n  IF NOT EXISTS (SELECT 1 FROM pg_policies WHERE schemaname = 'public' AND policyname = 'p2') THEN\n    {statement};\n  END IF;\nEND $do$"
        ),
        _ => format!("DO $do$ BEGIN\n  EXECUTE $sql${statement}$sql$;\nEND $do$"),
    }
}

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

const DEFAULTS: [(&str, &str); 7] = [
    ("integer", "7"),
    ("text", "'none'"),
    ("uuid", "gen_random_uuid()"),
    ("jsonb", "'{}'"),
    ("timestamptz", "now()"),
    ("boolean", "false"),
    ("text[]", "'{}'"),
];

impl State {
    fn name(&mut self, prefix: &str) -> String {
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
    fn statement(&mut self, choices: &mut Choices<'_>) -> String {
        let kind = choices.of(20);
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
                    ["", " INCLUDING ALL", " INCLUDING CONSTRAINTS", " INCLUDING INDEXES"];
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
    fn column(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
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

    fn add_constraint(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
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
                let Some(parent) = choices.pick(&self.tables) else { return String::new() };
                format!("FOREIGN KEY ({column}) REFERENCES {}", parent.name)
            }
            _ => format!("CHECK (length({column}::text) < 9)"),
        };
        format!("ALTER TABLE {} ADD {named}{definition}", table.name)
    }

    fn policy(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
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

    fn index(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
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

    fn trigger(&mut self, table: &mut Table, choices: &mut Choices<'_>) -> String {
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

    /// A loop that builds its statements from the catalog.
    fn over_all_tables(&self, choices: &mut Choices<'_>) -> String {
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

fn rename_in(
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

fn drop_column(table: &mut Table, choices: &mut Choices<'_>) -> String {
    let Some(at) = choices.index(table.columns.len()) else { return String::new() };
    let (column, _) = table.columns.remove(at);
    let cascade = if choices.of(2) == 0 { " CASCADE" } else { "" };
    format!("ALTER TABLE {} DROP COLUMN {column}{cascade}", table.name)
}

fn drop_constraint(table: &mut Table, choices: &mut Choices<'_>) -> String {
    let Some(at) = choices.index(table.constraints.len()) else { return String::new() };
    let name = table.constraints.remove(at);
    let cascade = if choices.of(2) == 0 { " CASCADE" } else { "" };
    format!("ALTER TABLE {} DROP CONSTRAINT {name}{cascade}", table.name)
}

fn alter_column(table: &Table, choices: &mut Choices<'_>) -> String {
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

fn security(table: &Table, choices: &mut Choices<'_>) -> String {
    let actions = ["ENABLE", "DISABLE", "FORCE", "NO FORCE"];
    let action = choices.pick(&actions).copied().unwrap_or("ENABLE");
    format!("ALTER TABLE {} {action} ROW LEVEL SECURITY", table.name)
}

/// The numbers of a step, one for each choice; zero once they are used up.
struct Choices<'s>(std::slice::Iter<'s, u8>);

impl Choices<'_> {
    /// A number below `count`, which may be zero only where nobody asks.
    fn of(&mut self, count: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % count.max(1)
    }

    fn index(&mut self, count: usize) -> Option<usize> {
        (count > 0).then(|| self.of(count))
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.index(from.len())?;
        from.get(at)
    }
}
