//! The four commands, each rolled back to a savepoint.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::actor::Actor;
use super::identity::Identity;
use super::matrix::{Access, ActorAccess, Cell, RowAccess};
use super::schema::{Schema, Table};
use super::seed::{Seeds, Values, insertion};
use super::{AccessError, literal, quoted, while_trying};
use crate::catalog::ObjectName;
use crate::engine::session::{Refusal, Session, SessionError};

/// How many columns are tried for an update.
const MAX_COLUMNS: usize = 4;

/// Where a row is, across partitions.
const PLACE: &str = "t.tableoid::text || ' ' || t.ctid::text";

/// Switches triggers and foreign keys off, and on again.
const QUIET: &str = "SET LOCAL session_replication_role = replica;";
const LOUD: &str = "SET LOCAL session_replication_role = origin;";

/// Lets rows of the target go, whatever points at them.
pub(super) fn set_free(
    session: &mut dyn Session,
    schema: &Schema,
    target: &Table,
) -> Result<(), AccessError> {
    for (table, key) in schema.references_to(target) {
        let drop = format!("ALTER TABLE {} DROP CONSTRAINT {}", table.sql(), quoted(&key.name));
        while_trying(session.run(&drop), "drop a foreign key")?;
    }
    Ok(())
}

/// Attacks the target as everyone who may come.
pub(super) fn attack(
    session: &mut dyn Session,
    target: &Table,
    seeds: Seeds,
) -> Result<Access, AccessError> {
    let rows = rows(session, target)?;
    let attack = Attack { target, seeds: &seeds, rows: &rows };
    let mut actors = Vec::new();
    for actor in Actor::all(session, target)? {
        actors.push(ActorAccess {
            select: attack.select(session, &actor)?,
            insert: attack.insert(session, &actor)?,
            update: attack.update(session, &actor)?,
            delete: attack.change(session, &actor, &format!("DELETE FROM {}", target.sql()))?,
            name: actor.name,
            role: actor.role,
            is_visitor: actor.is_visitor,
        });
    }
    Ok(Access {
        table: target.object_name(),
        row_level_security: target.row_level_security,
        rows: rows.len(),
        actors,
        unseeded: seeds.unseeded,
        has_owner: target.has_owner(),
    })
}

/// Every row of the target, by its place.
fn rows(session: &mut dyn Session, target: &Table) -> Result<BTreeMap<String, Value>, AccessError> {
    let query = format!(
        "SELECT coalesce(json_object_agg({PLACE}, to_json(t)), '{{}}')::text FROM {} t",
        target.sql()
    );
    Ok(serde_json::from_str(&while_trying(session.value(&query), "read the rows")?)?)
}

struct Attack<'a> {
    target: &'a Table,
    seeds: &'a Seeds,
    rows: &'a BTreeMap<String, Value>,
}

/// What came of a statement.
enum Outcome {
    /// It ran, and these places are what an observer sees or misses afterwards.
    Done(Vec<String>),
    Refused(Refusal),
}

impl Attack<'_> {
    fn select(&self, session: &mut dyn Session, actor: &Actor) -> Result<Cell, AccessError> {
        let columns = self.privileged(session, actor, "SELECT")?;
        if columns.is_empty() {
            return Ok(Cell::nothing(None));
        }
        // With some of the columns only, rows are told apart by these.
        let shown = if columns.len() == self.target.columns.len() {
            PLACE.to_owned()
        } else {
            let columns: Vec<_> =
                columns.iter().map(|name| format!("t.{}", quoted(name))).collect();
            format!("(SELECT to_jsonb(x)::text FROM (SELECT {}) x)", columns.join(", "))
        };
        let table = self.target.sql();
        let query = format!("SELECT {shown} FROM {table} t");
        let places = format!("SELECT {shown}, {PLACE} FROM {table} t");
        let places = while_trying(session.run(&places), "read the rows")?;
        let outcome = self.act(session, actor, "", &query, None)?;
        let Outcome::Done(seen) = outcome else { return Ok(self.refused(outcome)) };
        let mut seen: BTreeMap<String, usize> =
            seen.into_iter().fold(BTreeMap::new(), |mut counts, key| {
                *counts.entry(key).or_default() += 1;
                counts
            });
        // Rows that look alike are taken for one's own first.
        let mut candidates: Vec<(String, String)> = places
            .into_iter()
            .flat_map(|answer| answer.rows)
            .filter_map(|row| {
                let mut row = row.into_iter().flatten();
                Some((row.next()?, row.next()?))
            })
            .collect();
        candidates.sort_by_key(|(_, place)| !self.is_own(actor, place));
        let mut reached = BTreeSet::new();
        for (key, place) in candidates {
            if let Some(count) = seen.get_mut(&key).filter(|count| **count > 0) {
                *count -= 1;
                reached.insert(place);
            }
        }
        Ok(self.cell(actor, &reached))
    }

    fn insert(&self, session: &mut dyn Session, actor: &Actor) -> Result<Cell, AccessError> {
        let columns = self.privileged(session, actor, "INSERT")?;
        let other = match actor.identity {
            Some(Identity::Owner) => Identity::Victim,
            _ => Identity::Owner,
        };
        let mut said = None;
        for identity in [Some(other), actor.identity].into_iter().flatten() {
            let Some(values) = self.seeds.rows.get(&identity) else {
                return Ok(Cell::error("there is no row to insert".to_owned()));
            };
            let values: Values =
                values.clone().into_iter().filter(|(name, _)| columns.contains(name)).collect();
            let [quiet, loud] = if self.seeds.is_superuser { [QUIET, LOUD] } else { ["", ""] };
            // What is there already must not be in the way.
            let prepare = format!("{quiet} DELETE FROM {};{loud}", self.target.sql());
            let statement = insertion(self.target, &values);
            match self.act(session, actor, &prepare, &statement, None)? {
                Outcome::Done(_) => return Ok(inserted(identity == other, &values, None)),
                // Row-level security comes before constraints, so it let the row pass.
                Outcome::Refused(refusal) if refusal.sqlstate.starts_with("23") => {
                    return Ok(inserted(identity == other, &values, Some(refusal.message)));
                }
                Outcome::Refused(refusal) => {
                    let cell = self.refused(Outcome::Refused(refusal));
                    if cell.reach == RowAccess::Error {
                        return Ok(cell);
                    }
                    said = cell.said;
                }
            }
        }
        Ok(Cell::nothing(said))
    }

    /// Sets a column to its default in every row, which reads none: so the policies for SELECT do not help.
    fn update(&self, session: &mut dyn Session, actor: &Actor) -> Result<Cell, AccessError> {
        let columns = self.privileged(session, actor, "UPDATE")?;
        if columns.is_empty() {
            return Ok(Cell::nothing(None));
        }
        let settable = self.target.columns.iter().filter(|column| {
            !column.generated
                && (column.default || !column.not_null)
                && columns.contains(&column.name)
        });
        let mut settable: Vec<_> = settable.map(|column| &column.name).collect();
        let table = self.target;
        settable.sort_by_key(|name| {
            (table.is_key(name), table.is_in_policy(name), table.is_reference(name))
        });
        let mut last = Cell::error("there is no column that can be set to its default".to_owned());
        for name in settable.into_iter().take(MAX_COLUMNS) {
            let statement = format!("UPDATE {} SET {} = DEFAULT", table.sql(), quoted(name));
            last = self.change(session, actor, &statement)?;
            if last.reach != RowAccess::Error {
                break;
            }
        }
        if last.reach == RowAccess::None
            && let Some(takeover) = self.takeover(actor, &columns)
        {
            let taken = self.change(session, actor, &takeover)?;
            if matches!(taken.reach, RowAccess::SomeRows | RowAccess::AllRows) {
                return Ok(taken);
            }
        }
        Ok(last)
    }

    /// Makes every row one's own: what a policy for the row as it becomes may well allow.
    fn takeover(&self, actor: &Actor, columns: &[String]) -> Option<String> {
        let identity = actor.identity?;
        let marks = self.target.columns.iter().filter(|column| {
            ["uuid", "text", "varchar", "int4", "int8"].contains(&column.base.as_str())
                && columns.contains(&column.name)
                && self.target.is_in_policy(&column.name)
                && !self.target.is_key(&column.name)
        });
        let assignments: Vec<_> = marks
            .filter_map(|column| {
                let value = identity.value(column, 0)?;
                Some(format!("{} = {}", quoted(&column.name), literal(&value)))
            })
            .collect();
        let table = self.target.sql();
        (!assignments.is_empty()).then(|| format!("UPDATE {table} SET {}", assignments.join(", ")))
    }

    /// Runs a statement that changes rows, and sees which are no longer as they were.
    fn change(
        &self,
        session: &mut dyn Session,
        actor: &Actor,
        statement: &str,
    ) -> Result<Cell, AccessError> {
        let look = format!("SELECT {PLACE} FROM {} t", self.target.sql());
        match self.act(session, actor, "", statement, Some(&look))? {
            Outcome::Done(left) => {
                let left: BTreeSet<_> = left.into_iter().collect();
                let reached =
                    self.rows.keys().filter(|place| !left.contains(*place)).cloned().collect();
                Ok(self.cell(actor, &reached))
            }
            refused => Ok(self.refused(refused)),
        }
    }

    /// Runs a statement as somebody, and returns the first column of what it answers, or of what is asked
    /// afterwards as nobody in particular.
    fn act(
        &self,
        session: &mut dyn Session,
        actor: &Actor,
        prepare: &str,
        statement: &str,
        look: Option<&str>,
    ) -> Result<Outcome, AccessError> {
        let action = "attack the table";
        while_trying(session.run(&format!("SAVEPOINT attack; {prepare}")), action)?;
        let answers =
            session.run(&actor.enter()).and_then(|_| session.run(statement)).and_then(|answers| {
                match look {
                    Some(look) => session.run(&format!("RESET ROLE; {look}")),
                    None => Ok(answers),
                }
            });
        let undo = "ROLLBACK TO SAVEPOINT attack; RELEASE SAVEPOINT attack";
        while_trying(session.run(undo), action)?;
        match answers {
            Ok(answers) => {
                let rows = answers.into_iter().flat_map(|answer| answer.rows);
                Ok(Outcome::Done(rows.filter_map(|row| row.into_iter().next()?).collect()))
            }
            Err(SessionError::Refused(refusal)) => Ok(Outcome::Refused(refusal)),
            Err(source) => Err(AccessError::Session { action, source }),
        }
    }

    /// The columns that somebody has a privilege on.
    fn privileged(
        &self,
        session: &mut dyn Session,
        actor: &Actor,
        privilege: &str,
    ) -> Result<Vec<String>, AccessError> {
        let query = format!(
            "SELECT a.attname FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid = {} AND a.attnum > 0 AND NOT a.attisdropped \
             AND has_column_privilege({}, a.attrelid, a.attnum, '{privilege}') \
             AND has_schema_privilege({}, (SELECT relnamespace FROM pg_class WHERE oid = a.attrelid), 'USAGE')",
            self.target.oid,
            literal(&actor.role),
            literal(&actor.role),
        );
        let answers = while_trying(session.run(&query), "ask for privileges")?;
        Ok(answers.into_iter().flat_map(|answer| answer.rows).flatten().flatten().collect())
    }

    /// A refusal on the target is what it is for; any other one keeps the attack from being made.
    fn refused(&self, outcome: Outcome) -> Cell {
        let Outcome::Refused(refusal) = outcome else { return Cell::nothing(None) };
        let name = &self.target.object_name().name;
        // Without USAGE of its schema nobody gets as far as the table.
        let ObjectName { schema, .. } = self.target.object_name();
        let about_target = refusal.message.contains(name.as_str())
            || refusal.message == format!("permission denied for schema {schema}");
        if refusal.sqlstate == "42501" && about_target {
            Cell::nothing(Some(refusal.message))
        } else {
            Cell::error(refusal.to_string())
        }
    }

    fn is_own(&self, actor: &Actor, place: &str) -> bool {
        actor.identity.is_some() && self.seeds.owners.get(place).copied() == actor.identity
    }

    /// Whose rows were reached.
    fn cell(&self, actor: &Actor, reached: &BTreeSet<String>) -> Cell {
        let of_others: Vec<_> =
            self.rows.iter().filter(|(place, _)| !self.is_own(actor, place)).collect();
        let mut taken = of_others.iter().filter(|(place, _)| reached.contains(*place));
        let first = taken.next();
        let count = usize::from(first.is_some()) + taken.count();
        let witness = first.map(|(_, row)| self.witness(row)).filter(has_fields);
        let reach = match count {
            0 if reached.is_empty() => RowAccess::None,
            0 => RowAccess::OwnRows,
            count if count == of_others.len() => RowAccess::AllRows,
            _ => RowAccess::SomeRows,
        };
        Cell { reach, said: None, witness }
    }

    /// What tells a row: its keys, references and what policies look at, but for the time of this run.
    fn witness(&self, row: &Value) -> Value {
        let tells = |name: &String| {
            let column = self.target.column(name);
            let is_time = column.is_some_and(|column| matches!(column.category, 'D' | 'T'));
            let target = self.target;
            !is_time
                && (target.is_key(name) || target.is_reference(name) || target.is_in_policy(name))
        };
        let fields = row.as_object().into_iter().flatten();
        let fields = fields.filter(|(name, _)| tells(name));
        let telling: serde_json::Map<String, Value> =
            fields.map(|(name, value)| (name.clone(), value.clone())).collect();
        // A row without any of these is told by all that it has.
        if telling.is_empty() { row.clone() } else { Value::Object(telling) }
    }
}

impl Cell {
    fn nothing(said: Option<String>) -> Self {
        Self { reach: RowAccess::None, said, witness: None }
    }

    fn error(said: String) -> Self {
        Self { reach: RowAccess::Error, said: Some(said), witness: None }
    }
}

/// A row was let in: somebody else's, or one's own.
fn inserted(is_of_other: bool, values: &Values, said: Option<String>) -> Cell {
    if !is_of_other {
        return Cell { reach: RowAccess::OwnRows, said, witness: None };
    }
    let row = values
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().map_or(Value::Null, Value::String)))
        .collect();
    let witness = Some(Value::Object(row)).filter(has_fields);
    Cell { reach: RowAccess::AllRows, said, witness }
}

/// Whether a row shows anything.
fn has_fields(row: &Value) -> bool {
    row.as_object().is_some_and(|fields| !fields.is_empty())
}
