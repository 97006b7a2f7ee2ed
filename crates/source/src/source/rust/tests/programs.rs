//! Names across modules, files and packages.

use super::{endpoints, read};

const ROUTER: &str = "use axum::{Router, routing::get};\n";

fn assert_endpoints(files: &[(&str, &str)], expected: &str) {
    let files: Vec<_> =
        files.iter().map(|(path, text)| (*path, format!("{ROUTER}{text}"))).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(endpoints(&read(&files)).join(", "), expected, "{files:?}");
}

#[test]
fn routers_of_other_files_are_nested() {
    const API: &str = "pub fn router() -> Router { Router::new().route(\"/a\", get(h)) }";
    let cases: [&[(&str, &str)]; 12] = [
        &[
            (
                "src/main.rs",
                "mod api; fn app() -> Router { Router::new().nest(\"/api\", api::router()) }",
            ),
            ("src/api.rs", API),
        ],
        &[
            (
                "src/main.rs",
                "mod api; fn app() -> Router { Router::new().nest(\"/api\", crate::api::router()) }",
            ),
            ("src/api/mod.rs", API),
        ],
        &[
            (
                "src/main.rs",
                "mod api; use api::router as api_router; fn app() -> Router { Router::new().nest(\"/api\", api_router()) }",
            ),
            ("src/api.rs", API),
        ],
        &[
            (
                "src/main.rs",
                "mod web; fn app() -> Router { Router::new().nest(\"/api\", web::api::router()) }",
            ),
            ("src/web.rs", "pub mod api;"),
            ("src/web/api.rs", API),
        ],
        &[
            (
                "src/main.rs",
                "mod web; fn app() -> Router { Router::new().nest(\"/api\", web::router()) }",
            ),
            ("src/web/mod.rs", "mod api; pub use api::router;"),
            ("src/web/api.rs", API),
        ],
        &[
            (
                "src/main.rs",
                "mod web; fn app() -> Router { Router::new().nest(\"/api\", web::router()) }",
            ),
            ("src/web/mod.rs", "mod api; pub use self::api::*;"),
            ("src/web/api.rs", API),
        ],
        &[
            (
                "src/main.rs",
                "#[path = \"other/file.rs\"] mod api; fn app() -> Router { Router::new().nest(\"/api\", api::router()) }",
            ),
            ("src/other/file.rs", API),
        ],
        &[
            (
                "src/main.rs",
                "fn app() -> Router { Router::new().nest(\"/api\", crate::api::router()) }",
            ),
            ("src/api.rs", API),
        ],
        &[
            (
                "src/web.rs",
                "fn app() -> Router { Router::new().nest(\"/api\", super::api::router()) }",
            ),
            ("src/api.rs", API),
        ],
        &[
            (
                "server/src/app.rs",
                "use crate::deep::api; fn app() -> Router { Router::new().nest(\"/api\", api::router()) }",
            ),
            ("server/src/deep/api.rs", API),
        ],
        &[
            (
                "a.rs",
                "use crate::b; fn app() -> Router { Router::new().nest(\"/api\", b::router()) }",
            ),
            ("b.rs", API),
        ],
        &[
            (
                "src/main.rs",
                "mod web { pub mod api; } fn app() -> Router { Router::new().nest(\"/api\", web::api::router()) }",
            ),
            ("src/web/api.rs", API),
        ],
    ];
    for files in cases {
        assert_endpoints(files, "GET /api/a");
    }
}

#[test]
fn packages_of_a_workspace_use_each_other() {
    let index = read(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"api\", \"server\"]"),
        ("api/Cargo.toml", "[package]\nname = \"my-api\"\n[dependencies]\naxum = \"0.8\""),
        (
            "api/src/lib.rs",
            "use axum::{Router, routing::get}; pub const P: &str = \"/b/{id}\"; pub fn router() -> Router { Router::new().route(\"/a\", get(h)) }",
        ),
        ("server/Cargo.toml", "[package]\nname = \"server\"\n[dependencies]\naxum = \"0.8\""),
        (
            "server/src/main.rs",
            "use axum::{Router, routing::get}; #[tokio::main] async fn main() { axum::serve(l, Router::new().nest(\"/api\", my_api::router()).route(my_api::P, get(h))).await; }",
        ),
    ]);
    assert_eq!(endpoints(&index).join(", "), "GET /api/a, GET /b/[]");
}

#[test]
fn a_binary_uses_its_library() {
    let index = read(&[
        ("Cargo.toml", "[package]\nname = \"app\"\n"),
        ("src/lib.rs", "pub mod paths; pub mod web;"),
        ("src/paths.rs", "pub const A: &str = \"/a\";"),
        (
            "src/web.rs",
            "use axum::{Router, routing::get}; use crate::paths; pub fn router() -> Router { Router::new().route(paths::A, get(h)) }",
        ),
        (
            "src/main.rs",
            "fn main() { axum::serve(l, axum::Router::new().nest(\"/api\", app::web::router())); }",
        ),
        ("src/bin/other.rs", "fn main() { axum::serve(l, app::web::router()); }"),
    ]);
    assert_eq!(endpoints(&index).join(", "), "GET /a, GET /api/a");
}

#[test]
fn tests_and_benches_have_no_handlers_of_the_program() {
    let source = "use axum::{Router, routing::get}; fn app() -> Router { Router::new().route(\"/a\", get(h)) }";
    for (path, expected) in [
        ("tests/mock.rs", ""),
        ("benches/mock.rs", ""),
        ("examples/demo.rs", "GET /a"),
        ("src/tests/mod.rs", "GET /a"),
    ] {
        let index = read(&[
            ("Cargo.toml", "[package]\nname = \"app\"\n"),
            ("src/lib.rs", ""),
            (path, source),
        ]);
        assert_eq!(endpoints(&index).join(", "), expected, "{path}");
    }
}

#[test]
fn a_module_under_cfg_test_is_not_the_program() {
    assert_endpoints(
        &[
            ("src/main.rs", "#[cfg(test)] mod mock;"),
            ("src/mock.rs", "fn app() -> Router { Router::new().route(\"/a\", get(h)) }"),
        ],
        "",
    );
    assert_endpoints(
        &[(
            "src/mock.rs",
            "#![cfg(any())] fn app() -> Router { Router::new().route(\"/a\", get(h)) }",
        )],
        "GET /a",
    );
}

#[test]
fn an_inner_cfg_excludes_its_file() {
    let source = "#![cfg(any())]\nuse axum::{Router, routing::get}; fn app() -> Router { Router::new().route(\"/a\", get(h)) }";
    assert!(read(&[("src/mock.rs", source)]).endpoints.is_empty());
}

#[test]
fn namesakes_of_other_modules_are_told_apart() {
    assert_endpoints(
        &[
            (
                "src/main.rs",
                "mod a; mod b; const P: &str = \"/main\"; fn app() -> Router { Router::new().route(a::P, get(h)).route(b::P, get(h)).route(P, get(h)) }",
            ),
            ("src/a.rs", "pub const P: &str = \"/a\";"),
            ("src/b.rs", "pub const P: &str = \"/b\";"),
        ],
        "GET /a, GET /b, GET /main",
    );
}
