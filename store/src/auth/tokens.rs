//! Tokens for services: the keys that sign them, and whether what they were made with is still valid. The
//! tokens themselves are stored nowhere.

use domain::Time;
use domain::auth::{Network, SIGNING_KEY, Scope};
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::keys;
use super::users::{self, User};
use crate::market::row::At;
use crate::{Db, StoreError, Tx};

const ADD: &str = "INSERT INTO auth.signing_keys (id, public_key, private_key, created_at) VALUES ($1, $2, $3, $4)";
const NEWEST: &str = "
SELECT id, private_key FROM auth.signing_keys WHERE created_at > $1 ORDER BY created_at DESC, id LIMIT 1";
const PUBLIC: &str = "SELECT id, public_key FROM auth.signing_keys
WHERE created_at > $1 AND ($2::uuid IS NULL OR id = $2) ORDER BY created_at DESC, id";
const SWEEP: &str = "DELETE FROM auth.signing_keys WHERE created_at <= $1";
// Whether a session goes on is asked where sessions are kept.
const HOLDER: &str = "
SELECT u.*, k.scopes, k.networks
FROM auth.users u
LEFT JOIN auth.api_keys k ON k.id = $2 AND k.user_id = u.id AND (k.expires_at > $3 OR k.expires_at IS NULL)
WHERE u.id = $1 AND u.deactivated_at IS NULL AND ($2::uuid IS NULL OR k.id IS NOT NULL)";

pub(super) const STATEMENTS: &[&str] = &[ADD, NEWEST, PUBLIC, SWEEP, HOLDER];

/// Adds a key that signs.
///
/// # Errors
/// The database's.
pub async fn add(
    tx: &Tx,
    id: Uuid,
    public: [u8; SIGNING_KEY],
    sealed: &[u8],
    now: Time,
) -> Result<(), StoreError> {
    let params = [
        (&id as _, Type::UUID),
        (&&public[..] as _, Type::BYTEA),
        (&sealed as _, Type::BYTEA),
        (&At(now) as _, Type::TIMESTAMPTZ),
    ];
    tx.execute(ADD, &params).await.map(drop)
}

/// The newest key that was made after `since`: its name and itself, encrypted.
///
/// # Errors
/// The database's.
pub async fn newest(tx: &Tx, since: Time) -> Result<Option<(Uuid, Vec<u8>)>, StoreError> {
    let row = tx.query_opt(NEWEST, &[(&At(since), Type::TIMESTAMPTZ)]).await?;
    row.map(|row| Ok((row.try_get("id")?, row.try_get("private_key")?))).transpose()
}

/// The public parts of keys made after `since`, the newest first, or of the one of that name only.
///
/// # Errors
/// The database's.
pub async fn public(
    db: &Db,
    since: Time,
    id: Option<Uuid>,
) -> Result<Vec<(Uuid, [u8; SIGNING_KEY])>, StoreError> {
    let params = [(&At(since) as _, Type::TIMESTAMPTZ), (&id as _, Type::UUID)];
    let read = |row: &Row| {
        let public: &[u8] = row.try_get("public_key")?;
        let odd = |_| StoreError::Unexpected("a key of another length".to_owned());
        Ok((row.try_get("id")?, public.try_into().map_err(odd)?))
    };
    db.query("auth.signing_keys", PUBLIC, &params).await?.iter().map(read).collect()
}

/// Deletes keys made until then.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &Tx, until: Time) -> Result<u64, StoreError> {
    tx.execute(SWEEP, &[(&At(until), Type::TIMESTAMPTZ)]).await
}

/// Somebody who may come in, with the scopes and ranges of addresses of their key, where one is meant; nobody, where that
/// key is over.
///
/// # Errors
/// The database's.
pub async fn holder(
    db: &Db,
    user: Uuid,
    key: Option<Uuid>,
    now: Time,
) -> Result<Option<(User, Option<(Vec<Scope>, Vec<Network>)>)>, StoreError> {
    let params =
        [(&user as _, Type::UUID), (&key as _, Type::UUID), (&At(now) as _, Type::TIMESTAMPTZ)];
    let rows = db.query("auth.token", HOLDER, &params).await?;
    let read = |row: &Row| {
        let limits = key.map(|_| keys::limits(row)).transpose()?;
        Ok((users::user(row)?, limits))
    };
    rows.first().map(read).transpose()
}
