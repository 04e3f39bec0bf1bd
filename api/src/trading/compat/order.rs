//! Orders that were placed: one, those that are open, and all of a symbol.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use store::ledger::numbered::{Handle, NumberedOrder, NumberedQuery};
use store::ledger::orders::OrderRow;
use uuid::Uuid;

use super::model::listed;
use super::refusal::no_such_order;
use super::signed::Signed;
use crate::market::compat::binance::error::Refusal;
use crate::market::compat::binance::params::Query;
use crate::state::ApiState;

/// A range of time has at most a day.
const DAY_MS: i64 = 86_400_000;
/// So long an answer waits for the venue's; after that it tells what is known.
const PATIENCE: Duration = Duration::from_secs(2);
const BEAT: Duration = Duration::from_millis(10);

/// One order.
pub(super) async fn get(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(&["symbol", "orderId", "origClientOrderId"])?;
    let order = find(&state, &signed, &query).await?;
    Ok(Json(listed(&order.ok_or_else(no_such_order)?)))
}

/// Those that may still trade.
pub(super) async fn open(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(&["symbol"])?;
    let symbol = match query.text("symbol") {
        Some(_) => Some(known(&state, &signed, &query).await?),
        None => None,
    };
    let open = open_orders(&state, &signed, symbol.as_deref()).await?;
    Ok(Json(open.iter().map(listed).collect()))
}

/// All of a symbol.
pub(super) async fn all(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(&["symbol", "orderId", "startTime", "endTime", "limit"])?;
    let symbol = known(&state, &signed, &query).await?;
    let wanted =
        NumberedQuery { from_number: query.number("orderId")?, ..range(&signed, &query, symbol)? };
    let found = state.0.ledger.numbered_orders(signed.signer.user, &wanted).await?;
    Ok(Json(found.iter().map(listed).collect()))
}

/// A symbol that is stored, as the ledger names it.
pub(super) async fn known(
    state: &ApiState,
    signed: &Signed,
    query: &Query,
) -> Result<String, Refusal> {
    let name = signed.symbol(query.symbol()?)?;
    state.0.reader.known(&name).await?;
    Ok(name.to_string())
}

/// What is asked for of a symbol's orders or fills, without a first number.
pub(super) fn range(
    signed: &Signed,
    query: &Query,
    symbol: String,
) -> Result<NumberedQuery, Refusal> {
    let (from, to) = (query.time("startTime")?, query.time("endTime")?);
    if let (Some(from), Some(to)) = (from, to)
        && !(0..=DAY_MS).contains(&(to.millis() - from.millis()))
    {
        let text = "More than 24 hours between startTime and endTime.";
        return Err(Refusal::bad(-1127, text));
    }
    Ok(NumberedQuery {
        account: signed.signer.account,
        symbol,
        order: None,
        from_number: None,
        from,
        // Its millisecond is in the range.
        to: to.map(|to| to.plus_micros(1_000)),
        limit: query.limit()?.into(),
    })
}

/// The order that `orderId` or `origClientOrderId` names, in the symbol that is named too.
pub(super) async fn find(
    state: &ApiState,
    signed: &Signed,
    query: &Query,
) -> Result<Option<NumberedOrder>, Refusal> {
    let symbol = known(state, signed, query).await?;
    let number = query.number("orderId")?;
    let handle = match (number, query.text("origClientOrderId")) {
        (Some(number), _) => Handle::Number(number),
        (None, Some(name)) => Handle::Name(name),
        (None, None) => {
            let text =
                "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!";
            return Err(Refusal::bad(-1102, text));
        }
    };
    let found = by_handle(state, signed, handle).await?;
    Ok(found.filter(|order| order.row.symbol == symbol))
}

/// The signer's order by its number or name.
pub(super) async fn by_handle(
    state: &ApiState,
    signed: &Signed,
    handle: Handle<'_>,
) -> Result<Option<NumberedOrder>, Refusal> {
    let signer = &signed.signer;
    match state.0.ledger.numbered_order(signer.user, signer.account, handle).await {
        Ok(order) => Ok(Some(order)),
        Err(app::ledger::LedgerError::UnknownOrder) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The signer's orders that may still trade.
pub(super) async fn open_orders(
    state: &ApiState,
    signed: &Signed,
    symbol: Option<&str>,
) -> Result<Vec<NumberedOrder>, Refusal> {
    let signer = &signed.signer;
    Ok(state.0.ledger.open_orders(signer.user, signer.account, symbol).await?)
}

/// Waits until the venue has answered so that `done`, or for as long as an answer may take.
pub(super) async fn settled(
    state: &ApiState,
    signed: &Signed,
    id: Uuid,
    done: impl Fn(&OrderRow) -> bool,
) -> Result<OrderRow, Refusal> {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let order = state.0.ledger.order(signed.signer.user, id).await?;
        if done(&order) || tokio::time::Instant::now() >= until {
            return Ok(order);
        }
        tokio::time::sleep(BEAT).await;
    }
}
