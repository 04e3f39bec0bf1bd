//! What an import tells: while it runs, when it is through, and why it stopped.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use adapters::market::files::{FileError, RowError, Source};
use domain::market::SymbolName;
use store::StoreError;
use store::market::progress::Progress;

use super::Plan;
use super::decode::Chunk;

/// Bad rows that are listed one by one; all are counted.
const LISTED: usize = 100;

/// A commit of a running import.
#[derive(Debug, Clone, Copy)]
pub struct ImportStep {
    /// Bytes of the file read, ahead of what is committed by a few chunks at most.
    pub bytes_read: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Rows committed, since the file was first begun.
    pub progress: Progress,
}

/// What an import did.
#[derive(Debug, Clone)]
pub struct ImportReport {
    /// The file.
    pub path: PathBuf,
    /// Its format.
    pub format: String,
    /// What its rows are.
    pub kind: String,
    /// The interval of its candles.
    pub interval: Option<String>,
    /// The symbols it told of, in this run.
    pub symbols: BTreeSet<SymbolName>,
    /// What was assumed about the file.
    pub notes: Vec<String>,
    /// It had been taken in before, so there was nothing to do.
    pub already_done: bool,
    /// Rows that earlier runs had committed.
    pub resumed_at: u64,
    /// Rows dealt with, stored anew and passed over, since the file was first begun.
    pub progress: Progress,
    /// Rows that this run stored.
    pub new_rows: u64,
    /// The first bad rows of this run.
    pub skipped: Vec<RowError>,
    /// How long this run took.
    pub elapsed: Duration,
}

impl ImportReport {
    pub(super) fn new(source: &Source, plan: &Plan, before: Progress) -> Self {
        Self {
            path: source.path.clone(),
            format: source.format.to_string(),
            kind: plan.kind.to_string(),
            interval: plan.interval.map(|interval| interval.to_string()),
            symbols: plan.symbols.default.clone().into_iter().collect(),
            notes: source.notes.clone(),
            already_done: false,
            resumed_at: before.rows_done,
            progress: before,
            new_rows: 0,
            skipped: Vec::new(),
            elapsed: Duration::ZERO,
        }
    }

    pub(super) fn note(&mut self, chunk: &Chunk) {
        let room = LISTED.saturating_sub(self.skipped.len());
        self.skipped.extend(chunk.skipped.iter().take(room).cloned());
    }

    pub(super) fn finish(&mut self, done: Progress, elapsed: Duration) {
        self.new_rows = done.rows_written - self.progress.rows_written;
        self.progress = done;
        self.elapsed = elapsed;
    }
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file can't be read at all.
    #[error(transparent)]
    File(#[from] FileError),
    /// A row is bad. What came before it is stored.
    #[error("{error} ({rows_done} rows before it are stored; --skip-bad passes over bad rows)")]
    Row {
        /// Where and why.
        error: Box<RowError>,
        /// Rows committed.
        rows_done: u64,
    },
    /// Whose data it is can't be told.
    #[error("{}: {reason}", path.display())]
    Symbol {
        /// The file.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was asked to stop. The next run goes on behind the rows done.
    #[error("interrupted after {rows_done} rows, which are stored; run it again to go on")]
    Interrupted {
        /// Rows committed.
        rows_done: u64,
    },
    /// A fault of this program.
    #[error("internal fault: {0}")]
    Internal(String),
}
