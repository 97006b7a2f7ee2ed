use std::fmt;

use serde::Serialize;

/// A right on an object (<https://www.postgresql.org/docs/current/ddl-priv.html>). MAINTAIN, which only new
/// servers have, and rights on kinds of object that the catalog does not show are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// SELECT
    Select,
    /// INSERT
    Insert,
    /// UPDATE
    Update,
    /// DELETE
    Delete,
    /// TRUNCATE
    Truncate,
    /// REFERENCES
    References,
    /// TRIGGER
    Trigger,
    /// USAGE
    Usage,
    /// CREATE
    Create,
    /// EXECUTE
    Execute,
}

impl Privilege {
    /// Every privilege, in the order in which they are told.
    pub const ALL: [Self; 10] = [
        Self::Select,
        Self::Insert,
        Self::Update,
        Self::Delete,
        Self::Truncate,
        Self::References,
        Self::Trigger,
        Self::Usage,
        Self::Create,
        Self::Execute,
    ];

    /// The privilege of that name, which is written in any case.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|privilege| privilege.word().eq_ignore_ascii_case(word))
    }

    /// How GRANT spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
            Self::References => "REFERENCES",
            Self::Trigger => "TRIGGER",
            Self::Usage => "USAGE",
            Self::Create => "CREATE",
            Self::Execute => "EXECUTE",
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A set of privileges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrivilegeSet(u16);

impl PrivilegeSet {
    /// No privilege.
    pub const NONE: Self = Self(0);
    /// What ALL means for a table or view.
    pub const TABLE: Self = Self(0b00_0111_1111);
    /// What ALL means for a column: SELECT, INSERT, UPDATE and REFERENCES.
    pub const COLUMN: Self = Self(0b00_0010_0111);
    /// What ALL means for a sequence: SELECT, UPDATE and USAGE.
    pub const SEQUENCE: Self = Self(0b00_1000_0101);
    /// What ALL means for a schema: USAGE and CREATE.
    pub const SCHEMA: Self = Self(0b01_1000_0000);
    /// What ALL means for a function.
    pub const FUNCTION: Self = Self(0b10_0000_0000);

    /// Whether the privilege is in the set.
    #[must_use]
    pub fn contains(self, privilege: Privilege) -> bool {
        !self.intersection(privilege.into()).is_empty()
    }

    /// Whether there is none in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this one alone.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// How many there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The privileges in it.
    pub fn iter(self) -> impl Iterator<Item = Privilege> {
        Privilege::ALL.into_iter().filter(move |privilege| self.contains(*privilege))
    }
}

impl From<Privilege> for PrivilegeSet {
    fn from(privilege: Privilege) -> Self {
        Self(1 << (privilege as u16))
    }
}

impl FromIterator<Privilege> for PrivilegeSet {
    fn from_iter<T: IntoIterator<Item = Privilege>>(privileges: T) -> Self {
        privileges.into_iter().fold(Self::NONE, |set, privilege| set.union(privilege.into()))
    }
}

impl fmt::Display for PrivilegeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, privilege) in self.iter().enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}{privilege}")?;
        }
        Ok(())
    }
}

impl Serialize for PrivilegeSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|privilege| privilege.word().to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_means_for_each_kind_of_object_what_postgresql_says() {
        for (set, words) in [
            (PrivilegeSet::TABLE, "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER"),
            (PrivilegeSet::COLUMN, "SELECT, INSERT, UPDATE, REFERENCES"),
            (PrivilegeSet::SEQUENCE, "SELECT, UPDATE, USAGE"),
            (PrivilegeSet::SCHEMA, "USAGE, CREATE"),
            (PrivilegeSet::FUNCTION, "EXECUTE"),
            (PrivilegeSet::NONE, ""),
        ] {
            assert_eq!(set.to_string(), words);
            assert_eq!(set.iter().collect::<PrivilegeSet>(), set);
        }
    }
}
