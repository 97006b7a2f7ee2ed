//! Delta debugging: the least that still shows something.

use std::time::{Duration, Instant};

use crate::engine::interpreter::split::{PieceKind, split};

/// How long one search may take; what is smallest by then is taken.
const LIMIT: Duration = Duration::from_secs(15);

/// The smallest part of some migrations that still shows something, first by whole migrations and then by
/// their statements, as one text in which a line `-- migration` starts the next one.
#[must_use]
pub fn smallest_migrations(
    migrations: &[String],
    shows: &mut dyn FnMut(&[String]) -> bool,
) -> String {
    let deadline = Instant::now() + LIMIT;
    let mut in_time = |candidate: &[String]| Instant::now() < deadline && shows(candidate);
    let migrations = shrink(migrations.to_vec(), &mut in_time);
    let statements = migrations.iter().enumerate().flat_map(|(number, text)| {
        let pieces = split(text).into_iter().filter(|piece| piece.kind == PieceKind::Statement);
        pieces.filter_map(move |piece| Some((number, text.get(piece.range)?.to_owned())))
    });
    let statements = shrink(statements.collect(), &mut |candidate| in_time(&joined(candidate)));
    let texts = joined(&statements);
    if in_time(&texts) || !statements.is_empty() { texts } else { migrations }
        .join("-- migration\n")
}

/// Statements put together to the migrations that they are of.
fn joined(statements: &[(usize, String)]) -> Vec<String> {
    statements
        .chunk_by(|a, b| a.0 == b.0)
        .map(|migration| migration.iter().map(|(_, text)| format!("{text};\n")).collect())
        .collect()
}

/// Leaves out ever smaller stretches as long as the rest still shows it.
fn shrink<T: Clone>(mut items: Vec<T>, shows: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    let mut stretch = items.len().div_ceil(2);
    while stretch > 0 {
        let mut at = 0;
        let before = items.len();
        while at < items.len() {
            let end = items.len().min(at + stretch);
            let rest = [items.get(..at), items.get(end..)].into_iter().flatten().flatten();
            let candidate: Vec<T> = rest.cloned().collect();
            if shows(&candidate) {
                items = candidate;
            } else {
                at = end;
            }
        }
        // What could not go before may go once others are gone.
        if stretch > 1 || items.len() == before {
            stretch /= 2;
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_left_out() {
        let migrations: Vec<String> = (0..40)
            .map(|n| format!("CREATE TABLE t{n} (); -- {n}\nDROP TABLE IF EXISTS u{n};"))
            .collect();
        let mut tried = 0;
        let smallest = smallest_migrations(&migrations, &mut |candidate| {
            tried += 1;
            let all = candidate.concat();
            all.contains("CREATE TABLE t7 ") && all.contains("EXISTS u31")
        });
        assert_eq!(smallest, "CREATE TABLE t7 ();\n-- migration\nDROP TABLE IF EXISTS u31;\n");
        assert!(tried < 100, "{tried} were tried");
    }
}
