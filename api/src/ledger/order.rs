//! `/v1/ledger/orders/{id}`: one order, what is to happen to it, and what did.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::ledger::OrderEvent;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::key_of;
use super::model::{OrderBody, amount, decimal};
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::path::Path;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// A change of an order at the venue; what isn't there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AmendBody {
    /// Units of base, with what is traded.
    #[serde(default)]
    #[schema(required = false, examples("0.5"))]
    quantity: Option<String>,
    /// The worst price.
    #[serde(default)]
    #[schema(required = false, examples("61800"))]
    limit_price: Option<String>,
    /// What it waits for.
    #[serde(default)]
    #[schema(required = false, examples("61000"))]
    stop_price: Option<String>,
}

/// What happened to an order, as whoever sent it reports.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ReportBody {
    /// It goes to the venue.
    Submitted {},
    /// The venue has it.
    Accepted {
        /// The venue's number of it.
        #[schema(examples("12569099453"))]
        venue_order_id: String,
    },
    /// The venue doesn't take it.
    Rejected {
        /// The venue's code.
        #[schema(examples("-2010"))]
        code: String,
        /// The venue's words.
        reason: String,
    },
    /// The price that it waits for was hit.
    Triggered {},
    /// It is given up.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// Its time is over.
    Expired {},
    /// The venue trades no more of a market buy by amount.
    Completed {},
    /// So much is held back for it.
    Reserved {
        /// Of which asset.
        #[schema(examples("USDT"))]
        asset: String,
        /// How much.
        #[schema(examples("1000"))]
        amount: String,
    },
}

impl ReportBody {
    fn event(self) -> Result<OrderEvent, Problem> {
        Ok(match self {
            Self::Submitted {} => OrderEvent::Submitted {},
            Self::Accepted { venue_order_id } => OrderEvent::Accepted { venue_order_id },
            Self::Rejected { code, reason } => OrderEvent::Rejected { code, reason },
            Self::Triggered {} => OrderEvent::Triggered {},
            Self::Cancelled { reason } => OrderEvent::Cancelled { reason },
            Self::Expired {} => OrderEvent::Expired {},
            Self::Completed {} => OrderEvent::Completed {},
            Self::Reserved { asset, amount: text } => {
                OrderEvent::Reserved { asset, amount: amount("amount", &text)? }
            }
        })
    }
}

/// An order
#[utoipa::path(
    get,
    path = "/v1/ledger/orders/{id}",
    tag = "ledger",
    operation_id = "get_order",
    params(("id" = Uuid, Path, description = "The order's number")),
    responses(
        (status = 200, description = "The order", body = OrderBody),
        (status = 400, description = "invalid_request: not a number", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_order", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_order(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(id): Path<Uuid>,
) -> Result<Json<OrderBody>, Problem> {
    Ok(Json(state.0.ledger.order(user, id).await?.into()))
}

/// Amend an order
///
/// The header Idempotency-Key makes asking again harmless.
#[utoipa::path(
    patch,
    path = "/v1/ledger/orders/{id}",
    tag = "ledger",
    operation_id = "amend_order",
    params(("id" = Uuid, Path, description = "The order's number")),
    request_body = AmendBody,
    responses(
        (status = 200, description = "The order as it is now", body = OrderBody),
        (status = 400, description = "invalid_body, empty_amendment, or against the rules of the symbol", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_order", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "wrong_state, below_filled, not_waiting, insufficient_funds (of a paper account) or key_reused", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn amend_order(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Body(body): Body<AmendBody>,
) -> Result<Json<OrderBody>, Problem> {
    let maybe = |name, text: Option<String>| text.map(|text| decimal(name, &text)).transpose();
    let event = OrderEvent::Amended {
        quantity: maybe("quantity", body.quantity)?,
        limit_price: maybe("limit_price", body.limit_price)?,
        stop_price: maybe("stop_price", body.stop_price)?,
    };
    Ok(Json(state.0.ledger.tell(user, id, event, key_of(&headers)?).await?.into()))
}

/// Ask for an order to be cancelled
///
/// It is cancelled once whoever has it says so; one that was never sent is cancelled at once. Asked again it changes
/// nothing.
#[utoipa::path(
    delete,
    path = "/v1/ledger/orders/{id}",
    tag = "ledger",
    operation_id = "cancel_order",
    params(("id" = Uuid, Path, description = "The order's number")),
    responses(
        (status = 200, description = "The order as it is now", body = OrderBody),
        (status = 400, description = "invalid_request: not a number", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_order", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "wrong_state: it is over; or key_reused", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn cancel_order(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Json<OrderBody>, Problem> {
    let event = OrderEvent::CancelRequested {};
    Ok(Json(state.0.ledger.tell(user, id, event, key_of(&headers)?).await?.into()))
}

/// Report what happened to an order
#[utoipa::path(
    post,
    path = "/v1/ledger/orders/{id}/reports",
    tag = "ledger",
    operation_id = "report_order",
    params(("id" = Uuid, Path, description = "The order's number")),
    request_body = ReportBody,
    responses(
        (status = 200, description = "The order as it is now", body = OrderBody),
        (status = 400, description = "invalid_body, bad_asset or not_positive", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_order", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "wrong_state, other_venue_order, not_waiting, key_reused, or venue_tells (of a paper account)", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn report_order(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Body(body): Body<ReportBody>,
) -> Result<Json<OrderBody>, Problem> {
    let event = body.event()?;
    Ok(Json(state.0.ledger.tell(user, id, event, key_of(&headers)?).await?.into()))
}
