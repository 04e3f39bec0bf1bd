//! The paper venue: takes the orders of paper accounts and fills them from committed trades, live or replayed.
//!
//! It keeps its own durable state, as a real venue does: what it answered and what happened since is read back after any
//! crash. Rules of filling are `domain::trading::paper`; docs/paper.md tells them.

use std::sync::Arc;

use domain::ledger::{Order, OrderEvent};
use domain::trading::paper::Amendment;
use store::{AsStoreError, Db, StoreError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Clock;
use crate::market::live::Live;
use crate::market::segments::Segments;

/// Why the venue doesn't do what it is asked. A refusal of an order is no error: it is its answer.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// It was never submitted here.
    #[error("the paper venue has no order {0}")]
    UnknownOrder(Uuid),
    /// Its account is another venue's.
    #[error("account {0} is no paper account")]
    NotPaper(Uuid),
    /// Nothing can be changed of it any more.
    #[error("order {0} has ended")]
    Ended(Uuid),
    /// The amendment doesn't fit the order.
    #[error("order {order}: {reason}")]
    Amendment {
        /// The order.
        order: Uuid,
        /// What is wrong.
        reason: String,
    },
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AsStoreError for PaperError {
    fn as_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Something that happened to an order after the venue took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperReport {
    /// Its place among all reports.
    pub seq: i64,
    /// The order.
    pub order: Uuid,
    /// `triggered`, `amended`, `filled`, `completed`, `cancelled` or `expired`.
    pub event: OrderEvent,
}

/// The venue. Cheap to clone.
#[derive(Clone)]
pub struct PaperVenue(Arc<Inner>);

struct Inner {
    db: Db,
}

impl PaperVenue {
    /// The venue of a database. `live` tells of commits, `segments` has ticks that were moved out of the database.
    #[must_use]
    pub fn new(db: Db, _clock: Clock, _live: Live, _segments: Segments) -> Self {
        Self(Arc::new(Inner { db }))
    }

    /// Takes an order and answers `accepted` or `rejected`. Asked again under the same id it answers the same. Fills that
    /// follow at once come as reports.
    ///
    /// # Errors
    /// [`PaperError::NotPaper`]; the database's.
    pub async fn submit(&self, _order: &Order) -> Result<OrderEvent, PaperError> {
        Err(self.todo())
    }

    /// Gives an order up; the answer comes as report. After the end of the order nothing happens.
    ///
    /// # Errors
    /// [`PaperError::UnknownOrder`]; the database's.
    pub async fn cancel(&self, _order: Uuid) -> Result<(), PaperError> {
        Err(self.todo())
    }

    /// Changes an order; the answer comes as report. What the order says already is not reported again.
    ///
    /// # Errors
    /// [`PaperError::UnknownOrder`], [`PaperError::Ended`], [`PaperError::Amendment`]; the database's.
    pub async fn amend(&self, _order: Uuid, _to: Amendment) -> Result<(), PaperError> {
        Err(self.todo())
    }

    /// What happened past `after`, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn reports(
        &self,
        _after: i64,
        _limit: usize,
    ) -> Result<Vec<PaperReport>, PaperError> {
        Err(self.todo())
    }

    /// Waits until there may be new reports, a second at the most.
    pub async fn wait_for_reports(&self) {}

    /// Matches orders with trades until `stop`, in the one process that does; in every process it hears of reports.
    pub async fn run(self, _stop: CancellationToken) {}

    fn todo(&self) -> PaperError {
        let _ = &self.0.db;
        StoreError::Unexpected("the paper venue is not open yet".to_owned()).into()
    }
}
