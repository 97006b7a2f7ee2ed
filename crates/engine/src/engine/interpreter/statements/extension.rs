//! Extensions, and what the common ones bring.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use sqlparser::ast::{CreateExtension, Ident};

use crate::catalog::History;
use crate::engine::interpreter::model::{
    Argument, ArgumentMode, Dependency, Extension, Function, FunctionKind, Oid, Other, OtherKind,
    Relation, RelationKind, Schema, Type, TypeKind, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;
use crate::pg_catalog;

use super::operator::operand_key;

/// What an extension is and brings, as `extensions.txt` lists it.
#[derive(Debug, Default)]
struct Contents {
    /// The extension that it needs.
    requires: Option<&'static str>,
    /// The schema that it makes for itself.
    schema: Option<&'static str>,
    /// It has functions that are not listed.
    opaque: bool,
    /// The lines of its types, tables, views and functions.
    members: Vec<&'static str>,
}

static EXTENSIONS: LazyLock<HashMap<&'static str, Contents>> =
    LazyLock::new(|| sections(include_str!("extensions.txt")));

/// Extensions of which every member is known: those that come with PostgreSQL.
static COMPLETE: LazyLock<HashMap<&'static str, Contents>> =
    LazyLock::new(|| sections(include_str!("extension_members.txt")));

fn sections(list: &'static str) -> HashMap<&'static str, Contents> {
    let mut all = HashMap::new();
    let mut current = "";
    for line in list.lines() {
        if let Some((name, options)) = line.strip_prefix('[').and_then(|l| l.split_once(']')) {
            current = name;
            let mut contents = Contents::default();
            let mut words = options.split_whitespace();
            while let Some(word) = words.next() {
                match word {
                    "requires" => contents.requires = words.next(),
                    "schema" => contents.schema = words.next(),
                    _ => contents.opaque = true,
                }
            }
            all.insert(name, contents);
        } else if !line.is_empty()
            && let Some(contents) = all.get_mut(current)
        {
            contents.members.push(line);
        }
    }
    all
}

/// What an extension brings, as far as it is known.
fn contents_of(name: &str) -> Option<&'static Contents> {
    COMPLETE.get(name).or_else(|| EXTENSIONS.get(name))
}

impl Session {
    /// Whether it is not known all that an extension brings.
    pub(crate) fn is_unknown_extension(name: &str) -> bool {
        contents_of(name).is_none_or(|contents| contents.opaque)
    }

    /// Whether an extension has members that are not known, be they of the sort that only grants name.
    pub(crate) fn has_unknown_members(name: &str) -> bool {
        name != "plpgsql" && !COMPLETE.contains_key(name)
    }

    /// Whether an extension may make schemas that are not known.
    pub(crate) fn makes_schemas(name: &str) -> bool {
        Self::is_unknown_extension(name) && contents_of(name).is_none_or(|c| c.schema.is_none())
    }

    /// Whether one of these schemas may hold something of an extension of which it is not known all that it
    /// brings: one that is known by name brings it to its own schema, another one anywhere.
    pub(crate) fn has_unknown_extension_in(&self, schemas: &[Oid]) -> bool {
        !schemas.is_empty()
            && self.model.extensions().any(|extension| {
                contents_of(&extension.name)
                    .is_none_or(|c| c.opaque && schemas.contains(&extension.schema))
            })
    }

    /// Executes CREATE EXTENSION.
    pub(crate) fn create_extension(&mut self, statement: &CreateExtension) -> Result<(), Problem> {
        let name = names::stored(&statement.name);
        self.install(&name, statement.schema.as_ref(), statement.if_not_exists, statement.cascade)
    }

    pub(super) fn install(
        &mut self,
        name: &str,
        schema: Option<&Ident>,
        if_not_exists: bool,
        cascade: bool,
    ) -> Result<(), Problem> {
        if self.model.find_extension(name).is_some() {
            return if if_not_exists {
                Ok(())
            } else {
                Err(Problem::error("42710", format!("extension \"{name}\" already exists")))
            };
        }
        let contents = contents_of(name);
        if let Some(required) = contents.and_then(|c| c.requires)
            && self.model.find_extension(required).is_none()
        {
            if !cascade {
                let message = format!("required extension \"{required}\" is not installed");
                return Err(Problem::error("42704", message));
            }
            self.install(required, schema, true, true)?;
        }
        let own = contents.and_then(|c| c.schema).or_else(|| pg_catalog::extension_schema(name));
        let schema = self.extension_schema(name, schema, own)?;
        let history = History::created(Some(self.span));
        let extension = self.model.insert(Extension { name: name.into(), schema, history });
        self.model.depend(extension, schema, Dependency::Normal);
        // Types come first, since functions name them.
        let members = contents.map(|c| c.members.as_slice()).unwrap_or_default();
        for first in [true, false] {
            for member in members.iter().filter(|m| m.starts_with("type ") == first) {
                self.add_member(extension, schema, member)?;
            }
        }
        Ok(())
    }

    /// Where its objects go: the schema named, the one that it makes for itself, or the first of
    /// the path.
    fn extension_schema(
        &mut self,
        name: &str,
        named: Option<&Ident>,
        own: Option<&str>,
    ) -> Result<Oid, Problem> {
        if let Some(own) = own {
            return Ok(match self.model.find_schema(own) {
                Some(schema) => schema,
                None => self.model.insert(Schema::named(own)),
            });
        }
        match named {
            Some(named) => self.schema(&names::stored(named)),
            None => match self.search_path().first() {
                Some(schema) => Ok(*schema),
                // It may have a schema of its own.
                None if Self::is_unknown_extension(name) => Ok(Oid::PUBLIC),
                None => Err(Problem::error("3F000", "no schema has been selected to create in")),
            },
        }
    }

    /// Adds one line of an extension's list.
    fn add_member(&mut self, extension: Oid, schema: Oid, member: &str) -> Result<(), Problem> {
        let (kind, rest) = match member.split_once(' ') {
            Some(("class", rest)) => return self.add_member_class(extension, schema, rest),
            Some(("operator", rest)) => return self.add_member_operator(extension, schema, rest),
            Some((kind @ ("type" | "table" | "view" | "aggregate"), rest)) => (kind, rest),
            _ => ("function", member),
        };
        let signature = rest.split_once('(');
        let qualified = signature.map_or(rest, |(name, _)| name);
        let (schema, name) = match qualified.split_once('.') {
            Some((schema, name)) => (self.schema(schema)?, name),
            None => (schema, qualified),
        };
        let oid = match kind {
            "type" if self.model.is_type_name_taken(schema, name) => return Ok(()),
            "type" => self.model.add_type(Type::new(schema, name, TypeKind::Base)),
            "table" | "view" if self.model.find_relation(schema, name).is_some() => return Ok(()),
            "table" | "view" => {
                let kind = if kind == "table" { RelationKind::Table } else { RelationKind::View };
                let mut relation = Relation::new(kind, schema, name);
                relation.opaque = true;
                self.model.add_relation(relation)
            }
            kind => {
                let Some((_, signature)) = signature else { return Ok(()) };
                let Some(function) = self.member_function(schema, name, signature) else {
                    return Ok(());
                };
                let kind = match kind {
                    "aggregate" => FunctionKind::Aggregate,
                    _ => FunctionKind::Function,
                };
                self.model.insert(Function { kind, ..function })
            }
        };
        self.model.depend(oid, extension, Dependency::Extension);
        Ok(())
    }

    /// An operator class from `method name`.
    fn add_member_class(
        &mut self,
        extension: Oid,
        schema: Oid,
        member: &str,
    ) -> Result<(), Problem> {
        let Some((method, name)) = member.split_once(' ') else { return Ok(()) };
        let class = Other {
            schema: Some(schema),
            key: method.into(),
            ..Other::named(OtherKind::OperatorClass, name)
        };
        let class = self.model.insert(class);
        self.model.depend(class, extension, Dependency::Extension);
        Ok(())
    }

    /// An operator from `name(left,right)`.
    fn add_member_operator(
        &mut self,
        extension: Oid,
        schema: Oid,
        member: &str,
    ) -> Result<(), Problem> {
        let operands = member.strip_suffix(')').and_then(|member| member.rsplit_once('('));
        let Some((name, operands)) = operands else { return Ok(()) };
        let Some((left, right)) = operands.split_once(',') else { return Ok(()) };
        let operand = |written: &str| match written {
            "none" => Some(None),
            written => self.member_type(schema, written).map(|found| Some(found.oid)),
        };
        let (Some(left), Some(right)) = (operand(left), operand(right)) else { return Ok(()) };
        let operator = Other {
            schema: Some(schema),
            key: operand_key(left, right),
            ..Other::named(OtherKind::Operator, name)
        };
        let operator = self.model.insert(operator);
        self.model.depend(operator, extension, Dependency::Extension);
        Ok(())
    }

    /// A function from `types)+defaults result`; `None` where a type of it is missing.
    fn member_function(&self, schema: Oid, name: &str, signature: &str) -> Option<Function> {
        let (types, rest) = signature.split_once(')')?;
        let (defaults, result) = match rest.strip_prefix('+') {
            Some(rest) => {
                let (count, result) = rest.split_once(' ')?;
                (count.parse().unwrap_or(0), result)
            }
            None => (0, rest.trim_start()),
        };
        let types: Vec<&str> = types.split(',').filter(|t| !t.is_empty()).collect();
        let first_default = types.len().saturating_sub(defaults);
        let arguments = types
            .iter()
            .enumerate()
            .map(|(i, data_type)| {
                Some(Argument {
                    name: "".into(),
                    mode: ArgumentMode::In,
                    data_type: self.member_type(schema, data_type)?,
                    default: (i >= first_default).then(|| Arc::from("NULL")),
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let (returns_set, result) = match result.strip_prefix("setof ") {
            Some(result) => (true, result),
            None => (false, result),
        };
        Some(Function {
            schema,
            name: name.into(),
            kind: FunctionKind::Function,
            arguments,
            returns: Some(self.member_type(schema, result)?),
            returns_set,
            language: "c".into(),
            body: None,
            security_definer: false,
            immutable: None,
            settings: Vec::new(),
            owner: Oid::POSTGRES,
            history: History::default(),
        })
    }

    /// A type as `format_type` writes it, of the extension's schema or the server's.
    fn member_type(&self, schema: Oid, written: &str) -> Option<TypeRef> {
        let (element, is_array) = match written.strip_suffix("[]") {
            Some(element) => (element, true),
            None => (written, false),
        };
        let found = match self.model.find_type(schema, element.trim_matches('"')) {
            Some(oid) => TypeRef::plain(oid),
            None => self.resolve_type(&parse::data_type(element)?).ok()?,
        };
        if is_array { self.array_of(found).ok() } else { Some(found) }
    }
}
