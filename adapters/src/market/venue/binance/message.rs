//! Binance's trades, candles and books as ticks, candles and books of ours. The stream's short
//! names and REST's long ones are read by the same structs.

use std::borrow::Cow;

use domain::market::{BookTicker, Candle, Tick};
use domain::{Amount, Decimal, Time, parse_decimal};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// An aggregate trade, of the stream and of REST alike.
#[derive(Deserialize)]
pub(super) struct AggTrade<'a> {
    #[serde(rename = "a")]
    id: i64,
    #[serde(borrow, rename = "p")]
    price: Cow<'a, str>,
    #[serde(borrow, rename = "q")]
    quantity: Cow<'a, str>,
    /// Id of the first single trade in it.
    #[serde(rename = "f")]
    pub(super) first: i64,
    #[serde(rename = "l")]
    last: i64,
    #[serde(rename = "T")]
    time: i64,
    #[serde(rename = "m")]
    buyer_is_maker: bool,
}

/// A single trade.
#[derive(Deserialize)]
pub(super) struct Trade<'a> {
    #[serde(rename = "t", alias = "id")]
    id: i64,
    #[serde(borrow, rename = "p", alias = "price")]
    price: Cow<'a, str>,
    #[serde(borrow, rename = "q", alias = "qty")]
    quantity: Cow<'a, str>,
    #[serde(rename = "T", alias = "time")]
    time: i64,
    #[serde(rename = "m", alias = "isBuyerMaker")]
    buyer_is_maker: bool,
}

impl AggTrade<'_> {
    pub(super) fn tick(&self, received_at: Option<Time>) -> Result<Tick, String> {
        let count = self.last.checked_sub(self.first).and_then(|more| more.checked_add(1));
        let count = count.and_then(|count| i32::try_from(count).ok()).filter(|count| *count > 0);
        let trade_count = count.ok_or_else(|| {
            format!("`f` to `l` is {} to {}, which can't be", self.first, self.last)
        })?;
        let values = (self.id, &*self.price, &*self.quantity, self.time, self.buyer_is_maker);
        tick(values, trade_count, received_at)
    }
}

impl Trade<'_> {
    pub(super) fn id(&self) -> i64 {
        self.id
    }

    pub(super) fn tick(&self, received_at: Option<Time>) -> Result<Tick, String> {
        let values = (self.id, &*self.price, &*self.quantity, self.time, self.buyer_is_maker);
        tick(values, 1, received_at)
    }
}

fn tick(
    (id, price, quantity, time, maker): (i64, &str, &str, i64, bool),
    trade_count: i32,
    received_at: Option<Time>,
) -> Result<Tick, String> {
    if id < 0 {
        return Err(format!("trade id {id} is negative"));
    }
    let tick = Tick {
        time: millis(time)?,
        seq: 0,
        trade_id: id,
        price: decimal("price", price)?,
        quantity: decimal("quantity", quantity)?,
        buyer_is_maker: Some(maker),
        trade_count,
        received_at,
        venue_trade_id: None,
    };
    tick.check().map_err(|bad| format!("trade {id}: {bad}"))?;
    Ok(tick)
}

/// A candle of the stream.
#[derive(Deserialize)]
pub(super) struct Kline<'a> {
    #[serde(rename = "t")]
    open_time: i64,
    #[serde(borrow, rename = "o")]
    open: Cow<'a, str>,
    #[serde(borrow, rename = "h")]
    high: Cow<'a, str>,
    #[serde(borrow, rename = "l")]
    low: Cow<'a, str>,
    #[serde(borrow, rename = "c")]
    close: Cow<'a, str>,
    #[serde(borrow, rename = "v")]
    volume: Cow<'a, str>,
    #[serde(borrow, rename = "q")]
    quote_volume: Cow<'a, str>,
    #[serde(rename = "n")]
    trade_count: i64,
    #[serde(borrow, rename = "V")]
    taker_buy_volume: Cow<'a, str>,
    #[serde(borrow, rename = "Q")]
    taker_buy_quote_volume: Cow<'a, str>,
    #[serde(rename = "x")]
    pub(super) closed: bool,
}

/// A candle of REST: open time, open, high, low, close, volume, close time, quote volume, number
/// of trades, taker-buy volume, taker-buy quote volume, nothing.
#[derive(Deserialize)]
pub(super) struct KlineRow<'a>(
    i64,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    IgnoredAny,
    #[serde(borrow)] Cow<'a, str>,
    i64,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    IgnoredAny,
);

impl<'a> From<KlineRow<'a>> for Kline<'a> {
    fn from(row: KlineRow<'a>) -> Self {
        Self {
            open_time: row.0,
            open: row.1,
            high: row.2,
            low: row.3,
            close: row.4,
            volume: row.5,
            quote_volume: row.7,
            trade_count: row.8,
            taker_buy_volume: row.9,
            taker_buy_quote_volume: row.10,
            closed: false,
        }
    }
}

impl Kline<'_> {
    pub(super) fn candle(&self) -> Result<Candle, String> {
        let volume = amount("volume", &self.volume)?;
        // Who speaks Binance's language and doesn't know these figures writes zeros.
        let told = self.trade_count != 0 || volume == Amount::ZERO;
        let figure = |name, text| amount(name, text).map(|figure| told.then_some(figure));
        let candle = Candle {
            open_time: millis(self.open_time)?,
            open: decimal("open", &self.open)?,
            high: decimal("high", &self.high)?,
            low: decimal("low", &self.low)?,
            close: decimal("close", &self.close)?,
            volume,
            quote_volume: figure("quote volume", &self.quote_volume)?,
            trade_count: told.then_some(self.trade_count),
            taker_buy_volume: figure("taker-buy volume", &self.taker_buy_volume)?,
            taker_buy_quote_volume: figure("taker-buy quote volume", &self.taker_buy_quote_volume)?,
        };
        candle.check().map_err(|bad| format!("candle of {}: {bad}", candle.open_time))?;
        Ok(candle)
    }
}

/// Best bid and ask. Spot tells no time of it.
#[derive(Deserialize)]
pub(super) struct Book<'a> {
    #[serde(rename = "u")]
    update_id: Option<i64>,
    #[serde(borrow, rename = "b", alias = "bidPrice")]
    bid: Cow<'a, str>,
    #[serde(borrow, rename = "B", alias = "bidQty")]
    bid_quantity: Cow<'a, str>,
    #[serde(borrow, rename = "a", alias = "askPrice")]
    ask: Cow<'a, str>,
    #[serde(borrow, rename = "A", alias = "askQty")]
    ask_quantity: Cow<'a, str>,
}

impl Book<'_> {
    pub(super) fn book(&self, arrival: Time) -> Result<BookTicker, String> {
        Ok(BookTicker {
            bid: decimal("bid", &self.bid)?,
            bid_quantity: decimal("bid quantity", &self.bid_quantity)?,
            ask: decimal("ask", &self.ask)?,
            ask_quantity: decimal("ask quantity", &self.ask_quantity)?,
            update_id: self.update_id,
            time: arrival,
        })
    }
}

fn millis(millis: i64) -> Result<Time, String> {
    Time::from_millis(millis).map_err(|error| format!("time {millis} {error}"))
}

fn decimal(name: &str, text: &str) -> Result<Decimal, String> {
    parse_decimal(text).map_err(|error| format!("{name} {text} {error}"))
}

fn amount(name: &str, text: &str) -> Result<Amount, String> {
    text.parse().map_err(|error| format!("{name} {text} {error}"))
}
