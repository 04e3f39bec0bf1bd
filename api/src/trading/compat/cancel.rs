//! Cancelling orders.

use app::ledger::LedgerError;
use axum::Json;
use axum::extract::State;
use domain::ledger::{OrderEvent, Refusal as Rule};
use serde_json::Value;
use store::ledger::numbered::NumberedOrder;

use super::model::{cancelled, is_on_its_way, is_over};
use super::order::{find, known, open_orders, settled};
use super::refusal::unknown_order;
use super::signed::Signed;
use crate::market::compat::binance::error::Refusal;
use crate::state::ApiState;

const PARAMETERS: &[&str] = &["symbol", "orderId", "origClientOrderId", "newClientOrderId"];

/// Cancels an order.
pub(super) async fn cancel(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(PARAMETERS)?;
    let order = find(&state, &signed, &query).await?;
    let order = order.filter(|order| !is_over(&order.row.status)).ok_or_else(unknown_order)?;
    let name = query.text("newClientOrderId").map(str::to_owned);
    let name = name.unwrap_or_else(|| cancel_name(&signed));
    let order = give_up(&state, &signed, order).await?.ok_or_else(unknown_order)?;
    Ok(Json(cancelled(&order, &name)))
}

/// Cancels all open orders of a symbol.
pub(super) async fn cancel_all(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(&["symbol"])?;
    let symbol = known(&state, &signed, &query).await?;
    let name = cancel_name(&signed);
    let mut told = Vec::new();
    for order in open_orders(&state, &signed, Some(&symbol)).await? {
        if let Some(order) = give_up(&state, &signed, order).await? {
            told.push(cancelled(&order, &name));
        }
    }
    if told.is_empty() { Err(unknown_order()) } else { Ok(Json(Value::Array(told))) }
}

/// Binance names cancellations too.
fn cancel_name(signed: &Signed) -> String {
    signed.signature[..22].to_owned()
}

/// Has the venue give an order up; none where it was filled or was over before that.
async fn give_up(
    state: &ApiState,
    signed: &Signed,
    order: NumberedOrder,
) -> Result<Option<NumberedOrder>, Refusal> {
    let (user, id) = (signed.signer.user, order.row.id);
    if is_on_its_way(&order.row.status) {
        settled(state, signed, id, |order| !is_on_its_way(&order.status)).await?;
    }
    match state.0.ledger.tell(user, id, OrderEvent::CancelRequested {}, None).await {
        Ok(_) => {}
        Err(LedgerError::Refused(Rule::WrongState { .. })) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let row = settled(state, signed, id, |order| is_over(&order.status)).await?;
    let is_given_up = matches!(row.status.as_str(), "cancelled" | "cancel_requested");
    Ok(is_given_up.then_some(NumberedOrder { row, ..order }))
}
