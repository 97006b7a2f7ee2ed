//! What counts as a migration and as a source, and that nothing outside the root is read.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use railcheck::input::{
    Folder, InputError, Migrations, Order, Selection, SourceCache, Sources, find_sources,
    read_deferred, read_migrations,
};
use railcheck::source::{Language, SourceQuery};
use railcheck::span::{FileId, SourceMap};
use tempfile::TempDir;

/// A tree of files, each with its content; missing folders are made.
fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    for (path, content) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, content).expect("a file");
    }
    root
}

fn paths(map: &SourceMap, files: impl IntoIterator<Item = FileId>) -> Vec<String> {
    files.into_iter().map(|file| map.file(file).path.to_string()).collect()
}

fn sources(root: &Path, selection: &Selection) -> (Sources, SourceMap) {
    let mut map = SourceMap::default();
    let root = Folder::root(root).expect("a folder");
    let sources = find_sources(&root, selection, None, |_, _, _| true).into_map(&mut map);
    (sources, map)
}

fn migrations(root: &Path, folder: &str, order: Order) -> (Migrations, SourceMap) {
    let mut map = SourceMap::default();
    let folder = Folder::root(root).and_then(|r| r.inside(folder)).expect("a folder");
    let migrations = read_migrations(&folder, order, &mut map).expect("migrations");
    (migrations, map)
}

#[test]
fn sources_are_all_source_files_that_git_would_keep() {
    let root = tree(&[
        (".gitignore", b"/dist\n*.gen.ts\n"),
        ("a.ts", b""),
        ("b.tsx", b""),
        ("c.mts", b""),
        ("d.cts", b""),
        ("e.js", b""),
        ("f.jsx", b""),
        ("g.mjs", b""),
        ("h.cjs", b""),
        ("i.rs", b""),
        ("j.py", b""),
        ("k.ts.bak", b""),
        ("l.gen.ts", b""),
        (".storybook/main.ts", b""),
        ("dist/out.js", b""),
        ("lib/dist/in.js", b""),
        ("lib/.gitignore", b"!m.gen.ts\nn.ts\n"),
        ("lib/m.gen.ts", b""),
        ("lib/n.ts", b""),
        ("lib/node_modules/o.js", b""),
        (".git/hooks/p.js", b""),
    ]);
    let (sources, map) = sources(root.path(), &Selection::default());
    assert_eq!(
        paths(&map, sources.files.iter().map(|f| f.0)),
        [
            ".storybook/main.ts",
            "a.ts",
            "b.tsx",
            "c.mts",
            "d.cts",
            "e.js",
            "f.jsx",
            "g.mjs",
            "h.cjs",
            "i.rs",
            "lib/dist/in.js",
            "lib/m.gen.ts"
        ]
    );
    assert_eq!(sources.considered, 12);
    assert!(sources.unreadable.is_empty());
}

#[test]
fn a_selection_narrows_by_folders_includes_and_excludes() {
    let root = tree(&[
        ("apps/web/a.ts", b""),
        ("apps/web/a.test.ts", b""),
        ("apps/web/old/b.ts", b""),
        ("apps/cli/c.rs", b""),
        ("appsignal/d.ts", b""),
        ("e.ts", b""),
    ]);
    let patterns = |lines: &[&str]| {
        let mut builder = ignore::gitignore::GitignoreBuilder::new("");
        for line in lines {
            builder.add_line(None, line).expect("a pattern");
        }
        builder.build().expect("patterns")
    };
    let selection = Selection {
        folders: vec!["apps".to_owned()],
        includes: patterns(&["*.ts"]),
        excludes: patterns(&["*.test.ts", "old/"]),
    };
    let (sources, map) = sources(root.path(), &selection);
    assert_eq!(paths(&map, sources.files.iter().map(|f| f.0)), ["apps/web/a.ts"]);
    assert_eq!(sources.considered, 1);
}

#[test]
fn sources_that_cannot_matter_are_counted_and_not_kept() {
    let root =
        tree(&[("a.ts", b"fetch('/a')"), ("b.ts", b"\xff nothing"), ("c.ts", b"fetch \xff")]);
    let mut map = SourceMap::default();
    let root = Folder::root(root.path()).expect("a folder");
    let calls = |_: Language, _: &str, bytes: &[u8]| bytes.starts_with(b"fetch");
    let sources = find_sources(&root, &Selection::default(), None, calls).into_map(&mut map);
    assert_eq!(sources.considered, 3);
    assert_eq!(paths(&map, sources.files.iter().map(|f| f.0)), ["a.ts"]);
    assert_eq!(paths(&map, sources.unreadable.iter().map(|u| u.file)), ["c.ts"]);
    assert_eq!(sources.unreadable[0].reason, "it is not valid UTF-8 from byte 6 on");
}

#[test]
fn a_source_that_has_not_changed_is_not_read_again() {
    let root = tree(&[("a.ts", b"fetch 1"), ("b.ts", b"other 1"), ("c.rs", b"fetch 1")]);
    let folder = Folder::root(root.path()).expect("a folder");
    let cache = SourceCache::default();
    let read = || {
        let (seen, mut map) = (Mutex::new(Vec::new()), SourceMap::default());
        let calls = |_: Language, path: &str, bytes: &[u8]| {
            seen.lock().expect("no panic").push(path.to_owned());
            bytes.starts_with(b"fetch")
        };
        let sources =
            find_sources(&folder, &Selection::default(), Some(&cache), calls).into_map(&mut map);
        let mut seen = seen.into_inner().expect("no panic");
        seen.sort();
        (seen, paths(&map, sources.files.iter().map(|f| f.0)))
    };
    let all = ["a.ts", "b.ts", "c.rs"].map(str::to_owned);
    let both = ["a.ts", "c.rs"].map(str::to_owned);
    assert_eq!(read(), (all.to_vec(), both.to_vec()));
    assert_eq!(read().0, all, "what was written just now may be written again unnoticed");
    std::thread::sleep(Duration::from_millis(2_100));
    assert_eq!(read(), (all.to_vec(), both.to_vec()));
    assert_eq!(read(), (Vec::new(), both.to_vec()));
    fs::write(root.path().join("a.ts"), "other 2").expect("a file");
    fs::write(root.path().join("d.ts"), "fetch 1").expect("a file");
    fs::remove_file(root.path().join("b.ts")).expect("a file");
    assert_eq!(read(), (vec!["a.ts".into(), "d.ts".into()], vec!["c.rs".into(), "d.ts".into()]));
    cache.prepare_for(&SourceQuery { codes: vec!["A".to_owned()], ..SourceQuery::default() });
    assert_eq!(read().0, ["a.ts", "c.rs", "d.ts"], "other words are looked for");
}

#[test]
fn a_source_that_was_deferred_is_read_when_it_is_needed() {
    let root = tree(&[
        ("a.rs", b"router"),
        ("b.rs", b"const A: &str = \"/a\"; // \xff"),
        ("Cargo.toml", b"[package]"),
    ]);
    let root = Folder::root(root.path()).expect("a folder");
    let mut map = SourceMap::default();
    let is_router = |_: Language, _: &str, bytes: &[u8]| bytes == b"router";
    let sources = find_sources(&root, &Selection::default(), None, is_router).into_map(&mut map);
    assert_eq!(sources.considered, 2, "manifests are no sources");
    assert_eq!(paths(&map, sources.files.iter().map(|f| f.0)), ["a.rs"]);
    let deferred: Vec<_> = sources.deferred.iter().map(|f| f.0).collect();
    assert_eq!(paths(&map, deferred.clone()), ["Cargo.toml", "b.rs"]);
    assert!(deferred.iter().all(|id| map.file(*id).text.is_empty()));
    read_deferred(&root, &deferred, &mut map);
    let texts: Vec<_> = deferred.iter().map(|id| &*map.file(*id).text).collect();
    assert_eq!(texts, ["[package]", "const A: &str = \"/a\"; // \u{fffd}"]);
}

#[test]
fn sources_in_utf_16_are_never_deferred() {
    let root = tree(&[("a.ts", b"\xff\xfef\0e\0t\0c\0h\0")]);
    let mut map = SourceMap::default();
    let root = Folder::root(root.path()).expect("a folder");
    let sources =
        find_sources(&root, &Selection::default(), None, |_, _, _| false).into_map(&mut map);
    assert_eq!(sources.unreadable[0].reason, "it is UTF-16, not UTF-8");
}

#[test]
fn migrations_come_in_the_order_of_their_versions() {
    let root = tree(&[
        ("db/10_ten.sql", b""),
        ("db/9_nine.sql", b""),
        ("db/0009_again.sql", b""),
        ("db/20260202100000_late.sql", b""),
        ("db/9_nine.down.sql", b""),
        ("db/11_off.sql.disabled", b""),
        ("db/11_off.SQL", b""),
        ("db/readme.sql", b""),
        ("db/nested/12_no.sql", b""),
    ]);
    let (by_version, map) = migrations(root.path(), "db", Order::Version);
    assert_eq!(
        paths(&map, by_version.files),
        ["db/0009_again.sql", "db/9_nine.sql", "db/10_ten.sql", "db/20260202100000_late.sql"]
    );
    assert_eq!(by_version.duplicate_versions, ["9"]);
    assert_eq!(by_version.misnamed, ["db/readme.sql"]);
    let (by_name, map) = migrations(root.path(), "db", Order::Name);
    assert_eq!(
        paths(&map, by_name.files),
        ["db/0009_again.sql", "db/10_ten.sql", "db/20260202100000_late.sql", "db/9_nine.sql"]
    );
}

#[test]
fn a_migration_that_is_no_text_is_unreadable() {
    let root = tree(&[("db/1_latin.sql", b"-- caf\xe9\n"), ("db/2_ok.sql", b"select 1;")]);
    fs::create_dir(root.path().join("db/3_folder.sql")).expect("a folder");
    let (migrations, map) = migrations(root.path(), "db", Order::Version);
    assert_eq!(paths(&map, migrations.files), ["db/1_latin.sql", "db/2_ok.sql"]);
    assert_eq!(paths(&map, migrations.unreadable.iter().map(|u| u.file)), ["db/1_latin.sql"]);
    assert_eq!(migrations.unreadable[0].reason, "it is not valid UTF-8 from byte 6 on");
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn sources_behind_links_out_of_the_root_are_named_and_not_read() {
        let outside = tree(&[("secret.ts", b"secret"), ("deep/more.ts", b"secret")]);
        let root = tree(&[("real/a.ts", b"")]);
        let at = |path: &str| root.path().join(path);
        symlink(outside.path().join("secret.ts"), at("out.ts")).expect("a link");
        symlink(outside.path(), at("out")).expect("a link");
        symlink("nowhere.ts", at("broken.ts")).expect("a link");
        symlink("real/a.ts", at("in.ts")).expect("a link");
        symlink("real", at("again")).expect("a link");
        symlink("..", at("real/loop")).expect("a link");
        let (sources, map) = sources(root.path(), &Selection::default());
        assert_eq!(paths(&map, sources.files.iter().map(|f| f.0)), ["in.ts", "real/a.ts"]);
        assert_eq!(sources.outside, ["broken.ts", "out", "out.ts"]);
        assert!(map.iter().all(|(_, file)| !file.text.contains("secret")));
    }

    #[test]
    fn an_ignore_file_that_is_a_link_leaves_its_folder_undecided() {
        let outside = tree(&[("ignored", b"*.ts")]);
        let root = tree(&[("lib/a.ts", b"")]);
        symlink(outside.path().join("ignored"), root.path().join("lib/.gitignore"))
            .expect("a link");
        let (sources, map) = sources(root.path(), &Selection::default());
        assert_eq!(paths(&map, sources.unreadable.iter().map(|u| u.file)), ["lib/.gitignore"]);
    }

    #[test]
    fn a_migration_behind_a_link_out_of_the_root_is_unreadable() {
        let outside = tree(&[("secret.sql", b"secret")]);
        let root = tree(&[("db/1_a.sql", b""), ("shared/b.sql", b"select 1;")]);
        let at = |path: &str| root.path().join(path);
        symlink(outside.path().join("secret.sql"), at("db/2_out.sql")).expect("a link");
        symlink("../shared/b.sql", at("db/3_in.sql")).expect("a link");
        let (migrations, map) = migrations(root.path(), "db", Order::Version);
        assert_eq!(paths(&map, migrations.unreadable.iter().map(|u| u.file)), ["db/2_out.sql"]);
        assert_eq!(&*map.file(migrations.files[2]).text, "select 1;");
        assert!(map.iter().all(|(_, file)| !file.text.contains("secret")));
    }

    #[test]
    fn a_pipe_is_unreadable_and_not_waited_for() {
        let root = tree(&[("db/1_a.sql", b"")]);
        for pipe in ["db/2_pipe.sql", "pipe.ts"] {
            let made = std::process::Command::new("mkfifo").arg(root.path().join(pipe)).status();
            assert!(made.expect("mkfifo").success());
        }
        let (migrations, _) = migrations(root.path(), "db", Order::Version);
        assert_eq!(migrations.unreadable[0].reason, "it is not a regular file");
        let (sources, _) = sources(root.path(), &Selection::default());
        assert_eq!(sources.unreadable[0].reason, "it is not a regular file");
    }

    #[test]
    fn a_folder_inside_must_not_lead_outside() {
        let outside = tree(&[("1_a.sql", b"")]);
        let root = tree(&[("a.ts", b"")]);
        symlink(outside.path(), root.path().join("migrations")).expect("a link");
        let folder = Folder::root(root.path()).expect("a folder");
        for path in ["migrations", "..", "/"] {
            let error = folder.inside(path).expect_err(path);
            assert!(matches!(error, InputError::Outside { .. }), "{path}: {error}");
        }
    }
}

/// Input that is meant to make a reader panic, hang or take all memory, through the real binary.
mod hostile {
    use std::time::Duration;

    use assert_cmd::Command;

    use super::*;

    /// Nested so deep that no reader may follow by plain recursion.
    const DEEP: usize = 10_000;

    /// Far longer than any case takes; only a hang reaches it.
    const LONGEST: Duration = Duration::from_secs(120);

    const TABLE: &str = "CREATE TABLE public.t (a int);\n";
    const CALL: &str = "fetch('/api/diagnosis-runs');\n";
    const ROUTER: &str = "use axum::Router; fn r() { Router::new().route(\"/a\", get(x)); }\n";

    fn nested(before: &str, open: &str, inner: &str, close: &str, after: &str) -> Vec<u8> {
        [before, &open.repeat(DEEP), inner, &close.repeat(DEEP), after].concat().into_bytes()
    }

    fn numbered(count: usize, line: impl Fn(usize) -> String) -> String {
        (0..count).map(line).collect()
    }

    /// `verify` comes to an end, with a verdict or without one.
    fn assert_ends(name: &str, files: &[(&str, &[u8])]) {
        let root = tree(files);
        let output = Command::cargo_bin("railcheck")
            .expect("the binary")
            .arg("verify")
            .arg(root.path())
            .timeout(LONGEST)
            .output()
            .expect("a run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0..=2)), "{name}: {}: {said}", output.status);
        assert!(!said.contains("panicked") && !said.contains("bug of railcheck"), "{name}: {said}");
    }

    #[test]
    fn no_migration_makes_it_panic_or_hang() {
        let columns = numbered(100_000, |n| format!("c{n},"));
        let values = numbered(100_000, |n| format!("{n},"));
        let add = |n| format!("ALTER TABLE public.t ADD COLUMN c{n} int;\n");
        for (name, text) in [
            ("a query", nested("SELECT ", "(", "1", ")", ";")),
            ("a policy", nested(&format!("{TABLE}CREATE POLICY p ON t USING ("), "(", "true", ")", ");")),
            ("a negation", nested("SELECT ", "NOT ", "true", "", ";")),
            ("subqueries", nested("SELECT ", "(SELECT ", "1", ")", ";")),
            ("cases", nested("SELECT ", "CASE WHEN true THEN ", "1", " END", ";")),
            ("calls", nested("SELECT ", "abs(", "1", ")", ";")),
            ("comments", nested("", "/*", "", "*/", TABLE)),
            ("an open parenthesis", nested("SELECT ", "(", "", "", "")),
            ("a condition", nested("DO $$ BEGIN IF ", "(", "true", ")", " THEN NULL; END IF; END $$;")),
            ("blocks", nested("DO $$ ", "BEGIN ", "NULL;", " END;", " $$;")),
            ("branches", nested("DO $$ BEGIN ", "IF true THEN ", "NULL;", " END IF;", " END $$;")),
            ("an endless loop", b"DO $$ BEGIN LOOP NULL; END LOOP; END $$;".to_vec()),
            ("a text that doubles", b"DO $$ DECLARE s text := 'a'; BEGIN LOOP s := s || s; END LOOP; END $$;".to_vec()),
            ("an array that doubles", b"DO $$ DECLARE a int[] := '{1}'; BEGIN LOOP a := a || a; END LOOP; END $$;".to_vec()),
            ("endless recursion", b"CREATE FUNCTION f(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN f(i + 1) + f(i + 2); END $$; SELECT f(1);".to_vec()),
            ("many statements", "SELECT 1;\n".repeat(20_000).into_bytes()),
            ("many columns", (TABLE.to_owned() + &numbered(5_000, add)).into_bytes()),
            ("a wide table", format!("CREATE TABLE t ({} z int);", columns.replace(',', " int,")).into_bytes()),
            ("a wide row", format!("{TABLE}INSERT INTO t ({columns} z) VALUES ({values} 0);").into_bytes()),
            ("an open quote", "'".repeat(100_001).into_bytes()),
            ("dollars", "$a".repeat(100_000).into_bytes()),
            ("NUL bytes", vec![0; 1 << 16]),
            ("no UTF-8", b"SELECT '\xff\xfe';".to_vec()),
        ] {
            assert_ends(name, &[("migrations/1_a.sql", &text)]);
        }
    }

    #[test]
    fn no_source_makes_it_panic_or_hang() {
        let chain = numbered(2_000, |n| format!("const A{}: &str = A{n};", n + 1));
        for (name, path, text) in [
            ("parentheses", "a.ts", nested(CALL, "(", "1", ")", "")),
            ("arrays", "a.ts", nested(CALL, "[", "", "]", "")),
            ("elements", "a.tsx", nested(&format!("{CALL}const x = "), "<a>", "", "</a>", "")),
            ("templates", "a.ts", nested("fetch(", "`/${", "1", "}`", ")")),
            ("choices", "a.ts", nested("const errorCode = ", "a ? 'X' : ", "'Y'", "", CALL)),
            ("an open parenthesis", "a.ts", nested(CALL, "(", "", "", "")),
            ("a long line", "a.js", (CALL.to_owned() + &"a(1);".repeat(1 << 18)).into_bytes()),
            ("NUL bytes", "a.ts", [CALL.as_bytes(), &[0; 64]].concat()),
            (
                "parentheses",
                "src/a.rs",
                nested(&format!("{ROUTER}fn f() {{ "), "(", "1", ")", "; }"),
            ),
            ("blocks", "src/a.rs", nested(&format!("{ROUTER}fn f() "), "{", "", "}", "")),
            (
                "macros",
                "src/a.rs",
                nested(&format!("{ROUTER}fn f() {{ "), "vec![", "1", "]", "; }"),
            ),
            (
                "a macro that calls itself",
                "src/a.rs",
                format!("{ROUTER}macro_rules! m {{ () => {{ m!() }} }} fn f() {{ m!(); }}")
                    .into_bytes(),
            ),
            (
                "a router of itself",
                "src/a.rs",
                format!("{ROUTER}fn f() -> Router {{ f().merge(f()).nest(\"/a\", f()) }}")
                    .into_bytes(),
            ),
            (
                "constants of constants",
                "src/a.rs",
                format!("{ROUTER}{chain} fn f() {{ E {{ error_code: A2000 }}; }}").into_bytes(),
            ),
            (
                "a large file",
                "src/a.rs",
                (ROUTER.to_owned() + &"fn f() {}\n".repeat(300_000)).into_bytes(),
            ),
            ("no UTF-8", "src/a.rs", [ROUTER.as_bytes(), b"// \xff"].concat()),
            ("a deep configuration", "railcheck.yaml", nested("migrations: ", "[", "", "]", "")),
            ("a deep manifest", "Cargo.toml", nested("a = ", "[", "", "]", "")),
        ] {
            assert_ends(name, &[(path, &text), ("src/b.rs", ROUTER.as_bytes())]);
        }
    }

    #[test]
    fn modules_that_export_each_other_end_soon() {
        let mut files = vec![("app/api/diagnosis-runs/route.ts".to_owned(), stars(0))];
        for depth in 0..30 {
            for side in ["a", "b"] {
                files.push((format!("app/api/diagnosis-runs/m{depth}{side}.ts"), stars(depth + 1)));
            }
        }
        let files: Vec<_> = files.iter().map(|(p, t)| (p.as_str(), t.as_bytes())).collect();
        assert_ends("stars", &files);
    }

    fn stars(depth: usize) -> String {
        format!("export * from './m{depth}a'\nexport * from './m{depth}b'\n")
    }
}
