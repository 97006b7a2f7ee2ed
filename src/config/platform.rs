//! Where migrations start from, told by where they are and what they need.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use crate::engine::Platform;
use crate::input::{Folder, Order, read_migrations};
use crate::span::SourceMap;

/// A platform that nobody named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The platform.
    pub platform: Platform,
    /// Why, as the end of a sentence.
    pub why: String,
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let platform = match self.platform {
            Platform::Supabase | Platform::SupabaseUnexposed => "supabase",
            Platform::Postgres => "postgres",
        };
        write!(f, "platform {platform}, since {}", self.why)
    }
}

/// What a Supabase project has before its first migration: how texts name it, and how they make it.
const PARTS: [(&str, &str, &str); 7] = [
    ("role anon", r"\banon\b", r#"create\s+(role|user)\s+"?anon\b"#),
    ("role authenticated", r"\bauthenticated\b", r#"create\s+(role|user)\s+"?authenticated\b"#),
    ("role service_role", r"\bservice_role\b", r#"create\s+(role|user)\s+"?service_role\b"#),
    ("auth.uid()", r#"\bauth"?\s*\.\s*"?uid"?\s*\("#, r#"function\s+"?auth"?\s*\.\s*"?uid\b"#),
    ("auth.jwt()", r#"\bauth"?\s*\.\s*"?jwt"?\s*\("#, r#"function\s+"?auth"?\s*\.\s*"?jwt\b"#),
    (
        "auth.users",
        r#"\bauth"?\s*\.\s*"?users\b"#,
        r#"table\s+(if\s+not\s+exists\s+)?"?auth"?\s*\.\s*"?users\b"#,
    ),
    (
        "storage.objects",
        r#"\bstorage"?\s*\.\s*"?(objects|buckets)\b"#,
        r#"table\s+(if\s+not\s+exists\s+)?"?storage"?\s*\.\s*"?(objects|buckets)\b"#,
    ),
];

/// What a Supabase project has already, so that making it without IF NOT EXISTS would fail there.
const MAKES_SCHEMA: &str = r#"(?im)^\s*create\s+schema\s+"?(auth|storage)\b"#;

struct Part {
    name: &'static str,
    named: Regex,
    made: Regex,
}

static READ: LazyLock<Option<(Vec<Part>, Regex)>> = LazyLock::new(|| {
    let parts = PARTS.iter().map(|(name, named, made)| {
        let compiled = |pattern: &str| Regex::new(&format!("(?i){pattern}")).ok();
        Some(Part { name, named: compiled(named)?, made: compiled(made)? })
    });
    Some((parts.collect::<Option<_>>()?, Regex::new(MAKES_SCHEMA).ok()?))
});

/// The platform that migrations most likely start from.
#[must_use]
pub fn likely_platform(root: &Folder, migrations: Option<&Folder>) -> Chosen {
    let chosen = |platform, why: String| Chosen { platform, why };
    let Some(folder) = migrations else {
        return chosen(Platform::default(), "there are no migrations".to_owned());
    };
    if folder.shown().split('/').any(|part| part == "supabase") {
        return chosen(Platform::Supabase, format!("the migrations are in {}", folder.shown()));
    }
    let mut files = SourceMap::default();
    let found = read_migrations(folder, Order::Version, &mut files).unwrap_or_default();
    let texts: Vec<&str> = found.files.iter().map(|file| &*files.file(*file).text).collect();
    if let Some(why) = by_contents(&texts) {
        return why;
    }
    if root.has("supabase/config.toml") {
        return chosen(Platform::Supabase, "there is a supabase/config.toml".to_owned());
    }
    chosen(Platform::Postgres, "the migrations need nothing of Supabase".to_owned())
}

/// What a repository names that serves its tables by PostgREST: roles of it, its settings, its program.
const POSTGREST: &str = r"(?i)\b(web_anon|anon|authenticator|pgrst|postgrest)\b";

/// Where such a repository names PostgREST, beside its migrations.
const SERVICES: [&str; 4] =
    ["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"];

/// Whether an API serves the tables to strangers: that of Supabase, or PostgREST.
#[must_use]
pub fn serves_tables(root: &Folder, platform: Platform, migrations: Option<&Folder>) -> bool {
    if platform == Platform::Supabase || root.has("postgrest.conf") {
        return true;
    }
    let Ok(named) = Regex::new(POSTGREST) else { return false };
    let services = SERVICES.iter().filter_map(|file| root.read_text(file).ok());
    if services.into_iter().any(|text| named.is_match(&text)) {
        return true;
    }
    let Some(folder) = migrations else { return false };
    let mut files = SourceMap::default();
    let found = read_migrations(folder, Order::Version, &mut files).unwrap_or_default();
    found.files.iter().any(|file| named.is_match(&files.file(*file).text))
}

/// What texts tell: those that make a part of Supabase start without it, those that name one and do not make
/// it start with it.
fn by_contents(texts: &[&str]) -> Option<Chosen> {
    let (parts, schema) = READ.as_ref()?;
    let any = |regex: &Regex| texts.iter().any(|text| regex.is_match(text));
    if any(schema) {
        let why = "the migrations create schema auth or storage themselves".to_owned();
        return Some(Chosen { platform: Platform::Postgres, why });
    }
    let mut made = None;
    for part in parts {
        if any(&part.made) {
            made = made.or(Some(part.name));
        } else if any(&part.named) {
            let why = format!("the migrations name {} and do not create it", part.name);
            return Some(Chosen { platform: Platform::Supabase, why });
        }
    }
    made.map(|name| Chosen {
        platform: Platform::Postgres,
        why: format!("the migrations create {name} themselves"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_migrations_make_themselves_is_not_there_before_them() {
        for (texts, expected) in [
            (vec!["create role authenticated;", "grant select on a to authenticated"], "postgres"),
            (vec!["create role anon; create role authenticated; create schema auth;"], "postgres"),
            (vec!["CREATE SCHEMA auth;", "select auth.uid()"], "postgres"),
            (vec!["create schema if not exists auth;", "using (auth.uid() = owner)"], "supabase"),
            (vec!["create policy p on a to authenticated using (true)"], "supabase"),
            (vec!["references auth.users (id)"], "supabase"),
            (vec!["references \"auth\".\"users\" (id)"], "supabase"),
            (
                vec![
                    "create schema if not exists auth; create function auth.uid() returns uuid",
                    "auth.uid()",
                ],
                "postgres",
            ),
            (vec!["create table a (id int)"], "none"),
        ] {
            let told = match by_contents(&texts).map(|chosen| chosen.platform) {
                Some(Platform::Supabase | Platform::SupabaseUnexposed) => "supabase",
                Some(Platform::Postgres) => "postgres",
                None => "none",
            };
            assert_eq!(told, expected, "{texts:?}");
        }
    }
}
