//! Reads properties of objects, enums, classes, arrays and whatever else has members.

use std::rc::Rc;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    ArrayExpression, ArrayExpressionElement, AssignmentTarget, Class, ClassElement, Expression,
    MemberExpression, MethodDefinitionKind, ObjectExpression, ObjectPropertyKind, PropertyKey,
    PropertyKind, TSEnumDeclaration,
};
use oxc_span::GetSpan;
use oxc_syntax::symbol::SymbolId;

use super::evaluate::Evaluator;
use super::value::{Callable, Parameter, Step, Value, Values};

/// Which property is read.
#[derive(Debug, Clone, PartialEq, Eq)]
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

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => **own == *name,
            Self::Any => true,
        }
    }
}

/// What was found under a key.
#[derive(Default)]
pub(super) struct Lookup<'a> {
    pub(super) values: Values<'a>,
    /// The object certainly has the property, and nothing else can hide it.
    pub(super) definite: bool,
    /// A spread or a computed key that cannot be followed may set the property too.
    pub(super) uncertain: bool,
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

    fn computed_key(&self, expression: &'a Expression<'a>) -> Key {
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
        let key = self.member_key(member);
        let object = member.object();
        let mut values = self.field(&self.values(object), &key);
        if let Expression::Identifier(identifier) = object.get_inner_expression()
            && let Some(symbol) = self.symbol_of(identifier)
        {
            values.extend(self.assigned_members(symbol, &key));
        }
        values
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
        objects.iter().flat_map(|object| self.member_of(object, key)).collect()
    }

    fn member_of(&self, object: &Value<'a>, key: &Key) -> Values<'a> {
        match object {
            Value::Object(object) => {
                let found = self.property(object, key);
                let rest = if found.definite { None } else { Some(Value::Nothing) };
                found.values.into_iter().chain(rest).collect::<Values>().of_object()
            }
            Value::Enum(declaration) => self.enum_member(declaration, key).of_object(),
            Value::Class(class) => self.class_member(class, key, true).of_object(),
            Value::Instance(class) => self.class_member(class, key, false).of_object(),
            Value::Array(array) => self.element(array, key),
            Value::Import(path) => {
                let step = match key {
                    Key::Name(name) => Step::Member(name.to_string()),
                    Key::Any => Step::AnyMember,
                };
                Values::one(path.then(step).map_or(Value::Forwarded, Value::Import))
            }
            Value::Parameter(parameter) => Values::one(match key {
                Key::Name(name) if parameter.path.len() < 4 => {
                    let mut path = parameter.path.clone();
                    path.push(Rc::clone(name));
                    Value::Parameter(Parameter { path, ..*parameter })
                }
                _ => Value::Forwarded,
            }),
            Value::GlobalObject => Values::one(match key {
                Key::Name(name) if **name == *"fetch" => Value::Fetch,
                Key::Name(name)
                    if matches!(&**name, "globalThis" | "window" | "self" | "global") =>
                {
                    Value::GlobalObject
                }
                _ => Value::Forwarded,
            }),
            Value::Nothing | Value::Text { .. } | Value::Partial { .. } => {
                Values::one(Value::Nothing)
            }
            Value::Forwarded | Value::Opaque | Value::Function(_) | Value::Fetch => {
                Values::one(Value::Forwarded)
            }
        }
    }

    /// The property `key` of an object literal: the last one that sets it wins.
    pub(super) fn property(&self, object: &'a ObjectExpression<'a>, key: &Key) -> Lookup<'a> {
        let mut lookup = Lookup::default();
        for property in object.properties.iter().rev() {
            match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    let own = self.key(&property.key, property.computed);
                    let same = matches!(&own, Key::Name(name) if key.matches(name));
                    if !same && own != Key::Any {
                        continue;
                    }
                    match property.kind {
                        PropertyKind::Init => lookup.values.extend(self.values(&property.value)),
                        PropertyKind::Get => {
                            let getter = self.values(&property.value);
                            lookup.values.extend(self.returned_by(&getter));
                        }
                        PropertyKind::Set => continue,
                    }
                    lookup.definite = same && *key != Key::Any;
                    lookup.uncertain |= !same;
                }
                ObjectPropertyKind::SpreadProperty(spread) => {
                    let found = self.spread_property(&self.values(&spread.argument), key);
                    lookup.values.extend(found.values);
                    lookup.definite = found.definite;
                    lookup.uncertain |= found.uncertain;
                }
            }
            if lookup.definite {
                break;
            }
        }
        lookup
    }

    fn spread_property(&self, spread: &Values<'a>, key: &Key) -> Lookup<'a> {
        let mut lookup = Lookup { definite: !spread.is_empty(), ..Lookup::default() };
        for value in spread.iter() {
            match value {
                Value::Object(object) => {
                    let found = self.property(object, key);
                    lookup.values.extend(found.values);
                    lookup.definite &= found.definite;
                    lookup.uncertain |= found.uncertain;
                }
                Value::Nothing | Value::Text { .. } | Value::Partial { .. } => {
                    lookup.definite = false;
                }
                other => {
                    let certain = matches!(other, Value::Enum(_) | Value::Class(_));
                    lookup.values.extend(self.member_of(other, key));
                    lookup.definite = false;
                    lookup.uncertain |= !certain;
                }
            }
        }
        lookup
    }

    fn enum_member(&self, declaration: &'a TSEnumDeclaration<'a>, key: &Key) -> Values<'a> {
        declaration
            .body
            .members
            .iter()
            .filter(|member| key.matches(&member.id.static_name()))
            .flat_map(|member| match &member.initializer {
                Some(initializer) => self.values(initializer),
                None => Values::one(Value::Nothing),
            })
            .collect()
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

    fn element(&self, array: &'a ArrayExpression<'a>, key: &Key) -> Values<'a> {
        let index = match key {
            Key::Name(name) => match name.parse::<usize>() {
                Ok(index) if !array.elements.iter().any(ArrayExpressionElement::is_spread) => {
                    Some(index)
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
            .filter(|(at, _)| index.is_none_or(|index| index == *at))
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

    /// What `symbol.key = …` assigns, anywhere in the module.
    pub(super) fn assigned_members(&self, symbol: SymbolId, key: &Key) -> Values<'a> {
        self.member_assignments(symbol)
            .filter(|(own, _)| matches!(own, Key::Name(name) if key.matches(name)))
            .flat_map(|(_, value)| self.values(value))
            .collect()
    }

    /// Every `symbol.key = value` of the module.
    pub(super) fn member_assignments(
        &self,
        symbol: SymbolId,
    ) -> impl Iterator<Item = (Key, &'a Expression<'a>)> {
        let nodes = self.semantic.nodes();
        self.semantic.scoping().get_resolved_references(symbol).filter_map(move |reference| {
            // Past `(CODES as any)` to what is done with it.
            let mut kinds = nodes.ancestor_kinds(reference.node_id()).skip_while(|kind| {
                matches!(
                    kind,
                    AstKind::ParenthesizedExpression(_)
                        | AstKind::TSAsExpression(_)
                        | AstKind::TSNonNullExpression(_)
                        | AstKind::TSTypeAssertion(_)
                        | AstKind::TSSatisfiesExpression(_)
                )
            });
            let member = kinds.next()?.span();
            let AstKind::AssignmentExpression(assignment) = kinds.next()? else { return None };
            let target = assignment.left.as_member_expression()?;
            let is_object = target.span() == member
                && target
                    .object()
                    .span()
                    .contains_inclusive(nodes.kind(reference.node_id()).span());
            is_object.then(|| (self.member_key(target), &assignment.right))
        })
    }
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
