//! Tables: what `CREATE TABLE` and `ALTER TABLE` say.

use sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOptionDef, Expr, GeneratedAs, Ident, ObjectName,
    TableConstraint,
};

use super::ObjectKind;

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
    /// `ALTER COLUMN name ADD GENERATED … AS IDENTITY`
    AddIdentity {
        /// The column.
        column: Ident,
        /// What is added.
        identity: Identity,
    },
    /// `ALTER COLUMN name SET GENERATED …`, `SET sequence option`, `RESTART` of an identity column.
    SetIdentity {
        /// The column.
        column: Ident,
        /// `SET GENERATED`, where it is there.
        generated_as: Option<GeneratedAs>,
    },
    /// `ALTER CONSTRAINT name …`: deferrability, which the catalog does not show.
    AlterConstraint(Ident),
    /// Any action on a column that changes nothing the catalog shows: `SET STATISTICS`,
    /// `SET STORAGE`, `SET (…)`.
    TouchColumn(Ident),
    /// Any other action that changes nothing the catalog shows: `SET TABLESPACE`, `SET LOGGED`,
    /// `CLUSTER ON`, `OWNER TO`, storage parameters.
    NoEffect,
    /// One that nobody can read.
    Unread(String),
}

/// An identity clause.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `ALWAYS` or `BY DEFAULT`
    pub generated_as: GeneratedAs,
    /// `SEQUENCE NAME`
    pub sequence: Option<ObjectName>,
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
    pub(in super::super) fn set(&mut self, option: &str, including: bool) {
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
