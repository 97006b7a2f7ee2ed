//! What several rules ask of one catalog, found out once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use crate::catalog::{Catalog, ObjectName, Table};
use crate::expression::Expression;
use crate::prover::{Context, Proof, Visitor, prove};

/// The proofs and trees of one catalog's expressions. A changed catalog needs a new one.
#[derive(Debug, Default)]
pub struct Memo {
    proofs: Mutex<HashMap<Question, Proof>>,
    expressions: Mutex<HashMap<String, Option<Arc<Expression>>>>,
}

/// An expression, the table that it is about, who asks, and the values of columns that are given.
type Question = (String, ObjectName, Option<Visitor>, Vec<(String, String)>);

impl Memo {
    /// Whether an expression is true of every row of a table of the catalog.
    #[must_use]
    pub fn prove(
        &self,
        catalog: &Catalog,
        (table, expression): (&Table, &str),
        visitor: Option<Visitor>,
        given: &IndexMap<String, String>,
    ) -> Proof {
        let values = given.iter().map(|(column, value)| (column.clone(), value.clone())).collect();
        let question = (expression.to_owned(), table.name.clone(), visitor, values);
        let context = Context { catalog, table, visitor, given };
        remembered(&self.proofs, question, |_| prove(expression, context))
    }

    /// The tree of an expression, where it can be read.
    #[must_use]
    pub fn parse(&self, sql: &str) -> Option<Arc<Expression>> {
        remembered(&self.expressions, sql.to_owned(), |sql| Expression::parse(sql).map(Arc::new))
    }
}

/// The answer to a question, found out where nobody asked it before. The lock is not held meanwhile.
fn remembered<Q: Eq + Hash, A: Clone>(
    known: &Mutex<HashMap<Q, A>>,
    question: Q,
    find_out: impl FnOnce(&Q) -> A,
) -> A {
    let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(answer) = lock().get(&question) {
        return answer.clone();
    }
    let answer = find_out(&question);
    lock().insert(question, answer.clone());
    answer
}
