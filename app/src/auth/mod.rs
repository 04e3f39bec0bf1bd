//! Accounts: who somebody is, what they may do, and the record of what they did.
//!
//! Whatever changes an account is written in one transaction with its line of the record.

mod admin;
mod changes;
mod codes;
mod fields;
mod identities;
mod keys;
pub mod limits;
mod login;
mod mail;
mod oidc;
mod passwords;
mod person;
mod preferences;
mod record;
mod second;
mod sessions;
mod tokens;
mod usage;
mod watchlists;

use std::net::IpAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use adapters::auth::sessions::{Change, PostgresSessions, Sessions, SessionsError};
use adapters::auth::{FieldKeys, OidcProvider};
use adapters::ops::redis::RedisUnavailable;
use domain::Time;
use domain::auth::{
    ApiKeyError, EmailError, KeyError, NotificationsError, PasswordError, Secret, WatchlistError,
};
use moka::future::Cache;
use serde_json::Value;
use store::auth::audit::Entry;
use store::auth::sessions::{End, Which};
use store::{AsStoreError, Db, StoreError, Tx};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::{Clock, Random};
pub use admin::AccountChange;
pub use fields::KeyState;
pub use identities::Identity;
use keys::HeldKey;
pub use keys::{KnownKey, NewKey};
pub use oidc::Departure;
pub use passwords::{PasswordCost, Passwords};
pub use preferences::PreferencesChange;
pub use record::record_as_csv;
pub use second::Enrolment;
use sessions::Held;
pub use sessions::Known;
use tokens::HeldToken;
pub use tokens::{Grant, Holder, KnownToken, LONGEST_TOKEN, MadeToken};
pub use usage::Usage;
pub use watchlists::WatchlistChange;

/// An address nobody tries to log in with is forgotten after this time.
const TURNS: Duration = Duration::from_secs(600);
/// Changes a stream may fall behind before it takes them for anybody's.
const BACKLOG: usize = 256;

/// How long sessions last and how often a password may be wrong.
#[derive(Debug, Clone, Copy)]
pub struct AccountOptions {
    /// A session that is not used for so long is over.
    pub session_life: Duration,
    /// However much it is used, a session is over after so long.
    pub session_limit: Duration,
    /// So many refused logins of one address in `lock_window` lock it until the window has passed.
    pub lock_after: i64,
    /// See `lock_after`.
    pub lock_window: Duration,
    /// A code that was sent or told is too old after so long.
    pub code_life: Duration,
    /// A token for a service is over after so long; [`LONGEST_TOKEN`] at most.
    pub token_life: Duration,
    /// Whether somebody runs [`Accounts::send_mails`].
    pub sends_mail: bool,
    /// After more than two refused logins of an address, each makes the next answer later by so much.
    pub slow_step: Duration,
}

impl Default for AccountOptions {
    fn default() -> Self {
        Self {
            session_life: Duration::from_secs(24 * 3600),
            session_limit: Duration::from_secs(30 * 24 * 3600),
            lock_after: 10,
            lock_window: Duration::from_secs(15 * 60),
            code_life: Duration::from_secs(3600),
            token_life: Duration::from_secs(15 * 60),
            sends_mail: false,
            slow_step: Duration::from_millis(200),
        }
    }
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its address.
    pub ip: Option<IpAddr>,
    /// What sent it, in its own words.
    pub user_agent: Option<String>,
}

/// Who does something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// The person; nobody is known at a login, and on the command line it is whoever runs the machine.
    pub user_id: Option<Uuid>,
    /// In which session.
    pub session_id: Option<Uuid>,
    /// From where.
    pub origin: Origin,
}

/// Why something about accounts is not done.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Address and password don't belong together, or the person may not come in: which of them is not told.
    #[error("the address or the password is wrong, or the account is closed")]
    Refused,
    /// Too many wrong passwords.
    #[error("too many logins were refused; this address may try again in {} min", .0.as_secs().div_ceil(60))]
    Locked(Duration),
    /// There is no such person.
    #[error("there is no such person: {0}")]
    UnknownUser(String),
    /// Wrong, used up, too old, or somebody else's: which of them is not told.
    #[error("the code is wrong, was used, or is too old; ask for another one")]
    InvalidCode,
    /// There is no mail server to send it by.
    #[error("this server sends no mail; ask whoever runs it for a code, or them to set [mail]")]
    NoMail,
    /// There is no such provider of logins, or the person isn't known there.
    #[error("there is no such provider of logins, or nothing of it is linked: {0:?}")]
    UnknownProvider(String),
    /// A login at a provider that nobody waits for.
    #[error(
        "the login at the provider took too long, came back already, or began in another browser; begin again"
    )]
    LoginExpired,
    /// Not an address of the page.
    #[error("next is to be an address of this server, from its / on")]
    Next,
    /// Somebody else is known by it.
    #[error("somebody else is known by this identity")]
    IdentityTaken,
    /// They could log in no more.
    #[error("there is no password to log in with instead; set one first")]
    NoPassword,
    /// The provider's.
    #[error(transparent)]
    Provider(#[from] adapters::auth::OidcError),
    /// The password was right, and a code is to follow with this token.
    #[error("the password was right; the second factor is to follow")]
    SecondFactor(Secret),
    /// Logins need a second factor already.
    #[error("logins need a second factor already; disable it first")]
    SecondFactorOn,
    /// Logins need none.
    #[error("logins need no second factor")]
    SecondFactorOff,
    /// Nobody said where the keys of encrypted fields are.
    #[error("there are no keys to encrypt with")]
    NoKeys,
    /// The keys of encrypted fields can't be read.
    #[error(transparent)]
    FieldKeys(#[from] adapters::auth::FieldKeysError),
    /// An encrypted field can't be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is somebody already.
    #[error("this server is set up already; an administrator adds people")]
    SetUp,
    /// There is no such session of this person.
    #[error("there is no such session")]
    UnknownSession,
    /// There is no such key of this person.
    #[error("there is no such key")]
    UnknownKey,
    /// A token may not have it, or its maker hasn't.
    #[error("a token can't have the scope {0}, or its maker hasn't got it")]
    TokenScope(String),
    /// The person has enough of them.
    #[error("a person has at most {0} keys; revoke one first")]
    TooManyKeys(i64),
    /// There is no such list of this person.
    #[error("there is no such watchlist")]
    UnknownWatchlist,
    /// The person has enough of them.
    #[error("a person has at most {0} watchlists; delete one first")]
    TooManyWatchlists(i64),
    /// Another list of this person has the name.
    #[error("there is a watchlist {0:?} already")]
    WatchlistTaken(String),
    /// Not a list that is kept.
    #[error(transparent)]
    Watchlist(#[from] WatchlistError),
    /// Not notifications that are kept.
    #[error(transparent)]
    Notifications(#[from] NotificationsError),
    /// Somebody has this address.
    #[error("somebody has the address {0} already")]
    EmailTaken(String),
    /// Nobody would be left who can manage people.
    #[error("this is the last administrator; make another one first")]
    LastAdmin,
    /// Not an address.
    #[error(transparent)]
    Email(#[from] EmailError),
    /// Not a password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Not a key.
    #[error(transparent)]
    ApiKey(#[from] ApiKeyError),
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The place where sessions are kept does not answer.
    #[error("{0}; try again soon")]
    SessionsUnavailable(RedisUnavailable),
    /// The hash can't be made or read.
    #[error("the password can't be checked: {0}")]
    Hash(String),
}

impl AsStoreError for AccountError {
    fn as_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<SessionsError> for AccountError {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::Store(error) => Self::Store(error),
            SessionsError::Unavailable(error) => Self::SessionsUnavailable(error),
        }
    }
}

/// Everything about accounts. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    db: Db,
    sessions: Arc<dyn Sessions>,
    clock: Clock,
    random: Random,
    passwords: Passwords,
    options: AccountOptions,
    /// Wakes whoever sends mails.
    mail: Arc<tokio::sync::Notify>,
    keys: Arc<OnceLock<FieldKeys>>,
    providers: Arc<OnceLock<Vec<Arc<OidcProvider>>>>,
    /// Sessions shown lately, believed for [`sessions::TRUSTED`] at most.
    held: Cache<domain::auth::TokenHash, Held>,
    /// The same of keys.
    held_keys: Cache<domain::auth::TokenHash, HeldKey>,
    /// The same of tokens.
    held_tokens: Cache<domain::auth::TokenHash, HeldToken>,
    /// Counts changes, so that what was read before one isn't held after it.
    epoch: Arc<AtomicU64>,
    changes: broadcast::Sender<Option<Uuid>>,
    /// Whose turn it is to have a password or a code of an address checked.
    turns: Cache<domain::auth::Email, Arc<tokio::sync::Mutex<()>>>,
}

impl Accounts {
    /// Accounts of a database, their sessions in it too.
    #[must_use]
    pub fn new(
        db: Db,
        clock: Clock,
        random: Random,
        cost: PasswordCost,
        options: AccountOptions,
    ) -> Self {
        let passwords = Passwords::new(cost, random.clone());
        let (held, held_keys, held_tokens) = (cache(), cache(), cache());
        let (epoch, changes) = (Arc::new(AtomicU64::new(0)), broadcast::channel(BACKLOG).0);
        let (mail, keys) = (Arc::new(tokio::sync::Notify::new()), Arc::new(OnceLock::new()));
        let providers = Arc::new(OnceLock::new());
        let sessions = Arc::new(PostgresSessions::new(db.clone()));
        Self(Arc::new(Inner {
            db,
            sessions,
            clock,
            random,
            passwords,
            options,
            mail,
            keys,
            providers,
            held,
            held_keys,
            held_tokens,
            epoch,
            changes,
            turns: Cache::builder().max_capacity(10_000).time_to_idle(TURNS).build(),
        }))
    }

    /// The same accounts with their sessions in another place.
    #[must_use]
    pub fn with_sessions(self, sessions: Arc<dyn Sessions>) -> Self {
        Self(Arc::new(Inner { sessions, ..Arc::unwrap_or_clone(self.0) }))
    }

    fn now(&self) -> Time {
        self.0.clock.now()
    }

    /// Ends sessions of somebody with a transaction that has changed their row: whoever logs in meanwhile began
    /// earlier than this, or waits for the row and is refused.
    async fn end(&self, tx: &Tx, user_id: Uuid, which: Which) -> Result<Change, StoreError> {
        let end = self.end_of(user_id, which);
        self.0.sessions.join(tx, &end).await?;
        Ok(end)
    }

    /// The end of somebody's sessions, now.
    fn end_of(&self, user_id: Uuid, which: Which) -> Change {
        let at = self.now();
        let until = at.plus(self.0.options.session_limit);
        Change::End { user_id, end: End { which, at, until } }
    }

    /// After the commit of an end: it holds already, so a place that doesn't hear of it is no error.
    async fn settle_end(&self, user_id: Uuid, end: &Change) {
        self.forget(Some(user_id));
        if let Err(error) = self.0.sessions.settle(end).await {
            tracing::warn!(%error, "sessions that have ended stay stored until they expire");
        }
    }

    /// A line of the record; what it tells of is added by `about` and `change`.
    pub(crate) fn entry(&self, actor: &Actor, action: &str) -> Entry {
        Entry {
            at: self.now(),
            user_id: actor.user_id,
            session_id: actor.session_id,
            action: action.to_owned(),
            done: true,
            resource: None,
            ip: actor.origin.ip,
            user_agent: actor.origin.user_agent.clone(),
            before: None,
            after: None,
        }
    }
}

/// Secrets shown lately, right ones and wrong ones.
fn cache<T: Clone + Send + Sync + 'static>() -> Cache<domain::auth::TokenHash, T> {
    Cache::builder().max_capacity(10_000).time_to_live(sessions::TRUSTED).build()
}

fn about(entry: Entry, user: Uuid) -> Entry {
    Entry { resource: Some(user.to_string()), ..entry }
}

fn change(entry: Entry, before: Option<Value>, after: Option<Value>) -> Entry {
    Entry { before, after, ..entry }
}

/// What of two objects with the same fields differs, and the number by which the record knows whose it is.
fn differences(mut before: Value, mut after: Value) -> (Value, Value) {
    if let (Value::Object(before), Value::Object(after)) = (&mut before, &mut after) {
        before.retain(|name, value| name == "watchlist" || after.get(name) != Some(value));
        after.retain(|name, _| before.contains_key(name));
    }
    (before, after)
}
