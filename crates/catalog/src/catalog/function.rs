use super::{History, ObjectName};

/// A function, procedure or aggregate.
#[derive(Debug, Clone)]
pub struct Function {
    /// Schema and name.
    pub name: ObjectName,
    /// Types of the input arguments, as `format_type` says.
    pub arguments: Vec<String>,
    /// Names of the input arguments, empty where one has none; as long as `arguments`.
    pub argument_names: Vec<String>,
    /// Their defaults, as SQL; as long as `arguments`.
    pub argument_defaults: Vec<Option<String>>,
    /// `sql`, `plpgsql`, …; lower case.
    pub language: String,
    /// The body where it is text or SQL.
    pub body: Option<String>,
    /// The statements that made and changed it.
    pub history: History,
}
