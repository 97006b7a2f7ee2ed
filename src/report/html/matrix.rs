use std::collections::BTreeSet;

use maud::{Markup, html as markup};

use crate::access::{Access, ActorAccess, Attacked, Cell, RowAccess, Verdict};
use crate::catalog::ObjectName;
use crate::report::access::{conclusion, headline, remarks, word};
use crate::report::printable::printable;

/// Who can reach which rows of each table that was attacked.
pub(super) fn matrices(attacked: &[Attacked]) -> Markup {
    markup! {
        @if !attacked.is_empty() {
            section {
                h2 { "Who can reach which rows" }
                p class="faint" {
                    "Tried in a database of its own with rows of two owners. No verdict above rests on it."
                }
                @for Attacked { table, outcome } in attacked {
                    article id=(anchor(table)) {
                        @match outcome {
                            Ok(access) => (matrix(access)),
                            Err(error) => {
                                h3 { (printable(&table.to_string())) }
                                p class="message undecided" { "❓ It could not be tried: " (printable(error)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Where to look up who can reach the rows of the tables that a rule is about.
pub(super) fn links(attacked: &[Attacked], tables: &BTreeSet<ObjectName>) -> Markup {
    markup! {
        @for Attacked { table, .. } in attacked.iter().filter(|attacked| tables.contains(&attacked.table)) {
            p class="see" { a href={ "#" (anchor(table)) } { "Who can reach which rows of " (printable(&table.to_string())) } }
        }
    }
}

/// An id of HTML has no white space, and one of a rule no colon.
fn anchor(table: &ObjectName) -> String {
    let name = table.to_string();
    format!("access:{}", printable(&name).replace(char::is_whitespace, "_"))
}

fn matrix(access: &Access) -> Markup {
    let class = match access.verdict() {
        Verdict::Holds => "holds",
        Verdict::Leaks => "violated",
        Verdict::Undecided => "undecided",
    };
    markup! {
        h3 { (headline(access)) }
        p class={ "message " (class) } { (conclusion(access)) }
        div class="scroll" {
            table class="access" {
                thead { tr { th { "Who" } th { "Select" } th { "Insert" } th { "Update" } th { "Delete" } } }
                tbody {
                    @for actor in &access.actors {
                        tr {
                            th scope="row" { (printable(&actor.name)) }
                            @for (_, cell) in actor.cells() { td class=(class_of(actor, cell)) { (word(cell.reach)) } }
                        }
                    }
                }
            }
        }
        @let remarks = remarks(access);
        @if !remarks.is_empty() { ul class="remarks" { @for remark in &remarks { li { (remark) } } } }
    }
}

fn class_of(actor: &ActorAccess, cell: &Cell) -> &'static str {
    match cell.reach {
        RowAccess::None => "faint",
        RowAccess::Error => "undecided",
        RowAccess::SomeRows | RowAccess::AllRows if actor.is_visitor => "violated",
        RowAccess::OwnRows | RowAccess::SomeRows | RowAccess::AllRows => "",
    }
}
