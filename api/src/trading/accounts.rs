//! `/v1/trading/accounts`: one's own accounts at venues.

use app::trading::{AccountChange, NewAccount, Thing};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use domain::trading::{AccountKind, Credentials};
use serde::{Deserialize, Serialize};
use store::trading::accounts::VenueAccount;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::problem::{invalid, named};
use super::{number, whose};
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::params::Params;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// Which accounts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct AccountParams {
    /// Those of this person; for administrators.
    user: Option<Uuid>,
}

/// What a venue gave out. It is encrypted, and never told again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialsBody {
    /// The key.
    key: String,
    /// Its secret.
    secret: String,
    /// A third part, where the venue has one.
    #[serde(default)]
    #[schema(required = false)]
    passphrase: Option<String>,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccountBody {
    /// Where, as symbols of that venue begin.
    #[schema(examples("binance"))]
    venue: String,
    /// 1 to 64 characters; no other account of one's own is called so.
    #[schema(examples("Spot"))]
    name: String,
    /// paper: its orders are filled here, from ticks; external: others trade, and report.
    #[schema(examples("external"))]
    kind: String,
    /// What opens it, where something is to be sent.
    #[serde(default)]
    #[schema(required = false)]
    credentials: Option<CredentialsBody>,
}

/// A change of an account; what isn't there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountChangeBody {
    /// 1 to 64 characters; no other account of one's own is called so.
    #[serde(default)]
    #[schema(required = false)]
    name: Option<String>,
    /// What opens it from now on.
    #[serde(default)]
    #[schema(required = false)]
    credentials: Option<CredentialsBody>,
}

/// An account at a venue.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountBody {
    /// Number.
    id: Uuid,
    /// Where.
    #[schema(examples("binance"))]
    venue: String,
    /// What its owner calls it.
    name: String,
    /// paper or external.
    #[schema(examples("external"))]
    kind: &'static str,
    /// Whether what opens it is kept.
    has_credentials: bool,
    /// The first letters of the venue's key, where one is kept.
    #[schema(required)]
    key_beginning: Option<String>,
    /// Since when nothing is done on it, if so.
    #[schema(required, format = DateTime)]
    archived_at: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// Accounts at venues.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountList {
    /// The oldest first.
    accounts: Vec<AccountBody>,
}

impl From<&VenueAccount> for AccountBody {
    fn from(account: &VenueAccount) -> Self {
        Self {
            id: account.id,
            venue: account.venue.clone(),
            name: account.name.clone(),
            kind: account.kind.as_str(),
            has_credentials: account.key_beginning.is_some(),
            key_beginning: account.key_beginning.clone(),
            archived_at: account.archived_at.map(|time| time.to_string()),
            created_at: account.created_at.to_string(),
            updated_at: account.updated_at.to_string(),
        }
    }
}

impl From<CredentialsBody> for Credentials {
    fn from(body: CredentialsBody) -> Self {
        Self { key: body.key, secret: body.secret, passphrase: body.passphrase }
    }
}

/// One's accounts at venues
#[utoipa::path(
    get,
    path = "/v1/trading/accounts",
    tag = "trading",
    operation_id = "list_accounts",
    params(AccountParams),
    responses(
        (status = 200, description = "The accounts", body = AccountList),
        (status = 400, description = "invalid_user, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_accounts(
    State(state): State<ApiState>,
    owner: Owner,
    uri: Uri,
) -> Result<Json<AccountList>, Problem> {
    let user = whose(&owner, &Params::read(&uri, &["user"])?)?;
    let accounts = state.0.trading.accounts(user).await?;
    Ok(Json(AccountList { accounts: accounts.iter().map(AccountBody::from).collect() }))
}

/// Add an account at a venue
#[utoipa::path(
    post,
    path = "/v1/trading/accounts",
    tag = "trading",
    operation_id = "create_account",
    request_body = NewAccountBody,
    responses(
        (status = 201, description = "The account", body = AccountBody),
        (status = 400, description = "invalid_body or invalid_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "name_taken or too_many", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_account(
    State(state): State<ApiState>,
    owner: Owner,
    Body(wanted): Body<NewAccountBody>,
) -> Result<(StatusCode, Json<AccountBody>), Problem> {
    let wrong = invalid(Code::InvalidAccount);
    let (parse, name) = (AccountKind::parse, AccountKind::as_str);
    let new = NewAccount {
        kind: named("kind", &wanted.kind, parse, AccountKind::ALL, name).map_err(&wrong)?,
        venue: wanted.venue,
        name: wanted.name,
        credentials: wanted.credentials.map(Credentials::from),
    };
    let made = state.0.trading.create_account(&owner.actor, owner.user, new).await;
    Ok((StatusCode::CREATED, Json(AccountBody::from(&made.map_err(wrong)?))))
}

/// One of one's accounts at venues
#[utoipa::path(
    get,
    path = "/v1/trading/accounts/{id}",
    tag = "trading",
    operation_id = "get_account",
    params(("id" = Uuid, Path, description = "The account's number")),
    responses(
        (status = 200, description = "The account", body = AccountBody),
        (status = 404, description = "unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_account(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<AccountBody>, Problem> {
    let account = state.0.trading.account(owner.user, number(Thing::Account, &id)?).await?;
    Ok(Json(AccountBody::from(&account)))
}

/// Give an account another name or other credentials
#[utoipa::path(
    patch,
    path = "/v1/trading/accounts/{id}",
    tag = "trading",
    operation_id = "change_account",
    params(("id" = Uuid, Path, description = "The account's number")),
    request_body = AccountChangeBody,
    responses(
        (status = 200, description = "The account as it is now", body = AccountBody),
        (status = 400, description = "invalid_body or invalid_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "name_taken or account_archived", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn change_account(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
    Body(wanted): Body<AccountChangeBody>,
) -> Result<Json<AccountBody>, Problem> {
    let id = number(Thing::Account, &id)?;
    let credentials = wanted.credentials.map(Credentials::from);
    let change = AccountChange { name: wanted.name, credentials };
    let changed = state.0.trading.change_account(&owner.actor, owner.user, id, change).await;
    Ok(Json(AccountBody::from(&changed.map_err(invalid(Code::InvalidAccount))?)))
}

/// Archive an account
///
/// Nothing is done on it from then on; its books stay, and what opens it is forgotten.
#[utoipa::path(
    post,
    path = "/v1/trading/accounts/{id}/archive",
    tag = "trading",
    operation_id = "archive_account",
    params(("id" = Uuid, Path, description = "The account's number")),
    responses(
        (status = 200, description = "The account as it is now", body = AccountBody),
        (status = 404, description = "unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "account_in_use", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn archive_account(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<AccountBody>, Problem> {
    let id = number(Thing::Account, &id)?;
    let archived = state.0.trading.archive_account(&owner.actor, owner.user, id).await?;
    Ok(Json(AccountBody::from(&archived)))
}
