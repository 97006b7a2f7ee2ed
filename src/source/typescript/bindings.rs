//! What the symbols of a module may hold: constants, variables, parameters, imports.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    BindingPattern, Expression, FormalParameter, IdentifierReference, ImportDeclaration,
    VariableDeclarator,
};
use oxc_syntax::node::NodeId;
use oxc_syntax::symbol::SymbolId;

use super::evaluate::Evaluator;
use super::members::Key;
use super::value::{Callable, ImportPath, Parameter, Step, Value, Values};

/// One step of a destructuring pattern from the whole to a name.
enum PatternStep<'a> {
    Key(Key),
    Default(&'a Expression<'a>),
}

impl<'a> Evaluator<'a, '_> {
    /// Everything that a symbol may hold, whichever assignment came last.
    pub(super) fn symbol_values(&self, symbol: SymbolId) -> Values<'a> {
        if let Some(values) = self.symbols.borrow().get(&symbol) {
            return values.clone();
        }
        let active = self.active_symbols.borrow().iter().position(|active| *active == symbol);
        if let Some(start) = active {
            self.cycle_start.set(self.cycle_start.get().min(start));
            return Values::default();
        }
        let depth = self.active_symbols.borrow().len();
        self.active_symbols.borrow_mut().push(symbol);
        let mut values = Values::default();
        for declaration in self.semantic.scoping().symbol_declarations(symbol) {
            values.extend(self.declared(symbol, declaration));
        }
        values.extend(self.assigned(symbol));
        self.active_symbols.borrow_mut().pop();
        // What was cut short because of a cycle is only right for the symbol at its start.
        if self.cycle_start.get() >= depth {
            self.cycle_start.set(usize::MAX);
            if !self.cut_in_function.get() {
                self.symbols.borrow_mut().insert(symbol, values.clone());
            }
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
            AstKind::TSEnumDeclaration(declaration) => Values::one(Value::Enum(declaration)),
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

    fn declarator(&self, symbol: SymbolId, declarator: &'a VariableDeclarator<'a>) -> Values<'a> {
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
        if let Some(default) = &parameter.initializer {
            whole.extend(self.values(default));
        }
        self.destructured(whole, &parameter.pattern, symbol)
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
        let mut values = whole;
        for step in steps.iter().rev() {
            values = match step {
                PatternStep::Key(key) => self.field(&values, key),
                PatternStep::Default(default) => values.and(self.values(default)),
            };
        }
        values
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
                array
                    .rest
                    .as_ref()
                    .is_some_and(|rest| self.find_in_pattern(&rest.argument, symbol, steps))
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
            match self.semantic.nodes().parent_kind(reference.node_id()) {
                AstKind::AssignmentExpression(assignment) => {
                    let operator = assignment.operator;
                    if operator.is_assign() || operator.is_logical() {
                        values.extend(self.values(&assignment.right));
                    } else {
                        values.add(Value::Opaque);
                    }
                }
                AstKind::UpdateExpression(_) => values.add(Value::Nothing),
                _ => values.add(Value::Forwarded),
            }
        }
        values
    }
}
