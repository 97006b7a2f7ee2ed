//! The rows of the catalog queries, each turned into what it is in the catalog.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::catalog::{
    Check, Column, Command, Enum, ForeignKey, Function, History, Index, Key, ObjectName, Policy,
    Table, TableKind, Trigger, View,
};

#[derive(Deserialize)]
pub(super) struct TableRow {
    schema: String,
    name: String,
    kind: char,
    rls_enabled: bool,
    rls_forced: bool,
    definition: Option<String>,
}

impl TableRow {
    /// Puts a view among the views and anything else among the tables.
    pub(super) fn place(self, tables: &mut BTreeMap<ObjectName, Table>, views: &mut Vec<View>) {
        let name = ObjectName::new(self.schema, self.name);
        let kind = match self.kind {
            'v' | 'm' => {
                let materialized = self.kind == 'm';
                views.push(View {
                    name,
                    materialized,
                    definition: self.definition,
                    history: History::default(),
                });
                return;
            }
            'p' => TableKind::Partitioned,
            'f' => TableKind::Foreign,
            _ => TableKind::Table,
        };
        let table = Table {
            name: name.clone(),
            kind,
            columns: Vec::new(),
            primary_key: None,
            unique: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            rls_enabled: self.rls_enabled,
            rls_forced: self.rls_forced,
            rls_history: History::default(),
            policies: Vec::new(),
            indexes: Vec::new(),
            triggers: Vec::new(),
            history: History::default(),
        };
        tables.insert(name, table);
    }
}

/// The relation that a row is a part of.
#[derive(Deserialize)]
pub(super) struct Part {
    schema: String,
    relation: String,
    name: String,
}

macro_rules! parts {
    ($($row:ident),*) => {$(
        impl $row {
            /// The relation that the row is a part of.
            pub(super) fn relation(&self) -> ObjectName {
                ObjectName::new(&self.part.schema, &self.part.relation)
            }
        }
    )*};
}
parts!(ColumnRow, ConstraintRow, PolicyRow, IndexRow, TriggerRow);

#[derive(Deserialize)]
pub(super) struct ColumnRow {
    #[serde(flatten)]
    part: Part,
    data_type: String,
    not_null: bool,
    has_default: bool,
    default_expression: Option<String>,
    generated: bool,
    enum_schema: Option<String>,
    enum_name: Option<String>,
}

impl ColumnRow {
    pub(super) fn column(&self) -> Column {
        let enum_type = self.enum_schema.as_ref().zip(self.enum_name.as_ref());
        Column {
            name: self.part.name.clone(),
            data_type: self.data_type.clone(),
            enum_type: enum_type.map(|(schema, name)| ObjectName::new(schema, name)),
            not_null: self.not_null,
            default: self.has_default,
            default_expression: self.default_expression.clone(),
            generated: self.generated,
            history: History::default(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct ConstraintRow {
    #[serde(flatten)]
    part: Part,
    kind: char,
    columns: Vec<String>,
    foreign_schema: Option<String>,
    foreign_table: Option<String>,
    referenced: Vec<String>,
    expression: Option<String>,
}

impl ConstraintRow {
    /// Adds the constraint to its table.
    pub(super) fn place(&self, table: &mut Table) {
        let (name, columns) = (self.part.name.clone(), self.columns.clone());
        let history = History::default();
        match self.kind {
            'p' => table.primary_key = Some(Key { name, columns, history }),
            'u' => table.unique.push(Key { name, columns, history }),
            'f' => table.foreign_keys.push(ForeignKey {
                name,
                columns,
                table: ObjectName::new(
                    self.foreign_schema.as_deref().unwrap_or_default(),
                    self.foreign_table.as_deref().unwrap_or_default(),
                ),
                referenced: self.referenced.clone(),
                history,
            }),
            _ => table.checks.push(Check {
                name,
                expression: self.expression.clone().unwrap_or_default(),
                history,
            }),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct PolicyRow {
    #[serde(flatten)]
    part: Part,
    command: char,
    permissive: bool,
    roles: Vec<String>,
    using_expression: Option<String>,
    check_expression: Option<String>,
}

impl PolicyRow {
    pub(super) fn policy(&self) -> Policy {
        Policy {
            name: self.part.name.clone(),
            command: match self.command {
                'r' => Command::Select,
                'a' => Command::Insert,
                'w' => Command::Update,
                'd' => Command::Delete,
                _ => Command::All,
            },
            permissive: self.permissive,
            roles: self.roles.clone(),
            using: self.using_expression.clone(),
            with_check: self.check_expression.clone(),
            trials: Vec::new(),
            history: History::default(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct IndexRow {
    #[serde(flatten)]
    part: Part,
    is_unique: bool,
    columns: Vec<Option<String>>,
    predicate: Option<String>,
    method: String,
    valid: bool,
}

impl IndexRow {
    pub(super) fn index(&self) -> Index {
        Index {
            name: self.part.name.clone(),
            unique: self.is_unique,
            columns: self.columns.clone(),
            predicate: self.predicate.clone(),
            method: self.method.clone(),
            valid: self.valid,
            history: History::default(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct TriggerRow {
    #[serde(flatten)]
    part: Part,
}

impl TriggerRow {
    pub(super) fn trigger(&self) -> Trigger {
        Trigger { name: self.part.name.clone(), history: History::default() }
    }
}

#[derive(Deserialize)]
pub(super) struct EnumRow {
    schema: String,
    name: String,
    labels: Vec<String>,
}

impl From<EnumRow> for Enum {
    fn from(row: EnumRow) -> Self {
        Self {
            name: ObjectName::new(row.schema, row.name),
            labels: row.labels,
            history: History::default(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct FunctionRow {
    schema: String,
    name: String,
    arguments: Vec<String>,
    argument_names: Vec<String>,
    argument_defaults: Vec<Option<String>>,
    language: String,
    body: Option<String>,
}

impl From<FunctionRow> for Function {
    fn from(row: FunctionRow) -> Self {
        Self {
            name: ObjectName::new(row.schema, row.name),
            arguments: row.arguments,
            argument_names: row.argument_names,
            argument_defaults: row.argument_defaults,
            language: row.language,
            body: row.body,
            history: History::default(),
        }
    }
}
