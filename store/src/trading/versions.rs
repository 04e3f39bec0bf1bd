//! Versions of strategies. They are added and read, and never changed.

use domain::Time;
use postgres_types::Type;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{held, written};
use crate::market::row::{At, time};
use crate::{Db, Param, StoreError, Tx};

const LIST: &str = "
SELECT v.* FROM trading.strategy_versions v JOIN trading.strategies s ON s.id = v.strategy_id
WHERE s.user_id = $1 AND s.id = $2 AND ($3::int IS NULL OR v.version = $3) ORDER BY v.version DESC LIMIT 1000";
// It stays until whoever follows it is written.
const FIND: &str = "
SELECT v.* FROM trading.strategy_versions v JOIN trading.strategies s ON s.id = v.strategy_id
WHERE s.user_id = $1 AND v.id = $2 FOR KEY SHARE OF v";
const INSERT: &str = "
INSERT INTO trading.strategy_versions (id, strategy_id, version, config_schema, parameters, notes, created_at)
SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6 FROM trading.strategy_versions WHERE strategy_id = $2
RETURNING *";

pub(super) const STATEMENTS: &[&str] = &[LIST, FIND, INSERT];

/// What a version says.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionTerms {
    /// JSON Schema of a bot's configuration; none takes every one.
    pub config_schema: Option<Value>,
    /// What the strategy itself goes by.
    pub parameters: Value,
    /// What its maker says of it.
    pub notes: Option<String>,
}

/// What a strategy was at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Number of its own.
    pub id: Uuid,
    /// Its number among the strategy's versions, from 1.
    pub version: i32,
    /// What it says.
    pub terms: VersionTerms,
    /// When it was made.
    pub created_at: Time,
}

/// Versions of a person's strategy, the newest first, or the one of that number.
///
/// # Errors
/// The database's.
pub async fn list(
    db: &Db,
    user_id: Uuid,
    strategy: Uuid,
    version: Option<i32>,
) -> Result<Vec<Version>, StoreError> {
    let params: [Param<'_>; 3] =
        [(&user_id, Type::UUID), (&strategy, Type::UUID), (&version, Type::INT4)];
    db.query("trading.versions", LIST, &params).await?.iter().map(read).collect()
}

/// The version with this number of its own, of whichever strategy of a person.
///
/// # Errors
/// The database's.
pub async fn find(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<Option<Version>, StoreError> {
    held(tx, FIND, (user_id, id), read).await
}

/// Adds a version with the next number; whoever calls it holds the strategy.
///
/// # Errors
/// The database's.
pub async fn insert(
    tx: &Tx,
    strategy: Uuid,
    id: Uuid,
    terms: &VersionTerms,
    now: Time,
) -> Result<Version, StoreError> {
    let params: [Param<'_>; 6] = [
        (&id, Type::UUID),
        (&strategy, Type::UUID),
        (&terms.config_schema, Type::JSONB),
        (&terms.parameters, Type::JSONB),
        (&terms.notes, Type::TEXT),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    written(tx, INSERT, &params, read).await
}

fn read(row: &Row) -> Result<Version, StoreError> {
    Ok(Version {
        id: row.try_get("id")?,
        version: row.try_get("version")?,
        terms: VersionTerms {
            config_schema: row.try_get("config_schema")?,
            parameters: row.try_get("parameters")?,
            notes: row.try_get("notes")?,
        },
        created_at: time(row, "created_at")?,
    })
}
