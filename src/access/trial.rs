//! Evaluates what reading alone cannot: the expressions of policies of which it cannot be told whether
//! they are always true. They are put to rows of two owners, as a stranger.

use super::actor::Actor;
use super::quoted;
use super::schema::{Schema, Table};
use super::seed;
use crate::catalog::{self, Catalog, Policy, Trial};
use crate::engine::session::{Session, SessionError};
use crate::prover::{Context, Vacuity, Visitor, prove};

/// An expression of which it cannot be told whether it is always true.
struct Question {
    policy: usize,
    expression: String,
    with_check: bool,
    visitor: Visitor,
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
    let Ok(schema) = Schema::read(session) else { return };
    for (at, questions) in open {
        let table = &mut catalog.tables[at];
        let Some(target) = schema.find(&table.name) else { continue };
        let (Ok(_), Ok(actors)) =
            (seed::seed(session, &schema, target), Actor::all(session, target))
        else {
            continue;
        };
        for question in questions {
            if let Ok(Some((rows, always))) = attempt(session, target, table, &actors, &question) {
                let Question { policy, with_check, visitor, .. } = question;
                let signed_in = visitor == Visitor::SignedIn;
                let trial = Trial { with_check, signed_in, rows, always };
                table.policies[policy].trials.push(trial);
            }
        }
    }
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

/// How many rows there are, and whether a stranger gets at each of them where the expression alone decides.
/// `None` where there is no row or no such stranger.
fn attempt(
    session: &mut dyn Session,
    target: &Table,
    table: &catalog::Table,
    actors: &[Actor],
    question: &Question,
) -> Result<Option<(usize, bool)>, SessionError> {
    let name = match question.visitor {
        Visitor::SignedIn => "stranger",
        Visitor::SignedOut => "anon",
    };
    let Some(actor) = actors.iter().find(|actor| actor.name == name) else { return Ok(None) };
    let (target, role) = (target.sql(), quoted(&actor.role));
    let count = format!("SELECT count(*) FROM {target}");
    let rows = session.value(&count)?;
    let mut alone =
        "BEGIN; SET LOCAL search_path = public, extensions; SET LOCAL statement_timeout = '5s'; "
            .to_owned();
    for policy in &table.policies {
        alone += &format!("DROP POLICY {} ON {target}; ", quoted(&policy.name));
    }
    alone += &format!(
        "ALTER TABLE {target} ENABLE ROW LEVEL SECURITY; \
         CREATE POLICY trial ON {target} FOR SELECT TO {role} USING ({}); \
         GRANT USAGE ON SCHEMA {}, public TO {role}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; \
         GRANT SELECT ON {target} TO {role}",
        question.expression,
        quoted(&table.name.schema)
    );
    let seen = session
        .run(&alone)
        .and_then(|_| session.run(&actor.enter()))
        .and_then(|_| session.value(&count));
    session.run("ROLLBACK")?;
    let seen = seen?;
    Ok(rows.parse().ok().filter(|rows| *rows > 0).map(|count| (count, seen == rows)))
}
