//! Columns of Arrow arrays out of exact numbers and times.

use std::sync::Arc;

use arrow_array::types::Decimal256Type;
use arrow_array::{
    ArrayRef, Decimal128Array, Float64Array, PrimitiveArray, TimestampMicrosecondArray,
    TimestampMillisecondArray,
};
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, TimeUnit};
use domain::{Amount, Decimal, Time};
use ethnum::I256;

use super::WriteError;

/// Largest scale of a 128-bit decimal here: its other 20 digits stand before the point.
const MAX_SCALE_128: u8 = 18;

/// A column of moments.
pub(super) fn time_field(name: &str, unit: TimeUnit, nullable: bool) -> Field {
    Field::new(name, DataType::Timestamp(unit, Some("UTC".into())), nullable)
}

/// A column of decimals with that many digits after the point.
pub(super) fn decimal_field(name: &str, scale: u8, nullable: bool) -> Field {
    Field::new(name, decimal_type(scale), nullable)
}

fn decimal_type(scale: u8) -> DataType {
    let signed = scale.min(Amount::SCALE as u8).cast_signed();
    if scale > MAX_SCALE_128 {
        DataType::Decimal256(76, signed)
    } else {
        DataType::Decimal128(38, signed)
    }
}

pub(super) fn micros(times: impl Iterator<Item = Option<Time>>) -> ArrayRef {
    let micros = times.map(|time| time.map(Time::micros));
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

pub(super) fn millis(times: impl Iterator<Item = Time>) -> ArrayRef {
    let millis = times.map(|time| Some(time.millis()));
    Arc::new(millis.collect::<TimestampMillisecondArray>().with_timezone("UTC"))
}

/// The doubles nearest to some decimals.
pub(super) fn doubles<T: std::fmt::Display>(values: impl Iterator<Item = T>) -> ArrayRef {
    // A decimal's text always reads as a double.
    let nearest = |value: T| value.to_string().parse().unwrap_or(f64::NAN);
    Arc::new(values.map(nearest).collect::<Float64Array>())
}

/// Prices or quantities at one scale.
pub(super) fn decimals(
    column: &'static str,
    scale: u8,
    values: impl Iterator<Item = (Time, Decimal)>,
) -> Result<ArrayRef, WriteError> {
    amounts(column, scale, values.map(|(time, value)| (time, Some(Amount::from(value)))))
}

/// Volumes at one scale.
pub(super) fn amounts(
    column: &'static str,
    scale: u8,
    values: impl Iterator<Item = (Time, Option<Amount>)>,
) -> Result<ArrayRef, WriteError> {
    let rescaled = values.map(|(time, value)| {
        let Some(value) = value else { return Ok(None) };
        let misfit = move || WriteError::Scale { column, time, value: value.to_string(), scale };
        at_scale(value, scale).ok_or_else(misfit).map(|mantissa| Some((mantissa, misfit)))
    });
    Ok(if scale > MAX_SCALE_128 {
        let wide = rescaled.map(|each| Ok(each?.map(|(mantissa, _)| wide(mantissa))));
        let array: PrimitiveArray<Decimal256Type> = wide.collect::<Result<_, WriteError>>()?;
        Arc::new(array.with_data_type(decimal_type(scale)))
    } else {
        let narrow = rescaled.map(|each| {
            let Some((mantissa, misfit)) = each? else { return Ok(None) };
            let fits = i128::try_from(mantissa).ok().filter(|m| m.unsigned_abs() < 10u128.pow(38));
            fits.map(Some).ok_or_else(misfit)
        });
        let array: Decimal128Array = narrow.collect::<Result<_, WriteError>>()?;
        Arc::new(array.with_data_type(decimal_type(scale)))
    })
}

/// The mantissa at another scale, if nothing is lost.
fn at_scale(value: Amount, scale: u8) -> Option<I256> {
    const TEN: I256 = I256::new(10);
    let divisor = TEN.pow(Amount::SCALE.checked_sub(scale.into())?);
    (value.mantissa() % divisor == I256::ZERO).then(|| value.mantissa() / divisor)
}

fn wide(mantissa: I256) -> i256 {
    let (high, low) = mantissa.into_words();
    i256::from_parts(low.cast_unsigned(), high)
}
