//! Built candles of any number of symbols, merged with what is stored of them in one round of
//! statements, however many symbols there are.

use std::collections::{BTreeMap, BTreeSet};

use domain::Time;
use domain::market::{Candle, Interval, Origin, Roll};
use postgres_types::Type;

use super::super::copy::CopyRows;
use super::super::holdings::{self, Held};
use super::super::row::{self, At};
use crate::{StoreError, Tx};

const COPY: &str = "
COPY market.candles (symbol_id, interval, open_time, origin, open, high, low, close, volume,
    quote_volume, trade_count, taker_buy_volume, taker_buy_quote_volume, first_time, first_seq,
    first_id, last_time, last_seq, last_id) FROM STDIN BINARY";

const BY_KEYS: &str = "
SELECT c.* FROM unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
    AS k (symbol_id, origin, interval, open_time, close_time)
JOIN market.candles c ON c.symbol_id = k.symbol_id AND c.origin = k.origin AND c.interval = k.interval
  AND c.open_time = k.open_time
WHERE c.open_time BETWEEN $6 AND $7";

const TAKE_KEYS: &str = include_str!("../queries/take_candles.sql");

pub(in super::super) const STATEMENTS: &[&str] = &[BY_KEYS, TAKE_KEYS];

/// What a stored candle is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) symbol_id: i32,
    pub(super) origin: Origin,
    pub(super) interval: Interval,
    pub(super) open_time: Time,
}

/// Candles of one symbol and origin.
#[derive(Debug, Clone)]
pub(in super::super) struct SymbolRolls {
    pub(in super::super) symbol_id: i32,
    pub(in super::super) origin: Origin,
    pub(in super::super) rolls: Vec<Roll>,
}

impl SymbolRolls {
    fn key(&self, roll: &Roll) -> Key {
        let (interval, open_time) = (roll.interval, roll.candle.open_time);
        Key { symbol_id: self.symbol_id, origin: self.origin, interval, open_time }
    }
}

/// Merges rolls with what is stored of the same candles and writes the outcome.
pub(in super::super) async fn merge(
    tx: &Tx,
    mut symbols: Vec<SymbolRolls>,
    held: &Held,
) -> Result<Vec<SymbolRolls>, StoreError> {
    let mut overlap = Vec::new();
    for symbol in &symbols {
        for roll in &symbol.rolls {
            let key = symbol.key(roll);
            let known = held.last_time(key.symbol_id, key.interval.as_str(), key.origin.as_str());
            overlap.extend(known.filter(|known| key.open_time <= *known).map(|_| key));
        }
    }
    let mut stored = BTreeMap::new();
    for row in by_keys(tx, TAKE_KEYS, &overlap).await? {
        let roll = row::roll(&row)?;
        stored.insert(key_of(&row, &roll)?, roll);
    }
    for symbol in &mut symbols {
        let (symbol_id, origin) = (symbol.symbol_id, symbol.origin);
        for roll in &mut symbol.rolls {
            let (interval, open_time) = (roll.interval, roll.candle.open_time);
            if let Some(old) = stored.get(&Key { symbol_id, origin, interval, open_time }) {
                roll.merge(old);
            }
        }
    }
    let old: BTreeSet<Key> = stored.into_keys().collect();
    insert(tx, &symbols, &old).await?;
    Ok(symbols)
}

/// Writes rolls; those in `old` replace a stored row and are not counted again.
async fn insert(tx: &Tx, symbols: &[SymbolRolls], old: &BTreeSet<Key>) -> Result<(), StoreError> {
    let rows: Vec<(i32, Origin, Interval, &Candle, Option<&Roll>)> = symbols
        .iter()
        .flat_map(|s| {
            s.rolls.iter().map(|r| (s.symbol_id, s.origin, r.interval, &r.candle, Some(r)))
        })
        .collect();
    copy(tx, rows.into_iter()).await?;
    let mut added = holdings::Added::default();
    for symbol in symbols {
        for roll in &symbol.rolls {
            let key = symbol.key(roll);
            if !old.contains(&key) {
                let (interval, origin) = (key.interval.as_str(), key.origin.as_str());
                added.note(symbol.symbol_id, interval, origin, key.open_time);
            }
        }
    }
    added.write(tx).await
}

/// Replaces what is stored of rolls by them, where it differs.
pub(super) async fn replace(tx: &Tx, made: SymbolRolls) -> Result<Vec<Roll>, StoreError> {
    let keys: Vec<Key> = made.rolls.iter().map(|roll| made.key(roll)).collect();
    let mut stored = BTreeMap::new();
    for row in by_keys(tx, BY_KEYS, &keys).await? {
        let roll = row::roll(&row)?;
        stored.insert(key_of(&row, &roll)?, roll);
    }
    let differs = |roll: &&Roll| stored.get(&made.key(roll)) != Some(*roll);
    let rolls: Vec<Roll> = made.rolls.iter().filter(differs).cloned().collect();
    let changed = SymbolRolls { rolls, ..made };
    let old: BTreeSet<Key> = changed
        .rolls
        .iter()
        .map(|roll| changed.key(roll))
        .filter(|key| stored.contains_key(key))
        .collect();
    by_keys(tx, TAKE_KEYS, &old.iter().copied().collect::<Vec<_>>()).await?;
    insert(tx, std::slice::from_ref(&changed), &old).await?;
    Ok(changed.rolls)
}

/// Takes out the venue's candles of these keys.
pub(super) async fn take(tx: &Tx, keys: &[Key]) -> Result<(), StoreError> {
    by_keys(tx, TAKE_KEYS, keys).await.map(drop)
}

/// The stored candles of these keys.
pub(super) async fn stored(tx: &Tx, keys: &[Key]) -> Result<Vec<(Key, Candle)>, StoreError> {
    let rows = by_keys(tx, BY_KEYS, keys).await?;
    rows.iter()
        .map(|row| {
            let candle = row::candle(row)?;
            Ok((row_key(row, candle.open_time)?, candle))
        })
        .collect()
}

/// The bare write of candles that are not stored yet; returns how many rows the server took.
///
/// Public to be measured against; candles get in by the functions of [`super`].
///
/// # Errors
/// The database's.
pub async fn copy<'a>(
    tx: &Tx,
    candles: impl ExactSizeIterator<Item = (i32, Origin, Interval, &'a Candle, Option<&'a Roll>)>,
) -> Result<u64, StoreError> {
    if candles.len() == 0 {
        return Ok(0);
    }
    let mut rows = CopyRows::open(tx, COPY).await?;
    for (symbol_id, origin, interval, candle, roll) in candles {
        rows.row(19).await?;
        rows.int(symbol_id);
        rows.text(interval.as_str());
        rows.time(candle.open_time);
        rows.text(origin.as_str());
        for price in [candle.open, candle.high, candle.low, candle.close] {
            rows.decimal(price);
        }
        rows.amount(candle.volume);
        rows.maybe(candle.quote_volume, CopyRows::amount);
        rows.maybe(candle.trade_count, CopyRows::bigint);
        rows.maybe(candle.taker_buy_volume, CopyRows::amount);
        rows.maybe(candle.taker_buy_quote_volume, CopyRows::amount);
        for order in [roll.map(|r| r.first), roll.map(|r| r.last)] {
            rows.maybe(order.map(|o| o.time), CopyRows::time);
            rows.maybe(order.map(|o| o.seq), CopyRows::int);
            rows.maybe(order.map(|o| o.id), CopyRows::bigint);
        }
    }
    rows.finish().await
}

/// Runs a statement over candles of these keys.
async fn by_keys(tx: &Tx, sql: &str, keys: &[Key]) -> Result<Vec<tokio_postgres::Row>, StoreError> {
    let times = keys.iter().map(|key| key.open_time);
    let (Some(first), Some(last)) = (times.clone().min(), times.clone().max()) else {
        return Ok(Vec::new());
    };
    let symbols: Vec<i32> = keys.iter().map(|key| key.symbol_id).collect();
    let origins: Vec<&str> = keys.iter().map(|key| key.origin.as_str()).collect();
    let intervals: Vec<&str> = keys.iter().map(|key| key.interval.as_str()).collect();
    let times: Vec<At> = times.map(At).collect();
    let closes: Vec<At> = keys.iter().map(|k| At(k.interval.close_time(k.open_time))).collect();
    tx.query(
        sql,
        &[
            (&symbols, Type::INT4_ARRAY),
            (&origins, Type::TEXT_ARRAY),
            (&intervals, Type::TEXT_ARRAY),
            (&times, Type::TIMESTAMPTZ_ARRAY),
            (&closes, Type::TIMESTAMPTZ_ARRAY),
            (&At(first), Type::TIMESTAMPTZ),
            (&At(last), Type::TIMESTAMPTZ),
        ],
    )
    .await
}

fn key_of(row: &tokio_postgres::Row, roll: &Roll) -> Result<Key, StoreError> {
    row_key(row, roll.candle.open_time)
}

fn row_key(row: &tokio_postgres::Row, open_time: Time) -> Result<Key, StoreError> {
    let interval = row::interval(row.try_get("interval")?)?;
    Ok(Key { symbol_id: row.try_get("symbol_id")?, origin: row::origin(row)?, interval, open_time })
}
