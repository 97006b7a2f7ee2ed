//! How two catalogs differ as to who may do what.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use super::{Access, AccessControl, DefaultPrivileges, Grant, ObjectName, is_left_out};

/// Something that two catalogs say otherwise about who may do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDifference {
    /// The object, a schema as a name without one; `None` for roles and defaults.
    pub object: Option<ObjectName>,
    /// One line.
    pub text: String,
}

/// Every difference between two catalogs that have names such as `the interpreter`. Roles are compared where both
/// have them, since a server may have more.
#[must_use]
pub fn access_differences(
    left: (&str, &AccessControl),
    right: (&str, &AccessControl),
) -> Vec<AccessDifference> {
    let mut found = Vec::new();
    let mut tell = |object: Option<ObjectName>, what: String, ours: String, theirs: String| {
        if ours != theirs {
            let text = format!("{what}: {ours} in {}, {theirs} in {}", left.0, right.0);
            found.push(AccessDifference { object, text });
        }
    };
    let shown =
        |name: &ObjectName, access: &Access| !is_left_out(&name.schema) && !access.of_extension;
    for (name, ours, theirs) in pairs(&left.1.relations, &right.1.relations) {
        if ours.or(theirs).is_some_and(|access| shown(name, access)) {
            let what = format!("privileges of {name}");
            tell(Some(name.clone()), what, access(ours), access(theirs));
        }
    }
    for (key, ours, theirs) in pairs(&left.1.functions, &right.1.functions) {
        if ours.or(theirs).is_some_and(|access| shown(&key.0, access)) {
            let what = format!("privileges of function {}({})", key.0, key.1.join(", "));
            tell(Some(key.0.clone()), what, access(ours), access(theirs));
        }
    }
    for (name, ours, theirs) in pairs(&left.1.schemas, &right.1.schemas) {
        if !is_left_out(name) && !ours.or(theirs).is_some_and(|access| access.of_extension) {
            let what = format!("privileges of schema {name}");
            tell(Some(ObjectName::new("", name)), what, access(ours), access(theirs));
        }
    }
    for (name, role) in &left.1.roles {
        if let Some(other) = right.1.roles.get(name) {
            tell(None, format!("role {name}"), debug(role), debug(other));
        }
    }
    let defaults = |all: &[DefaultPrivileges]| -> BTreeMap<String, String> {
        let entry = |d: &DefaultPrivileges| {
            (format!("{} {:?} {:?}", d.role, d.schema, d.kind), grants(&d.grants))
        };
        all.iter().map(entry).collect()
    };
    let (ours, theirs) = (defaults(&left.1.defaults), defaults(&right.1.defaults));
    for (key, ours, theirs) in pairs(&ours, &theirs) {
        let or_none = |text: Option<&String>| text.cloned().unwrap_or_else(|| "none".to_owned());
        tell(None, format!("default privileges {key}"), or_none(ours), or_none(theirs));
    }
    found
}

fn pairs<'a, K: Ord, V>(
    left: &'a BTreeMap<K, V>,
    right: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
    let keys: BTreeSet<&K> = left.keys().chain(right.keys()).collect();
    keys.into_iter().map(|key| (key, left.get(key), right.get(key)))
}

fn debug(value: &impl Debug) -> String {
    format!("{value:?}")
}

fn access(access: Option<&Access>) -> String {
    access.map_or_else(
        || "none".to_owned(),
        |access| format!("owner {}; {}", access.owner, grants(&access.grants)),
    )
}

fn grants(grants: &[Grant]) -> String {
    let one = |grant: &Grant| {
        let column = grant.column.as_ref().map(|c| format!(" ({c})")).unwrap_or_default();
        let option = if grant.grantable.is_empty() {
            String::new()
        } else {
            format!(" with grant option for {}", grant.grantable)
        };
        let Grant { privileges, grantee, grantor, .. } = grant;
        format!("{privileges}{column} to {grantee} by {grantor}{option}")
    };
    grants.iter().map(one).collect::<Vec<_>>().join("; ")
}
