//! `railcheck access` on a real server: the matrix of known policies and of open ones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod verdicts;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use test_cluster::Cluster;

/// One server for all tests, which goes with the process.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let cluster = Cluster::start().unwrap();
        let roles =
            "CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS";
        cluster.psql("postgres", roles).unwrap();
        cluster
    })
}

fn access(root: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    railcheck(root, &[&["access"], arguments].concat())
}

fn railcheck(root: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("railcheck"))
        .args(arguments)
        .current_dir(root)
        .env("RAILCHECK_SHADOW_URL", cluster().url("postgres"))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The matrix of a table that these statements make, one line for each who came, and the exit code.
fn matrix(statements: &str) -> (Option<i32>, String) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("supabase/migrations");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("1_create_notes.sql"), statements).unwrap();
    let (code, stdout, stderr) = access(root.path(), &["notes", "--format", "json"]);
    let access: Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stderr}"));
    let line = |actor: &Value| {
        let reach = |command: &str| actor[command]["reach"].as_str().unwrap().to_owned();
        let cells = ["select", "insert", "update", "delete"].map(reach);
        format!("{}: {}", actor["name"].as_str().unwrap(), cells.join(" "))
    };
    let lines: Vec<_> = access["actors"].as_array().unwrap().iter().map(line).collect();
    (code, lines.join("\n"))
}

/// A table whose rows belong to somebody.
const NOTES: &str = "\
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE notes (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    author uuid NOT NULL REFERENCES auth.users (id),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 10),
    mood mood NOT NULL,
    is_public boolean NOT NULL DEFAULT false,
    body text
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
";

const SERVICE: &str = "\nservice_role: all_rows all_rows all_rows all_rows";

#[test]
fn the_matrix_says_whose_rows_everyone_gets_at() {
    let nothing = "none none none none";
    let own = "CREATE POLICY own ON notes USING (author = auth.uid());\n";
    for (policies, code, anon, stranger, owner) in [
        ("", 0, nothing, nothing, nothing),
        (own, 0, nothing, "none own_rows none none", "own_rows own_rows own_rows own_rows"),
        (
            "CREATE POLICY open ON notes FOR SELECT USING (true);",
            1,
            "all_rows none none none",
            "all_rows none none none",
            "all_rows none none none",
        ),
        (
            "CREATE POLICY open ON notes FOR SELECT TO authenticated USING (auth.uid() IS NOT NULL);",
            1,
            nothing,
            "all_rows none none none",
            "all_rows none none none",
        ),
        (
            "CREATE POLICY open ON notes FOR INSERT WITH CHECK (true);",
            1,
            "none all_rows none none",
            "none all_rows none none",
            "none all_rows none none",
        ),
        (
            "CREATE POLICY public ON notes FOR SELECT USING (is_public);",
            1,
            "some_rows none none none",
            "some_rows none none none",
            "some_rows none none none",
        ),
        (
            "CREATE POLICY glad ON notes FOR DELETE USING (mood = 'glad');",
            1,
            "none none none some_rows",
            "none none none some_rows",
            "none none none some_rows",
        ),
        (
            "ALTER TABLE notes DISABLE ROW LEVEL SECURITY; REVOKE ALL ON notes FROM anon; \
             REVOKE DELETE ON notes FROM authenticated; REVOKE INSERT ON notes FROM authenticated;",
            1,
            nothing,
            "all_rows none all_rows none",
            "all_rows none all_rows none",
        ),
        (
            "CREATE POLICY take ON notes FOR UPDATE USING (true) WITH CHECK (author = auth.uid());",
            1,
            nothing,
            "none none all_rows none",
            "none none all_rows none",
        ),
    ] {
        let (ended, matrix) = matrix(&format!("{NOTES}{policies}"));
        let expected = format!("anon: {anon}\nstranger: {stranger}\nowner: {owner}{SERVICE}");
        assert_eq!(matrix, expected, "{policies}");
        assert_eq!(ended, Some(code), "{policies}");
    }
}

#[test]
fn a_policy_is_followed_through_tables_functions_and_roles() {
    let (code, matrix) = matrix(&format!(
        "{NOTES}
        CREATE ROLE auditor;
        GRANT USAGE ON SCHEMA public TO auditor;
        GRANT SELECT ON notes TO auditor;
        CREATE TABLE teams (id bigint PRIMARY KEY);
        CREATE TABLE memberships (team bigint REFERENCES teams (id), member uuid);
        ALTER TABLE notes ADD team bigint;
        CREATE FUNCTION is_member(team bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
            RETURN EXISTS (SELECT FROM memberships m WHERE m.team = is_member.team AND m.member = auth.uid());
        END $$;
        CREATE POLICY team ON notes FOR SELECT USING (is_member(team));
        CREATE POLICY audit ON notes FOR SELECT TO auditor USING (true);"
    ));
    let expected = "anon: none none none none\nstranger: none none none none\n\
                    owner: own_rows none none none\nauditor: all_rows none none none";
    assert_eq!(matrix, format!("{expected}{SERVICE}"));
    assert_eq!(code, Some(0));
    let left = "SELECT count(*) FROM pg_roles WHERE rolname = 'auditor'";
    assert_eq!(cluster().psql("postgres", left).unwrap(), "0", "a role of the migrations is left");
}

#[test]
fn this_repositorys_runs_are_their_patients() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (code, stdout, stderr) = access(root, &["diagnosis_runs"]);
    let expected = "\
role          select     insert     update     delete
anon          none       none       none       none
stranger      none       none       none       none
owner         own rows   none       none       none
service_role  all rows   all rows   all rows   all rows

✅ No visitor can reach a row of somebody else
";
    assert!(stdout.ends_with(expected), "{stdout}{stderr}");
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}

#[test]
fn verify_shows_the_same_matrix_of_each_table_that_a_rule_guards() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("supabase/migrations");
    fs::create_dir_all(&folder).unwrap();
    let open = "CREATE POLICY open ON notes FOR SELECT TO anon USING (is_public);";
    fs::write(folder.join("1_create_notes.sql"), format!("{NOTES}{open}")).unwrap();
    let rule = |table: &str| {
        format!(
            "  - {{id: OWN-{table}, subject: s, title: t, check: row-level-security, \
             parameters: {{table: public.{table}, policies: {{}}}}}}\n"
        )
    };
    let head = "pack: own\ntitle: Own\nguardrails: own\nrules:\n";
    fs::write(root.path().join("own.yaml"), [head, &rule("notes"), &rule("gone")].concat())
        .unwrap();
    fs::write(root.path().join("railcheck.yaml"), "packs: [own.yaml]\n").unwrap();
    let json = |arguments: &[&str]| -> Value {
        let (_, stdout, stderr) = railcheck(root.path(), arguments);
        serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stderr}"))
    };
    let matrix = json(&["access", "notes", "--format", "json"]);
    assert_eq!(matrix["verdict"], "leaks");
    for engine in ["shadow", "postgres"] {
        let report = json(&["verify", "--engine", engine, "--format", "json"]);
        let attacked = report["access"].as_array().unwrap();
        let names: Vec<_> = attacked.iter().map(|access| &access["table"]["name"]).collect();
        assert_eq!(names, ["gone", "notes"], "{engine}");
        let missing = "there is no table public.gone after the migrations";
        assert_eq!(attacked[0]["error"], missing, "{engine}");
        assert_eq!(attacked[1], matrix, "{engine}");
    }
    let report = json(&["verify", "--engine", "interpreter", "--format", "json"]);
    assert_eq!(report["access"], Value::Array(Vec::new()));
}

#[test]
fn a_leak_is_shown_with_the_row_and_what_cannot_be_tried_is_said() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("supabase/migrations");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("1_create_notes.sql"),
        format!("{NOTES} CREATE POLICY open ON notes FOR SELECT TO anon USING (true);"),
    )
    .unwrap();
    let (code, stdout, _) = access(root.path(), &["public.notes", "--format", "markdown"]);
    assert_eq!(code, Some(1));
    assert!(stdout.contains("| anon | all rows | none | none | none |"), "{stdout}");
    assert!(stdout.contains("- ❌ anon can select the row of another owner: {\"id\":"), "{stdout}");
    fs::write(
        folder.join("2_create_shapes.sql"),
        "CREATE TABLE shapes (owner uuid, shape text NOT NULL CHECK (md5(shape) = 'round'));",
    )
    .unwrap();
    let (code, stdout, _) = access(root.path(), &["shapes"]);
    assert!(
        stdout.contains("❓ no row of owner could be made in public.shapes: new row"),
        "{stdout}"
    );
    assert_eq!(code, Some(2), "{stdout}");
    for (arguments, said) in [
        (&["nothing"][..], "railcheck: there is no table public.nothing after the migrations\n"),
        (&["public.notes", "--migrations", "none"], "railcheck: cannot open folder none"),
    ] {
        let (code, stdout, stderr) = access(root.path(), arguments);
        assert_eq!((code, stdout.as_str()), (Some(2), ""));
        assert!(stderr.contains(said), "{stderr}");
    }
}
