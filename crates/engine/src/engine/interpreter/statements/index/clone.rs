use crate::catalog::ChangeKind;
use crate::engine::interpreter::analyze::Over;
use crate::engine::interpreter::model::{
    Constraint, ConstraintKind, Dependency, Index, IndexKey, Oid,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;
use crate::engine::interpreter::statements::table::{KeyKind, UniqueIndex};

impl Session {
    /// Gives each partition of a table its part of an index.
    pub(crate) fn clone_index_to_partitions(
        &mut self,
        table: Oid,
        index: Oid,
    ) -> Result<(), Problem> {
        for child in self.model.children(table).collect::<Vec<_>>() {
            if self.model.relation(child)?.is_partition {
                self.clone_index(index, child)?;
            }
        }
        Ok(())
    }

    /// Gives a partition its part of an index: one that fits if there is one, else a new one.
    pub(crate) fn clone_index(&mut self, parent: Oid, partition: Oid) -> Result<(), Problem> {
        let Some(wanted) = self.translated_index(parent, partition)? else { return Ok(()) };
        let child = match self.fitting_index(&wanted, partition) {
            Some(existing) => existing,
            None => self.create_clone(parent, wanted)?,
        };
        self.attach_index(parent, child)
    }

    /// An index of one table in terms of another.
    pub(crate) fn translated_index(
        &self,
        source: Oid,
        table: Oid,
    ) -> Result<Option<Index>, Problem> {
        let Some(index) = self.model.relation(source)?.index.clone() else { return Ok(None) };
        let mut keys = Vec::with_capacity(index.keys.len());
        for key in &index.keys {
            keys.push(match key {
                IndexKey::Column { number, qualifiers } => {
                    let numbers = self.translate(index.table, &[*number], table)?;
                    let Some(number) = numbers.first().copied() else { return Ok(None) };
                    IndexKey::Column { number, qualifiers: qualifiers.clone() }
                }
                IndexKey::Expression { expression, qualifiers } => {
                    let expression = expression.current(&self.model);
                    let resolved = self.resolve_expr(&expression, Over::Relation(table))?;
                    IndexKey::Expression {
                        expression: resolved.value,
                        qualifiers: qualifiers.clone(),
                    }
                }
            });
        }
        let predicate = match &index.predicate {
            Some(predicate) => {
                let predicate = predicate.current(&self.model);
                Some(self.resolve_expr(&predicate, Over::Relation(table))?.value)
            }
            None => None,
        };
        let included = self.translate(index.table, &index.included, table)?;
        Ok(Some(Index { table, keys, predicate, included, parent: None, ..index }))
    }

    /// An index of the partition that is not yet part of another and says the same.
    fn fitting_index(&self, wanted: &Index, partition: Oid) -> Option<Oid> {
        let wanted_kind = wanted.constraint.and_then(|c| self.model.constraint(c).ok());
        let same_constraint = |constraint: Option<&Constraint>| match (wanted_kind, constraint) {
            (None, _) => true,
            (Some(wanted), Some(found)) => wanted.kind.letter() == found.kind.letter(),
            (Some(_), None) => false,
        };
        let fits = |found: &Index| {
            let constraint = found.constraint.and_then(|c| self.model.constraint(c).ok());
            found.parent.is_none() && self.same_index(wanted, found) && same_constraint(constraint)
        };
        self.model
            .indexes(partition)
            .find(|(_, relation)| relation.index.as_ref().is_some_and(fits))
            .map(|(oid, _)| oid)
    }

    fn same_index(&self, one: &Index, other: &Index) -> bool {
        let key = |key: &IndexKey| match key {
            IndexKey::Column { number, qualifiers } => (Some(*number), None, qualifiers.clone()),
            IndexKey::Expression { expression, qualifiers } => {
                (None, Some(expression.current(&self.model)), qualifiers.clone())
            }
        };
        let predicate = |index: &Index| index.predicate.as_ref().map(|p| p.current(&self.model));
        one.unique == other.unique
            && one.method == other.method
            && one.nulls_not_distinct == other.nulls_not_distinct
            && one.included == other.included
            && one.keys.iter().map(key).eq(other.keys.iter().map(key))
            && predicate(one) == predicate(other)
    }

    /// A new index, with a constraint if the original has one, under a name of its own.
    pub(crate) fn create_clone(&mut self, original: Oid, index: Index) -> Result<Oid, Problem> {
        let table = index.table;
        let constraint = self
            .model
            .relation(original)?
            .index
            .as_ref()
            .and_then(|i| i.constraint)
            .map(|oid| self.model.constraint(oid).cloned())
            .transpose()?;
        let predicate = index.predicate.as_ref().map(|p| p.current(&self.model));
        let kind = constraint.as_ref().and_then(|c| KeyKind::of(&c.kind));
        let name = match kind {
            Some(kind) => self.key_name(table, kind, &index)?,
            None => self.index_name(table, &index)?,
        };
        let index = Index { constraint: None, primary: false, ..index };
        if kind == Some(KeyKind::Primary) {
            for column in index.keys.iter().filter_map(IndexKey::column).collect::<Vec<_>>() {
                self.set_not_null(table, column)?;
            }
        }
        let child = self.add_index(name.clone(), index, predicate.as_ref())?;
        if let (Some(kind), Some(constraint)) = (kind, constraint) {
            let deferral = (constraint.deferrable, constraint.initially_deferred).into();
            self.add_key_constraint(table, name, kind, child, deferral)?;
        }
        self.clone_index_to_partitions(table, child)?;
        Ok(child)
    }

    /// Makes an index a part of that of the partitioned table.
    pub(crate) fn attach_index(&mut self, parent: Oid, child: Oid) -> Result<(), Problem> {
        let parent_constraint =
            self.model.relation(parent)?.index.as_ref().and_then(|i| i.constraint);
        let Some(index) = &mut self.model.relation_mut(child)?.index else { return Ok(()) };
        index.parent = Some(parent);
        let (table, constraint) = (index.table, index.constraint);
        self.model.depend(child, parent, Dependency::Partition);
        self.model.depend(child, table, Dependency::Partition);
        if let (Some(parent_constraint), Some(constraint)) = (parent_constraint, constraint) {
            let found = self.model.constraint_mut(constraint)?;
            found.parent = Some(parent_constraint);
            found.inherited = 1;
            found.is_local = false;
            self.model.depend(constraint, parent_constraint, Dependency::Partition);
            self.model.depend(constraint, table, Dependency::Partition);
        }
        self.validate_partitioned_index(parent)
    }

    /// An index made ON ONLY a partitioned table is valid once every partition has its part.
    fn validate_partitioned_index(&mut self, index: Oid) -> Result<(), Problem> {
        let Some(of) = &self.model.relation(index)?.index else { return Ok(()) };
        let complete = self.model.children(of.table).all(|child| {
            self.model
                .indexes(child)
                .any(|(_, part)| part.index.as_ref().is_some_and(|part| part.parent == Some(index)))
        });
        if let Some(of) = self.model.relation_mut(index)?.index.as_mut()
            && complete
        {
            of.valid = true;
        }
        Ok(())
    }

    /// `ALTER INDEX … ATTACH PARTITION`
    pub(crate) fn attach_index_of_partition(
        &mut self,
        parent: Oid,
        child: Oid,
    ) -> Result<(), Problem> {
        let (parent_relation, child_relation) =
            (self.model.relation(parent)?, self.model.relation(child)?);
        let (parent_name, child_name) = (&parent_relation.name, &child_relation.name);
        let (Some(whole), Some(part)) = (&parent_relation.index, &child_relation.index) else {
            return Err(Problem::error("42809", format!("\"{child_name}\" is not an index")));
        };
        if part.parent == Some(parent) {
            return Ok(());
        }
        let is_partition = self.model.children(whole.table).any(|c| c == part.table);
        let wanted = self.translated_index(parent, part.table)?;
        let fits = wanted.is_some_and(|wanted| self.same_index(&wanted, part));
        if part.parent.is_some() || !is_partition || !fits {
            let sqlstate = if is_partition && part.parent.is_none() { "42P17" } else { "55000" };
            return Err(Problem::error(
                sqlstate,
                format!(
                    "cannot attach index \"{child_name}\" as a partition of index \"{parent_name}\""
                ),
            ));
        }
        self.attach_index(parent, child)
    }

    /// Frees the indexes and constraints of a partition from those of its parent.
    pub(crate) fn release_parts(&mut self, partition: Oid) -> Result<(), Problem> {
        for index in self.model.indexes(partition).map(|(oid, _)| oid).collect::<Vec<_>>() {
            if let Some(index) = &mut self.model.relation_mut(index)?.index {
                index.parent = None;
            }
            self.release_links(index);
        }
        let constraints: Vec<_> =
            self.model.parts::<Constraint>(partition).map(|(oid, _)| oid).collect();
        for oid in constraints {
            let constraint = self.model.constraint_mut(oid)?;
            constraint.parent = None;
            if !matches!(constraint.kind, ConstraintKind::Check { .. }) {
                constraint.inherited = 0;
                constraint.is_local = true;
            }
            self.release_links(oid);
        }
        self.record(partition, ChangeKind::Changed, "detached");
        Ok(())
    }

    /// Frees a part of a partition from that of the parent.
    pub(crate) fn release_links(&mut self, part: Oid) {
        let links: Vec<_> =
            self.model.links_of(part).filter(|l| l.dependency == Dependency::Partition).collect();
        for link in links {
            self.model.forget(link);
        }
    }

    /// The unique indexes of a table that consist of these columns, in whatever order.
    pub(crate) fn unique_index_on(&self, table: Oid, columns: &[i16]) -> Option<UniqueIndex> {
        self.unique_indexes(table).into_iter().find(|index| {
            index.columns.len() == columns.len()
                && columns.iter().all(|c| index.columns.contains(c))
        })
    }
}
