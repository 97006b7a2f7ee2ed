//! Writes the members of the extensions that come with a PostgreSQL server, as the interpreter reads them:
//! `cargo run --example extension_members > crates/engine/src/engine/interpreter/statements/extension_members.txt`.
//! Starts and stops a server of its own.

use test_cluster::Cluster;

/// The members of one extension, a line each.
const MEMBERS: &str = include_str!("extension_members.sql");

const HEADER: &str = "\
# All members of the extensions that come with PostgreSQL 15, as a server lists them: written by
# `cargo run --example extension_members`. A section is an extension; after its name stand the extension that it
# requires and the schema that it has for itself. A function is `name(types)+defaults result`.
";

type Failure = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "an example prints its result")]
fn main() -> Result<(), Failure> {
    let cluster = Cluster::start()?;
    println!("{HEADER}");
    let available = cluster.psql(
        "postgres",
        "SELECT name FROM pg_available_extensions WHERE name <> 'plpgsql' ORDER BY name COLLATE \"C\"",
    )?;
    for name in available.lines() {
        let database = cluster.create_database()?;
        cluster.psql(&database, "CREATE SCHEMA s")?;
        // One that has a schema of its own takes no other.
        let placed = format!("CREATE EXTENSION \"{name}\" SCHEMA s CASCADE");
        if cluster.psql(&database, &placed).is_err() {
            cluster.psql(&database, &format!("CREATE EXTENSION \"{name}\" CASCADE"))?;
        }
        let head = cluster.psql(
            &database,
            &format!(
                "SELECT '[' || name || ']' || coalesce(' requires ' || array_to_string(requires, ' '), '') \
                 || coalesce(' schema ' || schema, '') \
                 FROM pg_available_extension_versions WHERE installed AND name = '{name}'"
            ),
        )?;
        println!("{}", head.trim_end());
        let path =
            format!("SET search_path = s, public; SET railcheck.extension = '{name}'; {MEMBERS}");
        let members = cluster.psql(&database, &path)?;
        if !members.is_empty() {
            println!("{members}");
        }
    }
    Ok(())
}
