//! Where codes are emitted.

use super::{Evaluator, Records};
use crate::source::rust::program::Target;
use crate::source::rust::syntax::{Expr, ExprKind, Pattern};
use crate::source::rust::value::Value;
use crate::source::{Emission, EmittedCode};
use crate::span::Span;

impl<'p> Evaluator<'p, '_> {
    fn is_code_field(&self, name: &str) -> bool {
        self.source_query.code_fields.iter().any(|field| field == name)
    }

    /// A field of a struct literal, under its own name or the one that serde writes.
    pub(super) fn code_field(
        &mut self,
        of: Option<usize>,
        name: &str,
        value: &Value<'p>,
        span: Span,
    ) {
        let written = of
            .and_then(|of| self.program.structs.get(of))
            .and_then(|def| def.item.fields.iter().find(|field| field.name == name))
            .map(|field| field.written.as_str());
        let sink =
            [Some(name), written].into_iter().flatten().find(|name| self.is_code_field(name));
        if let Some(sink) = sink {
            self.emit(value, sink, span);
        }
    }

    /// `x.error_code = value` and `x["errorCode"] = value`.
    pub(super) fn assigned_code(&mut self, target: &'p Expr, value: &Value<'p>, span: Span) {
        match &target.kind {
            ExprKind::Field { name, .. } if self.is_code_field(name) => {
                self.emit(value, name, span)
            }
            ExprKind::Index { index, .. } => {
                if let ExprKind::Text(name) = &index.kind
                    && self.is_code_field(name)
                {
                    self.emit(value, name, span);
                }
            }
            _ => {}
        }
    }

    /// The entries of `json!`.
    pub(super) fn map(&mut self, entries: &'p [(Expr, Expr)]) -> Value<'p> {
        for (key, value_expr) in entries {
            let key = self.expr(key);
            let value = self.expr(value_expr);
            self.entry(&key, &value, value_expr.span);
        }
        Value::Existing
    }

    /// `map.insert("errorCode", value)`.
    pub(super) fn insert(&mut self, arguments: &'p [Expr], values: &[Value<'p>]) {
        if let ([key, value], [_, value_expr]) = (values, arguments) {
            self.entry(&key.clone(), &value.clone(), value_expr.span);
        }
    }

    fn entry(&mut self, key: &Value<'p>, value: &Value<'p>, span: Span) {
        if let Value::Text(name) = key
            && self.is_code_field(&name.value)
        {
            self.emit(value, &name.value, span);
        }
    }

    /// A call of a function that is handed a code.
    pub(super) fn code_function(
        &mut self,
        name: &str,
        target: &Target,
        arguments: &'p [Expr],
        values: &[Value<'p>],
    ) {
        let declared = match target {
            Target::Function(id) => Some(&self.program.functions[*id]),
            Target::External(path) if path.last().is_some_and(|last| last != name) => None,
            _ => None,
        };
        let own = declared.map_or(name, |def| def.name);
        let Some(sink) =
            self.source_query.code_functions.iter().find(|known| *known == own || *known == name)
        else {
            return;
        };
        let position = declared
            .and_then(|def| {
                // A path call hands `self` over first.
                let extra = values.len().saturating_sub(def.function.parameters.len());
                let at = def.function.parameters.iter().position(|p| is_code_name(&p.pattern))?;
                Some(at + extra.min(usize::from(def.function.has_self)))
            })
            .filter(|&at| at < values.len())
            .or_else(|| self.code_argument(arguments, values));
        if let Some(at) = position {
            let value = match &values[at] {
                Value::Record { .. } => self.field(&values[at], "code"),
                value => value.clone(),
            };
            let sink = sink.clone();
            self.emit(&value, &sink, arguments[at].span);
        }
    }

    /// The argument that is the code, where no declaration tells.
    fn code_argument(&self, arguments: &'p [Expr], values: &[Value<'p>]) -> Option<usize> {
        let by = |test: &dyn Fn(&Value<'p>) -> bool| {
            values.iter().position(|value| value.alternatives().iter().any(test))
        };
        let named = |expr: &Expr| match &expr.kind {
            ExprKind::Path(path) => is_code_like_name(path.last()),
            ExprKind::Field { name, .. } => is_code_like_name(name),
            _ => false,
        };
        by(&Self::is_declared_enum)
            .or_else(|| arguments.iter().position(named))
            .or_else(|| by(&|value| matches!(value, Value::Text(text) if is_code(&text.value))))
            .or_else(|| by(&|value| matches!(value, Value::Record { fields, .. } if fields.contains_key("code"))))
            .or_else(|| by(&|value| matches!(value, Value::Text(_))))
    }

    /// Writes down the codes that a value can be.
    fn emit(&mut self, value: &Value<'p>, sink: &str, span: Span) {
        if self.frame.test || self.records == Records::Nothing {
            return;
        }
        for alternative in value.alternatives() {
            let (code, span) = match alternative {
                // What another file declares is that file's business.
                Value::Text(text) if text.declared.is_some_and(|file| file != self.frame.file) => {
                    continue;
                }
                Value::Text(text) => (EmittedCode::Constant(text.value.to_string()), text.span),
                Value::Variant { of, index, .. } => {
                    if self.program.enums[*of].span.file != self.frame.file {
                        continue;
                    }
                    match self.spelling(*of, *index) {
                        Some(code) => (EmittedCode::Constant(code), span),
                        None => continue,
                    }
                }
                Value::Unknown => (EmittedCode::Opaque, span),
                _ => continue,
            };
            let key = (span, format!("{sink} {code:?}"));
            if self.seen.insert(key) {
                self.emissions.push(Emission { code, sink: sink.to_owned(), span });
            }
        }
    }
}

fn is_code_name(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Name { name, .. } if is_code_like_name(name))
}

fn is_code_like_name(name: &str) -> bool {
    name == "code" || name.ends_with("_code")
}

/// `RUN_NOT_FOUND` and its like.
fn is_code(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
