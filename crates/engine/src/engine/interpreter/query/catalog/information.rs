//! The information schema.

use super::key::{
    check_constraints, constraint_columns, constraint_tables, key_columns, references,
    table_constraints,
};
use super::{Relation, Source, System, function, row, yes_or_no};
use crate::engine::interpreter::model::{
    Column, Generation, Oid, Relation as Stored, RelationKind, Trigger, TypeKind, TypeRef,
};
use crate::engine::interpreter::query::value::Value;

const SCHEMA: &str = "information_schema";

const fn system(schema: &'static str, name: &'static str) -> Option<System> {
    Some(System { schema, name, by_oid: false })
}

pub(super) const RELATIONS: &[Relation] = &[
    Relation {
        schema: SCHEMA,
        name: "tables",
        columns: &[
            "table_catalog",
            "table_schema",
            "table_name",
            "table_type",
            "is_insertable_into",
        ],
        rows: tables,
        system: system("table_schema", "table_name"),
    },
    Relation {
        schema: SCHEMA,
        name: "columns",
        columns: &[
            "table_catalog",
            "table_schema",
            "table_name",
            "column_name",
            "ordinal_position",
            "column_default",
            "is_nullable",
            "data_type",
            "character_maximum_length",
            "udt_catalog",
            "udt_schema",
            "udt_name",
            "is_identity",
            "is_generated",
        ],
        rows: columns,
        system: system("table_schema", "table_name"),
    },
    Relation {
        schema: SCHEMA,
        name: "table_constraints",
        columns: &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "table_catalog",
            "table_schema",
            "table_name",
            "constraint_type",
            "is_deferrable",
            "initially_deferred",
        ],
        rows: table_constraints,
        system: None,
    },
    Relation {
        schema: SCHEMA,
        name: "key_column_usage",
        columns: &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "table_catalog",
            "table_schema",
            "table_name",
            "column_name",
            "ordinal_position",
        ],
        rows: key_columns,
        system: None,
    },
    Relation {
        schema: SCHEMA,
        name: "constraint_column_usage",
        columns: &[
            "table_catalog",
            "table_schema",
            "table_name",
            "column_name",
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
        ],
        rows: constraint_columns,
        system: None,
    },
    Relation {
        schema: SCHEMA,
        name: "constraint_table_usage",
        columns: &["table_schema", "table_name", "constraint_schema", "constraint_name"],
        rows: constraint_tables,
        system: None,
    },
    Relation {
        schema: SCHEMA,
        name: "check_constraints",
        columns: &["constraint_catalog", "constraint_schema", "constraint_name", "check_clause"],
        rows: check_constraints,
        system: None,
    },
    Relation {
        schema: SCHEMA,
        name: "referential_constraints",
        columns: &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "unique_constraint_schema",
            "unique_constraint_name",
            "match_option",
            "update_rule",
            "delete_rule",
        ],
        rows: references,
        system: None,
    },
    Relation {
        schema: SCHEMA,
        name: "routines",
        columns: &[
            "routine_catalog",
            "routine_schema",
            "routine_name",
            "routine_type",
            "data_type",
        ],
        rows: routines,
        system: system("routine_schema", "routine_name"),
    },
    Relation {
        schema: SCHEMA,
        name: "views",
        columns: &["table_catalog", "table_schema", "table_name", "view_definition"],
        rows: views,
        system: system("table_schema", "table_name"),
    },
    Relation {
        schema: SCHEMA,
        name: "triggers",
        columns: &[
            "trigger_catalog",
            "trigger_schema",
            "trigger_name",
            "event_manipulation",
            "event_object_schema",
            "event_object_table",
            "action_orientation",
            "action_timing",
        ],
        rows: triggers,
        system: None,
    },
    Relation {
        schema: SCHEMA,
        name: "schemata",
        columns: &["catalog_name", "schema_name", "schema_owner"],
        rows: schemata,
        system: None,
    },
    Relation {
        schema: SCHEMA,
        name: "sequences",
        columns: &["sequence_catalog", "sequence_schema", "sequence_name"],
        rows: sequences,
        system: None,
    },
    Relation {
        schema: SCHEMA,
        name: "enabled_roles",
        columns: &["role_name"],
        rows: roles,
        system: None,
    },
];

pub(super) const DATABASE: &str = "postgres";

fn tables(source: &Source<'_>) -> Vec<Vec<Value>> {
    let relations = source.relations("table_schema", "table_name").into_iter();
    relations
        .filter_map(|(_, relation)| {
            let kind = match relation.kind {
                RelationKind::Table | RelationKind::Partitioned => "BASE TABLE",
                RelationKind::View => "VIEW",
                RelationKind::Foreign => "FOREIGN",
                _ => return None,
            };
            let insertable = match relation.kind {
                RelationKind::View => Value::unknown("whether a view takes rows"),
                _ => yes_or_no(true),
            };
            Some(row![
                DATABASE,
                source.schema_name(relation.schema),
                &relation.name,
                kind,
                insertable
            ])
        })
        .collect()
}

/// Relations whose columns the information schema lists.
fn has_columns(relation: &Stored) -> bool {
    relation.kind.is_table() || relation.kind == RelationKind::View
}

fn columns(source: &Source<'_>) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (_, relation) in source.relations("table_schema", "table_name") {
        if has_columns(relation) {
            rows.extend(relation.columns.iter().map(|c| column(source, relation, c)));
        }
    }
    rows
}

fn column(source: &Source<'_>, relation: &Stored, column: &Column) -> Vec<Value> {
    let model = source.model();
    let shown_as =
        model.data_type(column.data_type.oid).ok().map(|data_type| match &data_type.kind {
            TypeKind::Array { .. } => "ARRAY".into(),
            TypeKind::Domain { base, .. } => {
                model.format_type(&TypeRef::plain(base.oid), &[]).into()
            }
            _ if data_type.schema == Oid::PG_CATALOG => {
                model.format_type(&TypeRef::plain(column.data_type.oid), &[]).into()
            }
            _ => Value::from("USER-DEFINED"),
        });
    let udt = match model.data_type(column.data_type.oid).map(|t| &t.kind) {
        Ok(TypeKind::Domain { base, .. }) => model.data_type(base.oid),
        _ => model.data_type(column.data_type.oid),
    };
    let length = match (column.data_type.oid, &column.data_type.modifier) {
        (Oid::VARCHAR | Oid::BPCHAR, Some(length)) => length.parse::<i64>().ok(),
        _ => None,
    };
    let identity =
        matches!(column.generation, Generation::IdentityAlways | Generation::IdentityByDefault);
    let generated = column.generation == Generation::Stored;
    let default =
        column.default.filter(|_| !generated).map(|_| Value::unknown("the text of a default"));
    let not_null = column.not_null
        || matches!(
            model.data_type(column.data_type.oid).map(|t| &t.kind),
            Ok(TypeKind::Domain { not_null: true, .. })
        );
    row![
        DATABASE,
        source.schema_name(relation.schema),
        &relation.name,
        &column.name,
        column.number,
        default,
        yes_or_no(!not_null),
        shown_as,
        length,
        DATABASE,
        udt.ok().map(|t| source.schema_name(t.schema)),
        udt.ok().map(|t| &t.name),
        yes_or_no(identity),
        if generated { "ALWAYS" } else { "NEVER" },
    ]
}

fn routines(source: &Source<'_>) -> Vec<Vec<Value>> {
    use crate::engine::interpreter::model::FunctionKind;
    let mut rows = Vec::new();
    for (_, routine) in function::found(source, "routine_schema", "routine_name") {
        let kind = match routine.kind {
            FunctionKind::Function => Value::from("FUNCTION"),
            FunctionKind::Procedure => "PROCEDURE".into(),
            FunctionKind::Aggregate | FunctionKind::Window => Value::Null,
        };
        let returned = Value::unknown("the type of a routine");
        rows.push(row![
            DATABASE,
            source.schema_name(routine.schema),
            &routine.name,
            kind,
            returned
        ]);
    }
    rows
}

fn views(source: &Source<'_>) -> Vec<Vec<Value>> {
    let views = source.relations("table_schema", "table_name").into_iter();
    views
        .filter(|(_, r)| r.kind == RelationKind::View)
        .map(|(_, r)| {
            row![
                DATABASE,
                source.schema_name(r.schema),
                &r.name,
                Value::unknown("the text of a view")
            ]
        })
        .collect()
}

fn triggers(source: &Source<'_>) -> Vec<Vec<Value>> {
    let model = source.model();
    let found: Vec<&Trigger> = match source.hints.text("event_object_table") {
        Some(_) => {
            let tables = source.relations("event_object_schema", "event_object_table").into_iter();
            tables.flat_map(|(table, _)| model.parts::<Trigger>(table)).map(|(_, t)| t).collect()
        }
        None => model.all::<Trigger>().map(|(_, t)| t).collect(),
    };
    let mut rows = Vec::new();
    for trigger in found {
        let Ok(table) = model.relation(trigger.table) else { continue };
        // TRUNCATE is no event of the SQL standard.
        for event in trigger.events.iter().filter(|e| &***e != "TRUNCATE") {
            rows.push(row![
                DATABASE,
                source.schema_name(table.schema),
                &trigger.name,
                event,
                source.schema_name(table.schema),
                &table.name,
                if trigger.for_each_row { "ROW" } else { "STATEMENT" },
                &trigger.timing,
            ]);
        }
    }
    rows
}

fn schemata(source: &Source<'_>) -> Vec<Vec<Value>> {
    let schemas = source.model().schemas();
    schemas.map(|(_, s)| row![DATABASE, &s.name, source.role_name(s.owner)]).collect()
}

fn sequences(source: &Source<'_>) -> Vec<Vec<Value>> {
    let sequences = source.relations("sequence_schema", "sequence_name").into_iter();
    sequences
        .filter(|(_, r)| r.kind == RelationKind::Sequence)
        .map(|(_, r)| row![DATABASE, source.schema_name(r.schema), &r.name])
        .collect()
}

fn roles(source: &Source<'_>) -> Vec<Vec<Value>> {
    source.model().roles().map(|(_, r)| row![&r.name]).collect()
}
