//! What holds of the house itself: which room may use which, who touches the world, what is documented.

use std::fs;
use std::path::{Path, PathBuf};

use railcheck::checks::CHECKS;
use railcheck::pack::SHIPPED;
use regex::Regex;
use walkdir::WalkDir;

/// The rooms along the way of the data. A room may use those before it and none after it.
const ROOMS: [&str; 31] = [
    "span",
    "suggest",
    "yaml",
    "pg_catalog",
    "datum",
    "catalog",
    "expression",
    "finding",
    "source",
    "engine",
    "prover",
    "facts",
    "checks",
    "pack",
    "verify",
    "coverage",
    "mutate",
    "input",
    "config",
    "load",
    "judge",
    "since",
    "suppress",
    "starter",
    "fix",
    "migrate",
    "access",
    "blame",
    "report",
    "cli",
    "main",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders of the sources of the library and of the crates that it is made of.
const SOURCES: [&str; 6] = [
    "src",
    "crates/catalog/src",
    "crates/datum/src",
    "crates/source/src",
    "crates/engine/src",
    "crates/prover/src",
];

/// Every Rust file of the library with its room and its text.
fn sources() -> Vec<(String, PathBuf, String)> {
    let folders = SOURCES.map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| {
        WalkDir::new(folder)
            .into_iter()
            .map(move |entry| (folder, entry.expect("an entry").into_path()))
    });
    files
        .filter(|(_, path)| path.extension().is_some_and(|ending| ending == "rs"))
        .map(|(folder, path)| {
            let inside = path.strip_prefix(folder).expect("a path below").to_owned();
            let first = inside.components().next().expect("a component").as_os_str();
            let room = first.to_string_lossy().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).expect("a source");
            (room, inside, text)
        })
        .filter(|(room, path, _)| room != "lib" && !is_test(path))
        .collect()
}

/// Tests of a room in files of their own.
fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn a_room_uses_only_rooms_that_the_data_passed_before() {
    let used = Regex::new(r"\bcrate::(?:\{[^}]*\}|(\w+))").expect("a pattern");
    let rank = |room: &str| {
        ROOMS.iter().position(|known| *known == room).unwrap_or_else(|| panic!("no room {room}"))
    };
    for (room, path, text) in sources() {
        for used in used.captures_iter(&text).filter_map(|found| found.get(1)) {
            let used = used.as_str();
            assert!(
                rank(used) <= rank(&room),
                "{}: room {room} uses {used}, which comes after it",
                path.display()
            );
        }
    }
}

#[test]
fn a_module_with_parts_is_a_file_beside_its_folder() {
    let others = ["crates/cluster/src", "worker/src", "xtask/src"];
    let folders = SOURCES.iter().chain(&others);
    let mut files = folders.flat_map(|folder| WalkDir::new(root().join(folder)));
    let inside = files.find_map(|entry| entry.ok().filter(|entry| entry.file_name() == "mod.rs"));
    assert!(inside.is_none(), "{inside:?} belongs beside its folder");
}

#[test]
fn only_the_input_reads_files_and_only_the_output_writes_them() {
    let world = Regex::new(r"\bstd::(fs|net|process::Command)\b|\bFile::(open|create)\b")
        .expect("a pattern");
    // A new migration is a file that is made, and never written over.
    let allowed = [
        "input/",
        "cli/output.rs",
        "cli/workspace.rs",
        // The results of earlier runs, in the folder of the user's cache.
        "cli/result_cache.rs",
        // A server's socket, and the password file of libpq.
        "engine/session/",
        "migrate/create.rs",
    ];
    for (_, path, text) in sources() {
        let shown = path.to_string_lossy().replace('\\', "/");
        if !allowed.iter().any(|room| shown.starts_with(room)) {
            let code = text.split("#[cfg(test)]").next().unwrap_or(&text);
            assert!(!world.is_match(code), "{shown} touches the world");
        }
    }
}

#[test]
fn every_check_is_named_after_its_file_and_has_its_page() {
    for check in CHECKS {
        let stem = check.name.replace('-', "_");
        let file = root().join(format!("src/checks/{stem}.rs"));
        assert!(file.is_file(), "{} is missing", file.display());
        let page = root().join(format!("docs/checks/{}.md", check.name));
        let text = fs::read_to_string(&page).expect("a page");
        assert_eq!(text, check.page, "{}", check.name);
        assert!(text.starts_with(&format!("# {}\n", check.name)), "{}", page.display());
    }
}

#[test]
fn every_pack_in_the_folder_is_shipped_under_the_name_of_its_file() {
    let mut packs: Vec<String> = fs::read_dir(root().join("rules"))
        .expect("rules")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    packs.sort();
    let mut shipped: Vec<String> =
        SHIPPED.iter().map(|pack| format!("{}.yaml", pack.name)).collect();
    shipped.sort();
    assert_eq!(packs, shipped);
}

#[test]
fn paths_that_the_documentation_names_exist() {
    let path = Regex::new(r"`((?:src|crates|docs|rules|fixtures|tests|worker|migrations|hooks|benches|\.ci|\.github)/[\w./-]*)`")
        .expect("a pattern");
    for page in ["README.md", "docs/architecture.md", "docs/contributing.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap_or_default();
        for named in path.captures_iter(&text).filter_map(|found| found.get(1)) {
            assert!(root().join(named.as_str()).exists(), "{page} names {}", named.as_str());
        }
    }
}

/// The pages of the documentation with their texts, by their paths below `docs`.
fn pages() -> Vec<(PathBuf, String)> {
    let docs = root().join("docs");
    let files = WalkDir::new(&docs).into_iter().map(|entry| entry.expect("an entry").into_path());
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a page");
            (path.strip_prefix(&docs).expect("a path below").to_owned(), text)
        })
        .collect()
}

#[test]
fn every_page_is_in_the_summary_of_the_book_and_every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)#\s]+)(?:#[^)]*)?\)").expect("a pattern");
    let pages = pages();
    let (_, summary) =
        pages.iter().find(|(path, _)| path.ends_with("SUMMARY.md")).expect("a summary");
    for (path, text) in &pages {
        let shown = path.to_string_lossy().replace('\\', "/");
        let listed = summary.matches(&format!("]({shown})")).count();
        assert_eq!(listed, usize::from(shown != "SUMMARY.md"), "{shown} in the summary");
        let folder = root().join("docs").join(path.parent().expect("a folder"));
        for target in link.captures_iter(text).filter_map(|found| found.get(1)) {
            let target = target.as_str();
            let is_remote = target.contains("://") || target.starts_with("mailto:");
            assert!(is_remote || folder.join(target).exists(), "{shown} links to {target}");
        }
    }
}
