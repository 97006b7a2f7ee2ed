//! Which columns a foreign key can compare (`ATAddForeignKeyConstraint`).

use crate::engine::interpreter::model::{Address, Constraint, ConstraintKind, Oid, TypeKind};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Operator families of B-trees in which values of different types can be compared.
const FAMILIES: [&[Oid]; 4] = [
    &[Oid::INT2, Oid::INT4, Oid::INT8],
    &[Oid::FLOAT4, Oid::FLOAT8],
    &[Oid::TEXT, Oid::VARCHAR, Oid::NAME],
    &[Oid::DATE, Oid::TIMESTAMP, Oid::TIMESTAMPTZ],
];

/// Types, each with those of other families that are cast to it without being asked.
const CAST_TO: [(Oid, &[Oid]); 7] = [
    (Oid::NUMERIC, &[Oid::INT2, Oid::INT4, Oid::INT8]),
    (Oid::FLOAT4, &[Oid::INT2, Oid::INT4, Oid::INT8, Oid::NUMERIC]),
    (Oid::FLOAT8, &[Oid::INT2, Oid::INT4, Oid::INT8, Oid::NUMERIC]),
    (Oid::TEXT, &[Oid::BPCHAR]),
    (Oid::VARCHAR, &[Oid::BPCHAR]),
    (Oid::NAME, &[Oid::BPCHAR]),
    (Oid::BPCHAR, &[Oid::TEXT, Oid::VARCHAR]),
];

/// Further types of which all casts and comparisons are in the tables above.
const ALONE: [Oid; 6] = [Oid::UUID, Oid::BOOL, Oid::BYTEA, Oid::JSONB, Oid::NUMERIC, Oid::BPCHAR];

/// What is known of a type as far as comparisons go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Known(Oid),
    Enum(Oid),
    /// An array, by the type of its elements.
    Array(Oid),
}

impl Session {
    /// Refuses what a change of types makes of the foreign keys from and to a table.
    pub(super) fn check_foreign_keys_of(&self, table: Oid) -> Result<(), Problem> {
        let own = self.model.parts::<Constraint>(table).map(|(oid, _)| oid);
        let referring = self.model.links_to(table).map(|link| link.dependent.object);
        for constraint in own.chain(referring) {
            let Ok(constraint) = self.model.constraint(constraint) else { continue };
            let ConstraintKind::ForeignKey(key) = &constraint.kind else { continue };
            let columns = (constraint.owner, constraint.columns.as_slice());
            self.check_comparable(&constraint.name, columns, (key.table, &key.columns))?;
        }
        Ok(())
    }

    /// Refuses keys whose types can certainly not be compared.
    pub(super) fn check_comparable(
        &self,
        constraint: &str,
        (table, columns): (Oid, &[i16]),
        (referenced, referenced_columns): (Oid, &[i16]),
    ) -> Result<(), Problem> {
        let data_type = |table, number: &i16| {
            self.model.column(Address::column(table, *number)).map(|column| column.data_type.oid)
        };
        for (column, target) in columns.iter().zip(referenced_columns) {
            let (Some(column), Some(target)) =
                (data_type(table, column), data_type(referenced, target))
            else {
                continue;
            };
            if !self.may_be_comparable(column, target) {
                let message =
                    format!("foreign key constraint \"{constraint}\" cannot be implemented");
                return Err(Problem::error("42804", message));
            }
        }
        Ok(())
    }

    fn may_be_comparable(&self, column: Oid, target: Oid) -> bool {
        let (column, target) = (self.base_type(column), self.base_type(target));
        if column == target || self.has_user_casts {
            return true;
        }
        match (self.kind(column), self.kind(target)) {
            (Some(Kind::Known(column)), Some(Kind::Known(target))) => {
                FAMILIES.iter().any(|f| f.contains(&column) && f.contains(&target))
                    || CAST_TO.iter().any(|(to, from)| *to == target && from.contains(&column))
            }
            (Some(_), Some(_)) => false,
            _ => true,
        }
    }

    /// The type that a domain is of in the end.
    pub(crate) fn base_type(&self, mut data_type: Oid) -> Oid {
        while let Ok(found) = self.model.data_type(data_type)
            && let TypeKind::Domain { base, .. } = &found.kind
        {
            data_type = base.oid;
        }
        data_type
    }

    fn kind(&self, data_type: Oid) -> Option<Kind> {
        let known = |list: &[Oid]| list.contains(&data_type);
        if known(&ALONE) || FAMILIES.iter().any(|family| known(family)) {
            return Some(Kind::Known(data_type));
        }
        match &self.model.data_type(data_type).ok()?.kind {
            TypeKind::Enum { .. } => Some(Kind::Enum(data_type)),
            TypeKind::Array { element } => Some(Kind::Array(*element)),
            _ => None,
        }
    }
}
