//! Casts.

use super::constant;
use super::evaluator::Evaluator;
use super::path_search::Stop;
use super::scope::labels_of;
use super::sort::{Grain, Lengths, Range, Sort};
use super::value::{Symbol, Value};
use crate::datum::{Type, Typed};

impl Evaluator<'_> {
    /// `value::type`
    pub(super) fn cast(&mut self, value: Value, data_type: &str) -> Result<Value, Stop> {
        let target = self.type_named(data_type);
        let value = self.known(value)?;
        match (&target, &value) {
            (_, Value::Null) => return Ok(Value::Null),
            (Some(Type::Timestamp(_) | Type::TimestampTz(_)), Value::Text(text))
                if text.trim().eq_ignore_ascii_case("now") =>
            {
                return Ok(self.now());
            }
            (Some(Type::Array(element)), Value::Array(items)) => {
                let items = items.iter().map(|item| self.cast(item.clone(), &element.to_string()));
                return items.collect::<Result<Value, Stop>>();
            }
            _ => {}
        }
        if let (Some(target), Some(typed)) = (&target, value.typed()) {
            let typed = match &value {
                Value::Text(text) => Typed::literal(text),
                _ => typed,
            };
            if let Ok(found) = constant::cast(&typed, target) {
                return Ok(Value::constant(found));
            }
        }
        self.cast_unknown(value, target.as_ref(), data_type)
    }

    /// A symbol keeps its name in a cast that keeps its value.
    fn cast_unknown(
        &mut self,
        value: Value,
        target: Option<&Type>,
        data_type: &str,
    ) -> Result<Value, Stop> {
        let sort = match target {
            Some(Type::Enum(labels)) => Sort::Enum(labels.clone()),
            Some(target) => Sort::of(&target.to_string()),
            None => Sort::of(data_type),
        };
        if let (Value::Unknown(symbol), Some(target)) = (&value, target) {
            let small = |range: &Range| Some(Range::bits(32).high) >= Some(range.high);
            let wide = || Sort::Number(Range::INTEGERS);
            let kept = match (target, &symbol.sort) {
                (Type::Int2 | Type::Int4 | Type::Int8, Sort::Number(range)) => {
                    range.is_integer().then(|| symbol.sort.clone())
                }
                (Type::Numeric(None), Sort::Number(range)) if range.is_integer() => Some(wide()),
                (Type::Numeric(None), Sort::Number(Range { grain: Grain::Dense, .. })) => {
                    Some(symbol.sort.clone())
                }
                (Type::Float4 | Type::Float8, Sort::Number(range)) => {
                    (range.is_bounded_integer() && small(range)).then(wide)
                }
                (Type::Text | Type::Varchar(None), Sort::Text(_))
                | (Type::Uuid, Sort::Uuid)
                | (Type::Json | Type::Jsonb, Sort::Json) => Some(symbol.sort.clone()),
                (Type::Timestamp(None) | Type::TimestampTz(None), Sort::Time(range)) => {
                    matches!(range.grain, Grain::Step(_)).then(|| symbol.sort.clone())
                }
                (Type::Text | Type::Varchar(None), Sort::Uuid) => {
                    Some(Sort::Text(Lengths { uuid: true, ..Lengths::exactly(36) }))
                }
                (Type::Uuid, Sort::Text(Lengths { uuid: true, .. })) => Some(Sort::Uuid),
                _ => None,
            };
            if let Some(sort) = kept {
                return Ok(Value::Unknown(Symbol { sort, ..symbol.clone() }));
            }
            if matches!(target, Type::Date) && matches!(symbol.sort, Sort::Time(_)) {
                return self.date_of(value);
            }
            if let Some(cast) = self.free_cast(&value, &sort, data_type) {
                return self.known(cast);
            }
        }
        if matches!(target, Some(Type::Date)) {
            return self.date_of(value);
        }
        let nullable = matches!(target, None | Some(Type::Enum(_)));
        let name = format!("cast {}", data_type.to_lowercase());
        self.uninterpreted(&name, &[value], sort, nullable)
    }

    /// A type by its name: one that is computed with, or an enum of the catalog.
    pub(super) fn type_named(&self, name: &str) -> Option<Type> {
        if let Some(element) = name.strip_suffix("[]") {
            return self.type_named(element).map(Type::array);
        }
        Type::named(name).or_else(|| {
            let plain = name.replace('"', "");
            let enumeration = self.context.catalog.enums.iter().find(|enumeration| {
                enumeration.name.name == plain || enumeration.name.to_string() == plain
            })?;
            Some(Type::Enum(labels_of(enumeration)?))
        })
    }
}
