//! `table-schema`: a table has these columns of these types, and this primary key.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::table::{TableCheck, Message, TableName, last_event};
use super::{Asserted, Check, Judgement, Parameters, Part};
use crate::catalog::{Column, ObjectKind, ObjectName, ObjectRef, Table};
use crate::facts::Facts;

mod type_name;
use type_name::TypeName;

/// Parameters of `table-schema`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TableSchema")]
pub(super) struct Rule {
    /// The table.
    table: TableName,
    /// The columns of its primary key, no more and no less, in any order.
    #[serde(default)]
    primary_key: Vec<String>,
    /// The columns that it has at least, each with what it must be.
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
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        TableCheck::judge(facts, &self.table, |case, table| {
            case.shows(format_args!("table {}", table.name), &table.history);
            for (name, wanted) in &self.columns {
                match table.column(name) {
                    Some(column) => wanted.judge(case, table, column),
                    None => column_is_missing(case, table, name),
                }
            }
            if !self.primary_key.is_empty() {
                self.judge_primary_key(case, table);
            }
        })
    }

    fn asserts(&self, _: &Facts<'_>) -> Vec<Asserted> {
        let table = &self.table.0;
        let mut asserted = vec![Asserted::Table(table.clone())];
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
        if !self.primary_key.is_empty() {
            asserted.push(Asserted::PrimaryKey(table.clone()));
        }
        asserted
    }
}

impl Rule {
    fn judge_primary_key(&self, case: &mut TableCheck<'_>, table: &Table) {
        let wanted = self.primary_key.join(", ");
        let help = format!("make ({wanted}) the primary key of {}", table.name);
        match &table.primary_key {
            Some(key) if same_set(&key.columns, &self.primary_key) => case.shows("primary key", &key.history),
            Some(key) => {
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
        let help = format!("alter table {} alter column {} type {wanted}", table.name, column.name);
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
        let help = format!("give {name} exactly the labels {}", self.labels.join(", "));
        let object = ObjectRef::whole(ObjectKind::Type, name.clone());
        case.wrong(&object, &enumeration.history, Message { message, help });
    }
}

fn column_is_missing(case: &mut TableCheck<'_>, table: &Table, name: &str) {
    let object = ObjectRef::part(ObjectKind::Column, table.name.clone(), name);
    let last_event =
        case.catalog().last_drop(&object).map_or("does not exist".into(), |d| last_event(&d.history));
    let message = format!("column {name} of {} {last_event}", table.name);
    let help = format!("add column {name} to {}", table.name);
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
