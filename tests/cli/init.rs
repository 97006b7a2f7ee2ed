//! From a repository that never heard of railcheck to a gate.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::support::{Run, railcheck, tree, write};

const SQL: &str = "\
CREATE TABLE public.orders (id int PRIMARY KEY, owner uuid, code text UNIQUE);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.orders FOR SELECT USING (auth.uid() = owner);
CREATE TABLE public.notes (id int PRIMARY KEY, owner uuid);
";

fn repository(files: &[(&str, &str)]) -> TempDir {
    let base =
        [("supabase/migrations/1_orders.sql", SQL), ("app/page.tsx", "export const a = 1\n")];
    let root = tree(&[&base, files].concat());
    let status = Command::new("git").args(["init", "-q"]).current_dir(root.path()).status();
    assert!(status.expect("git").success());
    root
}

/// Every file of a tree with its text, without those of git but for its hook.
fn files(root: &Path) -> BTreeMap<String, String> {
    WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(root).expect("a path below").display().to_string();
            (path, fs::read_to_string(entry.path()).unwrap_or_default())
        })
        .filter(|(path, _)| !path.starts_with(".git/") || path == ".git/hooks/pre-commit")
        .collect()
}

fn init(root: &Path, options: &[&str]) -> Run {
    Run::of(root, &[&["init", "--yes", "--today", "2026-11-25"], options].concat())
}

#[test]
fn one_command_sets_up_a_gate_that_is_green_and_breaks_with_what_breaks() {
    let root = repository(&[(".github/dependabot.yml", "version: 2\n")]);
    let asked = init(root.path(), &[]);
    assert_eq!(asked.code, 0, "{}{}", asked.stdout, asked.stderr);
    assert_snapshot!("what_init_says", asked.stdout);
    let written = files(root.path());
    for path in ["railcheck-baseline.json", ".git/hooks/pre-commit"] {
        assert!(!written.contains_key(path), "{path} without being asked, or before it passes");
    }
    let run = init(root.path(), &["--accept"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_snapshot!("what_init_says_once_it_is_accepted", run.stdout);
    let written = files(root.path());
    assert_snapshot!("the_configuration", written["railcheck.yaml"]);
    assert_snapshot!("the_starter_pack", written["rules/starter.yaml"]);
    for path in [".git/hooks/pre-commit", ".github/workflows/railcheck.yml"] {
        assert!(written[path].contains("railcheck"), "{path}");
    }
    let verified = Run::of(root.path(), &["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.stdout);

    write(
        root.path(),
        &[("supabase/migrations/2_drop.sql", "DROP POLICY own ON public.orders;\n")],
    );
    let broken = Run::of(root.path(), &["verify", "-q"]);
    assert_eq!(broken.code, 1);
    assert!(broken.stdout.contains("❌ violates RLS-orders: policy own of"), "{}", broken.stdout);
}

#[test]
fn a_table_to_come_is_guarded_and_an_update_names_its_policies() {
    let root = repository(&[]);
    assert_eq!(init(root.path(), &["--accept"]).code, 0);
    let secrets = "create table public.secrets (id int);\n";
    write(root.path(), &[("supabase/migrations/2_secrets.sql", secrets)]);
    let open = Run::of(root.path(), &["verify", "-q"]);
    assert_eq!(open.code, 1, "{}", open.stdout);
    let said = "❌ violates RLS: row-level security of public.secrets is not enabled";
    assert!(open.stdout.contains(said), "{}", open.stdout);
    let closed = format!(
        "{secrets}alter table public.secrets enable row level security;\n\
         create policy p on public.secrets using (id = 1);\n"
    );
    write(root.path(), &[("supabase/migrations/2_secrets.sql", &closed)]);
    assert_eq!(Run::of(root.path(), &["verify", "-q"]).code, 0);
    let run = init(root.path(), &["--update"]);
    assert!(run.stdout.contains("added 1 rule for new tables"), "{}", run.stdout);
    assert!(files(root.path())["rules/starter.yaml"].contains("- id: RLS-secrets"));
    assert_eq!(Run::of(root.path(), &["verify", "-q"]).code, 0);
    let again = init(root.path(), &["--update"]);
    assert!(again.stdout.contains("has a rule for every table"), "{}", again.stdout);
}

#[test]
fn a_database_that_no_api_serves_gets_no_rules_about_row_level_security() {
    let sql =
        "CREATE TABLE orders (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE log (at int);";
    let root = tree(&[("migrations/1_orders.sql", sql)]);
    let run = init(root.path(), &["--hook", "none"]);
    assert!(run.stdout.contains("the gate is green"), "{}", run.stdout);
    let pack = &files(root.path())["rules/starter.yaml"];
    assert!(!pack.contains("row-level-security"), "{pack}");
    assert!(pack.contains("except: [\"public.log\"]"), "{pack}");
    let served = [("migrations/1_orders.sql", sql), ("postgrest.conf", "")];
    let root = tree(&served);
    init(root.path(), &["--hook", "none"]);
    assert!(files(root.path())["rules/starter.yaml"].contains("row-level-security"));
}

#[test]
fn migrations_of_another_database_are_said_and_not_taken() {
    let root =
        tree(&[("migrations/1_a.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT);\n")]);
    let run = init(root.path(), &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("migrations has migrations for SQLite, which are not taken"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("there are no rules"), "{}", run.stdout);
    let written = files(root.path());
    assert!(
        !written["railcheck.yaml"].contains("e76") && !written.contains_key("rules/starter.yaml")
    );
    let nothing = tree(&[]);
    init(nothing.path(), &[]);
    assert!(!files(nothing.path())["railcheck.yaml"].contains("e76"));
}

#[test]
fn a_second_run_changes_nothing() {
    let root = repository(&[]);
    for hook in ["pre-commit", "husky", "lefthook", "git"] {
        let options = ["--hook", hook, "--workflow", "true", "--accept"];
        assert_eq!(init(root.path(), &options).code, 0);
        let before = files(root.path());
        let again = init(root.path(), &options);
        assert_eq!(again.code, 0, "{}", again.stderr);
        assert_eq!(files(root.path()), before, "{hook}: {}", again.stdout);
    }
}

#[test]
fn the_hook_is_the_one_that_the_repository_uses() {
    for (there, expected) in
        [(&[][..], ".git/hooks/pre-commit"), (&[(".husky/.gitkeep", "")], ".husky/pre-commit")]
    {
        let root = repository(there);
        assert_eq!(init(root.path(), &["--accept"]).code, 0);
        let text = &files(root.path())[expected];
        assert!(text.contains("railcheck"), "{expected}: {text}");
    }
    for (option, path) in [("pre-commit", ".pre-commit-config.yaml"), ("lefthook", "lefthook.yml")]
    {
        let root = repository(&[]);
        assert_eq!(init(root.path(), &["--hook", option, "--accept"]).code, 0);
        let written = files(root.path());
        assert!(written[path].contains("railcheck"), "{path}");
        assert!(!written.contains_key(".git/hooks/pre-commit"));
    }
}

#[test]
fn an_existing_hook_is_changed_only_if_that_is_said() {
    for (path, text) in [
        (".husky/pre-commit", "npm test"),
        (".pre-commit-config.yaml", "repos: []\n"),
        ("lefthook.yml", "pre-push: {}\n"),
    ] {
        let root = repository(&[(path, text)]);
        let run = init(root.path(), &["--accept"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(files(root.path())[path], text, "{}", run.stdout);
        assert!(run.stdout.contains("railcheck"), "tells what to add: {}", run.stdout);
    }
    let root = repository(&[(".husky/pre-commit", "npm test")]);
    assert_eq!(init(root.path(), &["--add-to-hook", "true", "--accept"]).code, 0);
    let added = "npm test\nrailcheck verify --staged --quiet\n";
    assert_eq!(files(root.path())[".husky/pre-commit"], added);
}

#[test]
fn migrations_are_found_below_the_folders_of_a_monorepo() {
    let root = tree(&[
        ("apps/web/supabase/migrations/1_orders.sql", SQL),
        ("apps/api/migrations/1_a.sql", "CREATE TABLE a (id int);"),
        ("node_modules/x/migrations/1_a.sql", "CREATE TABLE a (id int);"),
    ]);
    let run = init(root.path(), &["--hook", "none", "--accept"]);
    assert!(
        run.stdout.contains("migrations are in apps/web/supabase/migrations"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("apps/api/migrations has migrations too"), "{}", run.stdout);
    assert!(files(root.path())["railcheck.yaml"].contains("platform: supabase"));
    assert_eq!(Run::of(root.path(), &["verify"]).code, 0);
}

#[test]
fn what_is_there_stays_and_what_is_declined_is_not_written() {
    let yaml = "migrations: supabase/migrations\npacks: [own.yaml]\n";
    let pack = "pack: own\ntitle: Own\nguardrails: own\nrules:\n  - {id: OWN-1, subject: s, title: t, \
                check: index, parameters: {table: orders, index: i, leading_columns: [code]}}\n";
    let root = repository(&[("railcheck.yaml", yaml), ("own.yaml", pack)]);
    let before = files(root.path());
    let options = ["--hook", "none", "--workflow", "false", "--baseline", "false"];
    let run = init(root.path(), &options);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(files(root.path()), before, "{}", run.stdout);
    assert!(
        run.stdout.contains("❌ OWN-1: index i of public.orders does not exist ("),
        "{}",
        run.stdout
    );
}

#[test]
fn the_summary_is_green_only_where_every_rule_holds() {
    let drop = ("supabase/migrations/2_drop.sql", "DROP POLICY own ON public.orders;\n");
    let all_hold = ("supabase/migrations/2_drop.sql", "DROP TABLE public.notes;\n");
    let unknown = ("supabase/migrations/3_alter.sql", "ALTER TABLE missing ADD COLUMN a int;\n");
    let first = ["--hook", "none"];
    for (change, expected) in [
        (&[all_hold][..], "\n✅ 3 of 3 rules hold\n"),
        (&[drop], "\n❌ 1 of 3 rules hold; 2 findings\n"),
        (&[all_hold, unknown], "\n❓ 2 of 3 rules hold\n"),
    ] {
        let root = repository(&[all_hold]);
        assert_eq!(init(root.path(), &first).code, 0);
        write(root.path(), change);
        let run = init(root.path(), &first);
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
        let is_green = expected.contains('✅');
        assert_eq!(run.stdout.contains("the gate is green"), is_green, "{}", run.stdout);
    }
    let root = repository(&[all_hold]);
    assert_eq!(init(root.path(), &first).code, 0);
    write(root.path(), &[drop]);
    assert_eq!(Run::of(root.path(), &["baseline"]).code, 0);
    let run = init(root.path(), &first);
    assert!(run.stdout.contains("\n🔕 1 of 3 rules hold\n"), "{}", run.stdout);
    assert!(run.stdout.contains("the gate is green"), "{}", run.stdout);
}

#[test]
fn where_migrations_fail_the_statement_is_named_and_nothing_is_written() {
    let root =
        repository(&[("supabase/migrations/2_alter.sql", "CREATE TABLE public.orders ();\n")]);
    let before = files(root.path());
    let run = init(root.path(), &[]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    let said = "railcheck: supabase/migrations/2_alter.sql:1:1 is refused by PostgreSQL (42P07: relation \"orders\" already exists)";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert_eq!(files(root.path()), before);
    assert_eq!(init(root.path(), &["--rules", "e76"]).code, 0);
}

#[test]
fn rules_that_nobody_asked_for_are_not_accepted_as_broken() {
    let root = tree(&[("migrations/1_a.sql", "CREATE SCHEMA elsewhere;\n")]);
    let run = init(root.path(), &["--hook", "none"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("no rules yet: write a pack and name it in railcheck.yaml"),
        "{}",
        run.stdout
    );
    assert!(!files(root.path()).contains_key("railcheck-baseline.json"), "{}", run.stdout);
}

#[test]
fn where_nobody_can_be_asked_nothing_is_written() {
    let root = repository(&[]);
    let before = files(root.path());
    let run = Run::of(root.path(), &["init"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("run it with --yes"), "{}", run.stderr);
    assert_eq!(files(root.path()), before);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_outside_the_root() {
    use std::os::unix::fs::symlink;
    let outside = tree(&[("hooks/kept", "kept")]);
    for link in ["rules", ".github", ".git/hooks", "railcheck.yaml", "railcheck-baseline.json"] {
        let root = repository(&[]);
        let path = root.path().join(link);
        let _ = fs::remove_dir_all(&path);
        let target = match link.rsplit_once('.') {
            Some((_, "yaml" | "json")) => outside.path().join("made-by-railcheck"),
            _ => outside.path().join("hooks"),
        };
        symlink(target, &path).expect("a link");
        init(root.path(), &["--hook", "git", "--workflow", "true", "--accept"]);
        assert_eq!(files(outside.path()).into_keys().collect::<Vec<_>>(), ["hooks/kept"], "{link}");
    }
}

#[test]
fn a_worktree_has_no_hooks_of_its_own() {
    let root = repository(&[]);
    fs::remove_dir_all(root.path().join(".git")).expect("no repository");
    fs::write(root.path().join(".git"), "gitdir: /elsewhere\n").expect("a file");
    let run = init(root.path(), &["--hook", "git", "--accept"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("no folder of this repository")
            || run.stdout.contains("not in a folder")
    );
}

/// At a terminal each question is asked; `script` gives the run one.
#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_each_question_is_asked() {
    use std::io::{Read, Write};
    use std::process::Stdio;
    use std::sync::mpsc::channel;
    use std::time::Duration;
    let root = repository(&[]);
    let command = format!("{} init --today 2026-11-25", railcheck().display());
    let Ok(mut child) = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(root.path())
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
    else {
        panic!("script is missing: apt-get install bsdutils");
    };
    let (mut stdin, mut stdout) = child.stdin.take().zip(child.stdout.take()).expect("pipes");
    let (sender, parts) = channel();
    std::thread::spawn(move || {
        let mut part = [0; 1024];
        while let Ok(length @ 1..) = stdout.read(&mut part) {
            let _ = sender.send(String::from_utf8_lossy(&part[..length]).into_owned());
        }
    });
    let mut said = String::new();
    for (question, answer) in [
        ("Write rules/starter.yaml", "y"),
        ("Accept 1 finding in railcheck-baseline.json", "y"),
        ("Which hook", "\r"),
        ("Write .github/workflows/railcheck.yml", "n"),
    ] {
        while !said.contains(question) {
            let part = parts.recv_timeout(Duration::from_secs(60));
            said += &part.unwrap_or_else(|_| panic!("{question} is not asked: {said}"));
        }
        // The terminal takes single keys a moment after the question is shown.
        std::thread::sleep(Duration::from_millis(300));
        stdin.write_all(answer.as_bytes()).expect("an answer");
    }
    drop(stdin);
    said.extend(parts);
    assert!(child.wait().expect("an end").success(), "{said}");
    let written = files(root.path());
    for path in ["railcheck.yaml", "rules/starter.yaml", "railcheck-baseline.json"] {
        assert!(written.contains_key(path), "{path}: {said}");
    }
    assert!(!written.contains_key(".github/workflows/railcheck.yml"), "{said}");
}
