use std::sync::Arc;

use super::{
    Column, Constraint, ConstraintKind, Dependency, Function, Generation, Index, IndexKey, Model,
    Oid, Persistence, Policy, Relation, RelationKind, StoredExpr, Trigger, Type, TypeKind, TypeRef,
};
use crate::catalog::{self, Catalog, TableKind};

/// Turns the model into the catalog that checks and reports read.
struct Snapshot<'a> {
    model: &'a Model,
    /// `public` and `extensions`: what the catalog's spelling of types goes by.
    search_path: Vec<Oid>,
}

impl Model {
    /// The catalog as it stands.
    pub(crate) fn snapshot(&self) -> Catalog {
        let search_path =
            ["public", "extensions"].iter().filter_map(|name| self.find_schema(name)).collect();
        let freezer = Snapshot { model: self, search_path };
        let mut catalog =
            Catalog { dropped: self.dropped.iter().cloned().collect(), ..Catalog::default() };
        for (oid, relation) in self.all::<Relation>() {
            freezer.relation(oid, relation, &mut catalog);
        }
        for (oid, data_type) in self.all::<Type>() {
            if let TypeKind::Enum { labels } = &data_type.kind
                && freezer.shows(oid, data_type.schema)
            {
                catalog.enums.push(catalog::Enum {
                    name: self.object_name(data_type.schema, &data_type.name),
                    labels: labels.iter().map(ToString::to_string).collect(),
                    history: data_type.history.clone(),
                });
            }
        }
        for (oid, function) in self.all::<Function>() {
            if freezer.shows(oid, function.schema) {
                catalog.functions.push(freezer.function(function));
            }
        }
        catalog.tables.sort_by(|a, b| a.name.cmp(&b.name));
        catalog.enums.sort_by(|a, b| a.name.cmp(&b.name));
        catalog.views.sort_by(|a, b| a.name.cmp(&b.name));
        catalog.functions.sort_by(|a, b| a.name.cmp(&b.name));
        catalog
    }
}

impl Snapshot<'_> {
    /// Whether the catalog has an object of that schema; those of extensions are left out.
    fn shows(&self, oid: Oid, schema: Oid) -> bool {
        let in_scope = !self.model.assumed.contains(&oid)
            && self.model.schema(schema).is_ok_and(|s| !catalog::is_left_out(&s.name));
        in_scope && self.model.links_of(oid).all(|l| l.dependency != Dependency::Extension)
    }

    fn relation(&self, oid: Oid, relation: &Relation, catalog: &mut Catalog) {
        let kind = match relation.kind {
            RelationKind::Table => Some(TableKind::Table),
            RelationKind::Partitioned => Some(TableKind::Partitioned),
            RelationKind::Foreign => Some(TableKind::Foreign),
            RelationKind::View | RelationKind::MaterializedView => None,
            _ => return,
        };
        if relation.persistence == Persistence::Temporary || !self.shows(oid, relation.schema) {
            return;
        }
        match kind {
            Some(kind) => catalog.tables.push(self.table(oid, relation, kind)),
            None => catalog.views.push(catalog::View {
                name: self.model.object_name(relation.schema, &relation.name),
                materialized: relation.kind == RelationKind::MaterializedView,
                definition: relation.query.as_ref().map(ToString::to_string),
                history: relation.history.clone(),
            }),
        }
    }

    fn table(&self, oid: Oid, table: &Relation, kind: TableKind) -> catalog::Table {
        let mut frozen = catalog::Table {
            name: self.model.object_name(table.schema, &table.name),
            kind,
            columns: table
                .columns
                .iter()
                // A column that was assumed is of no type that is known.
                .filter(|column| column.data_type.oid != Oid::UNKNOWN)
                .map(|column| self.column(column))
                .collect(),
            primary_key: None,
            unique: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            rls_enabled: table.rls_enabled,
            rls_forced: table.rls_forced,
            rls_history: table.rls_history.clone(),
            policies: self.model.parts::<Policy>(oid).map(|(_, p)| self.policy(p)).collect(),
            indexes: Vec::new(),
            triggers: self
                .model
                .parts::<Trigger>(oid)
                .map(|(_, t)| catalog::Trigger {
                    name: t.name.to_string(),
                    history: t.history.clone(),
                })
                .collect(),
            history: table.history.clone(),
        };
        for (_, constraint) in self.model.parts::<Constraint>(oid) {
            self.constraint(table, constraint, &mut frozen);
        }
        for (_, relation) in self.model.indexes(oid) {
            if let Some(index) = &relation.index
                && self.shows_index(index)
            {
                frozen.indexes.push(self.index(table, relation, index));
            }
        }
        frozen
    }

    /// Indexes of PRIMARY KEY and UNIQUE constraints are left out, those of EXCLUDE are not.
    fn shows_index(&self, index: &Index) -> bool {
        let constraint = index.constraint.and_then(|oid| self.model.constraint(oid).ok());
        constraint.is_none_or(|c| matches!(c.kind, ConstraintKind::Exclude { .. }))
    }

    fn column(&self, column: &Column) -> catalog::Column {
        let enum_type = self.model.data_type(column.data_type.oid).ok().and_then(|t| {
            matches!(t.kind, TypeKind::Enum { .. })
                .then(|| self.model.object_name(t.schema, &t.name))
        });
        catalog::Column {
            name: column.name.to_string(),
            data_type: self.format_type(&column.data_type),
            enum_type,
            not_null: column.not_null,
            default: column.default.is_some() || column.generation != Generation::None,
            default_expression: column
                .default
                .and_then(|oid| self.model.default(oid).ok())
                .map(|default| self.sql(&default.expression)),
            generated: column.generation == Generation::Stored,
            history: column.history.clone(),
        }
    }

    fn format_type(&self, of: &TypeRef) -> String {
        self.model.format_type(of, &self.search_path)
    }

    fn sql(&self, expression: &StoredExpr) -> String {
        expression.current(self.model).to_string()
    }

    fn policy(&self, policy: &Policy) -> catalog::Policy {
        let mut roles: Vec<_> = (policy.roles.iter())
            .filter_map(|role| Some(self.model.role(*role).ok()?.name.to_string()))
            .collect();
        if policy.roles.is_empty() {
            roles.push("public".to_owned());
        }
        roles.sort();
        catalog::Policy {
            name: policy.name.to_string(),
            command: policy.command,
            permissive: policy.permissive,
            roles,
            using: policy.using.as_ref().map(|e| self.sql(e)),
            with_check: policy.with_check.as_ref().map(|e| self.sql(e)),
            trials: Vec::new(),
            history: policy.history.clone(),
        }
    }

    fn constraint(&self, table: &Relation, constraint: &Constraint, frozen: &mut catalog::Table) {
        let name = constraint.name.to_string();
        let history = constraint.history.clone();
        let columns = strings(table.column_names(&constraint.columns));
        match &constraint.kind {
            ConstraintKind::Check { expression, .. } => frozen.checks.push(catalog::Check {
                name,
                expression: self.sql(expression),
                history,
            }),
            ConstraintKind::Primary { .. } => {
                frozen.primary_key = Some(catalog::Key { name, columns, history });
            }
            ConstraintKind::Unique { .. } => {
                frozen.unique.push(catalog::Key { name, columns, history });
            }
            ConstraintKind::ForeignKey(key) => {
                let Ok(referenced) = self.model.relation(key.table) else { return };
                frozen.foreign_keys.push(catalog::ForeignKey {
                    name,
                    columns,
                    table: self.model.object_name(referenced.schema, &referenced.name),
                    referenced: strings(referenced.column_names(&key.columns)),
                    history,
                });
            }
            ConstraintKind::Exclude { .. } | ConstraintKind::Trigger => {}
        }
    }

    fn index(&self, table: &Relation, relation: &Relation, index: &Index) -> catalog::Index {
        let column = |key: &IndexKey| {
            key.column().and_then(|number| table.column_at(number)).map(|c| c.name.to_string())
        };
        catalog::Index {
            name: relation.name.to_string(),
            unique: index.unique,
            columns: index.keys.iter().map(column).collect(),
            predicate: index.predicate.as_ref().map(|e| self.sql(e)),
            method: index.method.to_string(),
            valid: index.valid,
            history: relation.history.clone(),
        }
    }

    fn function(&self, function: &Function) -> catalog::Function {
        let inputs = || function.arguments.iter().filter(|a| a.mode.is_input());
        catalog::Function {
            name: self.model.object_name(function.schema, &function.name),
            arguments: inputs().map(|a| self.format_type(&a.data_type)).collect(),
            argument_names: inputs().map(|a| a.name.to_string()).collect(),
            argument_defaults: inputs().map(|a| a.default.as_deref().map(str::to_owned)).collect(),
            language: function.language.to_string(),
            body: function.body.as_ref().map(|body| body.code().to_string()),
            history: function.history.clone(),
        }
    }
}

fn strings(names: Vec<Arc<str>>) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}
