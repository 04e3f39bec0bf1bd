//! `ticker/price`, `ticker/24hr` and `avgPrice`.

use std::collections::BTreeSet;

use app::market::read::{Day, FrameRequest, TradesWanted};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::market::{BookTicker, Interval, SymbolName};
use domain::{Amount, Decimal, Time, quotient};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::Refusal;
use super::params::{Query, Symbols};
use super::{PLACES, book, eight, klines, known, named};
use crate::state::ApiState;

/// Symbols whose figures are counted at a time.
const AT_ONCE: usize = 4;
const AVERAGE_MINUTES: i64 = 5;
/// One more, whose close is the price before the day.
const MINUTES_OF_DAY: u32 = 1_441;
/// A price that was heard longer ago is asked for anew.
const STALE_MICROS: i64 = 10_000_000;

/// The short form of 24 hours.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mini {
    symbol: String,
    open_price: String,
    high_price: String,
    low_price: String,
    last_price: String,
    volume: String,
    quote_volume: String,
    open_time: i64,
    close_time: i64,
    /// -1: ids of trades are not kept with candles.
    first_id: i64,
    last_id: i64,
    count: i64,
}

/// The long form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Full {
    #[serde(flatten)]
    mini: Mini,
    price_change: String,
    price_change_percent: String,
    weighted_avg_price: String,
    prev_close_price: String,
    last_qty: String,
    bid_price: String,
    bid_qty: String,
    ask_price: String,
    ask_qty: String,
}

impl Mini {
    pub(super) fn new(symbol: &SymbolName, day: &Day) -> Self {
        Self {
            symbol: symbol.code().to_owned(),
            open_price: eight(day.open),
            high_price: eight(day.high),
            low_price: eight(day.low),
            last_price: eight(day.last),
            volume: eight(day.volume),
            quote_volume: eight(day.quote_volume.unwrap_or_default()),
            open_time: day.open_time.millis(),
            close_time: day.close_time.millis() - 1,
            first_id: -1,
            last_id: -1,
            count: day.trade_count.unwrap_or_default(),
        }
    }
}

/// `last - first`, in eight places, and in percent of the first, in three.
pub(super) fn change(day: &Day) -> [String; 2] {
    let change = Amount::from(day.last).checked_sub(day.open.into()).unwrap_or_default();
    let hundredth = Amount::product(day.open, Decimal::new(1, 2));
    let percent = quotient(change, hundredth, 3).unwrap_or_default();
    [eight(change), domain::fixed(percent, 3)]
}

/// Quote volume by volume: the price that was paid on average.
pub(super) fn average(day: &Day) -> String {
    let average = day.quote_volume.and_then(|sum| quotient(sum, day.volume, PLACES as u32));
    eight(average.unwrap_or_default())
}

impl Full {
    fn new(
        symbol: &SymbolName,
        day: &Day,
        best: Option<BookTicker>,
        last: Option<Decimal>,
    ) -> Self {
        let [price_change, price_change_percent] = change(day);
        let [bid_price, bid_qty, ask_price, ask_qty] = book::figures(best);
        Self {
            mini: Mini::new(symbol, day),
            price_change,
            price_change_percent,
            weighted_avg_price: average(day),
            prev_close_price: eight(day.previous),
            last_qty: eight(last.unwrap_or_default()),
            bid_price,
            bid_qty,
            ask_price,
            ask_qty,
        }
    }
}

/// The symbols that are named, or all that are stored of the venue.
pub(super) async fn listed(state: &ApiState, wanted: Symbols) -> Result<Vec<SymbolName>, Refusal> {
    let codes = match wanted {
        Symbols::One(code) => return Ok(vec![known(state, &code).await?]),
        Symbols::Several(codes) => Some(codes),
        Symbols::All => None,
    };
    let stored = state.0.reader.symbols_of(&state.0.settings.binance_venue).await?;
    let stored: BTreeSet<SymbolName> = stored.into_iter().map(|symbol| symbol.name).collect();
    let Some(codes) = codes else { return Ok(stored.into_iter().collect()) };
    let known = |code: String| {
        let name = named(state, &code)?;
        stored.contains(&name).then_some(name).ok_or_else(Refusal::invalid_symbol)
    };
    codes.into_iter().map(known).collect()
}

/// Last prices.
pub(super) async fn price(State(state): State<ApiState>, uri: Uri) -> Result<Json<Value>, Refusal> {
    let query = Query::read(&uri, &["symbol", "symbols", "symbolStatus"])?;
    let wanted = query.symbols()?;
    let (one, few) = (matches!(wanted, Symbols::One(_)), wanted.few());
    let prices = stream::iter(listed(&state, wanted).await?).map(|symbol| {
        let state = state.clone();
        async move {
            let latest = latest(&state, &symbol, few).await?;
            // A symbol that never traded has no price, and at Binance no line.
            let told = |(price, _)| json!({ "symbol": symbol.code(), "price": eight(price) });
            Ok::<_, Refusal>(latest.map(told))
        }
    });
    let prices: Vec<Option<Value>> = prices.buffered(AT_ONCE).try_collect().await?;
    answer(prices.into_iter().flatten().collect(), one)
}

/// The last 24 hours.
pub(super) async fn day(State(state): State<ApiState>, uri: Uri) -> Result<Json<Value>, Refusal> {
    let query = Query::read(&uri, &["symbol", "symbols", "type", "symbolStatus"])?;
    let mini = match query.text("type") {
        None | Some("FULL") => false,
        Some("MINI") => true,
        Some(_) => return Err(Refusal::invalid_ticker_type()),
    };
    let wanted = query.symbols()?;
    let (one, few) = (matches!(wanted, Symbols::One(_)), wanted.few());
    let tickers = stream::iter(listed(&state, wanted).await?).map(|symbol| {
        let state = state.clone();
        async move { ticker(&state, &symbol, mini, few).await }
    });
    let tickers: Vec<Option<Value>> = tickers.buffered(AT_ONCE).try_collect().await?;
    answer(tickers.into_iter().flatten().collect(), one)
}

/// One symbol's 24 hours. Only for a few symbols the venue is asked for what is not stored.
async fn ticker(
    state: &ApiState,
    symbol: &SymbolName,
    mini: bool,
    few: bool,
) -> Result<Option<Value>, Refusal> {
    if few {
        fetch_minutes(state, symbol, MINUTES_OF_DAY).await;
    }
    let Some(day) = state.0.reader.day(symbol).await? else { return Ok(None) };
    if mini {
        return Ok(Some(json!(Mini::new(symbol, &day))));
    }
    let best = match few {
        true => book::now(state, symbol).await,
        false => state.0.live.book(symbol),
    };
    let last = last_quantity(state, symbol).await?;
    Ok(Some(json!(Full::new(symbol, &day, best, last))))
}

/// Has the venue asked for the newest minutes that are not stored. Without them there is what is
/// stored, and `closeTime` says how old that is.
async fn fetch_minutes(state: &ApiState, symbol: &SymbolName, count: u32) {
    let now = state.0.clock.now();
    let request = FrameRequest {
        symbol: symbol.clone(),
        frame: Interval::M1.into(),
        from: None,
        to: now,
        limit: count,
    };
    if let Err(error) = klines::fetch(state, &request).await {
        tracing::warn!(%symbol, %error, "figures of the last hours may be old");
    }
}

/// The last price and its time: what was heard or stored last, or, where `few` are asked for and
/// that is old, what the venue's forming candle says.
async fn latest(
    state: &ApiState,
    symbol: &SymbolName,
    few: bool,
) -> Result<Option<(Decimal, Time)>, Refusal> {
    let latest = state.0.reader.price(symbol).await?;
    let (now, held) = (state.0.clock.now(), latest.price.zip(latest.time));
    if !few || held.is_some_and(|(_, time)| time.plus_micros(STALE_MICROS) > now) {
        return Ok(held);
    }
    match state.0.fetcher.forming(symbol, Interval::M1).await {
        Ok(Some(candle)) => Ok(Some((candle.close, now))),
        Err(error) if held.is_none() => Err(error.into()),
        Ok(None) | Err(_) => Ok(held),
    }
}

async fn last_quantity(state: &ApiState, symbol: &SymbolName) -> Result<Option<Decimal>, Refusal> {
    let reader = &state.0.reader;
    let Some(kind) = reader.newest_kind(symbol).await? else { return Ok(None) };
    let last = reader.trades(symbol, kind, TradesWanted::Newest, 1).await?.pop();
    Ok(last.map(|tick| tick.quantity))
}

fn answer(mut rows: Vec<Value>, one: bool) -> Result<Json<Value>, Refusal> {
    if one {
        return rows.pop().map(Json).ok_or_else(Refusal::invalid_symbol);
    }
    Ok(Json(Value::Array(rows)))
}

/// The average price of the last five minutes in which it was traded: their quote volume by their
/// volume, else the last price.
pub(super) async fn avg_price(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let query = Query::read(&uri, &["symbol"])?;
    let symbol = known(&state, query.symbol()?).await?;
    fetch_minutes(&state, &symbol, AVERAGE_MINUTES as u32).await;
    let latest = latest(&state, &symbol, true).await?;
    let (price, time) = latest.ok_or_else(Refusal::invalid_symbol)?;
    let from = time.plus_micros(-AVERAGE_MINUTES * Interval::M1.micros());
    let request = FrameRequest {
        symbol,
        frame: Interval::M1.into(),
        from: Some(from),
        to: Time::MAX,
        limit: AVERAGE_MINUTES as u32 + 1,
    };
    let minutes = state.0.reader.frames(&request).await?;
    let sums = minutes.iter().try_fold((Amount::ZERO, Amount::ZERO), |(quote, base), minute| {
        Some((quote.checked_add(minute.quote_volume?)?, base.checked_add(minute.volume)?))
    });
    let average = sums.and_then(|(quote, base)| quotient(quote, base, PLACES as u32));
    let average = average.map_or_else(|| eight(price), eight);
    Ok(Json(json!({ "mins": AVERAGE_MINUTES, "price": average, "closeTime": time.millis() })))
}
