//! `/v1/trading/accounts/{id}/signing-keys`: keys of programs that sign their requests to `/compat/binance`.

use app::trading::Thing;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::trading::signing::SigningKey;
use utoipa::ToSchema;
use uuid::Uuid;

use super::number;
use super::problem::invalid;
use crate::auth::body::Body;
use crate::auth::caller::{Caller, Owner};
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSigningKeyBody {
    /// What it is for, 1 to 64 characters.
    #[schema(examples("freqtrade"))]
    name: String,
}

/// A key, without what opens anything.
#[derive(Serialize, ToSchema)]
pub(crate) struct SigningKeyBody {
    /// Number.
    id: Uuid,
    /// The account that it is for.
    account: Uuid,
    /// What its owner calls it.
    name: String,
    /// The first characters of `api_key`.
    #[schema(examples("chr_paWlpa"))]
    beginning: String,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last used, to the minute.
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
    /// From where.
    #[schema(required)]
    last_used_ip: Option<String>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeSigningKeyBody {
    /// What is told of it from now on.
    #[serde(flatten)]
    about: SigningKeyBody,
    /// The key, as clients of Binance call it. It is told this once.
    api_key: String,
    /// What they sign with. It is told this once.
    secret: String,
}

/// Keys.
#[derive(Serialize, ToSchema)]
pub(crate) struct SigningKeyList {
    /// The oldest first.
    keys: Vec<SigningKeyBody>,
}

impl From<&SigningKey> for SigningKeyBody {
    fn from(key: &SigningKey) -> Self {
        Self {
            id: key.id,
            account: key.account_id,
            name: key.name.clone(),
            beginning: key.beginning.clone(),
            created_at: key.created_at.to_string(),
            last_used_at: key.last_used_at.map(|time| time.to_string()),
            last_used_ip: key.last_used_ip.map(|ip| ip.to_string()),
        }
    }
}

/// Keys of one's account by which programs sign
#[utoipa::path(
    get,
    path = "/v1/trading/accounts/{id}/signing-keys",
    tag = "trading",
    operation_id = "list_signing_keys",
    params(("id" = Uuid, Path, description = "The account's number")),
    responses(
        (status = 200, description = "The keys", body = SigningKeyList),
        (status = 404, description = "unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_signing_keys(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<SigningKeyList>, Problem> {
    let id = number(Thing::Account, &id)?;
    let keys = state.0.trading.signing_keys(owner.user, id).await?;
    Ok(Json(SigningKeyList { keys: keys.iter().map(SigningKeyBody::from).collect() }))
}

/// Make a key by which a program made for Binance trades on one's paper account
///
/// Both texts are told once, here. It may what its owner may of orders and markets, on this account alone. Only somebody who is
/// logged in makes one.
#[utoipa::path(
    post,
    path = "/v1/trading/accounts/{id}/signing-keys",
    tag = "trading",
    operation_id = "create_signing_key",
    params(("id" = Uuid, Path, description = "The account's number")),
    request_body = NewSigningKeyBody,
    responses(
        (status = 201, description = "The key", body = MadeSigningKeyBody),
        (status = 400, description = "invalid_body, or invalid_key: its name, or an account that is not paper", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "account_archived or too_many", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_signing_key(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    Body(wanted): Body<NewSigningKeyBody>,
) -> Result<(StatusCode, Json<MadeSigningKeyBody>), Problem> {
    let id = number(Thing::Account, &id)?;
    let (actor, user) = (caller.known.actor(&caller.origin), caller.known.user.id);
    let made = state.0.trading.create_signing_key(&actor, user, id, wanted.name).await;
    let made = made.map_err(invalid(Code::InvalidKey))?;
    let body = MadeSigningKeyBody {
        about: SigningKeyBody::from(&made.made),
        api_key: made.key.reveal().to_owned(),
        secret: made.secret.reveal().to_owned(),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// End a key of one's account
#[utoipa::path(
    delete,
    path = "/v1/trading/accounts/{id}/signing-keys/{key}",
    tag = "trading",
    operation_id = "revoke_signing_key",
    params(
        ("id" = Uuid, Path, description = "The account's number"),
        ("key" = Uuid, Path, description = "The key's number"),
    ),
    responses(
        (status = 204, description = "It opens nothing from now on"),
        (status = 404, description = "unknown_account or unknown_key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn revoke_signing_key(
    State(state): State<ApiState>,
    owner: Owner,
    Path((id, key)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let (id, key) = (number(Thing::Account, &id)?, number(Thing::SigningKey, &key)?);
    state.0.trading.revoke_signing_key(&owner.actor, owner.user, id, key).await?;
    Ok(StatusCode::NO_CONTENT)
}
