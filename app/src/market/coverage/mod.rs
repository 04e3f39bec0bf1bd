//! What of a symbol's candles is there, and what each hole means. Rows tell what was traded; trade
//! ids, the venue's answers and open gaps tell the rest; what nothing tells is missing.

mod evidence;

use std::collections::BTreeMap;

use domain::market::{CoverageStatus, Interval, SymbolName, TimeRange};
use domain::{Decimal, Time};
use store::market::gaps::{self, NewGap};
use store::market::symbols::{self, Symbol};
use store::market::{coverage, holdings};
use store::{Db, StoreError};

use crate::Clock;
use crate::market::segments::{SegmentError, Segments};
use evidence::Evidence;

/// Which series is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRequest {
    /// Of which symbol.
    pub symbol: SymbolName,
    /// Candles of which interval.
    pub interval: Interval,
    /// From the candle of this time on; from the first one held where it is not given.
    pub from: Option<Time>,
    /// Before the candle of this time; up to the last one held that has closed where not given.
    pub to: Option<Time>,
}

/// A run of candles of one status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRange {
    /// From when until before when.
    pub range: TimeRange,
    /// What is known of it.
    pub status: CoverageStatus,
    /// Who says so, or where it was repaired from.
    pub source: Option<String>,
    /// How many candles it spans.
    pub candles: i64,
}

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageReport {
    /// Of which symbol.
    pub symbol: SymbolName,
    /// Candles of which interval.
    pub interval: Interval,
    /// From when until before when; `None` where nothing is held and nothing was asked for.
    pub range: Option<TimeRange>,
    /// Every candle of the range stands in one of these, in order.
    pub ranges: Vec<CoverageRange>,
}

impl CoverageReport {
    /// Candles that the range spans.
    #[must_use]
    pub fn expected(&self) -> i64 {
        self.ranges.iter().map(|range| range.candles).sum()
    }

    /// Candles of each status.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<CoverageStatus, i64> {
        let mut counts: BTreeMap<_, _> = CoverageStatus::ALL.map(|status| (status, 0)).into();
        for range in &self.ranges {
            *counts.entry(range.status).or_default() += range.candles;
        }
        counts
    }

    /// The share of candles that are not missing, from 0 to 1, rounded down to six places so that
    /// only a complete range has 1. Of nothing, 1.
    #[must_use]
    pub fn ratio(&self) -> Decimal {
        let (expected, missing) = (self.expected(), self.counts()[&CoverageStatus::Missing]);
        if expected == 0 {
            return Decimal::ONE;
        }
        let millionths = i128::from(expected - missing) * 1_000_000 / i128::from(expected);
        Decimal::from_i128_with_scale(millionths, 6).normalize()
    }

    /// The ranges in which something is missing.
    pub fn missing(&self) -> impl Iterator<Item = &CoverageRange> {
        self.ranges.iter().filter(|range| range.status == CoverageStatus::Missing)
    }
}

/// Why coverage can't be told.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    /// No such symbol is stored.
    #[error("there is no symbol {0}")]
    UnknownSymbol(SymbolName),
    /// The range ends before it begins.
    #[error("from {from} is not before to {to}")]
    InvalidRange {
        /// Its beginning.
        from: Time,
        /// Its end.
        to: Time,
    },
    /// A segment can't be read.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tells what is there of a series.
///
/// # Errors
/// [`CoverageError`].
pub async fn report(
    db: &Db,
    segments: &Segments,
    clock: &Clock,
    request: &CoverageRequest,
) -> Result<CoverageReport, CoverageError> {
    let unknown = || CoverageError::UnknownSymbol(request.symbol.clone());
    let symbol = symbols::get(db, &request.symbol).await?.ok_or_else(unknown)?;
    let interval = request.interval;
    if let (Some(from), Some(to)) = (request.from, request.to)
        && from > to
    {
        return Err(CoverageError::InvalidRange { from, to });
    }
    let range = match (request.from, request.to, held(db, clock, &symbol, interval).await?) {
        (Some(from), Some(to), _) => TimeRange::new(from, to),
        (from, to, Some(held)) => TimeRange::new(from.unwrap_or(held.from), to.unwrap_or(held.to)),
        (_, _, None) => None,
    };
    let range = range.map(|range| range.outward(interval));
    let ranges = match range {
        Some(range) => Evidence::gather(db, segments, &symbol, interval, range).await?.ranges(),
        None => Vec::new(),
    };
    Ok(CoverageReport { symbol: symbol.name, interval, range, ranges })
}

/// From the first candle held to the end of the last one that has closed.
async fn held(
    db: &Db,
    clock: &Clock,
    symbol: &Symbol,
    interval: Interval,
) -> Result<Option<TimeRange>, StoreError> {
    let held = holdings::of_symbol(db, symbol.id).await?;
    let series = || held.iter().filter(|held| held.interval == interval.as_str());
    let first = series().map(|held| held.first_time).min();
    let last = series().map(|held| interval.close_time(held.last_time)).max();
    let closed = interval.open_time(clock.now());
    Ok(first.zip(last).and_then(|(first, last)| TimeRange::new(first, last.min(closed))))
}

/// Notes as gaps what is missing of a symbol and is not noted yet; returns how many ranges.
///
/// # Errors
/// The database's.
pub async fn find_gaps(
    db: &Db,
    segments: &Segments,
    clock: &Clock,
    symbol: &Symbol,
    interval: Interval,
    since: Option<Time>,
) -> Result<usize, SegmentError> {
    let Some(held) = held(db, clock, symbol, interval).await? else { return Ok(0) };
    let from = since.unwrap_or(held.from).max(held.from);
    let Some(range) = TimeRange::new(from, held.to) else { return Ok(0) };
    let evidence =
        Evidence::gather(db, segments, symbol, interval, range.outward(interval)).await?;
    let new: Vec<NewGap> = evidence
        .unexplained()
        .as_slice()
        .iter()
        .map(|range| NewGap {
            symbol_id: symbol.id,
            series: interval.as_str(),
            ids: None,
            range: *range,
            reason: "hole",
        })
        .collect();
    let (now, gaps) = (clock.now(), &new);
    let note = |tx| async move { gaps::open(&tx, gaps, now).await };
    db.run("market.note_gaps", note).await?;
    Ok(new.len())
}

/// Notes as gaps the candles that have closed and of which only parts are stored: an hour whose first
/// minutes were the venue's candles and whose others were recorded is whole in neither. `intervals`
/// are those that the venue has, which is asked for them. Returns how many.
///
/// # Errors
/// The database's.
pub async fn find_seams(
    db: &Db,
    clock: &Clock,
    symbol: &Symbol,
    intervals: &[Interval],
    since: Option<Time>,
) -> Result<usize, StoreError> {
    // The longest candle that has closed since then may have opened a week before.
    let from = since.map_or(Time::MIN, |since| Interval::W1.open_time(since));
    let Some(range) = TimeRange::new(from, clock.now()) else { return Ok(0) };
    let seams = coverage::seams(db, symbol.id, intervals, range).await?;
    let gap = |(interval, from): (Interval, Time)| NewGap {
        symbol_id: symbol.id,
        series: interval.as_str(),
        ids: None,
        range: TimeRange { from, to: interval.close_time(from) },
        reason: "parts",
    };
    let new: Vec<NewGap> =
        seams.into_iter().map(gap).filter(|gap| gap.range.to <= range.to).collect();
    let (now, gaps) = (clock.now(), &new);
    let note = |tx| async move { gaps::open(&tx, gaps, now).await };
    db.run("market.note_seams", note).await?;
    Ok(new.len())
}

/// The interval in whose candles holes of a symbol show best: minutes, else the shortest that the
/// venue gave.
///
/// # Errors
/// The database's.
pub async fn finest(db: &Db, symbol_id: i32) -> Result<Option<Interval>, StoreError> {
    let held = holdings::of_symbol(db, symbol_id).await?;
    let has = |interval: &Interval| held.iter().any(|h| h.interval == interval.as_str());
    Ok(Interval::ALL.into_iter().find(has))
}
