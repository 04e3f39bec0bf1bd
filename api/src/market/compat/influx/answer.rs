//! Errors in the two forms of InfluxDB: `{"error":…}` in version 1, `{"code":…,"message":…}` in 2.

use app::market::lines::Written;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use store::StoreError;

/// Bad lines that an answer names; the others are counted.
const MOST_NAMED: usize = 20;

/// Whose form an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// A request that is not, or not wholly, done.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
    /// The first bad line.
    line: Option<usize>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), line: None }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Says which lines were not taken; `None` where all were.
    pub(super) fn of_lines(written: &Written) -> Option<Self> {
        let first = written.bad.first()?;
        let mut named: Vec<String> =
            written.bad.iter().take(MOST_NAMED).map(ToString::to_string).collect();
        if let Some(more) = written.bad.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
            named.push(format!("and {more} lines more"));
        }
        let (named, dropped) = (named.join("; "), written.bad.len());
        let message = match written.lines {
            0 => format!("unable to parse: {named}"),
            _ => format!("partial write: {named} dropped={dropped}"),
        };
        Some(Self { status: StatusCode::BAD_REQUEST, message, line: Some(first.line) })
    }

    pub(super) fn answer(self, version: Version) -> Response {
        let code = match self.status {
            StatusCode::UNAUTHORIZED => "unauthorized",
            StatusCode::FORBIDDEN => "forbidden",
            StatusCode::METHOD_NOT_ALLOWED => "method not allowed",
            StatusCode::PAYLOAD_TOO_LARGE => "request too large",
            StatusCode::TOO_MANY_REQUESTS => "too many requests",
            StatusCode::SERVICE_UNAVAILABLE => "unavailable",
            StatusCode::INTERNAL_SERVER_ERROR => "internal error",
            _ => "invalid",
        };
        let body = match (version, self.line) {
            (Version::One, _) => json!({ "error": self.message }),
            (Version::Two, None) => json!({ "code": code, "message": self.message }),
            (Version::Two, Some(line)) => {
                json!({ "code": code, "message": self.message, "line": line })
            }
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                let realm = HeaderValue::from_static("Basic realm=\"InfluxDB\"");
                headers.insert(header::WWW_AUTHENTICATE, realm);
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            tracing::warn!(%error, "the database can't be reached");
            let message = "the database can't be reached; send the same again soon";
            return Self::new(StatusCode::SERVICE_UNAVAILABLE, message);
        }
        tracing::error!(%error, "a write failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the server's log says more")
    }
}
