//! Declarations of codes: objects, enums and classes of constants.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    BindingIdentifier, ClassElement, Expression, ObjectExpression, ObjectPropertyKind,
};
use oxc_span::{GetSpan, Span};
use oxc_syntax::node::NodeId;
use oxc_syntax::symbol::SymbolId;

use super::evaluate::Evaluator;
use super::members::Key;
use super::module::{Declaration, Entry};
use super::value::{Moment, Value, Values};
use super::versions::{Change, OwnChange};
use crate::span::FileId;

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
            AstKind::TSEnumDeclaration(declaration) => {
                let Some(symbol) = evaluator.merged_first(&declaration.id, declaration.span) else {
                    continue;
                };
                let name = declaration.id.name.to_string();
                (Value::Merged(symbol), name, declaration.span)
            }
            AstKind::TSNamespaceDeclaration(namespace) => {
                let Some(symbol) = evaluator.merged_first(&namespace.id, namespace.span) else {
                    continue;
                };
                (Value::Merged(symbol), namespace.id.name.to_string(), namespace.span)
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
            Value::Merged(symbol) => self
                .merged_members(*symbol)
                .into_iter()
                .map(|m| self.entry(&Key::name(m.name.as_str()), &m.values, file, m.span, depth))
                .collect(),
            Value::Layers(layers) => layers
                .iter()
                .flat_map(Values::iter)
                .flat_map(|value| self.spread_entries(value, file, Span::default(), depth))
                .collect(),
            Value::Changed(moment) => {
                let (whole, _) = self.whole(*moment);
                let own: Vec<_> =
                    whole.iter().flat_map(|value| self.entries(value, file, depth)).collect();
                own.into_iter().chain(self.changed_entries(*moment, file, depth)).collect()
            }
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
                        let span = spread.span;
                        entries.extend(self.spread_entries(&value, file, span, depth + 1));
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
        span: Span,
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
    fn computed_name(&self, property: Span) -> String {
        let text = property.source_text(self.semantic.source_text());
        text.split_inclusive(']').next().unwrap_or(text).to_owned()
    }

    /// The entries that an object gets from a value that is spread into it.
    fn spread_entries(
        &self,
        value: &Value<'a>,
        file: FileId,
        span: Span,
        depth: usize,
    ) -> Vec<Entry> {
        match value {
            Value::Import(path) => {
                vec![Entry::Spread { path: path.clone(), span: in_file(file, span) }]
            }
            value => self.entries(value, file, depth),
        }
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
        let place = self.place(symbol);
        match self.flow(&place) {
            Some(flow) if place.changes && place.symbol == symbol => (0..flow.versions.len())
                .flat_map(|version| self.own_change(Moment { symbol, version }))
                .flat_map(|change| self.change_entries(change, file, 1))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What changes up to a moment add.
    fn changed_entries(&self, moment: Moment, file: FileId, depth: usize) -> Vec<Entry> {
        let changes = self.changes(moment).into_iter();
        changes.flat_map(|change| self.change_entries(change, file, depth)).collect()
    }

    fn change_entries(
        &self,
        (key, change, by): OwnChange<'a>,
        file: FileId,
        depth: usize,
    ) -> Vec<Entry> {
        let kind = self.semantic.nodes().kind(by);
        match (&key, change) {
            (Key::Name(_), Change::Set(values) | Change::Default(values, _)) => {
                let span = match kind {
                    AstKind::AssignmentExpression(assignment) => assignment.right.span(),
                    kind => kind.span(),
                };
                vec![self.entry(&key, &values, file, span, depth)]
            }
            // The layers of `Object.assign`.
            (Key::Any, Change::Set(layer)) if matches!(kind, AstKind::CallExpression(_)) => layer
                .iter()
                .flat_map(|value| self.spread_entries(value, file, kind.span(), depth))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a value may have members that are not among its entries.
    pub(super) fn is_open(&self, value: &Value<'a>, depth: usize) -> bool {
        const DEEPEST: usize = 8;
        let is_open = |value: &Value<'a>| depth >= DEEPEST || self.is_open(value, depth + 1);
        match value {
            Value::Object(object) => object.properties.iter().any(|property| match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    self.key(&property.key, property.computed) == Key::Any
                }
                ObjectPropertyKind::SpreadProperty(spread) => {
                    self.values(&spread.argument).iter().any(is_open)
                }
            }),
            Value::Layers(layers) => layers.iter().flat_map(Values::iter).any(is_open),
            Value::Changed(moment) => {
                self.whole(*moment).0.iter().any(is_open)
                    || self.changes(*moment).iter().any(|(key, change, _)| match (key, change) {
                        (Key::Any, Change::Set(values)) => values.iter().any(is_open),
                        (Key::Any, _) => true,
                        _ => false,
                    })
            }
            Value::Class(class) => class.heritage.is_some(),
            Value::Merged(symbol) => {
                let nodes = self.semantic.nodes();
                self.semantic
                    .scoping()
                    .symbol_declarations(*symbol)
                    .any(|id| matches!(nodes.kind(id), AstKind::Function(_) | AstKind::Class(_)))
            }
            Value::Nothing | Value::Missing(_) | Value::Text { .. } | Value::Import(_) => false,
            _ => true,
        }
    }

    /// Where an object is written.
    pub(super) fn span_of(&self, value: &Value<'a>, file: FileId) -> crate::span::Span {
        let span = match value {
            Value::Object(object) => object.span,
            Value::Class(class) => class.span,
            Value::Function(function) => self.span_of_node(function.id()),
            Value::Merged(symbol) => self.merged_span(*symbol),
            Value::Changed(moment) => {
                let (whole, _) = self.whole(*moment);
                let object = whole.iter().find(|value| !matches!(value, Value::Changed(_)));
                return object.map_or_else(
                    || in_file(file, Span::default()),
                    |object| self.span_of(object, file),
                );
            }
            _ => Span::default(),
        };
        in_file(file, span)
    }

    /// The symbol of an enum or namespace, if this is where it is declared first.
    fn merged_first(&self, id: &BindingIdentifier<'a>, span: Span) -> Option<SymbolId> {
        id.symbol_id.get().filter(|symbol| self.merged_span(*symbol) == span)
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

fn in_file(file: FileId, span: Span) -> crate::span::Span {
    crate::span::Span { file, start: span.start, end: span.end }
}
