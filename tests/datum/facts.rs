//! What the table says of results, held to results.

use std::cmp::Ordering;

use railcheck::datum::{
    Collation, Datum, Entry, Length, Order, Type, Typed, compare, entries, function, operator,
};

use crate::arguments::argument_lists;

/// Computed results of an entry with their arguments, none of which is NULL.
fn results(entry: &Entry) -> Vec<(Vec<Typed>, Typed)> {
    let lists = argument_lists(entry, 400).into_iter();
    let lists = lists.map(|list| list.into_iter().map(|sample| sample.value).collect::<Vec<_>>());
    lists
        .filter(|list| list.iter().all(|value| !value.datum.is_null()))
        .filter_map(|list| {
            let result = match (entry.is_operator, &list[..]) {
                (true, [a]) => operator(entry.name, None, a),
                (true, [a, b]) => operator(entry.name, Some(a), b),
                _ => function(entry.name, &list),
            };
            result.ok().map(|result| (list, result))
        })
        .collect()
}

fn order(a: &Typed, b: &Typed) -> Option<Ordering> {
    // Numbers of two types are compared by their values.
    let number = |value: &Typed| match &value.datum {
        Datum::Int(number) => Some(*number as f64),
        Datum::Numeric(number) => Some(number.to_float()),
        Datum::Float(number) => Some(*number),
        _ => None,
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        _ => compare(&a.data_type, &a.datum, &b.datum, Collation::C),
    }
}

fn is_finite(value: &Typed) -> bool {
    match &value.datum {
        Datum::Numeric(number) => number.to_float().is_finite(),
        Datum::Float(number) => number.is_finite(),
        Datum::Date(day) => *day != i32::MIN && *day != i32::MAX,
        Datum::Timestamp(number) => *number != i64::MIN && *number != i64::MAX,
        _ => true,
    }
}

fn characters(value: &Typed) -> Option<usize> {
    value.datum.as_text().map(|text| text.chars().count())
}

/// The facts of an entry that a result breaks.
fn broken_by(entry: &Entry, arguments: &[Typed], result: &Typed) -> Vec<&'static str> {
    let facts = entry.facts;
    let mut broken = Vec::new();
    if result.datum.is_null() {
        if !facts.may_be_null {
            broken.push("it is never NULL");
        }
        return broken;
    }
    let end = |number: i64| Typed::new(Type::Int8, Datum::Int(number));
    if let Some(range) = facts.range {
        let below = range.low.is_some_and(|low| order(result, &end(low)) == Some(Ordering::Less));
        let above =
            range.high.is_some_and(|high| order(result, &end(high)) == Some(Ordering::Greater));
        if below || above {
            broken.push("its range");
        }
    }
    let of = |at: usize| arguments.get(at).and_then(characters);
    let length = characters(result);
    let fits = match facts.length {
        None => true,
        Some(Length::Exactly(size)) => length == Some(size as usize),
        Some(Length::Of(at)) => length == of(at),
        Some(Length::AtMostOf(at)) => length <= of(at),
        Some(Length::AtMostNumber(at)) => {
            let most =
                arguments.get(at).and_then(|a| a.datum.as_int()).map(|most| most.max(0) as usize);
            length <= most
        }
    };
    if !fits {
        broken.push("its length");
    }
    let against = |at: Option<usize>, wrong: Ordering| {
        at.and_then(|at| arguments.get(at)).is_some_and(|a| order(result, a) == Some(wrong))
    };
    if against(facts.at_most, Ordering::Greater) || against(facts.at_least, Ordering::Less) {
        broken.push("it is on one side of its argument");
    }
    broken
}

/// Whether two values are alike. Spans of time can be equal and yet move a date in different ways.
fn alike(a: &Typed, b: &Typed) -> bool {
    a == b
        && match (&a.datum, &b.datum) {
            (Datum::Interval(a), Datum::Interval(b)) => (a.months, a.days) == (b.months, b.days),
            _ => true,
        }
}

/// Whether two lists are alike but for one place.
fn differ_at(a: &[Typed], b: &[Typed], at: usize) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).enumerate().all(|(place, (a, b))| place == at || alike(a, b))
}

/// Every fact that a computed value breaks.
pub(crate) fn broken() -> Vec<String> {
    let mut lines = Vec::new();
    for entry in entries() {
        let results = results(entry);
        for (arguments, result) in &results {
            for fact in broken_by(entry, arguments, result) {
                lines.push(format!("{}: {fact}: {arguments:?} -> {result:?}", entry.signature));
            }
        }
        for (at, direction) in entry.facts.order {
            for (a, x) in &results {
                for (b, y) in results.iter().filter(|(b, _)| differ_at(a, b, *at)) {
                    let others = a.iter().enumerate().filter(|(place, _)| place != at);
                    let wrong = match direction {
                        Order::Increasing => Ordering::Greater,
                        Order::Decreasing => Ordering::Less,
                    };
                    if others.into_iter().all(|(_, value)| is_finite(value))
                        && order(&a[*at], &b[*at]) == Some(Ordering::Less)
                        && order(x, y) == Some(wrong)
                    {
                        lines.push(format!("{}: order: {a:?}, {b:?}", entry.signature));
                    }
                }
            }
        }
        if let Some(at) = entry.facts.injective {
            for (a, x) in &results {
                for (b, y) in results.iter().filter(|(b, _)| differ_at(a, b, at)) {
                    let distinct = order(&a[at], &b[at]).is_some_and(Ordering::is_ne);
                    if distinct && order(x, y) == Some(Ordering::Equal) {
                        lines.push(format!("{}: injective: {a:?}, {b:?}", entry.signature));
                    }
                }
            }
        }
        if let Some(at) = entry.facts.free {
            let finite = |(list, _): &&(Vec<Typed>, Typed)| {
                list.iter().enumerate().all(|(place, value)| place == at || is_finite(value))
            };
            for (a, x) in results.iter().filter(finite) {
                let mut others = results.iter().filter(|(b, _)| differ_at(a, b, at)).peekable();
                let enough = others.clone().count() > 3;
                if enough && others.all(|(_, y)| x == y) {
                    lines.push(format!("{}: free: always {x:?} as of {a:?}", entry.signature));
                }
            }
        }
    }
    lines
}
