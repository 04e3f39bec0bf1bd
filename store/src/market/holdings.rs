//! What is held of each series of a symbol: first and last time and how many rows, kept in the
//! transaction that writes the rows, so that nobody has to count.

use std::collections::BTreeMap;

use domain::Time;
use postgres_types::Type;

use super::row::{At, time};
use crate::{Db, StoreError, Tx};

/// The interval under which ticks are held.
pub const TICK: &str = "tick";

const SELECT: &str = "
SELECT interval, origin, first_time, last_time, row_count
FROM market.holdings WHERE symbol_id = $1 ORDER BY interval, origin";

const SELECT_ALL: &str = "
SELECT symbol_id, interval, origin, first_time, last_time, row_count
FROM market.holdings ORDER BY symbol_id, interval, origin";

const ADD: &str = "
INSERT INTO market.holdings AS h (symbol_id, interval, origin, first_time, last_time, row_count)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (symbol_id, interval, origin) DO UPDATE
SET first_time = least(h.first_time, excluded.first_time),
    last_time = greatest(h.last_time, excluded.last_time),
    row_count = h.row_count + excluded.row_count, updated_at = now()";

const PRUNE: &str = "
UPDATE market.holdings
SET first_time = greatest(first_time, least($3, last_time)), row_count = greatest(row_count - $4, 1),
    updated_at = now()
WHERE symbol_id = $1 AND interval = $2";

pub(super) const STATEMENTS: &[&str] = &[SELECT, SELECT_ALL, ADD, PRUNE];

/// One series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// `1m` … `1w`, or `tick`.
    pub interval: String,
    /// Origin of candles; kind of ticks.
    pub origin: String,
    /// Earliest time held.
    pub first_time: Time,
    /// Latest time held.
    pub last_time: Time,
    /// Rows held.
    pub row_count: i64,
}

/// What is held of one symbol.
///
/// # Errors
/// The database's.
pub async fn of_symbol(db: &Db, symbol_id: i32) -> Result<Vec<Holding>, StoreError> {
    let rows = db.query("market.holdings", SELECT, &[(&symbol_id, Type::INT4)]).await?;
    rows.iter().map(read).collect()
}

/// What is held of every symbol, by its number.
///
/// # Errors
/// The database's.
pub async fn of_all(db: &Db) -> Result<BTreeMap<i32, Vec<Holding>>, StoreError> {
    let mut all: BTreeMap<i32, Vec<Holding>> = BTreeMap::new();
    for row in db.query("market.all_holdings", SELECT_ALL, &[]).await? {
        all.entry(row.try_get("symbol_id")?).or_default().push(read(&row)?);
    }
    Ok(all)
}

/// What is held of one symbol, within its writer's transaction.
pub(super) async fn for_writing(tx: &Tx, symbol_id: i32) -> Result<Vec<Holding>, StoreError> {
    tx.query(SELECT, &[(&symbol_id, Type::INT4)]).await?.iter().map(read).collect()
}

/// The latest time held of a series.
pub(super) fn last_time(held: &[Holding], interval: &str, origin: &str) -> Option<Time> {
    held.iter().find(|h| h.interval == interval && h.origin == origin).map(|h| h.last_time)
}

/// Notes rows that were added.
pub(super) async fn add(
    tx: &Tx,
    symbol_id: i32,
    interval: &str,
    origin: &str,
    times: impl IntoIterator<Item = Time>,
) -> Result<(), StoreError> {
    let mut range: Option<(Time, Time)> = None;
    let mut count = 0i64;
    for time in times {
        range = Some(range.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
        count += 1;
    }
    let Some((first, last)) = range else { return Ok(()) };
    let params: [crate::Param<'_>; 6] = [
        (&symbol_id, Type::INT4),
        (&interval, Type::TEXT),
        (&origin, Type::TEXT),
        (&At(first), Type::TIMESTAMPTZ),
        (&At(last), Type::TIMESTAMPTZ),
        (&count, Type::INT8),
    ];
    tx.execute(ADD, &params).await?;
    Ok(())
}

/// Notes that the rows before `before` are gone.
pub(super) async fn prune(
    tx: &Tx,
    symbol_id: i32,
    interval: &str,
    before: Time,
    dropped: u64,
) -> Result<(), StoreError> {
    let params: [crate::Param<'_>; 4] = [
        (&symbol_id, Type::INT4),
        (&interval, Type::TEXT),
        (&At(before), Type::TIMESTAMPTZ),
        (&(dropped as i64), Type::INT8),
    ];
    tx.execute(PRUNE, &params).await?;
    Ok(())
}

fn read(row: &tokio_postgres::Row) -> Result<Holding, StoreError> {
    Ok(Holding {
        interval: row.try_get("interval")?,
        origin: row.try_get("origin")?,
        first_time: time(row, "first_time")?,
        last_time: time(row, "last_time")?,
        row_count: row.try_get("row_count")?,
    })
}
