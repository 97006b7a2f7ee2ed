//! Which values become which, as `parse_coerce.c` decides it.
//! <https://www.postgresql.org/docs/current/typeconv-overview.html>

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Context;
use crate::engine::interpreter::model::{Oid, TypeKind, builtin_type};
use crate::pg_catalog::{self, CastContext};

/// Oids of `pg_catalog` by the names of their types.
static NAMES: LazyLock<HashMap<&'static str, Oid>> =
    LazyLock::new(|| pg_catalog::types().map(|row| (row.name, Oid(row.oid))).collect());

/// The type of `pg_catalog` of that name.
pub(super) fn oid_named(name: &str) -> Option<Oid> {
    NAMES.get(name).copied()
}

/// A cast of `pg_cast`.
#[derive(Debug, Clone, Copy)]
struct Cast {
    context: CastContext,
    binary: bool,
    every_version: bool,
}

static CASTS: LazyLock<HashMap<(Oid, Oid), Cast>> = LazyLock::new(|| {
    pg_catalog::casts()
        .filter_map(|row| {
            let key = (oid_named(row.source)?, oid_named(row.target)?);
            let every_version = row.versions.is_every();
            Some((key, Cast { context: row.context, binary: row.binary, every_version }))
        })
        .collect()
});

/// How a value becomes one of another type (`CoercionPathType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pathway {
    /// Not at all.
    None,
    /// It is one.
    Relabel,
    /// By a function.
    Function,
    /// Element by element.
    Elements,
    /// By way of its text.
    Text,
}

/// Types that this array of oids is not an ordinary array of.
const VECTORS: [Oid; 2] = [Oid(22), Oid(30)];

/// After so many domains over domains one is taken for its own base.
const DOMAINS: usize = 32;

impl Context<'_> {
    pub(super) fn kind(&self, oid: Oid) -> Option<&TypeKind> {
        self.session.model.data_type(oid).ok().map(|found| &found.kind)
    }

    /// The type itself, or what a domain is over in the end.
    pub(super) fn base(&self, mut oid: Oid) -> Oid {
        // The server's own types are no domains.
        if !oid.is_user() {
            return oid;
        }
        for _ in 0..DOMAINS {
            match self.kind(oid) {
                Some(TypeKind::Domain { base, .. }) => oid = base.oid,
                _ => break,
            }
        }
        oid
    }

    /// `typcategory`.
    pub(super) fn category(&self, oid: Oid) -> char {
        if let Some(row) = builtin_type(oid) {
            return row.category;
        }
        match self.kind(oid) {
            Some(TypeKind::Domain { .. }) => match self.base(oid) {
                base if base == oid => 'U',
                base => self.category(base),
            },
            Some(TypeKind::Enum { .. }) => 'E',
            Some(TypeKind::Composite { .. }) => 'C',
            Some(TypeKind::Range { .. } | TypeKind::Multirange { .. }) => 'R',
            Some(TypeKind::Array { .. }) => 'A',
            _ => 'U',
        }
    }

    /// `typispreferred`.
    pub(super) fn is_preferred(&self, oid: Oid) -> bool {
        builtin_type(oid).is_some_and(|row| row.preferred)
    }

    /// The type of the elements of an array.
    pub(super) fn element(&self, oid: Oid) -> Option<Oid> {
        match self.kind(oid)? {
            TypeKind::Array { element } => Some(*element),
            _ => None,
        }
    }

    /// The type of the arrays of a type.
    pub(super) fn array(&self, oid: Oid) -> Option<Oid> {
        self.session.model.data_type(oid).ok()?.array
    }

    pub(super) fn is_row(&self, oid: Oid) -> bool {
        oid == Oid::RECORD || matches!(self.kind(oid), Some(TypeKind::Composite { .. }))
    }

    /// Whether it is not known what can be done with values of a type: those of extensions, and base types of
    /// the migrations.
    pub(super) fn is_opaque(&self, oid: Oid) -> bool {
        if VECTORS.contains(&oid) {
            return true;
        }
        if !oid.is_user() {
            return false;
        }
        match self.kind(oid) {
            None | Some(TypeKind::Base | TypeKind::Shell | TypeKind::Pseudo) => true,
            Some(TypeKind::Array { element }) => self.is_opaque(*element),
            Some(TypeKind::Range { subtype }) => subtype.0 == 0 || self.is_opaque(*subtype),
            Some(TypeKind::Multirange { range }) => range.0 == 0 || self.is_opaque(*range),
            Some(TypeKind::Domain { .. }) => match self.base(oid) {
                base if base == oid => true,
                base => self.is_opaque(base),
            },
            Some(TypeKind::Enum { .. } | TypeKind::Composite { .. }) => false,
        }
    }

    /// How a value gets another type in that context (`find_coercion_pathway`).
    pub(super) fn pathway(&self, from: Oid, to: Oid, context: CastContext) -> Pathway {
        let (from, to) = (self.base(from), self.base(to));
        if from == to {
            return Pathway::Relabel;
        }
        if let Some(cast) = CASTS.get(&(from, to)) {
            return match (cast.context <= context, cast.binary) {
                (false, _) => Pathway::None,
                (true, true) => Pathway::Relabel,
                (true, false) => Pathway::Function,
            };
        }
        // An enum or an array is what `anyenum` and `anyarray` are cast to by the casts of these.
        if !VECTORS.contains(&to)
            && let (Some(from), Some(to)) = (self.element(from), self.element(to))
            && self.pathway(from, to, context) != Pathway::None
        {
            return Pathway::Elements;
        }
        let through_text = (context >= CastContext::Assignment && self.category(to) == 'S')
            || (context == CastContext::Explicit && self.category(from) == 'S');
        if through_text { Pathway::Text } else { Pathway::None }
    }

    /// Whether only some versions have a cast.
    pub(super) fn is_cast_in_doubt(&self, from: Oid, to: Oid) -> bool {
        let key = (self.base(from), self.base(to));
        CASTS.get(&key).is_some_and(|cast| !cast.every_version) || self.session.has_user_casts
    }

    /// Whether a value of one type can be given for one of another that is not polymorphic
    /// (`can_coerce_type`).
    pub(super) fn can_coerce(&self, from: Oid, to: Oid, context: CastContext) -> bool {
        if from == to || to == Oid::ANY || from == Oid::UNKNOWN {
            return true;
        }
        if self.pathway(from, to, context) != Pathway::None {
            return true;
        }
        if (self.is_row(from) && to == Oid::RECORD) || (from == Oid::RECORD && self.is_row(to)) {
            return true;
        }
        match (self.element(from), self.element(to)) {
            (Some(from), Some(Oid::RECORD)) if self.is_row(from) => return true,
            _ => {}
        }
        self.inherits(from, to)
    }

    /// Whether one row type is that of a table below the table of the other.
    fn inherits(&self, from: Oid, to: Oid) -> bool {
        let relation = |oid| match self.kind(oid) {
            Some(TypeKind::Composite { relation }) => Some(*relation),
            _ => None,
        };
        match (relation(from), relation(to)) {
            (Some(from), Some(to)) => self.session.model.descendants(to).contains(&from),
            _ => false,
        }
    }
}
