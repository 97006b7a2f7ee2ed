use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::printable::printable;
use crate::access::{Access, Attacked, RowAccess, Verdict};
use crate::catalog::ObjectName;

/// For people: who can reach which rows.
///
/// # Errors
/// If the writer fails.
pub fn access_text(access: &Access, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n", headline(access))?;
    let name_width =
        access.actors.iter().map(|actor| actor.name.chars().count()).max().unwrap_or_default();
    let name_width = name_width.max("role".len());
    let row = |name: &str, cells: [&str; 4]| {
        let [select, insert, update, delete] = cells;
        let line = format!("{name:<name_width$}  {select:<9}  {insert:<9}  {update:<9}  {delete}");
        line.trim_end().to_owned()
    };
    writeln!(out, "{}", row("role", ["select", "insert", "update", "delete"]))?;
    for actor in &access.actors {
        let cells = actor.cells().map(|(_, cell)| word(cell.reach));
        writeln!(out, "{}", row(&printable(&actor.name), cells))?;
    }
    writeln!(out)?;
    for remark in remarks(access) {
        writeln!(out, "{remark}")?;
    }
    writeln!(out, "{}", conclusion(access))
}

/// For people who read Markdown: the same as a table.
///
/// # Errors
/// If the writer fails.
pub fn access_markdown(access: &Access, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", headline(access))?;
    writeln!(out, "| role | select | insert | update | delete |")?;
    writeln!(out, "| --- | --- | --- | --- | --- |")?;
    for actor in &access.actors {
        let [select, insert, update, delete] = actor.cells().map(|(_, cell)| word(cell.reach));
        let name = printable(&actor.name).replace('|', "\\|");
        writeln!(out, "| {name} | {select} | {insert} | {update} | {delete} |")?;
    }
    writeln!(out)?;
    for remark in remarks(access) {
        writeln!(out, "- {}", remark.replace('|', "\\|"))?;
    }
    writeln!(out, "\n{}", conclusion(access))
}

/// For programs: one JSON object.
///
/// # Errors
/// If the writer fails.
pub fn access_json(access: &Access, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &MatrixJson::of(access))?;
    writeln!(out)
}

#[derive(Serialize, JsonSchema)]
pub(super) struct MatrixJson<'a> {
    verdict: Verdict,
    #[serde(flatten)]
    access: &'a Access,
}

impl<'a> MatrixJson<'a> {
    fn of(access: &'a Access) -> Self {
        Self { verdict: access.verdict(), access }
    }
}

/// What came of attacking a table, for programs.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Access")]
#[serde(untagged)]
pub(super) enum AccessJson<'a> {
    /// Who got at which rows.
    Tried(MatrixJson<'a>),
    /// It could not be tried.
    Failed {
        table: &'a ObjectName,
        /// Why.
        error: &'a str,
    },
}

impl<'a> AccessJson<'a> {
    pub(super) fn of(attacked: &'a Attacked) -> Self {
        match &attacked.outcome {
            Ok(access) => Self::Tried(MatrixJson::of(access)),
            Err(error) => Self::Failed { table: &attacked.table, error },
        }
    }
}

/// What was attacked.
pub(super) fn headline(access: &Access) -> String {
    let state = if access.row_level_security { "enabled" } else { "not enabled" };
    let owner = if access.has_owner {
        ""
    } else {
        "; no column says whose a row is, so that it has no owner"
    };
    format!(
        "{}: row-level security is {state}, {} rows{owner}",
        printable(&access.table.to_string()),
        access.rows
    )
}

/// Whose rows, in words.
pub(super) fn word(reach: RowAccess) -> &'static str {
    match reach {
        RowAccess::None => "none",
        RowAccess::OwnRows => "own rows",
        RowAccess::SomeRows => "some rows",
        RowAccess::AllRows => "all rows",
        RowAccess::Error => "error",
    }
}

/// What a cell alone does not tell: leaked rows, errors, rows that could not be made.
pub(super) fn remarks(access: &Access) -> Vec<String> {
    let mut remarks = Vec::new();
    for (actor, command, cell) in access.leaks() {
        let row = cell.witness.as_ref().map(|row| format!(": {}", printable(&row.to_string())));
        let (row, name) = (row.unwrap_or_default(), printable(&actor.name));
        let whose = if access.has_owner { "the row of another owner" } else { "a row" };
        remarks.push(format!("❌ {name} can {command} {whose}{row}"));
    }
    for actor in &access.actors {
        for (command, cell) in
            actor.cells().into_iter().filter(|(_, c)| c.reach == RowAccess::Error)
        {
            let said = cell.said.as_deref().unwrap_or_default();
            let name = printable(&actor.name);
            remarks.push(format!("❓ {name} {command}: {}", printable(said)));
        }
    }
    for unseeded in &access.unseeded {
        remarks.push(format!(
            "❓ no row of {} could be made in {}: {}",
            unseeded.owner,
            printable(&unseeded.table.to_string()),
            printable(&unseeded.reason)
        ));
    }
    remarks
}

/// What it comes to, in words.
pub(super) fn conclusion(access: &Access) -> &'static str {
    match access.verdict() {
        Verdict::Holds => "✅ No visitor can reach a row of somebody else",
        Verdict::Leaks if !access.has_owner => "❌ A visitor can reach rows that are nobody's own",
        Verdict::Leaks => "❌ A visitor can reach a row of somebody else",
        Verdict::Undecided => "❓ Not everything could be tried",
    }
}
