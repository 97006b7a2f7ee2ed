//! Enums and namespaces, and whatever TypeScript merges with them under one name.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    IdentifierReference, TSEnumDeclaration, TSNamespaceDeclaration, TSNamespaceDeclarationBody,
};
use oxc_span::{GetSpan, Span};
use oxc_syntax::symbol::SymbolId;

use super::evaluate::Evaluator;
use super::members::{Key, also_missing};
use super::value::{Value, Values};

/// One member of a merged declaration.
pub(super) struct MergedMember<'a> {
    pub(super) name: String,
    pub(super) values: Values<'a>,
    pub(super) span: Span,
}

impl<'a> Evaluator<'a, '_> {
    /// Where a merged declaration is written first.
    pub(super) fn merged_span(&self, symbol: SymbolId) -> Span {
        let nodes = self.semantic.nodes();
        let mut declarations = self.semantic.scoping().symbol_declarations(symbol);
        declarations
            .find(|id| {
                matches!(
                    nodes.kind(*id),
                    AstKind::TSEnumDeclaration(_) | AstKind::TSNamespaceDeclaration(_)
                )
            })
            .map_or_else(Span::default, |id| nodes.kind(id).span())
    }

    /// The property `key` of what a symbol merges; where it has none, `otherwise`.
    pub(super) fn merged_member(
        &self,
        symbol: SymbolId,
        key: &Key,
        otherwise: Values<'a>,
    ) -> Values<'a> {
        let mut found = Values::default();
        let mut is_open = false;
        for declaration in self.semantic.scoping().symbol_declarations(symbol) {
            match self.semantic.nodes().kind(declaration) {
                AstKind::TSEnumDeclaration(declaration) => {
                    found.extend(self.enum_member(declaration, key));
                }
                AstKind::TSNamespaceDeclaration(namespace) => {
                    found.extend(self.namespace_member(namespace, key));
                }
                AstKind::Class(class) => {
                    let of_class = Value::Class(class);
                    let missing = Values::default();
                    found.extend(self.property_of(&of_class, key, missing));
                }
                AstKind::TSInterfaceDeclaration(_) | AstKind::TSTypeAliasDeclaration(_) => {}
                _ => is_open = true,
            }
        }
        // `Codes[0]` is the name of a member of an enum of numbers.
        let is_number = matches!(key, Key::Name(name) if name.parse::<f64>().is_ok());
        if !found.is_empty() {
            found.of_object()
        } else if is_open || is_number {
            Values::one(Value::Forwarded)
        } else {
            also_missing(otherwise, self.merged_span(symbol))
        }
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

    fn namespace_member(&self, namespace: &'a TSNamespaceDeclaration<'a>, key: &Key) -> Values<'a> {
        self.exported_symbols(namespace)
            .into_iter()
            .filter(|(_, name)| key.matches(name))
            .flat_map(|(symbol, _)| self.shared_values(symbol))
            .collect()
    }

    /// What a namespace exports, in the order in which it is declared.
    fn exported_symbols(
        &self,
        namespace: &'a TSNamespaceDeclaration<'a>,
    ) -> Vec<(SymbolId, String)> {
        if let TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) = &namespace.body {
            let symbol = inner.id.symbol_id.get();
            return symbol.map(|symbol| (symbol, inner.id.name.to_string())).into_iter().collect();
        }
        let scoping = self.semantic.scoping();
        let Some(scope) = namespace.scope_id.get() else { return Vec::new() };
        let is_ambient = self.is_ambient(namespace);
        let mut symbols: Vec<_> = scoping
            .get_bindings(scope)
            .iter()
            .map(|(name, symbol)| (*symbol, name.to_string()))
            .filter(|(symbol, _)| is_ambient || self.is_exported(*symbol))
            .collect();
        symbols.sort_unstable_by_key(|(symbol, _)| scoping.symbol_span(*symbol).start);
        symbols
    }

    fn is_ambient(&self, namespace: &TSNamespaceDeclaration<'a>) -> bool {
        namespace.declare
            || self
                .semantic
                .nodes()
                .ancestor_kinds(namespace.node_id.get())
                .any(|kind| matches!(kind, AstKind::TSNamespaceDeclaration(outer) if outer.declare))
    }

    fn is_exported(&self, symbol: SymbolId) -> bool {
        let nodes = self.semantic.nodes();
        self.semantic.scoping().symbol_declarations(symbol).any(|declaration| {
            let mut around = nodes.ancestor_kinds(declaration);
            around
                .find(|kind| !matches!(kind, AstKind::VariableDeclaration(_)))
                .is_some_and(|kind| matches!(kind, AstKind::ExportDeclaration(_)))
        })
    }

    /// What an enum or namespace around gives a name that its own declaration does not have.
    pub(super) fn merged_around(&self, name: &IdentifierReference<'a>) -> Option<Values<'a>> {
        let nodes = self.semantic.nodes();
        let merges = self.merges.get_or_init(|| {
            nodes.iter().any(|node| {
                matches!(
                    node.kind(),
                    AstKind::TSEnumDeclaration(_) | AstKind::TSNamespaceDeclaration(_)
                )
            })
        });
        if !merges {
            return None;
        }
        let key = Key::name(name.name.as_str());
        nodes.ancestor_kinds(name.node_id.get()).find_map(|kind| {
            let symbol = match kind {
                AstKind::TSEnumDeclaration(declaration) => declaration.id.symbol_id.get(),
                AstKind::TSNamespaceDeclaration(namespace) => namespace.id.symbol_id.get(),
                _ => None,
            }?;
            let values = self.merged_member(symbol, &key, Values::default());
            let is_known = values.iter().any(|value| !matches!(value, Value::Forwarded));
            is_known.then_some(values)
        })
    }

    /// Every member of what a symbol merges.
    pub(super) fn merged_members(&self, symbol: SymbolId) -> Vec<MergedMember<'a>> {
        let scoping = self.semantic.scoping();
        let mut members = Vec::new();
        for declaration in scoping.symbol_declarations(symbol) {
            match self.semantic.nodes().kind(declaration) {
                AstKind::TSEnumDeclaration(declaration) => {
                    members.extend(declaration.body.members.iter().map(|member| MergedMember {
                        name: member.id.static_name().to_string(),
                        values: member.initializer.as_ref().map_or_else(
                            || Values::one(Value::Nothing),
                            |initializer| self.values(initializer),
                        ),
                        span: member.span,
                    }));
                }
                AstKind::TSNamespaceDeclaration(namespace) => {
                    for (symbol, name) in self.exported_symbols(namespace) {
                        let values = self.shared_values(symbol);
                        let is_function = |value: &Value<'_>| matches!(value, Value::Function(_));
                        if !values.iter().all(is_function) {
                            let span = self.declaration_span(symbol);
                            members.push(MergedMember { name, values, span });
                        }
                    }
                }
                _ => {}
            }
        }
        members
    }

    fn declaration_span(&self, symbol: SymbolId) -> Span {
        let scoping = self.semantic.scoping();
        self.semantic.nodes().kind(scoping.symbol_declaration(symbol)).span()
    }
}
