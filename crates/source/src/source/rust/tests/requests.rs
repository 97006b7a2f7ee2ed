use super::{callsites, check, read, read_one};

const IMPORTS: &str = "use reqwest::{Client, Method};\nuse std::collections::HashMap;\n";

#[test]
fn requests_of_a_client_are_callsites() {
    check(
        [
            ("async fn f() { reqwest::get(\"http://h/a\").await; }", "GET /a"),
            ("fn f() { reqwest::blocking::get(\"http://h/a\"); }", "GET /a"),
            ("use reqwest::get; async fn f() { get(\"http://h/a\").await; }", "GET /a"),
            ("use reqwest::get as fetch; async fn f() { fetch(\"http://h/a\").await; }", "GET /a"),
            ("use reqwest as http; async fn f() { http::get(\"http://h/a\").await; }", "GET /a"),
            (
                "extern crate reqwest as rq; async fn f() { rq::get(\"http://h/a\").await; }",
                "GET /a",
            ),
            ("async fn f() { Client::new().post(\"http://h/a\").send().await; }", "POST /a"),
            (
                "async fn f() { let c = Client::new(); c.get(\"/a\"); c.put(\"/a\"); c.patch(\"/a\"); c.delete(\"/a\"); c.head(\"/a\"); }",
                "DELETE /a, GET /a, HEAD /a, PATCH /a, PUT /a",
            ),
            (
                "async fn f() { let c = reqwest::Client::builder().timeout(t).build().unwrap(); c.get(\"/a\"); }",
                "GET /a",
            ),
            (
                "async fn f() -> R { let c = reqwest::ClientBuilder::new().build()?; c.get(\"/a\"); }",
                "GET /a",
            ),
            ("fn f() { reqwest::blocking::Client::new().get(\"/a\"); }", "GET /a"),
            ("fn f() { let c: Client = Default::default(); c.get(\"/a\"); }", "GET /a"),
            ("fn f() { let c = Client::default(); c.get(\"/a\"); }", "GET /a"),
            ("async fn f(c: &Client) { c.get(\"/a\"); }", "GET /a"),
            ("async fn f(c: Arc<Client>) { c.clone().get(\"/a\"); }", "GET /a"),
            ("async fn f(State(c): State<Client>) { c.get(\"/a\"); }", "GET /a"),
            (
                "struct Api { http: Client } impl Api { async fn f(&self) { self.http.get(\"/a\").send().await; } }",
                "GET /a",
            ),
            (
                "struct Api(Client); impl Api { async fn f(&self) { self.0.get(\"/a\"); } }",
                "GET /a",
            ),
            (
                "struct S { c: Client } async fn f(State(s): State<S>) { s.c.get(\"/a\"); }",
                "GET /a",
            ),
            (
                "struct S { c: Client } async fn f(s: State<Arc<S>>) { s.0.c.get(\"/a\"); }",
                "GET /a",
            ),
            (
                "struct S { c: Client } struct T { s: S } async fn f(t: &T) { let T { s } = t; s.c.get(\"/a\"); }",
                "GET /a",
            ),
            (
                "struct S { c: Client } impl S { fn client(&self) -> &Client { &self.c } fn f(&self) { self.client().get(\"/a\"); } }",
                "GET /a",
            ),
            ("type Http = Client; async fn f(c: Http) { c.get(\"/a\"); }", "GET /a"),
            ("fn client() -> Client { make() } async fn f() { client().get(\"/a\"); }", "GET /a"),
            (
                "fn client() -> Result<Client, E> { make() } async fn f() { client()?.get(\"/a\"); }",
                "GET /a",
            ),
            (
                "static C: LazyLock<Client> = LazyLock::new(Client::new); async fn f() { C.get(\"/a\"); }",
                "GET /a",
            ),
            (
                "static C: OnceLock<Client> = OnceLock::new(); async fn f() { C.get_or_init(|| Client::new()).get(\"/a\"); }",
                "GET /a",
            ),
            ("async fn f(c: Client) { c.request(Method::PATCH, \"/a\"); }", "PATCH /a"),
            ("async fn f(c: Client) { c.request(http::Method::PATCH, \"/a\"); }", "PATCH /a"),
            (
                "use http::Method as M; async fn f(c: Client) { c.request(M::POST, \"/a\"); }",
                "POST /a",
            ),
            ("async fn f(c: Client) { let m = Method::POST; c.request(m, \"/a\"); }", "POST /a"),
            (
                "async fn f(c: Client) { c.request(if X { Method::POST } else { Method::GET }, \"/a\"); }",
                "GET /a, POST /a",
            ),
            ("async fn f(c: Client, m: Method) { c.request(m, \"/a\"); }", "? /a"),
            (
                "async fn f(c: Client) { Client::get(&c, \"/a\"); Client::request(&c, Method::PUT, \"/a\"); }",
                "GET /a, PUT /a",
            ),
            (
                "async fn f() { let c = Client::new(); let go = || async { c.get(\"/a\").send().await }; go().await; }",
                "GET /a",
            ),
            (
                "async fn f(c: Client) { tokio::spawn(async move { c.get(\"/a\").send().await }); }",
                "GET /a",
            ),
            ("async fn f(c: Client) { urls.iter().map(|_| c.get(\"/a\")).collect(); }", "GET /a"),
            ("async fn f(c: Client) { if false { c.get(\"/a\"); } }", "GET /a"),
            ("async fn f(c: Client) { return; c.get(\"/a\"); }", "GET /a"),
            ("async fn f(c: Client) { let _unsent = c.get(\"/a\"); }", "GET /a"),
            (
                "trait Calls { fn list(&self); } impl Calls for Client { fn list(&self) { self.get(\"/a\"); } }",
                "GET /a",
            ),
            (
                "#[cfg(test)] mod tests { #[tokio::test] async fn t() { super::Client::new().get(\"/a\"); } }",
                "GET /a",
            ),
            ("#[test] fn t() { let c = Client::new(); c.get(\"/a\"); }", "GET /a"),
            ("async fn f(client: impl Sends) { client.get(\"/a\").send().await; }", "GET /a"),
            (
                "async fn f(ctx: &Ctx) { ctx.client.post(\"{x}/a\"); ctx.client.post(\"http://h/a\").json(&b).send().await; }",
                "POST /a",
            ),
            (
                "enum K { A, B } fn f(c: &Client, k: K) { match k { K::A => c.get(\"/a\"), K::B => c.post(\"/b\") }; } fn g(c: &Client) { f(c, K::A); }",
                "GET /a, POST /b",
            ),
        ],
        |source| format!("{IMPORTS}{source}"),
        callsites,
    );
}

#[test]
fn literal_urls_and_formats_of_literals_count() {
    check(
        [
            ("c.get(r\"http://h/a\")", "GET /a"),
            ("c.get(r#\"http://h/a\"#)", "GET /a"),
            ("c.get(&format!(\"{}/a\", base))", "GET /a"),
            ("c.get(format!(\"{base}/a/{id}\"))", "GET /a/{}"),
            ("c.get(format!(\"{}/a/{id}/b\", base, id = run.id))", "GET /a/{}/b"),
            ("c.get(format!(\"{0}/a/{1}?x={1}\", base, id))", "GET /a/{}"),
            ("c.get(format!(\"{base}/a/{id:?}\"))", "GET /a/{}"),
            ("c.get(format!(\"{base}/a/{id:>width$}\"))", "GET /a/{}"),
            ("c.get(format!(\"http://{addr}/a/run-{id}\"))", "GET /a/run-{}"),
            ("c.get(format!(\"{base}/a/{{x}}\"))", "GET /a/{x}"),
            ("c.get(&*format!(\"{base}/a\"))", "GET /a"),
            ("c.get(format!(\"{base}/a\").as_str())", "GET /a"),
            ("c.get(String::from(\"http://h/a\"))", "GET /a"),
            ("c.get(\"http://h/a\".to_string())", "GET /a"),
            ("c.get((\"http://h/a\"))", "GET /a"),
            ("c.get(\"http://h/a?status=queued#top\")", "GET /a"),
            ("c.get(\"http://h/a/42\")", "GET /a/42"),
            ("c.get(\"http://h\\\n    /a\")", "GET /a"),
            ("c.get(std::format!(\"{base}/a\"))", "GET /a"),
            ("c.get(format!(\"{}{}\", base, \"/a\"))", "GET /a"),
            ("assert_eq!(c.get(\"/a\").send().await?.status(), 200)", "GET /a"),
            ("assert!(c.get(\"/a\").send().await?.status().is_success(), \"{}\", x)", "GET /a"),
            ("println!(\"{:?}\", c.get(\"/a\").send().await)", "GET /a"),
            ("tokio::try_join!(c.get(\"/a\").send(), c.post(\"/b\").send())", "GET /a, POST /b"),
            ("vec![c.get(\"/a\"), c.get(\"/b\")]", "GET /a, GET /b"),
            ("json!({ \"x\": c.get(\"/a\").send().await?.text().await? })", "GET /a"),
            (
                "tokio::select! { r = c.get(\"/a\").send() => r, _ = sleep(d) => { c.get(\"/b\") } }",
                "GET /a, GET /b",
            ),
            ("info!(target: \"x\", answer = ?c.get(\"/a\"), \"sent\")", ""),
            ("unknown_macro!(c.get(\"/a\"); c.get(\"/b\"))", "GET /a, GET /b"),
        ],
        |source| format!("{IMPORTS}async fn f(c: Client, base: &str) {{ {source}; }}"),
        callsites,
    );
}

#[test]
fn what_is_no_literal_request_is_not_reported() {
    check(
        [
            ("async fn f(c: Client) { let url = \"http://h/a\"; c.get(url); }", ""),
            (
                "const U: &str = \"http://h/a\"; async fn f(c: Client) { c.get(U); reqwest::get(U).await; }",
                "",
            ),
            ("async fn f(c: Client) { c.get(concat!(\"http://h\", \"/a\")); }", ""),
            ("async fn f(c: Client) { c.get(format!(concat!(\"{}\", \"/a\"), base)); }", ""),
            ("async fn f(c: Client) { c.get(Url::parse(\"http://h/a\").unwrap()); }", ""),
            ("async fn f(c: Client) { c.get(base.join(\"/a\").unwrap()); }", ""),
            (
                "async fn f(c: Client, base: &str) { c.get(format!(\"{base}{path}\")); c.get(base.to_owned() + \"/a\"); }",
                "",
            ),
            ("fn f(map: &HashMap<String, u8>) { map.get(\"/a\"); }", ""),
            ("fn f() { let mut map = HashMap::new(); map.insert(1, 2); map.get(\"/a\"); }", ""),
            ("fn f(map: &X) { map.get(\"/a\").unwrap(); map.delete(\"/a\"); }", ""),
            ("fn f(v: serde_json::Value) { v.get(\"/a\"); v[\"x\"].get(\"/a\"); }", ""),
            ("async fn f(server: axum_test::TestServer) { server.get(\"/a\").send().await; }", ""),
            (
                "struct Fake; impl Fake { fn get(&self, _: &str) -> Req { Req } } async fn f() { Fake.get(\"/a\").send().await; }",
                "",
            ),
            (
                "struct Api { c: Client } impl Api { fn get(&self, p: &str) { self.c.get(format!(\"{}{}\", self.base, p)); } } fn f(api: Api) { api.get(\"/a\"); }",
                "",
            ),
            (
                "async fn f() { ureq::get(\"http://h/a\").call(); surf::get(\"http://h/a\").send().await; }",
                "",
            ),
            (
                "use awc::Client as C; async fn f() { C::default().get(\"http://h/a\").send().await; }",
                "",
            ),
            (
                "mod inner { pub struct Client; impl Client { pub fn get(&self, _: &str) {} } } fn f(c: inner::Client) { c.get(\"/a\"); }",
                "",
            ),
            (
                "// c.get(\"http://h/a\")\n/* reqwest::get(\"http://h/a\") */ /// reqwest::get(\"http://h/a\")\nfn f() {}",
                "",
            ),
            ("fn f() -> &'static str { \"reqwest::get(\\\"http://h/a\\\")\" }", ""),
            ("#[cfg(any())] async fn f() { reqwest::get(\"http://h/a\").await; }", ""),
            ("#[cfg(any())] mod m { async fn f() { reqwest::get(\"http://h/a\").await; } }", ""),
            ("macro_rules! call { () => { reqwest::get(\"http://h/a\") } }", ""),
            ("fn f() { stringify!(reqwest::get(\"http://h/a\")); }", ""),
            (
                "mod reqwest { pub fn get(_: &str) {} } fn f() { self::reqwest::get(\"http://h/a\"); }",
                "",
            ),
            ("fn get(_: &str) {} fn f() { get(\"http://h/a\"); }", ""),
            (
                "async fn f(c: Client) { c.get(); c.get(\"/a\", 1); c.fetch(\"/a\"); c.execute(\"/a\"); }",
                "",
            ),
            ("fn f() { let c = Client::new(); let c = HashMap::new(); c.get(\"/a\"); }", ""),
            ("async fn f(c: Client) { c.get(\"relative/a\"); }", ""),
        ],
        |source| format!("{IMPORTS}{source}"),
        callsites,
    );
}

#[test]
fn clients_are_known_across_files_and_packages() {
    let index = read(&[
        (
            "Cargo.toml",
            "[package]\nname = \"my-app\"\n[dependencies]\nweb = { package = \"reqwest\", version = \"0.12\" }\n",
        ),
        ("src/lib.rs", "pub mod http;"),
        (
            "src/http.rs",
            "pub use web::Client as Caller;\npub struct App { pub caller: Caller }\npub fn app() -> App { todo!() }",
        ),
        (
            "tests/api.rs",
            "use my_app::http;\n#[tokio::test]\nasync fn t() { http::app().caller.get(\"/api/diagnosis-runs\"); let c: http::Caller = x(); c.post(\"/b\"); }",
        ),
        ("examples/call.rs", "fn main() { web::blocking::get(\"http://h/c\"); }"),
        ("benches/call.rs", "fn main() { web::blocking::get(\"http://h/d\"); }"),
    ]);
    assert_eq!(callsites(&index).join(", "), "GET /api/diagnosis-runs, GET /c, GET /d, POST /b");
}

#[test]
fn a_callsite_is_where_its_call_is() {
    let source = "async fn f(c: reqwest::Client) {\n    c\n        .get(\"/ä\")\n        .send().await;\n    reqwest::get(\"http://h/b\").await;\n}";
    let index = read_one(source);
    let spans: Vec<_> = index.callsites.iter().map(|c| &source[c.span.range()]).collect();
    assert_eq!(spans, ["get(\"/ä\")", "reqwest::get(\"http://h/b\")"]);
}
