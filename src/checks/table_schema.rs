//! `table-schema`: a table has these columns of these types, and this primary key.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::tables::{TablePatterns, Tables};
use super::table::{Message, TableCheck, TableName, columns_sql, last_event};
use super::{Asserted, Check, Judgement, Parameters, Part};
use crate::catalog::{Column, ObjectKind, ObjectName, ObjectRef, Table};
use crate::datum::{quote_identifier, quote_literal};
use crate::facts::Facts;

mod primary_key;
mod type_name;
use primary_key::PrimaryKey;
use type_name::TypeName;

/// Parameters of `table-schema`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TableSchema")]
pub(super) struct Rule {
    /// The table.
    #[serde(default)]
    table: Option<TableName>,
    /// Instead of `table`: every table that matches, those of migrations to come included.
    #[serde(default)]
    tables: TablePatterns,
    /// Tables that match and are not meant.
    #[serde(default)]
    except: TablePatterns,
    /// The columns of its primary key, no more and no less, in any order; `any` for whichever it has.
    #[serde(default)]
    primary_key: PrimaryKey,
    /// The columns that it has at least, each with what it must be.
    #[serde(default)]
    columns: IndexMap<String, ColumnType>,
}

/// What a column must be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ColumnType {
    /// It must be there, of whatever type.
    Any,
    /// This type, by any of its names. Without a modifier, such as the 3 of timestamptz(3), any will do.
    Type(TypeName),
    /// This enum with exactly these labels.
    Enum(EnumType),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EnumType {
    /// Its name: in any schema, or schema.name.
    name: String,
    /// Its labels, no more and no less, in any order.
    labels: Vec<String>,
}

impl Parameters for Rule {
    const NAME: &'static str = "table-schema";
    const PAGE: &'static str = include_str!("../../docs/checks/table-schema.md");

    fn validate(&self) -> Result<(), String> {
        Tables::validate(self.table.as_ref(), &self.tables, &self.except)
    }
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        self.tables().judge(facts, |case, table| {
            case.shows(format_args!("table {}", table.name), &table.history);
            for (name, wanted) in &self.columns {
                match table.column(name) {
                    Some(column) => wanted.judge(case, table, column),
                    None => column_is_missing(case, table, name, wanted),
                }
            }
            self.judge_primary_key(case, table);
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let tables = self.tables();
        tables.names(facts).iter().flat_map(|table| self.asserted(table)).collect()
    }
}

impl Rule {
    fn tables(&self) -> Tables<'_> {
        Tables::of(self.table.as_ref(), &self.tables, &self.except)
    }

    fn asserted(&self, table: &ObjectName) -> Vec<Asserted> {
        let mut asserted = Vec::from_iter(self.tables().asserted(table));
        for (name, wanted) in &self.columns {
            let column = Part::of(table, name);
            match wanted {
                ColumnType::Any => {}
                ColumnType::Type(_) => asserted.push(Asserted::ColumnType(column.clone())),
                ColumnType::Enum(_) => asserted.extend([
                    Asserted::ColumnType(column.clone()),
                    Asserted::EnumLabels(column.clone()),
                ]),
            }
            asserted.push(Asserted::Column(column));
        }
        if self.primary_key != PrimaryKey::Free {
            asserted.push(Asserted::PrimaryKey(table.clone()));
        }
        asserted
    }
}

impl Rule {
    fn judge_primary_key(&self, case: &mut TableCheck<'_>, table: &Table) {
        let (is_right, columns): (bool, &[String]) = match (&self.primary_key, &table.primary_key) {
            (PrimaryKey::Free, _) => return,
            (PrimaryKey::Any, key) => (key.is_some(), &[]),
            (PrimaryKey::Columns(columns), key) => {
                (key.as_ref().is_some_and(|key| same_set(&key.columns, columns)), columns)
            }
        };
        let wanted = columns.join(", ");
        let add = |columns: &str| format!("alter table {} add primary key ({columns})", table.name.sql());
        match &table.primary_key {
            Some(key) if is_right => case.shows("primary key", &key.history),
            Some(key) => {
                let drop = quote_identifier(&key.name);
                let help = format!("alter table {} drop constraint {drop}; {}", table.name.sql(), add(&columns_sql(columns)));
                let object =
                    ObjectRef::part(ObjectKind::Constraint, table.name.clone(), &*key.name);
                let message = format!(
                    "the primary key of {} is ({}), not ({wanted})",
                    table.name,
                    key.columns.join(", ")
                );
                case.wrong(&object, &key.history, Message { message, help });
            }
            None => {
                let object = ObjectRef::part(
                    ObjectKind::Constraint,
                    table.name.clone(),
                    format!("{}_pkey", table.name.name),
                );
                let message = format!("{} has no primary key", table.name);
                let help = match (columns, table.column("id")) {
                    ([], Some(_)) => add("id"),
                    ([], None) => format!(
                        "alter table {} add column id bigint generated always as identity primary key",
                        table.name.sql()
                    ),
                    (columns, _) => add(&columns_sql(columns)),
                };
                case.missing(&object, table, Message { message, help });
            }
        }
    }
}

impl ColumnType {
    fn judge(&self, case: &mut TableCheck<'_>, table: &Table, column: &Column) {
        let wanted = match self {
            Self::Any => return case.shows(format_args!("column {}", column.name), &column.history),
            Self::Type(wanted) if wanted.accepts(&column.data_type, column.enum_type.as_ref()) => {
                return case.shows(format_args!("column {}", column.name), &column.history);
            }
            Self::Type(wanted) => wanted.to_string(),
            Self::Enum(wanted) => match &column.enum_type {
                Some(name) if wanted.is_named(name) && is_spelled(&column.data_type, name) => {
                    case.shows(format_args!("column {}", column.name), &column.history);
                    return wanted.judge_labels(case, name);
                }
                _ => wanted.name.clone(),
            },
        };
        let object = ObjectRef::part(ObjectKind::Column, table.name.clone(), &*column.name);
        let message = format!(
            "column {} of {} is of type {}, not {wanted}",
            column.name, table.name, column.data_type
        );
        let (table_sql, name) = (table.name.sql(), quote_identifier(&column.name));
        let help = format!("alter table {table_sql} alter column {name} type {wanted} using {name}::text::{wanted}");
        case.wrong(&object, &column.history, Message { message, help });
    }
}

impl EnumType {
    fn is_named(&self, name: &ObjectName) -> bool {
        self.name == name.name || self.name == name.to_string()
    }

    fn judge_labels(&self, case: &mut TableCheck<'_>, name: &ObjectName) {
        case.depends_on(name.clone());
        let Some(enumeration) = case.catalog().enumeration(name) else { return };
        if same_set(&enumeration.labels, &self.labels) {
            return case.shows(format_args!("enum {name}"), &enumeration.history);
        }
        let without = |all: &[String], some: &[String]| {
            let rest: Vec<_> = all.iter().filter(|label| !some.contains(label)).cloned().collect();
            rest.join(", ")
        };
        let missing = without(&self.labels, &enumeration.labels);
        let further = without(&enumeration.labels, &self.labels);
        let differences: Vec<String> = [("lacks", missing), ("also has", further)]
            .into_iter()
            .filter(|(_, labels)| !labels.is_empty())
            .map(|(verb, labels)| format!("{verb} {labels}"))
            .collect();
        let message = format!("enum {name} {}", differences.join(" and "));
        let lacking = self.labels.iter().filter(|label| !enumeration.labels.contains(label));
        let added: Vec<String> = lacking
            .map(|label| format!("alter type {} add value {}", name.sql(), quote_literal(label)))
            .collect();
        let help = match &added[..] {
            // PostgreSQL takes no label away.
            [] => format!("give {name} exactly the labels {}", self.labels.join(", ")),
            added => added.join("; "),
        };
        let object = ObjectRef::whole(ObjectKind::Type, name.clone());
        case.wrong(&object, &enumeration.history, Message { message, help });
    }
}

fn column_is_missing(case: &mut TableCheck<'_>, table: &Table, name: &str, wanted: &ColumnType) {
    let object = ObjectRef::part(ObjectKind::Column, table.name.clone(), name);
    let last_event =
        case.catalog().last_drop(&object).map_or("does not exist".into(), |d| last_event(&d.history));
    let message = format!("column {name} of {} {last_event}", table.name);
    let (table_sql, column) = (table.name.sql(), quote_identifier(name));
    let help = match wanted {
        ColumnType::Any => format!("add column {column} to {table_sql}"),
        ColumnType::Type(wanted) => format!("alter table {table_sql} add column {column} {wanted}"),
        ColumnType::Enum(wanted) => {
            format!("alter table {table_sql} add column {column} {}", wanted.name)
        }
    };
    case.missing(&object, table, Message { message, help });
}

/// Whether a type is the enum itself, and not an array of it or a domain over it.
fn is_spelled(data_type: &str, name: &ObjectName) -> bool {
    let plain = data_type.strip_prefix(&format!("{}.", name.schema)).unwrap_or(data_type);
    plain == name.name || plain == crate::datum::quote_identifier(&name.name)
}

/// Whether two lists of distinct names hold the same ones.
fn same_set(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|name| b.contains(name))
}
