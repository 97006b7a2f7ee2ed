//! Privileges, owners and membership in roles.

use sqlparser::ast::Ident;

use super::{ObjectAddress, ObjectKind};

/// A statement on privileges.
#[derive(Debug, Clone)]
pub enum Grant {
    /// `GRANT … ON`, `REVOKE … ON`
    Privileges(PrivilegeChange),
    /// `ALTER DEFAULT PRIVILEGES`
    Defaults(DefaultScope, PrivilegeChange),
    /// `GRANT role TO role`, `REVOKE role FROM role`
    Roles(RoleChange),
    /// `REASSIGN OWNED BY roles TO role`
    Reassign(Vec<Ident>, Ident),
    /// `LOCK TABLE`
    Lock(Vec<ObjectAddress>),
}

impl Grant {
    /// The objects that it names.
    #[must_use]
    pub fn objects(&self) -> &[ObjectAddress] {
        match self {
            Self::Privileges(change) => match &change.targets {
                GrantTargets::Objects(objects) | GrantTargets::AllIn { schemas: objects, .. } => {
                    objects
                }
                GrantTargets::New(_) | GrantTargets::NotKept => &[],
            },
            Self::Lock(objects) => objects,
            Self::Defaults(..) | Self::Roles(_) | Self::Reassign(..) => &[],
        }
    }
}

/// What is granted or revoked on objects.
#[derive(Debug, Clone)]
pub struct PrivilegeChange {
    /// GRANT, otherwise REVOKE.
    pub grants: bool,
    /// `WITH GRANT OPTION`, `GRANT OPTION FOR`
    pub option: bool,
    /// `CASCADE`
    pub cascade: bool,
    /// What; `ALL` is one of that name.
    pub privileges: Vec<PrivilegeName>,
    /// On what.
    pub targets: GrantTargets,
    /// To or from whom.
    pub grantees: Vec<Ident>,
    /// `GRANTED BY`
    pub granted_by: Option<Ident>,
}

/// A privilege as a statement writes it.
#[derive(Debug, Clone)]
pub struct PrivilegeName {
    /// Its name, in lower case.
    pub name: String,
    /// As it is written: the name of a role, where it is one.
    pub written: Ident,
    /// The columns that it is for.
    pub columns: Vec<Ident>,
}

/// The objects that something is granted on.
#[derive(Debug, Clone)]
pub enum GrantTargets {
    /// These.
    Objects(Vec<ObjectAddress>),
    /// `ALL … IN SCHEMA`
    AllIn {
        /// `TABLES`, `SEQUENCES`, `FUNCTIONS`, `PROCEDURES` or `ROUTINES`.
        word: &'static str,
        /// The schemas.
        schemas: Vec<ObjectAddress>,
    },
    /// New ones of a kind: `Table`, `Sequence`, `Routine`, `Schema` or another.
    New(ObjectKind),
    /// Parameters and large objects, whose privileges are not followed.
    NotKept,
}

/// Which new objects `ALTER DEFAULT PRIVILEGES` is about.
#[derive(Debug, Clone, Default)]
pub struct DefaultScope {
    /// `FOR ROLE`
    pub roles: Vec<Ident>,
    /// `IN SCHEMA`
    pub schemas: Vec<ObjectAddress>,
}

/// Which roles become or cease to be members of which.
#[derive(Debug, Clone)]
pub struct RoleChange {
    /// GRANT, otherwise REVOKE.
    pub grants: bool,
    /// `REVOKE … OPTION FOR`: `ADMIN`, `INHERIT` or `SET`.
    pub option_for: Option<&'static str>,
    /// The roles that are granted.
    pub roles: Vec<Ident>,
    /// To or from whom.
    pub members: Vec<Ident>,
    /// `WITH ADMIN`
    pub admin: Option<bool>,
    /// `WITH INHERIT`
    pub inherits: Option<bool>,
}
