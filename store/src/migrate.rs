//! Migrations: numbered across areas, up and down, each in its own transaction with the row that
//! records it, under a lock that makes processes which start at once wait for one another.

use std::time::Instant;

use tokio_postgres::Client;

use crate::{Db, StoreError};

/// A step of the schema.
pub struct Migration {
    /// Its place in the one order of all areas, from 1.
    pub number: i32,
    /// The area whose schema it changes.
    pub area: &'static str,
    /// What it adds.
    pub name: &'static str,
    /// Statements that apply it.
    pub up: &'static str,
    /// Statements that take it back.
    pub down: &'static str,
}

macro_rules! migration {
    ($number:literal, $area:literal, $name:literal) => {
        Migration {
            number: $number,
            area: $area,
            name: $name,
            up: include_str!(concat!("../migrations/", $area, "/", $name, ".up.sql")),
            down: include_str!(concat!("../migrations/", $area, "/", $name, ".down.sql")),
        }
    };
}

/// Every migration, in order. One that has shipped is never edited.
pub const MIGRATIONS: &[Migration] = &[
    migration!(1, "market", "0001_symbols"),
    migration!(2, "market", "0002_ticks"),
    migration!(3, "market", "0003_candles"),
    migration!(4, "market", "0004_progress"),
    migration!(5, "market", "0005_live"),
    migration!(6, "market", "0006_segments"),
    migration!(7, "market", "0007_wanted"),
    migration!(8, "ops", "0008_points"),
    migration!(9, "auth", "0009_users"),
    migration!(10, "auth", "0010_sessions"),
    migration!(11, "auth", "0011_audit"),
    migration!(12, "auth", "0012_revocations"),
    migration!(13, "auth", "0013_codes"),
    migration!(14, "auth", "0014_second_factor"),
    migration!(15, "auth", "0015_erasure"),
    migration!(16, "auth", "0016_keys"),
    migration!(17, "auth", "0017_session_ends"),
    migration!(18, "auth", "0018_request_counts"),
    migration!(19, "ops", "0019_roles"),
    migration!(20, "auth", "0020_signing_keys"),
    migration!(21, "auth", "0021_oidc_logins"),
    migration!(22, "auth", "0022_preferences"),
    migration!(23, "auth", "0023_forgetting"),
    migration!(24, "market", "0024_summaries"),
    migration!(25, "trading", "0025_bots"),
    migration!(26, "ledger", "0026_events"),
    migration!(27, "ops", "0027_roles"),
    migration!(28, "trading", "0028_paper"),
    migration!(29, "trading", "0029_sagas"),
    migration!(30, "trading", "0030_callers"),
    migration!(31, "ledger", "0031_reports"),
    migration!(32, "ledger", "0032_imports"),
    migration!(33, "trading", "0033_notices"),
    migration!(34, "ledger", "0034_lists"),
    migration!(35, "ledger", "0035_snapshots"),
    migration!(36, "ledger", "0036_profit"),
];

/// Any number that no other program takes as an advisory lock: "chandler" in ASCII.
const LOCK: i64 = 0x6368_616e_646c_6572;

const RECORD: &str = "
CREATE SCHEMA IF NOT EXISTS ops;
CREATE TABLE IF NOT EXISTS ops.migrations (
    number      integer     PRIMARY KEY,
    area        text        NOT NULL,
    name        text        NOT NULL,
    checksum    bigint      NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now(),
    duration_ms bigint      NOT NULL
)";

/// One line of `migrate status`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MigrationState {
    /// Its number.
    pub number: i32,
    /// Its area.
    pub area: String,
    /// Its name.
    pub name: String,
    /// When it was applied, if it was.
    pub applied_at: Option<jiff::Timestamp>,
}

/// What is applied and what is not.
///
/// # Errors
/// Where the server can't be asked.
pub async fn status(db: &Db) -> Result<Vec<MigrationState>, StoreError> {
    let session = db.session().await?;
    let applied = applied(session.client()).await?;
    let mut states: Vec<MigrationState> = MIGRATIONS
        .iter()
        .map(|migration| MigrationState {
            number: migration.number,
            area: migration.area.to_owned(),
            name: migration.name.to_owned(),
            applied_at: applied.iter().find(|a| a.number == migration.number).map(|a| a.applied_at),
        })
        .collect();
    // A newer program's migrations are listed too, so that their presence explains a refusal.
    states.extend(applied.into_iter().filter(|a| find(a.number).is_none()).map(|a| {
        MigrationState {
            number: a.number,
            area: a.area,
            name: a.name,
            applied_at: Some(a.applied_at),
        }
    }));
    Ok(states)
}

/// Applies what is missing, up to `to` or to the end; returns the numbers applied.
///
/// # Errors
/// [`StoreError::Migration`] where the database is newer than this program or an applied migration
/// was changed; the server's error with the migration's name where a statement fails.
pub async fn up(db: &Db, to: Option<i32>) -> Result<Vec<i32>, StoreError> {
    let mut session = db.session().await?;
    let client = session.client_mut();
    // Whoever has the least rights may look, and nothing more is needed where nothing is missing.
    if to.is_none() && checked(client).await?.len() == MIGRATIONS.len() {
        return Ok(Vec::new());
    }
    lock(client).await?;
    let applied = checked(client).await?;
    let mut done = Vec::new();
    for migration in MIGRATIONS {
        if to.is_some_and(|to| migration.number > to) || applied.contains(&migration.number) {
            continue;
        }
        let started = Instant::now();
        let tx = client.transaction().await?;
        tx.batch_execute(migration.up).await.map_err(|error| failed(migration, "up", error))?;
        let millis = started.elapsed().as_millis() as i64;
        tx.execute(
            "INSERT INTO ops.migrations (number, area, name, checksum, duration_ms) VALUES ($1, $2, $3, $4, $5)",
            &[&migration.number, &migration.area, &migration.name, &checksum(migration), &millis],
        )
        .await?;
        tx.commit().await?;
        tracing::info!(number = migration.number, name = migration.name, "migration applied");
        done.push(migration.number);
    }
    if !done.is_empty() {
        prepare_roles(client).await?;
    }
    Ok(done)
}

/// Gives the roles their rights on tables that have just come.
async fn prepare_roles(client: &Client) -> Result<(), StoreError> {
    let known = client.query_one("SELECT to_regproc('ops.prepare_roles') IS NOT NULL", &[]).await?;
    if known.get(0) && !client.query_one("SELECT ops.prepare_roles()", &[]).await?.get::<_, bool>(0)
    {
        tracing::info!("the roles of least rights can't be made by this one; docs/accounts.md");
    }
    Ok(())
}

/// Takes back every migration above `to`, last first; returns the numbers taken back.
///
/// # Errors
/// As [`up`].
pub async fn down(db: &Db, to: i32) -> Result<Vec<i32>, StoreError> {
    let mut session = db.session().await?;
    let client = session.client_mut();
    lock(client).await?;
    let applied = checked(client).await?;
    let mut done = Vec::new();
    for migration in MIGRATIONS.iter().rev() {
        if migration.number <= to || !applied.contains(&migration.number) {
            continue;
        }
        let tx = client.transaction().await?;
        tx.batch_execute(migration.down).await.map_err(|error| failed(migration, "down", error))?;
        tx.execute("DELETE FROM ops.migrations WHERE number = $1", &[&migration.number]).await?;
        tx.commit().await?;
        tracing::info!(number = migration.number, name = migration.name, "migration taken back");
        done.push(migration.number);
    }
    Ok(done)
}

struct Applied {
    number: i32,
    area: String,
    name: String,
    checksum: i64,
    applied_at: jiff::Timestamp,
}

/// Held until the session ends.
async fn lock(client: &Client) -> Result<(), StoreError> {
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await?;
    client.batch_execute(RECORD).await?;
    Ok(())
}

async fn applied(client: &Client) -> Result<Vec<Applied>, StoreError> {
    let known = client.query_one("SELECT to_regclass('ops.migrations') IS NOT NULL", &[]).await?;
    if !known.get::<_, bool>(0) {
        return Ok(Vec::new());
    }
    let rows = client
        .query(
            "SELECT number, area, name, checksum, applied_at FROM ops.migrations ORDER BY number",
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Applied {
            number: row.get(0),
            area: row.get(1),
            name: row.get(2),
            checksum: row.get(3),
            applied_at: row.get(4),
        })
        .collect())
}

/// The numbers applied, once it is sure that this program and the database mean the same by them.
async fn checked(client: &Client) -> Result<Vec<i32>, StoreError> {
    let applied = applied(client).await?;
    for row in &applied {
        let Some(migration) = find(row.number) else {
            return Err(StoreError::Migration(format!(
                "the database has migration {} ({}), which this version of chandlery does not know; use a newer version",
                row.number, row.name
            )));
        };
        if checksum(migration) != row.checksum {
            return Err(StoreError::Migration(format!(
                "migration {} ({}) was changed after it had been applied",
                row.number, row.name
            )));
        }
    }
    Ok(applied.into_iter().map(|row| row.number).collect())
}

fn find(number: i32) -> Option<&'static Migration> {
    MIGRATIONS.iter().find(|migration| migration.number == number)
}

fn failed(migration: &Migration, way: &str, error: tokio_postgres::Error) -> StoreError {
    let cause = StoreError::from(error);
    StoreError::Migration(format!(
        "migration {} ({}) {way}: {cause}",
        migration.number, migration.name
    ))
}

/// FNV-1a over the statements: enough to notice an edit, and no secret rests on it.
fn checksum(migration: &Migration) -> i64 {
    let bytes = migration.up.bytes().chain(migration.down.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash as i64
}
