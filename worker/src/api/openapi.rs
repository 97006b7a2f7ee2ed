//! The OpenAPI document, generated from the handlers and their types.

use axum::Json;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::runs;

#[derive(OpenApi)]
#[openapi(
    info(title = "Diagnosis runs", description = "Creates, lists, shows and processes diagnosis runs."),
    paths(runs::create, runs::list, runs::show, runs::process),
    modifiers(&BearerToken)
)]
struct Description;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The document.
pub fn document() -> Document {
    Description::openapi()
}

pub(super) async fn serve() -> Json<Document> {
    Json(document())
}
