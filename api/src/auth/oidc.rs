//! `/v1/auth/oidc`: logging in at another provider. A browser goes there and comes back; what it comes back to is the
//! page, which reads the rest from behind the address's `#`, where no server sees it.

use app::auth::AccountError;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Sender;
use super::credentials::{OIDC_COOKIE, cookie_named};
use super::login::{cookie, session_cookie};
use crate::path::Path;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Only what comes back to these addresses is sent the cookie.
const PATH: &str = "/v1/auth/oidc";
/// How long a browser keeps it; the database decides.
pub(super) const LIFE: u64 = 600;

/// A provider of logins.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderBody {
    /// Its name in addresses.
    #[schema(examples("google"))]
    name: String,
    /// Its name for people.
    #[schema(examples("Google"))]
    label: String,
}

/// Providers.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderList {
    /// In the order of the settings.
    providers: Vec<ProviderBody>,
}

/// Where to go on after a login.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Begin {
    /// An address of the page, from its `/` on.
    next: Option<String>,
}

/// What a provider sends a browser back with.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Callback {
    /// What shows that it is the browser that went there.
    state: Option<String>,
    /// What the provider gives a token for.
    code: Option<String>,
    /// Why it doesn't.
    error: Option<String>,
}

/// Providers to log in at
#[utoipa::path(
    get,
    path = "/v1/auth/oidc",
    tag = "auth",
    operation_id = "list_providers",
    responses((status = 200, description = "The providers", body = ProviderList)),
)]
pub(crate) async fn list_providers(State(state): State<ApiState>) -> Json<ProviderList> {
    let providers = state
        .0
        .accounts
        .providers()
        .map(|options| ProviderBody { name: options.name.clone(), label: options.label.clone() });
    Json(ProviderList { providers: providers.collect() })
}

/// Go to a provider to log in
///
/// For browsers. A cookie binds what comes back to this browser.
#[utoipa::path(
    get,
    path = "/v1/auth/oidc/{provider}/begin",
    tag = "auth",
    operation_id = "begin_provider_login",
    params(("provider" = String, Path, description = "The provider's name"), Begin),
    responses(
        (status = 303, description = "To the provider"),
        (status = 400, description = "invalid_next or invalid_request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_provider", body = ProblemBody, content_type = "application/problem+json"),
        (status = 502, description = "provider_unbelievable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "provider_unavailable, database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn begin_provider_login(
    State(state): State<ApiState>,
    Path(provider): Path<String>,
    Query(begin): Query<Begin>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let next = begin.next.as_deref().unwrap_or("/");
    match state.0.accounts.begin_oidc(&provider, next).await {
        Ok(departure) => {
            let cookie = departure_cookie(&state, departure.secret.reveal(), LIFE)?;
            Ok(to(&departure.url, &[cookie]))
        }
        Err(error) => refuse(&headers, error, "/", Vec::new()),
    }
}

/// Come back from a provider
///
/// A browser that accepts HTML is led to the page with a session, with the token of a second factor, or with the code of
/// a problem; others get the problem itself.
#[utoipa::path(
    get,
    path = "/v1/auth/oidc/{provider}/callback",
    tag = "auth",
    operation_id = "finish_provider_login",
    params(("provider" = String, Path, description = "The provider's name"), Callback),
    responses(
        (status = 303, description = "To the page"),
        (status = 400, description = "login_expired or invalid_request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "login_refused; second_factor_required with a `token` for POST /v1/auth/login/second", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_provider", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "identity_taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "login_locked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 502, description = "provider_unbelievable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "provider_unavailable, database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn finish_provider_login(
    State(state): State<ApiState>,
    Path(provider): Path<String>,
    Query(callback): Query<Callback>,
    Sender(origin): Sender,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let accounts = &state.0.accounts;
    let shown = cookie_named(&headers, OIDC_COOKIE);
    let came = callback.state.as_deref().unwrap_or_default();
    let taken = match accounts.take_oidc(&provider, shown.as_deref(), came, &origin).await {
        Ok(taken) => taken,
        // Nothing was taken: what the browser waits for, if anything, may come yet.
        Err(error) => return refuse(&headers, error, "/", Vec::new()),
    };
    // Whatever comes of it, this was the one time.
    let over = departure_cookie(&state, "", 0)?;
    let next = &taken.1.next;
    let code = callback.code.as_deref().filter(|_| callback.error.is_none());
    match accounts.finish_oidc(&provider, &taken, code, &origin).await {
        Ok(Some((secret, known))) => {
            let session = session_cookie(&state, &secret, &known)?;
            Ok(to(&page(next, "in"), &[over, session]))
        }
        Ok(None) => Ok(to(next, &[over])),
        Err(error) => refuse(&headers, error, next, vec![over]),
    }
}

/// The page's login, which goes on at `next`.
fn page(next: &str, fragment: &str) -> String {
    // What is none of these is plain in a query too, for `next` was checked.
    let encoded = [("%", "%25"), ("&", "%26"), ("#", "%23"), ("+", "%2B")];
    let next = encoded.iter().fold(next.to_owned(), |text, (from, to)| text.replace(from, to));
    format!("/login?next={next}#{fragment}")
}

/// A browser that shows pages is led to ours with what it needs to know; others get the problem.
fn refuse(
    headers: &HeaderMap,
    error: AccountError,
    next: &str,
    cookies: Vec<HeaderValue>,
) -> Result<Response, Problem> {
    let fragment = match &error {
        AccountError::SecondFactor(token) => Some(format!("second={}", token.reveal())),
        _ => None,
    };
    let problem = Problem::from(error);
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let mut response = if accepts.is_some_and(|accept| accept.contains("text/html")) {
        let fragment = fragment.unwrap_or_else(|| format!("problem={}", problem.code.as_str()));
        to(&page(next, &fragment), &[])
    } else {
        problem.into_response()
    };
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn to(url: &str, cookies: &[HeaderValue]) -> Response {
    let Ok(location) = HeaderValue::try_from(url) else {
        return Problem::internal().into_response();
    };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}

/// The cookie of a browser that went to a provider. A provider leads it back from another site, so it is Lax.
pub(super) fn departure_cookie(
    state: &ApiState,
    value: &str,
    seconds: u64,
) -> Result<HeaderValue, Problem> {
    cookie(state, &format!("{OIDC_COOKIE}={value}; Path={PATH}; SameSite=Lax"), seconds)
}
