//! What a client asks for and is not stored is asked of its venue, stored, and never asked for
//! again. Whoever asks for the same at the same time waits for the one request.
//!
//! Trades are kept in memory only (`trades`). A symbol whose trades matter is recorded.

mod trades;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adapters::market::venue::{VenueError, VenueSource};
use domain::Time;
use domain::market::{
    BookTicker, Candle, CoverageStatus, Interval, SymbolName, TimeRange, TimeRanges,
};
use moka::future::Cache;
use store::market::candles::{self, CandleQuery};
use store::market::coverage as marks;
use store::market::segments;
use store::market::symbols::{Symbol, get};
use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::market::coverage::{self, CoverageError, CoverageRequest};
use crate::market::fill::{FillError, FillReport, FillRequest, fill};
use crate::market::segments::Segments;
use crate::market::symbols::{self, SyncError};
use crate::market::venues::Venues;

/// As long as one client is made to wait; what came until then is stored.
const PATIENCE: Duration = Duration::from_secs(8);
/// A venue that could not be reached is not asked again for so long.
const COOL_DOWN_MICROS: i64 = 15_000_000;
/// A symbol that a venue's list did not have is not looked for again for so long.
const LIST_LIFE: Duration = Duration::from_secs(600);
/// A candle that is forming and was asked for is given out again for so long.
const FORMING_LIFE: Duration = Duration::from_secs(2);
/// Requests to the venue for one of a client: its range may have holes in several places.
const MOST_PAGES: usize = 3;
const MOST_CACHED: u64 = 2_000;

/// Why something could not be fetched. What is stored can be given out all the same.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FetchError {
    /// The venue's.
    #[error(transparent)]
    Venue(#[from] VenueError),
    /// The venue did not answer in time.
    #[error("the venue did not answer within {} s", PATIENCE.as_secs())]
    Slow,
    /// The database's.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

impl From<StoreError> for FetchError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

/// Which candles a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Of which interval.
    pub interval: Interval,
    /// Those that open within.
    pub range: TimeRange,
    /// Most of them, from the beginning of the range on.
    pub limit: i64,
}

type Series = (SymbolName, Interval);

/// Fetches. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher(Arc<Inner>);

struct Inner {
    db: Db,
    segments: Segments,
    clock: Clock,
    venues: Venues,
    /// Venues whose list was read lately.
    lists: Cache<String, ()>,
    /// Requests that are under way: who comes meanwhile waits for the same.
    under_way: Cache<(SymbolName, Wanted), ()>,
    forming: Cache<Series, Option<Candle>>,
    trades: trades::Pages,
    /// What of a series is known to be there, or not to exist.
    known: Mutex<HashMap<Series, TimeRanges>>,
    /// Until when a venue is left alone.
    resting: Mutex<HashMap<String, Time>>,
}

impl Fetcher {
    /// A fetcher from these venues.
    #[must_use]
    pub fn new(db: Db, segments: Segments, clock: Clock, venues: Venues) -> Self {
        Self(Arc::new(Inner {
            db,
            segments,
            clock,
            venues,
            lists: Cache::builder().max_capacity(100).time_to_live(LIST_LIFE).build(),
            // Only as long as it takes: what was fetched is remembered in `known`.
            under_way: Cache::builder().max_capacity(0).build(),
            forming: Cache::builder().max_capacity(MOST_CACHED).time_to_live(FORMING_LIFE).build(),
            trades: trades::Pages::default(),
            known: Mutex::default(),
            resting: Mutex::default(),
        }))
    }

    /// The venue of a symbol, unless it could not be reached a moment ago.
    fn source(&self, venue: &str) -> Option<&Arc<dyn VenueSource>> {
        let source = self.0.venues.get(venue)?;
        let resting = self.0.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let rests = resting.get(venue).is_some_and(|until| self.0.clock.now() < *until);
        (!rests).then_some(source)
    }

    /// Waits for a venue's answer, and leaves it alone for a while where there is none.
    async fn asked<T, E: Into<FetchError>>(
        &self,
        venue: &str,
        asking: impl Future<Output = Result<T, E>>,
    ) -> Result<T, FetchError> {
        metrics::counter!("chandlery_fetches_total", "venue" => venue.to_owned()).increment(1);
        let answer = match tokio::time::timeout(PATIENCE, asking).await {
            Ok(answer) => answer.map_err(Into::into),
            Err(_) => Err(FetchError::Slow),
        };
        let pause = match &answer {
            Err(FetchError::Slow | FetchError::Venue(VenueError::Unreachable(_))) => {
                COOL_DOWN_MICROS
            }
            Err(FetchError::Venue(VenueError::RateLimited(pause))) => {
                i64::try_from(pause.as_micros()).unwrap_or(COOL_DOWN_MICROS)
            }
            _ => return answer,
        };
        let until = self.0.clock.now().plus_micros(pause);
        let mut resting = self.0.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.insert(venue.to_owned(), until);
        answer
    }

    /// Reads the list of a venue, if that was not done lately: then its symbols are stored.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn symbols(&self, venue: &str) -> Result<(), FetchError> {
        let Some(source) = self.source(venue) else { return Ok(()) };
        let reading = async {
            let syncing = symbols::sync(&self.0.db, &self.0.clock, source.as_ref());
            self.asked(venue, syncing).await.map(drop)
        };
        let read = self.0.lists.try_get_with(venue.to_owned(), reading).await;
        read.map_err(|error| FetchError::clone(&error))
    }

    /// Brings what is wanted and not stored. Candles that are forming are left out.
    ///
    /// # Errors
    /// [`FetchError`]; what came before it is stored.
    pub async fn candles(&self, name: &SymbolName, wanted: Wanted) -> Result<(), FetchError> {
        let Some(source) = self.source(name.venue()) else { return Ok(()) };
        if !source.venue().intervals.contains(&wanted.interval) {
            return Ok(());
        }
        let bringing = async {
            let Some(symbol) = get(&self.0.db, name).await? else { return Ok(()) };
            for _ in 0..MOST_PAGES {
                let Some(hole) = self.first_hole(&symbol, &wanted).await? else { break };
                let page = one_page(&self.0.db, source, &symbol, wanted.interval, hole);
                let done_to = self.asked(name.venue(), page).await?;
                let Some(answered) = TimeRange::new(hole.from, done_to) else { break };
                self.remember(name, wanted.interval, answered);
            }
            Ok(())
        };
        let key = (name.clone(), wanted);
        let brought = self.0.under_way.try_get_with(key, bringing).await;
        brought.map_err(|error: Arc<FetchError>| FetchError::clone(&error))
    }

    /// The first stretch of what is wanted that is neither stored nor known not to exist.
    async fn first_hole(
        &self,
        symbol: &Symbol,
        wanted: &Wanted,
    ) -> Result<Option<TimeRange>, FetchError> {
        let Wanted { interval, range, limit } = *wanted;
        let to = range.to.min(interval.open_time(self.0.clock.now()));
        let Some(mut range) = TimeRange::new(range.from, to).map(|range| range.outward(interval))
        else {
            return Ok(None);
        };
        let query = CandleQuery {
            symbol_id: symbol.id,
            interval,
            origin: None,
            from: range.from,
            to: range.to,
            descending: false,
            limit,
        };
        let rows = candles::page(&self.0.db, &query).await?;
        if rows.len() as i64 == limit
            && let Some(last) = rows.last()
        {
            // More than these are not wanted, so holes behind them don't matter.
            range.to = interval.close_time(last.open_time);
        }
        let held = self.known(&symbol.name, interval);
        if held.gaps(range).is_empty() {
            return Ok(None);
        }
        let found = self.find_known(symbol, interval, range).await?;
        for known in found.as_slice() {
            self.remember(&symbol.name, interval, *known);
        }
        let rest = self.known(&symbol.name, interval).gaps(range);
        Ok(rest.as_slice().first().copied())
    }

    /// What of a range is the venue's own, or complete by its shorter candles and trades, or does
    /// not exist.
    async fn find_known(
        &self,
        symbol: &Symbol,
        interval: Interval,
        range: TimeRange,
    ) -> Result<TimeRanges, FetchError> {
        let db = &self.0.db;
        let (mut known, mut ours) = (TimeRanges::default(), TimeRanges::default());
        for island in marks::islands(db, symbol.id, interval, range).await? {
            (if island.venue { &mut known } else { &mut ours }).insert(island.range);
        }
        for mark in marks::marks(db, symbol.id, interval.as_str(), range).await? {
            if mark.status != CoverageStatus::Repaired {
                known.insert(mark.range);
            }
        }
        // What is sealed was looked through when it was sealed.
        let series = segments::Series::Candles(interval);
        let sealed = self.0.db.run("market.sealed_of", |tx| async move {
            segments::of_range(&tx, symbol.id, series, None, range).await
        });
        known.extend(sealed.await?.into_iter().map(|segment| TimeRange {
            from: segment.first_time,
            to: interval.close_time(segment.last_time),
        }));
        let ours = ours.without(&known);
        let Some((first, last)) = ours.as_slice().first().zip(ours.as_slice().last()) else {
            return Ok(known);
        };
        // Built here: as complete as the shortest candles are.
        let finest = coverage::finest(db, symbol.id).await?.unwrap_or(Interval::M1);
        let request = CoverageRequest {
            symbol: symbol.name.clone(),
            interval: finest,
            from: Some(first.from),
            to: Some(last.to),
        };
        let report = match coverage::report(db, &self.0.segments, &self.0.clock, &request).await {
            Ok(report) => report,
            Err(CoverageError::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(known),
        };
        let missing: TimeRanges =
            report.missing().map(|missing| missing.range.outward(interval)).collect();
        known.extend(ours.without(&missing).as_slice().iter().copied());
        Ok(known)
    }

    fn known(&self, name: &SymbolName, interval: Interval) -> TimeRanges {
        let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(name.clone(), interval)).cloned().unwrap_or_default()
    }

    fn remember(&self, name: &SymbolName, interval: Interval, range: TimeRange) {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() as u64 > MOST_CACHED {
            known.clear();
        }
        known.entry((name.clone(), interval)).or_default().insert(range);
    }

    /// The candle that is forming, from the venue, at most 2 s old; never stored.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn forming(
        &self,
        name: &SymbolName,
        interval: Interval,
    ) -> Result<Option<Candle>, FetchError> {
        let Some(source) = self.source(name.venue()) else { return Ok(None) };
        if !source.venue().intervals.contains(&interval) {
            return Ok(None);
        }
        let open = interval.open_time(self.0.clock.now());
        let asking = async {
            let range = TimeRange { from: open, to: interval.close_time(open) };
            let page = source.candles(name.code(), interval, range);
            self.asked(name.venue(), page).await.map(|mut page| page.pop())
        };
        let forming = self.0.forming.try_get_with((name.clone(), interval), asking).await;
        let forming = forming.map_err(|error: Arc<FetchError>| FetchError::clone(&error))?;
        Ok(forming.filter(|candle| candle.open_time == open))
    }

    /// Best bid and ask, from the venue.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn book(&self, name: &SymbolName) -> Result<Option<BookTicker>, FetchError> {
        let Some(source) = self.source(name.venue()) else { return Ok(None) };
        self.asked(name.venue(), source.book(name.code())).await.map(Some)
    }
}

/// Stores the first page of a range; tells up to when the venue has answered.
async fn one_page(
    db: &Db,
    source: &Arc<dyn VenueSource>,
    symbol: &Symbol,
    interval: Interval,
    range: TimeRange,
) -> Result<Time, FetchError> {
    let (stop, done) = (CancellationToken::new(), Mutex::new(range.from));
    let request = FillRequest { symbol, interval, range, repair: false };
    let watch = |report: &FillReport| {
        *done.lock().unwrap_or_else(PoisonError::into_inner) = report.done_to;
        stop.cancel();
    };
    match fill(db, source, request, &watch, &stop).await {
        Ok(_) | Err(FillError::Interrupted) => {}
        Err(FillError::Venue(error)) => return Err(error.into()),
        Err(FillError::Store(error)) => return Err(error.into()),
    }
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

impl From<SyncError> for FetchError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Venue(error) => Self::Venue(error),
            SyncError::Store(error) => error.into(),
            SyncError::Empty => Self::Venue(VenueError::Malformed(error.to_string())),
        }
    }
}
