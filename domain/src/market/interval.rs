//! The eight candle intervals, all aligned to UTC; a week starts on Monday.

use std::fmt;
use std::str::FromStr;

use crate::time::Time;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;
/// 1970-01-05 was the first Monday after the epoch.
const FIRST_MONDAY: i64 = 4 * DAY;

/// How long a candle lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interval {
    /// One minute.
    M1,
    /// Five minutes.
    M5,
    /// A quarter of an hour.
    M15,
    /// Half an hour.
    M30,
    /// One hour.
    H1,
    /// Four hours.
    H4,
    /// A UTC day.
    D1,
    /// Monday to Sunday, UTC.
    W1,
}

/// A text that names none of the eight intervals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an interval; there are 1m, 5m, 15m, 30m, 1h, 4h, 1d and 1w")]
pub struct UnknownInterval(pub String);

impl Interval {
    /// All of them, shortest first.
    pub const ALL: [Self; 8] =
        [Self::M1, Self::M5, Self::M15, Self::M30, Self::H1, Self::H4, Self::D1, Self::W1];

    /// Its name: `1m` … `1w`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::M30 => "30m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
            Self::W1 => "1w",
        }
    }

    /// Its length in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        match self {
            Self::M1 => MINUTE,
            Self::M5 => 5 * MINUTE,
            Self::M15 => 15 * MINUTE,
            Self::M30 => 30 * MINUTE,
            Self::H1 => 60 * MINUTE,
            Self::H4 => 240 * MINUTE,
            Self::D1 => DAY,
            Self::W1 => 7 * DAY,
        }
    }

    /// The opening time of the candle that holds `time`.
    #[must_use]
    pub fn open_time(self, time: Time) -> Time {
        let offset = if self == Self::W1 { FIRST_MONDAY } else { 0 };
        let into = (time.micros() - offset).rem_euclid(self.micros());
        time.plus_micros(-into)
    }

    /// The first moment after the candle that opens at `open_time`.
    #[must_use]
    pub fn close_time(self, open_time: Time) -> Time {
        open_time.plus_micros(self.micros())
    }

    /// The intervals longer than this one, which can be rolled up from it.
    pub fn above(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |other| *other > self)
    }
}

impl FromStr for Interval {
    type Err = UnknownInterval;

    fn from_str(text: &str) -> Result<Self, UnknownInterval> {
        Self::ALL
            .into_iter()
            .find(|i| i.as_str() == text)
            .ok_or_else(|| UnknownInterval(text.to_owned()))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
