//! One trade as a venue reported it, or several that the venue itself put together.

use std::fmt;

use ethnum::I256;

use crate::number::{Amount, Decimal};
use crate::time::Time;

use super::Order;

/// What a row of ticks stands for. The two are kept apart, for their ids differ and adding both
/// would count every trade twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TickKind {
    /// A single trade.
    Trade,
    /// Trades of one taker order at one price, put together by the venue.
    AggTrade,
}

impl TickKind {
    /// Its name, `trade` or `agg_trade`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trade => "trade",
            Self::AggTrade => "agg_trade",
        }
    }
}

impl fmt::Display for TickKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// When the venue says it happened.
    pub time: Time,
    /// Its place among trades of the same time, where ids don't tell; else 0.
    pub seq: i32,
    /// The venue's id; negative where it was derived (see `venue_trade_id` and `Tick::has_own_id`).
    pub trade_id: i64,
    /// Price of one unit of base, in quote.
    pub price: Decimal,
    /// Units of base.
    pub quantity: Decimal,
    /// Whether the buyer was the maker (the taker sold); `None` where the source doesn't say.
    pub buyer_is_maker: Option<bool>,
    /// How many of the venue's trades it stands for; 1 for a single trade.
    pub trade_count: i32,
    /// When it arrived here or at the recorder, by that machine's clock.
    pub received_at: Option<Time>,
    /// The venue's id where that is not a whole number.
    pub venue_trade_id: Option<Box<str>>,
}

/// Why a tick is refused: the column and the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{column} {rule}")]
pub struct BadTick {
    /// The field that breaks the rule.
    pub column: &'static str,
    /// What is wrong with it.
    pub rule: &'static str,
}

impl Tick {
    /// Where it stands among its symbol's trades.
    #[must_use]
    pub fn order(&self) -> Order {
        Order { time: self.time, seq: self.seq, id: self.trade_id }
    }

    /// Whether the venue gave a whole-number id.
    #[must_use]
    pub fn has_own_id(&self) -> bool {
        self.trade_id >= 0
    }

    /// Checks the rules that every trade obeys.
    ///
    /// # Errors
    /// [`BadTick`] where the price is not above zero, the quantity is below it, or their product is
    /// 10^34 or more. Venues did report
    /// trades of nothing (Bitstamp in 2011), so a quantity of zero is taken as it is.
    pub fn check(&self) -> Result<(), BadTick> {
        if self.price.is_zero() {
            return Err(BadTick { column: "price", rule: "is zero" });
        }
        for (column, value) in [("price", self.price), ("quantity", self.quantity)] {
            if value.is_sign_negative() && !value.is_zero() {
                return Err(BadTick { column, rule: "is negative" });
            }
        }
        // Below 10^34 a million such trades still add up within what an amount holds. Two factors
        // below 10^17 make no more, which spares almost every tick the multiplication.
        let large = Decimal::from(100_000_000_000_000_000u64);
        if self.price >= large || self.quantity >= large {
            let most = Amount::from_mantissa(I256::new(10).pow(34 + Amount::SCALE));
            let value = Amount::checked_product(self.price, self.quantity);
            if value.is_none_or(|value| value >= most) {
                return Err(BadTick {
                    column: "quantity",
                    rule: "times the price is 10^34 or more",
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_sum_could_hold_is_refused() {
        let tick = |price: &str, quantity: &str| Tick {
            time: Time::default(),
            seq: 0,
            trade_id: 1,
            price: crate::parse_decimal(price).expect("a number"),
            quantity: crate::parse_decimal(quantity).expect("a number"),
            buyer_is_maker: None,
            trade_count: 1,
            received_at: None,
            venue_trade_id: None,
        };
        let most = "9999999999999999999999999999";
        for (price, quantity) in [("61000.5", "0"), ("0.000000000000000001", most), ("1000", most)]
        {
            assert_eq!(tick(price, quantity).check(), Ok(()), "{price} x {quantity}");
        }
        for (price, quantity) in
            [(most, most), ("1000000000000000000", "100000000000000000"), ("0", "1"), ("1", "-1")]
        {
            assert!(tick(price, quantity).check().is_err(), "{price} x {quantity}");
        }
    }
}
