use super::{check, emissions, read, read_one};

const PRELUDE: &str = "const OLD: &str = \"OLD_CODE\";\n";

#[test]
fn fields_and_keys_emit_their_values() {
    check(
        [
            ("fn f() { Entry { error_code: \"A_CODE\" }; }", "A_CODE"),
            (
                "fn f() { Entry { errorCode: \"A_CODE\".to_string(), message: \"NOT_THIS\" }; }",
                "A_CODE",
            ),
            ("fn f() { let error_code = \"A_CODE\"; Entry { error_code }; }", "A_CODE"),
            (
                "fn f() { Entry { error_code: Some(\"A_CODE\".into()), ..Default::default() }; }",
                "A_CODE",
            ),
            ("fn f() { Event::Failed { error_code: \"A_CODE\" }; }", "A_CODE"),
            ("fn f(e: &mut Entry) { e.error_code = \"A_CODE\"; }", "A_CODE"),
            ("fn f(e: &mut Entry) { e.inner.errorCode = String::from(\"A_CODE\"); }", "A_CODE"),
            ("fn f() { json!({ \"errorCode\": \"A_CODE\" }); }", "A_CODE"),
            (
                "fn f() { serde_json::json!({ \"a\": [{ \"b\": { \"error_code\": \"A_CODE\", \"x\": null } }] }); }",
                "A_CODE",
            ),
            ("fn f(v: &mut Value) { v[\"errorCode\"] = json!(\"A_CODE\"); }", "A_CODE"),
            (
                "fn f(m: &mut Map) { m.insert(\"errorCode\".to_owned(), json!(\"A_CODE\")); }",
                "A_CODE",
            ),
            (
                "#[derive(Serialize)] struct Body { #[serde(rename = \"errorCode\")] code: &'static str } fn f() { Body { code: \"A_CODE\" }; }",
                "A_CODE",
            ),
            (
                "#[derive(Serialize)] #[serde(rename_all = \"camelCase\")] struct Body { error_code: &'static str } fn f() { Body { error_code: \"A_CODE\" }; }",
                "A_CODE",
            ),
            ("fn f() { Entry { error_code: \"\" }; }", ""),
            (
                "fn f() -> impl IntoResponse { (StatusCode::OK, Json(json!({ \"errorCode\": \"A_CODE\" }))) }",
                "A_CODE",
            ),
            (
                "fn f() { log(&Entry { error_code: \"A_CODE\" }); vec![Entry { error_code: \"B_CODE\" }]; }",
                "A_CODE, B_CODE",
            ),
        ],
        |source| format!("{PRELUDE}{source}"),
        |index| emissions(index).into_iter().filter(|code| !code.is_empty()).collect(),
    );
}

#[test]
fn codes_are_followed_to_where_they_are_written() {
    check(
        [
            ("OLD", "OLD_CODE"),
            ("self::OLD", "OLD_CODE"),
            ("{ const NEW: &str = \"NEW_CODE\"; NEW }", "NEW_CODE"),
            ("if x { \"A_CODE\" } else { OLD }", "A_CODE, OLD_CODE"),
            ("match x { 1 => \"A_CODE\", 2 => return, _ => \"B_CODE\" }", "A_CODE, B_CODE"),
            ("x.unwrap_or(\"A_CODE\")", "A_CODE"),
            ("x.unwrap_or_else(|| \"A_CODE\".to_string())", "A_CODE"),
            ("x.map(|y| \"A_CODE\").unwrap_or(OLD)", "A_CODE, OLD_CODE"),
            ("x.map_or(\"A_CODE\", |y| \"B_CODE\")", "A_CODE, B_CODE"),
            ("Some(\"A_CODE\")", "A_CODE"),
            ("Some(\"A_CODE\".to_owned())", "A_CODE"),
            ("String::from(\"A_CODE\")", "A_CODE"),
            ("\"A_CODE\".into()", "A_CODE"),
            ("Cow::Borrowed(\"A_CODE\")", "A_CODE"),
            ("format!(\"A_{}\", \"CODE\")", "A_CODE"),
            ("format!(\"{OLD}\")", "OLD_CODE"),
            ("format!(\"{}_{}\", \"A\", if x { \"B\" } else { \"C\" })", "A_B, A_C"),
            ("concat!(\"A_\", \"CODE\")", "A_CODE"),
            ("\"A_\".to_string() + \"CODE\"", "A_CODE"),
            ("[\"A\", \"CODE\"].join(\"_\")", "A_CODE"),
            ("\"a_code\".to_uppercase()", "A_CODE"),
            ("stringify!(A_CODE)", "A_CODE"),
            ("{ let c = \"A_CODE\"; let d = c; d }", "A_CODE"),
            ("{ let c; if x { c = \"A_CODE\"; } else { c = \"B_CODE\"; } c }", "A_CODE, B_CODE"),
            ("{ let mut c = \"A_CODE\"; if x { c = \"B_CODE\"; } c }", "A_CODE, B_CODE"),
            ("{ let mut c = \"A_CODE\"; c = \"B_CODE\"; c }", "B_CODE"),
            ("{ let (c, d) = (\"A_CODE\", 404); c }", "A_CODE"),
            ("{ let c = \"A_CODE\"; let c = \"B_CODE\"; c }", "B_CODE"),
            ("{ let mut c = String::from(\"A_\"); c.push_str(\"CODE\"); c }", "A_CODE"),
            ("{ let mut c = String::from(\"A_\"); c += \"CODE\"; c }", "A_CODE"),
            ("(|| \"A_CODE\")()", "A_CODE"),
            (
                "{ let pick = |bad: bool| if bad { \"A_CODE\" } else { OLD }; pick(x) }",
                "A_CODE, OLD_CODE",
            ),
            ("loop { break \"A_CODE\" }", "A_CODE"),
            ("unsafe { \"A_CODE\" }", "A_CODE"),
            ("async { \"A_CODE\" }.await", "A_CODE"),
            ("x.then(|| \"A_CODE\")", "A_CODE"),
            ("TABLE[0]", "T_CODE"),
            ("TABLE[i]", "T_CODE, U_CODE"),
            ("{ let Some(c) = Some(\"A_CODE\") else { return }; c }", "A_CODE"),
            ("if let Some(c) = Some(\"A_CODE\") { c } else { OLD }", "A_CODE, OLD_CODE"),
            ("Box::from(\"A_CODE\")", "A_CODE"),
            ("dbg!(\"A_CODE\")", "A_CODE"),
            ("pick(x)", "A_CODE, B_CODE"),
            ("Kind::A.code()", "A_CODE"),
            ("kind.code()", "A_CODE, B_CODE"),
            ("Holder::CODE", "H_CODE"),
            ("Holder { c: \"A_CODE\" }.c", "A_CODE"),
        ],
        |source| {
            format!(
                "{PRELUDE}const TABLE: [&str; 2] = [\"T_CODE\", \"U_CODE\"];
                fn pick(x: bool) -> &'static str {{ if x {{ return \"A_CODE\"; }} \"B_CODE\" }}
                enum Kind {{ A, B }} impl Kind {{ fn code(&self) -> &'static str {{ match self {{ Kind::A => \"A_CODE\", Kind::B => \"B_CODE\" }} }} }}
                struct Holder {{ c: &'static str }} impl Holder {{ const CODE: &'static str = \"H_CODE\"; }}
                fn f(x: X, i: usize, kind: Kind) {{ Entry {{ error_code: {source} }}; }}"
            )
        },
        emissions,
    );
}

#[test]
fn codes_handed_to_functions_are_followed() {
    check(
        [
            ("fn f() { add_error_entry(run, \"A_CODE\", \"it failed\"); }", "A_CODE"),
            ("fn f() { errors::add_error_entry(run, \"A_CODE\", \"IT_FAILED\"); }", "A_CODE"),
            ("fn f() { store.add_error_entry(\"A_CODE\", \"failed\"); }", "A_CODE"),
            ("fn f() { self.store.addErrorEntry(id, OLD, \"failed\").await; }", "OLD_CODE"),
            (
                "fn add_error_entry(message: &str, code: &str) {} fn f() { add_error_entry(\"FAILED\", \"A_CODE\"); }",
                "A_CODE",
            ),
            (
                "struct S; impl S { fn add_error_entry(&self, message: &str, error_code: &str) {} fn f(&self) { self.add_error_entry(\"FAILED\", \"A_CODE\"); Self::add_error_entry(self, \"FAILED\", \"B_CODE\"); } }",
                "A_CODE, B_CODE",
            ),
            (
                "use errors::add_error_entry as push; mod errors { pub fn add_error_entry(code: &str) {} } fn f() { push(\"A_CODE\"); }",
                "A_CODE",
            ),
            (
                "fn f() { let push = add_error_entry; push(\"A_CODE\", 1); } fn add_error_entry(code: &str, n: u8) {}",
                "A_CODE",
            ),
            (
                "fn fail(code: &str) { add_error_entry(run, code, \"failed\"); } fn f() { fail(\"A_CODE\"); fail(OLD); }",
                "A_CODE, OLD_CODE",
            ),
            (
                "fn fail(code: &str) -> Body { Body { error_code: code.to_owned() } } fn f() { fail(\"A_CODE\"); }",
                "A_CODE",
            ),
            (
                "fn outer(c: &str) { inner(c) } fn inner(c: &str) { json!({ \"errorCode\": c }); } fn f() { outer(\"A_CODE\"); }",
                "A_CODE",
            ),
            (
                "struct E { error_code: String } impl E { fn new(code: impl Into<String>) -> Self { Self { error_code: code.into() } } } fn f() { E::new(\"A_CODE\"); }",
                "A_CODE",
            ),
            ("fn f() { x.map_err(|e| add_error_entry(run, \"A_CODE\", e)); }", "A_CODE"),
            (
                "fn f() { for c in [\"A_CODE\", \"B_CODE\"] { add_error_entry(run, c, \"x\"); } }",
                "A_CODE, B_CODE",
            ),
            (
                "fn f() { add_error_entry(run, Failure { code: \"A_CODE\", message: \"X\" }); }",
                "A_CODE",
            ),
            (
                "fn f() { add_error_entry(run, \"\", \"failed\"); } fn add_error_entry(r: R, code: &str, m: &str) {}",
                "",
            ),
            (
                "fn go() -> Result<(), &'static str> { if x { return Err(\"A_CODE\"); } Ok(()) } fn f() { if let Err(code) = go() { add_error_entry(run, code, \"x\"); } }",
                "A_CODE",
            ),
            (
                "fn f() { match go() { Err(Failure::Coded(code)) => add_error_entry(run, code, \"x\"), _ => {} } } enum Failure { Coded(&'static str), Other } fn go() -> Result<(), Failure> { Err(Failure::Coded(\"A_CODE\")) }",
                "A_CODE",
            ),
        ],
        |source| format!("{PRELUDE}{source}"),
        emissions,
    );
}

#[test]
fn enums_emit_what_they_are_written_as() {
    check(
        [
            ("Entry { error_code: Code::RunNotFound }", "RUN_NOT_FOUND"),
            ("Entry { error_code: Code::RunNotFound.as_str() }", "RUN_NOT_FOUND"),
            ("Entry { error_code: Code::RunNotFound.to_string() }", "RUN_NOT_FOUND"),
            ("Entry { error_code: format!(\"{}\", Code::RunNotFound) }", "RUN_NOT_FOUND"),
            ("Entry { error_code: Some(Code::RunNotFound.into()) }", "RUN_NOT_FOUND"),
            ("{ use Code::*; Entry { error_code: RunNotFound } }", "RUN_NOT_FOUND"),
            ("{ use Code as C; Entry { error_code: C::RunNotFound } }", "RUN_NOT_FOUND"),
            ("Entry { error_code: Code::DEFAULT.as_str() }", "UNEXPECTED_ERROR"),
            ("add_error_entry(run, \"A_MESSAGE\", Code::RunNotFound)", "RUN_NOT_FOUND"),
            ("Entry { error_code: code }", ""),
            ("Entry { error_code: to_code(&Failure::Lost).as_str() }", "RUN_NOT_FOUND"),
            (
                "{ let c: Code = Failure::Lost.into(); add_error_entry(run, c, \"X\") }",
                "RUN_NOT_FOUND",
            ),
        ],
        |source| {
            format!(
                "enum Code {{ RunNotFound, Unexpected }}
                impl Code {{ const DEFAULT: Code = Code::Unexpected; fn as_str(&self) -> &'static str {{ match self {{ Self::RunNotFound => \"RUN_NOT_FOUND\", Self::Unexpected => \"UNEXPECTED_ERROR\" }} }} }}
                impl std::fmt::Display for Code {{ fn fmt(&self, f: &mut F) -> R {{ f.write_str(self.as_str()) }} }}
                enum Failure {{ Lost, Broken }}
                fn to_code(f: &Failure) -> Code {{ match f {{ Failure::Lost => Code::RunNotFound, Failure::Broken => Code::Unexpected }} }}
                impl From<Failure> for Code {{ fn from(f: Failure) -> Code {{ to_code(&f) }} }}
                fn f(code: Code) {{ {source}; }}"
            )
        },
        emissions,
    );
}

#[test]
fn errors_are_told_from_what_goes_well() {
    check(
        [
            (
                "match load() { Ok(text) => show(text), Err(code) => add_error_entry(run, code, x) }",
                "A_CODE",
            ),
            ("if let Err(code) = load() { add_error_entry(run, code, x) }", "A_CODE"),
            ("load().map_err(|code| add_error_entry(run, code, x))", "A_CODE"),
            ("load().unwrap_or_else(|code| add_error_entry(run, code, x))", "A_CODE"),
            ("if let Err(code) = passed() { add_error_entry(run, code, x) }", "A_CODE"),
            ("Entry { error_code: load().unwrap() }", "TEXT"),
            ("Entry { error_code: load()? }", "TEXT"),
            ("Entry { error_code: load().err().unwrap_or(\"B_CODE\") }", "A_CODE, B_CODE"),
            ("Entry { error_code: load().map(|t| t).unwrap_err() }", "A_CODE"),
            (
                "if let Err(code) = find().ok_or(\"B_CODE\") { Entry { error_code: code } }",
                "B_CODE",
            ),
        ],
        |source| {
            format!(
                "fn load() -> Result<String, &'static str> {{ if x {{ return Err(\"A_CODE\"); }} Ok(\"TEXT\".into()) }}
                fn passed() -> Result<(), &'static str> {{ let text = load()?; Ok(()) }}
                fn f() {{ {source}; }}"
            )
        },
        emissions,
    );
}

#[test]
fn what_emits_no_code_is_not_reported() {
    check(
        [
            ("fn f(e: Entry) { Entry { error_code: e.error_code }; }", ""),
            ("fn f(row: Row) { Entry { error_code: row.get(\"error_code\") }; }", ""),
            (
                "fn f(row: Row) -> R { Entry { error_code: row.try_get::<String, _>(\"error_code\")? }; }",
                "",
            ),
            (
                "fn f(v: &Value) { Entry { error_code: v[\"errorCode\"].as_str().map(str::to_owned) }; }",
                "",
            ),
            ("fn f(code: &str) { Entry { error_code: code }; }", ""),
            ("fn f(code: &str) { Entry { error_code: format!(\"{code}\") }; }", ""),
            (
                "fn f() { Entry { error_code: 42 }; json!({ \"errorCode\": 42, \"error_code\": null }); }",
                "",
            ),
            ("fn f() { Entry { error_code: None, }; }", ""),
            ("fn f() { let error_code = \"A_CODE\"; }", ""),
            (
                "fn f(e: &Entry) { if e.error_code == \"A_CODE\" {} assert_eq!(e.error_code, \"A_CODE\"); }",
                "",
            ),
            (
                "fn f(e: Entry) { let Entry { error_code, .. } = e; match x { Entry { error_code: \"A_CODE\" } => {} _ => {} } }",
                "",
            ),
            ("fn f() { tracing::error!(error_code = \"A_CODE\", \"failed\"); }", ""),
            ("fn f() { println!(\"error_code: A_CODE\"); // error_code: \"A_CODE\"\n }", ""),
            ("struct Entry { error_code: &'static str }", ""),
            ("#[cfg(test)] mod tests { fn t() { Entry { error_code: \"A_CODE\" }; } }", ""),
            ("#[test] fn t() { add_error_entry(run, \"A_CODE\", \"x\"); }", ""),
            ("#[cfg(any())] fn f() { Entry { error_code: \"A_CODE\" }; }", ""),
            ("macro_rules! e { () => { Entry { error_code: \"A_CODE\" } } }", ""),
            ("fn f() { json!({ \"code\": \"A_CODE\", \"message\": \"errorCode\" }); }", ""),
            ("fn f() { help(\"errorCode is A_CODE\"); }", ""),
            (
                "fn add_error_entry(code: &str, message: &str) { entries.push(Entry { error_code: code, message }); }",
                "",
            ),
            (
                "fn fail(code: &str) { Entry { error_code: code }; } #[cfg(test)] mod tests { fn t() { super::fail(\"A_CODE\"); } }",
                "",
            ),
            (
                "enum K { A, B } fn code(k: K) -> &'static str { match k { K::A => \"A_CODE\", K::B => \"B_CODE\" } } fn f() { Entry { error_code: code(K::A) }; }",
                "A_CODE",
            ),
        ],
        str::to_owned,
        emissions,
    );
}

#[test]
fn an_empty_code_is_emitted() {
    for source in [
        "fn f() { Entry { error_code: \"\" }; }",
        "fn f() { Entry { error_code: String::new() }; }",
        "fn f() { add_error_entry(run, \"\", \"failed\"); } fn add_error_entry(r: R, code: &str, m: &str) {}",
    ] {
        assert_eq!(emissions(&read_one(source)), [""], "{source}");
    }
}

#[test]
fn codes_made_in_ways_that_are_not_followed_are_opaque() {
    for value in [
        "format!(\"{}_ERROR\", kind)",
        "std::env::var(\"X\")",
        "\"X\".repeat(2)",
        "decode(b\"abc\")",
    ] {
        let source = format!("fn f(kind: &str) {{ Entry {{ error_code: {value} }}; }}");
        assert_eq!(emissions(&read_one(&source)), ["?"], "{value}");
    }
}

#[test]
fn a_code_is_emitted_where_it_is_written() {
    let main = "mod errors;\nconst C: &str = \"A_CODE\";\nfn f() { errors::fail(\"B_CODE\"); errors::fail(C); Entry { error_code: errors::OTHER }; Entry { error_code: errors::pick() }; }";
    let errors = "pub const OTHER: &str = \"C_CODE\";\npub fn pick() -> &'static str { \"D_CODE\" }\npub fn fail(code: &str) { Entry { error_code: code }; }";
    let index = read(&[("src/main.rs", main), ("src/errors.rs", errors)]);
    let spans: Vec<_> =
        index.emissions.iter().map(|e| (e.span.file.0, &main[e.span.range()])).collect();
    assert_eq!(spans, [(0, "\"B_CODE\""), (0, "C"), (0, "errors::OTHER"), (0, "errors::pick()")]);
}

#[test]
fn another_files_enum_is_that_files_business() {
    let main = "mod billing;\nfn f() { Entry { error_code: billing::Code::Late.as_str() }; Entry { error_code: billing::Code::Late }; }";
    let billing =
        "pub enum Code { Late } impl Code { pub fn as_str(&self) -> &'static str { \"LATE\" } }";
    assert!(read(&[("src/main.rs", main), ("src/billing.rs", billing)]).emissions.is_empty());
}
