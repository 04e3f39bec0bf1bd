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
    let database = program.unless_stopped(program.database()).await?;
    let result = within(&database.owner, &program.stop, work).await;
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
    let admin = db.session().await?;
    let fresh = [
        format!("DROP DATABASE IF EXISTS {NAME}"),
        format!("CREATE DATABASE {NAME} TEMPLATE template0"),
    ];
    for statement in fresh {
        let made = admin.client().batch_execute(&statement).await;
        made.with_context(|| format!("making the database {NAME} to measure in"))?;
    }
    let result = tokio::select! {
        result = migrated(db, work) => result,
        () = stop.cancelled() => Err(Status::of(Exit::Interrupted, "interrupted")),
    };
    let drop = format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)");
    let dropped = admin.client().batch_execute(&drop).await;
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
