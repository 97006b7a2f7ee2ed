//! `pg_class`, `pg_attribute`, `pg_namespace` and the views on tables.

use super::{Relation, Source, System, row};
use crate::engine::interpreter::model::{
    Generation, Persistence, Relation as Stored, RelationKind, Rule, Trigger,
};
use crate::engine::interpreter::query::value::Value;

pub(super) const RELATIONS: &[Relation] = &[
    Relation {
        schema: "pg_catalog",
        name: "pg_class",
        columns: &[
            "oid",
            "relname",
            "relnamespace",
            "reltype",
            "relowner",
            "relkind",
            "relpersistence",
            "relrowsecurity",
            "relforcerowsecurity",
            "relispartition",
            "relhasindex",
            "relhastriggers",
            "relhasrules",
        ],
        rows: classes,
        system: Some(System { schema: "relnamespace", name: "relname", by_oid: true }),
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_attribute",
        columns: &[
            "attrelid",
            "attname",
            "atttypid",
            "attnum",
            "attnotnull",
            "atthasdef",
            "attidentity",
            "attgenerated",
            "attisdropped",
            "attislocal",
            "atttypmod",
        ],
        rows: attributes,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_attrdef",
        columns: &["oid", "adrelid", "adnum", "adbin"],
        rows: defaults,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_namespace",
        columns: &["oid", "nspname", "nspowner"],
        rows: namespaces,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_inherits",
        columns: &["inhrelid", "inhparent", "inhseqno"],
        rows: inheritance,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_tables",
        columns: &[
            "schemaname",
            "tablename",
            "tableowner",
            "tablespace",
            "hasindexes",
            "hasrules",
            "hastriggers",
            "rowsecurity",
        ],
        rows: tables,
        system: Some(System { schema: "schemaname", name: "tablename", by_oid: false }),
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_views",
        columns: &["schemaname", "viewname", "viewowner", "definition"],
        rows: views,
        system: Some(System { schema: "schemaname", name: "viewname", by_oid: false }),
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_matviews",
        columns: &["schemaname", "matviewname", "matviewowner", "definition"],
        rows: materialized_views,
        system: None,
    },
    Relation {
        schema: "pg_catalog",
        name: "pg_sequences",
        columns: &["schemaname", "sequencename", "sequenceowner"],
        rows: sequences,
        system: None,
    },
];

fn classes(source: &Source<'_>) -> Vec<Vec<Value>> {
    let model = source.model();
    let rows = source.relations("?", "relname").into_iter().map(|(oid, relation)| {
        let persistence = match relation.persistence {
            Persistence::Permanent => "p",
            Persistence::Temporary => "t",
        };
        row![
            oid,
            &relation.name,
            relation.schema,
            relation.row_type.map_or(Value::Oid(0), Value::from),
            relation.owner,
            relation.kind.letter(),
            persistence,
            relation.rls_enabled,
            relation.rls_forced,
            relation.is_partition,
            model.indexes(oid).next().is_some(),
            model.parts::<Trigger>(oid).next().is_some(),
            relation.query.is_some() || model.parts::<Rule>(oid).next().is_some(),
        ]
    });
    rows.collect()
}

fn attributes(source: &Source<'_>) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (oid, relation) in source.owners("attrelid") {
        for column in &relation.columns {
            rows.push(row![
                oid,
                &column.name,
                column.data_type.oid,
                column.number,
                column.not_null,
                column.default.is_some(),
                match column.generation {
                    Generation::IdentityAlways => "a",
                    Generation::IdentityByDefault => "d",
                    Generation::None | Generation::Stored => "",
                },
                if column.generation == Generation::Stored { "s" } else { "" },
                false,
                column.is_local,
                // The text of the modifier, which format_type takes.
                column.data_type.modifier.as_ref().map_or(Value::Int(-1), Value::from),
            ]);
        }
    }
    rows
}

fn defaults(source: &Source<'_>) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (oid, relation) in source.owners("adrelid") {
        for column in &relation.columns {
            if let Some(default) = column.default {
                rows.push(row![
                    default,
                    oid,
                    column.number,
                    Value::unknown("the text of a default")
                ]);
            }
        }
    }
    rows
}

fn namespaces(source: &Source<'_>) -> Vec<Vec<Value>> {
    source.model().schemas().map(|(oid, schema)| row![oid, &schema.name, schema.owner]).collect()
}

fn inheritance(source: &Source<'_>) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (oid, relation) in source.model().all::<Stored>() {
        for (parent, number) in relation.parents.iter().zip(1_i64..) {
            rows.push(row![oid, *parent, number]);
        }
    }
    rows
}

fn tables(source: &Source<'_>) -> Vec<Vec<Value>> {
    let tables = source.relations("schemaname", "tablename").into_iter();
    tables
        .filter(|(_, r)| matches!(r.kind, RelationKind::Table | RelationKind::Partitioned))
        .map(|(oid, table)| {
            row![
                source.schema_name(table.schema),
                &table.name,
                source.role_name(table.owner),
                Value::Null,
                source.model().indexes(oid).next().is_some(),
                source.model().parts::<Rule>(oid).next().is_some(),
                source.model().parts::<Trigger>(oid).next().is_some(),
                table.rls_enabled,
            ]
        })
        .collect()
}

fn views(source: &Source<'_>) -> Vec<Vec<Value>> {
    of_kind(source, "viewname", RelationKind::View, true)
}

fn materialized_views(source: &Source<'_>) -> Vec<Vec<Value>> {
    of_kind(source, "matviewname", RelationKind::MaterializedView, true)
}

fn sequences(source: &Source<'_>) -> Vec<Vec<Value>> {
    of_kind(source, "sequencename", RelationKind::Sequence, false)
}

fn of_kind(source: &Source<'_>, name: &str, kind: RelationKind, defined: bool) -> Vec<Vec<Value>> {
    let relations = source.relations("schemaname", name).into_iter();
    relations
        .filter(|(_, r)| r.kind == kind)
        .map(|(_, r)| {
            let mut row = row![source.schema_name(r.schema), &r.name, source.role_name(r.owner)];
            if defined {
                row.push(Value::unknown("the text of a view"));
            }
            row
        })
        .collect()
}
