//! The whole record in memory, made from events in their order.
//!
//! What an event does is told by [`order_effects`] and [`account_effects`]. Whoever keeps tables up to
//! date event by event uses the same two, so a rebuild can't differ.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::posting::{account_postings, check_balanced, order_postings};
use super::{
    AccountEvent, Corrupt, Order, OrderEvent, Position, PositionKey, Posting, Purse, trade,
};
use crate::number::Amount;

/// An event and its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stream", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// Of an order.
    Order {
        /// Its id.
        order: Uuid,
        /// What happened.
        event: OrderEvent,
    },
    /// Of a venue account.
    Account {
        /// Its id.
        account: Uuid,
        /// What happened.
        event: AccountEvent,
    },
}

/// What an event changes besides its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Positions as they are now. The last is the latest of its key.
    pub positions: Vec<Position>,
    /// What moved.
    pub postings: Vec<Posting>,
}

/// What an order's event does; `open` is the open position of the order's key, looked at for `filled`
/// alone.
///
/// # Errors
/// [`Corrupt`] where a figure can't be held exactly.
pub fn order_effects(
    order: &Order,
    event: &OrderEvent,
    open: Option<Position>,
) -> Result<Effects, Corrupt> {
    let (positions, realised) = match event {
        OrderEvent::Filled { fill } => {
            let traded = trade(open, order, fill)?;
            (traded.positions, traded.realised)
        }
        _ => (vec![], Amount::ZERO),
    };
    let postings = order_postings(order, event, realised);
    check_balanced(&postings)?;
    Ok(Effects { positions, postings })
}

/// What an account's event does; `latest` is the latest position of [`AccountEvent::position_key`].
///
/// # Errors
/// [`Corrupt`] where the event can't have happened, or a figure can't be held exactly.
pub fn account_effects(
    account: Uuid,
    event: &AccountEvent,
    latest: Option<Position>,
) -> Result<Effects, Corrupt> {
    let illegal = |refusal| Corrupt::IllegalForAccount { account, refusal: Box::new(refusal) };
    event.check(latest.as_ref()).map_err(illegal)?;
    let postings = account_postings(account, event);
    check_balanced(&postings)?;
    let (AccountEvent::FundingPaid { amount, .. }, Some(mut position)) = (event, latest) else {
        return Ok(Effects { positions: vec![], postings });
    };
    position.fund(*amount)?;
    Ok(Effects { positions: vec![position], postings })
}

/// Orders, positions and balances, as events made them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    /// By id.
    pub orders: BTreeMap<Uuid, Order>,
    /// By id, open and closed. [`super::Trade::of`] each is its round trip.
    pub positions: BTreeMap<Uuid, Position>,
    /// The latest position of each key.
    pub latest: BTreeMap<PositionKey, Uuid>,
    /// By venue account, asset and purse.
    pub balances: BTreeMap<(Uuid, String, Purse), Amount>,
}

impl Book {
    /// Takes an event in.
    ///
    /// # Errors
    /// [`Corrupt`] where it can't have happened. The book is then worth nothing.
    pub fn apply(&mut self, event: &Event) -> Result<(), Corrupt> {
        let effects = match event {
            Event::Order { order, event } => self.apply_order(*order, event)?,
            Event::Account { account, event } => {
                let latest = event.position_key(*account).and_then(|key| self.latest.get(&key));
                let latest = latest.and_then(|id| self.positions.remove(id));
                account_effects(*account, event, latest)?
            }
        };
        for position in effects.positions {
            self.latest.insert(position.key.clone(), position.id);
            self.positions.insert(position.id, position);
        }
        for line in effects.postings {
            let balance = self.balances.entry((line.account, line.asset, line.purse)).or_default();
            let what = "a balance";
            *balance = balance.checked_add(line.amount).ok_or(Corrupt::Inexact { what })?;
        }
        Ok(())
    }

    fn apply_order(&mut self, id: Uuid, event: &OrderEvent) -> Result<Effects, Corrupt> {
        let Some(order) = self.orders.get_mut(&id) else {
            let order = Order::begin(id, event)?;
            self.orders.insert(id, order);
            return Ok(Effects::default());
        };
        order.apply(event)?;
        let key = PositionKey::of(order);
        // Taken out, for what is done to it is put back; a closed one stays.
        let open = match (event, self.latest.get(&key)) {
            (OrderEvent::Filled { .. }, Some(id))
                if self.positions.get(id).is_some_and(Position::is_open) =>
            {
                self.positions.remove(id)
            }
            _ => None,
        };
        order_effects(order, event, open)
    }

    /// The latest position of a key, open or closed.
    #[must_use]
    pub fn position(&self, key: &PositionKey) -> Option<&Position> {
        self.positions.get(self.latest.get(key)?)
    }

    /// A balance.
    #[must_use]
    pub fn balance(&self, account: Uuid, asset: &str, purse: Purse) -> Amount {
        self.balances.get(&(account, asset.to_owned(), purse)).copied().unwrap_or_default()
    }
}
