//! Polymorphic types. <https://www.postgresql.org/docs/current/extend-type-system.html#EXTEND-TYPES-POLYMORPHIC>

use super::Context;
use crate::engine::interpreter::model::{Oid, TypeKind};
use crate::pg_catalog::CastContext;

impl Oid {
    pub(super) const ANY: Self = Self(2276);
    pub(super) const ANYARRAY: Self = Self(2277);
    pub(super) const ANYELEMENT: Self = Self(2283);
    const ANYNONARRAY: Self = Self(2776);
    const ANYENUM: Self = Self(3500);
    const ANYRANGE: Self = Self(3831);
    const ANYMULTIRANGE: Self = Self(4537);
    pub(super) const ANYCOMPATIBLE: Self = Self(5077);
    pub(super) const ANYCOMPATIBLEARRAY: Self = Self(5078);
    const ANYCOMPATIBLENONARRAY: Self = Self(5079);
    const ANYCOMPATIBLERANGE: Self = Self(5080);
    const ANYCOMPATIBLEMULTIRANGE: Self = Self(4538);

    /// Whether it stands for the types of the arguments.
    pub(super) fn is_polymorphic(self) -> bool {
        [
            Self::ANYARRAY,
            Self::ANYELEMENT,
            Self::ANYNONARRAY,
            Self::ANYENUM,
            Self::ANYRANGE,
            Self::ANYMULTIRANGE,
            Self::ANYCOMPATIBLE,
            Self::ANYCOMPATIBLEARRAY,
            Self::ANYCOMPATIBLENONARRAY,
            Self::ANYCOMPATIBLERANGE,
            Self::ANYCOMPATIBLEMULTIRANGE,
        ]
        .contains(&self)
    }
}

/// What the polymorphic types of a signature stand for in one call.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Binding {
    element: Option<Oid>,
    array: Option<Oid>,
    range: Option<Oid>,
    multirange: Option<Oid>,
    compatible: Option<Oid>,
    compatible_range: Option<Oid>,
    compatible_multirange: Option<Oid>,
    has_compatible: bool,
}

/// Takes the first type, and afterwards only the same.
fn unify(slot: &mut Option<Oid>, found: Oid) -> Option<()> {
    (*slot.get_or_insert(found) == found).then_some(())
}

impl Context<'_> {
    /// What the polymorphic types of a signature stand for; `None` where the arguments do not agree
    /// (`check_generic_type_consistency`).
    pub(super) fn bind(&self, given: &[Oid], declared: &[Oid]) -> Option<Binding> {
        let mut bound = Binding::default();
        let mut compatible = Vec::new();
        let (mut non_array, mut is_enum, mut compatible_non_array) = (false, false, false);
        for (given, declared) in given.iter().copied().zip(declared.iter().copied()) {
            let base = self.base(given);
            let known = given != Oid::UNKNOWN;
            non_array |= declared == Oid::ANYNONARRAY;
            is_enum |= declared == Oid::ANYENUM;
            compatible_non_array |= declared == Oid::ANYCOMPATIBLENONARRAY;
            match declared {
                Oid::ANYELEMENT | Oid::ANYNONARRAY | Oid::ANYENUM if known => {
                    unify(&mut bound.element, given)?;
                }
                Oid::ANYARRAY if known => unify(&mut bound.array, base)?,
                Oid::ANYRANGE if known => unify(&mut bound.range, base)?,
                Oid::ANYMULTIRANGE if known => unify(&mut bound.multirange, base)?,
                Oid::ANYCOMPATIBLE | Oid::ANYCOMPATIBLENONARRAY => {
                    bound.has_compatible = true;
                    compatible.extend(known.then_some(given));
                }
                Oid::ANYCOMPATIBLEARRAY => {
                    bound.has_compatible = true;
                    if known {
                        compatible.push(self.element(base)?);
                    }
                }
                Oid::ANYCOMPATIBLERANGE => {
                    bound.has_compatible = true;
                    if known {
                        unify(&mut bound.compatible_range, base)?;
                    }
                }
                Oid::ANYCOMPATIBLEMULTIRANGE => {
                    bound.has_compatible = true;
                    if known {
                        unify(&mut bound.compatible_multirange, base)?;
                    }
                }
                _ => {}
            }
        }
        self.complete(&mut bound)?;
        let element = bound.element;
        if non_array && element.is_some_and(|e| self.element(self.base(e)).is_some()) {
            return None;
        }
        let enum_type = |oid| matches!(self.kind(oid), Some(TypeKind::Enum { .. }));
        if is_enum && !element.is_some_and(enum_type) {
            return None;
        }
        self.bind_compatible(&mut bound, &compatible)?;
        let array = bound.compatible.is_some_and(|oid| self.element(self.base(oid)).is_some());
        (!compatible_non_array || !array).then_some(bound)
    }

    /// What arrays and ranges say of their elements.
    fn complete(&self, bound: &mut Binding) -> Option<()> {
        if let Some(array) = bound.array {
            unify(&mut bound.element, self.element(array)?)?;
        }
        if let Some(multirange) = bound.multirange {
            unify(&mut bound.range, self.range_of(multirange)?)?;
        }
        if let Some(range) = bound.range {
            unify(&mut bound.element, self.subtype(range)?)?;
        }
        if let Some(multirange) = bound.compatible_multirange {
            unify(&mut bound.compatible_range, self.range_of(multirange)?)?;
        }
        Some(())
    }

    fn bind_compatible(&self, bound: &mut Binding, found: &[Oid]) -> Option<()> {
        let subtype = match bound.compatible_range {
            Some(range) => Some(self.subtype(range)?),
            None => None,
        };
        let all: Vec<Oid> = found.iter().copied().chain(subtype).collect();
        if all.is_empty() {
            return Some(());
        }
        let common = self.common_oid(&all)?;
        if subtype.is_some_and(|subtype| subtype != common) {
            return None;
        }
        if !all.iter().all(|oid| self.can_coerce(*oid, common, CastContext::Implicit)) {
            return None;
        }
        bound.compatible = Some(common);
        Some(())
    }

    fn subtype(&self, range: Oid) -> Option<Oid> {
        match self.kind(range)? {
            TypeKind::Range { subtype } if subtype.0 != 0 => Some(*subtype),
            _ => None,
        }
    }

    fn range_of(&self, multirange: Oid) -> Option<Oid> {
        match self.kind(multirange)? {
            TypeKind::Multirange { range } if range.0 != 0 => Some(*range),
            _ => None,
        }
    }

    /// The type that a declared type stands for; `None` where that cannot be told
    /// (`enforce_generic_type_consistency`).
    pub(super) fn bound(&self, binding: &Binding, declared: Oid) -> Option<Oid> {
        // Where all of them are literals they are text.
        let compatible = binding.compatible.or_else(|| binding.has_compatible.then_some(Oid::TEXT));
        match declared {
            Oid::ANYELEMENT | Oid::ANYNONARRAY | Oid::ANYENUM => binding.element,
            Oid::ANYARRAY => binding.array.or_else(|| self.array(binding.element?)),
            Oid::ANYRANGE => binding.range,
            Oid::ANYMULTIRANGE => binding.multirange.or_else(|| self.multirange(binding.range?)),
            Oid::ANYCOMPATIBLE | Oid::ANYCOMPATIBLENONARRAY => compatible,
            Oid::ANYCOMPATIBLEARRAY => self.array(compatible?),
            Oid::ANYCOMPATIBLERANGE => binding.compatible_range,
            Oid::ANYCOMPATIBLEMULTIRANGE => {
                binding.compatible_multirange.or_else(|| self.multirange(binding.compatible_range?))
            }
            plain => Some(plain),
        }
    }

    fn multirange(&self, range: Oid) -> Option<Oid> {
        // The server's own; a range of the migrations has its multirange beside it.
        let row = crate::pg_catalog::types().find(|row| row.kind == 'm' && row.part == range.0)?;
        Some(Oid(row.oid))
    }
}
