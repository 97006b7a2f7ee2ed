//! Extensions, and what the common ones bring.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use sqlparser::ast::{CreateExtension, Ident};

use crate::catalog::History;
use crate::engine::interpreter::model::{
    Argument, ArgumentMode, Dependency, Extension, Function, FunctionKind, Oid, Relation,
    RelationKind, Schema, Type, TypeKind, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;
use crate::pg_catalog;

/// What an extension is and brings, as `extensions.txt` lists it.
#[derive(Debug, Default)]
pub(in crate::engine) struct Contents {
    /// The extension that it needs.
    pub(in crate::engine) requires: Option<&'static str>,
    /// The schema that it makes for itself.
    pub(in crate::engine) schema: Option<&'static str>,
    /// It has functions that are not listed.
    opaque: bool,
    /// The lines of its types, tables, views and functions.
    pub(in crate::engine) members: Vec<&'static str>,
}

/// What a known extension brings.
pub(in crate::engine) fn known_extension(name: &str) -> Option<&'static Contents> {
    EXTENSIONS.get(name)
}

static EXTENSIONS: LazyLock<HashMap<&'static str, Contents>> = LazyLock::new(|| {
    let mut all = HashMap::new();
    let mut current = "";
    for line in include_str!("extensions.txt").lines() {
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
});

impl Session {
    /// Whether there is an extension of which it is not known all that it brings.
    pub(crate) fn has_unknown_extension(&self) -> bool {
        self.model
            .extensions()
            .any(|extension| EXTENSIONS.get(&*extension.name).is_none_or(|c| c.opaque))
    }

    /// Whether one of these schemas may hold functions of an extension that are not known.
    pub(crate) fn has_unknown_functions_in(&self, path: &[Oid]) -> bool {
        self.model.extensions().any(|extension| match EXTENSIONS.get(&*extension.name) {
            None => true,
            Some(contents) => contents.opaque && path.contains(&extension.schema),
        })
    }

    /// Executes CREATE EXTENSION.
    pub(crate) fn create_extension(&mut self, statement: &CreateExtension) -> Result<(), Problem> {
        let name = names::stored(&statement.name);
        self.install(&name, statement.schema.as_ref(), statement.if_not_exists, statement.cascade)
    }

    fn install(
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
        let contents = EXTENSIONS.get(name);
        if let Some(required) = contents.and_then(|c| c.requires)
            && self.model.find_extension(required).is_none()
        {
            if !cascade {
                let message = format!("required extension \"{required}\" is not installed");
                return Err(Problem::error("42704", message));
            }
            self.install(required, schema, true, true)?;
        }
        let schema = self.extension_schema(
            schema,
            contents.and_then(|c| c.schema).or_else(|| pg_catalog::extension_schema(name)),
        )?;
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
            None => {
                self.search_path().first().copied().ok_or_else(|| {
                    Problem::error("3F000", "no schema has been selected to create in")
                })
            }
        }
    }

    /// Adds one line of an extension's list.
    fn add_member(&mut self, extension: Oid, schema: Oid, member: &str) -> Result<(), Problem> {
        let (kind, rest) = match member.split_once(' ') {
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
