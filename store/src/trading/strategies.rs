//! Strategies, and the accounts that they are for.

use domain::Time;
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{counted, held, owned, written};
use crate::market::row::{At, time};
use crate::{Db, Param, StoreError, Tx};

const LIST: &str = "
SELECT s.*, (SELECT max(version) FROM trading.strategy_versions WHERE strategy_id = s.id) AS latest,
    array(SELECT account_id FROM trading.strategy_accounts WHERE strategy_id = s.id ORDER BY 1) AS accounts
FROM trading.strategies s WHERE user_id = $1 ORDER BY created_at, id";
const FIND: &str = "
SELECT s.*, (SELECT max(version) FROM trading.strategy_versions WHERE strategy_id = s.id) AS latest,
    array(SELECT account_id FROM trading.strategy_accounts WHERE strategy_id = s.id ORDER BY 1) AS accounts
FROM trading.strategies s WHERE user_id = $1 AND id = $2";
// What hangs on it is read by a statement of its own: this one sees nothing that came while it waited.
const HOLD: &str =
    "SELECT id FROM trading.strategies WHERE user_id = $1 AND id = $2 FOR NO KEY UPDATE";
const COUNT: &str = "SELECT count(*) FROM trading.strategies WHERE user_id = $1";
const INSERT: &str = "
INSERT INTO trading.strategies (id, user_id, name, description, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $5) RETURNING *, NULL::int AS latest, '{}'::uuid[] AS accounts";
const DELETE: &str = "DELETE FROM trading.strategies WHERE user_id = $1 AND id = $2";
const LINK: &str = "
INSERT INTO trading.strategy_accounts (strategy_id, account_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const UNLINK: &str =
    "DELETE FROM trading.strategy_accounts WHERE strategy_id = $1 AND account_id = $2";

pub(super) const STATEMENTS: &[&str] = &[LIST, FIND, HOLD, COUNT, INSERT, DELETE, LINK, UNLINK];

/// A strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strategy {
    /// Number.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// The number of its newest version, where it has one.
    pub latest: Option<i32>,
    /// The accounts that it is for.
    pub accounts: Vec<Uuid>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// A person's strategies, the oldest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, user_id: Uuid) -> Result<Vec<Strategy>, StoreError> {
    let rows = db.query("trading.strategies", LIST, &[(&user_id, Type::UUID)]).await?;
    rows.iter().map(strategy).collect()
}

/// A person's strategy of that number.
///
/// # Errors
/// The database's.
pub async fn read(db: &Db, user_id: Uuid, id: Uuid) -> Result<Option<Strategy>, StoreError> {
    owned(db, "trading.strategy", FIND, (user_id, id), strategy).await
}

/// The same within a transaction.
///
/// # Errors
/// The database's.
pub async fn find(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<Option<Strategy>, StoreError> {
    held(tx, FIND, (user_id, id), strategy).await
}

/// Has nobody else change a person's strategy until the transaction ends; false where there is none.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<bool, StoreError> {
    Ok(held(tx, HOLD, (user_id, id), |_| Ok(())).await?.is_some())
}

/// How many a person has.
///
/// # Errors
/// The database's.
pub async fn count(tx: &Tx, user_id: Uuid) -> Result<i64, StoreError> {
    counted(tx, COUNT, user_id).await
}

/// Adds a strategy without versions.
///
/// # Errors
/// The database's.
pub async fn insert(
    tx: &Tx,
    user_id: Uuid,
    id: Uuid,
    name: &str,
    description: Option<&str>,
    now: Time,
) -> Result<Strategy, StoreError> {
    let params: [Param<'_>; 5] = [
        (&id, Type::UUID),
        (&user_id, Type::UUID),
        (&name, Type::TEXT),
        (&description, Type::TEXT),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    written(tx, INSERT, &params, strategy).await
}

/// Deletes a person's strategy with its versions; bots of it go on with the configuration that they have. False where
/// there is none.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, &[(&user_id, Type::UUID), (&id, Type::UUID)]).await? == 1)
}

/// Says that a strategy is for an account; false where that was so.
///
/// # Errors
/// The database's.
pub async fn link(tx: &Tx, id: Uuid, account: Uuid, now: Time) -> Result<bool, StoreError> {
    let params: [Param<'_>; 3] =
        [(&id, Type::UUID), (&account, Type::UUID), (&At(now), Type::TIMESTAMPTZ)];
    Ok(tx.execute(LINK, &params).await? == 1)
}

/// Says that it is not; false where it was not.
///
/// # Errors
/// The database's.
pub async fn unlink(tx: &Tx, id: Uuid, account: Uuid) -> Result<bool, StoreError> {
    Ok(tx.execute(UNLINK, &[(&id, Type::UUID), (&account, Type::UUID)]).await? == 1)
}

fn strategy(row: &Row) -> Result<Strategy, StoreError> {
    Ok(Strategy {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        latest: row.try_get("latest")?,
        accounts: row.try_get("accounts")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
