//! Exact numbers. A price or a quantity is a [`Decimal`] of at most 28 significant digits, 18 of
//! them after the point; a sum or a product of such numbers is an [`Amount`]. Nothing is rounded:
//! what does not fit is an error that says so.

use std::fmt;
use std::ops::AddAssign;
use std::str::FromStr;

use ethnum::I256;
pub use rust_decimal::Decimal;

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
    let (negative, mantissa, scale) = parse_parts(text)?;
    let (mantissa, scale) = fit(mantissa, scale, MAX_SCALE).ok_or(NumberError::TooPrecise)?;
    if mantissa >= 10i128.pow(MAX_DIGITS) {
        return Err(NumberError::TooPrecise);
    }
    let signed = if negative { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(signed, scale).map_err(|_| NumberError::TooPrecise)
}

/// Splits a decimal text into sign, digits as an integer, and a scale that may be negative.
fn parse_parts(text: &str) -> Result<(bool, i128, i32), NumberError> {
    let bytes = text.as_bytes();
    let (negative, bytes) = match bytes.first() {
        Some(b'-') => (true, &bytes[1..]),
        Some(b'+') => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    let (mut mantissa, mut scale, mut digits, mut point) = (0i128, 0i32, 0u32, false);
    // Zeros after the point are only counted until another digit follows: they carry no value,
    // and a text such as `1.000…` of any length is still exact.
    let mut zeros = 0i32;
    let mut rest = bytes.iter();
    let mut exponent = None;
    for (at, byte) in rest.by_ref().enumerate() {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                let digit = i128::from(byte - b'0');
                if point && digit == 0 {
                    zeros += 1;
                    continue;
                }
                for _ in 0..zeros {
                    mantissa = push_digit(mantissa, 0)?;
                }
                scale += zeros + i32::from(point);
                zeros = 0;
                mantissa = push_digit(mantissa, digit)?;
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
    while zeros > 0 && scale < MAX_SCALE as i32 && mantissa < 10i128.pow(MAX_DIGITS - 1) {
        (mantissa, scale, zeros) = (mantissa * 10, scale + 1, zeros - 1);
    }
    if let Some(at) = exponent {
        let power = std::str::from_utf8(&bytes[at..]).map_err(|_| NumberError::NotANumber)?;
        let power: i32 = power.parse().map_err(|_| NumberError::NotANumber)?;
        scale = scale.checked_sub(power).ok_or(NumberError::TooPrecise)?;
    }
    Ok((negative, mantissa, scale))
}

fn push_digit(mantissa: i128, digit: i128) -> Result<i128, NumberError> {
    mantissa.checked_mul(10).and_then(|m| m.checked_add(digit)).ok_or(NumberError::TooPrecise)
}

/// Brings a mantissa to a scale between zero and `most` without changing its value.
fn fit(mut mantissa: i128, mut scale: i32, most: u32) -> Option<(i128, u32)> {
    if mantissa == 0 {
        return Some((0, scale.clamp(0, most as i32) as u32));
    }
    while scale < 0 {
        mantissa = mantissa.checked_mul(10)?;
        scale += 1;
    }
    while scale > most as i32 {
        if mantissa % 10 != 0 {
            return None;
        }
        mantissa /= 10;
        scale -= 1;
    }
    Some((mantissa, scale as u32))
}

/// An exact sum or product of decimals: 256 bits with 36 digits after the point.
///
/// A product of two decimals has at most 36 digits after the point, so adding and multiplying can
/// never round. The largest amount is about 5 × 10^40.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Amount(I256);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(I256::ZERO);
    /// Digits after the point.
    pub const SCALE: u32 = 36;

    /// `price × quantity`, exactly; `None` past 5 × 10^40.
    #[must_use]
    pub fn checked_product(price: Decimal, quantity: Decimal) -> Option<Self> {
        // 28 digits each make 56 at most, which 256 bits hold; bringing them to 36 places may not fit.
        let places = Self::SCALE - price.scale() - quantity.scale();
        let digits = I256::from(price.mantissa()) * I256::from(quantity.mantissa());
        digits.checked_mul(pow10(places)).map(Self)
    }

    /// The same of a checked tick, whose product is below 10^34; else the largest amount there is,
    /// which no table takes.
    #[must_use]
    pub fn product(price: Decimal, quantity: Decimal) -> Self {
        Self::checked_product(price, quantity).unwrap_or(Self(I256::MAX))
    }

    /// The amount as mantissa of 36 decimal places.
    #[must_use]
    pub fn mantissa(self) -> I256 {
        self.0
    }

    /// The amount that has this mantissa at 36 decimal places.
    #[must_use]
    pub fn from_mantissa(mantissa: I256) -> Self {
        Self(mantissa)
    }

    /// The sum, or `None` past 5 × 10^40.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` past 5 × 10^40.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Digits after the point that the value needs.
    #[must_use]
    pub fn scale(self) -> u32 {
        let mut part = self.fraction();
        if part == 0 {
            return 0;
        }
        let mut scale = Self::SCALE;
        // Zeros are taken off by halves, for most amounts end in many of them.
        for places in [16, 8, 4, 2, 1] {
            let unit = 10u128.pow(places);
            while scale > places && part.is_multiple_of(unit) {
                (part, scale) = (part / unit, scale - places);
            }
        }
        scale
    }

    /// The value as a whole number and its digits after the point, in half the room; `None` where
    /// that doesn't hold it.
    #[must_use]
    pub fn packed(self) -> Option<(i128, u8)> {
        let scale = self.scale();
        let digits = i128::try_from(self.0 / pow10(Self::SCALE - scale)).ok()?;
        Some((digits, scale as u8))
    }

    /// What [`Self::packed`] gave.
    #[must_use]
    pub fn unpacked(digits: i128, scale: u8) -> Self {
        Self(I256::from(digits) * pow10(Self::SCALE - u32::from(scale)))
    }

    /// What stands after the point, as a whole number of 36 digits.
    fn fraction(self) -> u128 {
        match u128::try_from(self.0.unsigned_abs()) {
            Ok(small) => small % 10u128.pow(Self::SCALE),
            Err(_) => (self.0.unsigned_abs() % pow10(Self::SCALE).as_u256()).as_u128(),
        }
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0.is_negative()
    }
}

/// `10^places` as a 256-bit integer, for places up to 36.
fn pow10(places: u32) -> I256 {
    const HIGH: i128 = 10i128.pow(18);
    if places <= 18 {
        I256::from(10i128.pow(places))
    } else {
        I256::from(HIGH) * I256::from(10i128.pow(places - 18))
    }
}

impl From<Decimal> for Amount {
    fn from(value: Decimal) -> Self {
        // A Decimal of this crate has at most 18 places; one of another origin may have 28.
        Self(I256::from(value.mantissa()) * pow10(Self::SCALE - value.scale()))
    }
}

impl AddAssign for Amount {
    /// Stays at the largest amount, which no table takes, where the sum would pass it.
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl FromStr for Amount {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (negative, mantissa, scale) = parse_parts(text)?;
        let (mantissa, scale) = fit(mantissa, scale, Self::SCALE).ok_or(NumberError::TooPrecise)?;
        let value = I256::from(mantissa) * pow10(Self::SCALE - scale);
        Ok(Self(if negative { -value } else { value }))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = pow10(Self::SCALE);
        let (whole, part) =
            (self.0.unsigned_abs() / unit.as_u256(), self.0.unsigned_abs() % unit.as_u256());
        if self.is_negative() {
            out.write_str("-")?;
        }
        write!(out, "{whole}")?;
        if part == 0u128 {
            return Ok(());
        }
        let part = format!("{part:0>36}");
        write!(out, ".{}", part.trim_end_matches('0'))
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(mantissa: i128, scale: u32) -> Decimal {
        Decimal::try_from_i128_with_scale(mantissa, scale).expect("within 28 digits")
    }

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

    #[test]
    fn an_amount_knows_its_places() {
        for (text, places) in [
            ("0", 0),
            ("1", 0),
            ("100", 0),
            ("-0.5", 1),
            ("123456789012345678901234567.25", 2),
            ("0.00000001", 8),
            ("10.0000000000000001", 16),
            ("0.00000000000000000000000000000001", 32),
            ("0.000000000000000000000000000000000001", 36),
        ] {
            assert_eq!(text.parse::<Amount>().expect(text).scale(), places, "{text}");
        }
    }

    #[test]
    fn amounts_are_written_plainly() {
        for text in [
            "0",
            "1",
            "-1.5",
            "0.000000000000000000000000000000000001",
            "123456789012345678901234567.25",
        ] {
            assert_eq!(text.parse::<Amount>().expect(text).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn a_decimal_text_comes_back(mantissa in -10i128.pow(28) + 1..10i128.pow(28), scale in 0u32..=18) {
            let value = decimal(mantissa, scale);
            let back = parse_decimal(&value.to_string()).expect("its own text");
            prop_assert_eq!((back.mantissa(), back.scale()), (value.mantissa(), value.scale()));
        }

        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "[-+0-9.eE]{0,40}") {
            let _ = parse_decimal(&text);
            let _ = text.parse::<Amount>();
        }

        #[test]
        fn products_and_sums_are_exact(a in 0i64.., b in 0i64.., s in 0u32..=18, t in 0u32..=18) {
            let product = Amount::product(decimal(a.into(), s), decimal(b.into(), t));
            let want = I256::from(i128::from(a) * i128::from(b)) * pow10(36 - s - t);
            prop_assert_eq!(product.mantissa(), want);
            let mut sum = product;
            sum += product;
            prop_assert_eq!(sum.to_string().parse::<Amount>().expect("its own text"), sum);
        }
    }
}
