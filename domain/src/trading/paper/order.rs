//! An order at the paper venue, from its arrival to its end.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::price::{is_as_good, trailing};
use super::{Market, PaperSettings, Steps};
use crate::ledger::{Mode, Order, OrderEvent, OrderKind, Side, Terms, TimeInForce};
use crate::number::{Amount, Decimal};
use crate::text;

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

/// Why the venue doesn't take an order or a change of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperRefusal {
    /// Nobody knows what it is traded at.
    #[error("{0} has no trades, so there is no price to fill from")]
    NoPrice(String),
    /// There is no position against which it trades.
    #[error("the order is reduce_only, and the venue has filled nothing that it could reduce")]
    NothingToReduce,
    /// The smallest quantity costs more.
    #[error("quote_quantity {0} buys less than the smallest quantity of {1}")]
    BelowLot(Decimal, Decimal),
    /// It is over.
    #[error("the order has ended")]
    Ended,
    /// So much was traded already.
    #[error("quantity is {0}, not above the {1} that are filled")]
    BelowFilled(Decimal, Amount),
    /// It has none to be changed.
    #[error("{field} is given; the {kind} order has none, or has been triggered")]
    Superfluous {
        /// The field.
        field: &'static str,
        /// The order's kind.
        kind: &'static str,
    },
}

impl PaperRefusal {
    /// What programs know it by; never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoPrice(_) => "no_price",
            Self::NothingToReduce => "reduce_only",
            Self::BelowLot(..) => "below_lot",
            Self::Ended => "ended",
            Self::BelowFilled(..) => "below_filled",
            Self::Superfluous { .. } => "superfluous_field",
        }
    }
}

/// What an order waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// For its stop price; a trailing stop has seen the best price.
    Waiting {
        #[serde(with = "text::decimal_option")]
        best: Option<Decimal>,
    },
    /// For trades at its limit price, behind so much that was there before.
    Resting { ahead: Amount },
    /// For nothing.
    Ended,
}

/// An order, as what it met made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperOrder {
    /// The ledger's id of it.
    pub id: Uuid,
    /// What is wanted, with its amendments.
    pub terms: Terms,
    pub(super) base: String,
    pub(super) quote: String,
    pub(super) settings: PaperSettings,
    pub(super) steps: Steps,
    pub(super) filled: Amount,
    pub(super) filled_quote: Amount,
    pub(super) trades: u32,
    pub(super) stage: Stage,
    /// What is held back for a spot purchase without a limit price; it takes no more than that pays for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) funds: Option<Amount>,
}

/// Which prices do something to an order. At all others it stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// This one and every price below it.
    pub below: Option<Amount>,
    /// This one and every price above it.
    pub above: Option<Amount>,
}

impl PaperOrder {
    /// Takes an order at the moment of `market`, the last trade before. `position` is what the venue has traded of account,
    /// bot, symbol and mode, negative when short; it follows the fills.
    ///
    /// # Errors
    /// [`PaperRefusal`]: the venue's answer.
    pub fn arrive(
        order: &Order,
        settings: PaperSettings,
        steps: Steps,
        market: Option<&Market>,
        position: &mut Amount,
    ) -> Result<(Self, Vec<OrderEvent>), PaperRefusal> {
        let terms = order.terms.clone();
        let stage = Stage::Waiting { best: None };
        let bound = terms.mode == Mode::Spot && terms.side == Side::Buy && !terms.kind.has_limit();
        let funds = order.reserved.get(&order.quote).copied().filter(|_| bound);
        let mut taken = Self {
            id: order.id,
            terms,
            base: order.base.clone(),
            quote: order.quote.clone(),
            settings,
            steps,
            filled: Amount::ZERO,
            filled_quote: Amount::ZERO,
            trades: 0,
            stage,
            funds,
        };
        if taken.reducible(*position).is_some_and(|most| most == Amount::ZERO) {
            return Err(PaperRefusal::NothingToReduce);
        }
        let mut events = Vec::new();
        if taken.terms.kind.waits() {
            if let Some(market) = market {
                taken.watch(market, position, &mut events);
            }
            return Ok((taken, events));
        }
        let rests = taken.terms.kind.has_limit() && taken.terms.time_in_force == TimeInForce::Gtc;
        match market {
            None if !rests => return Err(PaperRefusal::NoPrice(order.terms.symbol.to_string())),
            None => taken.rest(None),
            Some(market) => {
                if let Some(amount) = taken.terms.quote_quantity
                    && !taken.buys_a_lot(market)
                {
                    return Err(PaperRefusal::BelowLot(amount, taken.steps.lot));
                }
                taken.enter(market, position, &mut events);
            }
        }
        Ok((taken, events))
    }

    /// What the next trade of the symbol does to it.
    pub fn see(&mut self, market: &Market, position: &mut Amount) -> Vec<OrderEvent> {
        let mut events = Vec::new();
        match self.stage {
            Stage::Waiting { .. } => self.watch(market, position, &mut events),
            Stage::Resting { ahead } => self.meet(ahead, market, position, &mut events),
            Stage::Ended => {}
        }
        events
    }

    /// Gives it up, unless it is over.
    pub fn cancel(&mut self) -> Vec<OrderEvent> {
        if self.is_over() {
            return vec![];
        }
        self.stage = Stage::Ended;
        vec![OrderEvent::Cancelled { reason: "cancellation was asked for".to_owned() }]
    }

    /// Changes it at the moment of `market`. What it says already is no change. A new limit price or a larger quantity goes
    /// to the end of the queue, and where it can be taken at once, it is.
    ///
    /// # Errors
    /// [`PaperRefusal`]; nothing is changed then.
    pub fn amend(
        &mut self,
        to: Amendment,
        market: Option<&Market>,
        position: &mut Amount,
    ) -> Result<Vec<OrderEvent>, PaperRefusal> {
        let Terms { kind, quantity, limit_price, stop_price, .. } = self.terms;
        let waits = matches!(self.stage, Stage::Waiting { .. });
        for (field, given, has) in [
            ("quantity", to.quantity, quantity.is_some()),
            ("limit_price", to.limit_price, kind.has_limit()),
            ("stop_price", to.stop_price, kind.has_stop() && waits),
        ] {
            if given.is_some() && !has && !self.is_over() {
                return Err(PaperRefusal::Superfluous { field, kind: kind.as_str() });
            }
        }
        let change = |new: Option<Decimal>, old: Option<Decimal>| new.filter(|_| new != old);
        let to = Amendment {
            quantity: change(to.quantity, quantity),
            limit_price: change(to.limit_price, limit_price),
            stop_price: change(to.stop_price, stop_price),
        };
        if to == Amendment::default() {
            return Ok(vec![]);
        }
        if self.is_over() {
            return Err(PaperRefusal::Ended);
        }
        if let Some(new) = to.quantity.filter(|new| Amount::from(*new) <= self.filled) {
            return Err(PaperRefusal::BelowFilled(new, self.filled));
        }
        self.terms.quantity = to.quantity.or(quantity);
        self.terms.limit_price = to.limit_price.or(limit_price);
        self.terms.stop_price = to.stop_price.or(stop_price);
        if self.funds.is_some() && self.terms.stop_price.is_some() {
            // As much is held back for what it is now, before the venue hears of it.
            let costs = self.settings.costs(&self.terms);
            self.funds = self.terms.cost(self.left(), None, costs);
        }
        let Amendment { quantity: new, limit_price, stop_price } = to;
        let mut events = vec![OrderEvent::Amended { quantity: new, limit_price, stop_price }];
        let joins = limit_price.is_some() || new > quantity;
        match (market, waits) {
            (Some(market), true) if stop_price.is_some() => {
                self.watch(market, position, &mut events);
            }
            (Some(market), false) if joins => self.enter(market, position, &mut events),
            (None, false) if joins => self.rest(None),
            _ => {}
        }
        Ok(events)
    }

    /// Whether nothing happens to it any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Ended
    }

    /// Which prices do something to it.
    #[must_use]
    pub fn reach(&self) -> Reach {
        let side = self.terms.side;
        let towards = |price: Amount| match side {
            Side::Buy => Reach { below: Some(price), above: None },
            Side::Sell => Reach { below: None, above: Some(price) },
        };
        match self.stage {
            Stage::Ended => Reach::default(),
            Stage::Resting { .. } => towards(self.limit().into()),
            Stage::Waiting { best } => {
                // A stop is hit from the other side; a trailing one follows the price on its own side.
                let hit = self.stop(best).map(towards).unwrap_or_default();
                let (hit, follows) =
                    (Reach { below: hit.above, above: hit.below }, self.terms.trail.is_some());
                match best {
                    Some(best) if follows => {
                        let own = towards(best.into());
                        Reach { below: own.below.or(hit.below), above: own.above.or(hit.above) }
                    }
                    // Every price is its first.
                    None if follows => {
                        Reach { below: Some(Amount::ZERO), above: Some(Amount::ZERO) }
                    }
                    _ => hit,
                }
            }
        }
    }

    /// The price at which it stops waiting.
    fn stop(&self, best: Option<Decimal>) -> Option<Amount> {
        match self.terms.trail {
            Some(trail) => Some(trailing(self.terms.side, trail, best?)),
            None => self.terms.stop_price.map(Amount::from),
        }
    }

    /// The limit price of an order that has one.
    pub(super) fn limit(&self) -> Decimal {
        self.terms.limit_price.unwrap_or_default()
    }

    /// Follows the price, and enters the market once the stop price is hit.
    fn watch(&mut self, market: &Market, position: &mut Amount, events: &mut Vec<OrderEvent>) {
        let Stage::Waiting { best } = self.stage else { return };
        let (side, price) = (self.terms.side, market.price);
        let mut best = best;
        if self.terms.kind == OrderKind::TrailingStop
            && best.is_none_or(|best| is_as_good(side, price, best))
        {
            best = Some(price);
        }
        self.stage = Stage::Waiting { best };
        // A stop trades away from the better prices: a sale once they fall so far.
        if self.stop(best).is_some_and(|stop| is_as_good(side, stop, price)) {
            events.push(OrderEvent::Triggered {});
            self.enter(market, position, events);
        }
    }
}
