//! The JSON of `railcheck catalog`: the catalog as other tools read it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Catalog, Command, ObjectName, TableKind};

/// The catalog in the form that `railcheck catalog --format json` prints.
#[derive(Debug, Serialize)]
pub struct Json<'a> {
    tables: Vec<Table<'a>>,
    enums: Vec<Enum<'a>>,
    views: Vec<View<'a>>,
    functions: Vec<String>,
    function_definitions: Vec<Function<'a>>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    #[serde(flatten)]
    name: &'a ObjectName,
    arguments: &'a [String],
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
}

impl<'a> From<&'a super::Function> for Function<'a> {
    fn from(function: &'a super::Function) -> Self {
        Self {
            name: &function.name,
            arguments: &function.arguments,
            language: &function.language,
            body: function.body.as_deref(),
        }
    }
}

impl Catalog {
    /// The catalog in the form that `railcheck catalog --format json` prints.
    #[must_use]
    pub fn json(&self) -> Json<'_> {
        let mut functions: Vec<_> = self.functions.iter().map(|f| f.name.to_string()).collect();
        functions.sort();
        functions.dedup();
        Json {
            tables: self.tables.iter().map(Table::from).collect(),
            enums: self.enums.iter().map(Enum::from).collect(),
            views: self.views.iter().map(View::from).collect(),
            functions,
            function_definitions: self.functions.iter().map(Function::from).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Table<'a> {
    #[serde(flatten)]
    name: &'a ObjectName,
    kind: &'static str,
    columns: Vec<Column<'a>>,
    primary_key: Option<&'a [String]>,
    unique: Vec<Key<'a>>,
    foreign_keys: Vec<ForeignKey<'a>>,
    checks: Vec<&'a str>,
    check_expressions: BTreeMap<&'a str, &'a str>,
    rls_enabled: bool,
    rls_forced: bool,
    policies: Vec<Policy<'a>>,
    indexes: Vec<Index<'a>>,
    triggers: Vec<&'a str>,
}

impl<'a> From<&'a super::Table> for Table<'a> {
    fn from(table: &'a super::Table) -> Self {
        Self {
            name: &table.name,
            kind: match table.kind {
                TableKind::Table => "table",
                TableKind::Partitioned => "partitioned",
                TableKind::Foreign => "foreign",
            },
            columns: table.columns.iter().map(Column::from).collect(),
            primary_key: table.primary_key.as_ref().map(|key| key.columns.as_slice()),
            unique: table.unique.iter().map(Key::from).collect(),
            foreign_keys: table.foreign_keys.iter().map(ForeignKey::from).collect(),
            checks: table.checks.iter().map(|c| c.name.as_str()).collect(),
            check_expressions: table
                .checks
                .iter()
                .map(|check| (check.name.as_str(), check.expression.as_str()))
                .collect(),
            rls_enabled: table.rls_enabled,
            rls_forced: table.rls_forced,
            policies: table.policies.iter().map(Policy::from).collect(),
            indexes: table.indexes.iter().map(Index::from).collect(),
            triggers: table.triggers.iter().map(|t| t.name.as_str()).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Column<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    data_type: &'a str,
    not_null: bool,
    #[serde(skip_serializing_if = "is_false")]
    default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_expression: Option<&'a str>,
}

impl<'a> From<&'a super::Column> for Column<'a> {
    fn from(column: &'a super::Column) -> Self {
        Self {
            name: &column.name,
            data_type: &column.data_type,
            not_null: column.not_null,
            default: column.default,
            default_expression: column.default_expression.as_deref(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Key<'a> {
    name: &'a str,
    columns: &'a [String],
}

impl<'a> From<&'a super::Key> for Key<'a> {
    fn from(key: &'a super::Key) -> Self {
        Self { name: &key.name, columns: &key.columns }
    }
}

#[derive(Debug, Serialize)]
struct ForeignKey<'a> {
    name: &'a str,
    columns: &'a [String],
    references: References<'a>,
}

#[derive(Debug, Serialize)]
struct References<'a> {
    schema: &'a str,
    table: &'a str,
    columns: &'a [String],
}

impl<'a> From<&'a super::ForeignKey> for ForeignKey<'a> {
    fn from(key: &'a super::ForeignKey) -> Self {
        let ObjectName { schema, name: table } = &key.table;
        Self {
            name: &key.name,
            columns: &key.columns,
            references: References { schema, table, columns: &key.referenced },
        }
    }
}

#[derive(Debug, Serialize)]
struct Policy<'a> {
    name: &'a str,
    command: Command,
    permissive: bool,
    roles: &'a [String],
    has_using: bool,
    has_with_check: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    using: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    with_check: Option<&'a str>,
}

impl<'a> From<&'a super::Policy> for Policy<'a> {
    fn from(policy: &'a super::Policy) -> Self {
        Self {
            name: &policy.name,
            command: policy.command,
            permissive: policy.permissive,
            roles: &policy.roles,
            has_using: policy.using.is_some(),
            has_with_check: policy.with_check.is_some(),
            using: policy.using.as_deref(),
            with_check: policy.with_check.as_deref(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Index<'a> {
    name: &'a str,
    unique: bool,
    columns: &'a [Option<String>],
    #[serde(skip_serializing_if = "is_false")]
    predicate: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_expression: Option<&'a str>,
    method: &'a str,
    valid: bool,
}

impl<'a> From<&'a super::Index> for Index<'a> {
    fn from(index: &'a super::Index) -> Self {
        Self {
            name: &index.name,
            unique: index.unique,
            columns: &index.columns,
            predicate: index.predicate.is_some(),
            predicate_expression: index.predicate.as_deref(),
            method: &index.method,
            valid: index.valid,
        }
    }
}

#[derive(Debug, Serialize)]
struct Enum<'a> {
    #[serde(flatten)]
    name: &'a ObjectName,
    labels: &'a [String],
}

impl<'a> From<&'a super::Enum> for Enum<'a> {
    fn from(data_type: &'a super::Enum) -> Self {
        Self { name: &data_type.name, labels: &data_type.labels }
    }
}

#[derive(Debug, Serialize)]
struct View<'a> {
    #[serde(flatten)]
    name: &'a ObjectName,
    materialized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<&'a str>,
}

impl<'a> From<&'a super::View> for View<'a> {
    fn from(view: &'a super::View) -> Self {
        Self {
            name: &view.name,
            materialized: view.materialized,
            definition: view.definition.as_deref(),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_false(value: &bool) -> bool {
    !value
}
