//! What every request to an endpoint passes: who sends it, and whether [`super::rules`] let them in.
//! Refusals have the form of the interface that is asked.

use std::net::IpAddr;

use app::auth::AccountError;
use app::auth::limits::Sender;
use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::auth::{Scope, Secret, SecretKind};

use super::caller::{Who, address, login_first};
use super::credentials::{Shown, shown};
use super::limits::{self, Allowance};
use super::rules::{self, Access, Rule};
use crate::guard::check_origin;
use crate::market::compat;
use crate::problem::{Code, Problem};
use crate::state::ApiState;

/// What a proxy adds to requests that it hands on.
const FORWARDED: [HeaderName; 3] = [
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
];

/// See the head of this file.
pub(crate) async fn gate(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.extensions.get::<MatchedPath>().cloned();
    let path = path.as_ref().map_or("", MatchedPath::as_str);
    let &Access { rule, limit, .. } = match rules::find(&parts.method, path) {
        Ok(access) => access,
        Err(methods) => {
            let refused = no_rule(path, &methods);
            return strayed(&state, &parts.method, path, address(&parts), refused).await;
        }
    };
    let count = |sender| limits::count(&state, &parts.method, path, Some(limit), sender);
    let shown = match rule {
        Rule::Public => Shown::Nothing,
        Rule::Needs(_) => shown(path, &parts.uri, &parts.headers),
    };
    // What isn't in memory may be a guess, and an address above its limit has none of them looked up.
    let unknown = shown.text().is_some_and(|text| !state.0.accounts.is_held(text));
    let by_address = match unknown {
        true => count(Sender { ip: address(&parts), ..Sender::default() }).await,
        false => Allowance::default(),
    };
    let caller = match by_address.exceeded() {
        Some(problem) => Err(problem),
        None => caller(&state, rule, shown, &parts).await,
    };
    // Those are counted too who are not let in: keys can be guessed.
    let sender = sender(caller.as_ref().ok().and_then(Option::as_ref), &parts);
    state.0.usage.count(sender, parts.method.as_str(), path);
    let ip = sender.ip.filter(|_| !unknown);
    let allowance = by_address.nearest(count(Sender { ip, ..sender }).await);
    let admitted = allowance.exceeded().map_or(caller, Err);
    let mut response = match admitted.and_then(|who| admit(rule, who)) {
        Ok(who) => {
            who.map(|who| parts.extensions.insert(who));
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => compat::refuse(path, problem),
    };
    allowance.tell(&mut response);
    response
}

/// Around what no endpoint answers: the page's files, which are everybody's, and addresses that there aren't.
pub(crate) async fn stray(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    if request.extensions().get::<MatchedPath>().is_some() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let (method, ip) = (parts.method.clone(), address(&parts));
    let path = parts.uri.path().to_owned();
    let response = next.run(Request::from_parts(parts, body)).await;
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            strayed(&state, &method, &path, ip, response).await
        }
        _ => response,
    }
}

/// Counts a request that no endpoint answers, for nobody is to try addresses without end.
async fn strayed(
    state: &ApiState,
    method: &Method,
    path: &str,
    ip: Option<IpAddr>,
    response: Response,
) -> Response {
    let sender = Sender { ip, ..Sender::default() };
    let allowance = limits::count(state, method, path, None, sender).await;
    let refused = allowance.exceeded().map(|problem| compat::refuse(path, problem));
    let mut response = refused.unwrap_or(response);
    allowance.tell(&mut response);
    response
}

/// Whose budget a request takes from.
fn sender(who: Option<&Who>, parts: &Parts) -> Sender {
    let (user, key) = match who {
        Some(Who::Somebody(known, _)) => (Some(known.user.id), None),
        Some(Who::Program(known, _)) => (Some(known.user.id), Some(known.key.id)),
        // A token is no way around the budget of its key.
        Some(Who::Service(known, _)) => (Some(known.user.id), known.key),
        Some(Who::Signer(known, _)) => (Some(known.user), Some(known.key)),
        Some(Who::Nobody(_) | Who::Writer) | None => (None, None),
    };
    Sender { user, key, ip: address(parts) }
}

/// Who asks, where the endpoint isn't everybody's.
async fn caller(
    state: &ApiState,
    rule: Rule,
    shown: Shown,
    parts: &Parts,
) -> Result<Option<Who>, Problem> {
    let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if rule == Rule::Public {
        // A page of another server is not to log its visitor in as somebody else either.
        if changes {
            check_origin(&parts.uri, &parts.headers)?;
        }
        return Ok(None);
    }
    if changes && !matches!(shown, Shown::Token(_) | Shown::Signer(_)) {
        check_origin(&parts.uri, &parts.headers)?;
        // Browsers tell the page's origin with every change: what doesn't is no page of ours.
        if matches!(shown, Shown::Cookie(_)) && !parts.headers.contains_key(header::ORIGIN) {
            let detail = "a change with a cookie needs the header Origin; programs send \
                          Authorization: Bearer instead of a cookie";
            return Err(Problem::new(Code::OriginNotAllowed, detail));
        }
    }
    identify(state, parts, shown).await.map(Some)
}

/// The caller, if the rule lets them in.
fn admit(rule: Rule, who: Option<Who>) -> Result<Option<Who>, Problem> {
    let Rule::Needs(scope) = rule else { return Ok(None) };
    let who = who.ok_or_else(login_first)?;
    if rule.is_open_to(who.scopes()) {
        return Ok(Some(who));
    }
    let detail = match who {
        Who::Nobody(_) => return Err(login_first()),
        Who::Somebody(known, _) => format!("the role {} has no scope {scope}", known.user.role),
        Who::Program(..) | Who::Signer(..) => {
            format!("the key has no scope {scope}, or its owner has it no longer")
        }
        Who::Service(..) => {
            format!("the token has no scope {scope}, or its maker has it no longer")
        }
        Who::Writer => format!("the token of compat.influx_token has no scope {scope}"),
    };
    Err(Problem::new(Code::Forbidden, detail))
}

async fn identify(state: &ApiState, parts: &Parts, shown: Shown) -> Result<Who, Problem> {
    let nobody = || Ok(Who::Nobody(anonymous(state, parts)));
    let wrong = || {
        let text = "the session, key or token is not valid, or not from this address";
        Problem::new(Code::Unauthorized, text)
    };
    match shown {
        Shown::Nothing => nobody(),
        Shown::Signer(text) => {
            let key = Secret::parse(SecretKind::RequestKey, &text).ok_or_else(wrong)?;
            let known = state.0.trading.known_signer(&key, address(parts)).await?;
            Ok(Who::Signer(known.ok_or_else(wrong)?.into(), key))
        }
        // A browser goes on sending the cookie of a session that is over.
        Shown::Cookie(text) => session(state, &text).await?.map_or_else(nobody, Ok),
        Shown::Token(text) => {
            if state.0.settings.influx_token.is_some_and(|token| token.is(&text)) {
                return Ok(Who::Writer);
            }
            let (accounts, from) = (&state.0.accounts, address(parts));
            let who = match Secret::parse(SecretKind::Key, &text) {
                Some(secret) => {
                    let known = accounts.known_key(&secret, from).await?;
                    known.map(|known| Who::Program(known, secret))
                }
                // No other secret has a dot.
                None if text.contains('.') => {
                    let known = accounts.known_token(&text, from).await?;
                    known.map(|known| Who::Service(known, text))
                }
                None => session(state, &text).await?,
            };
            who.ok_or_else(wrong)
        }
    }
}

async fn session(state: &ApiState, text: &str) -> Result<Option<Who>, AccountError> {
    let Some(secret) = Secret::parse(SecretKind::Session, text) else { return Ok(None) };
    let known = state.0.accounts.known(&secret).await?;
    Ok(known.map(|known| Who::Somebody(known, secret)))
}

/// What somebody without credentials may: nothing, unless they sit at this machine.
fn anonymous(state: &ApiState, parts: &Parts) -> Vec<Scope> {
    let is_here = address(parts).is_some_and(|ip| ip.is_loopback());
    // A proxy on this machine hands on the requests of others.
    match is_here && !FORWARDED.iter().any(|name| parts.headers.contains_key(name)) {
        true => state.0.settings.anonymous.clone(),
        false => Vec::new(),
    }
}

/// No endpoint, or one that nobody gave a rule: neither is answered.
fn no_rule(path: &str, methods: &[&'static str]) -> Response {
    let code = if methods.is_empty() { Code::NotFound } else { Code::MethodNotAllowed };
    if methods.is_empty() {
        tracing::error!(path, "an endpoint without a rule is not answered");
    }
    let mut response = compat::refuse(path, Problem::new(code, code.title()));
    let head = methods.contains(&"GET").then_some("HEAD");
    let allow: Vec<_> = methods.iter().copied().chain(head).collect();
    if let Ok(allow) = HeaderValue::try_from(allow.join(", "))
        && code == Code::MethodNotAllowed
    {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}
