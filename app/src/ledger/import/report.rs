//! What became of every row of a file.

use std::collections::BTreeMap;

use domain::{Amount, Time};
use serde::Serialize;
use uuid::Uuid;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something of it was written now.
    Imported,
    /// All of it was there.
    Known,
    /// It is not taken; the reason is told.
    Skipped,
    /// It is in the ledger, and a figure there is another than the file's; both are told.
    Differs,
}

/// The rows of a table by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All of them.
    pub rows: u64,
    /// Written now.
    pub imported: u64,
    /// There before.
    pub known: u64,
    /// Not taken.
    pub skipped: u64,
    /// In the ledger with another figure.
    pub differs: u64,
    /// Why all of a table is not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

impl Counts {
    /// One more row.
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.rows += 1;
        *match outcome {
            Outcome::Imported => &mut self.imported,
            Outcome::Known => &mut self.known,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Differs => &mut self.differs,
        } += 1;
    }
}

/// What became of an order, or of a row that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowReport {
    /// Of which table.
    pub table: &'static str,
    /// Its name in the table.
    pub row: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The orders that it is here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<Uuid>,
    /// Why it is not taken, what differs, or what else is to be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A part of a profit that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Which part.
    pub part: &'static str,
    /// Why; without one it is not reconciled. docs/import-trades.md has the list.
    pub cause: Option<&'static str>,
    /// What it is here.
    pub here: Amount,
    /// What it is in the file.
    pub told: Amount,
    /// here − told.
    pub difference: Amount,
}

/// A profit here and in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Net profit in quote; of an open trade what is realised so far.
    pub profit_here: Amount,
    /// The file's; none of an open trade.
    pub profit_told: Option<Amount>,
    /// Over the margin.
    pub ratio_here: Option<Amount>,
    /// The file's.
    pub ratio_told: Option<Amount>,
    /// The parts that differ.
    pub causes: Vec<Cause>,
}

/// What became of a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TradeReport {
    /// Its name in the file.
    pub row: String,
    /// What was traded.
    pub pair: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether it has not ended.
    pub is_open: bool,
    /// Its position and round trip here; none where nothing was traded.
    pub position: Option<Uuid>,
    /// What it came to.
    #[serde(flatten)]
    pub figures: Option<Figures>,
    /// Fees in other assets, which are not in the profit here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other_fees: BTreeMap<String, Amount>,
    /// What else is to be known of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Whether each difference has a cause.
    pub reconciled: bool,
}

/// The profits in one asset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Closed trades.
    pub closed: u64,
    /// Open trades.
    pub open: u64,
    /// Profit of the closed ones here.
    pub profit_here: Amount,
    /// The file's.
    pub profit_told: Amount,
    /// here − told.
    pub difference: Amount,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Its number; the report is kept under it. None where nothing was written.
    pub id: Option<Uuid>,
    /// The file's name.
    pub file: String,
    /// freqtrade_database or freqtrade_results.
    pub source: &'static str,
    /// BLAKE3 of its content.
    pub digest: String,
    /// Into which account.
    pub account: Uuid,
    /// For which bot.
    pub bot: Uuid,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// When it began.
    pub began_at: Time,
    /// When it ended.
    pub ended_at: Time,
    /// Whether every row of trading is in the ledger, and every difference has a cause.
    pub reconciled: bool,
    /// The rows by table.
    pub tables: BTreeMap<String, Counts>,
    /// The profits by asset.
    pub totals: BTreeMap<String, Total>,
    /// Every trade that could be read.
    pub trades: Vec<TradeReport>,
    /// Every order, and every row that is not taken.
    pub rows: Vec<RowReport>,
}

impl ImportReport {
    /// Notes a row.
    pub(super) fn row(&mut self, row: RowReport) {
        self.tables.entry(row.table.to_owned()).or_default().add(row.outcome);
        self.rows.push(row);
    }

    /// Notes a trade, with its profit.
    pub(super) fn trade(&mut self, trade: TradeReport, quote: &str) {
        self.tables.entry("trades".to_owned()).or_default().add(trade.outcome);
        self.reconciled &= trade.reconciled;
        if let Some(figures) = trade.figures.as_ref().filter(|_| trade.outcome != Outcome::Skipped)
        {
            let total = self.totals.entry(quote.to_owned()).or_default();
            *(if trade.is_open { &mut total.open } else { &mut total.closed }) += 1;
            if let Some(told) = figures.profit_told {
                total.profit_here += figures.profit_here;
                total.profit_told += told;
                total.difference += figures.profit_here;
                total.difference += -told;
            }
        }
        self.trades.push(trade);
    }

    /// Whether all that is taken was there, and there was some. What differs may be new.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let is_new = |counts: &Counts| counts.imported + counts.differs > 0;
        !self.tables.values().any(is_new) && self.tables.values().any(|counts| counts.known > 0)
    }
}
