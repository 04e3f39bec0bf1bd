//! `/v1/auth/keys`: one's own keys for programs.

use app::auth::{AccountError, NewKey};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::Time;
use domain::auth::{ApiKeyError, Scope};
use serde::{Deserialize, Serialize};
use store::auth::keys::Key;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Body;
use super::caller::Caller;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKeyBody {
    /// What it is for.
    #[schema(examples("freqtrade on the desk"))]
    name: String,
    /// What it may, no more than its owner.
    #[schema(examples(json!(["market:read"])))]
    scopes: Vec<String>,
    /// Where it may come from, as addresses or ranges of them; without any from everywhere.
    #[serde(default)]
    #[schema(required = false, examples(json!(["192.0.2.0/24"])))]
    addresses: Vec<String>,
    /// When it ends; without it never.
    #[serde(default)]
    #[schema(required = false, format = DateTime)]
    expires_at: Option<String>,
}

/// A key.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyBody {
    /// Number.
    id: Uuid,
    /// What it is for.
    name: String,
    /// Its first characters.
    #[schema(examples("chk_paWlpa"))]
    beginning: String,
    /// What it may, as far as its owner may.
    scopes: Vec<&'static str>,
    /// Where it may come from; none is everywhere.
    addresses: Vec<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it ends, if ever.
    #[schema(required, format = DateTime)]
    expires_at: Option<String>,
    /// When it was last used, to the minute.
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
    /// From where.
    #[schema(required)]
    last_used_ip: Option<String>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeKey {
    /// What is told of it from now on.
    #[serde(flatten)]
    about: KeyBody,
    /// The key itself. It is told this once.
    key: String,
}

/// Keys.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyList {
    /// The oldest first.
    keys: Vec<KeyBody>,
}

impl From<&Key> for KeyBody {
    fn from(key: &Key) -> Self {
        Self {
            id: key.id,
            name: key.name.clone(),
            beginning: key.beginning.clone(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            addresses: key.networks.iter().map(ToString::to_string).collect(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|time| time.to_string()),
            last_used_at: key.last_used_at.map(|time| time.to_string()),
            last_used_ip: key.last_used_ip.map(|ip| ip.to_string()),
        }
    }
}

/// One's own keys
#[utoipa::path(
    get,
    path = "/v1/auth/keys",
    tag = "auth",
    operation_id = "list_keys",
    responses(
        (status = 200, description = "The keys", body = KeyList),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_keys(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<KeyList>, Problem> {
    let keys = state.0.accounts.keys(caller.known.user.id).await?;
    Ok(Json(KeyList { keys: keys.iter().map(KeyBody::from).collect() }))
}

/// Make a key for a program
///
/// It is told once, here. Programs send it as `Authorization: Bearer …`, to `/compat/binance` as
/// `X-MBX-APIKEY`, and to `/compat/influx` as `Token` or as password.
#[utoipa::path(
    post,
    path = "/v1/auth/keys",
    tag = "auth",
    operation_id = "create_key",
    request_body = NewKeyBody,
    responses(
        (status = 201, description = "The key", body = MadeKey),
        (status = 400, description = "invalid_body, invalid_key or invalid_time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_many_keys", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_key(
    State(state): State<ApiState>,
    caller: Caller,
    Body(wanted): Body<NewKeyBody>,
) -> Result<(StatusCode, Json<MadeKey>), Problem> {
    let new = read(wanted)?;
    let actor = caller.known.actor(&caller.origin);
    let (secret, key) = state.0.accounts.create_key(&actor, &caller.known.user, new).await?;
    let made = MadeKey { about: KeyBody::from(&key), key: secret.reveal().to_owned() };
    Ok((StatusCode::CREATED, Json(made)))
}

/// End one of one's keys
#[utoipa::path(
    delete,
    path = "/v1/auth/keys/{id}",
    tag = "auth",
    operation_id = "revoke_key",
    params(("id" = Uuid, Path, description = "The key's number")),
    responses(
        (status = 204, description = "It opens nothing from now on"),
        (status = 404, description = "unknown_key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn revoke_key(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    // What is no number is nobody's key.
    let id = id.parse().map_err(|_| AccountError::UnknownKey)?;
    let actor = caller.known.actor(&caller.origin);
    state.0.accounts.revoke_key(&actor, caller.known.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(wanted: NewKeyBody) -> Result<NewKey, Problem> {
    let wrong = |error: ApiKeyError| Problem::from(AccountError::from(error));
    let scopes = wanted.scopes.iter().map(|name| scope_named(name)).collect::<Result<_, _>>();
    let networks = wanted.addresses.iter().map(|text| text.parse()).collect::<Result<_, _>>();
    let expires_at = wanted.expires_at.map(|text| {
        text.parse::<Time>()
            .map_err(|error| Problem::new(Code::InvalidTime, error.to_string()).about("expires_at"))
    });
    Ok(NewKey {
        name: wanted.name.trim().to_owned(),
        scopes: scopes.map_err(|error| Problem::from(error).about("scopes"))?,
        networks: networks.map_err(|error| wrong(error).about("addresses"))?,
        expires_at: expires_at.transpose()?,
    })
}

/// A scope that somebody wrote.
pub(super) fn scope_named(name: &str) -> Result<Scope, AccountError> {
    let unknown = || ApiKeyError::UnknownScope(name.chars().take(60).collect()).into();
    Scope::parse(name).ok_or_else(unknown)
}
