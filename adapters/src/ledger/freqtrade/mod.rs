//! What freqtrade keeps of its trading: the SQLite database of a bot, of every schema since 2021, and the result
//! files of back-tests. [`read`] gives trades with their orders, and accounts for every other row; [`plan`] makes
//! of a trade what is to be told the ledger.
//!
//! Numbers in those files are doubles: each is taken as the shortest decimal that reads back the same.

mod fees;
mod fields;
mod plan;
mod results;
mod rows;
mod sqlite;
mod unpack;

use std::path::{Path, PathBuf};

use domain::ledger::{OrderKind, Side};
use domain::{Amount, Decimal, Time};

pub use fields::Fault;
pub use plan::{Notes, Owner, Plan, Planned, Trading, plan};

use unpack::Content;

/// Why a file can't be read at all.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct FreqtradeError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, in words that follow the path.
    pub reason: String,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The database of a bot.
    Database,
    /// The results of back-tests.
    Results,
}

impl Source {
    /// Its name, as in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "freqtrade_database",
            Self::Results => "freqtrade_results",
        }
    }
}

/// All that a file holds.
#[derive(Debug, Clone)]
pub struct BotFile {
    /// What it is.
    pub source: Source,
    /// BLAKE3 of its content, unpacked.
    pub digest: [u8; 32],
    /// The trades that can be taken, those that are closed first, the oldest first.
    pub trades: Vec<FileTrade>,
    /// The rows that can't be taken, with the reason of each.
    pub skipped: Vec<SkippedRow>,
    /// Tables that hold no trading.
    pub others: Vec<OtherTable>,
}

/// A row that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedRow {
    /// Of which table.
    pub table: &'static str,
    /// Its name in the table.
    pub row: String,
    /// Why.
    pub reason: String,
}

/// A table that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherTable {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// Why.
    pub reason: &'static str,
}

/// A fee as the file tells it of all entries, or of all exits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeTold {
    /// Of the value; what freqtrade counts profit by.
    pub rate: Decimal,
    /// What the venue took, of the last order where there are several.
    pub cost: Option<Amount>,
    /// In which asset.
    pub currency: Option<String>,
}

/// A trade of freqtrade's, from its first order to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTrade {
    /// Its name in the file; part of the names of its orders here.
    pub id: String,
    /// The venue, where the file says it.
    pub venue: Option<String>,
    /// What is traded, as freqtrade writes it: `BTC/USDT`, `BTC/USDT:USDT`.
    pub pair: String,
    /// The asset that is traded.
    pub base: String,
    /// The asset that it is paid with.
    pub quote: String,
    /// Whether it is a contract, by its pair.
    pub margin: bool,
    /// Whether it gains when the price falls.
    pub is_short: bool,
    /// Whether it has not ended.
    pub is_open: bool,
    /// How many times its margin it is worth.
    pub leverage: Decimal,
    /// Units of base, as freqtrade counts them: after a fee in base, rounded to the venue's lot.
    pub amount: Amount,
    /// Price of the entries.
    pub open_rate: Amount,
    /// Price of the exits.
    pub close_rate: Option<Amount>,
    /// Fee of the entries.
    pub entry_fee: FeeTold,
    /// Fee of the exits.
    pub exit_fee: FeeTold,
    /// Funding received; negative where it was paid.
    pub funding: Option<Amount>,
    /// Profit in quote.
    pub profit: Option<Amount>,
    /// Profit over the margin.
    pub profit_ratio: Option<Amount>,
    /// When it began.
    pub opened_at: Time,
    /// When it ended.
    pub closed_at: Option<Time>,
    /// The strategy.
    pub strategy: Option<String>,
    /// Why it was entered.
    pub entry_tag: Option<String>,
    /// Why it was closed.
    pub exit_reason: Option<String>,
    /// Its candles: `5m`.
    pub interval: Option<String>,
    /// Its orders, as they were filled.
    pub orders: Vec<FileOrder>,
    /// Whether its orders are made of its rates, for the file has none.
    pub orders_made: bool,
}

/// An order of a trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOrder {
    /// Its name in the file.
    pub id: String,
    /// Whether it makes the trade larger.
    pub is_entry: bool,
    /// Buy or sell.
    pub side: Side,
    /// Its kind, as far as its prices are known.
    pub kind: OrderKind,
    /// Its kind in the file's words.
    pub told_kind: Option<String>,
    /// Units of base wanted.
    pub quantity: Decimal,
    /// The worst price.
    pub limit_price: Option<Decimal>,
    /// What it waited for.
    pub stop_price: Option<Decimal>,
    /// Units of base traded.
    pub filled: Decimal,
    /// At which price; looked at where something was traded.
    pub price: Option<Decimal>,
    /// The price that was asked.
    pub told_price: Option<Decimal>,
    /// How it ended.
    pub end: End,
    /// The venue's number of it.
    pub venue_order_id: Option<String>,
    /// When it was sent.
    pub placed_at: Option<Time>,
    /// When it was filled, or looked at last.
    pub filled_at: Option<Time>,
    /// Funding since the order before, where the file tells it.
    pub funding: Option<Amount>,
}

/// How an order ended that was not filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It is at the venue.
    Open,
    /// All of it was traded.
    Filled,
    /// It was given up, and why.
    Cancelled(String),
    /// Its time was over.
    Expired,
    /// The venue never took it.
    Rejected(String),
}

/// Reads a file, unpacked where it is gzip or zip.
///
/// # Errors
/// That it is neither a database nor a result file of freqtrade's, is damaged, or lacks a table or column.
pub fn read(path: &Path) -> Result<BotFile, FreqtradeError> {
    let failed = |reason| FreqtradeError { path: path.to_owned(), reason };
    let content = unpack::content(path).map_err(failed)?;
    let mut file = match &content {
        Content::Database { .. } => sqlite::read(path, content).map_err(failed)?,
        Content::Results(text) => results::read(text).map_err(failed)?,
    };
    // What closed at the same moment stays in the order of the file, by which freqtrade takes its drawdowns.
    let opened = |trade: &FileTrade| trade.is_open.then_some(trade.opened_at);
    file.trades.sort_by_key(|trade| (trade.is_open, trade.closed_at, opened(trade)));
    Ok(file)
}
