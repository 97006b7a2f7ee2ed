//! `GRANT` and `REVOKE` on objects, by the rules of `src/backend/catalog/aclchk.c`.

use std::collections::BTreeMap;

use sqlparser::ast::Ident;

use super::role::missing_role;
use crate::catalog::{Privilege, PrivilegeSet, SecuredKind};
use crate::engine::interpreter::model::{
    Acl, AclChange, Address, Behavior, Function, Granting, Model, Oid, Relation, RelationKind,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{
    Grant, GrantTargets, ObjectAddress, ObjectKind, PrivilegeChange, PrivilegeName,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// What a statement grants or revokes, for objects as a whole and for columns.
struct Wanted<'a> {
    /// What it names for the whole object; everything where it says ALL.
    privileges: PrivilegeSet,
    /// It says ALL.
    all: bool,
    /// What it names for columns, `None` for ALL.
    columns: Vec<(Option<PrivilegeSet>, &'a [Ident])>,
}

impl Session {
    /// Executes GRANT, REVOKE and their kin.
    pub(crate) fn execute_grant(&mut self, grant: &Grant) -> Result<(), Problem> {
        match grant {
            Grant::Privileges(change) => self.change_privileges(change),
            Grant::Defaults(scope, change) => self.change_default_privileges(scope, change),
            Grant::Roles(change) => self.change_memberships(change),
            Grant::Reassign(former, owner) => self.reassign_owned(former, owner),
            Grant::Lock(tables) => {
                tables.iter().try_for_each(|table| self.relation(&table.name).map(drop))
            }
        }
    }

    fn change_privileges(&mut self, change: &PrivilegeChange) -> Result<(), Problem> {
        self.check_grantor(change.granted_by.as_ref())?;
        let (kind, targets) = self.granted_objects(&change.targets)?;
        let grantees = self.grantees(&change.grantees)?;
        let Some(kind) = kind else { return Ok(()) };
        let wanted = wanted(&change.privileges, kind)?;
        let granting = Granting {
            grants: change.grants,
            option: change.option,
            behavior: if change.cascade { Behavior::Cascade } else { Behavior::Restrict },
            grantees: &grantees,
        };
        for target in targets {
            self.change_privileges_on(target, kind, &wanted, &granting)?;
        }
        Ok(())
    }

    /// GRANTED BY names nobody but the current role.
    pub(super) fn check_grantor(&self, written: Option<&Ident>) -> Result<(), Problem> {
        let Some(written) = written else { return Ok(()) };
        let role = self.role_named(written)?.ok_or_else(|| missing_role("public"))?;
        if role == self.current_role() {
            return Ok(());
        }
        Err(Problem::error("0A000", "grantor must be current user"))
    }

    /// The roles that a statement grants to or revokes from; `None` is PUBLIC.
    pub(super) fn grantees(&self, written: &[Ident]) -> Result<Vec<Option<Oid>>, Problem> {
        written.iter().map(|role| self.role_named(role)).collect()
    }

    /// The kind of the objects and which they are; no kind where their privileges are not followed.
    fn granted_objects(
        &self,
        targets: &GrantTargets,
    ) -> Result<(Option<SecuredKind>, Vec<Oid>), Problem> {
        match targets {
            GrantTargets::Objects(objects) => {
                let kind = objects.first().and_then(|object| secured(object.kind));
                let oids = objects.iter().filter_map(|o| self.granted_object(o).transpose());
                Ok((kind, oids.collect::<Result<_, _>>()?))
            }
            GrantTargets::AllIn { word, schemas } => {
                let mut oids = Vec::new();
                for schema in schemas {
                    if let Some(schema) = self.named_object(schema)? {
                        oids.extend(self.all_in(schema.object, word));
                    }
                }
                let kind = match *word {
                    "TABLES" => SecuredKind::Table,
                    "SEQUENCES" => SecuredKind::Sequence,
                    _ => SecuredKind::Function,
                };
                Ok((Some(kind), oids))
            }
            GrantTargets::New(_) | GrantTargets::NotKept => Ok((None, Vec::new())),
        }
    }

    fn granted_object(&self, object: &ObjectAddress) -> Result<Option<Oid>, Problem> {
        if object.kind == ObjectKind::Table {
            // TABLE stands for any relation here.
            return self.relation(&object.name).map(Some);
        }
        Ok(self.named_object(object)?.map(|address| address.object))
    }

    /// The objects of a schema that ALL TABLES and its like mean.
    fn all_in(&self, schema: Oid, word: &str) -> Vec<Oid> {
        let wanted = match word {
            "TABLES" => SecuredKind::Table,
            "SEQUENCES" => SecuredKind::Sequence,
            _ => {
                let functions = self.model.functions_in(schema);
                let meant = functions.filter(|(_, f): &(Oid, &Function)| f.kind.is_meant_by(word));
                return meant.map(|(oid, _)| oid).collect();
            }
        };
        let relations = self.model.relations_in(schema);
        relations.filter(|oid| self.model.secured_kind(*oid) == Some(wanted)).collect()
    }

    fn change_privileges_on(
        &mut self,
        target: Oid,
        kind: SecuredKind,
        wanted: &Wanted<'_>,
        granting: &Granting<'_>,
    ) -> Result<(), Problem> {
        let kind = match self.model.object_of::<Relation>(target) {
            Some(relation) => granted_kind(relation, kind)?,
            None => kind,
        };
        let mut whole = if wanted.all { kind.all() } else { wanted.privileges };
        match kind {
            // What a sequence cannot have is passed over with a warning.
            SecuredKind::Sequence => whole = whole.intersection(kind.all()),
            SecuredKind::Table => {
                whole.iter().try_for_each(|one| check_valid(one, kind.all(), "table"))?;
            }
            SecuredKind::Function | SecuredKind::Schema => {}
        }
        let before = self.model.acl(target.into());
        let mut on_columns: BTreeMap<Address, PrivilegeSet> = BTreeMap::new();
        let of_columns = whole.intersection(PrivilegeSet::COLUMN);
        if !granting.grants && !of_columns.is_empty() {
            for column in self.model.columns_with_acl(target) {
                on_columns.insert(column, of_columns);
            }
        }
        if !whole.is_empty() {
            self.change_acl(target.into(), kind, whole, &before, granting)?;
        }
        for (privileges, columns) in &wanted.columns {
            let all = if kind == SecuredKind::Sequence {
                PrivilegeSet::from(Privilege::Select)
            } else {
                PrivilegeSet::COLUMN
            };
            let privileges = privileges.unwrap_or(all).intersection(all);
            for column in *columns {
                let Some(column) = self.granted_column(target, column)? else { continue };
                let known = on_columns.entry(column).or_default();
                *known = known.union(privileges);
            }
        }
        for (column, privileges) in on_columns {
            self.change_acl(column, kind, privileges, &before, granting)?;
        }
        Ok(())
    }

    /// Revokes everything on an object from some roles.
    pub(super) fn revoke_all(
        &mut self,
        target: Oid,
        granting: &Granting<'_>,
    ) -> Result<(), Problem> {
        let Some(kind) = self.model.secured_kind(target) else { return Ok(()) };
        let wanted = Wanted { privileges: PrivilegeSet::NONE, all: true, columns: Vec::new() };
        self.change_privileges_on(target, kind, &wanted, granting)
    }

    /// A column that a statement names; `None` for one of the system or of a relation whose columns are not
    /// known.
    fn granted_column(&self, relation: Oid, name: &Ident) -> Result<Option<Address>, Problem> {
        let name = names::stored(name);
        let system = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
        if self.relation_at(relation)?.opaque || system.contains(&&*name) {
            return Ok(None);
        }
        self.column(relation, &name).map(Some)
    }

    /// Grants or revokes on an object or column, if the current role can.
    fn change_acl(
        &mut self,
        address: Address,
        kind: SecuredKind,
        wanted: PrivilegeSet,
        of_relation: &Acl,
        granting: &Granting<'_>,
    ) -> Result<(), Problem> {
        let role = self.current_role();
        let Some(owner) = self.model.owner_of(address.object) else { return Ok(()) };
        let mut acl = self.model.acl(address);
        let merged;
        // For a column, a right on the whole table counts too.
        let asked = if address.column == 0 {
            of_relation
        } else {
            merged = of_relation.concatenated(&acl);
            &merged
        };
        let (grantor, can) = asked.best_grantor(role, wanted, owner, &self.model);
        if can.is_empty() && asked.rights_of(grantor, owner, &self.model).is_empty() {
            return Err(self.denied(address, kind));
        }
        let privileges = wanted.intersection(can);
        acl.change(granting, privileges, grantor, owner, &self.model)?;
        if !privileges.is_empty() {
            self.model.set_acl(address, acl);
        }
        for grantee in granting.grantees {
            let change = AclChange {
                span: Some(self.span),
                grantee: *grantee,
                column: address.column,
                privileges,
                granted: granting.grants,
                by_default: false,
            };
            // Without the option a role keeps the privilege.
            if !privileges.is_empty() && (granting.grants || !granting.option) {
                self.model.record_acl(address.object, change);
            }
        }
        Ok(())
    }

    fn denied(&self, address: Address, kind: SecuredKind) -> Problem {
        let name = |address: Address| self.model.name_of(address).unwrap_or_else(|| "".into());
        let message = if address.column == 0 {
            let word = denied_word(&self.model, address.object, kind);
            format!("permission denied for {word} {}", name(address))
        } else {
            format!(
                "permission denied for column \"{}\" of relation \"{}\"",
                name(address),
                name(address.object.into())
            )
        };
        Problem::error("42501", message)
    }
}

/// What the server's message calls an object that a role may not grant on.
fn denied_word(model: &Model, oid: Oid, kind: SecuredKind) -> &'static str {
    match model.object_of::<Relation>(oid).map(|relation| relation.kind) {
        Some(RelationKind::View) => "view",
        Some(RelationKind::MaterializedView) => "materialized view",
        Some(RelationKind::Foreign) => "foreign table",
        Some(RelationKind::Sequence) => "sequence",
        Some(_) => "table",
        None if kind == SecuredKind::Schema => "schema",
        None => match model.object_of::<Function>(oid).map(|function| function.kind) {
            Some(crate::engine::interpreter::model::FunctionKind::Procedure) => "procedure",
            Some(crate::engine::interpreter::model::FunctionKind::Aggregate) => "aggregate",
            _ => "function",
        },
    }
}

/// The kind of object whose privileges are followed.
pub(super) fn secured(kind: ObjectKind) -> Option<SecuredKind> {
    match kind {
        ObjectKind::Table => Some(SecuredKind::Table),
        ObjectKind::Sequence => Some(SecuredKind::Sequence),
        ObjectKind::Routine => Some(SecuredKind::Function),
        ObjectKind::Schema => Some(SecuredKind::Schema),
        _ => None,
    }
}

/// As what a relation is granted on.
fn granted_kind(relation: &Relation, kind: SecuredKind) -> Result<SecuredKind, Problem> {
    let refuse =
        |what: &str| Err(Problem::error("42809", format!("\"{}\" is {what}", relation.name)));
    match relation.kind {
        RelationKind::Index | RelationKind::PartitionedIndex => refuse("an index"),
        RelationKind::Composite => refuse("a composite type"),
        RelationKind::Sequence => Ok(SecuredKind::Sequence),
        _ if kind == SecuredKind::Sequence => refuse("not a sequence"),
        _ => Ok(SecuredKind::Table),
    }
}

/// What a statement names, checked for a kind of object.
fn wanted(written: &[PrivilegeName], kind: SecuredKind) -> Result<Wanted<'_>, Problem> {
    let mut wanted = Wanted { privileges: PrivilegeSet::NONE, all: false, columns: Vec::new() };
    for privilege in written {
        let columns = privilege.columns.as_slice();
        let Some(set) = privileges_named(privilege)? else {
            // MAINTAIN is not followed.
            continue;
        };
        if !columns.is_empty() && kind != SecuredKind::Table {
            let message = "column privileges are only valid for relations";
            return Err(Problem::error("0LP01", message));
        }
        match (set, columns.is_empty()) {
            (None, true) => wanted.all = true,
            (None, false) => wanted.columns.push((None, columns)),
            (Some(one), empty) => {
                let (valid, word) = match (empty, kind) {
                    (false, _) => (PrivilegeSet::COLUMN, "column"),
                    // A sequence can be meant.
                    (_, SecuredKind::Table) => {
                        (PrivilegeSet::TABLE.union(PrivilegeSet::SEQUENCE), "relation")
                    }
                    (_, SecuredKind::Sequence) => (PrivilegeSet::SEQUENCE, "sequence"),
                    (_, SecuredKind::Function) => (PrivilegeSet::FUNCTION, "function"),
                    (_, SecuredKind::Schema) => (PrivilegeSet::SCHEMA, "schema"),
                };
                check_valid(one, valid, word)?;
                if empty {
                    wanted.privileges = wanted.privileges.union(one.into());
                } else {
                    wanted.columns.push((Some(one.into()), columns));
                }
            }
        }
    }
    Ok(wanted)
}

/// Refuses a privilege that a kind of object does not have.
pub(super) fn check_valid(
    privilege: Privilege,
    valid: PrivilegeSet,
    word: &str,
) -> Result<(), Problem> {
    if valid.contains(privilege) {
        return Ok(());
    }
    let message = format!("invalid privilege type {privilege} for {word}");
    Err(Problem::error("0LP01", message))
}

/// The privilege of a name, `Some(None)` for ALL; `None` for one that is not followed.
pub(super) fn privileges_named(
    written: &PrivilegeName,
) -> Result<Option<Option<Privilege>>, Problem> {
    match written.name.as_str() {
        "all" => Ok(Some(None)),
        "maintain" => Ok(None),
        name => match Privilege::named(name) {
            Some(privilege) => Ok(Some(Some(privilege))),
            None => {
                let known = ["connect", "temporary", "temp", "set", "alter system"];
                if known.contains(&name) {
                    let word = name.to_ascii_uppercase();
                    let message = format!("invalid privilege type {word} for relation");
                    return Err(Problem::error("0LP01", message));
                }
                let message = format!("unrecognized privilege type \"{name}\"");
                Err(Problem::error("42601", message))
            }
        },
    }
}
