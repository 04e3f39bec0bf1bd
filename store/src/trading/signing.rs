//! Keys of programs that sign their requests, each for one paper account. They are found by their hash; one whose owner
//! may no longer come in, or whose account is archived, is not found.

use std::net::IpAddr;

use domain::Time;
use domain::auth::{Role, TokenHash};
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{counted, known, written};
use crate::market::row::{At, maybe_time, time};
use crate::{Db, Param, StoreError, Tx};

const INSERT: &str = "
INSERT INTO trading.signing_keys (id, user_id, account_id, name, beginning, key_hash, secret, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *";
const COUNT: &str = "SELECT count(*) FROM trading.signing_keys WHERE user_id = $1";
const LIST: &str = "
SELECT * FROM trading.signing_keys WHERE user_id = $1 AND account_id = $2 ORDER BY created_at, id";
const FIND: &str = "
SELECT k.id, k.user_id, k.account_id, k.secret, k.last_used_at, u.role, v.code AS venue
FROM trading.signing_keys k
JOIN auth.users u ON u.id = k.user_id
JOIN trading.venue_accounts a ON a.id = k.account_id AND a.user_id = k.user_id
JOIN market.venues v ON v.id = a.venue_id
WHERE k.key_hash = $1 AND u.deactivated_at IS NULL AND a.archived_at IS NULL";
const TOUCH: &str = "
UPDATE trading.signing_keys SET last_used_at = $2, last_used_ip = $3
WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
const DELETE: &str = "
DELETE FROM trading.signing_keys WHERE user_id = $1 AND account_id = $2 AND id = $3 RETURNING *";

pub(super) const STATEMENTS: &[&str] = &[INSERT, COUNT, LIST, FIND, TOUCH, DELETE];

/// A key as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Number.
    pub id: Uuid,
    /// The account that it places orders in.
    pub account_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// Its first characters.
    pub beginning: String,
    /// When it was made.
    pub created_at: Time,
    /// When it was last shown, to the minute or so.
    pub last_used_at: Option<Time>,
    /// From where.
    pub last_used_ip: Option<IpAddr>,
}

/// A key to be added.
#[derive(Debug, Clone)]
pub struct NewSigningKey {
    /// Number.
    pub id: Uuid,
    /// Whose.
    pub user_id: Uuid,
    /// For which account.
    pub account_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// Its first characters.
    pub beginning: String,
    /// By which it is found.
    pub hash: TokenHash,
    /// What requests are signed with, encrypted.
    pub sealed: Vec<u8>,
}

/// A key that was shown, and whose it is.
#[derive(Debug, Clone)]
pub struct Signer {
    /// Number of the key.
    pub key: Uuid,
    /// Its owner.
    pub user_id: Uuid,
    /// What its owner is now.
    pub role: Role,
    /// The account.
    pub account_id: Uuid,
    /// The account's venue.
    pub venue: String,
    /// What requests are signed with, encrypted.
    pub sealed: Vec<u8>,
    /// When it was last shown, to the minute or so.
    pub last_used_at: Option<Time>,
}

/// Adds a key.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &Tx, new: &NewSigningKey, now: Time) -> Result<SigningKey, StoreError> {
    let params: [Param<'_>; 8] = [
        (&new.id, Type::UUID),
        (&new.user_id, Type::UUID),
        (&new.account_id, Type::UUID),
        (&new.name, Type::TEXT),
        (&new.beginning, Type::TEXT),
        (&&new.hash.0[..], Type::BYTEA),
        (&new.sealed, Type::BYTEA),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    written(tx, INSERT, &params, key).await
}

/// How many a person has.
///
/// # Errors
/// The database's.
pub async fn count(tx: &Tx, user_id: Uuid) -> Result<i64, StoreError> {
    counted(tx, COUNT, user_id).await
}

/// Those of a person's account, the oldest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, user_id: Uuid, account_id: Uuid) -> Result<Vec<SigningKey>, StoreError> {
    let params: [Param<'_>; 2] = [(&user_id, Type::UUID), (&account_id, Type::UUID)];
    db.query("trading.signing_keys", LIST, &params).await?.iter().map(key).collect()
}

/// Whose key has this hash.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, hash: TokenHash) -> Result<Option<Signer>, StoreError> {
    let params: [Param<'_>; 1] = [(&&hash.0[..], Type::BYTEA)];
    let read = |row: &Row| {
        Ok(Signer {
            key: row.try_get("id")?,
            user_id: row.try_get("user_id")?,
            role: known(row, "role", Role::parse)?,
            account_id: row.try_get("account_id")?,
            venue: row.try_get("venue")?,
            sealed: row.try_get("secret")?,
            last_used_at: maybe_time(row, "last_used_at")?,
        })
    };
    db.query("trading.signer", FIND, &params).await?.first().map(read).transpose()
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
    db.run("trading.touch_signing_key", touch).await.map(drop)
}

/// Deletes a key of a person's account, and tells which it was.
///
/// # Errors
/// The database's.
pub async fn delete(
    tx: &Tx,
    (user_id, account_id, id): (Uuid, Uuid, Uuid),
) -> Result<Option<SigningKey>, StoreError> {
    let params: [Param<'_>; 3] =
        [(&user_id, Type::UUID), (&account_id, Type::UUID), (&id, Type::UUID)];
    tx.query_opt(DELETE, &params).await?.as_ref().map(key).transpose()
}

fn key(row: &Row) -> Result<SigningKey, StoreError> {
    Ok(SigningKey {
        id: row.try_get("id")?,
        account_id: row.try_get("account_id")?,
        name: row.try_get("name")?,
        beginning: row.try_get("beginning")?,
        created_at: time(row, "created_at")?,
        last_used_at: maybe_time(row, "last_used_at")?,
        last_used_ip: row.try_get("last_used_ip")?,
    })
}
