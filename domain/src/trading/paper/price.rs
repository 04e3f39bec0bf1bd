//! Prices and quantities of fills: exact, and in the steps of the symbol.

use super::{Market, Queue, Slippage};
use crate::fixed::quotient;
use crate::ledger::{Side, Trail};
use crate::number::{Amount, Decimal, MAX_DIGITS, MAX_SCALE};

/// Digits after the point of an order's part of the volume.
const SHARE_PLACES: u32 = 9;
/// Digits after the point of what a price changes by, as a part of it.
const FACTOR_PLACES: u32 = 12;

/// What a symbol's prices and quantities are multiples of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Steps {
    /// Of prices.
    #[serde(with = "crate::text::decimal")]
    pub tick: Decimal,
    /// Of quantities.
    #[serde(with = "crate::text::decimal")]
    pub lot: Decimal,
}

/// The number as a decimal of 28 digits, 18 of them after the point, if it is one.
pub(super) fn decimal(value: Amount) -> Option<Decimal> {
    let (digits, scale) = value.packed()?;
    let fits = digits.unsigned_abs() < 10u128.pow(MAX_DIGITS) && u32::from(scale) <= MAX_SCALE;
    fits.then(|| Decimal::try_from_i128_with_scale(digits, scale.into()).ok())?
}

/// The largest multiple of a step that is not above the value.
pub(super) fn down(value: Amount, step: Decimal) -> Amount {
    let step = Amount::from(step).mantissa();
    if step <= 0 { value } else { Amount::from_mantissa(value.mantissa() / step * step) }
}

/// The least multiple of a step that is not below the value.
fn up(value: Amount, step: Decimal) -> Amount {
    let mut above = down(value, step);
    if above != value {
        above += step.into();
    }
    above
}

impl Slippage {
    /// The most that is there to be taken at once; `None` where there is no bound.
    pub(super) fn depth(&self, market: &Market) -> Option<Amount> {
        match self {
            Self::Fixed { .. } => None,
            Self::VolumeShare { limit, .. } => market.recent.checked_times(*limit),
        }
    }

    /// What a taker gets or pays for so much, rounded to the tick against the order; `None` where that is no price.
    pub(super) fn price(
        &self,
        side: Side,
        quantity: Amount,
        market: &Market,
        tick: Decimal,
    ) -> Option<Decimal> {
        let factor = match self {
            Self::Fixed { bps } => Amount::from(*bps).checked_times(Decimal::new(1, 4))?,
            Self::VolumeShare { impact, .. } => {
                let share = decimal(quotient(quantity, market.recent, SHARE_PLACES)?)?;
                let square = Amount::from(share).checked_times(share)?;
                quotient(square.checked_times(*impact)?, Decimal::ONE.into(), FACTOR_PLACES)?
            }
        };
        let last = Amount::from(market.price);
        let change = last.checked_times(decimal(factor)?)?;
        decimal(match side {
            Side::Buy => up(last.checked_add(change)?, tick),
            // Something is always paid.
            Side::Sell => down(last.checked_sub(change)?, tick).max(tick.into()),
        })
    }
}

impl Queue {
    /// What stands before an order that begins to wait now at a price.
    pub(super) fn ahead(&self, price: Decimal, market: Option<&Market>) -> Amount {
        let ahead = match self {
            Self::Share { share } => market.and_then(|now| now.recent.checked_times(*share)),
            Self::Quote { amount } => quotient((*amount).into(), price.into(), MAX_SCALE),
        };
        ahead.unwrap_or_default()
    }
}

/// Where a trailing stop is that has seen a best price.
pub(super) fn trailing(side: Side, trail: Trail, best: Decimal) -> Amount {
    let best = Amount::from(best);
    let distance = match trail {
        Trail::Distance(distance) => Some(distance.into()),
        Trail::Percent(part) => best.share(part.into(), Decimal::ONE_HUNDRED.into(), MAX_SCALE),
    };
    let mut level = best;
    level += match side {
        Side::Sell => -distance.unwrap_or_default(),
        Side::Buy => distance.unwrap_or_default(),
    };
    level
}

/// Whether a price is as good as another to whoever trades on that side.
pub(super) fn is_as_good(side: Side, price: impl Into<Amount>, than: impl Into<Amount>) -> bool {
    match side {
        Side::Buy => price.into() <= than.into(),
        Side::Sell => price.into() >= than.into(),
    }
}
