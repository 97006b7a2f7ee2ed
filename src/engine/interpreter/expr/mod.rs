//! What the names in an expression mean: columns of the FROM items around it, functions, types.
//!
//! An expression that is stored (a policy's, a default, a view's query) depends on what it names,
//! and follows its renames. A name that certainly means nothing is the server's error; where the
//! columns in reach are not all known, nothing is certain.

mod builtin;
mod from;
mod function;
mod infer;
mod literal;
mod scope;
mod statement;
mod visit;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use sqlparser::ast::{Expr, Ident, Query, Visit, Visitor};

pub(in crate::engine::interpreter) use self::builtin::is_function as is_server_function;
pub(crate) use self::function::arguments;
pub(crate) use self::infer::figured_name;
pub(crate) use self::scope::OutputColumn;
use self::scope::{Frame, Scopes, Source};
use self::visit::Resolver;
use super::model::{Address, NameUse, Oid, StoredExpr, TypeRef};
use super::problem::Problem;
use super::session::Session;

/// What an expression may name beside functions and types.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Over<'a> {
    /// No column at all, as in a default.
    Nothing,
    /// The columns of a relation, bare or under its name: policies, checks, index expressions.
    Relation(Oid),
    /// The rows `new` and `old` of a relation: the WHEN of a trigger.
    TriggerRows(Oid),
    /// The value of a domain.
    Domain,
    /// The arguments of a function by name, with the relation whose row one is; and the function's own name.
    Arguments(&'a str, &'a [(Arc<str>, Option<Oid>)]),
}

/// An expression or query with what it depends on.
#[derive(Debug, Clone)]
pub(crate) struct Resolved<T> {
    /// The expression as the model stores it, or the columns of the query.
    pub(crate) value: T,
    /// What it depends on, each once.
    pub(crate) dependencies: Vec<Address>,
}

/// What resolving needs to know of the session.
#[derive(Clone, Copy)]
struct Context<'s> {
    session: &'s Session,
}

impl Session {
    /// Resolves an expression over these names.
    pub(crate) fn resolve_expr(
        &self,
        expr: &Expr,
        over: Over<'_>,
    ) -> Result<Resolved<StoredExpr>, Problem> {
        let mut resolver = Resolver::new(Context { session: self }, positions(expr), over)?;
        if let ControlFlow::Break(problem) = expr.visit(&mut resolver) {
            return Err(problem);
        }
        let (names, dependencies) = resolver.finish();
        let value = StoredExpr { written: Arc::new(expr.clone()), names: names.into() };
        Ok(Resolved { value, dependencies })
    }

    /// The type of the value of an expression over nothing, where that can be told.
    pub(crate) fn type_of(&self, expr: &Expr) -> Option<TypeRef> {
        infer::value_type(&Context { session: self }, &Scopes::default(), expr)
    }

    /// The type of the value of an expression over the columns of a relation, where that can be told.
    pub(crate) fn type_over(&self, expr: &Expr, relation: Oid) -> Option<TypeRef> {
        let context = Context { session: self };
        let frames = vec![context.frame(Over::Relation(relation)).ok()?];
        infer::value_type(&context, &Scopes { frames }, expr)
    }

    /// Resolves a query: the columns it returns, `None` where they cannot be told.
    pub(crate) fn resolve_query(
        &self,
        query: &Query,
        over: Over<'_>,
    ) -> Result<Resolved<Option<Arc<[OutputColumn]>>>, Problem> {
        let context = Context { session: self };
        let mut resolver = Resolver::new(context, HashMap::new(), over)?;
        if let ControlFlow::Break(problem) = query.visit(&mut resolver) {
            return Err(problem);
        }
        let (_, dependencies) = resolver.finish();
        let value = context.query_columns(&Scopes::default(), query);
        Ok(Resolved { value, dependencies })
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
            Over::Domain => frame.sources.push(named_values(&["value".into()])),
            Over::Arguments(function, arguments) => {
                let names: Vec<Arc<str>> = arguments.iter().map(|(name, _)| name.clone()).collect();
                for (name, relation) in arguments {
                    if let Some(oid) = relation
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
                let values = named_values(&names);
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
fn named_values(names: &[Arc<str>]) -> Source {
    let columns = names
        .iter()
        .map(|name| OutputColumn { name: name.clone(), data_type: None, origin: None })
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
