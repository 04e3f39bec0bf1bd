//! Bots. A trigger counts their revisions and tells every process of each.

use domain::trading::{BotKind, BotStatus};
use domain::{Amount, Time};
use postgres_types::Type;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use super::{counted, held, known, owned, written};
use crate::market::row::{At, maybe_amount, maybe_time, time};
use crate::{Db, Numeric, Param, StoreError, Tx};

const LIST: &str = "
SELECT * FROM trading.bots
WHERE user_id = $1 AND ($2::text IS NULL OR status = $2) AND ($3::uuid IS NULL OR account_id = $3)
  AND ($4::uuid IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5";
const FIND: &str = "SELECT * FROM trading.bots WHERE user_id = $1 AND id = $2";
const HOLD: &str = "SELECT * FROM trading.bots WHERE user_id = $1 AND id = $2 FOR NO KEY UPDATE";
const ACCOUNT: &str = "SELECT account_id FROM trading.bots WHERE user_id = $1 AND id = $2";
const COUNT: &str = "SELECT count(*) FROM trading.bots WHERE user_id = $1";
const INSERT: &str = "
INSERT INTO trading.bots (id, user_id, account_id, strategy_version_id, name, type, status, config, extra_metadata,
    description, silent_after_s, error_count, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $12) RETURNING *";
const CHANGE: &str = "
UPDATE trading.bots SET strategy_version_id = $2, name = $3, config = $4, extra_metadata = $5, description = $6,
    silent_after_s = $7, updated_at = $8
WHERE id = $1 RETURNING *";
const MOVE: &str = "
UPDATE trading.bots SET status = $2, started_at = coalesce($3, started_at), updated_at = $4 WHERE id = $1 RETURNING *";
const HEARD: &str = "
UPDATE trading.bots SET status = $2, last_heartbeat = greatest(last_heartbeat, $3), error_count = error_count + $4,
    current_balance = coalesce($5, current_balance), total_pnl = coalesce($6, total_pnl), updated_at = $3
WHERE id = $1 RETURNING *";
const DELETE: &str = "DELETE FROM trading.bots WHERE id = $1";
// Whoever comes second finds nothing: each silence is told once, however many look.
const CLAIM_SILENT: &str = "
UPDATE trading.bots SET status = 'silent', updated_at = $1 WHERE id IN (
    SELECT id FROM trading.bots
    WHERE status IN ('running', 'error')
      AND greatest(last_heartbeat, started_at) < $1::timestamptz - silent_after_s * interval '1 second'
    ORDER BY id LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING *";
const BY_STATUS: &str = "SELECT status, count(*) FROM trading.bots GROUP BY status";

pub(super) const STATEMENTS: &[&str] = &[
    LIST,
    FIND,
    HOLD,
    ACCOUNT,
    COUNT,
    INSERT,
    CHANGE,
    MOVE,
    HEARD,
    DELETE,
    CLAIM_SILENT,
    BY_STATUS,
];

/// What its owner says of a bot.
#[derive(Debug, Clone, PartialEq)]
pub struct BotTerms {
    /// What its owner calls it.
    pub name: String,
    /// The version of a strategy that it follows, if any.
    pub strategy_version_id: Option<Uuid>,
    /// What it goes by, as the version's schema wants it.
    pub config: Value,
    /// What other programs want to keep with it.
    pub extra_metadata: Value,
    /// What it is about.
    pub description: Option<String>,
    /// After how many seconds without a heartbeat it is silent.
    pub silent_after_s: i32,
}

/// A bot.
#[derive(Debug, Clone, PartialEq)]
pub struct Bot {
    /// Number.
    pub id: Uuid,
    /// Whose; nobody's, where they were erased.
    pub user_id: Option<Uuid>,
    /// Where it trades.
    pub account_id: Uuid,
    /// Whether in earnest.
    pub kind: BotKind,
    /// What its owner says of it.
    pub terms: BotTerms,
    /// What it is doing.
    pub status: BotStatus,
    /// When it was last started.
    pub started_at: Option<Time>,
    /// When it was last heard of.
    pub last_heartbeat: Option<Time>,
    /// How many heartbeats told of an error.
    pub error_count: i32,
    /// What it had when it last told.
    pub balance: Option<Amount>,
    /// What it had won by then.
    pub total_pnl: Option<Amount>,
    /// Counts its changes.
    pub revision: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed or heard of.
    pub updated_at: Time,
}

/// Which bots.
#[derive(Debug, Clone, Copy)]
pub struct BotQuery {
    /// Whose.
    pub user_id: Uuid,
    /// Of this status only.
    pub status: Option<BotStatus>,
    /// On this account only.
    pub account_id: Option<Uuid>,
    /// Those made before this one.
    pub before: Option<Uuid>,
    /// Most bots.
    pub limit: i64,
}

/// A person's bots, the newest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, query: &BotQuery) -> Result<Vec<Bot>, StoreError> {
    let status = query.status.map(BotStatus::as_str);
    let params: [Param<'_>; 5] = [
        (&query.user_id, Type::UUID),
        (&status, Type::TEXT),
        (&query.account_id, Type::UUID),
        (&query.before, Type::UUID),
        (&query.limit, Type::INT8),
    ];
    db.query("trading.bots", LIST, &params).await?.iter().map(bot).collect()
}

/// A person's bot of that number.
///
/// # Errors
/// The database's.
pub async fn read(db: &Db, user_id: Uuid, id: Uuid) -> Result<Option<Bot>, StoreError> {
    owned(db, "trading.bot", FIND, (user_id, id), bot).await
}

/// The same within a transaction, and nobody else changes it until that ends.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<Option<Bot>, StoreError> {
    held(tx, HOLD, (user_id, id), bot).await
}

/// The account on which a person's bot trades; it never moves.
///
/// # Errors
/// The database's.
pub async fn account_of(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<Option<Uuid>, StoreError> {
    held(tx, ACCOUNT, (user_id, id), |row| Ok(row.try_get("account_id")?)).await
}

/// How many a person has.
///
/// # Errors
/// The database's.
pub async fn count(tx: &Tx, user_id: Uuid) -> Result<i64, StoreError> {
    counted(tx, COUNT, user_id).await
}

/// Adds a bot as it stands; of what it did there is nothing yet.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &Tx, new: &Bot) -> Result<Bot, StoreError> {
    let params: [Param<'_>; 12] = [
        (&new.id, Type::UUID),
        (&new.user_id, Type::UUID),
        (&new.account_id, Type::UUID),
        (&new.terms.strategy_version_id, Type::UUID),
        (&new.terms.name, Type::TEXT),
        (&new.kind.as_str(), Type::TEXT),
        (&new.status.as_str(), Type::TEXT),
        (&new.terms.config, Type::JSONB),
        (&new.terms.extra_metadata, Type::JSONB),
        (&new.terms.description, Type::TEXT),
        (&new.terms.silent_after_s, Type::INT4),
        (&At(new.created_at), Type::TIMESTAMPTZ),
    ];
    written(tx, INSERT, &params, bot).await
}

/// Has its owner say something else of a bot.
///
/// # Errors
/// The database's.
pub async fn change(tx: &Tx, id: Uuid, terms: &BotTerms, now: Time) -> Result<Bot, StoreError> {
    let params: [Param<'_>; 8] = [
        (&id, Type::UUID),
        (&terms.strategy_version_id, Type::UUID),
        (&terms.name, Type::TEXT),
        (&terms.config, Type::JSONB),
        (&terms.extra_metadata, Type::JSONB),
        (&terms.description, Type::TEXT),
        (&terms.silent_after_s, Type::INT4),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    written(tx, CHANGE, &params, bot).await
}

/// Gives a bot another status; one that runs from now on was started now.
///
/// # Errors
/// The database's.
pub async fn set_status(
    tx: &Tx,
    id: Uuid,
    status: BotStatus,
    now: Time,
) -> Result<Bot, StoreError> {
    let started = (status == BotStatus::Running).then_some(At(now));
    let params: [Param<'_>; 4] = [
        (&id, Type::UUID),
        (&status.as_str(), Type::TEXT),
        (&started, Type::TIMESTAMPTZ),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    written(tx, MOVE, &params, bot).await
}

/// What is known of a bot after a heartbeat.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// When.
    pub at: Time,
    /// What it is doing.
    pub status: BotStatus,
    /// Whether it told of an error.
    pub is_error: bool,
    /// What it has, where it told.
    pub balance: Option<Amount>,
    /// What it has won, where it told.
    pub total_pnl: Option<Amount>,
}

/// Notes that a bot was heard of.
///
/// # Errors
/// The database's.
pub async fn heard(tx: &Tx, id: Uuid, heard: &Heard) -> Result<Bot, StoreError> {
    let params: [Param<'_>; 6] = [
        (&id, Type::UUID),
        (&heard.status.as_str(), Type::TEXT),
        (&At(heard.at), Type::TIMESTAMPTZ),
        (&i32::from(heard.is_error), Type::INT4),
        (&heard.balance.map(Numeric), Type::NUMERIC),
        (&heard.total_pnl.map(Numeric), Type::NUMERIC),
    ];
    written(tx, HEARD, &params, bot).await
}

/// Deletes a bot; false where the ledger has something of it, and then the transaction has failed.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &Tx, id: Uuid) -> Result<bool, StoreError> {
    let refers = [SqlState::FOREIGN_KEY_VIOLATION, SqlState::RESTRICT_VIOLATION];
    match tx.execute(DELETE, &[(&id, Type::UUID)]).await {
        Ok(_) => Ok(true),
        Err(error) if error.code().is_some_and(|code| refers.contains(code)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Takes some bots that should run and were not heard of in time for silent, and tells which.
///
/// # Errors
/// The database's.
pub async fn claim_silent(tx: &Tx, now: Time) -> Result<Vec<Bot>, StoreError> {
    tx.query(CLAIM_SILENT, &[(&At(now), Type::TIMESTAMPTZ)]).await?.iter().map(bot).collect()
}

/// How many bots there are of each status that one has.
///
/// # Errors
/// The database's.
pub async fn by_status(db: &Db) -> Result<Vec<(BotStatus, i64)>, StoreError> {
    let rows = db.query("trading.bots_by_status", BY_STATUS, &[]).await?;
    rows.iter().map(|row| Ok((known(row, "status", BotStatus::parse)?, row.try_get(1)?))).collect()
}

fn bot(row: &Row) -> Result<Bot, StoreError> {
    Ok(Bot {
        id: row.try_get("id")?,
        user_id: row.try_get("user_id")?,
        account_id: row.try_get("account_id")?,
        kind: known(row, "type", BotKind::parse)?,
        terms: BotTerms {
            name: row.try_get("name")?,
            strategy_version_id: row.try_get("strategy_version_id")?,
            config: row.try_get("config")?,
            extra_metadata: row.try_get("extra_metadata")?,
            description: row.try_get("description")?,
            silent_after_s: row.try_get("silent_after_s")?,
        },
        status: known(row, "status", BotStatus::parse)?,
        started_at: maybe_time(row, "started_at")?,
        last_heartbeat: maybe_time(row, "last_heartbeat")?,
        error_count: row.try_get("error_count")?,
        balance: maybe_amount(row, "current_balance")?,
        total_pnl: maybe_amount(row, "total_pnl")?,
        revision: row.try_get("revision")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
