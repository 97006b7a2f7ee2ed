//! Judges one state of a repository: surveys it, and puts every rule of the packs to the facts.

use crate::engine::Engine;
use crate::pack::Pack;
use crate::span::SourceMap;
use crate::survey::{self, Survey, SurveyError, Tree};
use crate::verify::{self, RuleVerdict};

/// What was found out about a tree, and what the rules say of it.
#[derive(Debug)]
pub struct Judged<'p> {
    /// The files, the catalog and the source index.
    pub survey: Survey,
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
        let Self { survey, verdicts, second } = self;
        if !verify::wants_another_engine(verdicts, &survey.facts()) {
            return Ok(());
        }
        let mut outcome = survey::apply(engine, &survey.files, &survey.migrations)?;
        if let Some(failure) = outcome.failure.as_ref().filter(|failure| failure.limit.is_some()) {
            let why = failure.describe(&survey.files);
            survey.outcome.notes.push(format!("engine {name} was asked in vain: {why}"));
            return Ok(());
        }
        outcome.notes.splice(0..0, std::mem::take(&mut survey.outcome.notes));
        survey.outcome = outcome;
        *second = Some(name);
        verify::reconsider(verdicts, &survey.facts(), name);
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
    let survey = Survey::of(tree, &verify::interests(packs), engine, files)?;
    let verdicts = verify::verify(packs, &survey.facts());
    Ok(Judged { survey, verdicts, second: None })
}
