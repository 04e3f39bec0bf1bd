//! Numbers with a fixed count of digits after the point, as venues write them, and quotients, which
//! are the only numbers here that are rounded.

use ethnum::I256;

use crate::number::Amount;

/// The number with at least `places` digits after the point; more where it needs them, for nothing
/// is cut.
#[must_use]
pub fn fixed(amount: impl Into<Amount>, places: usize) -> String {
    let mut text = amount.into().to_string();
    if places == 0 {
        return text;
    }
    let written = match text.find('.') {
        Some(point) => text.len() - point - 1,
        None => {
            text.push('.');
            0
        }
    };
    text.extend(std::iter::repeat_n('0', places.saturating_sub(written)));
    text
}

/// `part / whole`, rounded half away from zero to `places` digits after the point; `None` where the
/// whole is zero or the quotient is too large for an amount.
#[must_use]
pub fn quotient(part: Amount, whole: Amount, places: u32) -> Option<Amount> {
    let ten = I256::new(10);
    let (part, whole) = (part.mantissa(), whole.mantissa());
    let scaled = part.checked_mul(ten.pow(places))?;
    let cut = scaled.checked_div(whole)?;
    let rest = scaled - cut * whole;
    let up = rest.unsigned_abs() >= whole.unsigned_abs() - rest.unsigned_abs();
    let away = if (part < 0) == (whole < 0) { I256::ONE } else { I256::MINUS_ONE };
    let rounded = if up { cut + away } else { cut };
    rounded.checked_mul(ten.pow(Amount::SCALE.checked_sub(places)?)).map(Amount::from_mantissa)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_decimal;

    fn amount(text: &str) -> Amount {
        text.parse().expect("an amount")
    }

    #[test]
    fn digits_are_added_and_never_cut() {
        let eight = |text: &str| fixed(parse_decimal(text).expect("a number"), 8);
        for (text, written) in [
            ("61794.15", "61794.15000000"),
            ("61794.150000000000", "61794.15000000"),
            ("12", "12.00000000"),
            ("0", "0.00000000"),
            ("-0.5", "-0.50000000"),
            ("0.000000000123", "0.000000000123"),
        ] {
            assert_eq!(eight(text), written);
        }
        assert_eq!(fixed(amount("1.5"), 0), "1.5");
    }

    #[test]
    fn quotients_are_rounded_half_away_from_zero() {
        let ratio = |a: &str, b: &str, places| {
            quotient(amount(a), amount(b), places).map(|q| q.to_string())
        };
        assert_eq!(ratio("2", "3", 8).as_deref(), Some("0.66666667"));
        assert_eq!(ratio("-2", "3", 3).as_deref(), Some("-0.667"));
        assert_eq!(ratio("1", "8", 2).as_deref(), Some("0.13"));
        assert_eq!(ratio("-1", "8", 2).as_deref(), Some("-0.13"));
        assert_eq!(ratio("1", "3", 3).as_deref(), Some("0.333"));
        assert_eq!(ratio("10", "5", 8).as_deref(), Some("2"));
        assert_eq!(ratio("1", "0", 8), None);
        assert_eq!(ratio("0", "5", 8).as_deref(), Some("0"));
        let large = "99999999999999999999999999999";
        assert_eq!(ratio(large, "1", 8).as_deref(), Some(large));
    }
}
