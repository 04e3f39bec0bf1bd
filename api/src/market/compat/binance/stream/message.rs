//! The payloads of streams, field by field as Binance writes them.

use app::market::read::{Aggregate, Day};
use domain::Time;
use domain::market::{BookTicker, Candle, Frame, SymbolName, Tick};
use serde_json::{Value, json};

use super::super::trades::AggTrade;
use super::super::{book, eight, tickers};

/// A candle. The ids of its trades are not kept with it: -1.
pub(super) fn kline(
    symbol: &SymbolName,
    frame: Frame,
    candle: &Candle,
    closed: bool,
    now: Time,
) -> Value {
    let code = symbol.code();
    json!({
        "e": "kline", "E": now.millis(), "s": code,
        "k": {
            "t": candle.open_time.millis(),
            "T": frame.close_time(candle.open_time).millis() - 1,
            "s": code, "i": frame.as_str(), "f": -1, "L": -1,
            "o": eight(candle.open), "c": eight(candle.close),
            "h": eight(candle.high), "l": eight(candle.low),
            "v": eight(candle.volume), "n": candle.trade_count.unwrap_or_default(), "x": closed,
            "q": eight(candle.quote_volume.unwrap_or_default()),
            "V": eight(candle.taker_buy_volume.unwrap_or_default()),
            "Q": eight(candle.taker_buy_quote_volume.unwrap_or_default()),
            "B": "0",
        },
    })
}

/// A single trade.
pub(super) fn trade(symbol: &SymbolName, tick: &Tick, now: Time) -> Value {
    json!({
        "e": "trade", "E": now.millis(), "s": symbol.code(), "t": tick.trade_id,
        "p": eight(tick.price), "q": eight(tick.quantity), "T": tick.time.millis(),
        "m": tick.buyer_is_maker.unwrap_or_default(), "M": true,
    })
}

/// An aggregate trade: as REST tells it, with the kind, the time and the symbol before it.
pub(super) fn agg_trade(symbol: &SymbolName, aggregate: &Aggregate, now: Time) -> Value {
    let mut message = json!(AggTrade::new(aggregate));
    message["e"] = json!("aggTrade");
    message["E"] = json!(now.millis());
    message["s"] = json!(symbol.code());
    message
}

/// Best bid and ask.
pub(super) fn book_ticker(symbol: &SymbolName, best: &BookTicker) -> Value {
    let [bid, bid_quantity, ask, ask_quantity] = book::figures(Some(*best));
    json!({
        "u": best.update_id.unwrap_or_default(), "s": symbol.code(),
        "b": bid, "B": bid_quantity, "a": ask, "A": ask_quantity,
    })
}

/// The short form of 24 hours.
pub(super) fn mini_ticker(symbol: &SymbolName, day: &Day, now: Time) -> Value {
    json!({
        "e": "24hrMiniTicker", "E": now.millis(), "s": symbol.code(),
        "c": eight(day.last), "o": eight(day.open), "h": eight(day.high), "l": eight(day.low),
        "v": eight(day.volume), "q": eight(day.quote_volume.unwrap_or_default()),
    })
}

/// The long form. The last quantity and the ids of trades are not kept with candles.
pub(super) fn ticker(symbol: &SymbolName, day: &Day, best: Option<BookTicker>, now: Time) -> Value {
    let [change, percent] = tickers::change(day);
    let [bid, bid_quantity, ask, ask_quantity] = book::figures(best);
    json!({
        "e": "24hrTicker", "E": now.millis(), "s": symbol.code(),
        "p": change, "P": percent, "w": tickers::average(day), "x": eight(day.previous),
        "c": eight(day.last), "Q": eight(domain::Decimal::ZERO),
        "b": bid, "B": bid_quantity, "a": ask, "A": ask_quantity,
        "o": eight(day.open), "h": eight(day.high), "l": eight(day.low),
        "v": eight(day.volume), "q": eight(day.quote_volume.unwrap_or_default()),
        "O": day.open_time.millis(), "C": day.close_time.millis() - 1,
        "F": -1, "L": -1, "n": day.trade_count.unwrap_or_default(),
    })
}
