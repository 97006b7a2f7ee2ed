//! How two catalogs differ, fact by fact.

use std::collections::BTreeMap;

use super::{Catalog, ObjectKind, ObjectName, ObjectRef, Table, TableKind};

/// Which facts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Those that every engine spells alike.
    Names,
    /// Expressions and bodies too, which only servers spell alike.
    Expressions,
}

/// A fact in which two catalogs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is a fact of.
    pub object: ObjectRef,
    /// How they differ.
    pub kind: DifferenceKind,
}

/// How two catalogs differ in an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DifferenceKind {
    /// Only the left one has it.
    OnlyLeft,
    /// Only the right one has it.
    OnlyRight,
    /// Both have it, and something about it differs.
    Fact {
        /// What differs, such as `type`.
        name: &'static str,
        /// What the left one says.
        left: String,
        /// What the right one says.
        right: String,
    },
}

impl Difference {
    /// One line, in which the catalogs have names such as `the migrations`.
    #[must_use]
    pub fn describe(&self, left: &str, right: &str) -> String {
        let object = &self.object;
        match &self.kind {
            DifferenceKind::OnlyLeft => format!("{object} is only in {left}"),
            DifferenceKind::OnlyRight => format!("{object} is only in {right}"),
            DifferenceKind::Fact { name, left: ours, right: theirs } => {
                format!("{name} of {object}: {ours} in {left}, {theirs} in {right}")
            }
        }
    }
}

/// Every fact in which two catalogs differ, sorted by object. Of what only one has, parts are not told.
#[must_use]
pub fn differences(left: &Catalog, right: &Catalog, detail: Detail) -> Vec<Difference> {
    let (left, right) = (Outline::of(left, detail), Outline::of(right, detail));
    let mut found = Vec::new();
    for (object, facts) in &left.0 {
        match right.0.get(object) {
            Some(others) => found.extend(facts.iter().zip(others).filter_map(|(ours, theirs)| {
                let kind = DifferenceKind::Fact {
                    name: ours.0,
                    left: ours.1.clone(),
                    right: theirs.1.clone(),
                };
                (ours.1 != theirs.1).then(|| Difference { object: object.clone(), kind })
            })),
            None if right.lacks_table_of(object) => {}
            None => {
                found.push(Difference { object: object.clone(), kind: DifferenceKind::OnlyLeft })
            }
        }
    }
    let news = right.0.keys().filter(|object| !left.0.contains_key(*object));
    found.extend(
        news.filter(|object| !left.lacks_table_of(object))
            .map(|object| Difference { object: object.clone(), kind: DifferenceKind::OnlyRight }),
    );
    found.sort_by(|a, b| a.object.cmp(&b.object));
    found
}

/// A name and a value; objects of one kind have the same names in the same order.
type Fact = (&'static str, String);

/// Every object with what is said of it.
struct Outline(BTreeMap<ObjectRef, Vec<Fact>>);

impl Outline {
    fn of(catalog: &Catalog, detail: Detail) -> Self {
        let mut outline = Self(BTreeMap::new());
        for table in &catalog.tables {
            outline.add_table(table, detail);
        }
        for entry in &catalog.enums {
            let labels = entry.labels.join(", ");
            outline.add(ObjectKind::Type, &entry.name, vec![("labels", labels)]);
        }
        for view in &catalog.views {
            let facts = vec![("materialization", yes_or_no(view.materialized))];
            outline.add(ObjectKind::View, &view.name, facts);
        }
        outline.add_functions(catalog, detail);
        outline
    }

    fn add(&mut self, kind: ObjectKind, name: &ObjectName, facts: Vec<Fact>) {
        self.0.insert(ObjectRef::whole(kind, name.clone()), facts);
    }

    fn add_table(&mut self, table: &Table, detail: Detail) {
        let kind = match table.kind {
            TableKind::Table => "table",
            TableKind::Partitioned => "partitioned table",
            TableKind::Foreign => "foreign table",
        };
        let security = match (table.rls_enabled, table.rls_forced) {
            (false, false) => "disabled",
            (true, false) => "enabled",
            (false, true) => "disabled but forced",
            (true, true) => "enabled and forced",
        };
        let facts = vec![("kind", kind.to_owned()), ("row-level security", security.to_owned())];
        self.add(ObjectKind::Table, &table.name, facts);

        let mut part = |kind, name: &str, facts| {
            self.0.insert(ObjectRef::part(kind, table.name.clone(), name), facts);
        };
        for column in &table.columns {
            let facts = vec![
                ("type", column.data_type.clone()),
                ("not null", yes_or_no(column.not_null)),
                ("default", yes_or_no(column.default)),
            ];
            part(ObjectKind::Column, &column.name, facts);
        }
        if let Some(key) = &table.primary_key {
            let definition = format!("primary key ({})", key.columns.join(", "));
            part(ObjectKind::Constraint, &key.name, vec![("definition", definition)]);
        }
        for key in &table.unique {
            let definition = format!("unique ({})", key.columns.join(", "));
            part(ObjectKind::Constraint, &key.name, vec![("definition", definition)]);
        }
        for key in &table.foreign_keys {
            let (columns, referenced) = (key.columns.join(", "), key.referenced.join(", "));
            let definition =
                format!("foreign key ({columns}) references {} ({referenced})", key.table);
            part(ObjectKind::Constraint, &key.name, vec![("definition", definition)]);
        }
        for check in &table.checks {
            let definition = match detail {
                Detail::Names => "check".to_owned(),
                Detail::Expressions => format!("check ({})", check.expression),
            };
            part(ObjectKind::Constraint, &check.name, vec![("definition", definition)]);
        }
        for policy in &table.policies {
            let facts = vec![
                ("command", policy.command.to_string()),
                ("permissiveness", yes_or_no(policy.permissive)),
                ("roles", policy.roles.join(", ")),
                ("USING", expression(policy.using.as_deref(), detail)),
                ("WITH CHECK", expression(policy.with_check.as_deref(), detail)),
            ];
            part(ObjectKind::Policy, &policy.name, facts);
        }
        for index in &table.indexes {
            let columns: Vec<_> =
                index.columns.iter().map(|c| c.as_deref().unwrap_or("(expression)")).collect();
            let facts = vec![
                ("uniqueness", yes_or_no(index.unique)),
                ("columns", columns.join(", ")),
                ("predicate", expression(index.predicate.as_deref(), detail)),
                ("method", index.method.clone()),
                ("validity", yes_or_no(index.valid)),
            ];
            part(ObjectKind::Index, &index.name, facts);
        }
        for trigger in &table.triggers {
            part(ObjectKind::Trigger, &trigger.name, Vec::new());
        }
    }

    /// Overloads share a name and are one object here.
    fn add_functions(&mut self, catalog: &Catalog, detail: Detail) {
        let mut overloads: BTreeMap<&ObjectName, Vec<String>> = BTreeMap::new();
        for function in &catalog.functions {
            let body = function.body.as_deref().unwrap_or_default().trim();
            let overload = format!("({}) {body}", function.arguments.join(", "));
            overloads.entry(&function.name).or_default().push(overload);
        }
        for (name, mut bodies) in overloads {
            bodies.sort();
            let facts = match detail {
                Detail::Names => Vec::new(),
                Detail::Expressions => vec![("definition", bodies.join("; "))],
            };
            self.add(ObjectKind::Function, name, facts);
        }
    }

    /// Whether the object is a part of a table that is missing as a whole.
    fn lacks_table_of(&self, object: &ObjectRef) -> bool {
        let table = || ObjectRef::whole(ObjectKind::Table, object.of.clone());
        object.part.is_some() && !self.0.contains_key(&table())
    }
}

fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

fn expression(sql: Option<&str>, detail: Detail) -> String {
    match (sql, detail) {
        (None, _) => "none".to_owned(),
        (Some(_), Detail::Names) => "present".to_owned(),
        (Some(sql), Detail::Expressions) => sql.to_owned(),
    }
}
