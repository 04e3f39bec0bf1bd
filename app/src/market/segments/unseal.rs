//! Bringing sealed rows back: by hand, and before anything is written among them.

use adapters::market::segments::RowDigest;
use bytes::Bytes;
use domain::market::TimeRange;
use futures_util::future::BoxFuture;
use store::market::partitions::{self, Table};
use store::market::segments::{self as catalogue, Segment, Series, rows};
use store::{Db, StoreError, Unseal};

use super::seal::{Chunk, decode};
use super::{SegmentError, Segments, chunks};

impl Unseal for Segments {
    fn unseal<'a>(
        &'a self,
        db: &'a Db,
        symbol_id: i32,
        range: TimeRange,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let opened = open_for_writing(db, self, symbol_id, range).await;
            opened.map(drop).map_err(|error| match error {
                SegmentError::Store(error) => error,
                error => StoreError::Unsealable(error.to_string()),
            })
        })
    }
}

/// Makes a range writable: what is sealed of the symbol there, ticks and candles of every interval,
/// goes back into the tables. Returns how many segments that were.
///
/// [`Db::run`] calls it by itself where a write meets sealed rows; see [`Db::unseal_with`].
///
/// # Errors
/// [`SegmentError`]; each partition is then sealed or open as a whole.
pub async fn open_for_writing(
    db: &Db,
    segments: &Segments,
    symbol_id: i32,
    range: TimeRange,
) -> Result<usize, SegmentError> {
    let sealed = catalogue::touched(db, symbol_id, &[range]).await?;
    for group in sealed.chunk_by(|one, other| together(one) == together(other)) {
        unseal(db, segments, group).await?;
    }
    Ok(sealed.len())
}

/// What is brought back at once: a partition of a series, whatever the origins.
pub fn together(segment: &Segment) -> (i32, Series, TimeRange) {
    (segment.symbol_id, segment.series, segment.range)
}

/// Brings back segments of one partition of one series. Segments that somebody else brought back
/// meanwhile are done.
///
/// # Errors
/// [`SegmentError`]; the rows are then sealed as before.
pub async fn unseal(db: &Db, segments: &Segments, group: &[Segment]) -> Result<(), SegmentError> {
    let Some(first) = group.first() else { return Ok(()) };
    let mut objects = Vec::with_capacity(group.len());
    for segment in group {
        objects.push(segments.bytes(db, segment, None).await?);
    }
    let table = match first.series {
        Series::Candles(_) => Table::Candles,
        Series::Ticks(_) => Table::Ticks,
    };
    partitions::ensure(db, table, [first.range.from]).await?;
    let (objects, ids) = (&objects, group.iter().map(|segment| segment.id).collect::<Vec<_>>());
    let ids = &ids;
    let done = db
        .run("market.unseal", |tx| async move {
            catalogue::lock(&tx, first.symbol_id).await?;
            match catalogue::remove(&tx, ids).await? {
                0 => return Ok(()),
                gone if gone as usize == ids.len() => {}
                _ => return Err(SegmentError::Changing(super::about(first))),
            }
            for (segment, object) in group.iter().zip(objects) {
                put_back(&tx, segment, object).await?;
            }
            Ok(catalogue::note_sealed_to(&tx, first.symbol_id).await?)
        })
        .await;
    match done {
        Err(SegmentError::Damaged { path, reason, .. }) => {
            let of_path = group.iter().find(|segment| segment.path == path).unwrap_or(first);
            Err(segments.damaged(db, of_path, reason).await)
        }
        done => done,
    }
}

/// Puts the rows of an object into the table; they must be those that were sealed.
async fn put_back(tx: &store::Tx, segment: &Segment, object: &Bytes) -> Result<(), SegmentError> {
    let damaged = |reason: String| SegmentError::Damaged {
        path: segment.path.clone(),
        range: super::about(segment),
        reason,
    };
    let (mut digest, mut count) = (RowDigest::default(), 0);
    for chunk in &chunks(segment)? {
        let decoded = decode(segment, chunk, object).map_err(|error| damaged(error.to_string()))?;
        count += match decoded {
            Chunk::Candles(interval, candles) => {
                candles.iter().for_each(|candle| digest.candle(candle));
                let origin = &segment.origin;
                rows::put_candles(tx, segment.symbol_id, interval, origin, &candles).await?
            }
            Chunk::Ticks(kind, ticks) => {
                ticks.iter().for_each(|tick| digest.tick(tick));
                rows::put_ticks(tx, segment.symbol_id, kind, &ticks).await?
            }
        };
    }
    if count as i64 != segment.row_count || digest.finish() != segment.row_digest {
        return Err(damaged(format!("it holds {count} rows, not the {}", segment.row_count)));
    }
    Ok(())
}
