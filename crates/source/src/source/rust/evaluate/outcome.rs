//! Methods of options and results. `Some` and `Ok` are see-through, so each works on a value that may be
//! there and an error that may be there instead.

use super::Evaluator;
use crate::source::rust::value::Value;
use crate::span::Span;

/// Methods after which an error is still one.
const KEEP_FAILURES: [&str; 12] = [
    "map",
    "and_then",
    "inspect",
    "clone",
    "as_ref",
    "as_mut",
    "as_deref",
    "cloned",
    "copied",
    "context",
    "with_context",
    "to_owned",
];

/// Whether a result stays one under a method.
pub(super) fn keeps_failures(name: &str) -> bool {
    KEEP_FAILURES.contains(&name)
}

impl<'p> Evaluator<'p, '_> {
    /// A method by its name, if it is one of an option or of a result alone.
    pub(super) fn outcome_method(
        &mut self,
        base: &Value<'p>,
        name: &str,
        values: &[Value<'p>],
        span: Span,
    ) -> Option<Value<'p>> {
        let (well, failure) = base.outcomes();
        // Of a result that is not known, neither is the error.
        let error = if matches!(failure, Value::Never) { Value::Existing } else { failure };
        Some(match (name, values) {
            ("err" | "unwrap_err" | "expect_err", _) => error,
            ("unwrap_or" | "or" | "xor" | "get_or_insert", [other]) => match well {
                Value::Inert => other.clone(),
                well => well.or(other.clone()),
            },
            ("get_or_init" | "get_or_insert_with" | "get_or_try_init", [f]) => {
                let made = self.call_known(f, Vec::new(), span);
                if well.is_vague() { made } else { well.or(made) }
            }
            ("unwrap_or_else" | "or_else", [f]) => well.or(self.call_known(f, vec![error], span)),
            ("map_or", [default, f]) => default.clone().or(self.apply(&well, f, span)),
            ("map_or_else", [default, f]) => {
                let default = self.call_known(default, vec![error], span);
                default.or(self.apply(&well, f, span))
            }
            ("map_err", [f]) => {
                well.or(Value::Failure(self.call_known(f, vec![error], span).into()))
            }
            ("inspect_err", [f]) => {
                self.call_known(f, vec![error], span);
                base.clone()
            }
            ("ok_or", [failure]) => well.or(Value::Failure(failure.clone().into())),
            ("ok_or_else", [f]) => {
                well.or(Value::Failure(self.call_known(f, Vec::new(), span).into()))
            }
            ("then_some", [value]) => value.clone(),
            _ => return None,
        })
    }
}
