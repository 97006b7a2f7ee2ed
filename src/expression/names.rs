//! The tables and functions that an expression names.

use std::convert::Infallible;
use std::ops::ControlFlow;

use sqlparser::ast::{Query, TableFactor, Value, ValueWithSpan, Visit, Visitor};

use super::{Expression, fold};

/// What the walk over an expression finds.
#[derive(Default)]
struct Finder {
    relations: Vec<Vec<String>>,
    /// The names that WITH gives to queries.
    common: Vec<String>,
    queries: usize,
}

impl Visitor for Finder {
    type Break = Infallible;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Infallible> {
        self.queries += 1;
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.common.push(fold(&table.alias.name));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Infallible> {
        if let TableFactor::Table { name, args: None, .. } = factor {
            self.relations
                .push(name.0.iter().filter_map(|part| part.as_ident()).map(fold).collect());
        }
        ControlFlow::Continue(())
    }
}

impl Expression {
    /// The tables and views that its sub-queries read, as they are written: without a schema, or with one.
    #[must_use]
    pub fn relations(&self) -> Vec<Vec<String>> {
        let Finder { mut relations, common, .. } = self.walk();
        // A name that WITH gives hides a table of that name.
        relations.retain(|name| !matches!(&name[..], [only] if common.contains(only)));
        relations
    }

    /// Whether there is a sub-query in it.
    #[must_use]
    pub fn has_query(&self) -> bool {
        self.walk().queries > 0
    }

    /// The texts that are written in it.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        struct Texts(Vec<String>);
        impl Visitor for Texts {
            type Break = Infallible;

            fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<Infallible> {
                if let Value::SingleQuotedString(text) = &value.value {
                    self.0.push(text.clone());
                }
                ControlFlow::Continue(())
            }
        }
        let mut texts = Texts(Vec::new());
        let ControlFlow::Continue(()) = self.0.visit(&mut texts);
        texts.0
    }

    fn walk(&self) -> Finder {
        let mut finder = Finder::default();
        let ControlFlow::Continue(()) = self.0.visit(&mut finder);
        finder
    }
}
