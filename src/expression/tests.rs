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
            let surroundings = Surroundings { catalog: &catalog, table, visitor, given };
            let found = prove(expression, surroundings).truth;
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
