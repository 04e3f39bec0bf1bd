//! What is held of each series of a symbol: first and last time and how many rows, kept in the
//! transaction that writes the rows, so that nobody has to count.

use std::collections::BTreeMap;

use domain::Time;
use postgres_types::Type;

use super::row::{At, maybe_time, time};
use crate::{Db, StoreError, Tx};

/// The interval under which ticks are held.
pub const TICK: &str = "tick";

const SELECT: &str = "
SELECT interval, origin, first_time, last_time, row_count, sealed_to
FROM market.holdings WHERE symbol_id = $1 ORDER BY interval, origin";

const SELECT_ALL: &str = "
SELECT symbol_id, interval, origin, first_time, last_time, row_count, sealed_to
FROM market.holdings ORDER BY symbol_id, interval, origin";

const SELECT_MANY: &str = "
SELECT symbol_id, interval, origin, first_time, last_time, row_count, sealed_to
FROM market.holdings WHERE symbol_id = ANY($1)";

const ADD: &str = "
INSERT INTO market.holdings AS h (symbol_id, interval, origin, first_time, last_time, row_count)
SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[])
ON CONFLICT (symbol_id, interval, origin) DO UPDATE
SET first_time = least(h.first_time, excluded.first_time),
    last_time = greatest(h.last_time, excluded.last_time),
    row_count = h.row_count + excluded.row_count, updated_at = now()";

const PRUNE: &str = "
UPDATE market.holdings
SET first_time = greatest(first_time, least($3, last_time)), row_count = greatest(row_count - $4, 1),
    updated_at = now()
WHERE symbol_id = $1 AND interval = $2";

pub(super) const STATEMENTS: &[&str] = &[SELECT, SELECT_ALL, SELECT_MANY, ADD, PRUNE];

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
    /// End of the latest segment of it, if any of it is sealed.
    pub sealed_to: Option<Time>,
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

/// What is held of some symbols, within their writer's transaction.
pub(super) struct Held(BTreeMap<i32, Vec<Holding>>);

impl Held {
    /// Nothing, for symbols that were emptied just now.
    pub(super) fn nothing() -> Self {
        Self(BTreeMap::new())
    }

    /// End of the latest segment of a symbol, of whichever series.
    pub(super) fn sealed_to(&self, symbol_id: i32) -> Option<Time> {
        self.0.get(&symbol_id)?.iter().filter_map(|held| held.sealed_to).max()
    }

    /// The latest time held of a series.
    pub(super) fn last_time(&self, symbol_id: i32, interval: &str, origin: &str) -> Option<Time> {
        let mut series = self.0.get(&symbol_id)?.iter();
        series.find(|h| h.interval == interval && h.origin == origin).map(|h| h.last_time)
    }
}

/// Reads what is held of symbols.
pub(super) async fn for_writing(tx: &Tx, symbol_ids: &[i32]) -> Result<Held, StoreError> {
    let mut held: BTreeMap<i32, Vec<Holding>> = BTreeMap::new();
    for row in tx.query(SELECT_MANY, &[(&symbol_ids, Type::INT4_ARRAY)]).await? {
        held.entry(row.try_get("symbol_id")?).or_default().push(read(&row)?);
    }
    Ok(Held(held))
}

/// Rows that were added to series, gathered to be noted at once.
#[derive(Default)]
pub(super) struct Added(BTreeMap<(i32, &'static str, &'static str), (Time, Time, i64)>);

impl Added {
    /// One row of that time.
    pub(super) fn note(
        &mut self,
        symbol_id: i32,
        interval: &'static str,
        origin: &'static str,
        time: Time,
    ) {
        let series = self.0.entry((symbol_id, interval, origin)).or_insert((time, time, 0));
        *series = (series.0.min(time), series.1.max(time), series.2 + 1);
    }

    /// Notes them all.
    pub(super) async fn write(self, tx: &Tx) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let symbols: Vec<i32> = self.0.keys().map(|key| key.0).collect();
        let intervals: Vec<&str> = self.0.keys().map(|key| key.1).collect();
        let origins: Vec<&str> = self.0.keys().map(|key| key.2).collect();
        let firsts: Vec<At> = self.0.values().map(|range| At(range.0)).collect();
        let lasts: Vec<At> = self.0.values().map(|range| At(range.1)).collect();
        let counts: Vec<i64> = self.0.values().map(|range| range.2).collect();
        let params: [crate::Param<'_>; 6] = [
            (&symbols, Type::INT4_ARRAY),
            (&intervals, Type::TEXT_ARRAY),
            (&origins, Type::TEXT_ARRAY),
            (&firsts, Type::TIMESTAMPTZ_ARRAY),
            (&lasts, Type::TIMESTAMPTZ_ARRAY),
            (&counts, Type::INT8_ARRAY),
        ];
        tx.execute(ADD, &params).await?;
        Ok(())
    }
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
        sealed_to: maybe_time(row, "sealed_to")?,
    })
}
