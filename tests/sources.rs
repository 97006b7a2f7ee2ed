//! Every source case of `fixtures/sources`: what is written there must be what railcheck says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use railcheck::facts::Facts;
use railcheck::finding::Verdict;
use railcheck::pack::{Pack, SHIPPED};
use railcheck::source::{self, Language};
use railcheck::span::{SourceFile, SourceMap};
use railcheck::verify::{source_query, verify};
use walkdir::WalkDir;

const RULES: [&str; 2] = ["R-E76-005", "R-E76-006"];

/// Files by their path.
type Tree = BTreeMap<String, String>;

/// One case: what changes in the base, and the outcome of each rule.
struct Case {
    name: String,
    changes: Vec<(String, Option<String>)>,
    outcomes: [&'static str; 2],
}

impl Case {
    /// Reads what follows `=== `.
    fn read(text: &str) -> Self {
        let mut parts = text.split("\n--- ");
        let mut head = parts.next().unwrap_or("").lines();
        let name = head.next().unwrap_or("").to_owned();
        let mut outcomes = ["holds"; 2];
        for line in head {
            let (outcome, rules) = match line.split_once(": ") {
                Some(("breaks", rules)) => ("broken", rules),
                Some(("undecided", rules)) => ("undecided", rules),
                _ => panic!("{name}: {line} is no outcome"),
            };
            for rule in rules.split(' ') {
                let at = RULES.iter().position(|known| *known == rule).expect("a rule");
                outcomes[at] = outcome;
            }
        }
        let changes = parts
            .map(|part| {
                let (path, text) = part.split_once('\n').unwrap_or((part, ""));
                match path.strip_suffix(" removed") {
                    Some(path) => (path.to_owned(), None),
                    None => (path.to_owned(), Some(format!("{text}\n"))),
                }
            })
            .collect();
        Self { name, changes, outcomes }
    }

    fn apply(&self, base: &Tree) -> Tree {
        let mut tree = base.clone();
        for (path, text) in &self.changes {
            match text {
                Some(text) => drop(tree.insert(path.clone(), text.clone())),
                None => assert!(tree.remove(path).is_some(), "{}: no {path}", self.name),
            }
        }
        tree
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sources")
}

fn read_tree(folder: &Path) -> Tree {
    WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(folder).expect("a path below");
            let path = path.to_str().expect("UTF-8").replace('\\', "/");
            (path, fs::read_to_string(entry.path()).expect("a source"))
        })
        .collect()
}

/// The cases of a folder, by the file that they are in.
fn read_cases(folder: &Path) -> Vec<Case> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "cases"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| {
            let text = format!("\n{}", fs::read_to_string(file).expect("cases"));
            text.split("\n=== ").skip(1).map(Case::read).collect::<Vec<_>>()
        })
        .collect()
}

/// What railcheck says of each rule on a tree.
fn judge(tree: &Tree) -> [String; 2] {
    let mut files = SourceMap::default();
    let shipped = SHIPPED.iter().find(|pack| pack.name == "e76").expect("the pack");
    let pack = files.add(SourceFile::new(shipped.path, shipped.text));
    let packs = [Pack::read(&files, pack).expect("a valid pack")];
    let source_query = source_query(&packs);
    let prefilter = source::Prefilter::new(&source_query);
    let (mut relevant, mut deferred) = (Vec::new(), Vec::new());
    for (path, text) in tree {
        let Some(language) = Language::of(Path::new(path)) else { continue };
        let file = files.add(SourceFile::new(path.as_str(), text.as_str()));
        let matters = prefilter.may_matter(language, path, text.as_bytes());
        if matters { &mut relevant } else { &mut deferred }.push((file, language));
    }
    let index = source::index(&mut files, &relevant, &deferred, &source_query, &mut |_, _| {});
    let facts = Facts { files: &files, database: None, sources: Some(&index), project: None };
    let verdicts = verify(&packs, &facts);
    RULES.map(|rule| {
        let verdict = verdicts.iter().find(|verdict| verdict.rule.id == rule).expect("a verdict");
        match &verdict.verdict {
            Verdict::Holds { .. } => "holds".to_owned(),
            Verdict::Violated(findings) => format!("broken: {}", findings[0].message),
            Verdict::Undecided(findings) => format!("undecided: {}", findings[0].message),
            Verdict::Suppressed => "suppressed".to_owned(),
        }
    })
}

#[test]
fn every_base_keeps_the_rules() {
    for language in
        fs::read_dir(fixtures()).expect("a folder").map(|entry| entry.expect("an entry").path())
    {
        if language.is_dir() {
            assert_eq!(judge(&read_tree(&language.join("base"))), ["holds", "holds"]);
        }
    }
}

#[test]
fn every_case_has_the_outcome_that_is_written() {
    let mut wrong = Vec::new();
    for language in
        fs::read_dir(fixtures()).expect("a folder").map(|entry| entry.expect("an entry").path())
    {
        if !language.is_dir() {
            continue;
        }
        let base = read_tree(&language.join("base"));
        let cases = read_cases(&language);
        for (rule, name) in RULES.iter().enumerate() {
            let broken = cases.iter().filter(|case| case.outcomes[rule] == "broken").count();
            assert!(broken >= 20, "only {broken} breaches of {name} in {}", language.display());
        }
        for case in &cases {
            for (said, written) in judge(&case.apply(&base)).iter().zip(case.outcomes) {
                if said.split(':').next() != Some(written) {
                    wrong.push(format!("{}: {said}, but {written} is written", case.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
