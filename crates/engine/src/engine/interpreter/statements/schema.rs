//! Schemas, and kinds of objects that the catalog does not show.

use std::sync::Arc;

use crate::catalog::{ChangeKind, History};
use crate::engine::interpreter::model::{
    Dependency, Extension, Oid, Other, OtherKind, Rule, Schema, Type, TypeKind,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{
    AlterObject, CreateObject, CreateSchema, ObjectAddress, ObjectChange, ObjectKind,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Kinds that are kept by name alone.
const OTHER_KINDS: &[(ObjectKind, OtherKind)] = &[
    (ObjectKind::EventTrigger, OtherKind::EventTrigger),
    (ObjectKind::Publication, OtherKind::Publication),
    (ObjectKind::Collation, OtherKind::Collation),
    (ObjectKind::Statistics, OtherKind::Statistics),
    (ObjectKind::TextSearch, OtherKind::TextSearch),
    (ObjectKind::ForeignDataWrapper, OtherKind::ForeignDataWrapper),
    (ObjectKind::Server, OtherKind::ForeignServer),
];

impl Session {
    /// Executes CREATE of a schema, rule, base type, or of a kind that the catalog does not show.
    pub(crate) fn create_object(&mut self, statement: &CreateObject) -> Result<(), Problem> {
        match statement.kind {
            ObjectKind::Rule => self.create_rule(statement),
            ObjectKind::Type => self.create_base_type(statement),
            ObjectKind::Cast => {
                self.has_user_casts = true;
                Ok(())
            }
            // It stands for the extension of that name.
            ObjectKind::Language => {
                let (_, name) = Self::split_name(&statement.object.name)?;
                self.install(&name, None, statement.or_replace, true)
            }
            kind => match OTHER_KINDS.iter().find(|(k, _)| *k == kind) {
                Some((_, other)) => self.create_other(statement, *other),
                None => Ok(()),
            },
        }
    }

    /// Executes CREATE SCHEMA with the statements inside.
    pub(crate) fn create_schema(&mut self, statement: &CreateSchema) -> Result<(), Problem> {
        let (_, name) = Self::split_name(&statement.name)?;
        let name = match &*name {
            // AUTHORIZATION CURRENT_USER names the schema too.
            "current_user" | "current_role" | "session_user" => self.settings.role.clone(),
            _ => name,
        };
        if self.model.find_schema(&name).is_some() {
            return if statement.if_not_exists {
                Ok(())
            } else {
                Err(Problem::error("42P06", format!("schema \"{name}\" already exists")))
            };
        }
        if name.starts_with("pg_") {
            let message = format!("unacceptable schema name \"{name}\"");
            return Err(Problem::error("42939", message));
        }
        let history = History::created(Some(self.span));
        self.model.insert(Schema { history, ..Schema::named(&name) });
        let path = self.settings.search_path.clone();
        self.settings.search_path = std::iter::once(name).chain(path.iter().cloned()).collect();
        let outcome = statement.elements.iter().try_for_each(|element| self.execute_kind(element));
        self.settings.search_path = path;
        outcome
    }

    fn create_rule(&mut self, statement: &CreateObject) -> Result<(), Problem> {
        let Some(table) = &statement.object.on else { return Ok(()) };
        let table = self.relation(table)?;
        let (_, name) = Self::split_name(&statement.object.name)?;
        if self.model.find_rule(table, &name).is_some() {
            return if statement.or_replace {
                Ok(())
            } else {
                let table = &self.relation_at(table)?.name;
                let message = format!("rule \"{name}\" for relation \"{table}\" already exists");
                Err(Problem::error("42710", message))
            };
        }
        let history = History::created(Some(self.span));
        let rule = self.model.insert(Rule { table, name, history });
        self.model.depend(rule, table, Dependency::Auto);
        Ok(())
    }

    fn create_base_type(&mut self, statement: &CreateObject) -> Result<(), Problem> {
        let (schema, name) = self.place(&statement.object.name, false)?;
        if let Some(existing) = self.model.find_type(schema, &name)
            && matches!(self.model.data_type(existing)?.kind, TypeKind::Shell | TypeKind::Base)
        {
            // A shell, or what it became.
            self.model.data_type_mut(existing)?.kind = TypeKind::Base;
            return Ok(());
        }
        if self.model.is_type_name_taken(schema, &name) {
            return Err(Problem::error("42710", format!("type \"{name}\" already exists")));
        }
        let mut data_type = Type::new(schema, name, TypeKind::Base);
        data_type.history = History::created(Some(self.span));
        self.model.add_type(data_type);
        Ok(())
    }

    fn create_other(&mut self, statement: &CreateObject, kind: OtherKind) -> Result<(), Problem> {
        let in_schema =
            matches!(kind, OtherKind::Collation | OtherKind::Statistics | OtherKind::TextSearch);
        let (schema, name) = if in_schema {
            let (schema, name) = self.place(&statement.object.name, false)?;
            (Some(schema), name)
        } else {
            (None, Self::split_name(&statement.object.name)?.1)
        };
        if self.find_other(kind, schema, &name).is_some() {
            return if statement.if_not_exists {
                Ok(())
            } else {
                let word = other_word(kind);
                Err(Problem::error("42710", format!("{word} \"{name}\" already exists")))
            };
        }
        let history = History::created(Some(self.span));
        let oid = self.model.insert(Other { schema, history, ..Other::named(kind, name) });
        if let Some(schema) = schema {
            self.model.depend(oid, schema, Dependency::Normal);
        }
        Ok(())
    }

    fn find_other(&self, kind: OtherKind, schema: Option<Oid>, name: &str) -> Option<Oid> {
        self.model
            .all::<Other>()
            .find(|(_, o)| {
                o.kind == kind && &*o.name == name && (schema.is_none() || o.schema == schema)
            })
            .map(|(oid, _)| oid)
    }

    /// The object of a kind that is kept by name alone; `None` for kinds that are not kept.
    pub(crate) fn other_object(&self, named: &ObjectAddress) -> Result<Option<Oid>, Problem> {
        let Some((_, kind)) = OTHER_KINDS.iter().find(|(k, _)| *k == named.kind) else {
            return Ok(None);
        };
        let (schema, name) = Self::split_name(&named.name)?;
        let schema = schema.map(|s| self.schema(&s)).transpose()?;
        match self.find_other(*kind, schema, &name) {
            Some(oid) => Ok(Some(oid)),
            None => {
                let word = other_word(*kind);
                Err(Problem::error("42704", format!("{word} \"{name}\" does not exist")))
            }
        }
    }

    /// Executes ALTER of a schema, extension, or of a kind that the catalog does not show.
    pub(crate) fn alter_named(&mut self, statement: &AlterObject) -> Result<(), Problem> {
        let oid = match self.named_object(&statement.object) {
            Ok(Some(address)) => address.object,
            Ok(None) => return Ok(()),
            Err(Problem::Error(_)) if statement.if_exists => return Ok(()),
            Err(problem) => return Err(problem),
        };
        match &statement.change {
            ObjectChange::Rename(new) => {
                let new: Arc<str> = names::stored(new).into();
                if statement.kind == ObjectKind::Schema && self.model.find_schema(&new).is_some() {
                    let message = format!("schema \"{new}\" already exists");
                    return Err(Problem::error("42P06", message));
                }
                self.model.rename(oid, &new)?;
                self.record(oid, ChangeKind::Renamed, format!("to {new}"));
            }
            ObjectChange::SetSchema(target) => {
                let target = self.schema(&names::stored(target))?;
                if statement.kind == ObjectKind::Extension {
                    self.move_extension(oid, target)?;
                } else {
                    self.model.set_schema(oid, target)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn move_extension(&mut self, extension: Oid, schema: Oid) -> Result<(), Problem> {
        let members: Vec<Oid> = self
            .model
            .links_to(extension)
            .filter(|l| l.dependency == Dependency::Extension)
            .map(|l| l.dependent.object)
            .collect();
        for member in members {
            self.model.set_schema(member, schema)?;
        }
        let found: &mut Extension = self.model.extension_mut(extension)?;
        found.schema = schema;
        Ok(())
    }
}

fn other_word(kind: OtherKind) -> &'static str {
    match kind {
        OtherKind::EventTrigger => "event trigger",
        OtherKind::Publication
        | OtherKind::PublicationTable
        | OtherKind::PublicationSchema
        | OtherKind::PublicationAll => "publication",
        OtherKind::Collation => "collation",
        OtherKind::Statistics => "statistics object",
        OtherKind::TextSearch => "text search object",
        OtherKind::ForeignDataWrapper => "foreign-data wrapper",
        OtherKind::ForeignServer => "server",
        OtherKind::Operator => "operator",
        OtherKind::OperatorClass => "operator class",
        OtherKind::OperatorFamily => "operator family",
    }
}
