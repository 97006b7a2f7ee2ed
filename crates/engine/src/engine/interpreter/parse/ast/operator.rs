//! Operators, operator classes and families.

use sqlparser::ast::{DataType, ObjectName};

use super::RoutineRef;

/// `CREATE OPERATOR`
#[derive(Debug, Clone)]
pub struct CreateOperator {
    /// Its name.
    pub name: ObjectName,
    /// `FUNCTION`
    pub function: ObjectName,
    /// `LEFTARG`
    pub left: Option<DataType>,
    /// `RIGHTARG`
    pub right: Option<DataType>,
}

/// `CREATE OPERATOR CLASS`, `CREATE OPERATOR FAMILY`
#[derive(Debug, Clone)]
pub struct CreateOperatorClass {
    /// Its name.
    pub name: ObjectName,
    /// `DEFAULT`
    pub default: bool,
    /// `FOR TYPE`; a family has none.
    pub data_type: Option<DataType>,
    /// `USING`, folded.
    pub method: String,
    /// `OPERATOR n …`
    pub operators: Vec<OperatorRef>,
    /// `FUNCTION n …`
    pub functions: Vec<RoutineRef>,
}

/// An operator, class or family that a statement names.
#[derive(Debug, Clone)]
pub enum OperatorRef {
    /// `name (left, right)`; `NONE` where there is no operand.
    Operator {
        /// Its name.
        name: ObjectName,
        /// The type on its left.
        left: Option<DataType>,
        /// The type on its right.
        right: Option<DataType>,
    },
    /// `CLASS name USING method`
    Class {
        /// Its name.
        name: ObjectName,
        /// The access method.
        method: String,
    },
    /// `FAMILY name USING method`
    Family {
        /// Its name.
        name: ObjectName,
        /// The access method.
        method: String,
    },
}

/// `DROP OPERATOR`, `DROP OPERATOR CLASS`, `DROP OPERATOR FAMILY`
#[derive(Debug, Clone)]
pub struct DropOperators {
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Which.
    pub operators: Vec<OperatorRef>,
    /// `CASCADE`
    pub cascade: bool,
}
