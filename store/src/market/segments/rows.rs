//! Rows on their way between the tables and segments, whole: nothing that is stored is left out.

use std::collections::BTreeMap;

use domain::market::{Interval, Order, StoredCandle, Tick, TickKind, TimeRange};
use postgres_types::Type;
use tokio_postgres::Row;

use super::super::copy::CopyRows;
use super::super::row::{self, At, maybe_time, time};
use super::super::ticks;
use super::Series;
use crate::{Param, StoreError, Tx};

const ORIGINS: &str = "
SELECT DISTINCT origin FROM market.candles
WHERE symbol_id = $1 AND interval = $2 AND open_time >= $3 AND open_time < $4 ORDER BY origin";

const CANDLES: &str = "
SELECT * FROM market.candles
WHERE symbol_id = $1 AND interval = $2 AND origin = $3 AND open_time >= $4 AND open_time < $5
ORDER BY open_time LIMIT $6";

const TICKS: &str = "
SELECT * FROM market.ticks
WHERE symbol_id = $1 AND aggregated = $2 AND time >= $3 AND time < $4 AND (time, seq, trade_id) > ($3, $5, $6)
ORDER BY time, seq, trade_id LIMIT $7";

const DELETE_CANDLES: &str = "
WITH gone AS (DELETE FROM market.candles
    WHERE symbol_id = $1 AND interval = $2 AND open_time >= $3 AND open_time < $4 RETURNING origin)
SELECT origin, count(*) FROM gone GROUP BY origin";

const DELETE_TICKS: &str = "
WITH gone AS (DELETE FROM market.ticks
    WHERE symbol_id = $1 AND aggregated = $2 AND time >= $3 AND time < $4 RETURNING 1)
SELECT CASE WHEN $2 THEN 'agg_trade' ELSE 'trade' END, count(*) FROM gone HAVING count(*) > 0";

const COPY_CANDLES: &str = "
COPY market.candles (symbol_id, interval, open_time, origin, open, high, low, close, volume,
    quote_volume, trade_count, taker_buy_volume, taker_buy_quote_volume, first_time, first_seq,
    first_id, last_time, last_seq, last_id, updated_at) FROM STDIN BINARY";

/// How many rows of a series are gone for good, and where what is left of it begins.
const SHRINK: &str = include_str!("../queries/shrink_holding.sql");

const FORGET: &str = "
DELETE FROM market.holdings WHERE symbol_id = $1 AND interval = $2 AND origin = $3";

pub(in super::super) const STATEMENTS: &[&str] =
    &[ORIGINS, CANDLES, TICKS, DELETE_CANDLES, DELETE_TICKS, SHRINK, FORGET];

/// Which origins have candles in a range.
///
/// # Errors
/// The database's.
pub async fn origins(
    tx: &Tx,
    symbol_id: i32,
    interval: Interval,
    range: TimeRange,
) -> Result<Vec<String>, StoreError> {
    let params: [Param<'_>; 4] = [
        (&symbol_id, Type::INT4),
        (&interval.as_str(), Type::TEXT),
        (&At(range.from), Type::TIMESTAMPTZ),
        (&At(range.to), Type::TIMESTAMPTZ),
    ];
    tx.query(ORIGINS, &params).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// The first `limit` candles of a range, whole, in order.
///
/// # Errors
/// The database's.
pub async fn candles(
    tx: &Tx,
    symbol_id: i32,
    interval: Interval,
    origin: &str,
    range: TimeRange,
    limit: i64,
) -> Result<Vec<StoredCandle>, StoreError> {
    let params: [Param<'_>; 6] = [
        (&symbol_id, Type::INT4),
        (&interval.as_str(), Type::TEXT),
        (&origin, Type::TEXT),
        (&At(range.from), Type::TIMESTAMPTZ),
        (&At(range.to), Type::TIMESTAMPTZ),
        (&limit, Type::INT8),
    ];
    tx.query(CANDLES, &params).await?.iter().map(stored).collect()
}

fn stored(row: &Row) -> Result<StoredCandle, StoreError> {
    let order = |times, seqs, ids| -> Result<Option<Order>, StoreError> {
        let Some(time) = maybe_time(row, times)? else { return Ok(None) };
        Ok(Some(Order { time, seq: row.try_get(seqs)?, id: row.try_get(ids)? }))
    };
    let first = order("first_time", "first_seq", "first_id")?;
    let last = order("last_time", "last_seq", "last_id")?;
    Ok(StoredCandle {
        candle: row::candle(row)?,
        ends: first.zip(last),
        updated_at: time(row, "updated_at")?,
    })
}

/// The first `limit` ticks of a range behind `after`, in order.
///
/// # Errors
/// The database's.
pub async fn ticks(
    tx: &Tx,
    symbol_id: i32,
    kind: TickKind,
    range: TimeRange,
    after: Option<Order>,
    limit: i64,
) -> Result<Vec<Tick>, StoreError> {
    let start = Order { time: range.from, seq: i32::MIN, id: i64::MIN };
    let after = after.unwrap_or(start);
    let params: [Param<'_>; 7] = [
        (&symbol_id, Type::INT4),
        (&(kind == TickKind::AggTrade), Type::BOOL),
        (&At(after.time), Type::TIMESTAMPTZ),
        (&At(range.to), Type::TIMESTAMPTZ),
        (&after.seq, Type::INT4),
        (&after.id, Type::INT8),
        (&limit, Type::INT8),
    ];
    tx.query(TICKS, &params).await?.iter().map(ticks::read).collect()
}

/// Deletes the rows of a series in a range; tells how many of each origin. What is held of the
/// series stays as it is.
///
/// # Errors
/// The database's.
pub async fn delete(
    tx: &Tx,
    symbol_id: i32,
    series: Series,
    range: TimeRange,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let (from, to) = (At(range.from), At(range.to));
    let (sql, which): (&str, Param<'_>) = match series {
        Series::Candles(interval) => (DELETE_CANDLES, (&interval.as_str(), Type::TEXT)),
        Series::Ticks(kind) => (DELETE_TICKS, (&(kind == TickKind::AggTrade), Type::BOOL)),
    };
    let (symbol, from, to): (Param<'_>, Param<'_>, Param<'_>) =
        ((&symbol_id, Type::INT4), (&from, Type::TIMESTAMPTZ), (&to, Type::TIMESTAMPTZ));
    let gone = tx.query(sql, &[symbol, which, from, to]).await?;
    gone.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, i64>(1)?.unsigned_abs()))).collect()
}

/// Puts candles back as they were.
///
/// # Errors
/// The database's.
pub async fn put_candles(
    tx: &Tx,
    symbol_id: i32,
    interval: Interval,
    origin: &str,
    candles: &[StoredCandle],
) -> Result<u64, StoreError> {
    let mut rows = CopyRows::open(tx, COPY_CANDLES).await?;
    for stored in candles {
        let candle = &stored.candle;
        rows.row(20).await?;
        rows.int(symbol_id);
        rows.text(interval.as_str());
        rows.time(candle.open_time);
        rows.text(origin);
        for price in [candle.open, candle.high, candle.low, candle.close] {
            rows.decimal(price);
        }
        rows.amount(candle.volume);
        rows.maybe(candle.quote_volume, CopyRows::amount);
        rows.maybe(candle.trade_count, CopyRows::bigint);
        rows.maybe(candle.taker_buy_volume, CopyRows::amount);
        rows.maybe(candle.taker_buy_quote_volume, CopyRows::amount);
        for order in [stored.ends.map(|ends| ends.0), stored.ends.map(|ends| ends.1)] {
            rows.maybe(order.map(|o| o.time), CopyRows::time);
            rows.maybe(order.map(|o| o.seq), CopyRows::int);
            rows.maybe(order.map(|o| o.id), CopyRows::bigint);
        }
        rows.time(stored.updated_at);
    }
    rows.finish().await
}

/// Puts ticks back as they were.
///
/// # Errors
/// The database's.
pub async fn put_ticks(
    tx: &Tx,
    symbol_id: i32,
    kind: TickKind,
    rows: &[Tick],
) -> Result<u64, StoreError> {
    ticks::copy(tx, rows.iter().map(|tick| (symbol_id, kind, tick))).await
}

/// Notes that `dropped` rows of a series are gone for good.
///
/// # Errors
/// The database's.
pub async fn forget(
    tx: &Tx,
    symbol_id: i32,
    series: Series,
    origin: &str,
    dropped: u64,
) -> Result<(), StoreError> {
    let params: [Param<'_>; 4] = [
        (&symbol_id, Type::INT4),
        (&series.interval(), Type::TEXT),
        (&origin, Type::TEXT),
        (&(dropped as i64), Type::INT8),
    ];
    if tx.execute(SHRINK, &params).await? == 0 {
        tx.execute(FORGET, &params[..3]).await?;
    }
    Ok(())
}
