//! What a platform has before the first migration, made on a real server.

use std::fmt::Write as _;

use super::Platform;
use super::interpreter::split::{PieceKind, split};
use super::session::{Session, SessionError};

/// What a new Supabase project has; the interpreter executes the same text.
const SUPABASE: &str = include_str!("interpreter/platform/supabase.sql");

impl Platform {
    /// Whether it is one of Supabase's.
    #[must_use]
    pub fn is_supabase(self) -> bool {
        matches!(self, Self::Supabase | Self::SupabaseUnexposed)
    }

    /// The search path of a new session.
    #[must_use]
    pub fn search_path(self) -> &'static str {
        match self {
            Self::Supabase | Self::SupabaseUnexposed => "\"$user\", public, extensions",
            Self::Postgres => "\"$user\", public",
        }
    }

    /// The roles that it has; they are the whole server's.
    #[must_use]
    pub fn roles(self) -> Vec<&'static str> {
        match self {
            Self::Supabase | Self::SupabaseUnexposed => statements().filter_map(role).collect(),
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
        Platform::Supabase | Platform::SupabaseUnexposed => {
            session.run(&supabase_script(platform))?;
            session.reset()
        }
    }
}

/// The text that makes what the platform has, if it is anything.
pub(super) fn script(platform: Platform) -> Option<String> {
    platform.is_supabase().then(|| supabase_script(platform))
}

/// What the platform has, as SQL.
pub(super) fn text(platform: Platform) -> Option<&'static str> {
    platform.is_supabase().then_some(SUPABASE)
}

/// How the statements begin that grant something on new objects of the schema `public`.
const EXPOSURE: &str = "ALTER DEFAULT PRIVILEGES IN SCHEMA public ";

/// How statements on privileges begin.
const GRANTS: [&str; 3] = ["GRANT ", "REVOKE ", "ALTER DEFAULT PRIVILEGES "];

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
fn supabase_script(platform: Platform) -> String {
    // Functions of the prelude have their names and types, and little of a body.
    let mut script = "SET check_function_bodies = off;\n".to_owned();
    let exposes = |statement: &str| statement.starts_with(EXPOSURE);
    for statement in statements() {
        if platform == Platform::SupabaseUnexposed && exposes(statement) {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = if let Some(role) = role(statement) {
            writeln!(
                script,
                "DO $$ BEGIN {statement}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; \
                 WHEN insufficient_privilege THEN CREATE ROLE {role}; END $$;"
            )
        } else if GRANTS.iter().any(|words| statement.starts_with(words)) {
            // A login that is no superuser cannot grant everything, and roles of the server stay as they are.
            writeln!(
                script,
                "DO $$ BEGIN {statement}; EXCEPTION WHEN insufficient_privilege OR undefined_object \
                 OR invalid_grant_operation THEN NULL; END $$;"
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
