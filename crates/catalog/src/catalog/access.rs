//! Who may do what: owners, privileges, roles and what new objects are granted.

use std::collections::BTreeMap;

use super::{ObjectName, PrivilegeSet};
use crate::span::Span;

/// The grantee that stands for every role. No role can have this name.
pub const PUBLIC: &str = "public";

/// Everything that decides who may do what.
#[derive(Debug, Clone, Default)]
pub struct AccessControl {
    /// Tables, views and sequences, also of schemas that the rest of the catalog leaves out.
    pub relations: BTreeMap<ObjectName, Access>,
    /// Functions by name and types of input arguments. One that is not here is a member of an extension on
    /// which nothing was granted or revoked.
    pub functions: BTreeMap<(ObjectName, Vec<String>), Access>,
    /// Schemas.
    pub schemas: BTreeMap<String, Access>,
    /// Roles.
    pub roles: BTreeMap<String, Role>,
    /// What is granted on new objects beside what PostgreSQL grants.
    pub defaults: Vec<DefaultPrivileges>,
    /// Statements that may or may not have granted or revoked something.
    pub doubts: Vec<AccessDoubt>,
}

/// Who may do what with one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The role that it belongs to.
    pub owner: String,
    /// It is a member of an extension.
    pub of_extension: bool,
    /// What roles may do, the owner too; sorted.
    pub grants: Vec<Grant>,
    /// The statements that granted and revoked, oldest first.
    pub history: Vec<GrantChange>,
}

/// What one role has granted to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The column that it is for, `None` for the object as a whole.
    pub column: Option<String>,
    /// The role, or [`PUBLIC`].
    pub grantee: String,
    /// The role that granted it.
    pub grantor: String,
    /// What it may do.
    pub privileges: PrivilegeSet,
    /// What of this it may grant to others.
    pub grantable: PrivilegeSet,
}

/// What a statement did to the privileges of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantChange {
    /// GRANT, REVOKE or ALTER DEFAULT PRIVILEGES; `None` where it is the platform's.
    pub span: Option<Span>,
    /// The role, or [`PUBLIC`].
    pub grantee: String,
    /// The column that it is for, `None` for the object as a whole.
    pub column: Option<String>,
    /// What was granted or revoked.
    pub privileges: PrivilegeSet,
    /// Whether it was granted.
    pub granted: bool,
    /// It was granted because the object was made, by a default for new ones.
    pub by_default: bool,
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// It may do everything.
    pub superuser: bool,
    /// No policy applies to it.
    pub bypasses_rls: bool,
    /// It has the privileges of the roles that it is a member of, unless a membership says otherwise.
    pub inherits: bool,
    /// It may log in.
    pub can_log_in: bool,
    /// The roles that it is a member of.
    pub memberships: BTreeMap<String, Membership>,
}

/// That a role is a member of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The member has the privileges of the role without SET ROLE; `None` where servers disagree.
    pub inherits: Option<bool>,
    /// The member may let others in.
    pub admin: bool,
}

/// The kinds of object for which ALTER DEFAULT PRIVILEGES is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecuredKind {
    /// Tables and views.
    Table,
    /// Sequences.
    Sequence,
    /// Functions and procedures.
    Function,
    /// Schemas.
    Schema,
}

impl SecuredKind {
    /// What ALL means for it.
    #[must_use]
    pub fn all(self) -> PrivilegeSet {
        match self {
            Self::Table => PrivilegeSet::TABLE,
            Self::Sequence => PrivilegeSet::SEQUENCE,
            Self::Function => PrivilegeSet::FUNCTION,
            Self::Schema => PrivilegeSet::SCHEMA,
        }
    }
}

/// What is granted on new objects of one kind that a role makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultPrivileges {
    /// The role that makes them.
    pub role: String,
    /// The schema that they are made in, where it matters. This adds to what is granted in every schema.
    pub schema: Option<String>,
    /// What they are.
    pub kind: SecuredKind,
    /// What is granted, in place of PostgreSQL's own defaults where no schema is named.
    pub grants: Vec<Grant>,
    /// The statements that said so, oldest first.
    pub history: Vec<GrantChange>,
}

/// A statement of which it is not known what it granted or revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDoubt {
    /// The statement.
    pub span: Span,
    /// Why it is not known, in one lower-case sentence.
    pub reason: String,
    /// The objects, with `*` for text that is not known; a schema is a name without one. `None` for any.
    pub objects: Option<Vec<ObjectName>>,
    /// The roles that it may have granted to or revoked from. `None` for any.
    pub grantees: Option<Vec<String>>,
    /// It may have granted.
    pub grants: bool,
    /// It may have revoked.
    pub revokes: bool,
}
