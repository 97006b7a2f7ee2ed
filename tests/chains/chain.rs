//! Writes random chains of migrations. A step is a few numbers, each of which chooses among what there is
//! at that point, so that most of a chain is valid and any part of it is a chain too.

use super::choices::{Choices, Step};
use super::state::State;

/// The migrations of a chain. Most steps are one statement; some end a migration or a transaction.
pub(crate) fn migrations(steps: &[Step]) -> Vec<String> {
    let mut chain = Chain::default();
    for step in steps {
        chain.step(&mut Choices(step.iter()));
    }
    chain.end_migration();
    chain.migrations
}

#[derive(Debug, Default)]
struct Chain {
    state: State,
    migrations: Vec<String>,
    current: String,
    /// What there was when the transaction under way began.
    before: Option<State>,
}

impl Chain {
    fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.of(19) {
            0..=10 => {
                let statement = self.state.statement(choices);
                self.push(&statement);
            }
            11 => self.end_migration(),
            12 => self.begin(),
            13 => self.end_transaction(choices.of(2) == 0),
            15..=17 => {
                let statement = self.state.rows(choices);
                self.push(&statement);
            }
            14 => {
                let statement = self.state.statement(choices);
                self.push(&guarded(&statement, choices));
            }
            _ => self.push(&self.state.over_all_tables(choices)),
        }
    }

    fn push(&mut self, statement: &str) {
        if !statement.is_empty() {
            self.current.push_str(statement);
            self.current.push_str(";\n");
        }
    }

    fn begin(&mut self) {
        if self.before.is_none() {
            // What came before BEGIN in the file joins the transaction.
            self.end_migration();
            self.push("BEGIN");
            self.before = Some(self.state.clone());
        }
    }

    fn end_transaction(&mut self, keep: bool) {
        if let Some(before) = self.before.take() {
            self.push(if keep { "COMMIT" } else { "ROLLBACK" });
            if !keep {
                self.state = State { names: self.state.names, ..before };
            }
        }
    }

    fn end_migration(&mut self) {
        self.end_transaction(true);
        if !self.current.is_empty() {
            self.migrations.push(std::mem::take(&mut self.current));
        }
    }
}

/// A statement inside a block that may or may not run it, or that survives its failure.
fn guarded(statement: &str, choices: &mut Choices<'_>) -> String {
    if statement.is_empty() {
        return String::new();
    }
    match choices.of(4) {
        0 => format!(
            "DO $do$ BEGIN\n  {statement};\nEXCEPTION WHEN duplicate_object OR duplicate_table THEN NULL;\nEND $do$"
        ),
        1 => format!(
            "DO $do$ BEGIN\n  IF EXISTS (SELECT 1 FROM pg_class WHERE relname = 't1' AND relnamespace = 'public'::regnamespace) THEN\n    {statement};\n  END IF;\nEND $do$"
        ),
        2 => format!(
            "DO $do$ BEGIN\n  IF NOT EXISTS (SELECT 1 FROM pg_policies WHERE schemaname = 'public' AND policyname = 'p2') THEN\n    {statement};\n  END IF;\nEND $do$"
        ),
        _ => format!("DO $do$ BEGIN\n  EXECUTE $sql${statement}$sql$;\nEND $do$"),
    }
}
