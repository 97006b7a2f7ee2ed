use super::{check, endpoints, read, read_one};

const IMPORTS: &str = "use axum::{Router, routing::{self, get, post, put, patch, delete, head, options, any, on, \
    get_service, any_service, on_service, MethodFilter, MethodRouter}};\n";

#[test]
fn routes_are_found_however_they_are_written() {
    check(
        [
            ("fn app() -> Router { Router::new().route(\"/a\", get(h)) }", "GET /a"),
            (
                "fn app() -> Router { Router::new().route(\"/a\", get(h).post(h)) }",
                "GET /a, POST /a",
            ),
            (
                "fn app() -> Router { Router::new().route(\"/a\", put(h).patch(h).delete(h).head(h).options(h)) }",
                "DELETE /a, HEAD /a, OPTIONS /a, PATCH /a, PUT /a",
            ),
            ("fn app() -> Router { Router::new().route(\"/a\", routing::get(h)) }", "GET /a"),
            (
                "fn app() -> axum::Router { axum::Router::new().route(\"/a\", axum::routing::post(h)) }",
                "POST /a",
            ),
            (
                "use axum::routing::get as fetch_it; fn app() -> Router { Router::new().route(\"/a\", fetch_it(h)) }",
                "GET /a",
            ),
            ("use axum::Router as R; fn app() -> R { R::new().route(\"/a\", get(h)) }", "GET /a"),
            ("fn app() -> Router { Router::new().route(\"/a\", any(h)) }", "ANY /a"),
            (
                "fn app() -> Router { Router::new().route(\"/a\", on(MethodFilter::GET, h)) }",
                "GET /a",
            ),
            (
                "fn app() -> Router { Router::new().route(\"/a\", on(MethodFilter::GET.or(MethodFilter::POST), h)) }",
                "GET /a, POST /a",
            ),
            (
                "fn app() -> Router { Router::new().route(\"/a\", on(MethodFilter::GET | MethodFilter::PUT, h)) }",
                "GET /a, PUT /a",
            ),
            (
                "const F: MethodFilter = MethodFilter::DELETE; fn app() -> Router { Router::new().route(\"/a\", on(F, h)) }",
                "DELETE /a",
            ),
            (
                "fn app() -> Router { Router::new().route(\"/a\", get(h).on(MethodFilter::POST, h)) }",
                "GET /a, POST /a",
            ),
            (
                "fn app() -> Router { Router::new().route(\"/a\", MethodRouter::new().get(h).put(h)) }",
                "GET /a, PUT /a",
            ),
            (
                "fn app() -> Router { Router::new().route(\"/a\", get(h).merge(post(h))) }",
                "GET /a, POST /a",
            ),
            (
                "fn app() -> Router { Router::new().route(\"/a\", get_service(s).post_service(s)) }",
                "GET /a, POST /a",
            ),
            (
                "fn app() -> Router { Router::new().route(\"/a\", get(|| async { \"hi\" })) }",
                "GET /a",
            ),
            (
                "fn app() -> Router { Router::new().route(\"/a\", get(async move |x: u8| {})) }",
                "GET /a",
            ),
            (
                "fn app() -> Router { Router::new().route(\"/a\", get(h).layer(x).with_state(s).post(h)) }",
                "GET /a, POST /a",
            ),
            ("fn app() -> Router { Router::new().route(\"/a\", get::<_, (), ()>(h)) }", "GET /a"),
            ("fn app() -> Router<S> { Router::<S>::new().route(\"/a\", get(h)) }", "GET /a"),
            ("fn app() -> Router { Router::default().route(\"/a\", get(h)) }", "GET /a"),
            ("fn app() -> Router { Router::new().route(r#\"/a\"#, get(h)) }", "GET /a"),
            ("fn app() -> Router { Router::new().route(\"\\x2fa\", get(h)) }", "GET /a"),
            (
                "fn app() -> Router { Router::new().route(&format!(\"/{}\", \"a\"), get(h)) }",
                "GET /a",
            ),
            (
                "fn app() -> Router { Router::new().route(concat!(\"/a\", \"/b\"), get(h)) }",
                "GET /a/b",
            ),
            ("fn app() -> Router { Router::new().route_service(\"/a\", svc) }", "ANY /a"),
            ("fn app() -> Router { Router::new().route_service(\"/a\", get(h)) }", "GET /a"),
            ("fn app() -> Router { Router::new().route(\"/a/\", get(h)) }", "GET /a/"),
            ("fn app() -> Router { Router::new().route(\"/a/{id}\", get(h)) }", "GET /a/[]"),
            ("fn app() -> Router { Router::new().route(\"/a/:id\", get(h)) }", "GET /a/[]"),
            ("fn app() -> Router { Router::new().route(\"/a/{*rest}\", get(h)) }", "GET /a/[...]"),
        ],
        |source| format!("{IMPORTS}{source}"),
        endpoints,
    );
}

#[test]
fn paths_and_method_routers_are_followed() {
    check(
        [
            (
                "const P: &str = \"/a\"; fn app() -> Router { Router::new().route(P, get(h)) }",
                "GET /a",
            ),
            (
                "static P: &str = \"/a\"; fn app() -> Router { Router::new().route(P, get(h)) }",
                "GET /a",
            ),
            (
                "mod paths { pub const P: &str = \"/a\"; } fn app() -> Router { Router::new().route(paths::P, get(h)) }",
                "GET /a",
            ),
            (
                "mod paths { pub const P: &str = \"/a\"; } use paths::P as Q; fn app() -> Router { Router::new().route(Q, get(h)) }",
                "GET /a",
            ),
            (
                "mod paths { pub const P: &str = \"/a\"; } use paths::*; fn app() -> Router { Router::new().route(P, get(h)) }",
                "GET /a",
            ),
            (
                "mod paths { pub const P: &str = super::BASE; } const BASE: &str = \"/a\"; fn app() -> Router { Router::new().route(self::paths::P, get(h)) }",
                "GET /a",
            ),
            (
                "struct P; impl P { const LIST: &'static str = \"/a\"; } fn app() -> Router { Router::new().route(P::LIST, get(h)) }",
                "GET /a",
            ),
            ("fn app() -> Router { let p = \"/a\"; Router::new().route(p, get(h)) }", "GET /a"),
            (
                "fn app() -> Router { const P: &str = \"/a\"; Router::new().route(P, get(h)) }",
                "GET /a",
            ),
            (
                "const P: &str = \"/outer\"; fn app() -> Router { const P: &str = \"/a\"; Router::new().route(P, get(h)) }",
                "GET /a",
            ),
            (
                "const P: &str = concat!(\"/a\", \"/b\"); fn app() -> Router { Router::new().route(P, get(h)) }",
                "GET /a/b",
            ),
            (
                "const B: &str = \"/a\"; fn app() -> Router { Router::new().route(&format!(\"{B}/b\"), get(h)) }",
                "GET /a/b",
            ),
            (
                "const B: &str = \"/a\"; fn app() -> Router { Router::new().route(&(B.to_owned() + \"/b\"), get(h)) }",
                "GET /a/b",
            ),
            (
                "fn p() -> &'static str { \"/a\" } fn app() -> Router { Router::new().route(p(), get(h)) }",
                "GET /a",
            ),
            ("fn app() -> Router { let m = get(h); Router::new().route(\"/a\", m) }", "GET /a"),
            (
                "fn app() -> Router { let m: MethodRouter = get(h).post(h); Router::new().route(\"/a\", m.delete(h)) }",
                "DELETE /a, GET /a, POST /a",
            ),
            (
                "fn m() -> MethodRouter { get(h).post(h) } fn app() -> Router { Router::new().route(\"/a\", m()) }",
                "GET /a, POST /a",
            ),
            (
                "fn app() -> Router { let mut m = get(h); m = m.post(h); Router::new().route(\"/a\", m) }",
                "GET /a, POST /a",
            ),
            (
                "fn app() -> Router { let m = if X { get(h) } else { post(h) }; Router::new().route(\"/a\", m) }",
                "GET /a, POST /a",
            ),
            (
                "fn add(r: Router, p: &str) -> Router { r.route(p, get(h)) } fn app() -> Router { add(Router::new(), \"/a\") }",
                "GET /a",
            ),
            (
                "fn crud(p: &str, m: MethodRouter) -> Router { Router::new().route(p, m) } fn app() -> Router { crud(\"/a\", get(h)).merge(crud(\"/b\", post(h))) }",
                "GET /a, POST /b",
            ),
            (
                "fn app() -> Router { let mut r = Router::new(); for (p, m) in [(\"/a\", get(h)), (\"/b\", post(h))] { r = r.route(p, m); } r }",
                "GET /a, POST /b",
            ),
            (
                "fn app() -> Router { [(\"/a\", get(h)), (\"/b\", post(h))].into_iter().fold(Router::new(), |r, (p, m)| r.route(p, m)) }",
                "GET /a, POST /b",
            ),
            (
                "fn app() -> Router { let add = |r: Router, p| r.route(p, get(h)); add(Router::new(), \"/a\") }",
                "GET /a",
            ),
            (
                "static APP: LazyLock<Router> = LazyLock::new(|| Router::new().route(\"/a\", get(h)));",
                "GET /a",
            ),
            (
                "fn app(extra: Option<Router>) -> Router { Router::new().route(\"/a\", get(h)).merge(extra.unwrap()) }",
                "GET /a",
            ),
        ],
        |source| format!("{IMPORTS}{source}"),
        endpoints,
    );
}

#[test]
fn nested_routers_are_at_their_prefix_and_nowhere_else() {
    check(
        [
            (
                "fn app() -> Router { Router::new().nest(\"/api\", Router::new().route(\"/a\", get(h))) }",
                "GET /api/a",
            ),
            (
                "fn app() -> Router { Router::new().nest(\"/api\", Router::new().route(\"/\", get(h))) }",
                "GET /api",
            ),
            (
                "fn app() -> Router { Router::new().nest(\"/api/\", Router::new().route(\"/\", get(h))) }",
                "GET /api/",
            ),
            (
                "fn app() -> Router { let api = Router::new().route(\"/a\", get(h)); Router::new().nest(\"/api\", api) }",
                "GET /api/a",
            ),
            (
                "fn api() -> Router { Router::new().route(\"/a\", get(h)) } fn app() -> Router { Router::new().nest(\"/api\", api()) }",
                "GET /api/a",
            ),
            (
                "fn app() -> Router { Router::new().nest(\"/api\", api()) } fn api() -> Router { Router::new().nest(\"/v1\", v1()) } fn v1() -> Router { Router::new().route(\"/a\", get(h)) }",
                "GET /api/v1/a",
            ),
            ("fn api() -> Router { Router::new().route(\"/a\", get(h)) }", "GET /a"),
            (
                "fn app() -> Router { Router::new().merge(api()) } fn api() -> Router { Router::new().route(\"/a\", get(h)) }",
                "GET /a",
            ),
            (
                "fn app() -> Router { Router::new().nest_service(\"/api\", Router::new().route(\"/a\", get(h))) }",
                "GET /api/a",
            ),
            (
                "fn app() -> Router { Router::new().nest_service(\"/api\", svc) }",
                "ANY /api/[[...]]",
            ),
            (
                "fn app() -> Router { let mut r = Router::new().route(\"/a\", get(h)); r = Router::new().nest(\"/api\", r); r }",
                "GET /api/a",
            ),
            (
                "fn app() -> Router { let r = Router::new().route(\"/a\", get(h)); let r = Router::new().nest(\"/api\", r); r }",
                "GET /api/a",
            ),
            (
                "fn app() -> Router { let r = Router::new().route(\"/a\", get(h)); Router::new().nest(\"/v1\", r.clone()).nest(\"/v2\", r) }",
                "GET /v1/a, GET /v2/a",
            ),
            (
                "fn app() -> Router { let r = Router::new().route(\"/a\", get(h)); Router::new().nest(\"/v1\", r.clone()).merge(r) }",
                "GET /a, GET /v1/a",
            ),
            (
                "const P: &str = \"/api\"; fn app() -> Router { Router::new().nest(P, Router::new().route(\"/a\", get(h))) }",
                "GET /api/a",
            ),
            (
                "fn mount(r: Router) -> Router { Router::new().nest(\"/api\", r) } fn app() -> Router { mount(Router::new().route(\"/a\", get(h))) }",
                "GET /api/a",
            ),
            (
                "struct Api; impl Api { fn router(&self) -> Router { Router::new().route(\"/a\", get(h)) } fn app(&self) -> Router { Router::new().nest(\"/api\", self.router()) } }",
                "GET /api/a",
            ),
            (
                "struct Api; impl Api { fn router() -> Router { Router::new().route(\"/a\", get(h)) } } fn main() { axum::serve(l, Router::new().nest(\"/api\", Api::router())); }",
                "GET /api/a",
            ),
            (
                "async fn main() { let app = Router::new().route(\"/a\", get(h)).layer(x).with_state(s); axum::serve(l, app).await.unwrap(); }",
                "GET /a",
            ),
            (
                "async fn main() { tokio::spawn(async move { axum::serve(l, Router::new().route(\"/a\", get(h))).await }); }",
                "GET /a",
            ),
            (
                "fn app() -> Router { let api = Router::new().route(\"/a\", get(h)); let app = Router::new(); if FLAG { app.nest(\"/api\", api) } else { app } }",
                "GET /api/a",
            ),
            (
                "fn app() -> anyhow::Result<Router> { Ok(Router::new().nest(\"/api\", api()?)) } fn api() -> anyhow::Result<Router> { Ok(Router::new().route(\"/a\", get(h))) }",
                "GET /api/a",
            ),
            (
                "async fn app() -> Router { Router::new().nest(\"/api\", api().await) } async fn api() -> Router { Router::new().route(\"/a\", get(h)) }",
                "GET /api/a",
            ),
            (
                "fn app() -> Router { let mut app = Router::new(); for v in [\"/v1\", \"/v2\"] { app = app.nest(v, api()); } app } fn api() -> Router { Router::new().route(\"/a\", get(h)) }",
                "GET /v1/a, GET /v2/a",
            ),
            (
                "#[utoipa::path(get, path = \"/a\", responses((status = 200)))] async fn list() {} fn app() -> Router { let (r, _) = OpenApiRouter::new().routes(routes!(list)).split_for_parts(); r }\nuse utoipa_axum::router::OpenApiRouter;",
                "GET /a",
            ),
        ],
        |source| format!("{IMPORTS}{source}"),
        endpoints,
    );
}

#[test]
fn what_is_no_handler_is_not_reported() {
    check(
        [
            (
                "fn app() -> Router { Router::new().fallback(h).route(\"/a\", get(h).fallback(h)) }",
                "GET /a",
            ),
            ("fn app() -> Router { Router::new().fallback(get(h)) }", ""),
            ("// Router::new().route(\"/a\", get(h))", ""),
            ("/// Router::new().route(\"/a\", get(h))\nfn x() {}", ""),
            ("fn x() -> &'static str { \"Router::new().route(\\\"/a\\\", get(h))\" }", ""),
            ("#[cfg(any())] fn app() -> Router { Router::new().route(\"/a\", get(h)) }", ""),
            ("#[cfg(not(all()))] fn app() -> Router { Router::new().route(\"/a\", get(h)) }", ""),
            (
                "#[cfg(all(any(), unix))] mod x { use super::*; fn app() -> Router { Router::new().route(\"/a\", get(h)) } }",
                "",
            ),
            ("#[cfg(false)] fn app() -> Router { Router::new().route(\"/a\", get(h)) }", ""),
            (
                "fn app() -> Router { #[cfg(any())] let r = Router::new().route(\"/a\", get(h)); Router::new() }",
                "",
            ),
            (
                "#[cfg(test)] mod tests { use super::*; fn app() -> Router { Router::new().route(\"/a\", get(h)) } }",
                "",
            ),
            (
                "#[cfg(all(test, unix))] mod tests { use super::*; fn app() -> Router { Router::new().route(\"/a\", get(h)) } }",
                "",
            ),
            ("#[test] fn t() { let app = Router::new().route(\"/a\", get(h)); }", ""),
            ("#[tokio::test] async fn t() { let app = Router::new().route(\"/a\", get(h)); }", ""),
            (
                "#[cfg(not(test))] fn app() -> Router { Router::new().route(\"/a\", get(h)) }",
                "GET /a",
            ),
            (
                "#[cfg(any(test, feature = \"x\"))] fn app() -> Router { Router::new().route(\"/a\", get(h)) }",
                "GET /a",
            ),
            (
                "#[cfg(feature = \"x\")] fn app() -> Router { Router::new().route(\"/a\", get(h)) }",
                "GET /a",
            ),
            (
                "#[cfg(target_os = \"windows\")] fn app() -> Router { Router::new().route(\"/a\", get(h)) }",
                "GET /a",
            ),
            (
                "#[cfg_attr(all(), cfg(any()))] fn app() -> Router { Router::new().route(\"/a\", get(h)) }",
                "",
            ),
            ("macro_rules! app { () => { Router::new().route(\"/a\", get(h)) } }", ""),
            (
                "fn x() { quote! { Router::new().route(\"/a\", get(h)) }; stringify!(Router::new().route(\"/b\", get(h))); }",
                "",
            ),
            ("fn x(m: &HashMap<String, u8>) { m.get(\"/a\"); m.route(\"/b\", 3); }", ""),
            ("use actix_web::web; fn app() { App::new().route(\"/a\", web::get().to(h)); }", ""),
            (
                "mod plan { fn get(x: u8) -> Plan { todo!() } fn app(t: Planner) { t.route(\"/a\", get(3)); } }",
                "",
            ),
            ("use salvo::prelude::*; fn app() { salvo::Router::with_path(\"a\").get(h); }", ""),
            (
                "fn t() { let app = api(); } fn api() -> Router { Router::new().route(\"/a\", get(h)) }",
                "GET /a",
            ),
        ],
        |source| format!("{IMPORTS}{source}"),
        endpoints,
    );
}

#[test]
fn macros_whose_arguments_are_expressions_are_read() {
    check(
        [
            (
                "async fn main() { tokio::join!(axum::serve(l, Router::new().route(\"/a\", get(h))), other()); }",
                "GET /a",
            ),
            ("fn main() { let app = dbg!(Router::new().route(\"/a\", get(h))); }", "GET /a"),
            (
                "async fn main() { tokio::select! { r = axum::serve(l, Router::new().route(\"/a\", get(h))) => {}, _ = stop() => {} } }",
                "GET /a",
            ),
            ("fn app() -> Vec<Router> { vec![Router::new().route(\"/a\", get(h))] }", "GET /a"),
            (
                "lazy_static! { static ref APP: Router = Router::new().route(\"/a\", get(h)); }",
                "GET /a",
            ),
            (
                "thread_local! { static APP: Router = Router::new().route(\"/a\", get(h)) }",
                "GET /a",
            ),
        ],
        |source| format!("{IMPORTS}{source}"),
        endpoints,
    );
}

#[test]
fn the_version_of_axum_tells_captures() {
    let source = "use axum::{Router, routing::get}; fn app() -> Router { Router::new().route(\"/a/:id\", get(h)).route(\"/b/{id}\", get(h)) }";
    for (version, expected) in [
        ("0.7", "GET /a/[], GET /b/{id}"),
        ("0.8", "GET /a/:id, GET /b/[]"),
        (">=0.7", "GET /a/[], GET /b/[]"),
    ] {
        let manifest = format!("[package]\nname = \"app\"\n[dependencies]\naxum = \"{version}\"\n");
        let index = read(&[("app/Cargo.toml", &manifest), ("app/src/main.rs", source)]);
        assert_eq!(endpoints(&index).join(", "), expected, "{version}");
    }
}

#[test]
fn a_route_whose_path_is_not_constant_is_a_gap() {
    let index = read_one(
        "use axum::{Router, routing::get};\nfn main() { let p = std::env::var(\"P\").unwrap(); axum::serve(l, Router::new().route(&p, get(h))); }",
    );
    assert_eq!(index.gaps.len(), 1);
    assert!(index.gaps[0].endpoints && !index.gaps[0].codes);
}

#[test]
fn an_endpoint_knows_the_files_of_its_handler() {
    let index = read(&[
        (
            "src/main.rs",
            "mod runs; use axum::{Router, routing::{get, post}};\nfn app() -> Router { Router::new().route(\"/a\", get(runs::list)).route(\"/b\", runs::create()) }",
        ),
        (
            "src/runs.rs",
            "pub async fn list() {}\npub fn create() -> axum::routing::MethodRouter { axum::routing::post(list) }",
        ),
    ]);
    for endpoint in &index.endpoints {
        assert_eq!(endpoint.modules.iter().map(|file| file.0).collect::<Vec<_>>(), [0, 1]);
    }
    assert_eq!(index.endpoints.len(), 2);
}

#[test]
fn a_route_is_where_its_call_is() {
    let source = "use axum::{Router, routing::get};\nfn app() -> Router {\n    Router::new()\n        .route(\"/a\", get(h))\n}";
    let index = read_one(source);
    assert_eq!(&source[index.endpoints[0].span.range()], "route(\"/a\", get(h))");
}
