//! What happens around every request: whose it is behind a proxy, its id and span, the time limit, panics and bare statuses
//! turned into problems, security headers, and the numbers for `/metrics`.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tracing::Instrument;

use crate::forwarded;
use crate::problem::{Code, PROBLEM_JSON, Problem};
use crate::serve::Peer;
use crate::state::ApiState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A request id from outside goes to the log, so it is short and plain.
const MAX_REQUEST_ID: usize = 64;

const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
     connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// See the head of this file.
pub(crate) async fn guard(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    if let Some(Peer(peer)) = request.extensions().get().copied() {
        let trusted = &state.0.settings.trusted_proxies;
        let client = forwarded::client(peer, request.headers(), trusted);
        request.extensions_mut().insert(Peer(client));
    }
    let id = request_id(&state, request.headers());
    let method = request.method().clone();
    // The route, not the path: a path may hold anything and would make endless series.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", %method, route, id = id.to_str().unwrap_or_default());

    let over_tls = state.0.settings.secure_cookies && !is_localhost(&request);
    let mut response = answer(&state, request, next).instrument(span.clone()).await;
    decorate(response.headers_mut(), id);
    if over_tls {
        let always = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, always);
    }

    let (status, elapsed) = (response.status(), started.elapsed());
    span.in_scope(|| {
        tracing::debug!(status = status.as_u16(), ms = elapsed.as_secs_f64() * 1_000.0, "answered");
    });
    let route = route.to_owned();
    metrics::histogram!("chandlery_http_request_seconds", "route" => route.clone()).record(elapsed);
    let labels = [
        ("route", route.into()),
        ("method", metrics::SharedString::from(method.to_string())),
        ("status", metrics::SharedString::from(status.as_str().to_owned())),
    ];
    metrics::counter!("chandlery_http_requests_total", &labels).increment(1);
    response
}

/// Says what this module counts.
pub(crate) fn describe_metrics() {
    app::auth::limits::describe_metrics();
    metrics::describe_counter!("chandlery_http_requests_total", "Requests answered");
    metrics::describe_histogram!("chandlery_http_request_seconds", "Time until the answer begins");
}

async fn answer(state: &ApiState, request: Request, next: Next) -> Response {
    if let Some(allowed) = &state.0.settings.allowed_hosts
        && let Err(problem) = check_host(allowed, request.uri(), request.headers())
    {
        return problem.into_response();
    }
    // No text that is kept has one, and PostgreSQL refuses to be asked for it.
    if request.uri().path_and_query().is_some_and(|address| address.as_str().contains("%00")) {
        let detail = "the address has the character NUL, %00";
        return Problem::new(Code::InvalidRequest, detail).into_response();
    }
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(state.0.settings.request_timeout, work).await {
        Ok(Ok(response)) => as_problem(response),
        Ok(Err(panic)) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            tracing::error!(panic = text, "a request failed");
            Problem::internal().into_response()
        }
        Err(_) => {
            let limit = state.0.settings.request_timeout;
            tracing::warn!(?limit, "a request took too long");
            let detail = format!("there was no answer within {limit:?}; ask for less at a time");
            Problem::new(Code::Timeout, detail).into_response()
        }
    }
}

/// Gives an error that a library made (a bare status or a line of text) the form of all others.
fn as_problem(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let own = kind.is_some_and(|kind| {
        kind == PROBLEM_JSON.as_bytes() || kind.starts_with(b"application/json")
    });
    if own || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut problem = Problem::of_status(status).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        problem.headers_mut().insert(header::ALLOW, allow.clone());
    }
    problem
}

/// The client's id where it sent a usable one.
fn request_id(state: &ApiState, headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(REQUEST_ID).filter(|id| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=MAX_REQUEST_ID).contains(&id.len()) && id.as_bytes().iter().all(plain)
    });
    given.cloned().unwrap_or_else(|| {
        let id = HeaderValue::try_from(state.next_request_id());
        id.unwrap_or(HeaderValue::from_static("unknown"))
    })
}

/// That name is every server's of the machine, on whatever port: what it is told holds for them all.
fn is_localhost(request: &Request) -> bool {
    let host = host_of(request.uri(), request.headers()).map(without_port);
    host.is_some_and(|host| host.eq_ignore_ascii_case("localhost"))
}

fn decorate(headers: &mut HeaderMap, id: HeaderValue) {
    headers.insert(REQUEST_ID, id);
    let mut set = |name, value| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Refuses a request that calls this server by a foreign name.
fn check_host(allowed: &[String], uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let host = host_of(uri, headers).unwrap_or_default();
    let name = without_port(host);
    if allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let detail = format!("this server answers to {} only, not to {name:?}", allowed.join(", "));
    Err(Problem::new(Code::HostNotAllowed, detail))
}

/// Refuses what a page of another server sends: browsers let pages open a WebSocket, and send a
/// form with the visitor's cookies, without asking.
pub(crate) fn check_origin(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let host = host_of(uri, headers).unwrap_or_default();
    let is_own = |origin: &str| {
        origin.split_once("://").is_some_and(|(scheme, authority)| {
            let usual = if scheme == "https" { ":443" } else { ":80" };
            let bare = |text: &str| text.strip_suffix(usual).unwrap_or(text).to_ascii_lowercase();
            bare(authority) == bare(host)
        })
    };
    let mut origins =
        headers.get_all(header::ORIGIN).iter().map(|text| text.to_str().unwrap_or_default());
    let Some(foreign) = origins.find(|origin| !is_own(origin)) else { return Ok(()) };
    let detail = format!("a page of {foreign:?} may not do this at {host:?}");
    Err(Problem::new(Code::OriginNotAllowed, detail))
}

fn host_of<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let header = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| uri.authority().map(|authority| authority.as_str()))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[tokio::test]
    async fn a_panic_and_a_bare_status_are_problems() {
        let nowhere = store::DbSettings::direct(tokio_postgres::Config::new());
        let accounts = app::auth::Accounts::new(
            store::Db::new(nowhere.clone()).unwrap(),
            app::Clock::system(),
            app::Random::system(),
            app::auth::PasswordCost::default(),
            app::auth::AccountOptions::default(),
        );
        let state = ApiState::new(crate::ApiParts {
            db: store::Db::new(nowhere.clone()).unwrap(),
            redis: None,
            segments: app::market::segments::Segments::default(),
            live: app::market::live::Live::default(),
            venues: app::market::venues::Venues::default(),
            clock: app::Clock::system(),
            trading: app::trading::Trading::new(
                store::Db::new(nowhere.clone()).unwrap(),
                app::Clock::system(),
                app::Random::system(),
                accounts.clone(),
                None,
            ),
            ledger: app::ledger::Ledger::new(
                store::Db::new(nowhere.clone()).unwrap(),
                app::Clock::system(),
                app::Random::system(),
            ),
            accounts,
            limiter: app::auth::limits::Limiter::new(
                None,
                app::auth::limits::Rates::default(),
                app::Clock::system(),
            ),
            usage: app::auth::Usage::new(
                store::Db::new(nowhere.clone()).unwrap(),
                app::Clock::system(),
            ),
            version: "1.2.3",
            metrics: std::sync::Arc::new(String::new),
            shutdown: tokio_util::sync::CancellationToken::new(),
            settings: crate::ApiSettings::default(),
        });
        let router: axum::Router = axum::Router::new()
            .route("/panic", get(async || -> &str { panic!("as this test wants it") }))
            .route("/bare", get(async || StatusCode::CONFLICT))
            .layer(from_fn_with_state(state.clone(), guard));
        for (path, code) in [("/panic", "internal"), ("/bare", "invalid_request")] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
            let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["code"], code);
            assert!(!body.to_string().contains("as this test"), "nothing of the inside is told");
        }
    }

    #[test]
    fn a_loopback_server_answers_to_its_own_names_only() {
        let allowed = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
        let check = |host: &str| {
            check_host(&allowed, &"/".parse().unwrap(), &headers(&[(header::HOST, host)]))
        };
        for own in ["localhost", "LocalHost:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]"] {
            assert_eq!(check(own), Ok(()), "{own}");
        }
        for foreign in ["evil.example", "evil.example:8080", "localhost.evil.example", ""] {
            assert_eq!(check(foreign).unwrap_err().code, Code::HostNotAllowed, "{foreign}");
        }
    }

    #[test]
    fn a_stream_is_opened_by_pages_of_this_server_only() {
        let check = |origin: &str, host: &str| {
            let headers = headers(&[(header::ORIGIN, origin), (header::HOST, host)]);
            check_origin(&"/v1/stream".parse().unwrap(), &headers).is_ok()
        };
        assert!(check("http://127.0.0.1:8080", "127.0.0.1:8080"));
        assert!(check("https://desk.example", "desk.example:443"));
        assert!(!check("http://evil.example", "127.0.0.1:8080"));
        assert!(!check("http://127.0.0.1:9090", "127.0.0.1:8080"));
        assert!(!check("null", "127.0.0.1:8080"));
        let none = headers(&[(header::HOST, "127.0.0.1:8080")]);
        assert!(check_origin(&"/v1/stream".parse().unwrap(), &none).is_ok());
    }
}
