//! A second chance: rows of constants for which everything is computed.

use indexmap::IndexSet;
use sqlparser::ast::{Expr, Value as Literal, visit_expressions};
use std::ops::ControlFlow;

use super::evaluator::Evaluator;
use super::path_search::Outcome;
use super::scope::Relation;
use super::value::Value;
use crate::datum::Type;

/// How many rows are tried.
const MOST_TRIES: usize = 24;

impl Evaluator<'_> {
    /// Whether the expression is not true of some row of constants.
    pub(super) fn try_witnesses(&mut self, expression: &Expr) -> Outcome {
        let literals = literals_of(expression);
        let row = Relation::guarded(self.context);
        for turn in 0..MOST_TRIES {
            let mut witness = row.clone();
            for (number, (_, value)) in witness.columns.iter_mut().enumerate() {
                let Some(column) = self.context.table.columns.get(number) else { continue };
                if !matches!(value, Value::Unknown(_)) || column.generated {
                    continue;
                }
                let pool = Type::named(&column.data_type)
                    .map(|data_type| pool(&data_type, !column.not_null, &literals));
                let pool = pool.unwrap_or_default();
                // Each turn shifts the columns against each other.
                let at = turn + (turn / 5) * number;
                if let Some(constant) = pool.get(at % pool.len().max(1)) {
                    *value = constant.clone();
                }
            }
            self.about(witness);
            if let Ok(Outcome { falsifiable: true, .. }) = self.play(expression) {
                return Outcome::NOT_TRUE;
            }
        }
        Outcome::UNKNOWN
    }
}

fn literals_of(expression: &Expr) -> IndexSet<String> {
    let mut found = IndexSet::new();
    let _: ControlFlow<()> = visit_expressions(expression, |part| {
        if let Expr::Value(literal) = part {
            match &literal.value {
                Literal::Number(digits, _) => {
                    found.insert(digits.clone());
                }
                other => found.extend(other.clone().into_string()),
            }
        }
        ControlFlow::Continue(())
    });
    found
}

/// Values that a column is tried with.
fn pool(data_type: &Type, nullable: bool, literals: &IndexSet<String>) -> Vec<Value> {
    let literals = || literals.iter().map(String::as_str);
    let mut texts: Vec<String> = Vec::new();
    let mut add = |more: &[&str]| texts.extend(more.iter().map(|text| (*text).to_owned()));
    match data_type {
        data_type if data_type.is_text() => {
            add(&["a", "", "Zz9 ä", "0"]);
            texts.extend(literals().flat_map(|text| [text.to_owned(), format!("{text}x")]));
        }
        data_type if data_type.is_number() => {
            add(&["0", "1", "-1", "7", "1000", "-1000"]);
            let near = literals()
                .filter_map(|text| text.parse::<i64>().ok())
                .flat_map(|number| [Some(number), number.checked_add(1), number.checked_sub(1)]);
            texts.extend(near.flatten().map(|number| number.to_string()));
        }
        // Times are tried at midnight, which every type of time has.
        Type::Date | Type::Timestamp(_) | Type::TimestampTz(_) => {
            add(&["1970-01-01", "infinity", "-infinity", "2096-10-02"]);
            texts.extend(literals().map(|text| text.chars().take(10).collect()));
        }
        Type::Uuid => {
            add(&["00000000-0000-0000-0000-00000000000a", "abcdef00-1234-4567-89ab-cdef01234567"])
        }
        _ => {}
    }
    let mut pool: Vec<Value> = (texts.iter())
        .filter(|text| within(data_type, text))
        .filter_map(|text| Value::read(data_type, text))
        .collect();
    if nullable && !pool.is_empty() {
        pool.insert(1, Value::Null);
    }
    pool
}

/// Whether a text is as short as a type asks for.
fn within(data_type: &Type, text: &str) -> bool {
    match data_type {
        Type::Varchar(Some(most)) => text.chars().count() <= *most as usize,
        _ => true,
    }
}
