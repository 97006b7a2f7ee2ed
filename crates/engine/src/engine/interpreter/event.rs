//! Event triggers: which fire for a statement, and the rows that their functions read.
//!
//! <https://www.postgresql.org/docs/15/event-triggers.html>

mod command;
mod identity;
mod tag;

use std::sync::Arc;

use super::model::{EventTrigger, Model, Oid, Other};
use super::parse::{ParsedStatement, ast};
use super::plpgsql::fire_event_trigger;
use super::problem::Problem;
use super::query::{Rows, Value};
use super::session::Session;
use crate::engine::{Gap, Reach};

pub(super) use tag::is_fired_for;

/// The events that a trigger can be for.
pub(super) const EVENTS: [&str; 4] =
    ["ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite"];

/// What the function of an event trigger can ask for.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// `TG_EVENT`
    pub(crate) name: &'static str,
    /// `TG_TAG`
    pub(crate) tag: Arc<str>,
    /// `pg_event_trigger_ddl_commands()`
    pub(crate) commands: Rows,
    /// `pg_event_trigger_dropped_objects()`
    pub(crate) dropped: Rows,
    /// `pg_event_trigger_table_rewrite_oid()`
    pub(crate) rewritten: Value,
    /// Whether it happens at all depends on what is not known.
    pub(crate) doubtful: bool,
}

impl Event {
    fn new(name: &'static str, tag: &Arc<str>) -> Self {
        Self {
            name,
            tag: tag.clone(),
            commands: Rows::default(),
            dropped: Rows::default(),
            rewritten: Value::Null,
            doubtful: false,
        }
    }

    /// The table that is rewritten, for the function that only such an event trigger may call.
    pub(crate) fn rewritten(
        event: Option<&Self>,
        function: &str,
    ) -> Option<Result<Value, Problem>> {
        match function {
            "pg_event_trigger_table_rewrite_oid" => Some(match event {
                Some(event) if event.name == "table_rewrite" => Ok(event.rewritten.clone()),
                _ => Err(outside(function)),
            }),
            "pg_event_trigger_table_rewrite_reason" => {
                Some(Ok(Value::unknown("why a table is rewritten")))
            }
            _ => None,
        }
    }

    /// The rows of a function that only event triggers may call, or its refusal.
    pub(crate) fn rows(event: Option<&Self>, function: &str) -> Option<Result<Rows, Problem>> {
        let (rows, events): (fn(&Self) -> Rows, _) = match function {
            "pg_event_trigger_ddl_commands" => (|e| e.commands.clone(), "ddl_command_end"),
            "pg_event_trigger_dropped_objects" => (|e| e.dropped.clone(), "sql_drop"),
            _ => return None,
        };
        Some(match event {
            Some(event) if event.name == events => Ok(rows(event)),
            _ => Err(outside(function)),
        })
    }
}

fn outside(function: &str) -> Problem {
    let message = format!("{function}() can only be called in an event trigger function");
    Problem::error("39P03", message)
}

/// Whether the query of a statement is not executed.
fn is_without_data(statement: &ParsedStatement) -> bool {
    let ending = statement.text.len().checked_sub("NO DATA".len());
    let ending = ending.and_then(|at| statement.text.get(at..));
    matches!(
        statement.kind.read(),
        Some(ast::Statement::CreateTableAs(_) | ast::Statement::CreateView(_))
    ) && ending.is_some_and(|ending| ending.eq_ignore_ascii_case("NO DATA"))
}

impl Session {
    /// Executes a statement and fires the event triggers around it.
    pub(super) fn execute_with_events(
        &mut self,
        statement: &ParsedStatement,
    ) -> Result<(), Problem> {
        self.without_data = is_without_data(statement);
        if self.model.event_triggers().next().is_none() {
            return self.execute(statement);
        }
        let Some(tag) = tag::of(statement) else { return self.execute(statement) };
        let tag: Arc<str> = tag.into();
        self.fire(&Event::new("ddl_command_start", &tag))?;
        let before = self.model.clone();
        let subject = self.subject(statement);
        self.execute(statement)?;
        if let Some(table) = self.may_rewrite(statement)
            && let Err(gap) = self.fire(&Event {
                rewritten: table.into(),
                doubtful: true,
                ..Event::new("table_rewrite", &tag)
            })
        {
            self.leave_gap(&before, gap)?;
        }
        let dropped = command::dropped(&before, &self.model);
        if !dropped.rows.is_empty() {
            let event = Event { dropped, ..Event::new("sql_drop", &tag) };
            self.fire(&event).or_else(|problem| self.leave_gap(&before, problem))?;
        }
        let commands = self.commands(&tag, subject, &before);
        let event = Event { commands, ..Event::new("ddl_command_end", &tag) };
        self.fire(&event).or_else(|problem| self.leave_gap(&before, problem))
    }

    /// A trigger that cannot be executed leaves what the command did in doubt.
    fn leave_gap(&mut self, before: &Model, problem: Problem) -> Result<(), Problem> {
        let Problem::Gap { reason, reach } = problem else { return Err(problem) };
        let reach = match reach {
            Reach::Everything => Reach::Everything,
            Reach::Objects(mut names) => {
                names.extend(self.model.changes_since(before));
                Reach::Objects(names)
            }
        };
        self.gaps.push(Gap { span: self.span, reason, reach });
        Ok(())
    }

    /// Fires the triggers of an event in the order of their names.
    fn fire(&mut self, event: &Event) -> Result<(), Problem> {
        let replica = self
            .settings
            .others
            .get("session_replication_role")
            .is_some_and(|role| role.eq_ignore_ascii_case("replica"));
        let firing = |trigger: &EventTrigger| {
            let enabled = match trigger.enabled {
                'A' => true,
                'R' => replica,
                'O' => !replica,
                _ => false,
            };
            let asked = trigger.tags.is_empty()
                || trigger.tags.iter().any(|tag| tag.eq_ignore_ascii_case(&event.tag));
            enabled && asked && *trigger.event == *event.name
        };
        let functions: Vec<Oid> = self
            .model
            .event_triggers()
            .filter_map(|oid| self.model.object_of::<Other>(oid)?.event_trigger.as_deref())
            .filter(|trigger| firing(trigger))
            .map(|trigger| trigger.function)
            .collect();
        functions.into_iter().try_for_each(|function| fire_event_trigger(self, function, event))
    }
}
