//! Keys of programs. They are found by their hash; one that is over, or whose owner may no longer
//! come in, is not found.

use std::net::IpAddr;

use domain::Time;
use domain::auth::{Network, Scope, TokenHash};
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::users::{self, User};
use crate::market::row::{At, maybe_time, time};
use crate::{Db, StoreError, Tx};

const INSERT: &str = "
INSERT INTO auth.api_keys (id, user_id, name, beginning, key_hash, scopes, networks, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
// Whoever adds a key waits here, so that two at once can't both be the last that fits.
const COUNT: &str = "
SELECT (SELECT count(*) FROM auth.api_keys WHERE user_id = u.id) FROM auth.users u WHERE u.id = $1 FOR UPDATE";
// Columns of both: those of the key are named so that they hide none of the user's.
const FIND: &str = "
SELECT u.*, k.id AS key_id, k.name, k.beginning, k.scopes, k.networks, k.created_at AS key_created_at, k.expires_at,
       k.last_used_at, k.last_used_ip
FROM auth.api_keys k JOIN auth.users u ON u.id = k.user_id
WHERE k.key_hash = $1 AND (k.expires_at > $2 OR k.expires_at IS NULL) AND u.deactivated_at IS NULL";
const LIST: &str = "
SELECT *, id AS key_id, created_at AS key_created_at FROM auth.api_keys WHERE user_id = $1 ORDER BY created_at, id";
const TOUCH: &str = "
UPDATE auth.api_keys SET last_used_at = $2, last_used_ip = $3
WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
const DELETE: &str = "
DELETE FROM auth.api_keys WHERE user_id = $1 AND id = $2 RETURNING *, id AS key_id, created_at AS key_created_at";

pub(super) const STATEMENTS: &[&str] = &[INSERT, COUNT, FIND, LIST, TOUCH, DELETE];

/// A key for a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Number.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// Its first characters.
    pub beginning: String,
    /// What it may, as far as its owner may.
    pub scopes: Vec<Scope>,
    /// Where it may come from; none is everywhere.
    pub networks: Vec<Network>,
    /// When it was made.
    pub created_at: Time,
    /// When it ends, if ever.
    pub expires_at: Option<Time>,
    /// When it was last shown, to the minute or so.
    pub last_used_at: Option<Time>,
    /// From where.
    pub last_used_ip: Option<IpAddr>,
}

/// Adds a key of somebody who has fewer than `most`; false where they have as many.
///
/// # Errors
/// The database's.
pub async fn insert(
    tx: &Tx,
    user_id: Uuid,
    hash: TokenHash,
    key: &Key,
    most: i64,
) -> Result<bool, StoreError> {
    let held = tx.query_opt(COUNT, &[(&user_id, Type::UUID)]).await?;
    if held.is_none_or(|row| row.get::<_, i64>(0) >= most) {
        return Ok(false);
    }
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    let networks: Vec<String> = key.networks.iter().map(ToString::to_string).collect();
    tx.execute(
        INSERT,
        &[
            (&key.id, Type::UUID),
            (&user_id, Type::UUID),
            (&key.name, Type::TEXT),
            (&key.beginning, Type::TEXT),
            (&&hash.0[..], Type::BYTEA),
            (&scopes, Type::TEXT_ARRAY),
            (&networks, Type::TEXT_ARRAY),
            (&At(key.created_at), Type::TIMESTAMPTZ),
            (&key.expires_at.map(At), Type::TIMESTAMPTZ),
        ],
    )
    .await?;
    Ok(true)
}

/// Whose key has this hash.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, hash: TokenHash, now: Time) -> Result<Option<(User, Key)>, StoreError> {
    let params = [(&&hash.0[..] as _, Type::BYTEA), (&At(now) as _, Type::TIMESTAMPTZ)];
    let rows = db.query("auth.key", FIND, &params).await?;
    rows.first().map(|row| Ok((users::user(row)?, key(row)?))).transpose()
}

/// A person's keys, the oldest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, user_id: Uuid) -> Result<Vec<Key>, StoreError> {
    let rows = db.query("auth.keys", LIST, &[(&user_id, Type::UUID)]).await?;
    rows.iter().map(key).collect()
}

/// Notes that a key was used.
///
/// # Errors
/// The database's.
pub async fn touch(db: &Db, id: Uuid, now: Time, ip: Option<IpAddr>) -> Result<(), StoreError> {
    let (id, now, ip) = (&id, &At(now), &ip);
    let touch = |tx: Tx| async move {
        tx.execute(TOUCH, &[(id, Type::UUID), (now, Type::TIMESTAMPTZ), (ip, Type::INET)]).await
    };
    db.run("auth.touch_key", touch).await.map(drop)
}

/// Deletes a person's key, and tells which it was.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<Option<Key>, StoreError> {
    let row = tx.query_opt(DELETE, &[(&user_id, Type::UUID), (&id, Type::UUID)]).await?;
    row.as_ref().map(key).transpose()
}

fn key(row: &Row) -> Result<Key, StoreError> {
    let (scopes, networks) = limits(row)?;
    Ok(Key {
        id: row.try_get("key_id")?,
        name: row.try_get("name")?,
        beginning: row.try_get("beginning")?,
        scopes,
        networks,
        created_at: time(row, "key_created_at")?,
        expires_at: maybe_time(row, "expires_at")?,
        last_used_at: maybe_time(row, "last_used_at")?,
        last_used_ip: row.try_get("last_used_ip")?,
    })
}

/// What a key may, and where it may come from.
pub(super) fn limits(row: &Row) -> Result<(Vec<Scope>, Vec<Network>), StoreError> {
    let unexpected = |what: &str| StoreError::Unexpected(format!("{what:?} in auth.api_keys"));
    let scopes: Vec<&str> = row.try_get("scopes")?;
    let networks: Vec<&str> = row.try_get("networks")?;
    let scopes = scopes.into_iter().map(|name| Scope::parse(name).ok_or_else(|| unexpected(name)));
    let networks = networks.into_iter().map(|text| text.parse().map_err(|_| unexpected(text)));
    Ok((scopes.collect::<Result<_, _>>()?, networks.collect::<Result<_, _>>()?))
}
