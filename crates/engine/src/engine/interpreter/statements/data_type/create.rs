use std::sync::Arc;

use sqlparser::ast::{
    Ident, UserDefinedTypeCompositeAttributeDef, UserDefinedTypeRangeOption,
    UserDefinedTypeRepresentation,
};

use crate::catalog::History;
use crate::engine::interpreter::model::{
    Argument, ArgumentMode, Column, Dependency, Function, FunctionKind, Oid, Relation,
    RelationKind, Type, TypeKind, TypeRef,
};
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::CreateType;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// `CREATE TYPE`
    pub(crate) fn create_type(&mut self, written: &CreateType) -> Result<(), Problem> {
        let representation = written.representation.as_ref();
        let (schema, name) = self.place(&written.name, false)?;
        let shell = self
            .model
            .find_type(schema, &name)
            .filter(|oid| self.model.data_type(*oid).is_ok_and(|t| t.kind == TypeKind::Shell));
        if let (Some(shell), Some(UserDefinedTypeRepresentation::SqlDefinition { .. })) =
            (shell, representation)
        {
            self.model.data_type_mut(shell)?.kind = TypeKind::Base;
            return Ok(());
        }
        self.check_type_free(schema, &name)?;
        match representation {
            None => {
                self.insert_type(schema, name, TypeKind::Shell);
                Ok(())
            }
            Some(UserDefinedTypeRepresentation::SqlDefinition { .. }) => {
                self.insert_type(schema, name, TypeKind::Base);
                Ok(())
            }
            Some(UserDefinedTypeRepresentation::Enum { labels }) => {
                self.create_enum(schema, name, labels)
            }
            Some(UserDefinedTypeRepresentation::Composite { attributes }) => {
                self.create_composite(schema, name, attributes)
            }
            Some(UserDefinedTypeRepresentation::Range { options }) => {
                self.create_range(schema, &name, options)
            }
        }
    }

    /// Fails where a type of that name exists in the schema.
    pub(super) fn check_type_free(&self, schema: Oid, name: &str) -> Result<(), Problem> {
        if self.model.is_type_name_taken(schema, name) {
            return Err(Problem::error("42710", format!("type \"{name}\" already exists")));
        }
        Ok(())
    }

    /// Adds a type made by the current statement.
    pub(super) fn insert_type(&mut self, schema: Oid, name: Arc<str>, kind: TypeKind) -> Oid {
        let mut data_type = Type::new(schema, name, kind);
        data_type.owner = self.current_role();
        data_type.history = History::created(Some(self.span));
        self.model.add_type(data_type)
    }

    fn create_enum(
        &mut self,
        schema: Oid,
        name: Arc<str>,
        written: &[Ident],
    ) -> Result<(), Problem> {
        let mut labels: Vec<Arc<str>> = Vec::with_capacity(written.len());
        let mut seen = std::collections::HashSet::with_capacity(written.len());
        for label in written {
            super::label::check_length(&label.value)?;
            if !seen.insert(label.value.as_str()) {
                return Err(Problem::error(
                    "23505",
                    "duplicate key value violates unique constraint \"pg_enum_typid_label_index\"",
                ));
            }
            labels.push(label.value.as_str().into());
        }
        self.insert_type(schema, name, TypeKind::Enum { labels });
        Ok(())
    }

    fn create_composite(
        &mut self,
        schema: Oid,
        name: Arc<str>,
        attributes: &[UserDefinedTypeCompositeAttributeDef],
    ) -> Result<(), Problem> {
        self.check_relation_free(schema, &name)?;
        let mut relation = Relation::new(RelationKind::Composite, schema, name.clone());
        relation.history = History::created(Some(self.span));
        let relation = self.model.add_relation(relation);
        let data_type = self.insert_type(schema, name, TypeKind::Composite { relation });
        self.model.relation_mut(relation)?.row_type = Some(data_type);
        self.model.depend(data_type, schema, Dependency::Normal);
        self.model.depend(relation, data_type, Dependency::Internal);
        for attribute in attributes {
            let name = names::stored(&attribute.name);
            let resolved = self.resolve_type(&attribute.data_type)?;
            self.check_attribute_free(relation, &name)?;
            self.add_column_to(relation, Column::new(&*name, resolved))?;
        }
        Ok(())
    }

    /// Fails where a composite type has an attribute of that name.
    pub(super) fn check_attribute_free(&self, relation: Oid, name: &str) -> Result<(), Problem> {
        if self.model.relation(relation)?.column(name).is_some() {
            return Err(Problem::error(
                "42701",
                format!("column \"{name}\" specified more than once"),
            ));
        }
        Ok(())
    }

    fn create_range(
        &mut self,
        schema: Oid,
        name: &Arc<str>,
        options: &[UserDefinedTypeRangeOption],
    ) -> Result<(), Problem> {
        let mut subtype = None;
        let mut multirange_name = None;
        for option in options {
            match option {
                UserDefinedTypeRangeOption::Subtype(written) => {
                    subtype = Some(self.resolve_type(written)?.oid);
                }
                UserDefinedTypeRangeOption::MultirangeTypeName(written) => {
                    multirange_name = Some(self.place(written, false)?);
                }
                _ => {}
            }
        }
        let Some(subtype) = subtype else {
            return Err(Problem::error("42601", "type attribute \"subtype\" is required"));
        };
        let range = self.insert_type(schema, name.clone(), TypeKind::Range { subtype });
        self.depend_on_type(range.into(), subtype);
        let (schema, name) = multirange_name.unwrap_or_else(|| (schema, multirange_name_of(name)));
        self.check_type_free(schema, &name)?;
        let multirange = self.insert_type(schema, name, TypeKind::Multirange { range });
        self.model.depend(multirange, range, Dependency::Internal);
        let text = Oid::TEXT;
        self.add_constructor(range, &[subtype, subtype], ArgumentMode::In)?;
        self.add_constructor(range, &[subtype, subtype, text], ArgumentMode::In)?;
        self.add_constructor(multirange, &[], ArgumentMode::In)?;
        self.add_constructor(multirange, &[range], ArgumentMode::In)?;
        let ranges = self.model.data_type(range)?.array;
        self.add_constructor(multirange, ranges.as_slice(), ArgumentMode::Variadic)
    }

    /// A function of a type's own name that makes its values and goes with it.
    fn add_constructor(
        &mut self,
        data_type: Oid,
        arguments: &[Oid],
        mode: ArgumentMode,
    ) -> Result<(), Problem> {
        let made = self.model.data_type(data_type)?;
        let argument = |oid: &Oid| Argument {
            name: "".into(),
            mode,
            data_type: TypeRef::plain(*oid),
            default: None,
        };
        let function = Function {
            schema: made.schema,
            name: made.name.clone(),
            kind: FunctionKind::Function,
            arguments: arguments.iter().map(argument).collect(),
            returns: Some(TypeRef::plain(data_type)),
            returns_set: false,
            language: "internal".into(),
            body: None,
            security_definer: false,
            immutable: None,
            settings: Vec::new(),
            owner: made.owner,
            history: History::created(Some(self.span)),
        };
        let schema = function.schema;
        let function = self.model.insert(function);
        self.model.depend(function, data_type, Dependency::Internal);
        self.model.depend(function, schema, Dependency::Normal);
        Ok(())
    }
}

/// `price_range` makes `price_multirange`, `price` makes `price_multirange` too.
fn multirange_name_of(range: &str) -> Arc<str> {
    let name = match range.find("range") {
        Some(at) => {
            let (before, after) = range.split_at(at);
            format!("{before}multi{after}")
        }
        None => format!(
            "{}_multirange",
            names::truncated(range, names::MAX_NAME.saturating_sub("_multirange".len()))
        ),
    };
    names::truncated(&name, names::MAX_NAME).into()
}
