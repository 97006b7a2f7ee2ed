//! Constraints as statements declare them, before they have names and numbers.

use std::sync::Arc;

use sqlparser::ast::{
    CheckConstraint, ColumnOption, ConstraintCharacteristics, DeferrableInitial, ExcludeConstraint,
    Expr, ForeignKeyConstraint, Ident, IndexColumn, NullsDistinctOption, ObjectName as WrittenName,
    TableConstraint,
};

use crate::engine::interpreter::model::ConstraintKind;
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;

/// Whether and when a constraint can be deferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Deferral {
    pub(super) deferrable: bool,
    pub(super) initially_deferred: bool,
}

impl From<(bool, bool)> for Deferral {
    fn from((deferrable, initially_deferred): (bool, bool)) -> Self {
        Self { deferrable, initially_deferred }
    }
}

impl From<&Option<ConstraintCharacteristics>> for Deferral {
    fn from(written: &Option<ConstraintCharacteristics>) -> Self {
        let Some(written) = written else { return Self::default() };
        let initially_deferred = written.initially == Some(DeferrableInitial::Deferred);
        let deferrable = written.deferrable.unwrap_or(initially_deferred);
        Self { deferrable, initially_deferred }
    }
}

/// A CHECK to be added.
#[derive(Debug, Clone)]
pub(super) struct CheckSpec {
    pub(super) name: Option<Arc<str>>,
    pub(super) expression: Expr,
    pub(super) no_inherit: bool,
    pub(super) validated: bool,
}

/// What the index of a constraint enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Primary,
    Unique,
    Exclude,
}

impl KeyKind {
    /// The kind of a constraint that has an index.
    pub(crate) fn of(kind: &ConstraintKind) -> Option<Self> {
        match kind {
            ConstraintKind::Primary { .. } => Some(Self::Primary),
            ConstraintKind::Unique { .. } => Some(Self::Unique),
            ConstraintKind::Exclude { .. } => Some(Self::Exclude),
            ConstraintKind::Check { .. }
            | ConstraintKind::ForeignKey(_)
            | ConstraintKind::Trigger => None,
        }
    }
}

/// A PRIMARY KEY, UNIQUE or EXCLUDE to be added.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeySpec {
    pub(super) name: Option<Arc<str>>,
    pub(super) kind: KeyKind,
    pub(super) method: Arc<str>,
    pub(super) columns: Vec<IndexColumn>,
    pub(super) include: Vec<Arc<str>>,
    pub(super) predicate: Option<Expr>,
    pub(super) nulls_not_distinct: bool,
    pub(super) deferral: Deferral,
}

impl KeySpec {
    /// Whether two constraints would have the same index, so that one of them is enough.
    pub(super) fn is_redundant_with(&self, other: &Self) -> bool {
        self.kind != KeyKind::Exclude
            && other.kind != KeyKind::Exclude
            && self.include == other.include
            && self.nulls_not_distinct == other.nulls_not_distinct
            && self.deferral == other.deferral
            && self.column_names() == other.column_names()
    }

    /// The names of the key's columns, `None` for an expression.
    pub(super) fn column_names(&self) -> Vec<Option<Arc<str>>> {
        self.columns.iter().map(column_name).collect()
    }
}

/// The column that a key of an index is, unless it is an expression.
pub(super) fn column_name(column: &IndexColumn) -> Option<Arc<str>> {
    match &column.column.expr {
        Expr::Identifier(ident) => Some(names::stored(ident).into()),
        _ => None,
    }
}

/// A foreign key to be added.
#[derive(Debug, Clone)]
pub(super) struct ForeignKeySpec {
    pub(super) name: Option<Arc<str>>,
    pub(super) columns: Vec<Arc<str>>,
    pub(super) table: WrittenName,
    /// Empty for the primary key of the table.
    pub(super) referenced: Vec<Arc<str>>,
    pub(super) actions: Arc<str>,
    pub(super) validated: bool,
    pub(super) deferral: Deferral,
}

/// A constraint that takes an index over.
#[derive(Debug, Clone)]
pub(super) struct UsingIndexSpec {
    pub(super) name: Option<Arc<str>>,
    pub(super) index: Arc<str>,
    pub(super) primary: bool,
    pub(super) deferral: Deferral,
}

/// A constraint to be added.
#[derive(Debug, Clone)]
pub(super) enum ConstraintSpec {
    Check(CheckSpec),
    Key(KeySpec),
    ForeignKey(ForeignKeySpec),
    UsingIndex(UsingIndexSpec),
}

impl ConstraintSpec {
    /// A table constraint.
    pub(super) fn of_table(written: &TableConstraint, not_valid: bool) -> Result<Self, Problem> {
        Ok(match written {
            TableConstraint::Check(check) => Self::check(check, None, !not_valid),
            TableConstraint::PrimaryKey(key) => Self::Key(KeySpec {
                name: stored(key.name.as_ref()),
                kind: KeyKind::Primary,
                method: "btree".into(),
                columns: key.columns.clone(),
                include: all_stored(&key.include),
                predicate: None,
                nulls_not_distinct: false,
                deferral: (&key.characteristics).into(),
            }),
            TableConstraint::Unique(key) => Self::Key(KeySpec {
                name: stored(key.name.as_ref()),
                kind: KeyKind::Unique,
                method: "btree".into(),
                columns: key.columns.clone(),
                include: all_stored(&key.include),
                predicate: None,
                nulls_not_distinct: key.nulls_distinct == NullsDistinctOption::NotDistinct,
                deferral: (&key.characteristics).into(),
            }),
            TableConstraint::Exclude(key) => Self::Key(exclusion(key)),
            TableConstraint::ForeignKey(key) => Self::foreign_key(key, None, !not_valid),
            TableConstraint::PrimaryKeyUsingIndex(key) | TableConstraint::UniqueUsingIndex(key) => {
                Self::UsingIndex(UsingIndexSpec {
                    name: stored(key.name.as_ref()),
                    index: names::stored(&key.index_name).into(),
                    primary: matches!(written, TableConstraint::PrimaryKeyUsingIndex(_)),
                    deferral: (&key.characteristics).into(),
                })
            }
            TableConstraint::Index(_) | TableConstraint::FulltextOrSpatial(_) => {
                return Err(Problem::error("42601", format!("syntax error at or near {written}")));
            }
        })
    }

    /// A constraint among the options of a column; `None` for any other option.
    pub(super) fn of_column(
        column: &Ident,
        name: Option<&Ident>,
        option: &ColumnOption,
    ) -> Option<Self> {
        let key = |kind, own: &Option<Ident>, nulls_not_distinct, deferral| {
            Self::Key(KeySpec {
                name: stored(name.or(own.as_ref())),
                kind,
                method: "btree".into(),
                columns: vec![IndexColumn::from(column.clone())],
                include: Vec::new(),
                predicate: None,
                nulls_not_distinct,
                deferral,
            })
        };
        Some(match option {
            ColumnOption::PrimaryKey(written) => {
                key(KeyKind::Primary, &written.name, false, (&written.characteristics).into())
            }
            ColumnOption::Unique(written) => key(
                KeyKind::Unique,
                &written.name,
                written.nulls_distinct == NullsDistinctOption::NotDistinct,
                (&written.characteristics).into(),
            ),
            ColumnOption::Check(check) => Self::check(check, name, true),
            ColumnOption::ForeignKey(written) => {
                let mut spec = Self::foreign_key(written, name, true);
                if let Self::ForeignKey(key) = &mut spec {
                    key.columns = vec![names::stored(column).into()];
                }
                spec
            }
            _ => return None,
        })
    }

    fn check(written: &CheckConstraint, name: Option<&Ident>, validated: bool) -> Self {
        Self::Check(CheckSpec {
            name: stored(name.or(written.name.as_ref())),
            expression: (*written.expr).clone(),
            no_inherit: written.no_inherit,
            validated,
        })
    }

    fn foreign_key(written: &ForeignKeyConstraint, name: Option<&Ident>, validated: bool) -> Self {
        let mut actions = String::new();
        if let Some(kind) = &written.match_kind {
            actions.push_str(&format!("{kind} "));
        }
        for (event, action) in [("DELETE", &written.on_delete), ("UPDATE", &written.on_update)] {
            if let Some(action) = action {
                actions.push_str(&format!("ON {event} {action} "));
            }
        }
        Self::ForeignKey(ForeignKeySpec {
            name: stored(name.or(written.name.as_ref())),
            columns: all_stored(&written.columns),
            table: written.foreign_table.clone(),
            referenced: all_stored(&written.referred_columns),
            actions: actions.trim_end().into(),
            validated,
            deferral: (&written.characteristics).into(),
        })
    }
}

fn exclusion(written: &ExcludeConstraint) -> KeySpec {
    KeySpec {
        name: stored(written.name.as_ref()),
        kind: KeyKind::Exclude,
        method: written
            .index_method
            .as_ref()
            .map_or_else(|| "btree".into(), |method| Arc::from(names::stored(method))),
        columns: written.elements.iter().map(|element| element.column.clone()).collect(),
        include: all_stored(&written.include),
        predicate: written.where_clause.as_deref().cloned(),
        nulls_not_distinct: false,
        deferral: (&written.characteristics).into(),
    }
}

fn stored(ident: Option<&Ident>) -> Option<Arc<str>> {
    ident.map(|ident| names::stored(ident).into())
}

fn all_stored(idents: &[Ident]) -> Vec<Arc<str>> {
    idents.iter().map(|ident| names::stored(ident).into()).collect()
}

/// The constraints of one statement or one new column, by the order in which they are made.
#[derive(Debug, Default)]
pub(super) struct Constraints {
    pub(super) checks: Vec<CheckSpec>,
    pub(super) keys: Vec<KeySpec>,
    pub(super) foreign_keys: Vec<ForeignKeySpec>,
    pub(super) using_indexes: Vec<UsingIndexSpec>,
}

impl Constraints {
    /// Adds one; a key whose index another one has already is left out.
    pub(super) fn push(&mut self, constraint: ConstraintSpec) {
        match constraint {
            ConstraintSpec::Check(check) => self.checks.push(check),
            ConstraintSpec::Key(key) => self.keys.push(key),
            ConstraintSpec::ForeignKey(key) => self.foreign_keys.push(key),
            ConstraintSpec::UsingIndex(spec) => self.using_indexes.push(spec),
        }
    }

    /// The keys as PostgreSQL makes them: the primary key first, redundant ones left out, their
    /// names kept where the one that stays has none.
    pub(super) fn take_keys(&mut self) -> Vec<KeySpec> {
        let mut written = std::mem::take(&mut self.keys);
        written.sort_by_key(|key| key.kind != KeyKind::Primary);
        let mut kept: Vec<KeySpec> = Vec::with_capacity(written.len());
        for key in written {
            // Two primary keys are an error, not redundant.
            let prior = kept
                .iter_mut()
                .filter(|_| key.kind != KeyKind::Primary)
                .find(|prior| prior.is_redundant_with(&key));
            match prior {
                Some(prior) if prior.name.is_none() => prior.name = key.name,
                Some(_) => {}
                None => kept.push(key),
            }
        }
        kept
    }
}
