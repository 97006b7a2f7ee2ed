//! The catalog: what tables, constraints, indexes, policies, enums, triggers, functions and views
//! there are once every migration has been applied. Inert data, whichever engine made it.

mod difference;
mod function;
mod history;
mod json;
mod name;
mod policy;
mod scope;
mod table;

pub use difference::{Detail, Difference, DifferenceKind, differences};
pub use function::Function;
pub use history::{ChangeKind, Event, History};
pub use json::Json;
pub use name::{ObjectKind, ObjectName, ObjectRef};
pub use policy::{Command, Policy, PolicyProbe};
pub use scope::{LEFT_OUT, is_left_out};
pub use table::{Check, Column, ForeignKey, Index, Key, Table, TableKind, Trigger};

/// Everything that the checks may ask about a database.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Tables, partitioned and foreign ones too; sorted by schema and name.
    pub tables: Vec<Table>,
    /// Enum types.
    pub enums: Vec<Enum>,
    /// Views, materialized ones too.
    pub views: Vec<View>,
    /// Functions, procedures and aggregates, one entry an overload.
    pub functions: Vec<Function>,
    /// What once was under a name and is no more, the latest loss last. A rename or move leaves an
    /// entry for the former name, whose history ends with [`ChangeKind::Renamed`].
    pub dropped: Vec<Dropped>,
}

/// An enum type.
#[derive(Debug, Clone)]
pub struct Enum {
    /// Schema and name.
    pub name: ObjectName,
    /// Labels in their sort order.
    pub labels: Vec<String>,
    /// The statements that made and changed it.
    pub history: History,
}

/// A view.
#[derive(Debug, Clone)]
pub struct View {
    /// Schema and name.
    pub name: ObjectName,
    /// A materialized view.
    pub materialized: bool,
    /// Its query as SQL.
    pub definition: Option<String>,
    /// The statements that made and changed it.
    pub history: History,
}

/// A name that a statement took away, by dropping the object, by itself or through CASCADE, or by
/// giving it another name or schema.
#[derive(Debug, Clone)]
pub struct Dropped {
    /// What it was, under the name that it lost.
    pub object: ObjectRef,
    /// Its history, the removal or rename last.
    pub history: History,
}

impl Catalog {
    /// The table of that name.
    #[must_use]
    pub fn table(&self, name: &ObjectName) -> Option<&Table> {
        self.tables.iter().find(|t| t.name == *name)
    }

    /// The enum of that name.
    #[must_use]
    pub fn enumeration(&self, name: &ObjectName) -> Option<&Enum> {
        self.enums.iter().find(|e| e.name == *name)
    }

    /// The view of that name.
    #[must_use]
    pub fn view(&self, name: &ObjectName) -> Option<&View> {
        self.views.iter().find(|v| v.name == *name)
    }

    /// The latest loss of an object of that name.
    #[must_use]
    pub fn last_drop(&self, object: &ObjectRef) -> Option<&Dropped> {
        self.dropped.iter().rev().find(|d| d.object == *object)
    }
}
