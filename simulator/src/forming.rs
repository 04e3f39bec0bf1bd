//! The candle of a stream while it forms: told when it changed, at most once a second, and once
//! more when it closes, as Binance does.

use domain::Time;
use domain::market::{Candle, Interval, Tick};

use crate::market::Symbol;

/// A candle that a stream tells of.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) candle: Candle,
    /// First and last trade in it; −1 where there is none.
    pub(crate) ids: (i64, i64),
    pub(crate) closed: bool,
}

/// The forming candle of one symbol and interval.
#[derive(Debug)]
pub(crate) struct Forming {
    interval: Interval,
    /// Opening time of the candle that is forming.
    open: Time,
    changed: bool,
    told: Option<Time>,
}

impl Forming {
    /// As it stands at `now`.
    pub(crate) fn new(interval: Interval, now: Time) -> Self {
        let open = interval.open_time(now);
        Self { interval, open, changed: true, told: None }
    }

    /// What is to be told after a step in which `ticks` were played.
    pub(crate) fn advance(
        &mut self,
        symbol: &Symbol,
        ticks: &[Tick],
        now: Time,
        pace_micros: i64,
    ) -> Vec<Told> {
        let mut told = Vec::new();
        while self.interval.close_time(self.open) <= now {
            // The whole candle is looked up, so that what is told is what REST answers.
            told.extend(self.look(symbol, now, true));
            (self.open, self.changed) = (self.interval.close_time(self.open), true);
        }
        self.changed |= ticks.iter().any(|tick| tick.time >= self.open);
        let due = self.told.is_none_or(|told| told.plus_micros(pace_micros) <= now);
        if self.changed && due {
            told.extend(self.look(symbol, now, false));
            (self.changed, self.told) = (false, Some(now));
        }
        told
    }

    fn look(&self, symbol: &Symbol, now: Time, closed: bool) -> Option<Told> {
        let candle = symbol.candle(self.interval, self.open, now)?;
        let ids = symbol.ticks().and_then(|tape| {
            let end = self.interval.close_time(self.open).min(now.plus_micros(1));
            let (first, end) = (tape.first_at(self.open), tape.first_at(end));
            let id = |at| tape.tick(at).trade_id;
            (first < end).then(|| (id(first), id(end - 1)))
        });
        Some(Told { candle, ids: ids.unwrap_or((-1, -1)), closed })
    }
}
