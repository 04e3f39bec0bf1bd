//! `query` of version 1, as far as writers need it: `CREATE DATABASE`, for which there is nothing to do.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::answer::{Refusal, Version};
use super::write::Parameters;

/// Longest form with a query.
const MAX_FORM: usize = 64 * 1024;

pub(super) async fn query(uri: Uri, body: Body) -> Response {
    match run(&uri, body).await {
        Ok(()) => Json(json!({ "results": [{ "statement_id": 0 }] })).into_response(),
        Err(refusal) => refusal.answer(Version::One),
    }
}

async fn run(uri: &Uri, body: Body) -> Result<(), Refusal> {
    let parameters = Parameters::read(uri)?;
    // Telegraf sends the query as a form.
    let form = to_bytes(body, MAX_FORM).await.unwrap_or_default();
    let form = format!("/?{}", String::from_utf8_lossy(&form)).parse::<Uri>().unwrap_or_default();
    let form = Parameters::read(&form)?;
    let text = |name| parameters.text(name).or(form.text(name));
    let query = text("q").ok_or_else(|| Refusal::invalid("missing required parameter \"q\""))?;
    let mut words = query.split_whitespace();
    let creates = ["create", "database"]
        .iter()
        .all(|word| words.next().is_some_and(|own| own.eq_ignore_ascii_case(word)));
    if creates && words.next().is_some() && !query.trim_end_matches([';', ' ']).contains(';') {
        return Ok(());
    }
    Err(Refusal::invalid(
        "only CREATE DATABASE is answered here; GET /v1/ops/points reads points, /v1/market candles and trades",
    ))
}
