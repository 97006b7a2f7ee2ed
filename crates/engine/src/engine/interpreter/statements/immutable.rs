//! Expressions whose value must not change: those of indexes and of generated columns.
//!
//! What is listed here is STABLE or VOLATILE in `pg_proc`, whatever its arguments are or for those types
//! alone that are told apart.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, ObjectName, Visit, Visitor};

use crate::engine::interpreter::analyze::arguments;
use crate::engine::interpreter::model::{Function, Model, Oid};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Functions of the server that are not immutable whatever their arguments are, sorted.
const CHANGING: &[&str] = &[
    "array_to_json",
    "array_to_string",
    "clock_timestamp",
    "concat",
    "concat_ws",
    "convert_from",
    "convert_to",
    "current_catalog",
    "current_database",
    "current_date",
    "current_query",
    "current_role",
    "current_schema",
    "current_schemas",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "currval",
    "enum_first",
    "enum_last",
    "enum_range",
    "format",
    "gen_random_uuid",
    "json_build_array",
    "json_build_object",
    "json_populate_record",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_populate_record",
    "lastval",
    "localtime",
    "localtimestamp",
    "make_timestamptz",
    "nextval",
    "now",
    "pg_backend_pid",
    "pg_sleep",
    "pg_typeof",
    "random",
    "row_to_json",
    "session_user",
    "set_config",
    "setval",
    "statement_timestamp",
    "timeofday",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "transaction_timestamp",
    "txid_current",
    "user",
    "version",
];

/// Types whose output functions are STABLE.
const STABLE_OUTPUT: [Oid; 3] = [Oid::DATE, Oid::TIMESTAMP, Oid::TIMESTAMPTZ];

/// Types whose input functions are STABLE.
const STABLE_INPUT: [Oid; 6] =
    [Oid::DATE, Oid::TIMESTAMP, Oid::TIMESTAMPTZ, Oid::TIME, Oid::TIMETZ, Oid::INTERVAL];

struct Finder<'a> {
    session: &'a Session,
    table: Oid,
}

impl Finder<'_> {
    fn type_of(&self, expr: &Expr) -> Option<Oid> {
        let found = self.session.type_over(expr, self.table)?;
        Some(self.session.base_type(found.oid))
    }

    fn changes(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Function(call) => {
                let Ok((schema, name)) = Session::split_name(&call.name) else { return false };
                let plain = schema.as_ref().is_none_or(|schema| &**schema == "pg_catalog");
                if !plain || self.session.is_shadowed(&name) {
                    return self.session.is_changing_function(&call.name);
                }
                if CHANGING.binary_search(&&*name).is_ok() {
                    return true;
                }
                let arguments = arguments(call);
                let is_moment = |at: usize| {
                    let argument = arguments.get(at).copied().flatten();
                    argument.and_then(|a| self.type_of(a)) == Some(Oid::TIMESTAMPTZ)
                };
                match (&*name, arguments.len()) {
                    ("date" | "timestamp", 1) => is_moment(0),
                    ("date_trunc" | "date_part", _) => is_moment(1),
                    ("age", 1) => true,
                    (
                        "to_tsvector"
                        | "to_tsquery"
                        | "plainto_tsquery"
                        | "phraseto_tsquery"
                        | "websearch_to_tsquery",
                        1,
                    ) => true,
                    _ => false,
                }
            }
            Expr::Extract { expr, .. } => self.type_of(expr) == Some(Oid::TIMESTAMPTZ),
            Expr::Cast { expr, data_type, .. } => {
                let Ok(target) = self.session.resolve_type(data_type) else { return false };
                let target = self.session.base_type(target.oid);
                self.type_of(expr).is_some_and(|from| self.casts_changing(from, target))
            }
            Expr::BinaryOp { left, op: BinaryOperator::Plus | BinaryOperator::Minus, right } => {
                let pair = (self.type_of(left), self.type_of(right));
                matches!(
                    pair,
                    (Some(Oid::TIMESTAMPTZ), Some(Oid::INTERVAL))
                        | (Some(Oid::INTERVAL), Some(Oid::TIMESTAMPTZ))
                )
            }
            Expr::BinaryOp {
                left,
                op:
                    BinaryOperator::Eq
                    | BinaryOperator::NotEq
                    | BinaryOperator::Lt
                    | BinaryOperator::LtEq
                    | BinaryOperator::Gt
                    | BinaryOperator::GtEq,
                right,
            } => {
                let pair = (self.type_of(left), self.type_of(right));
                matches!(
                    pair,
                    (Some(Oid::TIMESTAMPTZ), Some(Oid::TIMESTAMP | Oid::DATE))
                        | (Some(Oid::TIMESTAMP | Oid::DATE), Some(Oid::TIMESTAMPTZ))
                )
            }
            _ => false,
        }
    }

    /// Whether a cast between two types depends on settings, or on labels that have other names by now. A literal is read when it is written.
    fn casts_changing(&self, from: Oid, to: Oid) -> bool {
        if from == Oid::UNKNOWN || from == to || self.session.has_user_casts {
            return false;
        }
        let is_text = |oid| [Oid::TEXT, Oid::VARCHAR].contains(&oid);
        let is_enum = |oid| self.session.model.data_type(oid).is_ok_and(|found| found.is_enum());
        if is_text(to) {
            return self.session.has_changing_text(from);
        }
        if is_text(from) {
            return STABLE_INPUT.contains(&to) || is_enum(to);
        }
        matches!(
            (from, to),
            (Oid::TIMESTAMPTZ, Oid::DATE | Oid::TIMESTAMP | Oid::TIME | Oid::TIMETZ)
                | (Oid::DATE | Oid::TIMESTAMP, Oid::TIMESTAMPTZ)
        )
    }
}

impl Visitor for Finder<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.changes(expr) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Session {
    /// Fails where an expression certainly calls a function that is not immutable.
    pub(crate) fn check_immutable(
        &self,
        table: Oid,
        expr: &Expr,
        what: &str,
    ) -> Result<(), Problem> {
        match expr.visit(&mut Finder { session: self, table }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Problem::error("42P17", refusal(what))),
        }
    }

    /// Whether the text of a value of a type depends on settings or labels.
    pub(crate) fn has_changing_text(&self, data_type: Oid) -> bool {
        STABLE_OUTPUT.contains(&data_type)
            || self.model.data_type(data_type).is_ok_and(|found| found.is_enum())
    }

    /// Whether a schema that is searched has a function of that name beside the server's own.
    pub(crate) fn is_shadowed(&self, name: &str) -> bool {
        self.function_path()
            .into_iter()
            .filter(|schema| *schema != Oid::PG_CATALOG)
            .any(|schema| self.model.find_functions(schema, name).next().is_some())
    }

    /// Whether every function of a name is certainly one of the migrations that is not IMMUTABLE. One in SQL
    /// may be put in the place of its call, which then may well be immutable.
    fn is_changing_function(&self, name: &ObjectName) -> bool {
        let all = |model: &Model, schema: Oid, name: &str| {
            let found: Vec<Function> =
                model.find_functions(schema, name).map(|(_, function)| function.clone()).collect();
            (!found.is_empty()).then_some(found)
        };
        let found = self.find_in(name, Self::function_path, all).ok().flatten();
        found.is_some_and(|functions| {
            functions.iter().all(|function| {
                let is_opaque = match &*function.language {
                    "plpgsql" => true,
                    "sql" => function.security_definer,
                    _ => false,
                };
                is_opaque && function.immutable == Some(false)
            })
        })
    }
}

fn refusal(what: &str) -> String {
    if what == "generation expression" {
        "generation expression is not immutable".to_owned()
    } else {
        format!("functions in {what} must be marked IMMUTABLE")
    }
}
