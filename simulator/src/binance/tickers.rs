//! Binance's requests about the present: prices, the last 24 hours, best bid and ask.

use domain::market::{Candle, Interval};
use domain::{Amount, Decimal};
use serde_json::{Value, json};

use super::json::{Book, Fixed, known};
use super::rest::{Answer, Asked};
use crate::candles::Wanted;
use crate::market::Symbol;

/// The minutes that an average price covers.
const AVERAGED: usize = 5;

/// The last price of a symbol, of several or of all.
pub(super) fn price(asked: &Asked<'_>) -> Answer {
    each(asked, |symbol| {
        let price = symbol.price(asked.now)?;
        Some(json!({ "symbol": symbol.code, "price": Fixed(price).to_string() }))
    })
}

/// The best bid and ask of a symbol, of several or of all.
pub(super) fn book(asked: &Asked<'_>) -> Answer {
    each(asked, |symbol| {
        let book = Book::after(symbol, &symbol.last(asked.now)?);
        let quantity = Fixed(book.quantity).to_string();
        Some(json!({
            "symbol": symbol.code,
            "bidPrice": Fixed(book.bid).to_string(),
            "bidQty": quantity,
            "askPrice": Fixed(book.ask).to_string(),
            "askQty": quantity,
        }))
    })
}

/// The order book, which has one price on each side.
pub(super) fn depth(asked: &Asked<'_>) -> Answer {
    let symbol = asked.params.symbol(&asked.world.market)?;
    asked.params.limit(100, 5_000)?;
    let book = symbol.last(asked.now).map(|tick| Book::after(symbol, &tick));
    let side = |price: fn(&Book) -> Decimal| {
        let level =
            |book: &Book| [Fixed(price(book)).to_string(), Fixed(book.quantity).to_string()];
        book.iter().map(level).collect::<Vec<_>>()
    };
    let body = json!({
        "lastUpdateId": book.map_or(0, |book| book.update_id),
        "bids": side(|book| book.bid),
        "asks": side(|book| book.ask),
    });
    Ok(body.to_string())
}

/// The mean price of the last minutes, weighted by quantity.
pub(super) fn average(asked: &Asked<'_>) -> Answer {
    let symbol = asked.params.symbol(&asked.world.market)?;
    let from = asked.now.plus_micros(-(AVERAGED as i64) * Interval::M1.micros());
    let to = asked.now.plus_micros(1);
    let wanted = Wanted { interval: Interval::M1, from, to, limit: AVERAGED + 1, latest: true };
    let minutes = symbol.candles(wanted, asked.now);
    let (mut volume, mut quote) = (Amount::ZERO, Amount::ZERO);
    for minute in &minutes {
        volume += minute.volume;
        quote += minute.quote_volume.unwrap_or_default();
    }
    let price = ratio(quote, volume).or_else(|| symbol.price(asked.now)).unwrap_or_default();
    let (close, price) = (asked.now.millis(), Fixed(price).to_string());
    Ok(json!({ "mins": AVERAGED, "price": price, "closeTime": close }).to_string())
}

/// The last 24 hours of a symbol, of several or of all.
pub(super) fn day(asked: &Asked<'_>) -> Answer {
    let mini = asked.params.get("type") == Some("MINI");
    each(asked, |symbol| {
        let day = symbol.day(asked.now)?;
        let mut body = figures(symbol, &day.candle, asked);
        body["firstId"] = day.ids.0.into();
        body["lastId"] = day.ids.1.into();
        if !mini {
            changes(&mut body, symbol, &day.candle, asked);
        }
        Some(body)
    })
}

fn figures(symbol: &Symbol, day: &Candle, asked: &Asked<'_>) -> Value {
    json!({
        "symbol": symbol.code,
        "openPrice": Fixed(day.open).to_string(),
        "highPrice": Fixed(day.high).to_string(),
        "lowPrice": Fixed(day.low).to_string(),
        "lastPrice": Fixed(day.close).to_string(),
        "volume": Fixed(day.volume).to_string(),
        "quoteVolume": known(day.quote_volume).to_string(),
        "openTime": day.open_time.millis(),
        "closeTime": asked.now.millis(),
        "count": day.trade_count,
    })
}

fn changes(body: &mut Value, symbol: &Symbol, day: &Candle, asked: &Asked<'_>) {
    let change = day.close - day.open;
    let percent = change.checked_mul(Decimal::ONE_HUNDRED).and_then(|c| c.checked_div(day.open));
    let average = day.quote_volume.and_then(|quote| ratio(quote, day.volume));
    body["priceChange"] = Fixed(change).to_string().into();
    body["priceChangePercent"] = format!("{:.3}", percent.unwrap_or_default().round_dp(3)).into();
    body["weightedAvgPrice"] = Fixed(average.unwrap_or(day.close)).to_string().into();
    body["prevClosePrice"] = Fixed(day.open).to_string().into();
    let Some(last) = symbol.last(asked.now) else { return };
    let book = Book::after(symbol, &last);
    let quantity = Fixed(book.quantity).to_string();
    body["lastQty"] = Fixed(last.quantity).to_string().into();
    body["bidPrice"] = Fixed(book.bid).to_string().into();
    body["bidQty"] = quantity.clone().into();
    body["askPrice"] = Fixed(book.ask).to_string().into();
    body["askQty"] = quantity.into();
}

/// A quotient of eight digits after the point; `None` where it is none.
fn ratio(above: Amount, below: Amount) -> Option<Decimal> {
    let decimal = |amount: Amount| amount.to_string().parse::<Decimal>().ok();
    let (above, below) = (decimal(above)?, decimal(below)?);
    above.checked_div(below).filter(|ratio| !ratio.is_zero()).map(|ratio| ratio.round_dp(8))
}

/// One object for one symbol, else an array. Symbols that were never traded are left out.
fn each(asked: &Asked<'_>, tell: impl Fn(&Symbol) -> Option<Value>) -> Answer {
    let (symbols, one) = asked.params.symbols(&asked.world.market)?;
    let mut told: Vec<Value> = symbols.into_iter().filter_map(tell).collect();
    let body = if one { told.pop().unwrap_or_else(|| json!({})) } else { Value::Array(told) };
    Ok(body.to_string())
}
