//! Whole ranges of candles for an Arrow stream. What is sealed goes out as it is stored, what is in
//! the table as columns; only where several origins, other places or the ends of the range meet
//! are candles looked at one by one.

use std::pin::pin;

use adapters::market::files::CandleSchema;
use adapters::market::segments::Layout;
use bytes::Bytes;
use domain::Time;
use domain::market::{Candle, Interval, Origin, TimeRange};
use futures_util::stream::{self, StreamExt};
use store::market::candles::CandleQuery;
use store::market::candles::columns::{self, CandleColumns};
use store::market::holdings;
use store::market::segments::{self as catalogue, Segment, Series};
use store::market::symbols::Scales;
use store::{Db, StoreError};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::read::groups;
use super::{SegmentError, Segments, chunks, layout};

/// Candles of a batch.
const ROWS: usize = 32_768;
/// Batches that are read from the table at the same time.
const READ_AT_ONCE: usize = 2;
/// Places that fit 128 bits, as exports have them.
const MOST_PLACES: u8 = 18;

/// A part of a stream.
#[derive(Debug)]
pub enum ArrowPiece {
    /// A message as it is stored.
    Message(Bytes),
    /// Rows of the table.
    Columns(CandleColumns),
    /// Candles.
    Candles(Vec<Candle>),
}

/// Which candles, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct CandleArrow {
    /// Whose.
    pub symbol_id: i32,
    /// Which.
    pub interval: Interval,
    /// Of this origin only.
    pub origin: Option<Origin>,
    /// That open within.
    pub range: TimeRange,
    /// With so many places.
    pub schema: CandleSchema,
}

type Out = mpsc::Sender<Result<ArrowPiece, SegmentError>>;

impl Segments {
    /// Sends the pieces of a range, in order, until somebody stops listening; the last may be an
    /// error.
    pub async fn send_candles(&self, db: &Db, wanted: CandleArrow, out: Out) {
        if let Err(error) = self.send(db, wanted, &out).await {
            // Nobody listening is no error.
            let _ = out.send(Err(error)).await;
        }
    }

    async fn send(&self, db: &Db, wanted: CandleArrow, out: &Out) -> Result<(), SegmentError> {
        let CandleArrow { symbol_id, interval, origin, range, .. } = wanted;
        let sealed = db
            .run("market.segments_of_range", |tx| async move {
                let (series, origin) = (Series::Candles(interval), origin.map(Origin::as_str));
                catalogue::of_range(&tx, symbol_id, series, origin, range).await
            })
            .await?;
        let mut done = range.from;
        for group in groups(&sealed, false) {
            let Some(part) = group[0].range.intersection(range) else { continue };
            if let Some(before) = TimeRange::new(done, part.from) {
                self.send_rows(db, wanted, before, out).await?;
            }
            match group {
                [one] if layout(one) == Layout::Candles(wanted.schema) => {
                    self.send_segment(db, one, part, out).await?;
                }
                _ => self.send_pages(db, wanted, part, out).await?,
            }
            done = part.to;
        }
        match TimeRange::new(done, range.to) {
            Some(rest) => self.send_rows(db, wanted, rest, out).await,
            None => Ok(()),
        }
    }

    /// The chunks of a segment; those that reach over the range's ends candle by candle.
    async fn send_segment(
        &self,
        db: &Db,
        segment: &Segment,
        part: TimeRange,
        out: &Out,
    ) -> Result<(), SegmentError> {
        for (at, chunk) in chunks(segment)?.iter().enumerate() {
            let time = |micros| Time::from_micros(micros).unwrap_or(Time::MAX);
            let (first, next) = (time(chunk.first), time(chunk.last).plus_micros(1));
            if first >= part.from && next <= part.to {
                let message = self.piece(db, segment, &chunk.shown).await?;
                if out.send(Ok(ArrowPiece::Message(message))).await.is_err() {
                    return Ok(());
                }
            } else if let Some(cut) = TimeRange::new(first, next).and_then(|c| c.intersection(part))
            {
                let opened = self.candles(db, segment, at, chunk).await?;
                let rows = opened.within(cut.from, cut.to);
                let found: Result<Vec<Candle>, _> = rows.map(|row| opened.candle(row)).collect();
                let found = self.sound(db, segment, found).await?;
                let _ = out.send(Ok(ArrowPiece::Candles(found))).await;
            }
        }
        Ok(())
    }

    /// Rows of the table as columns, where their places fit.
    async fn send_rows(
        &self,
        db: &Db,
        wanted: CandleArrow,
        range: TimeRange,
        out: &Out,
    ) -> Result<(), SegmentError> {
        let CandleSchema { price_scale, quantity_scale, quote_scale } = wanted.schema;
        if [price_scale, quantity_scale, quote_scale].iter().any(|scale| *scale > MOST_PLACES) {
            return self.send_pages(db, wanted, range, out).await;
        }
        let [price, quantity, quote] = [price_scale, quantity_scale, quote_scale].map(u32::from);
        let scales = Scales { price, quantity, quote };
        let which = (wanted.symbol_id, wanted.interval, wanted.origin);
        let Some(range) = held(db, wanted, range).await? else { return Ok(()) };
        // A task for each slice: the database prepares the next while this one is decoded.
        let read = |slice: TimeRange| {
            let db = db.clone();
            let task = async move {
                let read = |tx| async move { columns::columns(&tx, which, slice, scales).await };
                (slice, db.run("market.candle_columns", read).await)
            };
            AbortOnDropHandle::new(tokio::spawn(task))
        };
        let slices = slices(range, wanted.interval.micros() * ROWS as i64);
        let mut slices = pin!(stream::iter(slices).map(read).buffered(READ_AT_ONCE));
        while let Some(read) = slices.next().await {
            let (slice, columns) =
                read.map_err(|_| StoreError::Unexpected("a reader's end".to_owned()))?;
            match columns {
                // Sealed since the catalogue was asked, or with more places since the scales were.
                Err(StoreError::Sealed { .. } | StoreError::Inexact { .. }) => {
                    self.send_pages(db, wanted, slice, out).await?;
                }
                Ok(columns) if columns.is_empty() => {}
                columns => {
                    if out.send(Ok(ArrowPiece::Columns(columns?))).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Candles page by page, wherever they are.
    async fn send_pages(
        &self,
        db: &Db,
        wanted: CandleArrow,
        range: TimeRange,
        out: &Out,
    ) -> Result<(), SegmentError> {
        let CandleArrow { symbol_id, interval, origin, .. } = wanted;
        let (mut from, to, limit) = (range.from, range.to, ROWS as i64);
        while from < to {
            let query =
                CandleQuery { symbol_id, interval, origin, from, to, descending: false, limit };
            let page = self.candle_page(db, &query).await?;
            let Some(last) = page.last() else { return Ok(()) };
            from = last.open_time.plus_micros(1);
            if out.send(Ok(ArrowPiece::Candles(page))).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The part of a range that candles are held of; a range may be all of time.
async fn held(
    db: &Db,
    wanted: CandleArrow,
    range: TimeRange,
) -> Result<Option<TimeRange>, StoreError> {
    let series = holdings::of_symbol(db, wanted.symbol_id).await?;
    let series = series.iter().filter(|held| held.interval == wanted.interval.as_str());
    let first = series.clone().map(|held| held.first_time).min();
    let last = series.map(|held| held.last_time.plus_micros(1)).max();
    let held = first.zip(last).and_then(|(first, last)| TimeRange::new(first, last));
    Ok(held.and_then(|held| held.intersection(range)))
}

/// A range cut at whole multiples of a length.
fn slices(range: TimeRange, micros: i64) -> impl Iterator<Item = TimeRange> {
    let mut next = range.from;
    std::iter::from_fn(move || {
        let end = next.micros().div_euclid(micros).saturating_add(1).saturating_mul(micros);
        let end = Time::from_micros(end).map_or(range.to, |end| end.min(range.to));
        let slice = TimeRange::new(next, end)?;
        next = end;
        Some(slice)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_follow_one_another_from_end_to_end() {
        let range = |from, to| {
            let time = |micros| Time::from_micros(micros).expect("a time");
            TimeRange::new(time(from), time(to)).expect("a range")
        };
        let found: Vec<_> = slices(range(-7, 21), 10).collect();
        assert_eq!(found, [range(-7, 0), range(0, 10), range(10, 20), range(20, 21)]);
        assert_eq!(slices(range(10, 20), 10).collect::<Vec<_>>(), [range(10, 20)]);
        let all = TimeRange::new(Time::MIN, Time::MAX).expect("all of time");
        assert_eq!(slices(all, i64::MAX).map(|slice| slice.to).last(), Some(Time::MAX));
    }
}
