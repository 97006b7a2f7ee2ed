//! What a platform has before the first migration, made on a real server.

use std::fmt::Write as _;

use super::Platform;
use super::interpreter::split::{PieceKind, split};
use super::session::{Session, SessionError};

/// What a new Supabase project has; the interpreter executes the same text.
const SUPABASE: &str = include_str!("interpreter/platform/supabase.sql");

impl Platform {
    /// The search path of a new session.
    #[must_use]
    pub fn search_path(self) -> &'static str {
        match self {
            Self::Supabase => "\"$user\", public, extensions",
            Self::Postgres => "\"$user\", public",
        }
    }

    /// The roles that it has; they are the whole server's.
    #[must_use]
    pub fn roles(self) -> Vec<&'static str> {
        match self {
            Self::Supabase => statements().filter_map(role).collect(),
            Self::Postgres => Vec::new(),
        }
    }
}

/// Makes what the platform has. Roles that are there already are kept; extensions that the server lacks
/// are left out.
///
/// # Errors
/// Where the server refuses anything else, or is gone.
pub fn prepare(session: &mut dyn Session, platform: Platform) -> Result<(), SessionError> {
    match platform {
        Platform::Postgres => Ok(()),
        Platform::Supabase => {
            session.run(&supabase_script())?;
            session.reset()
        }
    }
}

/// The text that makes what the platform has, if it is anything.
pub(super) fn script(platform: Platform) -> Option<String> {
    (platform == Platform::Supabase).then(supabase_script)
}

/// What the platform has, as SQL.
pub(super) fn text(platform: Platform) -> Option<&'static str> {
    (platform == Platform::Supabase).then_some(SUPABASE)
}

fn statements() -> impl Iterator<Item = &'static str> {
    split(SUPABASE)
        .into_iter()
        .filter(|piece| piece.kind == PieceKind::Statement)
        .filter_map(|piece| SUPABASE.get(piece.range))
}

/// The role that a statement of the prelude makes.
fn role(statement: &'static str) -> Option<&'static str> {
    statement.strip_prefix("CREATE ROLE ")?.split_whitespace().next()
}

/// The prelude as one batch.
fn supabase_script() -> String {
    // Functions of the prelude have their names and types, and little of a body.
    let mut script = "SET check_function_bodies = off;\n".to_owned();
    for statement in statements() {
        // Writing to a string cannot fail.
        let _ = if let Some(role) = role(statement) {
            writeln!(
                script,
                "DO $$ BEGIN {statement}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; \
                 WHEN insufficient_privilege THEN CREATE ROLE {role}; END $$;"
            )
        } else if statement.starts_with("CREATE EXTENSION ") {
            writeln!(script, "DO $$ BEGIN {statement}; EXCEPTION WHEN OTHERS THEN NULL; END $$;")
        } else {
            writeln!(script, "{statement};")
        };
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roles_of_a_platform_are_those_that_its_prelude_makes() {
        let roles = Platform::Supabase.roles();
        assert!(roles.contains(&"anon") && roles.contains(&"service_role"), "{roles:?}");
        assert_eq!(Platform::Postgres.roles(), [""; 0]);
    }
}
