//! Rows into an object.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, Int64Array, RecordBatch};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use domain::market::{Candle, Interval, Order, StoredCandle, Tick, TickKind};

use super::{Chunk, Layout, Piece, RowDigest};
use crate::market::files::write_columns::{amount_field, amounts, micros, time_field};
use crate::market::files::{CandleSchema, WriteError, candles_batch, ticks_batch};

/// An object and what its catalogue must know.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The object.
    pub bytes: Vec<u8>,
    /// Where its chunks are.
    pub chunks: Vec<Chunk>,
    /// BLAKE3 of its bytes.
    pub checksum: [u8; 32],
    /// Digest of its rows.
    pub row_digest: [u8; 32],
    /// How many rows.
    pub rows: u64,
    /// The smallest and the largest id of its ticks.
    pub ids: Option<(i64, i64)>,
}

/// Makes an object, chunk by chunk.
pub struct SegmentWriter {
    layout: Layout,
    shown: StreamWriter<Vec<u8>>,
    hidden: StreamWriter<Vec<u8>>,
    chunks: Vec<Chunk>,
    digest: RowDigest,
    rows: u64,
    ids: Option<(i64, i64)>,
}

impl SegmentWriter {
    /// Begins an object of rows of this layout.
    ///
    /// # Errors
    /// Where the encoder refuses.
    pub fn new(layout: Layout) -> Result<Self, WriteError> {
        let stream = |schema: SchemaRef| {
            let options = IpcWriteOptions::default()
                .try_with_compression(Some(CompressionType::LZ4_FRAME))?;
            StreamWriter::try_new_with_options(Vec::new(), &schema, options)
        };
        Ok(Self {
            shown: stream(layout.shown())?,
            hidden: stream(layout.hidden())?,
            layout,
            chunks: Vec::new(),
            digest: RowDigest::default(),
            rows: 0,
            ids: None,
        })
    }

    /// Adds candles, in order, as one chunk.
    ///
    /// # Errors
    /// A number that needs more digits than the layout has.
    pub fn candles(
        &mut self,
        interval: Interval,
        candles: &[StoredCandle],
    ) -> Result<(), WriteError> {
        let Layout::Candles(schema) = self.layout else {
            return Err(WriteError::Encode("candles among ticks".to_owned()));
        };
        let (Some(first), Some(last)) = (candles.first(), candles.last()) else { return Ok(()) };
        candles.iter().for_each(|candle| self.digest.candle(candle));
        let plain: Vec<Candle> = candles.iter().map(|stored| stored.candle.clone()).collect();
        let shown = candles_batch(&plain, interval, &schema)?;
        let hidden = hidden_candles(candles, &schema)?;
        let ends = [first, last].map(|stored| stored.candle.open_time.micros());
        self.chunk(&shown, &hidden, ends)
    }

    /// Adds ticks, in order, as one chunk.
    ///
    /// # Errors
    /// As for candles.
    pub fn ticks(&mut self, kind: TickKind, ticks: &[Tick]) -> Result<(), WriteError> {
        let Layout::Ticks(schema) = self.layout else {
            return Err(WriteError::Encode("ticks among candles".to_owned()));
        };
        let (Some(first), Some(last)) = (ticks.first(), ticks.last()) else { return Ok(()) };
        for tick in ticks {
            self.digest.tick(tick);
            let id = tick.trade_id;
            self.ids = self.ids.map_or(Some((id, id)), |(a, b)| Some((a.min(id), b.max(id))));
        }
        let shown = ticks_batch(ticks, kind, &schema)?;
        let ids = Int64Array::from_iter_values(ticks.iter().map(|tick| tick.trade_id));
        let hidden = RecordBatch::try_new(hidden_tick_columns(), vec![Arc::new(ids)])?;
        self.chunk(&shown, &hidden, [first, last].map(|tick| tick.time.micros()))
    }

    fn chunk(
        &mut self,
        shown: &RecordBatch,
        hidden: &RecordBatch,
        [first, last]: [i64; 2],
    ) -> Result<(), WriteError> {
        let rows = shown.num_rows() as u64;
        let (shown, hidden) = (put(&mut self.shown, shown)?, put(&mut self.hidden, hidden)?);
        self.rows += rows;
        self.chunks.push(Chunk { rows, first, last, shown, hidden });
        Ok(())
    }

    /// Ends the object.
    ///
    /// # Errors
    /// Where the encoder refuses.
    pub fn finish(self) -> Result<Encoded, WriteError> {
        let (mut bytes, mut chunks) = (self.shown.into_inner()?, self.chunks);
        let hidden = self.hidden.into_inner()?;
        for chunk in &mut chunks {
            chunk.hidden.at += bytes.len() as u64;
        }
        bytes.extend_from_slice(&hidden);
        let checksum = *blake3::hash(&bytes).as_bytes();
        let (row_digest, rows, ids) = (self.digest.finish(), self.rows, self.ids);
        Ok(Encoded { bytes, chunks, checksum, row_digest, rows, ids })
    }
}

/// Writes a batch; tells where its message is.
fn put(stream: &mut StreamWriter<Vec<u8>>, batch: &RecordBatch) -> Result<Piece, WriteError> {
    let at = stream.get_ref().len();
    stream.write(batch)?;
    let written = &stream.get_ref()[at..];
    let blake3 = blake3::hash(written).to_hex().to_string();
    Ok(Piece { at: at as u64, bytes: written.len() as u64, blake3 })
}

pub(super) fn hidden_candle_columns(schema: &CandleSchema) -> SchemaRef {
    let time = |name, nullable| time_field(name, TimeUnit::Microsecond, nullable);
    Arc::new(Schema::new(vec![
        amount_field("taker_buy_quote_volume", schema.quote_scale, true),
        time("first_time", true),
        Field::new("first_seq", DataType::Int32, true),
        Field::new("first_id", DataType::Int64, true),
        time("last_time", true),
        Field::new("last_seq", DataType::Int32, true),
        Field::new("last_id", DataType::Int64, true),
        time("updated_at", false),
    ]))
}

pub(super) fn hidden_tick_columns() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("stored_trade_id", DataType::Int64, false)]))
}

fn hidden_candles(
    candles: &[StoredCandle],
    schema: &CandleSchema,
) -> Result<RecordBatch, WriteError> {
    let quote = candles.iter().map(|s| (s.candle.open_time, s.candle.taker_buy_quote_volume));
    let quote = amounts("taker_buy_quote_volume", schema.quote_scale, quote)?;
    let first = || candles.iter().map(|stored| stored.ends.map(|ends| ends.0));
    let last = || candles.iter().map(|stored| stored.ends.map(|ends| ends.1));
    let mut columns = vec![quote];
    columns.extend(orders(first));
    columns.extend(orders(last));
    columns.push(micros(candles.iter().map(|stored| Some(stored.updated_at))));
    Ok(RecordBatch::try_new(hidden_candle_columns(schema), columns)?)
}

fn orders<I: Iterator<Item = Option<Order>>>(of: impl Fn() -> I) -> [ArrayRef; 3] {
    [
        micros(of().map(|order| order.map(|order| order.time))),
        Arc::new(of().map(|order| order.map(|order| order.seq)).collect::<Int32Array>()),
        Arc::new(of().map(|order| order.map(|order| order.id)).collect::<Int64Array>()),
    ]
}
