//! Reading market data: symbols, pages of candles and ticks, the latest price.
//!
//! What is asked for again and again (which number a symbol has, its last price) is answered from
//! memory; what may have changed since is asked of the database.

mod aggregates;
mod as_of;
mod board;
mod candles;
mod cursor;
mod day;
mod frames;
mod newest;
mod page;
mod price;
mod symbols;
mod ticks;

use std::sync::Arc;
use std::time::Duration;

use domain::Time;
use domain::market::{SymbolName, TickKind};
use moka::future::Cache;
use store::{Db, StoreError};

pub use aggregates::{Aggregate, TradesWanted};
pub use board::{Board, BoardView, RankBy};
pub use candles::{CandlePage, CandlePlan, CandleRequest};
pub use day::Day;
pub use frames::{FrameRequest, kept_interval};
pub use page::{Direction, PageRequest};
pub use price::LatestPrice;
pub use symbols::{Range, SymbolDetail, SymbolView};
pub use ticks::{TickPage, TickPlan, TickRequest};

use crate::Clock;
use crate::market::live::Live;
use crate::market::segments::{SegmentError, Segments};

/// Rows of a page where the caller doesn't say.
pub const DEFAULT_LIMIT: u32 = 500;
/// Most rows of a page.
pub const MAX_LIMIT: u32 = 5_000;
/// Rows held in memory at a time while a whole range is given out.
const CHUNK_ROWS: u32 = 20_000;

/// Symbols are never renamed or renumbered, so this only bounds what a restored database can do.
const SYMBOL_LIFE: Duration = Duration::from_secs(60);
const KIND_LIFE: Duration = Duration::from_secs(5);
const PRICE_LIFE: Duration = Duration::from_secs(5);
const DAY_LIFE: Duration = Duration::from_secs(5);
const MOST_CACHED: u64 = 10_000;

/// Why something can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No symbol has that name.
    #[error("there is no symbol {0}; /v1/market/symbols lists those there are")]
    UnknownSymbol(SymbolName),
    /// A cursor that was changed, or that belongs to another request.
    #[error(
        "the cursor belongs to another request: pass `next` with the same parameters as before"
    )]
    InvalidCursor,
    /// The range ends before it begins.
    #[error("from {from} is after to {to}")]
    InvalidRange {
        /// Its beginning.
        from: Time,
        /// Its end.
        to: Time,
    },
    /// Sealed rows can't be read.
    #[error(transparent)]
    Segment(SegmentError),
    /// The database's error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What somebody else met who asked for the same at the same time.
    #[error(transparent)]
    Shared(Arc<ReadError>),
}

impl From<SegmentError> for ReadError {
    fn from(error: SegmentError) -> Self {
        match error {
            SegmentError::Store(error) => Self::Store(error),
            error => Self::Segment(error),
        }
    }
}

/// Reads market data. Cheap to clone.
#[derive(Clone)]
pub struct MarketReader(Arc<Inner>);

struct Inner {
    db: Db,
    live: Live,
    clock: Clock,
    segments: Segments,
    known: Cache<SymbolName, KnownSymbol>,
    kinds: Cache<i32, TickKind>,
    prices: Cache<(i32, (u64, u64)), LatestPrice>,
    board: board::Kept,
    days: Cache<i32, Option<Day>>,
}

/// What never changes about a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSymbol {
    /// Its number in the database.
    pub id: i32,
    /// Whether it is a past played again.
    pub replay: bool,
}

impl MarketReader {
    /// A reader of `db` that hears of commits through `live`. Where rows are sealed it fails.
    #[must_use]
    pub fn new(db: Db, live: Live, clock: Clock) -> Self {
        Self::with_segments(db, live, clock, Segments::default())
    }

    /// A reader of `db` and of what is sealed in `segments`.
    #[must_use]
    pub fn with_segments(db: Db, live: Live, clock: Clock, segments: Segments) -> Self {
        let known = Cache::builder().max_capacity(MOST_CACHED).time_to_live(SYMBOL_LIFE).build();
        let kinds = Cache::builder().max_capacity(MOST_CACHED).time_to_live(KIND_LIFE).build();
        let prices = Cache::builder().max_capacity(MOST_CACHED).time_to_live(PRICE_LIFE).build();
        let board = board::Kept::default();
        let days = Cache::builder().max_capacity(MOST_CACHED).time_to_live(DAY_LIFE).build();
        Self(Arc::new(Inner { db, live, clock, segments, known, kinds, prices, board, days }))
    }

    /// Finds a symbol; one that was found before is not looked up again.
    ///
    /// # Errors
    /// [`ReadError::UnknownSymbol`], or the database's. That a symbol is unknown is not remembered.
    pub async fn known(&self, name: &SymbolName) -> Result<KnownSymbol, ReadError> {
        if let Some(known) = self.0.known.get(name).await {
            return Ok(known);
        }
        let symbol = self.stored(name).await?;
        let known = KnownSymbol { id: symbol.id, replay: symbol.replay_of.is_some() };
        self.0.known.insert(name.clone(), known).await;
        Ok(known)
    }

    /// A symbol as it is stored now.
    async fn stored(&self, name: &SymbolName) -> Result<store::market::symbols::Symbol, ReadError> {
        let symbol = store::market::symbols::get(&self.0.db, name).await?;
        symbol.ok_or_else(|| ReadError::UnknownSymbol(name.clone()))
    }

    /// The places after the point that a symbol's stored numbers need now.
    ///
    /// # Errors
    /// As [`MarketReader::known`].
    pub async fn scales(&self, name: &SymbolName) -> Result<SymbolScales, ReadError> {
        let symbol = self.stored(name).await?;
        let places = |scale: i16| u8::try_from(scale).unwrap_or_default();
        Ok(SymbolScales {
            price: places(symbol.price_scale),
            quantity: places(symbol.quantity_scale),
            quote: places(symbol.quote_scale),
        })
    }
}

/// Most digits after the point in what is stored of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SymbolScales {
    /// Of prices.
    pub price: u8,
    /// Of quantities and volumes.
    pub quantity: u8,
    /// Of quote volumes.
    pub quote: u8,
}
