//! How far each source has been taken in. Its row is written with the rows it counts, so after a
//! crash the two agree.

use postgres_types::Type;

use crate::{Db, StoreError, Tx};

const SELECT: &str = "
SELECT rows_done, rows_written, rows_skipped, finished_at IS NOT NULL AS finished
FROM market.ingest_progress WHERE source = $1";

const SAVE: &str = "
INSERT INTO market.ingest_progress (source, description, rows_done, rows_written, rows_skipped, finished_at)
VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END)
ON CONFLICT (source) DO UPDATE
SET rows_done = excluded.rows_done, rows_written = excluded.rows_written,
    rows_skipped = excluded.rows_skipped, finished_at = excluded.finished_at, updated_at = now()";

const FORGET: &str = "DELETE FROM market.ingest_progress WHERE source = $1";

pub(super) const STATEMENTS: &[&str] = &[SELECT, SAVE, FORGET];

/// How far a source is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows of the source dealt with, counted from its start.
    pub rows_done: u64,
    /// Of those, rows that were new and are stored.
    pub rows_written: u64,
    /// Of those, bad rows that were passed over on request.
    pub rows_skipped: u64,
    /// Whether the source was read to its end.
    pub finished: bool,
}

/// How far `source` is, if it was ever begun.
///
/// # Errors
/// The database's.
pub async fn get(db: &Db, source: &str) -> Result<Option<Progress>, StoreError> {
    let rows = db.query("market.progress", SELECT, &[(&source, Type::TEXT)]).await?;
    rows.first()
        .map(|row| {
            Ok(Progress {
                rows_done: row.try_get::<_, i64>("rows_done")? as u64,
                rows_written: row.try_get::<_, i64>("rows_written")? as u64,
                rows_skipped: row.try_get::<_, i64>("rows_skipped")? as u64,
                finished: row.try_get("finished")?,
            })
        })
        .transpose()
}

/// Writes how far `source` is.
///
/// # Errors
/// The database's.
pub async fn save(
    tx: &Tx,
    source: &str,
    description: &str,
    progress: Progress,
) -> Result<(), StoreError> {
    let counts =
        [progress.rows_done, progress.rows_written, progress.rows_skipped].map(|n| n as i64);
    let params: [crate::Param<'_>; 6] = [
        (&source, Type::TEXT),
        (&description, Type::TEXT),
        (&counts[0], Type::INT8),
        (&counts[1], Type::INT8),
        (&counts[2], Type::INT8),
        (&progress.finished, Type::BOOL),
    ];
    tx.execute(SAVE, &params).await?;
    Ok(())
}

/// Forgets a source, so that it is read from its start again; stored rows stay.
///
/// # Errors
/// The database's.
pub async fn forget(db: &Db, source: &str) -> Result<(), StoreError> {
    db.run("market.forget_progress", |tx| async move {
        tx.execute(FORGET, &[(&source, Type::TEXT)]).await
    })
    .await?;
    Ok(())
}
