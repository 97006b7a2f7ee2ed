//! A session: the model with the settings, the temporary schema and the statement under way.

use std::sync::Arc;

use sqlparser::ast::ObjectName as WrittenName;

use super::model::{Address, Behavior, Model, Oid, Relation, Schema, TypeRef};
use super::names;
use super::platform;
use super::plpgsql::Run;
use super::problem::Problem;
use super::settings::Settings;
use super::transaction::TransactionState;
use crate::catalog::{ChangeKind, ObjectName};
use crate::engine::{Assumed, Gap, Platform};
use crate::span::{FileId, Span};

/// The database that migrations are applied to, which names may be qualified with.
pub(crate) const DATABASE: &str = "postgres";

/// The role that applies migrations.
pub(crate) const LOGIN: &str = "postgres";

/// A connection to the database under interpretation.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) model: Model,
    pub(crate) settings: Settings,
    /// What the settings were when the session began, to which RESET goes back.
    pub(crate) initial: Settings,
    /// Where the migrations started from.
    pub(crate) platform: Platform,
    /// What could not be interpreted so far.
    pub(crate) gaps: Vec<Gap>,
    /// Whether what no migration makes is assumed to be there.
    pub(super) is_partial: bool,
    /// What was assumed so far.
    pub(super) assumed: Vec<Assumed>,
    /// The statement under way, in the migration's own text.
    pub(crate) span: Span,
    /// The schema of temporary objects, once there is one.
    pub(crate) temporary_schema: Option<Oid>,
    /// An object may have been handed to another owner, so that who owns what is not known.
    pub(crate) ownership_changed: bool,
    /// The statement under way ends in WITH NO DATA, so that its query is not executed.
    pub(super) without_data: bool,
    /// The migrations made a cast, also where it is gone again: nothing is refused for want of one any more.
    pub(crate) has_user_casts: bool,
    pub(super) transaction: TransactionState,
    /// The budget of the statement under way, and what is around it.
    pub(super) run: Run,
}

impl Session {
    /// A connection to a new database.
    pub(crate) fn new(platform: Platform) -> Self {
        Self::over(platform::model(platform), platform)
    }

    /// A connection to a database that is as the model says.
    pub(super) fn over(model: Model, platform: Platform) -> Self {
        Self {
            model,
            settings: Settings::defaults(platform),
            initial: Settings::defaults(platform),
            platform,
            gaps: Vec::new(),
            is_partial: false,
            assumed: Vec::new(),
            span: Span::new(FileId(0), 0..0),
            temporary_schema: None,
            ownership_changed: false,
            without_data: false,
            has_user_casts: false,
            transaction: TransactionState::new(Settings::defaults(platform)),
            run: Run::default(),
        }
    }

    /// The same for a history that is not whole.
    pub(super) fn assuming_what_lacks(self) -> Self {
        Self { is_partial: true, ..self }
    }

    /// Schema, if one is named, and name of an object as a statement writes it.
    pub(crate) fn split_name(name: &WrittenName) -> Result<(Option<Arc<str>>, Arc<str>), Problem> {
        let mut parts = Vec::with_capacity(2);
        for part in &name.0 {
            let Some(ident) = part.as_ident() else {
                return Err(Problem::gap_everywhere(format!("{name} is not a plain name")));
            };
            parts.push(Arc::<str>::from(names::stored(ident)));
        }
        match parts.as_slice() {
            [name] => Ok((None, name.clone())),
            [schema, name] => Ok((Some(schema.clone()), name.clone())),
            [database, schema, name] if &**database == DATABASE => {
                Ok((Some(schema.clone()), name.clone()))
            }
            [_, _, _] => Err(Problem::error(
                "0A000",
                format!("cross-database references are not implemented: \"{name}\""),
            )),
            _ => Err(Problem::error("42601", format!("improper qualified name: {name}"))),
        }
    }

    /// The schemas of `search_path` that exist, in order.
    pub(crate) fn search_path(&self) -> Vec<Oid> {
        let role = &self.settings.role;
        let mut schemas = Vec::new();
        for name in self.settings.search_path.iter() {
            let name = if &**name == "$user" { role } else { name };
            let schema = match &**name {
                "pg_temp" => self.temporary_schema,
                name => self.model.find_schema(name),
            };
            if let Some(schema) = schema
                && !schemas.contains(&schema)
            {
                schemas.push(schema);
            }
        }
        schemas
    }

    /// The schemas in which an unqualified relation or type is looked for, in order.
    pub(crate) fn lookup_path(&self) -> Vec<Oid> {
        let mut schemas = self.search_path();
        if !schemas.contains(&Oid::PG_CATALOG) {
            schemas.insert(0, Oid::PG_CATALOG);
        }
        if let Some(temporary) = self.temporary_schema
            && !schemas.contains(&temporary)
        {
            schemas.insert(0, temporary);
        }
        schemas
    }

    /// The schemas in which an unqualified function is looked for: never the temporary one.
    pub(crate) fn function_path(&self) -> Vec<Oid> {
        let mut schemas = self.lookup_path();
        schemas.retain(|schema| Some(*schema) != self.temporary_schema);
        schemas
    }

    /// The schema of that name.
    pub(crate) fn schema(&self, name: &str) -> Result<Oid, Problem> {
        let found = match name {
            "pg_temp" => self.temporary_schema,
            _ => self.model.find_schema(name),
        };
        found.ok_or_else(|| Problem::error("3F000", format!("schema \"{name}\" does not exist")))
    }

    /// Looks a name up with `find`, in the schema that it names or along the path.
    pub(crate) fn find_in<T>(
        &self,
        name: &WrittenName,
        path: impl FnOnce(&Self) -> Vec<Oid>,
        find: impl Fn(&Model, Oid, &str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let (schema, name) = Self::split_name(name)?;
        Ok(match schema {
            Some(schema) => {
                self.schema(&schema).ok().and_then(|schema| find(&self.model, schema, &name))
            }
            None => path(self).into_iter().find_map(|schema| find(&self.model, schema, &name)),
        })
    }

    /// The relation that a statement names, if there is one.
    pub(crate) fn find_relation(&self, name: &WrittenName) -> Result<Option<Oid>, Problem> {
        self.find_in(name, Self::lookup_path, Model::find_relation)
    }

    /// The type that a statement names, if there is one.
    pub(crate) fn find_type(&self, name: &WrittenName) -> Result<Option<Oid>, Problem> {
        self.find_in(name, Self::lookup_path, Model::find_type)
    }

    /// The relation that a statement names.
    pub(crate) fn relation(&self, name: &WrittenName) -> Result<Oid, Problem> {
        if let Some(oid) = self.find_relation(name)? {
            return Ok(oid);
        }
        let (schema, name) = Self::split_name(name)?;
        let name = match schema {
            Some(schema) => {
                self.schema(&schema)?;
                format!("{schema}.{name}")
            }
            None => name.to_string(),
        };
        Err(Problem::error("42P01", format!("relation \"{name}\" does not exist")))
    }

    /// The relation that a query names, where a schema that does not exist has no relation, and that is the error.
    pub(crate) fn queried_relation(&self, name: &WrittenName) -> Result<Oid, Problem> {
        match self.relation(name) {
            Err(Problem::Error(error)) if error.sqlstate == "3F000" => {
                let (schema, own) = Self::split_name(name)?;
                let schema = schema.unwrap_or_default();
                let message = format!("relation \"{schema}.{own}\" does not exist");
                Err(Problem::error("42P01", message))
            }
            found => found,
        }
    }

    /// The table that a statement names; another kind of relation is an error.
    pub(crate) fn table(&self, name: &WrittenName) -> Result<Oid, Problem> {
        let oid = self.relation(name)?;
        let relation = self.model.relation(oid)?;
        if relation.kind.is_table() {
            Ok(oid)
        } else {
            Err(Problem::error("42809", format!("\"{}\" is not a table", relation.name)))
        }
    }

    /// The number of a column of a relation.
    pub(crate) fn column(&self, relation: Oid, name: &str) -> Result<Address, Problem> {
        let found = self.model.relation(relation)?;
        found.column(name).map(|c| Address::column(relation, c.number)).ok_or_else(|| {
            Problem::error(
                "42703",
                format!("column \"{name}\" of relation \"{}\" does not exist", found.name),
            )
        })
    }

    /// Where a new object of that name goes: its schema and its name inside it.
    pub(crate) fn place(
        &mut self,
        name: &WrittenName,
        temporary: bool,
    ) -> Result<(Oid, Arc<str>), Problem> {
        let (schema, name) = Self::split_name(name)?;
        let schema = match schema {
            Some(schema) if &*schema == "pg_temp" => self.temporary_schema(),
            Some(schema) => self.schema(&schema)?,
            None if temporary => self.temporary_schema(),
            None => self.search_path().first().copied().ok_or_else(|| {
                Problem::error("3F000", "no schema has been selected to create in")
            })?,
        };
        Ok((schema, name))
    }

    /// The schema of temporary objects, made if need be.
    pub(crate) fn temporary_schema(&mut self) -> Oid {
        match self.temporary_schema {
            Some(schema) => schema,
            None => {
                let schema = self.model.insert(Schema::named("pg_temp_1"));
                self.temporary_schema = Some(schema);
                schema
            }
        }
    }

    /// What the catalog calls the relation that a statement names, whether or not it exists.
    pub(crate) fn expected_name(&self, name: &WrittenName) -> ObjectName {
        if let Ok(Some(oid)) = self.find_relation(name)
            && let Ok(name) = self.model.relation_name(oid)
        {
            return name;
        }
        match Self::split_name(name) {
            Ok((Some(schema), name)) => ObjectName::new(&*schema, &*name),
            Ok((None, name)) => {
                let schema = self.search_path().first().and_then(|s| self.model.schema(*s).ok());
                ObjectName::new(schema.map_or("public", |s| &s.name), &*name)
            }
            Err(_) => ObjectName::new("", name.to_string()),
        }
    }

    /// A gap that touches one relation.
    pub(crate) fn gap_on(&self, reason: impl Into<Arc<str>>, relation: &WrittenName) -> Problem {
        Problem::gap(reason, [self.expected_name(relation)])
    }

    /// Adds an event of the current statement to the history of an object.
    pub(crate) fn record(
        &mut self,
        address: impl Into<Address>,
        verb: ChangeKind,
        detail: impl Into<Arc<str>>,
    ) {
        self.model.record(address, verb, self.span, detail);
    }

    /// Leaves an entry for the name that the current statement takes from an object.
    pub(crate) fn leave_name(&mut self, address: impl Into<Address>, detail: &str) {
        self.model.leave_name(address.into(), self.span, detail);
    }

    /// Drops objects with the current statement.
    pub(crate) fn drop_objects(
        &mut self,
        targets: &[Address],
        behavior: Behavior,
    ) -> Result<(), Problem> {
        Ok(self.model.drop_objects(targets, behavior, self.span)?)
    }

    /// `format_type` under the search path of the session.
    pub(crate) fn type_name(&self, data_type: &TypeRef) -> String {
        self.model.format_type(data_type, &self.search_path())
    }

    /// Fails where a relation of that name exists in the schema.
    pub(crate) fn check_relation_free(&self, schema: Oid, name: &str) -> Result<(), Problem> {
        match self.model.find_relation(schema, name) {
            None => Ok(()),
            Some(_) => Err(Problem::error("42P07", format!("relation \"{name}\" already exists"))),
        }
    }

    /// The role that new objects belong to.
    pub(crate) fn current_role(&self) -> Oid {
        self.model.find_role(&self.settings.role).unwrap_or(Oid::POSTGRES)
    }

    /// The relation of an oid.
    pub(crate) fn relation_at(&self, oid: Oid) -> Result<&Relation, Problem> {
        Ok(self.model.relation(oid)?)
    }
}
