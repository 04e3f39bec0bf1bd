//! What tells of candles, and what follows from it.

use std::collections::BTreeSet;

use domain::Amount;
use domain::market::{Candle, CoverageStatus, Interval, TickKind, TimeRange, TimeRanges};
use store::Db;
use store::market::candles::CandleQuery;
use store::market::coverage::{self, Mark};
use store::market::gaps::{self, Gap};
use store::market::segments::{self as catalogue, Series};
use store::market::symbols::Symbol;

use super::CoverageRange;
use crate::market::segments::{SegmentError, Segments};

/// Open gaps of one symbol that are looked at; beyond them the oldest count.
const MOST_GAPS: i64 = 100_000;

/// Everything that says something of a range of candles, each aligned to whole candles.
pub(super) struct Evidence {
    interval: Interval,
    range: TimeRange,
    traded: TimeRanges,
    empty: TimeRanges,
    marks: Vec<Mark>,
    gaps: TimeRanges,
}

impl Evidence {
    pub(super) async fn gather(
        db: &Db,
        segments: &Segments,
        symbol: &Symbol,
        interval: Interval,
        range: TimeRange,
    ) -> Result<Self, SegmentError> {
        let (mut traded, mut empty, mut venue) =
            (TimeRanges::default(), TimeRanges::default(), TimeRanges::default());
        for island in coverage::islands(db, symbol.id, interval, range).await? {
            (if island.empty { &mut empty } else { &mut traded }).insert(island.range);
            if island.venue {
                venue.insert(island.range);
            }
        }
        let sealed = catalogue::touched(db, symbol.id, &[range]).await?;
        let sealed = sealed.iter().filter(|s| s.series == Series::Candles(interval));
        // Origins share a partition.
        let parts: BTreeSet<TimeRange> =
            sealed.filter_map(|segment| segment.range.intersection(range)).collect();
        for part in parts {
            for candle in sealed_candles(db, segments, symbol.id, interval, part).await? {
                let is_empty = candle.volume == Amount::ZERO;
                let to = interval.close_time(candle.open_time);
                let one = TimeRange { from: candle.open_time, to };
                (if is_empty { &mut empty } else { &mut traded }).insert(one);
            }
        }
        let mut marks = Vec::new();
        for series in series_below(interval) {
            for mark in coverage::marks(db, symbol.id, series, range).await? {
                let aligned = match mark.status {
                    CoverageStatus::Repaired => Some(mark.range.outward(interval)),
                    _ => mark.range.inward(interval),
                };
                marks.extend(aligned.map(|range| Mark { range, ..mark }));
            }
        }
        for kind in [TickKind::Trade, TickKind::AggTrade] {
            let proven = coverage::proven_empty(db, symbol.id, interval, kind, range).await?;
            empty.extend(proven.as_slice().iter().copied());
        }
        let open = gaps::list(db, &[symbol.id], true, range, MOST_GAPS).await?;
        let (ticks, candles): (Vec<&Gap>, Vec<&Gap>) =
            open.iter().partition(|gap| gap.ids.is_some());
        // Where the venue's own candle is there, missing trades do not make it less.
        let ticks: TimeRanges = ticks.iter().map(|gap| gap.range.outward(interval)).collect();
        let mut gaps = ticks.without(&venue);
        let ours = series_below(interval);
        let candles = candles.iter().filter(|gap| ours.contains(&gap.series.as_str()));
        gaps.extend(candles.map(|gap| gap.range.outward(interval)));
        Ok(Self { interval, range, traded, empty, marks, gaps: gaps.clip(range) })
    }

    fn marked(&self, status: CoverageStatus) -> TimeRanges {
        self.marks.iter().filter(|mark| mark.status == status).map(|mark| mark.range).collect()
    }

    /// What has no candle and no reason for that.
    pub(super) fn unexplained(&self) -> TimeRanges {
        let known = [&self.traded, &self.empty, &self.gaps];
        let known: TimeRanges = known.iter().flat_map(|set| set.as_slice()).copied().collect();
        let down = self.marked(CoverageStatus::Down);
        let empty = self.marked(CoverageStatus::Empty);
        known.gaps(self.range).without(&down).without(&empty)
    }

    /// The range cut into runs of one status and source. Each step takes from what is left.
    pub(super) fn ranges(&self) -> Vec<CoverageRange> {
        let mut missing = self.unexplained();
        missing.extend(self.gaps.as_slice().iter().copied());
        let mut left = TimeRanges::from_iter([self.range]).without(&missing);
        let mut out = Vec::new();
        self.put(&mut out, &missing, CoverageStatus::Missing, None);
        let mut take = |set: &TimeRanges, status, source: Option<&str>| {
            let taken = left.intersection(set);
            left = left.without(&taken);
            self.put(&mut out, &taken, status, source);
        };
        for mark in self.marks.iter().filter(|mark| mark.status == CoverageStatus::Repaired) {
            let repaired = self.traded.clip(mark.range);
            take(&repaired, mark.status, Some(&mark.source));
        }
        take(&self.traded, CoverageStatus::Traded, None);
        take(&self.empty, CoverageStatus::Empty, None);
        for mark in &self.marks {
            take(&TimeRanges::from_iter([mark.range]), mark.status, Some(&mark.source));
        }
        out.sort_by_key(|range| range.range);
        out
    }

    fn put(
        &self,
        out: &mut Vec<CoverageRange>,
        set: &TimeRanges,
        status: CoverageStatus,
        source: Option<&str>,
    ) {
        let step = self.interval.micros();
        out.extend(set.as_slice().iter().map(|range| CoverageRange {
            range: *range,
            status,
            source: source.map(str::to_owned),
            candles: range.micros() / step,
        }));
    }
}

/// Candles of a range in which some are sealed: a month of them at most is held at a time.
async fn sealed_candles(
    db: &Db,
    segments: &Segments,
    symbol_id: i32,
    interval: Interval,
    range: TimeRange,
) -> Result<Vec<Candle>, SegmentError> {
    let TimeRange { from, to } = range;
    let (descending, limit) = (false, range.micros() / interval.micros() + 1);
    let query = CandleQuery { symbol_id, interval, origin: None, from, to, descending, limit };
    segments.candle_page(db, &query).await
}

/// The series whose marks and gaps say something of candles of an interval.
fn series_below(interval: Interval) -> Vec<&'static str> {
    let candles = Interval::ALL.into_iter().filter(|other| *other <= interval);
    let ticks = [TickKind::Trade.as_str(), TickKind::AggTrade.as_str()];
    candles.map(Interval::as_str).chain(ticks).collect()
}
