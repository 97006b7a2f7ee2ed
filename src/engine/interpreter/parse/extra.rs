//! Statements that sqlparser cannot read, or not as PostgreSQL does.

use std::ops::Range;

use sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOptionDef, DataType, Expr, Ident, ObjectName,
    TableConstraint,
};

use super::super::plpgsql::{self, Block, SyntaxError};

/// A statement of our own parser.
#[derive(Debug, Clone)]
pub enum Statement {
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
    /// `CREATE INDEX … ON ONLY`
    CreateIndexOnly(Box<sqlparser::ast::CreateIndex>),
    /// `COMMENT ON`, `SECURITY LABEL`: fails where the object does not exist.
    Comment(Named),
    /// `GRANT`, `REVOKE`, `ALTER DEFAULT PRIVILEGES`, `LOCK`, `TRUNCATE`, …: they change nothing in
    /// the catalog and fail where an object or role does not exist.
    Grant(Grant),
    /// `CREATE/ALTER/DROP ROLE`, `USER`, `GROUP`.
    Role(Role),
    /// `SET`, `RESET`
    Setting(Setting),
    /// Transaction control.
    Transaction(Transaction),
    /// Changes nothing in the catalog and does not fail for anything in it that can be told:
    /// `LISTEN`, `VACUUM`, `ALTER SYSTEM`, …
    NoEffect,
}

/// Text inside a literal, with what is needed to map places in it back to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The text, quotes and escapes resolved.
    pub text: String,
    /// Where the literal's content lies in the statement's text.
    pub range: Range<usize>,
    /// The content is written as it is (dollar quotes), so that places map one to one.
    pub verbatim: bool,
}

/// `DO [LANGUAGE lang] 'body'`
#[derive(Debug, Clone)]
pub struct Do {
    /// The language, `plpgsql` where none is named.
    pub language: String,
    /// The code.
    pub body: Body,
    /// What PL/pgSQL makes of it.
    pub(in super::super) block: Result<Block, SyntaxError>,
}

impl Do {
    /// Reads the code ahead of its turn, as all of a statement is read.
    pub(in crate::engine) fn new(language: String, body: Body) -> Self {
        let block = plpgsql::parse(&body.text);
        Self { language, body, block }
    }
}

/// What kind of routine a statement speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoutineKind {
    /// `FUNCTION`
    Function,
    /// `PROCEDURE`
    Procedure,
    /// `AGGREGATE`
    Aggregate,
    /// `ROUTINE`: any of them.
    Routine,
}

/// The mode of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentMode {
    /// `IN`, the default.
    In,
    /// `OUT`
    Out,
    /// `INOUT`
    InOut,
    /// `VARIADIC`
    Variadic,
    /// A column of `RETURNS TABLE`.
    Table,
}

/// One argument.
#[derive(Debug, Clone)]
pub struct Argument {
    /// Its mode.
    pub mode: ArgumentMode,
    /// Its name.
    pub name: Option<Ident>,
    /// Its type.
    pub data_type: TypeName,
    /// Its default.
    pub default: Option<Expr>,
}

/// A type as written.
#[derive(Debug, Clone)]
pub enum TypeName {
    /// An ordinary one.
    Plain(DataType),
    /// `table.column%TYPE`
    OfColumn(ObjectName),
}

/// What a function returns.
#[derive(Debug, Clone)]
pub enum Returns {
    /// A type.
    Type(TypeName),
    /// `SETOF type`
    SetOf(TypeName),
    /// `TABLE (…)`; the columns are among the arguments.
    Table,
}

/// The code of a function.
#[derive(Debug, Clone)]
pub enum FunctionBody {
    /// `AS 'text'`
    Text(Body),
    /// `AS 'library', 'symbol'`
    Library,
    /// `RETURN expression`
    Return(Box<Expr>),
    /// `BEGIN ATOMIC … END`: the statements inside.
    Atomic(Vec<sqlparser::ast::Statement>),
    /// A standard body that could not be read.
    Unread,
}

/// `CREATE [OR REPLACE] {FUNCTION | PROCEDURE}`
#[derive(Debug, Clone)]
pub struct CreateFunction {
    /// `OR REPLACE`
    pub or_replace: bool,
    /// Function or procedure.
    pub kind: RoutineKind,
    /// Its name.
    pub name: ObjectName,
    /// All arguments in order, OUT ones and the columns of `RETURNS TABLE` too.
    pub arguments: Vec<Argument>,
    /// What it returns, `None` if only its OUT arguments tell.
    pub returns: Option<Returns>,
    /// The language, folded.
    pub language: Option<String>,
    /// Its code.
    pub body: Option<FunctionBody>,
    /// `WINDOW`
    pub window: bool,
    /// `SECURITY DEFINER`
    pub security_definer: bool,
    /// `SET name = value` of the function, such as `search_path`.
    pub settings: Vec<(String, SettingValue)>,
}

/// `CREATE [OR REPLACE] AGGREGATE`
#[derive(Debug, Clone)]
pub struct CreateAggregate {
    /// `OR REPLACE`
    pub or_replace: bool,
    /// Its name.
    pub name: ObjectName,
    /// Its arguments; `None` for `(*)`.
    pub arguments: Option<Vec<Argument>>,
    /// The option `sfunc`.
    pub transition: Option<ObjectName>,
}

/// A function named in a statement, with or without its arguments.
#[derive(Debug, Clone)]
pub struct RoutineRef {
    /// Its name.
    pub name: ObjectName,
    /// Its arguments where given; an empty list is not the same as none.
    pub arguments: Option<Vec<Argument>>,
}

/// `ALTER {FUNCTION | PROCEDURE | ROUTINE | AGGREGATE}`
#[derive(Debug, Clone)]
pub struct AlterFunction {
    /// The kind named.
    pub kind: RoutineKind,
    /// Which.
    pub routine: RoutineRef,
    /// What to do.
    pub change: ObjectChange,
}

/// `DROP {FUNCTION | PROCEDURE | ROUTINE | AGGREGATE}`
#[derive(Debug, Clone)]
pub struct DropFunctions {
    /// The kind named.
    pub kind: RoutineKind,
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Which.
    pub routines: Vec<RoutineRef>,
    /// `CASCADE`
    pub cascade: bool,
}

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerTime {
    /// `BEFORE`
    Before,
    /// `AFTER`
    After,
    /// `INSTEAD OF`
    InsteadOf,
}

/// `CREATE [OR REPLACE] [CONSTRAINT] TRIGGER`
#[derive(Debug, Clone)]
pub struct CreateTrigger {
    /// `OR REPLACE`
    pub or_replace: bool,
    /// `CONSTRAINT`
    pub constraint: bool,
    /// Its name.
    pub name: Ident,
    /// When it fires.
    pub time: TriggerTime,
    /// `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`
    pub events: Vec<String>,
    /// `UPDATE OF` columns.
    pub columns: Vec<Ident>,
    /// Its table or view.
    pub table: ObjectName,
    /// `FROM table` of a constraint trigger.
    pub from: Option<ObjectName>,
    /// Names of its transition tables.
    pub transition_tables: Vec<Ident>,
    /// `FOR EACH ROW`
    pub for_each_row: bool,
    /// `WHEN`
    pub when: Option<Expr>,
    /// The function it calls.
    pub function: ObjectName,
}

/// `ALTER TRIGGER name ON table`
#[derive(Debug, Clone)]
pub struct AlterTrigger {
    /// Its name.
    pub name: Ident,
    /// Its table.
    pub table: ObjectName,
    /// The name to be.
    pub new_name: Option<Ident>,
}

/// `DROP TRIGGER name ON table`
#[derive(Debug, Clone)]
pub struct DropTrigger {
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Its name.
    pub name: Ident,
    /// Its table.
    pub table: ObjectName,
    /// `CASCADE`
    pub cascade: bool,
}

/// `ALTER TABLE` and its kin, action by action.
#[derive(Debug, Clone)]
pub struct AlterTable {
    /// What the statement calls it.
    pub kind: ObjectKind,
    /// `IF EXISTS`
    pub if_exists: bool,
    /// `ONLY`
    pub only: bool,
    /// Which.
    pub name: ObjectName,
    /// The actions in order.
    pub actions: Vec<AlterAction>,
}

/// One action of `ALTER TABLE`.
#[derive(Debug, Clone)]
pub enum AlterAction {
    /// One that sqlparser can read.
    Sql(Box<AlterTableOperation>),
    /// `ADD COLUMN` with a definition that sqlparser cannot read as a whole.
    AddColumn {
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// The column.
        column: Box<ColumnDef>,
    },
    /// `SET SCHEMA`
    SetSchema(Ident),
    /// `OWNED BY table.column` of a sequence, `None` for `NONE`.
    OwnedBy(Option<ObjectName>),
    /// `ATTACH PARTITION index` of an index.
    AttachIndex(ObjectName),
    /// `OF type`
    OfType(ObjectName),
    /// `NOT OF`
    NotOf,
    /// `ALTER COLUMN name SET EXPRESSION AS (…)`
    SetExpression {
        /// The column.
        column: Ident,
        /// The expression.
        expression: Box<Expr>,
    },
    /// `ALTER COLUMN name DROP EXPRESSION [IF EXISTS]`
    DropExpression {
        /// The column.
        column: Ident,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `ALTER COLUMN name DROP IDENTITY [IF EXISTS]`
    DropIdentity {
        /// The column.
        column: Ident,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `ALTER CONSTRAINT name …`: deferrability, which the catalog does not show.
    AlterConstraint(Ident),
    /// Any action on a column that changes nothing the catalog shows: `SET STATISTICS`,
    /// `SET STORAGE`, `SET (…)`, `SET GENERATED`, `RESTART`.
    TouchColumn(Ident),
    /// Any other action that changes nothing the catalog shows: `SET TABLESPACE`, `SET LOGGED`,
    /// `CLUSTER ON`, `OWNER TO`, storage parameters.
    NoEffect,
    /// One that nobody can read.
    Unread(String),
}

/// `CREATE TABLE` in the parts that matter.
#[derive(Debug, Clone)]
pub struct CreateTable {
    /// `TEMP`
    pub temporary: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// Its name.
    pub name: ObjectName,
    /// What stands between the parentheses, in order.
    pub elements: Vec<TableElement>,
    /// `INHERITS (…)`
    pub inherits: Vec<ObjectName>,
    /// `PARTITION OF parent`
    pub partition_of: Option<ObjectName>,
    /// `PARTITION BY` is there.
    pub partitioned: bool,
    /// Names of the columns of the partition key, `None` for an expression.
    pub partition_key: Vec<Option<Ident>>,
    /// `OF type`
    pub of_type: Option<ObjectName>,
    /// `SERVER name`: a foreign table.
    pub foreign: bool,
}

/// A column, constraint or `LIKE` of `CREATE TABLE`.
#[derive(Debug, Clone)]
pub enum TableElement {
    /// A column with its constraints.
    Column(Box<ColumnDef>),
    /// A table constraint.
    Constraint(Box<TableConstraint>),
    /// `LIKE table`
    Like {
        /// The table to be like.
        source: ObjectName,
        /// What is taken over beside the columns.
        options: LikeOptions,
    },
    /// Options of a column that the parent or type of the table has.
    Options {
        /// The column.
        column: Ident,
        /// Its options.
        options: Vec<ColumnOptionDef>,
    },
}

/// What `LIKE` takes over beside columns and NOT NULL, as far as the catalog shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LikeOptions {
    /// `INCLUDING CONSTRAINTS`
    pub constraints: bool,
    /// `INCLUDING DEFAULTS`
    pub defaults: bool,
    /// `INCLUDING GENERATED`
    pub generated: bool,
    /// `INCLUDING IDENTITY`
    pub identity: bool,
    /// `INCLUDING INDEXES`
    pub indexes: bool,
}

impl LikeOptions {
    /// Takes an option in or out by its name; unknown ones change nothing that the catalog shows.
    pub(super) fn set(&mut self, option: &str, including: bool) {
        match option {
            "all" => {
                *self = Self {
                    constraints: including,
                    defaults: including,
                    generated: including,
                    identity: including,
                    indexes: including,
                }
            }
            "constraints" => self.constraints = including,
            "defaults" => self.defaults = including,
            "generated" => self.generated = including,
            "identity" => self.identity = including,
            "indexes" => self.indexes = including,
            _ => {}
        }
    }
}

/// Kinds of named objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// `TABLE`
    Table,
    /// `FOREIGN TABLE`
    ForeignTable,
    /// `VIEW`
    View,
    /// `MATERIALIZED VIEW`
    MaterializedView,
    /// `INDEX`
    Index,
    /// `SEQUENCE`
    Sequence,
    /// `TYPE`
    Type,
    /// `DOMAIN`
    Domain,
    /// `SCHEMA`
    Schema,
    /// `EXTENSION`
    Extension,
    /// `COLUMN`
    Column,
    /// `CONSTRAINT … ON`
    Constraint,
    /// `POLICY … ON`
    Policy,
    /// `TRIGGER … ON`
    Trigger,
    /// `RULE … ON`
    Rule,
    /// `FUNCTION`, `PROCEDURE`, `ROUTINE`, `AGGREGATE`
    Routine,
    /// `ROLE`
    Role,
    /// `EVENT TRIGGER`
    EventTrigger,
    /// `PUBLICATION`
    Publication,
    /// `SUBSCRIPTION`
    Subscription,
    /// `DATABASE`
    Database,
    /// `COLLATION`
    Collation,
    /// `CONVERSION`
    Conversion,
    /// `CAST`
    Cast,
    /// `OPERATOR`, `OPERATOR CLASS`, `OPERATOR FAMILY`
    Operator,
    /// `STATISTICS`
    Statistics,
    /// `TEXT SEARCH …`
    TextSearch,
    /// `FOREIGN DATA WRAPPER`
    ForeignDataWrapper,
    /// `SERVER`
    Server,
    /// `USER MAPPING`
    UserMapping,
    /// `LANGUAGE`
    Language,
    /// `TRANSFORM`, `ACCESS METHOD`, `TABLESPACE`, `LARGE OBJECT`
    Other,
}

/// What `ALTER` does to an object.
#[derive(Debug, Clone)]
pub enum ObjectChange {
    /// `RENAME TO name`
    Rename(Ident),
    /// `SET SCHEMA name`
    SetSchema(Ident),
    /// `RENAME ATTRIBUTE/COLUMN a TO b`
    RenameAttribute(Ident, Ident),
    /// `RENAME VALUE 'a' TO 'b'`
    RenameValue(String, String),
    /// `ADD VALUE`
    AddValue {
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// The label.
        label: String,
        /// `BEFORE` (true) or `AFTER` another.
        neighbour: Option<(bool, String)>,
    },
    /// Actions on the attributes of a composite type.
    Attributes(Vec<AttributeChange>),
    /// `RENAME CONSTRAINT a TO b` (domains)
    RenameConstraint(Ident, Ident),
    /// `ADD [CONSTRAINT name] CHECK (…)` (domains)
    AddDomainConstraint {
        /// Its name.
        name: Option<Ident>,
        /// The CHECK, `None` for NOT NULL.
        check: Option<Box<Expr>>,
    },
    /// `DROP CONSTRAINT` (domains)
    DropDomainConstraint {
        /// Its name.
        name: Ident,
        /// `IF EXISTS`
        if_exists: bool,
        /// `CASCADE`
        cascade: bool,
    },
    /// Changes nothing that the catalog shows: owner, options, SET NOT NULL of a domain.
    NoEffect,
}

/// An action of `ALTER TYPE` on a composite type.
#[derive(Debug, Clone)]
pub enum AttributeChange {
    /// `ADD ATTRIBUTE`
    Add(Ident, TypeName),
    /// `DROP ATTRIBUTE`
    Drop {
        /// Its name.
        name: Ident,
        /// `IF EXISTS`
        if_exists: bool,
        /// `CASCADE`
        cascade: bool,
    },
    /// `ALTER ATTRIBUTE … TYPE`
    SetType(Ident, TypeName),
}

/// `ALTER <kind> name …`
#[derive(Debug, Clone)]
pub struct AlterObject {
    /// What kind.
    pub kind: ObjectKind,
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Which.
    pub object: Named,
    /// What to do.
    pub change: ObjectChange,
}

/// `DROP <kind> name, …`
#[derive(Debug, Clone)]
pub struct DropObjects {
    /// What kind.
    pub kind: ObjectKind,
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Which.
    pub objects: Vec<Named>,
    /// `CASCADE`
    pub cascade: bool,
}

/// `CREATE SCHEMA`
#[derive(Debug, Clone)]
pub struct CreateSchema {
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// Its name.
    pub name: ObjectName,
    /// The statements inside, in the order in which they are executed.
    pub elements: Vec<super::StatementKind>,
}

/// `CREATE <kind> name …`
#[derive(Debug, Clone)]
pub struct CreateObject {
    /// What kind.
    pub kind: ObjectKind,
    /// `OR REPLACE`
    pub or_replace: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// Its name, and its table where it has one (rules).
    pub object: Named,
}

/// An object as a statement names it.
#[derive(Debug, Clone)]
pub struct Named {
    /// What kind.
    pub kind: ObjectKind,
    /// Its name; empty where the kind has none (casts).
    pub name: ObjectName,
    /// The table after `ON`, for constraints, policies, rules and triggers.
    pub on: Option<ObjectName>,
    /// The arguments of a routine.
    pub arguments: Option<Vec<Argument>>,
}

/// `GRANT` and `REVOKE` in the parts that can fail.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The objects named.
    pub objects: Vec<Named>,
    /// The roles named.
    pub roles: Vec<Ident>,
    /// Roles that are granted or revoked, which must exist.
    pub granted_roles: Vec<Ident>,
}

/// What happens to roles.
#[derive(Debug, Clone)]
pub enum Role {
    /// `CREATE ROLE`
    Create {
        /// Its name.
        name: Ident,
        /// Its options.
        options: RoleOptions,
    },
    /// `ALTER ROLE a RENAME TO b`
    Rename(Ident, Ident),
    /// Any other `ALTER ROLE`.
    Alter(Ident),
    /// `DROP ROLE`
    Drop {
        /// `IF EXISTS`
        if_exists: bool,
        /// Which.
        names: Vec<Ident>,
    },
    /// `DROP OWNED BY`
    DropOwned(Vec<Ident>),
}

/// The options of `CREATE ROLE` that a query on `pg_roles` may ask for.
#[derive(Debug, Clone)]
pub struct RoleOptions {
    /// `LOGIN`
    pub login: bool,
    /// `SUPERUSER`
    pub superuser: bool,
    /// `BYPASSRLS`
    pub bypasses_rls: bool,
    /// `IN ROLE`
    pub member_of: Vec<Ident>,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// `DEFAULT`, or `RESET`
    Default,
    /// `FROM CURRENT`
    Current,
    /// A list of values, unquoted; identifiers are folded.
    List(Vec<String>),
}

/// `SET [SESSION | LOCAL] name {TO | =} value`, `RESET name`
#[derive(Debug, Clone)]
pub enum Setting {
    /// One setting.
    Set {
        /// `LOCAL`
        local: bool,
        /// Its name, folded: `search_path`, `role`, `session_authorization`.
        name: String,
        /// Its value.
        value: SettingValue,
    },
    /// `RESET ALL`, `DISCARD ALL`
    ResetAll,
    /// `SET CONSTRAINTS`, `SET TRANSACTION`
    NoEffect,
}

/// Transaction control.
#[derive(Debug, Clone)]
pub enum Transaction {
    /// `BEGIN`, `START TRANSACTION`
    Begin,
    /// `COMMIT`, `END`
    Commit {
        /// `AND CHAIN`
        chain: bool,
    },
    /// `ROLLBACK`, `ABORT`
    Rollback {
        /// `AND CHAIN`
        chain: bool,
    },
    /// `SAVEPOINT`
    Savepoint(Ident),
    /// `ROLLBACK TO`
    RollbackTo(Ident),
    /// `RELEASE`
    Release(Ident),
    /// `PREPARE TRANSACTION`
    Prepare,
}
