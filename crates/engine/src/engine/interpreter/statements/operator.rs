//! Operators and operator classes, and what depends on them.

use std::sync::Arc;

use crate::catalog::History;
use crate::engine::interpreter::analyze::is_server_function;
use crate::engine::interpreter::model::{
    Address, Dependency, Index, IndexKey, Oid, Other, OtherKind,
};
use crate::engine::interpreter::parse::ast::{
    CreateOperator, CreateOperatorClass, DropOperators, OperatorRef, RoutineKind,
};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

use super::routine::{behavior, is_missing};

/// What tells operators of one name apart.
pub(in crate::engine::interpreter) fn operand_key(
    left: Option<Oid>,
    right: Option<Oid>,
) -> Arc<str> {
    let number = |operand: Option<Oid>| operand.map_or(0, |oid| oid.0);
    format!("{},{}", number(left), number(right)).into()
}

impl Session {
    /// Executes CREATE OPERATOR.
    pub(crate) fn create_operator(&mut self, statement: &CreateOperator) -> Result<(), Problem> {
        let (schema, name) = self.place(&statement.name, false)?;
        let operands = [&statement.left, &statement.right];
        let mut types = Vec::with_capacity(2);
        for operand in operands {
            types.push(operand.as_ref().map(|t| self.resolve_type(t)).transpose()?.map(|t| t.oid));
        }
        let [left, right] = types.as_slice() else { return Ok(()) };
        let key = operand_key(*left, *right);
        if self.find_keyed(OtherKind::Operator, &[schema], &name, &key).is_some() {
            return Err(Problem::error("42723", format!("operator {name} already exists")));
        }
        let arguments: Vec<Oid> = types.iter().flatten().copied().collect();
        let function = self.function_of_operator(&statement.function, Some(&arguments))?;
        let operator = self.model.insert(Other {
            schema: Some(schema),
            key,
            history: History::created(Some(self.span)),
            ..Other::named(OtherKind::Operator, name)
        });
        self.model.depend(operator, schema, Dependency::Normal);
        for data_type in arguments {
            self.depend_on_type(operator.into(), data_type);
        }
        self.model.depend_on_all(operator, function);
        Ok(())
    }

    /// Executes CREATE OPERATOR CLASS and CREATE OPERATOR FAMILY.
    pub(crate) fn create_operator_class(
        &mut self,
        statement: &CreateOperatorClass,
    ) -> Result<(), Problem> {
        let (schema, name) = self.place(&statement.name, false)?;
        let kind = match statement.data_type {
            Some(_) => OtherKind::OperatorClass,
            None => OtherKind::OperatorFamily,
        };
        let key: Arc<str> = statement.method.as_str().into();
        if self.find_keyed(kind, &[schema], &name, &key).is_some() {
            let word = match kind {
                OtherKind::OperatorClass => "class",
                _ => "family",
            };
            let message =
                format!("operator {word} \"{name}\" for access method \"{key}\" already exists");
            return Err(Problem::error("42710", message));
        }
        let data_type = match &statement.data_type {
            Some(written) => Some(self.resolve_type(written)?.oid),
            None => None,
        };
        let mut needed: Vec<Address> = Vec::new();
        for operator in &statement.operators {
            needed.extend(self.operator_of_class(operator, data_type)?);
        }
        for function in &statement.functions {
            match self.routine(RoutineKind::Function, function) {
                Ok(oid) => needed.push(oid.into()),
                Err(problem) => {
                    needed.extend(
                        self.function_of_operator(&function.name, None).map_err(|_| problem)?,
                    );
                }
            }
        }
        let class = self.model.insert(Other {
            schema: Some(schema),
            key,
            default_for: data_type.filter(|_| statement.default),
            history: History::created(Some(self.span)),
            ..Other::named(kind, name)
        });
        self.model.depend(class, schema, Dependency::Normal);
        if let Some(data_type) = data_type {
            self.depend_on_type(class.into(), data_type);
        }
        self.model.depend_on_all(class, needed);
        Ok(())
    }

    /// Executes DROP OPERATOR, DROP OPERATOR CLASS and DROP OPERATOR FAMILY.
    pub(crate) fn drop_operators(&mut self, statement: &DropOperators) -> Result<(), Problem> {
        let mut targets: Vec<Address> = Vec::new();
        for operator in &statement.operators {
            match self.named_operator(operator) {
                Ok(oid) => targets.push(oid.into()),
                Err(Problem::Error(error)) if statement.if_exists && is_missing(error.sqlstate) => {
                }
                Err(problem) => return Err(problem),
            }
        }
        self.drop_objects(&targets, behavior(statement.cascade))
    }

    /// The operator, class or family that a statement names.
    pub(crate) fn named_operator(&self, operator: &OperatorRef) -> Result<Oid, Problem> {
        let (name, kind, key) = match operator {
            OperatorRef::Operator { name, left, right } => {
                let operand = |written: &Option<_>| {
                    written.as_ref().map(|t| self.resolve_type(t)).transpose()
                };
                let (left, right) = (operand(left)?, operand(right)?);
                let key = operand_key(left.map(|t| t.oid), right.map(|t| t.oid));
                (name, OtherKind::Operator, key)
            }
            OperatorRef::Class { name, method } => {
                (name, OtherKind::OperatorClass, method.as_str().into())
            }
            OperatorRef::Family { name, method } => {
                (name, OtherKind::OperatorFamily, method.as_str().into())
            }
        };
        let (schema, own) = Self::split_name(name)?;
        let path = match schema {
            Some(schema) => vec![self.schema(&schema)?],
            None => self.lookup_path(),
        };
        self.find_keyed(kind, &path, &own, &key).ok_or_else(|| match kind {
            OtherKind::Operator => {
                Problem::error("42883", format!("operator does not exist: {own}"))
            }
            _ => {
                let word = if kind == OtherKind::OperatorClass { "class" } else { "family" };
                let message =
                    format!("operator {word} \"{own}\" does not exist for access method \"{key}\"");
                Problem::error("42704", message)
            }
        })
    }

    fn find_keyed(&self, kind: OtherKind, path: &[Oid], name: &str, key: &str) -> Option<Oid> {
        path.iter().find_map(|schema| {
            self.model
                .all::<Other>()
                .find(|(_, o)| {
                    o.kind == kind
                        && o.schema == Some(*schema)
                        && &*o.name == name
                        && &*o.key == key
                })
                .map(|(oid, _)| oid)
        })
    }

    /// The function behind an operator: none to depend on where it is the server's.
    fn function_of_operator(
        &self,
        name: &sqlparser::ast::ObjectName,
        arguments: Option<&[Oid]>,
    ) -> Result<Option<Address>, Problem> {
        let (schema, own) = Self::split_name(name)?;
        let path = match &schema {
            Some(schema) => vec![self.schema(schema)?],
            None => self.function_path(),
        };
        let found = path.iter().flat_map(|s| self.model.find_functions(*s, &own)).find(|(_, f)| {
            arguments.is_none_or(|types| f.signature().map(|t| t.oid).eq(types.iter().copied()))
        });
        match found {
            Some((oid, _)) => Ok(Some(oid.into())),
            None if path.contains(&Oid::PG_CATALOG) && is_server_function(&own) => Ok(None),
            None => {
                let message = format!("function {own} does not exist");
                Err(Problem::error("42883", message))
            }
        }
    }

    fn operator_of_class(
        &self,
        written: &OperatorRef,
        data_type: Option<Oid>,
    ) -> Result<Option<Address>, Problem> {
        let OperatorRef::Operator { name, left, right } = written else { return Ok(None) };
        let operand = |written: &Option<_>| match written {
            Some(written) => self.resolve_type(written).map(|t| Some(t.oid)),
            None => Ok(data_type),
        };
        let (left, right) = (operand(left)?, operand(right)?);
        let (schema, own) = Self::split_name(name)?;
        let path = match schema {
            Some(schema) => vec![self.schema(&schema)?],
            None => self.lookup_path(),
        };
        // One that is not the migrations' is the server's, or the class is refused.
        Ok(self
            .find_keyed(OtherKind::Operator, &path, &own, &operand_key(left, right))
            .map(Address::from))
    }

    /// The operator of the migrations or of an extension that an expression uses, if it is one. Where the type of
    /// an operand cannot be told, one that fits the other operand is taken.
    pub(crate) fn operator_used(
        &self,
        schema: Option<&str>,
        name: &str,
        [left, right]: [Option<Oid>; 2],
    ) -> Option<Oid> {
        let path = match schema {
            Some(schema) => vec![self.schema(schema).ok()?],
            None => self.lookup_path(),
        };
        let known = |operand: Option<Oid>| operand.filter(|oid| *oid != Oid::UNKNOWN);
        let fits = |key: &str| {
            let Some((first, second)) = key.split_once(',') else { return false };
            let fits_one = |operand: Option<Oid>, written: &str| {
                operand.is_none_or(|oid| written.parse() == Ok(oid.0))
            };
            fits_one(known(left), first) && fits_one(known(right), second)
        };
        let mut found = self
            .model
            .operators_named(name)
            .filter(|(_, o)| o.schema.is_some_and(|schema| path.contains(&schema)) && fits(&o.key));
        let first = found.next()?.0;
        let certain = known(left).is_some() && known(right).is_some();
        (certain || found.next().is_none()).then_some(first)
    }

    /// Ties an index to the operator classes of its keys.
    pub(crate) fn depend_on_classes(&mut self, oid: Oid) -> Result<(), Problem> {
        let relation = self.relation_at(oid)?;
        let Some(index) = relation.index.clone() else { return Ok(()) };
        let mut needed = Vec::new();
        for key in &index.keys {
            needed.extend(self.class_of_key(&index, key));
        }
        for class in needed {
            self.model.depend(oid, class, Dependency::Normal);
        }
        Ok(())
    }

    fn class_of_key(&self, index: &Index, key: &IndexKey) -> Option<Oid> {
        let (IndexKey::Column { qualifiers, .. } | IndexKey::Expression { qualifiers, .. }) = key;
        let word = qualifiers.split_whitespace().next();
        let class =
            word.filter(|word| !["asc", "desc", "nulls"].contains(&&*word.to_ascii_lowercase()));
        match class {
            Some(written) => {
                let name = crate::engine::interpreter::parse::qualified_name(written)?;
                let (schema, own) = Self::split_name(&name).ok()?;
                let path = match schema {
                    Some(schema) => vec![self.schema(&schema).ok()?],
                    None => self.lookup_path(),
                };
                self.find_keyed(OtherKind::OperatorClass, &path, &own, &index.method)
            }
            None => {
                let IndexKey::Column { number, .. } = key else { return None };
                let column = self.model.column(Address::column(index.table, *number))?;
                let data_type = Some(column.data_type.oid);
                self.model
                    .all::<Other>()
                    .find(|(_, o)| {
                        o.kind == OtherKind::OperatorClass
                            && o.key == index.method
                            && o.default_for == data_type
                            && data_type.is_some()
                    })
                    .map(|(oid, _)| oid)
            }
        }
    }
}
