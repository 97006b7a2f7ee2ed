//! Assignments.

use std::sync::Arc;

use super::ast::{Sql, Target};
use super::exec::Executor;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::{Record, Value, why};

impl Executor<'_> {
    /// Assigns the values of a row, or NULL where there is none.
    pub(super) fn assign_row(
        &mut self,
        targets: &[Target],
        columns: &[Arc<str>],
        values: Option<Vec<Value>>,
        open: bool,
        why: &Arc<str>,
    ) -> Result<(), Problem> {
        if let [target] = targets
            && (columns.len() != 1 || self.is_record(target))
        {
            let value = match values {
                _ if open && columns.is_empty() => Value::unknown(why.clone()),
                // One column whose value is a row is that row.
                Some(values) if matches!(values.as_slice(), [Value::Record(_)]) => {
                    values.into_iter().next().unwrap_or(Value::Null)
                }
                Some(values) => {
                    let fields = columns.iter().cloned().zip(values).collect();
                    Value::Record(Arc::new(Record { fields }))
                }
                None => {
                    let fields = columns.iter().map(|c| (c.clone(), Value::Null)).collect();
                    Value::Record(Arc::new(Record { fields }))
                }
            };
            // A scalar takes the first column.
            let scalar = !self.is_record(target);
            let value = match value {
                Value::Record(record) if scalar => {
                    record.fields.first().map_or(Value::Null, |(_, v)| v.clone())
                }
                other => other,
            };
            return self.assign(target, value);
        }
        let mut values = values.into_iter().flatten();
        for target in targets {
            let value = values.next().unwrap_or(if open {
                Value::unknown(why.clone())
            } else {
                Value::Null
            });
            self.assign(target, value)?;
        }
        Ok(())
    }

    /// Whether a target holds a whole row.
    pub(super) fn is_record(&self, target: &Target) -> bool {
        let words: Vec<&str> = target.name.iter().map(String::as_str).collect();
        match self.frame.slot(&words) {
            Some((_, cast, fields)) => {
                cast.is_none() && fields.is_empty() && target.subscripts.is_empty()
            }
            None => false,
        }
    }

    /// Assigns a value.
    pub(super) fn assign(&mut self, target: &Target, value: Value) -> Result<(), Problem> {
        let words: Vec<&str> = target.name.iter().map(String::as_str).collect();
        let Some((place, cast, fields)) = self.frame.slot(&words) else {
            if target.name.first().is_some_and(|n| n.starts_with('$')) {
                return Ok(());
            }
            return Err(Problem::error(
                "42601",
                format!("\"{}\" is not a known variable", target.name.join(".")),
            ));
        };
        if !target.subscripts.is_empty() {
            let old = self.frame.value(place).cloned().unwrap_or(Value::Null);
            let new = self.with_element(&old, &target.subscripts, value)?;
            self.frame.set(place, new);
            return Ok(());
        }
        if let Some(field) = fields.first() {
            let old = self.frame.value(place).cloned().unwrap_or(Value::Null);
            self.frame.set(place, with_field(&old, field, value));
            return Ok(());
        }
        let value = match cast {
            Some(cast) => self.evaluator().cast_to(value, &cast)?,
            None => value,
        };
        self.frame.set(place, value);
        Ok(())
    }

    pub(super) fn with_element(
        &mut self,
        old: &Value,
        subscripts: &[Sql],
        value: Value,
    ) -> Result<Value, Problem> {
        use crate::engine::interpreter::query::Array;
        let [subscript] = subscripts else { return Ok(Value::unknown("an array of arrays")) };
        let index = self.expression(subscript)?;
        let (mut items, lower) = match old {
            Value::Array(array) => (array.items.clone(), array.lower),
            Value::Null => (Vec::new(), 1),
            other => return Ok(Value::unknown(why(&[other]))),
        };
        let Some(at) = index.as_int().and_then(|i| usize::try_from(i - lower).ok()) else {
            return Ok(Value::unknown(why(&[&index])));
        };
        if at > items.len() + 1000 {
            return Ok(Value::unknown("an array with holes"));
        }
        while items.len() <= at {
            items.push(Value::Null);
        }
        if let Some(item) = items.get_mut(at) {
            *item = value;
        }
        Ok(Value::Array(Arc::new(Array { items, lower })))
    }
}

pub(super) fn with_field(old: &Value, field: &str, value: Value) -> Value {
    match old {
        Value::Unknown(unknown) => Value::Unknown(unknown.clone()),
        Value::Record(record) => {
            let mut record = (**record).clone();
            match record.fields.iter_mut().find(|(name, _)| &**name == field) {
                Some((_, old)) => *old = value,
                None => record.fields.push((field.into(), value)),
            }
            Value::Record(Arc::new(record))
        }
        _ => Value::Record(Arc::new(Record { fields: vec![(field.into(), value)] })),
    }
}
