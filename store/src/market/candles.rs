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

use super::holdings::{self, Held};
use super::row::{self, At};
use super::segments;
use super::symbols::{self, Scales, Symbol};
use super::ticks;
use crate::{StoreError, Tx};

pub mod columns;
pub(super) mod merge;
pub(super) mod read;

pub use merge::copy;
pub use read::{CandleQuery, page, page_as_of, page_in_table};

use merge::{Key, SymbolRolls, merge};

/// "mkt": a lock per symbol, taken in order of their numbers so that two writers never wait for each
/// other.
const LOCK: &str = "
SELECT pg_advisory_xact_lock(7171956, id) FROM (SELECT DISTINCT unnest($1::int[]) AS id ORDER BY 1) AS ids";

const OF_RANGE: &str = "
SELECT * FROM market.candles
WHERE symbol_id = $1 AND interval = $2 AND origin = $3 AND open_time >= $4 AND open_time < $5
ORDER BY open_time";

const FORGET: [&str; 5] = [
    "DELETE FROM market.segments WHERE symbol_id = $1",
    "DELETE FROM market.ticks WHERE symbol_id = $1",
    "DELETE FROM market.candles WHERE symbol_id = $1",
    "DELETE FROM market.candle_revisions WHERE symbol_id = $1",
    "DELETE FROM market.holdings WHERE symbol_id = $1",
];

pub(super) const STATEMENTS: &[&str] =
    &[LOCK, OF_RANGE, FORGET[0], FORGET[1], FORGET[2], FORGET[3], FORGET[4]];

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
    let batch = ticks::Batch { symbol, kind, ticks: batch };
    let written = write_many(tx, &[batch], &[ahead]).await?;
    Ok(written.into_iter().next().unwrap_or_default())
}

/// The same for several symbols in one round of statements. A symbol stands in one batch only;
/// `ahead` has a place for each.
///
/// # Errors
/// The database's.
pub async fn write_many(
    tx: &Tx,
    batches: &[ticks::Batch<'_>],
    ahead: &[Option<&[Roll]>],
) -> Result<Vec<Written>, StoreError> {
    let ids: Vec<i32> = batches.iter().map(|batch| batch.symbol.id).collect();
    lock(tx, &ids).await?;
    let held = holdings::for_writing(tx, &ids).await?;
    for batch in batches {
        let (id, times) = (batch.symbol.id, batch.ticks.iter().map(|tick| tick.time));
        segments::refuse_sealed(tx, id, held.sealed_to(id), times).await?;
    }
    let fresh = ticks::insert(tx, batches, &held).await?;
    let mut rolls = Vec::with_capacity(batches.len());
    for ((batch, places), ahead) in batches.iter().zip(&fresh).zip(ahead) {
        let made = match ahead {
            Some(ahead) if places.len() == batch.ticks.len() => ahead.to_vec(),
            _ => roll_ticks(places.iter().map(|at| &batch.ticks[*at])),
        };
        let origin = Origin::from(batch.kind);
        rolls.push(SymbolRolls { symbol_id: batch.symbol.id, origin, rolls: made });
    }
    let rolls = merge(tx, rolls, &held).await?;
    for (batch, places) in batches.iter().zip(&fresh) {
        let new = || places.iter().map(|at| &batch.ticks[*at]);
        let price = new().map(|tick| tick.price.scale()).max().unwrap_or(0);
        let quantity = new().map(|tick| tick.quantity.scale()).max().unwrap_or(0);
        let scales = Scales { price, quantity, quote: price + quantity };
        symbols::widen(tx, batch.symbol, scales).await?;
    }
    let made = fresh.into_iter().zip(rolls);
    Ok(made.map(|(places, symbol)| Written { places, rolls: symbol.rolls }).collect())
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
    lock(tx, &[symbol.id]).await?;
    let held = holdings::for_writing(tx, &[symbol.id]).await?;
    let times = batch.iter().map(|candle| candle.open_time);
    segments::refuse_sealed(tx, symbol.id, held.sealed_to(symbol.id), times).await?;
    let key =
        |time: Time| Key { symbol_id: symbol.id, origin: Origin::Venue, interval, open_time: time };
    // The last of several candles of one time in a batch is what the source finally says.
    let by_time: BTreeMap<Time, usize> =
        batch.iter().enumerate().map(|(at, candle)| (candle.open_time, at)).collect();
    let known = held.last_time(symbol.id, interval.as_str(), Origin::Venue.as_str());
    let old = by_time.keys().filter(|time| known.is_some_and(|known| **time <= known));
    let overlap: Vec<Key> = old.map(|time| key(*time)).collect();
    let stored: BTreeMap<Time, Candle> = merge::stored(tx, &overlap)
        .await?
        .into_iter()
        .map(|(key, candle)| (key.open_time, candle))
        .collect();
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
    let keys: Vec<Key> = corrected.iter().map(|time| key(*time)).collect();
    merge::take(tx, &keys).await?;
    let rows = places.iter().map(|at| (symbol.id, Origin::Venue, interval, &batch[*at], None));
    copy(tx, rows).await?;
    let mut added = holdings::Added::default();
    for time in places.iter().map(|at| batch[*at].open_time).filter(|t| !corrected.contains(t)) {
        added.note(symbol.id, interval.as_str(), Origin::Venue.as_str(), time);
    }
    added.write(tx).await?;
    let ahead = ahead.filter(|_| corrected.is_empty() && places.len() == batch.len());
    let written = places.iter().map(|at| &batch[*at]);
    let rolls = match ahead {
        Some(ahead) => {
            let rolls = rollup(symbol.id, interval, ahead.to_vec());
            merged(merge(tx, vec![rolls], &held).await?)
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
    lock(tx, &[symbol.id]).await?;
    for statement in FORGET {
        tx.execute(statement, &[(&symbol.id, Type::INT4)]).await?;
    }
    let (rolls, origin) = (roll_from(interval, batch), Origin::from(kind));
    merge(tx, vec![SymbolRolls { symbol_id: symbol.id, origin, rolls }], &Held::nothing()).await?;
    symbols::widen(tx, symbol, candle_scales(batch.iter())).await
}

/// One writer per symbol at a time, until the transaction ends.
pub(super) async fn lock(tx: &Tx, symbol_ids: &[i32]) -> Result<(), StoreError> {
    tx.query(LOCK, &[(&symbol_ids, Type::INT4_ARRAY)]).await?;
    Ok(())
}

fn rollup(symbol_id: i32, interval: Interval, rolls: Vec<Roll>) -> SymbolRolls {
    SymbolRolls { symbol_id, origin: Origin::Rollup(interval), rolls }
}

fn merged(symbols: Vec<SymbolRolls>) -> Vec<Roll> {
    symbols.into_iter().flat_map(|symbol| symbol.rolls).collect()
}

/// Rolls up from `written`; the weeks in which a candle was corrected are rolled up from scratch.
async fn roll_up<'a>(
    tx: &Tx,
    symbol_id: i32,
    interval: Interval,
    written: impl Iterator<Item = &'a Candle>,
    corrected: &BTreeSet<Time>,
    held: &Held,
) -> Result<Vec<Roll>, StoreError> {
    let weeks: BTreeSet<Time> =
        corrected.iter().map(|time| Interval::W1.open_time(*time)).collect();
    let added = written.filter(|c| !weeks.contains(&Interval::W1.open_time(c.open_time)));
    let rolls = rollup(symbol_id, interval, roll_candles(interval, added));
    let mut rolls = merged(merge(tx, vec![rolls], held).await?);
    for week in weeks {
        let children =
            of_range(tx, symbol_id, interval, week, Interval::W1.close_time(week)).await?;
        let remade = rollup(symbol_id, interval, roll_candles(interval, &children));
        rolls.extend(merge::replace(tx, remade).await?);
    }
    Ok(rolls)
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
