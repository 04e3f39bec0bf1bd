//! Candles: merged from ticks, taken from a venue, rolled up, and read.
//!
//! All writing happens under the symbol's lock and in one transaction with the rows it follows
//! from, so the eight intervals never disagree.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use domain::market::{
    Candle, Interval, Origin, Roll, Tick, TickKind, roll_candles, roll_from, roll_ticks,
};
use domain::{Amount, Time};
use postgres_types::Type;

use super::copy::CopyRows;
use super::holdings::{self, Holding};
use super::row::{self, At};
use super::symbols::{self, Scales, Symbol};
use super::ticks;
use crate::{StoreError, Tx};

pub(super) mod read;

pub use read::{CandleQuery, page};

/// "mkt": a lock per symbol.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7171956, $1)";

const COPY: &str = "
COPY market.candles (symbol_id, interval, open_time, origin, open, high, low, close, volume,
    quote_volume, trade_count, taker_buy_volume, taker_buy_quote_volume, first_time, first_seq,
    first_id, last_time, last_seq, last_id) FROM STDIN BINARY";

const BY_KEYS: &str = "
SELECT c.* FROM unnest($3::text[], $4::timestamptz[]) AS k (interval, open_time)
JOIN market.candles c ON c.symbol_id = $1 AND c.origin = $2 AND c.interval = k.interval AND c.open_time = k.open_time
WHERE c.open_time BETWEEN $5 AND $6";

const TAKE_KEYS: &str = "
DELETE FROM market.candles c USING unnest($3::text[], $4::timestamptz[]) AS k (interval, open_time)
WHERE c.symbol_id = $1 AND c.origin = $2 AND c.interval = k.interval AND c.open_time = k.open_time
  AND c.open_time BETWEEN $5 AND $6
RETURNING c.*";

const OF_RANGE: &str = "
SELECT * FROM market.candles
WHERE symbol_id = $1 AND interval = $2 AND origin = $3 AND open_time >= $4 AND open_time < $5
ORDER BY open_time";

const FORGET: [&str; 3] = [
    "DELETE FROM market.ticks WHERE symbol_id = $1",
    "DELETE FROM market.candles WHERE symbol_id = $1",
    "DELETE FROM market.holdings WHERE symbol_id = $1",
];

pub(super) const STATEMENTS: &[&str] =
    &[LOCK, BY_KEYS, TAKE_KEYS, OF_RANGE, FORGET[0], FORGET[1], FORGET[2]];

/// What a write changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Places, in what was given, of the rows that are new or corrected.
    pub places: Vec<usize>,
    /// The candles that follow from them, as they are now.
    pub rolls: Vec<Roll>,
}

/// Takes in ticks of one symbol and the candles of all intervals that follow from them.
///
/// Who has many batches rolls each one `ahead`, by [`roll_ticks`], while the database works on the
/// one before; that serves where every tick of the batch turns out to be new.
///
/// # Errors
/// The database's.
pub async fn write_ticks(
    tx: &Tx,
    symbol: &Symbol,
    kind: TickKind,
    batch: &[Tick],
    ahead: Option<&[Roll]>,
) -> Result<Written, StoreError> {
    lock(tx, symbol.id).await?;
    let held = holdings::for_writing(tx, symbol.id).await?;
    let places = ticks::insert(tx, symbol, kind, batch, &held).await?;
    let rolls = match ahead {
        Some(ahead) if places.len() == batch.len() => ahead.to_vec(),
        _ => roll_ticks(places.iter().map(|at| &batch[*at])),
    };
    let rolls = merge(tx, symbol.id, Origin::from(kind), rolls, &held).await?;
    let price = places.iter().map(|at| batch[*at].price.scale()).max().unwrap_or(0);
    let quantity = places.iter().map(|at| batch[*at].quantity.scale()).max().unwrap_or(0);
    symbols::widen(tx, symbol, Scales { price, quantity, quote: price + quantity }).await?;
    Ok(Written { places, rolls })
}

/// Takes in a venue's candles and rolls up all longer intervals from them.
///
/// A source that gives the same prices and volume but knows less erases nothing. A candle that is
/// stored with other figures is corrected, and every roll-up above it is made
/// anew from what is then stored. `ahead` is as in [`write_ticks`], by [`roll_candles`].
///
/// # Errors
/// The database's.
pub async fn write_venue(
    tx: &Tx,
    symbol: &Symbol,
    interval: Interval,
    batch: &[Candle],
    ahead: Option<&[Roll]>,
) -> Result<Written, StoreError> {
    lock(tx, symbol.id).await?;
    let held = holdings::for_writing(tx, symbol.id).await?;
    // The last of several candles of one time in a batch is what the source finally says.
    let by_time: BTreeMap<Time, usize> =
        batch.iter().enumerate().map(|(at, candle)| (candle.open_time, at)).collect();
    let known = holdings::last_time(&held, interval.as_str(), Origin::Venue.as_str());
    let overlap: Vec<(Interval, Time)> = by_time
        .keys()
        .filter(|time| known.is_some_and(|known| **time <= known))
        .map(|t| (interval, *t))
        .collect();
    let mut stored = BTreeMap::new();
    for row in by_keys(tx, BY_KEYS, symbol.id, Origin::Venue, &overlap).await? {
        let candle = row::candle(&row)?;
        stored.insert(candle.open_time, candle);
    }
    let mut batch = Cow::Borrowed(batch);
    for (time, old) in &stored {
        let at = by_time[time];
        if let Some(completed) = batch[at].completed_by(old) {
            batch.to_mut()[at] = completed;
        }
    }
    let mut corrected = BTreeSet::new();
    let mut places = Vec::with_capacity(by_time.len());
    for (time, at) in &by_time {
        match stored.get(time) {
            Some(old) if *old == batch[*at] => continue,
            Some(_) => {
                corrected.insert(*time);
            }
            None => {}
        }
        places.push(*at);
    }
    let keys: Vec<(Interval, Time)> = corrected.iter().map(|time| (interval, *time)).collect();
    by_keys(tx, TAKE_KEYS, symbol.id, Origin::Venue, &keys).await?;
    copy(tx, symbol.id, Origin::Venue, places.iter().map(|at| (interval, &batch[*at], None)))
        .await?;
    let added =
        places.iter().map(|at| batch[*at].open_time).filter(|time| !corrected.contains(time));
    holdings::add(tx, symbol.id, interval.as_str(), Origin::Venue.as_str(), added).await?;
    let ahead = ahead.filter(|_| corrected.is_empty() && places.len() == batch.len());
    let written = places.iter().map(|at| &batch[*at]);
    let rolls = match ahead {
        Some(ahead) => {
            merge(tx, symbol.id, Origin::Rollup(interval), ahead.to_vec(), &held).await?
        }
        None => roll_up(tx, symbol.id, interval, written, &corrected, &held).await?,
    };
    symbols::widen(tx, symbol, candle_scales(places.iter().map(|at| &batch[*at]))).await?;
    Ok(Written { places, rolls })
}

/// Takes in candles as if they had been built here from trades, so that trades which follow merge
/// with them in every interval: the past of a replay. Everything stored of the symbol goes first.
///
/// # Errors
/// The database's.
pub async fn write_history(
    tx: &Tx,
    symbol: &Symbol,
    kind: TickKind,
    interval: Interval,
    batch: &[Candle],
) -> Result<(), StoreError> {
    lock(tx, symbol.id).await?;
    for statement in FORGET {
        tx.execute(statement, &[(&symbol.id, Type::INT4)]).await?;
    }
    let rolls = roll_from(interval, batch);
    merge(tx, symbol.id, Origin::from(kind), rolls, &[]).await?;
    symbols::widen(tx, symbol, candle_scales(batch.iter())).await
}

/// One writer per symbol at a time, until the transaction ends.
async fn lock(tx: &Tx, symbol_id: i32) -> Result<(), StoreError> {
    tx.query(LOCK, &[(&symbol_id, Type::INT4)]).await?;
    Ok(())
}

/// Rolls up from `written`; the weeks in which a candle was corrected are rolled up from scratch.
async fn roll_up<'a>(
    tx: &Tx,
    symbol_id: i32,
    interval: Interval,
    written: impl Iterator<Item = &'a Candle>,
    corrected: &BTreeSet<Time>,
    held: &[Holding],
) -> Result<Vec<Roll>, StoreError> {
    let origin = Origin::Rollup(interval);
    let weeks: BTreeSet<Time> =
        corrected.iter().map(|time| Interval::W1.open_time(*time)).collect();
    let added = written.filter(|c| !weeks.contains(&Interval::W1.open_time(c.open_time)));
    let mut rolls = merge(tx, symbol_id, origin, roll_candles(interval, added), held).await?;
    for week in weeks {
        let children =
            of_range(tx, symbol_id, interval, week, Interval::W1.close_time(week)).await?;
        let remade = roll_candles(interval, &children);
        let keys: Vec<(Interval, Time)> =
            remade.iter().map(|r| (r.interval, r.candle.open_time)).collect();
        let mut old = BTreeSet::new();
        for row in by_keys(tx, TAKE_KEYS, symbol_id, origin, &keys).await? {
            let roll = row::roll(&row)?;
            old.insert((roll.interval, roll.candle.open_time));
        }
        insert_rolls(tx, symbol_id, origin, &remade, &old).await?;
        rolls.extend(remade);
    }
    Ok(rolls)
}

/// Merges rolls with what is stored of the same candles and writes the outcome.
async fn merge(
    tx: &Tx,
    symbol_id: i32,
    origin: Origin,
    mut rolls: Vec<Roll>,
    held: &[Holding],
) -> Result<Vec<Roll>, StoreError> {
    let name = origin.as_str();
    let known = |interval: Interval| holdings::last_time(held, interval.as_str(), name);
    let overlap: Vec<(Interval, Time)> = rolls
        .iter()
        .map(|roll| (roll.interval, roll.candle.open_time))
        .filter(|(interval, time)| known(*interval).is_some_and(|known| *time <= known))
        .collect();
    let mut stored = BTreeMap::new();
    for row in by_keys(tx, TAKE_KEYS, symbol_id, origin, &overlap).await? {
        let roll = row::roll(&row)?;
        stored.insert((roll.interval, roll.candle.open_time), roll);
    }
    for roll in &mut rolls {
        if let Some(old) = stored.get(&(roll.interval, roll.candle.open_time)) {
            roll.merge(old);
        }
    }
    let old: BTreeSet<(Interval, Time)> = stored.into_keys().collect();
    insert_rolls(tx, symbol_id, origin, &rolls, &old).await?;
    Ok(rolls)
}

/// Writes rolls; those in `old` replace a stored row and are not counted again.
async fn insert_rolls(
    tx: &Tx,
    symbol_id: i32,
    origin: Origin,
    rolls: &[Roll],
    old: &BTreeSet<(Interval, Time)>,
) -> Result<(), StoreError> {
    copy(tx, symbol_id, origin, rolls.iter().map(|r| (r.interval, &r.candle, Some(r)))).await?;
    for interval in Interval::ALL {
        let times = rolls
            .iter()
            .filter(|r| r.interval == interval && !old.contains(&(interval, r.candle.open_time)))
            .map(|r| r.candle.open_time);
        holdings::add(tx, symbol_id, interval.as_str(), origin.as_str(), times).await?;
    }
    Ok(())
}

/// The bare write of candles that are not stored yet; returns how many rows the server took.
///
/// Public to be measured against; candles get in by the functions above.
///
/// # Errors
/// The database's.
pub async fn copy<'a>(
    tx: &Tx,
    symbol_id: i32,
    origin: Origin,
    candles: impl ExactSizeIterator<Item = (Interval, &'a Candle, Option<&'a Roll>)>,
) -> Result<u64, StoreError> {
    if candles.len() == 0 {
        return Ok(0);
    }
    let mut rows = CopyRows::open(tx, COPY).await?;
    for (interval, candle, roll) in candles {
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
async fn by_keys(
    tx: &Tx,
    sql: &str,
    symbol_id: i32,
    origin: Origin,
    keys: &[(Interval, Time)],
) -> Result<Vec<tokio_postgres::Row>, StoreError> {
    let times = keys.iter().map(|(_, time)| *time);
    let (Some(first), Some(last)) = (times.clone().min(), times.clone().max()) else {
        return Ok(Vec::new());
    };
    let intervals: Vec<&str> = keys.iter().map(|(interval, _)| interval.as_str()).collect();
    let times: Vec<At> = times.map(At).collect();
    tx.query(
        sql,
        &[
            (&symbol_id, Type::INT4),
            (&origin.as_str(), Type::TEXT),
            (&intervals, Type::TEXT_ARRAY),
            (&times, Type::TIMESTAMPTZ_ARRAY),
            (&At(first), Type::TIMESTAMPTZ),
            (&At(last), Type::TIMESTAMPTZ),
        ],
    )
    .await
}

/// The venue's candles of one interval from `from` until before `to`.
async fn of_range(
    tx: &Tx,
    symbol_id: i32,
    interval: Interval,
    from: Time,
    to: Time,
) -> Result<Vec<Candle>, StoreError> {
    let params: [crate::Param<'_>; 5] = [
        (&symbol_id, Type::INT4),
        (&interval.as_str(), Type::TEXT),
        (&Origin::Venue.as_str(), Type::TEXT),
        (&At(from), Type::TIMESTAMPTZ),
        (&At(to), Type::TIMESTAMPTZ),
    ];
    tx.query(OF_RANGE, &params).await?.iter().map(row::candle).collect()
}

/// Places after the point that these candles need.
fn candle_scales<'a>(candles: impl Iterator<Item = &'a Candle>) -> Scales {
    candles.fold(Scales::default(), |scales, candle| {
        let prices = [candle.open, candle.high, candle.low, candle.close];
        let scale = |amount: Option<Amount>| amount.map_or(0, Amount::scale);
        scales.max(Scales {
            price: prices.iter().map(|p| p.scale()).max().unwrap_or(0),
            quantity: candle.volume.scale().max(scale(candle.taker_buy_volume)),
            quote: scale(candle.quote_volume).max(scale(candle.taker_buy_quote_volume)),
        })
    })
}
