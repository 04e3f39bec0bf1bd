//! Venue accounts, strategies and bots of people.
//!
//! Each is found by its number and its owner's: other people's are not there. Whatever changes one is written in one
//! transaction with its line of the record, which has numbers and statuses and none of its owner's words or secrets.

mod accounts;
mod alerts;
mod bots;
mod cache;
mod changes;
mod heartbeats;
pub mod paper;
mod signing;
mod strategies;
mod templates;
mod watch;
mod webhooks;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use adapters::trading::states::{BotStates, MemoryStates};
use domain::Time;
use domain::trading::{BotStatus, TradingRule};
use serde_json::Value;
use store::auth::audit::{self, Entry};
use store::{AsStoreError, Db, StoreError, Tx};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::auth::{AccountError, Accounts, Actor};
use crate::listen::BACKLOG;
use crate::{Clock, Random};
pub use accounts::{AccountChange, NewAccount};
pub use bots::{BotChange, NewBot, state};
pub use cache::{Cache, CacheError};
pub use changes::{BotNews, BotNow};
pub use heartbeats::NewHeartbeat;
pub use signing::{KnownSigner, MadeSigningKey};
pub use strategies::NewStrategy;
pub use templates::{NewTemplate, TemplateChange};
pub use watch::describe_metrics;
pub use webhooks::{HookError, Sent};

/// What there is of this area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// An account at a venue.
    Account,
    /// A strategy.
    Strategy,
    /// A version of one.
    Version,
    /// A template for one.
    Template,
    /// A bot.
    Bot,
    /// A key that signs requests.
    SigningKey,
    /// An address for alerts.
    Webhook,
    /// An alert that came there.
    Alert,
}

impl Thing {
    /// A person may have so many.
    const fn most(self) -> i64 {
        match self {
            Self::Account | Self::SigningKey => 100,
            Self::Strategy
            | Self::Version
            | Self::Template
            | Self::Bot
            | Self::Webhook
            | Self::Alert => 1_000,
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "account",
            Self::Strategy => "strategy",
            Self::Version => "version",
            Self::Template => "template",
            Self::Bot => "bot",
            Self::SigningKey => "signing key",
            Self::Webhook => "webhook",
            Self::Alert => "alert",
        })
    }
}

/// Why something about accounts, strategies or bots is not done.
#[derive(Debug, thiserror::Error)]
pub enum TradingError {
    /// There is none of this person.
    #[error("there is no such {0}")]
    Unknown(Thing),
    /// Another of this person has the name.
    #[error("there is another {0} {1:?}")]
    Taken(Thing, String),
    /// The person has enough of them.
    #[error("a person has at most {1} things of the kind {0}")]
    TooMany(Thing, i64),
    /// Nothing is done on it any more.
    #[error("the account is archived")]
    Archived,
    /// Others fill its orders.
    #[error("the account is not of kind paper")]
    NotPaper,
    /// A bot trades on it.
    #[error("a bot trades on the account; stop it first")]
    InUse,
    /// Orders of it may still trade.
    #[error("orders of the account are open; cancel them first")]
    OpenOrders,
    /// It trades, by what is to be changed.
    #[error("the bot is {0}; stop or pause it first")]
    Active(BotStatus),
    /// It was never started.
    #[error("the bot is stopped; start it first")]
    Stopped,
    /// The ledger has orders, positions or trades of it.
    #[error("the ledger has orders of the bot, so it stays")]
    HasOrders,
    /// Not something that is kept.
    #[error(transparent)]
    Rule(#[from] TradingRule),
    /// That of accounts, which keep the keys of encrypted fields.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AsStoreError for TradingError {
    fn as_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Everything about trading but orders. Cheap to clone.
#[derive(Clone)]
pub struct Trading(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    random: Random,
    accounts: Accounts,
    states: Arc<dyn BotStates>,
    /// Whether this process hears of changes: without that, what is at hand may be long over.
    hears: AtomicBool,
    /// Told what every process commits of bots.
    news: broadcast::Sender<Arc<BotNews>>,
}

impl Trading {
    /// The trading of a database, whose people are `accounts`; what bots are doing is at hand in `states`, or in memory.
    #[must_use]
    pub fn new(
        db: Db,
        clock: Clock,
        random: Random,
        accounts: Accounts,
        states: Option<Arc<dyn BotStates>>,
    ) -> Self {
        let states = states.unwrap_or_else(|| Arc::new(MemoryStates::default()));
        let (hears, news) = (AtomicBool::new(false), broadcast::channel(BACKLOG).0);
        Self(Arc::new(Inner { db, clock, random, accounts, states, hears, news }))
    }

    fn now(&self) -> Time {
        self.0.clock.now()
    }

    fn id(&self, now: Time) -> Uuid {
        self.0.random.id(now)
    }

    /// A line of the record about a thing; what it tells is added by [`note`].
    fn entry(&self, actor: &Actor, action: &str, id: Uuid) -> Entry {
        Entry { resource: Some(id.to_string()), ..self.0.accounts.entry(actor, action) }
    }
}

/// Writes a line of the record with what was and what is.
async fn note(
    tx: &Tx,
    entry: &Entry,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), StoreError> {
    audit::write(tx, &Entry { before, after, ..entry.clone() }).await
}

/// That there is room for another one, of which there are so many.
fn room(thing: Thing, count: i64) -> Result<(), TradingError> {
    if count < thing.most() { Ok(()) } else { Err(TradingError::TooMany(thing, thing.most())) }
}

/// Names of a person's things of a kind differ.
fn taken(thing: Thing, name: &str) -> impl Fn(StoreError) -> TradingError {
    move |error| match error.constraint() {
        Some(rule) if rule.ends_with("_name_key") => TradingError::Taken(thing, name.to_owned()),
        _ => error.into(),
    }
}
