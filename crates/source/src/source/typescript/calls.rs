//! Evaluates calls: what functions of the module return, and who calls them.

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, CallExpression, Class, ClassElement, Expression, MethodDefinitionKind,
};
use oxc_syntax::node::NodeId;

use super::evaluate::{Evaluator, concatenate};
use super::members::Key;
use super::value::{Callable, ImportPath, Step, Value, Values};
use super::web::Library;

/// The arguments of a call.
pub(super) type Arguments<'a> = &'a [Argument<'a>];
/// The expressions that each function returns, by the function's node.
pub(super) type Returns<'a> = HashMap<NodeId, Vec<Option<&'a Expression<'a>>>>;
/// The calls of each function, by the function's node.
pub(super) type Callers<'a> = HashMap<NodeId, Vec<Arguments<'a>>>;

impl<'a> Evaluator<'a, '_> {
    pub(super) fn call(&self, call: &'a CallExpression<'a>) -> Values<'a> {
        if let Some(values) = self.builtin(call) {
            return values;
        }
        let mut values = Values::default();
        if self.has_routers.get() {
            let routers = self.chained(call);
            if !routers.is_empty() {
                return routers.into_iter().map(|router| Value::Router(router.into())).collect();
            }
        }
        for callee in self.values(&call.callee) {
            match callee {
                Value::Import(path) if self.has_routers.get() && self.has_own_value(&path) => {
                    values.extend(self.of_library(&path, call));
                }
                Value::Function(function) => {
                    values.extend(self.returned(function, &call.arguments));
                }
                Value::Import(path) => {
                    values.add(path.then(Step::Call).map_or(Value::Forwarded, Value::Import))
                }
                _ => values.add(Value::Forwarded),
            }
        }
        values
    }

    fn has_own_value(&self, callee: &ImportPath) -> bool {
        Library::of(&callee.specifier).is_some()
    }

    /// What a function of a library of routers returns.
    fn of_library(&self, callee: &ImportPath, call: &'a CallExpression<'a>) -> Values<'a> {
        let arguments = &call.arguments;
        if let Some(router) = self.made(callee, arguments, call.span) {
            return Values::one(router);
        }
        // `createRoute` hands on what describes the route.
        let is_route = matches!(&callee.steps[..], [Step::Member(name)] if name == "createRoute");
        match arguments.first().and_then(Argument::as_expression) {
            Some(route) if is_route => self.values(route),
            _ => Values::one(callee.then(Step::Call).map_or(Value::Forwarded, Value::Import)),
        }
    }

    /// What functions of the language make of constants.
    fn builtin(&self, call: &'a CallExpression<'a>) -> Option<Values<'a>> {
        let callee = call.callee.get_inner_expression();
        let first = || call.arguments.first().and_then(Argument::as_expression);
        if self.is_global(callee, "String") {
            return first().map(|argument| self.values(argument));
        }
        if self.is_global(callee, "structuredClone") {
            return first().map(|argument| self.values(argument));
        }
        if self.is_global(callee, "require") {
            return first().map(|specifier| self.module(specifier));
        }
        let member = callee.as_member_expression()?;
        let name = member.static_property_name()?;
        if self.is_global(member.object(), "Object") {
            return match name {
                "freeze" | "seal" | "preventExtensions" => {
                    first().map(|argument| self.values(argument))
                }
                // The object is seen before the call; what it gets by it comes after.
                "assign" => Some(Values::one(Value::Layers(
                    call.arguments
                        .iter()
                        .map(|argument| match argument.as_expression() {
                            Some(argument) => self.values(argument),
                            None => Values::one(Value::Forwarded),
                        })
                        .collect(),
                ))),
                "create" => first().map(|argument| self.values(argument)),
                "values" => first().map(|argument| {
                    let has_members = |value: &Value<'_>| {
                        matches!(
                            value,
                            Value::Object(_)
                                | Value::Merged(_)
                                | Value::Layers(_)
                                | Value::Changed(_)
                                | Value::Import(_)
                        )
                    };
                    self.values(argument).into_iter().filter(has_members).collect()
                }),
                _ => None,
            };
        }
        self.method(member.object(), name, call)
    }

    /// The namespace of the module that `specifier` names.
    pub(super) fn module(&self, specifier: &'a Expression<'a>) -> Values<'a> {
        let specifiers = self.values(specifier);
        Values::one(specifiers.only_text().map_or(Value::Forwarded, |specifier| {
            Value::Import(ImportPath { specifier: specifier.to_string(), steps: Vec::new() })
        }))
    }

    /// Methods of texts, arrays and functions.
    fn method(
        &self,
        object: &'a Expression<'a>,
        name: &str,
        call: &'a CallExpression<'a>,
    ) -> Option<Values<'a>> {
        let argument = |at: usize| call.arguments.get(at).and_then(Argument::as_expression);
        match name {
            "toString" | "valueOf" | "trim" | "normalize" => Some(self.values(object)),
            "toUpperCase" => Some(map_texts(self.values(object), str::to_uppercase)),
            "toLowerCase" => Some(map_texts(self.values(object), str::to_lowercase)),
            "concat" => {
                let first = self.values(object);
                first.texts().next()?;
                let rest = call.arguments.iter().filter_map(Argument::as_expression);
                Some(concatenate(
                    std::iter::once(first.clone()).chain(rest.map(|part| self.values(part))),
                ))
            }
            "join" => {
                let Value::Array(array, 0) = self.values(object).into_iter().next()? else {
                    return None;
                };
                let separator = argument(0).map_or_else(|| Values::text(","), |s| self.values(s));
                let mut parts = Vec::new();
                for element in &array.elements {
                    if !parts.is_empty() {
                        parts.push(separator.clone());
                    }
                    parts.push(self.values(element.as_expression()?));
                }
                Some(concatenate(parts))
            }
            "at" => Some(self.member(&self.values(object), &Key::Any)),
            "bind" => Some(self.values(object)),
            "call" => Some(self.returned_by(&self.values(object))),
            "replace" | "replaceAll" | "slice" | "substring" | "padEnd" | "padStart" | "repeat" => {
                let known = self.values(object).texts().next().is_some();
                known.then(|| Values::one(Value::Opaque))
            }
            _ => None,
        }
    }

    /// What `functions` return when it does not matter what they are called with.
    pub(super) fn returned_by(&self, functions: &Values<'a>) -> Values<'a> {
        functions
            .iter()
            .flat_map(|value| match value {
                Value::Function(function) => self.returned(*function, &[]),
                _ => Values::one(Value::Forwarded),
            })
            .collect()
    }

    /// What `function` returns for `arguments`.
    fn returned(&self, function: Callable<'a>, arguments: Arguments<'a>) -> Values<'a> {
        let id = function.id();
        if matches!(function, Callable::Function(f) if f.generator) {
            return Values::one(Value::Forwarded);
        }
        if self.active_functions.borrow().contains(&id) {
            self.cut_in_function.set(true);
            return Values::default();
        }
        self.active_functions.borrow_mut().push(id);
        let mut values = Values::default();
        for expression in self.returns_of(function) {
            match expression {
                Some(expression) => values.extend(self.values(expression)),
                None => values.add(Value::Nothing),
            }
        }
        self.active_functions.borrow_mut().pop();
        if self.active_functions.borrow().is_empty() {
            self.cut_in_function.set(false);
        }
        self.with_arguments(values, id, arguments)
    }

    fn with_arguments(
        &self,
        values: Values<'a>,
        function: NodeId,
        arguments: Arguments<'a>,
    ) -> Values<'a> {
        values
            .into_iter()
            .flat_map(|value| match value {
                Value::Parameter(parameter) if parameter.function == function => {
                    self.argument(arguments, parameter.index).map_or_else(
                        || Values::one(Value::Nothing),
                        |argument| {
                            parameter.path.iter().fold(self.values(argument), |values, name| {
                                self.member(&values, &Key::Name(name.clone()))
                            })
                        },
                    )
                }
                other => Values::one(other),
            })
            .collect()
    }

    /// The argument at `index`, looking into spread arrays.
    pub(super) fn argument(
        &self,
        arguments: Arguments<'a>,
        index: usize,
    ) -> Option<&'a Expression<'a>> {
        let mut at = 0;
        for argument in arguments {
            match argument {
                Argument::SpreadElement(spread) => {
                    let Some(Value::Array(array, 0)) =
                        self.values(&spread.argument).into_iter().next()
                    else {
                        return None;
                    };
                    for element in &array.elements {
                        if at == index {
                            return element.as_expression();
                        }
                        at += 1;
                    }
                }
                argument => {
                    if at == index {
                        return argument.as_expression();
                    }
                    at += 1;
                }
            }
        }
        None
    }

    fn returns_of(&self, function: Callable<'a>) -> Vec<Option<&'a Expression<'a>>> {
        if let Callable::Arrow(arrow) = function
            && let Some(expression) = arrow.body.as_expression()
        {
            return vec![Some(expression)];
        }
        let all = self.returns.get_or_init(|| self.collect_returns());
        all.get(&function.id()).cloned().unwrap_or_default()
    }

    fn collect_returns(&self) -> Returns<'a> {
        let nodes = self.semantic.nodes();
        let mut returns = Returns::new();
        for node in nodes.iter() {
            let AstKind::ReturnStatement(statement) = node.kind() else { continue };
            let function = nodes.ancestor_ids(node.id()).find(|id| is_function(nodes.kind(*id)));
            if let Some(function) = function {
                returns.entry(function).or_default().push(statement.argument.as_ref());
            }
        }
        returns
    }

    /// The arguments of every call of the function at `function` that the module makes.
    pub(super) fn callers_of(&self, function: NodeId) -> &[Arguments<'a>] {
        self.callers
            .get_or_init(|| self.collect_callers())
            .get(&function)
            .map_or(&[], Vec::as_slice)
    }

    fn collect_callers(&self) -> Callers<'a> {
        let mut callers = Callers::new();
        for node in self.semantic.nodes().iter() {
            match node.kind() {
                AstKind::CallExpression(call) if matches!(call.callee, Expression::Super(_)) => {
                    let parent = self.parent_class(call.node_id.get());
                    if let Some(constructor) = parent.and_then(constructor) {
                        callers.entry(constructor).or_default().push(&call.arguments[..]);
                    }
                }
                AstKind::CallExpression(call) => {
                    for callee in self.values(&call.callee) {
                        if let Value::Function(function) = callee {
                            callers.entry(function.id()).or_default().push(&call.arguments[..]);
                        }
                    }
                }
                AstKind::NewExpression(new) => {
                    for callee in self.values(&new.callee) {
                        if let Value::Class(class) = callee
                            && let Some(constructor) = self.inherited_constructor(class)
                        {
                            callers.entry(constructor).or_default().push(&new.arguments[..]);
                        }
                    }
                }
                _ => {}
            }
        }
        callers
    }

    /// The class that the class around `node` extends.
    fn parent_class(&self, node: NodeId) -> Option<&'a Class<'a>> {
        let class = self.semantic.nodes().ancestor_kinds(node).find_map(|kind| match kind {
            AstKind::Class(class) => Some(class),
            _ => None,
        })?;
        self.superclass(class)
    }

    pub(super) fn superclass(&self, class: &'a Class<'a>) -> Option<&'a Class<'a>> {
        let heritage = class.heritage.as_ref()?;
        self.values(&heritage.expression).into_iter().find_map(|value| match value {
            Value::Class(class) => Some(class),
            _ => None,
        })
    }

    fn inherited_constructor(&self, class: &'a Class<'a>) -> Option<NodeId> {
        const LONGEST_CHAIN: usize = 16;
        let mut class = class;
        for _ in 0..LONGEST_CHAIN {
            if let Some(constructor) = constructor(class) {
                return Some(constructor);
            }
            class = self.superclass(class)?;
        }
        None
    }
}

fn constructor(class: &Class<'_>) -> Option<NodeId> {
    class.body.body.iter().find_map(|element| match element {
        ClassElement::MethodDefinition(method)
            if method.kind == MethodDefinitionKind::Constructor && method.value.body.is_some() =>
        {
            Some(method.value.node_id.get())
        }
        _ => None,
    })
}

pub(super) fn is_function(kind: AstKind<'_>) -> bool {
    matches!(kind, AstKind::Function(_) | AstKind::ArrowFunctionExpression(_))
}

fn map_texts<'a>(values: Values<'a>, map: impl Fn(&str) -> String) -> Values<'a> {
    values
        .into_iter()
        .map(|value| match value {
            Value::Text { text, of_object } => Value::Text { text: map(&text).into(), of_object },
            other => other,
        })
        .collect()
}
