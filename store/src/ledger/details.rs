//! What is known of an order that its row doesn't have: it is in its events.

use domain::Decimal;
use domain::ledger::{Metadata, Order, OrderEvent, Tags, Terms, TimeInForce, Trail};
use tokio_postgres::Row;

use crate::StoreError;

/// What else was asked for, and why the order is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// How long it waits.
    pub time_in_force: TimeInForce,
    /// How far a trailing stop stays behind.
    pub trail: Option<Trail>,
    /// Whether it may only make the position smaller.
    pub reduce_only: bool,
    /// How many times the margin the position is worth.
    pub leverage: Decimal,
    /// Why it was sent.
    pub tags: Tags,
    /// Why the venue rejected it, in its own code.
    pub code: Option<String>,
    /// Why it was rejected or cancelled.
    pub reason: Option<String>,
}

impl Details {
    /// Of an order.
    #[must_use]
    pub fn of(order: &Order) -> Self {
        let (code, reason) = (order.code.clone(), order.reason.clone());
        Self { code, reason, ..Self::asked(&order.terms) }
    }

    /// Of an order that nothing has happened to.
    pub(super) fn asked(terms: &Terms) -> Self {
        Self {
            time_in_force: terms.time_in_force,
            trail: terms.trail,
            reduce_only: terms.reduce_only,
            leverage: terms.leverage,
            tags: terms.tags.clone(),
            code: None,
            reason: None,
        }
    }

    /// From the columns `terms`, of the first event, and `ending`, the event that ended it; with what the venue says of it.
    pub(super) fn read(row: &Row) -> Result<Option<(Self, Metadata)>, StoreError> {
        let odd = |error| StoreError::Unexpected(format!("an order's event: {error}"));
        let Some(terms) = row.try_get::<_, Option<&str>>("terms")? else { return Ok(None) };
        let terms: Terms = serde_json::from_str(terms).map_err(odd)?;
        let ending: Option<&str> = row.try_get("ending")?;
        let (code, reason) = match ending.map(serde_json::from_str).transpose().map_err(odd)? {
            Some(OrderEvent::Rejected { code, reason }) => (Some(code), Some(reason)),
            Some(OrderEvent::Cancelled { reason }) => (None, Some(reason)),
            _ => (None, None),
        };
        let details = Self { code, reason, ..Self::asked(&terms) };
        Ok(Some((details, terms.exchange_metadata)))
    }
}
