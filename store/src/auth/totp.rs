//! The second factor: what is stored of authenticator apps, and logins that wait for it.

use domain::Time;
use domain::auth::TokenHash;
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::users::{self, User};
use crate::market::row::{At, maybe_time};
use crate::{Db, StoreError, Tx};

// One that is in use stays.
const ENROL: &str = "
INSERT INTO auth.totp (user_id, secret, created_at) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET secret = EXCLUDED.secret, created_at = EXCLUDED.created_at, last_step = 0
WHERE totp.confirmed_at IS NULL";
const GET: &str =
    "SELECT secret, confirmed_at, last_step FROM auth.totp WHERE user_id = $1 FOR UPDATE";
const STATE: &str = "
SELECT confirmed_at, (SELECT count(*) FROM auth.recovery_codes r WHERE r.user_id = t.user_id) AS recovery_codes
FROM auth.totp t WHERE user_id = $1 AND confirmed_at IS NOT NULL";
const USED: &str = "
UPDATE auth.totp SET last_step = $2, confirmed_at = coalesce(confirmed_at, $3) WHERE user_id = $1";
const DROP: &str = "DELETE FROM auth.totp WHERE user_id = $1 AND confirmed_at IS NOT NULL";
const RECOVERY: &str =
    "INSERT INTO auth.recovery_codes (user_id, code_hash) SELECT $1, unnest($2::bytea[])";
const RECOVER: &str = "DELETE FROM auth.recovery_codes WHERE user_id = $1 AND code_hash = $2";

const BEGIN: &str = "
INSERT INTO auth.pending_logins (token_hash, user_id, expires_at, attempts_left) VALUES ($1, $2, $3, $4)";
const WHO: &str = "
SELECT u.* FROM auth.pending_logins p JOIN auth.users u ON u.id = p.user_id
WHERE p.token_hash = $1 AND p.expires_at > $2 AND p.attempts_left > 0 AND u.deactivated_at IS NULL";
const ATTEMPT: &str = "
UPDATE auth.pending_logins SET attempts_left = attempts_left - 1
WHERE token_hash = $1 AND expires_at > $2 AND attempts_left > 0";
const END: &str = "DELETE FROM auth.pending_logins WHERE token_hash = $1";
const SWEEP: &str = "DELETE FROM auth.pending_logins WHERE expires_at <= $1";

pub(super) const STATEMENTS: &[&str] =
    &[ENROL, GET, STATE, USED, DROP, RECOVERY, RECOVER, BEGIN, WHO, ATTEMPT, END, SWEEP];

/// Somebody's authenticator app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpRow {
    /// Its secret, encrypted.
    pub secret: Vec<u8>,
    /// Since when logins need it.
    pub confirmed_at: Option<Time>,
    /// The step whose code was used last.
    pub last_step: i64,
}

/// Stores the secret of an app that is yet to be confirmed; false where one is in use.
///
/// # Errors
/// The database's.
pub async fn enrol(tx: &Tx, user_id: Uuid, secret: &[u8], now: Time) -> Result<bool, StoreError> {
    let params = [
        (&user_id as _, Type::UUID),
        (&secret as _, Type::BYTEA),
        (&At(now) as _, Type::TIMESTAMPTZ),
    ];
    Ok(tx.execute(ENROL, &params).await? > 0)
}

/// Somebody's app. Holds off others who ask until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn get(tx: &Tx, user_id: Uuid) -> Result<Option<TotpRow>, StoreError> {
    let read = |row: Row| {
        Ok(TotpRow {
            secret: row.try_get("secret")?,
            confirmed_at: maybe_time(&row, "confirmed_at")?,
            last_step: row.try_get("last_step")?,
        })
    };
    tx.query_opt(GET, &[(&user_id, Type::UUID)]).await?.map(read).transpose()
}

/// Since when somebody's logins need a second factor, where they do, and how many codes on paper are left.
///
/// # Errors
/// The database's.
pub async fn state(db: &Db, user_id: Uuid) -> Result<Option<(Time, i64)>, StoreError> {
    let rows = db.query("auth.totp", STATE, &[(&user_id, Type::UUID)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let since = maybe_time(row, "confirmed_at")?;
    since.map(|since| Ok((since, row.try_get("recovery_codes")?))).transpose()
}

/// Notes which step's code was used, which also confirms the app.
///
/// # Errors
/// The database's.
pub async fn used(tx: &Tx, user_id: Uuid, step: i64, now: Time) -> Result<(), StoreError> {
    let params =
        [(&user_id as _, Type::UUID), (&step as _, Type::INT8), (&At(now) as _, Type::TIMESTAMPTZ)];
    tx.execute(USED, &params).await.map(drop)
}

/// Forgets somebody's app and their codes on paper; false where there was none in use.
///
/// # Errors
/// The database's.
pub async fn drop_factor(tx: &Tx, user_id: Uuid) -> Result<bool, StoreError> {
    Ok(tx.execute(DROP, &[(&user_id, Type::UUID)]).await? > 0)
}

/// Stores codes on paper.
///
/// # Errors
/// The database's.
pub async fn add_recovery(tx: &Tx, user_id: Uuid, codes: &[TokenHash]) -> Result<(), StoreError> {
    let hashes: Vec<&[u8]> = codes.iter().map(|hash| &hash.0[..]).collect();
    tx.execute(RECOVERY, &[(&user_id, Type::UUID), (&hashes, Type::BYTEA_ARRAY)]).await.map(drop)
}

/// Uses a code on paper up; false where it isn't one.
///
/// # Errors
/// The database's.
pub async fn recover(tx: &Tx, user_id: Uuid, code: TokenHash) -> Result<bool, StoreError> {
    let params = [(&user_id as _, Type::UUID), (&&code.0[..] as _, Type::BYTEA)];
    Ok(tx.execute(RECOVER, &params).await? > 0)
}

/// Adds a login that waits for its second factor.
///
/// # Errors
/// The database's.
pub async fn begin(
    tx: &Tx,
    token: TokenHash,
    user_id: Uuid,
    expires_at: Time,
    attempts: i32,
) -> Result<(), StoreError> {
    let params = [
        (&&token.0[..] as _, Type::BYTEA),
        (&user_id as _, Type::UUID),
        (&At(expires_at) as _, Type::TIMESTAMPTZ),
        (&attempts as _, Type::INT4),
    ];
    tx.execute(BEGIN, &params).await.map(drop)
}

/// Who waits with this token, and the hash of their password.
///
/// # Errors
/// The database's.
pub async fn who(
    db: &Db,
    token: TokenHash,
    now: Time,
) -> Result<Option<(User, Option<String>)>, StoreError> {
    let token = &token.0[..];
    let params = [(&token as _, Type::BYTEA), (&At(now) as _, Type::TIMESTAMPTZ)];
    db.query("auth.pending_login", WHO, &params)
        .await?
        .first()
        .map(users::user_and_hash)
        .transpose()
}

/// Takes one of the attempts of a login that waits; false where none is left.
///
/// # Errors
/// The database's.
pub async fn attempt(tx: &Tx, token: TokenHash, now: Time) -> Result<bool, StoreError> {
    let params = [(&&token.0[..] as _, Type::BYTEA), (&At(now) as _, Type::TIMESTAMPTZ)];
    Ok(tx.execute(ATTEMPT, &params).await? > 0)
}

/// Forgets a login that waited.
///
/// # Errors
/// The database's.
pub async fn end(tx: &Tx, token: TokenHash) -> Result<(), StoreError> {
    tx.execute(END, &[(&&token.0[..], Type::BYTEA)]).await.map(drop)
}

/// Forgets logins that waited too long.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &Tx, now: Time) -> Result<(), StoreError> {
    tx.execute(SWEEP, &[(&At(now), Type::TIMESTAMPTZ)]).await.map(drop)
}
