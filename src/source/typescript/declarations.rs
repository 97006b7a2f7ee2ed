//! Declarations of codes: objects, enums and classes of constants.

use oxc_ast::AstKind;
use oxc_ast::ast::{ClassElement, Expression, ObjectExpression, ObjectPropertyKind};
use oxc_span::GetSpan;
use oxc_syntax::node::NodeId;

use super::evaluate::Evaluator;
use super::members::Key;
use super::module::{Declaration, Entry};
use super::value::{Value, Values};
use crate::span::{FileId, Span};

/// Every object, enum and class of constants that a module names.
pub(super) fn declarations(evaluator: &Evaluator<'_, '_>, file: FileId) -> Vec<Declaration> {
    let nodes = evaluator.semantic.nodes();
    let mut found = Vec::new();
    for node in nodes.iter() {
        let (value, name, span) = match node.kind() {
            AstKind::ObjectExpression(object) => {
                let Some(name) = evaluator.name_of(node.id()) else { continue };
                (Value::Object(object), name, object.span)
            }
            AstKind::TSEnumDeclaration(declaration) if !declaration.declare => {
                (Value::Enum(declaration), declaration.id.name.to_string(), declaration.span)
            }
            AstKind::Class(class) if !class.declare => {
                let Some(id) = &class.id else { continue };
                (Value::Class(class), id.name.to_string(), class.span)
            }
            _ => continue,
        };
        let mut entries = evaluator.entries(&value, file, 1);
        if let Value::Object(object) = value {
            entries.extend(evaluator.added_entries(object, file));
        }
        if !entries.is_empty() {
            found.push(Declaration { name, entries, span: in_file(file, span) });
        }
    }
    found
}

impl<'a> Evaluator<'a, '_> {
    /// The entries of an object, enum or class; a property that is set again comes again.
    pub(super) fn entries(&self, value: &Value<'a>, file: FileId, depth: usize) -> Vec<Entry> {
        match value {
            Value::Object(object) => self.object_entries(object, file, depth),
            Value::Enum(declaration) => declaration
                .body
                .members
                .iter()
                .map(|member| {
                    let values = member
                        .initializer
                        .as_ref()
                        .map_or_else(|| Values::one(Value::Nothing), |value| self.values(value));
                    let key = Key::name(member.id.static_name().as_str());
                    self.entry(&key, &values, file, member.span, depth)
                })
                .collect(),
            Value::Class(class) => class
                .body
                .body
                .iter()
                .filter_map(|element| match element {
                    ClassElement::PropertyDefinition(property) if property.r#static => {
                        let key = self.key(&property.key, property.computed);
                        let values = self.values(property.value.as_ref()?);
                        Some(self.entry(&key, &values, file, property.span, depth))
                    }
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn object_entries(
        &self,
        object: &'a ObjectExpression<'a>,
        file: FileId,
        depth: usize,
    ) -> Vec<Entry> {
        const DEEPEST_SPREAD: usize = 16;
        let mut entries = Vec::new();
        if depth > DEEPEST_SPREAD {
            return entries;
        }
        for property in &object.properties {
            match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    let key = self.key(&property.key, property.computed);
                    let values = self.values(&property.value);
                    entries.push(self.entry(&key, &values, file, property.span, depth));
                }
                ObjectPropertyKind::SpreadProperty(spread) => {
                    for value in self.values(&spread.argument) {
                        match value {
                            Value::Import(path) => entries
                                .push(Entry::Spread { path, span: in_file(file, spread.span) }),
                            value => entries.extend(self.entries(&value, file, depth + 1)),
                        }
                    }
                }
            }
        }
        entries
    }

    fn entry(
        &self,
        key: &Key,
        values: &Values<'a>,
        file: FileId,
        span: oxc_span::Span,
        depth: usize,
    ) -> Entry {
        let name = match key {
            Key::Name(name) => name.to_string(),
            Key::Any => self.computed_name(span),
        };
        let values = self.constants_within(values, file, depth);
        Entry::Property { name, values, span: in_file(file, span) }
    }

    /// `[key]` as it is written.
    fn computed_name(&self, property: oxc_span::Span) -> String {
        let text = property.source_text(self.semantic.source_text());
        text.split_inclusive(']').next().unwrap_or(text).to_owned()
    }

    /// What `CODES.X = …` adds to the object of a variable later.
    fn added_entries(&self, object: &'a ObjectExpression<'a>, file: FileId) -> Vec<Entry> {
        let Some(AstKind::VariableDeclarator(declarator)) = self.holder(object.node_id.get())
        else {
            return Vec::new();
        };
        let Some(symbol) =
            declarator.id.get_binding_identifier().and_then(|name| name.symbol_id.get())
        else {
            return Vec::new();
        };
        self.member_assignments(symbol)
            .filter(|(key, _)| *key != Key::Any)
            .map(|(key, value)| self.entry(&key, &self.values(value), file, value.span(), 1))
            .collect()
    }

    /// The name of the variable, property or export that an object is the value of.
    fn name_of(&self, object: NodeId) -> Option<String> {
        match self.holder(object)? {
            AstKind::VariableDeclarator(declarator) => {
                Some(declarator.id.get_binding_identifier()?.name.to_string())
            }
            AstKind::ExportDefaultDeclaration(_) => Some("default".to_owned()),
            AstKind::TSExportAssignment(_) => Some("export".to_owned()),
            AstKind::AssignmentExpression(assignment) => {
                Some(assignment.left.span().source_text(self.semantic.source_text()).to_owned())
            }
            AstKind::ObjectProperty(property) => property.key.static_name().map(Into::into),
            AstKind::PropertyDefinition(property) => property.key.static_name().map(Into::into),
            AstKind::ReturnStatement(_) | AstKind::ArrowFunctionExpression(_) => {
                Some("object".to_owned())
            }
            _ => None,
        }
    }

    /// What holds a value, past parentheses, type assertions and `Object.freeze`.
    fn holder(&self, value: NodeId) -> Option<AstKind<'a>> {
        self.semantic.nodes().ancestor_kinds(value).find(|kind| match kind {
            AstKind::ParenthesizedExpression(_)
            | AstKind::TSAsExpression(_)
            | AstKind::TSSatisfiesExpression(_)
            | AstKind::TSTypeAssertion(_)
            | AstKind::TSNonNullExpression(_) => false,
            AstKind::CallExpression(call) => !self.keeps_its_argument(&call.callee),
            _ => true,
        })
    }

    fn keeps_its_argument(&self, callee: &Expression<'a>) -> bool {
        callee.get_inner_expression().as_member_expression().is_some_and(|member| {
            matches!(
                member.static_property_name(),
                Some("freeze" | "seal" | "preventExtensions" | "assign")
            ) && self.is_global(member.object(), "Object")
        })
    }
}

fn in_file(file: FileId, span: oxc_span::Span) -> Span {
    Span { file, start: span.start, end: span.end }
}
