//! Objects that a text names, and the names that object identifiers are shown by.

use sqlparser::ast::ObjectName;

use super::eval::Evaluator;
use super::value::{RegKind, Value};
use crate::engine::interpreter::model::{Function, Oid, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse;
use crate::engine::interpreter::problem::Problem;

impl Evaluator<'_> {
    /// The object that a text names; none is an error.
    pub(super) fn registered(&mut self, kind: RegKind, text: &str) -> Result<Value, Problem> {
        if text == "-" {
            return Ok(Value::Reg(kind, 0));
        }
        if let Ok(oid) = text.parse() {
            return Ok(Value::Reg(kind, oid));
        }
        match self.find_registered(kind, text)? {
            Some(oid) => Ok(Value::Reg(kind, oid)),
            None => Err(match kind {
                RegKind::Class => {
                    Problem::error("42P01", format!("relation \"{text}\" does not exist"))
                }
                RegKind::Type => Problem::error("42704", format!("type \"{text}\" does not exist")),
                RegKind::Procedure | RegKind::ProcedureWithArguments => {
                    // Functions of extensions and of the server itself are not in the model.
                    return Ok(Value::unknown(format!("the function {text}")));
                }
                RegKind::Namespace => {
                    Problem::error("3F000", format!("schema \"{text}\" does not exist"))
                }
                RegKind::Role => Problem::error("42704", format!("role \"{text}\" does not exist")),
            }),
        }
    }

    /// The object that a text names, as the `to_reg…` functions look it up.
    pub(super) fn find_registered(
        &mut self,
        kind: RegKind,
        text: &str,
    ) -> Result<Option<u32>, Problem> {
        let found = match kind {
            RegKind::Class => match parse::qualified_name(text) {
                Some(name) => {
                    self.session.find_relation(&name)?.or_else(|| super::catalog::oid_of(&name))
                }
                None => None,
            },
            RegKind::Type => return self.find_type_text(text),
            RegKind::Procedure => self.find_procedure(text)?,
            RegKind::ProcedureWithArguments => return self.find_signature(text),
            RegKind::Namespace => parse::qualified_name(text).and_then(|name| {
                self.session.model.find_schema(&name.0.last()?.as_ident().map(names::stored)?)
            }),
            RegKind::Role => parse::qualified_name(text).and_then(|name| {
                self.session.model.find_role(&name.0.last()?.as_ident().map(names::stored)?)
            }),
        };
        Ok(found.map(|oid| oid.0))
    }

    pub(super) fn find_type_text(&mut self, text: &str) -> Result<Option<u32>, Problem> {
        let Some(data_type) = parse::data_type(text) else { return Ok(None) };
        match self.session.resolve_type(&data_type) {
            Ok(found) => Ok(Some(found.oid.0)),
            Err(Problem::Error(_)) => Ok(None),
            Err(gap) => Err(gap),
        }
    }

    pub(super) fn find_procedure(&mut self, text: &str) -> Result<Option<Oid>, Problem> {
        let Some(name) = parse::qualified_name(text) else { return Ok(None) };
        let found: Vec<Oid> =
            self.functions_named(&name)?.into_iter().map(|(oid, _)| oid).collect();
        match found.as_slice() {
            [one] => Ok(Some(*one)),
            [] => Ok(None),
            _ => Err(Problem::error("42725", format!("more than one function named \"{text}\""))),
        }
    }

    pub(super) fn find_signature(&mut self, text: &str) -> Result<Option<u32>, Problem> {
        let Some((name, arguments)) = text.trim().strip_suffix(')').and_then(|t| t.split_once('('))
        else {
            return Ok(None);
        };
        let Some(name) = parse::qualified_name(name) else { return Ok(None) };
        let mut types = Vec::new();
        for argument in arguments.split(',').map(str::trim).filter(|a| !a.is_empty()) {
            match self.find_type_text(argument)? {
                Some(oid) => types.push(Oid(oid)),
                None => return Ok(None),
            }
        }
        let found = self
            .functions_named(&name)?
            .into_iter()
            .find(|(_, f)| f.signature().map(|t| t.oid).eq(types.iter().copied()));
        Ok(found.map(|(oid, _)| oid.0))
    }

    /// The functions that a name may mean, the first schema of the path that has any.
    pub(crate) fn functions_named(
        &self,
        name: &ObjectName,
    ) -> Result<Vec<(Oid, Function)>, Problem> {
        let found = self.session.find_in(
            name,
            crate::engine::interpreter::session::Session::function_path,
            |model, schema, name| {
                let found: Vec<(Oid, Function)> =
                    model.find_functions(schema, name).map(|(oid, f)| (oid, f.clone())).collect();
                (!found.is_empty()).then_some(found)
            },
        )?;
        Ok(found.unwrap_or_default())
    }

    /// How an object identifier is shown: its name, qualified unless the search path finds it.
    pub(super) fn registered_name(&self, kind: RegKind, oid: u32) -> String {
        let model = &self.session.model;
        let known = Oid(oid);
        let qualified = |schema: Oid, name: &str, visible: bool| {
            let name = names::quote_identifier(name);
            match model.schema(schema) {
                Ok(schema) if !visible => {
                    format!("{}.{name}", names::quote_identifier(&schema.name))
                }
                _ => name.into_owned(),
            }
        };
        let shown = match kind {
            RegKind::Class => model.relation(known).ok().map(|relation| {
                let path = self.session.lookup_path();
                let first = path.iter().find_map(|s| model.find_relation(*s, &relation.name));
                qualified(relation.schema, &relation.name, first == Some(known))
            }),
            RegKind::Type => {
                model.data_type(known).ok().map(|_| self.session.type_name(&TypeRef::plain(known)))
            }
            RegKind::Procedure => model.function(known).ok().map(|function| {
                let path = self.session.function_path();
                let first = path
                    .iter()
                    .find(|s| model.find_functions(**s, &function.name).next().is_some());
                qualified(function.schema, &function.name, first == Some(&function.schema))
            }),
            RegKind::ProcedureWithArguments => model.function(known).ok().map(|function| {
                let path = self.session.function_path();
                let first = path
                    .iter()
                    .find(|s| model.find_functions(**s, &function.name).next().is_some());
                let name =
                    qualified(function.schema, &function.name, first == Some(&function.schema));
                let types: Vec<String> =
                    function.signature().map(|t| self.session.type_name(t)).collect();
                format!("{name}({})", types.join(","))
            }),
            RegKind::Namespace => {
                model.schema(known).ok().map(|s| names::quote_identifier(&s.name).into_owned())
            }
            RegKind::Role => {
                model.role(known).ok().map(|r| names::quote_identifier(&r.name).into_owned())
            }
        };
        shown.unwrap_or_else(|| if oid == 0 { "-".to_owned() } else { oid.to_string() })
    }
}
