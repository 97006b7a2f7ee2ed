//! What the checks say, through the real binary: of the examples in `docs/checks`, and of every tree in
//! `fixtures/checks`.

#[path = "cli/support.rs"]
mod support;
#[allow(dead_code, reason = "another test uses the rest")]
#[path = "support/trees.rs"]
mod trees;

use std::fs;
use std::path::{Path, PathBuf};

use railcheck::checks::CHECKS;
use rayon::prelude::*;
use support::{Run, tree};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A block of code in a page: what stands after the fence, and the text.
struct Block<'a> {
    info: &'a str,
    text: String,
}

/// The sections of a page, each with its heading and its blocks of code.
fn sections(page: &str) -> Vec<(&str, Vec<Block<'_>>)> {
    let mut sections: Vec<(&str, Vec<Block<'_>>)> = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => {
                let (_, blocks) = sections.last_mut().expect("code stands below a heading");
                blocks.extend(open.take());
            }
            (Some(info), None) => open = Some(Block { info, text: String::new() }),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {
                if let Some(heading) = line.strip_prefix("## ") {
                    sections.push((heading, Vec::new()));
                }
            }
        }
    }
    sections
}

const HEADINGS: [&str; 6] = [
    "What it does",
    "Why",
    "Parameters",
    "Example that holds",
    "Example that breaks it",
    "What cannot be decided",
];

/// Runs an example: its files beside a pack with the one rule.
fn run_example(rule: &str, blocks: &[Block<'_>]) -> Run {
    let rule: String = rule.lines().map(|line| format!("    {line}\n")).collect();
    let pack = format!(
        "pack: team\ntitle: Team\nguardrails: guardrails\nrules:\n  - id: T-1\n    subject: it\n    \
         title: It holds\n{rule}"
    );
    let mut files = vec![("pack.yaml", pack.as_str())];
    files.extend(blocks.iter().filter_map(|block| {
        let (_, path) = block.info.split_once(' ')?;
        Some((path, block.text.as_str()))
    }));
    let tree = tree(&files);
    Run::of(tree.path(), &["verify", "--quiet", "--rules", "pack.yaml"])
}

#[test]
fn every_page_has_its_headings_and_its_examples_are_true() {
    for check in CHECKS {
        let sections = sections(check.page);
        let headings: Vec<_> = sections.iter().map(|(heading, _)| *heading).collect();
        assert_eq!(headings, HEADINGS, "{}", check.name);
        let [_, _, (_, parameters), (_, good), (_, bad), _] = &sections[..] else { unreachable!() };
        let [rule] = &parameters[..] else { panic!("{}: one block of parameters", check.name) };
        assert!(rule.text.starts_with(&format!("check: {}\n", check.name)), "{}", check.name);

        let run = run_example(&rule.text, good);
        assert_eq!((run.stdout.as_str(), run.code), ("", 0), "{}: {}", check.name, run.stderr);
        let (expected, files) = bad.split_last().expect("what is found comes last");
        assert_eq!(expected.info, "text", "{}: what is found comes last", check.name);
        let run = run_example(&rule.text, files);
        assert_eq!((run.stdout.as_str(), run.code), (expected.text.as_str(), 1), "{}", check.name);
    }
}

/// The files of a tree written in one file: `-- path --` begins one, `-- path -- removed` takes one of
/// the base away.
fn unpack(text: &str) -> Vec<(String, Option<String>)> {
    let mut files: Vec<(String, Option<String>)> = Vec::new();
    for line in text.lines() {
        let header = line.strip_prefix("-- ").and_then(|rest| rest.split_once(" --"));
        match (header, files.last_mut()) {
            (Some((path, " removed")), _) => files.push((path.to_owned(), None)),
            (Some((path, "")), _) => files.push((path.to_owned(), Some(String::new()))),
            (_, Some((_, Some(content)))) => {
                content.push_str(line);
                content.push('\n');
            }
            // Before the first file stands what the case is about.
            _ => {}
        }
    }
    files
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

/// A tree that is laid over a base, and what is found there.
struct Case {
    path: PathBuf,
    text: String,
    expected: String,
}

const EXPECTED: &str = "-- expected.txt --\n";

impl Case {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).expect("a case");
        let expected = text.split_once(EXPECTED).map_or("", |(_, expected)| expected).to_owned();
        Self { path, text, expected }
    }

    fn name(&self) -> String {
        self.path.strip_prefix(root()).unwrap_or(&self.path).display().to_string()
    }

    /// Lays the case over the base that its first line names and runs every rule of the shipped pack.
    fn run(&self) -> Run {
        let base = self.text.lines().next().and_then(|line| line.strip_prefix("base: "));
        let base = base.unwrap_or_else(|| panic!("{}: the first line names the base", self.name()));
        let base = root().join("fixtures/checks/bases").join(format!("{base}.txt"));
        let mut files = unpack(&fs::read_to_string(&base).expect("a base"));
        for (path, content) in unpack(&self.text) {
            let known = files.iter().any(|(other, _)| *other == path);
            assert!(known || content.is_some(), "{}: {path} is not in the base", self.name());
            files.retain(|(other, _)| *other != path);
            files.push((path, content));
        }
        let present: Vec<(&str, &str)> = files
            .iter()
            .filter(|(path, _)| path != "expected.txt")
            .filter_map(|(path, content)| Some((path.as_str(), content.as_deref()?)))
            .collect();
        let tree = tree(&present);
        Run::of(tree.path(), &["verify", "--quiet"])
    }

    /// What differs from what is expected, if anything does.
    fn difference(&self, code: i32) -> Option<String> {
        let Run { code: found, stdout, stderr } = self.run();
        if std::env::var_os("RAILCHECK_UPDATE").is_some() && found == code && code == 1 {
            let (case, _) = self.text.split_once(EXPECTED).unwrap_or((&self.text, ""));
            fs::write(&self.path, format!("{case}{EXPECTED}{stdout}")).expect("a case");
        }
        let differs = (found, &stdout) != (code, &self.expected);
        differs.then(|| format!("{} (exit {found})\n{stdout}{stderr}\n", self.name()))
    }
}

#[test]
fn every_tree_is_judged_as_expected() {
    let mut cases = Vec::new();
    for check in CHECKS.iter().filter(|check| of_sources(check.name)) {
        for (kind, least, code) in [("good", 10, 0), ("bad", 20, 1)] {
            let folder = root().join("fixtures/checks").join(check.name).join(kind);
            let found = files_in(&folder);
            assert!(found.len() >= least, "{}: {} cases", folder.display(), found.len());
            cases.extend(found.into_iter().map(|path| (Case::read(path), code)));
        }
    }
    let differences: String =
        cases.par_iter().filter_map(|(case, code)| case.difference(*code)).collect();
    assert!(differences.is_empty(), "{differences}");
}

/// The cases of the checks of tables stand in `fixtures/verdicts`, where PostgreSQL confirms them.
fn of_sources(check: &str) -> bool {
    matches!(check, "endpoint-callsites" | "error-codes")
}
