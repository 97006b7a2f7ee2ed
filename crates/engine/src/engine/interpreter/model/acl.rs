//! Access control lists, by the rules of `src/backend/utils/adt/acl.c` and `src/backend/catalog/aclchk.c`.

use super::{Behavior, Oid};
use crate::catalog::{PrivilegeSet, SecuredKind};
use crate::engine::interpreter::problem::SqlError;

/// What one role has granted to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AclItem {
    /// `None` is PUBLIC.
    pub(crate) grantee: Option<Oid>,
    pub(crate) grantor: Oid,
    pub(crate) privileges: PrivilegeSet,
    /// What the grantee may grant.
    pub(crate) options: PrivilegeSet,
}

impl AclItem {
    fn is_empty(&self) -> bool {
        self.privileges.is_empty() && self.options.is_empty()
    }
}

/// What GRANT and REVOKE do to the items of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
}

/// What a statement grants or revokes.
#[derive(Debug, Clone)]
pub(crate) struct Granting<'a> {
    pub(crate) grants: bool,
    /// WITH GRANT OPTION, or GRANT OPTION FOR.
    pub(crate) option: bool,
    pub(crate) behavior: Behavior,
    /// `None` is PUBLIC.
    pub(crate) grantees: &'a [Option<Oid>],
}

/// Whose privileges a role has: `has_privs_of_role`.
pub(crate) trait Membership {
    /// Whether a role has the privileges of another.
    fn has_privileges_of(&self, role: Oid, other: Oid) -> bool;
    /// The roles whose privileges a role has, itself first.
    fn roles_of(&self, role: Oid) -> Vec<Oid>;
    /// Whether a role is a superuser.
    fn is_superuser(&self, role: Oid) -> bool;
}

/// An access control list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Acl(Vec<AclItem>);

impl Acl {
    /// What PostgreSQL grants on a new object: `acldefault`.
    pub(crate) fn default_of(kind: SecuredKind, owner: Oid) -> Self {
        let own = AclItem {
            grantee: Some(owner),
            grantor: owner,
            privileges: kind.all(),
            options: PrivilegeSet::NONE,
        };
        let to_public = AclItem { grantee: None, ..own };
        match kind {
            SecuredKind::Function => Self(vec![to_public, own]),
            SecuredKind::Table | SecuredKind::Sequence | SecuredKind::Schema => Self(vec![own]),
        }
    }

    /// The list with one more item.
    pub(crate) fn with(mut self, item: AclItem) -> Self {
        self.add(&item);
        self
    }

    /// Its items.
    pub(crate) fn items(&self) -> &[AclItem] {
        &self.0
    }

    /// Whether it says the same, in whatever order.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let sorted = |list: &Self| {
            let mut items = list.0.clone();
            items.sort_unstable();
            items
        };
        sorted(self) == sorted(other)
    }

    /// Both lists together: `aclconcat`.
    pub(crate) fn concatenated(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).copied().collect())
    }

    /// Adds what another list has: `aclmerge`.
    pub(crate) fn merge(
        &mut self,
        other: &Self,
        owner: Oid,
        roles: &dyn Membership,
    ) -> Result<(), SqlError> {
        other
            .0
            .iter()
            .try_for_each(|item| self.update(item, Change::Add, owner, Behavior::Restrict, roles))
    }

    /// The same for an object that another role owns from now on: `aclnewowner`.
    pub(crate) fn with_new_owner(&self, old: Oid, new: Oid) -> Self {
        let moved = |role: Oid| if role == old { new } else { role };
        let mut items: Vec<AclItem> = Vec::with_capacity(self.0.len());
        for item in &self.0 {
            let item =
                AclItem { grantee: item.grantee.map(moved), grantor: moved(item.grantor), ..*item };
            let same =
                items.iter_mut().find(|i| (i.grantee, i.grantor) == (item.grantee, item.grantor));
            match same {
                Some(known) => {
                    known.privileges = known.privileges.union(item.privileges);
                    known.options = known.options.union(item.options);
                }
                None => items.push(item),
            }
        }
        Self(items)
    }

    /// Whether a role other than the owner is named in it.
    pub(crate) fn names(&self, role: Oid) -> bool {
        self.0.iter().any(|item| item.grantee == Some(role) || item.grantor == role)
    }

    /// Grants or revokes: `merge_acl_with_grant`.
    pub(crate) fn change(
        &mut self,
        granting: &Granting<'_>,
        privileges: PrivilegeSet,
        grantor: Oid,
        owner: Oid,
        roles: &dyn Membership,
    ) -> Result<(), SqlError> {
        let Granting { grants, option, behavior, grantees } = granting;
        let change = if *grants { Change::Add } else { Change::Remove };
        for grantee in *grantees {
            if *grants && *option && grantee.is_none() {
                let message = "grant options can only be granted to roles";
                return Err(SqlError::new("0LP01", message));
            }
            // REVOKE takes the option with the privilege, REVOKE GRANT OPTION FOR the option alone.
            let of = |wanted: bool| if wanted { privileges } else { PrivilegeSet::NONE };
            let item = AclItem {
                grantee: *grantee,
                grantor,
                privileges: of(*grants || !option),
                options: of(!grants || *option),
            };
            self.update(&item, change, owner, *behavior, roles)?;
        }
        Ok(())
    }

    /// `aclupdate`
    fn update(
        &mut self,
        item: &AclItem,
        change: Change,
        owner: Oid,
        behavior: Behavior,
        roles: &dyn Membership,
    ) -> Result<(), SqlError> {
        if change == Change::Add && !item.options.is_empty() {
            self.check_circularity(item, owner, roles)?;
        }
        match change {
            Change::Add => self.add(item),
            Change::Remove => self.remove(item, owner, behavior, roles)?,
        }
        Ok(())
    }

    fn add(&mut self, item: &AclItem) {
        if item.is_empty() {
            return;
        }
        let same = |i: &&mut AclItem| (i.grantee, i.grantor) == (item.grantee, item.grantor);
        match self.0.iter_mut().find(same) {
            Some(known) => {
                known.privileges = known.privileges.union(item.privileges);
                known.options = known.options.union(item.options);
            }
            None => self.0.push(*item),
        }
    }

    /// Takes privileges away and, with CASCADE, what others have granted by them: `recursive_revoke`.
    fn remove(
        &mut self,
        item: &AclItem,
        owner: Oid,
        behavior: Behavior,
        roles: &dyn Membership,
    ) -> Result<(), SqlError> {
        let mut pending = vec![*item];
        while let Some(item) = pending.pop() {
            let lost = self.take(&item);
            let Some(grantee) = item.grantee.filter(|role| *role != owner) else { continue };
            // The grantee may have the option from somebody else.
            let revoked = lost.without(self.options_of(grantee, owner, roles));
            let dependent: Vec<AclItem> = self
                .0
                .iter()
                .filter(|i| i.grantor == grantee && !i.privileges.intersection(revoked).is_empty())
                .map(|i| AclItem { privileges: revoked, options: revoked, ..*i })
                .collect();
            if behavior == Behavior::Restrict && !dependent.is_empty() {
                return Err(SqlError::new("2BP01", "dependent privileges exist"));
            }
            pending.extend(dependent);
        }
        Ok(())
    }

    /// Takes privileges of one item away, and tells which grant options it lost.
    fn take(&mut self, item: &AclItem) -> PrivilegeSet {
        let same = |i: &&mut AclItem| (i.grantee, i.grantor) == (item.grantee, item.grantor);
        let Some(known) = self.0.iter_mut().find(same) else { return PrivilegeSet::NONE };
        let before = known.options;
        known.privileges = known.privileges.without(item.privileges);
        known.options = known.options.without(item.options);
        let lost = before.without(known.options);
        self.0.retain(|i| !i.is_empty());
        lost
    }

    /// Refuses to let a role grant back to one that its own right comes from: `check_circularity`.
    fn check_circularity(
        &self,
        item: &AclItem,
        owner: Oid,
        roles: &dyn Membership,
    ) -> Result<(), SqlError> {
        if item.grantor == owner {
            return Ok(());
        }
        let mut without = self.clone();
        while let Some(held) =
            without.0.iter().find(|i| i.grantee == item.grantee && !i.options.is_empty()).copied()
        {
            let options = AclItem { privileges: held.options, ..held };
            without.remove(&options, owner, Behavior::Cascade, roles)?;
        }
        let own = without.options_of(item.grantor, owner, roles);
        if item.options.without(own).is_empty() {
            return Ok(());
        }
        let message = "grant options cannot be granted back to your own grantor";
        Err(SqlError::new("0LP01", message))
    }

    /// What a role may grant, be it as a member of another: `aclmask` with grant options.
    pub(crate) fn options_of(&self, role: Oid, owner: Oid, roles: &dyn Membership) -> PrivilegeSet {
        if roles.has_privileges_of(role, owner) {
            return ALL;
        }
        self.held(role, roles).fold(PrivilegeSet::NONE, |set, item| set.union(item.options))
    }

    /// What a role may do or grant, be it as a member of another.
    pub(crate) fn rights_of(&self, role: Oid, owner: Oid, roles: &dyn Membership) -> PrivilegeSet {
        let options = self.options_of(role, owner, roles);
        self.held(role, roles).fold(options, |set, item| set.union(item.privileges))
    }

    fn held<'s>(
        &'s self,
        role: Oid,
        roles: &'s dyn Membership,
    ) -> impl Iterator<Item = &'s AclItem> {
        self.0.iter().filter(move |item| {
            item.grantee.is_none_or(|grantee| roles.has_privileges_of(role, grantee))
        })
    }

    /// As whom a role grants, and which of the privileges it can: `select_best_grantor`.
    pub(crate) fn best_grantor(
        &self,
        role: Oid,
        privileges: PrivilegeSet,
        owner: Oid,
        roles: &dyn Membership,
    ) -> (Oid, PrivilegeSet) {
        if role == owner || roles.is_superuser(role) {
            return (owner, privileges);
        }
        let mut best = (role, PrivilegeSet::NONE);
        for other in roles.roles_of(role) {
            let own = self.direct_options(other, owner).intersection(privileges);
            if own == privileges {
                return (other, privileges);
            }
            if own.len() > best.1.len() {
                best = (other, own);
            }
        }
        best
    }

    /// What a role may grant by itself: `aclmask_direct`.
    fn direct_options(&self, role: Oid, owner: Oid) -> PrivilegeSet {
        if role == owner {
            return ALL;
        }
        let own = self.0.iter().filter(|item| item.grantee == Some(role));
        own.fold(PrivilegeSet::NONE, |set, item| set.union(item.options))
    }
}

/// Every privilege of every kind.
const ALL: PrivilegeSet = PrivilegeSet::TABLE
    .union(PrivilegeSet::SEQUENCE)
    .union(PrivilegeSet::SCHEMA)
    .union(PrivilegeSet::FUNCTION);
