//! Casts, and the text of values.

use std::sync::Arc;

use sqlparser::ast::{ArrayElemTypeDef, DataType, ObjectName};

use super::eval::{Evaluator, why};
use super::value::{Array, Piece, RegKind, Value, parse_bool};
use crate::engine::interpreter::model::Oid;
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse;
use crate::engine::interpreter::problem::Problem;

/// What a cast makes of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Text,
    Name,
    Bool,
    Int,
    Decimal,
    Oid,
    Reg(RegKind),
    Json,
    Array(Box<Target>),
    /// Enums, domains and the like, whose values are kept as text.
    Other,
    /// A type that is not looked at: values are kept as they are.
    Any,
    /// Dates, times and intervals, whose text depends on their value.
    Time,
}

impl Target {
    /// What a cast to a type does.
    pub(crate) fn of(data_type: &DataType) -> Self {
        use DataType as T;
        match data_type {
            T::Text | T::Varchar(_) | T::CharacterVarying(_) | T::CharVarying(_) => Self::Text,
            T::Boolean | T::Bool => Self::Bool,
            T::Int(_)
            | T::Integer(_)
            | T::Int2(_)
            | T::Int4(_)
            | T::Int8(_)
            | T::SmallInt(_)
            | T::BigInt(_) => Self::Int,
            T::Numeric(_)
            | T::Decimal(_)
            | T::Dec(_)
            | T::Real
            | T::Float(_)
            | T::Float4
            | T::Float8
            | T::Double(_)
            | T::DoublePrecision => Self::Decimal,
            T::JSON | T::JSONB => Self::Json,
            T::Regclass => Self::Reg(RegKind::Class),
            T::Date | T::Time(..) | T::Timestamp(..) | T::Interval { .. } => Self::Time,
            T::Array(
                ArrayElemTypeDef::SquareBracket(element, _)
                | ArrayElemTypeDef::AngleBracket(element)
                | ArrayElemTypeDef::Parenthesis(element),
            ) => Self::Array(Box::new(Self::of(element))),
            T::Custom(name, _) => Self::named(name),
            _ => Self::Other,
        }
    }

    /// What a cast to a type, as a declaration spells it, does.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        parse::data_type(text).map(|t| Self::of(&t))
    }

    /// What a cast to a built-in type does.
    pub(crate) fn of_type(oid: Oid) -> Option<Self> {
        Some(match oid {
            Oid::TEXT | Oid::VARCHAR => Self::Text,
            Oid::NAME => Self::Name,
            Oid::BOOL => Self::Bool,
            Oid::INT2 | Oid::INT4 | Oid::INT8 => Self::Int,
            Oid::OID => Self::Oid,
            Oid::REGCLASS => Self::Reg(RegKind::Class),
            Oid::DATE
            | Oid::TIMESTAMP
            | Oid::TIMESTAMPTZ
            | Oid::INTERVAL
            | Oid::TIME
            | Oid::TIMETZ => Self::Time,
            Oid::JSONB => Self::Json,
            _ => return None,
        })
    }

    fn named(name: &ObjectName) -> Self {
        let word = name.0.last().and_then(|p| p.as_ident()).map(names::stored);
        match word.as_deref() {
            Some("text" | "citext") => Self::Text,
            Some("name") => Self::Name,
            Some("oid") => Self::Oid,
            Some("regclass") => Self::Reg(RegKind::Class),
            Some("regtype") => Self::Reg(RegKind::Type),
            Some("regproc") => Self::Reg(RegKind::Procedure),
            Some("regprocedure") => Self::Reg(RegKind::ProcedureWithArguments),
            Some("regnamespace") => Self::Reg(RegKind::Namespace),
            Some("regrole") => Self::Reg(RegKind::Role),
            Some("timestamptz" | "timetz" | "tstzrange" | "daterange") => Self::Time,
            _ => Self::Other,
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
            (Target::Bool, Value::Text(text)) => match parse_bool(&text) {
                Some(value) => Value::Bool(value),
                None => return Err(invalid("boolean", &text)),
            },
            (Target::Bool, value) => value.truth().value(|| why(&[&value])),
            (Target::Int, Value::Text(text)) => match text.trim().parse() {
                Ok(n) => Value::Int(n),
                Err(_) => return Err(invalid("integer", &text)),
            },
            (Target::Int, Value::Bool(value)) => Value::Int(value.into()),
            (Target::Int, value) => {
                value.as_int().map_or_else(|| Value::unknown(why(&[&value])), Value::Int)
            }
            (Target::Decimal, Value::Text(text)) => match text.trim().parse::<i64>() {
                Ok(n) => Value::Int(n),
                Err(_) => Value::Decimal(text),
            },
            (Target::Oid, Value::Text(text)) => match text.trim().parse() {
                Ok(oid) => Value::Oid(oid),
                Err(_) => return Err(invalid("oid", &text)),
            },
            (Target::Oid, value) => match value.as_int().and_then(|n| u32::try_from(n).ok()) {
                Some(oid) => Value::Oid(oid),
                None => Value::unknown(why(&[&value])),
            },
            (Target::Reg(kind), Value::Text(text)) => self.registered(*kind, &text)?,
            (Target::Reg(kind), value) => {
                match value.as_int().and_then(|n| u32::try_from(n).ok()) {
                    Some(oid) => Value::Reg(*kind, oid),
                    None => Value::unknown(why(&[&value])),
                }
            }
            (Target::Json, Value::Text(text)) => match serde_json::from_str(&text) {
                Ok(json) => Value::Json(Arc::new(json)),
                Err(_) => return Err(invalid("json", &text)),
            },
            (Target::Array(element), Value::Text(text)) => match parse_array(&text) {
                Some(items) => self.cast_items(items, 1, element)?,
                None => {
                    return Err(Problem::error(
                        "22P02",
                        format!("malformed array literal: \"{text}\""),
                    ));
                }
            },
            (Target::Array(element), Value::Array(array)) => {
                self.cast_items(array.items.clone(), array.lower, element)?
            }
            (Target::Time, value) => Value::unknown(match &value {
                Value::Text(text) => format!("the time {text}"),
                _ => "a time".to_owned(),
            }),
            (_, value) => value,
        })
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
            Value::Decimal(text) => Value::Text(text.clone()),
            Value::Json(json) => Value::text(json.to_string()),
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

fn invalid(data_type: &str, text: &str) -> Problem {
    Problem::error("22P02", format!("invalid input syntax for type {data_type}: \"{text}\""))
}

fn push_array_element(text: &mut String, element: &str) {
    let plain = !element.is_empty()
        && !element.eq_ignore_ascii_case("null")
        && !element.contains(|c: char| c.is_whitespace() || "{}\",\\".contains(c));
    if plain {
        text.push_str(element);
        return;
    }
    text.push('"');
    for c in element.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}

/// The elements of an array literal of one dimension.
pub(super) fn parse_array(text: &str) -> Option<Vec<Value>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut items = Vec::new();
    let mut chars = inner.chars().peekable();
    if inner.trim().is_empty() {
        return Some(items);
    }
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = chars.next_if_eq(&'"').is_some();
        let mut item = String::new();
        loop {
            match chars.peek().copied() {
                None if quoted => return None,
                Some('"') if quoted => {
                    chars.next();
                    break;
                }
                None => break,
                Some(',') if !quoted => break,
                Some('{' | '}' | '"') if !quoted => return None,
                Some('\\') => {
                    chars.next();
                    item.push(chars.next()?);
                }
                Some(c) => {
                    chars.next();
                    item.push(c);
                }
            }
        }
        items.push(match item.trim_end() {
            word if !quoted && word.eq_ignore_ascii_case("null") => Value::Null,
            word if !quoted => Value::text(word),
            _ => Value::text(item.as_str()),
        });
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        match chars.next() {
            None => return Some(items),
            Some(',') => {}
            Some(_) => return None,
        }
    }
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
