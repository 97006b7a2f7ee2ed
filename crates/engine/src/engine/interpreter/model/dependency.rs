use super::{Address, Model, Oid};

/// How strongly a dependent is tied to what it refers to (`pg_depend.deptype`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dependency {
    /// The referenced object cannot go without CASCADE.
    Normal,
    /// The dependent goes along.
    Auto,
    /// The dependent is a part of the referenced object and cannot go by itself.
    Internal,
    /// The dependent is a member of an extension.
    Extension,
    /// The dependent belongs to a part of a partitioned table; one of several such owners.
    Partition,
}

/// A dependency between two objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) dependent: Address,
    pub(crate) referenced: Address,
    pub(crate) dependency: Dependency,
}

/// A link as it is kept in an ordered set: the side that is looked up first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    from: Address,
    to: Address,
    dependency: Dependency,
}

const FIRST: Address = Address { object: Oid(0), column: i16::MIN };

fn edges_of(object: Oid) -> std::ops::Range<Edge> {
    let bound = |object| Edge {
        from: Address { object, column: i16::MIN },
        to: FIRST,
        dependency: Dependency::Normal,
    };
    bound(object)..bound(Oid(object.0.saturating_add(1)))
}

impl Model {
    /// Records that one object depends on another.
    pub(crate) fn depend(
        &mut self,
        dependent: impl Into<Address>,
        referenced: impl Into<Address>,
        dependency: Dependency,
    ) {
        let (dependent, referenced) = (dependent.into(), referenced.into());
        self.by_dependent.insert(Edge { from: dependent, to: referenced, dependency });
        self.by_referenced.insert(Edge { from: referenced, to: dependent, dependency });
    }

    /// Records normal dependencies of one object on several.
    pub(crate) fn depend_on_all(
        &mut self,
        dependent: impl Into<Address>,
        referenced: impl IntoIterator<Item = Address>,
    ) {
        let dependent = dependent.into();
        for address in referenced {
            if address.object != dependent.object {
                self.depend(dependent, address, Dependency::Normal);
            }
        }
    }

    /// Records normal dependencies of a part of a relation, but not on the relation itself.
    pub(crate) fn depend_on_all_others(
        &mut self,
        dependent: Oid,
        relation: Oid,
        referenced: impl IntoIterator<Item = Address>,
    ) {
        let others = referenced.into_iter().filter(|address| address.object != relation);
        self.depend_on_all(dependent, others);
    }

    /// Forgets one dependency.
    pub(crate) fn forget(&mut self, link: Link) {
        let Link { dependent, referenced, dependency } = link;
        self.by_dependent.remove(&Edge { from: dependent, to: referenced, dependency });
        self.by_referenced.remove(&Edge { from: referenced, to: dependent, dependency });
    }

    /// What an object and its columns depend on.
    pub(crate) fn links_of(&self, dependent: Oid) -> impl Iterator<Item = Link> + '_ {
        self.by_dependent.range(edges_of(dependent)).map(|e| Link {
            dependent: e.from,
            referenced: e.to,
            dependency: e.dependency,
        })
    }

    /// What depends on an object and its columns.
    pub(crate) fn links_to(&self, referenced: Oid) -> impl Iterator<Item = Link> + '_ {
        self.by_referenced.range(edges_of(referenced)).map(|e| Link {
            dependent: e.to,
            referenced: e.from,
            dependency: e.dependency,
        })
    }

    /// Forgets what an object depends on, such as before its expressions are replaced.
    pub(crate) fn forget_links_of(&mut self, dependent: Oid) {
        for link in self.links_of(dependent).collect::<Vec<_>>() {
            self.forget(link);
        }
    }

    /// Forgets all links of an object and to it.
    pub(super) fn forget_links(&mut self, object: Oid) {
        self.forget_links_of(object);
        for link in self.links_to(object).collect::<Vec<_>>() {
            self.forget(link);
        }
    }
}
