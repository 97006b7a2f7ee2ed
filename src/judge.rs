//! Judges one state of a repository: loads it, and puts every rule of the packs to the facts.

use crate::engine::{Engine, Platform};
use crate::load::{self, Loaded, SurveyError, Tree};
use crate::pack::{Pack, Reason};
use crate::span::SourceMap;
use crate::verify::{self, RuleVerdict};

/// What was found out about a tree, and what the rules say of it.
#[derive(Debug)]
pub struct Judged<'p> {
    /// The files, the catalog and the source index.
    pub loaded: Loaded,
    /// The packs that it was judged by.
    pub packs: Vec<&'p Pack>,
    /// Why each of them, where nobody named it.
    pub reasons: Vec<Reason>,
    /// A verdict for each rule of each pack, in their order.
    pub verdicts: Vec<RuleVerdict<'p>>,
    /// The engine that made the catalog, where the one that was asked first could not tell enough.
    pub second: Option<&'static str>,
}

impl Judged<'_> {
    /// Asks another engine, by its name, where a statement of a migration keeps a rule from being decided, or
    /// where an answer may be false for the same reason. Its catalog then counts for every rule, so
    /// that no report is about two. Where there is no such rule it is not run.
    ///
    /// What it cannot do for want of an extension, say, is no answer; then the first one stands.
    ///
    /// # Errors
    /// If it cannot run.
    pub fn ask(
        &mut self,
        engine: &(dyn Engine + Sync),
        name: &'static str,
    ) -> Result<(), SurveyError> {
        let Self { loaded, verdicts, second, .. } = self;
        if !verify::wants_another_engine(verdicts, &loaded.facts()) {
            return Ok(());
        }
        let mut outcome = load::apply(engine, &loaded.files, &loaded.migrations)?;
        if let Some(failure) = outcome.failure.as_ref().filter(|failure| failure.limit.is_some()) {
            let why = failure.describe(&loaded.files);
            loaded.outcome.notes.push(format!("engine {name} was asked in vain: {why}"));
            return Ok(());
        }
        outcome.notes.splice(0..0, std::mem::take(&mut loaded.outcome.notes));
        loaded.replace_outcome(outcome);
        *second = Some(name);
        verify::reconsider(verdicts, &loaded.facts(), name);
        Ok(())
    }
}

/// Judges a tree by these packs, whose spans point into `files`, with the catalog that `engine` makes.
///
/// # Errors
/// If the migrations cannot be listed or no engine can run.
pub fn judge<'p>(
    tree: Tree<'_>,
    packs: &'p [Pack],
    engine: &(dyn Engine + Sync),
    files: SourceMap,
) -> Result<Judged<'p>, SurveyError> {
    judge_by(tree, packs, engine, files, |_| packs.iter().map(|pack| (pack, None)).collect())
}

/// Judges a tree by those of the packs that apply to what is found in it. A pack for whole platforms applies
/// where no pack is about something of the repository's own.
///
/// # Errors
/// As [`judge`].
pub fn judge_applicable<'p>(
    tree: Tree<'_>,
    packs: &'p [Pack],
    platform: Platform,
    engine: &(dyn Engine + Sync),
    files: SourceMap,
) -> Result<Judged<'p>, SurveyError> {
    judge_by(tree, packs, engine, files, |loaded| {
        let chosen = |reason: &dyn Fn(&Pack) -> Option<Reason>| -> Vec<_> {
            packs.iter().filter_map(|pack| Some((pack, Some(reason(pack)?)))).collect()
        };
        let facts = loaded.facts();
        let by_objects = chosen(&|pack| pack.applies.to_objects(&facts));
        if by_objects.is_empty() {
            chosen(&|pack| pack.applies.to_platform(&facts, platform))
        } else {
            by_objects
        }
    })
}

fn judge_by<'p>(
    tree: Tree<'_>,
    packs: &'p [Pack],
    engine: &(dyn Engine + Sync),
    files: SourceMap,
    choose: impl FnOnce(&Loaded) -> Vec<(&'p Pack, Option<Reason>)>,
) -> Result<Judged<'p>, SurveyError> {
    let loaded = Loaded::of(tree, &verify::source_query(packs), engine, files)?;
    let (chosen, reasons): (Vec<_>, Vec<_>) = choose(&loaded).into_iter().unzip();
    let reasons = reasons.into_iter().flatten().collect();
    let verdicts = verify::verify(chosen.iter().copied(), &loaded.facts());
    Ok(Judged { loaded, packs: chosen, reasons, verdicts, second: None })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::engine::interpreter::Interpreter;
    use crate::engine::{EngineError, Outcome, Platform};
    use crate::finding::Verdict;
    use crate::input::{Folder, Selection};
    use crate::span::{FileId, SourceFile};

    const PACK: &str = "
pack: team
title: Team
guardrails: guardrails
rules:
  - {id: T-A, subject: a, title: a, check: row-level-security, parameters: {table: a, policies: {}}}
  - {id: T-B, subject: b, title: b, check: row-level-security, parameters: {table: b, policies: {}}}
  - {id: T-C, subject: c, title: c, check: endpoint-callsites, parameters: {prefix: /c, endpoints: []}}
";

    const CLOSED: &str = "CREATE TABLE a (); ALTER TABLE a ENABLE ROW LEVEL SECURITY;
        CREATE TABLE b (); ALTER TABLE b ENABLE ROW LEVEL SECURITY;";

    const INTERPRETER: Interpreter = Interpreter { platform: Platform::Postgres };

    /// An engine that makes of any migrations what the interpreter makes of this text, with a limit of a
    /// server where it fails at one.
    struct Other(&'static str, Option<&'static str>);

    impl Engine for Other {
        fn run(&self, files: &SourceMap, _: &[FileId]) -> Result<Outcome, EngineError> {
            let mut files = files.clone();
            let file = files.add(SourceFile::new("other.sql", self.0));
            let mut outcome = INTERPRETER.interpret(&files, &[file]);
            if let Some(failure) = &mut outcome.failure {
                failure.limit = self.1.map(str::to_owned);
                failure.span.file = FileId(1);
            }
            Ok(outcome)
        }
    }

    /// What is said of each rule and by whom, and whether the other engine was heard.
    fn told(migration: &str, other: &Other) -> (String, bool) {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(root.path().join("m")).expect("a folder");
        fs::write(root.path().join("m/1_a.sql"), migration).expect("a migration");
        let root = Folder::root(root.path()).expect("a root");
        let folder = root.inside("m").expect("a folder");
        let mut files = SourceMap::default();
        let pack = files.add(SourceFile::new("pack.yaml", PACK));
        let packs = [Pack::read(&files, pack).expect("a pack")];
        let sources = Selection::default();
        let tree = Tree {
            root: &root,
            migrations: Some(&folder),
            before: None,
            until: None,
            sources: &sources,
            cache: None,
            journal: None,
        };
        let mut judged = judge(tree, &packs, &INTERPRETER, files).expect("verdicts");
        judged.ask(other, "other").expect("an answer");
        let signs = judged.verdicts.iter().map(|verdict| {
            let sign = match verdict.verdict {
                Verdict::Holds { .. } => '+',
                Verdict::Violated(_) => '-',
                Verdict::Undecided(_) => '?',
                Verdict::Suppressed => '~',
            };
            if verdict.decided_by.is_some() { format!("{sign}o") } else { sign.to_string() }
        });
        (signs.collect::<Vec<_>>().join(" "), judged.second.is_some())
    }

    #[test]
    fn where_the_first_engine_does_not_know_enough_the_other_ones_catalog_counts_for_every_rule() {
        let gap = "DO $$ BEGIN EXECUTE (SELECT definition FROM elsewhere); END $$;";
        let stopped = format!("{CLOSED} ALTER TABLE missing ADD c int;");
        let doubtful = format!("{CLOSED} {gap}");
        let broken = format!("{gap} CREATE TABLE a (); CREATE TABLE b ();");
        let all = Other(CLOSED, None);
        let half = Other("CREATE TABLE a (); ALTER TABLE a ENABLE ROW LEVEL SECURITY;", None);
        let lacking = Other("ALTER TABLE missing ADD c int;", Some("the server lacks it"));
        for (migration, other, expected) in [
            // What is certain is not asked about.
            (CLOSED, &half, ("+ + ?", false)),
            // A stop, a doubt and a breach after a doubt are.
            (&stopped, &all, ("+o +o ?", true)),
            (&doubtful, &all, ("+o +o ?", true)),
            (&broken, &all, ("+o +o ?", true)),
            (&doubtful, &half, ("+o -o ?", true)),
            // A limit of a server is no answer.
            (&doubtful, &lacking, ("? ? ?", false)),
            (&stopped, &lacking, ("? ? ?", false)),
        ] {
            let (signs, heard) = told(migration, other);
            assert_eq!((signs.as_str(), heard), expected, "{migration}");
        }
    }
}
