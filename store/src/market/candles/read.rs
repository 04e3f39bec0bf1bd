//! Candles, read page by page.

use domain::Time;
use domain::market::{Candle, Interval, Origin};
use postgres_types::Type;
use tokio_postgres::Row;

use super::super::row::{self, At};
use crate::{Db, Param, StoreError, Tx};

// One candle per opening time: the venue's own, else the one that saw the most volume, for the
// others may be built from a part of its trades; else by origin. Or of the one origin asked for.
// Sorted within, for PostgreSQL 15 sorts incrementally for ORDER BY but not for DISTINCT: without
// the inner query it would read and sort the whole range for a page of it.
// Every row tells where the segments of the range begin and end; there is a row without a candle
// where there is none.
// Parameters: symbol, interval, origin or null, from, to (exclusive), limit; others of `$rows`.
macro_rules! page {
    ($direction:literal of $($rows:tt)+) => {
        concat!(
            "
SELECT p.*,
       (SELECT min(range_from) FROM market.segments
        WHERE symbol_id = $1 AND interval = $2 AND range_from < $5 AND range_to > $4) AS sealed_from,
       (SELECT max(range_to) FROM market.segments
        WHERE symbol_id = $1 AND interval = $2 AND range_from < $5 AND range_to > $4) AS sealed_to
FROM (VALUES (1)) AS always LEFT JOIN (
    SELECT DISTINCT ON (open_time) origin, open_time, open, high, low, close, volume, quote_volume,
           trade_count, taker_buy_volume, taker_buy_quote_volume
    FROM (
        SELECT *, origin <> 'venue' AS derived, CASE origin
            WHEN 'venue' THEN 0 WHEN 'rollup-1m' THEN 1 WHEN 'rollup-5m' THEN 2 WHEN 'rollup-15m' THEN 3
            WHEN 'rollup-30m' THEN 4 WHEN 'rollup-1h' THEN 5 WHEN 'rollup-4h' THEN 6 WHEN 'rollup-1d' THEN 7
            WHEN 'trades' THEN 8 ELSE 9 END AS rank
        FROM ", $($rows)+, "
        ORDER BY open_time ", $direction, ", derived, volume DESC, rank
    ) ranked
    ORDER BY open_time ", $direction, ", derived, volume DESC, rank
    LIMIT $6
) p ON true"
        )
    };
}

// Candles of a table that are asked for and of which `$known` holds.
macro_rules! rows {
    ($table:literal $(, $known:literal)?) => {
        concat!(
            "
            SELECT origin, open_time, open, high, low, close, volume, quote_volume, trade_count,
                   taker_buy_volume, taker_buy_quote_volume
            FROM ", $table, "
            WHERE symbol_id = $1 AND interval = $2 AND ($3::text IS NULL OR origin = $3)
              AND open_time >= $4 AND open_time < $5"
            $(, " AND ", $known)?
        )
    };
}

macro_rules! now {
    () => {
        concat!("(", rows!("market.candles"), ") stored")
    };
}

// Candles as they were known at $7: those written by then and not since, and of those that were
// corrected since what they said then.
macro_rules! then {
    () => {
        concat!(
            "(",
            rows!("market.candles", "updated_at <= $7"),
            " UNION ALL ",
            rows!("market.candle_revisions", "valid_from <= $7 AND valid_to > $7"),
            ") known"
        )
    };
}

const PAGE_ASC: &str = page!("ASC" of now!());
const PAGE_DESC: &str = page!("DESC" of now!());
const AS_OF_ASC: &str = page!("ASC" of then!());
const AS_OF_DESC: &str = page!("DESC" of then!());

pub(in super::super) const STATEMENTS: &[&str] = &[PAGE_ASC, PAGE_DESC, AS_OF_ASC, AS_OF_DESC];

/// Which candles to read: a half-open range of opening times and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CandleQuery {
    /// The symbol's number.
    pub symbol_id: i32,
    /// Which interval.
    pub interval: Interval,
    /// Of this origin only; otherwise the best there is for each time: the venue's own, else the
    /// one that saw the most volume (a roll-up or trades may cover a part of it only).
    pub origin: Option<Origin>,
    /// From this opening time on.
    pub from: Time,
    /// Before this opening time.
    pub to: Time,
    /// Newest first.
    pub descending: bool,
    /// Most rows.
    pub limit: i64,
}

/// A page of candles in order of opening time.
///
/// # Errors
/// [`StoreError::Sealed`] where some of them are in segments; the database's.
pub async fn page(db: &Db, query: &CandleQuery) -> Result<Vec<Candle>, StoreError> {
    page_as_of(db, query, None).await
}

/// A page of candles as they were stored at `as_of`, or as they are. A candle that was still forming
/// then and was written again since is missing: of those no revisions are kept.
///
/// # Errors
/// As [`page`].
pub async fn page_as_of(
    db: &Db,
    query: &CandleQuery,
    as_of: Option<Time>,
) -> Result<Vec<Candle>, StoreError> {
    let name = if as_of.is_some() { "market.candles_as_of" } else { "market.candles" };
    let values = Values::of(query, as_of);
    let rows = db.query(name, values.sql(), &values.params()).await?;
    let candles = found(&rows).map(row::candle).collect::<Result<Vec<_>, _>>()?;
    let last = candles.last().filter(|_| candles.len() as i64 == query.limit);
    let last = last.map(|candle| candle.open_time);
    unless_sealed(&rows, query.symbol_id, query.descending, last)?;
    Ok(candles)
}

/// Those candles of a page that are in the table, and whose they are; what is sealed is missing. Of
/// a time that was, there may be what was corrected since.
///
/// # Errors
/// The database's.
pub async fn page_in_table(
    tx: &Tx,
    query: &CandleQuery,
    as_of: Option<Time>,
) -> Result<Vec<(Origin, Candle)>, StoreError> {
    let values = Values::of(query, as_of);
    let rows = tx.query(values.sql(), &values.params()).await?;
    found(&rows).map(|row| Ok((row::origin(row)?, row::candle(row)?))).collect()
}

/// What a statement is given.
struct Values<'a> {
    query: &'a CandleQuery,
    interval: &'static str,
    origin: Option<&'static str>,
    from: At,
    to: At,
    as_of: Option<At>,
}

impl<'a> Values<'a> {
    fn of(query: &'a CandleQuery, as_of: Option<Time>) -> Self {
        let (interval, origin) = (query.interval.as_str(), query.origin.map(Origin::as_str));
        let (from, to) = (At(query.from), At(query.to));
        Self { query, interval, origin, from, to, as_of: as_of.map(At) }
    }

    fn sql(&self) -> &'static str {
        match (self.as_of.is_some(), self.query.descending) {
            (false, false) => PAGE_ASC,
            (false, true) => PAGE_DESC,
            (true, false) => AS_OF_ASC,
            (true, true) => AS_OF_DESC,
        }
    }

    fn params(&self) -> Vec<Param<'_>> {
        let always: [Param<'_>; 6] = [
            (&self.query.symbol_id, Type::INT4),
            (&self.interval, Type::TEXT),
            (&self.origin, Type::TEXT),
            (&self.from, Type::TIMESTAMPTZ),
            (&self.to, Type::TIMESTAMPTZ),
            (&self.query.limit, Type::INT8),
        ];
        let mut params = Vec::from(always);
        if let Some(as_of) = &self.as_of {
            params.push((as_of, Type::TIMESTAMPTZ));
        }
        params
    }
}

/// The rows of candles: not the one that only tells of segments.
fn found(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter().filter(|row| row.try_get::<_, Option<At>>("open_time").is_ok_and(|t| t.is_some()))
}

/// Refuses a page that may lack what is sealed; `last` is the last row of a full one.
pub(in super::super) fn unless_sealed(
    rows: &[Row],
    symbol_id: i32,
    descending: bool,
    last: Option<Time>,
) -> Result<(), StoreError> {
    let Some(row) = rows.first() else { return Ok(()) };
    let sealed = row::maybe_time(row, "sealed_from")?.zip(row::maybe_time(row, "sealed_to")?);
    let Some((from, to)) = sealed else { return Ok(()) };
    match last {
        Some(last) if descending && last >= to => Ok(()),
        Some(last) if !descending && last < from => Ok(()),
        _ => Err(StoreError::Sealed { symbol_id, from, to }),
    }
}
