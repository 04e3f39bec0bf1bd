//! What closed candles said before they were corrected: counted and, when it is old, deleted.

use domain::Time;
use domain::market::{Interval, TimeRange};
use postgres_types::Type;

use super::row::{self, At, time};
use super::segments::Series;
use super::segments::partitions::range_of;
use crate::{Db, Param, StoreError, Tx};

const MONTHS: &str = "
SELECT symbol_id, interval, date_trunc('month', open_time, 'UTC') AS range_from,
       array_agg(DISTINCT origin ORDER BY origin) AS origins,
       count(*) AS row_count, sum(pg_column_size(r.*))::bigint AS bytes,
       count(*) FILTER (WHERE valid_to <= $1) AS old_row_count,
       coalesce(sum(pg_column_size(r.*)) FILTER (WHERE valid_to <= $1), 0)::bigint AS old_bytes
FROM market.candle_revisions r GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

const PRUNE: &str = "
DELETE FROM market.candle_revisions r USING (
    SELECT origin, open_time, valid_from FROM market.candle_revisions
    WHERE symbol_id = $1 AND interval = $2 AND open_time >= $3 AND open_time < $4 AND valid_to <= $5
    LIMIT $6) old
WHERE r.symbol_id = $1 AND r.interval = $2 AND r.origin = old.origin
  AND r.open_time = old.open_time AND r.valid_from = old.valid_from";

pub(super) const STATEMENTS: &[&str] = &[MONTHS, PRUNE];

/// The revisions of a month of candles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// Whose candles.
    pub symbol_id: i32,
    /// Of which interval.
    pub interval: Interval,
    /// Which month.
    pub range: TimeRange,
    /// Of which origins.
    pub origins: Vec<String>,
    /// How many, and their bytes.
    pub all: (u64, u64),
    /// How many were replaced by the time asked for, and their bytes.
    pub old: (u64, u64),
}

/// Every month that has revisions; `old` are those replaced by `before`.
///
/// # Errors
/// The database's.
pub async fn months(db: &Db, before: Time) -> Result<Vec<Month>, StoreError> {
    let rows = db.query("market.revisions", MONTHS, &[(&At(before), Type::TIMESTAMPTZ)]).await?;
    rows.iter()
        .map(|row| {
            let interval = row::interval(row.try_get("interval")?)?;
            let count = |column: &str| -> Result<u64, StoreError> {
                Ok(row.try_get::<_, i64>(column)?.unsigned_abs())
            };
            Ok(Month {
                symbol_id: row.try_get("symbol_id")?,
                interval,
                range: range_of(Series::Candles(interval), time(row, "range_from")?)?,
                origins: row.try_get("origins")?,
                all: (count("row_count")?, count("bytes")?),
                old: (count("old_row_count")?, count("old_bytes")?),
            })
        })
        .collect()
}

/// Deletes at most `limit` revisions of a month that were replaced by `before`; returns how many.
///
/// # Errors
/// The database's.
pub async fn prune(tx: &Tx, month: &Month, before: Time, limit: i64) -> Result<u64, StoreError> {
    let params: [Param<'_>; 6] = [
        (&month.symbol_id, Type::INT4),
        (&month.interval.as_str(), Type::TEXT),
        (&At(month.range.from), Type::TIMESTAMPTZ),
        (&At(month.range.to), Type::TIMESTAMPTZ),
        (&At(before), Type::TIMESTAMPTZ),
        (&limit, Type::INT8),
    ];
    tx.execute(PRUNE, &params).await
}
