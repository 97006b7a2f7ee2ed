//! Statements about privileges, owners and roles.

use super::choices::Choices;
use super::state::{State, Table};

/// The roles of a chain. The first one may do everything.
pub(crate) const ROLES: &str = "CREATE ROLE chain_owner SUPERUSER; CREATE ROLE chain_member; CREATE ROLE chain_reader NOINHERIT";

/// Forgets what the roles were granted, and what is granted on new objects.
pub(crate) fn forgetting() -> String {
    // A server stumbles over defaults of one role for another where it drops what several own at once.
    let mut text = "RESET ROLE; DROP OWNED BY chain_member CASCADE; DROP OWNED BY chain_reader CASCADE; \
         DROP OWNED BY chain_owner CASCADE; REVOKE chain_member FROM chain_reader; REVOKE chain_reader FROM chain_owner;"
        .to_owned();
    for (kind, holders) in [
        ("TABLES", "postgres"),
        ("SEQUENCES", "postgres"),
        ("FUNCTIONS", "postgres, PUBLIC"),
        ("SCHEMAS", "postgres"),
    ] {
        let default = "ALTER DEFAULT PRIVILEGES";
        text.push_str(&format!(
            "{default} REVOKE ALL ON {kind} FROM PUBLIC, postgres CASCADE; {default} GRANT ALL ON {kind} TO {holders};"
        ));
    }
    text
}

const GRANTEES: [&str; 6] =
    ["chain_member", "chain_reader", "PUBLIC", "chain_member, PUBLIC", "chain_owner", "postgres"];

const OF_TABLES: [&str; 7] = [
    "SELECT",
    "INSERT, UPDATE",
    "ALL",
    "DELETE, TRUNCATE",
    "REFERENCES",
    "SELECT, TRIGGER",
    "UPDATE",
];

const OF_COLUMNS: [&str; 4] = ["SELECT", "UPDATE", "ALL", "INSERT"];

impl State {
    /// A statement about who may do what.
    pub(crate) fn privilege(&mut self, table: &Table, choices: &mut Choices<'_>) -> String {
        match choices.of(12) {
            0..=2 => on(&table.name, &one_of(&OF_TABLES, choices), choices),
            3 | 4 => {
                let Some((column, _)) = choices.pick(&table.columns) else { return String::new() };
                let privileges = format!("{} ({column})", one_of(&OF_COLUMNS, choices));
                on(&table.name, &privileges, choices)
            }
            5 => {
                let kinds = ["TABLES", "SEQUENCES", "FUNCTIONS", "ROUTINES"];
                let kind = one_of(&kinds, choices);
                let privileges = of_kind(&kind, choices);
                on(&format!("ALL {kind} IN SCHEMA public"), &privileges, choices)
            }
            6 | 7 => defaults(choices),
            8 => {
                let owner = one_of(&["chain_owner", "chain_member", "CURRENT_USER"], choices);
                format!("ALTER TABLE {} OWNER TO {owner}", table.name)
            }
            9 => {
                let role = one_of(&["chain_member", "chain_reader", "chain_owner"], choices);
                let statement = on(&table.name, &one_of(&OF_TABLES, choices), choices);
                format!("SET ROLE {role};\n{statement};\nRESET ROLE")
            }
            10 => match (choices.of(3), choices.pick(&self.functions)) {
                (0, Some(function)) => on(&format!("FUNCTION {function}()"), "EXECUTE", choices),
                (1, _) => {
                    let privileges = one_of(&["USAGE", "ALL", "CREATE"], choices);
                    on("SCHEMA public", &privileges, choices)
                }
                _ => {
                    let role = one_of(
                        &["chain_member TO chain_reader", "chain_reader TO chain_owner"],
                        choices,
                    );
                    format!("GRANT {role}")
                }
            },
            _ => {
                let name = self.name("o");
                let statement = match choices.of(3) {
                    0 => format!("CREATE VIEW {name} AS SELECT 1 AS a"),
                    1 => format!("CREATE SEQUENCE {name}"),
                    _ => format!(
                        "CREATE FUNCTION {name}() RETURNS integer LANGUAGE sql AS 'SELECT 1'"
                    ),
                };
                format!("SET ROLE chain_owner;\n{statement};\nRESET ROLE")
            }
        }
    }
}

fn one_of(words: &[&str], choices: &mut Choices<'_>) -> String {
    choices.pick(words).copied().unwrap_or_default().to_owned()
}

/// GRANT or REVOKE.
fn on(object: &str, privileges: &str, choices: &mut Choices<'_>) -> String {
    let (verb, grantees) = (choices.of(5), one_of(&GRANTEES, choices));
    match verb {
        0 | 1 => format!("GRANT {privileges} ON {object} TO {grantees}"),
        2 => format!("GRANT {privileges} ON {object} TO {grantees} WITH GRANT OPTION"),
        3 => {
            let option = one_of(&["", "GRANT OPTION FOR "], choices);
            format!("REVOKE {option}{privileges} ON {object} FROM {grantees} CASCADE")
        }
        _ => format!("REVOKE {privileges} ON {object} FROM {grantees}"),
    }
}

fn of_kind(kind: &str, choices: &mut Choices<'_>) -> String {
    match kind {
        "TABLES" => one_of(&OF_TABLES, choices),
        "SEQUENCES" => one_of(&["USAGE", "SELECT, UPDATE", "ALL"], choices),
        "SCHEMAS" => one_of(&["USAGE", "CREATE", "ALL"], choices),
        _ => one_of(&["EXECUTE", "ALL"], choices),
    }
}

fn defaults(choices: &mut Choices<'_>) -> String {
    let role = one_of(&["", " FOR ROLE chain_owner", " FOR ROLE postgres, chain_owner"], choices);
    let schema = one_of(&["", " IN SCHEMA public"], choices);
    let kind = one_of(&["TABLES", "SEQUENCES", "FUNCTIONS", "TABLES", "SCHEMAS"], choices);
    let privileges = of_kind(&kind, choices);
    let change = on(&kind, &privileges, choices);
    format!("ALTER DEFAULT PRIVILEGES{role}{schema} {change}")
}
