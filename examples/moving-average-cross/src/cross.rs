//! What the bot decides: candles in, an order out. Nothing here asks anybody or knows what time it is.

use std::collections::BTreeMap;

use chandlery_client::{Candle, Decimal, Interval, Side, Timestamp};
use serde::{Deserialize, Serialize};

/// What the bot goes by, as its configuration has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What it trades, `venue:CODE`.
    pub symbol: String,
    /// The candles that it looks at.
    pub interval: Interval,
    /// Candles of the fast average.
    pub fast: usize,
    /// Candles of the slow one; more.
    pub slow: usize,
    /// What it buys, in units of base.
    pub quantity: Decimal,
    /// Whether it waits for candles to close; else the newest counts as it stands.
    pub only_closed: bool,
}

/// An order that is wanted now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Buy or sell.
    pub side: Side,
    /// The order's name: one for each side of a candle, so that a bot that is started again asks for nothing twice.
    pub name: String,
}

/// The newest candles, and what they say.
#[derive(Debug)]
pub struct Cross {
    settings: Settings,
    /// Closes by opening time, and whether the candle was over.
    closes: BTreeMap<Timestamp, (Decimal, bool)>,
}

impl Cross {
    /// Without candles it wants nothing.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, closes: BTreeMap::new() }
    }

    /// Takes in a candle as it is now, in place of what it was.
    pub fn take(&mut self, candle: &Candle) {
        self.closes.insert(candle.open_time, (candle.close, candle.closed));
        // One more than the slow average has, for the newest may not count yet.
        while self.closes.len() > self.settings.slow + 1 {
            self.closes.pop_first();
        }
    }

    /// The order that is wanted, where the bot holds something or not.
    #[must_use]
    pub fn wish(&self, holds: bool) -> Option<Wish> {
        let (candle, is_above) = self.state()?;
        let side = match (is_above?, holds) {
            (true, false) => Side::Buy,
            (false, true) => Side::Sell,
            _ => return None,
        };
        let code = self.settings.symbol.rsplit(':').next().unwrap_or_default();
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
        let seconds = candle.as_second();
        Some(Wish {
            side,
            name: format!("cross-{code}-{}-{seconds}-{side}", self.settings.interval),
        })
    }

    /// The newest candle that counts, and whether the fast average is above the slow one; neither where both are the same.
    fn state(&self) -> Option<(Timestamp, Option<bool>)> {
        let Settings { fast, slow, only_closed, .. } = self.settings;
        let newest_counts = !only_closed || self.closes.values().last()?.1;
        let counting = self.closes.iter().rev().skip(usize::from(!newest_counts));
        let newest: Vec<(&Timestamp, Decimal)> =
            counting.take(slow).map(|(time, (close, _))| (time, *close)).collect();
        if newest.len() < slow || fast == 0 || fast >= slow {
            return None;
        }
        let sum = |count: usize| newest[..count].iter().map(|(_, close)| *close).sum::<Decimal>();
        // Crosswise instead of divided: exact.
        let (fast_mean, slow_mean) =
            (sum(fast) * Decimal::from(slow), sum(slow) * Decimal::from(fast));
        let is_above = (fast_mean != slow_mean).then_some(fast_mean > slow_mean);
        Some((*newest[0].0, is_above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candle(minute: i64, close: &str, closed: bool) -> Candle {
        let open_time = Timestamp::from_second(1_767_607_200 + 60 * minute).unwrap();
        let close_time = Timestamp::from_second(1_767_607_260 + 60 * minute).unwrap();
        let close = close.parse().unwrap();
        Candle {
            open_time,
            close_time,
            open: close,
            high: close,
            low: close,
            close,
            volume: Decimal::ONE,
            quote_volume: None,
            trade_count: None,
            taker_buy_volume: None,
            closed,
        }
    }

    fn cross(only_closed: bool, closes: &[&str]) -> Cross {
        let mut cross = Cross::new(Settings {
            symbol: "replay-binance:BTCUSDT".to_owned(),
            interval: Interval::M1,
            fast: 2,
            slow: 4,
            quantity: Decimal::ONE,
            only_closed,
        });
        let last = closes.len() - 1;
        for (at, close) in closes.iter().enumerate() {
            cross.take(&candle(at as i64, close, at < last));
        }
        cross
    }

    fn side(cross: &Cross, holds: bool) -> Option<Side> {
        cross.wish(holds).map(|wish| wish.side)
    }

    #[test]
    fn it_holds_while_the_fast_average_is_above_the_slow_one() {
        let rising = cross(false, &["1", "1", "2", "3"]);
        assert_eq!((side(&rising, false), side(&rising, true)), (Some(Side::Buy), None));
        let falling = cross(false, &["3", "3", "2", "1"]);
        assert_eq!((side(&falling, false), side(&falling, true)), (None, Some(Side::Sell)));
        let flat = cross(false, &["2", "2", "2", "2"]);
        assert_eq!((side(&flat, false), side(&flat, true)), (None, None));
        let few = cross(false, &["1", "2", "3"]);
        assert_eq!((side(&few, false), side(&few, true)), (None, None));
    }

    #[test]
    fn thirds_are_compared_exactly() {
        let mut settings = cross(false, &["1"]).settings;
        (settings.fast, settings.slow) = (1, 3);
        let mut cross = Cross::new(settings);
        for (minute, close) in ["1", "0.9999999999999999999999999", "1"].iter().enumerate() {
            cross.take(&candle(minute as i64, close, true));
        }
        assert_eq!(side(&cross, false), Some(Side::Buy));
    }

    #[test]
    fn a_candle_that_is_forming_counts_only_where_it_may() {
        let closes = ["3", "3", "2", "1", "9"];
        assert_eq!(side(&cross(false, &closes), false), Some(Side::Buy));
        assert_eq!(side(&cross(true, &closes), true), Some(Side::Sell));
        // Once there is a newer one it is over, whatever was told of it.
        let mut waiting = cross(true, &closes);
        waiting.take(&candle(5, "9", false));
        assert_eq!(side(&waiting, false), Some(Side::Buy));
    }

    #[test]
    fn an_order_is_named_by_its_candle_so_that_a_new_start_asks_for_the_same() {
        let one = cross(false, &["1", "1", "2", "3"]).wish(false).unwrap();
        assert_eq!(one.name, "cross-BTCUSDT-1m-1767607380-buy");
        // It moves, and the bot is started anew: the same.
        assert_eq!(cross(false, &["1", "1", "2", "4"]).wish(false), Some(one.clone()));
        assert_ne!(cross(false, &["1", "1", "2", "4", "5"]).wish(false), Some(one));
        assert_ne!(
            cross(false, &["3", "3", "2", "1"]).wish(true).unwrap().name,
            "cross-BTCUSDT-1m-1767607380-buy"
        );
    }

    #[test]
    fn a_candle_told_again_replaces_what_it_was_and_old_ones_go() {
        let mut cross = cross(false, &["2", "2", "2", "3"]);
        cross.take(&candle(3, "0.1", false));
        assert_eq!(side(&cross, true), Some(Side::Sell));
        for minute in 4..100 {
            cross.take(&candle(minute, "5", false));
        }
        assert_eq!(cross.closes.len(), 5);
    }
}
