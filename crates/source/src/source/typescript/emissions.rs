//! Emitted codes: values of code fields, and codes handed to code functions.

use std::rc::Rc;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    CallExpression, Class, ClassElement, Expression, FormalParameter, MethodDefinitionKind,
    ObjectPropertyKind, PropertyKind,
};
use oxc_span::GetSpan;
use oxc_syntax::operator::LogicalOperator;

use super::code_argument::CodePosition;
use super::evaluate::{DEEPEST, Evaluator};
use super::members::{Key, assigned_member};
use super::module::{Constant, Emitted, ImportedCall, missing_constant};
use super::targets::TargetPlace;
use super::value::{Callable, ImportPath, Parameter, Step, Value, Values};
use crate::source::SourceQuery;
use crate::span::{FileId, Span};

/// What a module emits, and its calls of code functions of other modules.
pub(super) fn emissions(
    evaluator: &Evaluator<'_, '_>,
    file: FileId,
    source_query: &SourceQuery,
) -> (Vec<Emitted>, Vec<ImportedCall>) {
    let mut collector = Collector {
        evaluator,
        file,
        source_query,
        emitted: Vec::new(),
        calls: Vec::new(),
        has_default: false,
        depth: 0,
    };
    for node in evaluator.semantic.nodes().iter() {
        collector.visit(node.kind());
    }
    let mut emitted = collector.emitted;
    deduplicate(&mut emitted);
    (emitted, collector.calls)
}

/// The same code at the same place is one emission, whatever it is handed to.
fn deduplicate(emitted: &mut Vec<Emitted>) {
    emitted.sort_by_key(|emission| (emission.span.start, emission.span.end));
    let mut kept: Vec<Emitted> = Vec::with_capacity(emitted.len());
    for emission in emitted.drain(..) {
        let again = kept
            .iter()
            .rev()
            .take_while(|other| other.span == emission.span)
            .any(|other| other.value == emission.value);
        if !again {
            kept.push(emission);
        }
    }
    *emitted = kept;
}

struct Collector<'a, 's> {
    evaluator: &'s Evaluator<'a, 's>,
    file: FileId,
    source_query: &'s SourceQuery,
    emitted: Vec<Emitted>,
    calls: Vec<ImportedCall>,
    /// What is being emitted has a default, as on the left of `??`.
    has_default: bool,
    depth: u32,
}

impl<'a> Collector<'a, '_> {
    fn visit(&mut self, kind: AstKind<'a>) {
        match kind {
            AstKind::ObjectProperty(property) if property.kind != PropertyKind::Set => {
                let key = self.evaluator.key(&property.key, property.computed);
                let Some(sink) = self.code_field(&key) else { return };
                match property.kind {
                    PropertyKind::Get => {
                        let getter = self.evaluator.values(&property.value);
                        let values = self.evaluator.returned_by(&getter);
                        self.emit_values(&values, property.span, &sink, &mut Vec::new());
                    }
                    _ if !property.method => self.emit_from(&property.value, &sink),
                    _ => {}
                }
            }
            AstKind::AssignmentExpression(assignment) => {
                let Some(member) = assigned_member(&assignment.left) else {
                    return self.visit_pattern(kind);
                };
                let key = self.evaluator.member_key(member);
                if let Some(sink) = self.code_field(&key) {
                    self.emit_from(&assignment.right, &sink);
                }
            }
            AstKind::ForOfStatement(_) => self.visit_pattern(kind),
            AstKind::Class(class) => self.visit_class(class),
            AstKind::FormalParameter(parameter)
                if parameter.accessibility.is_some() || parameter.readonly =>
            {
                self.visit_parameter_property(parameter);
            }
            AstKind::CallExpression(call) => self.visit_call(call),
            _ => {}
        }
    }

    /// `({ code: run.errorCode } = x)` and `for (run.errorCode of codes)` set what they name.
    fn visit_pattern(&mut self, by: AstKind<'a>) {
        let target = match by {
            AstKind::AssignmentExpression(assignment) => Some(&assignment.left),
            AstKind::ForOfStatement(statement) => statement.left.as_assignment_target(),
            _ => None,
        };
        let mut fields = Vec::new();
        for target in target.into_iter().flat_map(|target| self.evaluator.targets(target)) {
            let TargetPlace::Member(member) = target.place else { continue };
            if let Some(sink) = self.code_field(&self.evaluator.member_key(member)) {
                fields.push((member.span(), sink, target.steps));
            }
        }
        if fields.is_empty() {
            return;
        }
        let Some((_, whole)) = self.evaluator.assignment(by) else { return };
        for (span, sink, steps) in fields {
            let values = self.evaluator.stepped(whole.clone(), &steps);
            self.emit_values(&values, span, &sink, &mut Vec::new());
        }
    }

    /// The name of the sink, if a key is one.
    fn code_field(&self, key: &Key) -> Option<String> {
        let Key::Name(name) = key else { return None };
        let name = name.trim_start_matches('#');
        self.source_query.code_fields.iter().find(|field| *field == name).cloned()
    }

    fn visit_class(&mut self, class: &'a Class<'a>) {
        for element in &class.body.body {
            match element {
                ClassElement::PropertyDefinition(property) => {
                    let key = self.evaluator.key(&property.key, property.computed);
                    if let (Some(sink), Some(value)) = (self.code_field(&key), &property.value) {
                        self.emit_from(value, &sink);
                    }
                }
                ClassElement::AccessorProperty(property) => {
                    let key = self.evaluator.key(&property.key, property.computed);
                    if let (Some(sink), Some(value)) = (self.code_field(&key), &property.value) {
                        self.emit_from(value, &sink);
                    }
                }
                ClassElement::MethodDefinition(method)
                    if method.kind == MethodDefinitionKind::Get =>
                {
                    let key = self.evaluator.key(&method.key, method.computed);
                    if let Some(sink) = self.code_field(&key) {
                        let getter = Value::Function(Callable::Function(&method.value));
                        let values = self.evaluator.returned_by(&Values::one(getter));
                        self.emit_values(&values, method.span, &sink, &mut Vec::new());
                    }
                }
                _ => {}
            }
        }
    }

    /// `constructor(readonly errorCode: string)` sets the field to what objects are made with.
    fn visit_parameter_property(&mut self, parameter: &'a FormalParameter<'a>) {
        let Some(name) = parameter.pattern.get_binding_identifier() else { return };
        let Some(sink) = self.code_field(&Key::name(name.name.as_str())) else { return };
        if let Some(symbol) = name.symbol_id.get() {
            let values = self.evaluator.symbol_values(symbol);
            self.emit_values(&values, parameter.span, &sink, &mut Vec::new());
        }
    }

    fn visit_call(&mut self, call: &'a CallExpression<'a>) {
        let callees = self.evaluator.values(&call.callee);
        let Some(sink) = self.code_function(call, &callees) else { return };
        let mut known = false;
        for callee in callees.iter() {
            if let Value::Function(function) = callee {
                known = true;
                if let Some(position) = self.evaluator.code_position(*function) {
                    self.emit_argument(call, &position, &sink);
                } else {
                    self.emit_likely_argument(call, &sink);
                }
            }
        }
        if known {
            return;
        }
        let imported = callees.iter().find_map(|callee| match callee {
            Value::Import(path) => Some(path.clone()),
            _ => None,
        });
        match imported {
            Some(path) => self.note_imported_call(call, path, &sink),
            None => self.emit_likely_argument(call, &sink),
        }
    }

    /// The name by which a call is one of a code function: its own, its method's, or the one that
    /// an alias or an import stands for.
    fn code_function(&self, call: &'a CallExpression<'a>, callees: &Values<'a>) -> Option<String> {
        let is_code_function =
            |name: &str| self.source_query.code_functions.iter().find(|own| *own == name).cloned();
        let callee = call.callee.get_inner_expression();
        let written = match callee {
            Expression::Identifier(identifier) => Some(identifier.name.as_str()),
            Expression::ChainExpression(chain) => {
                chain.expression.as_member_expression().and_then(|m| m.static_property_name())
            }
            other => other.as_member_expression().and_then(|m| m.static_property_name()),
        };
        written.and_then(is_code_function).or_else(|| {
            callees.iter().find_map(|callee| match callee {
                Value::Function(function) => function.own_name().and_then(is_code_function),
                Value::Import(ImportPath { steps, .. }) => match steps.last() {
                    Some(Step::Member(name)) => is_code_function(name),
                    _ => None,
                },
                _ => None,
            })
        })
    }

    fn emit_argument(&mut self, call: &'a CallExpression<'a>, position: &CodePosition, sink: &str) {
        if let Some((argument, path)) = self.evaluator.argument_at(&call.arguments, position) {
            self.emit_along(argument, &path, sink, &mut Vec::new());
        }
    }

    fn emit_likely_argument(&mut self, call: &'a CallExpression<'a>, sink: &str) {
        if let Some(position) = self.evaluator.likely_code_position(&call.arguments) {
            self.emit_argument(call, &position, sink);
        }
    }

    fn note_imported_call(&mut self, call: &'a CallExpression<'a>, callee: ImportPath, sink: &str) {
        let before = std::mem::take(&mut self.emitted);
        let mut arguments = Vec::new();
        let fields = self.source_query.code_fields.iter().map(String::as_str).chain(["code"]);
        let properties: Vec<_> = std::iter::once(None).chain(fields.map(Some)).collect();
        for index in 0..call.arguments.len() {
            for property in &properties {
                let position = CodePosition { index, property: property.map(str::to_owned) };
                self.emit_argument(call, &position, sink);
                arguments.push((position, std::mem::take(&mut self.emitted)));
            }
        }
        self.emit_likely_argument(call, sink);
        let otherwise = std::mem::replace(&mut self.emitted, before);
        self.calls.push(ImportedCall { callee, arguments, otherwise });
    }

    fn emit_from(&mut self, expression: &'a Expression<'a>, sink: &str) {
        self.emit_along(expression, &[], sink, &mut Vec::new());
    }

    /// Emits what is found at `path` in an expression, each alternative where it is written.
    fn emit_along(
        &mut self,
        expression: &'a Expression<'a>,
        path: &[Rc<str>],
        sink: &str,
        followed: &mut Vec<Parameter>,
    ) {
        let expression = expression.get_inner_expression();
        if self.depth >= DEEPEST {
            return self.emit_evaluated(expression, path, sink, followed);
        }
        self.depth += 1;
        match expression {
            Expression::ConditionalExpression(conditional) => {
                self.emit_along(&conditional.consequent, path, sink, followed);
                self.emit_along(&conditional.alternate, path, sink, followed);
            }
            Expression::LogicalExpression(logical) => {
                let left = self.evaluator.values(&logical.left);
                let is_and = logical.operator == LogicalOperator::And;
                let is_or = logical.operator == LogicalOperator::Or;
                if is_and {
                    let missing = left.into_iter().filter(|v| matches!(v, Value::Missing(_)));
                    let span = logical.left.span();
                    self.emit_values(&missing.collect(), span, sink, followed);
                    self.emit_along(&logical.right, path, sink, followed);
                } else {
                    let had_default = std::mem::replace(&mut self.has_default, true);
                    self.emit_along(&logical.left, path, sink, followed);
                    self.has_default = had_default;
                    if left.may_be_absent(is_or) {
                        self.emit_along(&logical.right, path, sink, followed);
                    }
                }
            }
            Expression::SequenceExpression(sequence) => {
                if let Some(last) = sequence.expressions.last() {
                    self.emit_along(last, path, sink, followed);
                }
            }
            Expression::ObjectExpression(object) if !path.is_empty() => {
                let (name, rest) = (&path[0], &path[1..]);
                let written = object.properties.iter().rev().find_map(|property| match property {
                    ObjectPropertyKind::ObjectProperty(property)
                        if property.key.is_specific_static_name(name) =>
                    {
                        Some(&property.value)
                    }
                    _ => None,
                });
                match written {
                    Some(value) => self.emit_along(value, rest, sink, followed),
                    None => self.emit_evaluated(expression, path, sink, followed),
                }
            }
            _ => self.emit_evaluated(expression, path, sink, followed),
        }
        self.depth -= 1;
    }

    fn emit_evaluated(
        &mut self,
        expression: &'a Expression<'a>,
        path: &[Rc<str>],
        sink: &str,
        followed: &mut Vec<Parameter>,
    ) {
        let values = path.iter().fold(self.evaluator.values(expression), |values, name| {
            self.evaluator.member(&values, &Key::Name(Rc::clone(name)))
        });
        self.emit_values(&values, expression.span(), sink, followed);
    }

    fn emit_values(
        &mut self,
        values: &Values<'a>,
        span: oxc_span::Span,
        sink: &str,
        followed: &mut Vec<Parameter>,
    ) {
        let span = Span { file: self.file, start: span.start, end: span.end };
        for value in values.iter() {
            let value = match value {
                Value::Text { text, of_object } => {
                    Constant::Text { text: text.to_string(), of_object: *of_object }
                }
                Value::Partial { before, after } => {
                    Constant::Partial { before: before.to_string(), after: after.to_string() }
                }
                Value::Opaque => Constant::Opaque,
                Value::Missing(missing) => missing_constant(missing, self.file),
                Value::Import(path) => Constant::Import(path.clone()),
                Value::ImportOr(import) => Constant::ImportOr {
                    path: import.0.clone(),
                    otherwise: self.evaluator.constants(&import.1, self.file),
                },
                Value::Parameter(parameter) => {
                    self.emit_arguments(parameter, sink, followed);
                    continue;
                }
                _ => continue,
            };
            let has_default = self.has_default;
            self.emitted.push(Emitted { value, sink: sink.to_owned(), span, has_default });
        }
    }

    /// What the callers of a function of the module hand over becomes what it emits.
    fn emit_arguments(&mut self, parameter: &Parameter, sink: &str, followed: &mut Vec<Parameter>) {
        if followed.contains(parameter) {
            return;
        }
        followed.push(parameter.clone());
        for arguments in self.evaluator.callers_of(parameter.function) {
            if let Some(argument) = self.evaluator.argument(arguments, parameter.index) {
                self.emit_along(argument, &parameter.path, sink, followed);
            }
        }
    }
}
