//! What each run of retention did, for whoever asks later where rows have gone.

use domain::Time;
use postgres_types::Type;

use super::row::{At, time};
use crate::{Db, Param, StoreError};

const ADD: &str = "
INSERT INTO market.retention_runs (started_at, finished_at, steps, error) VALUES ($1, $2, $3, $4)";

const LAST: &str = "
SELECT finished_at, error FROM market.retention_runs ORDER BY started_at DESC LIMIT 1";

pub(super) const STATEMENTS: &[&str] = &[ADD, LAST];

/// Records a run.
///
/// # Errors
/// The database's.
pub async fn add(
    db: &Db,
    started: Time,
    finished: Time,
    steps: &serde_json::Value,
    error: Option<&str>,
) -> Result<(), StoreError> {
    let params: [Param<'_>; 4] = [
        (&At(started), Type::TIMESTAMPTZ),
        (&At(finished), Type::TIMESTAMPTZ),
        (steps, Type::JSONB),
        (&error, Type::TEXT),
    ];
    let params = &params;
    let added = db.run("market.retention_run", |tx| async move { tx.execute(ADD, params).await });
    added.await.map(drop)
}

/// When the last run ended, and what went wrong.
///
/// # Errors
/// The database's.
pub async fn last(db: &Db) -> Result<Option<(Time, Option<String>)>, StoreError> {
    let rows = db.query("market.last_retention_run", LAST, &[]).await?;
    rows.first().map(|row| Ok((time(row, "finished_at")?, row.try_get("error")?))).transpose()
}
