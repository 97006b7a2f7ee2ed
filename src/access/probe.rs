//! Evaluates what reading alone cannot: the expressions of policies of which it cannot be told whether
//! they are always true. They are put to rows of two owners, as a stranger.

use super::actor::Actor;
use super::schema::{Schema, Table};
use super::{quoted, seed, undone};
use crate::catalog::{self, Catalog, Policy, PolicyProbe};
use crate::engine::session::{Session, SessionError};
use crate::prover::{Context, Vacuity, Visitor, prove};

/// An expression of which it cannot be told whether it is always true.
struct Question {
    policy: usize,
    expression: String,
    with_check: bool,
    visitor: Visitor,
}

/// The schemas that are not the server's own, in which a function of a policy may find what it reads.
const SCHEMAS: &str = "SELECT string_agg(quote_ident(nspname), ', ') FROM pg_catalog.pg_namespace \
                       WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";

/// Where questions are put.
#[derive(Clone, Copy)]
struct Place<'a> {
    target: &'a Table,
    table: &'a catalog::Table,
    actors: &'a [Actor],
    /// The names of the schemas whose tables visitors may read, so that the expression alone decides.
    schemas: &'a str,
}

/// Notes with each policy what came of evaluating its expressions, where that is needed. What cannot be
/// tried, perhaps since no row can be made, stays open.
pub fn try_policies(session: &mut dyn Session, catalog: &mut Catalog) {
    let open: Vec<_> = (0..catalog.tables.len())
        .map(|at| (at, questions(catalog, &catalog.tables[at])))
        .filter(|(_, questions)| !questions.is_empty())
        .collect();
    if open.is_empty() {
        return;
    }
    let (Ok(schema), Ok(schemas)) = (Schema::read(session), session.value(SCHEMAS)) else { return };
    for (at, questions) in open {
        let table = &mut catalog.tables[at];
        let Some(target) = schema.find(&table.name) else { continue };
        // What keeps one table from being tried need not keep the next one.
        let trials = undone(session, |session| {
            seed::seed(session, &schema, target)?;
            let actors = Actor::all(session, target)?;
            let place = Place { target, table, actors: &actors, schemas: &schemas };
            Ok(put(session, &place, &questions))
        });
        for (policy, trial) in trials.into_iter().flatten() {
            table.policies[policy].trials.push(trial);
        }
    }
}

/// What came of each question that could be tried, with the number of its policy.
fn put(
    session: &mut dyn Session,
    place: &Place<'_>,
    questions: &[Question],
) -> Vec<(usize, PolicyProbe)> {
    let mut trials = Vec::new();
    for question in questions {
        if let Ok(Some((rows, always))) = try_alone(session, place, question) {
            let Question { policy, with_check, visitor, .. } = *question;
            let signed_in = visitor == Visitor::SignedIn;
            trials.push((policy, PolicyProbe { with_check, signed_in, rows, always }));
        }
    }
    trials
}

fn questions(catalog: &Catalog, table: &catalog::Table) -> Vec<Question> {
    let given = Default::default();
    let mut found = Vec::new();
    let permissive = table.policies.iter().enumerate().filter(|(_, policy)| policy.permissive);
    for (number, Policy { using, with_check, .. }) in permissive {
        for (expression, is_check) in [(using, false), (with_check, true)] {
            let Some(expression) = expression else { continue };
            for visitor in [Visitor::SignedIn, Visitor::SignedOut] {
                let visits = Some(visitor);
                let around = Context { catalog, table, visitor: visits, given: &given };
                if prove(expression, around).vacuity == Vacuity::Unknown {
                    found.push(Question {
                        policy: number,
                        expression: expression.clone(),
                        with_check: is_check,
                        visitor,
                    });
                }
            }
        }
    }
    found
}

/// How many rows there are, and whether a stranger can reach each of them where the expression alone decides.
/// `None` where there is no row or no such stranger.
fn try_alone(
    session: &mut dyn Session,
    place: &Place<'_>,
    question: &Question,
) -> Result<Option<(usize, bool)>, SessionError> {
    let name = match question.visitor {
        Visitor::SignedIn => "stranger",
        Visitor::SignedOut => "anon",
    };
    let Place { target, table, actors, schemas } = *place;
    let Some(actor) = actors.iter().find(|actor| actor.name == name) else { return Ok(None) };
    let (target, role) = (target.sql(), quoted(&actor.role));
    let count = format!("SELECT count(*) FROM {target}");
    let rows = session.value(&count)?;
    let mut alone = "SAVEPOINT trial; SET LOCAL search_path = public, extensions; \
                     SET LOCAL statement_timeout = '5s'; "
        .to_owned();
    for policy in &table.policies {
        alone += &format!("DROP POLICY {} ON {target}; ", quoted(&policy.name));
    }
    alone += &format!(
        "ALTER TABLE {target} ENABLE ROW LEVEL SECURITY; \
         CREATE POLICY trial ON {target} FOR SELECT TO {role} USING ({}); \
         GRANT USAGE ON SCHEMA {schemas} TO {role}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO {role}; \
         GRANT SELECT ON {target} TO {role}",
        question.expression
    );
    let seen = session
        .run(&alone)
        .and_then(|_| session.run(&actor.enter()))
        .and_then(|_| session.value(&count));
    session.run("ROLLBACK TO SAVEPOINT trial; RELEASE SAVEPOINT trial")?;
    let seen = seen?;
    Ok(rows.parse().ok().filter(|rows| *rows > 0).map(|count| (count, seen == rows)))
}
