//! `ALTER DEFAULT PRIVILEGES`: what is granted on new objects.

use std::sync::Arc;

use super::privilege::{check_valid, privileges_named, secured};
use super::role::missing_role;
use crate::catalog::{PrivilegeSet, SecuredKind};
use crate::engine::interpreter::model::{
    Acl, AclChange, Address, Behavior, DefaultAcl, Granting, Membership, Oid,
};
use crate::engine::interpreter::parse::ast::{DefaultScope, GrantTargets, PrivilegeChange};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Executes ALTER DEFAULT PRIVILEGES.
    pub(super) fn change_default_privileges(
        &mut self,
        scope: &DefaultScope,
        change: &PrivilegeChange,
    ) -> Result<(), Problem> {
        let mut schemas = Vec::new();
        for schema in &scope.schemas {
            schemas.extend(self.named_object(schema)?.map(|address| Some(address.object)));
        }
        if schemas.is_empty() {
            schemas.push(None);
        }
        let current = self.current_role();
        let mut roles = Vec::new();
        for role in &scope.roles {
            roles.push(self.role_named(role)?.ok_or_else(|| missing_role("public"))?);
        }
        if roles.is_empty() {
            roles.push(current);
        }
        let grantees = self.grantees(&change.grantees)?;
        let GrantTargets::New(kind) = &change.targets else { return Ok(()) };
        let Some(kind) = secured(*kind) else { return Ok(()) };
        let privileges = wanted(change, kind)?;
        if kind == SecuredKind::Schema && schemas.iter().any(Option::is_some) {
            let message = "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS";
            return Err(Problem::error("0LP01", message));
        }
        let granting = Granting {
            grants: change.grants,
            option: change.option,
            behavior: if change.cascade { Behavior::Cascade } else { Behavior::Restrict },
            grantees: &grantees,
        };
        for role in roles {
            if !self.model.is_superuser(current) && !self.model.groups_of(current).contains(&role) {
                let role = &self.model.role(role)?.name;
                let message = format!("must be member of role \"{role}\"");
                return Err(Problem::error("42501", message));
            }
            for schema in &schemas {
                self.change_default((role, *schema, kind), privileges, &granting)?;
            }
        }
        Ok(())
    }

    fn change_default(
        &mut self,
        key: (Oid, Option<Oid>, SecuredKind),
        privileges: PrivilegeSet,
        granting: &Granting<'_>,
    ) -> Result<(), Problem> {
        let (role, schema, kind) = key;
        let base = match schema {
            None => Acl::default_of(kind, role),
            Some(_) => Acl::default(),
        };
        let mut default = match self.model.access.defaults.get(&key) {
            Some(known) => DefaultAcl::clone(known),
            None => DefaultAcl { acl: base.clone(), ..DefaultAcl::default() },
        };
        default.acl.change(granting, privileges, role, role, &self.model)?;
        for grantee in granting.grantees.iter().filter(|_| granting.grants || !granting.option) {
            default.history.push_back(AclChange {
                span: Some(self.span),
                grantee: *grantee,
                column: 0,
                privileges,
                granted: granting.grants,
                by_default: true,
            });
        }
        if default.acl.is_same(&base) {
            self.model.access.defaults.remove(&key);
        } else {
            self.model.access.defaults.insert(key, Arc::new(default));
        }
        Ok(())
    }

    /// Revokes what the owners of objects have granted to a role, and drops its defaults: what DROP OWNED does
    /// beside dropping objects.
    pub(super) fn revoke_everything_from(&mut self, role: Oid) -> Result<(), Problem> {
        let grantees = [Some(role)];
        let granting = Granting {
            grants: false,
            option: false,
            behavior: Behavior::Cascade,
            grantees: &grantees,
        };
        let mut named: Vec<Address> = self.model.with_acl_of(role);
        named.retain(|address| self.model.owner_of(address.object) != Some(role));
        for address in named {
            self.revoke_all(address.object, &granting)?;
        }
        let defaults: Vec<_> = self.model.access.defaults.keys().copied().collect();
        for key in defaults {
            if key.0 == role {
                self.model.access.defaults.remove(&key);
            } else {
                self.change_default(key, key.2.all(), &granting)?;
            }
        }
        Ok(())
    }
}

/// What a statement names.
fn wanted(change: &PrivilegeChange, kind: SecuredKind) -> Result<PrivilegeSet, Problem> {
    let word = match kind {
        SecuredKind::Table => "relation",
        SecuredKind::Sequence => "sequence",
        SecuredKind::Function => "function",
        SecuredKind::Schema => "schema",
    };
    let mut privileges = PrivilegeSet::NONE;
    for written in &change.privileges {
        let Some(named) = privileges_named(written)? else { continue };
        if !written.columns.is_empty() {
            let message = "default privileges cannot be set for columns";
            return Err(Problem::error("0LP01", message));
        }
        match named {
            None => privileges = kind.all(),
            Some(one) => {
                check_valid(one, kind.all(), word)?;
                privileges = privileges.union(one.into());
            }
        }
    }
    Ok(privileges)
}
