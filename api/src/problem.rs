//! Errors as RFC 9457 problems. Programs tell them apart by their [`Code`]; the other texts are for people and may
//! change.

use std::borrow::Cow;

use adapters::market::files::WriteError;
use app::market::read::ReadError;
use app::market::segments::SegmentError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::auth::Secret;
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

pub(crate) use crate::code::Code;

/// The media type of a problem.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// An error that goes to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What kind of error.
    pub(crate) code: Code,
    /// What exactly is wrong and what to do.
    pub(crate) detail: Cow<'static, str>,
    parameter: Option<Cow<'static, str>>,
    /// After how many seconds another try makes sense.
    retry_after: Option<u64>,
    missing: Vec<MissingRange>,
    token: Option<Secret>,
}

/// A range of candles that is not complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MissingRange {
    /// Its beginning.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// Its end (exclusive).
    #[schema(format = DateTime)]
    pub(crate) to: String,
    /// Candles that it spans.
    pub(crate) candles: i64,
}

/// An error as RFC 9457 describes it.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Where the code is explained.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", examples("/docs#unknown_symbol"))]
    kind: String,
    /// The code in words.
    #[schema(examples("There is no such symbol"))]
    title: &'a str,
    /// The HTTP status.
    #[schema(examples(404))]
    status: u16,
    /// Tells errors apart; stable.
    code: Code,
    /// What exactly is wrong and what to do.
    detail: &'a str,
    /// The parameter that is wrong, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parameter: Option<&'a str>,
    /// With coverage_too_low: what is missing, earliest first, a hundred ranges at most.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    missing: &'a [MissingRange],
    /// With second_factor_required: what POST /v1/auth/login/second takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<&'a str>,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            parameter: None,
            retry_after: None,
            missing: Vec::new(),
            token: None,
        }
    }

    /// Names what is missing.
    pub(crate) fn missing(self, missing: Vec<MissingRange>) -> Self {
        Self { missing, ..self }
    }

    /// Says after how many seconds another try makes sense.
    pub(crate) fn retry_after(self, seconds: Option<u64>) -> Self {
        Self { retry_after: seconds, ..self }
    }

    /// Hands out what a login goes on with.
    pub(crate) fn with_token(self, token: Secret) -> Self {
        Self { token: Some(token), ..self }
    }

    /// Names the parameter that is wrong.
    pub(crate) fn about(self, parameter: impl Into<Cow<'static, str>>) -> Self {
        Self { parameter: Some(parameter.into()), ..self }
    }

    /// What a client is told of an error inside; the log says more.
    pub(crate) fn internal() -> Self {
        Self::new(Code::Internal, "the server's log says more under this request's id")
    }

    /// The problem that an answer with only a status stands for.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::UNAUTHORIZED => Code::Unauthorized,
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
            StatusCode::NOT_ACCEPTABLE => Code::NotAcceptable,
            StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
            StatusCode::UPGRADE_REQUIRED => Code::UpgradeRequired,
            status if status.is_client_error() => Code::InvalidRequest,
            _ => return Self::internal(),
        };
        Self::new(code, code.title())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let body = ProblemBody {
            kind: format!("/docs#{}", self.code.as_str()),
            title: self.code.title(),
            status: status.as_u16(),
            code: self.code,
            detail: &self.detail,
            parameter: self.parameter.as_deref(),
            missing: &self.missing,
            token: self.token.as_ref().map(Secret::reveal),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let unavailable = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        if let Some(seconds) = self.retry_after.or(unavailable) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            tracing::warn!(%error, "the database can't be reached");
            return Self::new(
                Code::DatabaseUnavailable,
                "the database can't be reached; try again soon",
            );
        }
        tracing::error!(%error, "a request failed");
        Self::internal()
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let (code, parameter) = match error {
            ReadError::Store(error) => return error.into(),
            ReadError::Shared(ref error) => {
                tracing::error!(%error, "a request failed with one like it");
                return Self::internal();
            }
            ReadError::Segment(error) => return error.into(),
            ReadError::UnknownSymbol(_) => (Code::UnknownSymbol, "symbol"),
            ReadError::InvalidCursor => (Code::InvalidCursor, "cursor"),
            ReadError::InvalidRange { .. } => (Code::InvalidRange, "from"),
        };
        Self::new(code, error.to_string()).about(parameter)
    }
}

impl From<SegmentError> for Problem {
    fn from(error: SegmentError) -> Self {
        let code = match &error {
            SegmentError::Store(_) => return Self::internal(),
            SegmentError::Unavailable { .. } => Code::SegmentUnavailable,
            _ => Code::SegmentDamaged,
        };
        tracing::error!(%error, "sealed rows can't be read");
        Self::new(code, format!("{error}; a range without it can be read"))
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        tracing::error!(%error, "rows can't be encoded");
        Self::internal()
    }
}
