//! Intervals that are not kept but follow exactly from those that are: 3m, 2h, 6h, 8h, 12h, 3d, a
//! calendar month, and every interval in another time zone than UTC.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::time::Time;

use super::{Candle, Interval};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;
/// 1970-01-05, the first Monday after the epoch. Binance counts weeks and blocks of three days from
/// it: the 3d candles of BTCUSDT in 2017 and 2018 open on days that are whole blocks after it.
const FIRST_MONDAY: i64 = 4 * DAY;

/// How long a candle of a frame lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Length {
    Minutes(i64),
    Month,
}

/// Buckets of time in which candles are counted, in a time zone of fixed offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame {
    length: Length,
    offset_minutes: i64,
}

/// The fifteen lengths with their names, shortest first.
const NAMED: [(&str, Length); 15] = [
    ("1m", Length::Minutes(1)),
    ("3m", Length::Minutes(3)),
    ("5m", Length::Minutes(5)),
    ("15m", Length::Minutes(15)),
    ("30m", Length::Minutes(30)),
    ("1h", Length::Minutes(60)),
    ("2h", Length::Minutes(120)),
    ("4h", Length::Minutes(240)),
    ("6h", Length::Minutes(360)),
    ("8h", Length::Minutes(480)),
    ("12h", Length::Minutes(720)),
    ("1d", Length::Minutes(1_440)),
    ("3d", Length::Minutes(4_320)),
    ("1w", Length::Minutes(10_080)),
    ("1M", Length::Month),
];

/// A text that names no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an interval")]
pub struct UnknownFrame(pub String);

impl Frame {
    /// All frames of UTC, shortest first.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMED.into_iter().map(|(_, length)| Self { length, offset_minutes: 0 })
    }

    /// The same buckets as clocks show them that are `minutes` ahead of UTC.
    #[must_use]
    pub fn at_offset(self, minutes: i64) -> Self {
        Self { offset_minutes: minutes, ..self }
    }

    /// Its length's name: `1m` … `1w`, `1M`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let named = NAMED.into_iter().find(|(_, length)| *length == self.length);
        named.map_or("", |(name, _)| name)
    }

    /// The longest kept interval whose candles fill every bucket without a rest.
    #[must_use]
    pub fn base(self) -> Interval {
        let fits = |interval: &Interval| {
            let step = interval.micros();
            let (length, origin) = match self.length {
                Length::Minutes(minutes) => (minutes * MINUTE, self.origin()),
                Length::Month => (DAY, 0),
            };
            let (shift, own) = (self.offset_minutes * MINUTE, interval_origin(*interval));
            length % step == 0 && (origin - shift - own) % step == 0
        };
        Interval::ALL.into_iter().rev().find(fits).unwrap_or(Interval::M1)
    }

    /// The first moment of the bucket that holds `time`.
    #[must_use]
    pub fn open_time(self, time: Time) -> Time {
        let shift = self.offset_minutes * MINUTE;
        let local = time.plus_micros(shift);
        let open = match self.length {
            Length::Minutes(minutes) => {
                let into = (local.micros() - self.origin()).rem_euclid(minutes * MINUTE);
                local.plus_micros(-into)
            }
            Length::Month => midnight(date(local).first_of_month()),
        };
        open.plus_micros(-shift)
    }

    /// The first moment after the bucket that opens at `open_time`.
    #[must_use]
    pub fn close_time(self, open_time: Time) -> Time {
        match self.length {
            Length::Minutes(minutes) => open_time.plus_micros(minutes * MINUTE),
            Length::Month => {
                let shift = self.offset_minutes * MINUTE;
                let last = date(open_time.plus_micros(shift)).last_of_month();
                midnight(last).plus_micros(DAY - shift)
            }
        }
    }

    /// The opening time of the bucket `count` before the one that opens at `open_time`.
    #[must_use]
    pub fn back(self, open_time: Time, count: i64) -> Time {
        match self.length {
            Length::Minutes(minutes) => {
                open_time.plus_micros(minutes.saturating_mul(MINUTE).saturating_mul(-count))
            }
            Length::Month => {
                let before = |open, _| self.open_time(Time::plus_micros(open, -1));
                (0..count).fold(open_time, before)
            }
        }
    }

    /// How many candles of [`Frame::base`] the longest bucket holds.
    #[must_use]
    pub fn base_candles(self) -> i64 {
        match self.length {
            Length::Minutes(minutes) => minutes * MINUTE / self.base().micros(),
            Length::Month => 31 * DAY / self.base().micros(),
        }
    }

    /// Puts candles of [`Frame::base`], which are in order of time, together. A candle whose bucket
    /// is not filled by its base has the figures of what there is.
    #[must_use]
    pub fn gather(self, candles: impl IntoIterator<Item = Candle>) -> Vec<Candle> {
        let mut gathered: Vec<Candle> = Vec::new();
        for candle in candles {
            let open_time = self.open_time(candle.open_time);
            match gathered.last_mut() {
                Some(last) if last.open_time == open_time => last.absorb(&candle, false, true),
                _ => gathered.push(Candle { open_time, ..candle }),
            }
        }
        gathered
    }

    /// From where its buckets are counted.
    fn origin(self) -> i64 {
        match self.length {
            Length::Minutes(minutes) if minutes * MINUTE > DAY => FIRST_MONDAY,
            Length::Minutes(_) | Length::Month => 0,
        }
    }
}

fn interval_origin(interval: Interval) -> i64 {
    if interval == Interval::W1 { FIRST_MONDAY } else { 0 }
}

fn date(time: Time) -> Date {
    time.timestamp().to_zoned(TimeZone::UTC).date()
}

fn midnight(date: Date) -> Time {
    date.to_zoned(TimeZone::UTC).map_or(Time::MIN, |zoned| zoned.timestamp().into())
}

impl FromStr for Frame {
    type Err = UnknownFrame;

    fn from_str(text: &str) -> Result<Self, UnknownFrame> {
        let named = NAMED.into_iter().find(|(name, _)| *name == text);
        let (_, length) = named.ok_or_else(|| UnknownFrame(text.to_owned()))?;
        Ok(Self { length, offset_minutes: 0 })
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl From<Interval> for Frame {
    fn from(interval: Interval) -> Self {
        Self { length: Length::Minutes(interval.micros() / MINUTE), offset_minutes: 0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::number::{Amount, Decimal};

    fn frame(name: &str, offset: i64) -> Frame {
        name.parse::<Frame>().expect("a frame").at_offset(offset)
    }

    fn at(text: &str) -> Time {
        text.parse().expect("a time")
    }

    #[test]
    fn buckets_open_where_the_venue_opens_them() {
        for (name, offset, time, open, close) in [
            ("3m", 0, "2018-04-28T10:11:59Z", "2018-04-28T10:09:00Z", "2018-04-28T10:12:00Z"),
            ("8h", 0, "2018-04-28T10:11:59Z", "2018-04-28T08:00:00Z", "2018-04-28T16:00:00Z"),
            ("3d", 0, "2018-04-28T10:11:59Z", "2018-04-26T00:00:00Z", "2018-04-29T00:00:00Z"),
            ("3d", 0, "2017-08-17T04:00:00Z", "2017-08-17T00:00:00Z", "2017-08-20T00:00:00Z"),
            ("1w", 0, "2017-08-17T04:00:00Z", "2017-08-14T00:00:00Z", "2017-08-21T00:00:00Z"),
            ("1M", 0, "2024-02-29T23:59:59Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("1M", 480, "2024-02-29T23:59:59Z", "2024-02-29T16:00:00Z", "2024-03-31T16:00:00Z"),
            ("1d", 345, "2024-02-29T23:59:59Z", "2024-02-29T18:15:00Z", "2024-03-01T18:15:00Z"),
            ("1d", -300, "2024-02-29T03:00:00Z", "2024-02-28T05:00:00Z", "2024-02-29T05:00:00Z"),
        ] {
            let frame = frame(name, offset);
            assert_eq!(frame.open_time(at(time)), at(open), "{name} {offset}");
            assert_eq!(frame.close_time(at(open)), at(close), "{name} {offset}");
        }
        let april = at("2024-04-01T00:00:00Z");
        assert_eq!(frame("1M", 0).back(april, 14), at("2023-02-01T00:00:00Z"));
    }

    #[test]
    fn every_frame_has_the_longest_base_that_fills_it() {
        let base = |name, offset| frame(name, offset).base().as_str();
        for interval in Interval::ALL {
            assert_eq!(Frame::from(interval).base(), interval);
        }
        for (name, offset, interval) in [
            ("3m", 0, "1m"),
            ("2h", 0, "1h"),
            ("6h", 0, "1h"),
            ("8h", 0, "4h"),
            ("12h", 0, "4h"),
            ("3d", 0, "1d"),
            ("1M", 0, "1d"),
            ("1d", 480, "4h"),
            ("1d", 345, "15m"),
            ("1w", 60, "1h"),
            ("1M", 210, "30m"),
            ("1m", 345, "1m"),
        ] {
            assert_eq!(base(name, offset), interval, "{name} {offset}");
        }
    }

    proptest! {
        #[test]
        fn buckets_tile_time_and_bases_fill_them(
            which in 0usize..15, quarters in -48i64..=56, minute in 0i64..30_000_000,
        ) {
            let frame = Frame::all().nth(which).expect("a frame").at_offset(quarters * 15);
            let time = Time::default().plus_micros(minute * MINUTE + 7);
            let open = frame.open_time(time);
            let close = frame.close_time(open);
            prop_assert!(open <= time && time < close);
            prop_assert_eq!(frame.open_time(close), close);
            prop_assert_eq!(frame.back(close, 1), open);
            prop_assert_eq!(frame.base().open_time(open), open);
            prop_assert_eq!(frame.base().open_time(close), close);
        }

        #[test]
        fn gathering_adds_up(volumes in prop::collection::vec(1i64..1_000, 1..200)) {
            let frame = frame("3m", 0);
            let candles: Vec<Candle> = volumes.iter().enumerate().map(|(at, volume)| {
                let price = Decimal::new(*volume, 2);
                Candle {
                    open_time: Time::default().plus_micros(at as i64 * MINUTE),
                    open: price, high: price, low: price, close: price,
                    volume: Decimal::from(*volume).into(),
                    quote_volume: None, trade_count: Some(1), taker_buy_volume: None,
                    taker_buy_quote_volume: None,
                }
            }).collect();
            let gathered = frame.gather(candles.clone());
            for (three, minutes) in gathered.iter().zip(candles.chunks(3)) {
                let prices = || minutes.iter().map(|m| m.close);
                prop_assert_eq!(three.open_time, minutes[0].open_time);
                prop_assert_eq!((three.open, three.close), (minutes[0].open, minutes[minutes.len() - 1].close));
                prop_assert_eq!((Some(three.high), Some(three.low)), (prices().max(), prices().min()));
                let sum = minutes.iter().fold(Amount::ZERO, |mut sum, m| { sum += m.volume; sum });
                prop_assert_eq!(three.volume, sum);
                prop_assert_eq!(three.trade_count, Some(minutes.len() as i64));
            }
            prop_assert_eq!(gathered.len(), candles.len().div_ceil(3));
        }
    }
}
