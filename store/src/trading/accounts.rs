//! Accounts at venues. What opens them there is written and never read from here; see
//! [`crate::auth::fields`] for its keys.

use domain::Time;
use domain::trading::AccountKind;
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{counted, held as held_row, known, owned, written};
use crate::market::row::{At, maybe_time, time};
use crate::{Db, Param, StoreError, Tx};

const LIST: &str = "
SELECT a.*, v.code AS venue FROM trading.venue_accounts a JOIN market.venues v ON v.id = a.venue_id
WHERE a.user_id = $1 ORDER BY a.created_at, a.id";
const FIND: &str = "
SELECT a.*, v.code AS venue FROM trading.venue_accounts a JOIN market.venues v ON v.id = a.venue_id
WHERE a.user_id = $1 AND a.id = $2";
// Whoever makes a bot on it holds it, so that it isn't archived meanwhile.
const HOLD: &str = "
SELECT a.*, v.code AS venue FROM trading.venue_accounts a JOIN market.venues v ON v.id = a.venue_id
WHERE a.user_id = $1 AND a.id = $2 FOR NO KEY UPDATE OF a";
const COUNT: &str = "SELECT count(*) FROM trading.venue_accounts WHERE user_id = $1";
const ENSURE_VENUE: &str =
    "INSERT INTO market.venues (code, name) VALUES ($1, $1) ON CONFLICT (code) DO NOTHING";
const INSERT: &str = "
INSERT INTO trading.venue_accounts
    (id, user_id, venue_id, name, kind, credentials, key_beginning, created_at, updated_at)
SELECT $1, $2, v.id, $4, $5, $6, $7, $8, $8 FROM market.venues v WHERE v.code = $3
RETURNING *, $3 AS venue";
const CHANGE: &str = "
UPDATE trading.venue_accounts a SET
    name = coalesce($2, a.name), credentials = coalesce($3, credentials),
    key_beginning = coalesce($4, key_beginning), updated_at = $5
FROM market.venues v WHERE a.id = $1 AND v.id = a.venue_id RETURNING a.*, v.code AS venue";
// Nothing is sent from it any more.
const ARCHIVE: &str = "
UPDATE trading.venue_accounts a SET archived_at = $2, updated_at = $2, credentials = NULL, key_beginning = NULL
FROM market.venues v WHERE a.id = $1 AND v.id = a.venue_id RETURNING a.*, v.code AS venue";
const IS_USED: &str = "
SELECT id FROM trading.bots WHERE account_id = $1 AND status IN ('running', 'silent', 'error') LIMIT 1";
const HAS_ORDERS: &str = "
SELECT id FROM ledger.orders WHERE account_id = $1 AND status NOT IN ('filled', 'cancelled', 'rejected', 'expired') LIMIT 1";

pub(super) const STATEMENTS: &[&str] =
    &[LIST, FIND, HOLD, COUNT, ENSURE_VENUE, INSERT, CHANGE, ARCHIVE, IS_USED, HAS_ORDERS];

/// An account at a venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueAccount {
    /// Number.
    pub id: Uuid,
    /// Where.
    pub venue: String,
    /// What its owner calls it.
    pub name: String,
    /// Who fills its orders.
    pub kind: AccountKind,
    /// The first letters of the venue's key, where one is kept.
    pub key_beginning: Option<String>,
    /// Since when nothing is done on it.
    pub archived_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// What opens an account, encrypted, and the first letters of its key.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// All parts, encrypted.
    pub credentials: Vec<u8>,
    /// The first letters of the key.
    pub beginning: String,
}

/// A person's accounts, the oldest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, user_id: Uuid) -> Result<Vec<VenueAccount>, StoreError> {
    let rows = db.query("trading.accounts", LIST, &[(&user_id, Type::UUID)]).await?;
    rows.iter().map(account).collect()
}

/// A person's account of that number.
///
/// # Errors
/// The database's.
pub async fn read(db: &Db, user_id: Uuid, id: Uuid) -> Result<Option<VenueAccount>, StoreError> {
    owned(db, "trading.account", FIND, (user_id, id), account).await
}

/// The same within a transaction, and nobody else changes it until that ends.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<Option<VenueAccount>, StoreError> {
    held_row(tx, HOLD, (user_id, id), account).await
}

/// How many a person has.
///
/// # Errors
/// The database's.
pub async fn count(tx: &Tx, user_id: Uuid) -> Result<i64, StoreError> {
    counted(tx, COUNT, user_id).await
}

/// An account to be added.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Number.
    pub id: Uuid,
    /// Whose.
    pub user_id: Uuid,
    /// Where; the venue is noted where it isn't known yet.
    pub venue: String,
    /// What its owner calls it.
    pub name: String,
    /// Who fills its orders.
    pub kind: AccountKind,
    /// What opens it.
    pub sealed: Option<Sealed>,
}

/// Adds an account.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &Tx, new: &NewAccount, now: Time) -> Result<VenueAccount, StoreError> {
    tx.execute(ENSURE_VENUE, &[(&new.venue, Type::TEXT)]).await?;
    let (credentials, beginning) = parts(new.sealed.as_ref());
    let params: [Param<'_>; 8] = [
        (&new.id, Type::UUID),
        (&new.user_id, Type::UUID),
        (&new.venue, Type::TEXT),
        (&new.name, Type::TEXT),
        (&new.kind.as_str(), Type::TEXT),
        (&credentials, Type::BYTEA),
        (&beginning, Type::TEXT),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    written(tx, INSERT, &params, account).await
}

/// Gives an account another name, other credentials, or both.
///
/// # Errors
/// The database's.
pub async fn change(
    tx: &Tx,
    id: Uuid,
    name: Option<&str>,
    sealed: Option<&Sealed>,
    now: Time,
) -> Result<VenueAccount, StoreError> {
    let (credentials, beginning) = parts(sealed);
    let params: [Param<'_>; 5] = [
        (&id, Type::UUID),
        (&name, Type::TEXT),
        (&credentials, Type::BYTEA),
        (&beginning, Type::TEXT),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    written(tx, CHANGE, &params, account).await
}

/// Has nothing more be done on an account, and forgets what opens it.
///
/// # Errors
/// The database's.
pub async fn archive(tx: &Tx, id: Uuid, now: Time) -> Result<VenueAccount, StoreError> {
    written(tx, ARCHIVE, &[(&id, Type::UUID), (&At(now), Type::TIMESTAMPTZ)], account).await
}

/// Whether a bot trades on it.
///
/// # Errors
/// The database's.
pub async fn is_used(tx: &Tx, id: Uuid) -> Result<bool, StoreError> {
    Ok(tx.query_opt(IS_USED, &[(&id, Type::UUID)]).await?.is_some())
}

/// Whether orders of it may still trade.
///
/// # Errors
/// The database's.
pub async fn has_orders(tx: &Tx, id: Uuid) -> Result<bool, StoreError> {
    Ok(tx.query_opt(HAS_ORDERS, &[(&id, Type::UUID)]).await?.is_some())
}

fn parts(sealed: Option<&Sealed>) -> (Option<&[u8]>, Option<&str>) {
    sealed.map(|sealed| (sealed.credentials.as_slice(), sealed.beginning.as_str())).unzip()
}

fn account(row: &Row) -> Result<VenueAccount, StoreError> {
    Ok(VenueAccount {
        id: row.try_get("id")?,
        venue: row.try_get("venue")?,
        name: row.try_get("name")?,
        kind: known(row, "kind", AccountKind::parse)?,
        key_beginning: row.try_get("key_beginning")?,
        archived_at: maybe_time(row, "archived_at")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
