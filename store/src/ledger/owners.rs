//! Whose an account is.

use std::collections::HashMap;

use postgres_types::Type;
use uuid::Uuid;

use crate::{Db, Param, StoreError, Tx};

const ACCOUNTS: &str = "
SELECT id, user_id, archived_at IS NOT NULL AS archived, kind = 'paper' AS paper FROM trading.venue_accounts WHERE id = ANY ($1)";
const BOTS: &str = "SELECT id, account_id FROM trading.bots WHERE id = ANY ($1)";

const OF_USER: &str = "SELECT id, name FROM trading.venue_accounts WHERE user_id = $1 ORDER BY id";
const BOTS_OF: &str =
    "SELECT id, name, account_id FROM trading.bots WHERE account_id = ANY ($1) ORDER BY id";

const PLAYED: &str = "
SELECT a.id, v.code FROM trading.venue_accounts a JOIN market.venues v ON v.id = a.venue_id
WHERE a.id = ANY ($1) AND v.replay_of IS NOT NULL";

const HAS_ASSET: &str = "
SELECT EXISTS (SELECT FROM ledger.balances b JOIN trading.venue_accounts a ON a.id = b.account_id
               WHERE a.user_id = $1 AND b.asset = $2)";

pub(super) const STATEMENTS: &[&str] = &[ACCOUNTS, BOTS, OF_USER, BOTS_OF, PLAYED, HAS_ASSET];

/// A venue account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The account.
    pub account: Uuid,
    /// Whose; nobody's where its owner was erased.
    pub user: Option<Uuid>,
    /// Whether nothing new begins there.
    pub archived: bool,
    /// Whether the paper venue fills its orders; others report them.
    pub paper: bool,
}

/// Whose these accounts are; unknown ones are left out.
///
/// # Errors
/// The database's.
pub async fn of(tx: &Tx, accounts: &[Uuid]) -> Result<Vec<Owner>, StoreError> {
    let rows = tx.query(ACCOUNTS, &[(&accounts, Type::UUID_ARRAY)]).await?;
    rows.iter().map(read).collect()
}

/// Whose an account is.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, account: Uuid) -> Result<Option<Owner>, StoreError> {
    let accounts = [account];
    let params: [Param<'_>; 1] = [(&&accounts[..], Type::UUID_ARRAY)];
    db.query("ledger.owner", ACCOUNTS, &params).await?.first().map(read).transpose()
}

/// The accounts of these bots; unknown ones are left out.
///
/// # Errors
/// The database's.
pub async fn of_bots(tx: &Tx, bots: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    let rows = tx.query(BOTS, &[(&bots, Type::UUID_ARRAY)]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

fn read(row: &tokio_postgres::Row) -> Result<Owner, StoreError> {
    Ok(Owner {
        account: row.try_get("id")?,
        user: row.try_get("user_id")?,
        archived: row.try_get("archived")?,
        paper: row.try_get("paper")?,
    })
}

/// The accounts of somebody, with their names.
///
/// # Errors
/// The database's.
pub async fn of_user(db: &Db, user: Uuid) -> Result<Vec<(Uuid, String)>, StoreError> {
    let rows = db.query("ledger.accounts_of_user", OF_USER, &[(&user, Type::UUID)]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Those of the accounts that trade what is played, and at which venue.
///
/// # Errors
/// The database's.
pub async fn played(db: &Db, accounts: &[Uuid]) -> Result<HashMap<Uuid, String>, StoreError> {
    let rows = db.query("ledger.played", PLAYED, &[(&accounts, Type::UUID_ARRAY)]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// A bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotOf {
    /// Its number.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its venue account.
    pub account: Uuid,
}

/// The bots of accounts.
///
/// # Errors
/// The database's.
pub async fn bots(db: &Db, accounts: &[Uuid]) -> Result<Vec<BotOf>, StoreError> {
    let rows = db.query("ledger.bots", BOTS_OF, &[(&accounts, Type::UUID_ARRAY)]).await?;
    let read = |row: &tokio_postgres::Row| {
        let (id, name) = (row.try_get("id")?, row.try_get("name")?);
        Ok(BotOf { id, name, account: row.try_get("account_id")? })
    };
    rows.iter().map(read).collect()
}

/// Whether somebody's accounts ever had an asset.
///
/// # Errors
/// The database's.
pub async fn has_asset(db: &Db, user: Uuid, asset: &str) -> Result<bool, StoreError> {
    let params: [Param<'_>; 2] = [(&user, Type::UUID), (&asset, Type::TEXT)];
    let rows = db.query("ledger.has_asset", HAS_ASSET, &params).await?;
    rows.first().map_or(Ok(false), |row| Ok(row.try_get(0)?))
}
