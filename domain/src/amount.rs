//! Exact sums and products of decimals, and the shares of them, which alone are rounded.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{AddAssign, Neg};
use std::str::FromStr;

use ethnum::{I256, U256};

use crate::number::{Decimal, NumberError, fit, parse_parts};

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

    /// The value without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        if self.is_negative() { -self } else { self }
    }

    /// `self` so many times, or `None` past 5 × 10^40.
    #[must_use]
    pub fn checked_mul(self, times: i128) -> Option<Self> {
        self.0.checked_mul(times.into()).map(Self)
    }

    /// `self × factor`, exactly; `None` where that has more than 36 digits after the point or is
    /// past 5 × 10^40.
    #[must_use]
    pub fn checked_times(self, factor: Decimal) -> Option<Self> {
        let (digits, unit) = (I256::from(factor.mantissa()), pow10(factor.scale()));
        if self.0 % unit == 0 {
            return (self.0 / unit).checked_mul(digits).map(Self);
        }
        let product = self.0.checked_mul(digits)?;
        (product % unit == 0).then(|| Self(product / unit))
    }

    /// `self × part / whole`, rounded half to even to `places` digits after the point; all of it
    /// where the part is the whole. `None` unless 0 ≤ part ≤ whole, 0 < whole < 10^40 and places ≤ 36.
    #[must_use]
    pub fn share(self, part: Self, whole: Self, places: u32) -> Option<Self> {
        if part == whole && whole.0 > 0 {
            return Some(self);
        }
        let unit = pow10(Self::SCALE.checked_sub(places)?).as_u256();
        let most = pow10(Self::SCALE).checked_mul(I256::new(10i128.pow(38)) * 100)?;
        if part.is_negative() || part > whole || whole.0 == 0 || whole.0 >= most {
            return None;
        }
        let (cut, rest) = divide(self.0.unsigned_abs(), part.0.as_u256(), whole.0.as_u256());
        let (kept, below) = (cut / unit, cut % unit);
        // Two times what is cut off against the unit; a rest of the division lies above a tie.
        let up = match (below + below).cmp(&unit) {
            Ordering::Less if unit > U256::ONE => false,
            Ordering::Equal => rest != 0 || kept & U256::ONE == 1,
            Ordering::Greater => true,
            // No place is cut: the rest alone decides.
            Ordering::Less => match (rest + rest).cmp(&whole.0.as_u256()) {
                Ordering::Less => false,
                Ordering::Equal => kept & U256::ONE == 1,
                Ordering::Greater => true,
            },
        };
        let rounded = (kept + U256::from(u8::from(up))).checked_mul(unit)?;
        let rounded = Self(I256::try_from(rounded).ok()?);
        Some(if self.is_negative() { -rounded } else { rounded })
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

/// `value × part / whole` and its rest, for part < whole < 2^254, also where the product is longer
/// than 256 bits.
fn divide(value: U256, part: U256, whole: U256) -> (U256, U256) {
    if let Some(product) = value.checked_mul(part) {
        return (product / whole, product % whole);
    }
    // Digit by binary digit: the quotient is below the value, the rest below the whole.
    let (mut quotient, mut rest) = (U256::ZERO, U256::ZERO);
    for bit in (0..256 - value.leading_zeros()).rev() {
        rest = rest + rest + if value >> bit & U256::ONE == 1 { part } else { U256::ZERO };
        let fits = rest / whole;
        rest -= fits * whole;
        quotient = quotient + quotient + fits;
    }
    (quotient, rest)
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

impl Neg for Amount {
    type Output = Self;

    /// Stays at the largest amount for the one that has no counterpart.
    fn neg(self) -> Self {
        Self(self.0.checked_neg().unwrap_or(I256::MAX))
    }
}

impl FromStr for Amount {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (negative, mantissa, scale) = parse_parts::<I256>(text)?;
        let value = fit(mantissa, scale, Self::SCALE)
            .and_then(|(mantissa, scale)| mantissa.checked_mul(pow10(Self::SCALE - scale)))
            .ok_or(NumberError::TooPrecise)?;
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

    fn amount(text: &str) -> Amount {
        text.parse().expect(text)
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

    #[test]
    fn the_longest_amount_comes_back_from_its_text() {
        for mantissa in [I256::MAX, -I256::MAX, I256::MAX / 10, I256::ONE] {
            let longest = Amount::from_mantissa(mantissa);
            assert_eq!(longest.to_string().parse(), Ok(longest));
        }
        for text in ["6e40", "-6e40", "1e-37", "123456789e40"] {
            assert_eq!(text.parse::<Amount>(), Err(NumberError::TooPrecise), "{text}");
        }
    }

    #[test]
    fn shares_are_rounded_half_to_even() {
        let share = |value: &str, part: &str, whole: &str, places| {
            amount(value).share(amount(part), amount(whole), places).map(|s| s.to_string())
        };
        assert_eq!(share("1", "1", "3", 18).as_deref(), Some("0.333333333333333333"));
        assert_eq!(share("2", "1", "3", 18).as_deref(), Some("0.666666666666666667"));
        assert_eq!(share("0.5", "1", "2", 1).as_deref(), Some("0.2"));
        assert_eq!(share("1.5", "1", "2", 1).as_deref(), Some("0.8"));
        assert_eq!(share("-1.5", "1", "2", 1).as_deref(), Some("-0.8"));
        assert_eq!(share("5", "1", "2", 0).as_deref(), Some("2"));
        assert_eq!(share("5.000000000000000001", "1", "2", 0).as_deref(), Some("3"));
        // The rest of the division breaks the tie, though no digit of the quotient shows it.
        assert_eq!(
            share("15", "0.0000000000000000000000000000000000001e1", "3e-36", 0).as_deref(),
            Some("5")
        );
        let small = "0.000000000000000000000000000000000001";
        assert_eq!(share(small, "1", "2", 36).as_deref(), Some("0"));
        assert_eq!(share(small, "2", "3", 36).as_deref(), Some(small));
        assert_eq!(
            share("1.23456789012345678901", "7", "7", 2).as_deref(),
            Some("1.23456789012345678901")
        );
        let long = "12345678901234567890123456789012345678.5";
        assert_eq!(
            share(long, "1e39", "2e39", 18).as_deref(),
            Some("6172839450617283945061728394506172839.25")
        );
        for (part, whole) in [("1", "0"), ("-1", "2"), ("3", "2"), ("1", "1e40"), ("0", "-1")] {
            assert_eq!(share("1", part, whole, 18), None, "{part}/{whole}");
        }
    }

    #[test]
    fn products_with_a_decimal_are_exact_or_refused() {
        let times = |value: &str, factor: &str| {
            amount(value).checked_times(factor.parse().expect(factor)).map(|p| p.to_string())
        };
        assert_eq!(
            times("1234567890123456789.000000000000000001", "0.000000000000000001").as_deref(),
            Some("1.234567890123456789000000000000000001")
        );
        assert_eq!(times("-0.1", "2.5").as_deref(), Some("-0.25"));
        assert_eq!(
            times("0.000000000000000000000000000000000002", "0.5").as_deref(),
            Some("0.000000000000000000000000000000000001")
        );
        assert_eq!(times("0.000000000000000000000000000000000001", "0.5"), None);
        assert_eq!(times("1e40", "10"), None);
    }

    proptest! {
        #[test]
        fn products_and_sums_are_exact(a in 0i64.., b in 0i64.., s in 0u32..=18, t in 0u32..=18) {
            let product = Amount::product(decimal(a.into(), s), decimal(b.into(), t));
            let want = I256::from(i128::from(a) * i128::from(b)) * pow10(36 - s - t);
            prop_assert_eq!(product.mantissa(), want);
            let mut sum = product;
            sum += product;
            prop_assert_eq!(sum.to_string().parse::<Amount>().expect("its own text"), sum);
        }

        #[test]
        fn a_long_division_is_one(value in any::<[u64; 4]>(), part in any::<[u64; 3]>(), more in 1u64..) {
            let join = |limbs: &[u64]| limbs.iter().fold(U256::ZERO, |sum, limb| (sum << 64) | U256::from(*limb));
            let (value, part) = (join(&value), join(&part));
            let whole = part + U256::from(more);
            let (quotient, rest) = divide(value, part, whole);
            prop_assert!(rest < whole && quotient <= value);
            // Modulo 2^256, which no wrong quotient but by chance survives.
            prop_assert_eq!(value.wrapping_mul(part), quotient.wrapping_mul(whole).wrapping_add(rest));
        }
    }
}
