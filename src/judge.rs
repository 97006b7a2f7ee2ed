//! Judges one state of a repository: surveys it, and puts every rule of the packs to the facts.

use crate::engine::Engine;
use crate::facts::{Database, Facts};
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
}

impl Judged<'_> {
    /// Asks another engine, by its name, about the rules that a statement of a migration keeps from being
    /// decided. Where there are none it is not run.
    ///
    /// # Errors
    /// If it cannot run.
    pub fn ask(
        &mut self,
        engine: &(dyn Engine + Sync),
        name: &'static str,
    ) -> Result<(), SurveyError> {
        let Self { survey, verdicts } = self;
        let facts = survey.facts();
        if !verdicts.iter().any(|verdict| verify::hangs_on_migrations(verdict, &facts)) {
            return Ok(());
        }
        let outcome = survey::apply(engine, &survey.files, &survey.migrations)?;
        let database = Database { outcome: &outcome, migrations: &survey.migrations.files };
        verify::reconsider(verdicts, &Facts { database: Some(database), ..facts }, name);
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
    Ok(Judged { survey, verdicts })
}
