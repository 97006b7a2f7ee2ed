//! The objects that a statement makes or changes, by name.

use sqlparser::ast::{
    Insert, ObjectName as WrittenName, Query, SetExpr, Statement, TableFactor, TableObject,
    TableWithJoins, Update,
};

use crate::catalog::ObjectName;
use crate::engine::interpreter::doubt::further_targets;
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::extra::{self, AlterAction, Named, ObjectChange};
use crate::engine::interpreter::parse::{Mentions, ParsedStatement, StatementKind};
use crate::engine::interpreter::session::Session;

impl Session {
    /// What the catalog calls the objects that a statement makes or changes; empty where that cannot be told.
    pub(in crate::engine::interpreter) fn targets(
        &self,
        statement: &ParsedStatement,
    ) -> Vec<ObjectName> {
        let written: Vec<WrittenName> = match &*statement.kind {
            StatementKind::Unparsed { mentions: Mentions::Names(names), .. } => names.clone(),
            StatementKind::Sql(sql) => sql_targets(sql),
            StatementKind::Extra(extra) => extra_targets(extra),
            _ => Vec::new(),
        };
        let mut names: Vec<ObjectName> = Vec::with_capacity(written.len());
        for name in written {
            names.push(self.expected_name(&name));
            // A type or function may stand elsewhere on the path than a new relation would.
            if let Ok(Some(oid)) = self.find_type(&name) {
                names.extend(self.model.owner_name(oid));
            }
        }
        if let StatementKind::Extra(extra) = &*statement.kind {
            self.add_moves(extra, &mut names);
        }
        names.sort();
        names.dedup();
        names
    }

    /// Adds the names under which objects are found after they have been renamed or moved.
    fn add_moves(&self, statement: &extra::Statement, names: &mut Vec<ObjectName>) {
        let Some(first) = names.first().cloned() else { return };
        match statement {
            extra::Statement::AlterTable(alter) => {
                for action in &alter.actions {
                    if let AlterAction::SetSchema(schema) = action {
                        names.push(ObjectName::new(names::stored(schema), &*first.name));
                    }
                    for further in further_targets(action) {
                        let mut name = self.expected_name(&further);
                        if further.0.len() == 1 && !matches!(action, AlterAction::AttachIndex(_)) {
                            name.schema.clone_from(&first.schema);
                        }
                        names.push(name);
                    }
                }
            }
            extra::Statement::AlterObject(extra::AlterObject { change, .. })
            | extra::Statement::AlterFunction(extra::AlterFunction { change, .. }) => {
                match change {
                    ObjectChange::Rename(name) => {
                        names.push(ObjectName::new(&*first.schema, names::stored(name)));
                    }
                    ObjectChange::SetSchema(schema) => {
                        names.push(ObjectName::new(names::stored(schema), &*first.name));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

fn sql_targets(statement: &Statement) -> Vec<WrittenName> {
    let name = match statement {
        Statement::CreatePolicy(policy) => &policy.table_name,
        Statement::AlterPolicy(policy) => &policy.table_name,
        Statement::DropPolicy(policy) => &policy.table_name,
        Statement::CreateIndex(index) => &index.table_name,
        Statement::CreateView(view) => &view.name,
        Statement::CreateTable(table) => &table.name,
        Statement::CreateType { name, .. } | Statement::CreateSequence { name, .. } => name,
        Statement::CreateDomain(domain) => &domain.name,
        Statement::Query(query) => return into(query),
        Statement::Insert(Insert { table: TableObject::TableName(name), .. }) => name,
        Statement::Update(Update {
            table: TableWithJoins { relation: TableFactor::Table { name, .. }, .. },
            ..
        }) => name,
        _ => return Vec::new(),
    };
    vec![name.clone()]
}

fn into(query: &Query) -> Vec<WrittenName> {
    use sqlparser::ast::Expr;
    let SetExpr::Select(select) = &*query.body else { return Vec::new() };
    let targets = select.into.iter().flat_map(|into| &into.targets);
    targets
        .filter_map(|target| match target {
            Expr::Identifier(ident) => Some(vec![ident.clone()].into()),
            Expr::CompoundIdentifier(parts) => Some(parts.clone().into()),
            _ => None,
        })
        .collect()
}

fn extra_targets(statement: &extra::Statement) -> Vec<WrittenName> {
    let name = match statement {
        extra::Statement::AlterTable(alter) => &alter.name,
        extra::Statement::CreateTable(create) => &create.name,
        extra::Statement::CreateTrigger(trigger) => &trigger.table,
        extra::Statement::AlterTrigger(trigger) => &trigger.table,
        extra::Statement::DropTrigger(trigger) if !trigger.cascade => &trigger.table,
        extra::Statement::CreateFunction(function) => &function.name,
        extra::Statement::CreateAggregate(aggregate) => &aggregate.name,
        extra::Statement::AlterFunction(alter) => &alter.routine.name,
        extra::Statement::CreateIndexOnly(index) => &index.table_name,
        extra::Statement::DropFunctions(drop) if !drop.cascade => {
            return drop.routines.iter().map(|routine| routine.name.clone()).collect();
        }
        extra::Statement::DropObjects(drop) if !drop.cascade => {
            return drop.objects.iter().map(whole).collect();
        }
        extra::Statement::AlterObject(alter) => return vec![whole(&alter.object)],
        extra::Statement::CreateObject(create) => return vec![whole(&create.object)],
        _ => return Vec::new(),
    };
    vec![name.clone()]
}

/// The object, or the table that it is a part of.
fn whole(named: &Named) -> WrittenName {
    named.on.clone().unwrap_or_else(|| named.name.clone())
}
