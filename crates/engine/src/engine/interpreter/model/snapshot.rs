use std::sync::Arc;

use super::{
    Body, Column, Constraint, ConstraintKind, Dependency, Function, FunctionKind, Generation,
    Index, IndexKey, Model, NotedRows, Oid, Persistence, Policy, Relation, RelationKind,
    StoredExpr, Trigger, Type, TypeKind, TypeRef,
};
use crate::catalog::{self, Catalog, ObjectName, References, RoutineKind, RoutineRef, TableKind};
use crate::engine::interpreter::names;

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
        for extension in self.extensions() {
            let schema = self.schema(extension.schema).map_or("", |schema| &schema.name);
            let made = |event: &catalog::Event| event.verb == catalog::ChangeKind::Created;
            catalog.extensions.push(catalog::Extension {
                name: extension.name.to_string(),
                schema: schema.to_owned(),
                preinstalled: !extension.history.iter().any(made),
                history: extension.history.clone(),
            });
        }
        catalog.tables.sort_by(|a, b| a.name.cmp(&b.name));
        catalog.platform_tables.sort_by(|a, b| a.name.cmp(&b.name));
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

    /// Whether an object is in a schema of the platform, and is more than a name that somebody assumed.
    fn is_platform(&self, oid: Oid, schema: Oid) -> bool {
        let is_platform = |name: &str| {
            catalog::is_left_out(name) && name != "information_schema" && !name.starts_with("pg_")
        };
        !self.model.assumed.contains(&oid)
            && self.model.schema(schema).is_ok_and(|schema| is_platform(&schema.name))
            && self.model.links_of(oid).all(|l| l.dependency != Dependency::Extension)
    }

    fn relation(&self, oid: Oid, relation: &Relation, catalog: &mut Catalog) {
        let kind = match relation.kind {
            RelationKind::Table => Some(TableKind::Table),
            RelationKind::Partitioned => Some(TableKind::Partitioned),
            RelationKind::Foreign => Some(TableKind::Foreign),
            RelationKind::View | RelationKind::MaterializedView => None,
            _ => return,
        };
        if relation.persistence == Persistence::Temporary {
            return;
        }
        if !self.shows(oid, relation.schema) {
            if let Some(kind) = kind
                && self.is_platform(oid, relation.schema)
            {
                catalog.platform_tables.push(self.table(oid, relation, kind));
                catalog.platform_rows.push(self.rows(oid, relation));
            }
            return;
        }
        match kind {
            Some(kind) => catalog.tables.push(self.table(oid, relation, kind)),
            None => catalog.views.push(catalog::View {
                name: self.model.object_name(relation.schema, &relation.name),
                materialized: relation.kind == RelationKind::MaterializedView,
                definition: relation.query.as_ref().map(ToString::to_string),
                security_invoker: relation.security_invoker,
                references: self.references(oid, None),
                history: relation.history.clone(),
            }),
        }
    }

    /// What is known of the rows of a platform's table.
    fn rows(&self, oid: Oid, table: &Relation) -> catalog::KnownRows {
        let NotedRows { rows, complete } = self.model.noted_rows(oid);
        let table = self.model.object_name(table.schema, &table.name);
        catalog::KnownRows { table, rows, complete }
    }

    fn table(&self, oid: Oid, table: &Relation, kind: TableKind) -> catalog::Table {
        let parent = table.parents.first().filter(|_| table.is_partition);
        let mut frozen = catalog::Table {
            name: self.model.object_name(table.schema, &table.name),
            kind,
            partition_of: parent.and_then(|parent| self.model.relation_name(*parent).ok()),
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
            policies: self
                .model
                .parts::<Policy>(oid)
                .map(|(p, policy)| self.policy(p, policy))
                .collect(),
            indexes: Vec::new(),
            constraint_indexes: Vec::new(),
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
            let Some(index) = &relation.index else { continue };
            let indexes = if self.shows_index(index) {
                &mut frozen.indexes
            } else {
                &mut frozen.constraint_indexes
            };
            indexes.push(self.index(table, relation, index));
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

    /// What an object depends on of relations and functions that are not the server's, but for one of them.
    fn references(&self, dependent: Oid, but: Option<Oid>) -> References {
        let mut references = References::default();
        let named = self.model.links_of(dependent).filter(|link| {
            link.dependency == Dependency::Normal && Some(link.referenced.object) != but
        });
        for link in named {
            let oid = link.referenced.object;
            if let Ok(relation) = self.model.relation(oid) {
                let name = self.model.object_name(relation.schema, &relation.name);
                if !is_system(&name) && !relation.kind.is_index() {
                    references.relations.push(name);
                }
            } else if let Ok(function) = self.model.function(oid) {
                let name = self.model.object_name(function.schema, &function.name);
                if !is_system(&name) {
                    let arguments = function.signature().map(|of| self.format_type(of)).collect();
                    references.functions.push(RoutineRef { name, arguments });
                }
            }
        }
        references.relations.sort();
        references.relations.dedup();
        references.functions.sort();
        references.functions.dedup();
        references
    }

    fn policy(&self, oid: Oid, policy: &Policy) -> catalog::Policy {
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
            references: self.references(oid, Some(policy.table)),
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
                let is_primary = self.model.parts::<Constraint>(key.table).any(|(_, other)| {
                    matches!(other.kind, ConstraintKind::Primary { .. })
                        && other.columns.len() == key.columns.len()
                        && other.columns.iter().all(|column| key.columns.contains(column))
                });
                frozen.foreign_keys.push(catalog::ForeignKey {
                    name,
                    columns,
                    table: self.model.object_name(referenced.schema, &referenced.name),
                    referenced: strings(referenced.column_names(&key.columns)),
                    references_primary_key: is_primary,
                    inherited: constraint.parent.is_some(),
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
        let constraint = index.constraint.and_then(|oid| self.model.constraint(oid).ok());
        catalog::Index {
            name: relation.name.to_string(),
            unique: index.unique,
            columns: index.keys.iter().map(column).collect(),
            keys: index.keys.iter().map(|key| self.index_key(table, index, key)).collect(),
            included: strings(table.column_names(&index.included)),
            nulls_not_distinct: index.nulls_not_distinct,
            inherited: index.parent.is_some(),
            constraint: constraint.map(|constraint| constraint.name.to_string()),
            deferrable: constraint.is_some_and(|constraint| constraint.deferrable),
            predicate: index.predicate.as_ref().map(|e| self.sql(e)),
            method: index.method.to_string(),
            valid: index.valid,
            history: relation.history.clone(),
        }
    }

    fn index_key(&self, table: &Relation, index: &Index, key: &IndexKey) -> catalog::IndexKey {
        let order = key.order();
        let (expression, data_type) = match key {
            IndexKey::Column { number, .. } => {
                (None, table.column_at(*number).map(|column| column.data_type.oid))
            }
            IndexKey::Expression { expression, .. } => (Some(self.sql(expression)), None),
        };
        let plain = |name: String| {
            crate::engine::interpreter::parse::qualified_name(&name)
                .and_then(|name| Some(names::stored(name.0.last()?.as_ident()?).into_owned()))
                .unwrap_or(name)
        };
        let is_default = |class: &String| {
            data_type.is_some_and(|oid| self.is_default_class(class, oid, &index.method))
        };
        catalog::IndexKey {
            expression,
            collation: order.collation.map(plain),
            operator_class: order.class.map(plain).filter(|class| !is_default(class)),
            descending: order.descending,
            nulls_first: order.nulls_first,
        }
    }

    /// Whether a type has an operator class of that name by default: most are called after their type
    /// (`pg_opclass`), and `varchar` has that of `text`.
    fn is_default_class(&self, class: &str, oid: Oid, method: &str) -> bool {
        let Ok(data_type) = self.model.data_type(oid) else { return false };
        let of_type = match (&data_type.kind, &*data_type.name) {
            (TypeKind::Enum { .. }, _) => "enum_ops".to_owned(),
            (TypeKind::Array { .. }, _) => "array_ops".to_owned(),
            (TypeKind::Range { .. }, _) => "range_ops".to_owned(),
            (_, "varchar") => "text_ops".to_owned(),
            (_, name) => format!("{name}_ops"),
        };
        let ordered = ["btree", "hash"].contains(&method);
        (ordered || method == "gin") && !oid.is_user() && class == of_type
            || ordered && oid.is_user() && data_type.is_enum() && class == "enum_ops"
    }

    fn function(&self, function: &Function) -> catalog::Function {
        let inputs = || function.arguments.iter().filter(|a| a.mode.is_input());
        catalog::Function {
            name: self.model.object_name(function.schema, &function.name),
            kind: match function.kind {
                FunctionKind::Function => RoutineKind::Function,
                FunctionKind::Procedure => RoutineKind::Procedure,
                FunctionKind::Aggregate => RoutineKind::Aggregate,
                FunctionKind::Window => RoutineKind::Window,
            },
            returns: (function.kind != FunctionKind::Procedure)
                .then_some(function.returns.as_ref())
                .flatten()
                .map(|returns| self.format_type(returns)),
            has_standard_body: matches!(function.body, Some(Body::Standard(_))),
            security_definer: function.security_definer,
            volatility: function.volatility,
            settings: function
                .settings
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            arguments: inputs().map(|a| self.format_type(&a.data_type)).collect(),
            argument_names: inputs().map(|a| a.name.to_string()).collect(),
            argument_defaults: inputs().map(|a| a.default.as_deref().map(str::to_owned)).collect(),
            language: function.language.to_string(),
            body: function.body.as_ref().map(|body| body.code().to_string()),
            history: function.history.clone(),
        }
    }
}

/// Whether every server has it.
fn is_system(name: &ObjectName) -> bool {
    name.schema.starts_with("pg_") || name.schema == "information_schema"
}

fn strings(names: Vec<Arc<str>>) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}
