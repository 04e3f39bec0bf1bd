//! Logins at other providers: those that are expected back, and how people are known there.

use domain::Time;
use domain::auth::TokenHash;
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::users::{self, User};
use crate::market::row::{At, time};
use crate::{Db, StoreError, Tx};

const BEGIN: &str = "
INSERT INTO auth.oidc_logins (browser_hash, provider, next, user_id, session_id, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
const TAKE: &str = "
DELETE FROM auth.oidc_logins WHERE browser_hash = $1 AND provider = $2 AND expires_at > $3
RETURNING next, user_id, session_id";
const SWEEP: &str = "DELETE FROM auth.oidc_logins WHERE expires_at <= $1";
const USER: &str = "
SELECT u.* FROM auth.identities i JOIN auth.users u ON u.id = i.user_id
WHERE i.provider = 'oidc' AND i.external_id = $1 AND i.ended_at IS NULL";
const LINK: &str = "
INSERT INTO auth.identities (user_id, provider, external_id, created_at) VALUES ($1, 'oidc', $2, $3)
ON CONFLICT (provider, external_id) DO UPDATE
SET user_id = excluded.user_id, created_at = excluded.created_at, ended_at = NULL WHERE identities.ended_at IS NOT NULL";
const WAS_LINKED: &str = "
SELECT user_id FROM auth.identities WHERE user_id = $1 AND provider = 'oidc' AND starts_with(external_id, $2) LIMIT 1";
const LIST: &str = "
SELECT external_id, created_at FROM auth.identities WHERE user_id = $1 AND provider = 'oidc' AND ended_at IS NULL
ORDER BY created_at, external_id";
const UNLINK: &str = "
UPDATE auth.identities SET ended_at = $3
WHERE user_id = $1 AND provider = 'oidc' AND starts_with(external_id, $2) AND ended_at IS NULL";

pub(super) const STATEMENTS: &[&str] = &[BEGIN, TAKE, SWEEP, USER, LINK, WAS_LINKED, LIST, UNLINK];

/// A login that went to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Where on the page to go on.
    pub next: String,
    /// Whose account the identity is to be linked with, and in which session that was asked for.
    pub link: Option<(Uuid, Uuid)>,
}

/// Adds a login that is expected back.
///
/// # Errors
/// The database's.
pub async fn begin(
    tx: &Tx,
    browser: TokenHash,
    provider: &str,
    awaited: &Awaited,
    expires_at: Time,
) -> Result<(), StoreError> {
    let (user, session) = awaited.link.unzip();
    let params = [
        (&&browser.0[..] as _, Type::BYTEA),
        (&provider as _, Type::TEXT),
        (&awaited.next as _, Type::TEXT),
        (&user as _, Type::UUID),
        (&session as _, Type::UUID),
        (&At(expires_at) as _, Type::TIMESTAMPTZ),
    ];
    tx.execute(BEGIN, &params).await.map(drop)
}

/// Takes a login that came back; it does so once.
///
/// # Errors
/// The database's.
pub async fn take(
    tx: &Tx,
    browser: TokenHash,
    provider: &str,
    now: Time,
) -> Result<Option<Awaited>, StoreError> {
    let params = [
        (&&browser.0[..] as _, Type::BYTEA),
        (&provider as _, Type::TEXT),
        (&At(now) as _, Type::TIMESTAMPTZ),
    ];
    let read = |row: Row| {
        let user: Option<Uuid> = row.try_get("user_id")?;
        let link = user.zip(row.try_get("session_id")?);
        Ok(Awaited { next: row.try_get("next")?, link })
    };
    tx.query_opt(TAKE, &params).await?.map(read).transpose()
}

/// Forgets logins that never came back.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &Tx, now: Time) -> Result<(), StoreError> {
    tx.execute(SWEEP, &[(&At(now), Type::TIMESTAMPTZ)]).await.map(drop)
}

/// Who is known by that identity.
///
/// # Errors
/// The database's.
pub async fn user(tx: &Tx, external_id: &str) -> Result<Option<User>, StoreError> {
    let row = tx.query_opt(USER, &[(&external_id, Type::TEXT)]).await?;
    row.as_ref().map(users::user).transpose()
}

/// Has somebody be known by an identity; false where it is somebody's already.
///
/// # Errors
/// The database's.
pub async fn link(
    tx: &Tx,
    user_id: Uuid,
    external_id: &str,
    now: Time,
) -> Result<bool, StoreError> {
    let params = [
        (&user_id as _, Type::UUID),
        (&external_id as _, Type::TEXT),
        (&At(now) as _, Type::TIMESTAMPTZ),
    ];
    Ok(tx.execute(LINK, &params).await? > 0)
}

/// By which identities somebody is known, and since when.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, user_id: Uuid) -> Result<Vec<(String, Time)>, StoreError> {
    let rows = db.query("auth.identities", LIST, &[(&user_id, Type::UUID)]).await?;
    rows.iter().map(|row| Ok((row.try_get("external_id")?, time(row, "created_at")?))).collect()
}

/// Whether somebody is or was known by an identity that begins so.
///
/// # Errors
/// The database's.
pub async fn was_linked(tx: &Tx, user_id: Uuid, beginning: &str) -> Result<bool, StoreError> {
    let params = [(&user_id as _, Type::UUID), (&beginning as _, Type::TEXT)];
    Ok(tx.query_opt(WAS_LINKED, &params).await?.is_some())
}

/// Has somebody no longer be known by identities that begin so; tells how many there were.
///
/// # Errors
/// The database's.
pub async fn unlink(tx: &Tx, user_id: Uuid, beginning: &str, now: Time) -> Result<u64, StoreError> {
    let params = [
        (&user_id as _, Type::UUID),
        (&beginning as _, Type::TEXT),
        (&At(now) as _, Type::TIMESTAMPTZ),
    ];
    tx.execute(UNLINK, &params).await
}
