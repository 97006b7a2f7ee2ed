//! Statements on what relations hold: what they refuse, and what they do to rows that are known.

use sqlparser::ast::ObjectName;

use crate::engine::interpreter::model::{Constraint, ConstraintKind, IndexKey, Oid, RelationKind};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::Maintenance;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Executes `TRUNCATE`, `REFRESH MATERIALIZED VIEW` and their kin.
    pub(crate) fn maintain(&mut self, statement: &Maintenance) -> Result<(), Problem> {
        match statement {
            Maintenance::Truncate { tables, cascade } => self.truncate(tables, *cascade),
            Maintenance::Refresh { view, concurrently, with_data } => {
                self.refresh(view, *concurrently, *with_data)
            }
            Maintenance::Copy { table: Some(table), into } => {
                let table = self.relation(table)?;
                if *into {
                    self.model.forget_rows(table);
                    self.fire_triggers(table, &["INSERT"])?;
                }
                Ok(())
            }
            Maintenance::Copy { table: None, .. } => Ok(()),
            Maintenance::Cluster { table: None, .. } => self.refuse_in_transaction("CLUSTER"),
            Maintenance::Cluster { table: Some(table), index } => {
                let table = self.relation(table)?;
                let Some(index) = index else { return Ok(()) };
                let (name, schema) = (names::stored(index), self.relation_at(table)?.schema);
                if self.model.find_relation(schema, &name).is_none() {
                    let table = &self.relation_at(table)?.name;
                    let message = format!("index \"{name}\" for table \"{table}\" does not exist");
                    return Err(Problem::error("42704", message));
                }
                Ok(())
            }
            Maintenance::Reindex { index, relation, concurrently } => {
                self.reindex(*index, relation.as_ref(), *concurrently)
            }
            Maintenance::Vacuum { tables } => {
                self.refuse_in_transaction("VACUUM")?;
                tables.iter().try_for_each(|table| self.relation(table).map(drop))
            }
            Maintenance::Analyze { tables } => {
                tables.iter().try_for_each(|table| self.relation(table).map(drop))
            }
            Maintenance::Alone(statement) => self.refuse_in_transaction(statement),
        }
    }

    fn reindex(
        &mut self,
        index: bool,
        relation: Option<&ObjectName>,
        concurrently: bool,
    ) -> Result<(), Problem> {
        if concurrently {
            self.refuse_in_transaction("REINDEX CONCURRENTLY")?;
        }
        let Some(name) = relation else { return Ok(()) };
        let oid = self.relation(name)?;
        let found = self.relation_at(oid)?;
        if index != found.kind.is_index() {
            let word = if index { "an index" } else { "a table or materialized view" };
            return Err(Problem::error("42809", format!("\"{}\" is not {word}", found.name)));
        }
        Ok(())
    }

    fn truncate(&mut self, written: &[(ObjectName, bool)], cascade: bool) -> Result<(), Problem> {
        let mut tables: Vec<Oid> = Vec::new();
        for (name, only) in written {
            let oid = self.relation(name)?;
            let relation = self.relation_at(oid)?;
            if !relation.kind.is_table() {
                return Err(Problem::error(
                    "42809",
                    format!("\"{}\" is not a table", relation.name),
                ));
            }
            if *only && relation.kind == RelationKind::Partitioned {
                let message = "cannot truncate only a partitioned table";
                return Err(Problem::error("42809", message));
            }
            tables.extend(if *only { vec![oid] } else { self.model.descendants(oid) });
        }
        let mut next = 0;
        while let Some(table) = tables.get(next).copied() {
            next += 1;
            for referring in self.referring_tables(table) {
                if tables.contains(&referring) {
                    continue;
                }
                if !cascade {
                    let message = "cannot truncate a table referenced in a foreign key constraint";
                    return Err(Problem::error("0A000", message));
                }
                tables.extend(self.model.descendants(referring));
            }
        }
        let triggers = tables.iter().any(|table| self.has_trigger_on(*table, "TRUNCATE"));
        for table in &tables {
            self.model.empty_rows(*table);
        }
        if triggers {
            self.model.forget_all_rows();
        }
        tables.into_iter().try_for_each(|table| self.fire_triggers(table, &["TRUNCATE"]))
    }

    /// The tables with a foreign key to a table.
    pub(crate) fn referring_tables(&self, table: Oid) -> Vec<Oid> {
        let owner = |oid| {
            let constraint: &Constraint = self.model.constraint(oid).ok()?;
            match &constraint.kind {
                ConstraintKind::ForeignKey(key) if key.table == table => Some(constraint.owner),
                _ => None,
            }
        };
        let mut found: Vec<Oid> =
            self.model.links_to(table).filter_map(|link| owner(link.dependent.object)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn refresh(
        &mut self,
        written: &ObjectName,
        concurrently: bool,
        with_data: bool,
    ) -> Result<(), Problem> {
        let oid = self.relation(written)?;
        let view = self.relation_at(oid)?;
        match view.kind {
            RelationKind::MaterializedView => {}
            RelationKind::Table | RelationKind::Partitioned => {
                let message = format!("\"{}\" is not a materialized view", view.name);
                return Err(Problem::error("0A000", message));
            }
            _ => {
                let message = format!("\"{}\" is not a table or materialized view", view.name);
                return Err(Problem::error("42809", message));
            }
        }
        let query = view.query.clone();
        if concurrently {
            self.check_concurrent_refresh(oid, with_data)?;
        }
        match query {
            Some(query) if with_data => self.execute_functions_in_doubt(&*query),
            _ => Ok(()),
        }
    }

    /// A view is refreshed concurrently by a unique index over all of its rows.
    fn check_concurrent_refresh(&self, oid: Oid, with_data: bool) -> Result<(), Problem> {
        if !with_data {
            let message = "REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together";
            return Err(Problem::error("42601", message));
        }
        let has_key = self.model.indexes(oid).filter_map(|(_, r)| r.index.as_ref()).any(|index| {
            index.unique
                && index.valid
                && index.predicate.is_none()
                && index.keys.iter().all(|key| IndexKey::column(key).is_some())
        });
        if has_key {
            return Ok(());
        }
        let name = self.model.relation_name(oid)?;
        let message = format!(
            "cannot refresh materialized view \"{}.{}\" concurrently",
            names::quote_identifier(&name.schema),
            names::quote_identifier(&name.name)
        );
        Err(Problem::error("55000", message))
    }
}
