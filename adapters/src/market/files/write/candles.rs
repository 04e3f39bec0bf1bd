//! Candles as columns.

use std::io::Write;
use std::sync::Arc;

use ::csv::Writer;
use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use domain::market::{Candle, Interval};
use domain::{Amount, Decimal};
use ethnum::I256;

use super::WriteError;
use super::columns::{
    amount_field, amounts, decimal_field, decimals, doubles, micros, millis, time_field,
};

/// Digits after the point of the decimals in an export of candles: the most that any value needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CandleSchema {
    /// Of open, high, low and close.
    pub price_scale: u8,
    /// Of volume and taker's volume.
    pub quantity_scale: u8,
    /// Of quote volume.
    pub quote_scale: u8,
}

impl CandleSchema {
    /// The least scales that hold these candles.
    #[must_use]
    pub fn of(candles: &[Candle]) -> Self {
        let mut schema = Self::default();
        for candle in candles {
            for price in [candle.open, candle.high, candle.low, candle.close] {
                schema.price_scale = schema.price_scale.max(decimal_scale(price));
            }
            for volume in [Some(candle.volume), candle.taker_buy_volume].into_iter().flatten() {
                schema.quantity_scale = schema.quantity_scale.max(amount_scale(volume));
            }
            let quote = candle.quote_volume.map_or(0, amount_scale);
            schema.quote_scale = schema.quote_scale.max(quote);
        }
        schema
    }
}

pub(super) fn decimal_scale(value: Decimal) -> u8 {
    u8::try_from(value.normalize().scale()).unwrap_or(u8::MAX)
}

/// Digits after the point that a volume needs: its trailing zeros, in halving steps, are no need.
fn amount_scale(value: Amount) -> u8 {
    let (mut mantissa, mut scale) = (value.mantissa(), Amount::SCALE);
    if mantissa == I256::ZERO {
        return 0;
    }
    for zeros in [32, 16, 8, 4, 2, 1] {
        let divisor = I256::new(10i128.pow(zeros));
        if scale >= zeros && mantissa % divisor == I256::ZERO {
            (mantissa, scale) = (mantissa / divisor, scale - zeros);
        }
    }
    u8::try_from(scale).unwrap_or(u8::MAX)
}

/// Columns of an export of candles: times in UTC microseconds, exact decimals, null for unknown.
/// A decimal has 128 bits and 38 digits, or 256 bits and 76 digits where its scale is above 18.
#[must_use]
pub fn candles_schema(schema: &CandleSchema) -> SchemaRef {
    let price = |name| decimal_field(name, schema.price_scale);
    Arc::new(Schema::new(vec![
        time_field("open_time", TimeUnit::Microsecond, false),
        time_field("close_time", TimeUnit::Microsecond, false),
        price("open"),
        price("high"),
        price("low"),
        price("close"),
        amount_field("volume", schema.quantity_scale, false),
        amount_field("quote_volume", schema.quote_scale, true),
        Field::new("trade_count", DataType::Int64, true),
        amount_field("taker_buy_volume", schema.quantity_scale, true),
    ]))
}

/// Candles as a batch of [`candles_schema`].
///
/// # Errors
/// [`WriteError::Scale`] for a value that needs more digits than announced.
pub fn candles_batch(
    candles: &[Candle],
    interval: Interval,
    schema: &CandleSchema,
) -> Result<RecordBatch, WriteError> {
    let price = |column, of: fn(&Candle) -> Decimal| {
        decimals(column, schema.price_scale, candles.iter().map(|c| (c.open_time, of(c))))
    };
    let volume = |column, scale, of: fn(&Candle) -> Option<Amount>| {
        amounts(column, scale, candles.iter().map(|c| (c.open_time, of(c))))
    };
    let columns = vec![
        micros(candles.iter().map(|c| Some(c.open_time))),
        micros(candles.iter().map(|c| Some(interval.close_time(c.open_time)))),
        price("open", |c| c.open)?,
        price("high", |c| c.high)?,
        price("low", |c| c.low)?,
        price("close", |c| c.close)?,
        volume("volume", schema.quantity_scale, |c| Some(c.volume))?,
        volume("quote_volume", schema.quote_scale, |c| c.quote_volume)?,
        Arc::new(candles.iter().map(|c| c.trade_count).collect::<Int64Array>()),
        volume("taker_buy_volume", schema.quantity_scale, |c| c.taker_buy_volume)?,
    ];
    Ok(RecordBatch::try_new(candles_schema(schema), columns)?)
}

/// Columns as freqtrade's loader expects them.
pub(super) fn freqtrade_schema() -> SchemaRef {
    let double = |name| Field::new(name, DataType::Float64, true);
    let mut fields = vec![time_field("date", TimeUnit::Millisecond, true)];
    fields.extend(["open", "high", "low", "close", "volume"].map(double));
    Arc::new(Schema::new(fields))
}

pub(super) fn freqtrade_batch(candles: &[Candle]) -> Result<RecordBatch, WriteError> {
    let columns = vec![
        millis(candles.iter().map(|c| c.open_time)),
        doubles(candles.iter().map(|c| c.open)),
        doubles(candles.iter().map(|c| c.high)),
        doubles(candles.iter().map(|c| c.low)),
        doubles(candles.iter().map(|c| c.close)),
        doubles(candles.iter().map(|c| c.volume)),
    ];
    Ok(RecordBatch::try_new(freqtrade_schema(), columns)?)
}

pub(super) fn write_csv<W: Write>(
    csv: &mut Writer<W>,
    candles: &[Candle],
    interval: Interval,
) -> Result<(), WriteError> {
    let text = |value: Option<Amount>| value.map(|value| value.to_string()).unwrap_or_default();
    for candle in candles {
        let price = |price: Decimal| price.normalize().to_string();
        csv.write_record([
            candle.open_time.to_string(),
            interval.close_time(candle.open_time).to_string(),
            price(candle.open),
            price(candle.high),
            price(candle.low),
            price(candle.close),
            candle.volume.to_string(),
            text(candle.quote_volume),
            candle.trade_count.map(|count| count.to_string()).unwrap_or_default(),
            text(candle.taker_buy_volume),
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn scales_are_the_least(digits in 0i128..1_000_000, places in 0u32..=36) {
            let amount = Amount::from_mantissa(I256::new(digits) * I256::new(10).pow(36 - places));
            prop_assert_eq!(u32::from(amount_scale(amount)), amount.scale());
        }
    }
}
