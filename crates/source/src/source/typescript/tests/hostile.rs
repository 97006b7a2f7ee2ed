use super::{assert_all, indexed};

const ROUTE: &str = "app/api/diagnosis-runs/route.ts";

/// Texts that nest as deep as they can.
#[test]
fn deep_nesting_neither_overflows_nor_hides_the_file() {
    let n = 10_000;
    let nested = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(n), close.repeat(n))
    };
    for expression in [
        nested("(", "1", ")"),
        nested("[", "1", "]"),
        nested("{a:", "1", "}"),
        nested("!", "1", ""),
        nested("a=>", "1", ""),
        nested("a?b:", "1", ""),
        nested("f(", "", ")"),
        nested("`${", "1", "}`"),
        nested("1+", "1", ""),
        nested("a.", "b", ""),
        nested("new ", "a", ""),
        nested("typeof ", "a", ""),
        nested("a||", "b", ""),
        nested("a=", "b", ""),
        nested("'X'+", "'X'", ""),
    ] {
        let source =
            format!("const a0 = {{ errorCode: {expression} }}\nfetch('/api/diagnosis-runs')");
        let indexed = indexed(&[("a.ts", &source)]);
        let read = indexed.callsites().len() + indexed.gaps().len();
        assert_eq!(read, 1, "{}…", &source[..60]);
    }
}

#[test]
fn deep_types_and_statements_neither_overflow_nor_hide_the_file() {
    let n = 5_000;
    for source in [
        format!("type A = {}1{}", "B<".repeat(n), ">".repeat(n)),
        format!("{}{}", "{".repeat(n), "}".repeat(n)),
        format!("if (a) {{}} {}", "else if (a) {} ".repeat(n)),
        format!("{}a()", "if (a) ".repeat(n)),
        format!("{}a()", "x: ".repeat(3) + &"while (a) ".repeat(n)),
        format!("const a = {}{}", "<a>".repeat(n), "</a>".repeat(n)),
    ] {
        let source = format!("{source}\nfetch('/api/diagnosis-runs')");
        let indexed = indexed(&[("a.tsx", &source)]);
        let read = indexed.callsites().len() + indexed.gaps().len();
        assert_eq!(read, 1, "{}…", &source[..20]);
    }
}

#[test]
fn values_that_multiply_are_opaque_rather_than_slow() {
    let mut source = String::from(
        "const CODES = { RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' }\nconst c0 = a ? 'X' : 'Y'\n",
    );
    for at in 1..200 {
        source.push_str(&format!("const c{at} = a ? c{0} + c{0} : c{0}\n", at - 1));
    }
    source.push_str("b({ errorCode: c199 })");
    assert!(indexed(&[("a.ts", &source)]).emissions("a.ts").contains(&"?@c199".to_owned()));
}

#[test]
fn circular_values_and_modules_end() {
    for source in [
        "let a = b; a = 'X'; var b = a; f({ errorCode: b })",
        "const f = () => g(), g = () => f() || 'X'; h({ errorCode: f() })",
        "const a = { ...b }, b = { ...a, c: 'X' }; f({ errorCode: a.c })",
        "class A extends A { m() { return this.m() || 'X' } n() { return { errorCode: this.m() } } }",
        "function f(c) { f(c); return { errorCode: c } } f('X')",
    ] {
        let emissions = indexed(&[(ROUTE, source)]).emissions(ROUTE);
        assert!(
            emissions.iter().any(|emission| emission.starts_with("X@")),
            "{source}: {emissions:?}"
        );
    }
    let modules = [
        (ROUTE, "export * from './a'; import { X } from './a'; f({ errorCode: X })"),
        ("app/api/diagnosis-runs/a.ts", "export * from './b'; export { X } from './b'"),
        ("app/api/diagnosis-runs/b.ts", "export * from './a'; export { X } from './a'"),
    ];
    assert_eq!(indexed(&modules).endpoints(), Vec::<String>::new());
}

#[test]
fn variables_that_change_often_are_followed_in_time() {
    let appends: String =
        (0..300).map(|n| format!("if (f({n})) s += 'X'; else s = s + g(s);\n")).collect();
    let members: String =
        (0..300).map(|n| format!("if (f({n})) o.a{n} = o; else o = {{ ...o }};\n")).collect();
    let source = format!(
        "const CODES = {{ RUN_NOT_FOUND: 'RUN_NOT_FOUND', LLM_ERROR: 'LLM_ERROR' }}\n\
         let s = '', o: any = {{ method: 'POST' }}, code = 'X'\n\
         for (const n of list) {{ {appends} {members} }}\n\
         f({{ errorCode: s }}, {{ errorCode: code }}); fetch('/api/diagnosis-runs', o)"
    );
    let emissions = indexed(&[(ROUTE, &source)]).emissions(ROUTE);
    assert!(emissions.contains(&"X@code".to_owned()), "{emissions:?}");
}

/// A file, its text, what can be read of it, and the gap that remains.
const BROKEN: &[(&str, &str, usize, &[&str])] = &[
    ("a.ts", "const a = (\nfetch('/api/diagnosis-runs')", 0, &["a.ts: f"]),
    ("a.ts", "const a = ((;\nfetch('/api/diagnosis-runs')", 1, &[]),
    ("a.ts", "fetch('/api/diagnosis-runs')\nfunction f( {\n  return 1\n}\n", 1, &[]),
    ("a.ts", "function f() {\n  a b c\n}\nfetch('/api/diagnosis-runs')", 1, &[]),
    (
        "a.ts",
        "function f() {\n  fetch('/api/diagnosis-runs'\n  a b\n}\nfetch('/api/diagnosis-runs')",
        1,
        &["a.ts: f"],
    ),
    ("a.ts", "fetch('/api/diagnosis-runs", 0, &["a.ts: f"]),
    ("a.ts", "fetch(`/api/diagnosis-runs", 0, &["a.ts: f"]),
    ("a.ts", "/* fetch('/api/diagnosis-runs')", 0, &["a.ts: f"]),
    ("a.js", "fetch('/api/diagnosis-runs' as const)", 1, &["a.js: f"]),
    (
        "a.ts",
        "fetch('/api/diagnosis-runs')\n<<<<<<< HEAD\nconst a = 1\n=======\nconst a = 2\n>>>>>>> b\n",
        1,
        &[],
    ),
    ("a.ts", "\u{0}\u{1}\u{2} diagnosis-runs fetch", 0, &["a.ts: f"]),
];

#[test]
fn a_file_with_a_syntax_error_yields_what_can_be_read_and_a_gap() {
    assert_all(BROKEN.iter().map(|(path, source, callsites, gaps)| {
        let indexed = indexed(&[(path, source)]);
        let found = (indexed.callsites().len(), indexed.gaps());
        let gaps = gaps.iter().map(ToString::to_string).collect();
        ((*source).to_owned(), found, (*callsites, gaps))
    }));
}

#[test]
fn a_broken_route_may_hide_a_handler_and_codes() {
    let source =
        "export async function POST( {\n  return { errorCode: 'X' }\n}\nexport function GET() {}\n";
    let indexed = indexed(&[(ROUTE, source)]);
    assert_eq!(indexed.endpoints(), ["GET /api/diagnosis-runs"]);
    assert_eq!(indexed.gaps(), [format!("{ROUTE}: ec")]);
    let gap = &indexed.index.gaps[0];
    assert_eq!(indexed.map.file(gap.span.file).position(gap.span.start).line, 2);
}

#[test]
fn files_that_cannot_matter_are_counted_and_not_parsed() {
    let indexed = indexed(&[("a.ts", "const a = ((("), ("b.ts", ""), ("c.rs", "")]);
    assert_eq!(indexed.index.files, 2);
    assert_eq!(indexed.gaps(), Vec::<String>::new());
}
