//! A stretch of a symbol's candles, taken from its venue page by page. Each page is one transaction:
//! the candles, and what the venue's silence about the others means. So it can be interrupted
//! anywhere, and what was answered is never asked for again.

use std::sync::Arc;

use adapters::market::venue::{VenueError, VenueSource};
use domain::Time;
use domain::market::{Candle, CoverageStatus, Interval, TimeRange, TimeRanges};
use store::market::partitions::{self, Table};
use store::market::symbols::Symbol;
use store::market::{candles, coverage};
use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;

use crate::market::live;

/// Under which name the venue's candles are the source of something.
pub const SOURCE: &str = "venue candles";

/// What to fill, and why.
#[derive(Debug, Clone, Copy)]
pub struct FillRequest<'a> {
    /// Whose candles.
    pub symbol: &'a Symbol,
    /// Of which interval.
    pub interval: Interval,
    /// Those that open within.
    pub range: TimeRange,
    /// Whether they were missing, so that what comes is marked as repaired.
    pub repair: bool,
}

/// How far a fill is, or how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FillReport {
    /// Candles that the venue gave.
    pub candles: u64,
    /// Of those, new or corrected ones.
    pub written: u64,
    /// What the venue has no candle for.
    pub absent: TimeRanges,
    /// Pages asked for.
    pub pages: u64,
    /// Everything before this time was answered.
    pub done_to: Time,
}

/// Why a fill stopped. What came before it is stored.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// The venue did not answer.
    #[error(transparent)]
    Venue(#[from] VenueError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was asked to stop.
    #[error("interrupted; what came until then is stored, and the next run goes on behind it")]
    Interrupted,
}

/// Fills; `watch` hears of every page. Candles that are still forming are left out.
///
/// # Errors
/// [`FillError`].
pub async fn fill(
    db: &Db,
    source: &Arc<dyn VenueSource>,
    request: FillRequest<'_>,
    watch: &(dyn Fn(&FillReport) + Send + Sync),
    stop: &CancellationToken,
) -> Result<FillReport, FillError> {
    let FillRequest { symbol, interval, range, .. } = request;
    let code = symbol.name.code();
    let now = interruptible(stop, source.server_time()).await?;
    // The venue's clock decides what is closed: ours may differ from it.
    let end = range.to.min(interval.open_time(now));
    let mut report = FillReport { done_to: range.from, ..FillReport::default() };
    while let Some(rest) = TimeRange::new(report.done_to, end) {
        let page = interruptible(stop, source.candles(code, interval, rest)).await?;
        check(&page, interval, rest)?;
        let covered = page.last().map_or(end, |last| interval.close_time(last.open_time).min(end));
        let closed: Vec<Candle> = page
            .into_iter()
            .filter(|candle| interval.close_time(candle.open_time) <= end)
            .collect();
        let answered = TimeRange { from: rest.from, to: covered };
        let absent = absent(&closed, interval, answered);
        report.written += commit(db, source, &request, &closed, &absent).await?;
        report.candles += closed.len() as u64;
        report.absent.extend(absent.as_slice().iter().copied());
        report.pages += 1;
        report.done_to = covered;
        watch(&report);
    }
    Ok(report)
}

/// Waits for the venue, unless the end is asked for.
async fn interruptible<T>(
    stop: &CancellationToken,
    answer: impl Future<Output = Result<T, VenueError>>,
) -> Result<T, FillError> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(FillError::Interrupted),
        answer = answer => Ok(answer?),
    }
}

/// A page must be in order and lie where it was asked for, or progress would be made up.
fn check(page: &[Candle], interval: Interval, asked: TimeRange) -> Result<(), VenueError> {
    let mut before = None;
    for candle in page {
        let at = candle.open_time;
        let wrong = if at < asked.from || at >= asked.to {
            "lies outside what was asked for"
        } else if interval.open_time(at) != at {
            "does not begin where a candle can begin"
        } else if before.is_some_and(|before| at <= before) {
            "is not in order"
        } else {
            before = Some(at);
            continue;
        };
        return Err(VenueError::Malformed(format!("the {interval} candle of {at} {wrong}")));
    }
    Ok(())
}

/// What of a range none of the candles fills.
fn absent(candles: &[Candle], interval: Interval, within: TimeRange) -> TimeRanges {
    let present: TimeRanges = candles
        .iter()
        .map(|c| TimeRange { from: c.open_time, to: interval.close_time(c.open_time) })
        .collect();
    present.gaps(within)
}

async fn commit(
    db: &Db,
    source: &Arc<dyn VenueSource>,
    request: &FillRequest<'_>,
    closed: &[Candle],
    absent: &TimeRanges,
) -> Result<u64, StoreError> {
    let FillRequest { symbol, interval, repair, .. } = *request;
    let silence = if source.venue().candles_of_empty_minutes {
        CoverageStatus::Down
    } else {
        CoverageStatus::Empty
    };
    let weeks = closed.iter().flat_map(|c| [c.open_time, Interval::W1.open_time(c.open_time)]);
    partitions::ensure(db, Table::Candles, weeks).await?;
    db.run("market.fill", |tx| async move {
        let written = candles::write_venue(&tx, symbol, interval, closed, None).await?;
        let series = interval.as_str();
        coverage::mark(&tx, symbol.id, series, silence, SOURCE, absent).await?;
        if repair {
            let filled = written.places.iter().map(|at| closed[*at].open_time);
            let filled: TimeRanges =
                filled.map(|at| TimeRange { from: at, to: interval.close_time(at) }).collect();
            let repaired = CoverageStatus::Repaired;
            coverage::mark(&tx, symbol.id, series, repaired, SOURCE, &filled).await?;
        }
        if !written.places.is_empty() {
            live::announce_change(&tx, &symbol.name, symbol.id).await?;
        }
        Ok(written.places.len() as u64)
    })
    .await
}
