//! A candle with everything that is stored of it, so that it can be moved out of the database and
//! back and nobody can tell.

use crate::time::Time;

use super::{Candle, Order};

/// A stored candle of some symbol, interval and origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCandle {
    /// Its figures.
    pub candle: Candle,
    /// The first and the last trade (or shorter candle) in it; of a venue's candle unknown.
    pub ends: Option<(Order, Order)>,
    /// When it was last written.
    pub updated_at: Time,
}
