//! Roles. Privileges are not kept: who may do what is no part of the catalog.

use std::sync::Arc;

use sqlparser::ast::Ident;

use crate::catalog::ChangeKind;
use crate::engine::interpreter::model::{self, Function, Oid, Policy, Relation, Schema, Type};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{Role, RoleOptions};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Executes a statement on roles.
    pub(crate) fn execute_role(&mut self, statement: &Role) -> Result<(), Problem> {
        match statement {
            Role::Create { name, options } => self.create_role(name, options),
            Role::Alter(name) => {
                // `ALTER ROLE ALL SET …` names no role.
                if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all") {
                    return Ok(());
                }
                self.role_named(name).map(drop)
            }
            Role::Rename(from, to) => {
                let role = self.role_named(from)?.unwrap_or(Oid::POSTGRES);
                self.check_role_free(to)?;
                Ok(self.model.rename(role, &names::stored(to).into())?)
            }
            Role::Drop { if_exists, names } => {
                names.iter().try_for_each(|name| self.drop_role(name, *if_exists))
            }
            Role::DropOwned(names) => names.iter().try_for_each(|name| self.drop_owned(name)),
        }
    }

    fn create_role(&mut self, name: &Ident, options: &RoleOptions) -> Result<(), Problem> {
        self.check_role_free(name)?;
        for group in &options.member_of {
            self.role_named(group)?;
        }
        self.model.insert(model::Role {
            superuser: options.superuser,
            login: options.login,
            bypasses_rls: options.bypasses_rls,
            ..model::Role::named(&names::stored(name))
        });
        Ok(())
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
        self.drop_objects(&[role.into()], model::Behavior::Restrict)
    }

    /// Takes a role out of every policy. A policy that is for it alone goes, as its objects do.
    fn drop_owned(&mut self, name: &Ident) -> Result<(), Problem> {
        let Some(role) = self.role_named(name)? else { return Err(missing_role("public")) };
        if self.ownership_changed || self.owns_something(role) {
            return Err(Problem::gap_everywhere("it drops whatever the role owns"));
        }
        let policies = self.model.all::<Policy>().filter(|(_, p)| p.roles.contains(&role));
        for policy in policies.map(|(oid, _)| oid).collect::<Vec<_>>() {
            let roles = &mut self.model.policy_mut(policy)?.roles;
            roles.retain(|other| *other != role);
            if roles.is_empty() {
                self.drop_objects(&[policy.into()], model::Behavior::Restrict)?;
            } else {
                self.record(policy, ChangeKind::Changed, format!("no longer for {}", name.value));
            }
        }
        Ok(())
    }

    /// Whether a policy is for a role, or an object belongs to it.
    fn is_needed(&self, role: Oid) -> bool {
        self.model.all::<Policy>().any(|(_, o)| o.roles.contains(&role))
            || self.owns_something(role)
    }

    fn owns_something(&self, role: Oid) -> bool {
        let model = &self.model;
        model.all::<Relation>().any(|(_, o)| o.owner == role)
            || model.all::<Function>().any(|(_, o)| o.owner == role)
            || model.all::<Type>().any(|(_, o)| o.owner == role)
            || model.all::<Schema>().any(|(_, o)| o.owner == role)
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

fn missing_role(name: &str) -> Problem {
    Problem::error("42704", format!("role \"{name}\" does not exist"))
}
