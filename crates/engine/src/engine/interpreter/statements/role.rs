//! Roles, and which are members of which.

use std::sync::Arc;

use sqlparser::ast::Ident;

use super::routine::behavior;
use crate::catalog::ChangeKind;
use crate::engine::interpreter::model::{self, Address, Behavior, Oid, Policy};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{Role, RoleChange, RoleOptions};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Executes a statement on roles.
    pub(crate) fn execute_role(&mut self, statement: &Role) -> Result<(), Problem> {
        match statement {
            Role::Create { name, options } => self.create_role(name, options),
            Role::Alter(name, options) => {
                // `ALTER ROLE ALL SET …` names no role.
                if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all") {
                    return Ok(());
                }
                self.alter_role(name, options)
            }
            Role::Rename(from, to) => {
                let role = self.role_named(from)?.unwrap_or(Oid::POSTGRES);
                self.check_role_free(to)?;
                Ok(self.model.rename(role, &names::stored(to).into())?)
            }
            Role::Drop { if_exists, names } => {
                names.iter().try_for_each(|name| self.drop_role(name, *if_exists))
            }
            Role::DropOwned { names, cascade } => {
                names.iter().try_for_each(|name| self.drop_owned(name, behavior(*cascade)))
            }
        }
    }

    fn create_role(&mut self, name: &Ident, options: &RoleOptions) -> Result<(), Problem> {
        self.check_role_free(name)?;
        let role = self.model.insert(model::Role::named(&names::stored(name)));
        self.set_role_options(role, options)?;
        for group in &options.member_of {
            let group = self.role_that_is_there(group)?;
            self.admit(group, role, None, None)?;
        }
        for (members, admin) in [(&options.members, None), (&options.admins, Some(true))] {
            for member in members {
                let member = self.role_that_is_there(member)?;
                self.admit(role, member, admin, None)?;
            }
        }
        Ok(())
    }

    fn alter_role(&mut self, name: &Ident, options: &RoleOptions) -> Result<(), Problem> {
        match self.role_named(name)? {
            Some(role) => self.set_role_options(role, options),
            None => Ok(()),
        }
    }

    fn set_role_options(&mut self, role: Oid, options: &RoleOptions) -> Result<(), Problem> {
        let role = self.model.role_mut(role)?;
        role.login = options.login.unwrap_or(role.login);
        role.superuser = options.superuser.unwrap_or(role.superuser);
        role.bypasses_rls = options.bypasses_rls.unwrap_or(role.bypasses_rls);
        role.inherits = options.inherits.unwrap_or(role.inherits);
        Ok(())
    }

    fn role_that_is_there(&self, name: &Ident) -> Result<Oid, Problem> {
        self.role_named(name)?.ok_or_else(|| missing_role("public"))
    }

    /// Executes GRANT and REVOKE of roles.
    pub(super) fn change_memberships(&mut self, change: &RoleChange) -> Result<(), Problem> {
        let roles: Result<Vec<Oid>, Problem> =
            change.roles.iter().map(|role| self.role_that_is_there(role)).collect();
        let members: Result<Vec<Oid>, Problem> =
            change.members.iter().map(|role| self.role_that_is_there(role)).collect();
        let (roles, members) = (roles?, members?);
        for role in roles {
            for member in &members {
                if change.grants {
                    self.admit(role, *member, change.admin, change.inherits)?;
                } else {
                    self.expel(role, *member, change.option_for);
                }
            }
        }
        Ok(())
    }

    fn admit(
        &mut self,
        role: Oid,
        member: Oid,
        admin: Option<bool>,
        inherits: Option<bool>,
    ) -> Result<(), Problem> {
        let name = |role| self.model.role(role).map(|role| role.name.clone());
        if self.model.groups_of(role).contains(&member) {
            let (role, member) = (name(role)?, name(member)?);
            let message = format!("role \"{role}\" is a member of role \"{member}\"");
            return Err(Problem::error("0LP01", message));
        }
        let inherited_then = self.model.role(member)?.inherits;
        let new = model::Member { admin: false, inherited_then, inherits: None };
        let known = self.model.access.memberships.entry((member, role)).or_insert(new);
        known.admin = admin.unwrap_or(known.admin);
        known.inherits = inherits.or(known.inherits);
        Ok(())
    }

    fn expel(&mut self, role: Oid, member: Oid, option: Option<&str>) {
        let memberships = &mut self.model.access.memberships;
        match option {
            None => drop(memberships.remove(&(member, role))),
            Some(option) => {
                if let Some(known) = memberships.get_mut(&(member, role)) {
                    match option {
                        "ADMIN" => known.admin = false,
                        "INHERIT" => known.inherits = Some(false),
                        _ => {}
                    }
                }
            }
        }
    }

    fn check_role_free(&self, name: &Ident) -> Result<(), Problem> {
        let name = names::stored(name);
        match self.model.find_role(&name) {
            None => Ok(()),
            Some(_) => Err(Problem::error("42710", format!("role \"{name}\" already exists"))),
        }
    }

    fn drop_role(&mut self, name: &Ident, if_exists: bool) -> Result<(), Problem> {
        let name: Arc<str> = names::stored(name).into();
        let Some(role) = self.model.find_role(&name) else {
            return if if_exists { Ok(()) } else { Err(missing_role(&name)) };
        };
        if self.is_needed(role) {
            let message =
                format!("role \"{name}\" cannot be dropped because some objects depend on it");
            return Err(Problem::error("2BP01", message));
        }
        self.drop_objects(&[role.into()], Behavior::Restrict)
    }

    /// Takes a role out of every policy and list, and drops what belongs to it. A policy that is for it alone
    /// goes.
    fn drop_owned(&mut self, name: &Ident, behavior: Behavior) -> Result<(), Problem> {
        let Some(role) = self.role_named(name)? else { return Err(missing_role("public")) };
        let policies = self.model.all::<Policy>().filter(|(_, p)| p.roles.contains(&role));
        for policy in policies.map(|(oid, _)| oid).collect::<Vec<_>>() {
            let roles = &mut self.model.policy_mut(policy)?.roles;
            roles.retain(|other| *other != role);
            if roles.is_empty() {
                self.drop_objects(&[policy.into()], Behavior::Restrict)?;
            } else {
                self.record(policy, ChangeKind::Changed, format!("no longer for {}", name.value));
            }
        }
        self.revoke_everything_from(role)?;
        let owned: Vec<Address> = self.owned_by(role).into_iter().map(Address::from).collect();
        if owned.is_empty() { Ok(()) } else { self.drop_objects(&owned, behavior) }
    }

    /// Whether a policy is for a role, a list names it, or an object belongs to it.
    fn is_needed(&self, role: Oid) -> bool {
        self.model.all::<Policy>().any(|(_, o)| o.roles.contains(&role))
            || self.model.is_in_acl(role)
            || !self.owned_by(role).is_empty()
    }

    /// The role that a statement names; `None` for PUBLIC.
    pub(crate) fn role_named(&self, name: &Ident) -> Result<Option<Oid>, Problem> {
        let stored = names::stored(name);
        let current = ["current_user", "current_role", "session_user"];
        let stored = match &*stored {
            "public" => return Ok(None),
            word if name.quote_style.is_none() && current.contains(&word) => &*self.settings.role,
            other => other,
        };
        self.model.find_role(stored).map(Some).ok_or_else(|| missing_role(stored))
    }
}

pub(super) fn missing_role(name: &str) -> Problem {
    Problem::error("42704", format!("role \"{name}\" does not exist"))
}
