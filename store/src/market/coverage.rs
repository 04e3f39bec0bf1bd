//! What is known of ranges of a series beyond its rows, and where its rows stand.

use domain::Time;
use domain::market::{CoverageStatus, Interval, TickKind, TimeRange, TimeRanges};
use postgres_types::Type;

use super::row::{At, time};
use crate::{Db, StoreError, Tx};

const MARK: &str = "
INSERT INTO market.coverage AS c (symbol_id, interval, status, source, ranges)
SELECT $1, $2, $3, $4, range_agg(tstzrange(from_time, to_time))
FROM unnest($5::timestamptz[], $6::timestamptz[]) AS r (from_time, to_time)
ON CONFLICT (symbol_id, interval, status, source) DO UPDATE
SET ranges = c.ranges + excluded.ranges, updated_at = now()";

const MARKS: &str = "
SELECT status, source, lower(r) AS from_time, upper(r) AS to_time
FROM market.coverage, unnest(ranges) AS r
WHERE symbol_id = $1 AND interval = $2 AND r && tstzrange($3, $4)
ORDER BY from_time";

const ISLANDS: &str = include_str!("queries/select_islands.sql");
const PROVEN_EMPTY: &str = include_str!("queries/select_proven_empty.sql");

const SEAMS: &str = include_str!("queries/select_seams.sql");

pub(super) const STATEMENTS: &[&str] = &[MARK, MARKS, ISLANDS, PROVEN_EMPTY, SEAMS];

/// Something that is known of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Empty, venue down, or repaired.
    pub status: CoverageStatus,
    /// Who says so, or where the rows came from.
    pub source: String,
    /// Which range.
    pub range: TimeRange,
}

/// A run of candles without a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Island {
    /// From the first one's beginning to the last one's end.
    pub range: TimeRange,
    /// How many.
    pub candles: i64,
    /// Whether they say that nothing was traded.
    pub empty: bool,
    /// Whether the venue itself gave them.
    pub venue: bool,
}

/// Notes what is known of ranges of a series, an interval or a kind of ticks. Only `Empty`, `Down`
/// and `Repaired` are noted; what was traded is told by the rows, what is missing by gaps.
///
/// # Errors
/// The database's.
pub async fn mark(
    tx: &Tx,
    symbol_id: i32,
    series: &str,
    status: CoverageStatus,
    source: &str,
    ranges: &TimeRanges,
) -> Result<(), StoreError> {
    if ranges.is_empty() {
        return Ok(());
    }
    let from: Vec<At> = ranges.as_slice().iter().map(|range| At(range.from)).collect();
    let to: Vec<At> = ranges.as_slice().iter().map(|range| At(range.to)).collect();
    let params: [crate::Param<'_>; 6] = [
        (&symbol_id, Type::INT4),
        (&series, Type::TEXT),
        (&status.as_str(), Type::TEXT),
        (&source, Type::TEXT),
        (&from, Type::TIMESTAMPTZ_ARRAY),
        (&to, Type::TIMESTAMPTZ_ARRAY),
    ];
    tx.execute(MARK, &params).await?;
    Ok(())
}

/// What is known of a series within a range, clipped to it.
///
/// # Errors
/// The database's.
pub async fn marks(
    db: &Db,
    symbol_id: i32,
    series: &str,
    within: TimeRange,
) -> Result<Vec<Mark>, StoreError> {
    let params: [crate::Param<'_>; 4] = [
        (&symbol_id, Type::INT4),
        (&series, Type::TEXT),
        (&At(within.from), Type::TIMESTAMPTZ),
        (&At(within.to), Type::TIMESTAMPTZ),
    ];
    let mut marks = Vec::new();
    for row in db.query("market.coverage_marks", MARKS, &params).await? {
        let range = TimeRange { from: time(&row, "from_time")?, to: time(&row, "to_time")? };
        let status: &str = row.try_get("status")?;
        let status = status
            .parse()
            .map_err(|error| StoreError::Unexpected(format!("in the database {error}")))?;
        if let Some(range) = range.intersection(within) {
            marks.push(Mark { status, source: row.try_get("source")?, range });
        }
    }
    Ok(marks)
}

/// The runs of stored candles that open within a range.
///
/// # Errors
/// The database's.
pub async fn islands(
    db: &Db,
    symbol_id: i32,
    interval: Interval,
    within: TimeRange,
) -> Result<Vec<Island>, StoreError> {
    let params: [crate::Param<'_>; 5] = [
        (&symbol_id, Type::INT4),
        (&interval.as_str(), Type::TEXT),
        (&At(within.from), Type::TIMESTAMPTZ),
        (&At(within.to), Type::TIMESTAMPTZ),
        (&interval.micros(), Type::INT8),
    ];
    let rows = db.query("market.coverage_islands", ISLANDS, &params).await?;
    rows.iter()
        .map(|row| {
            let range = TimeRange {
                from: time(row, "first")?,
                to: interval.close_time(time(row, "last")?),
            };
            let (candles, empty) = (row.try_get("candles")?, row.try_get("empty")?);
            Ok(Island { range, candles, empty, venue: row.try_get("venue")? })
        })
        .collect()
}

/// Holes between candles built from ticks in which, by the trade ids around them, nothing happened.
///
/// # Errors
/// The database's.
pub async fn proven_empty(
    db: &Db,
    symbol_id: i32,
    interval: Interval,
    kind: TickKind,
    within: TimeRange,
) -> Result<TimeRanges, StoreError> {
    let params: [crate::Param<'_>; 6] = [
        (&symbol_id, Type::INT4),
        (&interval.as_str(), Type::TEXT),
        (&domain::market::Origin::from(kind).as_str(), Type::TEXT),
        (&At(within.from), Type::TIMESTAMPTZ),
        (&At(within.to), Type::TIMESTAMPTZ),
        (&interval.micros(), Type::INT8),
    ];
    let rows = db.query("market.proven_empty", PROVEN_EMPTY, &params).await?;
    rows.iter()
        .map(|row| Ok(TimeRange { from: time(row, "from_time")?, to: time(row, "to_time")? }))
        .collect()
}

/// Candles of these intervals that open within a range and of which only parts are stored, as far
/// as anybody can tell: two origins saw different volumes, and the venue's own is not there.
///
/// # Errors
/// The database's.
pub async fn seams(
    db: &Db,
    symbol_id: i32,
    intervals: &[Interval],
    within: TimeRange,
) -> Result<Vec<(Interval, Time)>, StoreError> {
    let names: Vec<&str> = intervals.iter().map(|interval| interval.as_str()).collect();
    let params: [crate::Param<'_>; 4] = [
        (&symbol_id, Type::INT4),
        (&names, Type::TEXT_ARRAY),
        (&At(within.from), Type::TIMESTAMPTZ),
        (&At(within.to), Type::TIMESTAMPTZ),
    ];
    let rows = db.query("market.coverage_seams", SEAMS, &params).await?;
    rows.iter()
        .map(|row| {
            let interval = row.try_get::<_, &str>("interval")?.parse();
            let interval = interval.map_err(|error: domain::market::UnknownInterval| {
                StoreError::Unexpected(format!("in the database {error}"))
            })?;
            Ok((interval, time(row, "open_time")?))
        })
        .collect()
}
