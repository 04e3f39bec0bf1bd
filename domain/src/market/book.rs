//! The best bid and ask of a symbol at a moment.

use crate::number::Decimal;
use crate::time::Time;

/// The top of an order book: what can be sold to, and bought from, at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookTicker {
    /// Highest price somebody pays.
    pub bid: Decimal,
    /// Units of base wanted at that price.
    pub bid_quantity: Decimal,
    /// Lowest price somebody asks.
    pub ask: Decimal,
    /// Units of base offered at that price.
    pub ask_quantity: Decimal,
    /// The venue's number of the change, where it gives one.
    pub update_id: Option<i64>,
    /// The venue's time where it gives one, else the arrival.
    pub time: Time,
}
