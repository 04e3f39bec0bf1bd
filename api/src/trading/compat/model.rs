//! Orders and fills as Binance writes them.

use domain::ledger::{OrderKind, TimeInForce, Trail};
use domain::{Amount, Decimal};
use serde_json::{Map, Value, json};
use store::ledger::numbered::NumberedOrder;
use store::ledger::orders::FillRow;

use crate::market::compat::binance::eight;

/// What of an order is kept and told again, and means nothing here.
pub(super) const KEPT: [&str; 2] = ["strategyId", "strategyType"];

/// Whether an order trades no more.
pub(super) fn is_over(status: &str) -> bool {
    matches!(status, "filled" | "cancelled" | "rejected" | "expired")
}

/// Whether the venue has not answered yet.
pub(super) fn is_on_its_way(status: &str) -> bool {
    matches!(status, "new" | "submitted")
}

/// A number that may be missing; at Binance it is 0 then.
fn or_zero(number: Option<Decimal>) -> String {
    eight(number.unwrap_or_default())
}

fn status(order: &NumberedOrder) -> &'static str {
    match order.row.status.as_str() {
        "partially_filled" => "PARTIALLY_FILLED",
        "filled" => "FILLED",
        "cancel_requested" => "PENDING_CANCEL",
        "cancelled" => "CANCELED",
        "rejected" => "REJECTED",
        "expired" => "EXPIRED",
        _ => "NEW",
    }
}

const fn kind(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Market => "MARKET",
        OrderKind::Limit => "LIMIT",
        OrderKind::Stop | OrderKind::TrailingStop => "STOP_LOSS",
        OrderKind::StopLimit => "STOP_LOSS_LIMIT",
    }
}

const fn time_in_force(time: TimeInForce) -> &'static str {
    match time {
        TimeInForce::Gtc => "GTC",
        TimeInForce::Ioc => "IOC",
        TimeInForce::Fok => "FOK",
    }
}

/// What follows the venue in the name of a symbol.
pub(super) fn code(symbol: &str) -> &str {
    symbol.split_once(':').map_or(symbol, |(_, code)| code)
}

/// What is told of an order wherever it is told of.
fn common(order: &NumberedOrder) -> Map<String, Value> {
    let NumberedOrder { number, row, terms } = order;
    let fields = json!({
        "symbol": code(&row.symbol),
        "orderId": number,
        "orderListId": -1,
        "clientOrderId": row.client_order_id,
        "price": or_zero(row.limit_price),
        // Of a buy by quote Binance tells what it came to.
        "origQty": row.quantity.map_or_else(|| eight(row.filled), eight),
        "executedQty": eight(row.filled),
        "origQuoteOrderQty": or_zero(row.quote_quantity),
        "cummulativeQuoteQty": eight(row.filled_quote),
        "status": status(order),
        "timeInForce": time_in_force(terms.time_in_force),
        "type": kind(terms.kind),
        "side": row.side.to_uppercase(),
        "selfTradePreventionMode": "NONE",
    });
    let mut fields = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    if terms.kind.has_stop() {
        fields.insert("stopPrice".to_owned(), or_zero(row.stop_price).into());
    }
    if let Some(Trail::Percent(percent)) = terms.trail {
        let points = (percent * Decimal::ONE_HUNDRED).normalize().to_string();
        fields.insert("trailingDelta".to_owned(), points.parse::<i64>().ok().into());
    }
    let kept: Map<String, Value> = serde_json::from_str(&row.exchange_metadata).unwrap_or_default();
    fields.extend(kept.into_iter().filter(|(name, _)| KEPT.contains(&name.as_str())));
    fields
}

/// As it is listed.
pub(super) fn listed(order: &NumberedOrder) -> Value {
    let row = &order.row;
    let mut fields = common(order);
    // Of one that waits for a price it isn't kept when that was hit; what has traded has seen it.
    let waits = order.terms.kind.waits() && row.filled == Amount::ZERO && !is_over(&row.status);
    let working = if waits { -1 } else { row.placed_at.millis() };
    for (name, value) in [
        ("icebergQty", eight(Decimal::ZERO).into()),
        ("time", row.placed_at.millis().into()),
        ("updateTime", row.updated_at.millis().into()),
        ("isWorking", (!waits).into()),
        ("workingTime", working.into()),
    ] {
        fields.insert(name.to_owned(), value);
    }
    // Binance has it in every order of a list.
    fields.entry("stopPrice").or_insert_with(|| eight(Decimal::ZERO).into());
    Value::Object(fields)
}

/// How much is told of an order that was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    Ack,
    Result,
    Full,
}

/// As it is answered when it is placed; `fills` are told with [`Telling::Full`].
pub(super) fn placed(order: &NumberedOrder, telling: Telling, fills: &[FillRow]) -> Value {
    let at = order.row.placed_at.millis();
    let mut fields = common(order);
    if telling == Telling::Ack {
        fields.retain(|name, _| {
            ["symbol", "orderId", "orderListId", "clientOrderId"].contains(&name.as_str())
        });
    } else {
        fields.insert("workingTime".to_owned(), at.into());
    }
    fields.insert("transactTime".to_owned(), order.row.updated_at.millis().into());
    if telling == Telling::Full {
        let fills = fills.iter().map(|fill| {
            let (commission, asset) = commission(fill);
            json!({
                "price": eight(fill.price), "qty": eight(fill.quantity),
                "commission": commission, "commissionAsset": asset, "tradeId": fill.position,
            })
        });
        fields.insert("fills".to_owned(), fills.collect());
    }
    Value::Object(fields)
}

/// As it is answered when it is cancelled.
pub(super) fn cancelled(order: &NumberedOrder, name: &str) -> Value {
    let mut fields = common(order);
    fields.insert("origClientOrderId".to_owned(), order.row.client_order_id.clone().into());
    fields.insert("clientOrderId".to_owned(), name.into());
    fields.insert("transactTime".to_owned(), order.row.updated_at.millis().into());
    Value::Object(fields)
}

/// What a fill cost, and in which asset. Binance knows of one asset per fill.
pub(super) fn commission(fill: &FillRow) -> (String, String) {
    let text = |name: &str| fill.fees[0][name].as_str().map(str::to_owned);
    let amount = text("amount").and_then(|amount| amount.parse::<Amount>().ok());
    (eight(amount.unwrap_or_default()), text("asset").unwrap_or_default())
}
