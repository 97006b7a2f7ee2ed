//! Constants, which `crate::datum` computes with, and their places in the theory of order.
//!
//! The time zone of the session is taken to be UTC, so that a moment with a time zone is computed with as one without.

use std::cmp::Ordering;
use std::sync::Arc;

use super::sort::whole;
use super::value::{DAY, FOREVER, Value};
use crate::datum::{self, Computed, Context, Datum, Refusal, Type, Typed};

/// From 1970, where the theory of order counts from, to 2000, where PostgreSQL does; in microseconds.
const EPOCH: i128 = 10_957 * DAY;

/// The integers up to which every type of number is exact.
pub(super) const EXACT: i64 = 1 << 24;

/// Numbers beyond these are not compared with what is not known, in billionths.
const GREATEST: i128 = whole(i64::MAX) * 10;

/// Functions of moments that say the same of one without a time zone.
const OF_MOMENTS: [&str; 3] = ["date_part", "date_trunc", "extract"];

impl Value {
    /// A constant.
    pub(super) fn constant(Typed { data_type, datum }: Typed) -> Self {
        match (datum, data_type) {
            (Datum::Null, _) => Self::Null,
            (Datum::Bool(value), _) => Self::Boolean(value),
            (Datum::Text(text), Type::Text | Type::Unknown | Type::Varchar(_)) => Self::Text(text),
            (Datum::Array(array), Type::Array(element)) if array.lower == 1 => {
                let items = array.items.iter();
                items
                    .map(|item| Self::constant(Typed::new((*element).clone(), item.clone())))
                    .collect()
            }
            (datum, data_type) => Self::Constant(Typed { data_type, datum }),
        }
    }

    /// A literal as a constant of a type, where it certainly is one.
    pub(super) fn read(data_type: &Type, text: &str) -> Option<Self> {
        cast(&Typed::literal(text), data_type).ok().map(Self::constant)
    }

    /// The value as a constant with its type; a text as `text`, which may as well be a literal.
    pub(super) fn typed(&self) -> Option<Typed> {
        Some(match self {
            Self::Null => Typed::null(Type::Unknown),
            Self::Boolean(value) => Typed::new(Type::Bool, Datum::Bool(*value)),
            Self::Text(text) => Typed::new(Type::Text, Datum::Text(Arc::clone(text))),
            Self::Constant(typed) => typed.clone(),
            Self::Array(items) => {
                let items: Vec<Typed> = items.iter().map(Self::typed).collect::<Option<_>>()?;
                let mut types = items.iter().filter(|i| !i.datum.is_null()).map(|i| &i.data_type);
                // What is computed of an empty array does not hang on the type of its elements.
                let element = types.next().cloned().unwrap_or(Type::Text);
                if matches!(element, Type::Array(_)) || types.any(|other| *other != element) {
                    return None;
                }
                let items = items.into_iter().map(|item| item.datum).collect();
                Typed::new(element.array(), Datum::Array(datum::Array::new(items).into()))
            }
            Self::Row(_) | Self::Unknown(_) => return None,
        })
    }

    /// The whole number that a constant is.
    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Constant(typed) => typed.datum.as_int(),
            _ => None,
        }
    }

    /// The text of a constant of a type whose values are compared as texts: a text, or a uuid.
    pub(super) fn as_name(&self) -> Option<Arc<str>> {
        match self {
            Self::Text(text) => Some(Arc::clone(text)),
            Self::Constant(Typed { data_type: Type::Uuid, datum }) => {
                datum::output(&Type::Uuid, datum).ok().flatten().map(Arc::from)
            }
            _ => None,
        }
    }

    /// Whether it is a constant of `json` or `jsonb`.
    pub(super) fn is_json(&self) -> bool {
        matches!(self, Self::Constant(typed) if matches!(typed.data_type, Type::Json | Type::Jsonb))
    }

    /// Whether a constant is a number that every type of number has.
    pub(super) fn is_exact(&self) -> bool {
        let place =
            self.place().or_else(|| Self::read(&Type::Numeric(None), &self.as_name()?)?.place());
        place.is_some_and(|at| at % whole(1) == 0 && at.abs() <= whole(EXACT))
    }

    /// Where the theory of order has a constant: a number in billionths, or a moment in microseconds since 1970.
    pub(super) fn place(&self) -> Option<i128> {
        let Self::Constant(Typed { datum, .. }) = self else { return None };
        let place = match datum {
            Datum::Int(number) => whole(*number),
            Datum::Numeric(number) => number.scaled(9)?,
            // Others may lie beside the decimal that is written.
            Datum::Float(number) if number.fract() == 0.0 && number.abs() <= EXACT as f64 => {
                whole(*number as i64)
            }
            Datum::Date(i32::MIN) | Datum::Timestamp(i64::MIN) => return Some(-FOREVER),
            Datum::Date(i32::MAX) | Datum::Timestamp(i64::MAX) => return Some(FOREVER),
            Datum::Date(day) => i128::from(*day) * DAY + EPOCH,
            Datum::Timestamp(micros) => i128::from(*micros) + EPOCH,
            _ => return None,
        };
        (place.abs() <= GREATEST).then_some(place)
    }

    /// The moment at a place.
    pub(super) fn moment(place: i128) -> Self {
        let micros = i64::try_from(place - EPOCH).unwrap_or(i64::MAX);
        Self::Constant(Typed::new(Type::Timestamp(None), Datum::Timestamp(micros)))
    }
}

/// The place of a literal of no type beside a moment; nothing, where it hangs on the type of the moment.
pub(super) fn place_of_moment(text: &str, is_date: bool) -> Option<i128> {
    let moment = Value::read(&Type::TimestampTz(None), text)?.place()?;
    (!is_date || moment.abs() == FOREVER || moment % DAY == 0).then_some(moment)
}

/// What an operator makes of constants; nothing, where that is not computed.
pub(super) fn operate(left: Option<&Value>, operator: &str, right: &Value) -> Option<Value> {
    let (left, right) = (left.map_or(Some(None), |left| left.typed().map(Some))?, right.typed()?);
    let arguments: Vec<Typed> = left.into_iter().chain([right]).collect();
    let compute = |arguments: &[Typed]| datum::operator_of_texts(operator, arguments);
    in_utc(compute, &arguments, operator != "||").ok().map(Value::constant)
}

/// What a function makes of constants; nothing, where that is not computed.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    let arguments = arguments.iter().map(Value::typed).collect::<Option<Vec<_>>>()?;
    let compute = |arguments: &[Typed]| datum::function_of_texts(name, arguments);
    in_utc(compute, &arguments, OF_MOMENTS.contains(&name)).ok().map(Value::constant)
}

/// Whether two constants are equal.
pub(super) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match operate(Some(left), "=", right)? {
        Value::Boolean(equal) => Some(equal),
        _ => None,
    }
}

/// How two constants stand to each other.
pub(super) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    let test = |operator| match operate(Some(left), operator, right)? {
        Value::Boolean(holds) => Some(holds),
        _ => None,
    };
    Some(match (test("<")?, test(">")?) {
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        _ => Ordering::Equal,
    })
}

/// A constant as another type.
pub(super) fn cast(value: &Typed, to: &Type) -> Computed<Typed> {
    match datum::cast(value, to, Context::Explicit) {
        Err(Refusal::Unknown(_)) if !to.is_text() => {
            let plain =
                datum::cast(&local(value.clone()), &local_type(to.clone()), Context::Explicit)?;
            Ok(Typed { data_type: to.clone(), ..plain })
        }
        result => result,
    }
}

/// A computation in which a time zone counts for nothing, where it needs one.
fn in_utc(
    compute: impl Fn(&[Typed]) -> Computed<Typed>,
    arguments: &[Typed],
    may_be_local: bool,
) -> Computed<Typed> {
    let zoned = |argument: &Typed| matches!(argument.data_type, Type::TimestampTz(_));
    match compute(arguments) {
        Err(Refusal::Unknown(_)) if may_be_local && arguments.iter().any(zoned) => {
            let mut result = compute(&arguments.iter().cloned().map(local).collect::<Vec<_>>())?;
            if let Type::Timestamp(digits) = result.data_type {
                result.data_type = Type::TimestampTz(digits);
            }
            Ok(result)
        }
        result => result,
    }
}

fn local(Typed { data_type, datum }: Typed) -> Typed {
    Typed { data_type: local_type(data_type), datum }
}

fn local_type(data_type: Type) -> Type {
    match data_type {
        Type::TimestampTz(digits) => Type::Timestamp(digits),
        other => other,
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::Array(items.into_iter().collect())
    }
}
