//! What bots tell of themselves: `POST /v1/trading/bots/{id}/heartbeat`, `GET …/heartbeats` and `GET …/status`.

use app::trading::{NewHeartbeat, Thing};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::{Amount, Time};
use serde::{Deserialize, Serialize};
use store::trading::heartbeats::Heartbeat;
use utoipa::{IntoParams, ToSchema};

use super::model::{BotBody, BotStateBody};
use super::problem::invalid;
use super::{cursor, limit, number, page};
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::params::Params;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// What a bot tells of itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHeartbeatBody {
    /// In its own words, up to 1,000 characters.
    #[serde(default)]
    #[schema(required = false)]
    message: Option<String>,
    /// What went wrong, where something did, in up to 1,000 characters.
    #[serde(default)]
    #[schema(required = false)]
    error: Option<String>,
    /// What it has, as a decimal.
    #[serde(default)]
    #[schema(required = false, examples("1000.25"))]
    balance: Option<String>,
    /// What it has won, as a decimal.
    #[serde(default)]
    #[schema(required = false, examples("-3.5"))]
    total_pnl: Option<String>,
}

/// Which heartbeats.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct HeartbeatParams {
    /// Most heartbeats; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What a bot told of itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeartbeatBody {
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// In its own words.
    #[schema(required)]
    message: Option<String>,
    /// What went wrong, where something did.
    #[schema(required)]
    error: Option<String>,
    /// What it had.
    #[schema(required)]
    balance: Option<String>,
}

/// Heartbeats.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeartbeatPage {
    /// The newest first.
    heartbeats: Vec<HeartbeatBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<String>,
}

impl From<Heartbeat> for HeartbeatBody {
    fn from(heartbeat: Heartbeat) -> Self {
        Self {
            at: heartbeat.at.to_string(),
            message: heartbeat.message,
            error: heartbeat.error,
            balance: heartbeat.balance.map(|amount| amount.to_string()),
        }
    }
}

/// Tell that a bot is there
///
/// One that was silent runs again; one that was not started stays so.
#[utoipa::path(
    post,
    path = "/v1/trading/bots/{id}/heartbeat",
    tag = "trading",
    operation_id = "send_heartbeat",
    params(("id" = uuid::Uuid, Path, description = "The bot's number")),
    request_body = NewHeartbeatBody,
    responses(
        (status = 200, description = "The bot as it is now: it is to do what its status says", body = BotBody),
        (status = 400, description = "invalid_body or invalid_heartbeat", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn send_heartbeat(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
    Body(told): Body<NewHeartbeatBody>,
) -> Result<Json<BotBody>, Problem> {
    let id = number(Thing::Bot, &id)?;
    let told = NewHeartbeat {
        message: told.message,
        error: told.error,
        balance: amount("balance", told.balance)?,
        total_pnl: amount("total_pnl", told.total_pnl)?,
    };
    let bot = state.0.trading.heartbeat(&owner.actor, owner.user, id, told).await;
    Ok(Json(BotBody::from(&bot.map_err(invalid(Code::InvalidHeartbeat))?)))
}

/// What a bot told of itself
#[utoipa::path(
    get,
    path = "/v1/trading/bots/{id}/heartbeats",
    tag = "trading",
    operation_id = "list_heartbeats",
    params(("id" = uuid::Uuid, Path, description = "The bot's number"), HeartbeatParams),
    responses(
        (status = 200, description = "The heartbeats", body = HeartbeatPage),
        (status = 400, description = "invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_heartbeats(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<HeartbeatPage>, Problem> {
    let id = number(Thing::Bot, &id)?;
    let params = Params::read(&uri, &["limit", "cursor"])?;
    let (most, before) = (limit(&params)?, cursor::<Time>(&params)?.unwrap_or(Time::MAX));
    let mut found = state.0.trading.heartbeats(owner.user, id, before, most + 1).await?;
    let more = page(&mut found, most);
    let next = found.last().filter(|_| more).map(|last| last.at.to_string());
    let heartbeats = found.into_iter().map(HeartbeatBody::from).collect();
    Ok(Json(HeartbeatPage { heartbeats, next }))
}

/// What a bot is doing
///
/// For whoever asks often: it is answered from memory or Redis where it is at hand there.
#[utoipa::path(
    get,
    path = "/v1/trading/bots/{id}/status",
    tag = "trading",
    operation_id = "get_bot_status",
    params(("id" = uuid::Uuid, Path, description = "The bot's number")),
    responses(
        (status = 200, description = "What it is doing", body = BotStateBody),
        (status = 404, description = "unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_bot_status(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<BotStateBody>, Problem> {
    let told = state.0.trading.bot_state(owner.user, number(Thing::Bot, &id)?).await?;
    Ok(Json(told.into()))
}

fn amount(field: &'static str, text: Option<String>) -> Result<Option<Amount>, Problem> {
    let read = text.map(|text| text.parse::<Amount>()).transpose();
    read.map_err(|error| {
        Problem::new(Code::InvalidHeartbeat, format!("{field} {error}")).about(field)
    })
}
