//! What was just committed, for everybody who watches: events for streams, the latest prices, and
//! a version per symbol that tells a cache when it is stale.
//!
//! Commits announce themselves through PostgreSQL (`store::market::events`), so it makes no
//! difference which process wrote.

mod notice;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use domain::market::{BookTicker, Candle, Interval, Roll, SymbolName, Tick, TickKind};
use domain::{Decimal, Time};
use store::Db;
use store::market::events;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

pub use notice::{announce, announce_change};

use super::hot::Hot;
use crate::listen::{Heard, listen};
use notice::Notice;

/// Events a slow subscriber may fall behind before it misses some.
const BACKLOG: usize = 16_384;
const DEFAULT_HOT_BYTES: u64 = 16 * 1024 * 1024;

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
    /// Some events may be missing: a connection to the database was lost for a moment.
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
    hot: Hot,
}

impl Default for Live {
    fn default() -> Self {
        Self::new(DEFAULT_HOT_BYTES)
    }
}

impl Live {
    /// Nothing heard of yet, and room for so many bytes of the newest rows.
    #[must_use]
    pub fn new(hot_bytes: u64) -> Self {
        Self(Arc::new(Shared {
            events: broadcast::channel(BACKLOG).0,
            prices: RwLock::default(),
            books: RwLock::default(),
            versions: RwLock::default(),
            epoch: AtomicU64::new(0),
            connected: AtomicBool::new(false),
            hot: Hot::new(hot_bytes),
        }))
    }

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
        let candles: Vec<(Interval, Candle)> =
            rolls.into_iter().map(|roll| (roll.interval, roll.candle)).collect();
        self.0.hot.apply(id, kind, &ticks, &candles, || self.bump(id));
        self.tell(&symbol, kind, replay, ticks, candles);
    }

    /// Drops what memory holds of a symbol: of something that was committed not every row is told.
    pub fn forget(&self, symbol_id: i32) {
        self.0.hot.forget(symbol_id, || self.bump(symbol_id));
    }

    /// The same, and tells watchers that they may have missed some of it.
    pub fn missed(&self, symbol_id: i32) {
        self.forget(symbol_id);
        self.send(Event::Gap);
    }

    /// The newest rows of the series that are asked for.
    pub(crate) fn hot(&self) -> &Hot {
        &self.0.hot
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
        listen(db, events::LISTEN, &stop, |heard| match heard {
            Heard::Connected => {
                // What was committed while nobody listened is unknown: every cache starts again.
                self.0.hot.clear();
                self.0.epoch.fetch_add(1, Ordering::SeqCst);
                self.0.connected.store(true, Ordering::SeqCst);
                self.send(Event::Gap);
            }
            Heard::Lost => self.0.connected.store(false, Ordering::SeqCst),
            Heard::Notice(payload) => match serde_json::from_str::<Notice>(&payload) {
                Ok(notice) => self.take(notice),
                Err(error) => tracing::warn!(%error, "a notice that can't be read"),
            },
        })
        .await;
    }

    fn take(&self, notice: Notice) {
        let (id, kind, replay) = (notice.id, notice.kind(), notice.replay);
        let symbol = notice.symbol.parse::<SymbolName>();
        let (ticks, candles, exact) = notice.rows();
        if exact {
            self.0.hot.apply(id, kind, &ticks, &candles, || self.bump(id));
        } else {
            self.forget(id);
        }
        if let Ok(symbol) = symbol {
            self.tell(&symbol, kind, replay, ticks, candles);
        }
    }

    fn tell(
        &self,
        symbol: &SymbolName,
        kind: TickKind,
        replay: bool,
        ticks: Vec<Tick>,
        candles: Vec<(Interval, Candle)>,
    ) {
        self.ticks(symbol, kind, replay, ticks);
        for (interval, candle) in candles {
            self.send(Event::Candle { symbol: symbol.clone(), interval, replay, candle });
        }
    }

    fn bump(&self, id: i32) {
        if let Ok(mut versions) = self.0.versions.write() {
            *versions.entry(id).or_default() += 1;
        }
    }

    /// Tells of the ticks of one commit, then of the newest price in them, if it is one.
    fn ticks(&self, symbol: &SymbolName, kind: TickKind, replay: bool, ticks: Vec<Tick>) {
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

    /// Sending to nobody is no error: events matter only while somebody watches.
    fn send(&self, event: Event) {
        drop(self.0.events.send(Arc::new(event)));
    }
}
