//! What engine shadow leaves on the user's server: nothing.

use test_cluster::Cluster;

use super::{Run, compliant, copy_of_compliant};

/// Databases and roles, one a line.
fn belongings(cluster: &Cluster) -> String {
    let query = "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles ORDER BY 1";
    cluster.psql("postgres", query).expect("names")
}

fn shadow(cluster: &Cluster, folder: &std::path::Path, login: &str) -> Run {
    let url = cluster.url_as(login, "postgres");
    Run::of(folder, &["verify", "--engine", "shadow", "--shadow-url", &url])
}

#[test]
fn the_server_is_left_as_it_was_whether_the_migrations_apply_or_fail() {
    let cluster = Cluster::start().expect("a server");
    cluster
        .psql("postgres", "CREATE DATABASE precious; CREATE ROLE anon; CREATE ROLE creator LOGIN CREATEDB CREATEROLE")
        .expect("belongings");
    let before = belongings(&cluster);
    let failing = copy_of_compliant(&[("99990101000000_fail.sql", "SELECT 1/0;")]);
    for login in ["postgres", "creator"] {
        let run = shadow(&cluster, &compliant(), login);
        assert_eq!(run.code, 0, "{login}: {}{}", run.stdout, run.stderr);
        assert_eq!(belongings(&cluster), before, "{login}");
        let run = shadow(&cluster, failing.path(), login);
        assert_eq!(run.code, 2, "{login}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains("(22012: division by zero)"), "{}", run.stdout);
        assert_eq!(belongings(&cluster), before, "{login}");
    }
}

#[test]
fn roles_that_migrations_make_go_too_but_for_those_that_something_else_needs() {
    let cluster = Cluster::start().expect("a server");
    cluster.psql("postgres", "CREATE DATABASE precious; CREATE ROLE known").expect("belongings");
    let before = belongings(&cluster);
    let roles = "CREATE ROLE app_reader; CREATE ROLE \"App Writer\" IN ROLE app_reader;
        CREATE TABLE public.owned (); ALTER TABLE public.owned OWNER TO app_reader;
        GRANT ALL ON public.diagnosis_runs TO \"App Writer\", known;";
    let tree = copy_of_compliant(&[("99990101000000_roles.sql", roles)]);
    let run = shadow(&cluster, tree.path(), "postgres");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(belongings(&cluster), before);

    let needed = "CREATE ROLE needed; GRANT CONNECT ON DATABASE precious TO needed;
        DO $$ BEGIN EXECUTE format('CREATE ROLE %I', 'name' || 'less'); END $$;";
    let tree = copy_of_compliant(&[("99990101000000_needed.sql", needed)]);
    let run = shadow(&cluster, tree.path(), "postgres");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    for told in [
        "the new role needed stays on the server: role \"needed\" cannot be dropped",
        "the new role nameless stays on the server: no migration names it",
    ] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    cluster
        .psql(
            "postgres",
            "REVOKE CONNECT ON DATABASE precious FROM needed; DROP ROLE needed, nameless",
        )
        .expect("it stayed");
    assert_eq!(belongings(&cluster), before);
}

#[test]
fn a_server_that_cannot_be_used_is_told_with_the_reason() {
    let cluster = Cluster::start().expect("a server");
    cluster.psql("postgres", "CREATE ROLE nobody LOGIN").expect("a role");
    for (url, reason) in [
        (cluster.url_as("nobody", "postgres"), "permission denied to create database"),
        (cluster.url("nowhere"), "database \"nowhere\" does not exist"),
        ("postgres://127.0.0.1:1/postgres".to_owned(), "the PostgreSQL server: "),
        ("nonsense".to_owned(), "the URL is not postgres://user@host:port/database"),
    ] {
        let run = Run::of(&compliant(), &["verify", "--engine", "shadow", "--shadow-url", &url]);
        assert_eq!(run.code, 2, "{url}");
        assert!(run.stderr.contains("cannot create a shadow database"), "{}", run.stderr);
        assert!(run.stderr.contains(reason), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    let run = Run::of(&compliant(), &["verify", "--engine", "shadow"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--shadow-url <URL>"), "{}", run.stderr);
}
