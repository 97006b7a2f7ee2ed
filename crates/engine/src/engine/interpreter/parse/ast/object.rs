//! What is the same for every kind of named object.

use sqlparser::ast::{Expr, Ident, ObjectName};

use super::{Argument, TypeName};
use crate::engine::interpreter::parse::StatementKind;

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
    /// `SET NOT NULL` (true) or `DROP NOT NULL` (domains)
    SetNotNull(bool),
    /// Changes nothing that the catalog shows: owner, options.
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
    pub object: ObjectAddress,
    /// What to do.
    pub change: ObjectChange,
}

/// `DROP <kind> name, …`
#[derive(Debug, Clone)]
pub struct DropObjects {
    /// What kind.
    pub kind: ObjectKind,
    /// `CONCURRENTLY`
    pub concurrently: bool,
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Which.
    pub objects: Vec<ObjectAddress>,
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
    pub elements: Vec<StatementKind>,
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
    pub object: ObjectAddress,
}

/// An object as a statement names it.
#[derive(Debug, Clone)]
pub struct ObjectAddress {
    /// What kind.
    pub kind: ObjectKind,
    /// Its name; empty where the kind has none (casts).
    pub name: ObjectName,
    /// The table after `ON`, for constraints, policies, rules and triggers.
    pub on: Option<ObjectName>,
    /// The arguments of a routine.
    pub arguments: Option<Vec<Argument>>,
}
