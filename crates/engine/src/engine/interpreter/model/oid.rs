/// The number of an object, unique across all kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Oid(pub(crate) u32);

impl Oid {
    /// The schema `pg_catalog`.
    pub(crate) const PG_CATALOG: Self = Self(11);
    /// The schema `public`.
    pub(crate) const PUBLIC: Self = Self(2200);
    /// The role `postgres`.
    pub(crate) const POSTGRES: Self = Self(10);

    /// Whether a statement made it, so that it may go.
    pub(crate) fn is_user(self) -> bool {
        self.0 >= super::FIRST_NORMAL_OID
    }
}

/// An object, or one of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address {
    /// The object.
    pub(crate) object: Oid,
    /// The number of a column, 0 for the object itself.
    pub(crate) column: i16,
}

impl Address {
    /// A column of a relation.
    pub(crate) fn column(relation: Oid, number: i16) -> Self {
        Self { object: relation, column: number }
    }
}

impl From<Oid> for Address {
    fn from(object: Oid) -> Self {
        Self { object, column: 0 }
    }
}
