//! Taking in what freqtrade keeps of its trading, trade by trade, and accounting for every row of it.
//!
//! Each trade is one transaction, under names made from the file. So what was taken in before changes nothing, and an
//! import that was killed goes on where it was when it is run again.

mod note;
mod owner;
mod reconcile;
mod report;
mod write;

use std::path::Path;

use adapters::ledger::freqtrade::{self, BotFile, FileTrade, FreqtradeError, Owner};
use domain::Amount;
use store::ledger::imports::{self, Import};
use store::ledger::trips;
use store::market::symbols;
use store::{AsStoreError, StoreError, Tx};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use owner::{Target, prepare};
pub use report::{Cause, Counts, Figures, ImportReport, Outcome, RowReport, Total, TradeReport};

use super::{Ledger, LedgerError};
use crate::trading::TradingError;
use write::{Refused, Told};

/// Why a file is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum TradeImportError {
    /// It can't be read.
    #[error(transparent)]
    File(#[from] FreqtradeError),
    /// There is no such account or bot, and none was to be made.
    #[error("{0}")]
    Target(String),
    /// An account, bot or strategy can't be made.
    #[error(transparent)]
    Trading(#[from] TradingError),
    /// The ledger's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was asked to stop.
    #[error("{file}: interrupted after {done} of {trades} trades; run it again to go on")]
    Interrupted {
        /// The file.
        file: String,
        /// Trades that were taken in, or were there.
        done: usize,
        /// All of them.
        trades: usize,
    },
}

/// How one transaction of an import ends that must not stay.
enum Undone {
    /// The ledger refuses the trade.
    Refused(Refused),
    /// It was only tried.
    Tried(Box<(Told, Option<Amount>)>),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Refused((None, error.into()))
    }
}

impl AsStoreError for Undone {
    fn as_store(&self) -> Option<&StoreError> {
        match self {
            Self::Refused((_, error)) => error.as_store(),
            Self::Tried(_) => None,
        }
    }
}

/// Reads a file beside the runtime's threads.
///
/// # Errors
/// [`TradeImportError::File`].
pub async fn read(path: &Path) -> Result<BotFile, TradeImportError> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || freqtrade::read(&path)).await;
    Ok(read.map_err(|error| StoreError::Unexpected(format!("reading a file: {error}")))??)
}

impl Ledger {
    /// Takes a file in, for an account and bot of `target`'s user, and keeps the report. `watch` hears how many trades are
    /// done, of how many.
    ///
    /// # Errors
    /// [`TradeImportError`]; what the ledger refuses of the file is told by the report.
    pub async fn import(
        &self,
        name: &str,
        file: &BotFile,
        target: &Target,
        dry_run: bool,
        watch: impl Fn(usize, usize),
        stop: &CancellationToken,
    ) -> Result<ImportReport, TradeImportError> {
        let owner = target.owner(file);
        let mut report = note::begin(name, file, target, dry_run, self.now());
        for (done, trade) in file.trades.iter().enumerate() {
            watch(done, file.trades.len());
            if stop.is_cancelled() {
                let (file, trades) = (name.to_owned(), file.trades.len());
                return Err(TradeImportError::Interrupted { file, done, trades });
            }
            self.take(trade, &owner, dry_run, &mut report).await?;
        }
        watch(file.trades.len(), file.trades.len());
        report.ended_at = self.now();
        if !dry_run {
            self.keep(&mut report, file, target).await?;
        }
        Ok(report)
    }

    /// Takes one trade in.
    async fn take(
        &self,
        trade: &FileTrade,
        owner: &Owner,
        dry_run: bool,
        report: &mut ImportReport,
    ) -> Result<(), TradeImportError> {
        let plan = match freqtrade::plan(trade, owner) {
            Ok(plan) => plan,
            Err(fault) => {
                note::refuse(report, trade, &fault.to_string());
                return Ok(());
            }
        };
        let now = self.now();
        let ids: &[Uuid] = &plan.orders.iter().map(|_| self.0.random.id(now)).collect::<Vec<_>>();
        let planned = &plan;
        let work = |tx: Tx| async move {
            symbols::ensure(&tx, &planned.symbol, None).await?;
            let told = write::trade(&tx, planned, ids, now).await.map_err(Undone::Refused)?;
            let net = match reconcile::alone(&told, planned) {
                Some((position, _)) => trips::net(&tx, position.id).await?,
                None => None,
            };
            if dry_run { Err(Undone::Tried(Box::new((told, net)))) } else { Ok((told, net)) }
        };
        match self.0.db.run("ledger.import", work).await {
            Ok((told, net)) => note::note(report, trade, &plan, &told, net),
            Err(Undone::Tried(tried)) => note::note(report, trade, &plan, &tried.0, tried.1),
            // What the database can't do is not the file's fault, and neither is a wrong account.
            Err(Undone::Refused((_, LedgerError::Store(error)))) => return Err(error.into()),
            Err(Undone::Refused((row, error @ LedgerError::Refused(_)))) => {
                let at = row.map_or_else(String::new, |row| format!("orders row {row}: "));
                note::refuse(report, trade, &format!("{at}{error}"));
            }
            Err(Undone::Refused((_, error))) => return Err(error.into()),
        }
        Ok(())
    }

    async fn keep(
        &self,
        report: &mut ImportReport,
        file: &BotFile,
        target: &Target,
    ) -> Result<(), TradeImportError> {
        let id = self.0.random.id(report.ended_at);
        report.id = Some(id);
        let json = |value: serde_json::Result<serde_json::Value>| {
            value.map_err(|error| StoreError::Unexpected(format!("a report: {error}")))
        };
        let import = &Import {
            id,
            account_id: report.account,
            bot_id: Some(report.bot),
            file: report.file.clone(),
            source: report.source.to_owned(),
            digest: file.digest.to_vec(),
            reconciled: report.reconciled,
            counts: json(serde_json::to_value(&report.tables))?,
            report: json(serde_json::to_value(&*report))?,
            began_at: report.began_at,
            ended_at: report.ended_at,
        };
        let user = target.user;
        let insert = |tx: Tx| async move { imports::insert(&tx, user, import).await };
        Ok(self.0.db.run("ledger.keep_import", insert).await?)
    }

    /// Somebody's imports, the newest first, without their reports.
    ///
    /// # Errors
    /// The database's.
    pub async fn imports(
        &self,
        user: Uuid,
        after: Option<(domain::Time, Uuid)>,
        limit: i64,
    ) -> Result<Vec<Import>, LedgerError> {
        Ok(imports::page(&self.0.db, user, after, limit).await?)
    }

    /// An import of somebody's with its report.
    ///
    /// # Errors
    /// [`LedgerError::UnknownImport`]; the database's.
    pub async fn import_report(&self, user: Uuid, id: Uuid) -> Result<Import, LedgerError> {
        imports::find(&self.0.db, user, id).await?.ok_or(LedgerError::UnknownImport)
    }
}
