use serde_json::{Value, json};

use super::identity::Identity;
use super::schema::Table;
use super::{AccessError, literal, quoted, while_trying};
use crate::engine::session::Session;

/// Somebody who comes for the rows.
#[derive(Debug)]
pub(super) struct Actor {
    /// How reports call them.
    pub(super) name: String,
    /// The role that they act as.
    pub(super) role: String,
    /// Whose account they use.
    pub(super) identity: Option<Identity>,
    /// Whether others' rows are none of their business.
    pub(super) is_visitor: bool,
    claims: Value,
}

impl Actor {
    /// Everyone who may come and whose role the database has.
    pub(super) fn all(session: &mut dyn Session, target: &Table) -> Result<Vec<Self>, AccessError> {
        let visitor = |name: &str, role: &str, identity: Option<Identity>| Self {
            name: name.to_owned(),
            role: role.to_owned(),
            identity,
            is_visitor: true,
            claims: identity.map_or_else(|| json!({ "role": role }), Identity::claims),
        };
        let service = |role: &str| Self { is_visitor: false, ..visitor(role, role, None) };
        let mut actors = vec![
            visitor("anon", "anon", None),
            visitor("stranger", "authenticated", Some(Identity::Stranger)),
            visitor("owner", "authenticated", Some(Identity::Owner)),
        ];
        for role in target.policy_roles.iter().map(String::as_str).chain(["service_role"]) {
            if !actors.iter().any(|actor| actor.role == role) {
                actors.push(service(role));
            }
        }
        let roles = session.run("SELECT rolname FROM pg_catalog.pg_roles");
        let roles = while_trying(roles, "ask for the roles")?;
        let roles: Vec<_> =
            roles.into_iter().flat_map(|answer| answer.rows).flatten().flatten().collect();
        actors.retain(|actor| roles.contains(&actor.role));
        Ok(actors)
    }

    /// The statements by which a transaction becomes theirs, as PostgREST does.
    pub(super) fn enter(&self) -> String {
        let claim = |name: &str| {
            let value = self.claims.get(name).and_then(Value::as_str).unwrap_or_default();
            format!("set_config('request.jwt.claim.{name}', {}, true)", literal(value))
        };
        format!(
            "SELECT set_config('search_path', 'public, extensions', true), \
             set_config('request.jwt.claims', {}, true), {}, {}, {}; SET LOCAL ROLE {}",
            literal(&self.claims.to_string()),
            claim("sub"),
            claim("role"),
            claim("email"),
            quoted(&self.role)
        )
    }
}
