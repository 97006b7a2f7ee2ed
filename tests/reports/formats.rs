//! The formats that other programs read, each held to its schema.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use fastxml::schema::{Schema, Validator};
use insta::assert_snapshot;
use jsonschema::validator_for;
use railcheck::finding::Verdict;
use railcheck::report;
use serde_json::Value;

use crate::support::{Form, dropped, everything, finding};

fn schema_text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schemas").join(name);
    fs::read_to_string(path).expect("a schema")
}

fn everything_as(form: Form) -> String {
    let (case, said) = everything();
    case.print_all(said, form)
}

/// What a JSON schema has against a document.
fn complaints(schema: &Value, document: &Value) -> Vec<String> {
    let validator = validator_for(schema).expect("a schema");
    validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn json_follows_the_schema_in_the_repository() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    let mut current = serde_json::to_string_pretty(&report::schema()).expect("JSON");
    current.push('\n');
    if std::env::var_os("RAILCHECK_UPDATE").is_some() {
        fs::write(&path, &current).expect("the schema is written");
    }
    let kept = fs::read_to_string(&path).expect("docs/report.schema.json");
    assert!(kept == current, "docs/report.schema.json is not current: run with RAILCHECK_UPDATE=1");

    let schema = serde_json::from_str(&kept).expect("JSON");
    let document = serde_json::from_str(&everything_as(Form::Json)).expect("JSON");
    assert_eq!(complaints(&schema, &document), [""; 0]);
    assert_ne!(complaints(&schema, &serde_json::json!({"schema_version": 1})), [""; 0]);
}

#[test]
fn sarif_follows_its_schema() {
    // One pattern of a language has a bracket too many, which strict readers of patterns refuse. The errata
    // of the standard mend it in this way.
    let schema = schema_text("sarif-2.1.0.schema.json")
        .replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    let schema = serde_json::from_str(&schema).expect("JSON");
    let text = everything_as(Form::Sarif);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(complaints(&schema, &document), [""; 0]);
    let mut broken = document.clone();
    broken["runs"][0]["results"][0]["level"] = "fatal".into();
    assert_ne!(complaints(&schema, &broken), [""; 0]);
    let mut shown = document;
    shown["runs"][0]["tool"]["driver"]["rules"][0]["help"] = "…".into();
    assert_snapshot!(serde_json::to_string_pretty(&shown).expect("JSON"));
}

#[test]
fn sarif_says_what_is_open_and_what_is_suppressed() {
    let (case, mut said) = everything();
    said.verdict = Verdict::Undecided(vec![finding(None, Vec::new())]);
    let text = case.print_all(said, Form::Sarif);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let results = document["runs"][0]["results"].as_array().expect("results");
    let told: Vec<_> = results
        .iter()
        .map(|result| (result["kind"].as_str(), result["suppressions"][0]["kind"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Some("open"), None),
            (Some("fail"), Some("inSource")),
            (Some("fail"), Some("external")),
            (Some("fail"), None),
        ]
    );
    assert_eq!(results[0]["level"], "none", "what is open has no level");
    let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in results {
        let number = result["ruleIndex"].as_u64().expect("an index");
        assert_eq!(rules[usize::try_from(number).expect("small")]["id"], result["ruleId"]);
    }
    assert!(!text.contains(env!("CARGO_MANIFEST_DIR")));
}

#[test]
fn gitlab_follows_its_schema_and_no_two_issues_share_a_fingerprint() {
    let schema = serde_json::from_str(&schema_text("gitlab-code-quality.schema.json"));
    let text = everything_as(Form::Gitlab);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(complaints(&schema.expect("JSON"), &document), [""; 0]);
    let issues = document.as_array().expect("an array");
    let distinct: HashSet<_> = issues.iter().map(|i| i["fingerprint"].as_str()).collect();
    assert_eq!((issues.len(), distinct.len()), (7, 7));
    assert_snapshot!(text);
}

#[test]
fn junit_follows_the_schema_of_jenkins() {
    let schema = Arc::new(Schema::from_xsd(schema_text("junit-10.xsd")).expect("a schema"));
    let validate = |text: &str| {
        let report = Validator::from(text).schema(Arc::clone(&schema)).run().expect("a verdict");
        report.is_valid()
    };
    let text = everything_as(Form::Junit);
    assert!(validate(&text), "{text}");
    assert!(!validate(&text.replacen(" name=", " nom=", 2)));
    assert_snapshot!(text);
}

#[test]
fn junit_holds_no_character_that_xml_cannot() {
    let (case, _) = dropped();
    let mut finding = finding(None, Vec::new());
    finding.message = "a \u{1}\u{b}\u{ffff} <b> & ]]> \"c\"".to_owned();
    let text = case.print(Verdict::Violated(vec![finding]), Form::Junit);
    assert!(text.contains("a \u{fffd}\u{fffd}\u{fffd} &lt;b&gt; &amp; ]]&gt;"), "{text}");
}

#[test]
fn github_has_one_command_for_each_finding_and_none_that_the_input_wrote() {
    let text = everything_as(Form::Github);
    assert_eq!(text.lines().count(), 7, "{text}");
    assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
    assert_snapshot!(text);
}

#[test]
fn markdown_is_a_comment_that_the_input_cannot_shape() {
    let text = everything_as(Form::Markdown);
    assert!(text.starts_with("<!-- railcheck -->\n"));
    assert!(!text.contains("@team"), "{text}");
    assert!(!text.contains("<b>"), "{text}");
    assert_snapshot!(text);
}

#[test]
fn markdown_fences_are_longer_than_any_in_the_code() {
    let (mut case, _) = dropped();
    let file = case.file("a.ts", "emit('````')\n");
    let primary = case.label(file, "emit('````')", "emitted here");
    let verdict = Verdict::Violated(vec![finding(Some(primary), Vec::new())]);
    let text = case.print(verdict, Form::Markdown);
    assert!(text.contains("\n  `````text\n"), "{text}");
}
