//! What a server is and whether it keeps what it is given: for `doctor` and for health checks.

use postgres_types::Type;

use crate::{Db, StoreError};

/// What a server says about itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ServerFacts {
    /// Its version, `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// The database.
    pub database: String,
    /// The role we are there.
    pub user: String,
    /// Size of the database in bytes.
    pub size_bytes: i64,
    /// Whether it is a standby, which takes no writes.
    pub standby: bool,
    /// Whether a commit waits for the disk (`fsync` and `synchronous_commit`).
    pub durable: bool,
    /// Whether pages carry checksums.
    pub checksums: bool,
}

const FACTS: &str = "
SELECT current_setting('server_version'), current_database()::text, current_user::text,
       pg_database_size(current_database()), pg_is_in_recovery(),
       current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off',
       current_setting('data_checksums') = 'on'";

/// Asks the server.
///
/// # Errors
/// Where it can't be reached or refuses.
pub async fn facts(db: &Db) -> Result<ServerFacts, StoreError> {
    let rows = db.query("ops.facts", FACTS, &[]).await?;
    let row =
        rows.first().ok_or_else(|| StoreError::Unexpected("no row of settings".to_owned()))?;
    Ok(ServerFacts {
        version: row.try_get(0)?,
        database: row.try_get(1)?,
        user: row.try_get(2)?,
        size_bytes: row.try_get(3)?,
        standby: row.try_get(4)?,
        durable: row.try_get(5)?,
        checksums: row.try_get(6)?,
    })
}

/// Commits a number to a table of its own, reads it back in another transaction, and drops the table.
///
/// `tag` keeps two probes apart; only its letters and digits are used.
///
/// # Errors
/// The server's answer, or [`StoreError::Unexpected`] where another number came back.
pub async fn write_and_read(db: &Db, tag: &str) -> Result<(), StoreError> {
    // 28 digits: what a server or a driver that rounds would change.
    const NUMBER: &str = "1234567890.123456789012345678";
    let tag: String = tag.chars().filter(char::is_ascii_alphanumeric).collect();
    let schema = format!("chandlery_probe_{}", tag.to_ascii_lowercase());
    let drop = format!("DROP SCHEMA IF EXISTS {schema} CASCADE");
    let create = format!("{drop}; CREATE SCHEMA {schema}; CREATE TABLE {schema}.kept (n numeric)");
    let insert = format!("INSERT INTO {schema}.kept VALUES ($1::text::numeric)");
    let select = format!("SELECT n::text FROM {schema}.kept");

    let (create, insert, drop) = (&create, &insert, &drop);
    db.run("ops.probe_write", |tx| async move {
        tx.batch(create).await?;
        tx.execute(insert, &[(&NUMBER, Type::TEXT)]).await
    })
    .await?;
    let back = db.query("ops.probe_read", &select, &[]).await;
    db.run("ops.probe_drop", |tx| async move { tx.batch(drop).await }).await?;

    let back: Option<String> = back?.first().map(|row| row.try_get(0)).transpose()?;
    if back.as_deref() == Some(NUMBER) {
        return Ok(());
    }
    Err(StoreError::Unexpected(format!("wrote {NUMBER} and read back {back:?}")))
}
