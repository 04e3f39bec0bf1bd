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
pub(crate) const MAX_SCALE_128: u8 = 18;

/// A column of moments.
pub(crate) fn time_field(name: &str, unit: TimeUnit, nullable: bool) -> Field {
    Field::new(name, DataType::Timestamp(unit, Some("UTC".into())), nullable)
}

/// A column of prices or quantities.
pub(crate) fn decimal_field(name: &str, scale: u8) -> Field {
    Field::new(name, decimal_type(scale.min(MAX_SCALE_128)), false)
}

/// A column of volumes.
pub(crate) fn amount_field(name: &str, scale: u8, nullable: bool) -> Field {
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

pub(crate) fn micros(times: impl Iterator<Item = Option<Time>>) -> ArrayRef {
    let micros = times.map(|time| time.map(Time::micros));
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

pub(crate) fn millis(times: impl Iterator<Item = Time>) -> ArrayRef {
    let millis = times.map(|time| Some(time.millis()));
    Arc::new(millis.collect::<TimestampMillisecondArray>().with_timezone("UTC"))
}

/// The doubles nearest to some decimals.
pub(crate) fn doubles<T: std::fmt::Display>(values: impl Iterator<Item = T>) -> ArrayRef {
    // A decimal's text always reads as a double.
    let nearest = |value: T| value.to_string().parse().unwrap_or(f64::NAN);
    Arc::new(values.map(nearest).collect::<Float64Array>())
}

/// Prices or quantities at one scale.
pub(crate) fn decimals(
    column: &'static str,
    scale: u8,
    values: impl Iterator<Item = (Time, Decimal)>,
) -> Result<ArrayRef, WriteError> {
    // No price and no quantity has more digits after the point.
    let scale = scale.min(MAX_SCALE_128);
    let rescaled = values.map(|(time, value)| {
        let misfit = || WriteError::Scale { column, time, value: value.to_string(), scale };
        let mantissa = rescaled(value, scale.into()).filter(|mantissa| fits_128(*mantissa));
        mantissa.map(Some).ok_or_else(misfit)
    });
    let array: Decimal128Array = rescaled.collect::<Result<_, WriteError>>()?;
    Ok(Arc::new(array.with_data_type(decimal_type(scale))))
}

/// Volumes at one scale.
pub(crate) fn amounts(
    column: &'static str,
    scale: u8,
    values: impl Iterator<Item = (Time, Option<Amount>)>,
) -> Result<ArrayRef, WriteError> {
    let misfit = |time, value: Amount| {
        let value = value.to_string();
        WriteError::Scale { column, time, value, scale }
    };
    let divisor = I256::new(10).pow(Amount::SCALE.saturating_sub(scale.into()));
    let exact = |value: Amount| {
        let mantissa = value.mantissa() / divisor;
        (mantissa * divisor == value.mantissa()).then_some(mantissa)
    };
    if scale > MAX_SCALE_128 {
        let rescaled = values.map(|(time, value)| {
            let Some(value) = value else { return Ok(None) };
            exact(value).map(|mantissa| Some(wide(mantissa))).ok_or_else(|| misfit(time, value))
        });
        let array: PrimitiveArray<Decimal256Type> = rescaled.collect::<Result<_, WriteError>>()?;
        return Ok(Arc::new(array.with_data_type(decimal_type(scale))));
    }
    let rescaled = values.map(|(time, value)| {
        let Some(value) = value else { return Ok(None) };
        let mantissa = exact(value).and_then(|mantissa| i128::try_from(mantissa).ok());
        mantissa.filter(|m| fits_128(*m)).map(Some).ok_or_else(|| misfit(time, value))
    });
    let array: Decimal128Array = rescaled.collect::<Result<_, WriteError>>()?;
    Ok(Arc::new(array.with_data_type(decimal_type(scale))))
}

/// The mantissa at another scale, if nothing is lost.
fn rescaled(value: Decimal, scale: u32) -> Option<i128> {
    let mantissa = value.mantissa();
    match scale.checked_sub(value.scale()) {
        Some(more) => mantissa.checked_mul(10i128.checked_pow(more)?),
        None => {
            let divisor = 10i128.checked_pow(value.scale() - scale)?;
            (mantissa % divisor == 0).then(|| mantissa / divisor)
        }
    }
}

/// Whether a mantissa has the 38 digits of a 128-bit decimal at most.
fn fits_128(mantissa: i128) -> bool {
    mantissa.unsigned_abs() < 10u128.pow(38)
}

fn wide(mantissa: I256) -> i256 {
    let (high, low) = mantissa.into_words();
    i256::from_parts(low.cast_unsigned(), high)
}
