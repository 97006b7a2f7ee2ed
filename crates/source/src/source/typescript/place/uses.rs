//! What is done with the object of a reference.

use oxc_ast::AstKind;
use oxc_ast::ast::{BindingPattern, CallExpression, Expression};
use oxc_span::{GetSpan, Span};
use oxc_syntax::node::NodeId;
use oxc_syntax::operator::UnaryOperator;

use super::{Use, is_transparent};
use crate::source::typescript::evaluate::Evaluator;
use crate::source::typescript::value::Callable;

impl<'a> Evaluator<'a, '_> {
    /// What the expression around a reference does with its object.
    pub(super) fn use_at(&self, reference: NodeId) -> Use {
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
            (Some(index), Some(function)) if !self.changes_parameter(function, index) => Use::Read,
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
    fn changes_parameter(&self, function: Callable<'a>, index: usize) -> bool {
        let Some(parameter) = function.parameters().items.get(index) else {
            return function.parameters().rest.is_some();
        };
        let BindingPattern::BindingIdentifier(name) = &parameter.pattern else { return false };
        let Some(symbol) = name.symbol_id.get() else { return true };
        let known = self.changed_parameters.borrow().get(&symbol).copied();
        if let Some(known) = known {
            return known.unwrap_or(true);
        }
        self.changed_parameters.borrow_mut().insert(symbol, None);
        let changes = self.semantic.scoping().get_resolved_references(symbol).any(|reference| {
            // Another value assigned to the parameter changes nothing for the caller.
            !reference.is_write()
                && matches!(self.use_at(reference.node_id()), Use::Changed | Use::Escaped)
        });
        self.changed_parameters.borrow_mut().insert(symbol, Some(changes));
        changes
    }
}
