//! `duplicate-indexes`: no index does what another one does too.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, also, identifier, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Index, IndexKey, ObjectKind, ObjectName, ObjectRef, Table};
use crate::expression::Expression;
use crate::facts::Facts;

/// Parameters of `duplicate-indexes`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DuplicateIndexes")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
}

impl Parameters for Rule {
    const NAME: &'static str = "duplicate-indexes";
    const PAGE: &'static str = include_str!("../../docs/checks/duplicate-indexes.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            for table in survey.tables() {
                // An index that partitions have from their parent is told there.
                let mut indexes: Vec<&Index> = (table.constraint_indexes.iter())
                    .chain(&table.indexes)
                    .filter(|index| index.valid && !index.inherited)
                    .collect();
                indexes.sort_by_key(|index| {
                    let keep = (index.constraint.is_none(), !is_primary(table, index), !index.unique);
                    (keep, survey.place(&index.history))
                });
                for (at, index) in indexes.iter().enumerate() {
                    let kept = indexes.iter().take(at);
                    let kept = kept.copied().find(|kept| does_all_of(kept, index));
                    if let Some(kept) = kept {
                        survey.found(duplicate(table, index, kept));
                    }
                }
            }
        })
    }

    fn is_mended_by_statement(&self) -> bool {
        true
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let what = format!("a table of {schema} gets the same index twice");
        let plant = |table: &mut Table| {
            table.indexes.extend([Index::new("mutant", &["id"]), Index::new("mutant_too", &["id"])]);
        };
        vec![Asserted::NoFault(Planted::table(what, &schema, plant))]
    }
}

fn is_primary(table: &Table, index: &Index) -> bool {
    let key = table.primary_key.as_ref().map(|key| &key.name);
    key.is_some() && key == index.constraint.as_ref()
}

/// Whether one index does all that another does: it finds the same rows in the same order, and refuses what
/// the other refuses.
fn does_all_of(kept: &Index, index: &Index) -> bool {
    let is_exclusion = index.constraint.is_some() && !index.unique;
    let refuses_as_much = !index.unique
        || kept.unique && !kept.deferrable && index.nulls_not_distinct == kept.nulls_not_distinct;
    kept.method == index.method
        && kept.columns == index.columns
        && kept.included == index.included
        && same(kept.predicate.as_deref(), index.predicate.as_deref())
        && kept.keys.len() == index.keys.len()
        && kept.keys.iter().zip(&index.keys).all(|(a, b)| same_key(a, b))
        && refuses_as_much
        && !is_exclusion
        && !index.deferrable
}

fn same_key(a: &IndexKey, b: &IndexKey) -> bool {
    let rest = |key: &IndexKey| IndexKey { expression: None, ..key.clone() };
    rest(a) == rest(b) && same(a.expression.as_deref(), b.expression.as_deref())
}

/// Whether two expressions are the same, however they are spelled.
fn same(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            let canonical = |sql| Expression::parse(sql).map(|tree| tree.canonical());
            a == b || canonical(a).zip(canonical(b)).is_some_and(|(a, b)| a == b)
        }
        _ => false,
    }
}

fn duplicate(table: &Table, index: &Index, kept: &Index) -> Found {
    let name = &table.name;
    let (kind, shown) = match &index.constraint {
        Some(constraint) => (ObjectKind::Constraint, constraint),
        None => (ObjectKind::Index, &index.name),
    };
    let help = match kind {
        ObjectKind::Constraint => {
            format!("ALTER TABLE {} DROP CONSTRAINT {};", qualified(name), identifier(shown))
        }
        _ => format!("DROP INDEX {};", qualified(&ObjectName::new(&*name.schema, &*index.name))),
    };
    let what = match &kept.constraint {
        Some(constraint) => format!("constraint {constraint}"),
        None => format!("index {}", kept.name),
    };
    Found {
        object: ObjectRef::part(kind, name.clone(), &**shown).to_string(),
        of: vec![name.clone()],
        history: index.history.clone(),
        labels: also(&kept.history, format!("{what} is made here")).into_iter().collect(),
        message: format!(
            "{kind} {shown} of {name} does nothing that {what} does not do: each write keeps both"
        ),
        help,
    }
}
