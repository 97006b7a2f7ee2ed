//! Where the migrations start from: what is in the database before the first of them.

use std::sync::LazyLock;

use super::model::Model;
use super::parse;
use super::session::Session;
use crate::engine::Platform;
use crate::span::FileId;

/// What every server has beside `pg_catalog`.
const POSTGRES: &str = include_str!("platform/postgres.sql");

/// What Supabase adds, made by the interpreter itself.
const SUPABASE: &str = include_str!("platform/supabase.sql");

static POSTGRES_MODEL: LazyLock<Model> = LazyLock::new(|| prepared(Model::bare(), POSTGRES));

static SUPABASE_MODEL: LazyLock<Model> =
    LazyLock::new(|| prepared(POSTGRES_MODEL.clone(), SUPABASE));

/// The database of a platform before the first migration.
pub(super) fn model(platform: Platform) -> Model {
    match platform {
        Platform::Postgres => POSTGRES_MODEL.clone(),
        Platform::Supabase => SUPABASE_MODEL.clone(),
    }
}

/// A model after some statements; those that cannot be executed are left out, which a test denies.
fn prepared(model: Model, statements: &str) -> Model {
    let mut session = Session::over(model, Platform::Postgres);
    session.settings.others.insert("check_function_bodies".into(), "off".into());
    for statement in parse::parse_file(FileId(0), statements) {
        let saved = session.model.clone();
        if session.execute(&statement).is_err() {
            session.model = saved;
        }
    }
    session.model
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_of_the_preludes_can_be_executed() {
        let mut session = Session::over(Model::bare(), Platform::Postgres);
        let mut refused = Vec::new();
        for text in [POSTGRES, SUPABASE] {
            for statement in parse::parse_file(FileId(0), text) {
                if let Err(problem) = session.execute(&statement) {
                    refused.push(format!("{}: {problem}", &text[statement.span.range()]));
                }
            }
        }
        assert_eq!(refused, Vec::<String>::new());
    }
}
