//! Who asks. The secret of a session comes in the cookie of the page, or as `Authorization: Bearer`.

use std::marker::PhantomData;
use std::sync::Arc;

use app::auth::{Known, Origin};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use domain::auth::{Scope, Secret, SecretKind};

use crate::guard::check_origin;
use crate::problem::{Code, Problem};
use crate::serve::Peer;
use crate::state::ApiState;

/// The cookie of the page.
pub(super) const COOKIE: &str = "chandlery_session";

/// Somebody who is logged in.
pub(crate) struct Caller {
    /// Who, and in which session.
    pub(crate) known: Arc<Known>,
    /// From where.
    pub(crate) origin: Origin,
}

/// A caller who may do something. As an extractor it refuses everybody else before a body is read.
pub(crate) struct Allowed<N> {
    /// The caller.
    pub(crate) caller: Caller,
    needs: PhantomData<N>,
}

/// What an [`Allowed`] may do.
pub(crate) trait Needs {
    /// The scope.
    const SCOPE: Scope;
}

/// Manage people.
pub(crate) enum Users {}

impl Needs for Users {
    const SCOPE: Scope = Scope::Users;
}

/// Read the record.
pub(crate) enum AuditRead {}

impl Needs for AuditRead {
    const SCOPE: Scope = Scope::AuditRead;
}

impl<N: Needs> FromRequestParts<ApiState> for Allowed<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if caller.known.may(N::SCOPE) {
            return Ok(Self { caller, needs: PhantomData });
        }
        let detail = format!("the role {} has no scope {}", caller.known.user.role, N::SCOPE);
        Err(Problem::new(Code::Forbidden, detail))
    }
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let secret =
            bearer(&parts.headers).map_or_else(|| cookie(parts), |secret| Ok(Some(secret)))?;
        let needed = || Problem::new(Code::Unauthorized, "log in first: POST /v1/auth/login");
        let secret = secret.ok_or_else(needed)?;
        let known = state.0.accounts.known(&secret).await?.ok_or_else(needed)?;
        Ok(Self { known, origin: origin(parts) })
    }
}

/// Where a request comes from, as far as it can be known.
pub(crate) struct Sender(pub(super) Origin);

impl<S: Send + Sync> FromRequestParts<S> for Sender {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(origin(parts)))
    }
}

fn origin(parts: &Parts) -> Origin {
    let ip = parts.extensions.get::<ConnectInfo<Peer>>().map(|peer| peer.0.0.ip().to_canonical());
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Origin { ip, user_agent: agent.map(str::to_owned) }
}

fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    Secret::parse(SecretKind::Session, text.strip_prefix("Bearer ")?.trim())
}

/// The cookie's secret. A browser sends cookies with whatever page asks, so that what changes
/// something is to come from a page of this server.
fn cookie(parts: &Parts) -> Result<Option<Secret>, Problem> {
    let lines = parts.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let Some((_, text)) = pairs.find(|(name, _)| *name == COOKIE) else { return Ok(None) };
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        check_origin(&parts.uri, &parts.headers)?;
    }
    Ok(Secret::parse(SecretKind::Session, text))
}
