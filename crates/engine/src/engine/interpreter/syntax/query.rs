//! What PostgreSQL checks when it has read a part of a query or an expression.

use super::action::{Reduction, refuse};
use super::error::SyntaxError;
use super::token::{Kind, Token};

/// The tokens outside of parentheses and brackets, each with its place.
pub(super) fn outside(tokens: &[Token]) -> impl Iterator<Item = (usize, &Token)> {
    let mut depth = 0usize;
    tokens.iter().enumerate().filter(move |(_, token)| {
        if let Kind::Character(b')' | b']') = token.kind {
            depth = depth.saturating_sub(1);
        }
        let here = depth;
        if let Kind::Character(b'(' | b'[') = token.kind {
            depth += 1;
        }
        here == 0
    })
}

/// What commas part, outside of parentheses and brackets.
pub(super) fn list(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    let mut start = 0;
    let mut ends: Vec<usize> =
        outside(tokens).filter(|(_, token)| token.is_character(b',')).map(|(at, _)| at).collect();
    ends.push(tokens.len());
    ends.into_iter().map(move |end| {
        let item = tokens.get(start..end).unwrap_or_default();
        start = end + 1;
        item
    })
}

/// What is inside all parentheses that are around the tokens as a whole.
fn unwrapped(mut tokens: &[Token]) -> &[Token] {
    while let [first, inside @ .., last] = tokens
        && first.is_character(b'(')
        && last.is_character(b')')
        && outside(tokens).count() == 2
    {
        tokens = inside;
    }
    tokens
}

/// Which clauses of a query stand among the tokens, outside of parentheses.
#[derive(Default)]
struct Clauses {
    with: bool,
    order: bool,
    limit: bool,
    offset: bool,
    ties: bool,
    skip_locked: bool,
}

fn clauses(r: &Reduction<'_>, tokens: &[Token]) -> Clauses {
    let mut found = Clauses::default();
    let mut before: Option<&Token> = None;
    for (at, token) in outside(tokens) {
        // After AS or a dot, any keyword is a name.
        let is_name = before.is_some_and(|t| r.is(t, "as") || t.is_character(b'.'));
        before = Some(token);
        if !matches!(token.kind, Kind::Keyword(_)) || is_name {
            continue;
        }
        let follows = |word| tokens.get(at + 1).is_some_and(|token| r.is(token, word));
        found.with |= at == 0 && r.is(token, "with");
        found.order |= r.is(token, "order") && follows("by");
        found.limit |= (r.is(token, "limit") && !follows("all"))
            || (r.is(token, "fetch") && (follows("first") || follows("next")));
        found.offset |= r.is(token, "offset");
        found.ties |= r.is(token, "with") && follows("ties");
        found.skip_locked |= r.is(token, "skip") && follows("locked");
    }
    found
}

/// A query in parentheses has no clause again outside of them.
pub(super) fn repeated_clauses(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let parts = || (0..r.bounds.len().saturating_sub(1)).map(|number| r.part(number));
    // Its WITH clause is the first part, if it has one; the query itself the next.
    let has_with = parts().next().is_some_and(|part| {
        part.first().is_some_and(|token| r.is(token, "with") || r.is(token, "with_la"))
    });
    let core = r.part(usize::from(has_with));
    let rest = r.tokens.get(
        r.bounds.get(usize::from(has_with) + 1).map_or(0, |at| *at as usize)
            ..r.bounds.last().map_or(0, |at| *at as usize),
    );
    let (rest, own) = (rest.unwrap_or_default(), clauses(r, rest.unwrap_or_default()));
    let inside = unwrapped(core);
    let inner = if inside.len() < core.len() { clauses(r, inside) } else { Clauses::default() };
    let refusals = [
        (own.order && inner.order, "multiple ORDER BY clauses not allowed"),
        (own.offset && inner.offset, "multiple OFFSET clauses not allowed"),
        (own.limit && inner.limit, "multiple LIMIT clauses not allowed"),
        (
            own.ties && !own.order && !inner.order,
            "WITH TIES cannot be specified without ORDER BY clause",
        ),
        (own.ties && own.skip_locked, "SKIP LOCKED and WITH TIES options cannot be used together"),
    ];
    for (refused, message) in refusals {
        if refused {
            return refuse(rest, "42601", message);
        }
    }
    if has_with && inner.with {
        return refuse(r.part(0), "42601", "multiple WITH clauses not allowed");
    }
    Ok(())
}

/// Where a window's frame begins or ends.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Bound {
    UnboundedPreceding,
    Preceding,
    CurrentRow,
    Following,
    UnboundedFollowing,
}

fn bound(r: &Reduction<'_>, tokens: &[Token]) -> Bound {
    let [first, .., last] = tokens else { return Bound::CurrentRow };
    let unbounded = tokens.len() == 2 && r.is(first, "unbounded");
    match (r.is(last, "preceding"), r.is(last, "following")) {
        (true, _) if unbounded => Bound::UnboundedPreceding,
        (true, _) => Bound::Preceding,
        (_, true) if unbounded => Bound::UnboundedFollowing,
        (_, true) => Bound::Following,
        _ => Bound::CurrentRow,
    }
}

/// A frame that ends with the current row begins no later.
pub(super) fn frame_start(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    match bound(r, r.part(0)) {
        Bound::UnboundedFollowing => {
            refuse(r.part(0), "42P20", "frame start cannot be UNBOUNDED FOLLOWING")
        }
        Bound::Following => {
            let message = "frame starting from following row cannot end with current row";
            refuse(r.part(0), "42P20", message)
        }
        _ => Ok(()),
    }
}

/// A frame ends no earlier than it begins.
pub(super) fn frame(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let message = match (bound(r, r.part(1)), bound(r, r.part(3))) {
        (Bound::UnboundedFollowing, _) => {
            let message = "frame start cannot be UNBOUNDED FOLLOWING";
            return refuse(r.part(1), "42P20", message);
        }
        (_, Bound::UnboundedPreceding) => "frame end cannot be UNBOUNDED PRECEDING",
        (Bound::CurrentRow, Bound::Preceding) => {
            "frame starting from current row cannot have preceding rows"
        }
        (Bound::Following, Bound::Preceding | Bound::CurrentRow) => {
            "frame starting from following row cannot have preceding rows"
        }
        _ => return Ok(()),
    };
    refuse(r.part(3), "42P20", message)
}

/// What WITHIN GROUP orders cannot be ordered, distinct or VARIADIC as well.
pub(super) fn within_group(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    if r.part(1).is_empty() {
        return Ok(());
    }
    let call = r.part(0);
    let open = call.iter().position(|token| token.is_character(b'('));
    let arguments = open.and_then(|open| call.get(open + 1..call.len().saturating_sub(1)));
    for (at, token) in outside(arguments.unwrap_or_default()) {
        let message = if r.is(token, "order") {
            "cannot use multiple ORDER BY clauses with WITHIN GROUP"
        } else if at == 0 && r.is(token, "distinct") {
            "cannot use DISTINCT with WITHIN GROUP"
        } else if r.is(token, "variadic") {
            "cannot use VARIADIC with WITHIN GROUP"
        } else {
            continue;
        };
        return refuse(r.part(1), "42601", message);
    }
    Ok(())
}

/// The modifiers of a type before a string have neither names nor an order.
pub(super) fn constant(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    for argument in list(r.part(2)) {
        let named = argument
            .get(1)
            .is_some_and(|token| matches!(token.kind, Kind::EqualsGreater | Kind::ColonEquals));
        if named {
            return refuse(argument, "42601", "type modifier cannot have parameter name");
        }
    }
    if !r.part(3).is_empty() {
        return refuse(r.part(3), "42601", "type modifier cannot have ORDER BY");
    }
    Ok(())
}

/// OVERLAPS is of two periods of two values each.
pub(super) fn overlaps(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    for (number, side) in [(0, "left"), (2, "right")] {
        let row = r.part(number);
        let open = row.iter().position(|token| token.is_character(b'(')).unwrap_or(0);
        let inside = row.get(open + 1..row.len().saturating_sub(1)).unwrap_or_default();
        if inside.is_empty() || list(inside).count() != 2 {
            let message =
                format!("wrong number of parameters on {side} side of OVERLAPS expression");
            return refuse(row, "42601", message);
        }
    }
    Ok(())
}

/// Options of a column of XMLTABLE: `DEFAULT` and `PATH`, once each.
pub(super) fn xml_column(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let options = r.part(2);
    let first = options.first().filter(|token| token.kind == Kind::Identifier);
    let Some(name) = first.map(|token| r.name(token)) else { return Ok(()) };
    if name == "path" {
        return Ok(());
    }
    refuse(options, "42601", format!("unrecognized column option \"{name}\""))
}

/// A recursive view cannot check what is written to it.
pub(super) fn recursive_view(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let option = r.tokens_before_end(0);
    let head = r.all().iter().take(5);
    if option.is_empty() || !head.into_iter().any(|token| r.is(token, "recursive")) {
        return Ok(());
    }
    refuse(option, "0A000", "WITH CHECK OPTION not supported on recursive views")
}

/// Before 16, a query in FROM has a name.
pub(super) fn alias(r: &Reduction<'_>, query: usize) -> Result<(), SyntaxError> {
    if !r.part(query + 1).is_empty() {
        return Ok(());
    }
    let first = unwrapped(r.part(query)).first();
    let what = if first.is_some_and(|token| r.is(token, "values")) { "VALUES" } else { "subquery" };
    refuse(r.part(query), "42601", format!("{what} in FROM must have an alias"))
}
