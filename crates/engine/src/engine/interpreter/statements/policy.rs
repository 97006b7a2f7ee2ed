//! Policies.

use std::sync::Arc;

use sqlparser::ast::{
    AlterPolicy, AlterPolicyOperation, CreatePolicy, CreatePolicyCommand, CreatePolicyType, Expr,
    Ident, Owner,
};

use crate::catalog::{ChangeKind, Command, History};
use crate::engine::interpreter::analyze::{Over, Place, Resolved};
use crate::engine::interpreter::model::{Address, Dependency, Oid, Policy, StoredExpr};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Executes CREATE POLICY.
    pub(crate) fn create_policy(&mut self, statement: &CreatePolicy) -> Result<(), Problem> {
        let command = match statement.command {
            None | Some(CreatePolicyCommand::All) => Command::All,
            Some(CreatePolicyCommand::Select) => Command::Select,
            Some(CreatePolicyCommand::Insert) => Command::Insert,
            Some(CreatePolicyCommand::Update) => Command::Update,
            Some(CreatePolicyCommand::Delete) => Command::Delete,
        };
        let (using, with_check) = (&statement.using, &statement.with_check);
        if command == Command::Insert && using.is_some() {
            return Err(Problem::error("42601", "only WITH CHECK expression allowed for INSERT"));
        }
        if matches!(command, Command::Select | Command::Delete) && with_check.is_some() {
            return Err(Problem::error(
                "42601",
                "WITH CHECK cannot be applied to SELECT or DELETE",
            ));
        }
        let table = self.table(&statement.table_name)?;
        let name: Arc<str> = names::stored(&statement.name).into();
        let roles = self.policy_roles(statement.to.as_deref().unwrap_or_default())?;
        let using = self.policy_expr(using.as_ref(), table)?;
        let with_check = self.policy_expr(with_check.as_ref(), table)?;
        self.check_policy_free(table, &name)?;
        let dependencies: Vec<Address> = [&using, &with_check]
            .into_iter()
            .flatten()
            .flat_map(|r| &r.dependencies)
            .copied()
            .collect();
        let policy = self.model.insert(Policy {
            table,
            name,
            command,
            permissive: !matches!(statement.policy_type, Some(CreatePolicyType::Restrictive)),
            roles,
            using: using.map(|r| r.value),
            with_check: with_check.map(|r| r.value),
            history: History::created(Some(self.span)),
        });
        self.model.depend(policy, table, Dependency::Auto);
        self.model.depend_on_all(policy, dependencies);
        Ok(())
    }

    /// Executes ALTER POLICY.
    pub(crate) fn alter_policy(&mut self, statement: &AlterPolicy) -> Result<(), Problem> {
        let table = self.table(&statement.table_name)?;
        let policy = self.policy(table, &statement.name)?;
        match &statement.operation {
            AlterPolicyOperation::Rename { new_name } => {
                let name: Arc<str> = names::stored(new_name).into();
                self.check_policy_free(table, &name)?;
                self.leave_name(policy, &format!("to {name}"));
                self.model.rename(policy, &name)?;
                self.record(policy, ChangeKind::Renamed, format!("to {name}"));
                Ok(())
            }
            AlterPolicyOperation::Apply { to, using, with_check } => {
                let command = self.model.policy(policy)?.command;
                check_altered_clauses(command, using.is_some(), with_check.is_some())?;
                let roles = to.as_deref().map(|to| self.policy_roles(to)).transpose()?;
                let using = self.policy_expr(using.as_ref(), table)?;
                let with_check = self.policy_expr(with_check.as_ref(), table)?;
                self.replace_policy(policy, roles, using, with_check)
            }
        }
    }

    fn replace_policy(
        &mut self,
        oid: Oid,
        roles: Option<Vec<Oid>>,
        using: Option<Resolved<StoredExpr>>,
        with_check: Option<Resolved<StoredExpr>>,
    ) -> Result<(), Problem> {
        let policy = self.model.policy_mut(oid)?;
        let table = policy.table;
        if let Some(roles) = roles {
            policy.roles = roles;
        }
        let mut dependencies: Vec<Address> = Vec::new();
        for (kept, new) in [(&mut policy.using, using), (&mut policy.with_check, with_check)] {
            match new {
                Some(new) => {
                    dependencies.extend(new.dependencies);
                    *kept = Some(new.value);
                }
                None => {
                    let names = kept.iter().flat_map(|expr| expr.names.iter());
                    dependencies.extend(names.map(|name| name.target));
                }
            }
        }
        self.model.forget_links_of(oid);
        self.model.depend(oid, table, Dependency::Auto);
        self.model.depend_on_all(oid, dependencies);
        self.record(oid, ChangeKind::Changed, "");
        Ok(())
    }

    /// The policy of that name of a table.
    pub(crate) fn policy(&self, table: Oid, name: &Ident) -> Result<Oid, Problem> {
        let name = names::stored(name);
        let found = self.model.find_policy(table, &name);
        let table = self.relation_at(table)?;
        found.ok_or_else(|| {
            let message = format!("policy \"{name}\" for table \"{}\" does not exist", table.name);
            Problem::error("42704", message)
        })
    }

    fn check_policy_free(&self, table: Oid, name: &str) -> Result<(), Problem> {
        if self.model.find_policy(table, name).is_none() {
            return Ok(());
        }
        let table = &self.relation_at(table)?.name;
        let message = format!("policy \"{name}\" for table \"{table}\" already exists");
        Err(Problem::error("42710", message))
    }

    fn policy_expr(
        &self,
        expr: Option<&Expr>,
        table: Oid,
    ) -> Result<Option<Resolved<StoredExpr>>, Problem> {
        expr.map(|expr| self.analyze_expr(expr, Over::Relation(table), Place::Policy)).transpose()
    }

    /// The roles that a policy names; none where PUBLIC is among them.
    fn policy_roles(&self, to: &[Owner]) -> Result<Vec<Oid>, Problem> {
        let mut roles = Vec::new();
        for owner in to {
            let role = match owner {
                Owner::Ident(name) => self.role_named(name)?,
                Owner::CurrentRole | Owner::CurrentUser | Owner::SessionUser => {
                    self.role_named(&Ident::new("current_user"))?
                }
            };
            match role {
                None => return Ok(Vec::new()),
                Some(role) if !roles.contains(&role) => roles.push(role),
                Some(_) => {}
            }
        }
        Ok(roles)
    }
}

fn check_altered_clauses(command: Command, using: bool, with_check: bool) -> Result<(), Problem> {
    if matches!(command, Command::Select | Command::Delete) && with_check {
        return Err(Problem::error("42601", "only USING expression allowed for SELECT, DELETE"));
    }
    if command == Command::Insert && using {
        return Err(Problem::error("42601", "only WITH CHECK expression allowed for INSERT"));
    }
    Ok(())
}
