//! Patterns: whether they take a value, and what they bind.

use super::Evaluator;
use crate::source::rust::program::{Target, TypeId};
use crate::source::rust::syntax::{Path, Pattern};
use crate::source::rust::value::{Fit, Value};

impl<'p> Evaluator<'p, '_> {
    /// Declares a variable in the innermost scope.
    pub(super) fn bind(&mut self, name: &'p str, value: Value<'p>) {
        let before = self.frame.variables.insert(name, value);
        self.frame.shadowed.push((name, before));
    }

    pub(super) fn bind_pattern(&mut self, pattern: &'p Pattern, value: &Value<'p>) -> Fit {
        match pattern {
            Pattern::Wild => Fit::Yes,
            Pattern::Other => Fit::Maybe,
            Pattern::Name { name, inner } => {
                if let Some(target) = self.constant_pattern(name) {
                    return self.fit_target(&target, value);
                }
                let fit = inner.as_ref().map_or(Fit::Yes, |inner| self.bind_pattern(inner, value));
                self.bind(name, value.clone());
                fit
            }
            Pattern::Text(text) => fit_each(value, |value| match value {
                Value::Text(known) if *known.value == **text => Fit::Yes,
                Value::Text(_) => Fit::No,
                _ => Fit::Maybe,
            }),
            Pattern::Bool(expected) => fit_each(value, |value| match value {
                Value::Bool(known) if known == expected => Fit::Yes,
                Value::Bool(_) => Fit::No,
                _ => Fit::Maybe,
            }),
            Pattern::Path(path) => {
                let target = self.program.value(path, self.frame.scope);
                self.fit_target(&target, value)
            }
            Pattern::TupleStruct { path, elements } => {
                self.bind_tuple_struct(path, elements, value)
            }
            Pattern::Struct { path, fields } => {
                let target = self.program.value(path, self.frame.scope);
                let fit = self.fit_target(&target, value);
                for (name, pattern) in fields {
                    let part = match &target {
                        Target::Variant(of, index) => self.payload(value, *of, *index, name),
                        _ => self.field(value, name),
                    };
                    self.bind_pattern(pattern, &part);
                }
                fit.min(Fit::Maybe)
            }
            Pattern::Tuple(elements) => {
                let mut fit = Fit::Yes;
                for (index, pattern) in elements.iter().enumerate() {
                    let part = value.map(&mut |value| match value {
                        Value::List(values) => {
                            values.get(index).cloned().unwrap_or(Value::Existing)
                        }
                        _ => Value::Existing,
                    });
                    fit = fit.min(self.bind_pattern(pattern, &part));
                }
                fit
            }
            Pattern::Or(cases) => {
                let fits =
                    cases.iter().map(|case| self.bind_pattern(case, value)).collect::<Vec<_>>();
                fits.into_iter().max().unwrap_or(Fit::No)
            }
            Pattern::Typed { pattern, ty } => {
                let value = self.by_type(value.clone(), ty, self.frame.scope);
                self.bind_pattern(pattern, &value)
            }
        }
    }

    /// A capital name may be a variant or a constant, not a new variable.
    fn constant_pattern(&self, name: &'p str) -> Option<Target> {
        if !name.starts_with(char::is_uppercase) {
            return None;
        }
        let span = crate::span::Span::new(self.frame.file, 0..0);
        let path = Path { rooted: false, of: None, segments: vec![name.to_owned()], span };
        match self.program.value(&path, self.frame.scope) {
            target @ (Target::Variant(..) | Target::Constant(_)) => Some(target),
            Target::Unknown(path) if name == "None" => Some(Target::Unknown(path)),
            _ => None,
        }
    }

    fn fit_target(&mut self, target: &Target, value: &Value<'p>) -> Fit {
        match target {
            Target::Variant(of, index) => fit_each(value, |value| match value {
                Value::Variant { of: known, index: at, .. } if known == of && at == index => {
                    Fit::Yes
                }
                Value::Variant { .. } => Fit::No,
                _ => Fit::Maybe,
            }),
            Target::Constant(id) => {
                let constant = self.constant(*id);
                fit_each(value, |value| match (value, &constant) {
                    (Value::Text(one), Value::Text(other)) if one.value == other.value => Fit::Yes,
                    (Value::Text(_), Value::Text(_)) => Fit::No,
                    _ => Fit::Maybe,
                })
            }
            _ => Fit::Maybe,
        }
    }

    /// `Variant(x)`, `Point(x, y)`, and wrappers such as `Some(x)` and `State(x)`, which are see-through.
    fn bind_tuple_struct(
        &mut self,
        path: &'p Path,
        elements: &'p [Pattern],
        value: &Value<'p>,
    ) -> Fit {
        let target = self.program.value(path, self.frame.scope);
        let fit = self.fit_target(&target, value);
        for (index, pattern) in elements.iter().enumerate() {
            let part = match &target {
                Target::Variant(of, variant) => {
                    self.payload(value, *of, *variant, &index.to_string())
                }
                Target::Struct(_) => self.field(value, &index.to_string()),
                Target::Unknown(_) | Target::External(_) if index == 0 => {
                    outcome(value, path.last())
                }
                _ if index == 0 => value.clone(),
                _ => Value::Existing,
            };
            self.bind_pattern(pattern, &part);
        }
        fit
    }

    /// A field of a variant.
    fn payload(&mut self, value: &Value<'p>, of: usize, variant: usize, name: &str) -> Value<'p> {
        let Some(def) = self.program.enums.get(of) else { return Value::Existing };
        let Some(declared) = def.item.variants.get(variant) else { return Value::Existing };
        let Some(at) = declared.fields.iter().position(|field| field.name == name) else {
            return Value::Existing;
        };
        let scope = crate::source::rust::program::Scope { module: def.module, this: None };
        let by_type = self.value_of_type(&declared.fields[at].ty, scope);
        value.map(&mut |value| match value {
            Value::Variant { of: known, index, fields } if *known == of && *index == variant => {
                fields.get(at).cloned().unwrap_or_else(|| by_type.clone())
            }
            Value::Variant { .. } => Value::Never,
            Value::Instance(TypeId::Enum(_)) => by_type.clone(),
            _ => by_type.clone(),
        })
    }
}

/// What `Err(x)` binds is the error, what `Ok(x)` and `Some(x)` bind all else.
fn outcome<'p>(value: &Value<'p>, wrapper: &str) -> Value<'p> {
    let (well, failure) = value.outcomes();
    let part = match wrapper {
        "Err" => failure,
        "Ok" | "Some" => well,
        _ => return value.clone(),
    };
    if matches!(part, Value::Never) { Value::Existing } else { part }
}

fn fit_each(value: &Value<'_>, fit: impl Fn(&Value<'_>) -> Fit) -> Fit {
    let fits: Vec<Fit> = value.alternatives().iter().map(fit).collect();
    match fits.as_slice() {
        [one] => *one,
        several if several.iter().all(|fit| *fit == Fit::No) => Fit::No,
        several if several.iter().all(|fit| *fit == Fit::Yes) => Fit::Yes,
        _ => Fit::Maybe,
    }
}
