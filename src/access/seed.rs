//! Fills the tables that matter with rows of two owners.

use std::collections::BTreeMap;

use super::identity::Identity;
use super::matrix::Unseeded;
use super::schema::{Check, Column, Schema, Table};
use super::{AccessError, attempt, literal, quoted, while_trying};
use crate::engine::session::{Refusal, Session};

/// How often a row is fixed before it is given up.
const MAX_TRIES: usize = 48;

/// How many kinds of rows each owner has at most.
const MAX_VARIANTS: usize = 12;

/// The values of a row by column: text that PostgreSQL reads, or NULL.
pub(super) type Values = BTreeMap<String, Option<String>>;

/// What was filled.
#[derive(Debug, Default)]
pub(super) struct Seeds {
    /// The owner of each row of the target, by the row's place.
    pub(super) owners: BTreeMap<String, Identity>,
    /// A row that each could have in the target.
    pub(super) rows: BTreeMap<Identity, Values>,
    /// Tables that stayed empty.
    pub(super) unseeded: Vec<Unseeded>,
    /// Whether triggers and foreign keys can be switched off.
    pub(super) is_superuser: bool,
}

/// Switches triggers and foreign keys off: rows are to be there, however they would come to be.
const QUIET: &str = "SET session_replication_role = replica";

/// Fills the target and what surrounds it.
pub(super) fn seed(
    session: &mut dyn Session,
    schema: &Schema,
    target: &Table,
) -> Result<Seeds, AccessError> {
    let quiet = while_trying(attempt(session, QUIET), "begin the seeding")?;
    let mut seeds = Seeds { is_superuser: quiet.is_ok(), ..Seeds::default() };
    accounts(session, schema)?;
    for table in schema.surroundings(target) {
        for identity in Identity::OWNERS {
            let seeded = Row::of(table, identity).insert(session, table)?;
            match seeded {
                Ok((place, values)) if table.oid == target.oid => {
                    variants(session, table, identity, &values, &mut seeds)?;
                    seeds.owners.insert(place, identity);
                    seeds.rows.insert(identity, values);
                }
                Ok(_) => {}
                Err(reason) => seeds.unseeded.push(Unseeded {
                    table: table.object_name(),
                    owner: identity.name(),
                    reason,
                }),
            }
        }
    }
    seeds.rows.insert(Identity::Stranger, stranger(target, &seeds));
    if seeds.is_superuser {
        while_trying(session.run("RESET session_replication_role"), "end the seeding")?;
    }
    Ok(seeds)
}

/// Accounts of all three, where the platform keeps accounts.
fn accounts(session: &mut dyn Session, schema: &Schema) -> Result<(), AccessError> {
    let users = schema.tables().find(|table| table.object_name().to_string() == "auth.users");
    if let Some(users) = users {
        for identity in [Identity::Owner, Identity::Victim, Identity::Stranger] {
            // Where there is no account, tokens do without it.
            let _ = Row::of(users, identity).insert(session, users)?;
        }
    }
    Ok(())
}

/// The row that the stranger could have: as the owner's, which is known to fit, with the marks exchanged.
fn stranger(target: &Table, seeds: &Seeds) -> Values {
    let mine = Row::of(target, Identity::Stranger).values;
    let mut values = seeds.rows.get(&Identity::Owner).cloned().unwrap_or_default();
    let owner = Row::of(target, Identity::Owner).values;
    for (column, value) in mine {
        // What was fixed for a constraint stays.
        if values.get(&column) == owner.get(&column) {
            values.insert(column, value);
        }
    }
    values
}

/// Rows of the same owner that differ in what policies look at: each label, true as well as false, and
/// nothing at all.
fn variants(
    session: &mut dyn Session,
    table: &Table,
    identity: Identity,
    base: &Values,
    seeds: &mut Seeds,
) -> Result<(), AccessError> {
    let mut choices = Vec::new();
    for column in table.columns.iter().filter(|column| table.is_in_policy(&column.name)) {
        if column.base == "bool" {
            choices.extend(["true", "false"].map(|value| (column, Some(value.to_owned()))));
        }
        choices.extend(column.labels.iter().map(|label| (column, Some(label.clone()))));
        if !column.not_null && !table.is_reference(&column.name) {
            choices.push((column, None));
        }
        let checks = table.checks.iter().filter(|check| check.columns == [column.name.clone()]);
        if column.category == 'S' {
            let texts = checks.flat_map(|check| strings(&check.definition));
            choices.extend(texts.map(|text| (column, Some(text))));
        }
    }
    for (number, (column, value)) in choices.into_iter().take(MAX_VARIANTS).enumerate() {
        let mut row = Row { values: base.clone(), identity };
        row.distinguish(table, number + 1);
        row.values.insert(column.name.clone(), value);
        // A kind of row that a constraint forbids is no row to attack.
        if let Ok(Ok(place)) = row.try_insert(session, table) {
            seeds.owners.insert(place, identity);
        }
    }
    Ok(())
}

/// A row to be inserted.
struct Row {
    values: Values,
    identity: Identity,
}

impl Row {
    /// The row of an owner: what is required, what ties rows together, and what policies mention.
    fn of(table: &Table, identity: Identity) -> Self {
        let is_filled = |column: &&Column| {
            let marks = table.is_key(&column.name)
                || table.is_reference(&column.name)
                || column.base == "uuid"
                || column.name.contains("email");
            let mentioned = table.is_in_policy(&column.name) && !column.default;
            !column.generated && (column.not_null && !column.default || marks || mentioned)
        };
        let value = |column: &Column| {
            identity.value(column, 0).map(|value| (column.name.clone(), Some(value)))
        };
        let values = table.columns.iter().filter(is_filled).filter_map(value).collect();
        Self { values, identity }
    }

    /// Gives the row keys of its own, if possible by columns that tie it to nothing.
    fn distinguish(&mut self, table: &Table, variation: usize) {
        for key in &table.keys {
            let loose = |name: &&String| !table.is_reference(name) && !table.is_in_policy(name);
            let free = |name: &&String| !table.is_reference(name);
            let column = key.iter().find(loose).or_else(|| key.iter().find(free));
            let column = column.and_then(|name| table.column(name));
            if let Some(column) = column
                && let Some(value) = self.identity.value(column, variation)
            {
                self.values.insert(column.name.clone(), Some(value));
            }
        }
    }

    /// Inserts the row, fixed where constraints ask for it; returns its place and what it is like, or why
    /// it cannot be.
    fn insert(
        mut self,
        session: &mut dyn Session,
        table: &Table,
    ) -> Result<Result<(String, Values), String>, AccessError> {
        let base = self.values.clone();
        let mut tried = BTreeMap::new();
        for _ in 0..MAX_TRIES {
            match self.try_insert(session, table)? {
                Ok(place) => return Ok(Ok((place, self.values))),
                Err(refusal) => {
                    if !self.mend(table, &base, &refusal, &mut tried) {
                        return Ok(Err(refusal.message));
                    }
                }
            }
        }
        Ok(Err("its constraints are too many".to_owned()))
    }

    fn try_insert(
        &self,
        session: &mut dyn Session,
        table: &Table,
    ) -> Result<Result<String, Refusal>, AccessError> {
        let statement = format!(
            "{} RETURNING tableoid::text || ' ' || ctid::text",
            insertion(table, &self.values)
        );
        let answers = while_trying(attempt(session, &statement), "fill the tables")?;
        Ok(answers.map(|answers| {
            let mut rows = answers.into_iter().flat_map(|answer| answer.rows);
            rows.next().and_then(|row| row.into_iter().next()).flatten().unwrap_or_default()
        }))
    }

    /// Changes what the refusal names; false where nothing is left to try.
    fn mend(
        &mut self,
        table: &Table,
        base: &Values,
        refusal: &Refusal,
        tried: &mut BTreeMap<String, usize>,
    ) -> bool {
        let is_named = |name: &str| refusal.message.contains(&format!("\"{name}\""));
        match refusal.sqlstate.as_str() {
            "23514" => {
                let check = table.checks.iter().find(|check| is_named(&check.name));
                check.is_some_and(|check| self.satisfy(table, check, base, tried))
            }
            "23502" => {
                let missing = table.columns.iter().find(|column| {
                    is_named(&column.name)
                        && !matches!(self.values.get(&column.name), Some(Some(_)))
                });
                let value = missing.and_then(|column| {
                    Some((column.name.clone(), Some(self.identity.value(column, 0)?)))
                });
                value.map(|(name, value)| self.values.insert(name, value)).is_some()
            }
            "23505" => {
                let count = tried.entry(String::new()).or_default();
                *count += 1;
                let variation = 900 + *count;
                self.distinguish(table, variation);
                *count <= 2
            }
            _ => false,
        }
    }

    /// Tries the next value that a CHECK constraint may like.
    fn satisfy(
        &mut self,
        table: &Table,
        check: &Check,
        base: &Values,
        tried: &mut BTreeMap<String, usize>,
    ) -> bool {
        let columns = check.columns.iter().filter_map(|name| table.column(name));
        let options: Vec<_> = columns
            .flat_map(|column| {
                candidates(column, check).into_iter().map(move |value| (column, value))
            })
            .collect();
        let count = tried.entry(check.name.clone()).or_default();
        let Some((column, value)) = options.get(*count) else { return false };
        *count += 1;
        for name in &check.columns {
            match base.get(name) {
                Some(value) => self.values.insert(name.clone(), value.clone()),
                None => self.values.remove(name),
            };
        }
        self.values.insert(column.name.clone(), value.clone());
        true
    }
}

/// The statement that inserts a row.
pub(super) fn insertion(table: &Table, values: &Values) -> String {
    if values.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", table.sql());
    }
    let columns: Vec<_> = values.keys().map(|name| quoted(name)).collect();
    let written: Vec<_> = values
        .values()
        .map(|value| value.as_deref().map_or_else(|| "NULL".to_owned(), literal))
        .collect();
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
        table.sql(),
        columns.join(", "),
        written.join(", ")
    )
}

/// Values that a constraint may accept in a column: those that it names, and plain ones.
fn candidates(column: &Column, check: &Check) -> Vec<Option<String>> {
    match column.category {
        'N' => {
            let mut found = Vec::new();
            let numbers = check.definition.split(|c: char| !c.is_ascii_digit());
            for number in numbers.filter_map(|digits| digits.parse::<i32>().ok()) {
                found.extend([number, number.saturating_add(1), number.saturating_sub(1)]);
            }
            found.extend([1, 0]);
            found.iter().map(|number| Some(number.to_string())).chain(nothing(column)).collect()
        }
        'B' => vec![Some("true".to_owned()), Some("false".to_owned())],
        'E' => column.labels.iter().cloned().map(Some).chain(nothing(column)).collect(),
        _ => {
            let mut texts = strings(&check.definition);
            texts.reverse();
            texts.extend(
                ["a", "A", "abc", "https://example.test/", "+4912345678", "{}", "[]"]
                    .map(str::to_owned),
            );
            texts.into_iter().map(Some).chain(nothing(column)).collect()
        }
    }
}

fn nothing(column: &Column) -> Option<Option<String>> {
    (!column.not_null).then_some(None)
}

/// The strings that an SQL expression names.
fn strings(definition: &str) -> Vec<String> {
    definition.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}
