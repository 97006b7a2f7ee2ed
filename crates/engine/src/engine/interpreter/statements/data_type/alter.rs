//! `ALTER TYPE` and `ALTER DOMAIN`.

use std::sync::Arc;

use crate::catalog::ChangeKind;
use crate::engine::interpreter::model::{
    Behavior, Column, Constraint, Dependency, Link, Oid, Relation, RelationKind, TypeKind, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{
    AlterObject, AttributeChange, ObjectChange, ObjectKind, TypeName,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// `ALTER TYPE`, `ALTER DOMAIN`
    pub(crate) fn alter_type(&mut self, written: &AlterObject) -> Result<(), Problem> {
        let name = &written.object.name;
        let Some(oid) = self.find_type(name)? else {
            let (schema, own) = Self::split_name(name)?;
            if let Some(schema) = &schema {
                self.schema(schema)?;
            }
            let qualified = schema.map_or_else(|| own.to_string(), |s| format!("{s}.{own}"));
            return Err(Problem::error("42704", format!("type \"{qualified}\" does not exist")));
        };
        let is_domain = matches!(self.model.data_type(oid)?.kind, TypeKind::Domain { .. });
        if written.kind == ObjectKind::Domain && !is_domain {
            return Err(Problem::error("42809", format!("{name} is not a domain")));
        }
        match &written.change {
            ObjectChange::Rename(new) => self.rename_type(oid, &names::stored(new).into()),
            ObjectChange::SetSchema(schema) => {
                let schema = self.schema(&names::stored(schema))?;
                self.move_type(oid, schema)
            }
            ObjectChange::AddValue { if_not_exists, label, neighbour } => {
                self.add_label(oid, label, *if_not_exists, neighbour.as_ref())
            }
            ObjectChange::RenameValue(old, new) => self.rename_label(oid, old, new),
            ObjectChange::RenameAttribute(old, new) => {
                let relation = self.composite(oid)?;
                self.rename_attribute(relation, &names::stored(old), &names::stored(new))
            }
            ObjectChange::Attributes(changes) => {
                let relation = self.composite(oid)?;
                changes.iter().try_for_each(|change| self.change_attribute(relation, change))
            }
            ObjectChange::RenameConstraint(old, new) => {
                self.rename_domain_check(oid, &names::stored(old), &names::stored(new))
            }
            ObjectChange::AddDomainConstraint { name, check: Some(check) } => {
                self.check_not_in_containers(oid)?;
                let name = name.as_ref().map(|name| names::stored(name).into());
                self.add_domain_check(oid, name, check)
            }
            ObjectChange::DropDomainConstraint { name, if_exists, cascade } => {
                self.drop_domain_check(oid, &names::stored(name), *if_exists, behavior(*cascade))
            }
            ObjectChange::AddDomainConstraint { check: None, .. } => {
                self.set_domain_not_null(oid, true)
            }
            ObjectChange::SetNotNull(strict) => self.set_domain_not_null(oid, *strict),
            ObjectChange::NoEffect => {
                self.ownership_changed = true;
                Ok(())
            }
        }
    }

    /// The server does not look for values of a domain inside of arrays.
    pub(super) fn check_not_in_containers(&self, domain: Oid) -> Result<(), Problem> {
        let array = self.model.data_type(domain)?.array;
        array.map_or(Ok(()), |array| self.check_no_column_of(array, domain))
    }

    /// The server does not rewrite tables whose columns are of a composite type that changes.
    fn check_unused_by_columns(&self, composite: Oid) -> Result<(), Problem> {
        self.check_no_column_of(composite, composite)?;
        self.check_not_in_containers(composite)
    }

    /// Fails where a table has a column of a type, so that another cannot be altered.
    fn check_no_column_of(&self, data_type: Oid, altered: Oid) -> Result<(), Problem> {
        let column = self.model.links_to(data_type).map(|l| l.dependent).find(|address| {
            let holder = self.model.relation(address.object);
            address.column != 0 && holder.is_ok_and(|r| r.kind.is_table())
        });
        let Some(column) = column else { return Ok(()) };
        let altered = &self.model.data_type(altered)?.name;
        let table = &self.model.relation(column.object)?.name;
        let column = self.model.name_of(column).unwrap_or_default();
        Err(Problem::error(
            "0A000",
            format!("cannot alter type \"{altered}\" because column \"{table}.{column}\" uses it"),
        ))
    }

    fn rename_type(&mut self, oid: Oid, new: &Arc<str>) -> Result<(), Problem> {
        let data_type = self.model.data_type(oid)?;
        if let TypeKind::Composite { relation } = data_type.kind {
            let kind = self.model.relation(relation)?.kind;
            if kind != RelationKind::Composite {
                let name = &data_type.name;
                return Err(Problem::error("42809", format!("{name} is a table's row type")));
            }
            return self.rename_relation(relation, new);
        }
        if matches!(data_type.kind, TypeKind::Array { .. }) {
            let name = &data_type.name;
            return Err(Problem::error("42809", format!("cannot alter array type {name}")));
        }
        let old = data_type.name.clone();
        self.check_type_free(data_type.schema, new)?;
        self.leave_name(oid, &format!("to {new}"));
        self.model.rename(oid, new)?;
        self.record(oid, ChangeKind::Renamed, format!("from {old} to {new}"));
        Ok(())
    }

    fn move_type(&mut self, oid: Oid, schema: Oid) -> Result<(), Problem> {
        let data_type = self.model.data_type(oid)?;
        if data_type.schema == schema {
            return Ok(());
        }
        self.check_type_free(schema, &data_type.name)?;
        if let TypeKind::Composite { relation } = data_type.kind {
            return self.move_relation(relation, schema);
        }
        self.model.set_schema(oid, schema)?;
        for constraint in self.model.parts::<Constraint>(oid).map(|(c, _)| c).collect::<Vec<_>>() {
            self.model.set_schema(constraint, schema)?;
        }
        let name = self.model.schema(schema)?.name.clone();
        self.record(oid, ChangeKind::Renamed, format!("into schema {name}"));
        Ok(())
    }

    /// The relation that holds the attributes of a composite type.
    fn composite(&self, oid: Oid) -> Result<Oid, Problem> {
        let data_type = self.model.data_type(oid)?;
        match data_type.kind {
            TypeKind::Composite { relation }
                if self.model.relation(relation)?.kind == RelationKind::Composite =>
            {
                Ok(relation)
            }
            _ => {
                let name = &data_type.name;
                Err(Problem::error("42809", format!("\"{name}\" is not a composite type")))
            }
        }
    }

    /// The composite type and the tables made of it, which follow its changes.
    fn with_typed_tables(&self, composite: Oid) -> Result<Vec<Oid>, Problem> {
        let data_type = self.model.relation(composite)?.row_type;
        let typed = (self.model.all::<Relation>())
            .filter(|(_, r)| data_type.is_some() && r.of_type == data_type)
            .map(|(oid, _)| oid);
        Ok(std::iter::once(composite).chain(typed).collect())
    }

    fn rename_attribute(&mut self, composite: Oid, old: &str, new: &str) -> Result<(), Problem> {
        for relation in self.with_typed_tables(composite)? {
            self.rename_column(relation, old, new)?;
        }
        Ok(())
    }

    fn change_attribute(
        &mut self,
        composite: Oid,
        change: &AttributeChange,
    ) -> Result<(), Problem> {
        for relation in self.with_typed_tables(composite)? {
            match change {
                AttributeChange::Add(name, data_type) => {
                    let name = names::stored(name);
                    let data_type = self.resolve_type_name(data_type)?;
                    self.check_attribute_free(relation, &name)?;
                    self.add_column_to(relation, Column::new(&*name, data_type))?;
                }
                AttributeChange::Drop { name, if_exists, cascade } => {
                    let name = names::stored(name);
                    if *if_exists && self.model.relation(relation)?.column(&name).is_none() {
                        continue;
                    }
                    let column = self.column(relation, &name)?;
                    self.drop_objects(&[column], behavior(*cascade))?;
                }
                AttributeChange::SetType(name, data_type) => {
                    if let Some(row_type) = self.model.relation(composite)?.row_type {
                        self.check_unused_by_columns(row_type)?;
                    }
                    let column = self.column(relation, &names::stored(name))?;
                    let data_type = self.resolve_type_name(data_type)?;
                    let new = data_type.oid;
                    let found = self.model.relation_mut(relation)?.column_at_mut(column.column);
                    let Some(found) = found else { continue };
                    let old = std::mem::replace(&mut found.data_type, data_type).oid;
                    let dependency = Dependency::Normal;
                    self.model.forget(Link {
                        dependent: column,
                        referenced: old.into(),
                        dependency,
                    });
                    self.depend_on_type(column, new);
                }
            }
        }
        Ok(())
    }

    fn resolve_type_name(&self, written: &TypeName) -> Result<TypeRef, Problem> {
        match written {
            TypeName::Plain(data_type) => self.resolve_type(data_type),
            TypeName::OfColumn(column) => self.resolve_column_type(column),
        }
    }
}

fn behavior(cascade: bool) -> Behavior {
    if cascade { Behavior::Cascade } else { Behavior::Restrict }
}
