/// Schemas of the server and of hosting platforms, sorted; what is in them is not the user's.
pub const LEFT_OUT: &[&str] = &[
    "_realtime",
    "auth",
    "cron",
    "extensions",
    "graphql",
    "graphql_public",
    "information_schema",
    "net",
    "pgbouncer",
    "pgmq",
    "pgsodium",
    "pgsodium_masks",
    "pgtle",
    "realtime",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "tap",
    "tiger",
    "tiger_data",
    "topology",
    "vault",
];

/// Whether the catalog leaves out what is in the schema of that name.
#[must_use]
pub fn is_left_out(schema: &str) -> bool {
    schema.starts_with("pg_") || LEFT_OUT.binary_search(&schema).is_ok()
}
