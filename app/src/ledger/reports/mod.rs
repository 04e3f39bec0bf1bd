//! What came of trading: performance, curves, snapshots, portfolios, explanations, and how it all was at a time.
//!
//! Everything is answered from tables that each event writes to, and from stored prices.

mod equity;
mod explain;
mod marks;
mod past;
mod performance;
mod portfolio;
mod prices;
mod snapshots;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::{Amount, Time};
use moka::future::Cache;
use store::Db;
use store::ledger::curves::Scope;
use store::ledger::{owners, past as stored};
use uuid::Uuid;

pub use equity::{Curve, CurveQuery, Point, Step};
pub use explain::{Explained, Line, LineKind, Total};
pub use marks::Mark;
pub use performance::{Group, GroupBy, Performance, PerformanceQuery, Unconverted};
pub use portfolio::{AccountWorth, Asset, BotWorth, Exposure, Portfolio};
pub use snapshots::describe_metrics;

use super::LedgerError;
use crate::Clock;
use crate::market::read::MarketReader;
use prices::Pair;

/// In what money is counted where nobody says.
pub const DEFAULT_CURRENCY: &str = "USDT";
/// Rows that are put together for one answer at the most.
const MOST_ROWS: i64 = 200_000;
/// Events that an answer may go back at the most.
const MOST_BACK: i64 = 2_000_000;
const PAIRS_LIFE: Duration = Duration::from_secs(60);

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct Reports(Arc<Inner>);

struct Inner {
    db: Db,
    reader: MarketReader,
    clock: Clock,
    pairs: Cache<(), Arc<Vec<Pair>>>,
}

impl Reports {
    /// Reports of a database, with the prices that `reader` has.
    #[must_use]
    pub fn new(db: Db, reader: MarketReader, clock: Clock) -> Self {
        let pairs = Cache::builder().max_capacity(1).time_to_live(PAIRS_LIFE).build();
        Self(Arc::new(Inner { db, reader, clock, pairs }))
    }

    fn now(&self) -> Time {
        self.0.clock.now()
    }

    /// Somebody's accounts, or the one of them that is asked for; of a bot its own.
    async fn scope(
        &self,
        user: Uuid,
        account: Option<Uuid>,
        bot: Option<Uuid>,
    ) -> Result<Scope, LedgerError> {
        let own = owners::of_user(&self.0.db, user).await?;
        let mut accounts: Vec<Uuid> = own.into_iter().map(|(id, _)| id).collect();
        if let Some(account) = account {
            accounts.retain(|own| *own == account);
            if accounts.is_empty() {
                return Err(LedgerError::UnknownAccount);
            }
        }
        if let Some(bot) = bot {
            let bots = owners::bots(&self.0.db, &accounts).await?;
            let found = bots.into_iter().find(|known| known.id == bot);
            accounts = vec![found.ok_or(LedgerError::NoSuchBot)?.account];
        }
        Ok(Scope { accounts, bot })
    }

    /// The last event as of a time, no further back than answers reach.
    async fn event_at(&self, time: Time) -> Result<i64, LedgerError> {
        let event = stored::position_at(&self.0.db, time).await?;
        let since = stored::last(&self.0.db).await? - event;
        if since > MOST_BACK {
            return Err(too_much("events since as_of", MOST_BACK));
        }
        Ok(event)
    }
}

fn too_much(what: &'static str, most: i64) -> LedgerError {
    LedgerError::TooMuchHistory { what, most }
}

/// What was in no sum, by name.
type Missing = BTreeSet<String>;

fn add(sum: &mut Amount, more: Amount) -> Result<(), LedgerError> {
    let inexact = || domain::ledger::Corrupt::Inexact { what: "a sum" };
    *sum = sum.checked_add(more).ok_or_else(inexact)?;
    Ok(())
}
