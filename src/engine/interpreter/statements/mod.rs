//! What statements do to the model, one file per kind of object.

mod extension;

use sqlparser::ast::Statement;

use super::parse::{Mentions, ParsedStatement, StatementKind, extra};
use super::problem::Problem;
use super::session::Session;

impl Session {
    /// Executes one statement; on a problem the model may have changed in part, and the caller
    /// restores it.
    pub(crate) fn execute(&mut self, statement: &ParsedStatement) -> Result<(), Problem> {
        match &statement.kind {
            StatementKind::Sql(sql) => self.execute_sql(sql),
            StatementKind::Extra(extra) => self.execute_extra(extra),
            StatementKind::Unparsed { reason, mentions } => Err(self.unparsed(reason, mentions)),
            StatementKind::Refused { sqlstate, message } => {
                Err(Problem::error(sqlstate, message.as_str()))
            }
        }
    }

    fn execute_sql(&mut self, statement: &Statement) -> Result<(), Problem> {
        match statement {
            Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) => Ok(()),
            _ => Err(Problem::gap_everywhere("this statement is not supported")),
        }
    }

    fn execute_extra(&mut self, statement: &extra::Statement) -> Result<(), Problem> {
        match statement {
            extra::Statement::NoEffect => Ok(()),
            _ => Err(Problem::gap_everywhere("this statement is not supported")),
        }
    }

    fn unparsed(&self, reason: &str, mentions: &Mentions) -> Problem {
        match mentions {
            Mentions::Everything | Mentions::Calls(_) => Problem::gap_everywhere(reason),
            Mentions::Names(names) => {
                Problem::gap(reason, names.iter().map(|name| self.expected_name(name)))
            }
        }
    }
}
