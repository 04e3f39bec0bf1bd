//! What was asked under which key, so that asking again changes nothing.

use domain::Time;
use domain::ledger::Hash;
use postgres_types::Type;
use uuid::Uuid;

use crate::market::row::At;
use crate::{Param, StoreError, Tx};

// Whoever asks under the same key at the same time waits here for the one who was first.
const CLAIM: &str = "
INSERT INTO ledger.commands (account_id, key, request, stream, recorded_at)
SELECT account_id, key, request, stream, $5
FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[]) WITH ORDINALITY
    AS rows (account_id, key, request, stream, place)
ORDER BY account_id, key, place
ON CONFLICT DO NOTHING
RETURNING account_id, key";
const FIND: &str = "SELECT request, stream FROM ledger.commands WHERE account_id = $1 AND key = $2";

pub(super) const STATEMENTS: &[&str] = &[CLAIM, FIND];

/// A request under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Whose.
    pub account: Uuid,
    /// Its name with whoever asks.
    pub key: String,
    /// Of all that was asked.
    pub request: Hash,
    /// The order or account that it is about.
    pub stream: Uuid,
}

/// Writes down the commands whose keys are new, and tells which of them are.
///
/// # Errors
/// The database's.
pub async fn claim(tx: &Tx, commands: &[Command], now: Time) -> Result<Vec<bool>, StoreError> {
    let accounts: Vec<Uuid> = commands.iter().map(|command| command.account).collect();
    let keys: Vec<&str> = commands.iter().map(|command| command.key.as_str()).collect();
    let requests: Vec<&[u8]> = commands.iter().map(|command| command.request.as_slice()).collect();
    let streams: Vec<Uuid> = commands.iter().map(|command| command.stream).collect();
    let params: [Param<'_>; 5] = [
        (&accounts, Type::UUID_ARRAY),
        (&keys, Type::TEXT_ARRAY),
        (&requests, Type::BYTEA_ARRAY),
        (&streams, Type::UUID_ARRAY),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    let mut claimed = std::collections::HashSet::new();
    for row in tx.query(CLAIM, &params).await? {
        claimed.insert((row.try_get::<_, Uuid>(0)?, row.try_get::<_, String>(1)?));
    }
    // Of two of one key in one batch the first is the one.
    Ok(commands.iter().map(|c| claimed.remove(&(c.account, c.key.clone()))).collect())
}

/// What was asked under a key before: the request's hash and what it was about.
///
/// # Errors
/// The database's.
pub async fn find(tx: &Tx, account: Uuid, key: &str) -> Result<Option<(Hash, Uuid)>, StoreError> {
    let row = tx.query_opt(FIND, &[(&account, Type::UUID), (&key, Type::TEXT)]).await?;
    row.map(|row| {
        let request: &[u8] = row.try_get(0)?;
        let wrong = |_| StoreError::Unexpected("a hash of ledger.commands".to_owned());
        Ok((request.try_into().map_err(wrong)?, row.try_get(1)?))
    })
    .transpose()
}
