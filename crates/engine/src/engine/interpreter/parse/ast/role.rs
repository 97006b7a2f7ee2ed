//! Roles and privileges.

use sqlparser::ast::Ident;

use super::ObjectAddress;

/// `GRANT` and `REVOKE` in the parts that can fail.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The objects named.
    pub objects: Vec<ObjectAddress>,
    /// The roles named.
    pub roles: Vec<Ident>,
    /// Roles that are granted or revoked, which must exist.
    pub granted_roles: Vec<Ident>,
}

/// What happens to roles.
#[derive(Debug, Clone)]
pub enum Role {
    /// `CREATE ROLE`
    Create {
        /// Its name.
        name: Ident,
        /// Its options.
        options: RoleOptions,
    },
    /// `ALTER ROLE a RENAME TO b`
    Rename(Ident, Ident),
    /// Any other `ALTER ROLE`.
    Alter(Ident),
    /// `DROP ROLE`
    Drop {
        /// `IF EXISTS`
        if_exists: bool,
        /// Which.
        names: Vec<Ident>,
    },
    /// `DROP OWNED BY`
    DropOwned(Vec<Ident>),
}

/// The options of `CREATE ROLE` that a query on `pg_roles` may ask for.
#[derive(Debug, Clone)]
pub struct RoleOptions {
    /// `LOGIN`
    pub login: bool,
    /// `SUPERUSER`
    pub superuser: bool,
    /// `BYPASSRLS`
    pub bypasses_rls: bool,
    /// `IN ROLE`
    pub member_of: Vec<Ident>,
}
