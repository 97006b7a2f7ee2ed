//! `platform-keys`: foreign keys to tables of the platform refer to primary keys.

use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{Found, Planted, Range, Scope, Survey, columns, identifier, qualified};
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{ForeignKey, History, ObjectKind, ObjectName, ObjectRef, Table};
use crate::facts::Facts;

/// Parameters of `platform-keys`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PlatformKeys")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// The schemas of the platform whose tables are meant.
    schemas: Vec<String>,
}

impl Parameters for Rule {
    const NAME: &'static str = "platform-keys";
    const PAGE: &'static str = include_str!("../../docs/checks/platform-keys.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Own, |survey| {
            for table in survey.tables() {
                let keys = table.foreign_keys.iter().filter(|key| !key.inherited);
                for key in keys.filter(|key| self.is_loose(key)) {
                    survey.found(loose(survey, table, key));
                }
            }
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let schema = self.scope.some_served(facts.project);
        let planted = |to: &String| {
            let referenced = ObjectName::new(&**to, "railcheck_mutant");
            let what = format!("a table of {schema} gets a key to no primary key of {to}");
            let plant = move |table: &mut Table| {
                table.foreign_keys.push(ForeignKey {
                    name: "mutant_fkey".to_owned(),
                    columns: vec!["id".to_owned()],
                    table: referenced.clone(),
                    referenced: vec!["other".to_owned()],
                    references_primary_key: false,
                    inherited: false,
                    history: History::default(),
                });
            };
            Asserted::NoFault(Planted::table(what, &schema, plant))
        };
        self.schemas.iter().map(planted).collect()
    }
}

impl Rule {
    fn is_loose(&self, key: &ForeignKey) -> bool {
        self.schemas.contains(&key.table.schema) && !key.references_primary_key
    }
}

fn loose(survey: &Survey<'_>, table: &Table, key: &ForeignKey) -> Found {
    let (name, referenced) = (&table.name, &key.table);
    let target = survey.catalog().any_table(referenced);
    let primary = target.and_then(|target| target.primary_key.as_ref()).map(|key| &key.columns[..]);
    let primary = match primary {
        Some([only]) => only.clone(),
        _ => "id".to_owned(),
    };
    let data_type = |table: Option<&Table>, column: Option<&String>| {
        table.zip(column).and_then(|(table, name)| Some(table.column(name)?.data_type.clone()))
    };
    let same_type = key.columns.len() == 1
        && data_type(Some(table), key.columns.first()) == data_type(target, Some(&primary));
    let drop = format!("ALTER TABLE {} DROP CONSTRAINT {}", qualified(name), identifier(&key.name));
    let reference = format!("REFERENCES {} ({})", qualified(referenced), identifier(&primary));
    let help = if same_type {
        format!("{drop}, ADD FOREIGN KEY ({}) {reference};", columns(&key.columns))
    } else {
        let other = data_type(target, Some(&primary)).unwrap_or_else(|| "uuid".to_owned());
        let column = identifier(&format!("{}_{primary}", referenced.name));
        format!("{drop}, ADD COLUMN {column} {other} {reference};")
    };
    Found {
        object: ObjectRef::part(ObjectKind::Constraint, name.clone(), &*key.name).to_string(),
        of: vec![name.clone()],
        history: key.history.clone(),
        labels: Vec::new(),
        message: format!(
            "foreign key {} of {name} refers to ({}) of {referenced}, which is not its primary key: the platform may \
             drop what makes it unique, and with it fails to upgrade",
            key.name,
            key.referenced.join(", ")
        ),
        help,
    }
}
