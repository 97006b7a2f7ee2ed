//! The rows of the queries that tell who may do what.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::catalog::{
    Access, AccessControl, DefaultPrivileges, Grant, Membership, ObjectName, Privilege,
    PrivilegeSet, Role, SecuredKind,
};

/// One privilege of one role.
#[derive(Deserialize)]
pub(super) struct GrantRow {
    #[serde(default)]
    column: Option<String>,
    grantee: String,
    grantor: String,
    privilege: String,
    grantable: bool,
}

/// What a role has granted to another, from a row for each privilege.
fn grants(rows: Vec<GrantRow>) -> Vec<Grant> {
    type Sets = (PrivilegeSet, PrivilegeSet);
    let mut found: BTreeMap<(Option<String>, String, String), Sets> = BTreeMap::new();
    for row in rows {
        // New servers have some that are not followed.
        let Some(privilege) = Privilege::named(&row.privilege) else { continue };
        let (privileges, grantable) =
            found.entry((row.column, row.grantee, row.grantor)).or_default();
        *privileges = privileges.union(privilege.into());
        if row.grantable {
            *grantable = grantable.union(privilege.into());
        }
    }
    let grant = |((column, grantee, grantor), (privileges, grantable))| Grant {
        column,
        grantee,
        grantor,
        privileges,
        grantable,
    };
    found.into_iter().map(grant).collect()
}

/// An object with its owner and privileges.
#[derive(Deserialize)]
pub(super) struct AccessRow {
    kind: String,
    schema: String,
    name: String,
    arguments: Vec<String>,
    owner: String,
    of_extension: bool,
    grants: Vec<GrantRow>,
}

impl AccessRow {
    pub(super) fn place(self, access: &mut AccessControl) {
        let entry = Access {
            owner: self.owner,
            of_extension: self.of_extension,
            grants: grants(self.grants),
            history: Vec::new(),
        };
        let name = ObjectName::new(self.schema, self.name);
        match self.kind.as_str() {
            "relation" => drop(access.relations.insert(name, entry)),
            "function" => drop(access.functions.insert((name, self.arguments), entry)),
            _ => drop(access.schemas.insert(name.name, entry)),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct DefaultRow {
    role: String,
    schema: Option<String>,
    kind: char,
    grants: Vec<GrantRow>,
}

impl From<DefaultRow> for DefaultPrivileges {
    fn from(row: DefaultRow) -> Self {
        let kind = match row.kind {
            'S' => SecuredKind::Sequence,
            'f' => SecuredKind::Function,
            'n' => SecuredKind::Schema,
            _ => SecuredKind::Table,
        };
        Self {
            role: row.role,
            schema: row.schema,
            kind,
            grants: grants(row.grants),
            history: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct RoleRow {
    name: String,
    superuser: bool,
    bypasses_rls: bool,
    inherits: bool,
    can_log_in: bool,
    memberships: Vec<MembershipRow>,
}

#[derive(Deserialize)]
struct MembershipRow {
    role: String,
    admin: bool,
    inherits: bool,
}

impl RoleRow {
    pub(super) fn place(self, access: &mut AccessControl) {
        let mut memberships: BTreeMap<String, Membership> = BTreeMap::new();
        for row in self.memberships {
            // Several roles may have let it in.
            let known = memberships
                .entry(row.role)
                .or_insert(Membership { inherits: Some(false), admin: false });
            known.admin |= row.admin;
            known.inherits = Some(known.inherits == Some(true) || row.inherits);
        }
        let role = Role {
            superuser: self.superuser,
            bypasses_rls: self.bypasses_rls,
            inherits: self.inherits,
            can_log_in: self.can_log_in,
            memberships,
        };
        access.roles.insert(self.name, role);
    }
}
