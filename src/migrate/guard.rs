use crate::catalog::Catalog;
use crate::engine::{Outcome, history};
use crate::finding::Verdict;
use crate::judge::Judged;
use crate::load::Loaded;
use crate::pack::Pack;
use crate::suppress::{Notice, Terms, suppress};
use crate::verify::{self, RuleVerdict, Status};

/// Judges what a database would become, by the rules and the sources of a repository.
#[derive(Debug)]
pub struct Guard<'p> {
    packs: Vec<&'p Pack>,
    loaded: Loaded,
    /// The catalog that the interpreter makes of all migrations, whose histories a server lacks.
    interpreted: Catalog,
    /// What the rules say of that catalog.
    foreseen: Vec<RuleVerdict<'p>>,
    /// What suppressions are judged by.
    terms: Terms<'p>,
    verdicts: Vec<RuleVerdict<'p>>,
    notices: Vec<Notice>,
}

impl<'p> Guard<'p> {
    /// A guard by the packs that `judged` the repository with the interpreter, and what is accepted of their breaches.
    #[must_use]
    pub fn new(terms: Terms<'p>, judged: Judged<'p>) -> Self {
        let Judged { mut loaded, packs, verdicts: foreseen, .. } = judged;
        let interpreted = std::mem::take(&mut loaded.outcome).catalog;
        let (verdicts, notices) = (Vec::new(), Vec::new());
        Self { packs, loaded, interpreted, foreseen, terms, verdicts, notices }
    }

    /// Judges the catalog of the database. Where some statements are to follow that cannot be undone, what
    /// the interpreter foresees of them counts: a rule that holds without them and not with them is
    /// broken, and one that only they keep is not.
    pub(super) fn judge(&mut self, mut catalog: Catalog, more_to_follow: bool) -> Status {
        history::adopt(&mut catalog, &self.interpreted);
        self.loaded.outcome = Outcome { catalog, ..Outcome::default() };
        self.verdicts = verify::verify(self.packs.iter().copied(), &self.loaded.facts());
        if more_to_follow {
            for (verdict, foreseen) in self.verdicts.iter_mut().zip(&self.foreseen) {
                let decided = matches!(
                    (&verdict.verdict, &foreseen.verdict),
                    (Verdict::Holds { .. }, Verdict::Violated(_))
                        | (Verdict::Violated(_), Verdict::Holds { .. })
                );
                if decided {
                    *verdict = foreseen.clone();
                }
            }
        }
        self.notices = suppress(&mut self.verdicts, &self.loaded.facts(), self.terms);
        Status::of(&self.verdicts)
    }

    /// What is known of the repository and, once it was judged, the database.
    #[must_use]
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// What the rules say of the database, once it was judged.
    #[must_use]
    pub fn verdicts(&self) -> &[RuleVerdict<'p>] {
        &self.verdicts
    }

    /// What is wrong with suppressions.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }
}
