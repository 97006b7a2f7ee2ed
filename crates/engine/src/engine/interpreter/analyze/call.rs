//! The types of calls: functions, and what the grammar reads like one (`transformFuncCall`).

use sqlparser::ast::{
    Expr, Function as Call, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName,
};

use super::expression::{plain, value_word};
use super::operand::{Operand, literal_as_text, oids};
use super::routine::{Called, Given};
use super::scope::Scopes;
use super::{Context, Typed, builtin};
use crate::engine::interpreter::model::{Oid, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::SqlError;

impl Context<'_> {
    /// The type of a call.
    pub(super) fn call_type(&self, scopes: &Scopes, call: &Call) -> Typed {
        let own_name = match call.name.0.as_slice() {
            [part] => part.as_ident().map(names::stored),
            _ => None,
        };
        if let (Some(oid), FunctionArguments::None) =
            (own_name.as_deref().and_then(value_word), &call.args)
        {
            return plain(oid);
        }
        if let FunctionArguments::Subquery(query) = &call.args {
            let columns = self.subquery(scopes, query)?;
            return match (own_name.as_deref(), columns.as_deref()) {
                (Some("array"), Some([only])) => {
                    let element = only.data_type.as_ref().map(|found| found.oid);
                    let is_array = element.is_some_and(|oid| self.element(oid).is_some());
                    Ok(element
                        .and_then(|oid| if is_array { Some(oid) } else { self.array(oid) })
                        .map(TypeRef::plain))
                }
                (Some("array"), Some(_)) => {
                    Err(SqlError::new("42601", "subquery must return only one column"))
                }
                _ => Ok(None),
            };
        }
        let Some((operands, given_names)) = self.arguments(scopes, call)? else { return Ok(None) };
        if let Some(filter) = &call.filter {
            self.condition(scopes, filter, "FILTER")?;
        }
        if let Some(name) = own_name.as_deref()
            && builtin::is_grammar(name)
        {
            return self.grammar(name, &operands);
        }
        if !call.within_group.is_empty() || has_clauses(call) {
            return Ok(None);
        }
        let Some(types) = oids(&operands) else {
            return self.result_of_unknown(&call.name, operands.len());
        };
        match self.routine(&call.name, &Given { types, names: given_names })? {
            Called::Unknown => Ok(None),
            Called::Cast(target) => {
                if let [Operand { expr: Some(expr), data_type: Some(given) }] = operands.as_slice()
                    && given.oid == Oid::UNKNOWN
                {
                    self.give(expr, target)?;
                }
                plain(target)
            }
            Called::Function { result, kind, returns_set, arguments, .. } => {
                self.check_kind(call, kind, returns_set)?;
                self.give_all(&operands, &arguments)?;
                Ok(result.filter(|_| !matches!(kind, 'o' | 'h')))
            }
        }
    }

    /// The arguments of CALL, each by itself.
    pub(super) fn call_arguments(&self, scopes: &Scopes, call: &Call) -> Result<(), SqlError> {
        self.arguments(scopes, call).map(drop)
    }

    /// What functions return whose arguments are not all known: where all of that name return the same.
    fn result_of_unknown(&self, name: &ObjectName, arguments: usize) -> Typed {
        use super::function::Callee;
        if let Callee::Function(oid) = self.callee(name, &vec![None; arguments]) {
            let returns = self.session.model.function(oid).ok().and_then(|f| f.returns.clone());
            return Ok(returns.filter(|returns| !returns.oid.is_polymorphic()));
        }
        let [part] = name.0.as_slice() else { return Ok(None) };
        let Some(own_name) = part.as_ident().map(names::stored) else { return Ok(None) };
        let mut path = self.session.function_path().into_iter();
        if path.any(|schema| self.session.model.find_functions(schema, &own_name).next().is_some())
        {
            return Ok(None);
        }
        let result = builtin::result_type(&own_name).and_then(|name| self.builtin_type(name));
        Ok(result.filter(|result| result.oid != Oid::RECORD))
    }

    /// The arguments with the names of the last of them; `None` where one is of another sort.
    #[expect(clippy::type_complexity, reason = "the operands and their names")]
    fn arguments<'c>(
        &self,
        scopes: &Scopes,
        call: &'c Call,
    ) -> Result<Option<(Vec<Operand<'c>>, Vec<std::sync::Arc<str>>)>, SqlError> {
        let FunctionArguments::List(list) = &call.args else {
            return Ok(Some((Vec::new(), Vec::new())));
        };
        let (mut operands, mut given_names) = (Vec::new(), Vec::new());
        let mut is_plain = true;
        for argument in &list.args {
            let (name, value) = match argument {
                FunctionArg::Unnamed(value) => (None, value),
                FunctionArg::Named { name, arg, .. } => (Some(names::stored(name)), arg),
                FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => {
                    (Some(names::stored(name)), arg)
                }
                FunctionArg::ExprNamed { arg, .. } => {
                    is_plain = false;
                    (None, arg)
                }
            };
            match value {
                FunctionArgExpr::Expr(expr) => operands.push(self.operand(scopes, expr)?),
                FunctionArgExpr::Wildcard => {}
                _ => is_plain = false,
            }
            match name {
                Some(name) => given_names.push(name.as_ref().into()),
                None => is_plain &= given_names.is_empty(),
            }
        }
        Ok(is_plain.then_some((operands, given_names)))
    }

    /// Refuses aggregates, window functions and sets where there may be none.
    fn check_kind(&self, call: &Call, kind: char, returns_set: bool) -> Result<(), SqlError> {
        let name = &call.name;
        match (kind, &call.over) {
            ('p', _) => {
                let message = format!("{name} is a procedure");
                return Err(SqlError::new("42809", message));
            }
            ('w', None) => {
                let message = format!("window function {name} requires an OVER clause");
                return Err(SqlError::new("42809", message));
            }
            ('f', Some(_)) => {
                let message = format!(
                    "OVER specified, but {name} is not a window function nor an aggregate function"
                );
                return Err(SqlError::new("42809", message));
            }
            (_, Some(_)) => self.place.check_window()?,
            // An aggregate over columns of a query around belongs to that.
            ('n' | 'o' | 'h', None) if self.depth == 0 => self.place.check_aggregate()?,
            _ => {}
        }
        if returns_set { self.place.check_set() } else { Ok(()) }
    }

    /// What the grammar reads like a call.
    fn grammar(&self, name: &str, operands: &[Operand<'_>]) -> Typed {
        match name {
            "coalesce" => self.common(operands, "COALESCE"),
            "greatest" => self.common(operands, "GREATEST"),
            "least" => self.common(operands, "LEAST"),
            "nullif" => {
                let [_, _] = operands else { return Ok(None) };
                let Some(given) = oids(operands) else { return Ok(None) };
                let Some(operator) = self.operator("=", &given)? else { return Ok(None) };
                self.give_all(operands, &operator.operands)?;
                // The value is the left operand as the operator takes it.
                let taken = operator.operands.first().copied().flatten();
                let first = operands.first().and_then(|operand| operand.data_type.clone());
                Ok(match (first, taken) {
                    // A row stays what it is where any row is taken.
                    (Some(first), Some(taken)) if first.oid == taken || taken == Oid::RECORD => {
                        Some(first)
                    }
                    (_, taken) => taken.map(TypeRef::plain).map(literal_as_text),
                })
            }
            "row" => plain(Oid::RECORD),
            "trim" => Ok(None),
            "grouping" => plain(Oid::INT4),
            _ => Ok(None),
        }
    }
}

fn has_clauses(call: &Call) -> bool {
    match &call.args {
        FunctionArguments::List(list) => {
            !matches!(call.parameters, FunctionArguments::None)
                || list.clauses.iter().any(|clause| {
                    !matches!(clause, sqlparser::ast::FunctionArgumentClause::OrderBy(_))
                })
        }
        _ => false,
    }
}
