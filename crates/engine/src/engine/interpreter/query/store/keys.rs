//! Unique indexes and foreign keys over rows that are known.

use crate::engine::interpreter::model::{
    Cell, Constraint, ConstraintKind, ForeignKey, Index, IndexKey, Oid, StoredRow, cell,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::query::eval::Evaluator;
use crate::engine::interpreter::session::Session;

/// Whether a row has the key of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    Certain,
    Possible,
}

/// A foreign key with what it is called and where it is.
struct Reference {
    name: String,
    owner: Oid,
    columns: Vec<i16>,
    key: ForeignKey,
}

impl Reference {
    /// Whether a row certainly refers to another.
    fn refers(&self, row: &StoredRow, other: &StoredRow) -> bool {
        let mut pairs = self.columns.iter().zip(&self.key.columns);
        !self.columns.is_empty()
            && pairs.all(|(own, key)| cell(row, *own).equals(cell(other, *key)))
    }

    /// Whether a row certainly does not refer to another.
    fn differs(&self, row: &StoredRow, other: &StoredRow) -> bool {
        let mut pairs = self.columns.iter().zip(&self.key.columns);
        pairs.any(|(own, key)| cell(row, *own).differs(cell(other, *key)))
    }
}

impl Evaluator<'_> {
    /// The unique indexes with whose rows a row conflicts, but for the row at one place.
    pub(super) fn conflicts(
        &mut self,
        table: Oid,
        row: &StoredRow,
        itself: Option<usize>,
    ) -> Result<Vec<(Oid, Conflict)>, Problem> {
        let known = self.rows_of(table);
        let indexes: Vec<(Oid, Index, bool)> = self
            .session
            .model
            .indexes(table)
            .filter_map(|(oid, relation)| {
                let index = relation.index.clone().filter(|index| index.unique)?;
                Some((oid, index, self.session.is_deferrable(relation)))
            })
            .collect();
        let mut found = Vec::new();
        for (oid, index, deferrable) in indexes {
            let keys: Option<Vec<i16>> = index.keys.iter().map(IndexKey::column).collect();
            let Some(keys) = keys.filter(|_| index.predicate.is_none() && !deferrable) else {
                found.push((oid, Conflict::Possible));
                continue;
            };
            let others = known.rows.iter().enumerate().filter(|(at, _)| Some(*at) != itself);
            let mut conflict = None;
            for (_, other) in others {
                if same_key(&keys, row, other, index.nulls_not_distinct) {
                    conflict = Some(Conflict::Certain);
                    break;
                }
                if !other_key(&keys, row, other, index.nulls_not_distinct) {
                    conflict = Some(Conflict::Possible);
                }
            }
            let is_alone = keys.iter().any(|key| match cell(row, *key) {
                Cell::Fresh => true,
                Cell::Null => !index.nulls_not_distinct,
                _ => false,
            });
            if conflict.is_none() && !known.complete && !is_alone {
                conflict = Some(Conflict::Possible);
            }
            found.extend(conflict.map(|conflict| (oid, conflict)));
        }
        // Where one is certain, that is what matters.
        found.sort_by_key(|(_, conflict)| *conflict != Conflict::Certain);
        Ok(found)
    }

    /// Refuses rows that refer to rows that certainly do not exist.
    pub(super) fn check_references(
        &mut self,
        table: Oid,
        rows: &[StoredRow],
        assigned: Option<&[i16]>,
    ) -> Result<(), Problem> {
        if !self.session.fires_triggers() || rows.is_empty() {
            return Ok(());
        }
        for reference in self.session.references_of(table) {
            let touched =
                assigned.is_none_or(|all| reference.columns.iter().any(|c| all.contains(c)));
            if !touched {
                continue;
            }
            if rows.iter().any(|row| self.session.is_dangling(&reference, row)) {
                return Err(self.session.dangling(&reference));
            }
        }
        Ok(())
    }

    /// Refuses to delete rows that others certainly refer to, and forgets those that go along.
    pub(super) fn check_referred(
        &mut self,
        table: Oid,
        deleted: &[StoredRow],
        certain: bool,
    ) -> Result<(), Problem> {
        if !self.session.fires_triggers() {
            return Ok(());
        }
        for reference in self.session.references_to(table) {
            let actions = reference.key.actions.to_ascii_uppercase();
            let acts = |action: &str| actions.contains(&format!("ON DELETE {action}"));
            if acts("CASCADE") && certain {
                self.cascade(&reference, deleted)?;
                continue;
            }
            if acts("CASCADE") || acts("SET NULL") || acts("SET DEFAULT") {
                self.session.forget_rows_around(reference.owner);
                continue;
            }
            let rows = self.rows_of(reference.owner).rows;
            let refers = |row: &StoredRow| deleted.iter().any(|gone| reference.refers(row, gone));
            if certain && rows.iter().any(refers) {
                return Err(self.session.referred(table, &reference));
            }
        }
        Ok(())
    }

    /// Deletes the rows that refer to rows that are deleted.
    fn cascade(&mut self, reference: &Reference, deleted: &[StoredRow]) -> Result<(), Problem> {
        let table = reference.owner;
        let mut known = self.rows_of(table);
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        let mut certain = !self.session.intercepts(table, "DELETE");
        for row in std::mem::take(&mut known.rows) {
            if deleted.iter().any(|other| reference.refers(&row, other)) {
                gone.push(row);
            } else {
                certain &= deleted.iter().all(|other| reference.differs(&row, other));
                kept.push(row);
            }
        }
        if !certain {
            self.session.forget_rows_around(table);
            self.session.after_triggers(table, "DELETE");
            return Ok(());
        }
        if gone.is_empty() {
            return Ok(());
        }
        known.rows = kept;
        self.put_rows(table, known);
        self.check_referred(table, &gone, true)?;
        self.session.after_triggers(table, "DELETE");
        Ok(())
    }

    /// Refuses to give rows another key that others certainly refer to.
    pub(super) fn check_rekeyed(
        &mut self,
        table: Oid,
        assigned: &[i16],
        before: &[StoredRow],
        certain: bool,
    ) -> Result<(), Problem> {
        if !self.session.fires_triggers() {
            return Ok(());
        }
        for reference in self.session.references_to(table) {
            if !reference.key.columns.iter().any(|column| assigned.contains(column)) {
                continue;
            }
            if reference.key.actions.to_ascii_uppercase().contains("ON UPDATE") || !certain {
                self.session.forget_rows_around(reference.owner);
                continue;
            }
            let rows = self.rows_of(reference.owner).rows;
            let loses = |row: &StoredRow| {
                before.iter().any(|old| reference.refers(row, old))
                    && self.session.is_dangling(&reference, row)
            };
            if rows.iter().any(loses) {
                return Err(self.session.referred(table, &reference));
            }
        }
        Ok(())
    }
}

/// Whether two rows certainly have the same key.
pub(super) fn same_key(
    keys: &[i16],
    row: &StoredRow,
    other: &StoredRow,
    nulls_equal: bool,
) -> bool {
    !keys.is_empty()
        && keys.iter().all(|key| match (cell(row, *key), cell(other, *key)) {
            (Cell::Null, Cell::Null) => nulls_equal,
            (a, b) => a.equals(b),
        })
}

/// Whether two rows certainly have different keys.
fn other_key(keys: &[i16], row: &StoredRow, other: &StoredRow, nulls_equal: bool) -> bool {
    keys.iter().any(|key| match (cell(row, *key), cell(other, *key)) {
        (Cell::Null, Cell::Null) => !nulls_equal,
        (a, b) => a.differs(b),
    })
}

impl Session {
    fn reference(&self, constraint: &Constraint) -> Option<Reference> {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else { return None };
        let enforced = !constraint.initially_deferred
            && constraint.parent.is_none()
            && self.model.enforces_keys(constraint.owner)
            && self.model.enforces_keys(key.table);
        enforced.then(|| Reference {
            name: constraint.name.to_string(),
            owner: constraint.owner,
            columns: constraint.columns.clone(),
            key: key.clone(),
        })
    }

    fn references_of(&self, table: Oid) -> Vec<Reference> {
        self.model.parts::<Constraint>(table).filter_map(|(_, c)| self.reference(c)).collect()
    }

    fn references_to(&self, table: Oid) -> Vec<Reference> {
        let mut found: Vec<Oid> =
            self.model.links_to(table).map(|link| link.dependent.object).collect();
        found.sort_unstable();
        found.dedup();
        let references = found.into_iter().filter_map(|oid| self.model.constraint(oid).ok());
        references.filter_map(|c| self.reference(c)).filter(|r| r.key.table == table).collect()
    }

    /// Whether a row certainly refers to a row that does not exist.
    fn is_dangling(&self, reference: &Reference, row: &StoredRow) -> bool {
        let Some(known) = self.model.rows(reference.key.table).filter(|known| known.complete)
        else {
            return false;
        };
        let cells: Vec<&Cell> = reference.columns.iter().map(|column| cell(row, *column)).collect();
        if cells.iter().any(|cell| matches!(cell, Cell::Null | Cell::Unknown)) {
            return false;
        }
        known.rows.iter().all(|other| {
            let mut pairs = cells.iter().zip(&reference.key.columns);
            pairs.any(|(own, column)| {
                // A value like no other is one that was there before it, if it is at all.
                let own = if **own == Cell::Fresh { &Cell::Present } else { *own };
                own.differs(cell(other, *column))
            })
        })
    }

    fn referred(&self, table: Oid, reference: &Reference) -> Problem {
        let names = |oid: Oid| self.model.name_of(oid.into()).unwrap_or_default();
        let message = format!(
            "update or delete on table \"{}\" violates foreign key constraint \"{}\" on table \"{}\"",
            names(table),
            reference.name,
            names(reference.owner)
        );
        Problem::error("23503", message)
    }

    fn dangling(&self, reference: &Reference) -> Problem {
        let table = self.model.name_of(reference.owner.into()).unwrap_or_default();
        let message = format!(
            "insert or update on table \"{table}\" violates foreign key constraint \"{}\"",
            reference.name
        );
        Problem::error("23503", message)
    }

    /// Refuses a foreign key that rows certainly violate.
    pub(crate) fn check_rows_refer(&self, constraint: Oid) -> Result<(), Problem> {
        let Some(reference) = self.reference(self.model.constraint(constraint)?) else {
            return Ok(());
        };
        let rows = self.model.rows(reference.owner).map_or(&[][..], |known| &known.rows);
        if rows.iter().any(|row| self.is_dangling(&reference, row)) {
            return Err(self.dangling(&reference));
        }
        Ok(())
    }

    /// Refuses a unique index whose key two rows certainly have in common.
    pub(crate) fn check_rows_unique(&self, oid: Oid) -> Result<(), Problem> {
        let relation = self.model.relation(oid)?;
        let Some(index) = relation.index.as_ref().filter(|i| i.unique && i.predicate.is_none())
        else {
            return Ok(());
        };
        let keys: Option<Vec<i16>> = index.keys.iter().map(IndexKey::column).collect();
        let (Some(keys), Some(known)) = (keys, self.model.rows(index.table)) else { return Ok(()) };
        let mut rest = known.rows.as_slice();
        while let Some((row, others)) = rest.split_first() {
            if others.iter().any(|other| same_key(&keys, row, other, index.nulls_not_distinct)) {
                let message = format!("could not create unique index \"{}\"", relation.name);
                return Err(Problem::error("23505", message));
            }
            rest = others;
        }
        Ok(())
    }
}
