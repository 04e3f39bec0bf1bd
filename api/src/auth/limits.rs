//! How many requests a minute whom, told in the headers of the IETF's draft "RateLimit header fields for HTTP"
//! (version 10), and the counting of requests that administrators see.

use app::auth::limits::{Budget, Class, Sender};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Response;

use crate::problem::{Code, Problem};
use crate::state::ApiState;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What a request has left.
pub(super) struct Allowance {
    class: Class,
    budget: Option<Budget>,
}

/// Counts a request.
pub(super) async fn count(
    state: &ApiState,
    method: &Method,
    path: &str,
    sender: Sender,
) -> Allowance {
    let class = class(method, path);
    let budget = state.0.limiter.take(class, sender).await;
    state.0.usage.count(sender, method.as_str(), path);
    Allowance { class, budget }
}

impl Allowance {
    /// The refusal, where it was too many.
    pub(super) fn exceeded(&self) -> Option<Problem> {
        let budget = self.budget.filter(|budget| budget.exceeded)?;
        let detail = format!(
            "more than {} requests of the class {} in this minute; go on in {} s",
            budget.limit,
            self.class.as_str(),
            budget.reset_s
        );
        Some(Problem::new(Code::RateLimited, detail))
    }

    /// Tells it with the answer.
    pub(super) fn tell(&self, response: &mut Response) {
        let Some(Budget { limit, left, reset_s, exceeded }) = self.budget else { return };
        let name = self.class.as_str();
        for (header, value) in [
            (POLICY, format!("\"{name}\";q={limit};w=60")),
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
