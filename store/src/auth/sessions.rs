//! Sessions. They are found by the hash of their token; a session that is over is not found.

use std::net::IpAddr;

use domain::Time;
use domain::auth::TokenHash;
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::users::{self, User};
use crate::market::row::{At, time};
use crate::{Db, StoreError, Tx};

const INSERT: &str = "
INSERT INTO auth.sessions (id, user_id, token_hash, created_at, last_used_at, expires_at, ends_at, ip, user_agent)
VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)";
// Columns of both: those of the session are named so that they hide none of the user's.
const FIND: &str = "
SELECT u.*, s.id AS session_id, s.created_at AS session_created_at, s.last_used_at, s.expires_at, s.ends_at, s.ip, s.user_agent
FROM auth.sessions s JOIN auth.users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.deactivated_at IS NULL";
const TOUCH: &str = "
UPDATE auth.sessions SET last_used_at = greatest(last_used_at, $2), expires_at = greatest(expires_at, least(ends_at, $3))
WHERE id = $1";
const LIST: &str = "
SELECT id AS session_id, created_at AS session_created_at, last_used_at, expires_at, ends_at, ip, user_agent
FROM auth.sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY last_used_at DESC, id";
const END: &str = "DELETE FROM auth.sessions WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2) AND ($3::uuid IS NULL OR id <> $3)";
const SWEEP: &str = "DELETE FROM auth.sessions WHERE expires_at <= $1";

const NOTE_END: &str = "
INSERT INTO auth.session_ends (user_id, at, only_session, kept_session, until) VALUES ($1, $2, $3, $4, $5)";
const ENDS: &str =
    "SELECT at, only_session, kept_session, until FROM auth.session_ends WHERE user_id = $1";
const SWEEP_ENDS: &str = "DELETE FROM auth.session_ends WHERE until <= $1";

pub(super) const STATEMENTS: &[&str] =
    &[INSERT, FIND, TOUCH, LIST, END, SWEEP, NOTE_END, ENDS, SWEEP_ENDS];

/// Somebody logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Number.
    pub id: Uuid,
    /// When it began.
    pub created_at: Time,
    /// When it was last shown, to the minute or so.
    pub last_used_at: Time,
    /// When it ends unless it is used again.
    pub expires_at: Time,
    /// When it ends however much it is used.
    pub ends_at: Time,
    /// Where it began.
    pub ip: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<String>,
}

/// Adds a session.
///
/// # Errors
/// The database's.
pub async fn insert(
    tx: &Tx,
    user_id: Uuid,
    token: TokenHash,
    session: &Session,
) -> Result<(), StoreError> {
    let hash = &token.0[..];
    let [created, expires, ends] =
        [session.created_at, session.expires_at, session.ends_at].map(At);
    tx.execute(
        INSERT,
        &[
            (&session.id, Type::UUID),
            (&user_id, Type::UUID),
            (&hash, Type::BYTEA),
            (&created, Type::TIMESTAMPTZ),
            (&expires, Type::TIMESTAMPTZ),
            (&ends, Type::TIMESTAMPTZ),
            (&session.ip, Type::INET),
            (&session.user_agent, Type::TEXT),
        ],
    )
    .await
    .map(drop)
}

/// Who shows this token, unless the session is over or the person may no longer come in.
///
/// # Errors
/// The database's.
pub async fn find(
    db: &Db,
    token: TokenHash,
    now: Time,
) -> Result<Option<(User, Session)>, StoreError> {
    let hash = &token.0[..];
    let rows = db
        .query("auth.session", FIND, &[(&hash, Type::BYTEA), (&At(now), Type::TIMESTAMPTZ)])
        .await?;
    rows.first().map(|row| Ok((users::user(row)?, session(row)?))).transpose()
}

/// Notes that a session was used, and lets it last until `expires_at` or its end.
///
/// # Errors
/// The database's.
pub async fn touch(db: &Db, id: Uuid, now: Time, expires_at: Time) -> Result<(), StoreError> {
    let (id, now, expires_at) = (&id, &At(now), &At(expires_at));
    let touch = |tx: Tx| async move {
        tx.execute(
            TOUCH,
            &[(id, Type::UUID), (now, Type::TIMESTAMPTZ), (expires_at, Type::TIMESTAMPTZ)],
        )
        .await
    };
    db.run("auth.touch_session", touch).await.map(drop)
}

/// A person's sessions, the one used last first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, user_id: Uuid, now: Time) -> Result<Vec<Session>, StoreError> {
    let rows = db
        .query("auth.sessions", LIST, &[(&user_id, Type::UUID), (&At(now), Type::TIMESTAMPTZ)])
        .await?;
    rows.iter().map(session).collect()
}

/// Which of a person's sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// This one.
    One(Uuid),
    /// All but this one.
    Others(Uuid),
    /// Each of them.
    All,
}

impl Which {
    /// Whether a session is among them.
    #[must_use]
    pub fn covers(self, session: Uuid) -> bool {
        match self {
            Self::One(id) => session == id,
            Self::Others(id) => session != id,
            Self::All => true,
        }
    }

    fn only_and_kept(self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::One(id) => (Some(id), None),
            Self::Others(id) => (None, Some(id)),
            Self::All => (None, None),
        }
    }
}

/// An end of sessions that are kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Which.
    pub which: Which,
    /// When: it ends those that began no later.
    pub at: Time,
    /// By then each of them would be over anyway.
    pub until: Time,
}

impl End {
    /// Whether it ends that session.
    #[must_use]
    pub fn covers(&self, session: &Session) -> bool {
        session.created_at <= self.at && self.which.covers(session.id)
    }
}

/// Notes an end of sessions that are kept elsewhere.
///
/// # Errors
/// The database's.
pub async fn note_end(tx: &Tx, user_id: Uuid, end: &End) -> Result<(), StoreError> {
    let (only, kept) = end.which.only_and_kept();
    let params = [
        (&user_id as _, Type::UUID),
        (&At(end.at) as _, Type::TIMESTAMPTZ),
        (&only as _, Type::UUID),
        (&kept as _, Type::UUID),
        (&At(end.until) as _, Type::TIMESTAMPTZ),
    ];
    tx.execute(NOTE_END, &params).await.map(drop)
}

/// The ends of a person's sessions that were noted.
///
/// # Errors
/// The database's.
pub async fn ends(db: &Db, user_id: Uuid) -> Result<Vec<End>, StoreError> {
    let rows = db.query("auth.session_ends", ENDS, &[(&user_id, Type::UUID)]).await?;
    let end = |row: &Row| {
        let which = match (row.try_get("only_session")?, row.try_get("kept_session")?) {
            (Some(id), _) => Which::One(id),
            (None, Some(id)) => Which::Others(id),
            (None, None) => Which::All,
        };
        Ok(End { which, at: time(row, "at")?, until: time(row, "until")? })
    };
    rows.iter().map(end).collect()
}

/// Deletes noted ends that matter no more; tells how many there were.
///
/// # Errors
/// The database's.
pub async fn sweep_ends(db: &Db, now: Time) -> Result<u64, StoreError> {
    let now = &At(now);
    db.run("auth.sweep_session_ends", |tx| async move {
        tx.execute(SWEEP_ENDS, &[(now, Type::TIMESTAMPTZ)]).await
    })
    .await
}

/// Ends sessions; tells how many there were.
///
/// # Errors
/// The database's.
pub async fn end(tx: &Tx, user_id: Uuid, which: Which) -> Result<u64, StoreError> {
    let (only, except) = which.only_and_kept();
    tx.execute(END, &[(&user_id, Type::UUID), (&only, Type::UUID), (&except, Type::UUID)]).await
}

/// Deletes those that are over; tells how many there were.
///
/// # Errors
/// The database's.
pub async fn sweep(db: &Db, now: Time) -> Result<u64, StoreError> {
    let now = &At(now);
    db.run("auth.sweep_sessions", |tx| async move {
        tx.execute(SWEEP, &[(now, Type::TIMESTAMPTZ)]).await
    })
    .await
}

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.try_get("session_id")?,
        created_at: time(row, "session_created_at")?,
        last_used_at: time(row, "last_used_at")?,
        expires_at: time(row, "expires_at")?,
        ends_at: time(row, "ends_at")?,
        ip: row.try_get("ip")?,
        user_agent: row.try_get("user_agent")?,
    })
}
