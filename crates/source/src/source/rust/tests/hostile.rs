//! Broken, deep and endless input.

use super::{callsites, endpoints, read, read_one};

const ROUTER: &str = "use axum::{Router, routing::get};\n";

#[test]
fn a_syntax_error_costs_its_item() {
    let cases = [
        "fn broken( { }\nfn app() -> Router { Router::new().route(\"/a\", get(h)) }",
        "fn app() -> Router { Router::new().route(\"/a\", get(h)) }\nlet x = 1;",
        "fn app() -> Router { Router::new().route(\"/a\", get(h)) }\nstruct S { a b }",
        "fn app() -> Router { Router::new().route(\"/a\", get(h)) }\n\nfn open() {\n    if x {\n",
        "fn open() { \"unterminated }\n\nfn app() -> Router { Router::new().route(\"/a\", get(h)) }\n",
        "mod m { use super::*; fn broken(x) { } fn app() -> Router { Router::new().route(\"/a\", get(h)) } }",
        "impl X { fn broken(x) { } fn app(&self) -> Router { Router::new().route(\"/a\", get(h)) } }",
        "fn main() { let x = = 1; axum::serve(l, Router::new().route(\"/a\", get(h))); }",
        "fn main() { axum::serve(l, Router::new().route(\"/a\", get(h))); x y z; }",
        "fn x() } fn app() {}\n\nfn app() -> Router { Router::new().route(\"/a\", get(h)) }\n",
        "<<<<<<< HEAD\nfn app() -> Router { Router::new().route(\"/a\", get(h)) }\n",
    ];
    for source in cases {
        let index = read_one(&format!("{ROUTER}{source}"));
        assert_eq!(endpoints(&index).join(", "), "GET /a", "{source}");
        assert_eq!(index.gaps.len(), 1, "{source}: {:?}", index.gaps);
    }
}

#[test]
fn a_gap_tells_what_it_may_hide() {
    let index = read_one(
        "fn a( { r.route(\"/a\", get(h)) }\nfn b( { client.post(\"/b\") }\nfn c( { Entry { error_code: \"A\" } }\nfn d( {}\n",
    );
    let flags: Vec<_> =
        index.gaps.iter().map(|gap| (gap.endpoints, gap.callsites, gap.codes)).collect();
    let expected =
        [(true, true, false), (false, true, false), (false, false, true), (false, false, false)];
    assert_eq!(flags, expected);
}

#[test]
fn deep_nesting_is_a_gap_or_is_read() {
    let depth = 10_000;
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("f(", ")"),
        ("!", ""),
        ("-", ""),
        ("&", ""),
        ("|x| ", ""),
        ("if x {", "}"),
        ("Some(", ")"),
    ] {
        let source = format!(
            "fn main() {{ reqwest::get(\"http://h/a\"); let x = {}1{}; }}",
            open.repeat(depth),
            close.repeat(depth)
        );
        let index = read_one(&source);
        assert!(
            index.gaps.len() == 1 || callsites(&index).join(", ") == "GET /a",
            "{open}: {:?}",
            index.gaps
        );
    }
    let ty = format!(
        "fn f(x: {}u8{}) {{ reqwest::get(\"http://h/a\"); }}",
        "Vec<".repeat(depth),
        ">".repeat(depth)
    );
    assert!(!read_one(&ty).gaps.is_empty() || !read_one(&ty).callsites.is_empty());
}

#[test]
fn long_chains_are_read() {
    let routes: String = (0..5_000).map(|n| format!(".route(\"/r{n}\", get(h))")).collect();
    let index = read_one(&format!("{ROUTER}fn app() -> Router {{ Router::new(){routes} }}"));
    assert_eq!(index.endpoints.len(), 5_000, "{:?}", index.gaps);
    let sum = "1 + ".repeat(5_000);
    let branches = "if x { 1 } else ".repeat(5_000);
    let index =
        read_one(&format!("fn f() {{ {sum}1; {branches} {{ reqwest::get(\"http://h/a\"); }} }}"));
    assert_eq!(callsites(&index).join(", "), "GET /a", "{:?}", index.gaps);
}

#[test]
fn circles_end() {
    let sources = [
        "const A: &str = B; const B: &str = A; fn app() -> Router { Router::new().route(A, get(h)) }",
        "fn a() -> Router { b() } fn b() -> Router { a().route(\"/a\", get(h)) }",
        "fn a(n: u8) -> Router { if n > 0 { a(n - 1).nest(\"/x\", a(n - 2)) } else { Router::new().route(\"/a\", get(h)) } }",
        "fn f(s: &str) { f(&format!(\"{s}a\")); f(&format!(\"{s}b\")); add_error_entry(s); }",
        "use self::a::*; mod a { pub use super::b::*; } mod b { pub use super::a::*; pub use super::*; } fn f() { x::y(); z(); }",
        "use a as b; use b as a; fn f() { a(); b::c(); }",
        "type A = B; type B = A; fn f(a: A) { a.get(\"/x\"); A::new(); }",
        "enum Code { RunNotFound } impl Code { fn as_str(&self) -> &str { self.as_str() } } impl fmt::Display for Code { fn fmt(&self, f: &mut F) -> R { write!(f, \"{}\", self) } }",
        "fn app() -> Router { let mut r = Router::new().route(\"/a\", get(h)); r = r.clone().merge(r); r = r.clone().nest(\"/x\", r); r }",
        "mod a; mod b;",
    ];
    for source in sources {
        read_one(&format!("{ROUTER}{source}"));
    }
    let doubling = "r = r.clone().nest(\"/x\", r);".repeat(60);
    read_one(&format!(
        "{ROUTER}fn app() -> Router {{ let mut r = Router::new().route(\"/a\", get(h)); {doubling} r }}"
    ));
    let doubling = "s = format!(\"{s}{s}\");".repeat(60);
    read_one(&format!(
        "fn f() {{ let mut s = \"ab\".to_string(); {doubling} Entry {{ error_code: s }}; }}"
    ));
    let calls: String = (0..60)
        .map(|n| format!("fn f{n}(x: (u8, &str)) {{ f{m}(x); f{m}((1, x.1)); }}", m = n + 1))
        .collect();
    read_one(&format!(
        "{ROUTER}{calls} fn f60(x: (u8, &str)) {{ add_error_entry(x.1); }} fn main() {{ f0((1, \"A\")); }}"
    ));
}

#[test]
fn bytes_before_the_text_move_nothing() {
    let source =
        "\u{feff}#!/usr/bin/env run\r\n// ü\r\nfn f() { reqwest::get(\"http://h/a\"); }\r\n";
    let index = read_one(source);
    assert_eq!(&source[index.callsites[0].span.range()], "reqwest::get(\"http://h/a\")");
    let source = "\u{feff}#![allow(x)]\r\nfn f() { reqwest::get(\"http://h/a\"); }";
    assert_eq!(&source[read_one(source).callsites[0].span.range()], "reqwest::get(\"http://h/a\")");
}

#[test]
fn files_that_cannot_matter_are_not_parsed() {
    let index = read(&[("src/main.rs", "fn broken( {"), ("src/other.rs", "fn also broken")]);
    assert_eq!((index.gaps.len(), index.files), (0, 2));
}
