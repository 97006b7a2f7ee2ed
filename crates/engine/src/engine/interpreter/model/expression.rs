use std::ops::ControlFlow;
use std::sync::Arc;

use sqlparser::ast::{Expr, Ident, VisitMut, VisitorMut};

use super::{Address, Model, Object};
use crate::engine::interpreter::names;

/// An expression as it was written, which follows the renames of what it names.
#[derive(Debug, Clone)]
pub(crate) struct StoredExpr {
    /// The expression under the names that were current when it was stored.
    pub(crate) written: Arc<Expr>,
    /// The identifiers in it that name columns, relations, functions, types and schemas.
    pub(crate) names: Arc<[NameUse]>,
}

/// An identifier of an expression and what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NameUse {
    /// Its place among the identifiers, in the order that sqlparser visits them.
    pub(crate) identifier: usize,
    /// What it names.
    pub(crate) target: Address,
}

impl StoredExpr {
    /// The expression under the names that are current.
    pub(crate) fn current(&self, model: &Model) -> Expr {
        let mut expr = (*self.written).clone();
        if !self.names.is_empty() {
            let mut renamer = Renamer { model, names: &self.names, position: 0 };
            let ControlFlow::Continue(()) = expr.visit(&mut renamer);
        }
        expr
    }

    /// The columns of one relation that it names, each once, in order of appearance.
    pub(crate) fn columns_of(&self, relation: super::Oid) -> Vec<i16> {
        let mut columns = Vec::new();
        for name in self.names.iter() {
            let Address { object, column } = name.target;
            if object == relation && column > 0 && !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }
}

struct Renamer<'a> {
    model: &'a Model,
    names: &'a [NameUse],
    position: usize,
}

impl VisitorMut for Renamer<'_> {
    type Break = std::convert::Infallible;

    fn pre_visit_ident(&mut self, ident: &mut Ident) -> ControlFlow<Self::Break> {
        let position = self.position;
        self.position += 1;
        if let Some((first, rest)) = self.names.split_first()
            && first.identifier == position
        {
            self.names = rest;
            // An object that has moved is in another schema than the one that was written before it.
            let qualified = rest.first().filter(|next| next.identifier == position + 1);
            let is_schema =
                matches!(self.model.object(first.target.object), Some(Object::Schema(_)));
            let schema = qualified
                .filter(|_| is_schema)
                .and_then(|next| self.model.schema_of(next.target.object));
            let target = schema.map_or(first.target, Address::from);
            if let Some(name) = self.model.name_of(target)
                && *names::stored(ident) != *name
            {
                *ident = names::written(&name);
            }
        }
        ControlFlow::Continue(())
    }
}
