//! `/v1/trading/strategies`: one's own strategies.

use app::trading::{NewStrategy, Thing};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::trading::strategies::Strategy;
use utoipa::ToSchema;
use uuid::Uuid;

use super::number;
use super::problem::invalid;
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// A strategy to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStrategyBody {
    /// 1 to 64 characters; no other strategy of one's own is called so.
    #[schema(examples("Moving-average cross"))]
    name: String,
    /// What it is about, in up to 10,000 characters.
    #[serde(default)]
    #[schema(required = false)]
    description: Option<String>,
    /// The template that its first version is made of; without one it has no version yet.
    #[serde(default)]
    #[schema(required = false)]
    template: Option<Uuid>,
}

/// A strategy.
#[derive(Serialize, ToSchema)]
pub(crate) struct StrategyBody {
    /// Number.
    id: Uuid,
    /// What its owner calls it.
    name: String,
    /// What it is about.
    #[schema(required)]
    description: Option<String>,
    /// The number of its newest version, where it has one.
    #[schema(required)]
    latest_version: Option<i32>,
    /// The accounts that it is for.
    accounts: Vec<Uuid>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// Strategies.
#[derive(Serialize, ToSchema)]
pub(crate) struct StrategyList {
    /// The oldest first.
    strategies: Vec<StrategyBody>,
}

impl From<&Strategy> for StrategyBody {
    fn from(strategy: &Strategy) -> Self {
        Self {
            id: strategy.id,
            name: strategy.name.clone(),
            description: strategy.description.clone(),
            latest_version: strategy.latest,
            accounts: strategy.accounts.clone(),
            created_at: strategy.created_at.to_string(),
            updated_at: strategy.updated_at.to_string(),
        }
    }
}

/// One's strategies
#[utoipa::path(
    get,
    path = "/v1/trading/strategies",
    tag = "trading",
    operation_id = "list_strategies",
    responses(
        (status = 200, description = "The strategies", body = StrategyList),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_strategies(
    State(state): State<ApiState>,
    owner: Owner,
) -> Result<Json<StrategyList>, Problem> {
    let found = state.0.trading.strategies(owner.user).await?;
    Ok(Json(StrategyList { strategies: found.iter().map(StrategyBody::from).collect() }))
}

/// Make a strategy
#[utoipa::path(
    post,
    path = "/v1/trading/strategies",
    tag = "trading",
    operation_id = "create_strategy",
    request_body = NewStrategyBody,
    responses(
        (status = 201, description = "The strategy", body = StrategyBody),
        (status = 400, description = "invalid_body or invalid_strategy", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_template", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "name_taken or too_many", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_strategy(
    State(state): State<ApiState>,
    owner: Owner,
    Body(wanted): Body<NewStrategyBody>,
) -> Result<(StatusCode, Json<StrategyBody>), Problem> {
    let NewStrategyBody { name, description, template } = wanted;
    let new = NewStrategy { name, description, template };
    let made = state.0.trading.create_strategy(&owner.actor, owner.user, new).await;
    let made = made.map_err(invalid(Code::InvalidStrategy))?;
    Ok((StatusCode::CREATED, Json(StrategyBody::from(&made))))
}

/// One of one's strategies
#[utoipa::path(
    get,
    path = "/v1/trading/strategies/{id}",
    tag = "trading",
    operation_id = "get_strategy",
    params(("id" = Uuid, Path, description = "The strategy's number")),
    responses(
        (status = 200, description = "The strategy", body = StrategyBody),
        (status = 404, description = "unknown_strategy", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_strategy(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<StrategyBody>, Problem> {
    let found = state.0.trading.strategy(owner.user, number(Thing::Strategy, &id)?).await?;
    Ok(Json(StrategyBody::from(&found)))
}

/// Delete a strategy with its versions
///
/// Bots of it go on with the configuration that they have.
#[utoipa::path(
    delete,
    path = "/v1/trading/strategies/{id}",
    tag = "trading",
    operation_id = "delete_strategy",
    params(("id" = Uuid, Path, description = "The strategy's number")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "unknown_strategy", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_strategy(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = number(Thing::Strategy, &id)?;
    state.0.trading.delete_strategy(&owner.actor, owner.user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
