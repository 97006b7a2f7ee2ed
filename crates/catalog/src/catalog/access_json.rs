//! The part of the catalog's JSON that tells who may do what.

use serde::Serialize;

use super::{Access, AccessControl, Catalog, Grant, ObjectName, PrivilegeSet, SecuredKind};
use super::{is_left_out, is_system};

/// Who may do what, as `railcheck catalog --format json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct AccessJson<'a> {
    relations: Vec<RelationEntry<'a>>,
    functions: Vec<FunctionEntry<'a>>,
    schemas: Vec<SchemaEntry<'a>>,
    roles: Vec<RoleEntry<'a>>,
    default_privileges: Vec<DefaultEntry<'a>>,
}

impl<'a> AccessJson<'a> {
    /// Of objects that the catalog shows; of roles those that a server does not bring.
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        let AccessControl { relations, functions, schemas, roles, defaults, .. } = &catalog.access;
        let shown = |name: &ObjectName| !is_left_out(&name.schema);
        Self {
            relations: relations
                .iter()
                .filter(|(name, access)| shown(name) && !access.of_extension)
                .map(|(name, access)| RelationEntry { name, access: access.into() })
                .collect(),
            functions: functions
                .iter()
                .filter(|((name, _), access)| shown(name) && !access.of_extension)
                .map(|((name, arguments), access)| FunctionEntry {
                    schema: &name.schema,
                    name: format!("{}({})", name.name, arguments.join(", ")),
                    access: access.into(),
                })
                .collect(),
            schemas: schemas
                .iter()
                .filter(|(name, _)| !is_system(name))
                .map(|(name, access)| SchemaEntry { name, access: access.into() })
                .collect(),
            roles: roles
                .iter()
                .filter(|(name, _)| !name.starts_with("pg_"))
                .map(|(name, role)| RoleEntry {
                    name,
                    superuser: role.superuser,
                    bypasses_rls: role.bypasses_rls,
                    inherits: role.inherits,
                    can_log_in: role.can_log_in,
                    member_of: role.memberships.keys().map(String::as_str).collect(),
                })
                .collect(),
            default_privileges: defaults
                .iter()
                .map(|entry| DefaultEntry {
                    role: &entry.role,
                    schema: entry.schema.as_deref(),
                    kind: entry.kind,
                    privileges: entry.grants.iter().map(Entry::from).collect(),
                })
                .collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct RelationEntry<'a> {
    #[serde(flatten)]
    name: &'a ObjectName,
    #[serde(flatten)]
    access: AccessEntry<'a>,
}

#[derive(Debug, Serialize)]
struct FunctionEntry<'a> {
    schema: &'a str,
    /// With the types of its arguments.
    name: String,
    #[serde(flatten)]
    access: AccessEntry<'a>,
}

#[derive(Debug, Serialize)]
struct SchemaEntry<'a> {
    name: &'a str,
    #[serde(flatten)]
    access: AccessEntry<'a>,
}

#[derive(Debug, Serialize)]
struct AccessEntry<'a> {
    owner: &'a str,
    privileges: Vec<Entry<'a>>,
}

impl<'a> From<&'a Access> for AccessEntry<'a> {
    fn from(access: &'a Access) -> Self {
        Self { owner: &access.owner, privileges: access.grants.iter().map(Entry::from).collect() }
    }
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    grantee: &'a str,
    grantor: &'a str,
    privileges: PrivilegeSet,
    #[serde(skip_serializing_if = "PrivilegeSet::is_none")]
    grantable: PrivilegeSet,
}

impl<'a> From<&'a Grant> for Entry<'a> {
    fn from(grant: &'a Grant) -> Self {
        Self {
            column: grant.column.as_deref(),
            grantee: &grant.grantee,
            grantor: &grant.grantor,
            privileges: grant.privileges,
            grantable: grant.grantable,
        }
    }
}

#[derive(Debug, Serialize)]
struct RoleEntry<'a> {
    name: &'a str,
    superuser: bool,
    bypasses_rls: bool,
    inherits: bool,
    can_log_in: bool,
    member_of: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct DefaultEntry<'a> {
    role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'a str>,
    kind: SecuredKind,
    privileges: Vec<Entry<'a>>,
}

impl PrivilegeSet {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    fn is_none(&self) -> bool {
        self.is_empty()
    }
}
