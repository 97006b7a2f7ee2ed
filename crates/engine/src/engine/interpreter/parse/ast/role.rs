//! Roles.

use sqlparser::ast::Ident;

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
    Alter(Ident, RoleOptions),
    /// `DROP ROLE`
    Drop {
        /// `IF EXISTS`
        if_exists: bool,
        /// Which.
        names: Vec<Ident>,
    },
    /// `DROP OWNED BY`
    DropOwned {
        /// Whose.
        names: Vec<Ident>,
        /// `CASCADE`
        cascade: bool,
    },
}

/// The options of `CREATE ROLE` and `ALTER ROLE` that matter; `None` where one is not given.
#[derive(Debug, Clone, Default)]
pub struct RoleOptions {
    /// `LOGIN`
    pub login: Option<bool>,
    /// `SUPERUSER`
    pub superuser: Option<bool>,
    /// `BYPASSRLS`
    pub bypasses_rls: Option<bool>,
    /// `INHERIT`
    pub inherits: Option<bool>,
    /// `IN ROLE`
    pub member_of: Vec<Ident>,
    /// `ROLE`
    pub members: Vec<Ident>,
    /// `ADMIN`
    pub admins: Vec<Ident>,
}
