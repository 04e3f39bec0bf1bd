//! Ticks: written once, read in order.

use std::collections::HashSet;

use domain::Time;
use domain::market::{Order, Tick, TickKind};
use postgres_types::Type;
use tokio_postgres::Row;

use super::candles::read::unless_sealed;
use super::copy::CopyRows;
use super::holdings::{self, Added, Held, TICK};
use super::row::{At, decimal, maybe_time, time};
use super::symbols::Symbol;
use crate::{Db, Param, StoreError, Tx};

const COPY: &str = "
COPY market.ticks (symbol_id, time, trade_id, aggregated, seq, price, quantity, buyer_is_maker,
    trade_count, received_at, venue_trade_id) FROM STDIN BINARY";

const EXISTING: &str = "
SELECT k.place
FROM unnest($1::int[], $2::boolean[], $3::timestamptz[], $4::timestamptz[], $5::bigint[])
    WITH ORDINALITY AS k (symbol_id, aggregated, first, last, trade_id, place)
JOIN market.ticks t ON t.symbol_id = k.symbol_id AND t.aggregated = k.aggregated
  AND t.time BETWEEN k.first AND k.last AND t.trade_id = k.trade_id
WHERE t.time BETWEEN $6 AND $7";

// A page of ticks, and in every row where the segments of the range begin and end; a row without a
// tick where there is none. Parameters: symbol, aggregated, from, to (exclusive), place of the tick
// before, limit.
macro_rules! page {
    ($behind:literal, $order:literal) => {
        concat!(
            "
SELECT p.*,
       (SELECT min(range_from) FROM market.segments
        WHERE symbol_id = $1 AND interval = 'tick' AND origin = CASE WHEN $2 THEN 'agg_trade' ELSE 'trade' END
          AND range_from < $4 AND range_to > $3) AS sealed_from,
       (SELECT max(range_to) FROM market.segments
        WHERE symbol_id = $1 AND interval = 'tick' AND origin = CASE WHEN $2 THEN 'agg_trade' ELSE 'trade' END
          AND range_from < $4 AND range_to > $3) AS sealed_to
FROM (VALUES (1)) AS always LEFT JOIN (
    SELECT time, seq, trade_id, price, quantity, buyer_is_maker, trade_count, received_at, venue_trade_id
    FROM market.ticks
    WHERE symbol_id = $1 AND aggregated = $2 AND time >= $3 AND time < $4
      AND (time, seq, trade_id) ", $behind, " ($5, $6, $7) AND time ", $behind, "= $5
    ORDER BY ", $order, " LIMIT $8
) p ON true"
        )
    };
}

const PAGE_ASC: &str = page!(">", "time, seq, trade_id");
const PAGE_DESC: &str = page!("<", "time DESC, seq DESC, trade_id DESC");

const PRUNE: &str = "DELETE FROM market.ticks WHERE symbol_id = $1 AND time < $2";

pub(super) const STATEMENTS: &[&str] = &[EXISTING, PAGE_ASC, PAGE_DESC, PRUNE];

/// Ticks of one symbol, to be written.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Whose they are.
    pub symbol: &'a Symbol,
    /// What they are.
    pub kind: TickKind,
    /// They themselves, in any order.
    pub ticks: &'a [Tick],
}

/// Writes those ticks that are not stored yet and returns, for each batch, their places in it.
///
/// The caller holds the symbols' locks (see [`super::candles::lock`]), so that no other writer can
/// add the same tick between the look and the write; the primary key guards it all the same.
pub(super) async fn insert(
    tx: &Tx,
    batches: &[Batch<'_>],
    held: &Held,
) -> Result<Vec<Vec<usize>>, StoreError> {
    let (mut fresh, mut overlap) = (Vec::with_capacity(batches.len()), Vec::new());
    for (at, Batch { symbol, kind, ticks }) in batches.iter().enumerate() {
        let mut seen = HashSet::with_capacity(ticks.len());
        let places: Vec<usize> = (0..ticks.len())
            .filter(|at| seen.insert((same_moment(&ticks[*at]).0, ticks[*at].trade_id)))
            .collect();
        if let Some(known) = held.last_time(symbol.id, TICK, kind.as_str()) {
            let old = places.iter().filter(|at| same_moment(&ticks[**at]).0 <= known);
            overlap.extend(old.map(|place| (at, *place)));
        }
        fresh.push(places);
    }
    let stored = existing(tx, batches, &overlap).await?;
    if !stored.is_empty() {
        for (at, places) in fresh.iter_mut().enumerate() {
            places.retain(|place| !stored.contains(&(at, *place)));
        }
    }
    if fresh.iter().all(Vec::is_empty) {
        return Ok(fresh);
    }
    let mut new = Vec::with_capacity(fresh.iter().map(Vec::len).sum());
    let mut added = Added::default();
    for (batch, places) in batches.iter().zip(&fresh) {
        for tick in places.iter().map(|at| &batch.ticks[*at]) {
            added.note(batch.symbol.id, TICK, batch.kind.as_str(), tick.time);
            new.push((batch.symbol.id, batch.kind, tick));
        }
    }
    copy(tx, new.into_iter()).await?;
    added.write(tx).await?;
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
    ticks: impl Iterator<Item = (i32, TickKind, &'a Tick)>,
) -> Result<u64, StoreError> {
    let mut rows = CopyRows::open(tx, COPY).await?;
    for (symbol_id, kind, tick) in ticks {
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

/// Which of the ticks at these places (batch, tick) are stored.
async fn existing(
    tx: &Tx,
    batches: &[Batch<'_>],
    places: &[(usize, usize)],
) -> Result<HashSet<(usize, usize)>, StoreError> {
    let of = |(at, place): &(usize, usize)| (&batches[*at], &batches[*at].ticks[*place]);
    let symbols: Vec<i32> = places.iter().map(|at| of(at).0.symbol.id).collect();
    let aggregated: Vec<bool> =
        places.iter().map(|at| of(at).0.kind == TickKind::AggTrade).collect();
    let moments = places.iter().map(|at| same_moment(of(at).1));
    let (firsts, lasts): (Vec<At>, Vec<At>) = moments.map(|(a, b)| (At(a), At(b))).unzip();
    let ids: Vec<i64> = places.iter().map(|at| of(at).1.trade_id).collect();
    let begin = firsts.iter().map(|at| at.0).min();
    let (Some(begin), Some(end)) = (begin, lasts.iter().map(|at| at.0).max()) else {
        return Ok(HashSet::new());
    };
    let params: [crate::Param<'_>; 7] = [
        (&symbols, Type::INT4_ARRAY),
        (&aggregated, Type::BOOL_ARRAY),
        (&firsts, Type::TIMESTAMPTZ_ARRAY),
        (&lasts, Type::TIMESTAMPTZ_ARRAY),
        (&ids, Type::INT8_ARRAY),
        (&At(begin), Type::TIMESTAMPTZ),
        (&At(end), Type::TIMESTAMPTZ),
    ];
    let rows = tx.query(EXISTING, &params).await?;
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
/// [`StoreError::Sealed`] where some of them are in segments; the database's.
pub async fn page(db: &Db, query: &TickQuery) -> Result<Vec<Tick>, StoreError> {
    let (times, after) = places(query);
    let rows = db.query("market.ticks", sql(query), &params(query, &times, &after)).await?;
    let ticks = found(&rows)?;
    let last = ticks.last().filter(|_| ticks.len() as i64 == query.limit).map(|tick| tick.time);
    unless_sealed(&rows, query.symbol_id, query.descending, last)?;
    Ok(ticks)
}

/// Those ticks of a page that are in the table; what is sealed is missing.
///
/// # Errors
/// The database's.
pub async fn page_in_table(tx: &Tx, query: &TickQuery) -> Result<Vec<Tick>, StoreError> {
    let (times, after) = places(query);
    found(&tx.query(sql(query), &params(query, &times, &after)).await?)
}

fn sql(query: &TickQuery) -> &'static str {
    if query.descending { PAGE_DESC } else { PAGE_ASC }
}

/// From, to and the time of the tick before; its place.
fn places(query: &TickQuery) -> ([At; 3], Order) {
    let start = if query.descending {
        Order { time: Time::MAX, seq: i32::MAX, id: i64::MAX }
    } else {
        Order { time: Time::MIN, seq: i32::MIN, id: i64::MIN }
    };
    let after = query.after.unwrap_or(start);
    ([query.from, query.to, after.time].map(At), after)
}

fn params<'a>(query: &'a TickQuery, times: &'a [At; 3], after: &'a Order) -> [Param<'a>; 8] {
    let aggregated = if query.kind == TickKind::AggTrade { &true } else { &false };
    [
        (&query.symbol_id, Type::INT4),
        (aggregated, Type::BOOL),
        (&times[0], Type::TIMESTAMPTZ),
        (&times[1], Type::TIMESTAMPTZ),
        (&times[2], Type::TIMESTAMPTZ),
        (&after.seq, Type::INT4),
        (&after.id, Type::INT8),
        (&query.limit, Type::INT8),
    ]
}

/// The ticks of the rows: none in the one that only tells of segments.
fn found(rows: &[Row]) -> Result<Vec<Tick>, StoreError> {
    let is_tick = |row: &&Row| row.try_get::<_, Option<At>>("time").is_ok_and(|t| t.is_some());
    rows.iter().filter(is_tick).map(read).collect()
}

pub(super) fn read(row: &Row) -> Result<Tick, StoreError> {
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
