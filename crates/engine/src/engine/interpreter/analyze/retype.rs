//! What becomes of expressions when a column of theirs gets another type: the server reads them anew.

use sqlparser::ast::{Expr, ObjectName};

use super::Context;
use super::routine::{Called, Given};
use crate::engine::interpreter::model::{Oid, TypeRef};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Refuses a value of a type as a condition.
    pub(crate) fn check_is_condition(&self, expr: &Expr, found: Oid) -> Result<(), Problem> {
        Ok(Context::new(self).check_boolean(expr, Some(&TypeRef::plain(found)), "WHERE")?)
    }

    /// Refuses operands that certainly no operator of that name takes.
    pub(crate) fn check_operator(&self, name: &str, operands: [Oid; 2]) -> Result<(), Problem> {
        let name = if name == "!=" { "<>" } else { name };
        Ok(Context::new(self).operator(name, &operands).map(drop)?)
    }

    /// Refuses a call whose arguments get other types, the second of each pair, where the function does not take
    /// them. Literals keep the types that the call gave them.
    pub(crate) fn check_call_anew(
        &self,
        name: &ObjectName,
        arguments: &[(Oid, Oid)],
    ) -> Result<(), Problem> {
        let old: Vec<Oid> = arguments.iter().map(|(old, _)| *old).collect();
        let Some(taken) = self.taken_by(name, &old) else { return Ok(()) };
        let anew = |(at, (_, new)): (usize, &(Oid, Oid))| match *new {
            Oid::UNKNOWN => taken.get(at).copied().flatten(),
            new => Some(new),
        };
        match arguments.iter().enumerate().map(anew).collect::<Option<Vec<Oid>>>() {
            Some(types) => {
                let given = Given { types, names: Vec::new() };
                Ok(Context::new(self).routine(name, &given).map(drop)?)
            }
            None => Ok(()),
        }
    }

    /// The types that a function of the server takes arguments of these types as, where that can be told.
    pub(crate) fn taken_by(&self, name: &ObjectName, types: &[Oid]) -> Option<Vec<Option<Oid>>> {
        let given = Given { types: types.to_vec(), names: Vec::new() };
        match Context::new(self).routine(name, &given) {
            Ok(Called::Function { arguments, function: None, .. }) => Some(arguments),
            _ => None,
        }
    }
}
