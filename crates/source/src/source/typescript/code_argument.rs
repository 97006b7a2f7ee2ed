//! Which argument of a code function is the code.

use std::collections::HashMap;
use std::rc::Rc;

use oxc_ast::AstKind;
use oxc_ast::ast::{BindingPattern, Expression};
use oxc_syntax::node::NodeId;

use super::calls::Arguments;
use super::evaluate::Evaluator;
use super::members::{Key, assigned_member};
use super::value::{Callable, Step, Value, Values};

/// Where a call hands over the code: an argument, or a property of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodePosition {
    pub(super) index: usize,
    pub(super) property: Option<String>,
}

/// Where each function puts a parameter into a property that holds a code.
pub(super) type CodeFlows = HashMap<NodeId, CodePosition>;

impl<'a> Evaluator<'a, '_> {
    /// The place of the code among the parameters of `function`.
    pub(super) fn code_position(&self, function: Callable<'a>) -> Option<CodePosition> {
        let parameters = &function.parameters().items;
        let named =
            parameters.iter().enumerate().find_map(|(index, parameter)| match &parameter.pattern {
                BindingPattern::BindingIdentifier(name) => {
                    self.holds_code(&name.name).then_some(CodePosition { index, property: None })
                }
                BindingPattern::ObjectPattern(object) => object
                    .properties
                    .iter()
                    .filter_map(|property| property.key.static_name())
                    .find(|key| self.holds_code(key))
                    .map(|key| CodePosition { index, property: Some(key.into_owned()) }),
                _ => None,
            });
        let by_flow = || {
            self.code_flows.get_or_init(|| self.collect_code_flows()).get(&function.id()).cloned()
        };
        let by_part_of_name = || {
            parameters.iter().enumerate().find_map(|(index, parameter)| {
                let name = parameter.pattern.get_binding_identifier()?.name.to_lowercase();
                name.contains("code").then_some(CodePosition { index, property: None })
            })
        };
        named.or_else(by_flow).or_else(by_part_of_name)
    }

    /// Whether a name is that of a code.
    pub(super) fn holds_code(&self, name: &str) -> bool {
        name == "code" || self.code_fields.iter().any(|field| field == name)
    }

    fn collect_code_flows(&self) -> CodeFlows {
        let mut flows = CodeFlows::new();
        for node in self.semantic.nodes().iter() {
            let (name, value) = match node.kind() {
                AstKind::ObjectProperty(property) => {
                    (property.key.static_name().map(|name| name.to_string()), &property.value)
                }
                AstKind::AssignmentExpression(assignment) => {
                    let name = assigned_member(&assignment.left)
                        .and_then(|member| member.static_property_name());
                    (name.map(str::to_owned), &assignment.right)
                }
                _ => continue,
            };
            if !name.is_some_and(|name| self.holds_code(&name)) {
                continue;
            }
            for value in self.values(value) {
                if let Value::Parameter(parameter) = value {
                    let property = parameter.path.first().map(ToString::to_string);
                    flows
                        .entry(parameter.function)
                        .or_insert(CodePosition { index: parameter.index, property });
                }
            }
        }
        flows
    }

    /// The place of the code where the function is not known: a property that holds codes, else
    /// the first argument that looks like a code, else the third of three or more, else the first.
    pub(super) fn likely_code_position(&self, arguments: Arguments<'a>) -> Option<CodePosition> {
        let at = |index| self.argument(arguments, index);
        let all = || (0..arguments.len()).filter_map(|index| Some((index, at(index)?)));
        all()
            .find_map(|(index, argument)| {
                let property = self.code_property(argument)?;
                Some(CodePosition { index, property: Some(property) })
            })
            .or_else(|| {
                let (index, _) = all().find(|(_, argument)| self.looks_like_code(argument))?;
                Some(CodePosition { index, property: None })
            })
            .or_else(|| {
                let index = if arguments.len() >= 3 { 2 } else { 0 };
                at(index).map(|_| CodePosition { index, property: None })
            })
    }

    /// The property of an object literal that holds a code.
    fn code_property(&self, argument: &'a Expression<'a>) -> Option<String> {
        self.values(argument).iter().find_map(|value| match value {
            Value::Object(object) => object.properties.iter().find_map(|property| {
                let name = property.as_property()?.key.static_name()?;
                self.holds_code(&name).then(|| name.into_owned())
            }),
            Value::Changed(_) | Value::Layers(_) => {
                let names = self.code_fields.iter().map(String::as_str).chain(["code"]);
                names.map(str::to_owned).find(|name| {
                    let values =
                        self.property_of(value, &Key::name(name.as_str()), Values::default());
                    !values.is_empty()
                })
            }
            _ => None,
        })
    }

    fn looks_like_code(&self, argument: &'a Expression<'a>) -> bool {
        self.values(argument).iter().any(|value| match value {
            Value::Text { text, .. } => is_screaming(text),
            Value::Missing(missing) => is_screaming(&missing.member),
            Value::Import(path) => {
                matches!(path.steps.last(), Some(Step::Member(name)) if is_screaming(name))
            }
            Value::ImportOr(import) => {
                matches!(import.0.steps.last(), Some(Step::Member(name)) if is_screaming(name))
            }
            _ => false,
        })
    }

    /// The expression at a place among `arguments`, with the rest of the way into it.
    pub(super) fn argument_at(
        &self,
        arguments: Arguments<'a>,
        position: &CodePosition,
    ) -> Option<(&'a Expression<'a>, Vec<Rc<str>>)> {
        let argument = self.argument(arguments, position.index)?;
        Some((argument, position.property.iter().map(|name| name.as_str().into()).collect()))
    }
}

fn is_screaming(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
