//! A database beside the real one, migrated and empty, for as long as one measurement takes.

use anyhow::{Context as _, Result};
use store::{AccessMode, Db, DbSettings};
use tokio_util::sync::CancellationToken;

use crate::context::Context as Program;
use crate::exit::{Exit, Status};

const NAME: &str = "chandlery_bench";

/// Runs `work` on a fresh database beside that of the settings; see [`within`].
pub(super) async fn of<T>(
    program: &Program,
    work: impl AsyncFnOnce(&Db) -> Result<T>,
) -> Result<T> {
    kept(program, false, work).await
}

/// The same, but where that is wanted the database stays, unless the work fails that made it, and is taken as it
/// is by the next that keeps it.
pub(super) async fn kept<T>(
    program: &Program,
    keep: bool,
    work: impl AsyncFnOnce(&Db) -> Result<T>,
) -> Result<T> {
    let database = program.unless_stopped(program.database()).await?;
    let result = on(&database.owner, &program.stop, keep, work).await;
    let closed = database.close().await;
    result.and_then(|value| closed.map(|()| value))
}

/// Runs `work` on a fresh database of `db`, whose role may make one, which is dropped afterwards, also when `stop` cuts the work off.
///
/// One that a killed run left behind is dropped before; one that is in use is not.
pub(super) async fn within<T>(
    db: &Db,
    stop: &CancellationToken,
    work: impl AsyncFnOnce(&Db) -> Result<T>,
) -> Result<T> {
    on(db, stop, false, work).await
}

async fn on<T>(
    db: &Db,
    stop: &CancellationToken,
    keep: bool,
    work: impl AsyncFnOnce(&Db) -> Result<T>,
) -> Result<T> {
    let session = db.session().await?;
    let admin = session.client();
    if !keep {
        let dropped = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {NAME}")).await;
        dropped.with_context(|| format!("dropping the database {NAME} of an earlier run"))?;
    }
    let there = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
    let there: bool = admin.query_one(there, &[&NAME]).await?.try_get(0)?;
    if !there {
        let made = admin.batch_execute(&format!("CREATE DATABASE {NAME} TEMPLATE template0")).await;
        made.with_context(|| format!("making the database {NAME} to measure in"))?;
    }
    let result = tokio::select! {
        result = migrated(db, work) => result,
        () = stop.cancelled() => Err(Status::of(Exit::Interrupted, "interrupted")),
    };
    if there || keep && result.is_ok() {
        return result;
    }
    let drop = format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)");
    let dropped = admin.batch_execute(&drop).await;
    let dropped = dropped.with_context(|| format!("dropping the database {NAME}"));
    result.and_then(|value| dropped.map(|()| value))
}

async fn migrated<T>(db: &Db, work: impl AsyncFnOnce(&Db) -> Result<T>) -> Result<T> {
    // Straight to the server: a pooler doesn't know this database.
    let mut config = db.settings().direct.clone();
    config.dbname(NAME);
    let scratch = Db::new(DbSettings {
        direct: config.clone(),
        config,
        mode: AccessMode::Direct,
        ..db.settings().clone()
    })?;
    store::migrate::up(&scratch, None).await.context("applying migrations")?;
    // What earlier work left to be written is not to fall into this measurement. A server that
    // doesn't let us ask for it checkpoints by itself.
    let _ = scratch.session().await?.client().batch_execute("CHECKPOINT").await;
    work(&scratch).await
}
