//! The object that a statement names by kind: for `DROP`, `COMMENT ON`, `GRANT` and their kin.

use crate::engine::interpreter::model::{Address, Oid, Relation, RelationKind, TypeKind};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{
    DropObjects, Grant, ObjectAddress, ObjectKind, RoutineKind, RoutineRef,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

use super::routine::{behavior, is_missing};

impl Session {
    /// The object that a statement names; `None` for kinds that the model does not keep.
    pub(crate) fn named_object(&self, named: &ObjectAddress) -> Result<Option<Address>, Problem> {
        let on = |session: &Self| match &named.on {
            Some(table) => session.relation(table),
            None => Err(Problem::gap_everywhere("the statement names no table")),
        };
        let own = || named.name.0.last().and_then(|p| p.as_ident()).cloned();
        let Some(ident) = own() else { return Ok(None) };
        let name = names::stored(&ident);
        let oid = match named.kind {
            ObjectKind::Table
            | ObjectKind::ForeignTable
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Index
            | ObjectKind::Sequence => self.relation_of_kind(named)?,
            ObjectKind::Type | ObjectKind::Domain => self.type_of_kind(named)?,
            ObjectKind::Schema => self.schema(&name)?,
            ObjectKind::Extension => self.model.find_extension(&name).ok_or_else(|| {
                Problem::error("42704", format!("extension \"{name}\" does not exist"))
            })?,
            ObjectKind::Role => match self.role_named(&ident)? {
                Some(role) => role,
                None => return Ok(None),
            },
            ObjectKind::Column => return self.named_column(named).map(Some),
            ObjectKind::Policy => self.policy(on(self)?, &ident)?,
            ObjectKind::Trigger => self.trigger(on(self)?, &ident)?,
            ObjectKind::Rule => {
                let table = on(self)?;
                let found = self.model.find_rule(table, &name);
                // The rule of a view is no object of the model's.
                if found.is_none() && &*name == "_RETURN" {
                    return Ok(None);
                }
                found.ok_or_else(|| self.missing_part("rule", "relation", &name, table))?
            }
            ObjectKind::Constraint => {
                let table = on(self)?;
                let found = self.model.find_constraint(table, &name);
                found.ok_or_else(|| self.missing_part("constraint", "table", &name, table))?
            }
            ObjectKind::Routine => {
                let arguments = named.arguments.clone();
                let written = RoutineRef { name: named.name.clone(), arguments };
                self.routine(RoutineKind::Routine, &written)?
            }
            _ => match self.other_object(named)? {
                Some(oid) => oid,
                None => return Ok(None),
            },
        };
        Ok(Some(oid.into()))
    }

    fn missing_part(&self, kind: &str, of: &str, name: &str, table: Oid) -> Problem {
        let table = self.relation_at(table).map(|t| t.name.to_string()).unwrap_or_default();
        Problem::error("42704", format!("{kind} \"{name}\" for {of} \"{table}\" does not exist"))
    }

    fn relation_of_kind(&self, named: &ObjectAddress) -> Result<Oid, Problem> {
        let oid = self.relation(&named.name).map_err(|problem| match problem {
            // Each kind has its own word for what is missing.
            Problem::Error(mut error) if error.sqlstate == "42P01" => {
                let word = relation_word(named.kind);
                error.message = error.message.replacen("relation", word, 1);
                Problem::Error(error)
            }
            other => other,
        })?;
        let relation = self.relation_at(oid)?;
        let fits = match named.kind {
            ObjectKind::Table => {
                matches!(relation.kind, RelationKind::Table | RelationKind::Partitioned)
            }
            ObjectKind::ForeignTable => relation.kind == RelationKind::Foreign,
            ObjectKind::View => relation.kind == RelationKind::View,
            ObjectKind::MaterializedView => relation.kind == RelationKind::MaterializedView,
            ObjectKind::Index => relation.kind.is_index(),
            _ => relation.kind == RelationKind::Sequence,
        };
        if fits {
            Ok(oid)
        } else {
            let word = relation_word(named.kind);
            let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            let message = format!("\"{}\" is not {article} {word}", relation.name);
            Err(Problem::error("42809", message))
        }
    }

    fn type_of_kind(&self, named: &ObjectAddress) -> Result<Oid, Problem> {
        let found = self.find_type(&named.name)?;
        let Some(oid) = found else {
            return Err(Problem::error("42704", format!("type \"{}\" does not exist", named.name)));
        };
        let is_domain = matches!(self.model.data_type(oid)?.kind, TypeKind::Domain { .. });
        if named.kind == ObjectKind::Domain && !is_domain {
            return Err(Problem::error("42809", format!("\"{}\" is not a domain", named.name)));
        }
        Ok(oid)
    }

    fn named_column(&self, named: &ObjectAddress) -> Result<Address, Problem> {
        let Some((column, table)) = named.name.0.split_last() else {
            return Err(Problem::error("42601", "column name must be qualified"));
        };
        let table = self.relation(&sqlparser::ast::ObjectName(table.to_vec()))?;
        let name = column.as_ident().map(|c| names::stored(c).into_owned()).unwrap_or_default();
        if self.relation_at(table)?.opaque {
            return Ok(table.into());
        }
        self.column(table, &name)
    }

    /// Executes DROP of any kind but routines, triggers and roles.
    pub(crate) fn drop_named(&mut self, statement: &DropObjects) -> Result<(), Problem> {
        if statement.concurrently {
            self.refuse_in_transaction("DROP INDEX CONCURRENTLY")?;
            let unsupported = match statement {
                DropObjects { objects, .. } if objects.len() > 1 => "dropping multiple objects",
                DropObjects { cascade: true, .. } => "CASCADE",
                _ => "",
            };
            if !unsupported.is_empty() {
                let message = format!("DROP INDEX CONCURRENTLY does not support {unsupported}");
                return Err(Problem::error("0A000", message));
            }
        }
        let mut targets = Vec::new();
        for named in &statement.objects {
            match self.named_object(named) {
                Ok(Some(address)) => targets.push(address),
                Ok(None) => {}
                Err(Problem::Error(error)) if statement.if_exists && is_missing(error.sqlstate) => {
                }
                // DROP takes an index for no relation.
                Err(Problem::Error(error))
                    if named.kind == ObjectKind::Index && error.sqlstate == "42P01" =>
                {
                    return Err(Problem::error("42704", error.message));
                }
                Err(problem) => return Err(problem),
            }
        }
        if let Some(index) = targets.iter().find(|t| self.is_row_type(**t)) {
            let name = self.model.name_of(*index).unwrap_or_else(|| "".into());
            return Err(Problem::error(
                "2BP01",
                format!("cannot drop type {name} because table {name} requires it"),
            ));
        }
        self.check_reach_of_drop(statement, &targets)?;
        self.drop_objects(&targets, behavior(statement.cascade))
    }

    /// Leaves a gap where it is not known what goes along with the objects.
    fn check_reach_of_drop(
        &self,
        statement: &DropObjects,
        targets: &[Address],
    ) -> Result<(), Problem> {
        let foreign = || {
            let tables = self.model.all::<Relation>();
            tables.filter(|(_, r)| r.kind == RelationKind::Foreign).collect::<Vec<_>>()
        };
        match statement.kind {
            ObjectKind::Server | ObjectKind::ForeignDataWrapper if !targets.is_empty() => {
                let tables = foreign();
                if tables.is_empty() {
                    return Ok(());
                }
                let names = tables.iter().map(|(_, r)| self.model.object_name(r.schema, &r.name));
                Err(Problem::gap("which foreign tables need it is not known", names))
            }
            ObjectKind::Collation | ObjectKind::TextSearch
                if statement.cascade && !targets.is_empty() =>
            {
                Err(Problem::gap_everywhere("which columns and expressions need it is not known"))
            }
            ObjectKind::Language if statement.cascade => {
                Err(Problem::gap_everywhere("the functions of a language go with it"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a type is the row type of a table or view, which goes with it alone.
    fn is_row_type(&self, address: Address) -> bool {
        let Ok(data_type) = self.model.data_type(address.object) else { return false };
        match data_type.kind {
            TypeKind::Composite { relation } => {
                self.relation_at(relation).is_ok_and(|r| r.kind != RelationKind::Composite)
            }
            _ => false,
        }
    }

    /// Executes a statement that changes nothing and needs its objects: COMMENT ON.
    pub(crate) fn check_named(&self, named: &ObjectAddress) -> Result<(), Problem> {
        self.named_object(named).map(drop)
    }

    /// Executes GRANT and its kin: roles and objects must exist.
    pub(crate) fn check_grant(&self, grant: &Grant) -> Result<(), Problem> {
        for named in &grant.objects {
            if named.kind == ObjectKind::Table {
                // TABLE stands for any relation here.
                self.relation(&named.name)?;
            } else {
                self.named_object(named)?;
            }
        }
        for role in grant.roles.iter().chain(&grant.granted_roles) {
            self.role_named(role)?;
        }
        Ok(())
    }
}

fn relation_word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::ForeignTable => "foreign table",
        ObjectKind::View => "view",
        ObjectKind::MaterializedView => "materialized view",
        ObjectKind::Index => "index",
        ObjectKind::Sequence => "sequence",
        _ => "table",
    }
}
