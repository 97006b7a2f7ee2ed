use super::*;
use crate::catalog::{Column, Enum, Function, History, TableKind};

const STATUS: &str = "diagnosis_run_status";

fn table(name: &str, columns: &[(&str, &str, bool)]) -> Table {
    let column = |(name, data_type, not_null): &(&str, &str, bool)| Column {
        name: (*name).to_owned(),
        data_type: (*data_type).to_owned(),
        enum_type: (*data_type == STATUS).then(|| ObjectName::new("public", STATUS)),
        not_null: *not_null,
        default: false,
        default_expression: None,
        history: History::default(),
    };
    Table {
        name: ObjectName::new("public", name),
        kind: TableSort::Table,
        columns: columns.iter().map(column).collect(),
        primary_key: None,
        unique: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        rls_enabled: true,
        rls_forced: false,
        rls_history: History::default(),
        policies: Vec::new(),
        indexes: Vec::new(),
        triggers: Vec::new(),
        history: History::default(),
    }
}

fn function(name: &str, arguments: &[(&str, &str)], language: &str, body: &str) -> Function {
    Function {
        name: ObjectName::new("public", name),
        arguments: arguments.iter().map(|(_, data_type)| (*data_type).to_owned()).collect(),
        argument_names: arguments.iter().map(|(name, _)| (*name).to_owned()).collect(),
        argument_defaults: vec![None; arguments.len()],
        language: language.to_owned(),
        body: Some(body.to_owned()),
        history: History::default(),
    }
}

/// The catalog of `fixtures/expressions/setup.sql`.
fn catalog() -> Catalog {
    let labels = ["queued", "in_progress", "completed", "failed"].map(str::to_owned).to_vec();
    let runs: Vec<(&str, &str, bool)> = [
        ("id", "uuid", true),
        ("assessment_id", "uuid", true),
        ("correlation_id", "text", true),
        ("status", STATUS, true),
        ("attempt", "integer", true),
        ("max_attempts", "integer", true),
        ("schema_version", "text", true),
        ("context_pack", "jsonb", false),
        ("diagnosis_result", "jsonb", false),
        ("errors", "jsonb", false),
        ("created_at", "timestamp with time zone", true),
        ("updated_at", "timestamp with time zone", true),
        ("started_at", "timestamp with time zone", false),
        ("completed_at", "timestamp with time zone", false),
    ]
    .to_vec();
    Catalog {
        tables: vec![
            table("assessments", &[("id", "uuid", true), ("patient_id", "uuid", false)]),
            table("diagnosis_runs", &runs),
            table("patient_profiles", &[("id", "uuid", true), ("user_id", "uuid", false)]),
        ],
        enums: vec![Enum {
            name: ObjectName::new("public", STATUS),
            labels,
            history: History::default(),
        }],
        functions: vec![
            function("always", &[], "sql", " SELECT true "),
            function("never", &[], "sql", "SELECT 1 = 2;"),
            function("is_signed_in", &[], "sql", " SELECT auth.uid() IS NOT NULL "),
            function("returns_true", &[], "plpgsql", " BEGIN RETURN true; END; "),
            function("is_owner", &[("owner", "uuid")], "sql", " SELECT owner = auth.uid() "),
            function(
                "both_ways",
                &[("condition", "boolean")],
                "plpgsql",
                "BEGIN IF condition THEN RETURN true; ELSIF NOT condition THEN RETURN 1 = 1; \
                 ELSE RETURN true; END IF; END",
            ),
            function("has_role", &[("", "text")], "sql", " SELECT auth.role() = $1 "),
            function("loops_about", &[("n", "integer")], "sql", "SELECT is_signed_in() AND n > 1"),
            function(
                "set_variable",
                &[],
                "plpgsql",
                "DECLARE caller uuid := auth.uid(); open boolean; \
                 BEGIN open := caller IS NOT NULL; RETURN open; END",
            ),
            function(
                "looks_up",
                &[("run", "uuid")],
                "sql",
                "SELECT EXISTS (SELECT 1 FROM assessments WHERE id = run AND patient_id = auth.uid())",
            ),
            function(
                "opaque",
                &[],
                "plpgsql",
                "BEGIN FOR i IN 1..3 LOOP RETURN false; END LOOP; END",
            ),
            function("calls_itself", &[("n", "integer")], "sql", "SELECT n < 0 OR n > 5"),
        ],
        ..Catalog::default()
    }
}

/// The cases of a file: what is expected, and the expression.
fn cases(text: &'static str) -> impl Iterator<Item = (Truth, &'static str)> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let (expected, expression) = line.split_once(" | ").expect("a case has two columns");
        let truth = match expected.trim() {
            "always" => Truth::Always,
            "not" => Truth::NotAlways,
            "?" => Truth::CannotTell,
            other => panic!("{other} is no expectation"),
        };
        (truth, expression)
    })
}

fn differences(
    cases: impl Iterator<Item = (Truth, &'static str)>,
    visitor: Option<Visitor>,
    given: &IndexMap<String, String>,
) -> Vec<String> {
    let catalog = catalog();
    let table =
        catalog.table(&ObjectName::new("public", "diagnosis_runs")).expect("in the catalog");
    cases
        .filter_map(|(expected, expression)| {
            let context = Context { catalog: &catalog, table, visitor, given };
            let found = prove(expression, context).truth;
            (found != expected).then(|| format!("{expression}: {found:?}, not {expected:?}"))
        })
        .collect()
}

#[test]
fn policies_are_judged_as_the_table_of_cases_says() {
    let text = include_str!("../../fixtures/expressions/policies.txt");
    let differences = differences(cases(text), Some(Visitor::SignedIn), &IndexMap::new());
    assert!(differences.is_empty(), "{:#?}", differences);
}

#[test]
fn predicates_are_judged_as_the_table_of_cases_says() {
    let text = include_str!("../../fixtures/expressions/predicates.txt");
    let given = IndexMap::from([("status".to_owned(), "queued".to_owned())]);
    let differences = differences(cases(text), None, &given);
    assert!(differences.is_empty(), "{:#?}", differences);
}

#[test]
fn somebody_who_is_not_signed_in_has_no_id() {
    let cases = [
        (Truth::Always, "auth.uid() IS NULL"),
        (Truth::Always, "auth.role() = 'anon'"),
        (Truth::Always, "auth.jwt() ->> 'sub' IS NULL"),
        (Truth::Always, "current_user = 'anon'"),
        (Truth::NotAlways, "auth.uid() = assessment_id"),
        (Truth::NotAlways, "auth.uid() <> assessment_id"),
        (Truth::NotAlways, "auth.uid() IS NOT NULL"),
        (Truth::NotAlways, "auth.role() = 'authenticated'"),
    ];
    let differences = differences(cases.into_iter(), Some(Visitor::SignedOut), &IndexMap::new());
    assert!(differences.is_empty(), "{:#?}", differences);
}

#[test]
fn the_functions_that_decide_are_named() {
    let catalog = catalog();
    let table = &catalog.tables[1];
    let visitor = Some(Visitor::SignedIn);
    let context = Context { catalog: &catalog, table, visitor, given: &IndexMap::new() };
    let proof = prove("loops_about(2) OR private.gone(id)", context);
    let names: Vec<String> = proof.functions.iter().map(ToString::to_string).collect();
    assert_eq!(proof.truth, Truth::Always);
    assert_eq!(names, ["public.is_signed_in", "public.loops_about"]);
}

#[test]
fn what_is_too_much_is_not_told_and_takes_no_time() {
    let mut catalog = catalog();
    let endless = "SELECT endless(n + 1)";
    catalog.functions.push(function("endless", &[("n", "integer")], "sql", endless));
    let many = "SELECT fork(n + 1) AND fork(n + 2) AND fork(n + 3)";
    catalog.functions.push(function("fork", &[("n", "integer")], "sql", many));
    let table = catalog.table(&ObjectName::new("public", "diagnosis_runs")).expect("it is there");
    let visitor = Some(Visitor::SignedIn);
    let context = Context { catalog: &catalog, table, visitor, given: &IndexMap::new() };
    let branches = (0..40).map(|n| format!("(attempt = {n} OR attempt <> {n})"));
    for (sql, expected) in [
        (format!("{}true{}", "(".repeat(10_000), ")".repeat(10_000)), Truth::CannotTell),
        (format!("{}true{}", "(".repeat(50), ")".repeat(50)), Truth::Always),
        ("not ".repeat(10_000) + "true", Truth::CannotTell),
        ("true and ".repeat(5_000) + "true", Truth::Always),
        ("1 + ".repeat(5_000) + "1 > 0", Truth::CannotTell),
        ("true and ".repeat(1_000_000) + "true", Truth::CannotTell),
        ("endless(1)".to_owned(), Truth::CannotTell),
        ("fork(1)".to_owned(), Truth::CannotTell),
        (branches.collect::<Vec<_>>().join(" AND "), Truth::Always),
        ("context_pack ->> 'a' = 'b' OR ".repeat(500) + "false", Truth::NotAlways),
        ("auth.uid() = ".to_owned(), Truth::CannotTell),
        ("true; DROP TABLE x".to_owned(), Truth::CannotTell),
        ("'".to_owned(), Truth::CannotTell),
    ] {
        let began = std::time::Instant::now();
        let found = prove(&sql, context).truth;
        let short: String = sql.chars().take(60).collect();
        assert_eq!(found, expected, "{short}");
        assert!(began.elapsed().as_secs() < 5, "{short}: {:?}", began.elapsed());
    }
}
