//! Functions that a statement calls beside what it says: in the query of CREATE TABLE AS, in a default for rows
//! that are there, in a CHECK of them, in the triggers of TRUNCATE and COPY.

use sqlparser::ast::{Query, Statement, Visit};

use super::model::Oid;
use super::plpgsql::Run;
use super::problem::Problem;
use super::query::{Evaluator, NoVariables};
use super::session::Session;
use crate::engine::Gap;

impl Session {
    /// Executes a query for the functions that it calls, if any is one of the migrations'.
    pub(crate) fn execute_functions_of(&mut self, query: &Query) -> Result<(), Problem> {
        if self.without_data || !self.calls_user_function(query) {
            return Ok(());
        }
        let result = self.execute_query(&Statement::Query(Box::new(query.clone())));
        self.keep_gap(result)
    }

    /// Executes the functions that a part of a statement calls as ones that may be called for some row.
    pub(crate) fn execute_functions_in_doubt(
        &mut self,
        part: &(impl Visit + ?Sized),
    ) -> Result<(), Problem> {
        if !self.calls_user_function(part) {
            return Ok(());
        }
        let result = Run::take_over(self, |session, run| {
            Evaluator { session, run, variables: &NoVariables }.call_in_doubt(part)
        });
        self.keep_gap(result)
    }

    /// Fires the triggers of a table that a statement without a query may fire.
    pub(crate) fn fire_triggers(&mut self, table: Oid, events: &[&str]) -> Result<(), Problem> {
        let result = Run::take_over(self, |session, run| {
            let mut evaluator = Evaluator { session, run, variables: &NoVariables };
            events.iter().try_for_each(|event| evaluator.fire(table, event))
        });
        self.keep_gap(result)
    }

    fn calls_user_function(&mut self, part: &(impl Visit + ?Sized)) -> bool {
        let mut run = Run::default();
        Evaluator { session: self, run: &mut run, variables: &NoVariables }
            .calls_user_function(part)
    }

    /// What cannot be executed of a function is a gap, and the statement around it is executed all the same.
    fn keep_gap(&mut self, result: Result<(), Problem>) -> Result<(), Problem> {
        match result {
            Err(Problem::Gap { reason, reach }) => {
                self.gaps.push(Gap { span: self.span, reason, reach });
                Ok(())
            }
            other => other,
        }
    }
}
