//! The page for a browser.

use railcheck::finding::Verdict;
use scraper::{Html, Selector};

use crate::support::{Form, dropped, everything};

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
    assert_eq!(texts(&page, "header .verdict"), ["❌ Some rules are violated", "❌ violated"]);
    assert_eq!(texts(&page, "td.verdict"), ["❌ violated"]);
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
