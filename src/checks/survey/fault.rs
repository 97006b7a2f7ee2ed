//! What a rule looks for, put into a catalog that has none of it: whether the rule tells it then.

use std::fmt;
use std::sync::Arc;

use crate::catalog::{
    Access, AccessControl, Catalog, Column, Function, Grant, History, ObjectName, Privilege,
    PrivilegeSet, Table, TableKind, View,
};

/// The name of what is planted, which nothing in a repository bears.
pub(in crate::checks) const NAME: &str = "railcheck_mutant";

/// A change of a catalog that breaks a rule.
#[derive(Clone)]
pub struct Planted {
    /// What is done, as in “a table is made without a primary key”.
    pub what: String,
    /// Does it.
    pub change: Arc<dyn Fn(&mut Catalog) + Send + Sync>,
}

impl fmt::Debug for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Planted").field(&self.what).finish()
    }
}

impl Planted {
    pub(in crate::checks) fn new(
        what: impl Into<String>,
        change: impl Fn(&mut Catalog) + Send + Sync + 'static,
    ) -> Self {
        Self { what: what.into(), change: Arc::new(change) }
    }

    /// A table of that schema is added.
    pub(in crate::checks) fn table(
        what: impl Into<String>,
        schema: &str,
        change: impl Fn(&mut Table) + Send + Sync + 'static,
    ) -> Self {
        let name = ObjectName::new(schema, NAME);
        Self::new(what, move |catalog| {
            let mut table = table(name.clone());
            change(&mut table);
            catalog.tables.push(table);
        })
    }

    /// A view of that schema is added, which a role may read.
    pub(in crate::checks) fn view(
        what: impl Into<String>,
        schema: &str,
        role: &str,
        change: impl Fn(&mut View) + Send + Sync + 'static,
    ) -> Self {
        let name = ObjectName::new(schema, NAME);
        let planted = Self::new(what, move |catalog| {
            let mut view = View::new(name.clone());
            change(&mut view);
            catalog.views.push(view);
        });
        planted.granted_to(schema, role, Privilege::Select.into())
    }

    /// A function of that schema with its owner's rights is added, which a role may call.
    pub(in crate::checks) fn definer(what: impl Into<String>, schema: &str, role: &str) -> Self {
        let (name, role) = (ObjectName::new(schema, NAME), role.to_owned());
        Self::new(what, move |catalog| {
            let function = Function { security_definer: true, ..Function::new(name.clone()) };
            catalog.functions.push(function);
            let execute = access(&role, Privilege::Execute.into());
            catalog.access.functions.insert((name.clone(), Vec::new()), execute);
            let_in(&mut catalog.access, &name.schema, &role);
        })
    }

    /// A role has privileges on what is added, and may use its schema.
    pub(in crate::checks) fn granted_to(
        self,
        schema: &str,
        role: &str,
        privileges: PrivilegeSet,
    ) -> Self {
        let (name, role) = (ObjectName::new(schema, NAME), role.to_owned());
        let before = self.change;
        Self::new(self.what, move |catalog| {
            before(catalog);
            catalog.access.relations.insert(name.clone(), access(&role, privileges));
            let_in(&mut catalog.access, &name.schema, &role);
        })
    }

    /// Nobody has a privilege on another table that is added.
    pub(in crate::checks) fn hiding(self, name: &ObjectName) -> Self {
        let name = name.clone();
        let before = self.change;
        Self::new(self.what, move |catalog| {
            before(catalog);
            catalog.access.relations.insert(name.clone(), access("postgres", PrivilegeSet::NONE));
        })
    }
}

/// Privileges of one role.
fn access(role: &str, privileges: PrivilegeSet) -> Access {
    let grant = Grant {
        column: None,
        grantee: role.to_owned(),
        grantor: "postgres".to_owned(),
        privileges,
        grantable: PrivilegeSet::NONE,
    };
    Access { owner: "postgres".to_owned(), grants: vec![grant], ..Access::default() }
}

/// A role is there and may use a schema.
fn let_in(control: &mut AccessControl, schema: &str, role: &str) {
    control.roles.entry(role.to_owned()).or_default();
    let usage = access(role, Privilege::Usage.into());
    control.schemas.entry(schema.to_owned()).or_default().grants.extend(usage.grants);
}

/// A table with one column and nothing else.
fn table(name: ObjectName) -> Table {
    Table { columns: vec![column("id", "uuid")], ..Table::new(name, TableKind::Table) }
}

/// A column that may be NULL.
pub(in crate::checks) fn column(name: &str, data_type: &str) -> Column {
    Column {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        enum_type: None,
        not_null: false,
        default: false,
        default_expression: None,
        generated: false,
        history: History::default(),
    }
}
