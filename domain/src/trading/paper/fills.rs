//! What an order takes of the market, at once or by waiting.

use super::order::Stage;
use super::price::{decimal, down, is_as_good};
use super::{Market, PaperOrder};
use crate::fixed::quotient;
use crate::ledger::{Fee, Fill, Liquidity, OrderEvent, Side, TimeInForce};
use crate::number::{Amount, Decimal, MAX_SCALE};

/// The ledger takes no fill of this value or more.
const MOST: i128 = 10i128.pow(34);

impl PaperOrder {
    /// Takes at once what it can; what is left waits, or ends.
    pub(super) fn enter(
        &mut self,
        market: &Market,
        position: &mut Amount,
        events: &mut Vec<OrderEvent>,
    ) {
        let price = self.take(market, position, events);
        if self.settle(*position, events) {
            return;
        }
        if self.terms.kind.has_limit() && self.terms.time_in_force == TimeInForce::Gtc {
            return self.rest(Some(market));
        }
        self.stage = Stage::Ended;
        let is_bought = self.terms.quantity.is_none()
            && price.is_some_and(|price| self.wanted(price) == Amount::ZERO);
        events.push(if is_bought { OrderEvent::Completed {} } else { OrderEvent::Expired {} });
    }

    /// Begins to wait at the limit price, at the end of the queue.
    pub(super) fn rest(&mut self, market: Option<&Market>) {
        let ahead = self.settings.queue.ahead(self.limit(), market);
        self.stage = Stage::Resting { ahead };
    }

    /// A trade of the market, behind `ahead` that was at the limit price before.
    pub(super) fn meet(
        &mut self,
        ahead: Amount,
        market: &Market,
        position: &mut Amount,
        events: &mut Vec<OrderEvent>,
    ) {
        let (side, limit) = (self.terms.side, self.limit());
        if !is_as_good(side, market.price, limit) {
            return;
        }
        let mut volume = Amount::from(market.quantity);
        let (mut ahead, used) = (ahead, ahead.min(volume));
        if market.price == limit {
            ahead += -used;
            volume += -used;
        } else {
            // Whatever was at the limit price is gone.
            ahead = Amount::ZERO;
        }
        self.stage = Stage::Resting { ahead };
        let most = self.reducible(*position).map_or(volume, |most| most.min(volume));
        if let Some(quantity) = decimal(self.part(most, limit)) {
            self.fill(limit, quantity, Liquidity::Maker, market, position, events);
        }
        self.settle(*position, events);
    }

    /// Whether an amount of quote buys anything now.
    pub(super) fn buys_a_lot(&self, market: &Market) -> bool {
        let slippage = &self.settings.slippage;
        let price = slippage.price(self.terms.side, Amount::ZERO, market, self.steps.tick);
        price.is_some_and(|price| self.wanted(price) > Amount::ZERO)
    }

    /// What a reduce-only order may trade at the most; `None` for every other.
    pub(super) fn reducible(&self, position: Amount) -> Option<Amount> {
        let against = match self.terms.side {
            Side::Buy => -position,
            Side::Sell => position,
        };
        let fee = self.settings.maker_fee.min(self.settings.taker_fee);
        let most = match self.settings.pays_in_base(&self.terms) && fee.is_sign_negative() {
            // A rebate in base comes on top of what is bought.
            true => quotient(against, (Decimal::ONE - fee).into(), MAX_SCALE).unwrap_or_default(),
            false => against,
        };
        self.terms.reduce_only.then(|| most.max(Amount::ZERO))
    }

    /// Trades at the price of the last trade and what is lost on it; gives the price, unless it is no good.
    fn take(
        &mut self,
        market: &Market,
        position: &mut Amount,
        events: &mut Vec<OrderEvent>,
    ) -> Option<Decimal> {
        let (side, slippage) = (self.terms.side, self.settings.slippage);
        let depth = slippage.depth(market);
        let bounds = [depth, self.reducible(*position)];
        let bound = |wanted: Amount| bounds.into_iter().flatten().fold(wanted, Amount::min);
        let size = bound(self.wanted(market.price));
        let price = slippage.price(side, size, market, self.steps.tick)?;
        if self.terms.kind.has_limit() && !is_as_good(side, price, self.limit()) {
            return None;
        }
        let wanted = self.wanted(price);
        let paid = self.paid_for(price).unwrap_or(wanted);
        let quantity = self.part(bound(wanted).min(paid), price);
        if self.terms.time_in_force == TimeInForce::Fok && quantity < wanted {
            return None;
        }
        let quantity = decimal(quantity)?;
        let value = Amount::checked_product(price, quantity)?;
        if value >= Amount::unpacked(MOST, 0) {
            return None;
        }
        self.fill(price, quantity, Liquidity::Taker, market, position, events);
        Some(price)
    }

    /// Ends an order of which nothing is left, or nothing that it may still trade. Tells whether it did.
    fn settle(&mut self, position: Amount, events: &mut Vec<OrderEvent>) -> bool {
        if self.left() == Amount::ZERO {
            self.stage = Stage::Ended;
            return true;
        }
        let most = self.reducible(position);
        if most.is_some_and(|most| self.part(most, Decimal::ZERO) == Amount::ZERO) {
            let reason = "reduce_only: no position is left that it could reduce".to_owned();
            events.push(OrderEvent::Cancelled { reason });
            self.stage = Stage::Ended;
            return true;
        }
        false
    }

    /// Whole lots that can be paid with what is held back, and their fee; `None` where nothing bounds them.
    fn paid_for(&self, price: Decimal) -> Option<Amount> {
        let (funds, lot) = (self.funds?, self.steps.lot);
        let with_fee = Decimal::ONE + self.settings.costs(&self.terms).fee;
        let each = Amount::from(price).checked_times(with_fee)?;
        let mut lots = down(quotient(funds, each, MAX_SCALE)?, lot);
        // The last digit of the quotient may have been rounded up.
        let cost = decimal(each).and_then(|each| lots.checked_times(each));
        if cost.is_none_or(|cost| cost > funds) && lots > Amount::ZERO {
            lots += -Amount::from(lot);
        }
        Some(lots)
    }

    /// What is not traded yet: base, or of a market buy by amount, quote.
    pub(super) fn left(&self) -> Amount {
        let (size, used) = match self.terms.quantity {
            Some(quantity) => (quantity, self.filled),
            None => (self.terms.quote_quantity.unwrap_or_default(), self.filled_quote),
        };
        let mut left = Amount::from(size);
        left += -used;
        left
    }

    /// Units of base that are still wanted, at a price.
    fn wanted(&self, price: Decimal) -> Amount {
        let left = self.left();
        if self.terms.quantity.is_some() {
            return left;
        }
        let lot = self.steps.lot;
        let mut lots = down(quotient(left, price.into(), MAX_SCALE).unwrap_or_default(), lot);
        // The last digit of the quotient may have been rounded up.
        if lots.checked_times(price).is_none_or(|cost| cost > left) && lots > Amount::ZERO {
            lots += -Amount::from(lot);
        }
        lots
    }

    /// So much at the most of what is wanted: all of it, or whole lots.
    fn part(&self, most: Amount, price: Decimal) -> Amount {
        let wanted = self.wanted(price);
        if most >= wanted { wanted } else { down(most, self.steps.lot) }
    }

    fn fill(
        &mut self,
        price: Decimal,
        quantity: Decimal,
        liquidity: Liquidity,
        market: &Market,
        position: &mut Amount,
        events: &mut Vec<OrderEvent>,
    ) {
        if quantity.is_zero() {
            return;
        }
        let quote = Amount::product(price, quantity);
        let in_base = self.settings.pays_in_base(&self.terms);
        let rate = match liquidity {
            Liquidity::Maker => self.settings.maker_fee,
            _ => self.settings.taker_fee,
        };
        let (asset, of) =
            if in_base { (&self.base, quantity.into()) } else { (&self.quote, quote) };
        let amount = fee(of, rate);
        let fees = (amount != Amount::ZERO).then(|| Fee { asset: asset.clone(), amount });

        self.trades += 1;
        self.filled += quantity.into();
        self.filled_quote += quote;
        match self.terms.side {
            Side::Buy => *position += quantity.into(),
            Side::Sell => *position += -Amount::from(quantity),
        }
        if in_base {
            *position += -amount;
        }
        let fill = Fill {
            venue_trade_id: format!("{}-{}", self.id, self.trades),
            price,
            quantity,
            quote,
            fees: fees.into_iter().collect(),
            liquidity,
            time: market.time,
            venue_profit: None,
        };
        events.push(OrderEvent::Filled { fill });
    }
}

/// A part of a value, cut off behind 18 digits after the point: the fees of all parts are never more than the fee of the whole.
fn fee(of: Amount, rate: Decimal) -> Amount {
    let fee = of.share(rate.abs().into(), Decimal::ONE.into(), Amount::SCALE).unwrap_or_default();
    let fee = down(fee, Decimal::new(1, MAX_SCALE));
    if rate.is_sign_negative() { -fee } else { fee }
}
