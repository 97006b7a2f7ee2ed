//! The rows of the catalog queries, each turned into what it is in the catalog.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::catalog::{
    Check, Column, Command, Enum, Extension, ForeignKey, Function, History, Index, IndexKey, Key,
    ObjectName, Policy, References, RoutineKind, RoutineRef, Table, TableKind, Trigger, View,
    Volatility, is_left_out,
};

#[derive(Deserialize)]
pub(super) struct TableRow {
    schema: String,
    name: String,
    kind: char,
    rls_enabled: bool,
    rls_forced: bool,
    definition: Option<String>,
    parent_schema: Option<String>,
    parent_name: Option<String>,
    security_invoker: bool,
    reads: Vec<(String, String)>,
    calls: Vec<CallRow>,
}

/// A function that something names: its schema, name and the types of its arguments.
#[derive(Deserialize)]
struct CallRow(String, String, Vec<String>);

fn references(reads: Vec<(String, String)>, calls: Vec<CallRow>) -> References {
    let mut references = References {
        relations: reads.into_iter().map(|(schema, name)| ObjectName::new(schema, name)).collect(),
        functions: calls
            .into_iter()
            .map(|CallRow(schema, name, arguments)| RoutineRef {
                name: ObjectName::new(schema, name),
                arguments,
            })
            .collect(),
    };
    references.relations.sort();
    references.functions.sort();
    references
}

impl TableRow {
    /// Puts a view among the views and anything else among the tables.
    pub(super) fn place(self, tables: &mut BTreeMap<ObjectName, Table>, views: &mut Vec<View>) {
        let name = ObjectName::new(self.schema, self.name);
        let kind = match self.kind {
            // A view of a platform is nobody's business.
            'v' | 'm' if is_left_out(&name.schema) => return,
            'v' | 'm' => {
                let materialized = self.kind == 'm';
                views.push(View {
                    name,
                    materialized,
                    definition: self.definition,
                    security_invoker: self.security_invoker,
                    references: references(self.reads, self.calls),
                    history: History::default(),
                });
                return;
            }
            'p' => TableKind::Partitioned,
            'f' => TableKind::Foreign,
            _ => TableKind::Table,
        };
        let parent = self.parent_schema.zip(self.parent_name);
        let table = Table {
            partition_of: parent.map(|(schema, name)| ObjectName::new(schema, name)),
            rls_enabled: self.rls_enabled,
            rls_forced: self.rls_forced,
            ..Table::new(name.clone(), kind)
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
    references_primary_key: bool,
    inherited: bool,
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
                references_primary_key: self.references_primary_key,
                inherited: self.inherited,
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
    reads: Vec<(String, String)>,
    calls: Vec<CallRow>,
}

impl PolicyRow {
    pub(super) fn policy(self) -> Policy {
        Policy {
            name: self.part.name,
            command: match self.command {
                'r' => Command::Select,
                'a' => Command::Insert,
                'w' => Command::Update,
                'd' => Command::Delete,
                _ => Command::All,
            },
            permissive: self.permissive,
            roles: self.roles,
            using: self.using_expression,
            with_check: self.check_expression,
            references: references(self.reads, self.calls),
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
    keys: Vec<KeyRow>,
    included: Vec<String>,
    nulls_not_distinct: bool,
    inherited: bool,
    constraint_name: Option<String>,
    of_key: bool,
    deferrable: bool,
}

#[derive(Deserialize)]
struct KeyRow {
    expression: Option<String>,
    collation: Option<String>,
    operator_class: Option<String>,
    descending: bool,
    nulls_first: bool,
}

impl IndexRow {
    /// Adds the index to its table.
    pub(super) fn place(self, table: &mut Table) {
        let key = |row: KeyRow| IndexKey {
            expression: row.expression,
            collation: row.collation,
            operator_class: row.operator_class,
            descending: row.descending,
            nulls_first: row.nulls_first,
        };
        let indexes = if self.of_key { &mut table.constraint_indexes } else { &mut table.indexes };
        indexes.push(Index {
            name: self.part.name,
            unique: self.is_unique,
            columns: self.columns,
            keys: self.keys.into_iter().map(key).collect(),
            included: self.included,
            predicate: self.predicate,
            nulls_not_distinct: self.nulls_not_distinct,
            inherited: self.inherited,
            constraint: self.constraint_name,
            deferrable: self.deferrable,
            method: self.method,
            valid: self.valid,
            history: History::default(),
        });
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
    kind: char,
    returns: Option<String>,
    has_standard_body: bool,
    security_definer: bool,
    volatility: char,
    settings: Vec<String>,
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
            kind: match row.kind {
                'p' => RoutineKind::Procedure,
                'a' => RoutineKind::Aggregate,
                'w' => RoutineKind::Window,
                _ => RoutineKind::Function,
            },
            returns: row.returns,
            has_standard_body: row.has_standard_body,
            security_definer: row.security_definer,
            volatility: (row.kind != 'a').then_some(match row.volatility {
                'i' => Volatility::Immutable,
                's' => Volatility::Stable,
                _ => Volatility::Volatile,
            }),
            settings: row
                .settings
                .iter()
                .filter_map(|setting| setting.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            history: History::default(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct ExtensionRow {
    name: String,
    schema: String,
}

impl From<ExtensionRow> for Extension {
    fn from(ExtensionRow { name, schema }: ExtensionRow) -> Self {
        Self { name, schema, preinstalled: false, history: History::default() }
    }
}
