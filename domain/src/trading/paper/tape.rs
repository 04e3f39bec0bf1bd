//! The market as an order meets it: the last trade, and how much was traded in the minute before.

use std::collections::VecDeque;

use crate::market::Tick;
use crate::number::{Amount, Decimal};
use crate::time::Time;

/// The market just after a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Market {
    /// When it was traded.
    pub time: Time,
    /// At which price.
    pub price: Decimal,
    /// Units of base.
    pub quantity: Decimal,
    /// Units of base of the minute that ended with it, its own among them.
    pub recent: Amount,
}

/// The trades of the last minute.
#[derive(Debug, Clone, Default)]
pub struct Tape {
    trades: VecDeque<(Time, Decimal)>,
    recent: Amount,
}

impl Tape {
    /// A minute.
    pub const WINDOW_MICROS: i64 = 60_000_000;
    /// Of a busier minute the last trades count.
    pub const MOST: usize = 5_000;

    /// The tape of some trades, in their order.
    #[must_use]
    pub fn of<'a>(trades: impl IntoIterator<Item = &'a Tick>) -> (Self, Option<Market>) {
        let mut tape = Self::default();
        let last = trades.into_iter().map(|tick| tape.see(tick)).last();
        (tape, last)
    }

    /// Takes the next trade in.
    pub fn see(&mut self, tick: &Tick) -> Market {
        let (time, price, quantity) = (tick.time, tick.price, tick.quantity);
        self.trades.push_back((time, quantity));
        self.recent += quantity.into();
        let begin = time.plus_micros(-Self::WINDOW_MICROS);
        while let Some((oldest, quantity)) = self.trades.front().copied()
            && (oldest <= begin || self.trades.len() > Self::MOST)
        {
            self.trades.pop_front();
            self.recent += -Amount::from(quantity);
        }
        Market { time, price, quantity, recent: self.recent }
    }
}
