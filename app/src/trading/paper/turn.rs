//! What one transaction changes at the venue: orders, positions, and what is told of them.

use std::collections::BTreeMap;

use domain::ledger::{OrderEvent, Terms};
use domain::{Amount, Time};
use store::trading::paper::{self as record, PositionOf};
use store::trading::paper_orders::{self as orders, PaperRow};
use store::{StoreError, Tx};
use uuid::Uuid;

/// Changes of orders of one symbol, in the order in which they happened.
pub(super) struct Turn {
    symbol_id: i32,
    orders: Vec<PaperRow>,
    /// As it was, and as it is. Of those that nothing depends on only the difference is right.
    positions: BTreeMap<PositionOf, (Amount, Amount)>,
    reports: Vec<(Uuid, OrderEvent)>,
}

impl Turn {
    /// Nothing yet.
    pub(super) fn of(symbol_id: i32) -> Self {
        Self { symbol_id, orders: vec![], positions: BTreeMap::new(), reports: vec![] }
    }

    fn key(&self, terms: &Terms) -> PositionOf {
        let Terms { account, bot, mode, .. } = *terms;
        PositionOf { account, bot, symbol_id: self.symbol_id, mode }
    }

    /// Reads the position that an order changes, where it goes by it; tells whose it is.
    pub(super) async fn load(&mut self, tx: &Tx, terms: &Terms) -> Result<PositionOf, StoreError> {
        let key = self.key(terms);
        if terms.reduce_only && !self.positions.contains_key(&key) {
            let position = record::position(tx, key).await?;
            self.positions.insert(key, (position, position));
        }
        Ok(key)
    }

    /// A position.
    pub(super) fn position(&mut self, of: PositionOf) -> &mut Amount {
        &mut self.positions.entry(of).or_default().1
    }

    /// Something happened to an order.
    pub(super) fn tell(&mut self, order: Uuid, events: Vec<OrderEvent>) {
        self.reports.extend(events.into_iter().map(|event| (order, event)));
    }

    /// An order is no longer what it was.
    pub(super) fn changed(&mut self, order: PaperRow) {
        self.orders.push(order);
    }

    /// Writes all of it; gives what was told.
    pub(super) async fn write(
        self,
        tx: &Tx,
        now: Time,
    ) -> Result<Vec<(Uuid, OrderEvent)>, StoreError> {
        orders::update(tx, &self.orders, now).await?;
        for (key, (was, is)) in self.positions {
            let mut change = is;
            change += -was;
            if change != Amount::ZERO {
                record::add_to_position(tx, key, change).await?;
            }
        }
        record::report(tx, &self.reports, now).await?;
        Ok(self.reports)
    }
}
