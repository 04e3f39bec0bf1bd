//! Candles as one Arrow stream, put together from messages that are ready and from columns.

use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow_ipc::writer::StreamWriter;
use domain::market::{Candle, Interval};
use store::market::candles::columns::CandleColumns;

use crate::market::files::{CandleSchema, WriteError, candles_batch, candles_schema};

/// Makes the bytes of a stream, piece by piece.
pub struct CandleStream {
    writer: StreamWriter<Vec<u8>>,
    interval: Interval,
    schema: CandleSchema,
}

impl CandleStream {
    /// Begins a stream.
    ///
    /// # Errors
    /// Where the encoder refuses.
    pub fn new(interval: Interval, schema: CandleSchema) -> Result<Self, WriteError> {
        let writer = StreamWriter::try_new(Vec::new(), &candles_schema(&schema))?;
        Ok(Self { writer, interval, schema })
    }

    /// What was made and not taken yet; it stands before every message that is taken from elsewhere.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.writer.get_mut())
    }

    /// Adds candles.
    ///
    /// # Errors
    /// A number that needs more places than announced.
    pub fn candles(&mut self, candles: &[Candle]) -> Result<(), WriteError> {
        Ok(self.writer.write(&candles_batch(candles, self.interval, &self.schema)?)?)
    }

    /// Adds candles whose numbers have the announced places already.
    ///
    /// # Errors
    /// Where the encoder refuses.
    pub fn columns(&mut self, columns: CandleColumns) -> Result<(), WriteError> {
        let shown = candles_schema(&self.schema);
        let places = |at: usize| shown.field(at).data_type().clone();
        let length = self.interval.micros();
        let closes: Vec<i64> = columns.open_time.iter().map(|time| time + length).collect();
        let times = |times: Vec<i64>| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC"))
        };
        let plain = |at: usize, values: Vec<i128>| -> ArrayRef {
            Arc::new(Decimal128Array::from(values).with_data_type(places(at)))
        };
        let known = |at: usize, values: Vec<Option<i128>>| -> ArrayRef {
            Arc::new(Decimal128Array::from(values).with_data_type(places(at)))
        };
        let [open, high, low, close] = columns.prices;
        let arrays = vec![
            times(columns.open_time),
            times(closes),
            plain(2, open),
            plain(3, high),
            plain(4, low),
            plain(5, close),
            plain(6, columns.volume),
            known(7, columns.quote_volume),
            Arc::new(Int64Array::from(columns.trade_count)),
            known(9, columns.taker_buy_volume),
        ];
        Ok(self.writer.write(&RecordBatch::try_new(shown, arrays)?)?)
    }

    /// Ends the stream; gives what was not taken yet.
    ///
    /// # Errors
    /// Where the encoder refuses.
    pub fn finish(self) -> Result<Vec<u8>, WriteError> {
        Ok(self.writer.into_inner()?)
    }
}
