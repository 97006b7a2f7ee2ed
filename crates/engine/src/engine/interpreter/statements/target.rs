//! The objects that a statement makes or changes, by name.

use sqlparser::ast::{
    Insert, ObjectName as WrittenName, Query, SetExpr, Statement as Sql, TableFactor, TableObject,
    TableWithJoins, Update,
};

use crate::catalog::ObjectName;
use crate::engine::interpreter::doubt::further_targets;
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{self, AlterAction, ObjectAddress, ObjectChange};
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
            StatementKind::Read(statement) => written_targets(statement),
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
        if let Some(statement) = statement.kind.read() {
            self.add_moves(statement, &mut names);
        }
        names.sort();
        names.dedup();
        names
    }

    /// Adds the names under which objects are found after they have been renamed or moved.
    fn add_moves(&self, statement: &ast::Statement, names: &mut Vec<ObjectName>) {
        let Some(first) = names.first().cloned() else { return };
        match statement {
            ast::Statement::AlterTable(alter) => {
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
            ast::Statement::AlterObject(ast::AlterObject { change, .. })
            | ast::Statement::AlterFunction(ast::AlterFunction { change, .. }) => match change {
                ObjectChange::Rename(name) => {
                    names.push(ObjectName::new(&*first.schema, names::stored(name)));
                }
                ObjectChange::SetSchema(schema) => {
                    names.push(ObjectName::new(names::stored(schema), &*first.name));
                }
                _ => {}
            },
            _ => {}
        }
    }
}

fn query_targets(statement: &Sql) -> Vec<WrittenName> {
    let name = match statement {
        Sql::Insert(Insert { table: TableObject::TableName(name), .. }) => name,
        Sql::Update(Update {
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

fn written_targets(statement: &ast::Statement) -> Vec<WrittenName> {
    let name = match statement {
        ast::Statement::AlterTable(alter) => &alter.name,
        ast::Statement::CreateTable(create) => &create.name,
        ast::Statement::CreateTrigger(trigger) => &trigger.table,
        ast::Statement::AlterTrigger(trigger) => &trigger.table,
        ast::Statement::DropTrigger(trigger) if !trigger.cascade => &trigger.table,
        ast::Statement::CreateFunction(function) => &function.name,
        ast::Statement::CreateAggregate(aggregate) => &aggregate.name,
        ast::Statement::AlterFunction(alter) => &alter.routine.name,
        ast::Statement::CreateIndex(index) => &index.written.table_name,
        ast::Statement::CreatePolicy(policy) => &policy.table_name,
        ast::Statement::AlterPolicy(policy) => &policy.table_name,
        ast::Statement::CreateView(view) => &view.name,
        ast::Statement::CreateTableAs(table) => &table.name,
        ast::Statement::CreateType(create) => &create.name,
        ast::Statement::CreateSequence(create) => &create.name,
        ast::Statement::CreateDomain(domain) => &domain.name,
        ast::Statement::SelectInto(query) => return into(query),
        ast::Statement::Query(query) => return query_targets(query),
        ast::Statement::DropFunctions(drop) if !drop.cascade => {
            return drop.routines.iter().map(|routine| routine.name.clone()).collect();
        }
        ast::Statement::DropObjects(drop) if !drop.cascade => {
            return drop.objects.iter().map(whole).collect();
        }
        ast::Statement::AlterObject(alter) => return vec![whole(&alter.object)],
        ast::Statement::CreateObject(create) => return vec![whole(&create.object)],
        _ => return Vec::new(),
    };
    vec![name.clone()]
}

/// The object, or the table that it is a part of.
fn whole(named: &ObjectAddress) -> WrittenName {
    named.on.clone().unwrap_or_else(|| named.name.clone())
}
