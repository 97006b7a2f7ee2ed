//! The JSON of `railcheck catalog`: the catalog as other tools read it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::access_json::AccessJson;
use super::{
    Catalog, Command, IndexKey, ObjectName, References, RoutineKind, TableKind, Volatility,
};

/// The catalog in the form that `railcheck catalog --format json` prints.
#[derive(Debug, Serialize)]
pub struct Json<'a> {
    tables: Vec<Table<'a>>,
    enums: Vec<Enum<'a>>,
    views: Vec<View<'a>>,
    functions: Vec<String>,
    function_definitions: Vec<Function<'a>>,
    routines: Vec<Routine<'a>>,
    extensions: Vec<Extension<'a>>,
    platform_tables: Vec<Table<'a>>,
    access: AccessJson<'a>,
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

/// What a function is beside its code, by its name and the types of its arguments.
#[derive(Debug, Serialize)]
struct Routine<'a> {
    name: String,
    kind: RoutineKind,
    returns: Option<&'a str>,
    security_definer: bool,
    volatility: Option<Volatility>,
    has_standard_body: bool,
    sets: Vec<&'a str>,
    settings: BTreeMap<&'a str, &'a str>,
}

impl<'a> From<&'a super::Function> for Routine<'a> {
    fn from(function: &'a super::Function) -> Self {
        Self {
            name: function.signature(),
            kind: function.kind,
            returns: function.returns.as_deref(),
            security_definer: function.security_definer,
            volatility: function.volatility,
            has_standard_body: function.has_standard_body,
            sets: function.settings.iter().map(|(name, _)| name.as_str()).collect(),
            settings: function.settings.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Extension<'a> {
    name: &'a str,
    schema: &'a str,
    preinstalled: bool,
}

impl<'a> From<&'a super::Extension> for Extension<'a> {
    fn from(extension: &'a super::Extension) -> Self {
        let super::Extension { name, schema, preinstalled, history: _ } = extension;
        Self { name, schema, preinstalled: *preinstalled }
    }
}

/// What is named, in words.
fn references(of: &References) -> (Vec<String>, Vec<String>) {
    let relations = of.relations.iter().map(ToString::to_string).collect();
    (relations, of.functions.iter().map(ToString::to_string).collect())
}

/// Whether an extension is the server's, the user's, or may be the user's: the schema `extensions` is where users put
/// theirs.
fn is_shown(extension: &super::Extension) -> bool {
    let schema = extension.schema.as_str();
    schema == "extensions" || super::is_system(schema) || !super::is_left_out(schema)
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
            routines: self.functions.iter().map(Routine::from).collect(),
            extensions: self
                .extensions
                .iter()
                .filter(|e| is_shown(e))
                .map(Extension::from)
                .collect(),
            platform_tables: self.platform_tables.iter().map(Table::from).collect(),
            access: AccessJson::of(self),
        }
    }
}

#[derive(Debug, Serialize)]
struct Table<'a> {
    #[serde(flatten)]
    name: &'a ObjectName,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition_of: Option<&'a ObjectName>,
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
    constraint_indexes: Vec<Index<'a>>,
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
            partition_of: table.partition_of.as_ref(),
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
            constraint_indexes: table.constraint_indexes.iter().map(Index::from).collect(),
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
    references: Referenced<'a>,
    references_primary_key: bool,
    inherited: bool,
}

#[derive(Debug, Serialize)]
struct Referenced<'a> {
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
            references: Referenced { schema, table, columns: &key.referenced },
            references_primary_key: key.references_primary_key,
            inherited: key.inherited,
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
    reads: Vec<String>,
    calls: Vec<String>,
}

impl<'a> From<&'a super::Policy> for Policy<'a> {
    fn from(policy: &'a super::Policy) -> Self {
        let (reads, calls) = references(&policy.references);
        Self {
            reads,
            calls,
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
    keys: &'a [IndexKey],
    expressions: Vec<Option<&'a str>>,
    included: &'a [String],
    nulls_not_distinct: bool,
    inherited: bool,
    deferrable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraint: Option<&'a str>,
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
            keys: &index.keys,
            expressions: index.keys.iter().map(|key| key.expression.as_deref()).collect(),
            included: &index.included,
            nulls_not_distinct: index.nulls_not_distinct,
            inherited: index.inherited,
            deferrable: index.deferrable,
            constraint: index.constraint.as_deref(),
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
    security_invoker: bool,
    reads: Vec<String>,
    calls: Vec<String>,
}

impl<'a> From<&'a super::View> for View<'a> {
    fn from(view: &'a super::View) -> Self {
        let (reads, calls) = references(&view.references);
        Self {
            name: &view.name,
            materialized: view.materialized,
            definition: view.definition.as_deref(),
            security_invoker: view.security_invoker,
            reads,
            calls,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_false(value: &bool) -> bool {
    !value
}
