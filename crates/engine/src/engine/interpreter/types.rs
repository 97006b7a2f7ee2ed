//! Types as statements write them: every synonym, arrays, modifiers, types of users.

use std::sync::Arc;

use sqlparser::ast::{
    ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, GeometricTypeKind, Ident,
    ObjectName as WrittenName, TimezoneInfo, TypeModifier,
};

use super::model::{Oid, TypeKind, TypeRef};
use super::problem::Problem;
use super::session::Session;

impl Session {
    /// The type that a statement writes.
    pub(crate) fn resolve_type(&self, written: &DataType) -> Result<TypeRef, Problem> {
        if let Some(data_type) = builtin(written)? {
            return Ok(data_type);
        }
        match written {
            DataType::Array(
                ArrayElemTypeDef::SquareBracket(element, _)
                | ArrayElemTypeDef::Qualified(element, _),
            ) => self.array_of(self.resolve_type(element)?),
            DataType::Collate(inner, _) => self.resolve_type(inner),
            DataType::Custom(name, modifiers) => self.named_type(name, modifiers),
            // Words that other databases have as types may name a type of the user's.
            other => {
                let text = other.to_string().to_lowercase();
                let word = text.split(['(', ' ']).next().unwrap_or_default();
                self.named_type(&WrittenName::from(vec![Ident::new(word)]), &[])
            }
        }
    }

    /// The array type of a type; an array of arrays is the same type.
    pub(crate) fn array_of(&self, element: TypeRef) -> Result<TypeRef, Problem> {
        let data_type = self.model.data_type(element.oid)?;
        if matches!(data_type.kind, TypeKind::Array { .. }) {
            return Ok(element);
        }
        match data_type.array {
            Some(array) => Ok(TypeRef { oid: array, modifier: element.modifier }),
            None => {
                let name = self.type_name(&element);
                Err(Problem::error(
                    "42704",
                    format!("could not find array type for data type {name}"),
                ))
            }
        }
    }

    /// The type of a column, for `table.column%TYPE`.
    pub(crate) fn resolve_column_type(&self, name: &WrittenName) -> Result<TypeRef, Problem> {
        let Some((column, table)) = name.0.split_last() else {
            return Err(Problem::error("42601", "improper %TYPE reference"));
        };
        let relation = self.relation(&WrittenName(table.to_vec()))?;
        let (_, column) = Self::split_name(&WrittenName(vec![column.clone()]))?;
        let address = self.column(relation, &column)?;
        match self.model.column(address) {
            Some(column) => Ok(column.data_type.clone()),
            None => Err(Problem::gap_everywhere("a column vanished")),
        }
    }

    fn named_type(
        &self,
        name: &WrittenName,
        modifiers: &[TypeModifier],
    ) -> Result<TypeRef, Problem> {
        let Some(oid) = self.find_type(name)? else {
            return Err(self.no_such_type(name));
        };
        let modifier = match modifiers {
            [] => None,
            [TypeModifier::Number(precision, _)] if oid == Oid::NUMERIC => {
                Some(format!("{precision},0"))
            }
            _ => Some(canonical_modifiers(modifiers)),
        };
        let (_, own_name) = Self::split_name(name)?;
        let modifier = match (&*own_name, modifier) {
            // PostGIS assumes WGS 84 for geography.
            ("geography", Some(kind)) if !kind.contains(',') => Some(format!("{kind},4326")),
            (_, modifier) => modifier,
        };
        Ok(TypeRef { oid, modifier: modifier.map(Arc::from) })
    }

    fn no_such_type(&self, name: &WrittenName) -> Problem {
        match Self::split_name(name) {
            Ok((Some(schema), own_name)) => match self.schema(&schema) {
                Err(missing_schema) => missing_schema,
                Ok(_) => {
                    Problem::error("42704", format!("type \"{schema}.{own_name}\" does not exist"))
                }
            },
            Ok((None, own_name)) => {
                Problem::error("42704", format!("type \"{own_name}\" does not exist"))
            }
            Err(problem) => problem,
        }
    }
}

/// A type of SQL's own grammar; `None` for a name to look up.
fn builtin(written: &DataType) -> Result<Option<TypeRef>, Problem> {
    let plain = |oid| Ok(Some(TypeRef::plain(oid)));
    let modified = |oid, modifier: Option<String>| {
        Ok(Some(TypeRef { oid, modifier: modifier.map(Arc::from) }))
    };
    match written {
        DataType::Bool | DataType::Boolean => plain(Oid::BOOL),
        DataType::SmallInt(None) | DataType::Int2(None) => plain(Oid::INT2),
        DataType::Int(None) | DataType::Integer(None) | DataType::Int4(None) => plain(Oid::INT4),
        DataType::BigInt(None) | DataType::Int8(None) => plain(Oid::INT8),
        DataType::Int(Some(_))
        | DataType::Integer(Some(_))
        | DataType::BigInt(Some(_))
        | DataType::SmallInt(Some(_)) => {
            Err(Problem::error("42601", "syntax error at or near \"(\""))
        }
        DataType::Real | DataType::Float4 => plain(Oid::FLOAT4),
        DataType::Float(ExactNumberInfo::Precision(bits)) if *bits <= 24 => plain(Oid::FLOAT4),
        DataType::Float(_) | DataType::Float8 | DataType::DoublePrecision => plain(Oid::FLOAT8),
        DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => modified(
            Oid::NUMERIC,
            match info {
                ExactNumberInfo::None => None,
                ExactNumberInfo::Precision(precision) => Some(format!("{precision},0")),
                ExactNumberInfo::PrecisionAndScale(precision, scale) => {
                    Some(format!("{precision},{scale}"))
                }
            },
        ),
        DataType::Text => plain(Oid::TEXT),
        DataType::Varchar(length)
        | DataType::CharacterVarying(length)
        | DataType::CharVarying(length) => modified(Oid::VARCHAR, length_of(length.as_ref())?),
        DataType::Char(length) | DataType::Character(length) => {
            let length = length_of(length.as_ref())?.unwrap_or_else(|| "1".to_owned());
            modified(Oid::BPCHAR, Some(length))
        }
        DataType::Bit(length) => modified(Oid::BIT, Some(length.unwrap_or(1).to_string())),
        DataType::BitVarying(length) | DataType::VarBit(length) => {
            modified(Oid::VARBIT, length.map(|n| n.to_string()))
        }
        DataType::Uuid => plain(Oid::UUID),
        DataType::JSON => plain(Oid::JSON),
        DataType::JSONB => plain(Oid::JSONB),
        DataType::Bytea => plain(Oid::BYTEA),
        DataType::Date => plain(Oid::DATE),
        DataType::Time(precision, zone) => modified(
            if has_zone(*zone) { Oid::TIMETZ } else { Oid::TIME },
            precision.map(|n| n.to_string()),
        ),
        DataType::Timestamp(precision, zone) => modified(
            if has_zone(*zone) { Oid::TIMESTAMPTZ } else { Oid::TIMESTAMP },
            precision.map(|n| n.to_string()),
        ),
        DataType::Interval { fields, precision } => {
            let precision = precision.map(|n| n.to_string());
            modified(
                Oid::INTERVAL,
                match (fields, precision) {
                    (None, precision) => precision,
                    (Some(fields), precision) => Some(format!(
                        " {}{}",
                        fields.to_string().to_lowercase(),
                        precision.map(|p| format!("({p})")).unwrap_or_default()
                    )),
                },
            )
        }
        DataType::Regclass => plain(Oid::REGCLASS),
        DataType::TsVector => plain(Oid::TSVECTOR),
        DataType::TsQuery => plain(Oid::TSQUERY),
        DataType::Trigger => plain(Oid::TRIGGER),
        DataType::GeometricType(kind) => plain(match kind {
            GeometricTypeKind::Point => Oid(600),
            GeometricTypeKind::Line => Oid(628),
            GeometricTypeKind::LineSegment => Oid(601),
            GeometricTypeKind::GeometricBox => Oid(603),
            GeometricTypeKind::GeometricPath => Oid(602),
            GeometricTypeKind::Polygon => Oid(604),
            GeometricTypeKind::Circle => Oid(718),
        }),
        _ => Ok(None),
    }
}

fn has_zone(zone: TimezoneInfo) -> bool {
    matches!(zone, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz)
}

fn length_of(length: Option<&CharacterLength>) -> Result<Option<String>, Problem> {
    match length {
        None => Ok(None),
        Some(CharacterLength::IntegerLength { length, .. }) => Ok(Some(length.to_string())),
        Some(CharacterLength::Max) => {
            Err(Problem::error("22023", "invalid input syntax for type modifier: \"max\""))
        }
    }
}

/// Modifiers as the type's output function writes them; PostGIS spells its kinds in its own way.
fn canonical_modifiers(modifiers: &[TypeModifier]) -> String {
    let written: Vec<String> = modifiers
        .iter()
        .map(|modifier| match modifier {
            TypeModifier::Identifier(ident) => geometry_kind(&ident.value),
            TypeModifier::String(text) => geometry_kind(text),
            TypeModifier::Number(number, _) => number.clone(),
        })
        .collect();
    written.join(",")
}

/// `POINTZ` as `PointZ`; any other word as it is.
fn geometry_kind(word: &str) -> String {
    const KINDS: [&str; 15] = [
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
        "GeometryCollection",
        "Geometry",
        "CircularString",
        "CompoundCurve",
        "CurvePolygon",
        "MultiCurve",
        "MultiSurface",
        "Tin",
        "Triangle",
    ];
    let upper = word.to_ascii_uppercase();
    for dimensions in ["ZM", "Z", "M", ""] {
        let Some(stem) = upper.strip_suffix(dimensions) else { continue };
        if let Some(kind) = KINDS.iter().find(|kind| kind.eq_ignore_ascii_case(stem)) {
            return format!("{kind}{dimensions}");
        }
    }
    word.to_owned()
}
