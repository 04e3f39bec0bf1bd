//! Codes that people type, and mails with such codes that are yet to be sent.

use domain::Time;
use domain::auth::{CodePurpose, Email, TokenHash};
use postgres_types::Type;
use uuid::Uuid;

use crate::market::row::{At, time};
use crate::{StoreError, Tx};

const PUT: &str = "
INSERT INTO auth.codes (user_id, purpose, code_hash, created_at, expires_at, attempts_left)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (purpose, coalesce(user_id, '00000000-0000-0000-0000-000000000000')) DO UPDATE
SET code_hash = EXCLUDED.code_hash, created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at,
    attempts_left = EXCLUDED.attempts_left";
// Counted before it is compared, so that attempts at once wait for each other and none is free.
const ATTEMPT: &str = "
UPDATE auth.codes SET attempts_left = attempts_left - 1
WHERE purpose = $1 AND user_id IS NOT DISTINCT FROM $2 AND attempts_left > 0 AND (expires_at IS NULL OR expires_at > $3)
RETURNING code_hash = $4 AS matches";
// It stays until it would have been too old: when it was made says when the next may be mailed.
const USE_UP: &str = "
UPDATE auth.codes SET attempts_left = 0, expires_at = coalesce(expires_at, $3)
WHERE purpose = $1 AND user_id IS NOT DISTINCT FROM $2";
const MADE_AT: &str = "SELECT created_at FROM auth.codes WHERE purpose = $1 AND user_id = $2";
const SWEEP: &str = "DELETE FROM auth.codes WHERE expires_at <= $1";

const REQUEST: &str = "
INSERT INTO auth.code_requests (purpose, email, created_at, next_try_at) VALUES ($1, $2, $3, $3)
ON CONFLICT (email, purpose) DO NOTHING";
const CLAIM: &str = "
UPDATE auth.code_requests SET tries = tries + 1, next_try_at = $1 + least(power(2, tries), 64) * interval '1 minute'
WHERE id = (SELECT id FROM auth.code_requests WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, purpose, email, tries";
const FORGET: &str = "DELETE FROM auth.code_requests WHERE id = $1";

pub(super) const STATEMENTS: &[&str] =
    &[PUT, ATTEMPT, USE_UP, MADE_AT, SWEEP, REQUEST, CLAIM, FORGET];

/// A code to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewCode {
    /// Whose; nobody's for the first administrator's.
    pub user_id: Option<Uuid>,
    /// What for.
    pub purpose: CodePurpose,
    /// Of the code.
    pub hash: TokenHash,
    /// When it is too old; `None` is never.
    pub expires_at: Option<Time>,
    /// How often it may be tried.
    pub attempts: i32,
}

/// A mail that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRequest {
    /// Number.
    pub id: i64,
    /// What its code is for.
    pub purpose: CodePurpose,
    /// To whom.
    pub email: Email,
    /// Which try this is, from 1.
    pub tries: i32,
}

/// Stores a code in the place of the one before.
///
/// # Errors
/// The database's.
pub async fn put(tx: &Tx, code: &NewCode, now: Time) -> Result<(), StoreError> {
    let params = [
        (&code.user_id as _, Type::UUID),
        (&code.purpose.as_str() as _, Type::TEXT),
        (&&code.hash.0[..] as _, Type::BYTEA),
        (&At(now) as _, Type::TIMESTAMPTZ),
        (&code.expires_at.map(At) as _, Type::TIMESTAMPTZ),
        (&code.attempts as _, Type::INT4),
    ];
    tx.execute(PUT, &params).await.map(drop)
}

/// Uses a code up; false where it is wrong, too old, used or tried too often, and then one of its
/// attempts is gone.
///
/// # Errors
/// The database's.
pub async fn take(
    tx: &Tx,
    purpose: CodePurpose,
    user_id: Option<Uuid>,
    hash: TokenHash,
    now: Time,
) -> Result<bool, StoreError> {
    let attempt = [
        (&purpose.as_str() as _, Type::TEXT),
        (&user_id as _, Type::UUID),
        (&At(now) as _, Type::TIMESTAMPTZ),
        (&&hash.0[..] as _, Type::BYTEA),
    ];
    let matches = match tx.query_opt(ATTEMPT, &attempt).await? {
        Some(row) => row.try_get("matches")?,
        None => false,
    };
    if matches {
        tx.execute(USE_UP, &attempt[..3]).await?;
    }
    Ok(matches)
}

/// When somebody's last code was made, used or not.
///
/// # Errors
/// The database's.
pub async fn made_at(
    tx: &Tx,
    purpose: CodePurpose,
    user_id: Uuid,
) -> Result<Option<Time>, StoreError> {
    let owner = [(&purpose.as_str() as _, Type::TEXT), (&user_id as _, Type::UUID)];
    tx.query_opt(MADE_AT, &owner).await?.map(|row| time(&row, "created_at")).transpose()
}

/// Deletes codes that are too old; tells how many there were.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &Tx, now: Time) -> Result<u64, StoreError> {
    tx.execute(SWEEP, &[(&At(now), Type::TIMESTAMPTZ)]).await
}

/// Notes that a mail is wanted, unless one like it waits already.
///
/// # Errors
/// The database's.
pub async fn request(
    tx: &Tx,
    purpose: CodePurpose,
    email: &Email,
    now: Time,
) -> Result<(), StoreError> {
    let params = [
        (&purpose.as_str() as _, Type::TEXT),
        (&email.as_str() as _, Type::TEXT),
        (&At(now) as _, Type::TIMESTAMPTZ),
    ];
    tx.execute(REQUEST, &params).await.map(drop)
}

/// The mail that waits longest, if one is due. Unless it is forgotten before, it is due again a minute
/// later, after the next try two, and so on.
///
/// # Errors
/// The database's.
pub async fn claim(tx: &Tx, now: Time) -> Result<Option<CodeRequest>, StoreError> {
    let Some(row) = tx.query_opt(CLAIM, &[(&At(now), Type::TIMESTAMPTZ)]).await? else {
        return Ok(None);
    };
    let unexpected = |text: &str| StoreError::Unexpected(format!("{text:?} in auth.code_requests"));
    let (purpose, email): (&str, &str) = (row.try_get("purpose")?, row.try_get("email")?);
    Ok(Some(CodeRequest {
        id: row.try_get("id")?,
        purpose: CodePurpose::parse(purpose).ok_or_else(|| unexpected(purpose))?,
        email: email.parse().map_err(|_| unexpected(email))?,
        tries: row.try_get("tries")?,
    }))
}

/// Forgets a mail: it was sent, or never will be.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &Tx, id: i64) -> Result<(), StoreError> {
    tx.execute(FORGET, &[(&id, Type::INT8)]).await.map(drop)
}
