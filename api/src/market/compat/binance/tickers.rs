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
use super::{PLACES, book, eight, named};
use crate::state::ApiState;

/// Symbols whose figures are counted at a time.
const AT_ONCE: usize = 4;
const AVERAGE_MINUTES: i64 = 5;

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
        Symbols::One(code) => return Ok(vec![named(state, &code)?]),
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
    let one = matches!(wanted, Symbols::One(_));
    let prices = stream::iter(listed(&state, wanted).await?).map(|symbol| {
        let reader = state.0.reader.clone();
        async move {
            let latest = reader.price(&symbol).await?;
            // A symbol that never traded has no price, and at Binance no line.
            let told = |price| json!({ "symbol": symbol.code(), "price": eight(price) });
            Ok::<_, Refusal>(latest.price.map(told))
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
    let one = matches!(wanted, Symbols::One(_));
    let tickers = stream::iter(listed(&state, wanted).await?).map(|symbol| {
        let state = state.clone();
        async move { ticker(&state, &symbol, mini, one).await }
    });
    let tickers: Vec<Option<Value>> = tickers.buffered(AT_ONCE).try_collect().await?;
    answer(tickers.into_iter().flatten().collect(), one)
}

/// One symbol's 24 hours. Only for a symbol asked for by itself the venue is asked for the book.
async fn ticker(
    state: &ApiState,
    symbol: &SymbolName,
    mini: bool,
    one: bool,
) -> Result<Option<Value>, Refusal> {
    let Some(day) = state.0.reader.day(symbol).await? else { return Ok(None) };
    if mini {
        return Ok(Some(json!(Mini::new(symbol, &day))));
    }
    let best = match one {
        true => book::now(state, symbol).await,
        false => state.0.live.book(symbol),
    };
    let last = last_quantity(state, symbol).await?;
    Ok(Some(json!(Full::new(symbol, &day, best, last))))
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
    let symbol = named(&state, query.symbol()?)?;
    let latest = state.0.reader.price(&symbol).await?;
    let (Some(price), Some(time)) = (latest.price, latest.time) else {
        return Err(Refusal::invalid_symbol());
    };
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
