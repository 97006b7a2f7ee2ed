//! The entries of the table of functions and operators.

use std::sync::Arc;

use super::array::Array;
use super::interval::Interval;
use super::json::Json;
use super::numeric::Numeric;
use super::types::Type;
use super::value::{Datum, Typed};
use super::{Computed, Refusal};

/// A function or an operator of PostgreSQL.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name and types as PostgreSQL's documentation writes them: `left(text, int4) -> text`, `int4 + int4 -> int4`.
    pub signature: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether it is an operator.
    pub is_operator: bool,
    /// The types of its arguments; the last one may come any number of times.
    pub parameters: Vec<Parameter>,
    /// Whether the last parameter takes any number of arguments.
    pub is_variadic: bool,
    /// The type of its result.
    pub result: Parameter,
    /// How its result may change for the same arguments.
    pub volatility: Volatility,
    /// Whether it is NULL if an argument is.
    pub is_strict: bool,
    /// What is certain of its result.
    pub facts: Facts,
    /// The page of PostgreSQL's documentation that describes it.
    pub page: &'static str,
    pub(super) run: Run,
}

/// Computes a result from arguments of the types of the entry.
pub(super) type Run = fn(&Call<'_>) -> Computed;

/// How the result of a function may change for the same arguments (`pg_proc.provolatile`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatility {
    /// Never.
    Immutable,
    /// Not within one statement.
    Stable,
}

/// The type of a parameter or a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    /// A type.
    Type(Type),
    /// Any type at all.
    Any,
    /// Any type, the same wherever it stands.
    AnyElement,
    /// Any type but an array.
    AnyNonArray,
    /// An array of that type.
    AnyArray,
    /// Any enum.
    AnyEnum,
    /// A type to which the arguments at all of these places can be brought.
    AnyCompatible,
    /// An array of that type.
    AnyCompatibleArray,
}

/// What is certain of the result of a function whose arguments are not NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// It may be NULL.
    pub may_be_null: bool,
    /// A number that it is not below, and one that it is not above.
    pub range: Option<Bound>,
    /// How many characters it has.
    pub length: Option<Length>,
    /// The arguments that it follows: with a greater one it is never less, or never greater, where the others are finite.
    pub order: &'static [(usize, Order)],
    /// An argument whose different values always have different results.
    pub injective: Option<usize>,
    /// An argument by which any result that the range and the type allow can be had, whatever finite values the others are.
    pub free: Option<usize>,
    /// An argument that the result is never above.
    pub at_most: Option<usize>,
    /// An argument that the result is never below.
    pub at_least: Option<usize>,
}

/// The ends of a range of numbers, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The least number.
    pub low: Option<i64>,
    /// The greatest number.
    pub high: Option<i64>,
}

/// The number of characters of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Always the same.
    Exactly(u32),
    /// As many as an argument has.
    Of(usize),
    /// No more than an argument has.
    AtMostOf(usize),
    /// No more than the number that an argument is, if that is not negative.
    AtMostNumber(usize),
}

/// How a result follows an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// It is never less for a greater one.
    Increasing,
    /// It is never greater for a greater one.
    Decreasing,
}

impl Facts {
    /// Nothing but that it is not NULL.
    pub(super) const NONE: Self = Self {
        may_be_null: false,
        range: None,
        length: None,
        order: &[],
        injective: None,
        free: None,
        at_most: None,
        at_least: None,
    };
    /// It may be NULL.
    pub(super) const NULLABLE: Self = Self { may_be_null: true, ..Self::NONE };
    /// A number that counts.
    pub(super) const COUNT: Self =
        Self { range: Some(Bound { low: Some(0), high: None }), ..Self::NONE };

    pub(super) const fn length(self, length: Length) -> Self {
        Self { length: Some(length), ..self }
    }

    pub(super) const fn order(self, order: &'static [(usize, Order)]) -> Self {
        Self { order, ..self }
    }

    pub(super) const fn injective(self, argument: usize) -> Self {
        Self { injective: Some(argument), ..self }
    }

    pub(super) const fn free(self, argument: usize) -> Self {
        Self { free: Some(argument), ..self }
    }

    pub(super) const fn at_most(self, argument: usize) -> Self {
        Self { at_most: Some(argument), ..self }
    }

    pub(super) const fn at_least(self, argument: usize) -> Self {
        Self { at_least: Some(argument), ..self }
    }
}

/// A line of a table as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    signature: &'static str,
    run: Run,
    volatility: Volatility,
    is_strict: bool,
    facts: Facts,
}

/// A function that always gives the same for the same arguments, and NULL for NULL alone.
pub(super) const fn line(signature: &'static str, run: Run) -> Line {
    Line { signature, run, volatility: Volatility::Immutable, is_strict: true, facts: Facts::NONE }
}

impl Line {
    pub(super) const fn facts(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    pub(super) const fn nullable(self) -> Self {
        Self { facts: Facts { may_be_null: true, ..self.facts }, ..self }
    }

    /// NULL is an argument like any other.
    pub(super) const fn called_on_null(self) -> Self {
        Self { is_strict: false, ..self }
    }

    pub(super) const fn stable(self) -> Self {
        Self { volatility: Volatility::Stable, ..self }
    }

    /// The entry of the line, where its signature can be read.
    pub(super) fn entry(&self, page: &'static str) -> Option<Entry> {
        let (head, result) = self.signature.rsplit_once(" -> ")?;
        let is_operator = !head.ends_with(')');
        let (name, arguments): (&str, Vec<&str>) = if is_operator {
            let words: Vec<&str> = head.split(' ').collect();
            match words[..] {
                [name, operand] => (name, vec![operand]),
                [left, name, right] => (name, vec![left, right]),
                _ => return None,
            }
        } else {
            let (name, arguments) = head.strip_suffix(')')?.split_once('(')?;
            (name, arguments.split(", ").filter(|a| !a.is_empty()).collect())
        };
        let is_variadic = arguments.last().is_some_and(|last| last.starts_with("variadic "));
        let parameters = arguments
            .into_iter()
            .map(|word| Parameter::named(word.strip_prefix("variadic ").unwrap_or(word)));
        Some(Entry {
            signature: self.signature,
            name,
            is_operator,
            parameters: parameters.collect::<Option<_>>()?,
            is_variadic,
            result: Parameter::named(result)?,
            volatility: self.volatility,
            is_strict: self.is_strict,
            facts: self.facts,
            page,
            run: self.run,
        })
    }
}

impl Parameter {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "any" => Self::Any,
            "anyelement" => Self::AnyElement,
            "anynonarray" => Self::AnyNonArray,
            "anyarray" => Self::AnyArray,
            "anyenum" => Self::AnyEnum,
            "anycompatible" => Self::AnyCompatible,
            "anycompatiblearray" => Self::AnyCompatibleArray,
            name => Self::Type(Type::named(name)?),
        })
    }
}

/// The arguments of a call, of the types of the entry.
pub(super) struct Call<'a> {
    pub(super) arguments: &'a [Typed],
    pub(super) result: &'a Type,
}

impl<'a> Call<'a> {
    fn missing() -> Refusal {
        Refusal::unknown("a value of another type")
    }

    pub(super) fn count(&self) -> usize {
        self.arguments.len()
    }

    pub(super) fn datum(&self, at: usize) -> Computed<&'a Datum> {
        self.arguments.get(at).map(|a| &a.datum).ok_or_else(Self::missing)
    }

    pub(super) fn type_of(&self, at: usize) -> Computed<&'a Type> {
        self.arguments.get(at).map(|a| &a.data_type).ok_or_else(Self::missing)
    }

    pub(super) fn is_null(&self, at: usize) -> bool {
        self.arguments.get(at).is_none_or(|a| a.datum.is_null())
    }

    pub(super) fn text(&self, at: usize) -> Computed<&'a Arc<str>> {
        match self.datum(at)? {
            Datum::Text(text) => Ok(text),
            _ => Err(Self::missing()),
        }
    }

    pub(super) fn int(&self, at: usize) -> Computed<i64> {
        self.datum(at)?.as_int().ok_or_else(Self::missing)
    }

    pub(super) fn truth(&self, at: usize) -> Computed<bool> {
        match self.datum(at)? {
            Datum::Bool(value) => Ok(*value),
            _ => Err(Self::missing()),
        }
    }

    pub(super) fn numeric(&self, at: usize) -> Computed<&'a Numeric> {
        match self.datum(at)? {
            Datum::Numeric(number) => Ok(number),
            _ => Err(Self::missing()),
        }
    }

    pub(super) fn float(&self, at: usize) -> Computed<f64> {
        match self.datum(at)? {
            Datum::Float(number) => Ok(*number),
            _ => Err(Self::missing()),
        }
    }

    pub(super) fn date(&self, at: usize) -> Computed<i32> {
        match self.datum(at)? {
            Datum::Date(number) => Ok(*number),
            _ => Err(Self::missing()),
        }
    }

    /// A timestamp or a time of day.
    pub(super) fn micros(&self, at: usize) -> Computed<i64> {
        match self.datum(at)? {
            Datum::Timestamp(number) | Datum::Time(number) => Ok(*number),
            _ => Err(Self::missing()),
        }
    }

    pub(super) fn interval(&self, at: usize) -> Computed<Interval> {
        match self.datum(at)? {
            Datum::Interval(span) => Ok(*span),
            _ => Err(Self::missing()),
        }
    }

    pub(super) fn bytes(&self, at: usize) -> Computed<&'a Arc<[u8]>> {
        match self.datum(at)? {
            Datum::Bytes(bytes) => Ok(bytes),
            _ => Err(Self::missing()),
        }
    }

    pub(super) fn json(&self, at: usize) -> Computed<&'a Arc<Json>> {
        match self.datum(at)? {
            Datum::Json(json) => Ok(json),
            _ => Err(Self::missing()),
        }
    }

    pub(super) fn array(&self, at: usize) -> Computed<&'a Array> {
        match self.datum(at)? {
            Datum::Array(array) => Ok(array),
            _ => Err(Self::missing()),
        }
    }

    /// The type of the elements of an array.
    pub(super) fn element_type(&self, at: usize) -> Computed<&'a Type> {
        match self.type_of(at)? {
            Type::Array(element) => Ok(element),
            _ => Err(Self::missing()),
        }
    }

    /// The texts of an array of texts.
    pub(super) fn texts(&self, at: usize) -> Computed<Vec<Option<&'a Arc<str>>>> {
        let items = self.array(at)?.items.iter().map(|item| match item {
            Datum::Null => Ok(None),
            Datum::Text(text) => Ok(Some(text)),
            _ => Err(Self::missing()),
        });
        items.collect()
    }
}
