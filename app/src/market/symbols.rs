//! Keeps what a venue lists: its symbols, their rules and how these changed, and which it has taken
//! off. So a back-test can ask which symbols there were on a day, and not only which survived.

use std::time::Duration;

use adapters::market::venue::{VenueError, VenueSource};
use domain::market::{SymbolName, SymbolRules};
use store::market::listings;
use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Clock;

/// Symbols written in one transaction.
const BATCH: usize = 500;
/// Before a list that could not be read is asked for again.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// What reading a venue's list came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    /// Symbols that it lists.
    pub listed: usize,
    /// Of these, how many are new or changed.
    pub changed: u64,
    /// Codes that it listed before and does not any more.
    pub delisted: Vec<String>,
    /// Codes that can't be the code of a symbol, so that they are not kept.
    pub skipped: Vec<String>,
}

/// Why a venue's list could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The venue's.
    #[error(transparent)]
    Venue(#[from] VenueError),
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A list without a symbol would mean that everything was taken off: it is not believed.
    #[error("the venue lists no symbols at all")]
    Empty,
}

/// Reads what `source` lists now and keeps it, with the history of what changed.
///
/// # Errors
/// [`SyncError`]; some batches of symbols may then be kept already, and none is marked as taken off.
pub async fn sync(db: &Db, clock: &Clock, source: &dyn VenueSource) -> Result<Synced, SyncError> {
    let venue = source.venue().code.as_str();
    let (listed, skipped): (Vec<SymbolRules>, Vec<SymbolRules>) = source
        .symbols()
        .await?
        .into_iter()
        .partition(|rules| SymbolName::new(venue, &rules.code).is_ok());
    if listed.is_empty() {
        return Err(SyncError::Empty);
    }
    let (listed, now) = (listed.as_slice(), clock.now());
    let mut changed = 0;
    for batch in listed.chunks(BATCH) {
        changed += db
            .run("market.write_listings", |tx| async move {
                listings::write(&tx, venue, batch, now).await
            })
            .await?;
    }
    let codes = listed.iter().map(|rules| rules.code.as_str()).collect::<Vec<_>>();
    let codes = codes.as_slice();
    let delisted =
        db.run("market.delist", |tx| async move {
            listings::delist_others(&tx, venue, codes, now).await
        })
        .await?;
    let skipped = skipped.into_iter().map(|rules| rules.code).collect();
    Ok(Synced { listed: listed.len(), changed, delisted, skipped })
}

/// Does so at once and then every so often, until `stop`; a failure is logged and tried again in a
/// minute.
pub async fn run(
    db: &Db,
    clock: &Clock,
    source: &dyn VenueSource,
    every: Duration,
    stop: &CancellationToken,
) {
    let venue = source.venue().code.as_str();
    loop {
        let result = tokio::select! {
            () = stop.cancelled() => return,
            result = sync(db, clock, source) => result,
        };
        let outcome = if result.is_ok() { "ok" } else { "error" };
        metrics::counter!(
            "chandlery_symbol_syncs_total", "venue" => venue.to_owned(), "outcome" => outcome
        )
        .increment(1);
        let pause = match result {
            Ok(synced) => {
                tell(venue, &synced);
                every
            }
            Err(error) => {
                tracing::warn!(venue, %error, "the venue's symbols could not be brought up to date");
                RETRY_AFTER.min(every)
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn tell(venue: &str, synced: &Synced) {
    let Synced { listed, changed, delisted, skipped } = synced;
    tracing::info!(venue, listed, changed, "the venue's symbols are up to date");
    if !delisted.is_empty() {
        tracing::warn!(venue, ?delisted, "the venue has taken symbols off");
    }
    if !skipped.is_empty() {
        tracing::warn!(venue, ?skipped, "codes that no symbol here can have are left out");
    }
}
