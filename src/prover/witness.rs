//! A second chance: rows of constants for which everything is computed.

use indexmap::IndexSet;
use sqlparser::ast::{Expr, Value as Literal, visit_expressions};
use std::ops::ControlFlow;

use super::cast::parse_time;
use super::evaluator::Evaluator;
use super::number::Number;
use super::path_search::Outcome;
use super::scope::Relation;
use super::sort::{Lengths, Sort};
use super::value::{FOREVER, Symbol, Value};

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
                let Value::Unknown(symbol) = &*value else { continue };
                let pool = pool(symbol, &literals);
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
fn pool(symbol: &Symbol, literals: &IndexSet<String>) -> Vec<Value> {
    let mut pool = Vec::new();
    match &symbol.sort {
        Sort::Text(lengths) => {
            let texts = ["a", "", "Zz9 ä", "0"].into_iter().map(str::to_owned);
            let near = literals.iter().flat_map(|text| [text.clone(), format!("{text}x")]);
            pool.extend(texts.chain(near).filter(|text| fits(text, *lengths)).map(Value::text));
        }
        Sort::Number(range) => {
            let near = literals.iter().filter_map(|text| Number::parse(text)).flat_map(|number| {
                [Some(number), number.plus(ONE), number.minus(ONE)].into_iter().flatten()
            });
            let plain = [0, 1, -1, 7, 1000, -1000].map(Number::integer);
            let integers = plain.into_iter().chain(near).filter(|number| {
                number.as_integer().is_some()
                    && range.low.is_none_or(|low| low <= number.billionths())
                    && range.high.is_none_or(|high| number.billionths() <= high)
                    && (!range.is_decimal() || number.billionths() == 0)
            });
            pool.extend(integers.map(Value::Number));
        }
        Sort::Time(_) => {
            let near = literals.iter().filter_map(|text| parse_time(text));
            let plain = [0, FOREVER, -FOREVER, 4_000_000_000_000_000];
            pool.extend(
                plain.into_iter().chain(near).map(|at| Value::Time(at / DAY_GRID * DAY_GRID)),
            );
        }
        Sort::Uuid => {
            for text in
                ["00000000-0000-0000-0000-00000000000a", "abcdef00-1234-4567-89ab-cdef01234567"]
            {
                pool.push(Value::text(text));
            }
        }
        _ => return pool,
    }
    if symbol.nullable {
        pool.insert(1.min(pool.len()), Value::Null);
    }
    pool
}

const ONE: Number = Number::integer(1);

/// Times are tried at midnight, which every type of time has.
const DAY_GRID: i128 = super::value::DAY;

fn fits(text: &str, lengths: Lengths) -> bool {
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    lengths.least <= length && lengths.most.is_none_or(|most| length <= most)
}
