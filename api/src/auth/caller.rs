//! Who asks, as [`super::gate`] found it out: handlers take it from here and from nowhere else.

use std::net::IpAddr;
use std::sync::Arc;

use app::auth::{Actor, Grant, Holder, Known, KnownKey, KnownToken, Origin};
use app::trading::KnownSigner;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use domain::auth::{Scope, Secret};
use uuid::Uuid;

use crate::problem::{Code, Problem};
use crate::serve::Peer;
use crate::state::ApiState;

/// Who sends a request.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// Somebody without credentials, who may this.
    Nobody(Vec<Scope>),
    /// Somebody who is logged in, and the secret that was shown.
    Somebody(Arc<Known>, Secret),
    /// A program with a key of somebody, and the secret that was shown.
    Program(Arc<KnownKey>, Secret),
    /// A service with a token of somebody, and the token.
    Service(Arc<KnownToken>, String),
    /// A program that says it has this key; who takes its word beyond reading the market looks at its signature.
    Signer(Arc<KnownSigner>, Secret),
    /// A program with the token of the setting `compat.influx_token`.
    Writer,
}

/// What the token of the settings allows.
const OF_WRITER: &[Scope] = &[Scope::PointsWrite, Scope::OpsRead];

impl Who {
    /// What they may do.
    pub(super) fn scopes(&self) -> &[Scope] {
        match self {
            Self::Nobody(scopes) => scopes,
            Self::Somebody(known, _) => known.user.role.scopes(),
            Self::Program(known, _) => &known.scopes,
            Self::Service(known, _) => &known.scopes,
            Self::Signer(known, _) => &known.scopes,
            Self::Writer => OF_WRITER,
        }
    }

    /// Whose own things they may see.
    pub(super) fn owner(&self) -> Option<Uuid> {
        match self {
            Self::Somebody(known, _) => Some(known.user.id),
            Self::Program(known, _) => Some(known.user.id),
            Self::Service(known, _) => Some(known.user.id),
            Self::Nobody(_) | Self::Signer(..) | Self::Writer => None,
        }
    }
}

/// Somebody who is logged in.
pub(crate) struct Caller {
    /// Who, and in which session.
    pub(crate) known: Arc<Known>,
    /// From where.
    pub(crate) origin: Origin,
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problem> {
        match parts.extensions.get::<Who>() {
            Some(Who::Somebody(known, _)) => {
                Ok(Self { known: Arc::clone(known), origin: origin(parts) })
            }
            _ => Err(login_first()),
        }
    }
}

/// Somebody who is logged in, or a program or service of theirs: whose things an endpoint is about.
pub(crate) struct Owner {
    /// Their number.
    pub(crate) user: Uuid,
    /// Who does something, for the record.
    pub(crate) actor: Actor,
    /// Whether they manage people; no program does.
    pub(crate) is_admin: bool,
}

impl FromRequestParts<ApiState> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problem> {
        let who = parts.extensions.get::<Who>().ok_or_else(login_first)?;
        let user = who.owner().ok_or_else(login_first)?;
        let session_id = match who {
            Who::Somebody(known, _) => Some(known.session.id),
            _ => None,
        };
        let actor = Actor { user_id: Some(user), session_id, origin: origin(parts) };
        Ok(Self { user, actor, is_admin: who.scopes().contains(&Scope::Users) })
    }
}

/// Somebody who may have a token for a service.
pub(crate) struct Maker(pub(super) Holder);

impl FromRequestParts<ApiState> for Maker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problem> {
        let who = parts.extensions.get::<Who>().ok_or_else(login_first)?;
        let (user, grant, ends_at) = match who {
            Who::Somebody(known, _) => {
                (&known.user, Grant::Session(known.session.id), Some(known.session.ends_at))
            }
            Who::Program(known, _) => (&known.user, Grant::Key(known.key.id), known.key.expires_at),
            Who::Nobody(_) | Who::Service(..) | Who::Signer(..) | Who::Writer => {
                return Err(login_first());
            }
        };
        let (user, scopes, origin) = (user.clone(), who.scopes().to_vec(), origin(parts));
        Ok(Self(Holder { user, grant, scopes, ends_at, origin }))
    }
}

/// What whoever lacks a login is told.
pub(super) fn login_first() -> Problem {
    Problem::new(
        Code::Unauthorized,
        "log in first, POST /v1/auth/login, or send a key: Authorization: Bearer …",
    )
}

/// Where a request comes from, as far as it can be known.
pub(crate) struct Sender(pub(super) Origin);

impl<S: Send + Sync> FromRequestParts<S> for Sender {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(origin(parts)))
    }
}

/// The address that the request comes from.
pub(super) fn address(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<Peer>().map(|peer| peer.0)
}

fn origin(parts: &Parts) -> Origin {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Origin { ip: address(parts), user_agent: agent.map(str::to_owned) }
}
