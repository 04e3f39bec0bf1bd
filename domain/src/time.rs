//! Time as a trading record needs it: UTC microseconds, the resolution of PostgreSQL's
//! `timestamptz`, in the years that RFC 3339 can write.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

/// Why something is not a time that can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither RFC 3339 nor a whole number.
    #[error("is not a time")]
    NotATime,
    /// Before the year 1 or after the year 9999.
    #[error("is outside the years 1 to 9999")]
    OutOfRange,
}

/// A moment: microseconds since 1970-01-01T00:00:00Z, negative before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

impl Time {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// 9999-12-30T00:00:00Z: a week's candle that starts here still ends within four-digit years.
    pub const MAX: Self = Self(253_402_128_000_000_000);

    /// The moment of that many microseconds.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] outside [`Time::MIN`] to [`Time::MAX`].
    pub fn from_micros(micros: i64) -> Result<Self, TimeError> {
        let time = Self(micros);
        if (Self::MIN..=Self::MAX).contains(&time) { Ok(time) } else { Err(TimeError::OutOfRange) }
    }

    /// The moment of that many milliseconds; errors as [`Time::from_micros`].
    #[allow(clippy::missing_errors_doc)]
    pub fn from_millis(millis: i64) -> Result<Self, TimeError> {
        millis.checked_mul(1_000).ok_or(TimeError::OutOfRange).and_then(Self::from_micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, rounded down.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The moment `micros` later (earlier if negative), kept within range.
    #[must_use]
    pub fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros).clamp(Self::MIN.0, Self::MAX.0))
    }

    /// So much later, or the latest time there is.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        self.plus_micros(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
    }

    /// So much earlier, or the earliest time there is.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        self.plus_micros(i64::try_from(duration.as_micros()).map_or(i64::MIN, i64::wrapping_neg))
    }

    /// How long after `earlier` this is; nothing where it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let micros = self.micros().saturating_sub(earlier.micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or_default())
    }

    /// The same moment for a calendar.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or_default()
    }
}

impl From<Timestamp> for Time {
    /// Nanoseconds below a microsecond are cut.
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_microsecond().clamp(Self::MIN.0, Self::MAX.0))
    }
}

impl FromStr for Time {
    type Err = TimeError;

    /// RFC 3339, or a whole number of epoch milliseconds.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if let Ok(millis) = text.parse::<i64>() {
            return Self::from_millis(millis);
        }
        let time: Timestamp = text.parse().map_err(|_| TimeError::NotATime)?;
        Self::from_micros(time.as_microsecond())
    }
}

impl fmt::Display for Time {
    /// RFC 3339 with `Z`, fractions only where there are any.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.timestamp(), out)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
