//! Placing orders.

use app::ledger::NewOrder;
use axum::Json;
use axum::extract::State;
use domain::Decimal;
use domain::ledger::{Metadata, Mode, OrderKind, Side, Tags, Terms, TimeInForce, Trail};
use serde_json::{Map, Value, json};
use store::ledger::numbered::Handle;

use super::model::{KEPT, Telling, is_on_its_way, is_over, placed};
use super::order::{by_handle, settled};
use super::refusal::{NAME_RANGE, no_such_order, not_taken, rejected};
use super::signed::Signed;
use crate::market::compat::binance::error::Refusal;
use crate::market::compat::binance::params::Query;
use crate::state::ApiState;

const PARAMETERS: &[&str] = &[
    "symbol",
    "side",
    "type",
    "timeInForce",
    "quantity",
    "quoteOrderQty",
    "price",
    "newClientOrderId",
    "strategyId",
    "strategyType",
    "stopPrice",
    "trailingDelta",
    "icebergQty",
    "newOrderRespType",
    "selfTradePreventionMode",
];
const LONGEST_NAME: usize = 36;
/// A trail is told in hundredths of a percent.
const TRAIL_PLACES: u32 = 2;

/// Places an order.
pub(super) async fn place(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(PARAMETERS)?;
    let (terms, telling) = (terms(&signed, &query)?, telling(&query)?);
    let (user, name) = (signed.signer.user, terms.client_order_id.clone());
    // What trades at once is told with its trades.
    let at_once = terms.kind == OrderKind::Market || terms.time_in_force != TimeInForce::Gtc;
    let done = state.0.ledger.place(user, new(terms)).await?;
    if done.written.is_none() {
        return Err(not_taken("Duplicate order sent."));
    }
    if telling != Telling::Ack {
        let is_done = |status: &str| match at_once {
            true => is_over(status),
            false => !is_on_its_way(status),
        };
        settled(&state, &signed, done.id, |order| is_done(&order.status)).await?;
    }
    let order = by_handle(&state, &signed, Handle::Name(&name)).await?;
    let order = order.ok_or_else(no_such_order)?;
    if order.row.status == "rejected" {
        return Err(rejected(state.0.ledger.rejection(user, done.id).await?.as_deref()));
    }
    let fills = match telling {
        Telling::Full => state.0.ledger.fills(user, done.id).await?,
        _ => Vec::new(),
    };
    Ok(Json(placed(&order, telling, &fills)))
}

/// Whether an order would be taken.
pub(super) async fn test(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(PARAMETERS)?;
    telling(&query)?;
    let terms = terms(&signed, &query)?;
    state.0.ledger.check(signed.signer.user, new(terms)).await?;
    Ok(Json(json!({})))
}

const fn new(terms: Terms) -> NewOrder {
    NewOrder { terms, submitted: false, venue_order_id: None }
}

fn telling(query: &Query) -> Result<Telling, Refusal> {
    match (query.text("newOrderRespType"), query.text("type")) {
        (Some("ACK"), _) => Ok(Telling::Ack),
        (Some("RESULT"), _) => Ok(Telling::Result),
        (Some("FULL"), _) | (None, Some("MARKET" | "LIMIT")) => Ok(Telling::Full),
        (None, _) => Ok(Telling::Ack),
        (Some(_), _) => Err(Refusal::not_valid("newOrderRespType")),
    }
}

fn terms(signed: &Signed, query: &Query) -> Result<Terms, Refusal> {
    let symbol = signed.symbol(query.symbol()?)?;
    let side = match query.text("side") {
        Some("BUY") => Side::Buy,
        Some("SELL") => Side::Sell,
        Some(_) => return Err(Refusal::bad(-1117, "Invalid side.")),
        None => return Err(Refusal::missing("side")),
    };
    let trail = trail(query)?;
    let kind = kind(query, trail.is_some())?;
    if query.text("icebergQty").is_some() {
        return Err(not_taken("Iceberg orders are not supported for this symbol."));
    }
    let quote_quantity = query.decimal("quoteOrderQty")?;
    if quote_quantity.is_some() && (side == Side::Sell || kind != OrderKind::Market) {
        let text = "Quote order qty market orders are not support for this symbol.";
        return Err(not_taken(text));
    }
    if !matches!(query.text("selfTradePreventionMode"), None | Some("NONE")) {
        return Err(Refusal::not_valid("selfTradePreventionMode"));
    }
    Ok(Terms {
        account: signed.signer.account,
        bot: None,
        client_order_id: name(signed, query)?,
        symbol,
        mode: Mode::Spot,
        side,
        kind,
        time_in_force: time_in_force(query, kind)?,
        quantity: query.decimal("quantity")?,
        quote_quantity,
        limit_price: query.decimal("price")?,
        stop_price: query.decimal("stopPrice")?,
        trail,
        reduce_only: false,
        leverage: Decimal::ONE,
        tags: Tags::default(),
        exchange_metadata: metadata(query)?,
    })
}

fn kind(query: &Query, trails: bool) -> Result<OrderKind, Refusal> {
    match query.text("type") {
        Some("MARKET") => Ok(OrderKind::Market),
        Some("LIMIT") => Ok(OrderKind::Limit),
        Some("STOP_LOSS") if trails => Ok(OrderKind::TrailingStop),
        Some("STOP_LOSS") => Ok(OrderKind::Stop),
        Some("STOP_LOSS_LIMIT") => Ok(OrderKind::StopLimit),
        Some("TAKE_PROFIT") => {
            Err(not_taken("Take profit orders are not supported for this symbol."))
        }
        Some("TAKE_PROFIT_LIMIT") => {
            Err(not_taken("Take profit limit orders are not supported for this symbol."))
        }
        Some("LIMIT_MAKER") => {
            Err(not_taken("Limit maker orders are not supported for this symbol."))
        }
        Some(_) => Err(Refusal::bad(-1116, "Invalid orderType.")),
        None => Err(Refusal::missing("type")),
    }
}

/// Orders with a limit say how long they wait, the others don't.
fn time_in_force(query: &Query, kind: OrderKind) -> Result<TimeInForce, Refusal> {
    match (query.text("timeInForce"), kind.has_limit()) {
        (Some(_), false) => Err(Refusal::superfluous("timeInForce")),
        (None, false) | (Some("GTC"), true) => Ok(TimeInForce::Gtc),
        (Some("IOC"), true) => Ok(TimeInForce::Ioc),
        (Some("FOK"), true) => Ok(TimeInForce::Fok),
        (Some(_), true) => Err(Refusal::bad(-1115, "Invalid timeInForce.")),
        (None, true) => Err(Refusal::missing("timeInForce")),
    }
}

fn trail(query: &Query) -> Result<Option<Trail>, Refusal> {
    let points = query.number("trailingDelta")?;
    Ok(points.map(|points| Trail::Percent(Decimal::new(points, TRAIL_PLACES))))
}

/// The name that the order has with whoever places it. Without one it is named by the request, so that this, sent twice,
/// places one order.
fn name(signed: &Signed, query: &Query) -> Result<String, Refusal> {
    let Some(name) = query.text("newClientOrderId") else {
        let hash = blake3::hash(signed.signature.as_bytes());
        return Ok(hash.to_hex()[..LONGEST_NAME].to_owned());
    };
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    if name.len() <= LONGEST_NAME && name.bytes().all(fine) {
        Ok(name.to_owned())
    } else {
        Err(Refusal::illegal("newClientOrderId", NAME_RANGE))
    }
}

/// What is kept and means nothing here.
fn metadata(query: &Query) -> Result<Metadata, Refusal> {
    let mut kept = Map::new();
    for name in KEPT {
        if let Some(number) = query.number(name)? {
            kept.insert(name.to_owned(), number.into());
        }
    }
    Ok(Value::Object(kept).into())
}
