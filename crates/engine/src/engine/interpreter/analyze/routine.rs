//! Which function a name and the types of its arguments mean (`func_get_detail`).
//! <https://www.postgresql.org/docs/current/typeconv-func.html>

use std::sync::Arc;

use sqlparser::ast::ObjectName;

use super::Context;
use super::candidate::{Candidate, Choice};
use super::coercion::{Pathway, oid_named};
use crate::engine::interpreter::model::{ArgumentMode, Function, FunctionKind, Oid, TypeRef};
use crate::engine::interpreter::problem::SqlError;
use crate::engine::interpreter::session::Session;
use crate::pg_catalog::{self, CastContext, FunctionRow, Versions};

/// The arguments of a call: their types, and the names of the last ones where they have some.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    pub(super) types: Vec<Oid>,
    pub(super) names: Vec<Arc<str>>,
}

/// What a call means.
#[derive(Debug, Clone)]
pub(super) enum Called {
    /// This function.
    Function {
        /// The function of the migrations, if it is one.
        function: Option<Oid>,
        result: Option<TypeRef>,
        kind: char,
        returns_set: bool,
        /// The types that it takes the arguments as.
        arguments: Vec<Option<Oid>>,
    },
    /// A cast to a type, written as a call.
    Cast(Oid),
    /// It cannot be told.
    Unknown,
}

impl Context<'_> {
    /// The function that a call means, or the error that there is none or more than one.
    pub(super) fn routine(&self, name: &ObjectName, given: &Given) -> Result<Called, SqlError> {
        let Ok((schema, own_name)) = Session::split_name(name) else { return Ok(Called::Unknown) };
        let path = match &schema {
            None => self.session.function_path(),
            Some(schema) => match self.session.schema(schema) {
                Ok(schema) => vec![schema],
                Err(_) => return Ok(Called::Unknown),
            },
        };
        let candidates = self.candidates(&path, &own_name, given);
        let exact = candidates.iter().find(|c| c.arguments == given.types);
        if let Some(exact) = exact
            && exact.is_in_every_version()
            && (exact.function.is_some() || !self.session.has_unknown_extension_in(&path))
        {
            return match exact.is_twice {
                false => Ok(self.called(exact, given)),
                true => Ok(Called::Unknown),
            };
        }
        if given.types.iter().any(|oid| self.is_opaque(*oid))
            || self.session.has_unknown_extension_in(&path)
        {
            // With one candidate alone nothing else can be meant, where no extension has others.
            return Ok(match candidates.as_slice() {
                [only]
                    if !self.session.has_unknown_extension_in(&path)
                        && only.is_in_every_version() =>
                {
                    self.called(only, given)
                }
                _ => Called::Unknown,
            });
        }
        if candidates.iter().any(|candidate| candidate.is_twice) {
            return Ok(Called::Unknown);
        }
        if candidates.iter().all(|candidate| candidate.is_in_every_version()) {
            let all: Vec<&Candidate> = candidates.iter().collect();
            return self.chosen_routine(name, &own_name, given, &all);
        }
        // Versions differ in their functions of that name: all of them have to agree.
        let mut answer: Option<String> = None;
        let mut last = Ok(Called::Unknown);
        for version in Versions::each() {
            let all: Vec<&Candidate> =
                candidates.iter().filter(|candidate| candidate.is_in(version)).collect();
            last = self.chosen_routine(name, &own_name, given, &all);
            let told = match &last {
                Ok(called) => format!("{called:?}"),
                Err(error) => error.sqlstate.to_owned(),
            };
            if *answer.get_or_insert_with(|| told.clone()) != told {
                return Ok(Called::Unknown);
            }
        }
        last
    }

    fn chosen_routine(
        &self,
        name: &ObjectName,
        own_name: &str,
        given: &Given,
        candidates: &[&Candidate],
    ) -> Result<Called, SqlError> {
        let exact = candidates.iter().find(|c| c.arguments == given.types);
        if let Some(exact) = exact {
            return Ok(self.called(exact, given));
        }
        if let Some(target) = self.cast_by_call(name, own_name, given) {
            return Ok(Called::Cast(target));
        }
        if candidates.len() == 1
            && let Some(only) = candidates.first()
            && let Choice::One(_) = self.choose(&given.types, candidates)
        {
            return Ok(self.called(only, given));
        }
        let (sqlstate, trouble) = match self.choose(&given.types, candidates) {
            Choice::One(chosen) => return Ok(self.called(chosen, given)),
            Choice::None => ("42883", "does not exist"),
            Choice::Several => ("42725", "is not unique"),
        };
        // `function(row)` may stand for a column of the row.
        let may_be_column =
            matches!(given.types.as_slice(), [only] if self.is_row(self.base(*only)));
        if self.session.has_user_casts || may_be_column {
            return Ok(Called::Unknown);
        }
        let types: Vec<String> = given.types.iter().map(|oid| self.spelled(*oid)).collect();
        let message = format!("function {name}({}) {trouble}", types.join(", "));
        Err(SqlError::new(sqlstate, message))
    }

    /// The type that a call with one argument casts to by its name.
    fn cast_by_call(&self, name: &ObjectName, own_name: &str, given: &Given) -> Option<Oid> {
        let ([source], true) = (given.types.as_slice(), given.names.is_empty()) else {
            return None;
        };
        let target = match name.0.len() {
            1 => oid_named(own_name).or_else(|| self.session.find_type(name).ok().flatten()),
            _ => self.session.find_type(name).ok().flatten(),
        }?;
        if *source == Oid::UNKNOWN {
            return Some(target);
        }
        match self.pathway(*source, target, CastContext::Explicit) {
            Pathway::Relabel => Some(target),
            Pathway::Text => {
                (!self.is_row(*source) || self.category(target) != 'S').then_some(target)
            }
            _ => None,
        }
    }

    fn called(&self, chosen: &Candidate, given: &Given) -> Called {
        let binding = self.binding(&given.types, chosen);
        let returns = match chosen.function {
            Some(oid) => self.session.model.function(oid).ok().and_then(|f| f.returns.clone()),
            None => Some(TypeRef::plain(chosen.result)),
        };
        let result = match returns {
            Some(declared) if declared.oid.is_polymorphic() => {
                self.bound(&binding, declared.oid).map(TypeRef::plain)
            }
            other => other,
        };
        let arguments =
            chosen.arguments.iter().map(|declared| self.bound(&binding, *declared)).collect();
        Called::Function {
            function: chosen.function,
            result,
            kind: chosen.kind,
            returns_set: chosen.returns_set,
            arguments,
        }
    }

    /// The functions of that name that take so many arguments, those first in the path first
    /// (`FuncnameGetCandidates`).
    fn candidates(&self, path: &[Oid], name: &str, given: &Given) -> Vec<Candidate> {
        let mut found: Vec<(usize, Candidate, bool)> = Vec::new();
        for (place, schema) in path.iter().enumerate() {
            let mut add = |candidate: Option<(Candidate, bool)>| {
                if let Some((candidate, expanded)) = candidate {
                    merge(&mut found, place, candidate, expanded);
                }
            };
            if *schema == Oid::PG_CATALOG {
                pg_catalog::functions(name).for_each(|row| add(built_in(&row, given)));
            }
            let own = self.session.model.find_functions(*schema, name);
            own.for_each(|(oid, function)| add(self.of_migrations(oid, function, given)));
        }
        found.into_iter().map(|(_, candidate, _)| candidate).collect()
    }
}

/// Adds a candidate unless one that comes first takes the same arguments.
fn merge(
    found: &mut Vec<(usize, Candidate, bool)>,
    place: usize,
    candidate: Candidate,
    expanded: bool,
) {
    let same = |known: &Candidate| {
        // Rows of the tables exclude each other by their versions.
        known.arguments == candidate.arguments
            && (known.versions.is_none()
                || candidate.versions.is_none()
                || overlap(known, &candidate))
    };
    let Some((known_place, known, known_expanded)) =
        found.iter_mut().find(|(_, known, _)| same(known))
    else {
        found.push((place, candidate, expanded));
        return;
    };
    if *known_place != place || (expanded && !*known_expanded) {
        return;
    }
    if *known_expanded && !expanded {
        (*known, *known_expanded) = (candidate, false);
    } else {
        known.is_twice = true;
    }
}

fn overlap(one: &Candidate, other: &Candidate) -> bool {
    Versions::each().any(|version| one.is_in(version) && other.is_in(version))
}

/// A parameter of a signature.
struct Parameter<'p> {
    name: &'p str,
    data_type: Oid,
}

/// The declared types in the order of the arguments given, and whether a variadic one was expanded; `None` where
/// the signature does not take so many.
fn arranged(
    parameters: &[Parameter<'_>],
    defaults: usize,
    variadic: Option<Oid>,
    given: &Given,
) -> Option<(Vec<Oid>, bool)> {
    let (wanted, count) = (parameters.len(), given.types.len());
    let needed = wanted.saturating_sub(defaults);
    let types = |range: &[Parameter<'_>]| range.iter().map(|p| p.data_type).collect::<Vec<_>>();
    if !given.names.is_empty() {
        if variadic.is_some() {
            return None;
        }
        let positional = count.checked_sub(given.names.len())?;
        let mut order = types(parameters.get(..positional)?);
        let mut used: Vec<usize> = (0..positional).collect();
        for name in &given.names {
            let at = parameters.iter().position(|parameter| parameter.name == &**name)?;
            if used.contains(&at) {
                return None;
            }
            used.push(at);
            order.push(parameters.get(at)?.data_type);
        }
        return (0..needed).all(|at| used.contains(&at)).then_some((order, false));
    }
    if let Some(element) = variadic
        && wanted <= count
    {
        let mut order = types(parameters.get(..wanted.checked_sub(1)?)?);
        order.resize(count, element);
        return Some((order, true));
    }
    if variadic.is_some() && count != wanted && count < needed {
        return None;
    }
    (needed..=wanted).contains(&count).then(|| Some((types(parameters.get(..count)?), false)))?
}

fn built_in(row: &FunctionRow, given: &Given) -> Option<(Candidate, bool)> {
    let names: Vec<&str> = row.names().collect();
    let parameters = row
        .arguments()
        .enumerate()
        .map(|(i, data_type)| {
            let name = names.get(i).copied().unwrap_or_default();
            Some(Parameter { name, data_type: oid_named(data_type)? })
        })
        .collect::<Option<Vec<_>>>()?;
    let variadic = row.variadic.and_then(oid_named);
    let (arguments, expanded) = arranged(&parameters, row.defaults, variadic, given)?;
    let candidate = Candidate {
        arguments,
        result: oid_named(row.result)?,
        function: None,
        kind: row.kind,
        returns_set: row.returns_set,
        versions: Some(row.versions),
        is_twice: false,
    };
    Some((candidate, expanded))
}

impl Context<'_> {
    fn of_migrations(
        &self,
        oid: Oid,
        function: &Function,
        given: &Given,
    ) -> Option<(Candidate, bool)> {
        let inputs: Vec<_> = function.arguments.iter().filter(|a| a.mode.is_input()).collect();
        let parameters: Vec<Parameter<'_>> = inputs
            .iter()
            .map(|a| Parameter { name: &a.name, data_type: a.data_type.oid })
            .collect();
        let defaults = inputs.iter().filter(|a| a.default.is_some()).count();
        let last = inputs.last();
        let variadic = match last {
            Some(last) if last.mode == ArgumentMode::Variadic => Some(match last.data_type.oid {
                Oid::ANY => Oid::ANY,
                Oid::ANYARRAY => Oid::ANYELEMENT,
                Oid::ANYCOMPATIBLEARRAY => Oid::ANYCOMPATIBLE,
                array => self.element(array)?,
            }),
            // Extensions are listed without the word VARIADIC.
            Some(last) if last.data_type.oid == Oid::ANY => Some(Oid::ANY),
            _ => None,
        };
        let (arguments, expanded) = arranged(&parameters, defaults, variadic, given)?;
        let candidate = Candidate {
            arguments,
            result: function.returns.as_ref().map_or(Oid::UNKNOWN, |returns| returns.oid),
            function: Some(oid),
            kind: match function.kind {
                FunctionKind::Function => 'f',
                FunctionKind::Procedure => 'p',
                FunctionKind::Aggregate => 'n',
                FunctionKind::Window => 'w',
            },
            returns_set: function.returns_set,
            versions: None,
            is_twice: false,
        };
        Some((candidate, expanded))
    }
}
