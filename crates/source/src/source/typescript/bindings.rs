//! What the symbols of a module may hold: constants, variables, parameters, imports.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    BindingPattern, Expression, FormalParameter, IdentifierReference, ImportDeclaration,
    TSImportEqualsDeclaration, TSModuleReference, TSQualifiedName, TSTypeName, VariableDeclarator,
};
use oxc_span::GetSpan;
use oxc_syntax::node::NodeId;
use oxc_syntax::symbol::SymbolId;

use super::evaluate::{Evaluator, Slot};
use super::members::Key;
use super::place::first_argument;
use super::targets::PatternStep;
use super::value::{Callable, ImportPath, Parameter, Step, Value, Values};

impl<'a> Evaluator<'a, '_> {
    /// Everything that a symbol may hold, whichever assignment came last.
    pub(super) fn symbol_values(&self, symbol: SymbolId) -> Values<'a> {
        self.remembered(Slot::Symbol(symbol), || {
            let mut values = Values::default();
            for declaration in self.semantic.scoping().symbol_declarations(symbol) {
                values.extend(self.declared(symbol, declaration));
            }
            values.extend(self.assigned(symbol));
            values
        })
    }

    /// What a symbol is declared as, other than as a variable.
    pub(super) fn declared_values(&self, symbol: SymbolId) -> Values<'a> {
        let nodes = self.semantic.nodes();
        self.semantic
            .scoping()
            .symbol_declarations(symbol)
            .filter(|id| !matches!(nodes.kind(*id), AstKind::VariableDeclarator(_)))
            .flat_map(|declaration| self.declared(symbol, declaration))
            .collect()
    }

    /// What `evaluate` says, once; nothing where that is being asked already.
    pub(super) fn remembered(
        &self,
        slot: Slot,
        evaluate: impl FnOnce() -> Values<'a>,
    ) -> Values<'a> {
        let known = self.slots.borrow().get(&slot).cloned();
        if let Some(values) = known.or_else(|| self.provisional.borrow().get(&slot).cloned()) {
            return values;
        }
        let active = self.active_slots.borrow().iter().position(|active| *active == slot);
        if let Some(start) = active {
            self.cycle_start.set(self.cycle_start.get().min(start));
            return Values::default();
        }
        let depth = self.active_slots.borrow().len();
        self.active_slots.borrow_mut().push(slot);
        let values = evaluate();
        self.active_slots.borrow_mut().pop();
        // What was cut short because of a cycle is only right for the slot at its start. The slots
        // within are kept until the outermost one is known, so that none is evaluated time and again.
        if self.cycle_start.get() >= depth {
            self.cycle_start.set(usize::MAX);
            if !self.cut_in_function.get() {
                self.slots.borrow_mut().insert(slot, values.clone());
            }
        } else {
            self.provisional.borrow_mut().insert(slot, values.clone());
        }
        if depth == 0 {
            self.provisional.borrow_mut().clear();
        }
        values
    }

    fn declared(&self, symbol: SymbolId, declaration: NodeId) -> Values<'a> {
        let nodes = self.semantic.nodes();
        match nodes.kind(declaration) {
            AstKind::VariableDeclarator(declarator) => self.declarator(symbol, declarator),
            AstKind::Function(f) if f.body.is_some() => {
                Values::one(Value::Function(Callable::Function(f)))
            }
            AstKind::Class(class) if !class.declare => Values::one(Value::Class(class)),
            AstKind::TSEnumDeclaration(_) | AstKind::TSNamespaceDeclaration(_) => {
                Values::one(Value::Merged(symbol))
            }
            AstKind::TSImportEqualsDeclaration(import) => self.import_equals(import),
            AstKind::TSEnumMember(member) => match &member.initializer {
                Some(initializer) => self.values(initializer),
                None => Values::one(Value::Nothing),
            },
            AstKind::FormalParameter(parameter) => self.parameter(symbol, parameter),
            AstKind::ImportSpecifier(specifier) => {
                let name = specifier.imported.name().to_string();
                self.import(declaration, Some(name))
            }
            AstKind::ImportDefaultSpecifier(_) => {
                self.import(declaration, Some("default".to_owned()))
            }
            AstKind::ImportNamespaceSpecifier(_) => self.import(declaration, None),
            // Types have no values, and an overload's are those of its implementation.
            AstKind::TSTypeAliasDeclaration(_)
            | AstKind::TSInterfaceDeclaration(_)
            | AstKind::Function(_) => Values::default(),
            _ => Values::one(Value::Forwarded),
        }
    }

    pub(super) fn declarator(
        &self,
        symbol: SymbolId,
        declarator: &'a VariableDeclarator<'a>,
    ) -> Values<'a> {
        let whole = match &declarator.init {
            Some(init) => self.values(init),
            None => self.looped_over(declarator),
        };
        self.destructured(whole, &declarator.id, symbol)
    }

    /// What `for (const x of …)` gives its variable; nothing where a variable is only declared.
    fn looped_over(&self, declarator: &'a VariableDeclarator<'a>) -> Values<'a> {
        let nodes = self.semantic.nodes();
        let declaration = nodes.parent_id(declarator.node_id.get());
        match nodes.parent_kind(declaration) {
            AstKind::ForOfStatement(statement) => {
                self.member(&self.values(&statement.right), &Key::Any)
            }
            AstKind::ForInStatement(_) => Values::one(Value::Forwarded),
            _ => Values::one(Value::Nothing),
        }
    }

    fn parameter(&self, symbol: SymbolId, parameter: &'a FormalParameter<'a>) -> Values<'a> {
        let nodes = self.semantic.nodes();
        let list = nodes.parent_id(parameter.node_id.get());
        let AstKind::FormalParameters(parameters) = nodes.kind(list) else {
            return Values::one(Value::Forwarded);
        };
        let index = parameters
            .items
            .iter()
            .position(|item| item.node_id == parameter.node_id)
            .unwrap_or(usize::MAX);
        let function = nodes.parent_id(list);
        let mut whole =
            Values::one(Value::Parameter(Parameter { function, index, path: Vec::new() }));
        if index == 0 {
            whole.extend(self.handed_to_callback(function));
        }
        if let Some(default) = &parameter.initializer {
            whole.extend(self.values(default));
        }
        self.destructured(whole, &parameter.pattern, symbol)
    }

    /// What methods of arrays and promises hand to the function that they are given.
    fn handed_to_callback(&self, function: NodeId) -> Values<'a> {
        let nodes = self.semantic.nodes();
        let AstKind::CallExpression(call) = nodes.parent_kind(function) else {
            return Values::default();
        };
        let is_callback =
            first_argument(call).map(GetSpan::span) == Some(nodes.kind(function).span());
        let Some(method) = call.callee.get_inner_expression().as_member_expression() else {
            return Values::default();
        };
        let name = method.static_property_name();
        let handed = match name {
            Some("then") if is_callback => self.values(method.object()),
            Some(
                "forEach" | "map" | "flatMap" | "filter" | "find" | "findLast" | "some" | "every",
            ) if is_callback => self.member(&self.values(method.object()), &Key::Any),
            _ => Values::default(),
        };
        handed.into_iter().filter(|value| !matches!(value, Value::Forwarded)).collect()
    }

    /// `import x = require('m')` and `import x = A.B`.
    fn import_equals(&self, import: &'a TSImportEqualsDeclaration<'a>) -> Values<'a> {
        if import.import_kind.is_type() {
            return Values::default();
        }
        match &import.module_reference {
            TSModuleReference::ExternalModuleReference(module) => {
                Values::one(Value::Import(ImportPath {
                    specifier: module.expression.value.to_string(),
                    steps: Vec::new(),
                }))
            }
            TSModuleReference::IdentifierReference(name) => self.identifier(name),
            TSModuleReference::QualifiedName(name) => self.qualified(name),
        }
    }

    fn qualified(&self, name: &'a TSQualifiedName<'a>) -> Values<'a> {
        let mut names = vec![name.right.name.as_str()];
        let mut left = &name.left;
        let root = loop {
            match left {
                TSTypeName::IdentifierReference(root) => break root,
                TSTypeName::QualifiedName(name) => {
                    names.push(name.right.name.as_str());
                    left = &name.left;
                }
                TSTypeName::ThisExpression(_) => return Values::one(Value::Forwarded),
            }
        };
        let whole = self.identifier(root);
        names.iter().rev().fold(whole, |values, name| self.member(&values, &Key::name(*name)))
    }

    fn import(&self, specifier: NodeId, name: Option<String>) -> Values<'a> {
        let Some(AstKind::ImportDeclaration(ImportDeclaration { source, .. })) =
            self.semantic.nodes().ancestor_kinds(specifier).next()
        else {
            return Values::one(Value::Forwarded);
        };
        Values::one(Value::Import(ImportPath {
            specifier: source.value.to_string(),
            steps: name.map(Step::Member).into_iter().collect(),
        }))
    }

    /// What `symbol` holds after `whole` was taken apart by `pattern`.
    fn destructured(
        &self,
        whole: Values<'a>,
        pattern: &'a BindingPattern<'a>,
        symbol: SymbolId,
    ) -> Values<'a> {
        let mut steps = Vec::new();
        if !self.find_in_pattern(pattern, symbol, &mut steps) {
            return Values::one(Value::Forwarded);
        }
        self.stepped(whole, steps.iter().rev())
    }

    /// Notes the steps to `symbol` from the innermost outwards; false if it is not in `pattern`.
    fn find_in_pattern(
        &self,
        pattern: &'a BindingPattern<'a>,
        symbol: SymbolId,
        steps: &mut Vec<PatternStep<'a>>,
    ) -> bool {
        match pattern {
            BindingPattern::BindingIdentifier(name) => name.symbol_id.get() == Some(symbol),
            BindingPattern::AssignmentPattern(assignment) => {
                let found = self.find_in_pattern(&assignment.left, symbol, steps);
                if found {
                    steps.push(PatternStep::Default(&assignment.right));
                }
                found
            }
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    if self.find_in_pattern(&property.value, symbol, steps) {
                        steps.push(PatternStep::Key(self.key(&property.key, property.computed)));
                        return true;
                    }
                }
                // What is left over still has every property that can be asked of it.
                object
                    .rest
                    .as_ref()
                    .is_some_and(|rest| self.find_in_pattern(&rest.argument, symbol, steps))
            }
            BindingPattern::ArrayPattern(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    let Some(element) = element else { continue };
                    if self.find_in_pattern(element, symbol, steps) {
                        steps.push(PatternStep::Key(Key::name(index.to_string())));
                        return true;
                    }
                }
                let Some(rest) = &array.rest else { return false };
                let found = self.find_in_pattern(&rest.argument, symbol, steps);
                if found {
                    steps.push(PatternStep::From(array.elements.len()));
                }
                found
            }
        }
    }

    /// The initializer of a variable that is never assigned to again.
    pub(super) fn initializer(
        &self,
        identifier: &IdentifierReference<'a>,
    ) -> Option<&'a Expression<'a>> {
        let symbol = self.symbol_of(identifier)?;
        let scoping = self.semantic.scoping();
        let declaration = scoping.symbol_declaration(symbol);
        match self.semantic.nodes().kind(declaration) {
            AstKind::VariableDeclarator(declarator)
                if declarator.id.is_binding_identifier() && !scoping.symbol_is_mutated(symbol) =>
            {
                declarator.init.as_ref()
            }
            _ => None,
        }
    }

    /// What is assigned to a symbol after its declaration.
    fn assigned(&self, symbol: SymbolId) -> Values<'a> {
        let mut values = Values::default();
        for reference in self.semantic.scoping().get_resolved_references(symbol) {
            if !reference.is_write() {
                continue;
            }
            let by = self.semantic.nodes().ancestor_ids(reference.node_id()).find(|id| {
                matches!(
                    self.semantic.nodes().kind(*id),
                    AstKind::AssignmentExpression(_)
                        | AstKind::UpdateExpression(_)
                        | AstKind::ForOfStatement(_)
                        | AstKind::ForInStatement(_)
                )
            });
            let Some(by) = by else { continue };
            match self.semantic.nodes().kind(by) {
                AstKind::AssignmentExpression(assignment)
                    if !assignment.operator.is_assign() && !assignment.operator.is_logical() =>
                {
                    values.add(Value::Opaque);
                }
                _ => values.extend(self.assigned_to(by, reference.node_id())),
            }
        }
        values
    }
}
