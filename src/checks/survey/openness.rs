//! What policies let visitors do.

use indexmap::IndexMap;

use super::{Found, Survey, policy_object};
use crate::catalog::{Command, ObjectName, Policy, Table};
use crate::checks::openness::{Openness, openness};
use crate::prover::Visitor;

/// Whether visitors get by a policy, or all policies of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::checks) enum Passage {
    /// No, not all of them at every row.
    Closed,
    /// It cannot be told.
    Unknown,
    /// Yes, at every row.
    Open,
}

/// A clause of policies by its name in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::checks) enum Clause {
    Using,
    /// WITH CHECK, or USING where there is none.
    Check,
}

impl Clause {
    /// The clause with the expression that counts as it.
    pub(in crate::checks) fn of(self, policy: &Policy) -> Option<(&'static str, &str)> {
        let using = policy.using.as_deref().map(|sql| ("USING", sql));
        match self {
            Self::Using => using,
            Self::Check => policy.with_check.as_deref().map(|sql| ("WITH CHECK", sql)).or(using),
        }
    }
}

impl Survey<'_> {
    /// The roles of visitors, each with who comes as it.
    pub(in crate::checks) fn visitors(&self) -> Vec<(String, Visitor)> {
        let visitors = &self.scope.visitors;
        let out = visitors.signed_out.iter().map(|role| (role.clone(), Visitor::SignedOut));
        out.chain(visitors.signed_in.iter().map(|role| (role.clone(), Visitor::SignedIn))).collect()
    }

    /// Whether a visitor gets by the clause of a policy, given the values of some columns; the functions that tell are
    /// added.
    pub(in crate::checks) fn passage(
        &self,
        (table, policy): (&Table, &Policy),
        clause: Clause,
        visitor: Visitor,
        given: &IndexMap<String, String>,
        functions: &mut Vec<ObjectName>,
    ) -> Passage {
        let Some(expression) = clause.of(policy) else { return Passage::Closed };
        let (found, consulted) = openness(self.database, table, policy, expression, visitor, given);
        functions.extend(consulted);
        match found {
            Openness::Closed => Passage::Closed,
            Openness::Vacuous | Openness::Tried(_) => Passage::Open,
            Openness::Unknown => Passage::Unknown,
        }
    }

    /// Whether the restrictive policies of a table let a visitor at every row for a command.
    pub(in crate::checks) fn restrictions(
        &self,
        table: &Table,
        (role, visitor): (&str, Visitor),
        command: Command,
        clause: Clause,
        given: &IndexMap<String, String>,
        functions: &mut Vec<ObjectName>,
    ) -> Passage {
        let restrictive = table.policies.iter().filter(|policy| {
            !policy.permissive
                && policy.is_for(command)
                && policy.applies_to(role)
                && clause.of(policy).is_some()
        });
        restrictive
            .map(|policy| self.passage((table, policy), clause, visitor, given, functions))
            .min()
            .unwrap_or(Passage::Open)
    }

    /// It cannot be told whether a policy lets visitors at every row.
    pub(in crate::checks) fn doubt_openness(&mut self, table: &Table, policy: &Policy) {
        let found = Found {
            object: policy_object(table, policy),
            of: vec![table.name.clone()],
            history: policy.history.clone(),
            labels: Vec::new(),
            message: format!(
                "whether policy {} of {} lets a stranger at every row cannot be told",
                policy.name, table.name
            ),
            help: "write the expression more plainly".to_owned(),
        };
        self.doubtful(found);
    }
}
