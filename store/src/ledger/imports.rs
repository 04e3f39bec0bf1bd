//! What was taken in of other programs' records.

use domain::Time;
use postgres_types::{Json, Type};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, time};
use crate::{Db, Param, StoreError, Tx};

const INSERT: &str = "
INSERT INTO ledger.imports
    (id, user_id, account_id, bot_id, file, source, digest, reconciled, counts, report, began_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
// The report is large: a list goes without it.
const PAGE: &str = "
SELECT id, account_id, bot_id, file, source, digest, reconciled, counts, '{}'::jsonb AS report, began_at, ended_at
FROM ledger.imports
WHERE user_id = $1 AND ($2::timestamptz IS NULL OR (ended_at, id) < ($2, $3::uuid))
ORDER BY ended_at DESC, id DESC LIMIT $4";
const FIND: &str = "
SELECT id, account_id, bot_id, file, source, digest, reconciled, counts, report, began_at, ended_at
FROM ledger.imports WHERE user_id = $1 AND id = $2";

pub(super) const STATEMENTS: &[&str] = &[INSERT, PAGE, FIND];

/// One import.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Number.
    pub id: Uuid,
    /// Into which account.
    pub account_id: Uuid,
    /// For which bot; none once that is gone.
    pub bot_id: Option<Uuid>,
    /// The file's name, without its folder.
    pub file: String,
    /// What the file was.
    pub source: String,
    /// BLAKE3 of its content.
    pub digest: Vec<u8>,
    /// Whether every row is accounted for, and every difference has a known reason.
    pub reconciled: bool,
    /// By table: rows, and what became of them.
    pub counts: Value,
    /// All of it; empty in a list.
    pub report: Value,
    /// When it began.
    pub began_at: Time,
    /// When it ended.
    pub ended_at: Time,
}

/// Adds one.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &Tx, user: Uuid, import: &Import) -> Result<(), StoreError> {
    let (counts, report) = (Json(&import.counts), Json(&import.report));
    let params: [Param<'_>; 12] = [
        (&import.id, Type::UUID),
        (&user, Type::UUID),
        (&import.account_id, Type::UUID),
        (&import.bot_id, Type::UUID),
        (&import.file, Type::TEXT),
        (&import.source, Type::TEXT),
        (&import.digest, Type::BYTEA),
        (&import.reconciled, Type::BOOL),
        (&counts, Type::JSONB),
        (&report, Type::JSONB),
        (&At(import.began_at), Type::TIMESTAMPTZ),
        (&At(import.ended_at), Type::TIMESTAMPTZ),
    ];
    tx.execute(INSERT, &params).await.map(drop)
}

/// Somebody's, the newest first, after one of them; at most so many.
///
/// # Errors
/// The database's.
pub async fn page(
    db: &Db,
    user: Uuid,
    after: Option<(Time, Uuid)>,
    limit: i64,
) -> Result<Vec<Import>, StoreError> {
    let (time, id) = after.unzip();
    let time = time.map(At);
    let params: [Param<'_>; 4] =
        [(&user, Type::UUID), (&time, Type::TIMESTAMPTZ), (&id, Type::UUID), (&limit, Type::INT8)];
    db.query("ledger.imports", PAGE, &params).await?.iter().map(read).collect()
}

/// One of somebody's.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, user: Uuid, id: Uuid) -> Result<Option<Import>, StoreError> {
    let params: [Param<'_>; 2] = [(&user, Type::UUID), (&id, Type::UUID)];
    db.query("ledger.import", FIND, &params).await?.first().map(read).transpose()
}

fn read(row: &Row) -> Result<Import, StoreError> {
    Ok(Import {
        id: row.try_get("id")?,
        account_id: row.try_get("account_id")?,
        bot_id: row.try_get("bot_id")?,
        file: row.try_get("file")?,
        source: row.try_get("source")?,
        digest: row.try_get("digest")?,
        reconciled: row.try_get("reconciled")?,
        counts: row.try_get("counts")?,
        report: row.try_get("report")?,
        began_at: time(row, "began_at")?,
        ended_at: time(row, "ended_at")?,
    })
}
