//! Places: a variable with the names that stand for the same object, and what is done with it.

mod uses;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, CallExpression, Expression, MemberExpression, VariableDeclarationKind,
};
use oxc_span::GetSpan;
use oxc_syntax::node::NodeId;
use oxc_syntax::symbol::SymbolId;

use super::calls::is_function;
use super::evaluate::Evaluator;
use super::value::Value;

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
            | Value::Router(_)
    )
}

/// The first argument of a call.
pub(super) fn first_argument<'t, 'a>(call: &'t CallExpression<'a>) -> Option<&'t Expression<'a>> {
    call.arguments.first().and_then(Argument::as_expression)
}
