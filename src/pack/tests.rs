use super::*;
use crate::span::SourceFile;

fn read(text: &str) -> Result<Pack, String> {
    let mut files = SourceMap::default();
    let file = files.add(SourceFile::new("team.yaml", text));
    Pack::read(&files, file).map_err(|error| error.to_string())
}

const HEAD: &str = "pack: team\ntitle: Team\nguardrails: team guardrails\nrules:\n";

#[test]
fn shipped_packs_are_packs_of_their_name() {
    for shipped in SHIPPED {
        let mut files = SourceMap::default();
        let file = files.add(SourceFile::new(shipped.path, shipped.text));
        let pack = Pack::read(&files, file).expect("a shipped pack is valid");
        assert_eq!(pack.name, shipped.name);
        for rule in &pack.rules {
            assert_eq!(files.text(rule.span), rule.id, "a rule knows where it stands");
        }
    }
}

#[test]
fn the_order_of_keys_is_free() {
    let pack = read(
        "rules:\n  - parameters: {table: runs, columns: [a]}\n    check: unique-constraint\n    \
         subject: s\n    title: t\n    id: T-1\npack: team\ntitle: Team\nguardrails: g\n",
    )
    .expect("valid");
    assert_eq!(pack.rules[0].check_name, "unique-constraint");
    assert_eq!(pack.rules[0].severity, Severity::Error);
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let rule = |check: &str, parameters: &str| {
        format!(
            "{HEAD}  - id: T-1\n    subject: s\n    title: t\n    check: {check}\n    \
             parameters: {parameters}\n"
        )
    };
    let unique = "{table: runs, columns: [a]}";
    let checks: Vec<_> = checks::CHECKS.iter().map(|kind| kind.name).collect();
    let unknown =
        format!("team.yaml:8:12: there is no check `uniq`; the checks are {}", checks.join(", "));
    let cases = [
        (
            rule("unique-constraint", "{table: runs}"),
            "team.yaml:9:18: the key `columns` is missing",
        ),
        (
            rule("unique-constraint", "{table: runs, columns: [a], kolumns: b}"),
            "team.yaml:9:45: there is no key `kolumns` here; the keys are table, tables, except, columns; did you mean `columns`?",
        ),
        (
            rule("unique-constraint", "{table: runs, columns: 3}"),
            "team.yaml:9:40: a list is expected here: [a, b]",
        ),
        (
            rule("unique-constraint", "{table: a.b.c, columns: [a]}"),
            "team.yaml:9:25: `a.b.c` is not a table name: schema.name",
        ),
        (rule("uniq", unique), &unknown),
        (
            format!("{}{}", rule("index", "{}"), "    severty: note\n"),
            "team.yaml:10:5: there is no key `severty` here; the keys are id, subject, title, \
             description, error_code, severity, check, parameters; did you mean `severity`?",
        ),
        (
            {
                let one = rule("unique-constraint", unique);
                let rest = one.strip_prefix(HEAD).expect("begins with the head").to_owned();
                one + &rest
            },
            "team.yaml:10:9: rule id `T-1` is already declared in line 5",
        ),
        (
            rule("unique-constraint", unique).replace("T-1", "T 1"),
            "team.yaml:5:9: rule id `T 1` is not made of letters, digits, dots, underscores and hyphens",
        ),
        (HEAD.replace("rules:\n", "rules: []\n"), "team.yaml:1:7: pack `team` has no rules"),
        (
            rule("unique-constraint", unique).replace("pack: team", "pack: My Team"),
            "team.yaml:1:7: pack name `My Team` is not kebab-case",
        ),
        (
            rule("unique-constraint", unique).replace("    title: t\n", ""),
            "team.yaml:8:5: the key `title` is missing",
        ),
        (
            rule("row-level-security", "{table: runs, policies: {p: truncate}}"),
            "team.yaml:9:42: `truncate` is none of select, insert, update, delete, all",
        ),
    ];
    let found = cases.each_ref().map(|(text, _)| read(text).err().unwrap_or_default());
    assert_eq!(found, cases.map(|(_, expected)| expected.to_owned()));
}

#[test]
fn the_schema_of_packs_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/pack.schema.json");
    let current = serde_json::to_string_pretty(&schema()).expect("a schema is JSON") + "\n";
    if std::env::var_os("RAILCHECK_UPDATE").is_some() {
        std::fs::write(path, &current).expect("the schema can be written");
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(written, current, "run the tests with RAILCHECK_UPDATE=1 to write it anew");
}
