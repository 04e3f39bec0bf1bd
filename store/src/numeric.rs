//! PostgreSQL's `numeric` on the wire, exactly. The drivers' own decimal conversion rounds a value
//! of more than about 28 digits without a word; this one refuses it.

use bytes::{BufMut, BytesMut};
use domain::{Amount, Decimal};
use ethnum::{I256, U256};
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// A `numeric` column's value: `Numeric<Decimal>` for prices and quantities, `Numeric<Amount>` for
/// sums of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numeric<T>(pub T);

/// A `numeric` that the wanted type can't hold.
#[derive(Debug, thiserror::Error)]
#[error("the number can't be held exactly")]
pub(crate) struct Inexact;

/// Digits of base 10,000 as the wire has them, most significant first.
struct Groups {
    digits: [i16; 24],
    start: usize,
    end: usize,
    weight: i16,
    scale: u16,
    negative: bool,
}

impl Groups {
    /// Splits `whole.part`, where `part` has `part_groups` groups; `scale` is the display scale.
    fn new(
        whole: u128,
        part: u128,
        part_groups: usize,
        scale: Option<u16>,
        negative: bool,
    ) -> Self {
        let mut digits = [0i16; 24];
        let mut at = push(&mut digits, 24, part, part_groups);
        at = push(&mut digits, at, whole, 0);
        let (mut start, mut end) = (at, digits.len());
        let mut weight = (end - start) as i16 - part_groups as i16 - 1;
        let mut zeros = 0;
        while end > start && digits[end - 1] == 0 {
            end -= 1;
            zeros += 1;
        }
        let shown = scale.unwrap_or_else(|| {
            let groups = part_groups.saturating_sub(zeros) as u16;
            let last = if end > start { digits[end - 1] } else { 0 };
            let spare =
                [1000, 100, 10].iter().position(|d| last % d == 0).map_or(0, |p| 3 - p as u16);
            (groups * 4).saturating_sub(if groups == 0 { 0 } else { spare })
        });
        while start < end && digits[start] == 0 {
            start += 1;
            weight -= 1;
        }
        Self { digits, start, end, weight, scale: shown, negative: negative && end > start }
    }

    fn put(&self, out: &mut impl BufMut) {
        let digits = &self.digits[self.start..self.end];
        let weight = if digits.is_empty() { 0 } else { self.weight };
        let sign = if self.negative { 0x4000 } else { 0 };
        // Put together first: a slice is put faster than its parts one by one.
        let mut bytes = [0; 8 + 2 * 24];
        let head = [digits.len() as u16, weight as u16, sign, self.scale];
        let words = head.into_iter().chain(digits.iter().map(|digit| *digit as u16));
        for (place, word) in bytes.chunks_exact_mut(2).zip(words) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        out.put_slice(&bytes[..8 + 2 * digits.len()]);
    }
}

/// Puts a number's base-10,000 digits before `at`, at least `least` of them; returns where they start.
fn push(digits: &mut [i16; 24], mut at: usize, mut value: u128, least: usize) -> usize {
    let stop = at - least;
    while value > 0 || at > stop {
        // 10^16 at a time keeps the long division out of the inner steps.
        const STEP: u64 = 10_000_000_000_000_000;
        let (high, mut low) = match u64::try_from(value) {
            Ok(small) => (u128::from(small / STEP), small % STEP),
            Err(_) => {
                let high = value / u128::from(STEP);
                (high, (value - high * u128::from(STEP)) as u64)
            }
        };
        for _ in 0..4 {
            if high == 0 && low == 0 && at <= stop {
                break;
            }
            at -= 1;
            digits[at] = (low % 10_000) as i16;
            low /= 10_000;
        }
        value = high;
    }
    at
}

/// Writes a decimal in the wire format.
pub(crate) fn put_decimal(out: &mut impl BufMut, value: Decimal) {
    let scale = value.scale();
    let pad = (4 - scale % 4) % 4;
    let mantissa = value.mantissa();
    let magnitude = mantissa.unsigned_abs();
    let (whole, part) = match u64::try_from(magnitude) {
        // Almost every number: divided without a call.
        Ok(small) if scale <= 16 => {
            let unit = 10u64.pow(scale);
            (u128::from(small / unit), u128::from(small % unit * 10u64.pow(pad)))
        }
        _ => {
            let unit = 10u128.pow(scale);
            (magnitude / unit, magnitude % unit * 10u128.pow(pad))
        }
    };
    let groups = ((scale + pad) / 4) as usize;
    Groups::new(whole, part, groups, Some(scale as u16), mantissa < 0).put(out);
}

/// Writes an amount in the wire format, with as many places as it needs.
pub(crate) fn put_amount(out: &mut impl BufMut, value: Amount) {
    const UNIT: u128 = 10u128.pow(Amount::SCALE);
    let mantissa = value.mantissa();
    let magnitude = mantissa.unsigned_abs();
    let (whole, part) = match u128::try_from(magnitude) {
        Ok(small) => {
            let whole = small / UNIT;
            (whole, small - whole * UNIT)
        }
        Err(_) => {
            let unit = U256::from(UNIT);
            let whole = magnitude / unit;
            ((whole).as_u128(), (magnitude - whole * unit).as_u128())
        }
    };
    Groups::new(whole, part, (Amount::SCALE / 4) as usize, None, mantissa.is_negative()).put(out);
}

/// The value of a wire `numeric` as mantissa and display scale.
fn read(raw: &[u8]) -> Result<(I256, u32), Inexact> {
    let mut words = raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
    let mut word = || words.next().ok_or(Inexact);
    let (count, weight, sign, scale) = (word()?, word()?, word()? as u16, word()? as u32);
    if sign != 0 && sign != 0x4000 {
        return Err(Inexact); // NaN or an infinity
    }
    // Nine groups have 36 digits, which 128 bits hold; hardly a number has more.
    let mut narrow = 0i128;
    for _ in 0..count.min(9) {
        narrow = narrow * 10_000 + i128::from(word()?);
    }
    let mut value = I256::from(narrow);
    for _ in 9..count {
        let digit = I256::from(word()?);
        value = value
            .checked_mul(I256::new(10_000))
            .and_then(|v| v.checked_add(digit))
            .ok_or(Inexact)?;
    }
    // The last group's place, as a power of ten, against the wanted display scale.
    let last = (i32::from(weight) - i32::from(count) + 1) * 4;
    let shift = last + scale as i32;
    let value = match u32::try_from(shift) {
        Ok(places) => shifted(value, places)?,
        // At most three digits: the last group is filled up with zeros.
        Err(_) => {
            let unit = 10i128.checked_pow(shift.unsigned_abs()).ok_or(Inexact)?;
            // Half as many bits are divided in a fraction of the time.
            if count <= 9 { I256::from(narrow / unit) } else { value / I256::from(unit) }
        }
    };
    Ok((if sign == 0x4000 { -value } else { value }, scale))
}

/// The value of a wire `numeric` as a whole multiple of `10^-scale`.
pub(crate) fn scaled(raw: &[u8], scale: u32) -> Result<i128, Inexact> {
    let word =
        |at: usize| raw.get(2 * at..2 * at + 2).map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
    let (Some(count), Some(weight), Some(sign)) = (word(0), word(1), word(2)) else {
        return Err(Inexact);
    };
    // Seven groups have 28 digits; with the 38 of the last place's power an i128 may be too small,
    // which the multiplication tells.
    if sign != 0 || !(0..=9).contains(&count) {
        let (value, shown) = read(raw)?;
        let more = scale.checked_sub(shown).ok_or(Inexact)?;
        return i128::try_from(shifted(value, more)?).map_err(|_| Inexact);
    }
    let mut value = 0i128;
    for at in 0..count as usize {
        value = value * 10_000 + i128::from(word(4 + at).ok_or(Inexact)?);
    }
    let shift = (i32::from(weight) - i32::from(count) + 1) * 4 + scale as i32;
    let power = 10i128.checked_pow(shift.unsigned_abs()).ok_or(Inexact);
    match (value, shift) {
        (0, _) => Ok(0),
        (value, 0..) => value.checked_mul(power?).ok_or(Inexact),
        (value, _) => {
            let power = power?;
            if value % power == 0 { Ok(value / power) } else { Err(Inexact) }
        }
    }
}

/// `value × 10^places`.
fn shifted(value: I256, places: u32) -> Result<I256, Inexact> {
    if value == I256::ZERO || places == 0 {
        return Ok(value);
    }
    if places <= 38 && i128::try_from(value).is_ok() {
        // Two factors of 127 bits can't overflow, and not having to check makes this ten times faster.
        return Ok(value * I256::from(10i128.pow(places)));
    }
    let power = I256::new(10).checked_pow(places).ok_or(Inexact)?;
    value.checked_mul(power).ok_or(Inexact)
}

impl<'a> FromSql<'a> for Numeric<Decimal> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let (mantissa, scale) = read(raw)?;
        let mantissa = i128::try_from(mantissa).map_err(|_| Inexact)?;
        Ok(Self(Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| Inexact)?))
    }

    fn accepts(ty: &Type) -> bool {
        is_numeric(ty)
    }
}

impl<'a> FromSql<'a> for Numeric<Amount> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let (mantissa, scale) = read(raw)?;
        let missing = Amount::SCALE.checked_sub(scale).ok_or(Inexact)?;
        Ok(Self(Amount::from_mantissa(shifted(mantissa, missing)?)))
    }

    fn accepts(ty: &Type) -> bool {
        is_numeric(ty)
    }
}

/// `numeric`, or one of the domains over it.
fn is_numeric(ty: &Type) -> bool {
    match ty.kind() {
        postgres_types::Kind::Domain(base) => is_numeric(base),
        _ => *ty == Type::NUMERIC,
    }
}

macro_rules! to_sql {
    ($value:ty, $put:ident) => {
        impl ToSql for Numeric<$value> {
            fn to_sql(
                &self,
                _: &Type,
                out: &mut BytesMut,
            ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
                $put(out, self.0);
                Ok(IsNull::No)
            }

            fn accepts(ty: &Type) -> bool {
                is_numeric(ty)
            }

            to_sql_checked!();
        }
    };
}

to_sql!(Decimal, put_decimal);
to_sql!(Amount, put_amount);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wire<T: ToSql>(value: &T) -> BytesMut {
        let mut out = BytesMut::new();
        assert!(matches!(value.to_sql(&Type::NUMERIC, &mut out), Ok(IsNull::No)));
        out
    }

    proptest! {
        #[test]
        fn a_decimal_comes_back_with_its_scale(mantissa in -10i128.pow(28)..10i128.pow(28), scale in 0u32..=18) {
            let value = Decimal::try_from_i128_with_scale(mantissa, scale).expect("in range");
            let back = Numeric::<Decimal>::from_sql(&Type::NUMERIC, &wire(&Numeric(value))).expect("exact").0;
            prop_assert_eq!((back.mantissa(), back.scale()), (value.mantissa(), value.scale()));
        }

        #[test]
        fn an_amount_comes_back(high in -10i128.pow(28)..10i128.pow(28), low in 0i128..10i128.pow(28), scale in 0u32..=18) {
            let price = Decimal::try_from_i128_with_scale(high, scale).expect("in range");
            let quantity = Decimal::try_from_i128_with_scale(low, 18 - scale).expect("in range");
            let value = Amount::product(price, quantity);
            let back = Numeric::<Amount>::from_sql(&Type::NUMERIC, &wire(&Numeric(value))).expect("exact").0;
            prop_assert_eq!(back, value);
        }
    }

    proptest! {
        #[test]
        fn a_number_is_scaled_exactly_or_refused(mantissa in 0i128..10i128.pow(28), scale in 0u32..=18, wanted in 0u32..=18) {
            let value = Decimal::try_from_i128_with_scale(mantissa, scale).expect("in range");
            let exact = if wanted >= scale {
                mantissa.checked_mul(10i128.pow(wanted - scale))
            } else {
                let power = 10i128.pow(scale - wanted);
                (mantissa % power == 0).then(|| mantissa / power)
            };
            prop_assert_eq!(scaled(&wire(&Numeric(value)), wanted).ok(), exact);
        }
    }

    #[test]
    fn more_digits_than_a_decimal_holds_are_refused() {
        let value: Amount = "1234567890123456789.123456789012".parse().expect("an amount holds it");
        assert!(Numeric::<Decimal>::from_sql(&Type::NUMERIC, &wire(&Numeric(value))).is_err());
        let nan = [0u8, 0, 0, 0, 0xC0, 0, 0, 0];
        assert!(Numeric::<Decimal>::from_sql(&Type::NUMERIC, &nan).is_err());
    }
}
