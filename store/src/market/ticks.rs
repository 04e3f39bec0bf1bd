//! Ticks: written once, read in order.

use std::collections::HashSet;

use domain::Time;
use domain::market::{Order, Tick, TickKind};
use postgres_types::Type;
use tokio_postgres::Row;

use super::copy::CopyRows;
use super::holdings::{self, Holding, TICK};
use super::row::{At, decimal, maybe_time, time};
use super::symbols::Symbol;
use crate::{Db, StoreError, Tx};

const COPY: &str = "
COPY market.ticks (symbol_id, time, trade_id, aggregated, seq, price, quantity, buyer_is_maker,
    trade_count, received_at, venue_trade_id) FROM STDIN BINARY";

const EXISTING: &str = "
SELECT k.place
FROM unnest($3::timestamptz[], $4::timestamptz[], $5::bigint[]) WITH ORDINALITY AS k (first, last, trade_id, place)
JOIN market.ticks t ON t.symbol_id = $1 AND t.aggregated = $2 AND t.time BETWEEN k.first AND k.last
  AND t.trade_id = k.trade_id
WHERE t.time BETWEEN $6 AND $7";

const PAGE_ASC: &str = "
SELECT time, seq, trade_id, price, quantity, buyer_is_maker, trade_count, received_at, venue_trade_id
FROM market.ticks
WHERE symbol_id = $1 AND aggregated = $2 AND time >= $3 AND time < $4 AND (time, seq, trade_id) > ($5, $6, $7)
  AND time >= $5
ORDER BY time, seq, trade_id LIMIT $8";

const PAGE_DESC: &str = "
SELECT time, seq, trade_id, price, quantity, buyer_is_maker, trade_count, received_at, venue_trade_id
FROM market.ticks
WHERE symbol_id = $1 AND aggregated = $2 AND time >= $3 AND time < $4 AND (time, seq, trade_id) < ($5, $6, $7)
  AND time <= $5
ORDER BY time DESC, seq DESC, trade_id DESC LIMIT $8";

const PRUNE: &str = "DELETE FROM market.ticks WHERE symbol_id = $1 AND time < $2";

pub(super) const STATEMENTS: &[&str] = &[EXISTING, PAGE_ASC, PAGE_DESC, PRUNE];

/// Writes those of `ticks` that are not stored yet and returns their places in `ticks`.
///
/// The caller holds the symbol's lock (see [`super::candles::lock`]), so that no other writer can
/// add the same tick between the look and the write; the primary key guards it all the same.
pub(super) async fn insert(
    tx: &Tx,
    symbol: &Symbol,
    kind: TickKind,
    ticks: &[Tick],
    held: &[Holding],
) -> Result<Vec<usize>, StoreError> {
    let known = holdings::last_time(held, TICK, kind.as_str());
    let mut seen = HashSet::with_capacity(ticks.len());
    let mut fresh: Vec<usize> = (0..ticks.len())
        .filter(|at| seen.insert((same_moment(&ticks[*at]).0, ticks[*at].trade_id)))
        .collect();
    if let Some(known) = known {
        let overlap: Vec<usize> =
            fresh.iter().copied().filter(|at| same_moment(&ticks[*at]).0 <= known).collect();
        let stored = existing(tx, symbol.id, kind, ticks, &overlap).await?;
        fresh.retain(|at| !stored.contains(at));
    }
    if fresh.is_empty() {
        return Ok(fresh);
    }
    copy(tx, symbol.id, kind, fresh.iter().map(|at| &ticks[*at])).await?;
    let times = fresh.iter().map(|at| ticks[*at].time);
    holdings::add(tx, symbol.id, TICK, kind.as_str(), times).await?;
    Ok(fresh)
}

/// The bare write of ticks that are not stored yet; returns how many rows the server took.
///
/// Public to be measured against. Ticks get in by [`super::candles::write_ticks`], which looks
/// whether they are there and keeps the candles.
///
/// # Errors
/// The database's.
pub async fn copy<'a>(
    tx: &Tx,
    symbol_id: i32,
    kind: TickKind,
    ticks: impl Iterator<Item = &'a Tick>,
) -> Result<u64, StoreError> {
    let mut rows = CopyRows::open(tx, COPY).await?;
    for tick in ticks {
        rows.row(11).await?;
        rows.int(symbol_id);
        rows.time(tick.time);
        rows.bigint(tick.trade_id);
        rows.boolean(kind == TickKind::AggTrade);
        rows.int(tick.seq);
        rows.decimal(tick.price);
        rows.decimal(tick.quantity);
        rows.maybe(tick.buyer_is_maker, CopyRows::boolean);
        rows.int(tick.trade_count);
        rows.maybe(tick.received_at, CopyRows::time);
        rows.maybe(tick.venue_trade_id.as_deref(), CopyRows::text);
    }
    rows.finish().await
}

/// The times at which a tick may be stored: a venue gives the same trade in milliseconds here and in
/// microseconds there, so one with an id of its own is itself within its millisecond.
fn same_moment(tick: &Tick) -> (Time, Time) {
    if !tick.has_own_id() {
        return (tick.time, tick.time);
    }
    let first = tick.time.plus_micros(-tick.time.micros().rem_euclid(1_000));
    (first, first.plus_micros(999))
}

/// Which of the ticks at `places` are stored.
async fn existing(
    tx: &Tx,
    symbol_id: i32,
    kind: TickKind,
    ticks: &[Tick],
    places: &[usize],
) -> Result<HashSet<usize>, StoreError> {
    let moments = places.iter().map(|at| same_moment(&ticks[*at]));
    let (firsts, lasts): (Vec<At>, Vec<At>) = moments.map(|(a, b)| (At(a), At(b))).unzip();
    let ids: Vec<i64> = places.iter().map(|at| ticks[*at].trade_id).collect();
    let begin = firsts.iter().map(|at| at.0).min();
    let (Some(begin), Some(end)) = (begin, lasts.iter().map(|at| at.0).max()) else {
        return Ok(HashSet::new());
    };
    let rows = tx
        .query(
            EXISTING,
            &[
                (&symbol_id, Type::INT4),
                (&(kind == TickKind::AggTrade), Type::BOOL),
                (&firsts, Type::TIMESTAMPTZ_ARRAY),
                (&lasts, Type::TIMESTAMPTZ_ARRAY),
                (&ids, Type::INT8_ARRAY),
                (&At(begin), Type::TIMESTAMPTZ),
                (&At(end), Type::TIMESTAMPTZ),
            ],
        )
        .await?;
    Ok(rows.iter().map(|row| places[row.get::<_, i64>(0) as usize - 1]).collect())
}

/// Drops a symbol's ticks before `before`; returns how many. Its candles stay.
///
/// # Errors
/// The database's.
pub async fn prune(tx: &Tx, symbol_id: i32, before: Time) -> Result<u64, StoreError> {
    let at = At(before);
    let params: [crate::Param<'_>; 2] = [(&symbol_id, Type::INT4), (&at, Type::TIMESTAMPTZ)];
    let dropped = tx.execute(PRUNE, &params).await?;
    holdings::prune(tx, symbol_id, TICK, before, dropped).await?;
    Ok(dropped)
}

/// Which ticks to read: a half-open range, a direction, and where the last page ended.
#[derive(Debug, Clone, Copy)]
pub struct TickQuery {
    /// The symbol's number.
    pub symbol_id: i32,
    /// Single or aggregate trades.
    pub kind: TickKind,
    /// From this time on.
    pub from: Time,
    /// Before this time.
    pub to: Time,
    /// Newest first.
    pub descending: bool,
    /// Where the page before ended.
    pub after: Option<Order>,
    /// Most rows.
    pub limit: i64,
}

/// A page of ticks in order.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, query: &TickQuery) -> Result<Vec<Tick>, StoreError> {
    let start = if query.descending {
        Order { time: Time::MAX, seq: i32::MAX, id: i64::MAX }
    } else {
        Order { time: Time::MIN, seq: i32::MIN, id: i64::MIN }
    };
    let after = query.after.unwrap_or(start);
    let sql = if query.descending { PAGE_DESC } else { PAGE_ASC };
    let rows = db
        .query(
            "market.ticks",
            sql,
            &[
                (&query.symbol_id, Type::INT4),
                (&(query.kind == TickKind::AggTrade), Type::BOOL),
                (&At(query.from), Type::TIMESTAMPTZ),
                (&At(query.to), Type::TIMESTAMPTZ),
                (&At(after.time), Type::TIMESTAMPTZ),
                (&after.seq, Type::INT4),
                (&after.id, Type::INT8),
                (&query.limit, Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Tick, StoreError> {
    Ok(Tick {
        time: time(row, "time")?,
        seq: row.try_get("seq")?,
        trade_id: row.try_get("trade_id")?,
        price: decimal(row, "price")?,
        quantity: decimal(row, "quantity")?,
        buyer_is_maker: row.try_get("buyer_is_maker")?,
        trade_count: row.try_get("trade_count")?,
        received_at: maybe_time(row, "received_at")?,
        venue_trade_id: row.try_get("venue_trade_id")?,
    })
}
