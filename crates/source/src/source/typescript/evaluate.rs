//! Evaluates expressions to what they may be, within one module and along its scopes.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    BinaryExpression, ChainElement, Expression, IdentifierReference, LogicalExpression,
    NewExpression, TaggedTemplateExpression, TemplateLiteral,
};
use oxc_semantic::Semantic;
use oxc_syntax::node::NodeId;
use oxc_syntax::operator::{BinaryOperator, LogicalOperator};
use oxc_syntax::symbol::{SymbolFlags, SymbolId};

use super::calls::{Callers, Returns};
use super::code_argument::CodeFlows;
use super::flow::Flow;
use super::members::Key;
use super::place::Place;
use super::value::{Callable, Moment, Value, Values};

/// Evaluates the expressions of one module.
pub(super) struct Evaluator<'a, 's> {
    pub(super) semantic: &'s Semantic<'a>,
    /// Names of fields whose values are emitted codes where they are set, so that reading one forwards it.
    pub(super) code_fields: &'s [String],
    pub(super) slots: RefCell<HashMap<Slot, Values<'a>>>,
    /// Values that lack what a cycle around them adds.
    pub(super) provisional: RefCell<HashMap<Slot, Values<'a>>>,
    /// What members of variables at some time were found to be.
    pub(super) members: RefCell<HashMap<(Moment, bool, Key), Values<'a>>>,
    pub(super) places: RefCell<HashMap<SymbolId, Rc<Place>>>,
    pub(super) flows: RefCell<HashMap<SymbolId, Option<Rc<Flow>>>>,
    /// How many nodes may still be visited to follow variables.
    pub(super) flow_budget: Cell<u32>,
    /// It matters whether an object was handed to something that may change it.
    pub(super) minds_escapes: Cell<bool>,
    /// What is being evaluated, so that cycles end.
    pub(super) active_slots: RefCell<Vec<Slot>>,
    /// Whether a function may change the object of a parameter; none while that is being asked.
    pub(super) changed_parameters: RefCell<HashMap<SymbolId, Option<bool>>>,
    pub(super) active_functions: RefCell<Vec<NodeId>>,
    /// The outermost active slot that a cycle came back to.
    pub(super) cycle_start: Cell<usize>,
    /// A recursive call was cut short within the active functions.
    pub(super) cut_in_function: Cell<bool>,
    pub(super) returns: OnceCell<Returns<'a>>,
    pub(super) callers: OnceCell<Callers<'a>>,
    pub(super) code_flows: OnceCell<CodeFlows>,
    /// The module has enums or namespaces.
    pub(super) merges: OnceCell<bool>,
    /// The module may add routes to routers.
    pub(super) has_routers: Cell<bool>,
    pub(super) depth: Cell<u32>,
    steps: Cell<u32>,
}

/// What is evaluated once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    /// A symbol, whichever assignment came last.
    Symbol(SymbolId),
    /// A variable at some time, and whether escapes matter.
    Moment(Moment, bool),
}

/// Variables of a file are followed through so many nodes together; later ones may hold whatever they ever do.
const MOST_FLOW: u32 = 8_000_000;
/// Deeper expressions are opaque; real ones stay far below.
pub(super) const DEEPEST: u32 = 200;
/// All expressions of a file together get this many steps.
const MOST_STEPS: u32 = 2_000_000;

impl<'a, 's> Evaluator<'a, 's> {
    pub(super) fn new(semantic: &'s Semantic<'a>, code_fields: &'s [String]) -> Self {
        Self {
            semantic,
            code_fields,
            slots: RefCell::default(),
            provisional: RefCell::default(),
            members: RefCell::default(),
            places: RefCell::default(),
            flows: RefCell::default(),
            flow_budget: Cell::new(MOST_FLOW),
            minds_escapes: Cell::new(false),
            active_slots: RefCell::default(),
            changed_parameters: RefCell::default(),
            active_functions: RefCell::default(),
            cycle_start: Cell::new(usize::MAX),
            cut_in_function: Cell::new(false),
            returns: OnceCell::new(),
            callers: OnceCell::new(),
            code_flows: OnceCell::new(),
            merges: OnceCell::new(),
            has_routers: Cell::new(false),
            depth: Cell::new(0),
            steps: Cell::new(0),
        }
    }

    /// Everything that `expression` may be.
    pub(super) fn values(&self, expression: &'a Expression<'a>) -> Values<'a> {
        self.steps.set(self.steps.get().saturating_add(1));
        if self.depth.get() >= DEEPEST || self.is_exhausted() {
            return Values::one(Value::Opaque);
        }
        self.depth.set(self.depth.get() + 1);
        let values = self.evaluate(expression.get_inner_expression());
        self.depth.set(self.depth.get() - 1);
        values
    }

    /// Whether later values were not evaluated any more.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps.get() >= MOST_STEPS
    }

    fn evaluate(&self, expression: &'a Expression<'a>) -> Values<'a> {
        match expression {
            Expression::StringLiteral(literal) => Values::text(&literal.value),
            Expression::TemplateLiteral(template) => self.template(template),
            Expression::Identifier(identifier) => self.identifier(identifier),
            Expression::ConditionalExpression(conditional) => {
                self.values(&conditional.consequent).and(self.values(&conditional.alternate))
            }
            Expression::LogicalExpression(logical) => self.logical(logical),
            Expression::BinaryExpression(binary) if binary.operator == BinaryOperator::Addition => {
                self.addition(binary)
            }
            Expression::SequenceExpression(sequence) => {
                sequence.expressions.last().map_or_else(Values::default, |last| self.values(last))
            }
            Expression::AssignmentExpression(assignment) if assignment.operator.is_assign() => {
                self.values(&assignment.right)
            }
            Expression::AssignmentExpression(assignment) => self.combined(
                assignment.operator,
                self.target_values(&assignment.left),
                &assignment.right,
            ),
            Expression::AwaitExpression(awaited) => self.values(&awaited.argument),
            Expression::ChainExpression(chain) => match &chain.expression {
                ChainElement::CallExpression(call) => self.call(call),
                ChainElement::TSNonNullExpression(inner) => self.values(&inner.expression),
                element => element
                    .as_member_expression()
                    .map_or_else(Values::default, |member| self.member_expression(member)),
            },
            Expression::CallExpression(call) => self.call(call),
            Expression::NewExpression(new) => self.instances(new),
            Expression::ObjectExpression(object) => Values::one(Value::Object(object)),
            Expression::ArrayExpression(array) => Values::one(Value::Array(array, 0)),
            Expression::FunctionExpression(f) => {
                Values::one(Value::Function(Callable::Function(f)))
            }
            Expression::ArrowFunctionExpression(f) => {
                Values::one(Value::Function(Callable::Arrow(f)))
            }
            Expression::ClassExpression(class) => Values::one(Value::Class(class)),
            Expression::TaggedTemplateExpression(tagged) => self.tagged(tagged),
            Expression::ThisExpression(this) => self.this(this.node_id.get()),
            Expression::ImportExpression(import) => self.module(&import.source),
            Expression::Super(_)
            | Expression::YieldExpression(_)
            | Expression::ImportMeta(_)
            | Expression::NewTarget(_)
            | Expression::V8IntrinsicExpression(_) => Values::one(Value::Forwarded),
            other => match other.as_member_expression() {
                Some(member) => self.member_expression(member),
                None => Values::one(Value::Nothing),
            },
        }
    }

    pub(super) fn identifier(&self, identifier: &IdentifierReference<'a>) -> Values<'a> {
        match self.symbol_of(identifier) {
            Some(symbol) => self.values_at(symbol, identifier.node_id.get()),
            None if self.merged_around(identifier).is_some() => {
                self.merged_around(identifier).unwrap_or_default()
            }
            None => Values::one(match identifier.name.as_str() {
                "undefined" | "NaN" | "Infinity" => Value::Nothing,
                "fetch" => Value::Fetch,
                "globalThis" | "window" | "self" | "global" => Value::GlobalObject,
                _ => Value::Forwarded,
            }),
        }
    }

    /// The symbol that a reference stands for, unless it is a global; what is only `declare`d is one.
    pub(super) fn symbol_of(&self, identifier: &IdentifierReference<'a>) -> Option<SymbolId> {
        let scoping = self.semantic.scoping();
        let symbol = scoping.get_reference(identifier.reference_id.get()?).symbol_id()?;
        let flags = scoping.symbol_flags(symbol);
        // A declared enum or namespace says what its members are.
        let has_members = flags.intersects(SymbolFlags::Enum | SymbolFlags::ValueModule);
        (!flags.is_ambient() || has_members).then_some(symbol)
    }

    /// Whether `expression` is the global of this name.
    pub(super) fn is_global(&self, expression: &Expression<'a>, name: &str) -> bool {
        matches!(expression.get_inner_expression(), Expression::Identifier(identifier)
            if identifier.name == name && self.symbol_of(identifier).is_none())
    }

    fn logical(&self, logical: &'a LogicalExpression<'a>) -> Values<'a> {
        let left = self.values(&logical.left);
        match logical.operator {
            LogicalOperator::And if left.are_truthy() => self.values(&logical.right),
            LogicalOperator::And => left
                .into_iter()
                .filter(|value| matches!(value, Value::Missing(_)))
                .chain([Value::Nothing])
                .chain(self.values(&logical.right))
                .collect(),
            LogicalOperator::Or => left.or_else(true, || self.values(&logical.right)),
            LogicalOperator::Coalesce => left.or_else(false, || self.values(&logical.right)),
        }
    }

    /// `a + b + c`, flattened so that long ones need no deep recursion.
    fn addition(&self, binary: &'a BinaryExpression<'a>) -> Values<'a> {
        let mut operands = vec![&binary.right];
        let mut left = binary.left.get_inner_expression();
        while let Expression::BinaryExpression(inner) = left {
            if inner.operator != BinaryOperator::Addition {
                break;
            }
            operands.push(&inner.right);
            left = inner.left.get_inner_expression();
        }
        operands.push(left);
        let parts = operands.into_iter().rev().map(|operand| self.written(operand));
        concatenate(parts)
    }

    fn template(&self, template: &'a TemplateLiteral<'a>) -> Values<'a> {
        if let ([only], true) = (
            template.expressions.as_slice(),
            template.quasis.iter().all(|q| q.value.raw.is_empty()),
        ) {
            return self.written(only);
        }
        let mut parts = Vec::with_capacity(template.quasis.len() * 2);
        for (at, quasi) in template.quasis.iter().enumerate() {
            parts.push(Values::text(quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw)));
            if let Some(hole) = template.expressions.get(at) {
                parts.push(self.written(hole));
            }
        }
        concatenate(parts)
    }

    fn tagged(&self, tagged: &'a TaggedTemplateExpression<'a>) -> Values<'a> {
        let raw = tagged.tag.as_member_expression().is_some_and(|tag| {
            tag.static_property_name() == Some("raw") && self.is_global(tag.object(), "String")
        });
        match tagged.quasi.quasis.as_slice() {
            [only] if raw => Values::text(&only.value.raw),
            _ => Values::one(if raw { Value::Opaque } else { Value::Forwarded }),
        }
    }

    /// What an operand is when it becomes part of a text.
    pub(super) fn written(&self, operand: &'a Expression<'a>) -> Values<'a> {
        match operand.get_inner_expression() {
            Expression::NumericLiteral(number) => Values::text(&number.value.to_string()),
            _ => self.values(operand),
        }
    }

    /// `this` is an object of the class around, or the class itself in static members.
    fn this(&self, node: NodeId) -> Values<'a> {
        let mut is_static = false;
        for kind in self.semantic.nodes().ancestor_kinds(node) {
            match kind {
                AstKind::PropertyDefinition(property) => is_static = property.r#static,
                AstKind::MethodDefinition(method) => is_static = method.r#static,
                AstKind::StaticBlock(_) => is_static = true,
                AstKind::Class(class) if is_static => return Values::one(Value::Class(class)),
                AstKind::Class(class) => return Values::one(Value::Instance(class)),
                _ => {}
            }
        }
        Values::one(Value::Forwarded)
    }

    fn instances(&self, new: &'a NewExpression<'a>) -> Values<'a> {
        self.values(&new.callee)
            .into_iter()
            .map(|value| match value {
                Value::Class(class) => Value::Instance(class),
                Value::Import(path) if self.has_routers.get() => {
                    self.made(&path, &new.arguments, new.span).unwrap_or(Value::Forwarded)
                }
                _ => Value::Forwarded,
            })
            .collect()
    }
}

/// Longer texts are no codes.
const LONGEST_TEXT: usize = 4096;

/// Every text that the parts make in their order.
pub(super) fn concatenate<'a>(parts: impl IntoIterator<Item = Values<'a>>) -> Values<'a> {
    const MOST: usize = 64;
    let parts: Vec<_> = parts.into_iter().collect();
    let mut texts = vec![String::new()];
    for part in &parts {
        let all_known = part.iter().all(|value| matches!(value, Value::Text { .. }));
        let known: Vec<_> = part.texts().collect();
        if known.is_empty() || !all_known || known.len() * texts.len() > MOST {
            return Values::one(partial(&parts));
        }
        let length: usize =
            texts.iter().map(String::len).chain(part.texts().map(|t| t.len())).sum();
        if length > LONGEST_TEXT {
            return Values::one(Value::Opaque);
        }
        texts = texts
            .iter()
            .flat_map(|text| known.iter().map(move |more| format!("{text}{more}")))
            .collect();
    }
    texts.iter().flat_map(|text| Values::text(text)).collect()
}

/// A text of which only the ends are known.
fn partial<'a>(parts: &[Values<'a>]) -> Value<'a> {
    let before: String = parts.iter().map_while(Values::only_text).map(|text| &**text).collect();
    let mut after: Vec<&str> =
        parts.iter().rev().map_while(Values::only_text).map(|text| &**text).collect();
    after.reverse();
    let after = after.concat();
    if before.is_empty() && after.is_empty() || before.len() + after.len() > LONGEST_TEXT {
        return Value::Opaque;
    }
    Value::Partial { before: before.into(), after: after.into() }
}
