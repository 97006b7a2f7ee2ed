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
        generated: false,
        history: History::default(),
    };
    Table {
        name: ObjectName::new("public", name),
        kind: TableKind::Table,
        columns: columns.iter().map(column).collect(),
        primary_key: None,
        unique: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        rls_enabled: name == "diagnosis_runs",
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
            function(
                "performs",
                &[("run", "uuid")],
                "plpgsql",
                "BEGIN PERFORM 1 FROM assessments WHERE id = run AND patient_id = auth.uid(); \
                 RETURN FOUND; END",
            ),
            function("finds", &[], "plpgsql", "BEGIN PERFORM 1; RETURN FOUND; END"),
            function(
                "by_case",
                &[("n", "integer")],
                "plpgsql",
                "BEGIN CASE n WHEN 1, 2 THEN RETURN true; ELSE RETURN auth.uid() IS NOT NULL; \
                 END CASE; END",
            ),
            function(
                "converts",
                &[],
                "plpgsql",
                "DECLARE n integer := '5'; BEGIN <<inner>> DECLARE n text := 'x'; BEGIN NULL; END; \
                 RETURN n = 5; END",
            ),
            function("calls_itself", &[("n", "integer")], "sql", "SELECT n < 0 OR n > 5"),
        ],
        ..Catalog::default()
    }
}

/// The cases of a file that are about this visitor: what is expected, and the expression.
fn cases(text: &'static str, signed_out: bool) -> impl Iterator<Item = (Vacuity, &'static str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter(move |line| line.starts_with("anon ") == signed_out).map(|line| {
        let (expected, expression) = line.split_once(" | ").expect("a case has two columns");
        let vacuity = match expected.trim_start_matches("anon ").trim() {
            "always" => Vacuity::Vacuous,
            "not" => Vacuity::NotVacuous,
            "?" => Vacuity::Unknown,
            other => panic!("{other} is no expectation"),
        };
        (vacuity, expression)
    })
}

fn differences(
    cases: impl Iterator<Item = (Vacuity, &'static str)>,
    visitor: Option<Visitor>,
    given: &IndexMap<String, String>,
) -> Vec<String> {
    let catalog = catalog();
    let table =
        catalog.table(&ObjectName::new("public", "diagnosis_runs")).expect("in the catalog");
    cases
        .filter_map(|(expected, expression)| {
            let context = Context { catalog: &catalog, table, visitor, given };
            let found = prove(expression, context).vacuity;
            (found != expected).then(|| format!("{expression}: {found:?}, not {expected:?}"))
        })
        .collect()
}

#[test]
fn policies_are_judged_as_the_table_of_cases_says() {
    let text = include_str!("../../../../fixtures/expressions/policies.txt");
    for visitor in [Visitor::SignedIn, Visitor::SignedOut] {
        let cases = cases(text, visitor == Visitor::SignedOut);
        let differences = differences(cases, Some(visitor), &IndexMap::new());
        assert!(differences.is_empty(), "{differences:#?}");
    }
}

#[test]
fn predicates_are_judged_as_the_table_of_cases_says() {
    let text = include_str!("../../../../fixtures/expressions/predicates.txt");
    let given = IndexMap::from([("status".to_owned(), "queued".to_owned())]);
    let differences = differences(cases(text, false), None, &given);
    assert!(differences.is_empty(), "{:#?}", differences);
}

#[test]
fn somebody_who_is_not_signed_in_has_no_id() {
    let cases = [
        (Vacuity::Vacuous, "auth.uid() IS NULL"),
        (Vacuity::Vacuous, "auth.role() = 'anon'"),
        (Vacuity::Vacuous, "auth.jwt() ->> 'sub' IS NULL"),
        (Vacuity::Vacuous, "current_user = 'anon'"),
        (Vacuity::NotVacuous, "auth.uid() = assessment_id"),
        (Vacuity::NotVacuous, "auth.uid() <> assessment_id"),
        (Vacuity::NotVacuous, "auth.uid() IS NOT NULL"),
        (Vacuity::NotVacuous, "auth.role() = 'authenticated'"),
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
    assert_eq!(proof.vacuity, Vacuity::Vacuous);
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
        (format!("{}true{}", "(".repeat(10_000), ")".repeat(10_000)), Vacuity::Unknown),
        (format!("{}true{}", "(".repeat(50), ")".repeat(50)), Vacuity::Vacuous),
        ("not ".repeat(10_000) + "true", Vacuity::Unknown),
        ("true and ".repeat(5_000) + "true", Vacuity::Vacuous),
        ("1 + ".repeat(5_000) + "1 > 0", Vacuity::Unknown),
        ("true and ".repeat(1_000_000) + "true", Vacuity::Unknown),
        ("endless(1)".to_owned(), Vacuity::Unknown),
        ("fork(1)".to_owned(), Vacuity::Unknown),
        (branches.collect::<Vec<_>>().join(" AND "), Vacuity::Vacuous),
        ("context_pack ->> 'a' = 'b' OR ".repeat(500) + "false", Vacuity::NotVacuous),
        ("auth.uid() = ".to_owned(), Vacuity::Unknown),
        ("true; DROP TABLE x".to_owned(), Vacuity::Unknown),
        ("'".to_owned(), Vacuity::Unknown),
    ] {
        let began = std::time::Instant::now();
        let found = prove(&sql, context).vacuity;
        let short: String = sql.chars().take(60).collect();
        assert_eq!(found, expected, "{short}");
        assert!(began.elapsed().as_secs() < 60, "{short}: {:?}", began.elapsed());
    }
}
