//! Which operator a name and the types of its operands mean (`parse_oper.c`).
//! <https://www.postgresql.org/docs/current/typeconv-oper.html>

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Context;
use super::candidate::{Candidate, Choice};
use super::coercion::oid_named;
use super::polymorphic::Binding;
use crate::engine::interpreter::model::Oid;
use crate::engine::interpreter::problem::SqlError;
use crate::pg_catalog::{self, Versions};

/// The operators of `pg_catalog` by name, parsed once.
static OPERATORS: LazyLock<HashMap<&'static str, Vec<Candidate>>> = LazyLock::new(|| {
    let mut all: HashMap<&'static str, Vec<Candidate>> = HashMap::new();
    for row in pg_catalog::operators() {
        let operands = [row.left, row.right].into_iter().filter(|name| !name.is_empty());
        let Some(arguments) = operands.map(oid_named).collect::<Option<Vec<_>>>() else { continue };
        let Some(result) = oid_named(row.result) else { continue };
        all.entry(row.name).or_default().push(Candidate {
            arguments,
            result,
            function: None,
            kind: 'f',
            returns_set: false,
            versions: Some(row.versions),
            is_twice: false,
        });
    }
    all
});

/// Extensions without operators of their own, beside those of PostgreSQL that have none.
const WITHOUT_OPERATORS: [&str; 9] = [
    "pg_graphql",
    "supabase_vault",
    "pg_net",
    "pg_cron",
    "pgjwt",
    "http",
    "pgmq",
    "pgsodium",
    "wrappers",
];

/// An operator with these operands.
#[derive(Debug, Clone)]
pub(super) struct Operator {
    /// What it makes of them.
    pub(super) result: Option<Oid>,
    /// The types that it takes them as; `None` where that cannot be told.
    pub(super) operands: Vec<Option<Oid>>,
}

impl Context<'_> {
    /// The operator of that name for operands of these types; `None` where it cannot be told which.
    pub(super) fn operator(&self, name: &str, given: &[Oid]) -> Result<Option<Operator>, SqlError> {
        let all = OPERATORS.get(name).map(Vec::as_slice).unwrap_or_default();
        let candidates: Vec<&Candidate> =
            all.iter().filter(|c| c.arguments.len() == given.len()).collect();
        if let Some(exact) = self.exact_operator(&candidates, given) {
            let shadowed = self.is_shadowed(name);
            return Ok(
                (!shadowed && exact.is_in_every_version()).then(|| self.operator_of(exact, given))
            );
        }
        if given.iter().any(|oid| self.is_opaque(*oid)) || self.may_have_others(name) {
            return Ok(None);
        }
        let every = candidates.iter().all(|candidate| candidate.is_in_every_version());
        if every {
            return self.chosen_operator(name, given, &candidates);
        }
        // Versions differ in their operators of that name: all of them have to agree.
        let mut answer: Option<(Option<Oid>, Option<&'static str>)> = None;
        let mut last = Ok(None);
        for version in Versions::each() {
            let of_version: Vec<&Candidate> =
                candidates.iter().copied().filter(|c| c.is_in(version)).collect();
            last = self.chosen_operator(name, given, &of_version);
            let told = match &last {
                Ok(found) => (found.as_ref().and_then(|f| f.result), None),
                Err(error) => (None, Some(error.sqlstate)),
            };
            if *answer.get_or_insert(told) != told {
                return Ok(None);
            }
        }
        last
    }

    fn chosen_operator(
        &self,
        name: &str,
        given: &[Oid],
        candidates: &[&Candidate],
    ) -> Result<Option<Operator>, SqlError> {
        let trouble = match self.choose(given, candidates) {
            Choice::One(chosen) => return Ok(Some(self.operator_of(chosen, given))),
            Choice::None => ("42883", "operator does not exist"),
            Choice::Several => ("42725", "operator is not unique"),
        };
        if self.session.has_user_casts {
            return Ok(None);
        }
        let (sqlstate, text) = trouble;
        let spelled = match given {
            [left, right] => format!("{} {name} {}", self.spelled(*left), self.spelled(*right)),
            operands => {
                let operands: Vec<String> = operands.iter().map(|o| self.spelled(*o)).collect();
                format!("{name} {}", operands.join(" "))
            }
        };
        Err(SqlError::new(sqlstate, format!("{text}: {spelled}")))
    }

    /// The operator for exactly these operands; a literal counts as what the other is
    /// (`binary_oper_exact`).
    fn exact_operator<'c>(
        &self,
        candidates: &[&'c Candidate],
        given: &[Oid],
    ) -> Option<&'c Candidate> {
        let find = |wanted: &[Oid]| candidates.iter().copied().find(|c| c.arguments == wanted);
        match given {
            [Oid::UNKNOWN, other] | [other, Oid::UNKNOWN] => {
                let base = self.base(*other);
                find(&[*other, *other]).or_else(|| find(&[base, base]))
            }
            _ => find(given),
        }
    }

    fn operator_of(&self, chosen: &Candidate, given: &[Oid]) -> Operator {
        let binding: Binding = self.binding(given, chosen);
        let operands =
            chosen.arguments.iter().map(|declared| self.bound(&binding, *declared)).collect();
        Operator { result: self.bound(&binding, chosen.result), operands }
    }

    /// Whether the migrations or an extension may have an operator of that name.
    fn may_have_others(&self, name: &str) -> bool {
        self.has_own(name)
            || self.session.model.extensions().any(
                |extension| match pg_catalog::extension_operators(&extension.name) {
                    Some(names) => names.split(' ').any(|own| own == name),
                    None => !WITHOUT_OPERATORS.contains(&&*extension.name),
                },
            )
    }

    /// Whether the migrations or a known extension made an operator of that name.
    fn has_own(&self, name: &str) -> bool {
        self.session.model.operators_named(name).next().is_some()
    }

    /// Whether an operator of the migrations may come before that of `pg_catalog`.
    fn is_shadowed(&self, name: &str) -> bool {
        let path = &self.session.settings.search_path;
        let catalog = path.iter().position(|name| &**name == "pg_catalog");
        catalog.is_some_and(|at| at > 0) && self.has_own(name)
    }
}
