//! `POST /v1/auth/token`, and the keys by which others check what it makes: `GET /.well-known/jwks.json`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::body::Body;
use super::caller::Maker;
use super::keys::scope_named;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// How long others may go by the keys that they read: less than any token lives.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it may, no more than whoever asks; without it all that a token may have.
    #[serde(default)]
    #[schema(required = false, examples(json!(["market:read"])))]
    scopes: Option<Vec<String>>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenBody {
    /// The token, a JWT signed by EdDSA. It is told this once.
    token: String,
    /// How it is sent: `Authorization: Bearer …`.
    #[schema(examples("Bearer"))]
    token_type: &'static str,
    /// What it may.
    scopes: Vec<&'static str>,
    /// When it is over.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Keys that check tokens (RFC 7517).
#[derive(Serialize, ToSchema)]
pub(crate) struct KeySet {
    /// The newest first.
    #[schema(value_type = Vec<Object>)]
    keys: Vec<Value>,
}

/// Make a short-lived token for a service
///
/// Whoever asks is logged in, or shows a key with the scope `tokens:write`. The token ends with that session or key,
/// makes no other tokens, and manages no account.
#[utoipa::path(
    post,
    path = "/v1/auth/token",
    tag = "auth",
    operation_id = "create_token",
    request_body = NewToken,
    responses(
        (status = 201, description = "The token", body = TokenBody),
        (status = 400, description = "invalid_body or invalid_scope", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_token(
    State(state): State<ApiState>,
    Maker(holder): Maker,
    Body(wanted): Body<NewToken>,
) -> Result<impl IntoResponse, Problem> {
    let scopes = wanted.scopes.map(|names| names.iter().map(|name| scope_named(name)).collect());
    let scopes = scopes.transpose().map_err(|error| Problem::from(error).about("scopes"))?;
    let made = state.0.accounts.create_token(&holder, scopes).await?;
    let body = TokenBody {
        token: made.token,
        token_type: "Bearer",
        scopes: made.scopes.iter().map(|scope| scope.as_str()).collect(),
        expires_at: made.expires_at.to_string(),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// The keys by which tokens are checked
///
/// A token's header names its key. A key signs for 30 days and stays here until its last token is over.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "auth",
    operation_id = "get_token_keys",
    responses(
        (status = 200, description = "The keys", body = KeySet),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_token_keys(
    State(state): State<ApiState>,
) -> Result<impl IntoResponse, Problem> {
    let keys = state.0.accounts.token_keys().await?;
    Ok(([(header::CACHE_CONTROL, CACHED)], Json(KeySet { keys })))
}
