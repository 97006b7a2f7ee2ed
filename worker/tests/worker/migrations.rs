//! The migrations apply wherever they are promised to.

use std::process::Output;

use test_cluster::Cluster;

use crate::stage::Stage;

/// What a Supabase project has before anything of ours is in it.
const SUPABASE: &str = "
CREATE ROLE supabase_auth_admin NOLOGIN;
CREATE ROLE anon NOLOGIN NOINHERIT;
CREATE ROLE authenticated NOLOGIN NOINHERIT;
CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;
CREATE ROLE project LOGIN CREATEROLE CREATEDB;
GRANT anon, authenticated, service_role TO project WITH ADMIN OPTION;
";
const SUPABASE_AUTH: &str = "
CREATE SCHEMA auth AUTHORIZATION supabase_auth_admin;
GRANT USAGE ON SCHEMA auth TO project, anon, authenticated, service_role;
CREATE TABLE auth.users (id uuid PRIMARY KEY, raw_app_meta_data jsonb);
ALTER TABLE auth.users OWNER TO supabase_auth_admin;
GRANT ALL ON auth.users TO project;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
ALTER SCHEMA public OWNER TO project;
ALTER DEFAULT PRIVILEGES FOR ROLE project IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
";

const PRIVILEGES: &str = "
SELECT string_agg(role || ':' || coalesce(granted, ''), ' ' ORDER BY role) FROM (
    SELECT role, string_agg(privilege, ',' ORDER BY privilege) AS granted
    FROM unnest(ARRAY['anon', 'authenticated']) AS role
    LEFT JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
        ON has_table_privilege(role, 'public.diagnosis_runs', privilege)
    GROUP BY role
) AS granted";

/// Everything about schema auth that a migration could have changed.
const AUTH: &str = "
SELECT string_agg(what, ' ' ORDER BY what) FROM (
    SELECT nspname || nspacl::text AS what FROM pg_namespace WHERE nspname = 'auth'
    UNION ALL SELECT relname || relacl::text FROM pg_class WHERE relnamespace = 'auth'::regnamespace
    UNION ALL SELECT proname || prosrc FROM pg_proc WHERE pronamespace = 'auth'::regnamespace
) AS things";

fn migrate(stage: &Stage, cluster: &Cluster, login: &str) -> Output {
    stage
        .command(&["migrate"])
        .env("DATABASE_URL", cluster.url_as(login, &stage.database))
        .output()
        .expect("the binary runs")
}

fn assert_migrated(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn they_apply_to_supabase_and_leave_alone_what_exists() {
    let cluster = Cluster::start().expect("a server is installed");
    cluster.psql("postgres", SUPABASE).expect("the roles can be made");
    let stage = Stage { database: cluster.create_database().expect("a database can be made") };
    let psql = |sql: &str| cluster.psql(&stage.database, sql).expect("the statement succeeds");
    psql(SUPABASE_AUTH);
    let before = psql(AUTH);
    assert_migrated(&migrate(&stage, &cluster, "project"));
    assert_migrated(&migrate(&stage, &cluster, "project"));
    assert_eq!(psql(AUTH), before);
    assert_eq!(psql(PRIVILEGES), "anon: authenticated:SELECT");
    let sealed =
        "SELECT relrowsecurity FROM pg_class WHERE relname = 'diagnosis_worker_migrations'";
    assert_eq!(psql(sealed), "t");
}

#[test]
fn they_apply_for_a_login_that_may_create_roles_and_is_no_superuser() {
    let cluster = Cluster::start().expect("a server is installed");
    cluster.psql("postgres", "CREATE ROLE operator LOGIN CREATEROLE").expect("can be made");
    let stage = Stage { database: cluster.create_database().expect("a database can be made") };
    let psql = |sql: &str| cluster.psql(&stage.database, sql).expect("the statement succeeds");
    psql(&format!("ALTER DATABASE {} OWNER TO operator", stage.database));
    assert_migrated(&migrate(&stage, &cluster, "operator"));
    assert_eq!(psql(PRIVILEGES), "anon: authenticated:SELECT");
    // service_role cannot have BYPASSRLS here; the policies alone let the worker work.
    psql("CREATE ROLE worker_login LOGIN IN ROLE service_role");
    psql(
        "INSERT INTO diagnosis_runs (assessment_id, correlation_id) VALUES (gen_random_uuid(), 'x')",
    );
    let worked = stage
        .command(&["worker", "--provider", "noop", "--until-empty"])
        .env("DATABASE_URL", cluster.url_as("worker_login", &stage.database))
        .output()
        .expect("the binary runs");
    assert_migrated(&worked);
    assert_eq!(psql("SELECT status FROM diagnosis_runs"), "completed");
}

#[test]
fn several_at_once_all_succeed() {
    let cluster = Cluster::start().expect("a server is installed");
    let database = || cluster.create_database().expect("a database can be made");
    // In one database they take turns; the roles belong to all databases.
    let (shared, other) = (database(), database());
    let places = [&shared, &shared, &shared, &other, &other];
    std::thread::scope(|scope| {
        let cluster = &cluster;
        let migrations: Vec<_> = places
            .iter()
            .map(|database| {
                let stage = Stage { database: (*database).clone() };
                scope.spawn(move || migrate(&stage, cluster, "postgres"))
            })
            .collect();
        for migration in migrations {
            assert_migrated(&migration.join().expect("does not panic"));
        }
    });
}
