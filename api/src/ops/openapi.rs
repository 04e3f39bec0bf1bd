//! `GET /openapi.json`: the description of this interface, made from its code.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use bytes::Bytes;

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    let text = crate::openapi().to_pretty_json();
    text.expect("an OpenAPI document is made of texts and numbers only").into()
});

/// This description
///
/// OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "ops",
    operation_id = "openapi",
    responses((status = 200, description = "The description", body = Object)),
)]
pub(crate) async fn openapi_json() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}
