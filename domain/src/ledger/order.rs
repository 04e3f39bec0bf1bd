//! An order's life: which events may follow which, and what they make of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fill::check_amount;
use super::{Context, Corrupt, Fill, OrderEvent, Refusal, Terms};
use crate::number::{Amount, MAX_SCALE};

/// Where an order is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Written down, not sent.
    New,
    /// Sent; the venue has not answered.
    Submitted,
    /// At the venue, nothing traded.
    Open,
    /// At the venue, traded in part.
    PartiallyFilled,
    /// All traded.
    Filled,
    /// The venue was asked to give it up, and has not answered.
    CancelRequested,
    /// Given up; what was traded before may still be told.
    Cancelled,
    /// The venue never took it.
    Rejected,
    /// Its time was over; what was traded before may still be told.
    Expired,
}

impl Status {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Submitted => "submitted",
            Self::Open => "open",
            Self::PartiallyFilled => "partially_filled",
            Self::Filled => "filled",
            Self::CancelRequested => "cancel_requested",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }

    /// Whether the order is over.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Filled | Self::Cancelled | Self::Rejected | Self::Expired)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// An order, as its events made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id here.
    pub id: Uuid,
    /// What is wanted of it now, with its amendments.
    pub terms: Terms,
    /// The asset that is traded.
    pub base: String,
    /// The asset that it is paid with.
    pub quote: String,
    /// Where it is in its life.
    pub status: Status,
    /// The venue's id, once it is known.
    pub venue_order_id: Option<String>,
    /// Why the venue rejected it, in its own code.
    pub code: Option<String>,
    /// Why it was rejected or cancelled.
    pub reason: Option<String>,
    /// Whether its stop price was hit.
    pub triggered: bool,
    /// Units of base that are traded.
    pub filled: Amount,
    /// What they were worth.
    pub filled_quote: Amount,
    /// The trades, by the venue's id.
    pub fills: BTreeMap<String, Fill>,
    /// What is held back for it, by asset.
    pub reserved: BTreeMap<String, Amount>,
}

impl Order {
    /// The event with which an order begins.
    ///
    /// # Errors
    /// Every [`Refusal`] about terms: a field that the kind lacks or doesn't have, a number off the
    /// symbol's rules, a reduction of nothing.
    pub fn place(terms: Terms, context: &Context<'_>) -> Result<OrderEvent, Refusal> {
        terms.check(context, Amount::ZERO)?;
        let (base, quote) = context
            .rules
            .map(|rules| (rules.base.clone(), rules.quote.clone()))
            .unwrap_or_default();
        check_amount("base", &base, Amount::ZERO)?;
        check_amount("quote", &quote, Amount::ZERO)?;
        Ok(OrderEvent::Placed { terms: Box::new(terms), base, quote })
    }

    /// The order that its first event makes.
    ///
    /// # Errors
    /// [`Corrupt::NotPlaced`] where that is not `placed`.
    pub fn begin(id: Uuid, first: &OrderEvent) -> Result<Self, Corrupt> {
        let OrderEvent::Placed { terms, base, quote } = first else {
            return Err(Corrupt::NotPlaced { order: id, event: first.kind() });
        };
        Ok(Self {
            id,
            terms: Terms::clone(terms),
            base: base.clone(),
            quote: quote.clone(),
            status: Status::New,
            venue_order_id: None,
            code: None,
            reason: None,
            triggered: false,
            filled: Amount::ZERO,
            filled_quote: Amount::ZERO,
            fills: BTreeMap::new(),
            reserved: BTreeMap::new(),
        })
    }

    /// What is not yet traded: base, or of a market buy by amount, quote.
    #[must_use]
    pub fn left(&self) -> Amount {
        let mut left = self.terms.size();
        left += if self.terms.quantity.is_some() { -self.filled } else { -self.filled_quote };
        left
    }

    /// The events that a command makes. A command is the event that is wanted; what the order no longer
    /// needs is released with it. What is known already makes none.
    ///
    /// # Errors
    /// The [`Refusal`] of a command that doesn't fit the order or the venue's rules.
    pub fn decide(
        &self,
        command: OrderEvent,
        context: &Context<'_>,
    ) -> Result<Vec<OrderEvent>, Refusal> {
        if self.knows(&command)? {
            return Ok(vec![]);
        }
        let status = self.check(&command)?;
        match &command {
            OrderEvent::Amended { .. } => self.amended(&command).check(context, self.filled)?,
            OrderEvent::Reserved { asset, amount } => {
                if let Some(available) = context.available.filter(|most| amount > most) {
                    let (asset, amount) = (asset.clone(), *amount);
                    return Err(Refusal::InsufficientFunds { asset, amount, available });
                }
            }
            _ => {}
        }
        let released = self.freed(&command, status);
        Ok(std::iter::once(command).chain(released).collect())
    }

    /// Takes an event in.
    ///
    /// # Errors
    /// [`Corrupt`] where it can't have happened to this order. What [`Self::decide`] gave always can.
    pub fn apply(&mut self, event: &OrderEvent) -> Result<(), Corrupt> {
        let order = self.id;
        let illegal = |refusal| Corrupt::Illegal { order, refusal: Box::new(refusal) };
        if self.knows(event).map_err(illegal)? {
            return Err(Corrupt::Twice { order, event: event.kind() });
        }
        self.status = self.check(event).map_err(illegal)?;
        match event {
            OrderEvent::Reserved { asset, amount } => {
                *self.reserved.entry(asset.clone()).or_default() += *amount;
            }
            OrderEvent::Released { asset, amount } => {
                let held = self.reserved.entry(asset.clone()).or_default();
                *held += -*amount;
                if *held == Amount::ZERO {
                    self.reserved.remove(asset);
                }
            }
            OrderEvent::Accepted { venue_order_id } => {
                self.venue_order_id = Some(venue_order_id.clone());
            }
            OrderEvent::Rejected { code, reason } => {
                (self.code, self.reason) = (Some(code.clone()), Some(reason.clone()));
            }
            OrderEvent::Cancelled { reason } => self.reason = Some(reason.clone()),
            OrderEvent::Triggered {} => self.triggered = true,
            OrderEvent::Amended { .. } => self.terms = self.amended(event),
            OrderEvent::Filled { fill } => {
                self.filled += fill.quantity.into();
                self.filled_quote += fill.quote;
                self.fills.insert(fill.venue_trade_id.clone(), fill.clone());
            }
            OrderEvent::Placed { .. }
            | OrderEvent::Submitted {}
            | OrderEvent::CancelRequested {}
            | OrderEvent::Expired {}
            | OrderEvent::Completed {} => {}
        }
        Ok(())
    }

    /// Whether it has happened already; a refusal where something like it did that can't be both.
    fn knows(&self, event: &OrderEvent) -> Result<bool, Refusal> {
        match event {
            OrderEvent::Filled { fill } => match self.fills.get(&fill.venue_trade_id) {
                Some(known) if known == fill => Ok(true),
                Some(_) => {
                    Err(Refusal::FillDiffers { venue_trade_id: fill.venue_trade_id.clone() })
                }
                None => Ok(false),
            },
            OrderEvent::Accepted { venue_order_id: told } => match &self.venue_order_id {
                Some(known) if known == told => Ok(true),
                Some(known) => {
                    let (told, known) = (told.clone(), known.clone());
                    Err(Refusal::OtherVenueOrder { told, known })
                }
                None => Ok(false),
            },
            OrderEvent::CancelRequested {} => Ok(self.status == Status::CancelRequested),
            _ => Ok(false),
        }
    }

    /// Checks an event against the order alone; gives the status that it leads to.
    fn check(&self, event: &OrderEvent) -> Result<Status, Refusal> {
        let wrong = || Refusal::WrongState { command: event.kind(), status: self.status };
        let status = self.next(event).ok_or_else(wrong)?;
        match event {
            OrderEvent::Reserved { asset, amount } => {
                check_amount("amount", asset, *amount)?;
                if *amount <= Amount::ZERO {
                    return Err(Refusal::NotPositive { field: "amount", value: *amount });
                }
            }
            OrderEvent::Released { asset, amount } => {
                let reserved = self.reserved.get(asset).copied().unwrap_or_default();
                if *amount <= Amount::ZERO || *amount > reserved {
                    let (asset, amount) = (asset.clone(), *amount);
                    return Err(Refusal::NotReserved { asset, amount, reserved });
                }
            }
            OrderEvent::Triggered {} if !self.terms.kind.waits() || self.triggered => {
                return Err(Refusal::NotWaiting { kind: self.terms.kind.as_str() });
            }
            OrderEvent::Amended { quantity, limit_price, stop_price } => {
                if quantity.is_none() && limit_price.is_none() && stop_price.is_none() {
                    return Err(Refusal::EmptyAmendment);
                }
                if stop_price.is_some() && self.triggered {
                    return Err(Refusal::NotWaiting { kind: self.terms.kind.as_str() });
                }
                if let Some(value) = quantity.filter(|value| Amount::from(*value) <= self.filled) {
                    return Err(Refusal::BelowFilled { value, filled: self.filled });
                }
            }
            OrderEvent::Filled { fill } => {
                fill.check(&self.base, &self.quote)?;
                let (field, value) = self.used(fill);
                if value > self.left() {
                    return Err(Refusal::OverFill { field, value, left: self.left() });
                }
            }
            _ => {}
        }
        Ok(status)
    }

    /// The status after an event, or `None` where it can't happen now. The one table of what may
    /// follow what.
    fn next(&self, event: &OrderEvent) -> Option<Status> {
        use Status::{
            CancelRequested, Cancelled, Expired, Filled, New, Open, PartiallyFilled, Rejected,
            Submitted,
        };
        let now = self.status;
        match (event, now) {
            (OrderEvent::Released { .. }, _) => Some(now),
            (OrderEvent::Reserved { .. }, New | Open | PartiallyFilled) => Some(now),
            (OrderEvent::Submitted {}, New) => Some(Submitted),
            (OrderEvent::Accepted { .. }, Submitted) => Some(Open),
            // The answer may come behind a fill, a cancellation or the end.
            (OrderEvent::Accepted { .. }, _) if !matches!(now, New | Rejected) => Some(now),
            (OrderEvent::Rejected { .. }, New | Submitted | CancelRequested)
                if self.fills.is_empty() && self.venue_order_id.is_none() =>
            {
                Some(Rejected)
            }
            (OrderEvent::Triggered {}, Submitted | Open | PartiallyFilled | CancelRequested)
            | (OrderEvent::Amended { .. }, Open | PartiallyFilled) => Some(now),
            (OrderEvent::CancelRequested {}, Submitted | Open | PartiallyFilled) => {
                Some(CancelRequested)
            }
            (OrderEvent::Cancelled { .. }, _) if !now.is_final() => Some(Cancelled),
            (OrderEvent::Expired {}, _) if now != New && !now.is_final() => Some(Expired),
            (OrderEvent::Completed {}, Submitted | PartiallyFilled | CancelRequested)
                if self.terms.quantity.is_none() && !self.fills.is_empty() =>
            {
                Some(Filled)
            }
            (OrderEvent::Filled { .. }, Filled | Cancelled | Expired) => Some(now),
            (OrderEvent::Filled { fill }, Submitted | Open | PartiallyFilled | CancelRequested) => {
                let all = self.used(fill).1 == self.left();
                let partly = if now == CancelRequested { now } else { PartiallyFilled };
                Some(if all { Filled } else { partly })
            }
            _ => None,
        }
    }

    /// What a fill takes of what is left.
    fn used(&self, fill: &Fill) -> (&'static str, Amount) {
        if self.terms.quantity.is_some() {
            ("quantity", fill.quantity.into())
        } else {
            ("quote", fill.quote)
        }
    }

    /// What needn't be held back any more: all of it at the end, with a fill the fill's share.
    fn freed(&self, event: &OrderEvent, status: Status) -> Vec<OrderEvent> {
        let share = |held: Amount| match event {
            _ if status.is_final() => held,
            OrderEvent::Filled { fill } => {
                held.share(self.used(fill).1, self.left(), MAX_SCALE).unwrap_or_default()
            }
            _ => Amount::ZERO,
        };
        let freed = self.reserved.iter().map(|(asset, held)| (asset.clone(), share(*held)));
        freed
            .filter(|(_, amount)| *amount != Amount::ZERO)
            .map(|(asset, amount)| OrderEvent::Released { asset, amount })
            .collect()
    }

    /// The terms as an amendment changes them.
    fn amended(&self, event: &OrderEvent) -> Terms {
        let mut terms = self.terms.clone();
        if let OrderEvent::Amended { quantity, limit_price, stop_price } = event {
            terms.quantity = quantity.or(terms.quantity);
            terms.limit_price = limit_price.or(terms.limit_price);
            terms.stop_price = stop_price.or(terms.stop_price);
        }
        terms
    }
}
