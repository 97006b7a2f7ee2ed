//! What a type alone tells of a value, and the parts of values.

use imbl::OrdSet;

use super::Evaluator;
use crate::source::rust::program::{Scope, Target, TypeId};
use crate::source::rust::syntax::{Parameter, Type};
use crate::source::rust::value::Value;
use crate::source::rust::vocabulary;

/// Types that are followed as what they hold.
const SEE_THROUGH: [&str; 28] = [
    "Option",
    "Result",
    "Arc",
    "Rc",
    "Box",
    "Cow",
    "State",
    "Extension",
    "Json",
    "Data",
    "Mutex",
    "RwLock",
    "LazyLock",
    "OnceLock",
    "OnceCell",
    "Lazy",
    "Pin",
    "Ref",
    "RefMut",
    "RefCell",
    "MutexGuard",
    "Weak",
    "LazyCell",
    "Cell",
    "ManuallyDrop",
    "BoxFuture",
    "ControlFlow",
    "Poll",
];
/// Types of values that are no text.
const PLAIN: [&str; 18] = [
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "bool",
    "char",
    "Duration",
    "StatusCode",
];
/// Aliases of aliases are followed so far.
const DEEPEST_TYPE: usize = 32;

impl<'p> Evaluator<'p, '_> {
    /// What is known of a value by its type.
    pub(super) fn value_of_type(&self, ty: &'p Type, scope: Scope<'p>) -> Value<'p> {
        self.typed(ty, scope, 0)
    }

    fn typed(&self, ty: &'p Type, scope: Scope<'p>, depth: usize) -> Value<'p> {
        let (path, arguments) = match ty {
            Type::Path { path, arguments } => (path, arguments),
            Type::Tuple(parts) if parts.is_empty() => return Value::Inert,
            Type::Tuple(parts) if depth < DEEPEST_TYPE => {
                return Value::list(
                    parts.iter().map(|part| self.typed(part, scope, depth + 1)).collect(),
                );
            }
            _ => return Value::Existing,
        };
        if depth > DEEPEST_TYPE {
            return Value::Existing;
        }
        match self.program.type_path(path, scope) {
            Target::Enum(id) => Value::Instance(TypeId::Enum(id)),
            Target::Struct(id) => Value::Instance(TypeId::Struct(id)),
            Target::Alias(id) => {
                let aliased = self.program.alias(id).map_or(Value::Existing, |(ty, module)| {
                    self.typed(ty, Scope { module, this: None }, depth + 1)
                });
                match arguments.first() {
                    Some(argument) if aliased.is_vague() => self.typed(argument, scope, depth + 1),
                    _ => aliased,
                }
            }
            Target::External(path) | Target::Unknown(path) => {
                let name = vocabulary::last(&path);
                let unknown = path.len() == 1;
                if vocabulary::is_client(&path) {
                    Value::Client
                } else if vocabulary::is_router(&path) || (unknown && name == "Router") {
                    Value::Router(OrdSet::new())
                } else if SEE_THROUGH.contains(&name) {
                    arguments
                        .first()
                        .map_or(Value::Existing, |argument| self.typed(argument, scope, depth + 1))
                } else if unknown && PLAIN.contains(&name) {
                    Value::Inert
                } else if unknown
                    || path.first().is_some_and(|first| first == "std" || first == "core")
                {
                    Value::Existing
                } else {
                    Value::External(path.into())
                }
            }
            _ => Value::Existing,
        }
    }

    /// A value, or what its declared type tells where that is more.
    pub(super) fn by_type(&self, value: Value<'p>, ty: &'p Type, scope: Scope<'p>) -> Value<'p> {
        if !value.alternatives().iter().any(Value::is_vague) {
            return value;
        }
        let typed = self.value_of_type(ty, scope);
        if typed.is_vague() {
            return value;
        }
        value.map(&mut |value| match value {
            Value::Failure(_) => value.clone(),
            value if value.is_vague() => typed.clone(),
            value => value.clone(),
        })
    }

    pub(super) fn parameter(&self, parameter: &'p Parameter, scope: Scope<'p>) -> Value<'p> {
        parameter.ty.as_ref().map_or(Value::Existing, |ty| self.value_of_type(ty, scope))
    }

    /// What `self` is in an implementation.
    pub(super) fn this(&self, scope: Scope<'p>) -> Value<'p> {
        scope
            .this
            .map_or(Value::Existing, |ty| self.value_of_type(ty, Scope { this: None, ..scope }))
    }

    /// A field of a value.
    pub(super) fn field(&self, base: &Value<'p>, name: &str) -> Value<'p> {
        base.map(&mut |base| match base {
            Value::Record { of, fields } => match (fields.get(name), of) {
                (Some(value), _) => value.clone(),
                (None, Some(of)) => self.declared_field(*of, name),
                (None, None) => Value::Existing,
            },
            Value::Instance(TypeId::Struct(of)) => match self.declared_field(*of, name) {
                // `.0` of a wrapper around it, which is see-through.
                Value::Existing if name == "0" && self.program.field(*of, name).is_none() => {
                    base.clone()
                }
                field => field,
            },
            Value::List(values) => name
                .parse::<usize>()
                .ok()
                .and_then(|at| values.get(at))
                .cloned()
                .unwrap_or(Value::Existing),
            Value::Client | Value::Router(_) | Value::Text(_) if name == "0" => base.clone(),
            Value::Never => Value::Never,
            _ => Value::Existing,
        })
    }

    fn declared_field(&self, of: usize, name: &str) -> Value<'p> {
        self.program.field(of, name).map_or(Value::Existing, |(ty, module)| {
            self.value_of_type(ty, Scope { module, this: None })
        })
    }

    /// An element of a list: the one of a known index, else any.
    pub(super) fn element(&self, base: &Value<'p>, index: &Value<'p>) -> Value<'p> {
        base.map(&mut |base| match (base, index) {
            (Value::List(values), Value::Number(at)) => {
                values.get(*at).cloned().unwrap_or(Value::Never)
            }
            (Value::List(values), Value::Variant { index, .. }) => {
                values.get(*index).cloned().unwrap_or(Value::Never)
            }
            (Value::List(values), _) => Value::choice(values.iter().cloned()),
            _ => Value::Existing,
        })
    }
}
