//! One value of a row in whatever form its file has it, and what it means as a number, a whole
//! number, a truth or a side. A double becomes the shortest decimal that reads back the same; only
//! where that is longer than any price may be, its 15 sure digits are taken (`of_double`).

use std::borrow::Cow;
use std::io::Write as _;

use domain::{Amount, Decimal, NumberError, Time, parse_decimal};
use ethnum::I256;

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    /// Empty text, null, or not there.
    Missing,
    Text(&'a str),
    Whole(i64),
    Double(f64),
    /// An integer and the digits of it that stand after the point.
    Exact(I256, i32),
    Truth(bool),
    /// Microseconds since the epoch.
    Moment(i64),
}

/// Why a value can't be used, in words that follow it.
pub(super) type Reason = Cow<'static, str>;

/// What an empty value is reported as.
pub(super) const MISSING: Reason = Cow::Borrowed("is missing");

const TOO_LONG: Reason = Cow::Borrowed("has more digits than can be held without rounding");

impl<'a> Cell<'a> {
    /// The cell of a text: spaces around it don't count, and nothing is a missing value.
    pub(super) fn text(text: &'a str) -> Self {
        let text = text.trim_ascii();
        if text.is_empty() { Self::Missing } else { Self::Text(text) }
    }

    pub(super) fn is_missing(self) -> bool {
        matches!(self, Self::Missing)
    }

    /// As a price or a quantity.
    pub(super) fn decimal(self) -> Result<Decimal, Reason> {
        let number = match self {
            Self::Text(text) => parse_decimal(text),
            Self::Double(double) => of_double(double),
            Self::Whole(whole) => Ok(Decimal::from(whole)),
            Self::Exact(mantissa, scale) => match plain_decimal(mantissa, scale) {
                Some(decimal) => Ok(decimal),
                None => exact_decimal(mantissa, scale),
            },
            Self::Missing => return Err(MISSING),
            Self::Truth(_) | Self::Moment(_) => Err(NumberError::NotANumber),
        };
        number.map_err(|error| error.to_string().into())
    }

    /// As a volume.
    pub(super) fn amount(self) -> Result<Amount, Reason> {
        let number = match self {
            Self::Text(text) => text.parse(),
            Self::Double(double) => Shortest::of(double).as_str().parse(),
            Self::Whole(whole) => Ok(Amount::from(Decimal::from(whole))),
            Self::Exact(mantissa, scale) => {
                return match plain_decimal(mantissa, scale) {
                    Some(decimal) => Ok(Amount::from(decimal)),
                    None => exact_amount(mantissa, scale),
                };
            }
            Self::Missing => return Err(MISSING),
            Self::Truth(_) | Self::Moment(_) => Err(NumberError::NotANumber),
        };
        number.map_err(|error| match error {
            NumberError::TooPrecise => TOO_LONG,
            NumberError::NotANumber => error.to_string().into(),
        })
    }

    /// As a count or an id.
    pub(super) fn whole(self) -> Result<i64, Reason> {
        match self {
            Self::Whole(whole) => Ok(whole),
            Self::Text(text) if let Ok(whole) = text.parse() => Ok(whole),
            _ => {
                let number = self.decimal()?.normalize();
                let whole = (number.scale() == 0).then(|| i64::try_from(number.mantissa()).ok());
                whole.flatten().ok_or(Cow::Borrowed("is not a whole number of at most 18 digits"))
            }
        }
    }

    /// As yes or no.
    pub(super) fn truth(self) -> Result<bool, Reason> {
        match self {
            Self::Truth(truth) => Ok(truth),
            Self::Whole(0) => Ok(false),
            Self::Whole(1) => Ok(true),
            Self::Text("true" | "True" | "TRUE" | "1") => Ok(true),
            Self::Text("false" | "False" | "FALSE" | "0") => Ok(false),
            Self::Missing => Err(MISSING),
            _ => Err("is neither true nor false".into()),
        }
    }

    /// As the taker's side: whether the buyer was the maker, so that the taker sold.
    pub(super) fn buyer_is_maker(self) -> Result<bool, Reason> {
        let Self::Text(text) = self else { return Err("is neither buy nor sell".into()) };
        let is = |names: [&str; 3]| names.iter().any(|name| text.eq_ignore_ascii_case(name));
        match text {
            _ if is(["sell", "s", "ask"]) => Ok(true),
            _ if is(["buy", "b", "bid"]) => Ok(false),
            _ => Err("is neither buy nor sell".into()),
        }
    }

    /// As a message shows it.
    pub(super) fn shown(self) -> Cow<'a, str> {
        match self {
            Self::Missing => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Whole(whole) => whole.to_string().into(),
            Self::Double(double) => double.to_string().into(),
            Self::Exact(mantissa, 0) => mantissa.to_string().into(),
            Self::Exact(mantissa, scale) => format!("{mantissa}e{}", -scale).into(),
            Self::Truth(truth) => truth.to_string().into(),
            Self::Moment(micros) => match Time::from_micros(micros) {
                Ok(time) => time.to_string().into(),
                Err(_) => format!("{micros} µs").into(),
            },
        }
    }
}

/// The decimal that a double stands for.
///
/// Decimals of up to 15 digits survive being a double; what stands behind them is an artefact.
/// Files whose doubles went through an imprecise parser (older pandas) are full of
/// `0.0016200000000000001`, which is 0.00162, one unit in the last place off. Such a text is kept
/// while 18 digits after the point hold it, and else cut back to its 15 sure digits.
fn of_double(double: f64) -> Result<Decimal, NumberError> {
    let shortest = parse_decimal(Shortest::of(double).as_str());
    if shortest != Err(NumberError::TooPrecise) {
        return shortest;
    }
    parse_decimal(Shortest::of_15_digits(double).as_str()).map(|sure| sure.normalize())
}

/// The decimal of digits that fit as they are, which is nearly always.
fn plain_decimal(mantissa: I256, scale: i32) -> Option<Decimal> {
    const MOST: i128 = 10i128.pow(domain::number::MAX_DIGITS);
    let mantissa = i128::try_from(mantissa).ok().filter(|m| -MOST < *m && *m < MOST)?;
    let scale = u32::try_from(scale).ok().filter(|scale| *scale <= domain::number::MAX_SCALE)?;
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

fn exact_decimal(mut mantissa: I256, mut scale: i32) -> Result<Decimal, NumberError> {
    const TEN: I256 = I256::new(10);
    let most = I256::new(10i128.pow(domain::number::MAX_DIGITS));
    while scale > 0 && mantissa % TEN == I256::ZERO {
        (mantissa, scale) = (mantissa / TEN, scale - 1);
    }
    while scale < 0 && mantissa != I256::ZERO && mantissa > -most && mantissa < most {
        (mantissa, scale) = (mantissa * TEN, scale + 1);
    }
    if mantissa <= -most || mantissa >= most {
        return Err(NumberError::TooPrecise);
    }
    let scale = u32::try_from(scale.max(0)).unwrap_or(0);
    if scale > domain::number::MAX_SCALE {
        return Err(NumberError::TooPrecise);
    }
    Decimal::try_from_i128_with_scale(mantissa.as_i128(), scale)
        .map_err(|_| NumberError::TooPrecise)
}

fn exact_amount(mut mantissa: I256, mut scale: i32) -> Result<Amount, Reason> {
    const TEN: I256 = I256::new(10);
    let places = Amount::SCALE.cast_signed();
    while scale > places {
        if mantissa % TEN != I256::ZERO {
            return Err(TOO_LONG);
        }
        (mantissa, scale) = (mantissa / TEN, scale - 1);
    }
    while scale < places && mantissa != I256::ZERO {
        mantissa = mantissa.checked_mul(TEN).ok_or(TOO_LONG)?;
        scale += 1;
    }
    Ok(Amount::from_mantissa(mantissa))
}

/// The shortest text that reads back as the same double, without a heap allocation.
pub(super) struct Shortest {
    text: [u8; 32],
    len: usize,
}

impl Shortest {
    pub(super) fn of(double: f64) -> Self {
        Self::written(format_args!("{double:e}"))
    }

    fn of_15_digits(double: f64) -> Self {
        Self::written(format_args!("{double:.14e}"))
    }

    fn written(number: std::fmt::Arguments<'_>) -> Self {
        let mut text = [0; 32];
        let mut rest = text.as_mut_slice();
        // The longest double, -2.2250738585072014e-308, has 24 characters.
        let written = rest.write_fmt(number).is_ok();
        let left = rest.len();
        Self { len: if written { text.len() - left } else { 0 }, text }
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.len]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn double_and_decimal_are_the_same(mantissa in 1i64..1_000_000_000_000_000, scale in 0u32..12) {
            let text = Decimal::new(mantissa, scale).to_string();
            let double: f64 = text.parse().unwrap();
            let decimal = Cell::Double(double).decimal().unwrap();
            prop_assert_eq!(decimal, text.parse::<Decimal>().unwrap());
            prop_assert_eq!(decimal.to_string().parse::<f64>().unwrap().to_bits(), double.to_bits());
        }

        #[test]
        fn any_double_reads_back_or_is_refused(bits: u64) {
            let double = f64::from_bits(bits);
            let shortest = parse_decimal(Shortest::of(double).as_str());
            if let Ok(decimal) = Cell::Double(double).decimal() {
                let back: f64 = decimal.to_string().parse().unwrap();
                let sure = shortest.is_err() && (back - double).abs() <= double.abs() * 1e-14;
                prop_assert!(back.to_bits() == double.to_bits() || double == 0.0 || sure);
            }
            if let Ok(amount) = Cell::Double(double).amount() {
                let back: f64 = amount.to_string().parse().unwrap();
                prop_assert!(back.to_bits() == double.to_bits() || double == 0.0);
            }
        }

        #[test]
        fn exact_cells_keep_their_value(mantissa: i64, scale in 0i32..18) {
            let cell = Cell::Exact(I256::from(mantissa), scale);
            let text = Decimal::from_i128_with_scale(mantissa.into(), scale as u32).to_string();
            prop_assert_eq!(cell.decimal().unwrap(), text.parse::<Decimal>().unwrap());
            prop_assert_eq!(cell.amount().unwrap(), text.parse::<Amount>().unwrap());
        }
    }

    #[test]
    fn noise_beyond_18_places_is_cut() {
        let decimal = |double: f64| Cell::Double(double).decimal().map(|d| d.to_string());
        assert_eq!(decimal(0.0016200000000000001).unwrap(), "0.00162");
        assert_eq!(decimal(1.0000000000000002).unwrap(), "1.0000000000000002");
        assert_eq!(decimal(1.5e-18).unwrap_err(), NumberError::TooPrecise.to_string());
        assert!(decimal(1.23456789012345e-5).is_err());
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for cell in [
            Cell::Double(f64::NAN),
            Cell::Double(f64::INFINITY),
            Cell::Text("NaN"),
            Cell::Text("1,5"),
        ] {
            assert_eq!(cell.decimal().unwrap_err(), "is not a number");
        }
        assert_eq!(Cell::text("  ").decimal().unwrap_err(), "is missing");
        assert!(Cell::Text("79.5").whole().is_err());
        assert_eq!(Cell::Double(79.0).whole().unwrap(), 79);
        assert_eq!(Cell::Text("1e3").whole().unwrap(), 1000);
        assert!(Cell::Text("maybe").truth().is_err());
        assert!(Cell::Text("hold").buyer_is_maker().is_err());
        assert!(Cell::Exact(I256::new(1), 30).decimal().is_err());
        assert_eq!(Cell::Exact(I256::new(5), -3).decimal().unwrap(), Decimal::from(5000));
    }
}
