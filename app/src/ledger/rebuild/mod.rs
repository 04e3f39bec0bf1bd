//! Makes every table of the ledger again from the events, while others go on writing, or only tells what differs;
//! docs/decisions/0019 tells why so.
//!
//! Three work side by side: one reads and parses events, one folds them, one copies what is due to temporary tables
//! and at the end compares. Only then writers wait, for the events that came meanwhile and for what has to be put
//! right. All of it is one transaction: whatever stops it leaves the tables as they were.

mod fold;
mod read;
mod verify;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use store::ledger::rebuild::{self as tables, Due, Wrong};
use store::{Db, Tx};
use tokio::sync::mpsc;

use self::fold::Fold;
pub use self::verify::{Fault, Report};
use super::{Ledger, LedgerError};

/// Orders that a rebuild keeps in memory, some 200 MB of them.
pub const MOST_ORDERS: usize = 100_000;
/// Events of a page at the most.
const PAGE: usize = 8_000;
/// Batches of rows on their way to the database.
const AHEAD: usize = 4;

/// What a rebuild found and did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rebuilt {
    /// Events that were played.
    pub events: u64,
    /// How long playing them took, and so writing what is due beside the tables.
    pub replay_ms: u64,
    /// How long the comparison took, while others wrote.
    pub compare_ms: u64,
    /// How long writers waited.
    pub held_ms: u64,
    /// Rows that were wrong.
    pub wrong: u64,
    /// What was wrong with each table.
    pub tables: Vec<TableRebuilt>,
}

/// What was wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRebuilt {
    /// Which, in the schema `ledger`.
    pub table: &'static str,
    /// Rows that were missing.
    pub missing: u64,
    /// Rows that said something else.
    pub differing: u64,
    /// Rows that no event made.
    pub superfluous: u64,
    /// The first of them, by key, and what was wrong.
    pub first: Vec<(String, String)>,
}

impl From<Wrong> for TableRebuilt {
    fn from(wrong: Wrong) -> Self {
        let Wrong { table, missing, differing, superfluous, first, .. } = wrong;
        Self { table, missing, differing, superfluous, first }
    }
}

impl Ledger {
    /// Makes all tables of the ledger right by the events, with at most so many orders in memory (see [`MOST_ORDERS`]). It
    /// needs the owner of the schema. `progress` is told how many events were played.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] names the first event that makes no sense: then nothing is changed. The database's.
    pub async fn rebuild(
        &self,
        most_orders: usize,
        progress: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<Rebuilt, LedgerError> {
        let progress: Arc<dyn Fn(u64) + Send + Sync> = Arc::new(progress);
        let (db, progress) = (&self.0.db, &progress);
        let work = |tx: Tx| rebuild(db.clone(), tx, most_orders, Arc::clone(progress));
        db.run("ledger.rebuild", work).await
    }
}

async fn rebuild(
    db: Db,
    tx: Tx,
    most_orders: usize,
    progress: Arc<dyn Fn(u64) + Send + Sync>,
) -> Result<Rebuilt, LedgerError> {
    let started = Instant::now();
    let settled =
        |tx: Tx| async move { Ok::<_, LedgerError>(tables::settled_position(&tx).await?) };
    let bound = db.run("ledger.rebuild_bound", settled).await?;
    tables::open(&tx).await?;
    let (mut fold, events) =
        play(&db, &tx, Fold::keeping(most_orders), (0, bound), progress).await?;
    tables::add(&tx, &fold.rest()).await?;
    let replayed = Instant::now();
    if fold.twice() {
        tables::keep_latest(&tx).await?;
    }
    tables::compare(&tx).await?;

    let compared = Instant::now();
    let end = tables::hold_writers(&tx).await?;
    let (mut fold, later) = play(&db, &tx, fold, (bound, end), Arc::new(|_| ())).await?;
    let mut due = fold.rest();
    due.balances = fold.balances();
    tables::add(&tx, &due).await?;
    tables::keep_latest(&tx).await?;
    let repaired = tables::put_right(&tx, bound).await?;

    let tables: Vec<TableRebuilt> = repaired.into_iter().map(Into::into).collect();
    let wrong = tables.iter().map(|t| t.missing + t.differing + t.superfluous).sum();
    let ms = |duration: Duration| duration.as_millis() as u64;
    Ok(Rebuilt {
        events: events + later,
        replay_ms: ms(replayed - started),
        compare_ms: ms(compared - replayed),
        held_ms: ms(compared.elapsed()),
        wrong,
        tables,
    })
}

/// Folds the events of a range, and copies what becomes due of it.
async fn play(
    db: &Db,
    tx: &Tx,
    fold: Fold,
    range: (i64, i64),
    progress: Arc<dyn Fn(u64) + Send + Sync>,
) -> Result<(Fold, u64), LedgerError> {
    let (sender, mut batches) = mpsc::channel::<Due>(AHEAD);
    let folding = tokio::spawn(fold_all(db.clone(), fold, range, sender, progress));
    while let Some(due) = batches.recv().await {
        tables::add(tx, &due).await?;
    }
    folding.await.map_err(|_| LedgerError::Lost)?
}

async fn fold_all(
    db: Db,
    mut fold: Fold,
    range: (i64, i64),
    batches: mpsc::Sender<Due>,
    progress: Arc<dyn Fn(u64) + Send + Sync>,
) -> Result<(Fold, u64), LedgerError> {
    let mut pages = read::pages(db.clone(), range, fold.page(PAGE));
    let mut events = 0;
    while let Some(page) = pages.recv().await {
        let page = page?;
        events += page.len() as u64;
        if let Some((gone, to)) = fold.gone(&page) {
            fold.bring_back(tables::before(&db, &gone, to).await?)?;
        }
        let folded = tokio::task::spawn_blocking(move || fold.take_in(page).map(|due| (fold, due)));
        let due;
        (fold, due) = folded.await.map_err(|_| LedgerError::Lost)??;
        if batches.send(due).await.is_err() {
            // Whoever copies has failed, and says why.
            return Err(LedgerError::Lost);
        }
        progress(events);
    }
    Ok((fold, events))
}
