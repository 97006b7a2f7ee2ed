//! Casts, and the text of values.

use std::sync::Arc;

use sqlparser::ast::{ArrayElemTypeDef, DataType, ObjectName};

use super::eval::{Evaluator, why};
use super::value::{Array, Piece, RegKind, Value};
use crate::datum::{self, Context, Refusal, Type, push_array_element};
use crate::engine::interpreter::model::Oid;
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse;
use crate::engine::interpreter::problem::Problem;

/// What a cast makes of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Text,
    Name,
    Reg(RegKind),
    /// A type of values that are computed with.
    Typed(Type, Context),
    Array(Box<Target>),
    /// Enums, domains and the like, whose values are kept as text.
    Other,
    /// A type that is not looked at: values are kept as they are.
    Any,
    /// A type whose values are not computed with, and whose text depends on them.
    Opaque,
}

/// Types of PostgreSQL's whose values are equal without having the same text.
const OPAQUE: &str = "bit box cidr circle citext daterange hstore inet int4range int8range line lseg \
    ltree macaddr macaddr8 money numrange path pg_lsn point polygon timetz tsquery tsrange tstzrange \
    tsvector varbit xml";

impl Target {
    /// What a cast to a type does.
    pub(crate) fn of(data_type: &DataType) -> Self {
        use DataType as T;
        match data_type {
            T::Text | T::Varchar(None) | T::CharacterVarying(None) | T::CharVarying(None) => {
                Self::Text
            }
            T::Regclass => Self::Reg(RegKind::Class),
            T::Array(
                ArrayElemTypeDef::SquareBracket(element, _)
                | ArrayElemTypeDef::AngleBracket(element)
                | ArrayElemTypeDef::Parenthesis(element),
            ) => Self::Array(Box::new(Self::of(element))),
            T::Custom(name, _) => Self::named(name),
            other => match Type::named(&other.to_string()) {
                Some(data_type) => Self::Typed(data_type, Context::Explicit),
                None => Self::Opaque,
            },
        }
    }

    /// The same where no cast is asked for, but a value is stored.
    fn assigned(self) -> Self {
        match self {
            Self::Typed(data_type, _) => Self::Typed(data_type, Context::Assignment),
            Self::Array(element) => Self::Array(Box::new(element.assigned())),
            other => other,
        }
    }

    /// What becomes of a value that is stored as a type, as a declaration spells it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        parse::data_type(text).map(|t| Self::of(&t).assigned())
    }

    /// What becomes of a value that is stored as a built-in type.
    pub(crate) fn of_type(oid: Oid) -> Option<Self> {
        let typed = |data_type| Self::Typed(data_type, Context::Assignment);
        Some(match oid {
            Oid::TEXT | Oid::VARCHAR => Self::Text,
            Oid::NAME => Self::Name,
            Oid::BOOL => typed(Type::Bool),
            Oid::INT2 => typed(Type::Int2),
            Oid::INT4 => typed(Type::Int4),
            Oid::INT8 => typed(Type::Int8),
            Oid::NUMERIC => typed(Type::Numeric(None)),
            Oid::FLOAT8 => typed(Type::Float8),
            Oid::OID => typed(Type::Oid),
            Oid::REGCLASS => Self::Reg(RegKind::Class),
            Oid::DATE => typed(Type::Date),
            Oid::TIMESTAMP => typed(Type::Timestamp(None)),
            Oid::TIMESTAMPTZ => typed(Type::TimestampTz(None)),
            Oid::INTERVAL => typed(Type::Interval),
            Oid::TIME => typed(Type::Time(None)),
            Oid::TIMETZ => Self::Opaque,
            Oid::JSONB => typed(Type::Jsonb),
            _ => return None,
        })
    }

    fn named(name: &ObjectName) -> Self {
        let word = name.0.last().and_then(|p| p.as_ident()).map(names::stored);
        match word.as_deref() {
            Some("text") => Self::Text,
            Some("name") => Self::Name,
            Some("regclass") => Self::Reg(RegKind::Class),
            Some("regtype") => Self::Reg(RegKind::Type),
            Some("regproc") => Self::Reg(RegKind::Procedure),
            Some("regprocedure") => Self::Reg(RegKind::ProcedureWithArguments),
            Some("regnamespace") => Self::Reg(RegKind::Namespace),
            Some("regrole") => Self::Reg(RegKind::Role),
            Some(word) if OPAQUE.split(' ').any(|opaque| opaque == word) => Self::Opaque,
            Some("varchar") => Self::Text,
            Some(word) => match Type::named(word) {
                Some(data_type) => Self::Typed(data_type, Context::Explicit),
                None => Self::Other,
            },
            None => Self::Other,
        }
    }
}

impl Evaluator<'_> {
    /// A value as a type.
    pub(crate) fn cast(&mut self, value: Value, data_type: &DataType) -> Result<Value, Problem> {
        self.cast_to(value, &Target::of(data_type))
    }

    pub(crate) fn cast_to(&mut self, value: Value, target: &Target) -> Result<Value, Problem> {
        Ok(match (target, value) {
            (_, Value::Null) => Value::Null,
            (Target::Any, value) => value,
            (Target::Text | Target::Name | Target::Other, value @ Value::Unknown(_)) => value,
            (Target::Reg(RegKind::Class | RegKind::Type), Value::Unknown(unknown)) => {
                Value::from_pieces(vec![Piece::Identifier], &unknown.why)
            }
            (_, Value::Unknown(unknown)) => Value::unknown(unknown.why),
            (Target::Text | Target::Other, value) => self.text_of(&value),
            (Target::Name, value) => match self.text_of(&value) {
                Value::Text(text) => Value::Text(names::truncated(&text, 63).into()),
                other => other,
            },
            (Target::Typed(data_type, context), value) => {
                self.cast_typed(&value, data_type, *context)?
            }
            (Target::Reg(kind), Value::Text(text)) => self.registered(*kind, &text)?,
            (Target::Reg(kind), value) => {
                match value.as_int().and_then(|n| u32::try_from(n).ok()) {
                    Some(oid) => Value::Reg(*kind, oid),
                    None => Value::unknown(why(&[&value])),
                }
            }
            (Target::Array(element), Value::Text(text)) => match parse_array(&text)? {
                Ok(items) => self.cast_items(items, 1, element)?,
                Err(unknown) => unknown,
            },
            (Target::Array(element), Value::Array(array)) => {
                self.cast_items(array.items.clone(), array.lower, element)?
            }
            (Target::Opaque, _) => Value::unknown("a value of a type that is not computed with"),
            (_, value) => value,
        })
    }

    /// A value as a type that is computed with. What is stored goes through its text where there is no cast.
    fn cast_typed(
        &mut self,
        value: &Value,
        data_type: &Type,
        context: Context,
    ) -> Result<Value, Problem> {
        match value.cast_as(data_type, context) {
            Err(Problem::Error(error))
                if context == Context::Assignment && error.sqlstate == "42846" =>
            {
                self.text_of(value).cast_as(data_type, context)
            }
            // `character(n)` is kept without the blanks at its end, which count for nothing.
            Ok(Value::Text(text)) if matches!(data_type, Type::Char(_)) => {
                Ok(Value::text(text.trim_end_matches(' ')))
            }
            result => result,
        }
    }

    fn cast_items(&mut self, items: Vec<Value>, lower: i64, to: &Target) -> Result<Value, Problem> {
        let items =
            items.into_iter().map(|item| self.cast_to(item, to)).collect::<Result<_, _>>()?;
        Ok(Value::Array(Arc::new(Array { items, lower })))
    }

    /// The text of a value: NULL for NULL, unknown for unknown.
    pub(crate) fn text_of(&self, value: &Value) -> Value {
        if let (Value::Array(_) | Value::Record(_), Some(unknown)) = (value, value.doubt()) {
            return Value::unknown(unknown.why.clone());
        }
        match value {
            Value::Null | Value::Unknown(_) | Value::Text(_) => value.clone(),
            Value::Bool(b) => Value::text(if *b { "true" } else { "false" }),
            Value::Int(n) => Value::text(n.to_string()),
            Value::Oid(n) => Value::text(n.to_string()),
            Value::Typed(typed) => match datum::cast(typed, &Type::Text, Context::Explicit) {
                Ok(typed) => Value::constant(typed),
                Err(refusal) => Value::unknown(refusal.to_string()),
            },
            Value::Json(json) => Value::text(json.output()),
            Value::Reg(kind, oid) => Value::text(self.registered_name(*kind, *oid)),
            Value::Array(array) if array.lower == 1 => self.array_text(&array.items),
            Value::Array(array) => {
                let words = array.items.iter().map(|i| self.text_of(i));
                let words: Vec<_> = words.filter_map(|v| v.as_text().cloned()).collect();
                Value::text(words.join(" "))
            }
            Value::Record(_) => Value::unknown("the text of a row"),
        }
    }

    fn array_text(&self, items: &[Value]) -> Value {
        let mut text = String::from("{");
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            match (item, self.text_of(item)) {
                (_, Value::Null) => text.push_str("NULL"),
                (Value::Array(_), Value::Text(inner)) => text.push_str(&inner),
                (Value::Bool(b), _) => text.push(if *b { 't' } else { 'f' }),
                (_, Value::Text(inner)) => push_array_element(&mut text, &inner),
                _ => return Value::unknown("the text of an array"),
            }
        }
        text.push('}');
        Value::text(text)
    }
}

/// The elements of an array literal of one dimension, or why they are not known.
pub(super) fn parse_array(text: &str) -> Result<Result<Vec<Value>, Value>, Problem> {
    match datum::array_elements(text) {
        Ok(items) => Ok(Ok(items.into_iter().map(Value::optional_text).collect())),
        Err(Refusal::Error { sqlstate, message }) => Err(Problem::error(sqlstate, message)),
        Err(Refusal::Unknown(what)) => Ok(Err(Value::unknown(&*what))),
    }
}

/// The same of a text that is perhaps no array.
pub(super) fn array_of(text: &str) -> Option<Vec<Value>> {
    parse_array(text).ok()?.ok()
}

/// The name of a type that an output column without a better name has.
pub(crate) fn type_word(data_type: &DataType) -> String {
    use DataType as T;
    let word = match data_type {
        T::Int(_) | T::Integer(_) | T::Int4(_) => "int4",
        T::BigInt(_) | T::Int8(_) => "int8",
        T::SmallInt(_) | T::Int2(_) => "int2",
        T::Boolean | T::Bool => "bool",
        T::Varchar(_) | T::CharacterVarying(_) | T::CharVarying(_) => "varchar",
        T::Char(_) | T::Character(_) => "bpchar",
        T::Decimal(_) | T::Dec(_) | T::Numeric(_) => "numeric",
        T::Real | T::Float4 => "float4",
        T::Double(_) | T::DoublePrecision | T::Float8 | T::Float(_) => "float8",
        T::Custom(name, _) => {
            let ident = name.0.last().and_then(|p| p.as_ident());
            return ident.map_or_else(|| name.to_string(), |i| names::stored(i).into_owned());
        }
        other => {
            let text = other.to_string().to_ascii_lowercase();
            return text.split(['(', '[', ' ']).next().unwrap_or_default().to_owned();
        }
    };
    word.to_owned()
}
