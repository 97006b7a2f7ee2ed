//! The methods that a handler of `pages/api` takes, where it says so itself.

use oxc_ast::AstKind;
use oxc_ast::ast::{BindingPattern, Expression};
use oxc_span::{GetSpan, Span};
use oxc_syntax::node::NodeId;
use oxc_syntax::operator::BinaryOperator;
use oxc_syntax::symbol::SymbolId;

use super::evaluate::Evaluator;
use super::members::Key;
use super::value::{Callable, Value};

/// The names of the methods that requests have.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
/// What a browser or a cache asks by itself.
const PROTOCOL: [&str; 2] = ["HEAD", "OPTIONS"];
/// Method Not Allowed.
const REFUSED: f64 = 405.0;

/// The methods that the default export compares its request's with, where it is certain that it
/// refuses the others: it answers some with 405. None where that cannot be told.
pub(super) fn handled(evaluator: &Evaluator<'_, '_>) -> Option<Vec<String>> {
    let function = default_function(evaluator)?;
    let nodes = evaluator.semantic.nodes();
    let range = nodes.kind(function.id()).span();
    let refusals: Vec<Span> = nodes
        .iter()
        .filter_map(|node| match node.kind() {
            AstKind::NumericLiteral(number) if number.value == REFUSED => Some(number.span),
            _ => None,
        })
        .filter(|span| within(*span, range))
        .collect();
    if refusals.is_empty() {
        return None;
    }
    let mut names = Vec::new();
    for read in reads_of_method(evaluator, function) {
        names.extend(compared(evaluator, read, &refusals)?);
    }
    names.sort_unstable();
    names.dedup();
    names.retain(|name| METHODS.contains(&name.as_str()));
    if names.iter().any(|name| !PROTOCOL.contains(&name.as_str())) {
        names.retain(|name| !PROTOCOL.contains(&name.as_str()));
    }
    (!names.is_empty()).then_some(names)
}

fn default_function<'a>(evaluator: &Evaluator<'a, '_>) -> Option<Callable<'a>> {
    use oxc_ast::ast::ExportDefaultDeclarationKind as Kind;
    let nodes = evaluator.semantic.nodes();
    nodes.iter().find_map(|node| {
        let AstKind::ExportDefaultDeclaration(export) = node.kind() else { return None };
        if let Kind::FunctionDeclaration(function) = &export.declaration {
            return function.body.is_some().then_some(Callable::Function(function));
        }
        let values = evaluator.values(export.declaration.as_expression()?);
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(Value::Function(function)), None) => Some(function),
            _ => None,
        }
    })
}

/// Every expression that is the request's method.
fn reads_of_method<'a>(evaluator: &Evaluator<'a, '_>, function: Callable<'a>) -> Vec<NodeId> {
    let mut reads = Vec::new();
    let Some(first) = function.parameters().items.first() else { return reads };
    let nodes = evaluator.semantic.nodes();
    let mut add_symbol = |symbol: SymbolId, is_request: bool| {
        let references = evaluator.semantic.scoping().get_resolved_references(symbol);
        let mut taken = Vec::new();
        for reference in references {
            let node = reference.node_id();
            match nodes.parent_kind(node) {
                AstKind::StaticMemberExpression(member) if is_request => {
                    if member.property.name == "method" {
                        reads.push(member.node_id.get());
                    }
                }
                AstKind::VariableDeclarator(declarator) if is_request => {
                    taken.extend(method_of(&declarator.id));
                }
                _ if is_request => {}
                _ => reads.push(node),
            }
        }
        taken
    };
    let taken = match &first.pattern {
        BindingPattern::BindingIdentifier(name) => {
            name.symbol_id.get().map_or_else(Vec::new, |symbol| add_symbol(symbol, true))
        }
        pattern => method_of(pattern).into_iter().collect(),
    };
    for symbol in taken {
        add_symbol(symbol, false);
    }
    reads
}

/// The variable that `{ method }` binds.
fn method_of(pattern: &BindingPattern<'_>) -> Option<SymbolId> {
    let BindingPattern::ObjectPattern(object) = pattern else { return None };
    object.properties.iter().find_map(|property| match &property.value {
        BindingPattern::BindingIdentifier(name)
            if property.key.is_specific_static_name("method") =>
        {
            name.symbol_id.get()
        }
        _ => None,
    })
}

/// The names that a method is compared with where it is read; none where it decides in another way.
fn compared(evaluator: &Evaluator<'_, '_>, read: NodeId, refusals: &[Span]) -> Option<Vec<String>> {
    let nodes = evaluator.semantic.nodes();
    let refuses = |span: Span| refusals.iter().any(|refusal| within(*refusal, span));
    let own = nodes.kind(read).span();
    match nodes.parent_kind(read) {
        AstKind::BinaryExpression(binary) => {
            let is_equality = match binary.operator {
                BinaryOperator::Equality | BinaryOperator::StrictEquality => true,
                BinaryOperator::Inequality | BinaryOperator::StrictInequality => false,
                _ => return Some(Vec::new()),
            };
            let other = if binary.left.span() == own { &binary.right } else { &binary.left };
            let name = evaluator.values(other).only_text()?.to_string();
            // `if (method === 'DELETE') refuse()` names what is not handled.
            let is_refused = nodes.ancestor_kinds(read).any(|kind| match kind {
                AstKind::IfStatement(statement) => {
                    within(own, statement.test.span()) && refuses(statement.consequent.span())
                }
                _ => false,
            });
            (!is_equality || !is_refused).then(|| vec![name])
        }
        AstKind::SwitchStatement(switch) => {
            let mut names = Vec::new();
            for case in &switch.cases {
                let Some(test) = &case.test else { continue };
                if refuses(case.span) {
                    return None;
                }
                names.push(evaluator.values(test).only_text()?.to_string());
            }
            Some(names)
        }
        AstKind::CallExpression(call) => {
            let Some(member) = call.callee.as_member_expression() else { return Some(Vec::new()) };
            if member.static_property_name() != Some("includes") {
                return Some(Vec::new());
            }
            let list = evaluator.values(member.object());
            let names = evaluator.member(&list, &Key::Any);
            let texts: Vec<String> = names.texts().map(ToString::to_string).collect();
            (!texts.is_empty()).then_some(texts)
        }
        // A table of handlers by method.
        AstKind::ComputedMemberExpression(member) if is_key(&member.expression, own) => None,
        _ => Some(Vec::new()),
    }
}

fn is_key(expression: &Expression<'_>, own: Span) -> bool {
    expression.span() == own
}

fn within(inner: Span, outer: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
