//! Errors in Binance's form: `{"code":-1121,"msg":"Invalid symbol."}`. Codes and texts are those of
//! Binance's list of errors, for clients compare them.

use std::borrow::Cow;
use std::time::Duration;

use adapters::market::venue::VenueError;
use app::market::fetch::FetchError;
use app::market::read::ReadError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use store::StoreError;

use crate::problem::Problem;

/// A request that is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: i32,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        code: i32,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    pub(crate) fn bad(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn invalid_symbol() -> Self {
        Self::bad(-1121, "Invalid symbol.")
    }

    pub(crate) fn invalid_interval() -> Self {
        Self::bad(-1120, "Invalid interval.")
    }

    pub(crate) fn illegal(parameter: &str, range: &str) -> Self {
        let text = "Illegal characters found in parameter";
        Self::bad(-1100, format!("{text} '{parameter}'; legal range is '{range}'."))
    }

    pub(crate) fn too_many(expected: usize, received: usize) -> Self {
        let text = "Too many parameters; expected";
        Self::bad(-1101, format!("{text} '{expected}' and received '{received}'."))
    }

    pub(crate) fn duplicate() -> Self {
        Self::bad(-1101, "Duplicate values for a parameter detected.")
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        let text = "was not sent, was empty/null, or malformed.";
        Self::bad(-1102, format!("Mandatory parameter '{parameter}' {text}"))
    }

    pub(crate) fn unread(read: usize, sent: usize) -> Self {
        let text = "Not all sent parameters were read; read";
        Self::bad(-1104, format!("{text} '{read}' parameter(s) but was sent '{sent}'."))
    }

    pub(crate) fn empty(parameter: &str) -> Self {
        Self::bad(-1105, format!("Parameter '{parameter}' was empty."))
    }

    pub(crate) fn superfluous(parameter: &str) -> Self {
        Self::bad(-1106, format!("Parameter '{parameter}' sent when not required."))
    }

    pub(crate) fn bad_combination() -> Self {
        Self::bad(-1128, "Combination of optional parameters invalid.")
    }

    pub(crate) fn not_valid(parameter: &str) -> Self {
        Self::bad(-1130, format!("Data sent for parameter '{parameter}' is not valid."))
    }

    pub(crate) fn too_precise(parameter: &str) -> Self {
        Self::bad(-1111, format!("Parameter '{parameter}' has too much precision."))
    }

    pub(crate) fn invalid_ticker_type() -> Self {
        Self::bad(-1139, "Invalid ticker type.")
    }

    pub(crate) fn repeated_symbols() -> Self {
        Self::bad(-1151, "Symbol is present multiple times in the list.")
    }

    /// What is asked for exists at Binance but can't be known from what is stored here.
    pub(crate) fn unsupported(why: &str) -> Self {
        Self::bad(-1020, format!("This operation is not supported. ({why})"))
    }

    pub(crate) fn too_much_weight(limit: u32, retry_after: Duration) -> Self {
        let message = format!(
            "Too much request weight used; current limit is {limit} request weight per 1 MINUTE. \
             Please use WebSocket Streams for live updates to avoid polling the API."
        );
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, -1003, message);
        Self { retry_after: Some(retry_after), ..refusal }
    }

    pub(crate) fn unknown_operation() -> Self {
        Self::new(StatusCode::NOT_FOUND, -1020, "This operation is not supported.")
    }

    /// What the gate refuses. Binance tells an unknown key from a known one that lacks a right as
    /// little as this does.
    pub(crate) fn of_gate(problem: &Problem) -> Self {
        match problem.code.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let text = "Invalid API-key, IP, or permissions for action.";
                Self::new(StatusCode::UNAUTHORIZED, -2015, text)
            }
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Self::unknown_operation(),
            StatusCode::SERVICE_UNAVAILABLE => Self::disconnected(&problem.detail),
            StatusCode::TOO_MANY_REQUESTS => {
                let text = format!("Too many requests; {}.", problem.detail);
                Self::new(StatusCode::TOO_MANY_REQUESTS, -1003, text)
            }
            _ => Self::unknown(),
        }
    }

    pub(crate) fn disconnected(why: &str) -> Self {
        let text = "Internal error; unable to process your request. Please try again.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, -1001, format!("{text} ({why})"))
    }

    pub(crate) fn unknown() -> Self {
        let text = "An unknown error occurred while processing the request.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, -1000, text)
    }

    /// The body.
    pub(crate) fn body(&self) -> Value {
        json!({ "code": self.code, "msg": self.message })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        if let Some(pause) = self.retry_after {
            let seconds = HeaderValue::from(pause.as_secs().max(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

impl From<FetchError> for Refusal {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Venue(VenueError::UnknownSymbol(_)) => Self::invalid_symbol(),
            FetchError::Venue(VenueError::RateLimited(pause)) => {
                let refusal = Self::disconnected(&error.to_string());
                Self { retry_after: Some(pause), ..refusal }
            }
            error => Self::disconnected(&error.to_string()),
        }
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        Self::of_read(&error)
    }
}

impl Refusal {
    pub(crate) fn of_store(error: &StoreError) -> Self {
        if error.is_transient() {
            tracing::warn!(%error, "the database can't be reached");
            return Self::disconnected("the database can't be reached");
        }
        tracing::error!(%error, "a request failed");
        Self::unknown()
    }

    fn of_read(error: &ReadError) -> Self {
        match error {
            ReadError::UnknownSymbol(_) => Self::invalid_symbol(),
            ReadError::Shared(error) => Self::of_read(error),
            ReadError::Store(error) => Self::of_store(error),
            error => {
                tracing::error!(%error, "a request failed");
                Self::unknown()
            }
        }
    }
}
