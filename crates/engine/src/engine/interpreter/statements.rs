//! What statements do to the model, one file per kind of object.

mod body_check;
mod data_type;
mod event_trigger;
mod extension;
mod function;
mod immutable;
mod index;
mod maintenance;
mod object_address;
mod operator;
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

use sqlparser::ast::ObjectName;

use super::model::Model;
use super::parse::ast::{ObjectKind, Statement};
use super::parse::{Mentions, ParsedStatement, StatementKind};
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
            StatementKind::Read(statement) => self.dispatch(statement),
            StatementKind::Unparsed { reason, mentions } => Err(self.unparsed(reason, mentions)),
            StatementKind::Refused { sqlstate, message } => {
                Err(Problem::error(sqlstate, message.as_str()))
            }
        }
    }

    fn dispatch(&mut self, statement: &Statement) -> Result<(), Problem> {
        match statement {
            Statement::NoEffect => Ok(()),
            Statement::Query(query) => self.execute_query(query),
            Statement::SelectInto(query) => self.select_into(query),
            Statement::CreateTable(create) => self.create_table(create),
            Statement::CreateTableAs(create) => self.create_table_as(create),
            Statement::AlterTable(alter) => self.alter_table(alter),
            Statement::CreateView(create) => self.create_view(create),
            Statement::CreateIndex(create) => self.create_index(&create.written, create.only),
            Statement::CreateSequence(create) => self.create_sequence(create),
            Statement::CreatePolicy(create) => self.create_policy(create),
            Statement::AlterPolicy(alter) => self.alter_policy(alter),
            Statement::CreateType(create) => self.create_type(create),
            Statement::CreateDomain(create) => self.create_domain(create),
            Statement::CreateExtension(create) => self.create_extension(create),
            Statement::Do(code) => self.execute_do(code),
            Statement::CreateFunction(create) => self.create_function(create),
            Statement::CreateAggregate(create) => self.create_aggregate(create),
            Statement::AlterFunction(alter) => self.alter_function(alter),
            Statement::DropFunctions(drop) => self.drop_functions(drop),
            Statement::CreateTrigger(create) => self.create_trigger(create),
            Statement::AlterTrigger(alter) => self.alter_trigger(alter),
            Statement::DropTrigger(drop) => self.drop_trigger(drop),
            Statement::CreateOperator(create) => self.create_operator(create),
            Statement::CreateOperatorClass(create) => self.create_operator_class(create),
            Statement::DropOperators(drop) => self.drop_operators(drop),
            Statement::CreateEventTrigger(create) => self.create_event_trigger(create),
            Statement::AlterEventTrigger(alter) => self.alter_event_trigger(alter),
            Statement::AlterObject(alter) => match alter.kind {
                ObjectKind::Type | ObjectKind::Domain => self.alter_type(alter),
                _ => self.alter_named(alter),
            },
            Statement::DropObjects(drop) => self.drop_named(drop),
            Statement::CreateSchema(create) => self.create_schema(create),
            Statement::CreateObject(create) => self.create_object(create),
            Statement::Comment(named) => self.check_named(named),
            Statement::Grant(grant) => self.check_grant(grant),
            Statement::Maintenance(statement) => self.maintain(statement),
            Statement::Publication(statement) => self.change_publication(statement),
            Statement::Role(statement) => self.execute_role(statement),
            Statement::Setting(setting) => self.execute_setting(setting),
            Statement::StoredSetting(statement) => self.store_setting(statement),
            Statement::Transaction(statement) => self.control_transaction(statement),
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
