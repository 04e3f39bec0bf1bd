//! Pages of other servers may read the feed only where the settings name their origin: even public
//! data tell what somebody holds and watches.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::state::ApiState;

/// See the head of this file. A browser asks first by OPTIONS, also before it lets a page of the
/// internet reach this machine.
pub(super) async fn allow(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let allowed = allowed(&state.0.settings.udf_origins, request.headers());
    let mut response = match (request.method() == Method::OPTIONS, &allowed) {
        (true, Some(_)) => StatusCode::NO_CONTENT.into_response(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET"));
        let private = HeaderName::from_static("access-control-allow-private-network");
        headers.insert(private, HeaderValue::from_static("true"));
    }
    response
}

/// The origin of a request where it may read.
fn allowed(origins: &[String], headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let is = |own: &String| own == "*" || own.as_bytes() == origin.as_bytes();
    origins.iter().any(is).then(|| origin.clone())
}
