//! Mutants of what a database asserts.

use std::sync::Arc;

use super::Mutant;
use crate::catalog::{
    Catalog, Column, Command, Enum, History, Index, Key, ObjectName, Policy, References, Table,
    View,
};
use crate::checks::{Asserted, Part, Planted};

/// A name that nothing in a repository bears.
const OTHER: &str = "railcheck_mutant";

/// The mutants of a catalog in which a fact is weaker; none if it is no fact of a catalog or is not so.
pub(super) fn mutants(fact: &Asserted, catalog: &Catalog) -> Vec<Mutant> {
    match fact {
        Asserted::Table(name) if catalog.table(name).is_some() => table(name),
        Asserted::Column(part) => column(part, catalog),
        Asserted::ColumnType(part) => column_type(part, catalog),
        Asserted::EnumLabels(part) => enum_labels(part, catalog),
        Asserted::PrimaryKey(name) => primary_key(name, catalog),
        Asserted::RowSecurity(name)
            if catalog.table(name).is_some_and(|table| table.rls_enabled) =>
        {
            row_security(name)
        }
        Asserted::Policy(part) => policy(part, catalog),
        Asserted::ClosedTo { table, roles } => open_policies(table, roles, catalog),
        Asserted::Unique { table, columns } => unique(table, columns, catalog),
        Asserted::Index(part) => index(part, catalog),
        Asserted::NoFault(Planted { what, change }) => {
            let change = Arc::clone(change);
            vec![Mutant::of_catalog(what.clone(), move |catalog| change(catalog))]
        }
        _ => Vec::new(),
    }
}

/// A mutant that changes one table.
fn of_table(name: &ObjectName, what: String, change: impl Fn(&mut Table) + 'static) -> Mutant {
    let name = name.clone();
    Mutant::of_catalog(what, move |catalog| {
        catalog.tables.iter_mut().filter(|table| table.name == name).for_each(&change);
    })
}

fn table(name: &ObjectName) -> Vec<Mutant> {
    let (dropped, replaced) = (name.clone(), name.clone());
    let drop = move |catalog: &mut Catalog| catalog.tables.retain(|table| table.name != dropped);
    let replace = move |catalog: &mut Catalog| {
        catalog.tables.retain(|table| table.name != replaced);
        catalog.views.push(View::new(replaced.clone()));
    };
    vec![
        Mutant::of_catalog(format!("table {name} is dropped"), drop),
        Mutant::of_catalog(format!("table {name} is replaced by a view"), replace),
    ]
}

fn of_column(part: &Part, what: &str, change: impl Fn(&mut Column) + 'static) -> Mutant {
    let name = part.name.clone();
    of_table(&part.table, format!("column {part} {what}"), move |table| {
        table.columns.iter_mut().filter(|column| column.name == name).for_each(&change);
    })
}

fn known_column<'c>(part: &Part, catalog: &'c Catalog) -> Option<&'c Column> {
    catalog.table(&part.table)?.column(&part.name)
}

fn column(part: &Part, catalog: &Catalog) -> Vec<Mutant> {
    if known_column(part, catalog).is_none() {
        return Vec::new();
    }
    let name = part.name.clone();
    vec![
        of_table(&part.table, format!("column {part} is dropped"), move |table| {
            table.columns.retain(|column| column.name != name);
        }),
        of_column(part, "is renamed", |column| column.name = OTHER.to_owned()),
    ]
}

fn column_type(part: &Part, catalog: &Catalog) -> Vec<Mutant> {
    let Some(column) = known_column(part, catalog) else { return Vec::new() };
    let other = if column.data_type == "text" { "integer" } else { "text" };
    vec![
        of_column(part, &format!("becomes {other}"), move |column| {
            column.data_type = other.to_owned();
            column.enum_type = None;
        }),
        of_column(part, "becomes an array", |column| column.data_type.push_str("[]")),
    ]
}

fn enum_labels(part: &Part, catalog: &Catalog) -> Vec<Mutant> {
    let labelled = known_column(part, catalog).and_then(|column| column.enum_type.as_ref());
    let Some(Enum { name, labels, .. }) = labelled.and_then(|name| catalog.enumeration(name))
    else {
        return Vec::new();
    };
    let further = |labels: &mut Vec<String>| labels.push(OTHER.to_owned());
    let mut mutants = vec![of_enum(name, format!("enum {name} gets a further label"), further)];
    for label in labels {
        let (gone, what) = (label.clone(), format!("label {label} of enum {name} is taken away"));
        mutants.push(of_enum(name, what, move |labels| labels.retain(|known| *known != gone)));
    }
    mutants
}

/// A mutant that changes the labels of one enum.
fn of_enum(name: &ObjectName, what: String, change: impl Fn(&mut Vec<String>) + 'static) -> Mutant {
    let name = name.clone();
    Mutant::of_catalog(what, move |catalog| {
        let meant = catalog.enums.iter_mut().filter(|known| known.name == name);
        meant.for_each(|known| change(&mut known.labels));
    })
}

/// A column of a table that is not among these.
fn other_column(table: &Table, columns: &[String]) -> Option<String> {
    table.columns.iter().map(|column| &column.name).find(|name| !columns.contains(name)).cloned()
}

fn primary_key(name: &ObjectName, catalog: &Catalog) -> Vec<Mutant> {
    let Some(table) = catalog.table(name) else { return Vec::new() };
    let Some(key) = &table.primary_key else { return Vec::new() };
    let mut mutants =
        vec![of_table(name, format!("the primary key of {name} is dropped"), |table| {
            table.primary_key = None;
        })];
    if let Some(further) = other_column(table, &key.columns) {
        let what = format!("column {further} is added to the primary key of {name}");
        mutants.push(of_table(name, what, move |table| {
            table.primary_key.iter_mut().for_each(|key| key.columns.push(further.clone()));
        }));
    }
    mutants
}

fn row_security(name: &ObjectName) -> Vec<Mutant> {
    vec![of_table(name, format!("row-level security of {name} is turned off"), |table| {
        table.rls_enabled = false;
    })]
}

fn policy(part: &Part, catalog: &Catalog) -> Vec<Mutant> {
    let policies = catalog.table(&part.table).map(|table| &table.policies[..]).unwrap_or_default();
    let Some(known) = policies.iter().find(|policy| policy.name == part.name) else {
        return Vec::new();
    };
    let name = part.name.clone();
    let mut mutants =
        vec![of_table(&part.table, format!("policy {part} is dropped"), move |table| {
            table.policies.retain(|policy| policy.name != name);
        })];
    let commands =
        [Command::Select, Command::Insert, Command::Update, Command::Delete, Command::All];
    for command in commands.into_iter().filter(|command| *command != known.command) {
        let name = part.name.clone();
        mutants.push(of_table(
            &part.table,
            format!("policy {part} is for {command}"),
            move |table| {
                let meant = table.policies.iter_mut().filter(|policy| policy.name == name);
                meant.for_each(|policy| policy.command = command);
            },
        ));
    }
    mutants
}

/// Every policy of the table opened to everybody, and a further one that is open, for each role.
fn open_policies(name: &ObjectName, roles: &[String], catalog: &Catalog) -> Vec<Mutant> {
    let Some(table) = catalog.table(name) else { return Vec::new() };
    let mut mutants = Vec::new();
    for role in roles {
        for Policy { name: policy, .. } in &table.policies {
            let (opened, to) = (policy.clone(), role.clone());
            let what = format!("policy {policy} of {name} is opened to {role}");
            mutants.push(of_table(name, what, move |table| {
                let meant = table.policies.iter_mut().filter(|policy| policy.name == opened);
                meant.for_each(|policy| open(policy, &to));
            }));
        }
        let to = role.clone();
        let what = format!("{name} gets a further policy that is open to {role}");
        mutants.push(of_table(name, what, move |table| {
            let mut policy = Policy {
                name: OTHER.to_owned(),
                command: Command::All,
                permissive: true,
                roles: Vec::new(),
                using: None,
                with_check: None,
                references: References::default(),
                trials: Vec::new(),
                history: History::default(),
            };
            open(&mut policy, &to);
            table.policies.push(policy);
        }));
    }
    mutants
}

/// Lets a role at every row.
fn open(policy: &mut Policy, role: &str) {
    let always = || Some("true".to_owned());
    let writes = matches!(policy.command, Command::Insert | Command::Update | Command::All);
    policy.permissive = true;
    policy.roles = vec![role.to_owned()];
    policy.using = if policy.command == Command::Insert { None } else { always() };
    policy.with_check = if writes { always() } else { None };
}

fn unique(name: &ObjectName, columns: &[String], catalog: &Catalog) -> Vec<Mutant> {
    let same = |key: &Key, columns: &[String]| {
        key.columns.len() == columns.len() && columns.iter().all(|name| key.columns.contains(name))
    };
    let Some(table) = catalog.table(name) else { return Vec::new() };
    if !table.unique.iter().any(|key| same(key, columns)) {
        return Vec::new();
    }
    let shown = columns.join(", ");
    let of_keys = |what: String, change: fn(&mut Key, &str), with: String| {
        let columns = columns.to_vec();
        of_table(name, what, move |table| {
            let meant = table.unique.iter_mut().filter(|key| same(key, &columns));
            meant.for_each(|key| change(key, &with));
        })
    };
    let (dropped, demoted) = (columns.to_vec(), columns.to_vec());
    let mut mutants = vec![
        of_table(
            name,
            format!("the UNIQUE constraint of {name} on ({shown}) is dropped"),
            move |table| {
                table.unique.retain(|key| !same(key, &dropped));
            },
        ),
        of_table(
            name,
            format!("a unique index replaces the constraint of {name} on ({shown})"),
            move |table| {
                table.unique.retain(|key| !same(key, &demoted));
                table.indexes.push(unique_index(&demoted));
            },
        ),
    ];
    if let Some(further) = other_column(table, columns) {
        let what = format!("column {further} is added to the constraint of {name} on ({shown})");
        mutants.push(of_keys(what, |key, further| key.columns.push(further.to_owned()), further));
    }
    if let [_, .., last] = columns {
        let what = format!("column {last} is taken from the constraint of {name} on ({shown})");
        mutants.push(of_keys(what, |key, last| key.columns.retain(|c| c != last), last.clone()));
    }
    mutants
}

fn unique_index(columns: &[String]) -> Index {
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    Index { unique: true, ..Index::new(OTHER, &columns) }
}

fn index(part: &Part, catalog: &Catalog) -> Vec<Mutant> {
    let Some(table) = catalog.table(&part.table) else { return Vec::new() };
    if !table.indexes.iter().any(|index| index.name == part.name) {
        return Vec::new();
    }
    let of_index = |what: &str, change: fn(&mut Index)| {
        let name = part.name.clone();
        of_table(&part.table, format!("index {part} {what}"), move |table| {
            table.indexes.iter_mut().filter(|index| index.name == name).for_each(change);
        })
    };
    let name = part.name.clone();
    vec![
        of_table(&part.table, format!("index {part} is dropped"), move |table| {
            table.indexes.retain(|index| index.name != name);
        }),
        of_index("is renamed", |index| index.name = OTHER.to_owned()),
        of_index("is left invalid", |index| index.valid = false),
        of_index("is made partial, over no row", |index| index.predicate = Some("false".into())),
        of_index("is led by an expression", |index| index.columns.insert(0, None)),
    ]
}
