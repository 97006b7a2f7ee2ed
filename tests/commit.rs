//! What is read of a commit is what is read of the same files on disk.
#![cfg(unix)]

#[allow(dead_code, reason = "another test uses the rest")]
#[path = "support/history.rs"]
mod history;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use railcheck::input::{Folder, Order, Selection, Unreadable, find_sources, read_migrations};
use railcheck::span::{FileId, SourceMap};

use history::History;

/// A tree of files, each with its content, `->` before the target of a link.
fn plant(root: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        match content.strip_prefix("->") {
            Some(target) => symlink(target, path).expect("a link"),
            None => fs::write(path, content).expect("a file"),
        }
    }
}

/// Everything that is found in a folder, in words.
fn found(root: &Folder, selection: &Selection) -> Vec<String> {
    let mut map = SourceMap::default();
    let sources = find_sources(root, selection, None, |_, _, _| true).into_map(&mut map);
    let path = |file: FileId| map.file(file).path.to_string();
    let text = |file: FileId| map.file(file).text.to_string();
    let reason = |unreadable: &Unreadable| {
        format!("unreadable {}: {}", path(unreadable.file), unreadable.reason)
    };
    let mut found: Vec<String> =
        sources.files.iter().map(|(file, _)| format!("{}: {}", path(*file), text(*file))).collect();
    found.extend(sources.unreadable.iter().map(reason));
    found.extend(sources.outside.iter().map(|path| format!("outside {path}")));
    found.push(format!("{} considered", sources.considered));
    found.sort();
    found
}

fn migrations(root: &Folder, folder: &str) -> Result<Vec<String>, String> {
    let mut map = SourceMap::default();
    let folder = root.inside(folder).map_err(|_| "no folder".to_owned())?;
    let migrations = read_migrations(&folder, Order::Version, &mut map).expect("migrations");
    let path = |file: FileId| map.file(file).path.to_string();
    let mut found: Vec<String> = migrations.files.iter().map(|file| path(*file)).collect();
    let reason = |unreadable: &Unreadable| {
        format!("unreadable {}: {}", path(unreadable.file), unreadable.reason)
    };
    found.extend(migrations.unreadable.iter().map(reason));
    found.extend(migrations.misnamed);
    Ok(found)
}

fn selection(excludes: &[&str]) -> Selection {
    let mut patterns = GitignoreBuilder::new("");
    for pattern in excludes {
        patterns.add_line(None, pattern).expect("a pattern");
    }
    let excludes = patterns.build().expect("patterns");
    Selection { folders: Vec::new(), includes: Gitignore::empty(), excludes }
}

#[test]
fn sources_of_a_commit_are_those_of_the_disk() {
    let everything = selection(&[]);
    let narrowed = selection(&["old/", "*.test.ts", "!keep.test.ts"]);
    for files in [
        &[("a.ts", "1"), ("lib/b.rs", "2"), ("lib/c.md", "3"), ("Cargo.toml", "4")][..],
        &[
            (".gitignore", "dist/\n*.gen.ts\n!keep.gen.ts\n/top.ts\n"),
            ("top.ts", ""),
            ("in/top.ts", ""),
            ("dist/a.ts", ""),
            ("in/dist/a.ts", ""),
            ("a.gen.ts", ""),
            ("keep.gen.ts", ""),
        ],
        // A file of an excluded folder cannot be taken back in, one of an excluded pattern can.
        &[
            (".gitignore", "a/\nb/*\n"),
            ("a/.gitignore", "!*\n"),
            ("a/a.ts", ""),
            ("b/.gitignore", "!*.ts\n"),
            ("b/b.ts", ""),
            ("b/.hidden/c.ts", ""),
        ],
        &[
            ("a/.gitignore", "\u{feff}x.ts\n  \n# y.ts\n\\#z.ts\ny.ts   \n[\n"),
            ("a/x.ts", ""),
            ("a/y.ts", ""),
            ("a/#z.ts", ""),
            ("x.ts", ""),
            ("ax/x.ts", ""),
        ],
        &[
            ("node_modules/a.ts", ""),
            ("x/node_modules/b/c.ts", ""),
            ("git/.git.ts", ""),
            ("a-b.ts", ""),
            ("a/b.ts", ""),
            ("a.ts", ""),
        ],
        &[
            ("old/a.ts", ""),
            ("x/old/a.ts", ""),
            ("a.test.ts", ""),
            ("keep.test.ts", ""),
            ("a.ts", ""),
        ],
        &[
            ("real/a.ts", "a"),
            ("b.ts", "->real/a.ts"),
            ("c.ts", "->missing.ts"),
            ("d.ts", "->../outside.ts"),
            ("e.ts", "->/etc/hosts"),
            ("f.ts", "->real"),
            ("g", "->real"),
            ("h.ts", "->g/a.ts"),
            ("i.ts", "->i.ts"),
            ("j.ts", "->./real/../real/a.ts"),
            ("k.ts", "->b.ts/"),
            ("l.md", "->nowhere"),
        ],
        &[("a/.gitignore", "->../b/ignore"), ("b/ignore", "c.ts\n"), ("a/c.ts", "")],
        &[],
    ] {
        let parent = tempfile::tempdir().expect("a temporary folder");
        fs::write(parent.path().join("outside.ts"), "secret").expect("a file");
        let root = parent.path().join("root");
        fs::create_dir(&root).expect("a folder");
        let history = History::init(&root);
        plant(&root, files);
        history.commit("main", &[]);
        let disk = Folder::root(&root).expect("a folder");
        let (commit, _) = disk.at_merge_base("main").expect("a commit");
        for selection in [&everything, &narrowed] {
            assert_eq!(found(&commit, selection), found(&disk, selection), "{files:?}");
        }
    }
}

#[test]
fn migrations_of_a_commit_are_those_of_the_disk() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let history = History::init(root.path());
    plant(
        root.path(),
        &[
            ("db/10_b.sql", "SELECT 2;"),
            ("db/9_a.sql", "SELECT 1;"),
            ("db/11_c.down.sql", ""),
            ("db/12_folder.sql/1_a.sql", ""),
            ("db/notes.sql", ""),
            ("db/13_link.sql", "->../shared/link.sql"),
            ("db/14_outside.sql", "->../../outside.sql"),
            ("db/15_folder.sql", "->../shared"),
            ("db/nested/1_a.sql", ""),
            ("shared/link.sql", "SELECT 3;"),
            ("linked", "->db"),
        ],
    );
    history.commit("main", &[]);
    let disk = Folder::root(root.path()).expect("a folder");
    let (commit, _) = disk.at_merge_base("HEAD").expect("a commit");
    for folder in
        ["db", "db/", "./db", "linked", "db/../db", "shared", "missing", "..", "db/9_a.sql"]
    {
        assert_eq!(migrations(&commit, folder), migrations(&disk, folder), "{folder}");
    }
}

#[test]
fn a_folder_of_a_repository_is_a_root_of_its_own() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let history = History::init(root.path());
    plant(
        root.path(),
        &[
            (".gitignore", "a.ts\n"),
            ("app/a.ts", "above, nothing is asked"),
            ("app/b.ts", "->../lib/c.ts"),
            ("lib/c.ts", ""),
        ],
    );
    history.commit("main", &[]);
    let disk = Folder::root(&root.path().join("app")).expect("a folder");
    let (commit, _) = disk.at_merge_base("main").expect("a commit");
    let all = selection(&[]);
    assert_eq!(found(&commit, &all), found(&disk, &all));
    assert_eq!(
        found(&commit, &all),
        ["1 considered", "a.ts: above, nothing is asked", "outside b.ts"]
    );

    fs::create_dir(root.path().join("new")).expect("a folder");
    let disk = Folder::root(&root.path().join("new")).expect("a folder");
    let (commit, _) = disk.at_merge_base("main").expect("a commit");
    assert_eq!(found(&commit, &all), ["0 considered"], "the folder was not there yet");
}

#[test]
fn a_commit_stays_as_it_is_when_the_work_tree_changes() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let history = History::init(root.path());
    plant(root.path(), &[("railcheck.yaml", "old"), ("a.ts", "old")]);
    history.commit("main", &[]);
    plant(root.path(), &[("railcheck.yaml", "new"), ("a.ts", "new"), ("b.ts", "new")]);
    let (commit, id) =
        Folder::root(root.path()).expect("a folder").at_merge_base("main").expect("a commit");
    assert_eq!(found(&commit, &selection(&[])), ["1 considered", "a.ts: old"]);
    assert_eq!(commit.read_text("railcheck.yaml").expect("a text"), "old");
    assert!(commit.has("railcheck.yaml") && !commit.has("b.ts"));
    assert!(id.len() >= 7 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
}
