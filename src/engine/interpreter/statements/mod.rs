//! What statements do to the model, one file per kind of object.

mod body_check;
mod data_type;
mod event_trigger;
mod extension;
mod function;
mod immutable;
mod index;
mod maintenance;
mod named;
mod operator;
mod placement;
mod policy;
mod publication;
mod role;
mod routine;
mod schema;
mod sequence;
mod setting;
mod stored_setting;
mod table;
mod target;
mod trigger;
mod view;

use sqlparser::ast::{ObjectName, Query, SetExpr, Statement};

use super::model::Model;
use super::parse::{Mentions, ParsedStatement, StatementKind, extra};
use super::problem::Problem;
use super::session::Session;

impl Session {
    /// Executes one statement; on a problem the model may have changed in part, and the caller
    /// restores it.
    pub(crate) fn execute(&mut self, statement: &ParsedStatement) -> Result<(), Problem> {
        self.execute_kind(&statement.kind)
    }

    /// Executes what a statement says.
    pub(super) fn execute_kind(&mut self, kind: &StatementKind) -> Result<(), Problem> {
        match kind {
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
            Statement::CreatePolicy(statement) => self.create_policy(statement),
            Statement::AlterPolicy(statement) => self.alter_policy(statement),
            Statement::CreateView(statement) => self.create_view(statement),
            Statement::CreateExtension(statement) => self.create_extension(statement),
            Statement::Query(query) if !makes_table(query) => self.execute_query(statement),
            Statement::Query(query) => self.select_into(query),
            Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::Merge(_)
            | Statement::Call(_) => self.execute_query(statement),
            Statement::CreateIndex(create) => self.create_index(create, false),
            Statement::CreateTable(create) => self.create_table_as(create),
            Statement::CreateType { name, representation } => {
                self.create_type(name, representation.as_ref())
            }
            Statement::CreateDomain(create) => self.create_domain(create),
            Statement::CreateSequence {
                temporary, if_not_exists, name, sequence_options, ..
            } => self.create_sequence(name, *temporary, *if_not_exists, sequence_options),
            _ => Err(Problem::gap_everywhere("this statement is not supported")),
        }
    }

    fn execute_extra(&mut self, statement: &extra::Statement) -> Result<(), Problem> {
        match statement {
            extra::Statement::NoEffect => Ok(()),
            extra::Statement::Do(statement) => self.execute_do(statement),
            extra::Statement::CreateFunction(statement) => self.create_function(statement),
            extra::Statement::CreateAggregate(statement) => self.create_aggregate(statement),
            extra::Statement::AlterFunction(statement) => self.alter_function(statement),
            extra::Statement::DropFunctions(statement) => self.drop_functions(statement),
            extra::Statement::CreateTrigger(statement) => self.create_trigger(statement),
            extra::Statement::AlterTrigger(statement) => self.alter_trigger(statement),
            extra::Statement::DropTrigger(statement) => self.drop_trigger(statement),
            extra::Statement::CreateOperator(statement) => self.create_operator(statement),
            extra::Statement::CreateOperatorClass(statement) => {
                self.create_operator_class(statement)
            }
            extra::Statement::DropOperators(statement) => self.drop_operators(statement),
            extra::Statement::CreateEventTrigger(statement) => self.create_event_trigger(statement),
            extra::Statement::AlterEventTrigger(statement) => self.alter_event_trigger(statement),
            extra::Statement::AlterObject(statement) => match statement.kind {
                extra::ObjectKind::Type | extra::ObjectKind::Domain => self.alter_type(statement),
                _ => self.alter_named(statement),
            },
            extra::Statement::DropObjects(statement) => self.drop_named(statement),
            extra::Statement::CreateIndexOnly(create) => self.create_index(create, true),
            extra::Statement::CreateSchema(statement) => self.create_schema(statement),
            extra::Statement::CreateObject(statement) => self.create_object(statement),
            extra::Statement::Comment(named) => self.check_named(named),
            extra::Statement::Grant(grant) => self.check_grant(grant),
            extra::Statement::Maintenance(statement) => self.maintain(statement),
            extra::Statement::Publication(statement) => self.change_publication(statement),
            extra::Statement::Role(statement) => self.execute_role(statement),
            extra::Statement::Setting(setting) => self.execute_setting(setting),
            extra::Statement::StoredSetting(statement) => self.store_setting(statement),
            extra::Statement::Transaction(statement) => self.control_transaction(statement),
            extra::Statement::CreateTable(create) => self.create_table(create),
            extra::Statement::AlterTable(alter) => self.alter_table(alter),
        }
    }

    fn unparsed(&self, reason: &str, mentions: &Mentions) -> Problem {
        match mentions {
            Mentions::Everything => Problem::gap_everywhere(reason),
            // What the functions of the server do to rows is nothing to the catalog.
            Mentions::Calls(names) => match names.iter().find(|name| self.calls_of_user(name)) {
                Some(_) => Problem::gap_everywhere(reason),
                None => Problem::gap(reason, []),
            },
            Mentions::Names(names) => {
                Problem::gap(reason, names.iter().map(|name| self.expected_name(name)))
            }
        }
    }

    /// Whether a name is that of a function of the migrations.
    fn calls_of_user(&self, name: &ObjectName) -> bool {
        let find =
            |model: &Model, schema, name: &str| model.find_functions(schema, name).next().map(drop);
        self.find_in(name, Self::function_path, find).ok().flatten().is_some()
    }
}

/// Whether a query is SELECT … INTO.
fn makes_table(query: &Query) -> bool {
    matches!(&*query.body, SetExpr::Select(select) if select.into.is_some())
}
