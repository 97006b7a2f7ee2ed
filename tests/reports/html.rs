//! The page for a browser.

use std::fs;
use std::process::Command;

use railcheck::finding::Verdict;
use scraper::{Html, Selector};
use tempfile::TempDir;

use crate::browser::Browser;
use crate::support::{Form, dropped, everything};
use crate::trees::{CASCADE, compliant_but};

fn page() -> (String, Html) {
    let (case, said) = everything();
    let text = case.print_all(said, Form::Html);
    let page = Html::parse_document(&text);
    (text, page)
}

fn texts(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    page.select(&selector).map(|element| element.text().collect::<String>()).collect()
}

#[test]
fn the_page_is_well_formed_and_needs_nothing_else() {
    let (text, page) = page();
    assert_eq!(page.errors, [""; 0]);
    for outside in ["<script", "<link", "<img", "src=", "url(", "@import", "http:", "https:"] {
        assert!(!text.contains(outside), "{outside}");
    }
    assert!(text.contains("prefers-color-scheme: dark"));
}

#[test]
fn the_page_shows_rules_verdicts_code_and_history() {
    let (_, page) = page();
    assert_eq!(texts(&page, "header .verdict"), [" Some rules are violated", " violated"]);
    assert_eq!(texts(&page, "td.verdict"), [" violated"]);
    assert_eq!(texts(&page, "article#OWN-1 h3"), ["OWN-1: Status index"]);
    assert_eq!(texts(&page, ".finding.violated").len(), 3);
    assert_eq!(texts(&page, ".finding.suppressed").len(), 2);
    let marked = texts(&page, ".finding.violated > .excerpt mark");
    assert_eq!(marked, ["DROP INDEX", "    i", "POST"]);
    let history = texts(&page, ".finding.violated .timeline li");
    let firsts: Vec<_> = history.iter().map(|event| event.split(" migr").next()).collect();
    assert_eq!(firsts, [Some("created here"), Some("changed here"), Some("dropped here")]);
}

#[test]
fn the_page_shows_who_gets_at_which_rows() {
    let (_, page) = page();
    let tried = "[id='access:public.runs']";
    assert_eq!(
        texts(&page, &format!("{tried} tbody tr")),
        ["strangerall rowsnoneown rowserror", "service_roleall rowsnoneown rowserror"]
    );
    assert_eq!(texts(&page, &format!("{tried} td.violated")), ["all rows"]);
    let remarks = texts(&page, &format!("{tried} li"));
    let witness = "❌ stranger can select the row of another owner: {\"id\":\"<b>2</b>\"}";
    assert_eq!((remarks.len(), remarks[0].as_str()), (4, witness));
    let failed = texts(&page, "[id='access:public.my_secrets'] .undecided");
    let reason = "there is no table public.my secrets after the migrations";
    assert_eq!(failed, [format!("❓ It could not be tried: {reason}")]);
}

#[test]
fn links_within_the_page_lead_somewhere() {
    let (_, page) = page();
    let links = Selector::parse("a[href^='#']").expect("a selector");
    for link in page.select(&links) {
        let target = link.attr("href").expect("a target");
        assert_eq!(texts(&page, &format!("[id='{}']", &target[1..])).len(), 1, "{target}");
    }
}

#[test]
fn the_input_is_text_and_never_markup() {
    let (mut case, _) = dropped();
    let hostile = "</code></pre><script>alert(1)</script><b title='\u{202e}'>";
    let file = case.file(&format!("{hostile}.sql"), &format!("DROP {hostile}\t;"));
    let mut finding = crate::support::finding(None, Vec::new());
    finding.message = hostile.to_owned();
    finding.object = hostile.to_owned();
    finding.primary = Some(case.label(file, "DROP", hostile));
    finding.labels = vec![case.label(file, hostile, hostile)];
    let text = case.print(Verdict::Violated(vec![finding]), Form::Html);
    let page = Html::parse_document(&text);
    assert_eq!(page.errors, [""; 0]);
    assert!(!text.contains("<script"));
    assert!(!text.contains('\u{202e}'));
    assert_eq!(texts(&page, "script, b[title]"), [""; 0]);
}

#[test]
fn a_line_of_any_length_is_cut_around_what_is_marked() {
    let (mut case, _) = dropped();
    let long = "ü".repeat(100_000);
    let file = case.file("dist/bundle.js", &format!("{long}emit('X'){long}"));
    let primary = case.label(file, "emit('X')", "emitted here");
    let finding = crate::support::finding(Some(primary), Vec::new());
    let text = case.print(Verdict::Violated(vec![finding]), Form::Html);
    assert!(text.len() < 20_000, "{}", text.len());
    assert_eq!(texts(&Html::parse_document(&text), "mark"), ["emit('X')"]);
}

/// A page in a browser, with the folder that it is in.
fn opened(page: &str) -> (Browser, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("report.html");
    fs::write(&path, page).expect("the page");
    (Browser::open(&path), folder)
}

/// The page of a run in which a rule is broken.
fn page_of_a_run() -> String {
    let run = Command::new(assert_cmd::cargo::cargo_bin!("railcheck"))
        .args(["verify", "--engine", "interpreter", "--format", "html"])
        .arg(compliant_but(&[CASCADE]).path())
        .output()
        .expect("railcheck runs");
    String::from_utf8(run.stdout).expect("UTF-8")
}

#[test]
fn a_browser_shows_the_page_without_a_complaint_and_asks_nobody_for_more() {
    let (mut browser, folder) = opened(&page_of_a_run());
    let verdicts = browser.texts("td.verdict");
    assert_eq!(verdicts.iter().filter(|verdict| verdict.trim() == "verified").count(), 5);
    assert_eq!(verdicts[0].trim(), "violated", "what is wrong comes first");
    assert_eq!(browser.evaluate("document.querySelectorAll('details.card[open]').length"), 0);
    let broken = "[id='R-E76-002'] .finding";
    let code = browser.texts(&format!("{broken} > .excerpt mark"));
    assert_eq!(code, ["DROP FUNCTION public.is_clinician_of CASCADE"]);
    let history = browser.texts(&format!("{broken} .timeline li"));
    assert!(history[0].starts_with("created here "), "{history:?}");
    assert!(history[0].contains("CREATE POLICY diagnosis_runs_clinician_select"), "{history:?}");
    assert!(history[1].starts_with("dropped here with function "), "{history:?}");

    let asked: Vec<_> = browser.told("Network.requestWillBeSent").collect();
    let page = format!("file://{}/report.html", folder.path().display());
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0]["request"]["url"], page);
    for complaint in ["Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"] {
        assert_eq!(browser.told(complaint).next(), None, "{complaint}");
    }
}

#[test]
fn evidence_unfolds_and_links_lead_to_their_rule() {
    let (mut browser, _folder) = opened(&page_of_a_run());
    let evidence = "[id='R-E76-003'] details .timeline";
    let is_shown = format!("document.querySelector(\"{evidence}\").checkVisibility()");
    assert_eq!(browser.evaluate(&is_shown), false);
    browser.evaluate("document.querySelector(\"[id='R-E76-003'] .card > summary\").click()");
    browser
        .evaluate("document.querySelector(\"[id='R-E76-003'] .card details > summary\").click()");
    assert_eq!(browser.evaluate(&is_shown), true);
    let shown = browser.texts(evidence).concat();
    assert!(shown.contains("CREATE TABLE public.diagnosis_runs"), "{shown}");

    browser.evaluate("document.querySelector(\"a[href='#R-E76-006']\").click()");
    let rule = "document.getElementById('R-E76-006').getBoundingClientRect()";
    let is_in_view = format!("{rule}.top >= 0 && {rule}.top < innerHeight");
    assert_eq!(browser.evaluate(&is_in_view), true);
}

#[test]
fn rules_are_chosen_by_their_verdict() {
    let (mut browser, _folder) = opened(&page_of_a_run());
    let shown = "[...document.querySelectorAll('article')].filter(e => e.checkVisibility()).length";
    assert_eq!(browser.evaluate(shown), 6);
    for (choice, expected) in [("show-violated", 1), ("show-holds", 5), ("show-all", 6)] {
        browser.evaluate(&format!("document.getElementById('{choice}').click()"));
        assert_eq!(browser.evaluate(shown), expected, "{choice}");
    }
}

#[test]
fn the_page_can_be_read_in_light_and_dark_narrow_and_wide() {
    let (case, said) = everything();
    let (mut browser, _folder) = opened(&case.print_all(said, Form::Html));
    let ground = "getComputedStyle(document.body).backgroundColor";
    for (scheme, expected) in [("light", "rgb(255, 255, 255)"), ("dark", "rgb(16, 19, 23)")] {
        for width in [360, 1280] {
            browser.show(scheme, width);
            assert_eq!(browser.evaluate(ground), expected);
            let complaints = browser.evaluate(include_str!("legible.js"));
            assert_eq!(complaints, serde_json::json!([]), "{scheme}, {width} pixels wide");
        }
    }
}
