//! What bots tell of themselves, for a while.

use domain::{Amount, Time};
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, maybe_amount, maybe_time, time};
use crate::{Db, Numeric, Param, StoreError, Tx};

// Two of the same microsecond come one after the other, as whoever holds the bot wrote them.
const INSERT: &str = "
INSERT INTO trading.bot_heartbeats (bot_id, at, message, error, balance)
SELECT $1, greatest($2::timestamptz, max(at) + interval '1 microsecond'), $3, $4, $5
FROM trading.bot_heartbeats WHERE bot_id = $1";
const LIST: &str = "
SELECT h.* FROM trading.bot_heartbeats h JOIN trading.bots b ON b.id = h.bot_id
WHERE b.user_id = $1 AND b.id = $2 AND h.at < $3 ORDER BY h.at DESC LIMIT $4";
const OLD: &str = "SELECT min(at) AS first, count(*) FROM trading.bot_heartbeats WHERE at < $1";
const PRUNE: &str = "
DELETE FROM trading.bot_heartbeats WHERE ctid = ANY (array(
    SELECT ctid FROM trading.bot_heartbeats WHERE at < $1 ORDER BY at LIMIT $2))";

pub(super) const STATEMENTS: &[&str] = &[INSERT, LIST, OLD, PRUNE];

/// What a bot told of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// When.
    pub at: Time,
    /// In its own words.
    pub message: Option<String>,
    /// What went wrong, where something did.
    pub error: Option<String>,
    /// What it had then.
    pub balance: Option<Amount>,
}

/// Adds one; whoever calls it holds the bot.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &Tx, bot: Uuid, heartbeat: &Heartbeat) -> Result<(), StoreError> {
    let params: [Param<'_>; 5] = [
        (&bot, Type::UUID),
        (&At(heartbeat.at), Type::TIMESTAMPTZ),
        (&heartbeat.message, Type::TEXT),
        (&heartbeat.error, Type::TEXT),
        (&heartbeat.balance.map(Numeric), Type::NUMERIC),
    ];
    tx.execute(INSERT, &params).await.map(drop)
}

/// Those of a person's bot before a time, the newest first.
///
/// # Errors
/// The database's.
pub async fn list(
    db: &Db,
    user_id: Uuid,
    bot: Uuid,
    before: Time,
    limit: i64,
) -> Result<Vec<Heartbeat>, StoreError> {
    let params: [Param<'_>; 4] = [
        (&user_id, Type::UUID),
        (&bot, Type::UUID),
        (&At(before), Type::TIMESTAMPTZ),
        (&limit, Type::INT8),
    ];
    db.query("trading.heartbeats", LIST, &params).await?.iter().map(read).collect()
}

/// The first of those before a time, and how many there are.
///
/// # Errors
/// The database's.
pub async fn old(db: &Db, before: Time) -> Result<Option<(Time, u64)>, StoreError> {
    let rows = db.query("trading.old_heartbeats", OLD, &[(&At(before), Type::TIMESTAMPTZ)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let count: i64 = row.try_get(1)?;
    Ok(maybe_time(row, "first")?.map(|first| (first, count.unsigned_abs())))
}

/// Deletes some of those before a time; tells how many.
///
/// # Errors
/// The database's.
pub async fn prune(tx: &Tx, before: Time, most: i64) -> Result<u64, StoreError> {
    tx.execute(PRUNE, &[(&At(before), Type::TIMESTAMPTZ), (&most, Type::INT8)]).await
}

fn read(row: &Row) -> Result<Heartbeat, StoreError> {
    Ok(Heartbeat {
        at: time(row, "at")?,
        message: row.try_get("message")?,
        error: row.try_get("error")?,
        balance: maybe_amount(row, "balance")?,
    })
}
