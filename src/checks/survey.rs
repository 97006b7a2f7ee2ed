//! What the checks share that range over the whole catalog: whose objects they judge, how they say what
//! they find, and which gaps leave open what they say.

mod fault;
mod openness;
mod scope;
mod visitors;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::table::{former_names, refusal, touching_gap};
use super::{Breach, Judgement};
use crate::catalog::{
    Answer, Catalog, ChangeKind, Command, History, ObjectKind, ObjectName, ObjectRef, Policy, Table,
};
use crate::engine::{Gap, Reach};
use crate::expression::Expression;
use crate::facts::{Database, Facts};
use crate::finding::{Finding, Label};
use crate::span::Span;

pub use fault::Planted;
pub(super) use fault::column;
pub(super) use openness::{Clause, Passage};
pub(super) use scope::Scope;
pub(super) use visitors::{Rights, commands_listed, commands_of, rights_listed};
pub(super) use words::list;
pub(super) use words::{columns, identifier, qualified, signature};

/// Which objects a check judges, which tells what a gap may hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// Those of the user's schemas.
    Own,
    /// Policies too that the user puts on tables of the platform.
    Policies,
}

/// A check under way.
pub(super) struct Survey<'a> {
    pub(super) facts: Facts<'a>,
    pub(super) scope: &'a Scope,
    pub(super) database: Database<'a>,
    range: Range,
    breaches: Vec<(Found, Finding)>,
    doubts: Vec<Finding>,
}

/// What is wrong with one object.
pub(super) struct Found {
    /// The object as reports, suppressions and baselines name it.
    pub(super) object: String,
    /// What the finding is drawn from: what a later gap may have changed of these leaves it open.
    pub(super) of: Vec<ObjectName>,
    /// The statements that made it so; the last is at fault.
    pub(super) history: History,
    /// What else explains it.
    pub(super) labels: Vec<Label>,
    /// One sentence that names the object.
    pub(super) message: String,
    /// A statement that mends it.
    pub(super) help: String,
}

impl<'a> Survey<'a> {
    /// Judges a rule about every object: `judge` goes through them and says what it finds.
    pub(super) fn judge(
        facts: &Facts<'a>,
        scope: &'a Scope,
        range: Range,
        judge: impl FnOnce(&mut Self),
    ) -> Judgement {
        let Some(database) = facts.database else {
            return Judgement::undecided(Finding {
                message: "no migrations were found that could make a database".to_owned(),
                primary: None,
                labels: Vec::new(),
                help: "name the folder of migrations with --migrations or in railcheck.yaml".into(),
                object: "database".to_owned(),
            });
        };
        let (breaches, doubts) = (Vec::new(), Vec::new());
        let mut survey = Self { facts: *facts, scope, database, range, breaches, doubts };
        judge(&mut survey);
        survey.conclude()
    }

    /// The catalog.
    pub(super) fn catalog(&self) -> &'a Catalog {
        &self.database.outcome.catalog
    }

    /// The user's tables: none of the platform.
    pub(super) fn tables(&self) -> impl Iterator<Item = &'a Table> + use<'a> {
        let scope = self.scope;
        self.catalog().tables.iter().filter(move |table| !scope.is_platform(&table.name.schema))
    }

    /// The tables whose policies are the user's: their own, and some of the platform.
    pub(super) fn guarded_tables(&self) -> impl Iterator<Item = &'a Table> + use<'a> {
        let (catalog, scope) = (self.catalog(), self.scope);
        let tables = catalog.tables.iter().chain(&catalog.platform_tables);
        tables.filter(move |table| scope.judges_policies(&table.name.schema))
    }

    /// Where a statement stands among those that were applied; what no statement made comes first.
    pub(super) fn place(&self, history: &History) -> Option<(usize, usize)> {
        let span = history.iter().rev().find_map(|event| event.span)?;
        let migration = self.database.migrations.iter().position(|file| *file == span.file)?;
        Some((migration, span.start as usize))
    }

    /// Whether the API serves the schema.
    pub(super) fn serves(&self, schema: &str) -> bool {
        self.scope.serves(schema, self.facts.project)
    }

    /// Something is not as the rule wants it.
    pub(super) fn found(&mut self, found: Found) {
        let mut labels = labels(&found.history);
        let primary = labels.pop();
        labels.extend(found.labels.iter().cloned());
        let finding = Finding {
            message: found.message.clone(),
            primary,
            labels,
            help: found.help.clone(),
            object: found.object.clone(),
        };
        self.breaches.push((found, finding));
    }

    /// It cannot be told whether an object is as the rule wants it.
    pub(super) fn doubtful(&mut self, found: Found) {
        let mut labels = labels(&found.history);
        let primary = labels.pop().map(|label| Label { text: String::new(), ..label });
        let Found { object, message, help, .. } = found;
        self.doubts.push(Finding { message, primary, labels, help, object });
    }

    /// The expression of a policy; where it cannot be read, that is a doubt.
    pub(super) fn expression(
        &mut self,
        table: &Table,
        policy: &Policy,
        sql: &str,
    ) -> Option<Arc<Expression>> {
        let expression = self.database.memo.parse(sql);
        if expression.is_none() {
            let message =
                format!("an expression of policy {} of {} cannot be read", policy.name, table.name);
            self.doubt_policy(table, policy, message, "write the expression more plainly");
        }
        expression
    }

    /// It cannot be told whether a policy is as the rule wants it.
    pub(super) fn doubt_policy(
        &mut self,
        table: &Table,
        policy: &Policy,
        message: String,
        help: &str,
    ) {
        self.doubtful(Found {
            object: policy_object(table, policy),
            of: vec![table.name.clone()],
            history: policy.history.clone(),
            labels: Vec::new(),
            message,
            help: help.to_owned(),
        });
    }

    /// Whether a role may do a command on a table, or may for all that is known.
    pub(super) fn may(&self, role: &str, command: Command, table: &Table) -> bool {
        self.answer(self.counting(), role, command, &table.name) != Answer::No
    }

    /// Whether the range has objects that a gap may have touched.
    fn concerns(&self, reach: &Reach) -> bool {
        match reach {
            Reach::Everything => true,
            Reach::Objects(names) => names.iter().any(|name| {
                // A pattern, and what has no schema, may be anything.
                let open = name.schema.is_empty() || name.schema.contains('*');
                open || match self.range {
                    Range::Own => !self.scope.is_platform(&name.schema),
                    Range::Policies => self.scope.judges_policies(&name.schema),
                }
            }),
        }
    }

    fn conclude(mut self) -> Judgement {
        let outcome = self.database.outcome;
        let gaps: Vec<&Gap> = outcome.gaps.iter().filter(|gap| self.concerns(&gap.reach)).collect();
        let unapplied = outcome.failure.as_ref().and_then(|failure| {
            let first = if outcome.unapplied.is_empty() {
                failure.span
            } else {
                outcome.unapplied.iter().find(|statement| self.concerns(&statement.reach))?.span
            };
            Some(refusal(
                self.facts.files,
                failure,
                first,
                "database",
                "what else there is to be is not known",
            ))
        });
        let breaches = std::mem::take(&mut self.breaches);
        // What is found of one object is told once.
        let mut told = BTreeSet::new();
        let breaches: Vec<Breach> = breaches
            .into_iter()
            .filter(|(found, _)| told.insert(found.object.clone()))
            .map(|(found, finding)| Breach {
                certain: self.is_certain(&found, &finding, &gaps),
                finding,
            })
            .collect();
        let seen: BTreeSet<Span> =
            self.doubts.iter().filter_map(|doubt| Some(doubt.primary.as_ref()?.span)).collect();
        let of_gaps = gaps.iter().filter(|gap| !seen.contains(&gap.span));
        let mut doubts: Vec<Finding> = of_gaps.map(|gap| gap_doubt(gap)).collect();
        doubts.append(&mut self.doubts);
        doubts.extend(unapplied);
        Judgement { breaches, doubts, evidence: Vec::new() }
    }

    /// Whether nothing that is not understood, or was not applied, may have mended it.
    fn is_certain(&self, found: &Found, finding: &Finding, gaps: &[&Gap]) -> bool {
        let outcome = self.database.outcome;
        let catalog = self.catalog();
        if outcome.failure.is_some() {
            let touches = |reach: &Reach| found.of.iter().any(|name| reach.touches(name));
            let open = outcome.unapplied.is_empty()
                || outcome.unapplied.iter().any(|statement| touches(&statement.reach));
            if open {
                return false;
            }
        }
        let broken_by = finding.primary.as_ref().map(|label| label.span);
        let later = |gap: &&&Gap| broken_by.is_none_or(|span| self.database.follows(gap, span));
        !gaps.iter().filter(later).any(|gap| {
            found.of.iter().any(|name| {
                let former = former_names(catalog, name);
                touching_gap(&self.database, gap, name, &former)
            })
        })
    }
}

fn gap_doubt(gap: &Gap) -> Finding {
    let (what, object) = match &gap.reach {
        Reach::Everything => ("anything".to_owned(), "database".to_owned()),
        Reach::Objects(names) => {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            (list(&names), format!("database: {}", names.join(", ")))
        }
    };
    Finding {
        message: format!("a statement that may touch {what} is not understood"),
        primary: Some(Label { span: gap.span, text: gap.reason.to_string() }),
        labels: Vec::new(),
        help: crate::engine::WAYS_OUT.into(),
        object,
    }
}

/// The statements of a history that can be shown.
fn labels(history: &History) -> Vec<Label> {
    super::table::labels(history)
}

/// The creation alone: what an object lacks, it has lacked since.
pub(super) fn made(history: &History) -> History {
    super::table::created(history)
}

/// A policy as findings name it.
pub(super) fn policy_object(table: &Table, policy: &Policy) -> String {
    ObjectRef::part(ObjectKind::Policy, table.name.clone(), &*policy.name).to_string()
}

/// What else a finding points to.
pub(super) fn also(history: &History, text: impl Into<String>) -> Option<Label> {
    let span = history.iter().rev().find_map(|event| event.span)?;
    Some(Label { span, text: text.into() })
}

/// The creation of an object and the last statement of which a rule is about, or the creation alone.
pub(super) fn last_with(history: &History, is_it: impl Fn(&str) -> bool) -> History {
    let mut kept = History::default();
    let last = history
        .iter()
        .filter(|event| event.verb != ChangeKind::Created && is_it(&event.detail))
        .last();
    let Some(last) = last else { return made(history) };
    for event in history.iter().filter(|event| event.verb == ChangeKind::Created) {
        kept.push(event.verb, event.span, event.detail.clone());
    }
    kept.push(last.verb, last.span, last.detail.clone());
    kept
}
