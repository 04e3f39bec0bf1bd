//! The catalogue of segments: which rows of which series are sealed into which object. What it
//! says and which rows are in the tables change in one transaction, so one snapshot tells both.

pub mod objects;
pub mod partitions;
pub mod rows;

use std::collections::BTreeSet;
use std::str::FromStr;

use domain::Time;
use domain::market::{Interval, TickKind, TimeRange};
use postgres_types::Type;
use tokio_postgres::Row;

use super::holdings::TICK;
use super::row::{At, time};
use super::symbols::Scales;
use crate::{Db, Param, StoreError, Tx};

const OF_RANGE: &str = "
SELECT * FROM market.segments
WHERE symbol_id = $1 AND interval = $2 AND ($3::text IS NULL OR origin = $3) AND range_from < $5 AND range_to > $4
ORDER BY range_from, origin";

const ALL: &str = "
SELECT * FROM market.segments WHERE $1::int IS NULL OR symbol_id = $1
ORDER BY symbol_id, interval, origin, range_from";

const TOUCHED: &str = "
SELECT * FROM market.segments s
WHERE symbol_id = $1 AND EXISTS (SELECT FROM unnest($2::timestamptz[], $3::timestamptz[]) AS t (first, next)
    WHERE s.range_from < t.next AND s.range_to > t.first)
ORDER BY interval, range_from, origin";

const INSERT: &str = include_str!("../queries/insert_segment.sql");

const REMOVE: &str = "
WITH gone AS (DELETE FROM market.segments WHERE id = ANY($1) RETURNING tier, path)
INSERT INTO market.unneeded_objects (tier, path) SELECT tier, path FROM gone";

const MOVE: &str = "
WITH old AS (SELECT tier, path FROM market.segments WHERE id = $1 AND tier <> $2 FOR UPDATE),
    noted AS (INSERT INTO market.unneeded_objects (tier, path) SELECT tier, path FROM old)
UPDATE market.segments SET tier = $2, verified_at = now() WHERE id = $1 AND tier <> $2";

const DAMAGED: &str = "
UPDATE market.segments SET damaged_at = coalesce(damaged_at, now()), damage = $2
WHERE id = $1 AND damage IS DISTINCT FROM $2";

const SOUND: &str = "
UPDATE market.segments SET damaged_at = NULL, damage = NULL, verified_at = now() WHERE id = $1";

const SEALED_TO: &str = "
UPDATE market.holdings h SET sealed_to = (SELECT max(s.range_to) FROM market.segments s
    WHERE s.symbol_id = h.symbol_id AND s.interval = h.interval AND s.origin = h.origin)
WHERE h.symbol_id = $1";

const SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

pub(super) const STATEMENTS: &[&str] =
    &[OF_RANGE, ALL, TOUCHED, INSERT, REMOVE, MOVE, DAMAGED, SOUND, SEALED_TO];

/// Rows that are sealed together: everything of an interval, whatever the origin, or the ticks of
/// a kind. So a partition of one is in the tables or in segments, and no reader has to mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Series {
    /// Candles of an interval.
    Candles(Interval),
    /// Ticks of a kind.
    Ticks(TickKind),
}

impl Series {
    /// `1m` … `1w`, or `tick`, as in holdings.
    #[must_use]
    pub fn interval(self) -> &'static str {
        match self {
            Self::Candles(interval) => interval.as_str(),
            Self::Ticks(_) => TICK,
        }
    }

    /// The kind of ticks; candles of a series have any origin.
    #[must_use]
    pub fn origin(self) -> Option<&'static str> {
        match self {
            Self::Candles(_) => None,
            Self::Ticks(kind) => Some(kind.as_str()),
        }
    }

    /// The series of a row of the catalogue or of holdings.
    ///
    /// # Errors
    /// Names that no version of this program wrote.
    pub fn of(interval: &str, origin: &str) -> Result<Self, StoreError> {
        let unknown = || StoreError::Unexpected(format!("a series {interval}/{origin}"));
        if interval != TICK {
            return Interval::from_str(interval).map(Self::Candles).map_err(|_| unknown());
        }
        let kinds = [TickKind::Trade, TickKind::AggTrade];
        let kind = kinds.into_iter().find(|kind| kind.as_str() == origin).ok_or_else(unknown)?;
        Ok(Self::Ticks(kind))
    }
}

impl std::fmt::Display for Series {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Candles(interval) => write!(out, "{interval} candles"),
            Self::Ticks(TickKind::Trade) => out.write_str("trades"),
            Self::Ticks(TickKind::AggTrade) => out.write_str("aggregate trades"),
        }
    }
}

/// Which store has an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// The usual one.
    Warm,
    /// The one for what is hardly read.
    Cold,
}

impl Tier {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Cold => "cold",
        }
    }
}

/// An object and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its number; 0 before it is in the catalogue.
    pub id: i64,
    /// Whose rows.
    pub symbol_id: i32,
    /// Which.
    pub series: Series,
    /// Origin of candles; kind of ticks.
    pub origin: String,
    /// The partition.
    pub range: TimeRange,
    /// Time of the first row.
    pub first_time: Time,
    /// Time of the last row.
    pub last_time: Time,
    /// Of ticks: the smallest and the largest id.
    pub ids: Option<(i64, i64)>,
    /// How many rows.
    pub row_count: i64,
    /// Which store has it.
    pub tier: Tier,
    /// Its name there.
    pub path: String,
    /// How it is encoded.
    pub format: String,
    /// Its length.
    pub byte_count: i64,
    /// BLAKE3 of its bytes.
    pub checksum: [u8; 32],
    /// BLAKE3 of its rows.
    pub row_digest: [u8; 32],
    /// Digits after the point of its decimals.
    pub scales: Scales,
    /// Where its chunks are; the encoder knows what this means.
    pub chunks: serde_json::Value,
    /// When it was made.
    pub sealed_at: Time,
    /// What is wrong with it, as a reader found.
    pub damage: Option<String>,
}

/// The segments of a series that overlap a range, in order of time; of one origin or of all.
///
/// # Errors
/// The database's.
pub async fn of_range(
    tx: &Tx,
    symbol_id: i32,
    series: Series,
    origin: Option<&str>,
    range: TimeRange,
) -> Result<Vec<Segment>, StoreError> {
    let origin = origin.or(series.origin());
    let rows = tx
        .query(
            OF_RANGE,
            &[
                (&symbol_id, Type::INT4),
                (&series.interval(), Type::TEXT),
                (&origin, Type::TEXT),
                (&At(range.from), Type::TIMESTAMPTZ),
                (&At(range.to), Type::TIMESTAMPTZ),
            ],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Every segment, or every one of a symbol.
///
/// # Errors
/// The database's.
pub async fn all(db: &Db, symbol_id: Option<i32>) -> Result<Vec<Segment>, StoreError> {
    let rows = db.query("market.segments", ALL, &[(&symbol_id, Type::INT4)]).await?;
    rows.iter().map(read).collect()
}

/// The segments of a symbol that overlap any of these ranges, of every series.
///
/// # Errors
/// The database's.
pub async fn touched(
    db: &Db,
    symbol_id: i32,
    ranges: &[TimeRange],
) -> Result<Vec<Segment>, StoreError> {
    let (firsts, nexts) = ends(ranges);
    let params = touched_params(&symbol_id, &firsts, &nexts);
    db.query("market.touched_segments", TOUCHED, &params).await?.iter().map(read).collect()
}

fn ends(ranges: &[TimeRange]) -> (Vec<At>, Vec<At>) {
    ranges.iter().map(|range| (At(range.from), At(range.to))).unzip()
}

fn touched_params<'a>(
    symbol_id: &'a i32,
    firsts: &'a Vec<At>,
    nexts: &'a Vec<At>,
) -> [Param<'a>; 3] {
    [(symbol_id, Type::INT4), (firsts, Type::TIMESTAMPTZ_ARRAY), (nexts, Type::TIMESTAMPTZ_ARRAY)]
}

/// Refuses to write where rows are sealed, so that no row is ever in both places. The caller holds
/// the symbol's lock; `sealed_to` is the end of the symbol's latest segment, from its holdings.
pub(super) async fn refuse_sealed(
    tx: &Tx,
    symbol_id: i32,
    sealed_to: Option<Time>,
    times: impl IntoIterator<Item = Time>,
) -> Result<(), StoreError> {
    let Some(sealed_to) = sealed_to else { return Ok(()) };
    let ranges = weeks(times.into_iter().filter(|time| Interval::W1.open_time(*time) < sealed_to));
    if ranges.is_empty() {
        return Ok(());
    }
    let (firsts, nexts) = ends(&ranges);
    match tx.query(TOUCHED, &touched_params(&symbol_id, &firsts, &nexts)).await?.first() {
        None => Ok(()),
        Some(row) => {
            let (from, to) = (time(row, "range_from")?, time(row, "range_to")?);
            Err(StoreError::Sealed { symbol_id, from, to })
        }
    }
}

/// The weeks of these times: what a row changes, or asks for, is never outside of its week.
fn weeks(times: impl IntoIterator<Item = Time>) -> Vec<TimeRange> {
    let starts: BTreeSet<Time> =
        times.into_iter().map(|time| Interval::W1.open_time(time)).collect();
    starts.into_iter().filter_map(|t| TimeRange::new(t, Interval::W1.close_time(t))).collect()
}

/// Puts a segment into the catalogue.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &Tx, segment: &Segment) -> Result<(), StoreError> {
    let (min_id, max_id) = segment.ids.unzip();
    let Scales { price, quantity, quote } = segment.scales;
    let [price, quantity, quote] = [price, quantity, quote].map(|scale| scale as i16);
    let params: [Param<'_>; 20] = [
        (&segment.symbol_id, Type::INT4),
        (&segment.series.interval(), Type::TEXT),
        (&segment.origin, Type::TEXT),
        (&At(segment.range.from), Type::TIMESTAMPTZ),
        (&At(segment.range.to), Type::TIMESTAMPTZ),
        (&At(segment.first_time), Type::TIMESTAMPTZ),
        (&At(segment.last_time), Type::TIMESTAMPTZ),
        (&min_id, Type::INT8),
        (&max_id, Type::INT8),
        (&segment.row_count, Type::INT8),
        (&segment.path, Type::TEXT),
        (&segment.format, Type::TEXT),
        (&segment.byte_count, Type::INT8),
        (&segment.checksum.as_slice(), Type::BYTEA),
        (&segment.row_digest.as_slice(), Type::BYTEA),
        (&price, Type::INT2),
        (&quantity, Type::INT2),
        (&quote, Type::INT2),
        (&segment.chunks, Type::JSONB),
        (&At(segment.sealed_at), Type::TIMESTAMPTZ),
    ];
    tx.execute(INSERT, &params).await?;
    Ok(())
}

/// Takes segments out of the catalogue; tells how many there were.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &Tx, ids: &[i64]) -> Result<u64, StoreError> {
    tx.execute(REMOVE, &[(&ids, Type::INT8_ARRAY)]).await
}

/// Notes that a segment's object is now in that store; nothing where it was removed meanwhile.
///
/// # Errors
/// The database's.
pub async fn moved(tx: &Tx, segment: &Segment, tier: Tier) -> Result<u64, StoreError> {
    tx.execute(MOVE, &[(&segment.id, Type::INT8), (&tier.as_str(), Type::TEXT)]).await
}

/// Notes that a segment can't be read, or, without a reason, that it was read whole and is sound.
///
/// # Errors
/// The database's.
pub async fn note_damage(db: &Db, id: i64, damage: Option<&str>) -> Result<(), StoreError> {
    db.run("market.segment_damage", |tx| async move {
        match damage {
            Some(_) => tx.execute(DAMAGED, &[(&id, Type::INT8), (&damage, Type::TEXT)]).await,
            None => tx.execute(SOUND, &[(&id, Type::INT8)]).await,
        }
    })
    .await
    .map(drop)
}

/// Brings a symbol's holdings up to date with the catalogue.
///
/// # Errors
/// The database's.
pub async fn note_sealed_to(tx: &Tx, symbol_id: i32) -> Result<(), StoreError> {
    tx.execute(SEALED_TO, &[(&symbol_id, Type::INT4)]).await?;
    Ok(())
}

/// Makes a transaction, before anything else in it, see one state of the database throughout.
///
/// # Errors
/// The database's.
pub async fn snapshot(tx: &Tx) -> Result<(), StoreError> {
    tx.batch(SNAPSHOT).await
}

/// One writer, or sealer, of a symbol at a time, until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn lock(tx: &Tx, symbol_id: i32) -> Result<(), StoreError> {
    super::candles::lock(tx, &[symbol_id]).await
}

fn read(row: &Row) -> Result<Segment, StoreError> {
    let (interval, origin): (&str, String) = (row.try_get("interval")?, row.try_get("origin")?);
    let bytes = |column: &str| -> Result<[u8; 32], StoreError> {
        let bytes: &[u8] = row.try_get(column)?;
        bytes.try_into().map_err(|_| StoreError::Unexpected(format!("{column} of a segment")))
    };
    let scale = |column: &str| -> Result<u32, StoreError> {
        Ok(row.try_get::<_, i16>(column)?.unsigned_abs().into())
    };
    let empty = || StoreError::Unexpected("a segment of no time".to_owned());
    let ids = row.try_get::<_, Option<i64>>("min_id")?.zip(row.try_get("max_id")?);
    Ok(Segment {
        id: row.try_get("id")?,
        symbol_id: row.try_get("symbol_id")?,
        series: Series::of(interval, &origin)?,
        origin,
        range: TimeRange::new(time(row, "range_from")?, time(row, "range_to")?)
            .ok_or_else(empty)?,
        first_time: time(row, "first_time")?,
        last_time: time(row, "last_time")?,
        ids,
        row_count: row.try_get("row_count")?,
        tier: if row.try_get::<_, &str>("tier")? == "cold" { Tier::Cold } else { Tier::Warm },
        path: row.try_get("path")?,
        format: row.try_get("format")?,
        byte_count: row.try_get("byte_count")?,
        checksum: bytes("checksum")?,
        row_digest: bytes("row_digest")?,
        scales: Scales {
            price: scale("price_scale")?,
            quantity: scale("quantity_scale")?,
            quote: scale("quote_scale")?,
        },
        chunks: row.try_get("chunks")?,
        sealed_at: time(row, "sealed_at")?,
        damage: row.try_get("damage")?,
    })
}
