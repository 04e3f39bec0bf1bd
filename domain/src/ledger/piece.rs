//! A fill as positions see it: so much base in or out, and what it cost.

use super::position::exact;
use super::{Corrupt, Fill, Mode, Order, Side};
use crate::number::{Amount, Decimal, MAX_SCALE};

/// A fill, or the part of it that closes or opens a position.
pub(super) struct Piece {
    pub(super) price: Decimal,
    /// Units of base by which the position changes; without sign, 18 digits after the point at the most.
    pub(super) quantity: Amount,
    /// By asset.
    pub(super) fees: Vec<(String, Amount)>,
    /// Those in quote, and those in base at the fill's price.
    pub(super) fees_in_quote: Amount,
    base: String,
    quote: String,
}

impl Piece {
    /// The whole fill, and which way it changes what is held.
    pub(super) fn of(order: &Order, fill: &Fill) -> Result<(Self, Side), Corrupt> {
        let side = order.terms.side;
        let in_base = match order.terms.mode {
            Mode::Spot => fill.fee_in(&order.base),
            Mode::Margin => Amount::ZERO,
        };
        let change = if side == Side::Buy { -in_base } else { in_base };
        let mut quantity = Amount::from(fill.quantity);
        quantity += change;
        let fees = fill.fees.iter().map(|fee| (fee.asset.clone(), fee.amount)).collect();
        let (base, quote) = (order.base.clone(), order.quote.clone());
        let fees_in_quote = Amount::ZERO;
        let mut whole = Self { price: fill.price, quantity, fees, fees_in_quote, base, quote };
        whole.value_fees()?;
        Ok((whole, side))
    }

    /// What so many units are worth.
    pub(super) fn value(&self, quantity: Amount) -> Result<Amount, Corrupt> {
        exact(quantity.checked_times(self.price), "price × quantity")
    }

    /// The part that closes a position of so much, and what is left of it for the next. Fees go by
    /// quantity; the second part has what rounding leaves.
    pub(super) fn split(self, most: Amount) -> Result<(Self, Option<Self>), Corrupt> {
        if self.quantity <= most {
            return Ok((self, None));
        }
        let whole = self.quantity;
        let mut first = Self { quantity: most, fees: vec![], ..self };
        let mut second = Self {
            quantity: exact(whole.checked_sub(most), "quantity")?,
            fees: vec![],
            base: first.base.clone(),
            quote: first.quote.clone(),
            ..first
        };
        for (asset, amount) in self.fees {
            let part = exact(amount.share(most, whole, MAX_SCALE), "fees")?;
            let rest = exact(amount.checked_sub(part), "fees")?;
            first.fees.push((asset.clone(), part));
            second.fees.push((asset, rest));
        }
        first.value_fees()?;
        second.value_fees()?;
        Ok((first, Some(second)))
    }

    fn value_fees(&mut self) -> Result<(), Corrupt> {
        let mut sum = Amount::ZERO;
        for (asset, amount) in &self.fees {
            let value = if *asset == self.quote {
                *amount
            } else if *asset == self.base {
                self.value(*amount)?
            } else {
                continue;
            };
            sum = exact(sum.checked_add(value), "fees")?;
        }
        self.fees_in_quote = sum;
        Ok(())
    }
}
