//! The tables that a rule is about: one by its name, or all that match a pattern, those of migrations to
//! come included.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::table::{TableCheck, TableName};
use super::{Asserted, Judgement};
use crate::catalog::{ObjectName, Table, TableKind};
use crate::engine::{Gap, Reach, WAYS_OUT};
use crate::facts::{Database, Facts};
use crate::finding::{Finding, Label};

/// Patterns of names, in which `*` stands for any text.
#[derive(Debug, Clone, Default)]
pub(super) struct TablePatterns(Vec<ObjectName>);

impl TablePatterns {
    fn matches(&self, name: &ObjectName) -> bool {
        self.0.iter().any(|pattern| Reach::Objects(vec![pattern.clone()]).touches(name))
    }
}

impl TablePatterns {
    /// Whether a name matches of which parts may not be known, with `*` in their place.
    fn may_match(&self, name: &ObjectName) -> bool {
        self.0.iter().any(|pattern| {
            may_be_one(&pattern.schema, &name.schema) && may_be_one(&pattern.name, &name.name)
        })
    }
}

/// Whether some text fits two patterns.
fn may_be_one(one: &str, other: &str) -> bool {
    let fits = |pattern: &str, text: &str| {
        let pattern = ObjectName::new("", pattern);
        Reach::Objects(vec![pattern]).touches(&ObjectName::new("", text))
    };
    match (one.contains('*'), other.contains('*')) {
        (true, true) => true,
        (false, true) => fits(other, one),
        (_, false) => fits(one, other),
    }
}

impl fmt::Display for TablePatterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&names.join(", "))
    }
}

impl<'de> Deserialize<'de> for TablePatterns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Patterns;
        impl<'de> Visitor<'de> for Patterns {
            type Value = TablePatterns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pattern such as `public.*`, or a list of patterns")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<TablePatterns, E> {
                TableName::parse(text).map(|name| TablePatterns(vec![name.0])).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TablePatterns, A::Error> {
                let mut names = Vec::new();
                while let Some(TableName(name)) = list.next_element()? {
                    names.push(name);
                }
                Ok(TablePatterns(names))
            }
        }
        deserializer.deserialize_any(Patterns)
    }
}

impl JsonSchema for TablePatterns {
    fn schema_name() -> Cow<'static, str> {
        "TablePatterns".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = json_schema!({"type": "string", "pattern": "^[^.]+(\\.[^.]+)?$"});
        json_schema!({
            "description": "Names of tables, in which * stands for any text: public.*; in public where no schema is given.",
            "anyOf": [pattern, {"type": "array", "items": pattern, "minItems": 1}],
        })
    }
}

/// The tables that a rule is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tables<'r> {
    /// This one, which must be there.
    One(&'r TableName),
    /// Each that matches and is not excepted.
    Matching { patterns: &'r TablePatterns, except: &'r TablePatterns },
}

impl<'r> Tables<'r> {
    /// The tables of a rule that has these parameters.
    pub(super) fn of(
        table: Option<&'r TableName>,
        tables: &'r TablePatterns,
        except: &'r TablePatterns,
    ) -> Self {
        table.map_or(Self::Matching { patterns: tables, except }, Self::One)
    }

    /// Whether a rule says which tables it is about, and does so once.
    pub(super) fn validate(
        table: Option<&TableName>,
        tables: &TablePatterns,
        except: &TablePatterns,
    ) -> Result<(), String> {
        match (table, tables.0.is_empty(), except.0.is_empty()) {
            (None, true, _) => {
                Err("give `table`, the name of a table, or `tables`, a pattern such as public.*"
                    .to_owned())
            }
            (Some(_), false, _) => Err("give either `table` or `tables`, not both".to_owned()),
            (Some(_), true, false) => {
                Err("`except` goes with `tables`, not with `table`".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Whether the rule is about whatever matches.
    pub(super) fn is_pattern(self) -> bool {
        matches!(self, Self::Matching { .. })
    }

    /// What a rule asserts by naming a table.
    pub(super) fn asserted(self, name: &ObjectName) -> Option<Asserted> {
        // A table that goes matches no longer.
        (!self.is_pattern()).then(|| Asserted::Table(name.clone()))
    }

    /// The names of the tables that there are.
    pub(super) fn names(self, facts: &Facts<'_>) -> Vec<ObjectName> {
        match (self, &facts.database) {
            (Self::One(name), _) => vec![name.0.clone()],
            (Self::Matching { .. }, None) => Vec::new(),
            (Self::Matching { .. }, Some(database)) => {
                self.matching(database).into_iter().map(|table| table.name.clone()).collect()
            }
        }
    }

    /// The tables that match. Those of the platform are meant only where their schema is spelt out.
    fn matching<'a>(self, database: &Database<'a>) -> Vec<&'a Table> {
        let Self::Matching { patterns, except } = self else { return Vec::new() };
        let is_own = |table: &Table| {
            let is_spelt = |pattern: &ObjectName| pattern.schema == table.name.schema;
            table.history.iter().any(|event| event.span.is_some())
                || patterns.0.iter().any(is_spelt)
        };
        let catalog = &database.outcome.catalog;
        let meant = |table: &&Table| {
            table.kind != TableKind::Foreign
                && patterns.matches(&table.name)
                && !except.matches(&table.name)
                && is_own(table)
        };
        catalog.tables.iter().filter(meant).collect()
    }

    /// Whether tables match that are left out.
    fn excepts_some(self, database: &Database<'_>) -> bool {
        let Self::Matching { patterns, except } = self else { return false };
        let catalog = &database.outcome.catalog;
        catalog.tables.iter().any(|t| patterns.matches(&t.name) && except.matches(&t.name))
    }

    /// Judges a rule about each of the tables; `judge` looks at one and tells the case what it finds.
    pub(super) fn judge<'a>(
        self,
        facts: &Facts<'a>,
        mut judge: impl FnMut(&mut TableCheck<'a>, &'a Table),
    ) -> Judgement
    where
        'r: 'a,
    {
        let (patterns, except) = match self {
            Self::One(name) => return TableCheck::judge(facts, name, judge),
            Self::Matching { patterns, except } => (patterns, except),
        };
        let Some(database) = facts.database else {
            return Judgement::undecided(Finding {
                message: format!("no migrations were found that could make a table of {patterns}"),
                primary: None,
                labels: Vec::new(),
                help: "name the folder of migrations with --migrations or in railcheck.yaml".into(),
                object: format!("tables {patterns}"),
            });
        };
        let tables = self.matching(&database);
        let mut all = Judgement::default();
        for table in &tables {
            let one = TableCheck::judge_one_of_many(facts, database, table, &mut judge);
            all.breaches.extend(one.breaches);
            all.doubts.extend(one.doubts);
            all.evidence.extend(one.evidence);
        }
        all.doubts.extend(hidden(&database, facts, patterns, except));
        if tables.is_empty() && all.doubts.is_empty() && !self.excepts_some(&database) {
            all.doubts.push(Finding {
                message: format!("no table matches {patterns}, so that the rule judges nothing"),
                primary: None,
                labels: Vec::new(),
                help: "correct the pattern, or take the rule out".to_owned(),
                object: format!("tables {patterns}"),
            });
        }
        all
    }
}

/// What may make, change or take away tables that match: statements that are not understood or not applied.
fn hidden(
    database: &Database<'_>,
    facts: &Facts<'_>,
    patterns: &TablePatterns,
    except: &TablePatterns,
) -> Vec<Finding> {
    let outcome = database.outcome;
    let may_make = |reach: &Reach| match reach {
        Reach::Everything => true,
        Reach::Objects(names) => names.iter().any(|name| {
            patterns.may_match(name)
                && !except.matches(name)
                && outcome.catalog.table(name).is_none()
        }),
    };
    let is_about_tables = |gap: &&Gap| {
        let text = facts.files.text(gap.span).to_ascii_lowercase();
        gap.reach == Reach::Everything || text.contains("table") || text.contains("execute")
    };
    let gaps = outcome.gaps.iter().filter(|gap| may_make(&gap.reach)).filter(is_about_tables);
    let mut hidden: Vec<Finding> = gaps
        .map(|gap| Finding {
            message: format!("a statement that may touch tables of {patterns} is not understood"),
            primary: Some(Label { span: gap.span, text: gap.reason.to_string() }),
            labels: Vec::new(),
            help: WAYS_OUT.into(),
            object: format!("tables {patterns}"),
        })
        .collect();
    if let Some(failure) = &outcome.failure {
        let unapplied = &outcome.unapplied;
        if unapplied.is_empty() || unapplied.iter().any(|statement| may_make(&statement.reach)) {
            let what = failure.describe(facts.files);
            hidden.push(Finding {
                message: format!("{what}, so that the tables of {patterns} are not known"),
                primary: Some(Label { span: failure.span, text: String::new() }),
                labels: Vec::new(),
                help: match failure.limit {
                    None => "fix the statement that is refused".to_owned(),
                    Some(_) => "run with a server that has what is missing".to_owned(),
                },
                object: format!("tables {patterns}"),
            });
        }
    }
    hidden
}

/// Whether a table has all of these columns; a rule by a pattern is about no other.
pub(super) fn has_columns(table: &Table, columns: &[String]) -> bool {
    columns.iter().all(|column| table.column(column).is_some())
}
