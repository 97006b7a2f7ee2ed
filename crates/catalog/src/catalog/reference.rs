use std::fmt;

use super::ObjectName;

/// What an expression or query names, beside what every server has. Each is there once, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Tables and views, without the table that a policy is of.
    pub relations: Vec<ObjectName>,
    /// Functions.
    pub functions: Vec<RoutineRef>,
}

impl References {
    /// The tables and views that a name may mean, as an expression writes it: with its schema, or without. The `own`
    /// one is that which a policy is of. None where it is the server's.
    pub fn relations_named<'a>(
        &'a self,
        written: &'a [String],
        own: &'a ObjectName,
    ) -> impl Iterator<Item = &'a ObjectName> {
        let known = self.relations.iter().filter(move |name| *name != own).chain([own]);
        known.filter(|name| is_written(name, written))
    }

    /// The functions that a name may mean, as an expression writes it.
    pub fn functions_named<'a>(
        &'a self,
        written: &'a [String],
    ) -> impl Iterator<Item = &'a RoutineRef> {
        self.functions.iter().filter(|function| is_written(&function.name, written))
    }
}

/// Whether an expression may write a name so.
fn is_written(name: &ObjectName, written: &[String]) -> bool {
    match written {
        [.., schema, plain] => *schema == name.schema && *plain == name.name,
        [plain] => *plain == name.name,
        [] => false,
    }
}

/// A function by its name and the types of its arguments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoutineRef {
    /// Schema and name.
    pub name: ObjectName,
    /// Types of the input arguments, as `format_type` says.
    pub arguments: Vec<String>,
}

impl fmt::Display for RoutineRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, self.arguments.join(", "))
    }
}
