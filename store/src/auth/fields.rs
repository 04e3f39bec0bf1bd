//! Encrypted fields, wherever they are, as far as their keys are concerned.

use domain::auth::KeyId;
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{Db, StoreError, Tx};

const BY_KEY: &str = "
SELECT substring(sealed FROM 2 FOR 4) AS key_id, count(*) AS fields
FROM (SELECT secret AS sealed FROM auth.totp UNION ALL SELECT private_key FROM auth.signing_keys
      UNION ALL SELECT credentials FROM trading.venue_accounts WHERE credentials IS NOT NULL
      UNION ALL SELECT secret FROM trading.signing_keys) f
GROUP BY 1 ORDER BY 2 DESC";
const TOTP_OF_OTHER_KEYS: &str = "
SELECT user_id AS id, secret AS sealed FROM auth.totp WHERE substring(secret FROM 2 FOR 4) <> $1
ORDER BY user_id LIMIT $2 FOR UPDATE";
const RESEAL_TOTP: &str = "UPDATE auth.totp SET secret = $2 WHERE user_id = $1";
const SIGNING_OF_OTHER_KEYS: &str = "
SELECT id, private_key AS sealed FROM auth.signing_keys WHERE substring(private_key FROM 2 FOR 4) <> $1
ORDER BY id LIMIT $2 FOR UPDATE";
const RESEAL_SIGNING: &str = "UPDATE auth.signing_keys SET private_key = $2 WHERE id = $1";
const CREDENTIALS_OF_OTHER_KEYS: &str = "
SELECT id, credentials AS sealed FROM trading.venue_accounts WHERE substring(credentials FROM 2 FOR 4) <> $1
ORDER BY id LIMIT $2 FOR UPDATE";
const RESEAL_CREDENTIALS: &str = "UPDATE trading.venue_accounts SET credentials = $2 WHERE id = $1";
const REQUESTS_OF_OTHER_KEYS: &str = "
SELECT id, secret AS sealed FROM trading.signing_keys WHERE substring(secret FROM 2 FOR 4) <> $1
ORDER BY id LIMIT $2 FOR UPDATE";
const RESEAL_REQUESTS: &str = "UPDATE trading.signing_keys SET secret = $2 WHERE id = $1";

pub(super) const STATEMENTS: &[&str] = &[
    BY_KEY,
    TOTP_OF_OTHER_KEYS,
    RESEAL_TOTP,
    SIGNING_OF_OTHER_KEYS,
    RESEAL_SIGNING,
    CREDENTIALS_OF_OTHER_KEYS,
    RESEAL_CREDENTIALS,
    REQUESTS_OF_OTHER_KEYS,
    RESEAL_REQUESTS,
];

/// Which field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The secret of somebody's authenticator app; its number is the person's.
    Totp,
    /// A key that signs tokens; its number is the key's.
    SigningKey,
    /// What opens an account at a venue; its number is the account's.
    VenueCredentials,
    /// What a program signs its requests with; its number is the key's.
    RequestKey,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Totp, Self::SigningKey, Self::VenueCredentials, Self::RequestKey];

    /// What a field of that number is bound to: another row can't hold it.
    #[must_use]
    pub fn place(self, id: Uuid) -> Vec<u8> {
        let table: &[u8] = match self {
            Self::Totp => b"auth.totp:",
            Self::SigningKey => b"auth.signing_keys:",
            Self::VenueCredentials => b"trading.venue_accounts:",
            Self::RequestKey => b"trading.signing_keys:",
        };
        [table, &id.as_bytes()[..]].concat()
    }
}

/// How many encrypted fields there are of each key.
///
/// # Errors
/// The database's.
pub async fn by_key(db: &Db) -> Result<Vec<(KeyId, i64)>, StoreError> {
    let read = |row: &Row| {
        let id: &[u8] = row.try_get("key_id")?;
        let odd = |_| StoreError::Unexpected("an encrypted field without a key".to_owned());
        Ok((KeyId(id.try_into().map_err(odd)?), row.try_get("fields")?))
    };
    db.query("auth.fields_by_key", BY_KEY, &[]).await?.iter().map(read).collect()
}

/// Some fields that are encrypted by another key, with their numbers. Nobody else changes them until the
/// transaction ends.
///
/// # Errors
/// The database's.
pub async fn of_other_keys(
    tx: &Tx,
    field: Field,
    key: KeyId,
    most: i64,
) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
    let key = &key.0[..];
    let sql = match field {
        Field::Totp => TOTP_OF_OTHER_KEYS,
        Field::SigningKey => SIGNING_OF_OTHER_KEYS,
        Field::VenueCredentials => CREDENTIALS_OF_OTHER_KEYS,
        Field::RequestKey => REQUESTS_OF_OTHER_KEYS,
    };
    let rows = tx.query(sql, &[(&key, Type::BYTEA), (&most, Type::INT8)]).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("sealed")?))).collect()
}

/// Stores a field that was encrypted anew.
///
/// # Errors
/// The database's.
pub async fn reseal(tx: &Tx, field: Field, id: Uuid, sealed: &[u8]) -> Result<(), StoreError> {
    let sql = match field {
        Field::Totp => RESEAL_TOTP,
        Field::SigningKey => RESEAL_SIGNING,
        Field::VenueCredentials => RESEAL_CREDENTIALS,
        Field::RequestKey => RESEAL_REQUESTS,
    };
    tx.execute(sql, &[(&id, Type::UUID), (&sealed, Type::BYTEA)]).await.map(drop)
}
