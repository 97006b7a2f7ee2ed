//! Parse analysis: what the names in an expression mean, and which type it has.
//!
//! An expression that is stored (a policy's, a default, a view's query) depends on what it names,
//! and follows its renames. A name that certainly means nothing is the server's error; where the
//! columns in reach are not all known, nothing is certain.

mod access;
mod builtin;
mod call;
mod called;
mod candidate;
mod cast;
mod check;
mod coercion;
mod common;
mod expression;
mod from;
mod function;
mod literal;
mod membership;
mod missing;
mod naming;
mod operand;
mod operator;
mod place;
mod polymorphic;
mod query;
mod retype;
mod routine;
mod scope;
mod statement;
mod visit;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use sqlparser::ast::{Expr, Ident, Query, Visit, Visitor};

pub(in crate::engine::interpreter) use self::builtin::is_function as is_server_function;
pub(crate) use self::function::arguments;
pub(crate) use self::naming::column_name;
pub(crate) use self::place::Place;
pub(crate) use self::scope::OutputColumn;
use self::scope::{Frame, Scopes, Source};
use self::visit::Resolver;
use super::model::{Address, NameUse, Oid, StoredExpr, TypeKind, TypeRef};
use super::problem::{Problem, SqlError};
use super::session::Session;

/// A value that has a name, with its type where that can be told.
pub(crate) type NamedValue = (Arc<str>, Option<TypeRef>);

/// What an expression may name beside functions and types.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Over<'a> {
    /// No column at all, as in a default.
    Nothing,
    /// The columns of a relation, bare or under its name: policies, checks, index expressions.
    Relation(Oid),
    /// The rows `new` and `old` of a relation: the WHEN of a trigger.
    TriggerRows(Oid),
    /// The value of a domain over this type.
    Domain(&'a TypeRef),
    /// The arguments of a function, bare or under the function's own name, which comes first.
    Arguments(&'a str, &'a [NamedValue]),
}

/// An expression or query with what it depends on.
#[derive(Debug, Clone)]
pub(crate) struct Resolved<T> {
    /// The expression as the model stores it, or the columns of the query.
    pub(crate) value: T,
    /// What it depends on, each once.
    pub(crate) dependencies: Vec<Address>,
    /// The type of an expression, where it can be told.
    pub(crate) data_type: Option<TypeRef>,
}

/// A type, `None` where it cannot be told, or the error that the server certainly gives.
type Typed = Result<Option<TypeRef>, SqlError>;

/// What analysis needs to know.
#[derive(Clone, Copy)]
struct Context<'s> {
    session: &'s Session,
    /// Where the expression stands.
    place: Place,
    /// How many queries are around it.
    depth: usize,
    /// Types are checked everywhere, rather than told as far as columns and overloads need them.
    checking: bool,
    notes: Option<&'s Notes>,
}

/// What analysis finds out beside types and refusals.
#[derive(Debug, Default)]
struct Notes {
    /// The server may refuse what is not refused here.
    doubts: Cell<bool>,
    /// Why some versions refuse what others take.
    gap: RefCell<Option<Problem>>,
}

impl Notes {
    /// What came of an analysis.
    fn result<T>(&self, found: Result<T, SqlError>) -> Result<T, Problem> {
        let found = found?;
        match self.gap.take() {
            Some(gap) => Err(gap),
            None => Ok(found),
        }
    }
}

impl<'s> Context<'s> {
    fn new(session: &'s Session) -> Self {
        Self { session, place: Place::Elsewhere, depth: 0, checking: false, notes: None }
    }

    fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    fn checked(self) -> Self {
        Self { checking: true, ..self }
    }

    fn lenient(self) -> Self {
        Self { checking: false, ..self }
    }

    /// Inside a query of its own.
    fn inside(self) -> Self {
        Self { place: Place::Elsewhere, depth: self.depth + 1, ..self }
    }

    /// Notes that the server may refuse what is not refused here.
    fn doubt(&self) {
        if let Some(notes) = self.notes {
            notes.doubts.set(true);
        }
    }

    fn noting(self, notes: &'s Notes) -> Self {
        Self { notes: Some(notes), ..self }
    }
}

impl Session {
    /// Resolves the names in an expression; its types are not checked.
    pub(crate) fn resolve_expr(
        &self,
        expr: &Expr,
        over: Over<'_>,
    ) -> Result<Resolved<StoredExpr>, Problem> {
        self.resolve_at(expr, over, Place::Elsewhere)
    }

    fn resolve_at(
        &self,
        expr: &Expr,
        over: Over<'_>,
        place: Place,
    ) -> Result<Resolved<StoredExpr>, Problem> {
        let context = Context::new(self).at(place);
        let mut resolver = Resolver::new(context, positions(expr), over)?;
        if let ControlFlow::Break(problem) = expr.visit(&mut resolver) {
            return Err(problem);
        }
        let (names, dependencies) = resolver.finish();
        let value = StoredExpr { written: Arc::new(expr.clone()), names: names.into() };
        Ok(Resolved { value, dependencies, data_type: None })
    }

    /// Resolves an expression that stands somewhere, with the types in it.
    pub(crate) fn analyze_expr(
        &self,
        expr: &Expr,
        over: Over<'_>,
        place: Place,
    ) -> Result<Resolved<StoredExpr>, Problem> {
        let mut resolved = self.resolve_at(expr, over, place)?;
        let notes = Notes::default();
        let context = Context::new(self).checked().at(place).noting(&notes);
        let scopes = Scopes { frames: vec![context.frame(over)?] };
        resolved.data_type = notes.result(context.placed_type(&scopes, expr))?;
        Ok(resolved)
    }

    /// Resolves a query: the columns it returns, `None` where they cannot be told.
    pub(crate) fn resolve_query(
        &self,
        query: &Query,
        over: Over<'_>,
    ) -> Result<Resolved<Option<Arc<[OutputColumn]>>>, Problem> {
        let context = Context::new(self);
        let mut resolver = Resolver::new(context, HashMap::new(), over)?;
        if let ControlFlow::Break(problem) = query.visit(&mut resolver) {
            return Err(problem);
        }
        let (_, dependencies) = resolver.finish();
        let scopes = Scopes { frames: vec![context.frame(over)?] };
        let notes = Notes::default();
        let value = notes.result(context.checked().noting(&notes).analyzed(&scopes, query))?;
        Ok(Resolved { value, dependencies, data_type: None })
    }
}

impl Context<'_> {
    fn frame(&self, over: Over<'_>) -> Result<Frame, Problem> {
        let mut frame = Frame::default();
        match over {
            Over::Nothing => {}
            Over::Relation(oid) => {
                let relation = self.session.model.relation(oid)?;
                let name = self.session.model.relation_name(oid)?;
                frame.sources.push(Source {
                    schema: Some(name.schema.into()),
                    follows_name: true,
                    ..Source::relation(oid, relation, relation.name.clone())
                });
            }
            Over::TriggerRows(oid) => {
                let relation = self.session.model.relation(oid)?;
                for alias in ["new", "old"] {
                    frame.sources.push(Source::relation(oid, relation, alias.into()));
                }
            }
            Over::Domain(data_type) => {
                frame.sources.push(named_values(&[("value".into(), Some(data_type.clone()))]));
            }
            Over::Arguments(function, arguments) => {
                for (name, data_type) in arguments {
                    if let Some(TypeKind::Composite { relation: oid }) =
                        data_type.as_ref().and_then(|found| self.kind(found.oid))
                        && let Ok(relation) = self.session.model.relation(*oid)
                    {
                        let row = Source::relation(*oid, relation, name.clone());
                        frame.sources.push(Source {
                            schema: Some(function.into()),
                            qualified: true,
                            relation: None,
                            ..row
                        });
                    }
                }
                let values = named_values(arguments);
                frame.sources.push(Source {
                    alias: function.into(),
                    qualified: true,
                    ..values.clone()
                });
                frame.sources.push(values);
            }
        }
        Ok(frame)
    }
}

/// Values that have a name and no table.
fn named_values(names: &[NamedValue]) -> Source {
    let columns = names
        .iter()
        .map(|(name, data_type)| OutputColumn {
            name: name.clone(),
            data_type: data_type.clone(),
            origin: None,
        })
        .collect();
    Source {
        alias: "".into(),
        schema: None,
        relation: None,
        follows_name: false,
        columns: Some(columns),
        qualified: false,
    }
}

/// The place of each identifier in the order in which sqlparser visits them, by its address.
fn positions(expr: &Expr) -> HashMap<*const Ident, usize> {
    struct Counter(HashMap<*const Ident, usize>);
    impl Visitor for Counter {
        type Break = std::convert::Infallible;

        fn pre_visit_ident(&mut self, ident: &Ident) -> ControlFlow<Self::Break> {
            let next = self.0.len();
            self.0.insert(std::ptr::from_ref(ident), next);
            ControlFlow::Continue(())
        }
    }
    let mut counter = Counter(HashMap::new());
    let ControlFlow::Continue(()) = expr.visit(&mut counter);
    counter.0
}

/// A use of a name, if the identifier is one of the expression's.
fn name_use(
    positions: &HashMap<*const Ident, usize>,
    ident: &Ident,
    target: Address,
) -> Option<NameUse> {
    let identifier = *positions.get(&std::ptr::from_ref(ident))?;
    Some(NameUse { identifier, target })
}
