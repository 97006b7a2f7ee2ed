//! Who may do what: owners, access control lists, memberships and the defaults for new objects. They are kept
//! apart from the objects, so that a change of them is none of the object.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use imbl::ordmap::DiffItem;
use imbl::{OrdMap, Vector};

use super::acl::{Acl, AclItem, Membership};
use super::{Address, FunctionKind, Model, Object, Oid, Relation, RelationKind, Role};
use crate::catalog::{AccessDoubt, ObjectName, Privilege, PrivilegeSet, SecuredKind};
use crate::span::Span;

/// A default for new objects: the role that makes them, the schema that they are in, their kind.
pub(crate) type DefaultKey = (Oid, Option<Oid>, SecuredKind);

/// What a statement did to the privileges of one role on one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AclChange {
    /// `None` where it is the platform's.
    pub(crate) span: Option<Span>,
    /// `None` is PUBLIC.
    pub(crate) grantee: Option<Oid>,
    /// 0 for the whole object.
    pub(crate) column: i16,
    pub(crate) privileges: PrivilegeSet,
    pub(crate) granted: bool,
    pub(crate) by_default: bool,
}

/// What is granted on new objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DefaultAcl {
    pub(crate) acl: Acl,
    pub(crate) history: Vector<AclChange>,
}

/// That a role is a member of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) admin: bool,
    /// Whether the member inherited by itself when it was let in, which is what new servers go by.
    pub(crate) inherited_then: bool,
    /// WITH INHERIT.
    pub(crate) inherits: Option<bool>,
}

/// Who may do what.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccessControl {
    /// Lists of objects and columns that have one of their own.
    acls: OrdMap<Address, Arc<Acl>>,
    /// Owners of what was handed to another role.
    owners: OrdMap<Oid, Oid>,
    histories: OrdMap<Oid, Vector<AclChange>>,
    pub(crate) defaults: OrdMap<DefaultKey, Arc<DefaultAcl>>,
    /// By member and role.
    pub(crate) memberships: OrdMap<(Oid, Oid), Member>,
    pub(crate) doubts: Vector<Arc<AccessDoubt>>,
}

impl Model {
    /// For what sort of object an oid stands whose privileges are followed.
    pub(crate) fn secured_kind(&self, oid: Oid) -> Option<SecuredKind> {
        secured_kind(self.object(oid)?)
    }

    /// The role that an object belongs to.
    pub(crate) fn owner_of(&self, oid: Oid) -> Option<Oid> {
        if let Some(owner) = self.access.owners.get(&oid) {
            return Some(*owner);
        }
        match self.object(oid)? {
            Object::Relation(o) => Some(o.owner),
            Object::Function(o) => Some(o.owner),
            Object::Type(o) => Some(o.owner),
            Object::Schema(o) => Some(o.owner),
            _ => None,
        }
    }

    /// The list of an object, or what PostgreSQL takes for it where it has none; that of a column may be empty.
    pub(crate) fn acl(&self, address: Address) -> Acl {
        if let Some(acl) = self.access.acls.get(&address) {
            return Acl::clone(acl);
        }
        if address.column != 0 {
            return Acl::default();
        }
        match (self.secured_kind(address.object), self.owner_of(address.object)) {
            (Some(kind), Some(owner)) => Acl::default_of(kind, owner),
            _ => Acl::default(),
        }
    }

    /// Whether an object has a list of its own.
    pub(crate) fn has_acl(&self, oid: Oid) -> bool {
        self.access.acls.contains_key(&Address::from(oid))
    }

    /// Gives an object or a column another list.
    pub(crate) fn set_acl(&mut self, address: Address, acl: Acl) {
        if address.column != 0 && acl.items().is_empty() {
            self.access.acls.remove(&address);
        } else {
            self.access.acls.insert(address, Arc::new(acl));
        }
    }

    /// The columns of a relation that have a list of their own.
    pub(crate) fn columns_with_acl(&self, relation: Oid) -> Vec<Address> {
        let range = Address::column(relation, 1)..=Address::column(relation, i16::MAX);
        self.access.acls.range(range).map(|(address, _)| *address).collect()
    }

    /// The statements that granted and revoked on an object.
    pub(crate) fn acl_history(&self, oid: Oid) -> impl Iterator<Item = &AclChange> {
        self.access.histories.get(&oid).into_iter().flatten()
    }

    /// Adds to the statements that granted and revoked on an object.
    pub(crate) fn record_acl(&mut self, oid: Oid, change: AclChange) {
        self.access.histories.entry(oid).or_default().push_back(change);
    }

    /// Gives a new object what the defaults of its owner say: `get_user_default_acl`.
    pub(super) fn grant_defaults(&mut self, oid: Oid) {
        if self.access.defaults.is_empty() {
            return;
        }
        let Some(object) = self.object(oid) else { return };
        let schema = match object {
            Object::Relation(o) => Some(o.schema),
            Object::Function(o) => Some(o.schema),
            _ => None,
        };
        let (Some(kind), Some(owner)) = (secured_kind(object), self.owner_of(oid)) else { return };
        let find = |schema| self.access.defaults.get(&(owner, schema, kind)).cloned();
        let global = find(None);
        let local = schema.and_then(|schema| find(Some(schema)));
        if global.is_none() && local.is_none() {
            return;
        }
        let mut acl =
            global.as_ref().map_or_else(|| Acl::default_of(kind, owner), |g| g.acl.clone());
        let mut history = global.map(|global| global.history.clone()).unwrap_or_default();
        if let Some(local) = local {
            // What the schema adds comes from lists that were accepted.
            let _accepted = acl.merge(&local.acl, owner, &*self);
            history.append(local.history.clone());
        }
        // To `aclmerge` two lists without items are none, so that the object has PostgreSQL's own default.
        if !acl.items().is_empty() {
            self.access.acls.insert(oid.into(), Arc::new(acl));
        }
        self.access.histories.insert(oid, history);
    }

    /// The schema `public` belongs to the database's owner, and everyone may use it.
    /// <https://www.postgresql.org/docs/15/ddl-schemas.html#DDL-SCHEMAS-PATTERNS>
    pub(super) fn open_public_schema(&mut self) {
        let owner = Oid::PG_DATABASE_OWNER;
        let usage = AclItem {
            grantee: None,
            grantor: owner,
            privileges: Privilege::Usage.into(),
            options: PrivilegeSet::NONE,
        };
        let acl = Acl::default_of(SecuredKind::Schema, owner).with(usage);
        self.access.owners.insert(Oid::PUBLIC, owner);
        self.access.acls.insert(Oid::PUBLIC.into(), Arc::new(acl));
    }

    /// Hands an object to another role, with the privileges that depend on who owns it.
    pub(crate) fn set_owner(&mut self, oid: Oid, owner: Oid) {
        let Some(old) = self.owner_of(oid).filter(|old| *old != owner) else { return };
        let addresses: Vec<Address> = std::iter::once(Address::from(oid))
            .filter(|address| self.access.acls.contains_key(address))
            .chain(self.columns_with_acl(oid))
            .collect();
        for address in addresses {
            let acl = self.acl(address).with_new_owner(old, owner);
            self.set_acl(address, acl);
        }
        self.access.owners.insert(oid, owner);
    }

    /// Forgets what an object that goes was granted, and what a role or schema that goes stands for.
    pub(super) fn forget_access(&mut self, oid: Oid, object: &Object) {
        self.access.acls.remove(&Address::from(oid));
        for column in self.columns_with_acl(oid) {
            self.access.acls.remove(&column);
        }
        self.access.owners.remove(&oid);
        self.access.histories.remove(&oid);
        if matches!(object, Object::Schema(_) | Object::Role(_)) {
            self.access.defaults = keep(&self.access.defaults, |(role, schema, _)| {
                *role != oid && *schema != Some(oid)
            });
            self.access.memberships =
                keep(&self.access.memberships, |(member, role)| *member != oid && *role != oid);
        }
    }

    /// Forgets what a column that goes was granted.
    pub(super) fn forget_column_access(&mut self, column: Address) {
        self.access.acls.remove(&column);
    }

    /// Whether a list names a role, be it one for new objects.
    pub(crate) fn is_in_acl(&self, role: Oid) -> bool {
        self.access.acls.values().any(|acl| acl.names(role))
            || self
                .access
                .defaults
                .iter()
                .any(|((owner, ..), default)| *owner == role || default.acl.names(role))
    }

    /// What has a list of its own that names a role.
    pub(crate) fn with_acl_of(&self, role: Oid) -> Vec<Address> {
        let named = self.access.acls.iter().filter(|(_, acl)| acl.names(role));
        named.map(|(address, _)| *address).collect()
    }

    /// What the platform grants is no statement of the migrations.
    pub(crate) fn forget_statements_of_grants(&mut self) {
        let spanless = |history: &Vector<AclChange>| -> Vector<AclChange> {
            history.iter().map(|change| AclChange { span: None, ..*change }).collect()
        };
        let histories = self.access.histories.iter().map(|(oid, h)| (*oid, spanless(h)));
        self.access.histories = histories.collect();
        let defaults = self.access.defaults.iter().map(|(key, default)| {
            let history = spanless(&default.history);
            (*key, Arc::new(DefaultAcl { history, acl: default.acl.clone() }))
        });
        self.access.defaults = defaults.collect();
    }

    /// Forgets the defaults for new objects of a schema.
    pub(crate) fn forget_default_privileges_in(&mut self, wanted: Oid) {
        self.access.defaults =
            keep(&self.access.defaults, |(_, schema, _)| *schema != Some(wanted));
    }

    /// It is not known what a statement did to privileges.
    pub(crate) fn doubt_access(&mut self, doubt: AccessDoubt) {
        let known = self.access.doubts.iter().rev().take(16).any(|d| **d == doubt);
        if !known {
            self.access.doubts.push_back(Arc::new(doubt));
        }
    }

    /// The relations, functions or parts of them whose privileges or owners are other than in an earlier
    /// state, the roles that this is about, and whether some were granted and some revoked.
    fn access_changes_since(&self, before: &Self) -> AccessDifference {
        let mut difference = AccessDifference::default();
        let mut compare = |model: &Self, oid: Oid, old: &Acl, new: &Acl| {
            if let Some(name) = model.owner_name(oid) {
                difference.objects.insert(name);
            }
            difference.compare(old, new);
        };
        for change in before.access.acls.diff(&self.access.acls) {
            let (DiffItem::Add(address, _)
            | DiffItem::Remove(address, _)
            | DiffItem::Update { new: (address, _), .. }) = change;
            // What is there in one state alone is not there for certain.
            if let (Some(_), Some(_)) = (before.object(address.object), self.object(address.object))
            {
                compare(self, address.object, &before.acl(*address), &self.acl(*address));
            }
        }
        for change in before.access.owners.diff(&self.access.owners) {
            let (DiffItem::Add(oid, _)
            | DiffItem::Remove(oid, _)
            | DiffItem::Update { new: (oid, _), .. }) = change;
            if self.object(*oid).is_some() && before.object(*oid).is_some() {
                difference.objects.extend(self.owner_name(*oid));
                difference.anybody = true;
            }
        }
        let defaults = before.access.defaults.diff(&self.access.defaults);
        let mut everything = false;
        for change in defaults {
            let (key, old, new) = match change {
                DiffItem::Add(key, new) => (key, None, Some(new)),
                DiffItem::Remove(key, old) => (key, Some(old), None),
                DiffItem::Update { old: (key, old), new: (_, new) } => (key, Some(old), Some(new)),
            };
            let without = || match key.1 {
                None => Acl::default_of(key.2, key.0),
                Some(_) => Acl::default(),
            };
            let of = |acl: Option<&Arc<DefaultAcl>>| acl.map_or_else(without, |d| d.acl.clone());
            everything = true;
            difference.compare(&of(old), &of(new));
        }
        if before.access.memberships != self.access.memberships {
            everything = true;
            difference.anybody = true;
        }
        difference.everything = everything;
        difference
    }

    /// Another state is or may be the true one as to privileges.
    pub(crate) fn doubt_access_unlike(&mut self, other: &Self, span: Span, reason: &str) {
        for doubt in &other.access.doubts {
            if !self.access.doubts.contains(doubt) {
                self.access.doubts.push_back(doubt.clone());
            }
        }
        let difference = other.access_changes_since(self);
        if difference.objects.is_empty() && !difference.everything {
            return;
        }
        let AccessDifference { objects, roles, granted, revoked, anybody, everything } = difference;
        let name = |role: Option<Oid>| match role {
            Some(role) => self.role(role).or_else(|_| other.role(role)).ok(),
            None => None,
        };
        let mut grantees = Vec::new();
        for role in roles {
            match role {
                None => grantees.push(crate::catalog::PUBLIC.to_owned()),
                Some(_) => grantees.extend(name(role).map(|role| role.name.to_string())),
            }
        }
        self.doubt_access(AccessDoubt {
            span,
            reason: reason.to_owned(),
            objects: (!everything).then(|| objects.into_iter().collect()),
            grantees: (!anybody).then_some(grantees),
            grants: granted || anybody,
            revokes: revoked || anybody,
        });
    }

    /// The roles by which what a relation grants is decided.
    fn inherited_by(&self, member: Oid) -> impl Iterator<Item = Oid> + '_ {
        let range = (member, Oid(0))..=(member, Oid(u32::MAX));
        self.access
            .memberships
            .range(range)
            .filter(move |((member, _), membership)| {
                let inherits = self.role(*member).is_ok_and(|role| role.inherits);
                membership.inherits.unwrap_or(inherits)
            })
            .map(|((_, role), _)| *role)
    }

    /// The roles that a role is a member of, whether or not it inherits, itself first.
    pub(crate) fn groups_of(&self, member: Oid) -> Vec<Oid> {
        let mut found = vec![member];
        let mut next = 0;
        while let Some(member) = found.get(next).copied() {
            next += 1;
            let range = (member, Oid(0))..=(member, Oid(u32::MAX));
            for ((_, role), _) in self.access.memberships.range(range) {
                if !found.contains(role) {
                    found.push(*role);
                }
            }
        }
        found
    }
}

impl Membership for Model {
    fn has_privileges_of(&self, role: Oid, other: Oid) -> bool {
        role == other || self.is_superuser(role) || self.roles_of(role).contains(&other)
    }

    fn roles_of(&self, role: Oid) -> Vec<Oid> {
        let mut found = vec![role];
        let mut seen: HashSet<Oid> = HashSet::from([role]);
        let mut next = 0;
        while let Some(member) = found.get(next).copied() {
            next += 1;
            for role in self.inherited_by(member) {
                if seen.insert(role) {
                    found.push(role);
                }
            }
        }
        found
    }

    fn is_superuser(&self, role: Oid) -> bool {
        self.object_of::<Role>(role).is_some_and(|role| role.superuser)
    }
}

/// How two states differ as to privileges.
#[derive(Debug, Default)]
struct AccessDifference {
    objects: BTreeSet<ObjectName>,
    /// `None` is PUBLIC.
    roles: BTreeSet<Option<Oid>>,
    granted: bool,
    revoked: bool,
    /// It is about every role.
    anybody: bool,
    /// It is about every object.
    everything: bool,
}

impl AccessDifference {
    fn compare(&mut self, old: &Acl, new: &Acl) {
        let lacks = |list: &Acl, of: &Acl, roles: &mut BTreeSet<Option<Oid>>| {
            let mut found = false;
            for item in of.items() {
                let same =
                    |i: &&super::AclItem| (i.grantee, i.grantor) == (item.grantee, item.grantor);
                let known = list.items().iter().find(same);
                let (privileges, options) = known
                    .map_or((PrivilegeSet::NONE, PrivilegeSet::NONE), |k| {
                        (k.privileges, k.options)
                    });
                if !item.privileges.without(privileges).is_empty()
                    || !item.options.without(options).is_empty()
                {
                    roles.insert(item.grantee);
                    found = true;
                }
            }
            found
        };
        self.granted |= lacks(old, new, &mut self.roles);
        self.revoked |= lacks(new, old, &mut self.roles);
    }
}

fn secured_kind(object: &Object) -> Option<SecuredKind> {
    match object {
        Object::Relation(o) => relation_kind(o),
        Object::Function(_) => Some(SecuredKind::Function),
        Object::Schema(_) => Some(SecuredKind::Schema),
        _ => None,
    }
}

fn relation_kind(relation: &Relation) -> Option<SecuredKind> {
    match relation.kind {
        RelationKind::Table
        | RelationKind::Partitioned
        | RelationKind::Foreign
        | RelationKind::View
        | RelationKind::MaterializedView => Some(SecuredKind::Table),
        RelationKind::Sequence => Some(SecuredKind::Sequence),
        RelationKind::Index | RelationKind::PartitionedIndex | RelationKind::Composite => None,
    }
}

impl FunctionKind {
    /// Whether GRANT … ON ALL FUNCTIONS, ALL PROCEDURES or ALL ROUTINES means it.
    pub(crate) fn is_meant_by(self, word: &str) -> bool {
        match word {
            "FUNCTIONS" => self != Self::Procedure,
            "PROCEDURES" => self == Self::Procedure,
            _ => true,
        }
    }
}

fn keep<K: Ord + Clone, V: Clone>(map: &OrdMap<K, V>, wanted: impl Fn(&K) -> bool) -> OrdMap<K, V> {
    if map.keys().all(&wanted) {
        return map.clone();
    }
    map.iter().filter(|(key, _)| wanted(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
}
