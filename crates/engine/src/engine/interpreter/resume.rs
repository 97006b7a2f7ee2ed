//! Interprets migrations again and again: what comes before the first change is taken from the run before.

use std::sync::{Arc, Mutex, PoisonError};

use super::Interpreter;
use super::session::Session;
use crate::engine::{Engine, EngineError, Outcome, Platform};
use crate::span::{FileId, SourceMap};

/// How many states of a run are kept, evenly spread over its migrations.
const MAX_CHECKPOINTS: usize = 64;

/// What an interpreter keeps of its last run.
#[derive(Debug, Default)]
pub struct Checkpoints(Mutex<LastRun>);

/// An interpreter that begins before the first migration that has changed since its last run.
#[derive(Debug, Clone)]
pub struct Resuming {
    /// The interpreter.
    pub interpreter: Interpreter,
    /// What the history lacks is assumed.
    pub is_partial: bool,
    /// What it keeps.
    pub checkpoints: Arc<Checkpoints>,
}

#[derive(Debug, Default)]
struct LastRun {
    platform: Platform,
    /// The migrations with their texts.
    migrations: Vec<(FileId, Arc<str>)>,
    /// The state before the migration of that index, in their order.
    states: Vec<(usize, Session)>,
}

impl Engine for Resuming {
    fn run(&self, files: &SourceMap, migrations: &[FileId]) -> Result<Outcome, EngineError> {
        // A run that panicked has kept nothing that is not so.
        let mut last = self.checkpoints.0.lock().unwrap_or_else(PoisonError::into_inner);
        let platform = self.interpreter.platform;
        let texts = migrations.iter().map(|file| (*file, files.file(*file).text.clone())).collect();
        last.forget_what_changed(platform, texts);
        let (done, session) = match last.states.last() {
            Some((done, session)) => (*done, session.clone()),
            None if self.is_partial => (0, Session::new(platform).assuming_what_lacks()),
            None => (0, Session::new(platform)),
        };
        let rest = migrations.get(done..).unwrap_or_default();
        let distance = migrations.len().div_ceil(MAX_CHECKPOINTS).max(1);
        Ok(session.interpret(files, rest, &mut |index, state| {
            if index > 0 && (done + index).is_multiple_of(distance) {
                last.states.push((done + index, state.clone()));
            }
        }))
    }
}

impl LastRun {
    /// Keeps the states that these migrations lead to as well.
    fn forget_what_changed(&mut self, platform: Platform, migrations: Vec<(FileId, Arc<str>)>) {
        let pairs = self.migrations.iter().zip(&migrations);
        let same = pairs.take_while(|(before, now)| before == now).count();
        let same = if self.platform == platform { same } else { 0 };
        self.states.retain(|(done, _)| *done <= same);
        (self.platform, self.migrations) = (platform, migrations);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::SourceFile;

    fn read(texts: &[&str]) -> (SourceMap, Vec<FileId>) {
        let mut files = SourceMap::default();
        let name = |number: usize| format!("migrations/{number}_a.sql");
        let ids = texts.iter().enumerate();
        let ids = ids.map(|(number, text)| files.add(SourceFile::new(name(number), *text)));
        let ids = ids.collect();
        (files, ids)
    }

    #[test]
    fn a_resumed_run_is_what_a_new_one_would_be() {
        let (table, column) = ("CREATE TABLE a (id int);", "ALTER TABLE a ADD COLUMN b int;");
        let gap = "DO $$ BEGIN EXECUTE (SELECT definition FROM elsewhere); END $$;";
        let open = "BEGIN; CREATE TEMP TABLE t (id int); SET search_path = nowhere;";
        let many: Vec<String> =
            (0..200).map(|number| format!("CREATE TABLE t{number} (id int);")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut changed = many.clone();
        changed[150] = "DROP TABLE t149;";
        let resuming = |platform| Interpreter { platform };
        let checkpoints = Arc::new(Checkpoints::default());
        for (platform, texts) in [
            (Platform::Supabase, &[table][..]),
            (Platform::Supabase, &[table, column]),
            (Platform::Supabase, &[table, column, "DROP TABLE a;"]),
            (Platform::Supabase, &[table, gap, open, "ALTER TABLE a DROP COLUMN b;"]),
            (Platform::Supabase, &[table, gap, open, column]),
            (Platform::Supabase, &[table, "", open, column]),
            (Platform::Supabase, &["DROP TABLE a;", "", open, column]),
            (Platform::Supabase, &[table, "", open, column]),
            (Platform::Postgres, &[table, "", open, column, "SELECT auth.uid();"]),
            (Platform::Supabase, &[table, "", open, column, "SELECT auth.uid();"]),
            (Platform::Supabase, &[]),
            (Platform::Supabase, &many),
            (Platform::Supabase, &changed),
            (Platform::Supabase, &many),
        ] {
            let (files, ids) = read(texts);
            let interpreter = resuming(platform);
            let again =
                Resuming { interpreter, is_partial: false, checkpoints: checkpoints.clone() };
            let (again, anew) = (again.run(&files, &ids), interpreter.interpret(&files, &ids));
            assert_eq!(
                format!("{:?}", again.expect("an outcome")),
                format!("{anew:?}"),
                "{texts:?}"
            );
        }
        assert!(checkpoints.0.lock().expect("no panic").states.len() <= MAX_CHECKPOINTS);
    }
}
