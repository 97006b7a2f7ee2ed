//! The walk over an expression or query that finds what its names mean.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use sqlparser::ast::{
    AccessExpr, BinaryOperator, DataType, Distinct, Expr, GroupByExpr, Ident, JoinConstraint,
    ObjectName, OrderBy, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, Statement,
    TableFactor, Visitor,
};

use super::scope::{Found, OutputColumn, Scopes, Source};
use super::{Context, Over, from, name_use};
use crate::engine::interpreter::model::{Address, Model, NameUse, Oid, TypeKind};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::{Problem, SqlError};
use crate::engine::interpreter::query::catalog;

/// Words that read like a column and are none.
const VALUE_WORDS: [&str; 11] = [
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "user",
];

pub(super) struct Resolver<'s> {
    pub(super) context: Context<'s>,
    positions: HashMap<*const Ident, usize>,
    pub(super) scopes: Scopes,
    names: Vec<NameUse>,
    dependencies: BTreeSet<Address>,
    /// How many clauses around may name what is not in reach: ORDER BY and GROUP BY name output
    /// columns, INSERT and UPDATE their target's.
    lenient: usize,
    /// Expressions that are names of arguments, of fields or of output columns.
    pub(super) not_columns: HashSet<*const Expr>,
    /// How many queries are around.
    pub(super) depth: usize,
}

pub(super) type Flow = ControlFlow<Problem>;

impl<'s> Resolver<'s> {
    pub(super) fn new(
        context: Context<'s>,
        positions: HashMap<*const Ident, usize>,
        over: Over<'_>,
    ) -> Result<Self, Problem> {
        let scopes = Scopes { frames: vec![context.frame(over)?] };
        Ok(Self {
            context,
            positions,
            scopes,
            names: Vec::new(),
            dependencies: BTreeSet::new(),
            lenient: 0,
            not_columns: HashSet::new(),
            depth: 0,
        })
    }

    /// The uses of names in the order of the identifiers, and what is depended on.
    pub(super) fn finish(mut self) -> (Vec<NameUse>, Vec<Address>) {
        self.names.sort_by_key(|name| name.identifier);
        self.names.dedup_by_key(|name| name.identifier);
        (self.names, self.dependencies.into_iter().collect())
    }

    fn use_name(&mut self, ident: &Ident, target: Address) {
        self.names.extend(name_use(&self.positions, ident, target));
    }

    pub(super) fn depend(&mut self, target: impl Into<Address>) {
        self.dependencies.insert(target.into());
    }

    /// A bare name.
    fn identifier(&mut self, ident: &Ident) -> Flow {
        let name = names::stored(ident);
        match self.scopes.find(&name) {
            Found::Column(column) => {
                if let Some(origin) = column.origin {
                    self.use_name(ident, origin);
                    self.depend(origin);
                }
            }
            Found::Row(source) => {
                let (relation, follows) = (source.relation, source.follows_name);
                self.whole_row(ident, relation, follows);
            }
            Found::Nothing if self.certain() && !VALUE_WORDS.contains(&&*name) => {
                return undefined_column(format!("column \"{name}\" does not exist"));
            }
            Found::Nothing | Found::Perhaps => {}
        }
        ControlFlow::Continue(())
    }

    fn whole_row(&mut self, ident: &Ident, relation: Option<Oid>, follows_name: bool) {
        if let Some(relation) = relation {
            self.depend(relation);
            if follows_name {
                self.use_name(ident, relation.into());
            }
        }
    }

    /// `source.column`, `schema.source.column`; what comes before is a database.
    fn qualified(&mut self, parts: &[Ident]) -> Flow {
        let [rest @ .., source, column] = parts else { return ControlFlow::Continue(()) };
        let schema = rest.last().map(|ident| names::stored(ident).into_owned());
        let (source_name, column_name) = (names::stored(source), names::stored(column));
        let Some(found) = self.scopes.source(schema.as_deref(), &source_name) else {
            return if self.certain() {
                let message = format!("missing FROM-clause entry for table \"{source_name}\"");
                ControlFlow::Break(Problem::error("42P01", message))
            } else {
                ControlFlow::Continue(())
            };
        };
        let (relation, follows) = (found.relation, found.follows_name);
        let is_argument = found.qualified;
        match self.scopes.find_in(&source_name, &column_name) {
            Found::Column(output) => {
                if let Some(origin) = output.origin {
                    self.use_name(column, origin);
                    self.depend(origin);
                }
            }
            Found::Nothing if is_argument && self.certain() && !self.is_function(&column_name) => {
                let message = format!("missing FROM-clause entry for table \"{source_name}\"");
                return ControlFlow::Break(Problem::error("42P01", message));
            }
            Found::Nothing if self.certain() && !self.is_function(&column_name) => {
                return undefined_column(format!(
                    "column {source_name}.{column_name} does not exist"
                ));
            }
            _ => {}
        }
        if let Some(relation) = relation.filter(|_| follows) {
            self.use_name(source, relation.into());
            if let (Some(schema), Ok(found)) =
                (rest.last(), self.context.session.model.relation(relation))
            {
                self.use_name(schema, found.schema.into());
            }
        }
        ControlFlow::Continue(())
    }

    /// `row.function` may be written for `function(row)`.
    fn is_function(&self, name: &str) -> bool {
        let session = self.context.session;
        session
            .function_path()
            .into_iter()
            .any(|schema| session.model.find_functions(schema, name).next().is_some())
    }

    /// Whether a name that leads nowhere is an error: not where output columns may be named.
    fn certain(&self) -> bool {
        self.lenient == 0
    }

    /// Depends on columns as `*` stands for them.
    fn wildcard(&mut self, columns: &[OutputColumn]) {
        for origin in columns.iter().filter_map(|c| c.origin) {
            self.depend(origin);
        }
    }

    /// Depends on an operator that is not the server's.
    fn operator(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) {
        let written;
        let (schema, name) = match op {
            BinaryOperator::PGCustomBinaryOperator(parts) => match parts.as_slice() {
                [.., schema, name] => (Some(schema.as_str()), name.as_str()),
                [name] => (None, name.as_str()),
                [] => return,
            },
            BinaryOperator::Custom(name) => (None, name.as_str()),
            op => {
                written = op.to_string();
                (None, written.as_str())
            }
        };
        let session = self.context.session;
        if session.model.operators_named(name).next().is_none() {
            return;
        }
        let type_of = |expr| {
            let found = self.context.value_type(&self.scopes, expr).ok().flatten();
            found.map(|found| found.oid)
        };
        let operands = [type_of(left), type_of(right)];
        if let Some(operator) = session.operator_used(schema, name, operands) {
            self.depend(operator);
        }
    }

    /// Remembers the identifiers of a qualified name.
    pub(super) fn use_object(&mut self, name: &ObjectName, target: Oid) {
        let idents: Vec<&Ident> = name.0.iter().filter_map(|p| p.as_ident()).collect();
        let [qualifiers @ .., own] = idents.as_slice() else { return };
        self.use_name(own, target.into());
        let schema = self.context.session.model.schema_of(target);
        if let (Some(qualifier), Some(schema)) = (qualifiers.last(), schema) {
            self.use_name(qualifier, schema.into());
        }
    }

    fn data_type(&mut self, data_type: &DataType) -> Flow {
        match self.context.session.resolve_type(data_type) {
            Ok(found) => {
                let element = element_type(&self.context.session.model, found.oid);
                if let Some(name) = custom_name(data_type) {
                    self.use_object(name, element);
                    self.depend(element);
                }
            }
            Err(problem @ Problem::Error(_)) => return ControlFlow::Break(problem),
            Err(Problem::Gap { .. }) => {}
        }
        ControlFlow::Continue(())
    }

    fn join_columns(&mut self, sources: &[Source], constraint: &JoinConstraint) {
        let JoinConstraint::Using(columns) = constraint else { return };
        for name in columns.iter().filter_map(|c| c.0.last()?.as_ident()) {
            let name = names::stored(name);
            for column in sources.iter().filter_map(|s| s.column(&name)) {
                self.dependencies.extend(column.origin);
            }
        }
    }
}

pub(super) fn flow(result: Result<(), SqlError>) -> Flow {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error.into()),
    }
}

fn undefined_column(message: String) -> Flow {
    ControlFlow::Break(Problem::error("42703", message))
}

/// The type of an array's elements, or the type itself.
fn element_type(model: &Model, oid: Oid) -> Oid {
    match model.data_type(oid).map(|t| &t.kind) {
        Ok(TypeKind::Array { element }) => *element,
        _ => oid,
    }
}

/// The name of a type that is not one of SQL's own.
fn custom_name(data_type: &DataType) -> Option<&ObjectName> {
    use sqlparser::ast::ArrayElemTypeDef as Element;
    match data_type {
        DataType::Custom(name, _) => Some(name),
        DataType::Array(Element::SquareBracket(element, _) | Element::AngleBracket(element)) => {
            custom_name(element)
        }
        _ => None,
    }
}

/// Whether an expression is the alias of an output column.
fn names_output(select: &Select, expr: &Expr) -> bool {
    let Expr::Identifier(key) = expr else { return false };
    select.projection.iter().any(|item| {
        matches!(item, SelectItem::ExprWithAlias { alias, .. }
            if names::stored(alias) == names::stored(key))
    })
}

impl Visitor for Resolver<'_> {
    type Break = Problem;

    fn pre_visit_query(&mut self, query: &Query) -> Flow {
        if self.depth == 0 {
            flow(self.context.place.check_subquery())?;
        }
        self.depth += 1;
        let mut frame = self.context.query_frame(&self.scopes, query);
        // ORDER BY of a query stands outside of its SELECT, and sees the same columns.
        if let (Some(_), sqlparser::ast::SetExpr::Select(select)) = (&query.order_by, &*query.body)
        {
            self.scopes.frames.push(frame);
            let sources = self.context.sources(&self.scopes, &select.from);
            frame = self.scopes.frames.pop().unwrap_or_default();
            frame.sources = sources;
        }
        self.scopes.frames.push(frame);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> Flow {
        self.depth = self.depth.saturating_sub(1);
        self.scopes.frames.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> Flow {
        let sources = self.context.sources(&self.scopes, &select.from);
        for join in select.from.iter().flat_map(|item| &item.joins) {
            if let Some(constraint) = from::constraint(&join.join_operator) {
                self.join_columns(&sources, constraint);
            }
        }
        let frame = super::scope::Frame { ctes: Vec::new(), sources };
        self.scopes.frames.push(frame);
        if let Some(Distinct::On(keys)) = &select.distinct {
            self.not_columns
                .extend(keys.iter().filter(|k| names_output(select, k)).map(std::ptr::from_ref));
        }
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) => {
                    let columns = from::all_columns(&self.scopes, &select.from);
                    self.wildcard(&columns.unwrap_or_default());
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let alias = name.0.last().and_then(|p| p.as_ident()).map(names::stored);
                    let source = alias.and_then(|alias| self.scopes.source(None, &alias));
                    if let Some(columns) = source.and_then(|s| s.columns.clone()) {
                        self.wildcard(&columns);
                    }
                }
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _select: &Select) -> Flow {
        self.scopes.frames.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_order_by(&mut self, _order_by: &OrderBy) -> Flow {
        self.lenient += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_order_by(&mut self, _order_by: &OrderBy) -> Flow {
        self.lenient = self.lenient.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_group_by(&mut self, _group_by: &GroupByExpr) -> Flow {
        self.lenient += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_group_by(&mut self, _group_by: &GroupByExpr) -> Flow {
        self.lenient = self.lenient.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Flow {
        match factor {
            TableFactor::Table { name, args: None, .. } => {
                let is_cte = match name.0.as_slice() {
                    [only] => only
                        .as_ident()
                        .is_some_and(|i| self.scopes.cte(&names::stored(i)).is_some()),
                    _ => false,
                };
                if !is_cte {
                    match self.context.session.queried_relation(name) {
                        Ok(oid) => {
                            self.depend(oid);
                            self.use_object(name, oid);
                        }
                        // The server's own relations are not in the model.
                        Err(_) if catalog::is_system(name) => {}
                        Err(problem) => return ControlFlow::Break(problem),
                    }
                }
            }
            TableFactor::Table { name, args: Some(args), .. } => {
                let types = vec![None; args.args.len()];
                let callee = self.context.callee(name, &types);
                self.callee(name, callee, types.len())?;
            }
            TableFactor::Function { name, args, .. } => {
                let types = vec![None; args.len()];
                let callee = self.context.callee(name, &types);
                self.callee(name, callee, types.len())?;
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, _statement: &Statement) -> Flow {
        self.lenient += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, _statement: &Statement) -> Flow {
        self.lenient = self.lenient.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Flow {
        if self.not_columns.remove(&std::ptr::from_ref(expr)) {
            return ControlFlow::Continue(());
        }
        match expr {
            Expr::Identifier(ident) => self.identifier(ident),
            Expr::CompoundIdentifier(parts) => self.qualified(parts),
            Expr::Function(call) => self.call(call),
            Expr::BinaryOp { left, op, right } => {
                self.operator(left, op, right);
                ControlFlow::Continue(())
            }
            Expr::Cast { expr, data_type, .. } => {
                if data_type.to_string().eq_ignore_ascii_case("regclass") {
                    self.relation_text(expr)?;
                }
                self.data_type(data_type)
            }
            Expr::TypedString(typed) => self.data_type(&typed.data_type),
            Expr::CompoundFieldAccess { access_chain, .. } => {
                for access in access_chain {
                    if let AccessExpr::Dot(field) = access {
                        self.not_columns.insert(std::ptr::from_ref(field));
                    }
                }
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> Flow {
        match expr {
            Expr::Function(call) => self.called(call),
            _ => ControlFlow::Continue(()),
        }
    }
}
