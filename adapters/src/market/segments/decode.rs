//! An object's chunks back into rows.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Decimal256Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, Decimal128Array, PrimitiveArray, RecordBatch, StringArray};
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, SchemaRef};
use bytes::Bytes;
use domain::market::{Candle, Order, StoredCandle, Tick};
use domain::{Amount, Decimal, Time};
use ethnum::I256;

use super::Damage;

/// The batch in a message of a stream of `schema`.
///
/// # Errors
/// That it is none.
pub fn message(schema: &SchemaRef, message: Bytes) -> Result<RecordBatch, Damage> {
    let head = StreamWriter::try_new(Vec::new(), schema)?;
    let mut decoder = StreamDecoder::new();
    decoder.decode(&mut Buffer::from(head.get_ref().clone()))?;
    let mut rest = Buffer::from(message);
    let batch = decoder.decode(&mut rest)?;
    batch.ok_or_else(|| Damage("a message has no rows".to_owned()))
}

/// Candles of one chunk.
#[derive(Debug, Clone)]
pub struct CandleChunk {
    shown: RecordBatch,
    open_time: PrimitiveArray<TimestampMicrosecondType>,
    prices: [Decimal128Array; 4],
    price_scale: u32,
    volume: Amounts,
    quote_volume: Amounts,
    trade_count: PrimitiveArray<Int64Type>,
    taker_buy_volume: Amounts,
    taker_buy_quote_volume: Amounts,
    updated_at: PrimitiveArray<TimestampMicrosecondType>,
}

impl CandleChunk {
    /// The candles of both parts of a chunk.
    ///
    /// # Errors
    /// That they have other columns.
    pub fn new(shown: RecordBatch, hidden: &RecordBatch) -> Result<Self, Damage> {
        if hidden.num_rows() != shown.num_rows() {
            return Err(Damage("its two parts have different rows".to_owned()));
        }
        let price = |name| decimals(&shown, name);
        let (open, price_scale) = price("open")?;
        let prices = [open, price("high")?.0, price("low")?.0, price("close")?.0];
        Ok(Self {
            open_time: primitive(&shown, "open_time")?,
            prices,
            price_scale,
            volume: Amounts::new(&shown, "volume")?,
            quote_volume: Amounts::new(&shown, "quote_volume")?,
            trade_count: primitive(&shown, "trade_count")?,
            taker_buy_volume: Amounts::new(&shown, "taker_buy_volume")?,
            taker_buy_quote_volume: Amounts::new(hidden, "taker_buy_quote_volume")?,
            updated_at: primitive(hidden, "updated_at")?,
            shown,
        })
    }

    /// The columns.
    #[must_use]
    pub fn batch(&self) -> &RecordBatch {
        &self.shown
    }

    /// The rows that open from `from` on and before `to`.
    #[must_use]
    pub fn within(&self, from: Time, to: Time) -> Range<usize> {
        within(self.open_time.values(), from, to)
    }

    /// When the candle of a row opens, microseconds since 1970.
    #[must_use]
    pub fn open_time(&self, row: usize) -> i64 {
        self.open_time.value(row)
    }

    /// When a row was written, microseconds since 1970.
    #[must_use]
    pub fn updated_at(&self, row: usize) -> i64 {
        self.updated_at.value(row)
    }

    /// A row.
    ///
    /// # Errors
    /// A number that no candle has.
    pub fn candle(&self, row: usize) -> Result<Candle, Damage> {
        let price = |at: usize| decimal(self.prices[at].value(row), self.price_scale);
        let missing = || Damage("a candle has no volume".to_owned());
        Ok(Candle {
            open_time: moment(self.open_time.value(row))?,
            open: price(0)?,
            high: price(1)?,
            low: price(2)?,
            close: price(3)?,
            volume: self.volume.value(row).ok_or_else(missing)?,
            quote_volume: self.quote_volume.value(row),
            trade_count: maybe(&self.trade_count, row),
            taker_buy_volume: self.taker_buy_volume.value(row),
            taker_buy_quote_volume: self.taker_buy_quote_volume.value(row),
        })
    }

    /// All rows, whole.
    ///
    /// # Errors
    /// As for one; that the hidden columns are others.
    pub fn stored(&self, hidden: &RecordBatch) -> Result<Vec<StoredCandle>, Damage> {
        let first = Orders::new(hidden, ["first_time", "first_seq", "first_id"])?;
        let last = Orders::new(hidden, ["last_time", "last_seq", "last_id"])?;
        let rows = 0..self.shown.num_rows();
        rows.map(|row| {
            let candle = self.candle(row)?;
            let ends = first.value(row)?.zip(last.value(row)?);
            Ok(StoredCandle { candle, ends, updated_at: moment(self.updated_at(row))? })
        })
        .collect()
    }
}

/// Ticks of one chunk.
#[derive(Debug, Clone)]
pub struct TickChunk {
    time: PrimitiveArray<TimestampMicrosecondType>,
    seq: PrimitiveArray<Int32Type>,
    trade_id: PrimitiveArray<Int64Type>,
    price: (Decimal128Array, u32),
    quantity: (Decimal128Array, u32),
    side: StringArray,
    venue_trade_id: StringArray,
    trade_count: PrimitiveArray<Int32Type>,
    received_at: PrimitiveArray<TimestampMicrosecondType>,
}

impl TickChunk {
    /// The ticks of both parts of a chunk.
    ///
    /// # Errors
    /// That they have other columns.
    pub fn new(shown: &RecordBatch, hidden: &RecordBatch) -> Result<Self, Damage> {
        let text = |name| {
            let column = column(shown, name)?.as_string_opt::<i32>().cloned();
            column.ok_or_else(|| Damage(format!("column {name} holds no text")))
        };
        if hidden.num_rows() != shown.num_rows() {
            return Err(Damage("its two parts have different rows".to_owned()));
        }
        Ok(Self {
            time: primitive(shown, "time")?,
            seq: primitive(shown, "seq")?,
            trade_id: primitive(hidden, "stored_trade_id")?,
            price: decimals(shown, "price")?,
            quantity: decimals(shown, "quantity")?,
            side: text("side")?,
            venue_trade_id: text("venue_trade_id")?,
            trade_count: primitive(shown, "trade_count")?,
            received_at: primitive(shown, "received_at")?,
        })
    }

    /// The rows of the times from `from` on and before `to`.
    #[must_use]
    pub fn within(&self, from: Time, to: Time) -> Range<usize> {
        within(self.time.values(), from, to)
    }

    /// How much memory it takes, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.time.len() * 96 + self.venue_trade_id.get_array_memory_size()
    }

    /// Where a row stands.
    ///
    /// # Errors
    /// A time that no tick has.
    pub fn order(&self, row: usize) -> Result<Order, Damage> {
        let (seq, id) = (self.seq.value(row), self.trade_id.value(row));
        Ok(Order { time: moment(self.time.value(row))?, seq, id })
    }

    /// A row.
    ///
    /// # Errors
    /// A number that no tick has.
    pub fn tick(&self, row: usize) -> Result<Tick, Damage> {
        let Order { time, seq, id: trade_id } = self.order(row)?;
        let side = self.side.is_valid(row).then(|| self.side.value(row));
        let received_at = maybe(&self.received_at, row).map(moment).transpose()?;
        let id = self.venue_trade_id.is_valid(row).then(|| self.venue_trade_id.value(row).into());
        Ok(Tick {
            time,
            seq,
            trade_id,
            price: decimal(self.price.0.value(row), self.price.1)?,
            quantity: decimal(self.quantity.0.value(row), self.quantity.1)?,
            buyer_is_maker: side.map(|side| side == "sell"),
            trade_count: self.trade_count.value(row),
            received_at,
            venue_trade_id: id,
        })
    }
}

/// Decimals of 128 or 256 bits.
#[derive(Debug, Clone)]
struct Amounts {
    column: ArrayRef,
    is_wide: bool,
    factor: I256,
}

impl Amounts {
    fn new(batch: &RecordBatch, name: &str) -> Result<Self, Damage> {
        let column = column(batch, name)?;
        let (scale, is_wide) = match column.data_type() {
            DataType::Decimal128(_, scale) => (*scale, false),
            DataType::Decimal256(_, scale) => (*scale, true),
            _ => return Err(Damage(format!("column {name} holds no decimals"))),
        };
        let more = u32::try_from(scale).ok().and_then(|scale| Amount::SCALE.checked_sub(scale));
        let more = more.ok_or_else(|| Damage(format!("column {name} has {scale} places")))?;
        Ok(Self { column: ArrayRef::clone(column), is_wide, factor: I256::new(10).pow(more) })
    }

    fn value(&self, row: usize) -> Option<Amount> {
        if self.column.is_null(row) {
            return None;
        }
        let mantissa = if self.is_wide {
            let (low, high) = self.column.as_primitive::<Decimal256Type>().value(row).to_parts();
            I256::from_words(high, low.cast_signed())
        } else {
            I256::from(self.column.as_primitive::<Decimal128Type>().value(row))
        };
        Some(Amount::from_mantissa(mantissa * self.factor))
    }
}

/// Which trade opened or closed a candle.
struct Orders {
    time: PrimitiveArray<TimestampMicrosecondType>,
    seq: PrimitiveArray<Int32Type>,
    id: PrimitiveArray<Int64Type>,
}

impl Orders {
    fn new(batch: &RecordBatch, [time, seq, id]: [&str; 3]) -> Result<Self, Damage> {
        let (time, seq) = (primitive(batch, time)?, primitive(batch, seq)?);
        Ok(Self { time, seq, id: primitive(batch, id)? })
    }

    fn value(&self, row: usize) -> Result<Option<Order>, Damage> {
        let Some(time) = maybe(&self.time, row) else { return Ok(None) };
        let (seq, id) = (self.seq.value(row), self.id.value(row));
        Ok(Some(Order { time: moment(time)?, seq, id }))
    }
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, Damage> {
    batch.column_by_name(name).ok_or_else(|| Damage(format!("column {name} is missing")))
}

fn primitive<T: arrow_array::types::ArrowPrimitiveType>(
    batch: &RecordBatch,
    name: &str,
) -> Result<PrimitiveArray<T>, Damage> {
    let column = column(batch, name)?.as_primitive_opt::<T>().cloned();
    column.ok_or_else(|| Damage(format!("column {name} has another type")))
}

fn decimals(batch: &RecordBatch, name: &str) -> Result<(Decimal128Array, u32), Damage> {
    let array = primitive::<Decimal128Type>(batch, name)?;
    let scale = u32::try_from(array.scale()).map_err(|_| Damage(format!("scale of {name}")))?;
    Ok((array, scale))
}

fn maybe<T: arrow_array::types::ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    row: usize,
) -> Option<T::Native> {
    array.is_valid(row).then(|| array.value(row))
}

fn moment(micros: i64) -> Result<Time, Damage> {
    Time::from_micros(micros).map_err(|error| Damage(format!("{micros} {error}")))
}

/// A decimal, with fewer places where its column's are more than it can have.
fn decimal(mut mantissa: i128, mut scale: u32) -> Result<Decimal, Damage> {
    loop {
        match Decimal::try_from_i128_with_scale(mantissa, scale) {
            Ok(value) => return Ok(value),
            Err(_) if scale > 0 && mantissa % 10 == 0 => {
                (mantissa, scale) = (mantissa / 10, scale - 1);
            }
            Err(error) => return Err(Damage(format!("{mantissa}e-{scale}: {error}"))),
        }
    }
}

fn within(times: &[i64], from: Time, to: Time) -> Range<usize> {
    let start = times.partition_point(|time| *time < from.micros());
    start..times.partition_point(|time| *time < to.micros()).max(start)
}
