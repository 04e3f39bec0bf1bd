//! Venue accounts, strategies and bots. Each is found by its number and its owner's.

pub mod accounts;
pub mod bots;
pub mod erasure;
pub mod heartbeats;
pub mod paper;
pub mod paper_orders;
pub mod paper_settings;
pub mod sagas;
pub mod signing;
pub mod strategies;
pub mod templates;
pub mod versions;
pub mod webhooks;

use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{Db, Param, StoreError, Tx};

/// What a session of the database runs to hear of bots: each notice is a bot's number, the revision of it that is
/// true now, and its status or `deleted`. A trigger sends it with the change.
pub const LISTEN: &str = "LISTEN chandlery_bots";

/// Every statement of this area that runs on the migrated schema.
pub const STATEMENTS: &[&[&str]] = &[
    accounts::STATEMENTS,
    bots::STATEMENTS,
    erasure::STATEMENTS,
    heartbeats::STATEMENTS,
    paper::STATEMENTS,
    paper_orders::STATEMENTS,
    paper_settings::STATEMENTS,
    sagas::STATEMENTS,
    signing::STATEMENTS,
    strategies::STATEMENTS,
    templates::STATEMENTS,
    versions::STATEMENTS,
    webhooks::STATEMENTS,
];

/// The row of a thing of somebody's, read by a statement that takes the owner's number and its own.
async fn owned<T>(
    db: &Db,
    name: &'static str,
    sql: &str,
    (user_id, id): (Uuid, Uuid),
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let params: [Param<'_>; 2] = [(&user_id, Type::UUID), (&id, Type::UUID)];
    db.query(name, sql, &params).await?.first().map(read).transpose()
}

/// The same within a transaction.
async fn held<T>(
    tx: &Tx,
    sql: &str,
    (user_id, id): (Uuid, Uuid),
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let row = tx.query_opt(sql, &[(&user_id, Type::UUID), (&id, Type::UUID)]).await?;
    row.as_ref().map(read).transpose()
}

/// The row that a writing statement gives back.
async fn written<T>(
    tx: &Tx,
    sql: &str,
    params: &[Param<'_>],
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let row = tx.query_opt(sql, params).await?;
    read(&row.ok_or_else(|| StoreError::Unexpected("no row was written".to_owned()))?)
}

/// How many things of a person a statement counts.
async fn counted(tx: &Tx, sql: &str, user_id: Uuid) -> Result<i64, StoreError> {
    let row = tx.query_opt(sql, &[(&user_id, Type::UUID)]).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// A column of a name that the program knows.
fn known<T>(row: &Row, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    let text: &str = row.try_get(column)?;
    parse(text).ok_or_else(|| StoreError::Unexpected(format!("{column} {text:?} in trading")))
}
