//! `/v1/ledger/orders/{id}/fills`: what was traded of an order.

use axum::Json;
use axum::extract::{Path, State};
use domain::ledger::OrderEvent;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{FillBody, NewFillBody, OrderBody};
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// The trades of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct FillList {
    /// As they were reported.
    fills: Vec<FillBody>,
}

/// Report a trade of an order
///
/// Position, round trip and balances are changed with it, in one commit.
#[utoipa::path(
    post,
    path = "/v1/ledger/orders/{id}/fills",
    tag = "ledger",
    operation_id = "report_fill",
    params(("id" = Uuid, Path, description = "The order's number")),
    request_body = NewFillBody,
    responses(
        (status = 200, description = "The order as it is now", body = OrderBody),
        (status = 400, description = "invalid_body, bad_trade_id, bad_asset, not_positive, too_precise, fee_too_precise or fee_takes_all", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_order", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "over_fill, fill_differs or wrong_state", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn report_fill(
    State(state): State<ApiState>,
    Owner(user): Owner,
    Path(id): Path<Uuid>,
    Body(body): Body<NewFillBody>,
) -> Result<Json<OrderBody>, Problem> {
    let event = OrderEvent::Filled { fill: body.fill()? };
    Ok(Json(state.0.ledger.tell(user, id, event, None).await?.into()))
}

/// The trades of an order
#[utoipa::path(
    get,
    path = "/v1/ledger/orders/{id}/fills",
    tag = "ledger",
    operation_id = "list_fills",
    params(("id" = Uuid, Path, description = "The order's number")),
    responses(
        (status = 200, description = "Its trades", body = FillList),
        (status = 400, description = "invalid_request: not a number", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_order", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_fills(
    State(state): State<ApiState>,
    Owner(user): Owner,
    Path(id): Path<Uuid>,
) -> Result<Json<FillList>, Problem> {
    let fills = state.0.ledger.fills(user, id).await?;
    Ok(Json(FillList { fills: fills.into_iter().map(FillBody::from).collect() }))
}
