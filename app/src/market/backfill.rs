//! The past of a symbol, taken from its venue: what is not there yet, page by page, and then
//! compared with the venue's candles of a longer interval.

use std::sync::Arc;

use adapters::market::venue::VenueSource;
use domain::Time;
use domain::market::{Candle, Interval, Origin, SymbolName, TimeRange};
use store::market::candles::{self, CandleQuery};
use store::market::symbols::{self, Symbol};
use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::market::coverage::{self, CoverageError, CoverageRequest};
use crate::market::fill::{FillError, FillReport, FillRequest, fill};
use crate::market::segments::Segments;

/// Differing candles that a report names.
const MOST_NAMED: usize = 20;

/// What to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillRequest {
    /// Whose candles.
    pub symbol: SymbolName,
    /// Of which interval.
    pub interval: Interval,
    /// From the candle of this time on.
    pub from: Time,
    /// Before the candle of this time; up to now where it is not given.
    pub to: Option<Time>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackfillStep {
    /// Candles of the range that are answered for, those included that were there before.
    pub done: i64,
    /// Candles that the range spans.
    pub total: i64,
    /// New candles so far.
    pub written: u64,
    /// The time it is at.
    pub at: Time,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillReport {
    /// The range.
    pub range: TimeRange,
    /// Candles that it spans.
    pub total: i64,
    /// Of those, answered for before this run.
    pub already: i64,
    /// Candles that are new.
    pub written: u64,
    /// Candles that the venue does not have.
    pub absent: i64,
    /// The comparison, where the venue has a longer interval.
    pub check: Option<Check>,
}

/// The venue's candles of a longer interval beside ours, rolled up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// That interval.
    pub interval: Interval,
    /// Candles compared.
    pub compared: u64,
    /// Those that differ.
    pub differing: u64,
    /// The first of them.
    pub examples: Vec<Time>,
}

/// Why a back-fill stopped. What came before it is stored.
#[derive(Debug, thiserror::Error)]
pub enum BackfillError {
    /// The venue has no such candles.
    #[error("{venue} has no candles of {interval}")]
    Interval {
        /// The venue.
        venue: String,
        /// What was asked for.
        interval: Interval,
    },
    /// The range ends before it begins.
    #[error("from {from} is not before to {to}")]
    Range {
        /// Its beginning.
        from: Time,
        /// Its end.
        to: Time,
    },
    /// It can't be told what is there.
    #[error(transparent)]
    Coverage(#[from] CoverageError),
    /// A page did not come.
    #[error(transparent)]
    Fill(#[from] FillError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fetches what of the range is not answered for yet.
///
/// # Errors
/// [`BackfillError`].
pub async fn backfill(
    db: &Db,
    segments: &Segments,
    clock: &Clock,
    source: &Arc<dyn VenueSource>,
    request: &BackfillRequest,
    watch: &(dyn Fn(BackfillStep) + Send + Sync),
    stop: &CancellationToken,
) -> Result<BackfillReport, BackfillError> {
    let interval = request.interval;
    if !source.venue().intervals.contains(&interval) {
        let venue = source.venue().code.clone();
        return Err(BackfillError::Interval { venue, interval });
    }
    let now = source.server_time().await.map_err(FillError::Venue)?;
    let to = request.to.unwrap_or(Time::MAX).min(interval.open_time(now));
    let range = TimeRange::new(interval.open_time(request.from), to)
        .ok_or(BackfillError::Range { from: request.from, to })?;
    let name = &request.symbol;
    let ensure = |tx| async move { symbols::ensure(&tx, name, None).await };
    let symbol = db.run("market.backfill_symbol", ensure).await?;
    let asked = CoverageRequest {
        symbol: request.symbol.clone(),
        interval,
        from: Some(range.from),
        to: Some(range.to),
    };
    let before = coverage::report(db, segments, clock, &asked).await?;
    let total = before.expected();
    let missing: Vec<TimeRange> = before.missing().map(|missing| missing.range).collect();
    let already =
        total - missing.iter().map(|range| range.micros() / interval.micros()).sum::<i64>();
    let mut report = BackfillReport { range, total, already, written: 0, absent: 0, check: None };
    let mut done = already;
    for range in missing {
        let (written, told) = (report.written, done);
        let step = |fill: &FillReport| {
            let past = (fill.done_to.micros() - range.from.micros()) / interval.micros();
            let written = written + fill.written;
            watch(BackfillStep { done: told + past, total, written, at: fill.done_to });
        };
        let part = FillRequest { symbol: &symbol, interval, range, repair: false };
        let filled = fill(db, source, part, &step, stop).await?;
        done += range.micros() / interval.micros();
        report.written += filled.written;
        report.absent += filled.absent.micros() / interval.micros();
    }
    symbols::refresh_summaries(db).await?;
    report.check = check(db, source, &symbol, interval, range, stop).await?;
    Ok(report)
}

/// Compares our roll-ups with the venue's own longer candles.
async fn check(
    db: &Db,
    source: &Arc<dyn VenueSource>,
    symbol: &Symbol,
    interval: Interval,
    range: TimeRange,
    stop: &CancellationToken,
) -> Result<Option<Check>, BackfillError> {
    let longer = [Interval::H1, Interval::D1, Interval::W1].into_iter();
    let has = |other: &Interval| *other > interval && source.venue().intervals.contains(other);
    let Some(other) = longer.into_iter().find(has) else { return Ok(None) };
    let Some(whole) = range.inward(other) else { return Ok(None) };
    let mut check = Check { interval: other, compared: 0, differing: 0, examples: Vec::new() };
    let mut from = whole.from;
    while let Some(rest) = TimeRange::new(from, whole.to) {
        let theirs = tokio::select! {
            () = stop.cancelled() => return Err(FillError::Interrupted.into()),
            page = source.candles(symbol.name.code(), other, rest) => page.map_err(FillError::Venue)?,
        };
        let Some(last) = theirs.last() else { break };
        let to = other.close_time(last.open_time).max(from.plus_micros(1));
        let query = CandleQuery {
            symbol_id: symbol.id,
            interval: other,
            origin: Some(Origin::Rollup(interval)),
            from,
            to,
            descending: false,
            limit: i64::from(u16::MAX),
        };
        let ours = candles::page(db, &query).await?;
        for candle in &theirs {
            let at = ours.binary_search_by_key(&candle.open_time, |ours| ours.open_time);
            check.compared += 1;
            if !at.is_ok_and(|at| figures(&ours[at]) == figures(candle)) {
                check.differing += 1;
                check
                    .examples
                    .extend((check.examples.len() < MOST_NAMED).then_some(candle.open_time));
            }
        }
        from = to;
    }
    Ok(Some(check))
}

fn figures(candle: &Candle) -> [String; 5] {
    let [open, high, low, close] =
        [candle.open, candle.high, candle.low, candle.close].map(|price| price.normalize());
    [
        open.to_string(),
        high.to_string(),
        low.to_string(),
        close.to_string(),
        candle.volume.to_string(),
    ]
}
