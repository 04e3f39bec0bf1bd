//! Times as files write them: RFC 3339, a date with or without a time of day (UTC), or a number
//! of seconds, milliseconds, microseconds or nanoseconds since 1970.

use std::fmt;
use std::str::FromStr;

use domain::{Decimal, Time, TimeError, parse_decimal};
use rust_decimal::prelude::ToPrimitive;

use super::cell::{Cell, MISSING, Reason, Shortest};

/// What a number that stands for a time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds, also with a fraction.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds; what is below a microsecond is cut.
    Nanos,
}

impl TimeUnit {
    /// Its name: `s`, `ms`, `us`, `ns`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Millis => "ms",
            Self::Micros => "us",
            Self::Nanos => "ns",
        }
    }

    /// The unit in which a number of this size is a time within living memory: up to 10^11 are
    /// seconds (the year 5138), up to 10^14 milliseconds, up to 10^17 microseconds.
    fn of(size: u128) -> Self {
        match size {
            0..100_000_000_000 => Self::Seconds,
            100_000_000_000..100_000_000_000_000 => Self::Millis,
            100_000_000_000_000..100_000_000_000_000_000 => Self::Micros,
            _ => Self::Nanos,
        }
    }

    fn time(self, whole: i64) -> Result<Time, TimeError> {
        let micros = match self {
            Self::Seconds => whole.checked_mul(1_000_000),
            Self::Millis => whole.checked_mul(1_000),
            Self::Micros => Some(whole),
            Self::Nanos => Some(whole.div_euclid(1_000)),
        };
        micros.ok_or(TimeError::OutOfRange).and_then(Time::from_micros)
    }

    /// The time of a number with a fraction; what is below a microsecond is cut.
    fn time_of(self, number: Decimal) -> Result<Time, TimeError> {
        let per_unit = match self {
            Self::Seconds => Decimal::from(1_000_000),
            Self::Millis => Decimal::from(1_000),
            Self::Micros => Decimal::ONE,
            Self::Nanos => Decimal::new(1, 3),
        };
        let micros = number.checked_mul(per_unit).ok_or(TimeError::OutOfRange)?;
        micros.floor().to_i64().ok_or(TimeError::OutOfRange).and_then(Time::from_micros)
    }
}

/// A text that names no unit of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a unit of time; there are s, ms, us and ns")]
pub struct UnknownTimeUnit(pub String);

impl FromStr for TimeUnit {
    type Err = UnknownTimeUnit;

    fn from_str(text: &str) -> Result<Self, UnknownTimeUnit> {
        let all = [Self::Seconds, Self::Millis, Self::Micros, Self::Nanos];
        all.into_iter()
            .find(|unit| unit.as_str() == text)
            .ok_or_else(|| UnknownTimeUnit(text.into()))
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The unit that a value's size tells; `None` where the value isn't a number.
pub(super) fn unit_of(cell: Cell<'_>) -> Option<TimeUnit> {
    let number = match cell {
        Cell::Whole(whole) => return Some(TimeUnit::of(whole.unsigned_abs().into())),
        Cell::Text(text) => parse_decimal(text).ok()?,
        _ => cell.decimal().ok()?,
    };
    Some(TimeUnit::of(number.trunc().mantissa().unsigned_abs()))
}

/// The time that a value stands for. Without a unit, the size of each number decides.
pub(super) fn time(cell: Cell<'_>, unit: Option<TimeUnit>) -> Result<Time, Reason> {
    let of_whole =
        |whole: i64| unit.unwrap_or_else(|| TimeUnit::of(whole.unsigned_abs().into())).time(whole);
    let of_number = |number: Decimal| {
        let by_size = || TimeUnit::of(number.trunc().mantissa().unsigned_abs());
        unit.unwrap_or_else(by_size).time_of(number)
    };
    let time = match cell {
        Cell::Missing => return Err(MISSING),
        Cell::Moment(micros) => Time::from_micros(micros),
        Cell::Whole(whole) => of_whole(whole),
        Cell::Text(text) => match text.parse::<i64>() {
            Ok(whole) => of_whole(whole),
            Err(_) => parse_decimal(text).map_or_else(|_| calendar(text), of_number),
        },
        Cell::Double(double) => match parse_decimal(Shortest::of(double).as_str()) {
            Ok(number) => of_number(number),
            Err(_) if double.is_finite() => Err(TimeError::OutOfRange),
            Err(_) => Err(TimeError::NotATime),
        },
        Cell::Exact(..) => cell.decimal().map_or(Err(TimeError::NotATime), of_number),
        Cell::Truth(_) => Err(TimeError::NotATime),
    };
    time.map_err(|error| error.to_string().into())
}

/// RFC 3339, or what lacks a part of it: the time of day is then midnight, the zone UTC.
fn calendar(text: &str) -> Result<Time, TimeError> {
    let bytes = text.as_bytes();
    // All forms begin with a four-digit year; a bare number has been read before.
    if bytes.len() < 10 || bytes.get(4) != Some(&b'-') || !text.is_ascii() {
        return Err(TimeError::NotATime);
    }
    if bytes.len() == 10 {
        return format!("{text}T00:00:00Z").parse();
    }
    let text = text.strip_suffix("UTC").map_or(text, str::trim_end);
    let zoned = text.as_bytes()[10..].iter().any(|b| matches!(b, b'Z' | b'z' | b'+' | b'-'));
    if zoned { text.parse() } else { format!("{text}Z").parse() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, unit: Option<TimeUnit>) -> String {
        time(Cell::Text(text), unit)
            .map_or_else(|reason| reason.into_owned(), |time| time.to_string())
    }

    #[test]
    fn texts() {
        for text in [
            "2024-08-08",
            "2024-08-08 00:00:00",
            "2024-08-08T00:00:00Z",
            "2024-08-08 00:00:00+00:00",
            "2024-08-08 02:00:00.000+02:00",
            "2024-08-08 00:00:00 UTC",
        ] {
            assert_eq!(read(text, None), "2024-08-08T00:00:00Z", "{text}");
        }
        assert_eq!(read("2024-08-08 01:02:03.25", None), "2024-08-08T01:02:03.25Z");
        for text in ["soon", "2024-13-01", "2024-02-30 00:00:00", "NaN", "12:00", "é024-01-01T0"] {
            assert_eq!(read(text, None), "is not a time", "{text}");
        }
        assert_eq!(read("0000-01-01", None), "is outside the years 1 to 9999");
    }

    #[test]
    fn numbers() {
        for text in [
            "1757015216",
            "1757015216000",
            "1757015216000000",
            "1757015216000000999",
            "1.757015216e9",
        ] {
            assert_eq!(read(text, None), "2025-09-04T19:46:56Z", "{text}");
        }
        assert_eq!(read("1757015216.673878", None), "2025-09-04T19:46:56.673878Z");
        assert_eq!(read("-0.5", Some(TimeUnit::Seconds)), "1969-12-31T23:59:59.5Z");
        assert_eq!(read("5", Some(TimeUnit::Millis)), "1970-01-01T00:00:00.005Z");
        assert_eq!(read("-1", Some(TimeUnit::Nanos)), "1969-12-31T23:59:59.999999Z");
        assert_eq!(
            read("9223372036854775807", Some(TimeUnit::Seconds)),
            "is outside the years 1 to 9999"
        );
        let doubles = time(Cell::Double(1_757_015_216.673_878), None).unwrap();
        assert_eq!(doubles.to_string(), "2025-09-04T19:46:56.673878Z");
        assert!(time(Cell::Double(f64::NAN), None).is_err());
        assert_eq!(unit_of(Cell::Text("1757015216.6")), Some(TimeUnit::Seconds));
        assert_eq!(unit_of(Cell::Text("2024-01-01")), None);
    }
}
