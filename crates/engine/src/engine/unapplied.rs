//! What the statements that were not applied would have touched, told by their targets.
//!
//! Nothing of them was executed, so that a name without a schema may be in any, and whatever may run code
//! or follow dependencies touches everything. An object that the catalog does not have was to be made
//! by one of these statements, which touches it already.

use std::collections::BTreeSet;

use sqlparser::ast::{
    AlterTableOperation, DropBehavior, Expr, ObjectName as WrittenName, Query, RenameTableNameKind,
    SetExpr, Statement as Sql, UserDefinedTypeRepresentation,
};

use super::interpreter::parse::ast::{self, AlterAction, Maintenance, ObjectChange, ObjectKind};
use super::interpreter::parse::{Mentions, StatementKind, mentions_of, parse_file};
use super::interpreter::stored;
use super::{Outcome, Reach, Unapplied};
use crate::catalog::{Catalog, ObjectName, TableKind};
use crate::span::{FileId, SourceMap};

/// Any schema, or any name.
const ANY: &str = "*";

/// Words of a body without which a function changes no object.
const CHANGING_WORDS: [&str; 12] = [
    "create", "alter", "drop", "execute", "grant", "revoke", "comment", "import", "reassign",
    "refresh", "call", "perform",
];

/// The statements of the file that failed and of every later one, with what they would have touched.
#[must_use]
pub fn unapplied(files: &SourceMap, migrations: &[FileId], outcome: &Outcome) -> Vec<Unapplied> {
    let Some(failure) = &outcome.failure else { return Vec::new() };
    let first = migrations.iter().position(|file| *file == failure.span.file).unwrap_or(0);
    let reader = Reader::new(files, migrations, &outcome.catalog);
    let mut found: Vec<Unapplied> = Vec::new();
    for file in migrations.iter().skip(first) {
        found.extend(parse_file(*file, &files.file(*file).text).iter().map(|statement| {
            let text = files.text(statement.span);
            Unapplied { span: statement.span, reach: reader.reach(&statement.kind, text) }
        }));
    }
    if !found.iter().any(|statement| statement.span == failure.span) {
        found.push(Unapplied { span: failure.span, reach: Reach::Everything });
    }
    found
}

/// What a statement would touch by itself.
#[must_use]
pub fn targets(kind: &StatementKind) -> Reach {
    Reader::bare(&Catalog::default()).reach(kind, "")
}

/// What must be known of all the migrations to tell what one statement touches.
struct Reader<'a> {
    catalog: &'a Catalog,
    /// Functions of the migrations that may change objects.
    changing: BTreeSet<String>,
    /// A trigger may call one of them when rows change.
    rows_run_code: bool,
    /// Tables have children, to which what is done to them is done as well.
    has_children: bool,
    /// Event triggers run code after any statement.
    has_event_triggers: bool,
}

impl<'a> Reader<'a> {
    fn bare(catalog: &'a Catalog) -> Self {
        Self {
            catalog,
            changing: BTreeSet::new(),
            rows_run_code: false,
            has_children: false,
            has_event_triggers: false,
        }
    }

    fn new(files: &SourceMap, migrations: &[FileId], catalog: &'a Catalog) -> Self {
        let mut reader = Self::bare(catalog);
        let mut functions: Vec<(String, Vec<String>)> = Vec::new();
        for file in migrations {
            for statement in parse_file(*file, &files.file(*file).text) {
                let text = files.text(statement.span);
                let words: Vec<String> = words(text).collect();
                let is_event_trigger =
                    words.windows(2).any(|pair| pair[0] == "event" && pair[1] == "trigger");
                reader.has_event_triggers |= is_event_trigger;
                reader.has_children |= words.iter().any(|word| {
                    matches!(word.as_str(), "inherits" | "inherit" | "partition" | "attach")
                });
                if let Some(ast::Statement::CreateFunction(create)) = statement.kind.read() {
                    functions.push((last(&create.name), words));
                }
            }
        }
        // A function that calls a changing one is changing, too.
        loop {
            let before = reader.changing.len();
            for (name, words) in &functions {
                let changes = |word: &String| {
                    CHANGING_WORDS.contains(&word.as_str()) || reader.changing.contains(word)
                };
                // The statement itself begins with CREATE [OR REPLACE] FUNCTION name.
                if words.iter().skip(2).filter(|word| *word != name).any(changes) {
                    reader.changing.insert(name.clone());
                }
            }
            if reader.changing.len() == before {
                break;
            }
        }
        reader.rows_run_code = !reader.changing.is_empty()
            && migrations.iter().any(|file| {
                let text = &files.file(*file).text;
                parse_file(*file, text).iter().any(|statement| {
                    matches!(statement.kind.read(), Some(ast::Statement::CreateTrigger(trigger))
                        if reader.changing.contains(&last(&trigger.function)))
                })
            });
        reader
    }

    fn reach(&self, kind: &StatementKind, text: &str) -> Reach {
        let changes_nothing = matches!(
            kind.read(),
            Some(
                ast::Statement::NoEffect
                    | ast::Statement::Transaction(_)
                    | ast::Statement::Setting(_)
            )
        );
        if self.has_event_triggers && !changes_nothing {
            return Reach::Everything;
        }
        match kind {
            StatementKind::Read(statement) => self.of_statement(statement, text),
            StatementKind::Unparsed { mentions, .. } => self.of_mentions(mentions, text),
            StatementKind::Refused { .. } => self.of_mentions(&mentions_of(text), text),
        }
    }

    fn of_mentions(&self, mentions: &Mentions, text: &str) -> Reach {
        let runs_unknown_code = words(text).next().is_some_and(|verb| {
            matches!(verb.as_str(), "import" | "execute" | "load" | "reassign" | "call" | "do")
        });
        match mentions {
            _ if runs_unknown_code => Reach::Everything,
            Mentions::Everything => Reach::Everything,
            Mentions::Calls(_) => self.of_rows(text),
            Mentions::Names(names) => objects(names.iter().map(named)),
        }
    }

    /// Rows are no facts of the catalog, but code that runs may be.
    fn of_rows(&self, text: &str) -> Reach {
        if self.rows_run_code || words(text).any(|word| self.changing.contains(&word)) {
            Reach::Everything
        } else {
            Reach::nothing()
        }
    }

    /// A table that a query fills.
    fn making(&self, name: &WrittenName, text: &str) -> Reach {
        match self.of_rows(text) {
            Reach::Everything => Reach::Everything,
            Reach::Objects(_) => objects([named(name)]),
        }
    }

    fn of_statement(&self, statement: &ast::Statement, text: &str) -> Reach {
        use ast::Statement;
        match statement {
            Statement::Query(query) if matches!(**query, Sql::Call(_)) => Reach::Everything,
            Statement::Query(_) => self.of_rows(text),
            Statement::SelectInto(query) => match into(query) {
                Some(name) => self.making(&name, text),
                None => Reach::Everything,
            },
            Statement::CreateTableAs(create) => self.making(&create.name, text),
            Statement::CreatePolicy(policy) => objects([named(&policy.table_name)]),
            Statement::AlterPolicy(policy) => objects([named(&policy.table_name)]),
            Statement::CreateView(view) if view.materialized => self.making(&view.name, text),
            Statement::CreateView(view) => objects([named(&view.name)]),
            Statement::CreateDomain(domain) => objects([named(&domain.name)]),
            Statement::CreateType(create) => match create.representation {
                // A shell or base type needs functions that may be anything.
                None | Some(UserDefinedTypeRepresentation::SqlDefinition { .. }) => {
                    Reach::Everything
                }
                Some(_) => objects([named(&create.name)]),
            },
            Statement::CreateExtension(_) | Statement::CreateSequence(_) => Reach::nothing(),
            Statement::Do(_) => Reach::Everything,
            Statement::CreateFunction(create) => objects([named(&create.name)]),
            Statement::CreateAggregate(create) => objects([named(&create.name)]),
            Statement::AlterFunction(alter) => changed(&alter.routine.name, &alter.change),
            Statement::DropFunctions(drop) if drop.cascade => Reach::Everything,
            Statement::DropFunctions(drop) => {
                objects(drop.routines.iter().map(|routine| named(&routine.name)))
            }
            Statement::CreateTrigger(trigger) => objects([named(&trigger.table)]),
            Statement::AlterTrigger(trigger) => objects([named(&trigger.table)]),
            Statement::DropTrigger(trigger) => objects([named(&trigger.table)]),
            Statement::CreateIndex(index) => objects([named(&index.written.table_name)]),
            Statement::CreateTable(create) => objects([named(&create.name)]),
            Statement::AlterTable(alter) => self.of_alter_table(alter, text),
            Statement::AlterObject(alter) => of_alter(alter),
            Statement::DropObjects(drop) => self.of_drop(drop),
            Statement::CreateSchema(create) if create.elements.is_empty() => Reach::nothing(),
            Statement::CreateSchema(_) => Reach::Everything,
            Statement::CreateObject(create) if create.kind == ObjectKind::EventTrigger => {
                Reach::Everything
            }
            Statement::CreateObject(create) => objects(create.object.on.iter().map(named)),
            Statement::DropOperators(drop) if drop.cascade => Reach::Everything,
            Statement::Publication(_) => Reach::nothing(),
            // Triggers and the functions of a view may do more.
            Statement::Maintenance(statement) => self.of_maintenance(statement, text),
            // No table has them as parts.
            Statement::CreateOperator(_)
            | Statement::CreateOperatorClass(_)
            | Statement::DropOperators(_) => Reach::nothing(),
            // Later statements, or what their names stand for, depend on it.
            Statement::CreateEventTrigger(_)
            | Statement::AlterEventTrigger(_)
            | Statement::StoredSetting(_) => Reach::Everything,
            // What it grants on everything in a schema names no object.
            Statement::Grant(grant) => objects(
                grant
                    .objects
                    .iter()
                    .filter(|object| object.kind != ObjectKind::Schema)
                    .map(|object| named(object.on.as_ref().unwrap_or(&object.name))),
            ),
            Statement::Comment(_)
            | Statement::Role(_)
            | Statement::Setting(_)
            | Statement::Transaction(_)
            | Statement::NoEffect => Reach::nothing(),
        }
    }

    fn of_maintenance(&self, statement: &Maintenance, text: &str) -> Reach {
        match statement {
            Maintenance::Truncate { .. }
            | Maintenance::Copy { into: true, .. }
            | Maintenance::Refresh { with_data: true, .. } => self.of_rows(text),
            _ => Reach::nothing(),
        }
    }

    fn of_alter_table(&self, alter: &ast::AlterTable, text: &str) -> Reach {
        if alter.kind == ObjectKind::Index {
            return objects(self.table_of_index(&alter.name));
        }
        let target = named(&alter.name);
        let is_parent =
            self.has_children && !alter.only
                || self.catalog.tables.iter().any(|table| {
                    table.kind == TableKind::Partitioned && covers(&target, &table.name)
                });
        // Expressions of it may be computed for the rows that there are.
        if is_parent || words(text).any(|word| self.changing.contains(&word)) {
            return Reach::Everything;
        }
        // An index may be altered as a table is.
        let mut touched = self.table_of_index(&alter.name);
        touched.push(target.clone());
        for action in &alter.actions {
            match action {
                AlterAction::SetSchema(schema) => {
                    touched.push(ObjectName::new(&*stored(schema), &*target.name));
                }
                AlterAction::Sql(operation) => match &**operation {
                    AlterTableOperation::RenameTable {
                        table_name: RenameTableNameKind::To(new) | RenameTableNameKind::As(new),
                    } => touched.push(named(new)),
                    AlterTableOperation::DropColumn { drop_behavior, .. }
                    | AlterTableOperation::DropConstraint { drop_behavior, .. }
                        if *drop_behavior == Some(DropBehavior::Cascade) =>
                    {
                        return Reach::Everything;
                    }
                    _ => {}
                },
                AlterAction::Unread(_) => return Reach::Everything,
                _ => {}
            }
        }
        objects(touched)
    }

    fn of_drop(&self, drop: &ast::DropObjects) -> Reach {
        if drop.cascade {
            return Reach::Everything;
        }
        let names = drop.objects.iter().map(|object| &object.name);
        match drop.kind {
            ObjectKind::Table
            | ObjectKind::ForeignTable
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Type
            | ObjectKind::Domain => objects(names.map(named)),
            ObjectKind::Index => objects(names.flat_map(|name| self.table_of_index(name))),
            ObjectKind::Policy | ObjectKind::Rule | ObjectKind::Trigger => {
                objects(drop.objects.iter().filter_map(|object| object.on.as_ref()).map(named))
            }
            ObjectKind::Extension | ObjectKind::Other | ObjectKind::EventTrigger => {
                Reach::Everything
            }
            _ => Reach::nothing(),
        }
    }

    /// The tables of the indexes and constraints of that name.
    fn table_of_index(&self, name: &WrittenName) -> Vec<ObjectName> {
        let name = named(name);
        let has = |table: &&crate::catalog::Table| {
            let schema = name.schema == ANY || name.schema == table.name.schema;
            let keys = table.primary_key.iter().chain(&table.unique).map(|key| &key.name);
            schema
                && table
                    .indexes
                    .iter()
                    .map(|index| &index.name)
                    .chain(keys)
                    .any(|n| *n == name.name)
        };
        self.catalog.tables.iter().filter(has).map(|table| table.name.clone()).collect()
    }
}

/// What ALTER does to an object that is no table.
/// The table that SELECT … INTO makes.
fn into(query: &Query) -> Option<WrittenName> {
    let SetExpr::Select(select) = &*query.body else { return None };
    match select.into.as_ref()?.targets.as_slice() {
        [Expr::Identifier(name)] => Some(vec![name.clone()].into()),
        [Expr::CompoundIdentifier(name)] => Some(name.clone().into()),
        _ => None,
    }
}

fn of_alter(alter: &ast::AlterObject) -> Reach {
    match alter.kind {
        ObjectKind::Type | ObjectKind::Domain => match &alter.change {
            ObjectChange::AddValue { .. }
            | ObjectChange::RenameValue(..)
            | ObjectChange::NoEffect => objects([named(&alter.object.name)]),
            // The columns of that type change with it.
            _ => Reach::Everything,
        },
        ObjectKind::Schema if matches!(alter.change, ObjectChange::NoEffect) => Reach::nothing(),
        ObjectKind::Schema | ObjectKind::EventTrigger | ObjectKind::Extension => Reach::Everything,
        _ => objects(alter.object.on.iter().map(named)),
    }
}

/// An object under its name, and the one that it gets.
fn changed(name: &WrittenName, change: &ObjectChange) -> Reach {
    let old = named(name);
    let new = match change {
        ObjectChange::Rename(new) => Some(ObjectName::new(&*old.schema, &*stored(new))),
        ObjectChange::SetSchema(schema) => Some(ObjectName::new(&*stored(schema), &*old.name)),
        _ => None,
    };
    objects(new.into_iter().chain([old]))
}

fn objects(names: impl IntoIterator<Item = ObjectName>) -> Reach {
    Reach::Objects(names.into_iter().collect())
}

/// The name as a pattern: without a schema it may be in any.
fn named(name: &WrittenName) -> ObjectName {
    let mut parts = name.0.iter().rev().map(|part| match part.as_ident() {
        Some(ident) => stored(ident).into_owned(),
        None => ANY.to_owned(),
    });
    let last = parts.next().unwrap_or_else(|| ANY.to_owned());
    ObjectName::new(parts.next().unwrap_or_else(|| ANY.to_owned()), last)
}

fn last(name: &WrittenName) -> String {
    named(name).name
}

fn covers(pattern: &ObjectName, name: &ObjectName) -> bool {
    Reach::Objects(vec![pattern.clone()]).touches(name)
}

/// The words of a text in lower case, those of its strings and comments too.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}
