//! What is known to be missing, from the moment it is found until it is repaired, and how that went.

use domain::Time;
use domain::market::TimeRange;
use postgres_types::Type;
use tokio_postgres::Row;

use super::row::{At, maybe_time, time};
use crate::{Db, StoreError, Tx};

const OPEN: &str = "
INSERT INTO market.gaps (symbol_id, series, first_id, last_id, range, reason, found_at)
SELECT n.symbol_id, n.series, n.first_id, n.last_id, tstzrange(n.from_time, n.to_time), n.reason, $8
FROM unnest($1::int[], $2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[], $7::text[])
    AS n (symbol_id, series, first_id, last_id, from_time, to_time, reason)
WHERE NOT EXISTS (
    SELECT FROM market.gaps g
    WHERE g.symbol_id = n.symbol_id AND g.series = n.series AND g.repaired_at IS NULL
      AND g.range @> tstzrange(n.from_time, n.to_time)
      AND (n.first_id IS NULL OR (g.first_id <= n.first_id AND g.last_id >= n.last_id)))";

const NEXT: &str = "
SELECT id, symbol_id, series, first_id, last_id, lower(range) AS from_time, upper(range) AS to_time, reason,
    found_at, attempts, next_try_at, last_error, repaired_at, repaired_from, repaired_rows
FROM market.gaps
WHERE repaired_at IS NULL AND symbol_id = ANY($1) AND (next_try_at IS NULL OR next_try_at <= $2)
ORDER BY found_at, id LIMIT 1";

const LIST: &str = "
SELECT id, symbol_id, series, first_id, last_id, lower(range) AS from_time, upper(range) AS to_time, reason,
    found_at, attempts, next_try_at, last_error, repaired_at, repaired_from, repaired_rows
FROM market.gaps
WHERE symbol_id = ANY($1) AND (NOT $2 OR repaired_at IS NULL) AND range && tstzrange($3, $4)
ORDER BY found_at, id LIMIT $5";

const ADVANCE: &str = "
UPDATE market.gaps
SET first_id = $2, range = tstzrange($3, greatest(upper(range), $3::timestamptz + INTERVAL '1 microsecond')),
    repaired_rows = coalesce(repaired_rows, 0) + $4, attempts = 0, next_try_at = NULL, last_error = NULL
WHERE id = $1 AND repaired_at IS NULL";

const CLOSE: &str = "
UPDATE market.gaps
SET repaired_at = $2, repaired_from = $3, repaired_rows = coalesce(repaired_rows, 0) + $4, last_error = NULL,
    next_try_at = NULL
WHERE id = $1 AND repaired_at IS NULL";

const FAIL: &str = "
UPDATE market.gaps SET attempts = attempts + 1, next_try_at = $2, last_error = $3
WHERE id = $1 AND repaired_at IS NULL";

const COUNT: &str = "
SELECT count(*) AS gaps, min(found_at) AS oldest FROM market.gaps WHERE repaired_at IS NULL";

pub(super) const STATEMENTS: &[&str] = &[OPEN, NEXT, LIST, ADVANCE, CLOSE, FAIL, COUNT];

/// Something missing that was found just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGap {
    /// Of which symbol.
    pub symbol_id: i32,
    /// A kind of ticks, or an interval of candles.
    pub series: &'static str,
    /// Ticks: the first and the last id that is missing.
    pub ids: Option<(i64, i64)>,
    /// When it happened.
    pub range: TimeRange,
    /// How it was noticed.
    pub reason: &'static str,
}

/// Something missing, or that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its number.
    pub id: i64,
    /// Of which symbol.
    pub symbol_id: i32,
    /// A kind of ticks, or an interval of candles.
    pub series: String,
    /// Ticks: the first and the last id still missing.
    pub ids: Option<(i64, i64)>,
    /// When it happened, as far as it is not repaired yet.
    pub range: TimeRange,
    /// How it was noticed.
    pub reason: String,
    /// When it was noticed.
    pub found_at: Time,
    /// Failed attempts since the last success.
    pub attempts: i32,
    /// Not to be tried before.
    pub next_try_at: Option<Time>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was repaired.
    pub repaired_at: Option<Time>,
    /// From where.
    pub repaired_from: Option<String>,
    /// How many rows that brought so far.
    pub repaired_rows: Option<i64>,
}

/// Notes what is missing; what lies within an open gap is not noted twice.
///
/// # Errors
/// The database's.
pub async fn open(tx: &Tx, gaps: &[NewGap], now: Time) -> Result<u64, StoreError> {
    if gaps.is_empty() {
        return Ok(0);
    }
    let symbols: Vec<i32> = gaps.iter().map(|gap| gap.symbol_id).collect();
    let series: Vec<&str> = gaps.iter().map(|gap| gap.series).collect();
    let firsts: Vec<Option<i64>> = gaps.iter().map(|gap| gap.ids.map(|ids| ids.0)).collect();
    let lasts: Vec<Option<i64>> = gaps.iter().map(|gap| gap.ids.map(|ids| ids.1)).collect();
    let from: Vec<At> = gaps.iter().map(|gap| At(gap.range.from)).collect();
    let to: Vec<At> = gaps.iter().map(|gap| At(gap.range.to)).collect();
    let reasons: Vec<&str> = gaps.iter().map(|gap| gap.reason).collect();
    let params: [crate::Param<'_>; 8] = [
        (&symbols, Type::INT4_ARRAY),
        (&series, Type::TEXT_ARRAY),
        (&firsts, Type::INT8_ARRAY),
        (&lasts, Type::INT8_ARRAY),
        (&from, Type::TIMESTAMPTZ_ARRAY),
        (&to, Type::TIMESTAMPTZ_ARRAY),
        (&reasons, Type::TEXT_ARRAY),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    tx.execute(OPEN, &params).await
}

/// The gap of these symbols that was found first and may be tried now.
///
/// # Errors
/// The database's.
pub async fn next(db: &Db, symbol_ids: &[i32], now: Time) -> Result<Option<Gap>, StoreError> {
    let params: [crate::Param<'_>; 2] =
        [(&symbol_ids, Type::INT4_ARRAY), (&At(now), Type::TIMESTAMPTZ)];
    let rows = db.query("market.next_gap", NEXT, &params).await?;
    rows.first().map(read).transpose()
}

/// Gaps of symbols that touch a range, in the order in which they were found.
///
/// # Errors
/// The database's.
pub async fn list(
    db: &Db,
    symbol_ids: &[i32],
    only_open: bool,
    range: TimeRange,
    limit: i64,
) -> Result<Vec<Gap>, StoreError> {
    let params: [crate::Param<'_>; 5] = [
        (&symbol_ids, Type::INT4_ARRAY),
        (&only_open, Type::BOOL),
        (&At(range.from), Type::TIMESTAMPTZ),
        (&At(range.to), Type::TIMESTAMPTZ),
        (&limit, Type::INT8),
    ];
    db.query("market.gaps", LIST, &params).await?.iter().map(read).collect()
}

/// Notes that a gap is repaired up to before the trade `first_id`, from which on it stays.
///
/// # Errors
/// The database's.
pub async fn advance(
    tx: &Tx,
    gap: i64,
    first_id: i64,
    from: Time,
    rows: i64,
) -> Result<(), StoreError> {
    let params: [crate::Param<'_>; 4] = [
        (&gap, Type::INT8),
        (&first_id, Type::INT8),
        (&At(from), Type::TIMESTAMPTZ),
        (&rows, Type::INT8),
    ];
    tx.execute(ADVANCE, &params).await?;
    Ok(())
}

/// Notes that a gap is repaired.
///
/// # Errors
/// The database's.
pub async fn close(
    tx: &Tx,
    gap: i64,
    now: Time,
    source: &str,
    rows: i64,
) -> Result<(), StoreError> {
    let params: [crate::Param<'_>; 4] = [
        (&gap, Type::INT8),
        (&At(now), Type::TIMESTAMPTZ),
        (&source, Type::TEXT),
        (&rows, Type::INT8),
    ];
    tx.execute(CLOSE, &params).await?;
    Ok(())
}

/// Notes that an attempt failed and when the next may be made.
///
/// # Errors
/// The database's.
pub async fn fail(db: &Db, gap: i64, next_try_at: Time, why: &str) -> Result<(), StoreError> {
    let at = At(next_try_at);
    let (gap, at) = (&gap, &at);
    db.run("market.fail_gap", |tx| async move {
        let params: [crate::Param<'_>; 3] =
            [(gap, Type::INT8), (at, Type::TIMESTAMPTZ), (&why, Type::TEXT)];
        tx.execute(FAIL, &params).await
    })
    .await?;
    Ok(())
}

/// How many gaps are open, and since when the oldest.
///
/// # Errors
/// The database's.
pub async fn open_count(db: &Db) -> Result<(i64, Option<Time>), StoreError> {
    let rows = db.query("market.open_gaps", COUNT, &[]).await?;
    let row = rows.first().ok_or_else(|| StoreError::Unexpected("a count is missing".into()))?;
    Ok((row.try_get("gaps")?, maybe_time(row, "oldest")?))
}

fn read(row: &Row) -> Result<Gap, StoreError> {
    let (first, last): (Option<i64>, Option<i64>) =
        (row.try_get("first_id")?, row.try_get("last_id")?);
    Ok(Gap {
        id: row.try_get("id")?,
        symbol_id: row.try_get("symbol_id")?,
        series: row.try_get("series")?,
        ids: first.zip(last),
        range: TimeRange { from: time(row, "from_time")?, to: time(row, "to_time")? },
        reason: row.try_get("reason")?,
        found_at: time(row, "found_at")?,
        attempts: row.try_get("attempts")?,
        next_try_at: maybe_time(row, "next_try_at")?,
        last_error: row.try_get("last_error")?,
        repaired_at: maybe_time(row, "repaired_at")?,
        repaired_from: row.try_get("repaired_from")?,
        repaired_rows: row.try_get("repaired_rows")?,
    })
}
