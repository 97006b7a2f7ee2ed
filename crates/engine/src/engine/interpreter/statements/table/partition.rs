//! Partitions: what they get from the table that they are attached to.

use crate::catalog::ChangeKind;
use crate::engine::interpreter::model::{
    Address, Behavior, Constraint, ConstraintKind, Dependency, Oid, RelationKind,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// Fails where a table cannot have partitions.
    pub(super) fn check_partitioned(&self, parent: Oid) -> Result<(), Problem> {
        let relation = self.model.relation(parent)?;
        if relation.kind == RelationKind::Partitioned {
            return Ok(());
        }
        Err(Problem::error("42809", format!("\"{}\" is not partitioned", relation.name)))
    }

    /// Gives a new partition its parts of the indexes, foreign keys and triggers of the table.
    pub(super) fn adopt_partition(&mut self, parent: Oid, partition: Oid) -> Result<(), Problem> {
        for index in self.model.indexes(parent).map(|(oid, _)| oid).collect::<Vec<_>>() {
            self.clone_index(index, partition)?;
        }
        let foreign_keys: Vec<Oid> = self
            .model
            .parts::<Constraint>(parent)
            .filter(|(_, c)| matches!(c.kind, ConstraintKind::ForeignKey(_)))
            .filter(|(_, c)| !self.is_action_row(c))
            .map(|(oid, _)| oid)
            .collect();
        for key in foreign_keys {
            self.clone_foreign_key(key, partition)?;
        }
        for key in self.foreign_keys_to(parent)? {
            self.refer_to_partition(key, partition)?;
        }
        self.clone_triggers(parent, partition)
    }

    /// Whether a foreign key is the row of another for one partition of the table referred to.
    fn is_action_row(&self, constraint: &Constraint) -> bool {
        let parent = constraint.parent.and_then(|oid| self.model.constraint(oid).ok());
        parent.is_some_and(|parent| parent.owner == constraint.owner)
    }

    fn foreign_keys_to(&self, table: Oid) -> Result<Vec<Oid>, Problem> {
        let mut keys: Vec<Oid> = (self.model.links_to(table))
            .map(|l| l.dependent.object)
            .filter(|oid| {
                self.model.constraint(*oid).is_ok_and(|c| match &c.kind {
                    ConstraintKind::ForeignKey(key) => key.table == table,
                    _ => false,
                })
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    /// `ATTACH PARTITION`
    pub(super) fn attach_partition(&mut self, parent: Oid, partition: Oid) -> Result<(), Problem> {
        self.check_partitioned(parent)?;
        let relation = self.model.relation(partition)?;
        let name = relation.name.clone();
        if relation.is_partition {
            return Err(Problem::error("42809", format!("\"{name}\" is already a partition")));
        }
        if !relation.parents.is_empty() {
            return Err(Problem::error("42809", "cannot attach inheritance child as partition"));
        }
        let parent_relation = self.model.relation(parent)?;
        if let Some(extra) =
            relation.columns.iter().find(|c| parent_relation.column(&c.name).is_none())
        {
            let (extra, parent) = (&extra.name, &parent_relation.name);
            return Err(Problem::error(
                "42804",
                format!(
                    "table \"{name}\" contains column \"{extra}\" not found in parent \"{parent}\""
                ),
            ));
        }
        self.adopt_columns(partition, parent)?;
        for column in &mut self.model.relation_mut(partition)?.columns {
            column.is_local = false;
        }
        self.adopt_checks(partition, parent)?;
        self.link_parents(partition, vec![parent], Dependency::Auto)?;
        self.model.relation_mut(partition)?.is_partition = true;
        self.adopt_partition(parent, partition)?;
        self.record(partition, ChangeKind::Changed, "attached as a partition");
        Ok(())
    }

    /// `DETACH PARTITION`
    pub(super) fn detach_partition(&mut self, parent: Oid, partition: Oid) -> Result<(), Problem> {
        let relation = self.model.relation(partition)?;
        if !relation.is_partition || !relation.parents.contains(&parent) {
            let (child, parent) = (relation.name.clone(), &self.model.relation(parent)?.name);
            return Err(Problem::error(
                "42P01",
                format!("relation \"{child}\" is not a partition of relation \"{parent}\""),
            ));
        }
        self.remove_cloned_triggers(partition)?;
        let rows = self.action_rows_to(partition)?;
        for row in &rows {
            self.release_links(row.object);
        }
        self.drop_objects(&rows, Behavior::Restrict)?;
        self.release_parts(partition)?;
        self.remove_parent(partition, parent)?;
        self.model.relation_mut(partition)?.is_partition = false;
        Ok(())
    }

    fn action_rows_to(&self, partition: Oid) -> Result<Vec<Address>, Problem> {
        let keys = self.foreign_keys_to(partition)?;
        let rows = keys.into_iter().filter(|oid| {
            self.model.constraint(*oid).is_ok_and(|constraint| self.is_action_row(constraint))
        });
        Ok(rows.map(Into::into).collect())
    }
}
