//! What a template made of an alert, as the terms of an order.

use std::collections::BTreeMap;

use domain::ledger::{Metadata, Mode, OrderKind, Side, Tags, Terms, TimeInForce, Trail};
use domain::trading::{AlertError, symbol_of};
use domain::{Decimal, parse_decimal};
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::trading::webhooks::Receiver;

type Fields<'a> = BTreeMap<&'a str, String>;

/// The order that the fields make, for the bot of an address.
pub(super) fn terms(
    receiver: &Receiver,
    fields: &Fields<'_>,
    client_order_id: String,
) -> Result<Terms, AlertError> {
    let text = |field: &str| fields.get(field).cloned();
    let symbol = text("symbol").unwrap_or_default();
    let symbol = symbol_of(&symbol, &receiver.venue).parse().map_err(|_| {
        AlertError::Odd("symbol", short(&symbol), "not a symbol such as BINANCE:BTCUSDT")
    })?;
    let kind: OrderKind =
        named(fields, "kind", "not a kind of orders")?.unwrap_or(OrderKind::Market);
    let percent = number(fields, "trail_percent")?;
    Ok(Terms {
        account: receiver.account_id,
        bot: Some(receiver.hook.bot_id),
        client_order_id,
        symbol,
        mode: Mode::Spot,
        side: side(fields)?,
        kind,
        time_in_force: named(fields, "time_in_force", "not gtc, ioc or fok")?
            .unwrap_or(TimeInForce::Gtc),
        quantity: number(fields, "quantity")?,
        quote_quantity: number(fields, "quote_quantity")?,
        limit_price: number(fields, "limit_price")?,
        stop_price: number(fields, "stop_price")?,
        trail: percent.map(Trail::Percent),
        reduce_only: named(fields, "reduce_only", "not true or false")?.unwrap_or(false),
        leverage: Decimal::ONE,
        tags: Tags {
            strategy: receiver.strategy.clone(),
            entry_logic: text("entry_logic"),
            exit_logic: text("exit_logic"),
            interval: text("interval"),
            exit_reason: text("exit_reason"),
        },
        exchange_metadata: Metadata::default(),
    })
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

fn side(fields: &Fields<'_>) -> Result<Side, AlertError> {
    let given = fields.get("side").map_or("", String::as_str);
    match given.to_ascii_lowercase().as_str() {
        "buy" | "long" => Ok(Side::Buy),
        "sell" | "short" => Ok(Side::Sell),
        _ => Err(AlertError::Odd("side", short(given), "not buy or sell")),
    }
}

fn number(fields: &Fields<'_>, field: &'static str) -> Result<Option<Decimal>, AlertError> {
    let Some(text) = fields.get(field) else { return Ok(None) };
    let number =
        parse_decimal(text).map_err(|_| AlertError::Odd(field, short(text), "not a number"));
    number.map(Some)
}

/// A field whose values have names, as the interface writes them.
fn named<T: DeserializeOwned>(
    fields: &Fields<'_>,
    field: &'static str,
    why: &'static str,
) -> Result<Option<T>, AlertError> {
    let Some(text) = fields.get(field) else { return Ok(None) };
    let lower = text.to_ascii_lowercase();
    let value = match lower.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        other => Value::from(other),
    };
    serde_json::from_value(value).map(Some).map_err(|_| AlertError::Odd(field, short(text), why))
}
