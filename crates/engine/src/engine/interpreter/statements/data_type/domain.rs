//! Domains and their constraints.

use std::sync::Arc;

use sqlparser::ast::{CheckConstraint, CreateDomain, Expr, TableConstraint};

use crate::catalog::{ChangeKind, History};
use crate::engine::interpreter::analyze::{Over, Place};
use crate::engine::interpreter::model::{
    Behavior, Constraint, ConstraintKind, Dependency, Oid, TypeKind, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::rewrite::{NOT_NULL, NULL};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// `CREATE DOMAIN`
    pub(crate) fn create_domain(&mut self, written: &CreateDomain) -> Result<(), Problem> {
        let (schema, name) = self.place(&written.name, false)?;
        self.check_type_free(schema, &name)?;
        let base = self.resolve_type(&written.data_type)?;
        if matches!(self.model.data_type(base.oid)?.kind, TypeKind::Pseudo | TypeKind::Shell) {
            let base = self.type_name(&base);
            return Err(Problem::error(
                "42804",
                format!("\"{base}\" is not a valid base type for a domain"),
            ));
        }
        let base_oid = base.oid;
        let default = written.default.as_ref().map(|expr| Arc::from(expr.to_string()));
        let says = |check: &CheckConstraint, what: &str| {
            check.name.as_ref().is_some_and(|name| name.value == what)
        };
        let is_said = |what: &str| {
            let mut constraints = written.constraints.iter();
            constraints.any(|c| matches!(c, TableConstraint::Check(check) if says(check, what)))
        };
        let not_null = is_said(NOT_NULL);
        if is_said(NULL) {
            return Err(Problem::error("42601", "conflicting NULL/NOT NULL constraints"));
        }
        let kind = TypeKind::Domain { base, not_null, default };
        let domain = self.insert_type(schema, name, kind);
        self.depend_on_type(domain.into(), base_oid);
        if let Some(default) = &written.default {
            let resolved = self.analyze_expr(default, Over::Nothing, Place::Default)?;
            self.model.depend_on_all(domain, resolved.dependencies);
        }
        for constraint in &written.constraints {
            if let TableConstraint::Check(check) = constraint
                && !says(check, NOT_NULL)
            {
                let name = check.name.as_ref().map(|name| names::stored(name).into());
                self.add_domain_check(domain, name, &check.expr)?;
            }
        }
        Ok(())
    }

    /// `SET NOT NULL` and `DROP NOT NULL` of a domain.
    pub(super) fn set_domain_not_null(&mut self, domain: Oid, strict: bool) -> Result<(), Problem> {
        match &mut self.model.data_type_mut(domain)?.kind {
            TypeKind::Domain { not_null, .. } if *not_null != strict => *not_null = strict,
            _ => return Ok(()),
        }
        if strict {
            self.check_not_in_containers(domain)?;
        }
        self.record(
            domain,
            ChangeKind::Changed,
            if strict { "NOT NULL set" } else { "NOT NULL dropped" },
        );
        Ok(())
    }

    /// `ADD CONSTRAINT … CHECK` of a domain.
    pub(super) fn add_domain_check(
        &mut self,
        domain: Oid,
        name: Option<Arc<str>>,
        expr: &Expr,
    ) -> Result<(), Problem> {
        let data_type = self.model.data_type(domain)?;
        let base = match &data_type.kind {
            TypeKind::Domain { base, .. } => base.clone(),
            _ => TypeRef::plain(Oid::UNKNOWN),
        };
        let resolved = self.analyze_expr(expr, Over::Domain(&base), Place::Check)?;
        let schema = data_type.schema;
        let name = match name {
            Some(name) if self.model.find_constraint(domain, &name).is_some() => {
                let domain = &data_type.name;
                return Err(Problem::error(
                    "42710",
                    format!("constraint \"{name}\" for domain \"{domain}\" already exists"),
                ));
            }
            Some(name) => name,
            None => names::choose(&data_type.name, None, "check", |name| {
                self.model.has_constraint_name(schema, name)
            }),
        };
        let constraint = self.model.insert(Constraint {
            schema,
            name,
            owner: domain,
            kind: ConstraintKind::Check { expression: resolved.value, no_inherit: false },
            columns: Vec::new(),
            deferrable: false,
            initially_deferred: false,
            validated: true,
            parent: None,
            is_local: true,
            inherited: 0,
            history: History::created(Some(self.span)),
        });
        self.model.depend(constraint, domain, Dependency::Auto);
        self.model.depend_on_all(constraint, resolved.dependencies);
        self.record(domain, ChangeKind::Changed, "constraint added");
        Ok(())
    }

    /// `DROP CONSTRAINT` of a domain.
    pub(super) fn drop_domain_check(
        &mut self,
        domain: Oid,
        name: &str,
        if_exists: bool,
        behavior: Behavior,
    ) -> Result<(), Problem> {
        match self.model.find_constraint(domain, name) {
            Some(constraint) => self.drop_objects(&[constraint.into()], behavior),
            None if if_exists => Ok(()),
            None => Err(self.no_domain_constraint(domain, name)),
        }
    }

    /// `RENAME CONSTRAINT` of a domain.
    pub(super) fn rename_domain_check(
        &mut self,
        domain: Oid,
        old: &str,
        new: &str,
    ) -> Result<(), Problem> {
        let Some(constraint) = self.model.find_constraint(domain, old) else {
            return Err(self.no_domain_constraint(domain, old));
        };
        if self.model.find_constraint(domain, new).is_some() {
            let domain = &self.model.data_type(domain)?.name;
            return Err(Problem::error(
                "42710",
                format!("constraint \"{new}\" for domain {domain} already exists"),
            ));
        }
        Ok(self.model.rename(constraint, &new.into())?)
    }

    fn no_domain_constraint(&self, domain: Oid, name: &str) -> Problem {
        let domain = self.model.name_of(domain.into()).unwrap_or_default();
        Problem::error(
            "42704",
            format!("constraint \"{name}\" of domain \"{domain}\" does not exist"),
        )
    }
}
