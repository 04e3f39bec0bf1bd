//! Ticks as columns.

use std::io::Write;
use std::sync::Arc;

use ::csv::Writer;
use arrow_array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use domain::Amount;
use domain::market::{Tick, TickKind};

use super::WriteError;
use super::candles::decimal_scale;
use super::columns::{decimal_field, decimals, doubles, micros, time_field};

/// Digits after the point of the decimals in an export of ticks: the most that any value needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TickSchema {
    /// Of prices.
    pub price_scale: u8,
    /// Of quantities.
    pub quantity_scale: u8,
}

impl TickSchema {
    /// The least scales that hold these ticks.
    #[must_use]
    pub fn of(ticks: &[Tick]) -> Self {
        let most = |of: fn(&Tick) -> u8| ticks.iter().map(of).max().unwrap_or_default();
        Self {
            price_scale: most(|tick| decimal_scale(tick.price)),
            quantity_scale: most(|tick| decimal_scale(tick.quantity)),
        }
    }
}

/// Columns of an export of ticks: times in UTC microseconds, exact decimals, null for unknown.
/// `trade_id` is null where the venue gave none, `side` is the taker's, `seq` is the place among
/// trades of the same time, which an import keeps.
#[must_use]
pub fn ticks_schema(schema: &TickSchema) -> SchemaRef {
    Arc::new(Schema::new(vec![
        time_field("time", TimeUnit::Microsecond, false),
        decimal_field("price", schema.price_scale),
        decimal_field("quantity", schema.quantity_scale),
        Field::new("side", DataType::Utf8, true),
        Field::new("trade_id", DataType::Int64, true),
        Field::new("venue_trade_id", DataType::Utf8, true),
        Field::new("kind", DataType::Utf8, false),
        Field::new("trade_count", DataType::Int32, false),
        time_field("received_at", TimeUnit::Microsecond, true),
        Field::new("seq", DataType::Int32, false),
    ]))
}

/// Ticks as a batch of [`ticks_schema`].
///
/// # Errors
/// [`WriteError::Scale`] for a value that needs more digits than announced.
pub fn ticks_batch(
    ticks: &[Tick],
    kind: TickKind,
    schema: &TickSchema,
) -> Result<RecordBatch, WriteError> {
    let kinds = std::iter::repeat_n(kind.as_str(), ticks.len());
    let columns: Vec<ArrayRef> = vec![
        micros(ticks.iter().map(|t| Some(t.time))),
        decimals("price", schema.price_scale, ticks.iter().map(|t| (t.time, t.price)))?,
        decimals("quantity", schema.quantity_scale, ticks.iter().map(|t| (t.time, t.quantity)))?,
        Arc::new(ticks.iter().map(side).collect::<StringArray>()),
        Arc::new(ticks.iter().map(own_id).collect::<Int64Array>()),
        Arc::new(ticks.iter().map(|t| t.venue_trade_id.as_deref()).collect::<StringArray>()),
        Arc::new(StringArray::from_iter_values(kinds)),
        Arc::new(Int32Array::from_iter_values(ticks.iter().map(|t| t.trade_count))),
        micros(ticks.iter().map(|t| t.received_at)),
        Arc::new(Int32Array::from_iter_values(ticks.iter().map(|t| t.seq))),
    ];
    Ok(RecordBatch::try_new(ticks_schema(schema), columns)?)
}

fn side(tick: &Tick) -> Option<&'static str> {
    tick.buyer_is_maker.map(|maker| if maker { "sell" } else { "buy" })
}

fn own_id(tick: &Tick) -> Option<i64> {
    tick.has_own_id().then_some(tick.trade_id)
}

/// The venue's id as a text, whichever form it has.
fn id_text(tick: &Tick) -> Option<String> {
    let text = tick.venue_trade_id.as_deref().map(str::to_owned);
    text.or_else(|| own_id(tick).map(|id| id.to_string()))
}

/// Columns as freqtrade keeps trades.
pub(super) fn freqtrade_schema() -> SchemaRef {
    let field = |(name, data_type)| Field::new(name, data_type, true);
    let columns = [
        ("timestamp", DataType::Int64),
        ("id", DataType::Utf8),
        ("type", DataType::Utf8),
        ("side", DataType::Utf8),
        ("price", DataType::Float64),
        ("amount", DataType::Float64),
        ("cost", DataType::Float64),
    ];
    Arc::new(Schema::new(columns.map(field).to_vec()))
}

pub(super) fn freqtrade_batch(ticks: &[Tick]) -> Result<RecordBatch, WriteError> {
    let no_type = std::iter::repeat_n(None::<&str>, ticks.len());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(ticks.iter().map(|t| t.time.millis()))),
        Arc::new(ticks.iter().map(id_text).collect::<StringArray>()),
        Arc::new(no_type.collect::<StringArray>()),
        Arc::new(ticks.iter().map(side).collect::<StringArray>()),
        doubles(ticks.iter().map(|t| t.price)),
        doubles(ticks.iter().map(|t| t.quantity)),
        doubles(ticks.iter().map(|t| Amount::product(t.price, t.quantity))),
    ];
    Ok(RecordBatch::try_new(freqtrade_schema(), columns)?)
}

pub(super) fn write_csv<W: Write>(
    csv: &mut Writer<W>,
    ticks: &[Tick],
    kind: TickKind,
) -> Result<(), WriteError> {
    for tick in ticks {
        csv.write_record([
            &tick.time.to_string(),
            &tick.price.normalize().to_string(),
            &tick.quantity.normalize().to_string(),
            side(tick).unwrap_or_default(),
            &own_id(tick).map(|id| id.to_string()).unwrap_or_default(),
            tick.venue_trade_id.as_deref().unwrap_or_default(),
            kind.as_str(),
            &tick.trade_count.to_string(),
            &tick.received_at.map(|time| time.to_string()).unwrap_or_default(),
            &tick.seq.to_string(),
        ])?;
    }
    Ok(())
}
