//! Calls of functions, closures and constructors.

use std::rc::Rc;

use super::{
    CALLS_A_FUNCTION, DEEPEST_CALL, Evaluator, Frame, MOST_CALLS, MOST_UNKEYED_CALLS, Records,
};
use crate::source::SourceGap;
use crate::source::rust::program::{FunctionId, Scope, Target, TypeId};
use crate::source::rust::syntax::{Expr, ExprKind, Path, Type};
use crate::source::rust::value::{Closure, Text, Value};
use crate::source::rust::vocabulary;
use crate::span::Span;

/// Functions of other crates that give back what they are given.
const SEE_THROUGH: &[&str] = &[
    "Some",
    "Ok",
    "Box::new",
    "Arc::new",
    "Rc::new",
    "String::from",
    "Cow::Borrowed",
    "Cow::Owned",
    "Cow::from",
    "Json",
    "Extension",
    "State",
    "Into::into",
    "From::from",
    "Box::pin",
    "Mutex::new",
    "RwLock::new",
    "ToString::to_string",
    "ToOwned::to_owned",
    "Clone::clone",
    "AsRef::as_ref",
    "Arc::clone",
    "Arc::from",
    "Box::from",
    "Cell::new",
];
/// Functions of other crates that give back what the closure that they are given does.
const CALL_THROUGH: [&str; 5] =
    ["LazyLock::new", "Lazy::new", "LazyCell::new", "iter::once_with", "from_fn"];

impl<'p> Evaluator<'p, '_> {
    pub(super) fn call(
        &mut self,
        callee: &'p Expr,
        arguments: &'p [Expr],
        span: Span,
    ) -> Value<'p> {
        let target = match &callee.kind {
            ExprKind::Path(path) => {
                match path.single().and_then(|name| self.frame.variables.get(name)) {
                    Some(known) => {
                        let known = known.clone();
                        return self.call_value(&known, arguments, span);
                    }
                    None => {
                        self.request_call(path, arguments, span);
                        self.program.value(path, self.frame.scope)
                    }
                }
            }
            _ => {
                let callee = self.expr(callee);
                return self.call_value(&callee, arguments, span);
            }
        };
        let values = self.exprs(arguments);
        if let ExprKind::Path(path) = &callee.kind {
            self.code_function(path.last(), &target, arguments, &values);
        }
        self.call_target(target, callee, values, span)
    }

    fn call_target(
        &mut self,
        target: Target,
        callee: &'p Expr,
        values: Vec<Value<'p>>,
        span: Span,
    ) -> Value<'p> {
        match target {
            Target::Function(id) => self.call_function(id, None, values, span),
            Target::Variant(of, index) => Value::Variant { of, index, fields: values.into() },
            Target::Struct(id) => {
                let names = self.program.structs.get(id).map(|def| &def.item.fields);
                let names = names.into_iter().flatten().map(|field| field.name.as_str());
                Value::Record { of: Some(id), fields: Rc::new(names.zip(values).collect()) }
            }
            Target::External(path) => self.call_external(&path, callee, values, span),
            Target::Unknown(path) => self.call_external(&path, callee, values, span),
            Target::Alias(_) | Target::Constant(_) => {
                let callee = self.expr(callee);
                self.call_known(&callee, values, span)
            }
            Target::Module(_) | Target::Enum(_) => Value::Existing,
        }
    }

    /// A call of what a variable or an expression holds.
    fn call_value(&mut self, callee: &Value<'p>, arguments: &'p [Expr], span: Span) -> Value<'p> {
        let values = self.exprs(arguments);
        for alternative in callee.alternatives() {
            if let Value::Function(id) = alternative {
                let name = self.program.functions[*id].name;
                self.code_function(name, &Target::Function(*id), arguments, &values);
            }
        }
        self.call_known(callee, values, span)
    }

    pub(super) fn call_known(
        &mut self,
        callee: &Value<'p>,
        values: Vec<Value<'p>>,
        span: Span,
    ) -> Value<'p> {
        let mut results = Vec::new();
        for alternative in callee.alternatives() {
            results.push(match alternative {
                Value::Function(id) => self.call_function(*id, None, values.clone(), span),
                Value::Closure(closure) => self.call_closure(&Rc::clone(closure), values.clone()),
                Value::External(path) => {
                    let path = Rc::clone(path);
                    self.call_path(&path, values.clone(), span)
                }
                _ => {
                    values.iter().for_each(|value| self.hand_over(value));
                    Value::Existing
                }
            });
        }
        Value::choice(results)
    }

    fn call_external(
        &mut self,
        path: &[String],
        callee: &'p Expr,
        values: Vec<Value<'p>>,
        span: Span,
    ) -> Value<'p> {
        // `<T>::from(x)` and `T::default()` of a declared type are known by that type.
        if let ExprKind::Path(Path { of: Some(ty), .. }) = &callee.kind {
            let typed = self.value_of_type(ty, self.frame.scope);
            if !typed.is_vague() {
                return typed;
            }
        }
        if let ExprKind::Path(written) = &callee.kind
            && path.len() == 1
            && written.segments.len() == 2
            && let Some(value) = self.derived_constructor(written, &values)
        {
            return value;
        }
        self.call_path(path, values, span)
    }

    /// `T::default()` and `T::from(x)` of a declared type whose implementation is derived or elsewhere.
    fn derived_constructor(&mut self, path: &'p Path, values: &[Value<'p>]) -> Option<Value<'p>> {
        let (_, of) = path.segments.split_last()?;
        let of = Path { segments: of.to_vec(), ..path.clone() };
        let id = self
            .program
            .type_id(&Type::Path { path: of, arguments: Vec::new() }, self.frame.scope)?;
        values.iter().for_each(|value| self.hand_over(value));
        Some(Value::Instance(id))
    }

    /// A call of something of another crate, or of the standard library.
    fn call_path(&mut self, path: &[String], mut values: Vec<Value<'p>>, span: Span) -> Value<'p> {
        let name = vocabulary::last(path);
        let short = match path {
            [.., of, name] => format!("{of}::{name}"),
            _ => name.to_owned(),
        };
        if let Some(value) = self.routing_call(path, &values, span) {
            return value;
        }
        if path.len() > 1 && vocabulary::is_client(&path[..path.len() - 1]) {
            return Value::Client;
        }
        let one = values.len() == 1;
        match short.as_str() {
            _ if one && name == "Err" => return Value::Failure(values.remove(0).into()),
            _ if one && (SEE_THROUGH.contains(&short.as_str()) || SEE_THROUGH.contains(&name)) => {
                let value = values.remove(0);
                return if short == "String::from" { self.converted(&value, span) } else { value };
            }
            _ if one && CALL_THROUGH.contains(&short.as_str()) => {
                let callee = values.remove(0);
                return self.call_known(&callee, Vec::new(), span);
            }
            "String::new" | "String::default" => return Value::text("", span),
            "Display::fmt" | "fmt::fmt" if values.len() == 2 => {
                let text = self.displayed(&values[0], span);
                return self.write(&values[1], &text);
            }
            "Serialize::serialize" if values.len() == 2 => {
                return self.write(&values[1], &values[0].clone());
            }
            _ => {}
        }
        values.iter().for_each(|value| self.hand_over(value));
        let is_data = |value: &Value<'p>| matches!(value, Value::Existing);
        if values.iter().any(is_data) && values.iter().all(Value::is_vague) {
            return Value::Existing;
        }
        Value::Unknown
    }

    /// Runs a function of the program with arguments.
    pub(super) fn call_function(
        &mut self,
        id: FunctionId,
        this: Option<Value<'p>>,
        mut values: Vec<Value<'p>>,
        span: Span,
    ) -> Value<'p> {
        let def = &self.program.functions[id];
        let this = match this {
            Some(this) => Some(this),
            None if def.function.has_self && !values.is_empty() => Some(values.remove(0)),
            None => None,
        };
        let file = self.frame.file;
        let value = self.run_function(id, this, values);
        value.map_text(&mut |text| match text.span.file == file {
            true => text.clone(),
            false => Text { span, ..text.clone() },
        })
    }

    pub(super) fn run_function(
        &mut self,
        id: FunctionId,
        this: Option<Value<'p>>,
        values: Vec<Value<'p>>,
    ) -> Value<'p> {
        let def = &self.program.functions[id];
        let scope = def.scope;
        let test = def.test || (self.depth > 0 && self.frame.test);
        let by_type = |evaluator: &Self| evaluator.value_of_type(&def.function.output, scope);
        if self.depth >= DEEPEST_CALL {
            return by_type(self);
        }
        let mut this = this.map(|this| this.simplified());
        let mut values: Vec<_> = values.iter().map(Value::simplified).collect();
        let mut key = self.call_key(test, this.as_ref(), &values);
        let often = self.unkeyed.get(&id).copied().unwrap_or(0) >= MOST_UNKEYED_CALLS;
        if key.is_none() && (often || self.active.contains(&id)) {
            let all = this.iter_mut().chain(&mut values);
            for value in all.filter(|value| !value.is_built_up()) {
                self.hand_over(value);
                *value = value.vague();
            }
            key = self.call_key(test, this.as_ref(), &values);
        }
        if key.is_none() {
            *self.unkeyed.entry(id).or_default() += 1;
        }
        if let Some(key) = &key {
            if let Some(known) = self.results.get(&(id, key.clone())) {
                return known.clone();
            }
            // What calls itself is taken by its type.
            self.results.insert((id, key.clone()), by_type(self));
        }
        self.calls += 1;
        if self.calls > self.most_calls() {
            self.too_many_calls(def.span);
            return by_type(self);
        }
        if !test {
            self.run.insert(id);
        }
        let mut inside = Frame::new(scope, def.span.file, test);
        let writes = values.iter().any(|value| matches!(value, Value::Formatter));
        if writes {
            inside.output = self.frame.output.clone();
        }
        let outside = std::mem::replace(&mut self.frame, inside);
        self.depth += 1;
        let entered = self.active.insert(id);
        if let Some(this) = this {
            self.frame.variables.insert("self", this);
        }
        let mut values = values.into_iter();
        for parameter in &def.function.parameters {
            let value = values.next().unwrap_or(Value::Existing);
            let value = match &parameter.ty {
                Some(ty) => self.by_type(value, ty, scope),
                None => value,
            };
            self.bind_pattern(&parameter.pattern, &value);
        }
        let value = self.block(&def.function.body);
        self.run_closures();
        self.depth -= 1;
        if entered {
            self.active.remove(&id);
        }
        let inside = std::mem::replace(&mut self.frame, outside);
        if writes {
            self.frame.output = inside.output;
        }
        let value = Value::choice(inside.returns.into_iter().chain([value]));
        let value = match (value, &def.function.output) {
            // `todo!()` still has the type that is written.
            (Value::Never, Type::Path { .. }) => by_type(self),
            (value, output) => self.by_type(value, output, scope),
        };
        if let Some(key) = key.filter(|_| !writes) {
            self.results.insert((id, key), value.clone());
        }
        value
    }

    /// What the result of a call is kept under; none if an argument has parts that matter.
    fn call_key(
        &self,
        test: bool,
        this: Option<&Value<'p>>,
        values: &[Value<'p>],
    ) -> Option<String> {
        let keys: Option<Vec<_>> = this.into_iter().chain(values).map(Value::key).collect();
        Some(format!("{test} {} {}", self.records as u8, keys?.join(",")))
    }

    pub(super) fn call_closure(
        &mut self,
        closure: &Closure<'p>,
        values: Vec<Value<'p>>,
    ) -> Value<'p> {
        let ExprKind::Closure { parameters, body } = &closure.expr.kind else {
            return Value::Existing;
        };
        self.called_closures.insert(closure.expr);
        self.calls += 1;
        if self.depth >= DEEPEST_CALL || self.calls > self.most_calls() {
            return Value::Existing;
        }
        let mut inside = Frame::new(closure.scope, closure.file, self.frame.test);
        inside.variables = closure.variables.clone();
        inside.output = self.frame.output.clone();
        let outside = std::mem::replace(&mut self.frame, inside);
        self.depth += 1;
        let mut values = values.into_iter();
        for parameter in parameters {
            let value = values.next().unwrap_or(Value::Existing);
            let value = match &parameter.ty {
                Some(ty) => self.by_type(value, ty, closure.scope),
                None => value,
            };
            self.bind_pattern(&parameter.pattern, &value);
        }
        let value = self.expr(body);
        self.run_closures();
        self.depth -= 1;
        let inside = std::mem::replace(&mut self.frame, outside);
        self.frame.output = inside.output;
        Value::choice(inside.returns.into_iter().chain([value]))
    }

    /// Runs the closures that have been made here and that no one has called.
    pub(super) fn run_closures(&mut self) {
        while let Some(made) = self.frame.closures.pop() {
            if let Value::Closure(closure) = made
                && !self.called_closures.contains(&std::ptr::from_ref(closure.expr))
            {
                self.call_closure(&closure, Vec::new());
            }
        }
    }

    fn most_calls(&self) -> usize {
        MOST_CALLS + CALLS_A_FUNCTION * self.program.functions.len()
    }

    fn too_many_calls(&mut self, span: Span) {
        if self.calls == self.most_calls() + 1 && self.records != Records::Nothing {
            self.gaps.push(SourceGap {
                span,
                reason: "there are too many calls to follow".to_owned(),
                endpoints: true,
                callsites: false,
                codes: true,
            });
        }
    }

    /// The scope of the function that is being run, for types written in it.
    pub(super) fn scope(&self) -> Scope<'p> {
        self.frame.scope
    }

    /// A path of another crate as a value.
    pub(super) fn external_path(&mut self, path: Vec<String>) -> Value<'p> {
        if let [.., of, name] = path.as_slice() {
            match of.as_str() {
                "MethodFilter" => return Value::Filter(vec![Rc::from(name.as_str())].into()),
                "Method" if name.chars().all(|c| c.is_ascii_uppercase()) => {
                    return Value::Method(name.as_str().into());
                }
                _ => {}
            }
        }
        if path.len() == 1 {
            return match path[0].as_str() {
                "None" => Value::Inert,
                "self" => self.this(self.scope()),
                _ => Value::External(path.into()),
            };
        }
        Value::External(path.into())
    }

    pub(super) fn is_declared_enum(value: &Value<'p>) -> bool {
        matches!(value, Value::Variant { .. } | Value::Instance(TypeId::Enum(_)))
    }
}
