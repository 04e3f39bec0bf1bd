//! How many requests were answered, by hour, caller and endpoint.

use domain::Time;
use postgres_types::Type;
use uuid::Uuid;

use crate::market::row::{At, maybe_time, time};
use crate::{Db, StoreError, Tx};

const ADD: &str = "
INSERT INTO auth.request_counts AS counts (hour, user_id, key_id, method, path, requests)
SELECT * FROM unnest($1::timestamptz[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[])
ON CONFLICT (hour, user_id, key_id, method, path) DO UPDATE SET requests = counts.requests + excluded.requests";
const LIST: &str = "
SELECT * FROM auth.request_counts WHERE hour >= $1 AND hour < $2 AND ($3::uuid IS NULL OR user_id = $3)
ORDER BY hour DESC, requests DESC, user_id, key_id, path, method LIMIT $4";
const OLD: &str = "SELECT min(hour) AS first, count(*) FROM auth.request_counts WHERE hour < $1";
const PRUNE: &str = "DELETE FROM auth.request_counts WHERE hour < $1";

pub(super) const STATEMENTS: &[&str] = &[ADD, LIST, OLD, PRUNE];

/// Requests of one hour, caller and endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// When it begins.
    pub hour: Time,
    /// Whose; nobody's where no credentials came.
    pub user_id: Option<Uuid>,
    /// By which key, where it was one.
    pub key_id: Option<Uuid>,
    /// GET, POST, …
    pub method: String,
    /// The address as the documentation has it.
    pub path: String,
    /// How many.
    pub requests: i64,
}

/// Adds to what was counted before; no two of the counts may be of the same.
///
/// # Errors
/// The database's.
pub async fn add(tx: &Tx, counts: &[Count]) -> Result<(), StoreError> {
    let hours: Vec<At> = counts.iter().map(|count| At(count.hour)).collect();
    let users: Vec<Uuid> = counts.iter().map(|count| count.user_id.unwrap_or_default()).collect();
    let keys: Vec<Uuid> = counts.iter().map(|count| count.key_id.unwrap_or_default()).collect();
    let methods: Vec<&str> = counts.iter().map(|count| count.method.as_str()).collect();
    let paths: Vec<&str> = counts.iter().map(|count| count.path.as_str()).collect();
    let requests: Vec<i64> = counts.iter().map(|count| count.requests).collect();
    tx.execute(
        ADD,
        &[
            (&hours, Type::TIMESTAMPTZ_ARRAY),
            (&users, Type::UUID_ARRAY),
            (&keys, Type::UUID_ARRAY),
            (&methods, Type::TEXT_ARRAY),
            (&paths, Type::TEXT_ARRAY),
            (&requests, Type::INT8_ARRAY),
        ],
    )
    .await
    .map(drop)
}

/// Counts of the hours from `from` to `to`, the newest hour and in it the highest first.
///
/// # Errors
/// The database's.
pub async fn list(
    db: &Db,
    from: Time,
    to: Time,
    user_id: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Count>, StoreError> {
    let params = [
        (&At(from) as _, Type::TIMESTAMPTZ),
        (&At(to) as _, Type::TIMESTAMPTZ),
        (&user_id as _, Type::UUID),
        (&limit as _, Type::INT8),
    ];
    let rows = db.query("auth.usage", LIST, &params).await?;
    let someone = |id: Uuid| Some(id).filter(|id| !id.is_nil());
    rows.iter()
        .map(|row| {
            Ok(Count {
                hour: time(row, "hour")?,
                user_id: someone(row.try_get("user_id")?),
                key_id: someone(row.try_get("key_id")?),
                method: row.try_get("method")?,
                path: row.try_get("path")?,
                requests: row.try_get("requests")?,
            })
        })
        .collect()
}

/// The first hour of those before a time, and how many counts they have.
///
/// # Errors
/// The database's.
pub async fn old(db: &Db, before: Time) -> Result<Option<(Time, u64)>, StoreError> {
    let rows = db.query("auth.old_usage", OLD, &[(&At(before), Type::TIMESTAMPTZ)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let count: i64 = row.try_get(1)?;
    Ok(maybe_time(row, "first")?.map(|first| (first, count.unsigned_abs())))
}

/// Deletes counts of hours before a time; tells how many.
///
/// # Errors
/// The database's.
pub async fn prune(tx: &Tx, before: Time) -> Result<u64, StoreError> {
    tx.execute(PRUNE, &[(&At(before), Type::TIMESTAMPTZ)]).await
}
