//! What the checks of a table share: its name as a parameter, its blame when it is gone, and the
//! gaps that may have touched it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{Breach, Judgement};
use crate::catalog::{
    Catalog, ChangeKind, Event, History, ObjectKind, ObjectName, ObjectRef, Table, TableKind,
};
use crate::datum::quote_identifier;
use crate::engine::{Failure, Gap, Reach, WAYS_OUT};
use crate::facts::{Database, Facts};
use crate::finding::{Finding, Label};
use crate::span::{SourceMap, Span};
use crate::suggest::nearest;

/// The name of a table in a pack: `schema.name`, in `public` where no schema is given.
#[derive(Debug, Clone)]
pub(super) struct TableName(pub(super) ObjectName);

impl TableName {
    /// Reads `schema.name`, or the name of a table in `public`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('.').collect();
        match parts[..] {
            [name] if !name.is_empty() => Ok(Self(ObjectName::new("public", name))),
            [schema, name] if !schema.is_empty() && !name.is_empty() => {
                Ok(Self(ObjectName::new(schema, name)))
            }
            _ => Err(format!("`{text}` is not a table name: schema.name")),
        }
    }
}

impl<'de> Deserialize<'de> for TableName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

impl JsonSchema for TableName {
    fn schema_name() -> Cow<'static, str> {
        "TableName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Name of a table: schema.name, in public where no schema is given.",
            "pattern": "^[^.]+(\\.[^.]+)?$",
        })
    }
}

/// One rule about one table.
pub(super) struct TableCheck<'a> {
    /// The migrations and their catalog.
    pub(super) database: Database<'a>,
    /// Where spans point into.
    files: &'a SourceMap,
    /// The guarded table's name.
    name: &'a ObjectName,
    /// What else a gap must not have touched.
    also: Vec<ObjectName>,
    breaches: Vec<(Finding, Option<Span>)>,
    doubts: Vec<Finding>,
    evidence: Vec<Label>,
    /// It is one of several tables, so that what touches everything is said once for all.
    is_one_of_many: bool,
}

impl<'a> TableCheck<'a> {
    fn new(facts: &Facts<'a>, database: Database<'a>, name: &'a ObjectName) -> Self {
        Self {
            database,
            files: facts.files,
            name,
            also: Vec::new(),
            breaches: Vec::new(),
            doubts: Vec::new(),
            evidence: Vec::new(),
            is_one_of_many: false,
        }
    }

    /// Judges one of the tables that match a pattern.
    pub(super) fn judge_one_of_many(
        facts: &Facts<'a>,
        database: Database<'a>,
        table: &'a Table,
        judge: impl FnOnce(&mut Self, &'a Table),
    ) -> Judgement {
        let mut case = Self { is_one_of_many: true, ..Self::new(facts, database, &table.name) };
        judge(&mut case, table);
        case.conclude()
    }

    /// Judges a rule about a table: `judge` looks at the table and tells the case what it finds.
    /// A table that is gone is a breach, a repository without migrations a doubt.
    pub(super) fn judge(
        facts: &Facts<'a>,
        name: &'a TableName,
        judge: impl FnOnce(&mut Self, &'a Table),
    ) -> Judgement {
        let name = &name.0;
        let Some(database) = facts.database else {
            return Judgement::undecided(Finding {
                message: format!("no migrations were found that could make table {name}"),
                primary: None,
                labels: Vec::new(),
                help: "name the folder of migrations with --migrations or in railcheck.yaml".into(),
                object: format!("table {name}"),
            });
        };
        let mut case = Self::new(facts, database, name);
        let table = database.outcome.catalog.table(name);
        match table.filter(|table| table.kind != TableKind::Foreign) {
            Some(table) => judge(&mut case, table),
            None => case.table_is_gone(),
        }
        case.conclude()
    }

    /// The catalog.
    pub(super) fn catalog(&self) -> &'a Catalog {
        &self.database.outcome.catalog
    }

    /// A gap that touches this object too keeps the rule from being decided.
    pub(super) fn depends_on(&mut self, name: ObjectName) {
        self.also.push(name);
    }

    /// Shows the history of a fact that the rule is about.
    pub(super) fn shows(&mut self, fact: impl fmt::Display, history: &History) {
        self.evidence.extend(labels(history).into_iter().map(|Label { span, text }| {
            let text = format!("{fact} {text}");
            Label { span, text }
        }));
    }

    /// The statement that made something, on one line, to be written again: what follows the words
    /// `begins` in a migration.
    pub(super) fn creation(&self, history: &History, begins: &str) -> Option<String> {
        let is_creation = |event: &&Event| event.verb == ChangeKind::Created;
        let creation = history.iter().rfind(is_creation)?;
        // What was renamed since is not made anew by it.
        if history.iter().any(|event| event.verb == ChangeKind::Renamed) {
            return None;
        }
        let text = self.files.text(creation.span?).trim().trim_end_matches(';');
        let words: Vec<&str> = text.split_whitespace().collect();
        let line = words.join(" ");
        let is_plain = !text.contains("--") && !text.contains("/*");
        // White space in a string or name stays as it is.
        let is_spaced = |line: &str| {
            line.contains(['\'', '"']) && line.trim().contains("  ")
                || line.matches('\'').count() % 2 == 1
        };
        let has_spaced_text = text.lines().any(is_spaced);
        let begins_so =
            line.get(..begins.len()).is_some_and(|start| start.eq_ignore_ascii_case(begins));
        (is_plain && !has_spaced_text && begins_so).then_some(line)
    }

    /// It cannot be told of a part of the table whether it is as the rule wants it.
    pub(super) fn doubtful(&mut self, object: &ObjectRef, history: &History, say: Message) {
        let (finding, _) = finding(object, history, say);
        self.doubts.push(finding);
    }

    /// Something is not as the rule wants it; the latest statement of its history is at fault.
    pub(super) fn wrong(&mut self, object: &ObjectRef, history: &History, say: Message) {
        let (finding, broken_by) = finding(object, history, say);
        self.breaches.push((finding, broken_by));
    }

    /// A part of the table is not there. The statement that took it away is at fault; where it never
    /// was, the one that last made the table.
    pub(super) fn missing(&mut self, object: &ObjectRef, table: &Table, say: Message) {
        match self.catalog().last_drop(object) {
            Some(dropped) => self.wrong(object, &dropped.history, say),
            None => {
                let (finding, _) = finding(object, &created(&table.history), say);
                self.breaches.push((finding, None));
            }
        }
    }

    fn table_is_gone(&mut self) {
        let (catalog, name) = (self.catalog(), self.name);
        let object = ObjectRef::whole(ObjectKind::Table, name.clone());
        let help = format!("create table {name}, or undo the statement that took it away");
        let say = |message: String| Message { message, help };
        if let Some(view) = catalog.view(name) {
            let kind = if view.materialized { "a materialized view" } else { "a view" };
            self.wrong(&object, &view.history, say(format!("{name} is {kind}, not a table")));
        } else if let Some(foreign) = catalog.table(name) {
            let message = format!("{name} is a foreign table, not a table");
            self.wrong(&object, &foreign.history, say(message));
        } else if let Some(dropped) = catalog.last_drop(&object) {
            let message = format!("table {name} {}", last_event(&dropped.history));
            self.wrong(&object, &dropped.history, say(message));
        } else {
            let message = format!("table {name} does not exist: no migration creates it");
            let help = match self.similar_table() {
                Some(similar) => {
                    format!("create table {name} in a migration; did you mean {similar}?")
                }
                None => format!("create table {name} in a migration"),
            };
            let (finding, _) = finding(&object, &History::default(), Message { message, help });
            self.breaches.push((finding, None));
        }
    }

    /// The table whose name is nearly that of the rule.
    fn similar_table(&self) -> Option<String> {
        let tables = self.catalog().tables.iter();
        let own = tables.filter(|table| table.history.iter().any(|event| event.span.is_some()));
        let names: Vec<String> = own.map(|table| table.name.to_string()).collect();
        nearest(&self.name.to_string(), names.iter().map(String::as_str)).map(str::to_owned)
    }

    /// What keeps the rule from being decided where a migration is refused: a statement that was not applied
    /// and that would have touched the table, or what else the rule is about.
    fn unapplied(&self) -> Option<Finding> {
        let outcome = self.database.outcome;
        let failure = outcome.failure.as_ref()?;
        let touches = |reach: &Reach| {
            reach.touches(self.name) || self.also.iter().any(|name| reach.touches(name))
        };
        // Where nobody has looked, it is the statement that was refused.
        let span = if outcome.unapplied.is_empty() {
            failure.span
        } else {
            outcome.unapplied.iter().find(|statement| touches(&statement.reach))?.span
        };
        let name = self.name;
        let so = match self.catalog().table(name) {
            None => format!("table {name} is not made"),
            Some(_) => format!("what is to become of table {name} is not known"),
        };
        Some(refusal(self.files, failure, span, &format!("table {name}"), &so))
    }

    fn conclude(mut self) -> Judgement {
        let outcome = self.database.outcome;
        let former = former_names(self.catalog(), self.name);
        let touches = |gap: &&Gap| {
            touching_gap(&self.database, gap, self.name, &former)
                || self.also.iter().any(|name| gap.reach.touches(name))
        };
        let gaps: Vec<&Gap> = outcome.gaps.iter().filter(touches).collect();
        let is_said_once = |reach: &Reach| self.is_one_of_many && *reach == Reach::Everything;
        for gap in gaps.iter().filter(|gap| !is_said_once(&gap.reach)) {
            self.doubts.push(Finding {
                message: format!("a statement that may touch {} is not understood", self.name),
                primary: Some(Label { span: gap.span, text: gap.reason.to_string() }),
                labels: Vec::new(),
                help: WAYS_OUT.into(),
                object: format!("table {}", self.name),
            });
        }
        let unapplied = self.unapplied();
        self.doubts.extend(unapplied.clone());
        let fixable_by_migrations = unapplied.is_some();
        let fixable = |broken_by: Option<Span>| {
            fixable_by_migrations
                || gaps.iter().any(|gap| broken_by.is_none_or(|s| self.database.follows(gap, s)))
        };
        let breaches = self
            .breaches
            .into_iter()
            .map(|(finding, broken_by)| Breach { certain: !fixable(broken_by), finding })
            .collect();
        Judgement { breaches, doubts: self.doubts, evidence: self.evidence }
    }
}

/// The names that a table had before, each with the statement that ended it.
pub(super) fn former_names(catalog: &Catalog, name: &ObjectName) -> Vec<(ObjectName, Span)> {
    let Some(table) = catalog.table(name) else { return Vec::new() };
    let renames = table.history.iter().filter(|event| event.verb == ChangeKind::Renamed);
    renames
        .filter_map(|event| {
            let lost = catalog.dropped.iter().find(|lost| {
                lost.object.kind == ObjectKind::Table
                    && lost.history.last().is_some_and(|last| last.span == event.span)
            })?;
            Some((lost.object.of.clone(), event.span?))
        })
        .collect()
}

/// Whether a gap may have touched an object, under a name that it had at that time.
pub(super) fn touching_gap(
    database: &Database<'_>,
    gap: &Gap,
    name: &ObjectName,
    former: &[(ObjectName, Span)],
) -> bool {
    gap.reach.touches(name)
        || former
            .iter()
            .any(|(name, until)| gap.reach.touches(name) && !database.follows(gap, *until))
}

/// What keeps a rule from being decided where a migration is refused: the statement at `span` was not applied.
pub(super) fn refusal(
    files: &SourceMap,
    failure: &Failure,
    span: Span,
    object: &str,
    so: &str,
) -> Finding {
    let refused = Label {
        span: failure.span,
        text: format!("refused: {} ({})", failure.message, failure.sqlstate),
    };
    Finding {
        message: format!("{}, so that {so}", failure.describe(files)),
        // The sentence says all of it, so that the place needs no words.
        primary: Some(Label { span, text: String::new() }),
        labels: if span == failure.span { Vec::new() } else { vec![refused] },
        help: match failure.limit {
            None => "fix the statement that is refused".to_owned(),
            Some(_) => "run with a server that has what is missing".to_owned(),
        },
        object: object.to_owned(),
    }
}

/// The words of a finding.
pub(super) struct Message {
    /// One sentence that names the object.
    pub(super) message: String,
    /// One imperative line.
    pub(super) help: String,
}

/// Columns as SQL writes them.
pub(super) fn columns_sql(columns: &[String]) -> String {
    let quoted: Vec<_> = columns.iter().map(|column| quote_identifier(column)).collect();
    quoted.join(", ")
}

/// What happened to something that is no more, as in “table public.runs was dropped with …”.
pub(super) fn last_event(history: &History) -> String {
    match history.last() {
        Some(Event { verb: ChangeKind::Dropped, detail, .. }) if detail.is_empty() => {
            "was dropped".into()
        }
        Some(Event { verb, detail, .. }) if *verb != ChangeKind::Created => {
            format!("was {verb} {detail}").trim_end().to_owned()
        }
        _ => "does not exist".into(),
    }
}

/// A finding whose primary label is the latest statement of a history, with the statement itself.
fn finding(object: &ObjectRef, history: &History, say: Message) -> (Finding, Option<Span>) {
    let mut labels = labels(history);
    let primary = labels.pop();
    let broken_by = primary.as_ref().map(|label| label.span);
    let Message { message, help } = say;
    (Finding { message, primary, labels, help, object: object.to_string() }, broken_by)
}

/// The statements of a history that can be shown.
pub(super) fn labels(history: &History) -> Vec<Label> {
    history
        .iter()
        .filter_map(|Event { verb, span, detail }| {
            let text = format!("{verb} here {detail}").trim_end().to_owned();
            span.map(|span| Label { span, text })
        })
        .collect()
}

/// The creation alone, as what a part that never was could have been in.
pub(super) fn created(history: &History) -> History {
    let mut creation = History::default();
    if let Some(Event { verb, span, detail }) =
        history.iter().rfind(|event| event.verb == ChangeKind::Created)
    {
        creation.push(*verb, *span, detail.clone());
    }
    creation
}
