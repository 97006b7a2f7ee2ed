//! A migration that mends what rules find.

use std::fs;
use std::path::Path;

use crate::support::{Run, tree};

/// A foreign key without an index, policies that ask again for each row and overlap, an index too many, a table
/// without row-level security, a privilege that is missing.
const PROJECT: (&str, &str) = (
    "supabase/migrations/20260101000000_create_orders.sql",
    "CREATE TABLE public.customers (id uuid PRIMARY KEY);
CREATE TABLE public.orders (
    id uuid PRIMARY KEY, owner uuid, customer uuid REFERENCES public.customers (id)
);
CREATE INDEX by_owner ON public.orders (owner);
CREATE INDEX by_owner_again ON public.orders (owner);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON public.orders FOR SELECT TO authenticated USING (owner = auth.uid());
CREATE POLICY \"Also mine\" ON public.orders FOR SELECT TO authenticated
    USING (auth.uid() = owner AND id IS NOT NULL);
",
);

/// The names of the migrations, in their order.
fn migrations(root: &Path) -> Vec<String> {
    let folder = root.join("supabase/migrations");
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

fn findings(root: &Path, rule: &str) -> usize {
    let run = Run::of(root, &["verify", "--rules", "supabase", "--rule", rule, "--quiet"]);
    run.stdout.lines().filter(|line| line.contains(rule)).count()
}

#[test]
fn what_it_writes_mends_what_was_found_and_touches_no_old_file() {
    let root = tree(&[PROJECT]);
    let path = root.path();
    let before = ["SUPA-301", "SUPA-304", "SUPA-305", "SUPA-307"];
    for rule in before {
        assert!(findings(path, rule) > 0, "{rule}");
    }
    let run = Run::of(path, &["fix", "--rules", "supabase", "--name", "tune orders"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let names = migrations(path);
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[1].ends_with("_tune_orders.sql"), "{names:?}");
    assert_eq!(run.stdout, format!("supabase/migrations/{}\n", names[1]));
    let old = fs::read_to_string(path.join(PROJECT.0)).expect("the old file");
    assert_eq!(old, PROJECT.1);
    for rule in before {
        assert_eq!(findings(path, rule), 0, "{rule}\n{}", run.stderr);
    }
    // Whether anybody may read the customers is for somebody to decide.
    assert_eq!(findings(path, "SUPA-101"), 1);
    assert!(run.stderr.contains("SUPA-101 of table public.customers is left"), "{}", run.stderr);
    let again = Run::of(path, &["fix", "--rules", "supabase"]);
    assert!(again.stderr.contains("there is nothing to mend by a statement"), "{}", again.stderr);
    assert_eq!(migrations(path), names);
}

#[test]
fn a_difference_is_shown_and_nothing_is_written() {
    let root = tree(&[PROJECT]);
    let run = Run::of(root.path(), &["fix", "--rules", "supabase", "--rule", "SUPA-305", "--diff"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(migrations(root.path()).len(), 1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "--- /dev/null");
    assert!(lines[1].starts_with("+++ b/supabase/migrations/"), "{}", run.stdout);
    assert_eq!(lines[2], "@@ -0,0 +1,4 @@");
    assert_eq!(lines[6], "+CREATE INDEX ON public.orders (customer);");
    assert!(run.stderr.contains("statements: 1; changes of the catalog: 1"), "{}", run.stderr);
    assert!(
        run.stderr.contains("index orders_customer_idx of public.orders is new"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_object_and_a_rule_choose_and_a_decision_is_not_taken() {
    let root = tree(&[PROJECT]);
    let path = root.path();
    let one = Run::of(
        path,
        &[
            "fix",
            "--rules",
            "supabase",
            "--object",
            "index by_owner_again of public.orders",
            "--diff",
        ],
    );
    assert_eq!(one.code, 0, "{}", one.stderr);
    let statements: Vec<&str> = one.stdout.lines().filter(|line| line.ends_with(';')).collect();
    assert_eq!(statements, ["+DROP INDEX public.by_owner_again;"]);
    let decision = Run::of(path, &["fix", "--rules", "supabase", "--rule", "SUPA-101"]);
    assert_eq!((decision.code, &*decision.stdout), (1, ""), "{}", decision.stderr);
    assert!(decision.stderr.contains("it takes a decision"), "{}", decision.stderr);
    let unknown = Run::of(path, &["fix", "--rules", "supabase", "--rule", "SUPA-9"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
    assert_eq!(migrations(path).len(), 1);
}

#[test]
fn where_migrations_are_refused_nothing_is_written() {
    let refused = (
        "supabase/migrations/20260102000000_slip.sql",
        "ALTER TABLE public.orders ADD COLUMN id uuid;\n",
    );
    let root = tree(&[PROJECT, refused]);
    let run = Run::of(root.path(), &["fix", "--rules", "supabase"]);
    assert_eq!((run.code, &*run.stdout), (2, ""), "{}", run.stderr);
    assert!(run.stderr.contains("mend that first"), "{}", run.stderr);
    assert_eq!(migrations(root.path()).len(), 2);
}
