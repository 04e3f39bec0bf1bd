//! `write` of version 1 and `api/v2/write`: lines in, 204 when they are on the disk.

use std::io::Read;

use adapters::market::lines::Precision;
use app::market::lines;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use flate2::read::MultiGzDecoder;

use super::answer::{Refusal, Version};
use crate::state::ApiState;

/// Longest body, packed or unpacked: InfluxDB's own default.
const MAX_BODY: usize = 25_000_000;

/// The parameters of a request, in whatever order.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn read(uri: &Uri) -> Result<Self, Refusal> {
        let given = Query::<Vec<(String, String)>>::try_from_uri(uri);
        given.map(|Query(given)| Self(given)).map_err(|error| Refusal::invalid(error.body_text()))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

pub(super) async fn version_1(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(write(&state, Version::One, &uri, &headers, body).await, Version::One)
}

pub(super) async fn version_2(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(write(&state, Version::Two, &uri, &headers, body).await, Version::Two)
}

fn answer(result: Result<(), Refusal>, version: Version) -> Response {
    match result {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal.answer(version),
    }
}

async fn write(
    state: &ApiState,
    version: Version,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Result<(), Refusal> {
    let parameters = Parameters::read(uri)?;
    let bucket = match version {
        Version::One => {
            let db =
                parameters.text("db").ok_or_else(|| Refusal::invalid("database is required"))?;
            // As InfluxDB maps the one to the other.
            parameters.text("rp").map_or(db.to_owned(), |policy| format!("{db}/{policy}"))
        }
        Version::Two => {
            let bucket = parameters.text("bucket");
            bucket.ok_or_else(|| Refusal::invalid("bucket is required"))?.to_owned()
        }
    };
    let precision = parameters.text("precision").map_or(Ok(Precision::default()), str::parse);
    let precision = precision.map_err(Refusal::invalid)?;
    // Few at a time, for each may hold tens of megabytes.
    let _turn = state.0.writes.acquire().await;
    let body = unpacked(headers, body).await?;
    let (shared, clock, live) = (&state.0, &state.0.clock, &state.0.live);
    let written = lines::write(&shared.db, clock, live, &bucket, &body, precision).await?;
    Refusal::of_lines(&written).map_or(Ok(()), Err)
}

/// The body as it was before it was packed.
async fn unpacked(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let too_long = || {
        let message =
            format!("the body is longer than {MAX_BODY} bytes; send fewer lines at a time");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    let body = axum::body::to_bytes(body, MAX_BODY).await.map_err(|error| {
        use std::error::Error;
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        if cause.contains("length limit") {
            too_long()
        } else {
            Refusal::invalid(error.to_string())
        }
    })?;
    match headers.get(header::CONTENT_ENCODING).map(|coding| coding.as_bytes()) {
        None | Some(b"identity" | b"") => Ok(body),
        Some(b"gzip") => {
            let unpack = move || {
                let mut unpacked = Vec::new();
                let most = MAX_BODY as u64 + 1;
                MultiGzDecoder::new(&body[..])
                    .take(most)
                    .read_to_end(&mut unpacked)
                    .map(|_| unpacked)
            };
            let unpacked = tokio::task::spawn_blocking(unpack)
                .await
                .map_err(|error| Refusal::invalid(error.to_string()))?
                .map_err(|error| Refusal::invalid(format!("the body is no gzip: {error}")))?;
            if unpacked.len() > MAX_BODY { Err(too_long()) } else { Ok(unpacked.into()) }
        }
        Some(other) => {
            let other = String::from_utf8_lossy(other);
            let message = format!("the content encoding {other:?} is not known; there is gzip");
            Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
        }
    }
}
