//! What PostgreSQL checks when it has read a part of a statement: the errors in the actions of `gram.y`.

use std::ops::Range;

use super::error::SyntaxError;
use super::token::{Kind, Token};
use super::{query, table};

/// A check of a part of a statement.
pub(super) type Action = fn(&Reduction<'_>) -> Result<(), SyntaxError>;

/// A rule of the grammar whose right side was read.
pub(super) struct Reduction<'a> {
    /// The whole text.
    pub(super) text: &'a str,
    /// All tokens.
    pub(super) tokens: &'a [Token],
    /// Where each symbol of the right side begins, and where the last one ends.
    pub(super) bounds: &'a [u32],
}

impl<'a> Reduction<'a> {
    /// The tokens of a symbol of the right side, counted from 0.
    pub(super) fn part(&self, number: usize) -> &'a [Token] {
        let bound = |number: usize| self.bounds.get(number).map_or(0, |bound| *bound as usize);
        self.tokens.get(bound(number)..bound(number + 1)).unwrap_or_default()
    }

    /// The tokens of the symbol that stands `back` before the last one.
    pub(super) fn tokens_before_end(&self, back: usize) -> &'a [Token] {
        (self.bounds.len().saturating_sub(2))
            .checked_sub(back)
            .map_or(&[], |number| self.part(number))
    }

    /// All tokens of the right side.
    pub(super) fn all(&self) -> &'a [Token] {
        let bound = |bound: Option<&u32>| bound.map_or(0, |bound| *bound as usize);
        self.tokens.get(bound(self.bounds.first())..bound(self.bounds.last())).unwrap_or_default()
    }

    /// The token that comes next.
    pub(super) fn next(&self) -> Range<usize> {
        let next = self.bounds.last().and_then(|next| self.tokens.get(*next as usize));
        next.map_or(self.text.len()..self.text.len(), |token| token.range())
    }

    /// Whether a token is this keyword.
    pub(super) fn is(&self, token: &Token, keyword: &str) -> bool {
        token.is(self.text, keyword)
    }

    /// Whether there is this keyword among the tokens.
    pub(super) fn has(&self, tokens: &[Token], keyword: &str) -> bool {
        tokens.iter().any(|token| self.is(token, keyword))
    }

    /// A name as the server keeps it.
    pub(super) fn name(&self, token: &Token) -> String {
        let text = token.text(self.text);
        match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => text.to_ascii_lowercase(),
        }
    }
}

/// An error at the first of some tokens.
pub(super) fn refuse<T>(
    tokens: &[Token],
    sqlstate: &'static str,
    message: impl Into<String>,
) -> Result<T, SyntaxError> {
    let range = tokens.first().map_or(0..0, |token| token.range());
    Err(SyntaxError::new(range, sqlstate, message))
}

/// Which rules of the grammar have a check. A rule is written as `left: right`; an asterisk at its end stands
/// for any symbols more.
const ACTIONS: &[(&str, Action)] = &[
    ("AlterOptRoleElem: IDENT", role_option),
    ("AlterOptRoleElem: UNENCRYPTED PASSWORD Sconst", |r| {
        refuse(r.part(0), "0A000", "UNENCRYPTED PASSWORD is no longer supported")
    }),
    ("CreateSchemaStmt: CREATE SCHEMA IF_P NOT EXISTS*", schema_elements),
    ("alter_identity_column_option: SET SeqOptElem", sequence_option),
    ("PartitionBoundSpec: FOR VALUES WITH*", hash_bound),
    ("CopyStmt: COPY opt_binary qualified_name*", copy_table),
    ("CopyStmt: COPY '(' PreparableStmt*", |r| standard_program(r, 5)),
    ("key_match: MATCH PARTIAL", |r| {
        refuse(r.part(0), "0A000", "MATCH PARTIAL not yet implemented")
    }),
    ("create_extension_opt_item: FROM NonReservedWord_or_Sconst", |r| {
        refuse(r.part(0), "0A000", "CREATE EXTENSION ... FROM is no longer supported")
    }),
    ("RowSecurityDefaultPermissive: AS IDENT", row_security_option),
    ("CreateTrigStmt: CREATE opt_or_replace CONSTRAINT TRIGGER*", constraint_trigger),
    ("TriggerEvents: TriggerEvents OR TriggerOneEvent", trigger_events),
    ("CreateAssertionStmt: CREATE ASSERTION*", |r| {
        refuse(r.part(0), "0A000", "CREATE ASSERTION is not yet implemented")
    }),
    ("oper_argtypes: '(' Typename ')'", |r| refuse(r.part(2), "42601", "missing argument")),
    (
        "CreateFunctionStmt: CREATE opt_or_replace FUNCTION func_name func_args_with_defaults RETURNS TABLE*",
        table_function,
    ),
    ("aggregate_with_argtypes: func_name aggr_args", |r| output_arguments(r, 1)),
    ("DefineStmt: CREATE opt_or_replace AGGREGATE func_name aggr_args*", |r| {
        output_arguments(r, 4)
    }),
    ("aggr_args: '(' aggr_args_list ORDER BY aggr_args_list ')'", ordered_arguments),
    ("RoleId: RoleSpec", role_name),
    ("RoleSpec: NonReservedWord", role),
    ("CreatePublicationStmt: CREATE PUBLICATION name FOR pub_obj_list*", |r| publication(r, 4)),
    ("AlterPublicationStmt: ALTER PUBLICATION name ADD_P pub_obj_list", |r| publication(r, 4)),
    ("AlterPublicationStmt: ALTER PUBLICATION name SET pub_obj_list", |r| publication(r, 4)),
    ("AlterPublicationStmt: ALTER PUBLICATION name DROP pub_obj_list", |r| publication(r, 4)),
    ("qualified_name: ColId indirection", qualified_name),
    ("func_name: ColId indirection", |r| plain_names(r, r.part(1))),
    ("columnref: ColId indirection", |r| star_at_the_end(r, r.part(1))),
    ("opt_float: '(' Iconst ')'", float_precision),
    ("AlterCompositeTypeStmt: ALTER TYPE_P any_name*", any_relation_name),
    ("DefineStmt: CREATE TYPE_P any_name AS '('*", any_relation_name),
    // Of tables and types.
    ("ConstraintAttributeSpec: ConstraintAttributeSpec ConstraintAttributeElem", table::attributes),
    ("ConstraintElem: CHECK '(' a_expr ')' ConstraintAttributeSpec", |r| {
        table::allowed(r, "CHECK", &["not valid", "no inherit", "not enforced", "enforced"])
    }),
    ("ConstraintElem: NOT NULL_P ColId ConstraintAttributeSpec", |r| {
        table::allowed(r, "NOT NULL", &["not valid", "no inherit"])
    }),
    ("ConstraintElem: UNIQUE*", |r| table::allowed(r, "UNIQUE", table::DEFERRABLE)),
    ("ConstraintElem: PRIMARY KEY*", |r| table::allowed(r, "PRIMARY KEY", table::DEFERRABLE)),
    ("ConstraintElem: EXCLUDE*", |r| table::allowed(r, "EXCLUDE", table::DEFERRABLE)),
    ("ConstraintElem: FOREIGN KEY*", |r| table::allowed(r, "FOREIGN KEY", table::FOREIGN_KEY)),
    ("DomainConstraintElem: CHECK '(' a_expr ')' ConstraintAttributeSpec", |r| {
        table::allowed(r, "CHECK", &["not valid"])
    }),
    ("ColConstraintElem: GENERATED generated_when AS '('*", table::generated),
    ("key_update: ON UPDATE key_action", table::key_update),
    ("columnDef: *", table::collations),
    ("columnOptions: *", table::collations),
    ("CreateDomainStmt: *", table::collations),
    // Of queries and expressions.
    ("select_no_parens: *", query::repeated_clauses),
    ("limit_clause: LIMIT select_limit_value ',' select_offset_value", |r| {
        refuse(r.part(0), "42601", "LIMIT #,# syntax is not supported")
    }),
    ("frame_extent: frame_bound", query::frame_start),
    ("frame_extent: BETWEEN frame_bound AND frame_bound", query::frame),
    ("func_expr: func_application within_group_clause*", query::within_group),
    ("AexprConst: func_name '(' func_arg_list opt_sort_clause ')' Sconst", query::constant),
    ("a_expr: row OVERLAPS row", query::overlaps),
    ("a_expr: UNIQUE*", |r| refuse(r.part(0), "0A000", "UNIQUE predicate is not yet implemented")),
    ("xmltable_column_el: ColId Typename xmltable_column_option_list", query::xml_column),
    ("ViewStmt: *", query::recursive_view),
];

/// The same, of PostgreSQL up to 15.
const ACTIONS_BEFORE_16: &[(&str, Action)] = &[
    ("table_ref: select_with_parens opt_alias_clause", |r| query::alias(r, 0)),
    ("table_ref: LATERAL_P select_with_parens opt_alias_clause", |r| query::alias(r, 1)),
    ("opt_recheck: RECHECK", |r| refuse(r.part(0), "0A000", "RECHECK is no longer required")),
];

fn candidates(version: u8, left: &str) -> impl Iterator<Item = &'static (&'static str, Action)> {
    let older = if version < 16 { ACTIONS_BEFORE_16 } else { &[] };
    ACTIONS
        .iter()
        .chain(older)
        .filter(move |(rule, _)| rule.strip_prefix(left).is_some_and(|rest| rest.starts_with(':')))
}

/// Whether some rule with that left side has a check.
pub(super) fn has_rules(version: u8, left: &str) -> bool {
    candidates(version, left).next().is_some()
}

/// The check of a rule.
pub(super) fn of_rule(version: u8, left: &str, right: &str) -> Option<Action> {
    let rule = format!("{left}: {right}");
    let mut found =
        candidates(version, left).filter(|(pattern, _)| match pattern.strip_suffix('*') {
            Some(start) => rule.starts_with(start),
            None => rule == *pattern,
        });
    found.next().map(|(_, action)| *action)
}

fn role_option(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    const OPTIONS: [&str; 13] = [
        "superuser",
        "nosuperuser",
        "createrole",
        "nocreaterole",
        "replication",
        "noreplication",
        "createdb",
        "nocreatedb",
        "login",
        "nologin",
        "bypassrls",
        "nobypassrls",
        "noinherit",
    ];
    let name = r.part(0).first().map(|token| r.name(token)).unwrap_or_default();
    if OPTIONS.contains(&name.as_str()) {
        return Ok(());
    }
    refuse(r.part(0), "42601", format!("unrecognized role option \"{name}\""))
}

fn schema_elements(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    if r.tokens_before_end(0).is_empty() {
        return Ok(());
    }
    refuse(
        r.tokens_before_end(0),
        "0A000",
        "CREATE SCHEMA IF NOT EXISTS cannot include schema elements",
    )
}

fn sequence_option(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let option = r.part(1);
    let first = option.first().map(|token| r.name(token)).unwrap_or_default();
    let name = match first.as_str() {
        "as" => "as",
        "restart" => "restart",
        "owned" => "owned_by",
        _ => return Ok(()),
    };
    let message = format!("sequence option \"{name}\" not supported here");
    refuse(option, "42601", message)
}

fn hash_bound(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let (mut modulus, mut remainder) = (false, false);
    for part in r.part(4).split(|token| token.is_character(b',')) {
        let name = part.first().map(|token| r.name(token)).unwrap_or_default();
        let seen = match name.as_str() {
            "modulus" => &mut modulus,
            "remainder" => &mut remainder,
            _ => {
                let message = format!("unrecognized hash partition bound specification \"{name}\"");
                return refuse(part, "42601", message);
            }
        };
        if std::mem::replace(seen, true) {
            let message = format!("{name} for hash partition provided more than once");
            return refuse(part, "42710", message);
        }
    }
    for (given, name) in [(modulus, "modulus"), (remainder, "remainder")] {
        if !given {
            let message = format!("{name} for hash partition must be specified");
            return refuse(r.part(2), "42601", message);
        }
    }
    Ok(())
}

fn copy_table(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    standard_program(r, 5)?;
    if r.has(r.part(4), "to") && !r.tokens_before_end(0).is_empty() {
        return refuse(r.tokens_before_end(0), "42601", "WHERE clause not allowed with COPY TO");
    }
    Ok(())
}

fn standard_program(r: &Reduction<'_>, program: usize) -> Result<(), SyntaxError> {
    let is_file = r.part(program + 1).first().is_some_and(|token| token.kind == Kind::String);
    if r.part(program).is_empty() || is_file {
        return Ok(());
    }
    refuse(r.part(program), "42601", "STDIN/STDOUT not allowed with PROGRAM")
}

fn row_security_option(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let name = r.part(1).first().map(|token| r.name(token)).unwrap_or_default();
    if matches!(name.as_str(), "permissive" | "restrictive") {
        return Ok(());
    }
    refuse(r.part(1), "42601", format!("unrecognized row security option \"{name}\""))
}

fn constraint_trigger(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    if !r.part(1).is_empty() {
        let message = "CREATE OR REPLACE CONSTRAINT TRIGGER is not supported";
        return refuse(r.part(1), "0A000", message);
    }
    table::allowed_of(r, r.part(10), "TRIGGER", table::DEFERRABLE)
}

fn trigger_events(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let event = r.part(2).first().map(|token| r.name(token)).unwrap_or_default();
    let repeated = r
        .part(0)
        .split(|token| r.is(token, "or"))
        .any(|events| events.first().is_some_and(|token| r.name(token) == event));
    if repeated {
        let message = "duplicate trigger events specified";
        return Err(SyntaxError::near(r.text, r.next(), message));
    }
    Ok(())
}

fn table_function(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    if has_output(r, r.part(4)) {
        let message = "OUT and INOUT arguments aren't allowed in TABLE functions";
        return refuse(r.part(4), "42601", message);
    }
    Ok(())
}

fn output_arguments(r: &Reduction<'_>, number: usize) -> Result<(), SyntaxError> {
    if has_output(r, r.part(number)) {
        return refuse(r.part(number), "0A000", "aggregates cannot have output arguments");
    }
    Ok(())
}

/// An aggregate that orders and takes any number of direct arguments orders these, too.
fn ordered_arguments(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let last_direct = query::list(r.part(1)).last().unwrap_or_default();
    let ordered: Vec<&[Token]> = query::list(r.part(4)).collect();
    // What ends their types is compared: the name of an argument does not matter.
    let end = |argument: &[Token]| argument.last().map(|token| r.name(token));
    let is_variadic = |argument: &[Token]| r.has(argument, "variadic");
    let fits = match ordered.as_slice() {
        [one] => is_variadic(one) && end(one) == end(last_direct),
        _ => false,
    };
    if !is_variadic(last_direct) || fits {
        return Ok(());
    }
    let message = "an ordered-set aggregate with a VARIADIC direct argument must have one VARIADIC \
        aggregated argument of the same data type";
    refuse(r.part(4), "0A000", message)
}

/// Whether an argument is OUT or INOUT: the word begins an argument, or follows its name, and is no name itself,
/// since it is reserved as one.
fn has_output(r: &Reduction<'_>, arguments: &[Token]) -> bool {
    let mut depth = 0usize;
    let mut at = 0usize;
    for token in arguments {
        match token.kind {
            Kind::Character(b'(' | b'[') => {
                depth += 1;
                at = 0;
                continue;
            }
            Kind::Character(b')' | b']') => depth = depth.saturating_sub(1),
            Kind::Character(b',') => {
                at = 0;
                continue;
            }
            _ => {}
        }
        if depth == 1 && at < 2 && (r.is(token, "out") || r.is(token, "inout")) {
            return true;
        }
        at += 1;
    }
    false
}

fn role_name(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let Some(token) = r.part(0).first() else { return Ok(()) };
    if r.name(token) == "public" {
        return refuse(r.part(0), "42939", "role name \"public\" is reserved");
    }
    for keyword in ["session_user", "current_user", "current_role"] {
        if r.is(token, keyword) {
            let name = keyword.to_ascii_uppercase();
            let message = format!("{name} cannot be used as a role name here");
            return refuse(r.part(0), "42939", message);
        }
    }
    Ok(())
}

fn role(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    if r.part(0).first().is_some_and(|token| r.name(token) == "none") {
        return refuse(r.part(0), "42939", "role name \"none\" is reserved");
    }
    Ok(())
}

/// What a publication holds: an object without TABLE or TABLES IN SCHEMA is of the kind of the one before it.
fn publication(r: &Reduction<'_>, list: usize) -> Result<(), SyntaxError> {
    #[derive(Clone, Copy, PartialEq)]
    enum Objects {
        Tables,
        Schemas,
    }
    let mut kind = None;
    for object in query::list(r.part(list)) {
        let word = |number: usize, word| object.get(number).is_some_and(|t| r.is(t, word));
        // A table or schema may be called `table` or `tables` only in quotes, and CURRENT_SCHEMA is a schema.
        let (own, rest) = if word(0, "table") {
            (Some(Objects::Tables), object.get(1..))
        } else if word(0, "tables") && word(1, "in") && word(2, "schema") {
            (Some(Objects::Schemas), object.get(3..))
        } else {
            (None, Some(object))
        };
        let rest = rest.unwrap_or_default();
        let Some(of) = own.or(kind) else {
            return refuse(object, "42601", "invalid publication object list");
        };
        kind = Some(of);
        if of == Objects::Tables {
            if own.is_none() && rest.first().is_some_and(|t| r.is(t, "current_schema")) {
                return refuse(object, "42601", "invalid table name");
            }
        } else if r.has(rest, "where") {
            return refuse(object, "42601", "WHERE clause not allowed for schema");
        } else if rest.iter().any(|token| token.is_character(b'(')) {
            return refuse(object, "42601", "column specification not allowed for schema");
        } else if rest.len() > 1 {
            return refuse(object, "42601", "invalid schema name");
        }
    }
    Ok(())
}

/// A name of at most three parts, none of which is an asterisk or a subscript.
fn qualified_name(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    plain_names(r, r.part(1))?;
    too_many_parts(r, r.all())
}

fn plain_names(r: &Reduction<'_>, indirection: &[Token]) -> Result<(), SyntaxError> {
    let is_plain = |token: &Token| !matches!(token.kind, Kind::Character(b'[' | b'*'));
    if indirection.iter().all(is_plain) {
        return Ok(());
    }
    Err(SyntaxError::near(r.text, r.next(), "syntax error"))
}

fn too_many_parts(r: &Reduction<'_>, name: &[Token]) -> Result<(), SyntaxError> {
    let parts: Vec<String> =
        name.iter().filter(|t| !t.is_character(b'.')).map(|token| r.name(token)).collect();
    if parts.len() <= 3 {
        return Ok(());
    }
    let name_list = parts.join(".");
    let message = format!("improper qualified name (too many dotted names): {name_list}");
    refuse(name, "42601", message)
}

fn any_relation_name(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    too_many_parts(r, r.part(2))
}

/// An asterisk ends the parts of a name.
fn star_at_the_end(r: &Reduction<'_>, indirection: &[Token]) -> Result<(), SyntaxError> {
    let mut depth = 0usize;
    for (at, token) in indirection.iter().enumerate() {
        match token.kind {
            Kind::Character(b'[' | b'(') => depth += 1,
            Kind::Character(b']' | b')') => depth = depth.saturating_sub(1),
            Kind::Character(b'*') if depth == 0 && at + 1 < indirection.len() => {
                return Err(SyntaxError::near(r.text, r.next(), "improper use of \"*\""));
            }
            _ => {}
        }
    }
    Ok(())
}

fn float_precision(r: &Reduction<'_>) -> Result<(), SyntaxError> {
    let bits = r.part(1).first().map_or("", |token| token.text(r.text));
    match bits.parse::<u32>() {
        Ok(0) => {
            let message = "precision for type float must be at least 1 bit";
            refuse(r.part(1), "22023", message)
        }
        Ok(54..) => {
            let message = "precision for type float must be less than 54 bits";
            refuse(r.part(1), "22023", message)
        }
        _ => Ok(()),
    }
}
