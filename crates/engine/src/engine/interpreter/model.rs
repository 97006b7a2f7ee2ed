//! The model of `pg_catalog`: every object by its oid, the names that lead to it, and what depends
//! on what. Cloning it is cheap, so that a transaction or savepoint is a clone.

mod constraint;
mod deletion;
mod dependency;
mod expression;
mod function;
mod index;
mod lookup;
mod naming;
mod new_label;
mod object;
mod oid;
mod published;
mod relation;
mod rows;
mod setting;
mod snapshot;
mod table_part;
mod types;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet, Vector};

pub(crate) use constraint::{Constraint, ConstraintKind, ForeignKey};
pub(crate) use deletion::Behavior;
pub(crate) use dependency::{Dependency, Link};
pub(crate) use expression::{NameUse, StoredExpr};
pub(crate) use function::{Argument, ArgumentMode, Body, Function, FunctionKind};
pub(crate) use index::{Index, IndexKey};
pub(crate) use object::{EventTrigger, Extension, Object, Other, OtherKind, Role, Schema};
pub(crate) use oid::{Address, Oid};
pub(crate) use relation::{
    Column, ColumnDefault, Generation, PartitionKey, Persistence, Relation, RelationKind, Sequence,
};
pub(crate) use rows::{Cell, StoredRow, TableRows, cell};
pub(crate) use setting::SettingScope;
pub(crate) use table_part::{Policy, Rule, Trigger};
pub(crate) use types::{Type, TypeKind, TypeRef, builtin_type};

use crate::catalog::Dropped;

/// A name inside a schema.
type ScopedName = (Oid, Arc<str>);

/// The name of a part, which is its own among the parts of one kind that a relation or domain has.
type PartName = (Oid, PartKind, Arc<str>);

/// What can be a part that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PartKind {
    Constraint,
    Policy,
    Trigger,
    Rule,
}

/// An object that an oid was said to belong to does not exist, which is a fault of the interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("object {} is not in the model", .0.0)]
pub(crate) struct Missing(pub(crate) Oid);

/// The state of the database.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    next_oid: u32,
    objects: OrdMap<Oid, Object>,
    schemas: OrdMap<Arc<str>, Oid>,
    roles: OrdMap<Arc<str>, Oid>,
    extensions: OrdMap<Arc<str>, Oid>,
    relations: OrdMap<ScopedName, Oid>,
    types: OrdMap<ScopedName, Oid>,
    functions: OrdSet<(Oid, Arc<str>, Oid)>,
    constraints: OrdSet<(Oid, Arc<str>, Oid)>,
    /// What belongs to a relation or domain: constraints, indexes, policies, triggers, …
    parts: OrdSet<(Oid, Oid)>,
    /// Parts by their name.
    named_parts: OrdMap<PartName, Oid>,
    /// Inheritance and partitioning: parent and child.
    children: OrdSet<(Oid, Oid)>,
    by_referenced: OrdSet<dependency::Edge>,
    by_dependent: OrdSet<dependency::Edge>,
    /// What later sessions start with.
    settings: setting::StoredSettings,
    /// Operators by name.
    operators: OrdSet<(Arc<str>, Oid)>,
    /// Event triggers by name.
    event_triggers: OrdMap<Arc<str>, Oid>,
    dropped: Vector<Dropped>,
    /// What no migration makes and statements need all the same.
    pub(crate) assumed: OrdSet<Oid>,
    /// What is known of the rows of tables.
    rows: OrdMap<Oid, Arc<rows::TableRows>>,
    /// Labels of enums that the transaction under way has added.
    new_labels: OrdSet<(Oid, Arc<str>)>,
    /// It is not known which members publications have.
    publications_in_doubt: bool,
    /// Tables whose foreign keys are not enforced: all their triggers are disabled.
    unenforced: OrdSet<Oid>,
}

/// The first oid that objects of users get, as in PostgreSQL.
const FIRST_NORMAL_OID: u32 = 16384;

impl Model {
    /// A new database: the schemas, types and roles that every server has.
    pub(crate) fn bare() -> Self {
        let mut model = Self {
            next_oid: FIRST_NORMAL_OID,
            objects: OrdMap::new(),
            schemas: OrdMap::new(),
            roles: OrdMap::new(),
            extensions: OrdMap::new(),
            relations: OrdMap::new(),
            types: OrdMap::new(),
            functions: OrdSet::new(),
            constraints: OrdSet::new(),
            parts: OrdSet::new(),
            named_parts: OrdMap::new(),
            children: OrdSet::new(),
            by_referenced: OrdSet::new(),
            by_dependent: OrdSet::new(),
            settings: OrdMap::new(),
            operators: OrdSet::new(),
            event_triggers: OrdMap::new(),
            dropped: Vector::new(),
            assumed: OrdSet::new(),
            rows: OrdMap::new(),
            new_labels: OrdSet::new(),
            publications_in_doubt: false,
            unenforced: OrdSet::new(),
        };
        for (oid, name) in [(Oid::PG_CATALOG, "pg_catalog"), (Oid::PUBLIC, "public")] {
            model.insert_at(oid, Schema::named(name));
        }
        model.insert(Schema::named("information_schema"));
        model.insert_at(Oid::POSTGRES, Role::named("postgres").superuser());
        types::insert_builtin(&mut model);
        model
    }

    /// What statements have taken the names of.
    pub(crate) fn dropped_objects(&self) -> impl Iterator<Item = &crate::catalog::ObjectRef> {
        self.dropped.iter().map(|dropped| &dropped.object)
    }

    /// Adds an object under a new oid.
    pub(crate) fn insert(&mut self, object: impl Into<Object>) -> Oid {
        let oid = Oid(self.next_oid);
        self.next_oid += 1;
        self.insert_at(oid, object);
        oid
    }

    fn insert_at(&mut self, oid: Oid, object: impl Into<Object>) {
        let object = object.into();
        self.register(oid, &object);
        self.objects.insert(oid, object);
    }

    /// Removes an object with its names and links; what depends on it is the caller's business.
    fn remove(&mut self, oid: Oid) -> Option<Object> {
        let object = self.objects.remove(&oid)?;
        self.unregister(oid, &object);
        self.forget_links(oid);
        self.rows.remove(&oid);
        Some(object)
    }

    /// The owner, kind and name of an object that is a part.
    fn part_name(object: &Object) -> Option<PartName> {
        Some(match object {
            Object::Constraint(o) => (o.owner, PartKind::Constraint, o.name.clone()),
            Object::Policy(o) => (o.table, PartKind::Policy, o.name.clone()),
            Object::Trigger(o) => (o.table, PartKind::Trigger, o.name.clone()),
            Object::Rule(o) => (o.table, PartKind::Rule, o.name.clone()),
            _ => return None,
        })
    }

    /// The names and owners under which an object can be found.
    fn register(&mut self, oid: Oid, object: &Object) {
        if let Some(name) = Self::part_name(object) {
            self.named_parts.insert(name, oid);
        }
        match object {
            Object::Schema(o) => drop(self.schemas.insert(o.name.clone(), oid)),
            Object::Role(o) => drop(self.roles.insert(o.name.clone(), oid)),
            Object::Extension(o) => drop(self.extensions.insert(o.name.clone(), oid)),
            Object::Relation(o) => {
                self.relations.insert((o.schema, o.name.clone()), oid);
                if let Some(index) = &o.index {
                    self.parts.insert((index.table, oid));
                }
                for parent in &o.parents {
                    self.children.insert((*parent, oid));
                }
            }
            Object::Type(o) => drop(self.types.insert((o.schema, o.name.clone()), oid)),
            Object::Function(o) => {
                self.functions.insert((o.schema, o.name.clone(), oid));
            }
            Object::Constraint(o) => {
                self.constraints.insert((o.schema, o.name.clone(), oid));
                self.parts.insert((o.owner, oid));
            }
            Object::Default(o) => drop(self.parts.insert((o.relation, oid))),
            Object::Policy(o) => drop(self.parts.insert((o.table, oid))),
            Object::Trigger(o) => drop(self.parts.insert((o.table, oid))),
            Object::Rule(o) => drop(self.parts.insert((o.table, oid))),
            Object::Other(o) => {
                if o.event_trigger.is_some() {
                    self.event_triggers.insert(o.name.clone(), oid);
                }
                if o.kind == OtherKind::Operator {
                    self.operators.insert((o.name.clone(), oid));
                }
            }
        }
    }

    fn unregister(&mut self, oid: Oid, object: &Object) {
        if let Some(name) = Self::part_name(object)
            && self.named_parts.get(&name) == Some(&oid)
        {
            self.named_parts.remove(&name);
        }
        match object {
            Object::Schema(o) => drop(self.schemas.remove(&o.name)),
            Object::Role(o) => drop(self.roles.remove(&o.name)),
            Object::Extension(o) => drop(self.extensions.remove(&o.name)),
            Object::Relation(o) => {
                self.relations.remove(&(o.schema, o.name.clone()));
                if let Some(index) = &o.index {
                    self.parts.remove(&(index.table, oid));
                }
                for parent in &o.parents {
                    self.children.remove(&(*parent, oid));
                }
            }
            Object::Type(o) => drop(self.types.remove(&(o.schema, o.name.clone()))),
            Object::Function(o) => {
                self.functions.remove(&(o.schema, o.name.clone(), oid));
            }
            Object::Constraint(o) => {
                self.constraints.remove(&(o.schema, o.name.clone(), oid));
                self.parts.remove(&(o.owner, oid));
            }
            Object::Default(o) => drop(self.parts.remove(&(o.relation, oid))),
            Object::Policy(o) => drop(self.parts.remove(&(o.table, oid))),
            Object::Trigger(o) => drop(self.parts.remove(&(o.table, oid))),
            Object::Rule(o) => drop(self.parts.remove(&(o.table, oid))),
            Object::Other(o) => {
                if o.event_trigger.is_some() {
                    self.event_triggers.remove(&o.name);
                }
                if o.kind == OtherKind::Operator {
                    self.operators.remove(&(o.name.clone(), oid));
                }
            }
        }
    }
}
