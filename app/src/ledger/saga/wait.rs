//! Waiting until the venue has said what becomes of an order.

use std::time::Duration;

use domain::ledger::{OrderEvent, OrderKind, TimeInForce};
use store::ledger::events;
use store::ledger::orders::OrderRow;
use store::trading::sagas::{self, Saga};
use uuid::Uuid;

use crate::ledger::{Ledger, LedgerError};

/// Between two looks, where another process does the work.
const LOOK: Duration = Duration::from_millis(50);

impl Ledger {
    /// Somebody's order once the venue has answered what was asked of it, or as it is when the time is over. Of an order that trades
    /// at once or not at all the end is waited for, so that its fills are there.
    ///
    /// # Errors
    /// [`LedgerError::UnknownOrder`]; the database's.
    pub async fn settled(
        &self,
        user: Uuid,
        id: Uuid,
        at_most: Duration,
    ) -> Result<OrderRow, LedgerError> {
        let over = tokio::time::Instant::now() + at_most;
        let to_the_end = self.trades_at_once(id).await?;
        loop {
            // Before the look, so that nothing that happens after it is missed.
            let changed = self.0.changed.notified();
            let order = self.order(user, id).await?;
            let settled = match order.status.as_str() {
                "filled" | "cancelled" | "rejected" | "expired" => true,
                "new" | "submitted" | "cancel_requested" => false,
                _ => !to_the_end,
            };
            if settled || tokio::time::Instant::now() >= over {
                return Ok(order);
            }
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(LOOK) => {}
                () = tokio::time::sleep_until(over) => {}
            }
        }
    }

    async fn trades_at_once(&self, id: Uuid) -> Result<bool, LedgerError> {
        let stored = events::history(&self.0.db, id).await?;
        let first = stored.first().ok_or(LedgerError::UnknownOrder)?;
        Ok(match first.read::<OrderEvent>()? {
            OrderEvent::Placed { terms, .. } => {
                terms.kind == OrderKind::Market
                    || terms.kind == OrderKind::Limit && terms.time_in_force != TimeInForce::Gtc
            }
            _ => false,
        })
    }

    /// Somebody's orders on their way through the paper venue, by number past `after`: all, or those that are `stuck` or
    /// not.
    ///
    /// # Errors
    /// The database's.
    pub async fn sagas(
        &self,
        user: Uuid,
        stuck: Option<bool>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Saga>, LedgerError> {
        Ok(sagas::list(&self.0.db, user, stuck, after, limit).await?)
    }
}
