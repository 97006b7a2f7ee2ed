//! The rows of `pg_event_trigger_ddl_commands()` and `pg_event_trigger_dropped_objects()`.

use sqlparser::ast::{AlterColumnOperation, AlterTableOperation};

use super::identity::{self, Identity};
use crate::engine::interpreter::model::{
    Address, Constraint, ConstraintKind, Model, Object, Oid, Relation, RelationKind, TypeKind,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ParsedStatement;
use crate::engine::interpreter::parse::ast::{self, AlterAction};
use crate::engine::interpreter::query::{Rows, Value};
use crate::engine::interpreter::session::Session;

const COMMAND_COLUMNS: [&str; 9] = [
    "classid",
    "objid",
    "objsubid",
    "command_tag",
    "object_type",
    "schema_name",
    "object_identity",
    "in_extension",
    "command",
];

const DROPPED_COLUMNS: [&str; 12] = [
    "classid",
    "objid",
    "objsubid",
    "original",
    "normal",
    "is_temporary",
    "object_type",
    "schema_name",
    "object_name",
    "object_identity",
    "address_names",
    "address_args",
];

/// What a statement is about that exists before it.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    /// What it makes, it is about.
    New,
    /// It is about this object.
    Old(Address),
    /// It is about rights, of which only the kind of object is told.
    Rights(&'static str),
}

impl Session {
    /// What a statement is about, to be asked before it is executed.
    pub(super) fn subject(&self, statement: &ParsedStatement) -> Subject {
        let found = match statement.kind.read() {
            Some(ast::Statement::AlterTable(alter)) => self.altered(alter),
            Some(ast::Statement::AlterObject(alter)) => {
                self.named_object(&alter.object).ok().flatten()
            }
            Some(ast::Statement::AlterFunction(alter)) => {
                self.routine(alter.kind, &alter.routine).ok().map(Address::from)
            }
            Some(ast::Statement::AlterTrigger(alter)) => self
                .relation(&alter.table)
                .and_then(|table| self.trigger(table, &alter.name))
                .ok()
                .map(Address::from),
            Some(ast::Statement::AlterPolicy(alter)) => self
                .relation(&alter.table_name)
                .and_then(|table| self.policy(table, &alter.name))
                .ok()
                .map(Address::from),
            Some(ast::Statement::Comment(named)) => self.named_object(named).ok().flatten(),
            Some(ast::Statement::Grant(grant)) => {
                let first = statement.text.split_whitespace().next().unwrap_or_default();
                if first.eq_ignore_ascii_case("refresh") {
                    let named = grant.objects.first();
                    named.and_then(|named| self.named_object(named).ok().flatten())
                } else {
                    let kind = grant.objects.first().map(|named| named.kind);
                    return Subject::Rights(rights_kind(kind));
                }
            }
            _ => None,
        };
        found.map_or(Subject::New, Subject::Old)
    }

    fn altered(&self, alter: &ast::AlterTable) -> Option<Address> {
        let table = self.find_relation(&alter.name).ok()??;
        if let [AlterAction::Sql(operation)] = alter.actions.as_slice() {
            match &**operation {
                AlterTableOperation::RenameColumn { old_column_name, .. } => {
                    return self.column(table, &names::stored(old_column_name)).ok();
                }
                AlterTableOperation::RenameConstraint { old_name, .. } => {
                    let constraint = self.model.find_constraint(table, &names::stored(old_name));
                    return constraint.map(Address::from);
                }
                _ => {}
            }
        }
        Some(table.into())
    }

    /// The table that a statement may rewrite.
    pub(super) fn may_rewrite(&self, statement: &ParsedStatement) -> Option<Oid> {
        let Some(ast::Statement::AlterTable(alter)) = statement.kind.read() else { return None };
        let rewrites = alter.actions.iter().any(|action| match action {
            AlterAction::AddColumn { .. } => true,
            AlterAction::Sql(operation) => matches!(
                &**operation,
                AlterTableOperation::AddColumn { .. }
                    | AlterTableOperation::SetLogged
                    | AlterTableOperation::SetUnlogged
                    | AlterTableOperation::AlterColumn {
                        op: AlterColumnOperation::SetDataType { .. },
                        ..
                    }
            ),
            _ => false,
        });
        self.find_relation(&alter.name).ok().flatten().filter(|_| rewrites)
    }

    /// The commands that a statement came to.
    pub(super) fn commands(&self, tag: &str, subject: Subject, before: &Model) -> Rows {
        let mut rows = Vec::new();
        match subject {
            Subject::Rights(kind) => rows.push(vec![
                Value::Null,
                Value::Null,
                Value::Null,
                tag.into(),
                kind.into(),
                Value::Null,
                Value::Null,
                false.into(),
                Value::unknown("the command of an event trigger"),
            ]),
            Subject::Old(address) => rows.extend(self.command(tag, address)),
            Subject::New if tag.starts_with("DROP ") => {}
            Subject::New => self.add_created(tag, before, &mut rows),
        }
        Rows::certain(&COMMAND_COLUMNS, rows)
    }

    fn command(&self, tag: &str, address: Address) -> Option<Vec<Value>> {
        let Identity { object_type, schema, identity, .. } = identity::of(&self.model, address)?;
        Some(vec![
            identity::class(&self.model, address.object)?.into(),
            address.object.into(),
            Value::Int(address.column.into()),
            tag.into(),
            object_type.into(),
            Value::optional_text(schema),
            identity.into(),
            false.into(),
            Value::unknown("the command of an event trigger"),
        ])
    }

    /// The commands that made what is new.
    fn add_created(&self, tag: &str, before: &Model, rows: &mut Vec<Vec<Value>>) {
        let made = self.model.added_since(before);
        let of_kind = |wanted: fn(&Relation) -> bool| {
            made.iter().copied().filter(move |oid| self.model.relation(*oid).is_ok_and(wanted))
        };
        let mut add = |tag: &str, oid: Oid| rows.extend(self.command(tag, oid.into()));
        match tag {
            "CREATE TABLE" | "CREATE FOREIGN TABLE" | "CREATE SCHEMA" => {
                for schema in made.iter().filter(|oid| self.model.schema(**oid).is_ok()) {
                    add("CREATE SCHEMA", *schema);
                }
                let is_owned =
                    |r: &Relation| r.sequence.as_ref().is_some_and(|s| s.owned_by.is_some());
                of_kind(is_owned).for_each(|oid| add("CREATE SEQUENCE", oid));
                let table_tag = if tag == "CREATE SCHEMA" { "CREATE TABLE" } else { tag };
                of_kind(|r| r.kind.is_table()).for_each(|oid| add(table_tag, oid));
                of_kind(|r| r.kind == RelationKind::View).for_each(|oid| add("CREATE VIEW", oid));
                // What the parent of a partition has comes with no command of its own.
                let is_partition = of_kind(|r| r.is_partition).next().is_some();
                if !is_partition {
                    of_kind(|r| r.kind.is_index()).for_each(|oid| add("CREATE INDEX", oid));
                }
                for table in of_kind(|r| r.kind.is_table() && !r.is_partition) {
                    let refers = self.model.parts::<Constraint>(table).any(|(_, constraint)| {
                        matches!(constraint.kind, ConstraintKind::ForeignKey(_))
                    });
                    if refers {
                        add("ALTER TABLE", table);
                    }
                }
                of_kind(is_owned).for_each(|oid| add("ALTER SEQUENCE", oid));
            }
            "CREATE TYPE" | "CREATE DOMAIN" => {
                let own = made.iter().copied().find(|oid| {
                    let found = self.model.data_type(*oid);
                    found.is_ok_and(|t| {
                        !matches!(t.kind, TypeKind::Array { .. } | TypeKind::Multirange { .. })
                    })
                });
                own.into_iter().for_each(|oid| add(tag, oid));
            }
            "CREATE EXTENSION" => {
                let own = made
                    .iter()
                    .filter(|oid| matches!(self.model.object(**oid), Some(Object::Extension(_))));
                own.for_each(|oid| add(tag, *oid));
            }
            "CREATE INDEX" => {
                of_kind(|r| r.kind.is_index()).take(1).for_each(|oid| add(tag, oid));
            }
            "CREATE TRIGGER" => {
                made.iter().take(1).for_each(|oid| add(tag, *oid));
            }
            _ => {
                let main = made.iter().copied().find(|oid| {
                    !matches!(self.model.object(*oid), Some(Object::Type(_) | Object::Schema(_)))
                });
                match main {
                    Some(oid) => add(tag, oid),
                    // OR REPLACE changes what is there.
                    None => {
                        let changed = self.model.changed_since(before);
                        changed.into_iter().take(1).for_each(|oid| add(tag, oid));
                    }
                }
            }
        }
    }
}

/// The rows of what is gone, and whether it was named is known of the first alone.
pub(super) fn dropped(before: &Model, after: &Model) -> Rows {
    let mut gone: Vec<Address> = before.added_since(after).into_iter().map(Address::from).collect();
    let gone_columns = after.changed_since(before).into_iter().flat_map(|oid| {
        let (Ok(old), Ok(new)) = (before.relation(oid), after.relation(oid)) else {
            return Vec::new();
        };
        let is_gone = |number: i16| new.column_at(number).is_none();
        let columns = old.columns.iter().filter(|column| is_gone(column.number));
        columns.map(|column| Address::column(oid, column.number)).collect()
    });
    let columns: Vec<Address> = gone_columns.collect();
    gone.splice(0..0, columns);
    let mut first = true;
    let rows = gone.into_iter().filter_map(|address| {
        let found = identity::of(before, address)?;
        let Identity { object_type, schema, name, identity, temporary } = found;
        let original = if std::mem::take(&mut first) {
            true.into()
        } else {
            Value::unknown("what DROP named")
        };
        Some(vec![
            identity::class(before, address.object)?.into(),
            address.object.into(),
            Value::Int(address.column.into()),
            original,
            Value::unknown("how it depended on what was dropped"),
            temporary.into(),
            object_type.into(),
            Value::optional_text(schema),
            Value::optional_text(name),
            identity.into(),
            Value::unknown("the names of what was dropped"),
            Value::unknown("the arguments of what was dropped"),
        ])
    });
    Rows::certain(&DROPPED_COLUMNS, rows.collect())
}

/// What the row of GRANT calls the kind of object.
fn rights_kind(kind: Option<ast::ObjectKind>) -> &'static str {
    use ast::ObjectKind as Kind;
    match kind {
        Some(Kind::Routine) => "FUNCTION",
        Some(Kind::Sequence) => "SEQUENCE",
        Some(Kind::Schema) => "SCHEMA",
        Some(Kind::Type) => "TYPE",
        Some(Kind::Domain) => "DOMAIN",
        _ => "TABLE",
    }
}
