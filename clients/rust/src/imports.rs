//! Imports of other programs' records.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::Result;
use crate::client::Client;
use crate::pages::{Page, PageQuery, Pages, pairs};

const IMPORTS: &str = "/v1/ledger/imports";

/// An import.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Import {
    /// Number.
    pub id: Uuid,
    /// The venue account.
    pub account: Uuid,
    /// The bot; none once it is gone.
    pub bot: Option<Uuid>,
    /// The file's name.
    pub file: String,
    /// `freqtrade_database` or `freqtrade_results`.
    pub source: String,
    /// BLAKE3 of the file's content, unpacked.
    pub digest: String,
    /// Whether every row of trading is in the ledger, and every difference of profit has a known cause.
    pub reconciled: bool,
    /// By table: `rows`, `imported`, `known`, `skipped`, `differs`.
    pub counts: Value,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
}

/// An import with what became of each row.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ImportReport {
    /// The import.
    #[serde(flatten)]
    pub import: Import,
    /// Tables, totals, trades and rows; `docs/import-trades.md` tells each field.
    pub report: Value,
}

impl Client {
    /// A page of what `chandlery import trades` took in of one's own, the newest first.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn imports(&self, query: &PageQuery) -> Result<Page<Import>> {
        self.query(IMPORTS, pairs(query)).await
    }

    /// The same, however many, page by page.
    #[must_use]
    pub fn import_pages(&self, query: &PageQuery) -> Pages<Import> {
        Pages::new(self, IMPORTS, pairs(query))
    }

    /// An import, and what became of each row.
    ///
    /// # Errors
    /// `unknown_import`.
    pub async fn import_report(&self, id: Uuid) -> Result<ImportReport> {
        self.get(format!("{IMPORTS}/{id}")).await
    }
}
