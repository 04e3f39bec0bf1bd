//! How old data may become, and where.

use std::fmt;
use std::str::FromStr;

use domain::Time;
use domain::market::Interval;
use store::market::segments::Series;

const UNITS: [(&str, i64); 5] = [
    ("y", 365 * 86_400_000_000),
    ("w", 7 * 86_400_000_000),
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
];

/// A length of time, or for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age(Option<i64>);

/// A text that is no age.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an age: write for example \"24h\", \"7d\", \"1y\" or \"forever\"")]
pub struct BadAge(pub String);

impl Age {
    /// For ever.
    pub const FOREVER: Self = Self(None);

    /// So many hours.
    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        Self(Some(hours * 3_600_000_000))
    }

    /// So many days.
    #[must_use]
    pub const fn days(days: i64) -> Self {
        Self::hours(days * 24)
    }

    /// The moment at which something was this old at `now`; never where it never becomes so old.
    #[must_use]
    pub fn before(self, now: Time) -> Time {
        self.0.map_or(Time::MIN, |micros| now.plus_micros(-micros))
    }
}

impl PartialOrd for Age {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let length = |age: &Self| age.0.unwrap_or(i64::MAX);
        Some(length(self).cmp(&length(other)))
    }
}

impl FromStr for Age {
    type Err = BadAge;

    fn from_str(text: &str) -> Result<Self, BadAge> {
        if text == "forever" {
            return Ok(Self::FOREVER);
        }
        let bad = || BadAge(text.to_owned());
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = UNITS.iter().find(|(unit, _)| *unit == &text[digits.len()..]);
        let (_, micros) = unit.ok_or_else(bad)?;
        let count: i64 = digits.parse().map_err(|_| bad())?;
        let length = count.checked_mul(*micros).filter(|length| *length > 0);
        length.map(|length| Self(Some(length))).ok_or_else(bad)
    }
}

impl fmt::Display for Age {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(micros) = self.0 else { return out.write_str("forever") };
        let whole = UNITS.iter().find(|(_, unit)| micros % unit == 0);
        let (name, unit) = whole.unwrap_or(&UNITS[4]);
        write!(out, "{}{name}", micros / unit)
    }
}

/// Where data of a kind stays until which age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// As rows in PostgreSQL.
    pub hot: Age,
    /// As segments in the usual store; then in the cold one, where there is one.
    pub warm: Age,
    /// At all.
    pub total: Age,
}

/// The ages of every kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Of ticks.
    pub ticks: Keep,
    /// Of one-minute candles.
    pub minutes: Keep,
    /// Of longer candles.
    pub longer: Keep,
    /// Of what candles said before they were corrected, from the correction on; they go with their
    /// candles in any case.
    pub revisions: Age,
    /// Of other programs' points.
    pub points: Age,
    /// Of the record of what was done; months of it go as a whole.
    pub audit: Age,
    /// Of the hourly counts of requests.
    pub request_counts: Age,
    /// Of what bots told of themselves.
    pub bot_heartbeats: Age,
}

impl Default for Policy {
    fn default() -> Self {
        let days = |hot, warm, total| Keep {
            hot: Age::days(hot),
            warm: Age::days(warm),
            total: Age::days(total),
        };
        Self {
            ticks: days(1, 1, 1),
            minutes: days(7, 30, 365),
            longer: days(30, 365, 5 * 365),
            revisions: Age::FOREVER,
            points: Age::FOREVER,
            audit: Age::FOREVER,
            request_counts: Age::days(90),
            bot_heartbeats: Age::days(7),
        }
    }
}

impl Policy {
    /// The ages of a series.
    #[must_use]
    pub fn of(&self, series: Series) -> Keep {
        match series {
            Series::Ticks(_) => self.ticks,
            Series::Candles(Interval::M1) => self.minutes,
            Series::Candles(_) => self.longer,
        }
    }

    /// The youngest age at which anything is to be done with ticks or candles in the tables.
    #[must_use]
    pub fn youngest(&self) -> Age {
        let ages = [self.ticks, self.minutes, self.longer]
            .map(|keep| if keep.hot < keep.total { keep.hot } else { keep.total });
        ages.into_iter()
            .reduce(|one, other| if one < other { one } else { other })
            .unwrap_or(Age::FOREVER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_and_written() {
        for text in ["24h", "7d", "30d", "1y", "5y", "2w", "90m", "forever"] {
            let age: Age = text.parse().expect(text);
            let same: Age = age.to_string().parse().expect("its own text");
            assert_eq!(age, same, "{text}");
        }
        assert_eq!("24h".parse(), Ok(Age::days(1)));
        assert_eq!(Age::days(7).to_string(), "1w");
        for wrong in ["", "d", "7", "-7d", "0d", "7 d", "seven", "1e3d", "99999999999999y", "7dd"] {
            assert!(wrong.parse::<Age>().is_err(), "{wrong}");
        }
        assert!(Age::FOREVER > Age::days(36_500));
    }
}
