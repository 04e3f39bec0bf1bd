//! What an order needs held back before it is sent.

use super::{Mode, Order, Side, Terms, Trail};
use crate::number::{Amount, Decimal, MAX_SCALE};
use crate::quotient;

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

/// What an order may cost beside its value, as parts of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Costs {
    /// The greatest fee that it may pay in quote.
    pub fee: Decimal,
    /// The most that it may lose against the market's price.
    pub slippage: Decimal,
}

impl Order {
    /// What the rest of the order needs held back: of a spot sale the base that it sells, of everything else what
    /// [`Terms::cost`] says. `None` where the figure can't be held.
    #[must_use]
    pub fn need(&self, latest: Option<Decimal>, costs: Costs) -> Option<Need> {
        let (terms, left) = (&self.terms, self.left());
        let spot = terms.mode == Mode::Spot;
        if terms.reduce_only && !spot || left <= Amount::ZERO {
            return Some(Need::Nothing);
        }
        if spot && terms.side == Side::Sell {
            return Some(Need::Some(self.base.clone(), left));
        }
        if terms.quantity.is_some() && terms.price(latest).is_none() {
            return Some(Need::Price);
        }
        Some(Need::Some(self.quote.clone(), terms.cost(left, latest, costs)?))
    }
}

impl Terms {
    /// Quote for so much of the order: its value, of a margin order over the leverage, and the fee of the value. It is
    /// valued at its limit price, else at 105 percent of the price that it may start from and what is lost on that; of a
    /// market buy by amount the amount is the value. Rounded up. `None` without a price, or past what can be held.
    #[must_use]
    pub fn cost(&self, left: Amount, latest: Option<Decimal>, costs: Costs) -> Option<Amount> {
        let value = match (self.quantity, self.limit_price) {
            (None, _) => left,
            (Some(_), Some(limit)) => up(left.checked_times(limit)?)?,
            (Some(_), None) => {
                let value = up(left.checked_times(self.price(latest)?)?)?;
                // It may be filled at a worse price.
                let value = up(value.checked_times(Decimal::new(105, 2))?)?;
                up(value.checked_times(Decimal::ONE.checked_add(costs.slippage)?)?)?
            }
        };
        let margin = match self.mode {
            Mode::Spot => value,
            Mode::Margin => quotient(value, self.leverage.into(), MAX_SCALE)?,
        };
        margin.checked_add(up(value.checked_times(costs.fee)?)?)
    }

    /// The limit price, or the one that the order may start from: of a purchase the stop price or the latest, whichever
    /// is higher, or as far above the latest as it trails.
    fn price(&self, latest: Option<Decimal>) -> Option<Decimal> {
        let buys = self.side == Side::Buy;
        let start = match (self.stop_price, self.trail, latest) {
            (Some(stop), _, Some(latest)) if buys => Some(stop.max(latest)),
            (Some(stop), ..) => Some(stop),
            (None, Some(Trail::Distance(distance)), Some(latest)) if buys => {
                latest.checked_add(distance)
            }
            (None, Some(Trail::Percent(percent)), Some(latest)) if buys => {
                let part = percent.checked_div(Decimal::ONE_HUNDRED)?;
                latest.checked_add(latest.checked_mul(part)?)
            }
            _ => latest,
        };
        self.limit_price.or(start)
    }
}

/// Rounded up to the digits that a reservation has.
fn up(value: Amount) -> Option<Amount> {
    let unit = Amount::from(Decimal::new(1, MAX_SCALE));
    let cut = Amount::from_mantissa(value.mantissa() / unit.mantissa() * unit.mantissa());
    if cut == value { Some(value) } else { cut.checked_add(unit) }
}
