//! Calls of methods: those of the program's own types, and what the standard library's mean for text.

use std::rc::Rc;

use super::Evaluator;
use crate::source::rust::program::{Target, TypeId};
use crate::source::rust::syntax::{Expr, ExprKind};
use crate::source::rust::value::{Text, Value};
use crate::span::Span;

/// Methods that give back what they are called on.
const SEE_THROUGH: &[&str] = &[
    "clone",
    "to_owned",
    "as_str",
    "as_ref",
    "as_deref",
    "as_mut",
    "borrow",
    "borrow_mut",
    "unwrap",
    "expect",
    "ok",
    "ok_or",
    "ok_or_else",
    "into_string",
    "into_boxed_str",
    "iter",
    "into_iter",
    "iter_mut",
    "collect",
    "cloned",
    "copied",
    "unwrap_or_default",
    "lock",
    "read",
    "write",
    "get_ref",
    "into_inner",
    "deref",
    "boxed",
    "to_vec",
    "by_ref",
    "take",
    "as_deref_mut",
    "as_slice",
    "leak",
    "into_boxed",
    "flatten",
    "enumerate_values",
    "context",
    "unwrap_unchecked",
    "inspect",
    "into_owned",
    "as_mut_ref",
    "downgrade",
];

impl<'p> Evaluator<'p, '_> {
    pub(super) fn method_call(
        &mut self,
        receiver: &'p Expr,
        name: &'p str,
        call: Span,
        arguments: &'p [Expr],
        span: Span,
    ) -> Value<'p> {
        let base = self.expr(receiver);
        let values = self.exprs(arguments);
        self.request_method(&base, name, arguments, &values, call);
        if name == "send" && arguments.is_empty() {
            self.sent_request(receiver);
        }
        let own = self.own_methods(&base, name);
        let target =
            own.first().map_or(Target::Unknown(Vec::new()), |(_, id)| Target::Function(*id));
        self.code_function(name, &target, arguments, &values);
        if !own.is_empty() {
            let results = own
                .into_iter()
                .map(|(this, id)| {
                    let result = self.call_function(id, Some(this.clone()), values.clone(), span);
                    self.declared_by(&this, id, result)
                })
                .collect::<Vec<_>>();
            return Value::choice(results);
        }
        if let Some(value) = self.routing_method(&base, name, arguments, &values, call) {
            return value;
        }
        if name == "insert" {
            self.insert(arguments, &values);
        }
        if name == "push_str"
            && let [more] = values.as_slice()
            && !matches!(base, Value::Formatter)
        {
            let after = self.concatenate(&[base, more.clone()], span);
            self.store(receiver, after);
            return Value::Inert;
        }
        self.known_method(&base, name, &values, span)
    }

    /// The functions of the program that a method call can mean, with what each is called on.
    fn own_methods(&self, base: &Value<'p>, name: &str) -> Vec<(Value<'p>, usize)> {
        let mut found = Vec::new();
        for alternative in base.alternatives() {
            let of = match alternative {
                Value::Variant { of, .. } => TypeId::Enum(*of),
                Value::Record { of: Some(of), .. } => TypeId::Struct(*of),
                Value::Instance(of) => *of,
                _ => continue,
            };
            let function =
                self.program.associated(of, name).iter().find_map(|target| match target {
                    Target::Function(id) if self.program.functions[*id].function.has_self => {
                        Some(*id)
                    }
                    _ => None,
                });
            found.extend(function.map(|id| (alternative.clone(), id)));
        }
        found
    }

    /// What `as_str`, `as_ref` and the like give for an enum is the business of the file that declares it.
    fn declared_by(&self, this: &Value<'p>, id: usize, result: Value<'p>) -> Value<'p> {
        let (Value::Variant { of, .. } | Value::Instance(TypeId::Enum(of))) = this else {
            return result;
        };
        if !super::written::is_spelling(self.program.functions[id].name) {
            return result;
        }
        let file = self.program.enums[*of].span.file;
        result.map_text(&mut |text| Text { declared: Some(file), ..text.clone() })
    }

    fn known_method(
        &mut self,
        base: &Value<'p>,
        name: &str,
        values: &[Value<'p>],
        span: Span,
    ) -> Value<'p> {
        if let Some(value) = self.outcome_method(base, name, values, span) {
            return value;
        }
        let (well, failure) = base.outcomes();
        let value = self.plain_method(&well, name, values, span);
        match failure {
            Value::Never => value,
            failure if super::outcome::keeps_failures(name) => {
                value.or(Value::Failure(failure.into()))
            }
            _ => value,
        }
    }

    /// A method of a value that is no result.
    fn plain_method(
        &mut self,
        base: &Value<'p>,
        name: &str,
        values: &[Value<'p>],
        span: Span,
    ) -> Value<'p> {
        match (name, values) {
            ("to_string", []) => self.displayed(base, span),
            ("into" | "try_into" | "into_response", []) => self.converted(base, span),
            ("as_ref", []) => self.spelled_or(base, "AsRefStr", span),
            ("write_str" | "pad" | "serialize_str" | "write_fmt" | "push_str", [text]) => {
                self.write(base, text)
            }
            ("collect_str", [value]) => {
                let text = self.displayed(value, span);
                self.write(base, &text)
            }
            ("serialize_unit_variant", [.., text]) => self.write(base, text),
            ("fmt", [formatter]) => {
                let text = self.displayed(base, span);
                self.write(formatter, &text)
            }
            ("serialize", [serializer]) => self.write(serializer, base),
            ("map" | "and_then" | "then" | "for_each" | "flat_map" | "filter_map", [f]) => {
                self.apply(base, f, span)
            }
            ("fold", [start, f]) => {
                let mut result = start.clone();
                for element in self.list_elements(base) {
                    result = self.call_known(f, vec![result, element], span);
                }
                result
            }
            ("inspect" | "with_context", [f]) => {
                self.call_known(f, vec![base.clone()], span);
                base.clone()
            }
            ("join", [separator]) => self.join(base, Some(separator), span),
            ("concat", []) => self.join(base, None, span),
            ("to_uppercase" | "to_ascii_uppercase", []) => {
                self.change_text(base, &str::to_uppercase)
            }
            ("to_lowercase" | "to_ascii_lowercase", []) => {
                self.change_text(base, &str::to_lowercase)
            }
            ("trim" | "trim_start" | "trim_end", []) => {
                self.change_text(base, &|text| text.trim().to_owned())
            }
            ("replace", [Value::Text(from), Value::Text(to)]) => {
                self.change_text(base, &|text| text.replace(&*from.value, &to.value))
            }
            (
                "is_empty" | "len" | "is_some" | "is_none" | "contains" | "starts_with"
                | "ends_with",
                _,
            ) => Value::Inert,
            _ if SEE_THROUGH.contains(&name) => {
                values.iter().for_each(|value| self.hand_over(value));
                base.clone()
            }
            _ => self.other_method(base, values),
        }
    }

    /// A method that is not known: text becomes something else, data stays data.
    fn other_method(&mut self, base: &Value<'p>, values: &[Value<'p>]) -> Value<'p> {
        values.iter().for_each(|value| self.hand_over(value));
        base.map(&mut |base| match base {
            Value::Text(_) | Value::Variant { .. } => Value::Unknown,
            Value::Client | Value::Router(_) | Value::Inert | Value::Never => base.clone(),
            _ => Value::Existing,
        })
    }

    fn list_elements(&self, base: &Value<'p>) -> Vec<Value<'p>> {
        match base {
            Value::List(values) => values.to_vec(),
            Value::Choice(values) => {
                values.iter().flat_map(|value| self.list_elements(value)).collect()
            }
            value => vec![value.clone()],
        }
    }

    /// `base.map(f)` of an option or of each element of a list.
    pub(super) fn apply(&mut self, base: &Value<'p>, f: &Value<'p>, span: Span) -> Value<'p> {
        match base {
            Value::List(values) => {
                let results =
                    values.iter().map(|value| self.call_known(f, vec![value.clone()], span));
                Value::list(results.collect())
            }
            base => self.call_known(f, vec![base.clone()], span),
        }
    }

    fn join(&mut self, base: &Value<'p>, separator: Option<&Value<'p>>, span: Span) -> Value<'p> {
        let Value::List(parts) = base else { return self.other_method(base, &[]) };
        let mut all = Vec::new();
        for part in parts.iter() {
            if let Some(separator) = separator.filter(|_| !all.is_empty()) {
                all.push(separator.clone());
            }
            all.push(part.clone());
        }
        self.concatenate(&all, span)
    }

    /// `x.into()` and `String::from(x)`: by the conversions that the program has, else the value itself.
    pub(super) fn converted(&mut self, value: &Value<'p>, span: Span) -> Value<'p> {
        let mut results = Vec::new();
        for alternative in value.alternatives() {
            let of = match alternative {
                Value::Variant { of, .. } => Some(TypeId::Enum(*of)),
                Value::Record { of: Some(of), .. } => Some(TypeId::Struct(*of)),
                Value::Instance(of) => Some(*of),
                _ => None,
            };
            let functions = of.map_or(&[][..], |of| self.program.conversions(of)).to_vec();
            if functions.is_empty() {
                results.push(alternative.clone());
                continue;
            }
            for id in functions {
                let values = vec![alternative.clone()];
                let result = self.call_function(id, None, values, span);
                results.push(self.declared_from(alternative, result));
            }
        }
        Value::choice(results)
    }

    fn declared_from(&self, source: &Value<'p>, result: Value<'p>) -> Value<'p> {
        let (Value::Variant { of, .. } | Value::Instance(TypeId::Enum(of))) = source else {
            return result;
        };
        let file = self.program.enums[*of].span.file;
        result.map_text(&mut |text| Text { declared: Some(file), ..text.clone() })
    }

    /// A struct literal.
    pub(super) fn structure(
        &mut self,
        path: &'p crate::source::rust::syntax::Path,
        fields: &'p [(String, Expr)],
        rest: Option<&'p Expr>,
    ) -> Value<'p> {
        let target = self.program.type_path(path, self.frame.scope);
        let target = match target {
            Target::Unknown(_) => self.program.value(path, self.frame.scope),
            target => target,
        };
        let of = match &target {
            Target::Struct(id) => Some(*id),
            Target::Alias(_) => {
                let ty = crate::source::rust::syntax::Type::Path {
                    path: path.clone(),
                    arguments: Vec::new(),
                };
                match self.program.type_id(&ty, self.frame.scope) {
                    Some(TypeId::Struct(id)) => Some(id),
                    _ => None,
                }
            }
            _ => None,
        };
        let mut known: std::collections::BTreeMap<&'p str, Value<'p>> =
            std::collections::BTreeMap::new();
        for (name, expr) in fields {
            let value = self.expr(expr);
            self.code_field(of, name, &value, expr.span);
            known.insert(name, value);
        }
        if let Some(rest) = rest
            && let Value::Record { fields, .. } = self.expr(rest)
        {
            for (name, value) in fields.iter() {
                known.entry(name).or_insert_with(|| value.clone());
            }
        }
        if let Target::Variant(of, index) = self.program.value(path, self.frame.scope) {
            let declared = self.program.enums[of].item.variants[index].fields.iter();
            let fields = declared
                .map(|field| known.get(field.name.as_str()).cloned().unwrap_or(Value::Existing));
            return Value::Variant { of, index, fields: fields.collect::<Vec<_>>().into() };
        }
        Value::Record { of, fields: Rc::new(known) }
    }

    /// Stores into a variable, or into a field of one.
    pub(super) fn store(&mut self, target: &'p Expr, value: Value<'p>) {
        match &target.kind {
            ExprKind::Path(path) => {
                if let Some(name) = path.single()
                    && self.frame.variables.contains_key(name)
                {
                    self.frame.variables.insert(name, value);
                }
            }
            ExprKind::Field { base, name } => {
                if let ExprKind::Path(path) = &base.kind
                    && let Some(variable) = path.single()
                    && let Some(Value::Record { of, fields }) = self.frame.variables.get(variable)
                {
                    let mut fields = (**fields).clone();
                    fields.insert(name, value);
                    let record = Value::Record { of: *of, fields: Rc::new(fields) };
                    self.frame.variables.insert(variable, record);
                }
            }
            _ => {}
        }
    }

    pub(super) fn assign(&mut self, target: &'p Expr, value_expr: &'p Expr) -> Value<'p> {
        let value = self.expr(value_expr);
        self.assigned_code(target, &value, value_expr.span);
        match (&target.kind, &value) {
            (ExprKind::Tuple(targets), Value::List(values)) => {
                for (target, value) in targets.iter().zip(values.iter()) {
                    self.assigned_code(target, value, value_expr.span);
                    self.store(target, value.clone());
                }
            }
            _ => self.store(target, value),
        }
        Value::Inert
    }
}
