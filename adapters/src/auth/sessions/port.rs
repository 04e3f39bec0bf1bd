//! The port: what accounts ask of the place where sessions are kept, whichever it is.

use domain::Time;
use domain::auth::TokenHash;
use futures_util::future::BoxFuture;
use store::auth::sessions::{End, Session};
use store::auth::users::User;
use store::{StoreError, Tx};
use uuid::Uuid;

use crate::ops::redis::RedisUnavailable;

/// What an operation on sessions comes to.
pub type Done<'a, T> = BoxFuture<'a, Result<T, SessionsError>>;

/// A beginning or an end. It is made in two steps, [`Sessions::join`] in the transaction that also
/// writes the line of the record, and [`Sessions::settle`] outside of it, for no network call happens
/// inside a transaction: before it where a session begins, so that no line tells of one that is nowhere,
/// and after its commit where sessions end, so that none ends for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Somebody logged in.
    Begin {
        /// Who.
        user_id: Uuid,
        /// The hash of the session's secret.
        token: TokenHash,
        /// The session.
        session: Session,
    },
    /// Sessions end.
    End {
        /// Whose.
        user_id: Uuid,
        /// Which of them.
        end: End,
    },
}

/// A place for sessions.
///
/// Laws, which the behaviour suite checks on every implementation:
/// 1. A session that was settled and joined is found by the hash of its secret, with its person as
///    they are now, until `expires_at`.
/// 2. An unknown hash finds nobody, and neither does that of a person who may not come in.
/// 3. An end whose transaction was committed holds, even where `settle` failed or never ran; one that
///    was rolled back ends nothing.
/// 4. `touch` moves the expiry on, up to `ends_at`, and never back.
/// 5. `list` tells a person's living sessions, the one used last first, and nobody else's.
/// 6. Where the place can't be reached every call fails with [`SessionsError::Unavailable`]; it is
///    never mistaken for "nobody". When it is back, so is what it held.
/// 7. Secrets are not stored, only their hashes.
pub trait Sessions: Send + Sync + 'static {
    /// Who shows this secret, unless the session is over or the person may not come in.
    fn find(&self, token: TokenHash, now: Time) -> Done<'_, Option<(User, Session)>>;

    /// Notes that a session was used, and lets it last until `expires_at` or its end.
    fn touch(&self, user_id: Uuid, id: Uuid, now: Time, expires_at: Time) -> Done<'_, ()>;

    /// A person's sessions, the one used last first.
    fn list(&self, user_id: Uuid, now: Time) -> Done<'_, Vec<Session>>;

    /// What of a change belongs into the transaction that records it.
    fn join<'a>(&'a self, tx: &'a Tx, change: &'a Change) -> BoxFuture<'a, Result<(), StoreError>>;

    /// What of a change is done outside the transaction.
    fn settle<'a>(&'a self, change: &'a Change) -> Done<'a, ()>;

    /// Whether they are outside the database.
    fn are_elsewhere(&self) -> bool;

    /// Deletes what is over; tells how many sessions that were, where that is known.
    fn sweep(&self, now: Time) -> Done<'_, u64>;
}

/// Why sessions can't be told.
#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The place does not answer.
    #[error("sessions can't be looked up: {0}")]
    Unavailable(#[from] RedisUnavailable),
}
