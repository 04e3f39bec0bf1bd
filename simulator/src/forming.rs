//! The candle of a stream while it forms: told when it changed, at most once a second, and once
//! more when it closes, as Binance does.

use domain::Time;
use domain::market::{Candle, Interval, Roll, Tick, roll_ticks};

use crate::market::Symbol;
use crate::tape::Tape;

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
    /// What the trades before place `upto` make of it.
    roll: Option<Roll>,
    upto: u64,
}

impl Forming {
    /// As it stands at `now`.
    pub(crate) fn new(interval: Interval, now: Time) -> Self {
        let open = interval.open_time(now);
        Self { interval, open, changed: true, told: None, roll: None, upto: 0 }
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
            told.extend(self.look(symbol, now, true));
            (self.open, self.changed) = (self.interval.close_time(self.open), true);
            self.roll = None;
        }
        self.changed |= ticks.iter().any(|tick| tick.time >= self.open);
        let due = self.told.is_none_or(|told| told.plus_micros(pace_micros) <= now);
        if self.changed && due {
            told.extend(self.look(symbol, now, false));
            (self.changed, self.told) = (false, Some(now));
        }
        told
    }

    /// The candle as REST would tell it.
    fn look(&mut self, symbol: &Symbol, now: Time, closed: bool) -> Option<Told> {
        let end = self.interval.close_time(self.open).min(now.plus_micros(1));
        let tape = symbol.ticks();
        let made = tape.filter(|tape| symbol.candles.is_empty() && tape.lateness() == 0);
        let made = made.and_then(|tape| self.roll_on(tape, end));
        let candle = made.or_else(|| symbol.candle(self.interval, self.open, now))?;
        let ids = tape.and_then(|tape| {
            let (first, end) = (tape.first_at(self.open), tape.first_at(end));
            let id = |at| tape.tick(at).trade_id;
            (first < end).then(|| (id(first), id(end - 1)))
        });
        Some(Told { candle, ids: ids.unwrap_or((-1, -1)), closed })
    }

    /// Takes in the trades that came since the last look, for a busy symbol has thousands a minute.
    fn roll_on(&mut self, tape: &Tape, end: Time) -> Option<Candle> {
        if self.roll.is_none() {
            self.upto = tape.first_at(self.open);
        }
        let played = tape.first_at(end);
        let ticks: Vec<Tick> = tape.ticks(self.upto..played.max(self.upto)).collect();
        self.upto = played;
        for roll in roll_ticks(&ticks).into_iter().filter(|roll| roll.interval == self.interval) {
            match &mut self.roll {
                Some(known) => known.merge(&roll),
                None => self.roll = Some(roll),
            }
        }
        self.roll.as_ref().map(|roll| roll.candle.clone())
    }
}
