use std::sync::Arc;

use super::object::Stored;
use super::{
    Constraint, Dependency, Function, Link, Missing, Model, Object, Oid, Policy, Relation, Role,
    Rule, Schema, Trigger, Type, TypeKind,
};
use crate::engine::interpreter::names;

impl Model {
    /// Changes an object whose name, schema or owning relation may change on the way.
    fn rename_by<T: Stored>(
        &mut self,
        oid: Oid,
        change: impl FnOnce(&mut T),
    ) -> Result<(), Missing> {
        let mut object = self.objects.get(&oid).ok_or(Missing(oid))?.clone();
        self.unregister(oid, &object);
        change(T::from_object_mut(&mut object).ok_or(Missing(oid))?);
        self.register(oid, &object);
        self.objects.insert(oid, object);
        Ok(())
    }

    /// Gives an object another name; whether it is free is the caller's business. The types of a
    /// relation's rows and of a type's arrays follow, as does the constraint of an index and the
    /// index of a constraint.
    pub(crate) fn rename(&mut self, oid: Oid, name: &Arc<str>) -> Result<(), Missing> {
        match self.objects.get(&oid).ok_or(Missing(oid))? {
            Object::Schema(_) => self.rename_by(oid, |o: &mut Schema| o.name = name.clone()),
            Object::Role(_) => self.rename_by(oid, |o: &mut Role| o.name = name.clone()),
            Object::Relation(relation) => {
                let row_type = relation.row_type;
                self.rename_by(oid, |o: &mut Relation| o.name = name.clone())?;
                row_type.map_or(Ok(()), |row_type| self.rename_type(row_type, name))
            }
            Object::Type(_) => self.rename_type(oid, name),
            Object::Function(_) => self.rename_by(oid, |o: &mut Function| o.name = name.clone()),
            Object::Constraint(_) => {
                self.rename_by(oid, |o: &mut Constraint| o.name = name.clone())
            }
            Object::Policy(_) => self.rename_by(oid, |o: &mut Policy| o.name = name.clone()),
            Object::Trigger(_) => self.rename_by(oid, |o: &mut Trigger| o.name = name.clone()),
            Object::Rule(_) => self.rename_by(oid, |o: &mut Rule| o.name = name.clone()),
            Object::Other(_) => self.rename_by(oid, |o: &mut super::Other| o.name = name.clone()),
            Object::Extension(_) | Object::Default(_) => Err(Missing(oid)),
        }
    }

    fn rename_type(&mut self, oid: Oid, name: &Arc<str>) -> Result<(), Missing> {
        let (array, schema) = {
            let data_type = self.data_type(oid)?;
            (data_type.array, data_type.schema)
        };
        self.rename_by(oid, |o: &mut Type| o.name = name.clone())?;
        let Some(array) = array else { return Ok(()) };
        let array_name = self.array_type_name(schema, name);
        self.rename_by(array, |o: &mut Type| o.name = array_name)
    }

    /// Moves an object to another schema together with the types that belong to it.
    pub(crate) fn set_schema(&mut self, oid: Oid, schema: Oid) -> Result<(), Missing> {
        let object = self.objects.get(&oid).ok_or(Missing(oid))?;
        let (old, companions) = match object {
            Object::Relation(o) => (Some(o.schema), vec![o.row_type]),
            Object::Type(o) => (Some(o.schema), vec![o.array]),
            Object::Function(o) => (Some(o.schema), Vec::new()),
            Object::Constraint(o) => (Some(o.schema), Vec::new()),
            Object::Other(o) => (o.schema, Vec::new()),
            _ => return Err(Missing(oid)),
        };
        match object {
            Object::Relation(_) => self.rename_by(oid, |o: &mut Relation| o.schema = schema)?,
            Object::Type(_) => self.rename_by(oid, |o: &mut Type| o.schema = schema)?,
            Object::Function(_) => self.rename_by(oid, |o: &mut Function| o.schema = schema)?,
            Object::Constraint(_) => {
                self.rename_by(oid, |o: &mut Constraint| o.schema = schema)?;
            }
            _ => self.rename_by(oid, |o: &mut super::Other| o.schema = Some(schema))?,
        }
        if let Some(old) = old {
            let link = Link {
                dependent: oid.into(),
                referenced: old.into(),
                dependency: Dependency::Normal,
            };
            if self.links_of(oid).any(|l| l == link) {
                self.forget(link);
                self.depend(oid, schema, Dependency::Normal);
            }
        }
        companions.into_iter().flatten().try_for_each(|oid| self.set_schema(oid, schema))
    }

    /// Makes a table inherit from exactly these tables.
    pub(crate) fn set_parents(&mut self, table: Oid, parents: Vec<Oid>) -> Result<(), Missing> {
        self.rename_by(table, |o: &mut Relation| o.parents = parents)
    }

    /// Adds a relation that lives in a schema; all but indexes and sequences get a row type.
    pub(crate) fn add_relation(&mut self, relation: Relation) -> Oid {
        let (schema, name) = (relation.schema, relation.name.clone());
        let has_rows = !relation.kind.is_index()
            && relation.kind != super::RelationKind::Sequence
            && relation.kind != super::RelationKind::Composite;
        let history = relation.history.clone();
        let oid = self.insert(relation);
        if has_rows {
            let kind = TypeKind::Composite { relation: oid };
            let mut row_type = Type::new(schema, name, kind);
            row_type.history = history;
            let row_type = self.add_type(row_type);
            self.depend(row_type, oid, Dependency::Internal);
            if let Ok(relation) = self.relation_mut(oid) {
                relation.row_type = Some(row_type);
            }
        }
        self.depend(oid, schema, Dependency::Normal);
        oid
    }

    /// Adds a type with its array type.
    pub(crate) fn add_type(&mut self, data_type: Type) -> Oid {
        let (schema, name) = (data_type.schema, data_type.name.clone());
        self.give_way(schema, &name);
        let row_type = matches!(data_type.kind, TypeKind::Composite { .. });
        let oid = self.insert(data_type);
        if !row_type {
            self.depend(oid, schema, Dependency::Normal);
        }
        let array_name = self.array_type_name(schema, &name);
        let array = self.insert(Type::new(schema, array_name, TypeKind::Array { element: oid }));
        self.depend(array, oid, Dependency::Internal);
        if let Ok(data_type) = self.data_type_mut(oid) {
            data_type.array = Some(array);
        }
        oid
    }

    /// Renames an array type that stands in the way of a new type's name.
    fn give_way(&mut self, schema: Oid, name: &str) {
        let Some(taken) = self.find_type(schema, name) else { return };
        if self.is_array(taken) {
            let elsewhere = self.array_type_name(schema, name);
            let renamed = self.rename_by(taken, |o: &mut Type| o.name = elsewhere);
            debug_assert!(renamed.is_ok());
        }
    }

    /// Whether a type's name is taken for a new type; names of array types give way.
    pub(crate) fn is_type_name_taken(&self, schema: Oid, name: &str) -> bool {
        self.find_type(schema, name).is_some_and(|oid| !self.is_array(oid))
    }

    fn is_array(&self, oid: Oid) -> bool {
        self.data_type(oid).is_ok_and(|t| matches!(t.kind, TypeKind::Array { .. }))
    }

    /// `_name`, or `_name_1` and so on where that is taken.
    fn array_type_name(&self, schema: Oid, name: &str) -> Arc<str> {
        let plain = format!("_{name}");
        let plain: Arc<str> = names::truncated(&plain, names::MAX_NAME).into();
        let mut candidate = plain.clone();
        let mut pass = 0_u32;
        while self.find_type(schema, &candidate).is_some() {
            pass += 1;
            candidate = names::joined(&plain, None, &pass.to_string()).into();
        }
        candidate
    }
}
