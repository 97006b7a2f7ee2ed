use std::collections::HashSet;
use std::sync::Arc;

use imbl::ordmap::DiffItem;

use super::object::Stored;
use super::{
    Address, Column, ColumnDefault, Constraint, ConstraintKind, Extension, Function, Missing,
    Model, Object, Oid, Other, PartKind, Policy, Relation, Role, Schema, Trigger, Type, TypeKind,
};
use crate::catalog::{ChangeKind, History, ObjectKind, ObjectName, ObjectRef};
use crate::span::Span;

macro_rules! accessors {
    ($($(#[$doc:meta])* $get:ident: $kind:ident;)*) => {
        impl Model {
            $(
                $(#[$doc])*
                pub(crate) fn $get(&self, oid: Oid) -> Result<&$kind, Missing> {
                    self.get(oid)
                }
            )*
        }
    };
}

accessors! {
    /// The schema of that oid.
    schema: Schema;
    /// The role of that oid.
    role: Role;
    /// The relation of that oid.
    relation: Relation;
    /// The type of that oid.
    data_type: Type;
    /// The function of that oid.
    function: Function;
    /// The constraint of that oid.
    constraint: Constraint;
    /// The default of that oid.
    default: ColumnDefault;
    /// The policy of that oid.
    policy: Policy;
    /// The trigger of that oid.
    trigger: Trigger;
    /// The object of that oid of which its name matters.
    other: Other;
}

macro_rules! mutable_accessors {
    ($($(#[$doc:meta])* $get:ident: $kind:ident;)*) => {
        impl Model {
            $(
                $(#[$doc])*
                /// It must not be given another name, schema or owner this way.
                pub(crate) fn $get(&mut self, oid: Oid) -> Result<&mut $kind, Missing> {
                    self.get_mut(oid)
                }
            )*
        }
    };
}

mutable_accessors! {
    /// The extension of that oid, to be changed.
    extension_mut: Extension;
    /// The relation of that oid, to be changed.
    relation_mut: Relation;
    /// The type of that oid, to be changed.
    data_type_mut: Type;
    /// The function of that oid, to be changed.
    function_mut: Function;
    /// The constraint of that oid, to be changed.
    constraint_mut: Constraint;
    /// The object of another kind of that oid, to be changed.
    other_mut: Other;
    /// The policy of that oid, to be changed.
    policy_mut: Policy;
    /// The trigger of that oid, to be changed.
    trigger_mut: Trigger;
}

impl Model {
    fn get<T: Stored>(&self, oid: Oid) -> Result<&T, Missing> {
        self.objects.get(&oid).and_then(T::from_object).ok_or(Missing(oid))
    }

    fn get_mut<T: Stored>(&mut self, oid: Oid) -> Result<&mut T, Missing> {
        self.objects.get_mut(&oid).and_then(T::from_object_mut).ok_or(Missing(oid))
    }

    /// An object of whatever kind.
    pub(crate) fn object(&self, oid: Oid) -> Option<&Object> {
        self.objects.get(&oid)
    }

    /// Every object of one kind, in the order of their creation.
    pub(crate) fn all<T: Stored + 'static>(&self) -> impl Iterator<Item = (Oid, &T)> {
        self.objects.iter().filter_map(|(oid, object)| Some((*oid, T::from_object(object)?)))
    }

    /// The object of that oid as one of a kind.
    pub(crate) fn object_of<T: Stored>(&self, oid: Oid) -> Option<&T> {
        self.get(oid).ok()
    }

    /// The operators of a name that are not the server's.
    pub(crate) fn operators_named(&self, name: &str) -> impl Iterator<Item = (Oid, &Other)> {
        let name: Arc<str> = name.into();
        self.operators
            .range((name.clone(), Oid(0))..=(name, Oid(u32::MAX)))
            .filter_map(|(_, oid)| Some((*oid, self.get(*oid).ok()?)))
    }

    /// The event triggers, by name.
    pub(crate) fn event_triggers(&self) -> impl Iterator<Item = Oid> + '_ {
        self.event_triggers.values().copied()
    }

    /// The objects that are not there in an earlier state, in the order of their creation.
    pub(crate) fn added_since(&self, before: &Self) -> Vec<Oid> {
        before
            .objects
            .diff(&self.objects)
            .filter_map(|change| match change {
                DiffItem::Add(oid, _) => Some(*oid),
                DiffItem::Remove(..) | DiffItem::Update { .. } => None,
            })
            .collect()
    }

    /// The objects that are other than in an earlier state.
    pub(crate) fn changed_since(&self, before: &Self) -> Vec<Oid> {
        before
            .objects
            .diff(&self.objects)
            .filter_map(|change| match change {
                DiffItem::Update { new: (oid, _), .. } => Some(*oid),
                DiffItem::Add(..) | DiffItem::Remove(..) => None,
            })
            .collect()
    }

    /// Every schema, by name.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = (Oid, &Schema)> {
        self.schemas.values().filter_map(|oid| Some((*oid, self.schema(*oid).ok()?)))
    }

    /// Every role, by name.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (Oid, &Role)> {
        self.roles.values().filter_map(|oid| Some((*oid, self.role(*oid).ok()?)))
    }

    /// The constraints of that name in every schema.
    pub(crate) fn constraints_named(&self, name: &str) -> impl Iterator<Item = (Oid, &Constraint)> {
        let name: Arc<str> = name.into();
        self.schemas
            .values()
            .flat_map(move |schema| {
                let bound = |oid| (*schema, name.clone(), Oid(oid));
                self.constraints.range(bound(0)..=bound(u32::MAX))
            })
            .filter_map(|(_, _, oid)| Some((*oid, self.constraint(*oid).ok()?)))
    }

    /// The names of the objects that differ from those of an earlier state, or the tables that they
    /// are parts of.
    pub(crate) fn changes_since(&self, before: &Self) -> Vec<ObjectName> {
        let mut names = Vec::new();
        for change in before.objects.diff(&self.objects) {
            let (old, new) = match change {
                DiffItem::Add(oid, _) => (None, Some(oid)),
                DiffItem::Remove(oid, _) => (Some(oid), None),
                DiffItem::Update { old: (oid, _), .. } => (Some(oid), Some(oid)),
            };
            names.extend(old.and_then(|oid| before.owner_name(*oid)));
            names.extend(new.and_then(|oid| self.owner_name(*oid)));
        }
        names.sort();
        names.dedup();
        names
    }

    /// The name of an object, or of the table that it is a part of; `None` where it has no schema.
    pub(crate) fn owner_name(&self, oid: Oid) -> Option<ObjectName> {
        match self.objects.get(&oid)? {
            Object::Relation(o) => match &o.index {
                Some(index) => self.owner_name(index.table),
                None => Some(self.object_name(o.schema, &o.name)),
            },
            Object::Type(o) => match o.kind {
                TypeKind::Array { element } => self.owner_name(element),
                _ => Some(self.object_name(o.schema, &o.name)),
            },
            Object::Function(o) => Some(self.object_name(o.schema, &o.name)),
            Object::Constraint(o) => self.owner_name(o.owner),
            Object::Default(o) => self.owner_name(o.relation),
            Object::Policy(o) => self.owner_name(o.table),
            Object::Trigger(o) => self.owner_name(o.table),
            Object::Rule(o) => self.owner_name(o.table),
            Object::Schema(o) => Some(ObjectName::new("", &*o.name)),
            Object::Role(_) | Object::Extension(_) | Object::Other(_) => None,
        }
    }

    /// The schema of that name.
    pub(crate) fn find_schema(&self, name: &str) -> Option<Oid> {
        self.schemas.get(name).copied()
    }

    /// The role of that name.
    pub(crate) fn find_role(&self, name: &str) -> Option<Oid> {
        self.roles.get(name).copied()
    }

    /// The extension of that name.
    pub(crate) fn find_extension(&self, name: &str) -> Option<Oid> {
        self.extensions.get(name).copied()
    }

    /// Every extension, by name.
    pub(crate) fn extensions(&self) -> impl Iterator<Item = &Extension> {
        self.extensions.values().filter_map(|oid| self.get(*oid).ok())
    }

    /// The relation of that name in a schema.
    pub(crate) fn find_relation(&self, schema: Oid, name: &str) -> Option<Oid> {
        self.relations.get(&(schema, Arc::from(name))).copied()
    }

    /// The type of that name in a schema.
    pub(crate) fn find_type(&self, schema: Oid, name: &str) -> Option<Oid> {
        self.types.get(&(schema, Arc::from(name))).copied()
    }

    /// The functions of that name in a schema.
    pub(crate) fn find_functions(
        &self,
        schema: Oid,
        name: &str,
    ) -> impl Iterator<Item = (Oid, &Function)> {
        let name: Arc<str> = name.into();
        self.functions
            .range((schema, name.clone(), Oid(0))..=(schema, name, Oid(u32::MAX)))
            .filter_map(|(_, _, oid)| Some((*oid, self.function(*oid).ok()?)))
    }

    /// Whether a constraint of any table of the schema has that name.
    pub(crate) fn has_constraint_name(&self, schema: Oid, name: &str) -> bool {
        let name: Arc<str> = name.into();
        let range = (schema, name.clone(), Oid(0))..=(schema, name, Oid(u32::MAX));
        self.constraints.range(range).next().is_some()
    }

    /// The parts of one kind that belong to a relation or domain, in the order of their creation.
    pub(crate) fn parts<T: Stored + 'static>(&self, owner: Oid) -> impl Iterator<Item = (Oid, &T)> {
        self.part_oids(owner).filter_map(|oid| Some((oid, self.get(oid).ok()?)))
    }

    /// The parts of every kind that belong to a relation or domain.
    pub(crate) fn part_oids(&self, owner: Oid) -> impl Iterator<Item = Oid> + '_ {
        self.parts.range((owner, Oid(0))..=(owner, Oid(u32::MAX))).map(|(_, oid)| *oid)
    }

    fn find_part(&self, owner: Oid, kind: PartKind, name: &str) -> Option<Oid> {
        self.named_parts.get(&(owner, kind, Arc::from(name))).copied()
    }

    /// The constraint of that name of a table or domain.
    pub(crate) fn find_constraint(&self, owner: Oid, name: &str) -> Option<Oid> {
        self.find_part(owner, PartKind::Constraint, name)
    }

    /// The policy of that name of a table.
    pub(crate) fn find_policy(&self, table: Oid, name: &str) -> Option<Oid> {
        self.find_part(table, PartKind::Policy, name)
    }

    /// The trigger of that name of a table or view.
    pub(crate) fn find_trigger(&self, table: Oid, name: &str) -> Option<Oid> {
        self.find_part(table, PartKind::Trigger, name)
    }

    /// The rule of that name of a table or view.
    pub(crate) fn find_rule(&self, table: Oid, name: &str) -> Option<Oid> {
        self.find_part(table, PartKind::Rule, name)
    }

    /// The indexes of a table, those of constraints included.
    pub(crate) fn indexes(&self, table: Oid) -> impl Iterator<Item = (Oid, &Relation)> {
        self.parts::<Relation>(table)
    }

    /// The tables that inherit from one, or are its partitions, in the order of their creation.
    pub(crate) fn children(&self, parent: Oid) -> impl Iterator<Item = Oid> + '_ {
        self.children.range((parent, Oid(0))..=(parent, Oid(u32::MAX))).map(|(_, oid)| *oid)
    }

    /// A table and all below it, parents before children.
    pub(crate) fn descendants(&self, table: Oid) -> Vec<Oid> {
        let mut found = vec![table];
        let mut seen = HashSet::from([table]);
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            next += 1;
            found.extend(self.children(parent).filter(|child| seen.insert(*child)));
        }
        found
    }

    /// The tables whose rows a change of rows of a table changes, with the events on them: those below it, and
    /// those whose foreign keys may follow.
    pub(crate) fn changed_with<'e>(&self, table: Oid, event: &'e str) -> Vec<(Oid, Vec<&'e str>)> {
        let mut found: Vec<(Oid, Vec<&str>)> =
            self.descendants(table).into_iter().map(|oid| (oid, vec![event])).collect();
        if event == "INSERT" {
            return found;
        }
        let mut seen: HashSet<Oid> = found.iter().map(|(oid, _)| *oid).collect();
        let mut next = 0;
        while let Some(referenced) = found.get(next).map(|(oid, _)| *oid) {
            next += 1;
            let referring: Vec<Oid> = self
                .links_to(referenced)
                .filter_map(|link| self.constraint(link.dependent.object).ok())
                .filter(|c| matches!(&c.kind, ConstraintKind::ForeignKey(key) if key.table == referenced))
                .map(|constraint| constraint.owner)
                .collect();
            for oid in referring {
                if seen.insert(oid) {
                    found.push((oid, vec!["UPDATE", "DELETE", event]));
                }
            }
        }
        found
    }

    /// The column of that address.
    pub(crate) fn column(&self, address: Address) -> Option<&Column> {
        self.relation(address.object).ok()?.column_at(address.column)
    }

    /// The schema that a relation, a type or a function is in.
    pub(crate) fn schema_of(&self, oid: Oid) -> Option<Oid> {
        match self.objects.get(&oid)? {
            Object::Relation(o) => Some(o.schema),
            Object::Type(o) => Some(o.schema),
            Object::Function(o) => Some(o.schema),
            _ => None,
        }
    }

    /// The current name of an object or column, without its schema.
    pub(crate) fn name_of(&self, address: Address) -> Option<Arc<str>> {
        if address.column != 0 {
            return self.column(address).map(|c| c.name.clone());
        }
        Some(match self.objects.get(&address.object)? {
            Object::Schema(o) => o.name.clone(),
            Object::Role(o) => o.name.clone(),
            Object::Extension(o) => o.name.clone(),
            Object::Relation(o) => o.name.clone(),
            Object::Type(o) => o.name.clone(),
            Object::Function(o) => o.name.clone(),
            Object::Constraint(o) => o.name.clone(),
            Object::Default(_) => return None,
            Object::Policy(o) => o.name.clone(),
            Object::Trigger(o) => o.name.clone(),
            Object::Rule(o) => o.name.clone(),
            Object::Other(o) => o.name.clone(),
        })
    }

    /// A name in a schema, as the catalog says it.
    pub(crate) fn object_name(&self, schema: Oid, name: &str) -> ObjectName {
        let schema = self.schema(schema).map_or("", |s| &s.name);
        ObjectName::new(schema, name)
    }

    /// The name of a relation, as the catalog says it.
    pub(crate) fn relation_name(&self, relation: Oid) -> Result<ObjectName, Missing> {
        let relation = self.relation(relation)?;
        Ok(self.object_name(relation.schema, &relation.name))
    }

    /// What the catalog calls an object or column; `None` for kinds that it does not know.
    pub(crate) fn reference(&self, address: Address) -> Option<ObjectRef> {
        let part = |kind, owner, name: &str| {
            Some(ObjectRef::part(kind, self.relation_name(owner).ok()?, name))
        };
        let whole =
            |kind, schema, name| Some(ObjectRef::whole(kind, self.object_name(schema, name)));
        if address.column != 0 {
            let name = self.name_of(address)?;
            return part(ObjectKind::Column, address.object, &name);
        }
        match self.objects.get(&address.object)? {
            Object::Relation(o) => match &o.index {
                Some(index) => part(ObjectKind::Index, index.table, &o.name),
                None if o.kind.is_table() => whole(ObjectKind::Table, o.schema, &o.name),
                None if o.query.is_some() => whole(ObjectKind::View, o.schema, &o.name),
                None => None,
            },
            Object::Type(o) => whole(ObjectKind::Type, o.schema, &o.name),
            Object::Function(o) => whole(ObjectKind::Function, o.schema, &o.name),
            Object::Constraint(o) => part(ObjectKind::Constraint, o.owner, &o.name),
            Object::Policy(o) => part(ObjectKind::Policy, o.table, &o.name),
            Object::Trigger(o) => part(ObjectKind::Trigger, o.table, &o.name),
            Object::Schema(o) => {
                Some(ObjectRef::whole(ObjectKind::Schema, ObjectName::new("", &*o.name)))
            }
            Object::Role(_)
            | Object::Extension(_)
            | Object::Default(_)
            | Object::Rule(_)
            | Object::Other(_) => None,
        }
    }

    /// How messages name an object or column, such as `policy own_rows of public.runs`.
    pub(crate) fn describe(&self, address: Address) -> String {
        if let Some(reference) = self.reference(address) {
            return reference.to_string();
        }
        let word = match self.objects.get(&address.object) {
            Some(Object::Relation(o)) => o.kind.word(),
            Some(Object::Role(_)) => "role",
            Some(Object::Extension(_)) => "extension",
            Some(Object::Default(o)) => {
                let column = Address::column(o.relation, o.column);
                return format!("default value for {}", self.describe(column));
            }
            Some(Object::Rule(_)) => "rule",
            _ => "object",
        };
        format!("{word} {}", self.name_of(address).as_deref().unwrap_or("?"))
    }

    /// The history of an object or column, to be added to.
    pub(crate) fn history_mut(&mut self, address: Address) -> Option<&mut History> {
        let object = self.objects.get_mut(&address.object)?;
        if address.column == 0 {
            return Some(object.history_mut());
        }
        let relation = Relation::from_object_mut(object)?;
        relation.column_at_mut(address.column).map(|c| &mut c.history)
    }

    /// Adds an event to the history of an object or column.
    pub(crate) fn record(
        &mut self,
        address: impl Into<Address>,
        verb: ChangeKind,
        span: Span,
        detail: impl Into<Arc<str>>,
    ) {
        if let Some(history) = self.history_mut(address.into()) {
            history.push(verb, Some(span), detail);
        }
    }
}
