//! Constants that may be `undefined`, and what is emitted of them.

use crate::source::typescript::module::{Constant, Emitted};
use crate::source::{Emission, EmittedCode};

/// The values, and for what is `undefined` among them the others.
pub(super) fn or_else(values: Vec<Constant>, others: Vec<Constant>) -> Vec<Constant> {
    let mut all = Vec::new();
    for value in values {
        match value {
            Constant::Missing { .. } | Constant::Nothing => {
                all.extend(others.iter().map(|other| both_missing(other.clone(), &value)))
            }
            value => all.push(value),
        }
    }
    all
}

/// If a member is missing here, too: from the objects of both.
pub(super) fn both_missing(value: Constant, other: &Constant) -> Constant {
    match (value, other) {
        (Constant::Missing { member, mut objects }, Constant::Missing { objects: more, .. }) => {
            objects.extend_from_slice(more);
            Constant::Missing { member, objects }
        }
        (value, _) => value,
    }
}

/// Emits a value of another module.
pub(super) fn emit_imported(value: Constant, emitted: &Emitted, emissions: &mut Vec<Emission>) {
    match value {
        // What another module declares as its codes is its own business.
        Constant::Text { of_object: false, .. } | Constant::Missing { .. } => {
            emit_own(&value, emitted, emissions);
        }
        _ => {}
    }
}

pub(super) fn emit_own(value: &Constant, emitted: &Emitted, emissions: &mut Vec<Emission>) {
    let code = match value {
        Constant::Text { text, .. } => EmittedCode::Constant(text.clone()),
        Constant::Partial { before, after } => {
            EmittedCode::Partial { before: before.clone(), after: after.clone() }
        }
        Constant::Opaque => EmittedCode::Opaque,
        Constant::Missing { member, objects } if !emitted.has_default && !objects.is_empty() => {
            EmittedCode::Undeclared { member: member.clone(), objects: objects.clone() }
        }
        _ => return,
    };
    emissions.push(Emission { code, sink: emitted.sink.clone(), span: emitted.span });
}
