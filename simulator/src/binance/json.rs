//! Binance's messages, key by key as the venue writes them.

use std::fmt::{Display, Write};

use domain::market::{Candle, Interval, Tick};
use domain::{Amount, Decimal, Time};

use crate::market::Symbol;

/// Digits after the point that Binance writes at least.
const PLACES: usize = 8;

/// A number as Binance writes it: eight digits after the point, or more where it has more.
pub(crate) struct Fixed<T>(pub(crate) T);

impl Display for Fixed<Decimal> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:.*}", PLACES.max(self.0.scale() as usize), self.0)
    }
}

impl Display for Fixed<Amount> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scale = self.0.scale() as usize;
        write!(out, "{}", self.0)?;
        if scale == 0 {
            out.write_char('.')?;
        }
        (scale..PLACES).try_for_each(|_| out.write_char('0'))
    }
}

/// A sum that may be unknown; Binance always knows it, so the unknown is told as nothing.
pub(crate) fn known(amount: Option<Amount>) -> Fixed<Amount> {
    Fixed(amount.unwrap_or(Amount::ZERO))
}

/// A trade of a stream. `event` is the time that the venue's clock shows.
pub(crate) fn trade(symbol: &Symbol, tick: &Tick, event: Time) -> String {
    let Tick { trade_id, price, quantity, .. } = tick;
    format!(
        r#"{{"e":"trade","E":{},"s":"{}","t":{trade_id},"p":"{}","q":"{}","T":{},"m":{},"M":true}}"#,
        event.millis(),
        symbol.code,
        Fixed(*price),
        Fixed(*quantity),
        tick.time.millis(),
        is_maker(tick),
    )
}

/// An aggregate trade of a stream.
pub(crate) fn agg_trade(symbol: &Symbol, (tick, first): &(Tick, i64), event: Time) -> String {
    let Tick { trade_id, price, quantity, .. } = tick;
    format!(
        r#"{{"e":"aggTrade","E":{},"s":"{}","a":{trade_id},"p":"{}","q":"{}","f":{first},"l":{},"T":{},"m":{},"M":true}}"#,
        event.millis(),
        symbol.code,
        Fixed(*price),
        Fixed(*quantity),
        last_of(tick, *first),
        tick.time.millis(),
        is_maker(tick),
    )
}

/// A candle of a stream, with the ids of its first and last trade.
pub(crate) fn kline(
    symbol: &Symbol,
    interval: Interval,
    candle: &Candle,
    (first, last): (i64, i64),
    closed: bool,
    event: Time,
) -> String {
    let code = &symbol.code;
    format!(
        r#"{{"e":"kline","E":{},"s":"{code}","k":{{"t":{},"T":{},"s":"{code}","i":"{interval}","f":{first},"L":{last},"o":"{}","c":"{}","h":"{}","l":"{}","v":"{}","n":{},"x":{closed},"q":"{}","V":"{}","Q":"{}","B":"0"}}}}"#,
        event.millis(),
        candle.open_time.millis(),
        close_millis(interval, candle),
        Fixed(candle.open),
        Fixed(candle.close),
        Fixed(candle.high),
        Fixed(candle.low),
        Fixed(candle.volume),
        candle.trade_count.unwrap_or(0),
        known(candle.quote_volume),
        known(candle.taker_buy_volume),
        known(candle.taker_buy_quote_volume),
    )
}

/// Best bid and ask of a stream.
pub(crate) fn book_ticker(symbol: &Symbol, book: &Book) -> String {
    format!(
        r#"{{"u":{},"s":"{}","b":"{}","B":"{}","a":"{}","A":"{}"}}"#,
        book.update_id,
        symbol.code,
        Fixed(book.bid),
        Fixed(book.quantity),
        Fixed(book.ask),
        Fixed(book.quantity),
    )
}

/// The last 24 hours in a stream.
pub(crate) fn mini_ticker(symbol: &Symbol, day: &Candle, event: Time) -> String {
    format!(
        r#"{{"e":"24hrMiniTicker","E":{},"s":"{}","c":"{}","o":"{}","h":"{}","l":"{}","v":"{}","q":"{}"}}"#,
        event.millis(),
        symbol.code,
        Fixed(day.close),
        Fixed(day.open),
        Fixed(day.high),
        Fixed(day.low),
        Fixed(day.volume),
        known(day.quote_volume),
    )
}

/// A trade of a REST answer.
pub(crate) fn rest_trade(out: &mut String, tick: &Tick) {
    let Tick { trade_id, price, quantity, .. } = tick;
    let quote = Fixed(Amount::product(*price, *quantity));
    let _ = write!(
        out,
        r#"{{"id":{trade_id},"price":"{}","qty":"{}","quoteQty":"{quote}","time":{},"isBuyerMaker":{},"isBestMatch":true}}"#,
        Fixed(*price),
        Fixed(*quantity),
        tick.time.millis(),
        is_maker(tick),
    );
}

/// An aggregate trade of a REST answer.
pub(crate) fn rest_agg_trade(out: &mut String, (tick, first): &(Tick, i64)) {
    let Tick { trade_id, price, quantity, .. } = tick;
    let _ = write!(
        out,
        r#"{{"a":{trade_id},"p":"{}","q":"{}","f":{first},"l":{},"T":{},"m":{},"M":true}}"#,
        Fixed(*price),
        Fixed(*quantity),
        last_of(tick, *first),
        tick.time.millis(),
        is_maker(tick),
    );
}

/// A candle of a REST answer.
pub(crate) fn rest_kline(out: &mut String, interval: Interval, candle: &Candle) {
    let _ = write!(
        out,
        r#"[{},"{}","{}","{}","{}","{}",{},"{}",{},"{}","{}","0"]"#,
        candle.open_time.millis(),
        Fixed(candle.open),
        Fixed(candle.high),
        Fixed(candle.low),
        Fixed(candle.close),
        Fixed(candle.volume),
        close_millis(interval, candle),
        known(candle.quote_volume),
        candle.trade_count.unwrap_or(0),
        known(candle.taker_buy_volume),
        known(candle.taker_buy_quote_volume),
    );
}

/// Several as an array.
pub(crate) fn array<T>(
    items: impl IntoIterator<Item = T>,
    put: impl Fn(&mut String, &T),
) -> String {
    let mut out = String::from("[");
    for item in items {
        if out.len() > 1 {
            out.push(',');
        }
        put(&mut out, &item);
    }
    out.push(']');
    out
}

/// The best bid and ask that a trade leaves behind: it took one of them, the other is a step away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Book {
    pub(crate) update_id: i64,
    pub(crate) bid: Decimal,
    pub(crate) ask: Decimal,
    pub(crate) quantity: Decimal,
}

impl Book {
    /// After this trade.
    pub(crate) fn after(symbol: &Symbol, tick: &Tick) -> Self {
        let step = symbol.tick_size();
        let (bid, ask) = if is_maker(tick) || tick.price <= step {
            (tick.price, tick.price + step)
        } else {
            (tick.price - step, tick.price)
        };
        Self { update_id: tick.trade_id, bid, ask, quantity: tick.quantity }
    }
}

fn is_maker(tick: &Tick) -> bool {
    tick.buyer_is_maker.unwrap_or(false)
}

fn last_of(tick: &Tick, first: i64) -> i64 {
    first + i64::from(tick.trade_count) - 1
}

fn close_millis(interval: Interval, candle: &Candle) -> i64 {
    interval.close_time(candle.open_time).millis() - 1
}
