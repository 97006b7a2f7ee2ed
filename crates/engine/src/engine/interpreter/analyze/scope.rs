//! What names an expression may use: the columns of the FROM items around it.

use std::sync::Arc;

use crate::engine::interpreter::model::{Address, Oid, Relation, TypeRef};

/// A column that an expression can name.
#[derive(Debug, Clone)]
pub(crate) struct OutputColumn {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// Its type, where that can be told.
    pub(crate) data_type: Option<TypeRef>,
    /// The column of a relation that it is, if it is one unchanged.
    pub(super) origin: Option<Address>,
}

/// The columns of a FROM item; `None` where they cannot be told.
pub(super) type Columns = Option<Arc<[OutputColumn]>>;

/// An item of FROM.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The name that columns may be qualified with; empty for none.
    pub(super) alias: Arc<str>,
    /// The schema, where the relation may be named with it.
    pub(super) schema: Option<Arc<str>>,
    /// The relation, if it is one.
    pub(super) relation: Option<Oid>,
    /// The alias is the name of the relation, and follows it.
    pub(super) follows_name: bool,
    pub(super) columns: Columns,
    /// Its columns are named with it alone: those of a row that is an argument.
    pub(super) qualified: bool,
}

impl Source {
    /// A relation under an alias.
    pub(super) fn relation(oid: Oid, relation: &Relation, alias: Arc<str>) -> Self {
        Self {
            alias,
            schema: None,
            relation: Some(oid),
            follows_name: false,
            columns: columns_of(oid, relation),
            qualified: false,
        }
    }

    /// Its column of that name.
    pub(super) fn column(&self, name: &str) -> Option<&OutputColumn> {
        self.columns.as_ref()?.iter().find(|c| &*c.name == name)
    }
}

/// The columns of a relation as FROM gives them.
pub(super) fn columns_of(oid: Oid, relation: &Relation) -> Columns {
    let columns = relation.columns.iter().map(|column| OutputColumn {
        name: column.name.clone(),
        data_type: Some(column.data_type.clone()).filter(|t| t.oid != Oid::UNKNOWN),
        origin: Some(Address::column(oid, column.number)),
    });
    (!relation.opaque).then(|| columns.collect())
}

/// A common table expression.
#[derive(Debug, Clone)]
pub(super) struct Cte {
    pub(super) name: Arc<str>,
    pub(super) columns: Columns,
}

/// One level of names: those of a query, or of one of its SELECTs.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) ctes: Vec<Cte>,
    pub(super) sources: Vec<Source>,
}

/// The levels of names around an expression, innermost last.
#[derive(Debug, Clone, Default)]
pub(super) struct Scopes {
    pub(super) frames: Vec<Frame>,
}

/// What a name of a column leads to.
#[derive(Debug)]
pub(super) enum Found<'s> {
    /// This column.
    Column(&'s OutputColumn),
    /// A whole row of this source.
    Row(&'s Source),
    /// There may be such a column: not all columns in reach are known.
    Perhaps,
    /// There is none.
    Nothing,
}

/// System columns that every table has.
const SYSTEM_COLUMNS: [&str; 6] = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

impl Scopes {
    /// The common table expression of that name.
    pub(super) fn cte(&self, name: &str) -> Option<&Cte> {
        self.frames.iter().rev().find_map(|f| f.ctes.iter().rev().find(|c| &*c.name == name))
    }

    /// The innermost frame, to be added to.
    pub(super) fn innermost(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    /// What a bare name leads to.
    pub(super) fn find(&self, name: &str) -> Found<'_> {
        for frame in self.frames.iter().rev() {
            let mut bare = frame.sources.iter().filter(|source| !source.qualified);
            if let Some(column) = bare.find_map(|source| source.column(name)) {
                return Found::Column(column);
            }
            if frame.sources.iter().any(|s| s.columns.is_none() && !s.qualified) {
                return Found::Perhaps;
            }
        }
        if let Some(source) = self.source(None, name) {
            return Found::Row(source);
        }
        if SYSTEM_COLUMNS.contains(&name) { Found::Perhaps } else { Found::Nothing }
    }

    /// What a qualified name leads to.
    pub(super) fn find_in(&self, source: &str, name: &str) -> Found<'_> {
        let Some(source) = self.source(None, source) else { return Found::Nothing };
        match (source.column(name), &source.columns) {
            (Some(column), _) => Found::Column(column),
            (None, Some(_)) if !SYSTEM_COLUMNS.contains(&name) => Found::Nothing,
            _ => Found::Perhaps,
        }
    }

    /// The source that a qualifier names.
    pub(super) fn source(&self, schema: Option<&str>, alias: &str) -> Option<&Source> {
        self.frames.iter().rev().find_map(|frame| {
            frame
                .sources
                .iter()
                .find(|s| &*s.alias == alias && (schema.is_none() || s.schema.as_deref() == schema))
        })
    }
}
