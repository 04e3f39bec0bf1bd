//! `/v1/trading/strategies/{id}/accounts/{account}`: for which accounts a strategy is.

use app::trading::Thing;
use axum::Json;
use axum::extract::State;

use super::number;
use super::strategies::StrategyBody;
use crate::auth::caller::Owner;
use crate::path::Path;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Say that a strategy is for an account
///
/// Saying it again changes nothing.
#[utoipa::path(
    put,
    path = "/v1/trading/strategies/{id}/accounts/{account}",
    tag = "trading",
    operation_id = "link_account",
    params(("id" = uuid::Uuid, Path, description = "The strategy's number"), ("account" = uuid::Uuid, Path, description = "The account's number")),
    responses(
        (status = 200, description = "The strategy as it is now", body = StrategyBody),
        (status = 404, description = "unknown_strategy or unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "account_archived", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn link_account(
    State(state): State<ApiState>,
    owner: Owner,
    Path(path): Path<(String, String)>,
) -> Result<Json<StrategyBody>, Problem> {
    link(&state, &owner, &path, true).await
}

/// Say that it is not
///
/// Saying it again changes nothing.
#[utoipa::path(
    delete,
    path = "/v1/trading/strategies/{id}/accounts/{account}",
    tag = "trading",
    operation_id = "unlink_account",
    params(("id" = uuid::Uuid, Path, description = "The strategy's number"), ("account" = uuid::Uuid, Path, description = "The account's number")),
    responses(
        (status = 200, description = "The strategy as it is now", body = StrategyBody),
        (status = 404, description = "unknown_strategy or unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn unlink_account(
    State(state): State<ApiState>,
    owner: Owner,
    Path(path): Path<(String, String)>,
) -> Result<Json<StrategyBody>, Problem> {
    link(&state, &owner, &path, false).await
}

async fn link(
    state: &ApiState,
    owner: &Owner,
    (strategy, account): &(String, String),
    wanted: bool,
) -> Result<Json<StrategyBody>, Problem> {
    let (strategy, account) =
        (number(Thing::Strategy, strategy)?, number(Thing::Account, account)?);
    let (trading, actor) = (&state.0.trading, &owner.actor);
    let linked = trading.link(actor, owner.user, strategy, account, wanted).await?;
    Ok(Json(StrategyBody::from(&linked)))
}
