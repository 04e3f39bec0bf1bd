//! What an order needs held back before it is sent.

use super::{Mode, Order, Side};
use crate::number::{Amount, Decimal, MAX_SCALE};
use crate::quotient;

/// Percent of the price that an order without a limit is reserved at: it may be filled at a worse one.
const BUFFER: i128 = 105;

/// What an order needs held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// So much of an asset.
    Some(String, Amount),
    /// Nothing: it can only give margin back.
    Nothing,
    /// Nobody knows a price to value it at.
    Price,
}

impl Order {
    /// What the rest of the order needs held back. A spot sale needs the base that it sells. A purchase needs its
    /// value in quote, a margin order its value over the leverage; the price is the limit price, or 105 percent of the stop
    /// price or the `latest`. Fees are not reserved. `None` where the figure can't be held.
    #[must_use]
    pub fn need(&self, latest: Option<Decimal>) -> Option<Need> {
        let (terms, left) = (&self.terms, self.left());
        let spot = terms.mode == Mode::Spot;
        if terms.reduce_only && !spot || left <= Amount::ZERO {
            return Some(Need::Nothing);
        }
        if spot && terms.side == Side::Sell {
            return Some(Need::Some(self.base.clone(), left));
        }
        let (price, percent) = match (terms.limit_price, terms.stop_price.or(latest)) {
            (Some(limit), _) => (limit, 100),
            (None, Some(price)) => (price, BUFFER),
            (None, None) if terms.quantity.is_some() => return Some(Need::Price),
            (None, None) => (Decimal::ONE, 100),
        };
        let value = match terms.quantity {
            Some(_) => {
                quotient(left.checked_times(price)?.checked_mul(percent)?, hundred(), MAX_SCALE)?
            }
            None => left,
        };
        let margin = if spot { value } else { quotient(value, terms.leverage.into(), MAX_SCALE)? };
        Some(Need::Some(self.quote.clone(), margin))
    }
}

fn hundred() -> Amount {
    Amount::from(Decimal::ONE_HUNDRED)
}
