use std::sync::Arc;

use sqlparser::ast::{CreateIndex, Expr, IndexColumn, IndexType};

use crate::catalog::History;
use crate::engine::interpreter::analyze::{Over, Place, column_name};
use crate::engine::interpreter::model::{Address, Index, IndexKey, Oid, Relation, RelationKind};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

impl Session {
    /// `CREATE INDEX`, and `ON ONLY`: without the partitions' indexes it is not valid.
    pub(crate) fn create_index(
        &mut self,
        written: &CreateIndex,
        only: bool,
    ) -> Result<(), Problem> {
        if written.concurrently {
            self.refuse_in_transaction("CREATE INDEX CONCURRENTLY")?;
        }
        let table = self.relation(&written.table_name)?;
        let relation = self.model.relation(table)?;
        if !matches!(
            relation.kind,
            RelationKind::Table | RelationKind::Partitioned | RelationKind::MaterializedView
        ) {
            return Err(Problem::error(
                "42809",
                format!("cannot create index on relation \"{}\"", relation.name),
            ));
        }
        let schema = relation.schema;
        let name = match &written.name {
            Some(name) => Some(Self::split_name(name)?.1),
            None => None,
        };
        if let Some(name) = &name
            && written.if_not_exists
            && self.model.find_relation(schema, name).is_some()
        {
            return Ok(());
        }
        let keys = written
            .columns
            .iter()
            .map(|column| self.index_key(table, column))
            .collect::<Result<_, _>>()?;
        let mut included = Vec::with_capacity(written.include.len());
        for column in &written.include {
            included.push(self.column(table, &names::stored(column))?.column);
        }
        let index = Index {
            table,
            unique: written.unique,
            primary: false,
            nulls_not_distinct: written.nulls_distinct == Some(false),
            method: method(written.using.as_ref()),
            keys,
            included,
            column_names: Vec::new(),
            predicate: None,
            valid: true,
            constraint: None,
            parent: None,
        };
        if index.unique {
            let columns: Vec<i16> = index.keys.iter().filter_map(IndexKey::column).collect();
            self.check_partition_key(table, &columns)?;
        }
        let name = match name {
            Some(name) => name,
            None => self.index_name(table, &index)?,
        };
        let index = self.add_index(name, index, written.predicate.as_ref())?;
        if !only {
            return self.clone_index_to_partitions(table, index);
        }
        let complete = self.model.children(table).next().is_none();
        if let Some(index) = &mut self.model.relation_mut(index)?.index {
            index.valid = complete;
        }
        Ok(())
    }

    /// One key of an index as a statement writes it.
    pub(crate) fn index_key(&self, table: Oid, column: &IndexColumn) -> Result<IndexKey, Problem> {
        let mut qualifiers =
            column.operator_class.as_ref().map_or_else(String::new, ToString::to_string);
        qualifiers.push_str(&column.column.options.to_string());
        let qualifiers: Arc<str> = qualifiers.trim().into();
        let expr = bare(&column.column.expr);
        if let Expr::Identifier(ident) = expr {
            let name = names::stored(ident);
            let relation = self.model.relation(table)?;
            let found = relation.column(&name).ok_or_else(|| {
                Problem::error("42703", format!("column \"{name}\" does not exist"))
            })?;
            return Ok(IndexKey::Column { number: found.number, qualifiers });
        }
        let resolved = self.analyze_expr(expr, Over::Relation(table), Place::IndexKey)?;
        self.check_immutable(table, expr, "index expression")?;
        Ok(IndexKey::Expression { expression: resolved.value, qualifiers })
    }

    /// Adds an index and what it depends on; its constraint, if it has one, comes later.
    pub(crate) fn add_index(
        &mut self,
        name: Arc<str>,
        mut index: Index,
        predicate: Option<&Expr>,
    ) -> Result<Oid, Problem> {
        let table = index.table;
        let relation = self.model.relation(table)?;
        let schema = relation.schema;
        let persistence = relation.persistence;
        let kind = match relation.kind {
            RelationKind::Partitioned => RelationKind::PartitionedIndex,
            _ => RelationKind::Index,
        };
        self.check_relation_free(schema, &name)?;
        index.column_names = self.index_column_names(relation, &index);
        let mut dependencies = Vec::new();
        if let Some(predicate) = predicate {
            let over = Over::Relation(table);
            let resolved = self.analyze_expr(predicate, over, Place::IndexPredicate)?;
            self.check_immutable(table, predicate, "index predicate")?;
            index.predicate = Some(resolved.value);
            dependencies.extend(resolved.dependencies);
        }
        for key in &index.keys {
            if let IndexKey::Expression { expression, .. } = key {
                let expression = expression.current(&self.model);
                dependencies
                    .extend(self.resolve_expr(&expression, Over::Relation(table))?.dependencies);
            }
        }
        let columns = index.columns();
        let mut relation = Relation::new(kind, schema, name);
        relation.persistence = persistence;
        relation.index = Some(index);
        relation.history = History::created(Some(self.span));
        let oid = self.model.add_relation(relation);
        self.depend_on_columns(oid, table, &columns);
        self.model.depend_on_all_others(oid, table, dependencies);
        self.depend_on_classes(oid)?;
        self.check_rows_unique(oid)?;
        Ok(oid)
    }

    /// The name of an index that was given none.
    pub(super) fn index_name(&self, table: Oid, index: &Index) -> Result<Arc<str>, Problem> {
        let relation = self.model.relation(table)?;
        let columns = self.index_column_names(relation, index);
        let columns = names::addition(columns.iter().map(|c| &**c));
        let schema = relation.schema;
        Ok(names::choose(&relation.name, Some(&columns), "idx", |name| {
            self.model.find_relation(schema, name).is_some()
        }))
    }

    /// Names the columns of the indexes on a column as if they were made anew, which they are where the
    /// column gets another type.
    pub(crate) fn name_index_columns_anew(&mut self, column: Address) -> Result<(), Problem> {
        let table = self.model.relation(column.object)?;
        let mut renamed = Vec::new();
        for (oid, relation) in self.model.indexes(column.object) {
            if let Some(index) = &relation.index
                && index.columns().contains(&column.column)
            {
                let unnamed = Index { column_names: Vec::new(), ..index.clone() };
                renamed.push((oid, self.index_column_names(table, &unnamed)));
            }
        }
        for (oid, names) in renamed {
            if let Some(index) = &mut self.model.relation_mut(oid)?.index {
                index.column_names = names;
            }
        }
        Ok(())
    }

    /// The names that the columns of an index have (`ChooseIndexColumnNames`); a copy takes over those of
    /// its original.
    pub(crate) fn index_column_names(&self, table: &Relation, index: &Index) -> Vec<String> {
        if !index.column_names.is_empty() {
            return index.column_names.clone();
        }
        let named = |number: i16| table.column_at(number).map(|c| c.name.to_string());
        let keys = index.keys.iter().map(|key| match key {
            IndexKey::Column { number, .. } => named(*number).unwrap_or_default(),
            IndexKey::Expression { expression, .. } => {
                let name = column_name(&expression.current(&self.model));
                name.map_or_else(|| "expr".to_owned(), |name| name.to_string())
            }
        });
        let included = index.included.iter().filter_map(|number| named(*number));
        let mut chosen: Vec<String> = Vec::new();
        for name in keys.chain(included) {
            let mut candidate = name.clone();
            let mut pass = 0_u32;
            while chosen.contains(&candidate) {
                pass += 1;
                let number = pass.to_string();
                let kept = names::truncated(&name, names::MAX_NAME.saturating_sub(number.len()));
                candidate = format!("{kept}{number}");
            }
            chosen.push(candidate);
        }
        chosen
    }
}

fn method(written: Option<&IndexType>) -> Arc<str> {
    match written {
        None => "btree".into(),
        Some(IndexType::Custom(name)) => names::stored(name).into(),
        Some(known) => known.to_string().to_lowercase().into(),
    }
}

/// An expression without the parentheses and the collation around it.
fn bare(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) | Expr::Collate { expr: inner, .. } = expr {
        expr = inner;
    }
    expr
}
