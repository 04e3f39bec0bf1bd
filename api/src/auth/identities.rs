//! `/v1/auth/identities`: how one is known at other providers of logins.

use app::auth::Identity;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use super::caller::Caller;
use super::oidc::{LIFE, departure_cookie};
use crate::path::Path;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// How one is known at a provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct IdentityBody {
    /// The provider's name in addresses, where it is in the settings still.
    #[schema(required)]
    provider: Option<String>,
    /// The provider's name for people.
    label: String,
    /// The provider's address.
    issuer: String,
    /// One's name there.
    subject: String,
    /// Since when.
    #[schema(format = DateTime)]
    linked_at: String,
}

/// Identities.
#[derive(Serialize, ToSchema)]
pub(crate) struct IdentityList {
    /// The oldest first.
    identities: Vec<IdentityBody>,
}

impl From<Identity> for IdentityBody {
    fn from(identity: Identity) -> Self {
        let (provider, label) = identity.provider.unzip();
        Self {
            provider,
            label: label.unwrap_or_else(|| identity.issuer.clone()),
            issuer: identity.issuer,
            subject: identity.subject,
            linked_at: identity.since.to_string(),
        }
    }
}

/// An identity to be linked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewIdentity {
    /// One's own password.
    #[schema(format = Password)]
    password: String,
    /// Where to go on afterwards: an address of the page, from its `/` on.
    #[serde(default)]
    #[schema(required = false, examples("/settings"))]
    next: Option<String>,
}

/// Where a browser is to go.
#[derive(Serialize, ToSchema)]
pub(crate) struct DepartureBody {
    /// The provider's address.
    url: String,
}

/// How one is known at other providers
#[utoipa::path(
    get,
    path = "/v1/auth/identities",
    tag = "auth",
    operation_id = "list_identities",
    responses(
        (status = 200, description = "The identities", body = IdentityList),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_identities(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<IdentityList>, Problem> {
    let identities = state.0.accounts.identities(&caller.known).await?;
    Ok(Json(IdentityList { identities: identities.into_iter().map(Into::into).collect() }))
}

/// Begin to link one's account with an identity
///
/// The browser is to go to the address that is told, and comes back linked.
#[utoipa::path(
    post,
    path = "/v1/auth/identities/{provider}",
    tag = "auth",
    operation_id = "link_identity",
    params(("provider" = String, Path, description = "The provider's name")),
    request_body = NewIdentity,
    responses(
        (status = 200, description = "Where to go", body = DepartureBody),
        (status = 400, description = "invalid_body or invalid_next", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "unauthorized, or login_refused where the password is wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_provider", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "login_locked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 502, description = "provider_unbelievable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "provider_unavailable, database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn link_identity(
    State(state): State<ApiState>,
    caller: Caller,
    Path(provider): Path<String>,
    Body(NewIdentity { password, next }): Body<NewIdentity>,
) -> Result<impl IntoResponse, Problem> {
    let (accounts, next) = (&state.0.accounts, next.as_deref().unwrap_or("/settings"));
    let departure =
        accounts.begin_link(&caller.known, &provider, &password, next, &caller.origin).await?;
    let cookie = departure_cookie(&state, departure.secret.reveal(), LIFE)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(DepartureBody { url: departure.url })))
}

/// No longer be known at a provider
#[utoipa::path(
    delete,
    path = "/v1/auth/identities/{provider}",
    tag = "auth",
    operation_id = "unlink_identity",
    params(("provider" = String, Path, description = "The provider's name")),
    responses(
        (status = 204, description = "One logs in there no more"),
        (status = 404, description = "unknown_provider", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "no_password", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn unlink_identity(
    State(state): State<ApiState>,
    caller: Caller,
    Path(provider): Path<String>,
) -> Result<StatusCode, Problem> {
    state.0.accounts.unlink(&caller.known, &provider, &caller.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
