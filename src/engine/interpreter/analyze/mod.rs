//! Parse analysis: what the names in an expression mean, and which type it has.
//!
//! An expression that is stored (a policy's, a default, a view's query) depends on what it names,
//! and follows its renames. A name that certainly means nothing is the server's error; where the
//! columns in reach are not all known, nothing is certain.

mod access;
mod builtin;
mod call;
mod candidate;
mod cast;
mod coercion;
mod common;
mod expression;
mod from;
mod function;
mod literal;
mod membership;
mod naming;
mod operator;
mod place;
mod polymorphic;
mod query;
mod routine;
mod scope;
mod statement;
mod visit;

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use sqlparser::ast::{Expr, Ident, Query, Statement, Visit, Visitor};

pub(crate) use self::naming::figured_name;
pub(crate) use self::place::Place;
pub(crate) use self::scope::OutputColumn;
use self::scope::{Frame, Scopes, Source};
use self::statement::Misfit;
use self::visit::Resolver;
use super::model::{Address, NameUse, Oid, StoredExpr, TypeRef};
use super::problem::{Problem, SqlError};
use super::session::Session;
use super::{Analyzed, parse};
use crate::engine::Reach;

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
    /// The arguments of a function by name.
    Arguments(&'a [NamedValue]),
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
    /// Set where the server may refuse what is not refused here.
    doubts: Option<&'s Cell<bool>>,
}

impl<'s> Context<'s> {
    fn new(session: &'s Session) -> Self {
        Self { session, place: Place::Elsewhere, depth: 0, checking: false, doubts: None }
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
        if let Some(doubts) = self.doubts {
            doubts.set(true);
        }
    }
}

impl Session {
    /// Resolves the names in an expression; its types are not checked.
    pub(crate) fn resolve_expr(
        &self,
        expr: &Expr,
        over: Over<'_>,
    ) -> Result<Resolved<StoredExpr>, Problem> {
        let mut resolver = Resolver::new(Context::new(self), positions(expr), over)?;
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
        let mut resolved = self.resolve_expr(expr, over)?;
        let context = Context::new(self).checked().at(place);
        let scopes = Scopes { frames: vec![context.frame(over)?] };
        let found = context.placed_type(&scopes, expr);
        resolved.data_type = self.certain(found, &resolved.dependencies)?;
        Ok(resolved)
    }

    /// Refuses a value of a type that can certainly not be assigned where another is wanted.
    pub(crate) fn check_assignment(
        &self,
        value: &Expr,
        found: Option<&TypeRef>,
        target: &TypeRef,
        message: impl FnOnce(String) -> String,
    ) -> Result<(), Problem> {
        let Some(found) = found else { return Ok(()) };
        match Context::new(self).assignable(Some(value), found, target) {
            Ok(()) => Ok(()),
            Err(Misfit::Literal(error)) => Err(Problem::Error(error)),
            Err(Misfit::Type) => {
                Err(Problem::error("42804", message(self.type_name(&TypeRef::plain(found.oid)))))
            }
        }
    }

    /// Whether a value of one type can certainly not be assigned where another is wanted.
    pub(crate) fn is_misfit(&self, from: Oid, to: Oid) -> bool {
        let (from, to) = (TypeRef::plain(from), TypeRef::plain(to));
        matches!(Context::new(self).assignable(None, &from, &to), Err(Misfit::Type))
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
        let value = match context.checked().analyzed(&scopes, query) {
            Ok(columns) => columns,
            Err(error) => {
                self.certain::<()>(Err(error), &dependencies)?;
                context.query_columns(&scopes, query)
            }
        };
        Ok(Resolved { value, dependencies, data_type: None })
    }

    /// Refuses a query whose one column cannot be what a function returns.
    pub(crate) fn check_query_result(
        &self,
        columns: Option<&[OutputColumn]>,
        returns: &TypeRef,
    ) -> Result<(), Problem> {
        Ok(Context::new(self).check_result(columns, returns)?)
    }

    /// Refuses a statement outside of any other in which something certainly has the wrong type.
    pub(crate) fn check_types(&self, statement: &Statement) -> Result<(), Problem> {
        match Context::new(self).checked().check_statement(statement) {
            Err(error) if self.gaps.is_empty() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// What analysis says of the first column of a query.
    pub(crate) fn judge(&self, text: &str) -> Analyzed {
        let Ok(Statement::Query(query)) = parse::query(text) else { return Analyzed::Unknown };
        if let Err(Problem::Error(error)) = self.resolve_names(&query) {
            return Analyzed::Refused(error.sqlstate.to_owned());
        }
        let doubts = Cell::new(false);
        let context = Context { doubts: Some(&doubts), ..Context::new(self).checked() };
        match context.analyzed(&Scopes::default(), &query) {
            // What comes before may be refused with another.
            Err(_) if doubts.get() => Analyzed::Unknown,
            Err(error) => Analyzed::Refused(error.sqlstate.to_owned()),
            Ok(columns) => {
                let first = columns.as_deref().and_then(<[OutputColumn]>::first);
                match first.and_then(|column| column.data_type.as_ref()) {
                    Some(found) if !doubts.get() => {
                        Analyzed::Type(self.type_name(&TypeRef::plain(found.oid)))
                    }
                    _ => Analyzed::Unknown,
                }
            }
        }
    }

    fn resolve_names(&self, query: &Query) -> Result<(), Problem> {
        let mut resolver = Resolver::new(Context::new(self), HashMap::new(), Over::Nothing)?;
        match query.visit(&mut resolver) {
            ControlFlow::Break(problem) => Err(problem),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// A refusal, unless what could not be interpreted may have made what is missing.
    fn certain<T: Default>(
        &self,
        found: Result<T, SqlError>,
        dependencies: &[Address],
    ) -> Result<T, Problem> {
        let error = match found {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        let in_doubt = self.gaps.iter().any(|gap| match &gap.reach {
            Reach::Everything => true,
            Reach::Objects(objects) => objects.iter().any(|object| {
                let named = |address: &Address| self.model.object_of(*address);
                // What is no relation may be the function or operator that was looked for.
                let is_relation = self
                    .model
                    .find_schema(&object.schema)
                    .and_then(|schema| self.model.find_relation(schema, &object.name))
                    .is_some();
                !is_relation || dependencies.iter().filter_map(named).any(|name| name == *object)
            }),
        });
        if in_doubt { Ok(T::default()) } else { Err(error.into()) }
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
            Over::Arguments(names) => frame.sources.push(named_values(names)),
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
