//! Histories that are not whole: what a statement needs and no migration makes is assumed to be there.
//!
//! An assumed table has whatever columns are asked for, an assumed function any body. The run goes on, and a gap
//! on each of them keeps what hangs on it from being decided.

use std::sync::Arc;

use super::model::{
    Argument, ArgumentMode, Column, Function, FunctionKind, Model, Oid, Relation, RelationKind,
    Role, Schema, Type, TypeKind, TypeRef,
};
use super::parse::{ParsedStatement, StatementKind, ast};
use super::problem::{Problem, SqlError};
use super::session::Session;
use crate::catalog::{History as Events, ObjectKind, ObjectName, ObjectRef};
use crate::engine::{Assumed, Gap, MISSING, Reach, targets};

/// How many objects one statement may lack; a text that lacks more is no history.
const MAX_ASSUMED: usize = 200;

impl Session {
    /// Goes on where a statement lacks something: assumes it, and executes the statement again.
    pub(super) fn assuming(
        &mut self,
        statement: &ParsedStatement,
        saved: &mut Model,
        mut result: Result<(), Problem>,
    ) -> Result<(), Problem> {
        for _ in 0..MAX_ASSUMED {
            let Err(Problem::Error(error)) = &result else { break };
            let error = error.clone();
            self.model = saved.clone();
            if self.is_about_dropped(&error) {
                return Err(error.into());
            }
            if self.assume(statement, &error).is_none() {
                break;
            }
            *saved = self.model.clone();
            result = self.execute_with_events(statement);
        }
        match result {
            Err(Problem::Error(error)) => self.left_open(statement, error),
            other => other,
        }
    }

    /// An error that is none if what is not known of the history is as it should be.
    fn left_open(&mut self, statement: &ParsedStatement, error: SqlError) -> Result<(), Problem> {
        let reach = targets(&statement.kind);
        let is_missing = MISSING.contains(&error.sqlstate);
        if !is_missing && !self.is_about_assumed(&reach, &error) {
            return Err(error.into());
        }
        if is_missing && is_sheer_mistake(&error) {
            return Err(error.into());
        }
        // What is dropped is gone, whatever it was.
        let reach =
            if is_missing && drops_a_part(&statement.kind) { Reach::nothing() } else { reach };
        let message = &error.message;
        Err(Problem::Gap {
            reason: format!("it needs what no migration makes: {message}").into(),
            reach,
        })
    }

    /// Whether a migration took away what an error says is missing, so that it is certain that it is not there.
    fn is_about_dropped(&self, error: &SqlError) -> bool {
        let quoted: Vec<&str> = error.message.split('"').skip(1).step_by(2).collect();
        let is_named = |object: &ObjectRef| match (&object.part, &quoted[..]) {
            (None, [name]) => *name == object.of.name || *name == object.of.to_string(),
            (Some(part), [name, table]) => name == part && *table == object.of.name,
            _ => false,
        };
        MISSING.contains(&error.sqlstate) && self.model.dropped_objects().any(is_named)
    }

    /// Whether an error is about an object that was assumed.
    fn is_about_assumed(&self, reach: &Reach, error: &SqlError) -> bool {
        let names: Vec<ObjectName> =
            self.assumed.iter().map(|assumed| assumed.name.clone()).collect();
        let is_named = |name: &ObjectName| {
            error
                .message
                .split('"')
                .skip(1)
                .step_by(2)
                .any(|quoted| quoted == name.name || quoted == name.to_string())
        };
        names
            .iter()
            .any(|name| is_named(name) || matches!(reach, Reach::Objects(_)) && reach.touches(name))
    }

    /// Makes what an error says is missing; `None` where it cannot be made.
    fn assume(&mut self, statement: &ParsedStatement, error: &SqlError) -> Option<()> {
        let message = &error.message;
        match error.sqlstate {
            "42P01" => self.assume_table(quoted(message, "relation ", " does not exist")?),
            "3F000" => self.assume_schema(quoted(message, "schema ", " does not exist")?),
            "42703" => {
                let (column, rest) = message.strip_prefix("column \"")?.split_once('"')?;
                let table = quoted(rest, " of relation ", " does not exist")?;
                self.assume_column(column, table)
            }
            "42704" => match quoted(message, "type ", " does not exist") {
                Some(name) => self.assume_type(name),
                None => self.assume_role(quoted(message, "role ", " does not exist")?),
            },
            "42883" => {
                let written = match quoted(message, "could not find a function named ", "") {
                    Some(name) => format!("{name}()"),
                    None => {
                        let call = message.strip_prefix("function ")?;
                        call.strip_suffix(" does not exist")?.to_owned()
                    }
                };
                self.assume_function(&written, makes_trigger(statement))
            }
            _ => None,
        }
    }

    /// Where an object of that name is looked for: its schema and its name.
    fn assumed_place(&mut self, name: &str) -> Option<(Oid, Arc<str>)> {
        let (schema, name) = match name.split_once('.') {
            Some((schema, name)) => (self.model.find_schema(unquoted(schema))?, name),
            None => (self.search_path().first().copied()?, name),
        };
        Some((schema, unquoted(name).into()))
    }

    fn assume_table(&mut self, name: &str) -> Option<()> {
        let (schema, name) = self.assumed_place(name)?;
        let object = ObjectRef::whole(ObjectKind::Table, self.model.object_name(schema, &name));
        let mut table = Relation::new(RelationKind::Table, schema, name);
        table.opaque = true;
        let oid = self.model.add_relation(table);
        self.remember(oid, object);
        Some(())
    }

    fn assume_schema(&mut self, name: &str) -> Option<()> {
        let name = unquoted(name);
        let object = ObjectRef::whole(ObjectKind::Schema, ObjectName::new("", name));
        let oid = self.model.insert(Schema::named(name));
        self.remember(oid, object);
        Some(())
    }

    fn assume_type(&mut self, name: &str) -> Option<()> {
        let (schema, name) = self.assumed_place(name)?;
        let object = ObjectRef::whole(ObjectKind::Type, self.model.object_name(schema, &name));
        if self.model.is_type_name_taken(schema, &name) {
            return None;
        }
        let oid = self.model.add_type(Type::new(schema, name, TypeKind::Base));
        self.remember(oid, object);
        Some(())
    }

    fn assume_role(&mut self, name: &str) -> Option<()> {
        let name = unquoted(name);
        let oid = self.model.insert(Role::named(name));
        self.model.assumed.insert(oid);
        // Roles are nothing that a rule is about, so that nothing hangs on this one.
        let (object, name) = (format!("role {name}"), ObjectName::new("", name));
        self.assumed.push(Assumed { object, name, span: self.span });
        Some(())
    }

    /// A column of a table that may have been given it elsewhere.
    fn assume_column(&mut self, column: &str, table: &str) -> Option<()> {
        let is_it = |relation: &Relation| &*relation.name == table && relation.kind.is_table();
        let found: Vec<Oid> =
            self.model.all::<Relation>().filter(|(_, r)| is_it(r)).map(|(oid, _)| oid).collect();
        let [oid] = found[..] else { return None };
        let name = self.model.relation_name(oid).ok()?;
        let object = ObjectRef::part(ObjectKind::Column, name, column);
        self.push_assumed_column(oid, column)?;
        if !self.model.is_assumed(oid) {
            self.note_assumed(object);
        }
        Some(())
    }

    fn push_assumed_column(&mut self, table: Oid, column: &str) -> Option<i16> {
        let table = self.model.relation_mut(table).ok()?;
        Some(table.push_column(Column::new(column, TypeRef::plain(Oid::UNKNOWN))))
    }

    /// The columns of an assumed table, made where it lacks them.
    pub(crate) fn assumed_columns(&mut self, table: Oid, columns: &[Arc<str>]) -> Vec<i16> {
        let mut numbers = Vec::new();
        for column in columns {
            let known =
                self.model.relation(table).ok().and_then(|t| Some(t.column(column)?.number));
            numbers.extend(known.or_else(|| self.push_assumed_column(table, column)));
        }
        numbers
    }

    fn assume_function(&mut self, written: &str, is_trigger: bool) -> Option<()> {
        let (name, arguments) = written.strip_suffix(')')?.split_once('(')?;
        let (schema, name) = self.assumed_place(name)?;
        let object = ObjectRef::whole(ObjectKind::Function, self.model.object_name(schema, &name));
        let types = arguments.split(',').map(str::trim).filter(|argument| !argument.is_empty());
        let arguments = types
            .map(|written| {
                let data_type = super::parse::data_type(written)
                    .and_then(|data_type| self.resolve_type(&data_type).ok())
                    .unwrap_or(TypeRef::plain(Oid::UNKNOWN));
                Argument { name: "".into(), mode: ArgumentMode::In, data_type, default: None }
            })
            .collect();
        let returns = if is_trigger { Oid::TRIGGER } else { Oid::UNKNOWN };
        let oid = self.model.insert(Function {
            schema,
            name,
            kind: FunctionKind::Function,
            arguments,
            returns: Some(TypeRef::plain(returns)),
            returns_set: false,
            language: "internal".into(),
            body: None,
            security_definer: false,
            immutable: None,
            settings: Vec::new(),
            owner: Oid::POSTGRES,
            history: Events::default(),
        });
        self.remember(oid, object);
        Some(())
    }

    /// Keeps an assumed object out of the catalog, and what hangs on it from being decided.
    fn remember(&mut self, oid: Oid, object: ObjectRef) {
        self.model.assumed.insert(oid);
        self.note_assumed(object);
    }

    fn note_assumed(&mut self, object: ObjectRef) {
        self.gaps.push(Gap {
            span: self.span,
            reason: format!("{object} is assumed, since no migration makes it").into(),
            reach: Reach::Objects(vec![object.of.clone()]),
        });
        self.assumed.push(Assumed { object: object.to_string(), name: object.of, span: self.span });
    }
}

impl Model {
    /// Whether no migration makes the object.
    pub(crate) fn is_assumed(&self, oid: Oid) -> bool {
        self.assumed.contains(&oid)
    }
}

/// What stands between quotes after a word, up to what the message ends with.
fn quoted<'m>(message: &'m str, before: &str, after: &str) -> Option<&'m str> {
    message.strip_prefix(before)?.strip_prefix('"')?.strip_suffix(after)?.strip_suffix('"')
}

/// A name as a message of the interpreter shows it, in quotes where it was written so.
fn unquoted(name: &str) -> &str {
    name.trim_matches('"')
}

/// Errors of these codes that are about the text of the statement, not about what the database has.
fn is_sheer_mistake(error: &SqlError) -> bool {
    let message = &error.message;
    message.starts_with("missing FROM-clause entry")
        || message.starts_with("invalid reference to FROM-clause entry")
        || message.starts_with("operator does not exist")
}

/// Whether a statement makes a trigger, whose function is a trigger's.
fn makes_trigger(statement: &ParsedStatement) -> bool {
    matches!(statement.kind.read(), Some(ast::Statement::CreateTrigger(_)))
}

/// Whether a statement drops a policy or trigger of a table and does nothing else.
fn drops_a_part(kind: &StatementKind) -> bool {
    match kind.read() {
        Some(ast::Statement::DropTrigger(drop)) => !drop.cascade,
        Some(ast::Statement::DropObjects(drop)) => {
            let is_part = matches!(drop.kind, ast::ObjectKind::Policy | ast::ObjectKind::Trigger);
            is_part && drop.objects.len() == 1 && !drop.cascade
        }
        _ => false,
    }
}
