//! The port: what is asked of the place where bots' states are at hand, whichever it is.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ops::redis::RedisUnavailable;

/// What is at hand is forgotten after this time, whatever happens.
pub const LIFE: Duration = Duration::from_secs(300);

/// What asking comes to.
pub type Told<'a, T> = BoxFuture<'a, Result<T, RedisUnavailable>>;

/// What a bot is doing, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotState {
    /// Whose it is.
    pub user_id: Option<Uuid>,
    /// Its status.
    pub status: String,
    /// When it was last started; RFC 3339.
    pub started_at: Option<String>,
    /// When it was last heard of.
    pub last_heartbeat: Option<String>,
    /// How many heartbeats told of an error.
    pub error_count: i32,
    /// What it had when it last told, as a decimal.
    pub balance: Option<String>,
    /// What it had won by then.
    pub total_pnl: Option<String>,
}

/// A place where states are at hand.
///
/// Laws, which the behaviour suite checks on every implementation:
/// 1. What was kept is told until [`LIFE`] has passed, and that of no other bot.
/// 2. What is told is of the highest revision that the place heard of, by `keep` or `forget`: what comes late, of a lower
///    one, changes nothing.
/// 3. After `forget` of a revision nothing lower is told or kept; of that revision itself it may be.
/// 4. `doubt` is called where changes may have been missed. A place that only this process writes tells nothing older
///    from then on; one that all nodes write hears of them from the others.
/// 5. A place that can't be reached fails; it never tells that there is nothing.
pub trait BotStates: Send + Sync + 'static {
    /// What a bot is doing, where that is at hand.
    fn get(&self, bot: Uuid) -> Told<'_, Option<BotState>>;

    /// Has a bot's state at hand, which it has since that revision.
    fn keep<'a>(&'a self, bot: Uuid, revision: i64, state: &'a BotState) -> Told<'a, ()>;

    /// Another state is true since that revision.
    fn forget(&self, bot: Uuid, revision: i64) -> Told<'_, ()>;

    /// Changes may have been missed.
    fn doubt(&self);
}
