//! Sealing: rows become an object, the object is read back and found equal, and only then the
//! transaction that enters it into the catalogue deletes the rows. Killed at any moment, it leaves
//! the rows, or the rows and an object that nobody needs, or the object and its entry.

use adapters::market::segments::{self as encoding, CandleChunk, Encoded, RowDigest};
use adapters::market::segments::{SegmentWriter, TickChunk};
use bytes::Bytes;
use domain::Time;
use domain::market::{
    CoverageStatus, Interval, Order, StoredCandle, Tick, TickKind, TimeRange, TimeRanges,
};
use store::market::coverage;
use store::market::segments::partitions::Part;
use store::market::segments::{self as catalogue, Segment, Series, Tier, rows};
use store::market::symbols::{Scales, Symbol};
use store::{Db, StoreError, Tx};

use super::{SegmentError, Segments, layout};
use crate::Clock;

/// Rows that change while they are sealed are tried again so many times.
const TRIES: usize = 3;
/// Who says that nothing was traded somewhere.
const TRADE_IDS: &str = "trade ids";
const AROUND_MICROS: i64 = 86_400_000_000;
/// Rows of a chunk.
const ROWS: i64 = encoding::CHUNK_ROWS as i64;

/// How far the sealing of a partition is; a test stops it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The rows are encoded.
    Encoded,
    /// The objects are written.
    Written,
    /// They were read back and found equal.
    Verified,
    /// The rows are deleted and the catalogue has its entries, in a transaction not yet committed.
    Deleted,
    /// It is done.
    Committed,
}

/// Seals the rows of a partition; returns its segments, one for each origin. `go_on` hears of
/// every step and may end the work there.
///
/// # Errors
/// [`SegmentError`]; the rows are then where they were.
pub async fn seal(
    db: &Db,
    clock: &Clock,
    segments: &Segments,
    symbol: &Symbol,
    part: &Part,
    go_on: &(dyn Fn(Step) -> bool + Send + Sync),
) -> Result<Vec<Segment>, SegmentError> {
    for _ in 0..TRIES {
        match once(db, clock, segments, symbol, part, go_on).await {
            Err(SegmentError::Changing(_)) => {}
            done => return done,
        }
    }
    Err(SegmentError::Changing(format!("{} {} {}", symbol.name, part.series, part.range.from)))
}

async fn once(
    db: &Db,
    clock: &Clock,
    segments: &Segments,
    symbol: &Symbol,
    part: &Part,
    go_on: &(dyn Fn(Step) -> bool + Send + Sync),
) -> Result<Vec<Segment>, SegmentError> {
    let step = |step| if go_on(step) { Ok(()) } else { Err(SegmentError::Interrupted) };
    let encoded = db
        .run("market.read_to_seal", |tx| async move {
            catalogue::snapshot(&tx).await?;
            encode(&tx, symbol, part, clock.now()).await
        })
        .await?;
    step(Step::Encoded)?;
    let mut made = Vec::with_capacity(encoded.len());
    for (segment, bytes) in encoded {
        let store = segments.store(Tier::Warm, &segment.path)?;
        store.put(&segment.path, bytes).await?;
        made.push(segment);
    }
    step(Step::Written)?;
    for segment in &made {
        verify(segments, segment, segment.tier).await?;
    }
    step(Step::Verified)?;
    let (made_before, proven) = (&made, &proven_empty(db, symbol.id, part).await?);
    db.run("market.seal", |tx| async move {
        catalogue::lock(&tx, symbol.id).await?;
        if !unchanged(&tx, symbol.id, part, made_before).await? {
            return Err(SegmentError::Changing(String::new()));
        }
        let expected: i64 = made_before.iter().map(|segment| segment.row_count).sum();
        let deleted = rows::delete(&tx, symbol.id, part.series, part.range).await?;
        if deleted.values().sum::<u64>() != expected.unsigned_abs() {
            return Err(SegmentError::Changing(String::new()));
        }
        for segment in made_before {
            catalogue::insert(&tx, segment).await?;
        }
        if let Series::Candles(interval) = part.series {
            let (interval, empty) = (interval.as_str(), CoverageStatus::Empty);
            coverage::mark(&tx, symbol.id, interval, empty, TRADE_IDS, proven).await?;
        }
        catalogue::note_sealed_to(&tx, symbol.id).await?;
        step(Step::Deleted)
    })
    .await?;
    metrics::counter!("chandlery_sealed_rows_total")
        .increment(made.iter().map(|segment| segment.row_count.unsigned_abs()).sum());
    step(Step::Committed)?;
    Ok(made)
}

/// Where nothing was traded by the trade ids around it: the candles that are sealed no longer tell.
async fn proven_empty(db: &Db, symbol_id: i32, part: &Part) -> Result<TimeRanges, StoreError> {
    let Series::Candles(interval) = part.series else { return Ok(TimeRanges::default()) };
    // With the neighbours, for a hole may lie between two partitions.
    let from = part.range.from.plus_micros(-AROUND_MICROS);
    let within = TimeRange { from, to: part.range.to.plus_micros(AROUND_MICROS) };
    let mut proven = TimeRanges::default();
    for kind in [TickKind::Trade, TickKind::AggTrade] {
        let ranges = coverage::proven_empty(db, symbol_id, interval, kind, within).await?;
        proven.extend(ranges.as_slice().iter().copied());
    }
    Ok(proven)
}

/// The objects of a partition, one for each origin, and their entries.
async fn encode(
    tx: &Tx,
    symbol: &Symbol,
    part: &Part,
    now: Time,
) -> Result<Vec<(Segment, Bytes)>, SegmentError> {
    let mut made = Vec::new();
    for origin in origins(tx, symbol.id, part).await? {
        let segment = entry(symbol, part, &origin);
        let mut writer = SegmentWriter::new(layout(&segment))?;
        let mut rows = Rows::new(symbol.id, part, &origin);
        while let Some(chunk) = rows.next(tx).await? {
            // Packing a chunk takes some milliseconds, which would hold up others of this thread.
            let packed = tokio::task::spawn_blocking(move || {
                match &chunk {
                    Chunk::Candles(interval, rows) => writer.candles(*interval, rows)?,
                    Chunk::Ticks(kind, rows) => writer.ticks(*kind, rows)?,
                }
                Ok::<_, SegmentError>(writer)
            });
            writer = packed.await.map_err(|error| StoreError::Unexpected(error.to_string()))??;
        }
        let encoded = writer.finish()?;
        if encoded.rows > 0 {
            made.push(finished(segment, encoded, now)?);
        }
    }
    Ok(made)
}

async fn origins(tx: &Tx, symbol_id: i32, part: &Part) -> Result<Vec<String>, StoreError> {
    match part.series {
        Series::Candles(interval) => rows::origins(tx, symbol_id, interval, part.range).await,
        Series::Ticks(kind) => Ok(vec![kind.as_str().to_owned()]),
    }
}

fn entry(symbol: &Symbol, part: &Part, origin: &str) -> Segment {
    let scale = |scale: i16| u32::from(scale.unsigned_abs());
    Segment {
        id: 0,
        symbol_id: symbol.id,
        series: part.series,
        origin: origin.to_owned(),
        range: part.range,
        first_time: part.range.from,
        last_time: part.range.from,
        ids: None,
        row_count: 0,
        tier: Tier::Warm,
        path: path(symbol, part, origin),
        format: encoding::FORMAT.to_owned(),
        byte_count: 0,
        checksum: [0; 32],
        row_digest: [0; 32],
        scales: Scales {
            price: scale(symbol.price_scale),
            quantity: scale(symbol.quantity_scale),
            quote: scale(symbol.quote_scale),
        },
        chunks: serde_json::Value::Null,
        sealed_at: Time::default(),
        damage: None,
    }
}

fn finished(
    segment: Segment,
    encoded: Encoded,
    now: Time,
) -> Result<(Segment, Bytes), SegmentError> {
    let none = || StoreError::Unexpected("a segment without chunks".to_owned());
    let (first, last) = encoded.chunks.first().zip(encoded.chunks.last()).ok_or_else(none)?;
    let time = |micros| Time::from_micros(micros).map_err(|_| none());
    // Never the name of an object before: that one may be about to be swept.
    let digits = blake3::Hash::from_bytes(encoded.checksum).to_hex();
    let name = format!("{}-{}-{:x}.arrow", segment.path, &digits[..8], now.micros());
    let made = Segment {
        first_time: time(first.first)?,
        last_time: time(last.last)?,
        ids: encoded.ids,
        row_count: encoded.rows as i64,
        path: name,
        sealed_at: now,
        byte_count: encoded.bytes.len() as i64,
        checksum: encoded.checksum,
        row_digest: encoded.row_digest,
        chunks: serde_json::to_value(&encoded.chunks)
            .map_err(|error| StoreError::Unexpected(error.to_string()))?,
        ..segment
    };
    Ok((made, encoded.bytes.into()))
}

/// The name of an object without what its bytes add to it.
fn path(symbol: &Symbol, part: &Part, origin: &str) -> String {
    let (venue, code) = (escaped(symbol.name.venue()), escaped(symbol.name.code()));
    let date = part.range.from.to_string();
    match part.series {
        Series::Candles(interval) => {
            format!("candles/{venue}/{code}/{interval}/{origin}/{}", &date[..7])
        }
        Series::Ticks(kind) => format!("ticks/{venue}/{code}/{kind}/{}", &date[..10]),
    }
}

/// A text as a part of an object's name: letters, digits, `-` and `_`, the others in hexadecimal.
fn escaped(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_".contains(&byte) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("={byte:02X}"));
        }
    }
    name
}

/// Reads a segment's object in a store and decodes every row; they must be those that were sealed.
pub(super) async fn verify(
    segments: &Segments,
    segment: &Segment,
    tier: Tier,
) -> Result<(), SegmentError> {
    let unequal = |reason: String| SegmentError::NotEqual { path: segment.path.clone(), reason };
    let store = segments.store(tier, &segment.path)?;
    let bytes = store.get(&segment.path, None).await?;
    if *blake3::hash(&bytes).as_bytes() != segment.checksum {
        return Err(unequal("its bytes have another checksum".to_owned()));
    }
    let (owned, chunks) = (segment.clone(), super::chunks(segment)?);
    let decoded = tokio::task::spawn_blocking(move || {
        let (mut digest, mut count) = (RowDigest::default(), 0);
        for chunk in &chunks {
            match decode(&owned, chunk, &bytes)? {
                Chunk::Candles(_, rows) => {
                    count += rows.len();
                    rows.iter().for_each(|candle| digest.candle(candle));
                }
                Chunk::Ticks(_, rows) => {
                    count += rows.len();
                    rows.iter().for_each(|tick| digest.tick(tick));
                }
            }
        }
        Ok::<_, encoding::Damage>((digest.finish(), count as i64))
    });
    let decoded = decoded.await.map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let (digest, count) = decoded.map_err(|damage| unequal(damage.to_string()))?;
    if count != segment.row_count || digest != segment.row_digest {
        return Err(unequal(format!("{count} rows of {}", segment.row_count)));
    }
    Ok(())
}

/// The rows of a chunk of an object that is in memory.
pub(super) fn decode(
    segment: &Segment,
    chunk: &encoding::Chunk,
    object: &Bytes,
) -> Result<Chunk, encoding::Damage> {
    let layout = layout(segment);
    let piece = |piece: &encoding::Piece| {
        let range = piece.range().start as usize..piece.range().end as usize;
        let whole = object.len() >= range.end;
        let bytes = whole.then(|| object.slice(range));
        let bytes = bytes.ok_or_else(|| encoding::Damage("it is cut off".to_owned()))?;
        piece.check(&bytes).map(|()| bytes)
    };
    let shown = encoding::message(&layout.shown(), piece(&chunk.shown)?)?;
    let hidden = encoding::message(&layout.hidden(), piece(&chunk.hidden)?)?;
    Ok(match segment.series {
        Series::Candles(interval) => {
            Chunk::Candles(interval, CandleChunk::new(shown, &hidden)?.stored(&hidden)?)
        }
        Series::Ticks(kind) => {
            let (ticks, rows) = (TickChunk::new(&shown, &hidden)?, 0..shown.num_rows());
            Chunk::Ticks(kind, rows.map(|row| ticks.tick(row)).collect::<Result<_, _>>()?)
        }
    })
}

/// Whether the tables still have exactly the rows that were sealed.
async fn unchanged(
    tx: &Tx,
    symbol_id: i32,
    part: &Part,
    made: &[Segment],
) -> Result<bool, SegmentError> {
    let origins = origins(tx, symbol_id, part).await?;
    if !origins.iter().eq(made.iter().map(|segment| &segment.origin)) {
        return Ok(false);
    }
    for segment in made {
        let mut digest = RowDigest::default();
        let mut rows = Rows::new(symbol_id, part, &segment.origin);
        while let Some(chunk) = rows.next(tx).await? {
            match chunk {
                Chunk::Candles(_, rows) => rows.iter().for_each(|candle| digest.candle(candle)),
                Chunk::Ticks(_, rows) => rows.iter().for_each(|tick| digest.tick(tick)),
            }
        }
        if digest.finish() != segment.row_digest {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Some rows of a series.
pub(super) enum Chunk {
    Candles(Interval, Vec<StoredCandle>),
    Ticks(TickKind, Vec<Tick>),
}

/// The rows of a partition of one origin, chunk by chunk.
struct Rows<'a> {
    symbol_id: i32,
    series: Series,
    origin: &'a str,
    rest: Option<TimeRange>,
    after: Option<Order>,
}

impl<'a> Rows<'a> {
    fn new(symbol_id: i32, part: &Part, origin: &'a str) -> Self {
        Self { symbol_id, series: part.series, origin, rest: Some(part.range), after: None }
    }

    async fn next(&mut self, tx: &Tx) -> Result<Option<Chunk>, StoreError> {
        let (id, Some(range)) = (self.symbol_id, self.rest) else { return Ok(None) };
        match self.series {
            Series::Candles(interval) => {
                let found = rows::candles(tx, id, interval, self.origin, range, ROWS).await?;
                let last = found.last().map(|stored| stored.candle.open_time.plus_micros(1));
                self.rest = last.and_then(|last| TimeRange::new(last, range.to));
                Ok((!found.is_empty()).then_some(Chunk::Candles(interval, found)))
            }
            Series::Ticks(kind) => {
                let found = rows::ticks(tx, id, kind, range, self.after, ROWS).await?;
                self.after = found.last().map(Tick::order);
                self.rest = self.rest.filter(|_| self.after.is_some());
                Ok((!found.is_empty()).then_some(Chunk::Ticks(kind, found)))
            }
        }
    }
}
