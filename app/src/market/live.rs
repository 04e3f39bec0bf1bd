//! What was just committed, for everybody who watches: events for streams, the latest prices, and
//! a version per symbol that tells a cache when it is stale.
//!
//! Commits announce themselves through PostgreSQL (`store::market::events`), so it makes no
//! difference which process wrote.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use domain::market::{BookTicker, Candle, Interval, Roll, SymbolName, Tick, TickKind};
use domain::{Decimal, Time};
use serde::{Deserialize, Serialize};
use store::market::events;
use store::{Db, StoreError, Tx};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Events a slow subscriber may fall behind before it misses some.
const BACKLOG: usize = 16_384;
/// A longer id in words is left out of a notice; it is stored all the same.
const MOST_ID: usize = 100;
const RECONNECT_PAUSE: Duration = Duration::from_millis(500);

/// Something that happened, in the order of commits.
#[derive(Debug, Clone)]
pub enum Event {
    /// A trade.
    Tick {
        /// Its symbol.
        symbol: SymbolName,
        /// Single or aggregate.
        kind: TickKind,
        /// Whether it is a replay.
        replay: bool,
        /// The trade.
        tick: Tick,
    },
    /// A candle as it is now.
    Candle {
        /// Its symbol.
        symbol: SymbolName,
        /// Its interval.
        interval: Interval,
        /// Whether it is a replay.
        replay: bool,
        /// The figures.
        candle: Candle,
    },
    /// The latest price of a symbol.
    Price {
        /// Its symbol.
        symbol: SymbolName,
        /// The price.
        price: Price,
    },
    /// A new best bid or ask; never stored.
    Book {
        /// Its symbol.
        symbol: SymbolName,
        /// The figures.
        book: BookTicker,
    },
    /// Some events may be missing: the connection to the database was lost for a moment.
    Gap,
}

/// A latest price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// The price.
    pub price: Decimal,
    /// When it was traded.
    pub time: Time,
    /// Whether it is a replay.
    pub replay: bool,
}

/// What one commit of this process changed of a symbol.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Its name.
    pub symbol: SymbolName,
    /// Its number in the database.
    pub id: i32,
    /// What its ticks are.
    pub kind: TickKind,
    /// Whether it is a replay.
    pub replay: bool,
    /// Ticks that are new, in order.
    pub ticks: Vec<Tick>,
    /// Candles as they are now.
    pub rolls: Vec<Roll>,
}

/// What all watchers share. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Shared>);

struct Shared {
    events: broadcast::Sender<Arc<Event>>,
    prices: RwLock<HashMap<SymbolName, Price>>,
    books: RwLock<HashMap<SymbolName, BookTicker>>,
    versions: RwLock<HashMap<i32, u64>>,
    epoch: AtomicU64,
    connected: AtomicBool,
}

impl Default for Live {
    fn default() -> Self {
        Self(Arc::new(Shared {
            events: broadcast::channel(BACKLOG).0,
            prices: RwLock::default(),
            books: RwLock::default(),
            versions: RwLock::default(),
            epoch: AtomicU64::new(0),
            connected: AtomicBool::new(false),
        }))
    }
}

impl Live {
    /// Everything from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.0.events.subscribe()
    }

    /// The last price heard of.
    #[must_use]
    pub fn price(&self, symbol: &SymbolName) -> Option<Price> {
        self.0.prices.read().ok()?.get(symbol).copied()
    }

    /// The best bid and ask last heard of.
    #[must_use]
    pub fn book(&self, symbol: &SymbolName) -> Option<BookTicker> {
        self.0.books.read().ok()?.get(symbol).copied()
    }

    /// Takes in a new best bid and ask.
    pub fn set_book(&self, symbol: &SymbolName, book: BookTicker) {
        if let Ok(mut books) = self.0.books.write() {
            books.insert(symbol.clone(), book);
        }
        self.send(Event::Book { symbol: symbol.clone(), book });
    }

    /// Tells watchers of what this process committed just now, without a way through the database.
    pub fn publish(&self, committed: Committed) {
        let Committed { symbol, id, kind, replay, ticks, rolls } = committed;
        self.bump(id);
        self.ticks(&symbol, kind, replay, ticks);
        for Roll { interval, candle, .. } in rolls {
            self.candle(&symbol, interval, replay, candle);
        }
    }

    /// Changes whenever something of the symbol was committed. `None` while commits can't be
    /// heard of, when nothing may be taken from a cache.
    #[must_use]
    pub fn version(&self, symbol_id: i32) -> Option<(u64, u64)> {
        if !self.0.connected.load(Ordering::SeqCst) {
            return None;
        }
        let version = self.0.versions.read().ok()?.get(&symbol_id).copied().unwrap_or(0);
        Some((self.0.epoch.load(Ordering::SeqCst), version))
    }

    /// Listens until `stop`; connects again whenever the connection is lost.
    pub async fn run(&self, db: &Db, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let lost = tokio::select! {
                () = stop.cancelled() => return,
                lost = self.listen(db) => lost,
            };
            self.0.connected.store(false, Ordering::SeqCst);
            if let Err(error) = lost {
                tracing::warn!(%error, "commits can't be heard of for the moment");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RECONNECT_PAUSE) => {}
            }
        }
    }

    async fn listen(&self, db: &Db) -> Result<(), StoreError> {
        let mut session = db.session().await?;
        session.client().batch_execute(events::LISTEN).await?;
        // What was committed while nobody listened is unknown: every cache starts again.
        self.0.epoch.fetch_add(1, Ordering::SeqCst);
        self.0.connected.store(true, Ordering::SeqCst);
        let _ = self.0.events.send(Arc::new(Event::Gap));
        while let Some((_, payload)) = session.notification().await {
            match serde_json::from_str::<Notice>(&payload) {
                Ok(notice) => self.take(notice),
                Err(error) => tracing::warn!(%error, "a notice that can't be read"),
            }
        }
        Err(StoreError::Pool("the connection was closed".to_owned()))
    }

    fn take(&self, notice: Notice) {
        self.bump(notice.id);
        let Ok(symbol) = notice.symbol.parse::<SymbolName>() else { return };
        let kind = if notice.aggregated { TickKind::AggTrade } else { TickKind::Trade };
        self.ticks(
            &symbol,
            kind,
            notice.replay,
            notice.ticks.into_iter().filter_map(WireTick::tick),
        );
        for wire in notice.candles {
            if let Some((interval, candle)) = wire.candle() {
                self.candle(&symbol, interval, notice.replay, candle);
            }
        }
    }

    fn bump(&self, id: i32) {
        if let Ok(mut versions) = self.0.versions.write() {
            *versions.entry(id).or_default() += 1;
        }
    }

    /// Tells of the ticks of one commit, then of the newest price in them, if it is one.
    fn ticks(
        &self,
        symbol: &SymbolName,
        kind: TickKind,
        replay: bool,
        ticks: impl IntoIterator<Item = Tick>,
    ) {
        let mut newest: Option<Price> = None;
        for tick in ticks {
            let price = Price { price: tick.price, time: tick.time, replay };
            if newest.is_none_or(|held| held.time <= price.time) {
                newest = Some(price);
            }
            self.send(Event::Tick { symbol: symbol.clone(), kind, replay, tick });
        }
        let Some(price) = newest else { return };
        let newest = self.0.prices.write().is_ok_and(|mut prices| {
            let held = prices.entry(symbol.clone()).or_insert(price);
            let newest = held.time <= price.time;
            if newest {
                *held = price;
            }
            newest
        });
        if newest {
            self.send(Event::Price { symbol: symbol.clone(), price });
        }
    }

    fn candle(&self, symbol: &SymbolName, interval: Interval, replay: bool, candle: Candle) {
        self.send(Event::Candle { symbol: symbol.clone(), interval, replay, candle });
    }

    /// Sending to nobody is no error: events matter only while somebody watches.
    fn send(&self, event: Event) {
        drop(self.0.events.send(Arc::new(event)));
    }
}

/// What a commit says of itself.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Notice {
    symbol: String,
    id: i32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    replay: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    aggregated: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ticks: Vec<WireTick>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    candles: Vec<WireCandle>,
}

/// time, seq, id, price, quantity, buyer is maker, trade count, arrival, id in the venue's words.
#[derive(Debug, Serialize, Deserialize)]
struct WireTick(i64, i32, i64, String, String, Option<bool>, i32, Option<i64>, Option<Box<str>>);

/// interval, open time, open, high, low, close, volume, quote volume, trades, taker-buy volume.
#[derive(Debug, Serialize, Deserialize)]
struct WireCandle(String, i64, [String; 4], String, Option<String>, Option<i64>, Option<String>);

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
            taker_buy_quote_volume: None,
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
    // A tick takes at most about 450 bytes of a payload and a candle 500: prices and quantities
    // have at most 30 characters each, sums at most 78, an id in words 200 with its escapes.
    for some in ticks.chunks(events::MAX_PAYLOAD / 512) {
        let ticks = some.iter().map(|tick| WireTick::new(tick)).collect();
        send(tx, &Notice { ticks, ..empty() }).await?;
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
