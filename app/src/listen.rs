//! Listening to notices of the database, for as long as the program runs and whatever happens to
//! the connection.

use std::time::Duration;

use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;

const RECONNECT_PAUSE: Duration = Duration::from_millis(500);

/// News that whoever watches may fall behind before it misses some.
pub(crate) const BACKLOG: usize = 4_096;

/// What whoever watches is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News<T> {
    /// Something was changed.
    Changed(T),
    /// Something may have been missed: a connection to the database was lost for a moment.
    Gap,
}

/// What a listener meets.
pub(crate) enum Heard {
    /// From now on everything is heard; what was told before is unknown.
    Connected,
    /// What was told.
    Notice(String),
    /// For a while nothing is heard.
    Lost,
}

/// Runs `sql`, a `LISTEN`, and hands on what is heard until `stop`; connects again whenever the
/// connection is lost.
pub(crate) async fn listen(
    db: &Db,
    sql: &str,
    stop: &CancellationToken,
    mut on: impl FnMut(Heard),
) {
    while !stop.is_cancelled() {
        let lost = tokio::select! {
            () = stop.cancelled() => return,
            lost = hear(db, sql, &mut on) => lost,
        };
        on(Heard::Lost);
        if let Err(error) = lost {
            tracing::warn!(%error, sql, "notices can't be heard for the moment");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RECONNECT_PAUSE) => {}
        }
    }
}

async fn hear(db: &Db, sql: &str, on: &mut impl FnMut(Heard)) -> Result<(), StoreError> {
    let mut session = db.session().await?;
    session.client().batch_execute(sql).await?;
    on(Heard::Connected);
    while let Some((_, payload)) = session.notification().await {
        on(Heard::Notice(payload));
    }
    Err(StoreError::Pool("the connection was closed".to_owned()))
}
