//! Exact numbers. A price or a quantity is a [`Decimal`] of at most 28 significant digits, 18 of
//! them after the point; a sum or a product of such numbers is an [`Amount`]. Nothing is rounded:
//! what does not fit is an error that says so.

use ethnum::I256;
pub use rust_decimal::Decimal;

pub use crate::amount::Amount;

/// Most significant digits of a price or a quantity.
pub const MAX_DIGITS: u32 = 28;
/// Most digits after the point of a price or a quantity.
pub const MAX_SCALE: u32 = 18;

/// Why a text is not an exact number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not a decimal number at all (letters, empty text, `NaN`, `inf`).
    #[error("is not a number")]
    NotANumber,
    /// More digits than can be held without rounding.
    #[error("has more than 28 significant digits or more than 18 after the point")]
    TooPrecise,
}

/// Reads a decimal text (`12`, `-0.5`, `1.479E+7`) exactly.
///
/// Trailing zeros after the point are kept while they fit, for a venue's text means its precision.
///
/// # Errors
/// [`NumberError::NotANumber`] for anything but a finite decimal number and
/// [`NumberError::TooPrecise`] where holding it would need rounding.
pub fn parse_decimal(text: &str) -> Result<Decimal, NumberError> {
    let (negative, mantissa, scale) = parse_parts::<i128>(text)?;
    let (mantissa, scale) = fit(mantissa, scale, MAX_SCALE).ok_or(NumberError::TooPrecise)?;
    if mantissa >= 10i128.pow(MAX_DIGITS) {
        return Err(NumberError::TooPrecise);
    }
    let signed = if negative { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(signed, scale).map_err(|_| NumberError::TooPrecise)
}

/// The digits of a text as a whole number: of 128 bits for a decimal, of 256 for an amount.
pub(crate) trait Digits: Copy + PartialEq + Default {
    /// Ten times it, and the digit; `None` where that is too large.
    fn push(self, digit: u8) -> Option<Self>;
    /// A tenth of it where that is whole.
    fn cut(self) -> Option<Self>;
    /// Whether zeros after the point are kept, which mean a venue's precision.
    fn takes_zero(self) -> bool;
}

impl Digits for i128 {
    fn push(self, digit: u8) -> Option<Self> {
        self.checked_mul(10)?.checked_add(digit.into())
    }

    fn cut(self) -> Option<Self> {
        (self % 10 == 0).then_some(self / 10)
    }

    fn takes_zero(self) -> bool {
        self < 10i128.pow(MAX_DIGITS - 1)
    }
}

impl Digits for I256 {
    fn push(self, digit: u8) -> Option<Self> {
        self.checked_mul(Self::new(10))?.checked_add(digit.into())
    }

    fn cut(self) -> Option<Self> {
        (self % 10 == 0).then_some(self / 10)
    }

    fn takes_zero(self) -> bool {
        false
    }
}

/// Splits a decimal text into sign, digits as an integer, and a scale that may be negative.
pub(crate) fn parse_parts<D: Digits>(text: &str) -> Result<(bool, D, i32), NumberError> {
    let bytes = text.as_bytes();
    let (negative, bytes) = match bytes.first() {
        Some(b'-') => (true, &bytes[1..]),
        Some(b'+') => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    let (mut mantissa, mut scale, mut digits, mut point) = (D::default(), 0i32, 0u32, false);
    // Zeros after the point are only counted until another digit follows: they carry no value,
    // and a text such as `1.000…` of any length is still exact.
    let mut zeros = 0i32;
    let mut rest = bytes.iter();
    let mut exponent = None;
    for (at, byte) in rest.by_ref().enumerate() {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                let digit = byte - b'0';
                if point && digit == 0 {
                    zeros += 1;
                    continue;
                }
                for _ in 0..zeros {
                    mantissa = mantissa.push(0).ok_or(NumberError::TooPrecise)?;
                }
                scale += zeros + i32::from(point);
                zeros = 0;
                mantissa = mantissa.push(digit).ok_or(NumberError::TooPrecise)?;
            }
            b'.' if !point => point = true,
            b'e' | b'E' if digits > 0 => {
                exponent = Some(at + 1);
                break;
            }
            _ => return Err(NumberError::NotANumber),
        }
    }
    if digits == 0 {
        return Err(NumberError::NotANumber);
    }
    while zeros > 0 && scale < MAX_SCALE as i32 && mantissa.takes_zero() {
        mantissa = mantissa.push(0).ok_or(NumberError::TooPrecise)?;
        (scale, zeros) = (scale + 1, zeros - 1);
    }
    if let Some(at) = exponent {
        let power = std::str::from_utf8(&bytes[at..]).map_err(|_| NumberError::NotANumber)?;
        let power: i32 = power.parse().map_err(|_| NumberError::NotANumber)?;
        scale = scale.checked_sub(power).ok_or(NumberError::TooPrecise)?;
    }
    Ok((negative, mantissa, scale))
}

/// Brings a mantissa to a scale between zero and `most` without changing its value.
pub(crate) fn fit<D: Digits>(mut mantissa: D, mut scale: i32, most: u32) -> Option<(D, u32)> {
    if mantissa == D::default() {
        return Some((mantissa, scale.clamp(0, most as i32) as u32));
    }
    while scale < 0 {
        mantissa = mantissa.push(0)?;
        scale += 1;
    }
    while scale > most as i32 {
        mantissa = mantissa.cut()?;
        scale -= 1;
    }
    Some((mantissa, scale as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_read_exactly_or_refused() {
        for (text, shown) in [
            ("12", "12"),
            ("-0.5", "-0.5"),
            ("+.5", "0.5"),
            ("0.00141342", "0.00141342"),
            ("23.00000000", "23.00000000"),
            ("1.479E+7", "14790000"),
            ("2e-8", "0.00000002"),
            ("1.0000000000000000000000000000000000000000", "1.000000000000000000"),
            ("1234567890.123456789012345678", "1234567890.123456789012345678"),
            ("10000000000000.5", "10000000000000.5"),
        ] {
            assert_eq!(parse_decimal(text).expect(text).to_string(), shown, "{text}");
        }
        for text in ["", "-", ".", "NaN", "inf", "1,5", "0x1", "1e", "e5", "1.2.3", " 1", "12a"] {
            assert_eq!(parse_decimal(text), Err(NumberError::NotANumber), "{text:?}");
        }
        for text in [
            "0.0000000000000000001",
            "12345678901234567890123456789",
            "1e28",
            "1e-19",
            "1e999999999",
        ] {
            assert_eq!(parse_decimal(text), Err(NumberError::TooPrecise), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_decimal_text_comes_back(mantissa in -10i128.pow(28) + 1..10i128.pow(28), scale in 0u32..=18) {
            let value = Decimal::try_from_i128_with_scale(mantissa, scale).expect("within 28 digits");
            let back = parse_decimal(&value.to_string()).expect("its own text");
            prop_assert_eq!((back.mantissa(), back.scale()), (value.mantissa(), value.scale()));
        }

        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "[-+0-9.eE]{0,40}") {
            let _ = parse_decimal(&text);
            let _ = text.parse::<Amount>();
        }
    }
}
