//! How the paper venue fills orders. docs/paper.md tells the rules.

use crate::number::Decimal;

/// A change of an order; what is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amendment {
    /// The new quantity, with what is filled.
    pub quantity: Option<Decimal>,
    /// The new limit price.
    pub limit_price: Option<Decimal>,
    /// The new stop price.
    pub stop_price: Option<Decimal>,
}
