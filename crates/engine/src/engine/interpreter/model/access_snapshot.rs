//! Who may do what, as the catalog tells it.

use super::access::AclChange;
use super::{Acl, Address, Dependency, Function, Model, Oid, Persistence, Relation, Role, Schema};
use crate::catalog::{self, AccessControl, DefaultPrivileges, Grant, GrantChange, PUBLIC};

impl Model {
    /// Who may do what, as it stands. Types are told under a search path.
    pub(super) fn access_snapshot(&self, search_path: &[Oid]) -> AccessControl {
        let mut access = AccessControl::default();
        for (oid, relation) in self.all::<Relation>() {
            let shown = self.secured_kind(oid).is_some()
                && relation.persistence == Persistence::Permanent
                && !self.assumed.contains(&oid);
            if shown {
                let name = self.object_name(relation.schema, &relation.name);
                access.relations.insert(name, self.access_to(oid));
            }
        }
        for (oid, function) in self.all::<Function>() {
            let shown = function.schema != Oid::PG_CATALOG
                && !self.assumed.contains(&oid)
                && (self.has_acl(oid) || !self.is_member(oid));
            if shown {
                let name = self.object_name(function.schema, &function.name);
                let arguments = function.signature().map(|t| self.format_type(t, search_path));
                access.functions.insert((name, arguments.collect()), self.access_to(oid));
            }
        }
        for (oid, schema) in self.all::<Schema>() {
            if !self.assumed.contains(&oid) && !catalog::is_system(&schema.name) {
                access.schemas.insert(schema.name.to_string(), self.access_to(oid));
            }
        }
        for (oid, role) in self.roles() {
            access.roles.insert(role.name.to_string(), self.role_snapshot(oid, role));
        }
        for ((role, schema, kind), default) in &self.access.defaults {
            access.defaults.push(DefaultPrivileges {
                role: self.role_name(*role),
                schema: schema
                    .and_then(|schema| self.schema(schema).ok())
                    .map(|schema| schema.name.to_string()),
                kind: *kind,
                grants: self.grants(&default.acl, 0, Oid(0)),
                history: default.history.iter().map(|c| self.grant_change(c, Oid(0))).collect(),
            });
        }
        access
            .defaults
            .sort_by(|a, b| (&a.role, &a.schema, a.kind).cmp(&(&b.role, &b.schema, b.kind)));
        access.doubts = self.access.doubts.iter().map(|doubt| (**doubt).clone()).collect();
        access
    }

    fn is_member(&self, oid: Oid) -> bool {
        self.links_of(oid).any(|link| link.dependency == Dependency::Extension)
    }

    fn role_name(&self, role: Oid) -> String {
        self.role(role).map(|role| role.name.to_string()).unwrap_or_default()
    }

    fn access_to(&self, oid: Oid) -> catalog::Access {
        let mut grants = self.grants(&self.acl(oid.into()), 0, oid);
        for column in self.columns_with_acl(oid) {
            grants.extend(self.grants(&self.acl(column), column.column, oid));
        }
        grants.sort();
        catalog::Access {
            owner: self.owner_of(oid).map(|owner| self.role_name(owner)).unwrap_or_default(),
            of_extension: self.is_member(oid),
            grants,
            history: self.acl_history(oid).map(|change| self.grant_change(change, oid)).collect(),
        }
    }

    fn column_name(&self, relation: Oid, column: i16) -> Option<String> {
        let name = self.name_of(Address::column(relation, column)).filter(|_| column != 0)?;
        Some(name.to_string())
    }

    fn grantee_name(&self, role: Option<Oid>) -> String {
        role.map_or_else(|| PUBLIC.to_owned(), |role| self.role_name(role))
    }

    fn grants(&self, acl: &Acl, column: i16, relation: Oid) -> Vec<Grant> {
        let mut grants: Vec<Grant> = acl
            .items()
            .iter()
            .map(|item| Grant {
                column: self.column_name(relation, column),
                grantee: self.grantee_name(item.grantee),
                grantor: self.role_name(item.grantor),
                privileges: item.privileges,
                grantable: item.options,
            })
            .collect();
        grants.sort();
        grants
    }

    fn grant_change(&self, change: &AclChange, relation: Oid) -> GrantChange {
        GrantChange {
            span: change.span,
            grantee: self.grantee_name(change.grantee),
            column: self.column_name(relation, change.column),
            privileges: change.privileges,
            granted: change.granted,
            by_default: change.by_default,
        }
    }

    fn role_snapshot(&self, oid: Oid, role: &Role) -> catalog::Role {
        let range = (oid, Oid(0))..=(oid, Oid(u32::MAX));
        let memberships = self.access.memberships.range(range).map(|((_, group), member)| {
            let agreed = (member.inherited_then == role.inherits).then_some(role.inherits);
            let membership =
                catalog::Membership { inherits: member.inherits.or(agreed), admin: member.admin };
            (self.role_name(*group), membership)
        });
        catalog::Role {
            superuser: role.superuser,
            bypasses_rls: role.bypasses_rls,
            inherits: role.inherits,
            can_log_in: role.login,
            memberships: memberships.collect(),
        }
    }
}
