//! Comparisons, of constants as PostgreSQL makes them and of symbols by choosing how they turn out.

use std::cmp::Ordering;
use std::sync::Arc;

use sqlparser::ast::BinaryOperator;

use super::constant::{self, place_of_moment};
use super::equality::Member;
use super::evaluator::Evaluator;
use super::function::CERTAIN_NOW;
use super::order::{ORDERINGS, Order, Term};
use super::path_search::{Options, Stop};
use super::sort::{Grain, Lengths, Range, Sort};
use super::value::{DAY, Origin, Symbol, Value};
use super::visitor;
use crate::datum::Type;

impl Evaluator<'_> {
    /// A comparison by one of `= <> < <= > >=`; NULL where one of the values is.
    pub(super) fn compare(
        &mut self,
        op: &BinaryOperator,
        left: Value,
        right: Value,
    ) -> Result<Option<bool>, Stop> {
        match op {
            BinaryOperator::Eq => return self.equal(left, right),
            BinaryOperator::NotEq => return Ok(self.equal(left, right)?.map(|equal| !equal)),
            _ => {}
        }
        let Some(ordering) = self.order(left, right)? else { return Ok(None) };
        Ok(Some(match op {
            BinaryOperator::Lt => ordering.is_lt(),
            BinaryOperator::LtEq => ordering.is_le(),
            BinaryOperator::Gt => ordering.is_gt(),
            _ => ordering.is_ge(),
        }))
    }

    /// `=`.
    pub(super) fn equal(&mut self, left: Value, right: Value) -> Result<Option<bool>, Stop> {
        let (left, right) = (self.known(left)?, self.known(right)?);
        Ok(Some(match (&left, &right) {
            (Value::Null, _) | (_, Value::Null) => return Ok(None),
            (Value::Row(a), Value::Row(b)) if a.len() == b.len() => return self.equal_rows(a, b),
            (Value::Array(a), Value::Array(b)) => return self.equal_arrays(a, b).map(Some),
            (Value::Unknown(a), Value::Unknown(b)) if a.key == b.key => a.offset == b.offset,
            // Nobody's row does not hold the stranger's id, wherever it is looked for.
            (id, Value::Unknown(symbol)) | (Value::Unknown(symbol), id)
                if !symbol.may_be_visitor && visitor::is_id(id) =>
            {
                false
            }
            _ => {
                if let Some(ordering) = self.ordered(&left, &right, true)? {
                    return Ok(Some(ordering.is_eq()));
                }
                match (member(&left, &right), member(&right, &left)) {
                    (Some(a), Some(b)) if !(left.is_constant() && right.is_constant()) => {
                        self.members_equal([&left, &right], &a, &b)?
                    }
                    _ => match constants_equal(&left, &right) {
                        Some(equal) => equal,
                        None => self.guess_equal(&left, &right)?,
                    },
                }
            }
        }))
    }

    fn equal_rows(&mut self, a: &[Value], b: &[Value]) -> Result<Option<bool>, Stop> {
        let mut all = Some(true);
        for (a, b) in a.iter().zip(b) {
            match self.equal(a.clone(), b.clone())? {
                Some(true) => {}
                Some(false) => return Ok(Some(false)),
                None => all = None,
            }
        }
        Ok(all)
    }

    /// In arrays a NULL is equal to a NULL.
    fn equal_arrays(&mut self, a: &[Value], b: &[Value]) -> Result<bool, Stop> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (a, b) in a.iter().zip(b) {
            let (a, b) = (self.known(a.clone())?, self.known(b.clone())?);
            let equal = match (&a, &b) {
                (Value::Null, Value::Null) => true,
                (Value::Null, _) | (_, Value::Null) => false,
                _ => self.equal(a, b)? == Some(true),
            };
            if !equal {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How two values stand to each other; `None` where one is NULL.
    pub(super) fn order(&mut self, left: Value, right: Value) -> Result<Option<Ordering>, Stop> {
        let (left, right) = (self.known(left)?, self.known(right)?);
        Ok(Some(match (&left, &right) {
            (Value::Null, _) | (_, Value::Null) => return Ok(None),
            (Value::Row(a), Value::Row(b)) => return self.order_rows(a, b),
            (Value::Unknown(a), Value::Unknown(b)) if a.key == b.key => a.offset.cmp(&b.offset),
            _ => match self.ordered(&left, &right, false)? {
                Some(ordering) => ordering,
                None => match constant::order(&left, &right) {
                    Some(ordering) => ordering,
                    None => self.order_others(&left, &right)?,
                },
            },
        }))
    }

    fn order_rows(&mut self, a: &[Value], b: &[Value]) -> Result<Option<Ordering>, Stop> {
        for (a, b) in a.iter().zip(b) {
            match self.order(a.clone(), b.clone())? {
                Some(Ordering::Equal) => {}
                decided => return Ok(decided),
            }
        }
        Ok(Some(a.len().cmp(&b.len())))
    }

    /// Compares numbers or times one of which is not known; nothing, where they are something else.
    fn ordered(
        &mut self,
        left: &Value,
        right: &Value,
        equality: bool,
    ) -> Result<Option<Ordering>, Stop> {
        if left.is_constant() && right.is_constant() {
            return Ok(None);
        }
        let (Some(a), Some(b)) = (self.term(left, right), self.term(right, left)) else {
            return Ok(None);
        };
        let opaque = is_opaque(left) || is_opaque(right);
        if equality && opaque && !(is_opaque(left) && is_opaque(right)) {
            // Whatever the constant is, there is another value.
            let equal = self.unequal_to_opaque(left, right)?;
            return Ok(Some(if equal { Ordering::Equal } else { Ordering::Less }));
        }
        let theory = self.fits(left, right, a, b) && self.may_choose(&[left, right]);
        let beyond = if theory { 0 } else { self.beyond(left, right, a, b) };
        if theory {
            self.touch_all(&[left, right]);
        } else {
            self.settle_values(&[left, right]);
        }
        let order = &self.facts.order;
        let choice = self.search.choose(|| {
            let mut options = Options { count: 3, possible: 0, attainable: beyond };
            for (at, (possible, whenever)) in order.options(a, b).into_iter().enumerate() {
                options.possible |= u64::from(possible) << at;
                let exact = ORDERINGS[at] != Ordering::Equal || is_exact(left, right);
                options.attainable |= u64::from(theory && whenever && exact) << at;
            }
            options
        })?;
        let ordering = ORDERINGS[choice];
        self.facts.order.add(a, ordering, b);
        if needs_settling(left) || needs_settling(right) {
            self.settle_values(&[left, right]);
        }
        Ok(Some(ordering))
    }

    /// How data that nothing was asked of can be chosen to stand to something that is not known but
    /// within bounds: beyond them, whatever it is.
    fn beyond(&self, left: &Value, right: &Value, a: Term, b: Term) -> u64 {
        let untouched = |value: &Value| {
            matches!(value, Value::Unknown(Symbol { origin: Origin::Data(atom), .. })
                if self.facts.data.is_untouched(atom))
        };
        let fixed = |value: &Value| {
            is_opaque(value)
                || value.is_constant()
                || matches!(value, Value::Unknown(Symbol { origin: Origin::Present, .. }))
        };
        let (data, other, reversed) = match (untouched(left), untouched(right)) {
            (true, false) if fixed(right) => (a, b, false),
            (false, true) if fixed(left) => (b, a, true),
            _ => return 0,
        };
        if let Value::Unknown(Symbol { sort: Sort::Number(range), .. }) =
            if reversed { right } else { left }
            && range.is_decimal()
        {
            return 0;
        }
        let order = &self.facts.order;
        let mut attainable = 0;
        for (at, edge) in order.range(other.variable).into_iter().enumerate() {
            let Some(edge) = edge.and_then(|edge| edge.checked_add(other.offset)) else { continue };
            let possible = order.options(data, Order::constant(edge))[at].0;
            // Below the least it is less, above the greatest it is greater.
            let at = if reversed { 1 - at } else { at };
            attainable |= u64::from(possible) << at;
        }
        attainable
    }

    /// Whether two ordered values can be chosen together with what was chosen before.
    fn fits(&self, left: &Value, right: &Value, a: Term, b: Term) -> bool {
        let grain = |value: &Value| match value {
            Value::Unknown(symbol) => match symbol.sort {
                Sort::Number(range) | Sort::Time(range) => Some(range.grain),
                _ => None,
            },
            _ => None,
        };
        match (grain(left), grain(right)) {
            (Some(Grain::Decimal { limit, .. }), None) => b.offset.abs() < limit,
            (None, Some(Grain::Decimal { limit, .. })) => a.offset.abs() < limit,
            (Some(Grain::Decimal { .. }), _) | (_, Some(Grain::Decimal { .. })) => false,
            (Some(_), Some(_)) => self.facts.order.fit(a, b),
            _ => true,
        }
    }

    /// A value as a term of the theory of order, where it is of a sort that has one.
    fn term(&mut self, value: &Value, beside: &Value) -> Option<Term> {
        match (value, beside) {
            (Value::Constant(_), _) => value.place().map(Order::constant),
            (Value::Text(text), Value::Unknown(symbol)) => match symbol.sort {
                Sort::Number(_) => Value::read(&Type::Numeric(None), text)?.place(),
                Sort::Time(range) => place_of_moment(text, range.grain == Grain::Step(DAY)),
                _ => None,
            }
            .map(Order::constant),
            (Value::Unknown(symbol), _) => {
                let (Sort::Number(range) | Sort::Time(range)) = symbol.sort else { return None };
                let same = match beside {
                    Value::Unknown(other) => {
                        std::mem::discriminant(&symbol.sort) == std::mem::discriminant(&other.sort)
                    }
                    Value::Constant(typed) => {
                        typed.data_type.is_number() == matches!(symbol.sort, Sort::Number(_))
                    }
                    Value::Text(_) => true,
                    _ => false,
                };
                let variable = self.variable(symbol, range);
                same.then_some(Term { variable, offset: symbol.offset })
            }
            _ => None,
        }
    }

    /// The variable of a symbol in the theory of order.
    pub(super) fn variable(&mut self, symbol: &Symbol, range: Range) -> usize {
        match symbol.origin {
            Origin::Present => self.facts.order.present(&symbol.key, range, CERTAIN_NOW),
            _ => self.facts.order.variable(&symbol.key, range),
        }
    }

    /// Whether texts or uuids are equal, one of which is not known.
    fn members_equal(&mut self, values: [&Value; 2], a: &Member, b: &Member) -> Result<bool, Stop> {
        let [left, right] = values;
        if matches!((a, b), (Member::Opaque(_), _) | (_, Member::Opaque(_)))
            && !(is_opaque(left) && is_opaque(right))
        {
            return self.unequal_to_opaque(left, right);
        }
        let free = self.touch_all(&[left, right]);
        let (a, b) = (self.facts.equality.class(a), self.facts.equality.class(b));
        let equality = &self.facts.equality;
        let equal = self.search.choose(|| {
            let (equal, unequal) = equality.options(a, b);
            let possible = u64::from(unequal) | u64::from(equal) << 1;
            Options { count: 2, possible, attainable: if free { possible } else { 0 } }
        })? == 1;
        if equal {
            self.facts.equality.merge(a, b);
        } else {
            self.facts.equality.differ(a, b);
        }
        Ok(equal)
    }

    /// Whether data are equal to a constant that is not known here. Data that are not can always be
    /// chosen, whichever it is.
    fn unequal_to_opaque(&mut self, left: &Value, right: &Value) -> Result<bool, Stop> {
        let data = if is_opaque(left) { right } else { left };
        let question = match left.to_string() <= right.to_string() {
            true => format!("equal: {left} ? {right}"),
            false => format!("equal: {right} ? {left}"),
        };
        if let Some(choice) = self.facts.decided.get(&*question) {
            return Ok(*choice == 1);
        }
        // Other choices about these data might leave no value but this one.
        let free = self.touch_once(&[data]);
        let options = Options { attainable: u64::from(free), ..Options::adversarial(2) };
        Ok(self.decide(question, options)? == 1)
    }

    /// How other values stand to each other: one way or another.
    fn order_others(&mut self, left: &Value, right: &Value) -> Result<Ordering, Stop> {
        let members = (member(left, right), member(right, left));
        let (may_equal, may_differ) = match &members {
            (Some(a), Some(b)) => {
                let (a, b) = (self.facts.equality.class(a), self.facts.equality.class(b));
                self.facts.equality.options(a, b)
            }
            _ => (true, true),
        };
        if !may_differ {
            return Ok(Ordering::Equal);
        }
        let constant = left.as_name().or_else(|| right.as_name());
        // No text comes before the empty one; nor does a uuid before the least, or after the greatest.
        let edge = constant.as_ref().is_some_and(|text| {
            text.is_empty() || text.bytes().all(|byte| matches!(byte, b'0' | b'f' | b'-'))
        });
        let free = !edge && may_equal && self.touch_once(&[left, right]);
        let empty = constant.is_some_and(|text| text.is_empty());
        let texts = |value: &Value| match value {
            Value::Unknown(symbol) => matches!(symbol.sort, Sort::Text(_)),
            value => matches!(value, Value::Text(_)),
        };
        let mut possible = 0b011 | u64::from(may_equal) << 2;
        if empty && texts(left) && texts(right) {
            possible &=
                if matches!(left, Value::Text(text) if text.is_empty()) { !0b010 } else { !0b001 };
        }
        let question = format!("order: {left} ? {right}");
        if let Some(choice) = self.facts.decided.get(&*format!("order: {right} ? {left}")) {
            return Ok(ORDERINGS[*choice].reverse());
        }
        let attainable = if free { u64::MAX } else { 0 };
        let choice = self.decide(question, Options { count: 3, possible, attainable })?;
        let ordering = ORDERINGS[choice];
        if let (Some(a), Some(b)) = &members {
            let (a, b) = (self.facts.equality.class(a), self.facts.equality.class(b));
            match ordering {
                Ordering::Equal => self.facts.equality.merge(a, b),
                _ => self.facts.equality.differ(a, b),
            }
        }
        Ok(ordering)
    }

    /// Chooses whether two values are equal of which no theory tells anything.
    fn guess_equal(&mut self, left: &Value, right: &Value) -> Result<bool, Stop> {
        let question = match left.to_string() <= right.to_string() {
            true => format!("equal: {left} ? {right}"),
            false => format!("equal: {right} ? {left}"),
        };
        if let Some(choice) = self.facts.decided.get(&*question) {
            return Ok(*choice == 1);
        }
        let vast = |value: &Value| match value {
            Value::Unknown(symbol) => matches!(symbol.sort, Sort::Vast | Sort::Json),
            _ => value.is_constant(),
        };
        // There always is another value; whether this one can be had depends on the type.
        let free = self.touch_once(&[left, right]) && vast(left) && vast(right);
        let options = Options { attainable: u64::from(free), ..Options::adversarial(2) };
        Ok(self.decide(question, options)? == 1)
    }
}

/// Whether it is a constant that is not computed here.
fn is_opaque(value: &Value) -> bool {
    matches!(value, Value::Unknown(symbol) if is_opaque_symbol(symbol))
}

fn is_opaque_symbol(symbol: &Symbol) -> bool {
    matches!(&symbol.origin, Origin::Uninterpreted(atoms) if atoms.is_empty())
}

/// Whether numbers can be equal whatever their types are.
fn is_exact(left: &Value, right: &Value) -> bool {
    let float = |value: &Value| {
        matches!(value, Value::Unknown(Symbol { sort: Sort::Number(range) | Sort::Time(range), .. })
            if matches!(range.grain, Grain::Float))
    };
    !(float(left) || float(right)) || left.is_exact() || right.is_exact()
}

/// Whether what was chosen of a symbol cannot be told together with other choices.
fn needs_settling(value: &Value) -> bool {
    matches!(value, Value::Unknown(Symbol { sort: Sort::Number(range) | Sort::Time(range), .. })
        if matches!(range.grain, Grain::Float))
}

/// A value as a member of the theory of equality, where it is of a sort that has one.
fn member(value: &Value, beside: &Value) -> Option<Member> {
    match (value, beside) {
        (Value::Unknown(symbol), _) => {
            let lengths = match symbol.sort {
                Sort::Text(lengths) => lengths,
                Sort::Uuid => Lengths { uuid: true, ..Lengths::exactly(36) },
                _ => return None,
            };
            Some(match &symbol.origin {
                Origin::Uninterpreted(atoms) if atoms.is_empty() => {
                    Member::Opaque(Arc::clone(&symbol.key))
                }
                _ => Member::Symbol {
                    key: Arc::clone(&symbol.key),
                    lengths,
                    may_be_visitor: symbol.may_be_visitor,
                },
            })
        }
        (constant, Value::Unknown(symbol)) => match symbol.sort {
            Sort::Uuid => {
                let uuid = Value::read(&Type::Uuid, &constant.as_name()?)?;
                uuid.as_name().map(Member::Constant)
            }
            Sort::Text(_) => constant.as_name().map(Member::Constant),
            _ => None,
        },
        (constant, _) => constant.as_name().map(Member::Constant),
    }
}

/// Whether two constants are equal; `None` where that cannot be computed here.
fn constants_equal(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        // A literal may be a uuid, which may be written in several ways.
        (Value::Text(a), Value::Text(b))
            if a != b && a.eq_ignore_ascii_case(b) && a.len() == 36 =>
        {
            None
        }
        _ => constant::equal(left, right),
    }
}
