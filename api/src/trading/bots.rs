//! `/v1/trading/bots`: one's own bots.

use app::trading::{BotChange, NewBot, Thing};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use domain::trading::{BotKind, BotStatus, SILENT_AFTER_S};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::trading::bots::{BotQuery, BotTerms};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::model::BotBody;
use super::problem::{invalid, named};
use super::{cursor, limit, number, object, page, whose};
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::params::Params;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const PARAMETERS: &[&str] = &["user", "status", "account", "limit", "cursor"];

/// Which bots.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct BotParams {
    /// Those of this person; for administrators.
    user: Option<Uuid>,
    /// Of this status only: stopped, running, paused, silent or error.
    status: Option<String>,
    /// On this account only.
    account: Option<Uuid>,
    /// Most bots; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// A bot to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBotBody {
    /// The account on which it is to trade.
    account: Uuid,
    /// 1 to 64 characters; no other bot of one's own is called so.
    #[schema(examples("Cross on the hour"))]
    name: String,
    /// paper, or live: a live bot needs an account of kind external.
    #[serde(rename = "type")]
    #[schema(examples("paper"))]
    kind: String,
    /// The version of a strategy that it follows, by the version's own number.
    #[serde(default)]
    #[schema(required = false)]
    strategy_version: Option<Uuid>,
    /// What it goes by, as the version's schema wants it, in up to 64 KiB.
    #[serde(default)]
    #[schema(required = false, value_type = Option<Object>)]
    config: Option<Map<String, Value>>,
    /// What other programs want to keep with it, in up to 64 KiB.
    #[serde(default)]
    #[schema(required = false, value_type = Option<Object>)]
    extra_metadata: Option<Map<String, Value>>,
    /// What it is about, in up to 10,000 characters.
    #[serde(default)]
    #[schema(required = false)]
    description: Option<String>,
    /// After how many seconds without a heartbeat it is silent; without it 60.
    #[serde(default)]
    #[schema(required = false, minimum = 5, maximum = 86400)]
    silent_after_s: Option<i32>,
}

/// A change of a bot; what isn't there stays. While it is started, what it trades by stays: strategy_version, config and
/// silent_after_s.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BotChangeBody {
    /// 1 to 64 characters; no other bot of one's own is called so.
    #[serde(default)]
    #[schema(required = false)]
    name: Option<String>,
    /// The version of a strategy that it follows, by the version's own number.
    #[serde(default)]
    #[schema(required = false)]
    strategy_version: Option<Uuid>,
    /// All of what it goes by, as the version's schema wants it.
    #[serde(default)]
    #[schema(required = false, value_type = Option<Object>)]
    config: Option<Map<String, Value>>,
    /// All of what other programs want to keep with it.
    #[serde(default)]
    #[schema(required = false, value_type = Option<Object>)]
    extra_metadata: Option<Map<String, Value>>,
    /// What it is about, in up to 10,000 characters.
    #[serde(default)]
    #[schema(required = false)]
    description: Option<String>,
    /// After how many seconds without a heartbeat it is silent.
    #[serde(default)]
    #[schema(required = false, minimum = 5, maximum = 86400)]
    silent_after_s: Option<i32>,
}

/// Bots.
#[derive(Serialize, ToSchema)]
pub(crate) struct BotPage {
    /// The newest first.
    bots: Vec<BotBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<Uuid>,
}

/// One's bots
#[utoipa::path(
    get,
    path = "/v1/trading/bots",
    tag = "trading",
    operation_id = "list_bots",
    params(BotParams),
    responses(
        (status = 200, description = "The bots", body = BotPage),
        (status = 400, description = "invalid_user, invalid_status, invalid_account, invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_bots(
    State(state): State<ApiState>,
    owner: Owner,
    uri: Uri,
) -> Result<Json<BotPage>, Problem> {
    let params = Params::read(&uri, PARAMETERS)?;
    let most = limit(&params)?;
    let query = BotQuery {
        user_id: whose(&owner, &params)?,
        status: params.parsed("status", Code::InvalidStatus, |text| {
            named("status", text, BotStatus::parse, BotStatus::ALL, BotStatus::as_str)
        })?,
        account_id: params.parsed("account", Code::InvalidAccount, |text| {
            text.parse().map_err(|_| format!("{text:?} is no account's number"))
        })?,
        before: cursor(&params)?,
        limit: most + 1,
    };
    let mut found = state.0.trading.bots(&query).await?;
    let next = page(&mut found, most).then(|| found.last().map(|last| last.id)).flatten();
    Ok(Json(BotPage { bots: found.iter().map(BotBody::from).collect(), next }))
}

/// Make a bot
///
/// It is stopped until it is started.
#[utoipa::path(
    post,
    path = "/v1/trading/bots",
    tag = "trading",
    operation_id = "create_bot",
    request_body = NewBotBody,
    responses(
        (status = 201, description = "The bot", body = BotBody),
        (status = 400, description = "invalid_body, invalid_bot or invalid_config", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account or unknown_version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "name_taken, too_many or account_archived", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_bot(
    State(state): State<ApiState>,
    owner: Owner,
    Body(wanted): Body<NewBotBody>,
) -> Result<(StatusCode, Json<BotBody>), Problem> {
    let wrong = invalid(Code::InvalidBot);
    let kind = named("type", &wanted.kind, BotKind::parse, BotKind::ALL, BotKind::as_str);
    let new = NewBot {
        account: wanted.account,
        kind: kind.map_err(&wrong)?,
        terms: BotTerms {
            name: wanted.name,
            strategy_version_id: wanted.strategy_version,
            config: object(wanted.config),
            extra_metadata: object(wanted.extra_metadata),
            description: wanted.description,
            silent_after_s: wanted.silent_after_s.unwrap_or(SILENT_AFTER_S),
        },
    };
    let made = state.0.trading.create_bot(&owner.actor, owner.user, new).await;
    Ok((StatusCode::CREATED, Json(BotBody::from(&made.map_err(wrong)?))))
}

/// One of one's bots
#[utoipa::path(
    get,
    path = "/v1/trading/bots/{id}",
    tag = "trading",
    operation_id = "get_bot",
    params(("id" = Uuid, Path, description = "The bot's number")),
    responses(
        (status = 200, description = "The bot", body = BotBody),
        (status = 404, description = "unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_bot(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<BotBody>, Problem> {
    let bot = state.0.trading.bot(owner.user, number(Thing::Bot, &id)?).await?;
    Ok(Json(BotBody::from(&bot)))
}

/// Change one of one's bots
#[utoipa::path(
    patch,
    path = "/v1/trading/bots/{id}",
    tag = "trading",
    operation_id = "change_bot",
    params(("id" = Uuid, Path, description = "The bot's number")),
    request_body = BotChangeBody,
    responses(
        (status = 200, description = "The bot as it is now", body = BotBody),
        (status = 400, description = "invalid_body, invalid_bot or invalid_config", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_bot or unknown_version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "name_taken or bot_running", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn change_bot(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
    Body(wanted): Body<BotChangeBody>,
) -> Result<Json<BotBody>, Problem> {
    let id = number(Thing::Bot, &id)?;
    let change = BotChange {
        name: wanted.name,
        strategy_version: wanted.strategy_version,
        config: wanted.config.map(Value::Object),
        extra_metadata: wanted.extra_metadata.map(Value::Object),
        description: wanted.description,
        silent_after_s: wanted.silent_after_s,
    };
    let changed = state.0.trading.change_bot(&owner.actor, owner.user, id, change).await;
    Ok(Json(BotBody::from(&changed.map_err(invalid(Code::InvalidBot))?)))
}

/// Delete one of one's bots
///
/// One of which the ledger has orders stays.
#[utoipa::path(
    delete,
    path = "/v1/trading/bots/{id}",
    tag = "trading",
    operation_id = "delete_bot",
    params(("id" = Uuid, Path, description = "The bot's number")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "bot_has_orders or bot_running", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_bot(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = number(Thing::Bot, &id)?;
    state.0.trading.delete_bot(&owner.actor, owner.user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
