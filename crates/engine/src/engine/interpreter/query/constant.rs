//! Values as constants of PostgreSQL's types, which `crate::datum` computes with, and back.

use std::sync::Arc;

use super::value::{Array, Value};
use crate::datum::{self, Context, Datum, Refusal, Type, Typed};
use crate::engine::interpreter::problem::Problem;

impl Value {
    /// The value with a type that it may have, a text as `text`; `None` where it is not a constant, or of a type of the
    /// catalog's.
    pub(super) fn typed(&self) -> Option<Typed> {
        Some(match self {
            Self::Null => Typed::null(Type::Unknown),
            Self::Bool(value) => Typed::new(Type::Bool, Datum::Bool(*value)),
            Self::Int(number) => {
                let narrow = i32::try_from(*number).is_ok();
                let data_type = if narrow { Type::Int4 } else { Type::Int8 };
                Typed::new(data_type, Datum::Int(*number))
            }
            Self::Typed(typed) => (**typed).clone(),
            Self::Text(text) => Typed::new(Type::Text, Datum::Text(text.clone())),
            Self::Oid(number) => Typed::new(Type::Oid, Datum::Int((*number).into())),
            Self::Json(json) => Typed::new(Type::Jsonb, Datum::Json(json.clone())),
            Self::Array(array) => {
                let items: Vec<Typed> =
                    array.items.iter().map(Self::typed).collect::<Option<_>>()?;
                let mut types = items.iter().filter(|i| !i.datum.is_null()).map(|i| &i.data_type);
                let element = types.next()?.clone();
                if matches!(element, Type::Array(_)) || types.any(|other| *other != element) {
                    return None;
                }
                let items = items.into_iter().map(|item| item.datum).collect();
                let array = datum::Array { items, lower: array.lower };
                Typed::new(element.array(), Datum::Array(array.into()))
            }
            Self::Reg(..) | Self::Record(_) | Self::Unknown(_) => return None,
        })
    }

    /// The same, a text as a literal without a type.
    pub(super) fn literal(&self) -> Option<Typed> {
        match self {
            Self::Text(text) => Some(Typed::literal(text)),
            other => other.typed(),
        }
    }

    /// A constant as a value.
    pub(super) fn constant(typed: Typed) -> Self {
        match (typed.datum, typed.data_type) {
            (Datum::Null, _) => Self::Null,
            (Datum::Bool(value), _) => Self::Bool(value),
            (Datum::Int(number), Type::Oid) => {
                u32::try_from(number).map_or_else(|_| Self::unknown("an oid"), Self::Oid)
            }
            (Datum::Int(number), _) => Self::Int(number),
            (Datum::Text(text), _) => Self::text(text),
            (Datum::Json(json), _) => Self::Json(json),
            (Datum::Array(array), Type::Array(element)) => {
                let items = array.items.iter();
                let items =
                    items.map(|item| Self::constant(Typed::new((*element).clone(), item.clone())));
                Self::Array(Arc::new(Array { items: items.collect(), lower: array.lower }))
            }
            (datum, data_type) => Self::Typed(Arc::new(Typed { data_type, datum })),
        }
    }

    /// What a computation came to: a value, an error of the server, or a value that is not known.
    pub(super) fn computed(result: datum::Computed<Typed>) -> Result<Self, Problem> {
        match result {
            Ok(typed) => Ok(Self::constant(typed)),
            Err(Refusal::Error { sqlstate, message }) => Err(Problem::error(sqlstate, message)),
            Err(Refusal::Unknown(what)) => Ok(Self::unknown(&*what)),
        }
    }

    /// The value cast to a type.
    pub(super) fn cast_as(&self, data_type: &Type, context: Context) -> Result<Self, Problem> {
        let Some(typed) = self.literal() else {
            return match self.as_int().and_then(|number| u32::try_from(number).ok()) {
                // An object's name as a number.
                Some(number) if data_type.is_integer() => {
                    Self::Oid(number).cast_as(data_type, context)
                }
                _ => Ok(Self::unknown("a cast that is not interpreted")),
            };
        };
        Self::computed(datum::cast(&typed, data_type, context))
    }
}

/// Calls a function of constants; a text may be a literal of another type.
pub(super) fn call(name: &str, arguments: &[Value]) -> Result<Value, Problem> {
    match arguments.iter().map(Value::typed).collect::<Option<Vec<_>>>() {
        Some(arguments) => Value::computed(datum::function_of_texts(name, &arguments)),
        None => Ok(Value::unknown(format!("{name}()"))),
    }
}
