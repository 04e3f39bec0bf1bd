//! How many requests whom, told in the headers of the IETF's draft "RateLimit header fields for HTTP" (version 10).

use adapters::auth::limits::Window;
use app::auth::limits::{Budget, Class, Endpoint, Sender};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Response;

use crate::problem::{Code, Problem};
use crate::state::ApiState;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What a request has left of the budget that is nearest to its end, if anything limits it.
#[derive(Default)]
pub(super) struct Allowance(Option<Budget>);

/// Counts a request.
pub(super) async fn count(
    state: &ApiState,
    method: &Method,
    path: &str,
    endpoint: Option<Endpoint>,
    sender: Sender,
) -> Allowance {
    Allowance(state.0.limiter.take(class(method, path), endpoint, sender).await)
}

impl Allowance {
    /// That of two that is nearer to its end.
    pub(super) fn nearest(self, other: Self) -> Self {
        Self(Budget::nearest([self.0, other.0].into_iter().flatten()))
    }

    /// The refusal, where it was too many.
    pub(super) fn exceeded(&self) -> Option<Problem> {
        let Budget { name, window, limit, reset_s, .. } =
            self.0.filter(|budget| budget.exceeded)?;
        let detail = match window {
            Window::Minute => {
                format!("more than {limit} requests of the class {name} in this minute")
            }
            Window::Hour => format!("more than {limit} requests to {name} in this hour"),
        };
        Some(Problem::new(Code::RateLimited, format!("{detail}; go on in {reset_s} s")))
    }

    /// Tells it with the answer.
    pub(super) fn tell(&self, response: &mut Response) {
        let Some(Budget { name, window, limit, left, exceeded, reset_s }) = self.0 else { return };
        for (header, value) in [
            (POLICY, format!("\"{name}\";q={limit};w={}", window.seconds())),
            (RATE_LIMIT, format!("\"{name}\";r={left};t={reset_s}")),
        ] {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(header, value);
            }
        }
        if exceeded {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(reset_s));
        }
    }
}

/// The class of an endpoint.
fn class(method: &Method, path: &str) -> Class {
    const LOGIN: [&str; 4] =
        ["/v1/auth/login", "/v1/auth/reset", "/v1/auth/verify", "/v1/auth/setup"];
    // A browser goes to a provider and comes back by GET, which has us ask that and write.
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        && !path.starts_with("/v1/auth/oidc/");
    match reads {
        true => Class::Read,
        false if LOGIN.iter().any(|login| path.starts_with(login)) => Class::Login,
        false => Class::Write,
    }
}
