//! Coinbase's messages, key by key as the venue writes them.

use domain::market::Tick;
use domain::{Decimal, Time};

use crate::binance::json::Book;
use crate::faults::mix;
use crate::market::Symbol;

/// A trade of a stream.
pub(crate) fn of_match(symbol: &Symbol, tick: &Tick, _event: Time) -> String {
    matched(symbol, tick, "match")
}

/// A trade of a stream, or the last one before it (`last_match`).
pub(crate) fn matched(symbol: &Symbol, tick: &Tick, kind: &str) -> String {
    let id = tick.trade_id;
    format!(
        r#"{{"type":"{kind}","trade_id":{id},"maker_order_id":"{}","taker_order_id":"{}","side":"{}","size":"{}","price":"{}","product_id":"{}","sequence":{id},"time":"{}"}}"#,
        order_id(id, 0),
        order_id(id, 1),
        side(tick),
        Plain(tick.quantity),
        Plain(tick.price),
        symbol.product,
        micros(tick.time),
    )
}

/// A trade with the best bid and ask that it leaves.
pub(crate) fn ticker(symbol: &Symbol, tick: &Tick, _event: Time) -> String {
    let (id, book) = (tick.trade_id, Book::after(symbol, tick));
    let side = if tick.buyer_is_maker.unwrap_or(false) { "sell" } else { "buy" };
    let (price, size) = (Plain(tick.price), Plain(tick.quantity));
    let (bid, ask, waiting) = (Plain(book.bid), Plain(book.ask), Plain(book.quantity));
    format!(
        r#"{{"type":"ticker","sequence":{id},"product_id":"{}","price":"{price}","best_bid":"{bid}","best_bid_size":"{waiting}","best_ask":"{ask}","best_ask_size":"{waiting}","side":"{side}","time":"{}","trade_id":{id},"last_size":"{size}"}}"#,
        symbol.product,
        micros(tick.time),
    )
}

/// The sign of life of a product.
pub(crate) fn heartbeat(symbol: &Symbol, last_trade_id: i64, now: Time) -> String {
    format!(
        r#"{{"type":"heartbeat","last_trade_id":{last_trade_id},"product_id":"{}","sequence":{last_trade_id},"time":"{}"}}"#,
        symbol.product,
        micros(now),
    )
}

/// Whose order waited: the maker's side.
pub(crate) fn side(tick: &Tick) -> &'static str {
    if tick.buyer_is_maker.unwrap_or(false) { "buy" } else { "sell" }
}

/// A time with six digits of the second.
pub(crate) fn micros(time: Time) -> String {
    format!("{:.6}", time.timestamp())
}

/// A number without zeros at its end.
pub(crate) struct Plain(pub(crate) Decimal);

impl std::fmt::Display for Plain {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.0.normalize())
    }
}

/// An id in the shape of Coinbase's, which nobody can look up.
fn order_id(trade_id: i64, side: u64) -> String {
    let (high, low) = (mix(trade_id.unsigned_abs() << 1 | side), mix(!trade_id.unsigned_abs()));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    )
}
