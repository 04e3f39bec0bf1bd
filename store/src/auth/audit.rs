//! The record of what was done. Rows are added with what they tell of, in its transaction.

use std::net::IpAddr;

use domain::Time;
use jiff::tz::TimeZone;
use postgres_types::Type;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, time};
use crate::{Db, StoreError, Tx};

const INSERT: &str = "
INSERT INTO auth.audit_log (at, user_id, session_id, action, outcome, resource, ip, user_agent, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const PARTITION: &str = "SELECT to_regclass('auth.' || $1) IS NOT NULL";
/// "audt": partitions are made by one process at a time.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1635083380)";
const PAGE: &str = "
SELECT * FROM auth.audit_log
WHERE ($1::uuid IS NULL OR user_id = $1) AND ($2::text IS NULL OR action = $2) AND at >= $3 AND at < $4
  AND (at, id) < ($5, $6)
ORDER BY at DESC, id DESC LIMIT $7";

const REFUSED: &str = "
SELECT at FROM auth.audit_log
WHERE action = $1 AND resource = $2 AND at >= $3 AND outcome = 'refused' ORDER BY at DESC OFFSET $4 LIMIT 1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, PARTITION, LOCK, PAGE, REFUSED];

/// Something that was done, or tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Time,
    /// By whom, where that is known.
    pub user_id: Option<Uuid>,
    /// In which session.
    pub session_id: Option<Uuid>,
    /// What: `user.login`, `session.end`, …
    pub action: String,
    /// Whether it was done; it was refused otherwise.
    pub done: bool,
    /// To what: a person's number, for example.
    pub resource: Option<String>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<String>,
    /// What was, without secrets.
    pub before: Option<Value>,
    /// What is, without secrets.
    pub after: Option<Value>,
}

/// Which entries to read, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Of this person only.
    pub user_id: Option<Uuid>,
    /// Of this action only.
    pub action: Option<String>,
    /// From this time on.
    pub from: Time,
    /// Before this time.
    pub to: Time,
    /// Those before this entry: its time and number.
    pub before: (Time, i64),
    /// Most entries.
    pub limit: i64,
}

/// Adds an entry.
///
/// # Errors
/// The database's.
pub async fn write(tx: &Tx, entry: &Entry) -> Result<(), StoreError> {
    partition(tx, entry.at).await?;
    let outcome = if entry.done { "ok" } else { "refused" };
    tx.execute(
        INSERT,
        &[
            (&At(entry.at), Type::TIMESTAMPTZ),
            (&entry.user_id, Type::UUID),
            (&entry.session_id, Type::UUID),
            (&entry.action, Type::TEXT),
            (&outcome, Type::TEXT),
            (&entry.resource, Type::TEXT),
            (&entry.ip, Type::INET),
            (&entry.user_agent, Type::TEXT),
            (&entry.before, Type::JSONB),
            (&entry.after, Type::JSONB),
        ],
    )
    .await
    .map(drop)
}

/// A page of entries with their numbers.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, query: &AuditQuery) -> Result<Vec<(i64, Entry)>, StoreError> {
    let (from, to, before) = (At(query.from), At(query.to), At(query.before.0));
    let rows = db
        .query(
            "auth.audit",
            PAGE,
            &[
                (&query.user_id, Type::UUID),
                (&query.action, Type::TEXT),
                (&from, Type::TIMESTAMPTZ),
                (&to, Type::TIMESTAMPTZ),
                (&before, Type::TIMESTAMPTZ),
                (&query.before.1, Type::INT8),
                (&query.limit, Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, entry(row)?))).collect()
}

/// Since `from` the action was refused for this resource `times` times or more: when, the
/// `times`th time back from now.
///
/// # Errors
/// The database's.
pub async fn refused(
    db: &Db,
    action: &str,
    resource: &str,
    from: Time,
    times: i64,
) -> Result<Option<Time>, StoreError> {
    let params = [
        (&action as _, Type::TEXT),
        (&resource as _, Type::TEXT),
        (&At(from) as _, Type::TIMESTAMPTZ),
        (&(times - 1) as _, Type::INT8),
    ];
    let rows = db.query("auth.refused", REFUSED, &params).await?;
    rows.first().map(|row| time(row, "at")).transpose()
}

/// Makes the month's partition where it is missing.
async fn partition(tx: &Tx, at: Time) -> Result<(), StoreError> {
    let out_of_range = |error: jiff::Error| StoreError::Unexpected(error.to_string());
    let first = at.timestamp().to_zoned(TimeZone::UTC).date().first_of_month();
    let next = first.last_of_month().tomorrow().map_err(out_of_range)?;
    let name = format!("audit_log_{:04}{:02}", first.year(), first.month());
    let is_there = async || -> Result<bool, StoreError> {
        let row = tx.query_opt(PARTITION, &[(&name, Type::TEXT)]).await?;
        Ok(row.is_some_and(|row| row.get(0)))
    };
    if is_there().await? {
        return Ok(());
    }
    tx.query(LOCK, &[]).await?;
    if is_there().await? {
        return Ok(());
    }
    tx.batch(&format!(
        "CREATE TABLE auth.{name} PARTITION OF auth.audit_log
         FOR VALUES FROM ('{first} 00:00:00+00') TO ('{next} 00:00:00+00')"
    ))
    .await
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        at: time(row, "at")?,
        user_id: row.try_get("user_id")?,
        session_id: row.try_get("session_id")?,
        action: row.try_get("action")?,
        done: row.try_get::<_, &str>("outcome")? == "ok",
        resource: row.try_get("resource")?,
        ip: row.try_get("ip")?,
        user_agent: row.try_get("user_agent")?,
        before: row.try_get("before")?,
        after: row.try_get("after")?,
    })
}
