//! How commits of other processes are told: a notice of PostgreSQL, sent by the transaction itself,
//! with the ticks and candles where there are few.

use domain::Time;
use domain::market::{Candle, Interval, Roll, SymbolName, Tick, TickKind};
use serde::{Deserialize, Serialize};
use store::market::events;
use store::{StoreError, Tx};

/// A longer id in words is left out of a notice; it is stored all the same.
const MOST_ID: usize = 100;

/// What a commit says of itself.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Notice {
    pub(super) symbol: String,
    pub(super) id: i32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) replay: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    aggregated: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ticks: Vec<WireTick>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    candles: Vec<WireCandle>,
    /// The rows it tells are not exactly those that are stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    shortened: bool,
}

impl Notice {
    pub(super) fn kind(&self) -> TickKind {
        if self.aggregated { TickKind::AggTrade } else { TickKind::Trade }
    }

    /// The rows, and whether they are everything that the transaction changed, to the digit.
    pub(super) fn rows(self) -> (Vec<Tick>, Vec<(Interval, Candle)>, bool) {
        let told = self.ticks.len() + self.candles.len();
        let ticks: Vec<Tick> = self.ticks.into_iter().filter_map(WireTick::tick).collect();
        let candles: Vec<_> = self.candles.iter().filter_map(WireCandle::candle).collect();
        let exact = told > 0 && ticks.len() + candles.len() == told && !self.shortened;
        (ticks, candles, exact)
    }
}

/// time, seq, id, price, quantity, buyer is maker, trade count, arrival, id in the venue's words.
#[derive(Debug, Serialize, Deserialize)]
struct WireTick(i64, i32, i64, String, String, Option<bool>, i32, Option<i64>, Option<Box<str>>);

/// interval, open time, open, high, low, close, volume, quote volume, trades, taker-buy volume,
/// taker-buy quote volume.
#[derive(Debug, Serialize, Deserialize)]
struct WireCandle(
    String,
    i64,
    [String; 4],
    String,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<String>,
);

impl WireTick {
    fn new(tick: &Tick) -> Self {
        Self(
            tick.time.micros(),
            tick.seq,
            tick.trade_id,
            tick.price.to_string(),
            tick.quantity.to_string(),
            tick.buyer_is_maker,
            tick.trade_count,
            tick.received_at.map(Time::micros),
            tick.venue_trade_id.clone().filter(|id| id.len() <= MOST_ID),
        )
    }

    fn tick(self) -> Option<Tick> {
        Some(Tick {
            time: Time::from_micros(self.0).ok()?,
            seq: self.1,
            trade_id: self.2,
            price: self.3.parse().ok()?,
            quantity: self.4.parse().ok()?,
            buyer_is_maker: self.5,
            trade_count: self.6,
            received_at: self.7.and_then(|at| Time::from_micros(at).ok()),
            venue_trade_id: self.8,
        })
    }
}

impl WireCandle {
    fn new(roll: &Roll) -> Self {
        let candle = &roll.candle;
        Self(
            roll.interval.to_string(),
            candle.open_time.micros(),
            [candle.open, candle.high, candle.low, candle.close].map(|price| price.to_string()),
            candle.volume.to_string(),
            candle.quote_volume.map(|v| v.to_string()),
            candle.trade_count,
            candle.taker_buy_volume.map(|v| v.to_string()),
            candle.taker_buy_quote_volume.map(|v| v.to_string()),
        )
    }

    fn candle(&self) -> Option<(Interval, Candle)> {
        let [open, high, low, close] = &self.2;
        let amount = |text: &Option<String>| text.as_ref().and_then(|t| t.parse().ok());
        let candle = Candle {
            open_time: Time::from_micros(self.1).ok()?,
            open: open.parse().ok()?,
            high: high.parse().ok()?,
            low: low.parse().ok()?,
            close: close.parse().ok()?,
            volume: self.3.parse().ok()?,
            quote_volume: amount(&self.4),
            trade_count: self.5,
            taker_buy_volume: amount(&self.6),
            taker_buy_quote_volume: amount(&self.7),
        };
        Some((self.0.parse().ok()?, candle))
    }
}

/// Says, when the transaction commits, that something of the symbol changed.
///
/// # Errors
/// The database's.
pub async fn announce_change(tx: &Tx, name: &SymbolName, id: i32) -> Result<(), StoreError> {
    let notice = Notice { symbol: name.to_string(), id, ..Notice::default() };
    send(tx, &notice).await
}

/// Tells watchers, when the transaction commits, of live ticks and of the candles they moved.
///
/// # Errors
/// The database's.
pub async fn announce(
    tx: &Tx,
    name: &SymbolName,
    id: i32,
    kind: TickKind,
    replay: bool,
    ticks: &[&Tick],
    rolls: &[Roll],
) -> Result<(), StoreError> {
    let empty = || Notice {
        symbol: name.to_string(),
        id,
        replay,
        aggregated: kind == TickKind::AggTrade,
        ..Notice::default()
    };
    // A tick takes at most about 450 bytes of a payload and a candle 580: prices and quantities
    // have at most 30 characters each, sums at most 78, an id in words 200 with its escapes.
    for some in ticks.chunks(events::MAX_PAYLOAD / 512) {
        let long = |id: &str| id.len() > MOST_ID;
        let shortened = some.iter().any(|tick| tick.venue_trade_id.as_deref().is_some_and(long));
        let ticks = some.iter().map(|tick| WireTick::new(tick)).collect();
        send(tx, &Notice { ticks, shortened, ..empty() }).await?;
    }
    for some in rolls.chunks(events::MAX_PAYLOAD / 640) {
        let candles = some.iter().map(WireCandle::new).collect();
        send(tx, &Notice { candles, ..empty() }).await?;
    }
    Ok(())
}

async fn send(tx: &Tx, notice: &Notice) -> Result<(), StoreError> {
    let payload = serde_json::to_string(notice)
        .map_err(|error| StoreError::Unexpected(format!("a notice: {error}")))?;
    events::notify(tx, &payload).await
}
