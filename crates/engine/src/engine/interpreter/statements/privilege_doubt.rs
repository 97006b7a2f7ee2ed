//! Statements on privileges of which it is not known what they do, or whether they are executed.

use sqlparser::ast::Ident;

use super::privilege::secured;
use crate::catalog::{AccessDoubt, ObjectName, PUBLIC};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{
    Grant, GrantTargets, ObjectAddress, ObjectKind, PrivilegeChange,
};
use crate::engine::interpreter::plpgsql::pattern;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Any privilege may be another one because of the statement under way.
    pub(crate) fn doubt_all_privileges(&mut self, reason: &str) {
        self.model.doubt_access(AccessDoubt {
            span: self.span,
            reason: reason.to_owned(),
            objects: None,
            grantees: None,
            grants: true,
            revokes: true,
        });
    }

    /// It is not known what a statement does to privileges. Parts of its names may stand for text that is not
    /// known.
    pub(crate) fn doubt_grant(&mut self, grant: &Grant, reason: &str) {
        let (objects, change) = match grant {
            Grant::Lock(_) => return,
            Grant::Roles(_) | Grant::Reassign(..) => return self.doubt_all_privileges(reason),
            Grant::Defaults(_, change) => (None, change),
            Grant::Privileges(change) => match self.objects_granted_on(change) {
                Some(objects) => (Some(objects), change),
                None => return,
            },
        };
        let grantees: Option<Vec<String>> =
            change.grantees.iter().map(|role| self.grantee_name(role)).collect();
        self.model.doubt_access(AccessDoubt {
            span: self.span,
            reason: reason.to_owned(),
            objects,
            grantees,
            grants: change.grants,
            revokes: !change.grants,
        });
    }

    /// The objects as far as they are known; `None` where their privileges are not followed.
    fn objects_granted_on(&self, change: &PrivilegeChange) -> Option<Vec<ObjectName>> {
        let own = |object: &ObjectAddress| {
            let name = object.name.0.last().and_then(|part| part.as_ident());
            name.map(|name| names::stored(name).into_owned()).unwrap_or_default()
        };
        match &change.targets {
            GrantTargets::Objects(objects) => {
                secured(objects.first()?.kind)?;
                let name = |object: &ObjectAddress| match object.kind {
                    ObjectKind::Schema => pattern(ObjectName::new("", own(object))),
                    _ => pattern(self.expected_name(&object.name)),
                };
                Some(objects.iter().map(name).collect())
            }
            GrantTargets::AllIn { schemas, .. } => {
                let within = |schema: &ObjectAddress| {
                    let schema = pattern(ObjectName::new("", own(schema))).name;
                    ObjectName::new(schema, "*")
                };
                Some(schemas.iter().map(within).collect())
            }
            GrantTargets::New(_) | GrantTargets::NotKept => None,
        }
    }

    /// The role that a statement means, unless its name is not known.
    fn grantee_name(&self, written: &Ident) -> Option<String> {
        let name = pattern(ObjectName::new("", names::stored(written))).name;
        if name.contains('*') {
            return None;
        }
        match self.role_named(written) {
            Ok(Some(role)) => self.model.role(role).ok().map(|role| role.name.to_string()),
            Ok(None) => Some(PUBLIC.to_owned()),
            Err(_) => Some(name),
        }
    }
}
