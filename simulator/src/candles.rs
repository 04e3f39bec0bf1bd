//! The venue's candles: those that were recorded, else made from its trades. As at Binance a candle
//! is told of every interval between the first trade and the last one, be it one without a trade.

use std::collections::BTreeMap;

use domain::market::{Candle, Interval, roll_candles, roll_ticks};
use domain::{Amount, Decimal, Time};

use crate::market::Symbol;
use crate::tape::Tape;

/// Which candles are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) interval: Interval,
    /// Opened at this time or later.
    pub(crate) from: Time,
    /// Opened before this time.
    pub(crate) to: Time,
    /// At most so many.
    pub(crate) limit: usize,
    /// The last of them, not the first.
    pub(crate) latest: bool,
}

/// The last 24 hours.
#[derive(Debug)]
pub(crate) struct Day {
    /// Their figures.
    pub(crate) candle: Candle,
    /// First and last trade; −1 where there is none.
    pub(crate) ids: (i64, i64),
}

const DAY_MICROS: i64 = 86_400_000_000;
/// The minutes of a day, the first and the last of them in part.
const MINUTES: usize = 1_441;

impl Symbol {
    /// The candles known at `now`, in order; the last one may still be forming.
    pub(crate) fn candles(&self, wanted: Wanted, now: Time) -> Vec<Candle> {
        let Wanted { interval, from, limit, latest, .. } = wanted;
        let to = wanted.to.min(now.plus_micros(1));
        if from >= to {
            return Vec::new();
        }
        let closed = now.plus_micros(1 - interval.micros());
        let recorded = self
            .candles
            .get(&interval)
            .map(|candles| candles.range(from..to.min(closed).max(from)));
        let recorded = recorded.into_iter().flatten().map(|(open, candle)| (*open, candle.clone()));
        let mut rows: BTreeMap<Time, Candle> = if latest {
            recorded.rev().take(limit).collect()
        } else {
            recorded.take(limit).collect()
        };
        if let Some(opens) = self.opens(wanted, to, now) {
            for candle in self.made(interval, opens, now) {
                rows.entry(candle.open_time).or_insert(candle);
            }
        }
        let surplus = rows.len().saturating_sub(limit);
        let (skip, take) = if latest { (surplus, limit) } else { (0, limit) };
        rows.into_values().skip(skip).take(take).collect()
    }

    /// The candle of an interval that opens at `open`.
    pub(crate) fn candle(&self, interval: Interval, open: Time, now: Time) -> Option<Candle> {
        let to = open.plus_micros(1);
        let wanted = Wanted { interval, from: open, to, limit: 1, latest: false };
        self.candles(wanted, now).pop()
    }

    /// What happened in the 24 hours before `now`; `None` where nothing was traded.
    pub(crate) fn day(&self, now: Time) -> Option<Day> {
        let from = now.plus_micros(-DAY_MICROS);
        let to = now.plus_micros(1);
        let wanted = Wanted { interval: Interval::M1, from, to, limit: MINUTES, latest: true };
        let minutes = self.candles(wanted, now);
        let (first, last) = (minutes.first()?, minutes.last()?);
        let mut candle = Candle { close: last.close, ..still(from, first.open) };
        let (mut volume, mut quote_volume, mut count) = (Amount::ZERO, Amount::ZERO, 0);
        for minute in &minutes {
            candle.high = candle.high.max(minute.high);
            candle.low = candle.low.min(minute.low);
            volume += minute.volume;
            quote_volume += minute.quote_volume.unwrap_or_else(|| worth(minute));
            count += minute.trade_count.unwrap_or(0);
        }
        candle.volume = volume;
        (candle.quote_volume, candle.trade_count) = (Some(quote_volume), Some(count));
        let ids = self.ticks().map(|tape| {
            let id = |at: u64| tape.tick(at).trade_id;
            let (first, played) = (tape.first_at(first.open_time), tape.played(now));
            if first < played { (id(first), id(played - 1)) } else { (-1, -1) }
        });
        Some(Day { candle, ids: ids.unwrap_or((-1, -1)) })
    }

    /// First and last opening time of a page, of the candles that the trades make.
    fn opens(&self, wanted: Wanted, to: Time, now: Time) -> Option<(Time, Time)> {
        let Wanted { interval, from, limit, latest, .. } = wanted;
        let tape = self.ticks().filter(|tape| !tape.is_empty())?;
        let length = interval.micros();
        let last = tape.len().map_or(now, |count| tape.due(count - 1).min(now));
        let mut first = interval.open_time(tape.due(0));
        if first > last {
            return None;
        }
        if from > first {
            let aligned = interval.open_time(from);
            first = if aligned < from { interval.close_time(aligned) } else { aligned };
        }
        let mut last = interval.open_time(last.min(to.plus_micros(-1)));
        let page =
            i64::try_from(limit).unwrap_or(i64::MAX).saturating_sub(1).saturating_mul(length);
        if latest {
            first = first.max(last.plus_micros(-page));
        } else {
            last = last.min(first.plus_micros(page));
        }
        (first <= last).then_some((first, last))
    }

    /// The candles opening from `first` to `last` that the trades until `now` make.
    fn made(&self, interval: Interval, (first, last): (Time, Time), now: Time) -> Vec<Candle> {
        let Some(tape) = self.ticks() else { return Vec::new() };
        let end = interval.close_time(last).plus_micros(tape.lateness()).min(now.plus_micros(1));
        let ticks: Vec<_> = tape.ticks(tape.first_at(first)..tape.first_at(end)).collect();
        let rolls = roll_ticks(&ticks);
        let mut rolled =
            rolls.into_iter().filter(|r| r.interval == interval).map(|r| r.candle).peekable();
        let mut close = previous(tape, first);
        let mut candles = Vec::new();
        let mut open = first;
        while open <= last {
            // A trade that came late belongs to a candle before the page.
            while rolled.next_if(|candle| candle.open_time < open).is_some() {}
            let candle = match rolled.next_if(|candle| candle.open_time == open) {
                Some(candle) => Some(candle),
                None => close.map(|close| still(open, close)),
            };
            if let Some(candle) = candle {
                close = Some(candle.close);
                candles.push(candle);
            }
            open = interval.close_time(open);
        }
        for candle in &mut candles {
            self.complete(interval, candle, now);
        }
        candles
    }

    /// Puts into a candle what recorded shorter ones know of a part of it.
    fn complete(&self, interval: Interval, candle: &mut Candle, now: Time) {
        let Some((shorter, candles)) = self.candles.iter().next().filter(|(i, _)| **i < interval)
        else {
            return;
        };
        let start = candle.open_time;
        let end = interval.close_time(start).min(now.plus_micros(1));
        let closed = end.min(now.plus_micros(1 - shorter.micros())).max(start);
        let mut known: Vec<Candle> = candles.range(start..closed).map(|(_, c)| c.clone()).collect();
        let Some(last) = known.last() else { return };
        let mut open = shorter.close_time(last.open_time);
        while open < end {
            known.extend(self.candle(*shorter, open, now));
            open = shorter.close_time(open);
        }
        let rolls = roll_candles(*shorter, &known);
        if let Some(roll) = rolls.into_iter().find(|roll| roll.interval == interval) {
            *candle = roll.candle;
        }
    }
}

/// About what was paid in a candle whose recording doesn't say.
fn worth(candle: &Candle) -> Amount {
    let volume = candle.volume.to_string().parse::<Decimal>().ok();
    volume.and_then(|v| Amount::checked_product(candle.close, v)).unwrap_or_default()
}

/// The price before `time`.
fn previous(tape: &Tape, time: Time) -> Option<Decimal> {
    tape.first_at(time).checked_sub(1).map(|at| tape.tick(at).price)
}

/// A candle in which nothing was traded.
fn still(open_time: Time, price: Decimal) -> Candle {
    Candle {
        open_time,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: Amount::ZERO,
        quote_volume: Some(Amount::ZERO),
        trade_count: Some(0),
        taker_buy_volume: Some(Amount::ZERO),
        taker_buy_quote_volume: Some(Amount::ZERO),
    }
}
