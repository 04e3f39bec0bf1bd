//! `POST /v1/trading/bots/{id}/start`, `stop` and `pause`. What is so already stays so, and is answered alike.

use app::trading::Thing;
use axum::Json;
use axum::extract::State;
use domain::trading::BotCommand;

use super::model::BotBody;
use super::number;
use crate::auth::caller::Owner;
use crate::path::Path;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Start one of one's bots
///
/// Also one that waits. From now on it is to be heard of.
#[utoipa::path(
    post,
    path = "/v1/trading/bots/{id}/start",
    tag = "trading",
    operation_id = "start_bot",
    params(("id" = uuid::Uuid, Path, description = "The bot's number")),
    responses(
        (status = 200, description = "The bot as it is now", body = BotBody),
        (status = 404, description = "unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "account_archived", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn start_bot(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<BotBody>, Problem> {
    command(&state, &owner, &id, BotCommand::Start).await
}

/// Stop one of one's bots
#[utoipa::path(
    post,
    path = "/v1/trading/bots/{id}/stop",
    tag = "trading",
    operation_id = "stop_bot",
    params(("id" = uuid::Uuid, Path, description = "The bot's number")),
    responses(
        (status = 200, description = "The bot as it is now", body = BotBody),
        (status = 404, description = "unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn stop_bot(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<BotBody>, Problem> {
    command(&state, &owner, &id, BotCommand::Stop).await
}

/// Have one of one's bots wait
#[utoipa::path(
    post,
    path = "/v1/trading/bots/{id}/pause",
    tag = "trading",
    operation_id = "pause_bot",
    params(("id" = uuid::Uuid, Path, description = "The bot's number")),
    responses(
        (status = 200, description = "The bot as it is now", body = BotBody),
        (status = 404, description = "unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "bot_stopped", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn pause_bot(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<BotBody>, Problem> {
    command(&state, &owner, &id, BotCommand::Pause).await
}

async fn command(
    state: &ApiState,
    owner: &Owner,
    id: &str,
    command: BotCommand,
) -> Result<Json<BotBody>, Problem> {
    let id = number(Thing::Bot, id)?;
    let bot = state.0.trading.command_bot(&owner.actor, owner.user, id, command).await?;
    Ok(Json(BotBody::from(&bot)))
}
