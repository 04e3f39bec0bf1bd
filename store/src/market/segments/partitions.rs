//! Which partitions have rows to seal or to delete, and giving back the room of emptied ones.

use std::collections::BTreeMap;

use domain::Time;
use domain::market::{Interval, TickKind, TimeRange};
use postgres_types::Type;
use tokio_postgres::Row;

use super::super::partitions::{self, Table};
use super::super::row::{At, time};
use super::Series;
use crate::{Db, Param, StoreError, Tx};

const CANDLES: &str = include_str!("../queries/select_candle_partitions.sql");
const TICKS: &str = include_str!("../queries/select_tick_partitions.sql");

const CHILDREN: &str = "
SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass('market.' || $1) ORDER BY 1";
const DROP: &str = "SELECT market.drop_empty_partition($1)";

pub(in super::super) const STATEMENTS: &[&str] = &[CANDLES, TICKS, CHILDREN, DROP];

/// The rows of one series of a symbol in one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Whose rows.
    pub symbol_id: i32,
    /// Which.
    pub series: Series,
    /// The partition.
    pub range: TimeRange,
    /// How many rows there are, of each origin.
    pub origins: BTreeMap<String, u64>,
    /// How large they are, without indexes.
    pub bytes: u64,
    /// Whether something of it is known to be missing, and not filled in yet.
    pub has_gap: bool,
    /// Time of the last row of the series, whether sealed or not.
    pub last_time: Time,
}

impl Part {
    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.origins.values().sum()
    }
}

/// What has rows before `before`, of one symbol or of all, of candles and of ticks, in order of
/// symbol, series and time.
///
/// # Errors
/// The database's.
pub async fn filled(
    db: &Db,
    symbol_id: Option<i32>,
    before: Time,
) -> Result<Vec<Part>, StoreError> {
    let params: [Param<'_>; 2] = [(&symbol_id, Type::INT4), (&At(before), Type::TIMESTAMPTZ)];
    let mut parts: BTreeMap<(i32, Series, Time), Part> = BTreeMap::new();
    for sql in [TICKS, CANDLES] {
        for row in db.query("market.filled_partitions", sql, &params).await? {
            let (origin, rows, one) = read(&row)?;
            let key = (one.symbol_id, one.series, one.range.from);
            let part = parts.entry(key).or_insert(one.clone());
            if part.origins.insert(origin, rows).is_none() && part.origins.len() > 1 {
                part.bytes += one.bytes;
                part.last_time = part.last_time.max(one.last_time);
            }
        }
    }
    Ok(parts.into_values().collect())
}

fn read(row: &Row) -> Result<(String, u64, Part), StoreError> {
    let origin: String = row.try_get("origin")?;
    let series = Series::of(row.try_get("interval")?, &origin)?;
    let range = range_of(series, time(row, "range_from")?)?;
    let count = |column: &str| -> Result<u64, StoreError> {
        Ok(row.try_get::<_, i64>(column)?.unsigned_abs())
    };
    let part = Part {
        symbol_id: row.try_get("symbol_id")?,
        series,
        range,
        origins: BTreeMap::new(),
        bytes: count("bytes")?,
        has_gap: row.try_get("has_gap")?,
        last_time: time(row, "last_time")?,
    };
    Ok((origin, count("row_count")?, part))
}

/// The partition of a series that holds `time`.
///
/// # Errors
/// A time at the end of all calendars.
pub fn range_of(series: Series, time: Time) -> Result<TimeRange, StoreError> {
    let table = match series {
        Series::Candles(_) => Table::Candles,
        Series::Ticks(_) => Table::Ticks,
    };
    table.range(time)
}

/// When the last row that may belong to a partition is complete.
#[must_use]
pub fn closes(series: Series, range: TimeRange) -> Time {
    match series {
        Series::Candles(interval @ Interval::W1) => {
            interval.close_time(interval.open_time(range.to.plus_micros(-1)))
        }
        Series::Candles(_) | Series::Ticks(TickKind::Trade | TickKind::AggTrade) => range.to,
    }
}

/// Drops the partitions that ended before `before` and are empty; returns their names. One that
/// somebody reads just now is left for the next time.
///
/// # Errors
/// The database's.
pub async fn drop_empty(db: &Db, before: Time) -> Result<Vec<String>, StoreError> {
    let mut dropped = Vec::new();
    for table in [Table::Ticks, Table::Candles] {
        let parent = table.name();
        let rows = db.query("market.partitions", CHILDREN, &[(&parent, Type::TEXT)]).await?;
        for row in rows {
            let name: String = row.try_get(0)?;
            let over = table.ends(&name).is_some_and(|end| end <= before);
            if over && drop_one(db, table, &name).await? {
                dropped.push(name);
            }
        }
    }
    Ok(dropped)
}

async fn drop_one(db: &Db, table: Table, name: &str) -> Result<bool, StoreError> {
    let is_empty = format!("SELECT NOT EXISTS (SELECT FROM market.{name}) AS empty");
    let empty = |rows: &[Row]| rows.first().is_some_and(|row| row.get(0));
    if !empty(&db.query("market.empty_partition", &is_empty, &[]).await?) {
        return Ok(false);
    }
    let is_empty = &is_empty;
    let done = db
        .run("market.drop_partition", |tx: Tx| async move {
            tx.batch("SET LOCAL lock_timeout = '2s'").await?;
            partitions::lock(&tx).await?;
            // The parent first, as everybody who reads or writes through it does.
            let parent = table.name();
            tx.batch(&format!("LOCK TABLE market.{parent} IN ACCESS EXCLUSIVE MODE")).await?;
            if !empty(&tx.query(is_empty, &[]).await?) {
                return Ok(false);
            }
            tx.query(DROP, &[(&name, Type::TEXT)]).await?;
            Ok::<_, StoreError>(true)
        })
        .await;
    match done {
        Err(error)
            if error.code() == Some(&tokio_postgres::error::SqlState::LOCK_NOT_AVAILABLE) =>
        {
            Ok(false)
        }
        done => done,
    }
}
