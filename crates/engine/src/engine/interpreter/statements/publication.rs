//! Publications and their members.

use std::sync::Arc;

use sqlparser::ast::Ident;

use crate::catalog::History;
use crate::engine::interpreter::analyze::{Over, Place};
use crate::engine::interpreter::model::{
    Address, Dependency, Oid, Other, OtherKind, Persistence, RelationKind,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{Publication, PublicationChange, Published};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// What a publication has: a table, the tables of a schema, or all tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Table(Oid),
    Schema(Oid),
}

impl Session {
    /// Executes CREATE PUBLICATION, and ALTER PUBLICATION of its members.
    pub(crate) fn change_publication(&mut self, statement: &Publication) -> Result<(), Problem> {
        let (_, name) = Self::split_name(&statement.name)?;
        let found = self.publication(&name);
        let publication = match (statement.change, found) {
            (PublicationChange::Create, None) => self.insert_other(OtherKind::Publication, &name),
            (PublicationChange::Create, Some(_)) => {
                let message = format!("publication \"{name}\" already exists");
                return Err(Problem::error("42710", message));
            }
            (_, Some(publication)) => publication,
            (_, None) => {
                let message = format!("publication \"{name}\" does not exist");
                return Err(Problem::error("42704", message));
            }
        };
        if statement.change != PublicationChange::Create && self.publishes_all(publication) {
            let message = format!("publication \"{name}\" is defined as FOR ALL TABLES");
            return Err(Problem::error("55000", message));
        }
        if statement.change == PublicationChange::Set {
            for (member, _) in self.members(publication) {
                self.model.forget_other(member);
            }
        }
        let before = self.members(publication);
        for written in &statement.members {
            self.change_member(publication, statement.change, written, &before)?;
        }
        Ok(())
    }

    fn change_member(
        &mut self,
        publication: Oid,
        change: PublicationChange,
        written: &Published,
        before: &[(Oid, Member)],
    ) -> Result<(), Problem> {
        let member = match written {
            Published::All => {
                let all = self.insert_other(OtherKind::PublicationAll, "");
                self.model.depend(all, publication, Dependency::Auto);
                return Ok(());
            }
            Published::Schema(schema) => Member::Schema(self.published_schema(schema.as_ref())?),
            Published::Table { name, .. } => Member::Table(self.relation(name)?),
        };
        let is_doubtful = self.model.publications_in_doubt();
        let known = before.iter().find(|(_, other)| *other == member).map(|(oid, _)| *oid);
        match (change, known) {
            (PublicationChange::Drop, Some(oid)) => {
                self.model.forget_other(oid);
                return Ok(());
            }
            (PublicationChange::Drop, None) if is_doubtful => return Ok(()),
            (PublicationChange::Drop, None) => return Err(self.no_member(member)),
            (PublicationChange::Add, Some(_)) if is_doubtful => return Ok(()),
            (PublicationChange::Add, Some(_)) => {
                return Err(self.is_member(publication, member));
            }
            _ => {}
        }
        // Of two that are the same in one statement, the second is passed over.
        if self.members(publication).iter().any(|(_, other)| *other == member) {
            return Ok(());
        }
        match (member, written) {
            (Member::Table(table), Published::Table { columns, condition, .. }) => {
                let condition = condition.as_deref();
                self.check_publishable(table)?;
                let mut dependencies: Vec<Address> = Vec::new();
                for column in columns {
                    dependencies.push(self.column(table, &names::stored(column))?);
                }
                if let Some(condition) = condition {
                    let resolved =
                        self.analyze_expr(condition, Over::Relation(table), Place::Where)?;
                    dependencies.extend(resolved.dependencies);
                }
                let oid = self.insert_other(OtherKind::PublicationTable, "");
                self.model.depend(oid, publication, Dependency::Auto);
                self.model.depend(oid, table, Dependency::Auto);
                let columns = dependencies.into_iter().filter(|address| address.column != 0);
                self.model.depend_on_all(oid, columns);
            }
            (Member::Table(_), _) => {}
            (Member::Schema(schema), _) => {
                let oid = self.insert_other(OtherKind::PublicationSchema, "");
                self.model.depend(oid, publication, Dependency::Auto);
                self.model.depend(oid, schema, Dependency::Auto);
            }
        }
        Ok(())
    }

    fn published_schema(&self, written: Option<&Ident>) -> Result<Oid, Problem> {
        match written {
            Some(name) => self.schema(&names::stored(name)),
            None => self.search_path().first().copied().ok_or_else(|| {
                Problem::error("3F000", "no schema has been selected for CURRENT_SCHEMA")
            }),
        }
    }

    fn check_publishable(&self, table: Oid) -> Result<(), Problem> {
        let relation = self.relation_at(table)?;
        let is_table = matches!(relation.kind, RelationKind::Table | RelationKind::Partitioned);
        if is_table && relation.persistence == Persistence::Permanent {
            return Ok(());
        }
        let message = format!("cannot add relation \"{}\" to publication", relation.name);
        Err(Problem::error("22023", message))
    }

    fn is_member(&self, publication: Oid, member: Member) -> Problem {
        let publication = self.model.name_of(publication.into()).unwrap_or_default();
        let (word, name) = self.shown(member);
        let message =
            format!("{word} \"{name}\" is already member of publication \"{publication}\"");
        Problem::error("42710", message)
    }

    fn no_member(&self, member: Member) -> Problem {
        let (word, name) = self.shown(member);
        Problem::error(
            "42704",
            match member {
                Member::Table(_) => format!("{word} \"{name}\" is not part of the publication"),
                Member::Schema(_) => {
                    format!("tables from schema \"{name}\" are not part of the publication")
                }
            },
        )
    }

    fn shown(&self, member: Member) -> (&'static str, Arc<str>) {
        let (word, oid) = match member {
            Member::Table(oid) => ("relation", oid),
            Member::Schema(oid) => ("schema", oid),
        };
        (word, self.model.name_of(oid.into()).unwrap_or_default())
    }

    fn insert_other(&mut self, kind: OtherKind, name: &str) -> Oid {
        let history = History::created(Some(self.span));
        self.model.insert(Other { history, ..Other::named(kind, name) })
    }

    fn publication(&self, name: &str) -> Option<Oid> {
        let is_it = |other: &Other| other.kind == OtherKind::Publication && &*other.name == name;
        self.model.all::<Other>().find(|(_, other)| is_it(other)).map(|(oid, _)| oid)
    }

    fn publishes_all(&self, publication: Oid) -> bool {
        self.members_of_kind(publication, OtherKind::PublicationAll).next().is_some()
    }

    fn members_of_kind(&self, publication: Oid, kind: OtherKind) -> impl Iterator<Item = Oid> + '_ {
        self.model
            .links_to(publication)
            .map(|link| link.dependent.object)
            .filter(move |oid| self.model.other(*oid).is_ok_and(|other| other.kind == kind))
    }

    /// The members of a publication, each with the row that makes it one.
    fn members(&self, publication: Oid) -> Vec<(Oid, Member)> {
        let whole = |oid: &Oid| {
            let mut links = self.model.links_of(*oid).map(|link| link.referenced);
            links.find(|address| address.object != publication && address.column == 0)
        };
        let tables = self
            .members_of_kind(publication, OtherKind::PublicationTable)
            .filter_map(|oid| Some((oid, Member::Table(whole(&oid)?.object))));
        let schemas = self
            .members_of_kind(publication, OtherKind::PublicationSchema)
            .filter_map(|oid| Some((oid, Member::Schema(whole(&oid)?.object))));
        tables.chain(schemas).collect()
    }

    /// Whether it is not known which tables are published.
    pub(crate) fn publishes_unknown(&self) -> bool {
        let is_wide = |other: &Other| {
            matches!(other.kind, OtherKind::PublicationSchema | OtherKind::PublicationAll)
        };
        self.model.publications_in_doubt() || self.model.all::<Other>().any(|(_, o)| is_wide(o))
    }

    /// Every publication with each of the tables that it names.
    pub(crate) fn published_tables(&self) -> Vec<(Arc<str>, Oid)> {
        let mut found = Vec::new();
        for (publication, other) in self.model.all::<Other>() {
            if other.kind != OtherKind::Publication {
                continue;
            }
            for (_, member) in self.members(publication) {
                if let Member::Table(table) = member {
                    found.push((other.name.clone(), table));
                }
            }
        }
        found
    }
}
