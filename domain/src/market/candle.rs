//! Candles: their figures, the rules that these obey, and who made them.

use std::fmt;

use crate::number::{Amount, Decimal};
use crate::time::Time;

use super::{Interval, TickKind};

/// Who made a candle. Candles of different origin are kept side by side, never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The venue itself.
    Venue,
    /// Rolled up from the venue's candles of this shorter interval.
    Rollup(Interval),
    /// Built here from single trades.
    Trades,
    /// Built here from the venue's aggregate trades.
    AggTrades,
}

impl Origin {
    /// Its name: `venue`, `rollup-1m`, `trades`, `agg_trades`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Venue => "venue",
            Self::Rollup(Interval::M1) => "rollup-1m",
            Self::Rollup(Interval::M5) => "rollup-5m",
            Self::Rollup(Interval::M15) => "rollup-15m",
            Self::Rollup(Interval::M30) => "rollup-30m",
            Self::Rollup(Interval::H1) => "rollup-1h",
            Self::Rollup(Interval::H4) => "rollup-4h",
            Self::Rollup(Interval::D1) => "rollup-1d",
            // Nothing is longer than a week, so nothing is rolled up from it.
            Self::Rollup(Interval::W1) => "rollup-1w",
            Self::Trades => "trades",
            Self::AggTrades => "agg_trades",
        }
    }

    /// The origin of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let rollups = Interval::ALL.into_iter().map(Self::Rollup);
        [Self::Venue, Self::Trades, Self::AggTrades]
            .into_iter()
            .chain(rollups)
            .find(|o| o.as_str() == name)
    }
}

impl From<TickKind> for Origin {
    fn from(kind: TickKind) -> Self {
        match kind {
            TickKind::Trade => Self::Trades,
            TickKind::AggTrade => Self::AggTrades,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Open, high, low, close and volumes of one interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candle {
    /// Start of the interval.
    pub open_time: Time,
    /// First price.
    pub open: Decimal,
    /// Highest price.
    pub high: Decimal,
    /// Lowest price.
    pub low: Decimal,
    /// Last price.
    pub close: Decimal,
    /// Units of base.
    pub volume: Amount,
    /// Units of quote: the sum of price × quantity.
    pub quote_volume: Option<Amount>,
    /// Number of trades.
    pub trade_count: Option<i64>,
    /// Units of base bought by takers.
    pub taker_buy_volume: Option<Amount>,
    /// Units of quote spent by buying takers.
    pub taker_buy_quote_volume: Option<Amount>,
}

/// Why a candle is refused: the column and the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{column} {rule}")]
pub struct BadCandle {
    /// The field that breaks the rule.
    pub column: &'static str,
    /// What is wrong with it.
    pub rule: &'static str,
}

impl Candle {
    /// Checks the rules that every candle obeys.
    ///
    /// # Errors
    /// [`BadCandle`] for a price not above zero, a high below the low, an open or close outside
    /// them, or a negative volume.
    pub fn check(&self) -> Result<(), BadCandle> {
        let bad = |column, rule| Err(BadCandle { column, rule });
        let prices =
            [("open", self.open), ("high", self.high), ("low", self.low), ("close", self.close)];
        for (column, price) in prices {
            if price.is_sign_negative() && !price.is_zero() {
                return bad(column, "is negative");
            }
            if price.is_zero() {
                return bad(column, "is zero");
            }
        }
        if self.high < self.low {
            return bad("high", "is below low");
        }
        for (column, price) in [("open", self.open), ("close", self.close)] {
            if price < self.low || price > self.high {
                return bad(column, "is outside low and high");
            }
        }
        let volumes = [
            ("volume", Some(self.volume)),
            ("quote_volume", self.quote_volume),
            ("taker_buy_volume", self.taker_buy_volume),
            ("taker_buy_quote_volume", self.taker_buy_quote_volume),
        ];
        for (column, volume) in volumes {
            if volume.is_some_and(Amount::is_negative) {
                return bad(column, "is negative");
            }
        }
        if self.trade_count.is_some_and(i64::is_negative) {
            return bad("trade_count", "is negative");
        }
        Ok(())
    }

    /// This candle with the figures that only `other` knows, where both agree on prices and volume
    /// and there are such figures.
    #[must_use]
    pub fn completed_by(&self, other: &Self) -> Option<Self> {
        let known = |c: &Self| (c.open_time, c.open, c.high, c.low, c.close, c.volume);
        if known(self) != known(other) {
            return None;
        }
        let completed = Self {
            quote_volume: self.quote_volume.or(other.quote_volume),
            trade_count: self.trade_count.or(other.trade_count),
            taker_buy_volume: self.taker_buy_volume.or(other.taker_buy_volume),
            taker_buy_quote_volume: self.taker_buy_quote_volume.or(other.taker_buy_quote_volume),
            ..self.clone()
        };
        (completed != *self).then_some(completed)
    }

    /// Takes in what happened in the same candle: `first` and `last` say whether `other` holds
    /// the earlier open and the later close. An unknown volume makes the sum unknown.
    pub(super) fn absorb(&mut self, other: &Self, first: bool, last: bool) {
        if first {
            self.open = other.open;
        }
        if last {
            self.close = other.close;
        }
        self.high = self.high.max(other.high);
        self.low = self.low.min(other.low);
        self.volume += other.volume;
        let add =
            |a: Option<Amount>, b: Option<Amount>| a.zip(b).and_then(|(a, b)| a.checked_add(b));
        self.quote_volume = add(self.quote_volume, other.quote_volume);
        self.trade_count = self.trade_count.zip(other.trade_count).map(|(a, b)| a + b);
        self.taker_buy_volume = add(self.taker_buy_volume, other.taker_buy_volume);
        self.taker_buy_quote_volume =
            add(self.taker_buy_quote_volume, other.taker_buy_quote_volume);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candle_that_cannot_be_is_refused() {
        let price = Decimal::new(1, 0);
        let good = Candle {
            open_time: Time::default(),
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Amount::ZERO,
            quote_volume: None,
            trade_count: None,
            taker_buy_volume: None,
            taker_buy_quote_volume: None,
        };
        assert_eq!(good.check(), Ok(()));
        let bad = |change: fn(&mut Candle)| {
            let mut candle = good.clone();
            change(&mut candle);
            candle.check().expect_err("refused").column
        };
        assert_eq!(bad(|c| c.high = Decimal::new(1, 2)), "high");
        assert_eq!(bad(|c| c.open = Decimal::new(9_999, 2)), "open");
        assert_eq!(bad(|c| c.close = Decimal::new(1, 8)), "close");
        assert_eq!(bad(|c| c.low = Decimal::ZERO), "low");
        assert_eq!(bad(|c| c.volume = "-1".parse().expect("an amount")), "volume");
    }
}
