//! The statements of migrations. Queries, and what sqlparser reads as PostgreSQL does, are its trees.

mod code;
mod create;
mod event_trigger;
mod maintenance;
mod object;
mod operator;
mod publication;
mod role;
mod routine;
mod session;
mod table;
mod trigger;

pub use code::{Body, Do};
pub use create::{CreateIndex, CreateSequence, CreateType};
pub use event_trigger::{AlterEventTrigger, CreateEventTrigger, EventTriggerChange};
pub use maintenance::Maintenance;
pub use object::{
    AlterObject, AttributeChange, CreateObject, CreateSchema, DropObjects, ObjectAddress,
    ObjectChange, ObjectKind,
};
pub use operator::{CreateOperator, CreateOperatorClass, DropOperators, OperatorRef};
pub use publication::{Publication, PublicationChange, Published};
pub use role::{Grant, Role, RoleOptions};
pub use routine::{
    AlterFunction, Argument, ArgumentMode, CreateAggregate, CreateFunction, DropFunctions,
    FunctionBody, Returns, RoutineKind, RoutineRef, TypeName,
};
pub use session::{Setting, SettingValue, StoredSetting, Transaction};
pub use table::{AlterAction, AlterTable, CreateTable, Identity, LikeOptions, TableElement};
pub use trigger::{AlterTrigger, CreateTrigger, DropTrigger, TriggerTime};

use sqlparser::ast as sql;

/// A statement.
#[derive(Debug, Clone)]
pub enum Statement {
    /// `SELECT`, `VALUES`, `INSERT`, `UPDATE`, `DELETE`, `MERGE` or `CALL`, which the executor runs.
    Query(Box<sql::Statement>),
    /// `SELECT … INTO`, which makes a table.
    SelectInto(Box<sql::Query>),
    /// `CREATE TABLE AS`
    CreateTableAs(Box<sql::CreateTable>),
    /// `CREATE VIEW`, `CREATE MATERIALIZED VIEW`
    CreateView(Box<sql::CreateView>),
    /// `CREATE POLICY`
    CreatePolicy(Box<sql::CreatePolicy>),
    /// `ALTER POLICY`
    AlterPolicy(Box<sql::AlterPolicy>),
    /// `CREATE INDEX`
    CreateIndex(CreateIndex),
    /// `CREATE TYPE`
    CreateType(Box<CreateType>),
    /// `CREATE DOMAIN`
    CreateDomain(Box<sql::CreateDomain>),
    /// `CREATE SEQUENCE`
    CreateSequence(CreateSequence),
    /// `CREATE EXTENSION`
    CreateExtension(sql::CreateExtension),
    /// `DO`
    Do(Do),
    /// `CREATE FUNCTION`, `CREATE PROCEDURE`
    CreateFunction(Box<CreateFunction>),
    /// `CREATE AGGREGATE`
    CreateAggregate(CreateAggregate),
    /// `ALTER FUNCTION`, `PROCEDURE`, `ROUTINE`, `AGGREGATE`
    AlterFunction(AlterFunction),
    /// `DROP FUNCTION`, `PROCEDURE`, `ROUTINE`, `AGGREGATE`
    DropFunctions(DropFunctions),
    /// `CREATE TRIGGER`
    CreateTrigger(Box<CreateTrigger>),
    /// `ALTER TRIGGER … RENAME TO`; other forms change nothing in the catalog.
    AlterTrigger(AlterTrigger),
    /// `DROP TRIGGER`
    DropTrigger(DropTrigger),
    /// `CREATE OPERATOR`
    CreateOperator(CreateOperator),
    /// `CREATE OPERATOR CLASS`, `CREATE OPERATOR FAMILY`
    CreateOperatorClass(CreateOperatorClass),
    /// `DROP OPERATOR`, `DROP OPERATOR CLASS`, `DROP OPERATOR FAMILY`
    DropOperators(DropOperators),
    /// `CREATE EVENT TRIGGER`
    CreateEventTrigger(CreateEventTrigger),
    /// `ALTER EVENT TRIGGER`
    AlterEventTrigger(AlterEventTrigger),
    /// Every `ALTER` of a table, view, index or sequence.
    AlterTable(AlterTable),
    /// Every `CREATE TABLE` but `AS query`, which comes as sqlparser reads it.
    CreateTable(Box<CreateTable>),
    /// Every `ALTER` of a type, domain, schema, and of kinds that the catalog does not show.
    AlterObject(AlterObject),
    /// `DROP` of every kind but functions, triggers and roles.
    DropObjects(DropObjects),
    /// `CREATE SCHEMA`
    CreateSchema(CreateSchema),
    /// A kind of object that the catalog doesn't show, made under a name that others may refer to.
    CreateObject(CreateObject),
    /// `COMMENT ON`, `SECURITY LABEL`: fails where the object does not exist.
    Comment(ObjectAddress),
    /// `GRANT`, `REVOKE`, `ALTER DEFAULT PRIVILEGES`, `LOCK`, …: they change nothing in the catalog and
    /// fail where an object or role does not exist.
    Grant(Grant),
    /// `TRUNCATE`, `REFRESH MATERIALIZED VIEW`, `COPY`, `CLUSTER`, `REINDEX`, `VACUUM`, …
    Maintenance(Maintenance),
    /// `CREATE PUBLICATION`, and `ALTER PUBLICATION` of its members.
    Publication(Publication),
    /// `CREATE/ALTER/DROP ROLE`, `USER`, `GROUP`.
    Role(Role),
    /// `SET`, `RESET`
    Setting(Setting),
    /// `ALTER DATABASE … SET`, `ALTER ROLE … SET`
    StoredSetting(StoredSetting),
    /// Transaction control.
    Transaction(Transaction),
    /// Changes nothing in the catalog and does not fail for anything in it that can be told:
    /// `LISTEN`, `SHOW`, …
    NoEffect,
}
