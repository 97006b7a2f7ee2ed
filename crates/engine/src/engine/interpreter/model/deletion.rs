use std::collections::HashMap;

use super::{Address, Dependency, Missing, Model, Object, Oid};
use crate::catalog::{ChangeKind, Dropped};
use crate::engine::interpreter::problem::SqlError;
use crate::span::Span;

/// What happens to that which depends on a dropped object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// It keeps the object from being dropped.
    Restrict,
    /// It is dropped too.
    Cascade,
}

/// An object to be removed.
#[derive(Debug, Clone, Copy)]
struct Doomed {
    /// The object that the statement named.
    root: Address,
    /// Goes without CASCADE: named itself, or a part of something that goes.
    willing: bool,
}

/// Everything that goes along with the objects of one DROP.
struct Deletion<'a> {
    model: &'a Model,
    doomed: HashMap<Address, Doomed>,
    /// In the order of discovery, so that dependents come after what they depend on.
    order: Vec<Address>,
}

impl Deletion<'_> {
    /// Whether an object, or the relation that it is a column of, goes.
    fn covered(&self, address: Address) -> bool {
        self.doomed.contains_key(&address) || self.doomed.contains_key(&address.object.into())
    }

    fn doom(&mut self, address: Address, doomed: Doomed) {
        match self.doomed.get_mut(&address) {
            Some(known) => known.willing |= doomed.willing,
            None => {
                self.doomed.insert(address, doomed);
                self.order.push(address);
            }
        }
    }

    /// The object that an address is an inseparable part of.
    fn owner(&self, part: Address) -> Option<Address> {
        self.model
            .links_of(part.object)
            .find(|l| l.dependent == part && l.dependency == Dependency::Internal)
            .map(|l| l.referenced)
    }

    /// Refuses to drop by itself what is a part of something that stays.
    fn check_separable(&self, target: Address) -> Result<(), SqlError> {
        let mut partition_owner = None;
        for link in self.model.links_of(target.object).filter(|l| l.dependent == target) {
            match link.dependency {
                Dependency::Internal | Dependency::Extension if !self.covered(link.referenced) => {
                    return Err(self.required(target, link.referenced));
                }
                Dependency::Partition if self.covered(link.referenced) => return Ok(()),
                Dependency::Partition => partition_owner = Some(link.referenced),
                _ => {}
            }
        }
        partition_owner.map_or(Ok(()), |owner| Err(self.required(target, owner)))
    }

    fn required(&self, target: Address, by: Address) -> SqlError {
        let (target, by) = (self.model.describe(target), self.model.describe(by));
        SqlError::new("2BP01", format!("cannot drop {target} because {by} requires it"))
    }

    /// Finds what depends on the object at a place of the order.
    fn visit(&mut self, gone: Address) {
        let root = self.doomed.get(&gone).map_or(gone, |d| d.root);
        let links: Vec<_> = self
            .model
            .links_to(gone.object)
            .filter(|l| gone.column == 0 || l.referenced.column == gone.column)
            .collect();
        for link in links {
            let willing = link.dependency != Dependency::Normal;
            let owner = self.owner(link.dependent).filter(|o| *o != gone && !self.covered(*o));
            match owner {
                Some(owner) if link.dependency != Dependency::Internal => {
                    self.doom(owner, Doomed { root, willing: false });
                }
                _ => self.doom(link.dependent, Doomed { root, willing }),
            }
        }
    }
}

impl Model {
    /// Removes objects and columns, with all that goes along as in PostgreSQL.
    pub(crate) fn drop_objects(
        &mut self,
        targets: &[Address],
        behavior: Behavior,
        span: Span,
    ) -> Result<(), SqlError> {
        let mut deletion = Deletion { model: self, doomed: HashMap::new(), order: Vec::new() };
        for target in targets {
            deletion.doom(*target, Doomed { root: *target, willing: true });
        }
        for target in targets {
            deletion.check_separable(*target)?;
        }
        let mut next = 0;
        while let Some(gone) = deletion.order.get(next).copied() {
            next += 1;
            deletion.visit(gone);
        }
        let Deletion { doomed, order, .. } = deletion;
        if behavior == Behavior::Restrict
            && let Some(unwilling) = order.iter().find(|a| {
                doomed.get(a).is_some_and(|d| !d.willing)
                    && !(a.column != 0 && doomed.get(&a.object.into()).is_some_and(|d| d.willing))
            })
        {
            let root = doomed.get(unwilling).map_or(*unwilling, |d| d.root);
            let (root, dependent) = (self.describe(root), self.describe(*unwilling));
            return Err(SqlError::new(
                "2BP01",
                format!(
                    "cannot drop {root} because other objects depend on it: {dependent} depends on it"
                ),
            ));
        }
        self.bury(&order, &doomed, span);
        Ok(())
    }

    /// Leaves an entry for the name that an object is about to lose to another one.
    pub(crate) fn leave_name(&mut self, address: Address, span: Span, detail: &str) {
        if let Some(object) = self.reference(address)
            && let Some(history) = self.history_mut(address)
        {
            let mut history = history.clone();
            history.push(ChangeKind::Renamed, Some(span), detail);
            self.dropped.push_back(Dropped { object, history });
        }
    }

    /// Leaves tombstones, which need the names of all that goes, and then removes it.
    fn bury(&mut self, order: &[Address], doomed: &HashMap<Address, Doomed>, span: Span) {
        let mut tombstones = Vec::new();
        for address in order.iter().rev() {
            let Some(fate) = doomed.get(address) else { continue };
            if address.column != 0 && doomed.contains_key(&address.object.into()) {
                continue;
            }
            let detail = match (fate.root == *address, fate.willing) {
                (true, _) => String::new(),
                (false, true) => format!("with {}", self.describe(fate.root)),
                (false, false) => format!("with {} (CASCADE)", self.describe(fate.root)),
            };
            if let Some(object) = self.reference(*address)
                && let Some(history) = self.history_mut(*address)
            {
                let mut history = history.clone();
                history.push(ChangeKind::Dropped, Some(span), detail.clone());
                tombstones.push(Dropped { object, history });
            }
            self.note_loss(*address, span, &detail);
        }
        self.dropped.extend(tombstones);
        for address in order.iter().rev() {
            match address.column {
                0 => self.remove_whole(address.object),
                number => drop(self.remove_column(address.object, number)),
            }
        }
    }

    /// Tells the history of a column that it lost its default, and that of a table that it lost a column.
    fn note_loss(&mut self, gone: Address, span: Span, detail: &str) {
        match (gone.column, self.objects.get(&gone.object)) {
            (0, Some(Object::Default(default))) => {
                let column = Address::column(default.relation, default.column);
                self.record(column, ChangeKind::Changed, span, format!("default dropped {detail}"));
            }
            (0, _) => {}
            _ => {
                if let Some(name) = self.name_of(gone) {
                    self.record(
                        gone.object,
                        ChangeKind::Changed,
                        span,
                        format!("column {name} dropped {detail}").trim_end(),
                    );
                }
            }
        }
    }

    fn remove_whole(&mut self, oid: Oid) {
        let Some(object) = self.remove(oid) else { return };
        match object {
            Object::Default(default) => {
                if let Ok(relation) = self.relation_mut(default.relation)
                    && let Some(column) = relation.column_at_mut(default.column)
                {
                    column.default = None;
                }
            }
            Object::Relation(_) => {
                for part in self.part_oids(oid).collect::<Vec<_>>() {
                    self.remove_whole(part);
                }
            }
            _ => {}
        }
    }

    fn remove_column(&mut self, relation: Oid, number: i16) -> Result<(), Missing> {
        self.relation_mut(relation)?.columns.retain(|c| c.number != number);
        let address = Address::column(relation, number);
        let links: Vec<_> = (self.links_of(relation).filter(|l| l.dependent == address))
            .chain(self.links_to(relation).filter(|l| l.referenced == address))
            .collect();
        for link in links {
            self.forget(link);
        }
        Ok(())
    }
}
