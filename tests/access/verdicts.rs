//! What the interpreter's folding of expressions calls vacuous, the attack gets through, and what it lets
//! pass, the attack does not.

use std::path::Path;

use railcheck::access::{self, RowAccess};
use railcheck::catalog::ObjectName;
use railcheck::engine::Platform;
use railcheck::engine::interpreter::Interpreter;
use railcheck::engine::session::server::ServerSession;
use railcheck::facts::{Database, Facts, Memo};
use railcheck::finding::Verdict;
use railcheck::pack::{Pack, SHIPPED};
use railcheck::span::{FileId, SourceFile, SourceMap};
use railcheck::verify::verify;
use test_cluster::read_cases;

use super::cluster;

/// What Supabase grants on every new table.
const GRANTS: &str = "\
DO $$ BEGIN CREATE ROLE anon; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE authenticated; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE service_role; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO anon, authenticated, service_role;
";

/// Whoever gets no row by USING cannot make use of an open WITH CHECK either; the rule does not let it pass.
const STRICT_USING: &str = "the check of an update opened beside a strict using";

/// Every case takes the server more than a second; the others are like these.
const EVERY: usize = 3;

/// The findings of R-E76-002 that call a policy vacuous or the table unprotected; `None` where it cannot be
/// decided.
fn openings(files: &mut SourceMap, migrations: &[FileId]) -> Option<usize> {
    let outcome = Interpreter { platform: Platform::Postgres }.interpret(files, migrations);
    let shipped = SHIPPED.iter().find(|pack| pack.name == "e76").unwrap();
    let file = files.add(SourceFile::new(shipped.path, shipped.text));
    let packs = [Pack::read(files, file).unwrap()];
    let database = Some(Database { outcome: &outcome, migrations, memo: &Memo::default() });
    let facts = Facts { files, database, sources: None, project: None };
    let verdicts = verify(&packs, &facts);
    let verdict = verdicts.iter().find(|verdict| verdict.rule.id == "R-E76-002").unwrap();
    let opens = |message: &str| message.contains("vacuous") || message.contains("not enabled");
    match &verdict.verdict {
        Verdict::Violated(findings) => {
            Some(findings.iter().filter(|finding| opens(&finding.message)).count())
        }
        Verdict::Undecided(_) => None,
        _ => Some(0),
    }
}

#[test]
fn the_attack_agrees_with_the_folding_of_expressions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/verdicts");
    let base = std::fs::read_to_string(folder.join("base.sql")).unwrap();
    let base: String =
        base.split("-- part: ").filter_map(|part| Some(part.split_once('\n')?.1)).collect();
    let cases = read_cases(&folder).unwrap();
    let table = ObjectName::new("public", "diagnosis_runs");
    let (mut compared, mut report) = (0, String::new());
    for case in cases.iter().step_by(EVERY) {
        let is_about_policies = case.name.starts_with("row_level_security");
        if !is_about_policies || case.words("without").next().is_some() {
            continue;
        }
        let mut files = SourceMap::default();
        let texts = [GRANTS, &base].into_iter().chain(case.migrations.iter().map(String::as_str));
        let ids: Vec<_> = texts
            .enumerate()
            .map(|(i, text)| files.add(SourceFile::new(format!("{i:03}_case.sql"), text)))
            .collect();
        let database = cluster().create_database().unwrap();
        let mut session = ServerSession::connect(&cluster().url(&database)).unwrap();
        let attack = access::apply(&mut session, &files, &ids)
            .and_then(|tables| access::attack(&mut session, &tables, &table));
        drop(session);
        cluster().psql("postgres", &format!("DROP DATABASE {database} WITH (FORCE)")).unwrap();
        // A case that takes the table away leaves nothing to attack.
        let (Ok(attack), Some(openings)) = (attack, openings(&mut files, &ids)) else { continue };
        compared += 1;
        let reaches_all = |who: &str| {
            attack
                .leaks()
                .any(|(actor, _, cell)| cell.reach == RowAccess::AllRows && actor.name == who)
        };
        // The rule asks about strangers alone. The attack also knows somebody who has a row elsewhere, and
        // takes anon for a visitor where a policy is for everyone.
        let agree = match openings {
            0 => !reaches_all("stranger"),
            _ => {
                reaches_all("stranger") || reaches_all("anon") || case.name.ends_with(STRICT_USING)
            }
        };
        if !agree {
            let leaks: Vec<_> = attack
                .leaks()
                .map(|(actor, command, cell)| format!("{} {command} {:?}", actor.name, cell.reach))
                .collect();
            report.push_str(&format!("{}\n  openings {openings}, {leaks:?}\n", case.name));
        }
    }
    assert!(compared > 30, "only {compared} cases were compared");
    assert!(report.is_empty(), "of {compared} cases differ:\n{report}");
}
