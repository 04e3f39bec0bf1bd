//! Coinbase's REST requests about the market: pages of trades newest first, candles newest first
//! and none for a minute without a trade.
//! <https://docs.cdp.coinbase.com/exchange/reference/exchangerestapi_getproducttrades>

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::market::{Interval, TickKind};
use domain::{Amount, Decimal, Time};
use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{Plain, micros, side};
use crate::binance::json::{Book, array};
use crate::candles::Wanted;
use crate::market::Symbol;
use crate::world::World;

/// Longest page of trades, and most candles of a request.
const PAGE: u64 = 1_000;
const CANDLES: usize = 300;

/// A refusal: status and message.
pub(crate) struct Refusal(StatusCode, String);

type Answer = Result<Response, Refusal>;
type Shared = State<Arc<World>>;

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/time", get(time))
        .route("/products", get(products))
        .route("/products/{id}", get(product))
        .route("/products/{id}/trades", get(trades))
        .route("/products/{id}/candles", get(candles))
        .route("/products/{id}/book", get(book))
        .route("/products/{id}/ticker", get(ticker))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "message": self.1 }))).into_response()
    }
}

/// Coinbase's answer to who asks too much.
pub(crate) fn too_many() -> Response {
    let text = "Public rate limit exceeded".to_owned();
    Refusal(StatusCode::TOO_MANY_REQUESTS, text).into_response()
}

fn listed<'a>(world: &'a World, id: &str) -> Result<&'a Symbol, Refusal> {
    world.market.by_product(id).map(|(_, symbol)| symbol).ok_or_else(unknown)
}

fn unknown() -> Refusal {
    Refusal(StatusCode::NOT_FOUND, "NotFound".to_owned())
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, message.into())
}

async fn time(State(world): Shared) -> Json<Value> {
    let told = world.told(world.clock.now(), &world.faults());
    let epoch = Plain(Decimal::new(told.micros(), 6)).to_string();
    let epoch = serde_json::from_str::<Value>(&epoch).unwrap_or_default();
    Json(json!({ "iso": micros(told), "epoch": epoch }))
}

async fn products(State(world): Shared) -> Json<Value> {
    Json(world.market.symbols.iter().map(entry).collect())
}

async fn product(State(world): Shared, Path(id): Path<String>) -> Answer {
    Ok(Json(entry(listed(&world, &id)?)).into_response())
}

fn entry(symbol: &Symbol) -> Value {
    let step = |scale| Plain(Decimal::new(1, scale)).to_string();
    json!({
        "id": symbol.product,
        "base_currency": symbol.base,
        "quote_currency": symbol.quote,
        "quote_increment": step(symbol.price_scale),
        "base_increment": step(symbol.quantity_scale.min(18)),
        "display_name": symbol.product,
        "min_market_funds": "1",
        "margin_enabled": false,
        "post_only": false,
        "limit_only": false,
        "cancel_only": false,
        "status": "online",
        "status_message": "",
        "trading_disabled": false,
        "fx_stablecoin": false,
        "auction_mode": false,
    })
}

#[derive(Deserialize)]
struct Cursor {
    /// Newer than this trade.
    before: Option<i64>,
    /// Older than this trade.
    after: Option<i64>,
    limit: Option<u64>,
}

async fn trades(
    State(world): Shared,
    Path(id): Path<String>,
    Query(cursor): Query<Cursor>,
) -> Answer {
    let symbol = listed(&world, &id)?;
    let limit = cursor.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let mut ticks = Vec::new();
    if let Some(tape) = symbol.tape(TickKind::Trade) {
        let played = tape.played(world.clock.now());
        let end = cursor.after.map_or(played, |after| tape.first_with_id(after).min(played));
        let start = cursor.before.map_or(0, |before| tape.first_with_id(before.saturating_add(1)));
        ticks = tape.ticks(start.max(end.saturating_sub(limit)).min(end)..end).collect();
    }
    ticks.reverse();
    let ends = ticks.first().zip(ticks.last()).map(|(a, b)| (a.trade_id, b.trade_id));
    let body = array(&ticks, |out, tick| {
        let row = json!({
            "trade_id": tick.trade_id,
            "side": side(tick),
            "size": Plain(tick.quantity).to_string(),
            "price": Plain(tick.price).to_string(),
            "time": micros(tick.time),
        });
        out.push_str(&row.to_string());
    });
    let json = [("content-type", "application/json; charset=utf-8")];
    Ok(match ends {
        Some((newest, oldest)) => {
            let cursors = [("cb-before", newest.to_string()), ("cb-after", oldest.to_string())];
            (json, cursors, body).into_response()
        }
        None => (json, body).into_response(),
    })
}

#[derive(Deserialize)]
struct Span {
    granularity: Option<i64>,
    start: Option<String>,
    end: Option<String>,
}

async fn candles(State(world): Shared, Path(id): Path<String>, Query(span): Query<Span>) -> Answer {
    let symbol = listed(&world, &id)?;
    let seconds = span.granularity.unwrap_or(60);
    let offered = [Interval::M1, Interval::M5, Interval::M15, Interval::H1, Interval::D1];
    let interval = offered.into_iter().find(|i| i.micros() == seconds * 1_000_000);
    let interval = interval.ok_or_else(|| bad("Unsupported granularity"))?;
    let time = |name: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| read_time(text).ok_or_else(|| bad(format!("Invalid {name}"))))
            .transpose()
    };
    let now = world.clock.now();
    let end = time("end", &span.end)?.unwrap_or(now);
    let page = (CANDLES as i64 - 1) * interval.micros();
    let start = time("start", &span.start)?.unwrap_or(end.plus_micros(-page));
    if end.micros() - start.micros() > page + interval.micros() {
        return Err(bad(
            "granularity too small for the requested time range. Count of aggregations requested exceeds 300",
        ));
    }
    let (from, to) = (start, end.plus_micros(1));
    let wanted = Wanted { interval, from, to, limit: CANDLES + 1, latest: true };
    let mut rows = symbol.candles(wanted, now);
    rows.retain(|candle| candle.volume != Amount::ZERO);
    rows.reverse();
    let body = array(&rows, |out, c| {
        let [low, high, open, close] = [c.low, c.high, c.open, c.close].map(Plain);
        let seconds = c.open_time.millis().div_euclid(1_000);
        out.push_str(&format!("[{seconds},{low},{high},{open},{close},{}]", c.volume));
    });
    Ok(([("content-type", "application/json; charset=utf-8")], body).into_response())
}

/// RFC 3339, or seconds since the epoch.
fn read_time(text: &str) -> Option<Time> {
    match text.parse::<i64>() {
        Ok(seconds) => Time::from_millis(seconds.checked_mul(1_000)?).ok(),
        Err(_) => text.parse().ok(),
    }
}

async fn book(State(world): Shared, Path(id): Path<String>) -> Answer {
    let symbol = listed(&world, &id)?;
    let now = world.clock.now();
    let book = symbol.last(now).map(|tick| Book::after(symbol, &tick));
    let side = |price: fn(&Book) -> Decimal| -> Vec<Value> {
        let level =
            |b: &Book| json!([Plain(price(b)).to_string(), Plain(b.quantity).to_string(), 1]);
        book.iter().map(level).collect()
    };
    Ok(Json(json!({
        "bids": side(|book| book.bid),
        "asks": side(|book| book.ask),
        "sequence": book.map_or(0, |book| book.update_id),
        "auction_mode": false,
        "auction": null,
        "time": micros(world.told(now, &world.faults())),
    }))
    .into_response())
}

async fn ticker(State(world): Shared, Path(id): Path<String>) -> Answer {
    let symbol = listed(&world, &id)?;
    let now = world.clock.now();
    let last = symbol.last(now).ok_or_else(unknown)?;
    let book = Book::after(symbol, &last);
    let volume = symbol.day(now).map_or(Amount::ZERO, |day| day.candle.volume);
    Ok(Json(json!({
        "trade_id": last.trade_id,
        "price": Plain(last.price).to_string(),
        "size": Plain(last.quantity).to_string(),
        "time": micros(last.time),
        "bid": Plain(book.bid).to_string(),
        "ask": Plain(book.ask).to_string(),
        "volume": volume.to_string(),
    }))
    .into_response())
}
