//! `/v1/ledger/orders/{id}/fills`: what was traded of an order.

use axum::Json;
use axum::extract::State;
use domain::Amount;
use domain::ledger::{Fee, Fill, Liquidity, OrderEvent};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::ledger::orders::FillRow;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{OrderBody, amount, decimal, named, time, wrong};
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::path::Path;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// A trade of an order, as the venue reports it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFillBody {
    /// The venue's number, once for an order: told again with the same content it changes nothing.
    #[schema(examples("28457"))]
    venue_trade_id: String,
    /// Price of one unit of base, in quote.
    #[schema(examples("61790.40"))]
    price: String,
    /// Units of base.
    #[schema(examples("0.1"))]
    quantity: String,
    /// What it cost.
    #[serde(default)]
    #[schema(required = false)]
    fees: Vec<FeeBody>,
    /// maker, taker or unknown.
    #[serde(default)]
    #[schema(required = false, examples("taker"))]
    liquidity: Option<String>,
    /// When the venue says it happened: RFC 3339.
    #[schema(examples("2026-01-05T10:00:00Z"))]
    time: String,
}

/// What the venue took.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeeBody {
    /// In which asset.
    #[schema(examples("USDT"))]
    asset: String,
    /// How much; a rebate is negative.
    #[schema(examples("6.17904"))]
    amount: String,
}

/// A trade of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct FillBody {
    /// The venue's number.
    venue_trade_id: String,
    /// Price of one unit of base, in quote.
    #[schema(format = "decimal")]
    price: String,
    /// Units of base.
    #[schema(format = "decimal")]
    quantity: String,
    /// Price × quantity.
    #[schema(format = "decimal")]
    quote: String,
    /// What it cost.
    #[schema(value_type = Vec<FeeBody>)]
    fees: Value,
    /// maker, taker or unknown.
    liquidity: String,
    /// When the venue says it happened.
    #[schema(format = DateTime)]
    time: String,
}

impl From<FillRow> for FillBody {
    fn from(row: FillRow) -> Self {
        Self {
            venue_trade_id: row.venue_trade_id,
            price: row.price.normalize().to_string(),
            quantity: row.quantity.normalize().to_string(),
            quote: row.quote.to_string(),
            fees: row.fees,
            liquidity: row.liquidity,
            time: row.filled_at.to_string(),
        }
    }
}

/// The trades of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct FillList {
    /// As they were reported.
    fills: Vec<FillBody>,
}

impl NewFillBody {
    /// The fill.
    fn fill(self) -> Result<Fill, Problem> {
        let (price, quantity) =
            (decimal("price", &self.price)?, decimal("quantity", &self.quantity)?);
        let fees = self
            .fees
            .into_iter()
            .map(|fee| Ok(Fee { amount: amount("fees.amount", &fee.amount)?, asset: fee.asset }));
        Ok(Fill {
            price,
            quantity,
            quote: Amount::checked_product(price, quantity)
                .ok_or_else(|| wrong("quantity", "times price is more than can be held"))?,
            fees: fees.collect::<Result<_, Problem>>()?,
            liquidity: named::<Liquidity>(
                "liquidity",
                self.liquidity.as_deref().unwrap_or("unknown"),
            )?,
            time: time("time", &self.time)?,
            venue_trade_id: self.venue_trade_id,
            venue_profit: None,
        })
    }
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
        (status = 409, description = "over_fill, fill_differs, wrong_state, or venue_tells (of a paper account)", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn report_fill(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
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
    Owner { user, .. }: Owner,
    Path(id): Path<Uuid>,
) -> Result<Json<FillList>, Problem> {
    let fills = state.0.ledger.fills(user, id).await?;
    Ok(Json(FillList { fills: fills.into_iter().map(FillBody::from).collect() }))
}
