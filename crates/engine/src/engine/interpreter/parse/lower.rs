//! From sqlparser's statements to ours.

use sqlparser::ast::{Query, SetExpr, Statement as Sql};

use super::ast::{CreateIndex, CreateSequence, CreateType, Statement};

/// The statement that sqlparser has read; `None` for one that is not interpreted.
pub(super) fn lower(statement: Sql) -> Option<Statement> {
    Some(match statement {
        Sql::Query(query) if makes_table(&query) => Statement::SelectInto(query),
        Sql::Query(_)
        | Sql::Insert(_)
        | Sql::Update(_)
        | Sql::Delete(_)
        | Sql::Merge(_)
        | Sql::Call(_) => Statement::Query(Box::new(statement)),
        Sql::CreateTable(create) => Statement::CreateTableAs(Box::new(create)),
        Sql::CreateView(create) => Statement::CreateView(Box::new(create)),
        Sql::CreatePolicy(create) => Statement::CreatePolicy(Box::new(create)),
        Sql::AlterPolicy(alter) => Statement::AlterPolicy(Box::new(alter)),
        Sql::CreateIndex(index) => index_of(index, false),
        Sql::CreateType { name, representation } => {
            Statement::CreateType(Box::new(CreateType { name, representation }))
        }
        Sql::CreateDomain(create) => Statement::CreateDomain(Box::new(create)),
        Sql::CreateSequence { temporary, if_not_exists, name, sequence_options, .. } => {
            let options = sequence_options;
            Statement::CreateSequence(CreateSequence { name, temporary, if_not_exists, options })
        }
        Sql::CreateExtension(create) => Statement::CreateExtension(create),
        _ => return None,
    })
}

/// CREATE INDEX; `only` where it is not on the partitions of its table.
pub(super) fn index_of(written: sqlparser::ast::CreateIndex, only: bool) -> Statement {
    Statement::CreateIndex(CreateIndex { written: Box::new(written), only })
}

/// Whether a query is SELECT … INTO.
fn makes_table(query: &Query) -> bool {
    matches!(&*query.body, SetExpr::Select(select) if select.into.is_some())
}
