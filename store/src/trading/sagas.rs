//! Orders on their way through the paper venue: what is to be done next of each.
//!
//! Whoever holds an order and its saga takes the order first.

use domain::Time;
use postgres_types::{Json, Type};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, time};
use crate::{Db, Param, StoreError, Tx};

/// What a session of the database runs to hear that a saga is due.
pub const LISTEN_SAGAS: &str = "LISTEN chandlery_sagas";

/// So many failures in a row, and a saga is stuck.
pub const STUCK: i32 = 5;

const BEGIN: &str = "
INSERT INTO trading.sagas (order_id, account_id, step, cancel, attempts, due_at, created_at, updated_at)
SELECT order_id, account_id, 'reserve', false, 0, $3, $3, $3
FROM unnest($1::uuid[], $2::uuid[]) AS rows (order_id, account_id)";
const NOTIFY: &str = "SELECT pg_notify('chandlery_sagas', '')";
const CLAIM: &str = "
UPDATE trading.sagas SET due_at = $2 WHERE order_id IN (
    SELECT order_id FROM trading.sagas WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING order_id";
const HOLD: &str = "SELECT * FROM trading.sagas WHERE order_id = $1 FOR UPDATE";
const FIND: &str = "SELECT * FROM trading.sagas WHERE order_id = $1";
const STEP: &str = "
UPDATE trading.sagas SET step = $2, attempts = 0, last_error = NULL, due_at = $3, updated_at = $4
WHERE order_id = $1";
const ASK_AMEND: &str = "
UPDATE trading.sagas SET amend = coalesce(amend, '{}') || $2, due_at = $3, updated_at = $3 WHERE order_id = $1";
const ASK_CANCEL: &str = "
UPDATE trading.sagas SET cancel = true, due_at = $2, updated_at = $2 WHERE order_id = $1";
// What was asked meanwhile is still due.
const ASKED: &str = "
UPDATE trading.sagas SET
    cancel = cancel AND NOT $2, amend = CASE WHEN amend = $3 THEN NULL ELSE amend END,
    attempts = 0, last_error = $4, updated_at = $5,
    due_at = CASE WHEN cancel AND NOT $2 OR amend IS DISTINCT FROM $3 AND amend IS NOT NULL THEN $5::timestamptz END
WHERE order_id = $1";
const FAILED: &str = "
UPDATE trading.sagas SET
    attempts = CASE WHEN $3::timestamptz IS NULL THEN greatest(attempts, $5) ELSE attempts END + 1,
    last_error = $2, due_at = $3, updated_at = $4
WHERE order_id = $1";
const END: &str = "DELETE FROM trading.sagas WHERE order_id = $1";
const LIST: &str = "
SELECT s.* FROM trading.sagas s JOIN trading.venue_accounts a ON a.id = s.account_id
WHERE a.user_id = $1 AND ($2::boolean IS NULL OR (s.attempts >= $3) = $2) AND ($4::uuid IS NULL OR s.order_id > $4)
ORDER BY s.order_id LIMIT $5";
const COUNT: &str = "
SELECT count(*) FILTER (WHERE attempts < $1), count(*) FILTER (WHERE attempts >= $1) FROM trading.sagas";
const CURSOR: &str = "SELECT seq FROM trading.saga_cursor";
const HOLD_CURSOR: &str = "SELECT seq FROM trading.saga_cursor FOR UPDATE";
const SET_CURSOR: &str = "UPDATE trading.saga_cursor SET seq = $1";

pub(super) const STATEMENTS: &[&str] = &[
    BEGIN,
    NOTIFY,
    CLAIM,
    HOLD,
    FIND,
    STEP,
    ASK_AMEND,
    ASK_CANCEL,
    ASKED,
    FAILED,
    END,
    LIST,
    COUNT,
    CURSOR,
    HOLD_CURSOR,
    SET_CURSOR,
];

/// A saga as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Saga {
    /// Its order.
    pub order: Uuid,
    /// `reserve`, `submit` or `settle`.
    pub step: String,
    /// Whether the venue is to be asked to give the order up.
    pub cancel: bool,
    /// What is to be changed at the venue.
    pub amend: Option<Value>,
    /// Failures of this step in a row.
    pub attempts: i32,
    /// The last of them.
    pub last_error: Option<String>,
    /// When the order was placed.
    pub created_at: Time,
    /// When something was done about it last.
    pub updated_at: Time,
}

/// Begins those of orders, each with its account, and tells every process.
///
/// # Errors
/// The database's.
pub async fn begin(tx: &Tx, orders: &[(Uuid, Uuid)], now: Time) -> Result<(), StoreError> {
    if orders.is_empty() {
        return Ok(());
    }
    let (orders, accounts): (Vec<Uuid>, Vec<Uuid>) = orders.iter().copied().unzip();
    let params: [Param<'_>; 3] =
        [(&orders, Type::UUID_ARRAY), (&accounts, Type::UUID_ARRAY), (&At(now), Type::TIMESTAMPTZ)];
    tx.execute(BEGIN, &params).await?;
    tx.query(NOTIFY, &[]).await.map(drop)
}

/// Orders whose sagas are due; nobody else is given them before `until`.
///
/// # Errors
/// The database's.
pub async fn claim(tx: &Tx, now: Time, until: Time, most: i64) -> Result<Vec<Uuid>, StoreError> {
    let params: [Param<'_>; 3] =
        [(&At(now), Type::TIMESTAMPTZ), (&At(until), Type::TIMESTAMPTZ), (&most, Type::INT8)];
    tx.query(CLAIM, &params).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Holds an order's saga until the transaction ends; `None` at the order's end.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &Tx, order: Uuid) -> Result<Option<Saga>, StoreError> {
    tx.query_opt(HOLD, &[(&order, Type::UUID)]).await?.as_ref().map(read).transpose()
}

/// An order's saga.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, order: Uuid) -> Result<Option<Saga>, StoreError> {
    let rows = db.query("trading.saga", FIND, &[(&order, Type::UUID)]).await?;
    rows.first().map(read).transpose()
}

/// Goes on to another step, which others may take when it is due; never where it waits for the venue.
///
/// # Errors
/// The database's.
pub async fn go_on(
    tx: &Tx,
    order: Uuid,
    step: &str,
    due: Option<Time>,
    now: Time,
) -> Result<(), StoreError> {
    let params: [Param<'_>; 4] = [
        (&order, Type::UUID),
        (&step, Type::TEXT),
        (&due.map(At), Type::TIMESTAMPTZ),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    tx.execute(STEP, &params).await.map(drop)
}

/// The venue is to give an order up.
///
/// # Errors
/// The database's.
pub async fn ask_cancel(tx: &Tx, order: Uuid, now: Time) -> Result<(), StoreError> {
    let params: [Param<'_>; 2] = [(&order, Type::UUID), (&At(now), Type::TIMESTAMPTZ)];
    tx.execute(ASK_CANCEL, &params).await?;
    tx.query(NOTIFY, &[]).await.map(drop)
}

/// The venue is to change an order, together with what it was not yet asked.
///
/// # Errors
/// The database's.
pub async fn ask_amend(tx: &Tx, order: Uuid, amend: &Value, now: Time) -> Result<(), StoreError> {
    let params: [Param<'_>; 3] =
        [(&order, Type::UUID), (&Json(amend), Type::JSONB), (&At(now), Type::TIMESTAMPTZ)];
    tx.execute(ASK_AMEND, &params).await?;
    tx.query(NOTIFY, &[]).await.map(drop)
}

/// The venue was asked all that is in `saga`, and refused with `error` what it doesn't do.
///
/// # Errors
/// The database's.
pub async fn asked(tx: &Tx, saga: &Saga, error: Option<&str>, now: Time) -> Result<(), StoreError> {
    let params: [Param<'_>; 5] = [
        (&saga.order, Type::UUID),
        (&saga.cancel, Type::BOOL),
        (&saga.amend.as_ref().map(Json), Type::JSONB),
        (&error, Type::TEXT),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    tx.execute(ASKED, &params).await.map(drop)
}

/// A step failed; it is tried again at `due`. Without that it is stuck.
///
/// # Errors
/// The database's.
pub async fn failed(
    tx: &Tx,
    order: Uuid,
    error: &str,
    due: Option<Time>,
    now: Time,
) -> Result<(), StoreError> {
    let params: [Param<'_>; 5] = [
        (&order, Type::UUID),
        (&error, Type::TEXT),
        (&due.map(At), Type::TIMESTAMPTZ),
        (&At(now), Type::TIMESTAMPTZ),
        (&STUCK, Type::INT4),
    ];
    tx.execute(FAILED, &params).await.map(drop)
}

/// The order is over.
///
/// # Errors
/// The database's.
pub async fn end(tx: &Tx, order: Uuid) -> Result<(), StoreError> {
    tx.execute(END, &[(&order, Type::UUID)]).await.map(drop)
}

/// A person's sagas by order, past `after`: all, or those that are `stuck` or not.
///
/// # Errors
/// The database's.
pub async fn list(
    db: &Db,
    user: Uuid,
    stuck: Option<bool>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Saga>, StoreError> {
    let params: [Param<'_>; 5] = [
        (&user, Type::UUID),
        (&stuck, Type::BOOL),
        (&STUCK, Type::INT4),
        (&after, Type::UUID),
        (&limit, Type::INT8),
    ];
    db.query("trading.sagas", LIST, &params).await?.iter().map(read).collect()
}

/// How many go on, and how many are stuck.
///
/// # Errors
/// The database's.
pub async fn count(db: &Db) -> Result<(i64, i64), StoreError> {
    let rows = db.query("trading.saga_count", COUNT, &[(&STUCK, Type::INT4)]).await?;
    rows.first().map_or(Ok((0, 0)), |row| Ok((row.try_get(0)?, row.try_get(1)?)))
}

/// The venue's last report that orders were told of.
///
/// # Errors
/// The database's.
pub async fn cursor(db: &Db) -> Result<i64, StoreError> {
    let rows = db.query("trading.saga_cursor", CURSOR, &[]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// The same, held until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn hold_cursor(tx: &Tx) -> Result<i64, StoreError> {
    let row = tx.query_opt(HOLD_CURSOR, &[]).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// Orders were told up to this report.
///
/// # Errors
/// The database's.
pub async fn set_cursor(tx: &Tx, seq: i64) -> Result<(), StoreError> {
    tx.execute(SET_CURSOR, &[(&seq, Type::INT8)]).await.map(drop)
}

fn read(row: &Row) -> Result<Saga, StoreError> {
    Ok(Saga {
        order: row.try_get("order_id")?,
        step: row.try_get("step")?,
        cancel: row.try_get("cancel")?,
        amend: row.try_get("amend")?,
        attempts: row.try_get("attempts")?,
        last_error: row.try_get("last_error")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
