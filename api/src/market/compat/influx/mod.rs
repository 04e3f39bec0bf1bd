//! InfluxDB's write interface of versions 1 and 2, so that Telegraf and InfluxDB's own clients write
//! here by changing one URL. docs/compatibility.md says what becomes of their points.

mod answer;
mod query;
mod token;
mod write;

use axum::Router;
use axum::http::{HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, extract::State};
use serde_json::{Value, json};

pub use token::WriteToken;

use answer::{Refusal, Version};

use crate::problem::Problem;
use crate::state::ApiState;

/// The last version with both interfaces. Clients look at it to find out what they may send.
const VERSION: &str = "1.8.10-chandlery";

const TOKEN_NEEDED: &str = "no token, or none that is known: send a key with the scope points:write \
    (chandlery key create) or that of compat.influx_token as Authorization: Token …, or as password of any user";

/// Everything below `/compat/influx`.
pub(crate) fn router() -> Router<ApiState> {
    let interface = Router::new()
        .route("/write", post(write::version_1))
        .route("/api/v2/write", post(write::version_2))
        .route("/query", get(query::query).post(query::query))
        .route("/ping", get(ping))
        .route("/health", get(health));
    Router::new().nest("/compat/influx", interface)
}

/// A request that is not let in.
pub(super) fn refuse(path: &str, problem: Problem) -> Response {
    let version = if path.contains("/v2/") { Version::Two } else { Version::One };
    let status = problem.code.status();
    let message = match status {
        StatusCode::UNAUTHORIZED => TOKEN_NEEDED.into(),
        _ => problem.detail,
    };
    Refusal::new(status, message).answer(version)
}

async fn ping(uri: Uri) -> Response {
    let headers = [
        (HeaderName::from_static("x-influxdb-version"), VERSION),
        (HeaderName::from_static("x-influxdb-build"), "chandlery"),
    ];
    let verbose = uri.query().unwrap_or_default().split('&').any(|given| given == "verbose=true");
    match verbose {
        true => (headers, Json(json!({ "version": VERSION }))).into_response(),
        false => (StatusCode::NO_CONTENT, headers).into_response(),
    }
}

async fn health(State(state): State<ApiState>) -> (StatusCode, Json<Value>) {
    let up = store::ops::probe::facts(&state.0.db).await.is_ok();
    let (code, status, message) = match up {
        true => (StatusCode::OK, "pass", "ready for writes"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "fail", "the database can't be reached"),
    };
    let body = json!({ "name": "influxdb", "message": message, "status": status, "checks": [],
        "version": VERSION, "commit": state.0.version });
    (code, Json(body))
}
