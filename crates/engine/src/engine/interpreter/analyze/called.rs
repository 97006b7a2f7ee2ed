//! What the functions that an expression calls mean for the walk over it.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Function as Call, FunctionArg, FunctionArguments, ObjectName, Value};

use super::function::{Callee, arguments};
use super::visit::{Flow, Resolver, flow};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::catalog;
use crate::engine::interpreter::{names, parse};

/// Functions whose first argument is the name of a relation as text.
const TAKES_RELATION: [&str; 4] = ["nextval", "currval", "setval", "pg_sequence_last_value"];

impl Resolver<'_> {
    /// A call, before its arguments.
    pub(super) fn call(&mut self, call: &Call) -> Flow {
        if self.depth == 0 {
            flow(self.context.check_placement(call))?;
        }
        if let FunctionArguments::List(list) = &call.args {
            for arg in &list.args {
                if let FunctionArg::ExprNamed { name, .. } = arg {
                    self.not_columns.insert(std::ptr::from_ref(name));
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// What is called, which is looked for after its arguments.
    pub(super) fn called(&mut self, call: &Call) -> Flow {
        let callee = self.context.call(&self.scopes, call);
        self.callee(&call.name, callee, arguments(call).len())?;
        let name = call.name.0.last().and_then(|p| p.as_ident()).map(names::stored);
        if name.is_some_and(|n| TAKES_RELATION.contains(&&*n))
            && let Some(Some(argument)) = arguments(call).first()
        {
            return self.relation_text(argument);
        }
        ControlFlow::Continue(())
    }

    /// A function that is called, as far as it can be told.
    pub(super) fn callee(&mut self, name: &ObjectName, callee: Callee, arguments: usize) -> Flow {
        match callee {
            Callee::Function(oid) => {
                self.depend(oid);
                self.use_object(name, oid);
            }
            Callee::Missing => {
                let message = format!(
                    "function {name}({}) does not exist",
                    vec!["unknown"; arguments].join(", ")
                );
                return ControlFlow::Break(Problem::error("42883", message));
            }
            Callee::Unknown => {}
        }
        ControlFlow::Continue(())
    }

    /// A literal that names a relation, as in `nextval('name')` or `'name'::regclass`.
    pub(super) fn relation_text(&mut self, expr: &Expr) -> Flow {
        let text = match expr {
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) => text,
                _ => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return ControlFlow::Continue(());
        }
        let Some(name) = parse::qualified_name(text) else { return ControlFlow::Continue(()) };
        match self.context.session.relation(&name) {
            Ok(oid) => self.depend(oid),
            Err(_) if catalog::is_system(&name) => {}
            Err(problem) => return ControlFlow::Break(problem),
        }
        ControlFlow::Continue(())
    }
}
