//! The port: what the product asks of a venue, whichever it is.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::Time;
use domain::market::{BookTicker, Candle, Interval, SymbolRules, Tick, TickKind, TimeRange};
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// What a request to a venue comes to.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, VenueError>>;

/// A venue's market data, live and past.
///
/// Laws, which the behaviour suite checks on every implementation:
/// 1. Nothing is dropped silently: what `stream` received it hands over, waiting while `out` is
///    full, in the order of arrival; a lost connection is told by [`VenueEvent::Disconnected`]
///    before anything that came after it.
/// 2. `stream` ends only when `stop` is cancelled or the other end of `out` is closed. It connects
///    again by itself, each time later and never at once, and follows changes of `wanted`.
/// 3. `trades` and `candles` answer one page in ascending order, nothing before what was asked
///    for; an empty page means that the venue has nothing from there on (in the range).
/// 4. Trades and candles come out exactly as the venue wrote them: decimals, ids, times.
/// 5. No request goes out beyond the venue's limits: it waits, or fails with
///    [`VenueError::RateLimited`] where the wait would be longer than a minute.
/// 6. Arrival is this machine's clock, `time` is the venue's; neither is corrected by the other.
pub trait VenueSource: Send + Sync + 'static {
    /// What holds for the venue as a whole.
    fn venue(&self) -> &Venue;

    /// Every symbol that it lists now, with its rules.
    fn symbols(&self) -> Answer<'_, Vec<SymbolRules>>;

    /// Its clock.
    fn server_time(&self) -> Answer<'_, Time>;

    /// A page of past trades, of the kind that the venue's stream gives.
    fn trades<'a>(&'a self, code: &'a str, from: TradesFrom) -> Answer<'a, Vec<Tick>>;

    /// A page of candles that open within `range`, from its beginning on. The last one may still
    /// be forming.
    fn candles<'a>(
        &'a self,
        code: &'a str,
        interval: Interval,
        range: TimeRange,
    ) -> Answer<'a, Vec<Candle>>;

    /// Best bid and ask now.
    fn book<'a>(&'a self, code: &'a str) -> Answer<'a, BookTicker>;

    /// Everything that happens in the symbols of `wanted`, until `stop`.
    fn stream<'a>(
        &'a self,
        wanted: watch::Receiver<BTreeSet<String>>,
        out: mpsc::Sender<VenueEvent>,
        stop: CancellationToken,
    ) -> BoxFuture<'a, ()>;
}

/// What holds for a venue as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Venue {
    /// Its name in symbols: `binance`.
    pub code: String,
    /// What its trades are.
    pub kind: TickKind,
    /// The intervals of which it has candles.
    pub intervals: Vec<Interval>,
    /// Whether a symbol's trade ids follow one another without a hole.
    pub ids_without_gaps: bool,
    /// Whether it gives a candle (of volume 0) for a minute without a trade. Then a minute that it
    /// leaves out is one in which it was not trading; otherwise it was empty.
    pub candles_of_empty_minutes: bool,
}

/// Where a page of trades begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradesFrom {
    /// With this id, or the first one after it.
    Id(i64),
    /// With the first trade at this time or after it.
    Time(Time),
    /// With as few as a page holds before the newest.
    Newest,
}

/// Something that a venue's stream told.
#[derive(Debug, Clone, PartialEq)]
pub enum VenueEvent {
    /// From now on everything of these symbols arrives.
    Connected {
        /// Their codes.
        codes: Vec<Arc<str>>,
    },
    /// From here on nothing of these symbols arrives, until they are connected again.
    Disconnected {
        /// Their codes.
        codes: Vec<Arc<str>>,
        /// Why.
        reason: String,
    },
    /// A trade.
    Tick {
        /// The symbol's code.
        code: Arc<str>,
        /// The trade, with its arrival.
        tick: Tick,
    },
    /// A candle that the venue has closed.
    Candle {
        /// The symbol's code.
        code: Arc<str>,
        /// Its interval.
        interval: Interval,
        /// The figures.
        candle: Candle,
    },
    /// A new best bid or ask.
    Book {
        /// The symbol's code.
        code: Arc<str>,
        /// The figures.
        book: BookTicker,
    },
}

/// Why a venue did not answer a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VenueError {
    /// Too much was asked of it; nothing may be asked before the pause is over.
    #[error("the venue's request limit is reached; it may be asked again in {} s", .0.as_secs())]
    RateLimited(Duration),
    /// It does not know the symbol.
    #[error("the venue does not know {0}")]
    UnknownSymbol(String),
    /// It understood the request and refuses it.
    #[error("the venue refuses with {code}: {message}")]
    Refused {
        /// Its own code, or the HTTP status where it gives none.
        code: i64,
        /// Its own words.
        message: String,
    },
    /// It can't be reached, or is out of order; later may be better.
    #[error("the venue can't be reached: {0}")]
    Unreachable(String),
    /// Its answer is not what its documentation says.
    #[error("the venue's answer can't be understood: {0}")]
    Malformed(String),
}

impl VenueError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::RateLimited(_) | Self::Unreachable(_))
    }
}
