//! Places: a variable with the names that stand for the same object, and what is done with it.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, BindingPattern, CallExpression, Expression, MemberExpression, VariableDeclarationKind,
};
use oxc_span::{GetSpan, Span};
use oxc_syntax::node::NodeId;
use oxc_syntax::operator::UnaryOperator;
use oxc_syntax::symbol::SymbolId;

use super::calls::is_function;
use super::evaluate::Evaluator;
use super::value::{Callable, Value};

/// What a reference to a place does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It takes the value.
    Read,
    /// It assigns to the variable.
    Assigned,
    /// It changes a member of the object.
    Changed,
    /// It hands the object to something that may change it.
    Escaped,
}

/// A variable, and what is done with it.
pub(super) struct Place {
    pub(super) symbol: SymbolId,
    /// Each reference to it by any of its names.
    pub(super) uses: HashMap<NodeId, Use>,
    /// The function, or the program, whose variable it is.
    pub(super) function: NodeId,
    /// Every node around a reference, up to the function.
    pub(super) touched: HashSet<NodeId>,
    /// It is assigned to, or its object changes.
    pub(super) changes: bool,
    /// Its object may be changed by what it is handed to.
    pub(super) escapes: bool,
    /// A nested function changes it.
    pub(super) closures_change: bool,
    /// A nested function assigns to it.
    pub(super) closures_assign: bool,
    /// There are nested functions that use it, and no call that ends before this offset runs one.
    pub(super) callable_from: Option<u32>,
}

/// Chains of names for one object, and of functions that hand it on, are followed so far.
const LONGEST_CHAIN: usize = 8;

impl<'a> Evaluator<'a, '_> {
    /// The place that a symbol names.
    pub(super) fn place(&self, symbol: SymbolId) -> Rc<Place> {
        let symbol = self.original(symbol);
        if let Some(place) = self.places.borrow().get(&symbol) {
            return Rc::clone(place);
        }
        let place = Rc::new(self.find_place(symbol));
        self.places.borrow_mut().insert(symbol, Rc::clone(&place));
        place
    }

    /// The symbol that `const alias = symbol` stands for.
    fn original(&self, symbol: SymbolId) -> SymbolId {
        let mut symbol = symbol;
        for _ in 0..LONGEST_CHAIN {
            match self.aliased(symbol) {
                Some(original) if original != symbol => symbol = original,
                _ => break,
            }
        }
        symbol
    }

    fn aliased(&self, symbol: SymbolId) -> Option<SymbolId> {
        let scoping = self.semantic.scoping();
        let declaration = scoping.symbol_declaration(symbol);
        let AstKind::VariableDeclarator(declarator) = self.semantic.nodes().kind(declaration)
        else {
            return None;
        };
        let is_const = matches!(
            self.semantic.nodes().parent_kind(declaration),
            AstKind::VariableDeclaration(list) if list.kind == VariableDeclarationKind::Const
        );
        if !is_const || !declarator.id.is_binding_identifier() {
            return None;
        }
        let Expression::Identifier(init) = declarator.init.as_ref()?.get_inner_expression() else {
            return None;
        };
        let original = self.symbol_of(init)?;
        (!scoping.symbol_is_mutated(original)).then_some(original)
    }

    fn find_place(&self, symbol: SymbolId) -> Place {
        let scoping = self.semantic.scoping();
        let nodes = self.semantic.nodes();
        let mut names = vec![symbol];
        let mut uses = HashMap::new();
        let mut at = 0;
        while let Some(name) = names.get(at).copied() {
            at += 1;
            for reference in scoping.get_resolved_references(name) {
                let id = reference.node_id();
                let used = if reference.is_write() {
                    Use::Assigned
                } else {
                    match self.alias_made_of(id) {
                        Some(alias) if self.aliased(alias) == Some(name) => {
                            if !names.contains(&alias) {
                                names.push(alias);
                            }
                            Use::Read
                        }
                        _ => self.use_at(id),
                    }
                };
                uses.insert(id, used);
            }
        }
        let function = self.function_around(scoping.get_node_id(scoping.symbol_scope_id(symbol)));
        let has = |wanted: &[Use]| uses.values().any(|used| wanted.contains(used));
        let mut place = Place {
            symbol,
            function,
            touched: HashSet::new(),
            changes: has(&[Use::Assigned, Use::Changed]),
            escapes: has(&[Use::Escaped]),
            closures_change: false,
            closures_assign: false,
            callable_from: None,
            uses: HashMap::new(),
        };
        if place.changes || place.escapes {
            for (id, used) in &uses {
                let mut closure = None;
                for ancestor in nodes.ancestor_ids(*id).take_while(|ancestor| *ancestor != function)
                {
                    place.touched.insert(ancestor);
                    if is_closure(nodes.kind(ancestor)) {
                        closure = Some(ancestor);
                    }
                }
                if let Some(closure) = closure {
                    place.closures_assign |= *used == Use::Assigned;
                    place.closures_change |= matches!(used, Use::Assigned | Use::Changed);
                    let from = self.callable_from(closure, function);
                    place.callable_from =
                        Some(place.callable_from.map_or(from, |earlier| earlier.min(from)));
                }
            }
        }
        place.uses = uses;
        place
    }

    /// The function at or around a node, else the program.
    fn function_around(&self, node: NodeId) -> NodeId {
        let nodes = self.semantic.nodes();
        std::iter::once(node)
            .chain(nodes.ancestor_ids(node))
            .find(|id| {
                is_function(nodes.kind(*id)) || matches!(nodes.kind(*id), AstKind::Program(_))
            })
            .unwrap_or(node)
    }

    /// No call that ends before this offset can run a nested function.
    fn callable_from(&self, closure: NodeId, function: NodeId) -> u32 {
        let nodes = self.semantic.nodes();
        let scoping = self.semantic.scoping();
        let kind = nodes.kind(closure);
        let created = match kind {
            AstKind::Function(f) if f.is_declaration() => {
                let symbol = f.id.as_ref().and_then(|id| id.symbol_id.get());
                let mut first = u32::MAX;
                let references =
                    symbol.into_iter().flat_map(|s| scoping.get_resolved_references(s));
                for reference in references {
                    let id = reference.node_id();
                    if nodes.ancestor_ids(id).any(|ancestor| ancestor == closure) {
                        continue;
                    }
                    // A function that refers to it may be called anywhere; a list of exports calls none.
                    if matches!(nodes.parent_kind(id), AstKind::ExportSpecifier(_)) {
                        continue;
                    }
                    if self.function_around(id) != function {
                        return 0;
                    }
                    first = first.min(self.start_of_loop(id, function));
                }
                return first;
            }
            _ => closure,
        };
        self.start_of_loop(created, function)
    }

    /// Where the outermost loop around a node begins, else the node.
    fn start_of_loop(&self, node: NodeId, function: NodeId) -> u32 {
        let nodes = self.semantic.nodes();
        let outermost = nodes
            .ancestor_ids(node)
            .take_while(|ancestor| *ancestor != function)
            .filter(|ancestor| {
                matches!(
                    nodes.kind(*ancestor),
                    AstKind::WhileStatement(_)
                        | AstKind::DoWhileStatement(_)
                        | AstKind::ForStatement(_)
                        | AstKind::ForInStatement(_)
                        | AstKind::ForOfStatement(_)
                )
            })
            .last();
        nodes.kind(outermost.unwrap_or(node)).span().start
    }

    /// The variable that `const alias = reference` declares.
    fn alias_made_of(&self, reference: NodeId) -> Option<SymbolId> {
        let kind =
            self.semantic.nodes().ancestor_kinds(reference).find(|kind| !is_transparent(*kind));
        let Some(AstKind::VariableDeclarator(declarator)) = kind else { return None };
        declarator.id.get_binding_identifier()?.symbol_id.get()
    }

    /// What the expression around a reference does with its object.
    fn use_at(&self, reference: NodeId) -> Use {
        let nodes = self.semantic.nodes();
        let mut child = nodes.kind(reference).span();
        for kind in nodes.ancestor_kinds(reference) {
            match kind {
                kind if is_transparent(kind) => {}
                AstKind::ConditionalExpression(conditional) if conditional.test.span() != child => {
                }
                AstKind::LogicalExpression(_)
                | AstKind::AwaitExpression(_)
                | AstKind::SequenceExpression(_)
                | AstKind::ChainExpression(_) => {}
                AstKind::StaticMemberExpression(member) => {
                    return self.use_of_member(member.node_id.get());
                }
                AstKind::ComputedMemberExpression(member) if member.object.span() == child => {
                    return self.use_of_member(member.node_id.get());
                }
                AstKind::PrivateFieldExpression(member) => {
                    return self.use_of_member(member.node_id.get());
                }
                AstKind::CallExpression(call) if call.callee.span() != child => {
                    return self.use_by_call(call, child);
                }
                AstKind::NewExpression(new) if new.callee.span() != child => {
                    let harmless = ["Request", "Response", "Headers", "URL"]
                        .iter()
                        .any(|name| self.is_global(&new.callee, name));
                    return if harmless { Use::Read } else { Use::Escaped };
                }
                AstKind::ObjectProperty(property) if property.value.span() == child => {
                    return Use::Escaped;
                }
                AstKind::ArrayExpression(_) => return Use::Escaped,
                AstKind::AssignmentExpression(assignment) if assignment.right.span() == child => {
                    let destructures = assignment.left.as_assignment_target_pattern().is_some();
                    return if destructures { Use::Read } else { Use::Escaped };
                }
                AstKind::VariableDeclarator(declarator) => {
                    let is_pattern = !declarator.id.is_binding_identifier();
                    return if is_pattern { Use::Read } else { Use::Escaped };
                }
                _ => return Use::Read,
            }
            child = kind.span();
        }
        Use::Read
    }

    /// What is done with a member, or a member of it.
    fn use_of_member(&self, member: NodeId) -> Use {
        let nodes = self.semantic.nodes();
        let mut child = nodes.kind(member).span();
        for kind in nodes.ancestor_kinds(member) {
            match kind {
                kind if is_transparent(kind) => {}
                AstKind::ChainExpression(_) => {}
                AstKind::StaticMemberExpression(_) | AstKind::PrivateFieldExpression(_) => {}
                AstKind::ComputedMemberExpression(member) if member.object.span() == child => {}
                AstKind::AssignmentExpression(assignment) => {
                    let is_target = assignment.left.span() == child;
                    return if is_target { Use::Changed } else { Use::Read };
                }
                AstKind::UnaryExpression(unary) if unary.operator == UnaryOperator::Delete => {
                    return Use::Changed;
                }
                AstKind::UpdateExpression(_)
                | AstKind::ArrayAssignmentTarget(_)
                | AstKind::AssignmentTargetRest(_) => return Use::Changed,
                AstKind::AssignmentTargetPropertyProperty(property) => {
                    let is_target = property.binding.span() == child;
                    return if is_target { Use::Changed } else { Use::Read };
                }
                AstKind::AssignmentTargetWithDefault(target) => {
                    let is_target = target.binding.span() == child;
                    return if is_target { Use::Changed } else { Use::Read };
                }
                AstKind::ForOfStatement(statement) => {
                    let is_target = statement.left.span() == child;
                    return if is_target { Use::Changed } else { Use::Read };
                }
                AstKind::ForInStatement(statement) => {
                    let is_target = statement.left.span() == child;
                    return if is_target { Use::Changed } else { Use::Read };
                }
                _ => return Use::Read,
            }
            child = kind.span();
        }
        Use::Read
    }

    fn use_by_call(&self, call: &'a CallExpression<'a>, argument: Span) -> Use {
        let index = call.arguments.iter().position(|a| a.span() == argument);
        let callee = call.callee.get_inner_expression();
        if let Some(member) = callee.as_member_expression() {
            let name = member.static_property_name().unwrap_or("");
            let is_one_of =
                |names: &[&str]| names.iter().any(|n| self.is_global(member.object(), n));
            if is_one_of(&["Object", "Reflect"]) {
                let changes = matches!(
                    name,
                    "assign"
                        | "defineProperty"
                        | "defineProperties"
                        | "set"
                        | "setPrototypeOf"
                        | "deleteProperty"
                );
                return if changes && index == Some(0) { Use::Changed } else { Use::Read };
            }
            if is_one_of(&["console", "JSON", "Array", "Promise"]) || name == "fetch" {
                return Use::Read;
            }
        }
        let harmless = ["fetch", "String", "Boolean", "structuredClone", "isNaN"];
        if harmless.iter().any(|name| self.is_global(callee, name)) {
            return Use::Read;
        }
        match (index, self.local_function(callee)) {
            (Some(index), Some(function)) if !self.changes_parameter(function, index, 0) => {
                Use::Read
            }
            _ => Use::Escaped,
        }
    }

    /// The function of the module that a name certainly is.
    fn local_function(&self, callee: &Expression<'a>) -> Option<Callable<'a>> {
        let Expression::Identifier(name) = callee else { return None };
        let symbol = self.symbol_of(name)?;
        let scoping = self.semantic.scoping();
        if scoping.symbol_is_mutated(symbol) {
            return None;
        }
        match self.semantic.nodes().kind(scoping.symbol_declaration(symbol)) {
            AstKind::Function(f) if f.body.is_some() => Some(Callable::Function(f)),
            AstKind::VariableDeclarator(declarator) => {
                match declarator.init.as_ref()?.get_inner_expression() {
                    Expression::ArrowFunctionExpression(f) => Some(Callable::Arrow(f)),
                    Expression::FunctionExpression(f) => Some(Callable::Function(f)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a function may change the object that it is handed as the parameter at `index`.
    fn changes_parameter(&self, function: Callable<'a>, index: usize, depth: usize) -> bool {
        let Some(parameter) = function.parameters().items.get(index) else {
            return function.parameters().rest.is_some();
        };
        let BindingPattern::BindingIdentifier(name) = &parameter.pattern else { return false };
        let Some(symbol) = name.symbol_id.get() else { return true };
        if depth >= LONGEST_CHAIN || !self.active_parameters.borrow_mut().insert(symbol) {
            return true;
        }
        let changes = self.semantic.scoping().get_resolved_references(symbol).any(|reference| {
            // Another value assigned to the parameter changes nothing for the caller.
            !reference.is_write()
                && matches!(self.use_at(reference.node_id()), Use::Changed | Use::Escaped)
        });
        self.active_parameters.borrow_mut().remove(&symbol);
        changes
    }
}

/// The variable at the root of a member expression, and whether members lie between.
pub(super) fn root<'t, 'a>(member: &'t MemberExpression<'a>) -> Option<(&'t Expression<'a>, bool)> {
    let mut object = member.object().get_inner_expression();
    let mut is_deep = false;
    loop {
        match object {
            Expression::Identifier(_) => return Some((object, is_deep)),
            Expression::ChainExpression(chain) => {
                object = chain.expression.as_member_expression()?.object().get_inner_expression();
            }
            other => object = other.as_member_expression()?.object().get_inner_expression(),
        }
        is_deep = true;
    }
}

/// Nodes whose code runs later than what is around them.
fn is_closure(kind: AstKind<'_>) -> bool {
    is_function(kind)
        || matches!(kind, AstKind::PropertyDefinition(property) if !property.r#static)
        || matches!(kind, AstKind::AccessorProperty(property) if !property.r#static)
}

/// Nodes that stand for the expression in them.
fn is_transparent(kind: AstKind<'_>) -> bool {
    matches!(
        kind,
        AstKind::ParenthesizedExpression(_)
            | AstKind::TSAsExpression(_)
            | AstKind::TSNonNullExpression(_)
            | AstKind::TSTypeAssertion(_)
            | AstKind::TSSatisfiesExpression(_)
    )
}

/// Whether a value is an object that members can be set of.
pub(super) fn can_change(value: &Value<'_>) -> bool {
    !matches!(
        value,
        Value::Text { .. }
            | Value::Nothing
            | Value::Missing(_)
            | Value::Partial { .. }
            | Value::Opaque
            | Value::Undecided
    )
}

/// The first argument of a call.
pub(super) fn first_argument<'t, 'a>(call: &'t CallExpression<'a>) -> Option<&'t Expression<'a>> {
    call.arguments.first().and_then(Argument::as_expression)
}
