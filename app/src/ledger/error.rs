//! Why the ledger doesn't do what it is asked.

use domain::ledger::{Corrupt, Refusal};
use store::{AsStoreError, StoreError};
use uuid::Uuid;

use crate::market::read::ReadError;

/// Why the ledger doesn't do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It is against a rule of trading.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// There is no such account, or it is somebody else's.
    #[error("there is no such account")]
    UnknownAccount,
    /// Nothing new begins in an archived account.
    #[error("the account is archived")]
    ArchivedAccount,
    /// There is no such bot in that account.
    #[error("account {account} has no bot {bot}")]
    UnknownBot {
        /// The account.
        account: Uuid,
        /// The bot.
        bot: Uuid,
    },
    /// There is no such order, or it is somebody else's.
    #[error("there is no such order")]
    UnknownOrder,
    /// There is no such import, or it is somebody else's.
    #[error("there is no such import")]
    UnknownImport,
    /// Its account is a paper account.
    #[error("what happens to orders of a paper account, the paper venue tells")]
    VenueTells,
    /// Nobody knows what the order may cost.
    #[error("the symbol has no price yet, so nobody knows what the order may cost")]
    NoPrice,
    /// There is no such bot, or it is somebody else's.
    #[error("there is no such bot")]
    NoSuchBot,
    /// There is no such position, or it is somebody else's.
    #[error("there is no such position")]
    UnknownPosition,
    /// An answer would be put together from more than is done at a time.
    #[error(
        "there are more than {most} {what}; ask for a shorter time, or for one account, bot or symbol"
    )]
    TooMuchHistory {
        /// Of what.
        what: &'static str,
        /// So many are put together at the most.
        most: i64,
    },
    /// Nothing can be counted in it.
    #[error("no known symbol is traded in `{0}`, and no account has it")]
    UnknownCurrency(String),
    /// A range that is none, or has too many points.
    #[error("{0}")]
    InvalidRange(String),
    /// Prices can't be read.
    #[error(transparent)]
    Prices(#[from] ReadError),
    /// The key was used for something else.
    #[error("`{key}` was used before, for something else")]
    KeyReused {
        /// It.
        key: String,
    },
    /// What is stored makes no sense.
    #[error("the record is damaged: {0}")]
    Corrupt(#[from] Corrupt),
    /// An event makes no sense.
    #[error("event {position} of the record is damaged: {what}")]
    Damaged {
        /// Its position.
        position: i64,
        /// What is wrong with it.
        what: String,
    },
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever was writing it stopped in the middle; nothing is known of it.
    #[error("the order was not written; ask again under the same client_order_id")]
    Lost,
}

impl LedgerError {
    /// What programs know it by, as in the interface.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::UnknownAccount => "unknown_account",
            Self::ArchivedAccount => "account_archived",
            Self::UnknownBot { .. } => "unknown_bot",
            Self::UnknownOrder => "unknown_order",
            Self::KeyReused { .. } => "key_reused",
            _ => "internal",
        }
    }
}

impl AsStoreError for LedgerError {
    fn as_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
