//! What a venue demands of orders in a symbol, and whether it is traded at all.

use crate::number::Decimal;
use crate::time::Time;

/// A symbol's rules as its venue lists them. What the venue doesn't say is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolRules {
    /// The venue's own code, `BTCUSDT`.
    pub code: String,
    /// The asset bought and sold.
    pub base: String,
    /// The asset paid with.
    pub quote: String,
    /// Digits after the point of a price.
    pub price_precision: Option<u8>,
    /// Digits after the point of a quantity.
    pub quantity_precision: Option<u8>,
    /// A price is a multiple of this.
    pub tick_size: Option<Decimal>,
    /// A quantity is a multiple of this.
    pub lot_size: Option<Decimal>,
    /// Least quantity of an order, in base.
    pub min_quantity: Option<Decimal>,
    /// Least price × quantity of an order, in quote.
    pub min_notional: Option<Decimal>,
    /// Whether it is traded now.
    pub active: bool,
    /// When trading began.
    pub listed_at: Option<Time>,
    /// The venue's own listing, as JSON.
    pub raw: String,
}
