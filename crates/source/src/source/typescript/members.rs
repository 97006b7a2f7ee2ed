//! Reads properties of objects, enums, classes, arrays and whatever else has members.

use std::rc::Rc;

use oxc_ast::ast::{
    ArrayExpression, ArrayExpressionElement, AssignmentTarget, Class, ClassElement, Expression,
    MemberExpression, MethodDefinitionKind, ObjectExpression, ObjectPropertyKind, PropertyKey,
    PropertyKind,
};
use oxc_span::Span;

use super::evaluate::{DEEPEST, Evaluator};
use super::value::{Callable, Missing, Parameter, Step, Value, Values};

/// Which property is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// The one of this name or index.
    Name(Rc<str>),
    /// One that cannot be told.
    Any,
}

impl Key {
    pub(super) fn name(name: impl Into<Rc<str>>) -> Self {
        Self::Name(name.into())
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => **own == *name,
            Self::Any => true,
        }
    }
}

impl<'a> Evaluator<'a, '_> {
    /// The key that `key` writes, in an object or a pattern.
    pub(super) fn key(&self, key: &'a PropertyKey<'a>, computed: bool) -> Key {
        match key {
            PropertyKey::PrivateIdentifier(name) => Key::name(format!("#{}", name.name)),
            _ => match (key.static_name(), key.as_expression()) {
                (Some(name), _) => Key::name(&*name),
                (None, Some(expression)) if computed => self.computed_key(expression),
                _ => Key::Any,
            },
        }
    }

    pub(super) fn computed_key(&self, expression: &'a Expression<'a>) -> Key {
        match (expression.get_inner_expression(), self.values(expression).only_text()) {
            (_, Some(text)) => Key::Name(Rc::clone(text)),
            (Expression::NumericLiteral(number), None) => Key::name(number.value.to_string()),
            _ => Key::Any,
        }
    }

    pub(super) fn member_key(&self, member: &'a MemberExpression<'a>) -> Key {
        match member {
            MemberExpression::StaticMemberExpression(member) => {
                Key::name(member.property.name.as_str())
            }
            MemberExpression::ComputedMemberExpression(member) => {
                self.computed_key(&member.expression)
            }
            MemberExpression::PrivateFieldExpression(member) => {
                Key::name(format!("#{}", member.field.name))
            }
        }
    }

    pub(super) fn member_expression(&self, member: &'a MemberExpression<'a>) -> Values<'a> {
        let objects = self.values(member.object());
        self.member_keys(member).iter().flat_map(|key| self.field(&objects, key)).collect()
    }

    /// Every key that a member expression may read.
    fn member_keys(&self, member: &'a MemberExpression<'a>) -> Vec<Key> {
        if let MemberExpression::ComputedMemberExpression(member) = member {
            let values = self.values(&member.expression);
            let texts: Vec<_> = values.texts().map(|text| Key::Name(Rc::clone(text))).collect();
            if texts.len() > 1 && texts.len() == values.iter().len() {
                return texts;
            }
        }
        vec![self.member_key(member)]
    }

    /// What reading the property `key` of `objects` gives: a field that holds a code was judged where
    /// it was set, and is forwarded.
    pub(super) fn field(&self, objects: &Values<'a>, key: &Key) -> Values<'a> {
        match key {
            Key::Name(name) if self.code_fields.iter().any(|field| **field == **name) => {
                Values::one(Value::Forwarded)
            }
            _ => self.member(objects, key),
        }
    }

    /// What the property `key` of `objects` may be.
    pub(super) fn member(&self, objects: &Values<'a>, key: &Key) -> Values<'a> {
        // What is merged with a class or a function has its members, too.
        let merged = objects.iter().any(|object| matches!(object, Value::Merged(_)));
        objects
            .iter()
            .filter(|object| !merged || !matches!(object, Value::Class(_) | Value::Function(_)))
            .flat_map(|object| self.member_of(object, key))
            .collect()
    }

    fn member_of(&self, object: &Value<'a>, key: &Key) -> Values<'a> {
        let missing = match key {
            Key::Name(name) if OF_EVERY_OBJECT.contains(&&**name) => Value::Forwarded,
            Key::Name(name) => {
                Value::Missing(Rc::new(Missing { member: Rc::clone(name), objects: Vec::new() }))
            }
            Key::Any => Value::Nothing,
        };
        let is_of_nothing = |value: &Value<'_>| matches!(value, Value::Missing(missing) if missing.objects.is_empty());
        self.property_of(object, key, Values::one(missing))
            .into_iter()
            .map(|value| if is_of_nothing(&value) { Value::Nothing } else { value })
            .collect()
    }

    /// What the property `key` of an object may be; where it has none, `otherwise`.
    pub(super) fn property_of(
        &self,
        object: &Value<'a>,
        key: &Key,
        otherwise: Values<'a>,
    ) -> Values<'a> {
        // Objects may be spread into each other.
        if self.depth.get() >= DEEPEST {
            return unsure(otherwise).and(Values::one(Value::Opaque));
        }
        self.depth.set(self.depth.get() + 1);
        let values = self.property_below(object, key, otherwise);
        self.depth.set(self.depth.get() - 1);
        values
    }

    fn property_below(&self, object: &Value<'a>, key: &Key, otherwise: Values<'a>) -> Values<'a> {
        match object {
            Value::Object(object) => self.property(object, key, otherwise),
            Value::Layers(layers) => layers.iter().fold(otherwise, |below, layer| {
                layer.iter().flat_map(|v| self.property_of(v, key, below.clone())).collect()
            }),
            Value::Changed(moment) => self.property_at(*moment, key, &otherwise),
            Value::Merged(symbol) => self.merged_member(*symbol, key, otherwise),
            Value::Class(class) => self.static_member(class, key, otherwise),
            Value::Instance(class) => self.class_member(class, key, false).of_object(),
            Value::Array(array, from) => self.element(array, *from, key),
            Value::Import(path) => {
                let step = match key {
                    Key::Name(name) => Step::Member(name.to_string()),
                    Key::Any => Step::AnyMember,
                };
                let Some(path) = path.then(step) else { return Values::one(Value::Forwarded) };
                // It is told when modules are linked whether the other module has the member.
                let otherwise = settled(otherwise);
                let import = Values::one(Value::Import(path));
                if otherwise.is_empty() { import } else { import.or_else(false, || otherwise) }
            }
            Value::ImportOr(import) => {
                let (path, others) = &**import;
                let others = others
                    .iter()
                    .flat_map(|value| self.property_of(value, key, otherwise.clone()))
                    .collect::<Values>();
                let own = self.property_of(&Value::Import(path.clone()), key, Values::default());
                if others.is_empty() { own } else { own.or_else(false, || others) }
            }
            Value::Parameter(parameter) => unsure(otherwise).and(Values::one(match key {
                Key::Name(name) if parameter.path.len() < 4 => {
                    let mut path = parameter.path.clone();
                    path.push(Rc::clone(name));
                    Value::Parameter(Parameter { path, ..*parameter })
                }
                _ => Value::Forwarded,
            })),
            Value::GlobalObject => Values::one(match key {
                Key::Name(name) if **name == *"fetch" => Value::Fetch,
                Key::Name(name)
                    if matches!(&**name, "globalThis" | "window" | "self" | "global") =>
                {
                    Value::GlobalObject
                }
                _ => Value::Forwarded,
            }),
            Value::Nothing | Value::Missing(_) | Value::Text { .. } | Value::Partial { .. } => {
                otherwise
            }
            Value::Undecided => otherwise.and(Values::one(Value::Undecided)),
            Value::Forwarded
            | Value::Opaque
            | Value::Function(_)
            | Value::Fetch
            | Value::Router(_) => unsure(otherwise).and(Values::one(Value::Forwarded)),
        }
    }

    /// The property `key` of an object literal; the last one of a name wins.
    fn property(
        &self,
        object: &'a ObjectExpression<'a>,
        key: &Key,
        otherwise: Values<'a>,
    ) -> Values<'a> {
        let mut values = also_missing(otherwise, object.span);
        // What stands before the last property of the name does not matter.
        let is_last = |property: &ObjectPropertyKind<'a>| match (property, key) {
            (ObjectPropertyKind::ObjectProperty(property), Key::Name(name)) => {
                property.kind != PropertyKind::Set && property.key.is_specific_static_name(name)
            }
            _ => false,
        };
        let start = object.properties.iter().rposition(is_last).unwrap_or(0);
        for property in object.properties.iter().skip(start) {
            match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    let own = self.key(&property.key, property.computed);
                    let is_certain = match (&own, key) {
                        (Key::Name(own), Key::Name(wanted)) if own != wanted => continue,
                        (Key::Name(_), Key::Name(_)) => true,
                        _ => false,
                    };
                    let set = match property.kind {
                        PropertyKind::Init => self.values(&property.value),
                        PropertyKind::Get => self.returned_by(&self.values(&property.value)),
                        PropertyKind::Set => continue,
                    };
                    values = if is_certain { set } else { unsure(values).and(set) };
                }
                ObjectPropertyKind::SpreadProperty(spread) => {
                    values = self
                        .values(&spread.argument)
                        .iter()
                        .flat_map(|value| self.property_of(value, key, values.clone()))
                        .collect();
                }
            }
        }
        values.of_object()
    }

    fn static_member(&self, class: &'a Class<'a>, key: &Key, otherwise: Values<'a>) -> Values<'a> {
        let own = self.class_member(class, key, true);
        let is_found = !matches!(own.iter().next(), Some(Value::Forwarded)) || own.iter().len() > 1;
        if is_found {
            return own.of_object();
        }
        match &class.heritage {
            Some(_) => match self.superclass(class) {
                Some(parent) if parent.span != class.span => self.property_of(
                    &Value::Class(parent),
                    key,
                    also_missing(otherwise, class.span),
                ),
                _ => Values::one(Value::Forwarded),
            },
            None => also_missing(otherwise, class.span),
        }
    }

    fn class_member(&self, class: &'a Class<'a>, key: &Key, of_class: bool) -> Values<'a> {
        let mut values = Values::default();
        for element in &class.body.body {
            let (is_static, name, computed) = match element {
                ClassElement::PropertyDefinition(p) => (p.r#static, &p.key, p.computed),
                ClassElement::AccessorProperty(p) => (p.r#static, &p.key, p.computed),
                ClassElement::MethodDefinition(m) => (m.r#static, &m.key, m.computed),
                _ => continue,
            };
            let matches = matches!(self.key(name, computed), Key::Name(name) if key.matches(&name));
            if is_static != of_class || !matches {
                continue;
            }
            match element {
                ClassElement::PropertyDefinition(p) => {
                    values.extend(p.value.iter().flat_map(|value| self.values(value)));
                }
                ClassElement::AccessorProperty(p) => {
                    values.extend(p.value.iter().flat_map(|value| self.values(value)));
                }
                ClassElement::MethodDefinition(m) => {
                    let method = Value::Function(Callable::Function(&m.value));
                    match m.kind {
                        MethodDefinitionKind::Method => values.add(method),
                        MethodDefinitionKind::Get => {
                            values.extend(self.returned_by(&Values::one(method)));
                        }
                        MethodDefinitionKind::Set | MethodDefinitionKind::Constructor => {}
                    }
                }
                _ => {}
            }
        }
        if values.is_empty() { Values::one(Value::Forwarded) } else { values }
    }

    fn element(&self, array: &'a ArrayExpression<'a>, from: usize, key: &Key) -> Values<'a> {
        let index = match key {
            Key::Name(name) => match name.parse::<usize>() {
                Ok(index) if !array.elements.iter().any(ArrayExpressionElement::is_spread) => {
                    Some(index + from)
                }
                Ok(_) => None,
                Err(_) => return Values::one(Value::Nothing),
            },
            Key::Any => None,
        };
        array
            .elements
            .iter()
            .enumerate()
            .filter(|(at, _)| *at >= from && index.is_none_or(|index| index == *at))
            .flat_map(|(_, element)| match element {
                ArrayExpressionElement::SpreadElement(spread) => {
                    self.member(&self.values(&spread.argument), &Key::Any)
                }
                element => element
                    .as_expression()
                    .map_or_else(Values::default, |element| self.values(element)),
            })
            .collect()
    }
}

/// The members that objects have from their prototype.
pub(super) const OF_EVERY_OBJECT: [&str; 8] = [
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "__proto__",
];

/// Values of which none is certainly missing.
pub(super) fn unsure<'a>(values: Values<'a>) -> Values<'a> {
    values.into_iter().filter(|value| !matches!(value, Value::Missing(_))).collect()
}

/// Notes that one more object does not have the member.
pub(super) fn also_missing<'a>(values: Values<'a>, object: Span) -> Values<'a> {
    values
        .into_iter()
        .map(|value| match value {
            Value::Missing(missing) => {
                let mut missing = (*missing).clone();
                missing.objects.push(object);
                Value::Missing(Rc::new(missing))
            }
            value => value,
        })
        .collect()
}

/// Without what is missing from no object at all.
fn settled<'a>(values: Values<'a>) -> Values<'a> {
    values
        .into_iter()
        .filter(|v| !matches!(v, Value::Missing(missing) if missing.objects.is_empty()))
        .collect()
}

/// The member expression that an assignment sets, past type assertions.
pub(super) fn assigned_member<'a>(
    target: &'a AssignmentTarget<'a>,
) -> Option<&'a MemberExpression<'a>> {
    target.as_member_expression().or_else(|| {
        let inner = match target {
            AssignmentTarget::TSAsExpression(e) => &e.expression,
            AssignmentTarget::TSSatisfiesExpression(e) => &e.expression,
            AssignmentTarget::TSNonNullExpression(e) => &e.expression,
            AssignmentTarget::TSTypeAssertion(e) => &e.expression,
            _ => return None,
        };
        inner.get_inner_expression().as_member_expression()
    })
}
