//! What was printed before is printed again for the same contents, and for no others.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::any;
use proptest::sample::Index;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::Run;
use crate::trees::compliant_but;

/// How many edits are tried unless `RAILCHECK_EDITS` says otherwise.
const EDITS: usize = 40;

/// Files with the texts that they may have; the empty one stands for no file.
const FILES: [(&str, &[&str]); 8] = [
    (
        "supabase/migrations/20260201000000_change.sql",
        &[
            "",
            "DROP FUNCTION public.is_clinician_of CASCADE;\n",
            "CREATE TABLE public.notes (id uuid PRIMARY KEY);\n",
            "creat table x (id int);\n",
            "DO $$ BEGIN EXECUTE current_setting('app.what'); END $$;\n",
        ],
    ),
    (
        "supabase/migrations/20260202000000_index.sql",
        &["", "DROP INDEX public.idx_diagnosis_runs_status;\n", "-- nothing\n", "SELECT 1;\n"],
    ),
    (
        "app/extra/page.ts",
        &[
            "",
            "export const x = () => fetch('/api/diagnosis-runs');\n",
            "export const x = () => fetch('/api/other');\n",
            "export const code = 'UNEXPECTED_ERROR';\n",
        ],
    ),
    (
        "lib/errors.ts",
        &[
            "",
            "export const fail = () => ({ errorCode: 'UNHEARD_OF' });\n",
            "import { NAME } from './names';\nexport const fail = () => ({ errorCode: NAME });\n",
        ],
    ),
    (
        "lib/names.ts",
        &["", "export const NAME = 'RUN_NOT_FOUND';\n", "export const NAME = 'NOPE';\n"],
    ),
    (".gitignore", &["", "lib/errors.ts\n", "app/\n"]),
    (
        "railcheck.yaml",
        &["", "packs: [e76]\n", "packs: [e76]\nrules:\n  R-E76-006: {severity: warning}\n"],
    ),
    ("supabase/config.toml", &["", "[api]\nschemas = [\"public\", \"extra\"]\n"]),
];

fn put(root: &Path, path: &str, text: &str) {
    let file = root.join(path);
    if text.is_empty() {
        let _ = fs::remove_file(file);
        return;
    }
    fs::create_dir_all(file.parent().expect("a parent")).expect("folders");
    fs::write(file, text).expect("a file");
}

fn results(cache: &Path) -> usize {
    let questions = fs::read_dir(cache.join("results")).into_iter().flatten().flatten();
    questions.map(|question| fs::read_dir(question.path()).expect("results").count()).sum()
}

#[test]
fn random_edits_are_told_as_without_a_cache() {
    let wanted = std::env::var("RAILCHECK_EDITS").ok();
    let count = wanted.as_deref().map_or(EDITS, |count| count.parse().expect("a number"));
    let mut runner = match wanted {
        Some(_) => TestRunner::default(),
        None => {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(Config::default(), rng)
        }
    };
    let (tree, kept) = (compliant_but(&[]), tempfile::tempdir().expect("a folder"));
    let cache = kept.path().to_str().expect("UTF-8");
    let edit = (any::<Index>(), any::<Index>());
    // Each state of the tree, with what is to be printed of it.
    let mut seen: BTreeMap<Vec<usize>, (i32, String)> = BTreeMap::new();
    let mut state = vec![0; FILES.len()];
    for _ in 0..count {
        let (file, text) = edit.new_tree(&mut runner).expect("an edit").current();
        let file = file.index(FILES.len());
        let (path, texts) = FILES[file];
        state[file] = text.index(texts.len());
        put(tree.path(), path, texts[state[file]]);
        let run = Run::of(tree.path(), &["verify", "--cache-dir", cache]);
        let expected = seen.entry(state.clone()).or_insert_with(|| {
            let plain = Run::of(tree.path(), &["verify", "--no-cache"]);
            (plain.code, plain.stdout)
        });
        assert_eq!((run.code, run.stdout), expected.clone(), "{state:?}");
    }
    assert!(results(kept.path()) > 1, "nothing was kept");
}

#[test]
fn a_result_is_used_where_nothing_has_changed_and_not_where_it_is_damaged() {
    let (tree, kept) = (compliant_but(&[]), tempfile::tempdir().expect("a folder"));
    let cache = kept.path().to_str().expect("UTF-8");
    let verify = || Run::of(tree.path(), &["verify", "--cache-dir", cache]);
    let first = verify();
    assert_eq!(results(kept.path()), 1);
    let question = fs::read_dir(kept.path().join("results")).expect("results").next();
    let question = question.expect("a question").expect("an entry").path();
    let result = fs::read_dir(question).expect("results").next().expect("one");
    let result = result.expect("an entry").path();
    // What is printed comes from there: a result with a hash of its own is believed.
    let text = fs::read_to_string(&result).expect("a result");
    let (_, body) = text.split_once('\n').expect("a hash");
    let other = body.replace("R-E76-001", "R-E76-XXX");
    let hash = sha256(&other);
    fs::write(&result, format!("{hash}\n{other}")).expect("written");
    assert_eq!(verify().stdout, first.stdout.replace("R-E76-001", "R-E76-XXX"));
    // One that does not match its hash is not.
    fs::write(&result, format!("{hash}\n{body}")).expect("written");
    assert_eq!(verify().stdout, first.stdout);
    // The contents decide, whatever the times of the files say.
    let path = tree.path().join("lib/client.ts");
    let before = fs::metadata(&path).expect("a file").modified().expect("a time");
    let text = fs::read_to_string(&path).expect("a source");
    fs::write(&path, text.replace("fetch", "fetsh")).expect("written");
    fs::File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_modified(before))
        .expect("a time");
    assert_ne!(verify().stdout, first.stdout);
    assert_eq!(results(kept.path()), 2);
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
