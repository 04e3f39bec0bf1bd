//! The record of trading: commands are checked, become events, and events and what they came to are
//! committed together.
//!
//! Whoever acts for somebody names them as `user`; other people's accounts and orders are unknown to them.

mod changes;
mod error;
pub mod import;
mod numbered;
mod place;
mod rebuild;
pub mod reports;
mod saga;
mod tell;

use std::sync::{Arc, Mutex};

use domain::Time;
use store::Db;
use store::ledger::books::{self, Balance};
use store::ledger::entries::{self, EntryQuery, EntryRow};
use store::ledger::events::{self, StoredEvent};
use store::ledger::fills::{self, FillQuery, OwnFill};
use store::ledger::orders::{self, FillRow, OrderQuery, OrderRow};
use store::ledger::owners;
use store::ledger::trips::{self, PositionRow, TradeRow, TripQuery};
use tokio::sync::{Notify, Semaphore, broadcast};
use uuid::Uuid;

pub use changes::{NewFill, OrderChange, OrderNews, OrderState};
pub use error::LedgerError;
pub use place::{NewOrder, Placed};
use place::{WRITERS, Waiting};
pub use rebuild::{Fault, MOST_ORDERS, Rebuilt, Report, TableRebuilt};
pub use saga::describe_metrics;

use crate::listen::BACKLOG;
use crate::{Clock, Random};

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    random: Random,
    /// Orders that wait to be written, and the rights to write them.
    waiting: Mutex<Vec<Waiting>>,
    writing: Semaphore,
    /// Told when some saga may be due, and when sagas have changed orders.
    due: Notify,
    changed: Notify,
    /// Told what every process commits of orders.
    news: broadcast::Sender<Arc<OrderNews>>,
}

impl Ledger {
    /// The ledger of a database.
    #[must_use]
    pub fn new(db: Db, clock: Clock, random: Random) -> Self {
        let (waiting, writing) = (Mutex::default(), Semaphore::new(WRITERS));
        let (due, changed) = (Notify::new(), Notify::new());
        let news = broadcast::channel(BACKLOG).0;
        Self(Arc::new(Inner { db, clock, random, waiting, writing, due, changed, news }))
    }

    fn now(&self) -> Time {
        self.0.clock.now()
    }

    /// Somebody's order.
    ///
    /// # Errors
    /// [`LedgerError::UnknownOrder`]; the database's.
    pub async fn order(&self, user: Uuid, id: Uuid) -> Result<OrderRow, LedgerError> {
        let order = orders::find(&self.0.db, id).await?.ok_or(LedgerError::UnknownOrder)?;
        self.own(user, order.account_id).await.map_err(|error| match error {
            LedgerError::UnknownAccount => LedgerError::UnknownOrder,
            error => error,
        })?;
        Ok(order)
    }

    /// Somebody's order by its name in an account.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAccount`], [`LedgerError::UnknownOrder`]; the database's.
    pub async fn order_by_client_id(
        &self,
        user: Uuid,
        account: Uuid,
        client_order_id: &str,
    ) -> Result<OrderRow, LedgerError> {
        self.own(user, account).await?;
        let id = orders::by_client_id(&self.0.db, account, client_order_id).await?;
        let id = id.ok_or(LedgerError::UnknownOrder)?;
        orders::find(&self.0.db, id).await?.ok_or(LedgerError::UnknownOrder)
    }

    /// Orders, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn orders(&self, query: &OrderQuery) -> Result<Vec<OrderRow>, LedgerError> {
        Ok(orders::page(&self.0.db, query).await?)
    }

    /// The fills of somebody's order.
    ///
    /// # Errors
    /// [`LedgerError::UnknownOrder`]; the database's.
    pub async fn fills(&self, user: Uuid, order: Uuid) -> Result<Vec<FillRow>, LedgerError> {
        self.order(user, order).await?;
        Ok(orders::fills(&self.0.db, order).await?)
    }

    /// Somebody's fills, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn own_fills(&self, query: &FillQuery) -> Result<Vec<OwnFill>, LedgerError> {
        Ok(fills::page(&self.0.db, query).await?)
    }

    /// What happened to somebody's order past a version, in its order, at most so many.
    ///
    /// # Errors
    /// [`LedgerError::UnknownOrder`]; the database's.
    pub async fn order_events(
        &self,
        user: Uuid,
        order: Uuid,
        version: i32,
        most: i64,
    ) -> Result<Vec<StoredEvent>, LedgerError> {
        self.order(user, order).await?;
        Ok(events::stream_page(&self.0.db, order, version, most).await?)
    }

    /// Postings of somebody's accounts, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn entries(&self, query: &EntryQuery) -> Result<Vec<EntryRow>, LedgerError> {
        Ok(entries::page(&self.0.db, query).await?)
    }

    /// Positions, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn positions(&self, query: &TripQuery) -> Result<Vec<PositionRow>, LedgerError> {
        Ok(trips::positions(&self.0.db, query).await?)
    }

    /// Round trips, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn trades(&self, query: &TripQuery) -> Result<Vec<TradeRow>, LedgerError> {
        Ok(trips::trades(&self.0.db, query).await?)
    }

    /// What somebody's account has, by asset.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAccount`]; the database's.
    pub async fn balances(&self, user: Uuid, account: Uuid) -> Result<Vec<Balance>, LedgerError> {
        self.own(user, account).await?;
        Ok(books::balances(&self.0.db, account).await?)
    }

    /// Whether an account is somebody's.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAccount`]; the database's.
    pub async fn own(&self, user: Uuid, account: Uuid) -> Result<(), LedgerError> {
        let owner = owners::find(&self.0.db, account).await?;
        let own = owner.is_some_and(|owner| owner.user == Some(user));
        if own { Ok(()) } else { Err(LedgerError::UnknownAccount) }
    }
}
