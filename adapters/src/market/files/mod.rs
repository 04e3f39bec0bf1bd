//! Files of trades, candles and symbols: [`open`] finds out what a file is and reads it row by row
//! in bounded memory; [`CandleWriter`] and [`TickWriter`] write the formats that others read.
//!
//! Every number is taken exactly as the file has it. A row that breaks a rule is an error that
//! names file, row, column and value, and the reader can go on after it unless it says otherwise.

mod arrow;
mod arrow_file;
mod batches;
mod binance;
mod capture;
mod ccxt;
mod cell;
mod columns;
mod csv;
mod detect;
mod error;
pub(crate) mod identity;
mod input;
mod json;
mod moment;
mod name;
mod parquet;
mod plan;
mod reader;
mod row;
mod symbols;
pub(crate) mod write;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use domain::market::{Candle, Interval, SymbolRules, Tick, TickKind};

pub use columns::{Column, UnknownColumn};
pub use error::{FileError, RowError};
pub use moment::{TimeUnit, UnknownTimeUnit};
pub use reader::{Reader, open};
pub(super) use symbols::binance_listing;
pub(crate) use write::columns as write_columns;
pub use write::{
    CandleSchema, CandleWriter, OutFormat, TickSchema, TickWriter, UnknownOutFormat, WriteError,
    candles_batch, candles_schema, ticks_batch, ticks_schema,
};

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Single trades.
    Trades,
    /// Trades that the venue put together.
    AggTrades,
    /// Candles of one interval.
    Candles,
    /// Symbols and their rules.
    Symbols,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Trades, Self::AggTrades, Self::Candles, Self::Symbols];

    /// Its name: `trades`, `agg-trades`, `candles`, `symbols`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trades => "trades",
            Self::AggTrades => "agg-trades",
            Self::Candles => "candles",
            Self::Symbols => "symbols",
        }
    }

    /// The kind of its ticks; `None` where its rows are none.
    #[must_use]
    pub const fn tick_kind(self) -> Option<TickKind> {
        match self {
            Self::Trades => Some(TickKind::Trade),
            Self::AggTrades => Some(TickKind::AggTrade),
            Self::Candles | Self::Symbols => None,
        }
    }
}

impl From<TickKind> for Kind {
    fn from(kind: TickKind) -> Self {
        match kind {
            TickKind::Trade => Self::Trades,
            TickKind::AggTrade => Self::AggTrades,
        }
    }
}

/// A text that names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind; there are trades, agg-trades, candles and symbols")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    /// Its name, or what Binance calls it.
    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        match text {
            "aggTrades" => return Ok(Self::AggTrades),
            "ticks" => return Ok(Self::Trades),
            "klines" => return Ok(Self::Candles),
            _ => {}
        }
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownKind(text.into()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// CSV of Binance's public archive, also zipped: klines, trades, aggTrades.
    BinanceCsv,
    /// Recorded WebSocket messages, each with its arrival in nanoseconds before it.
    BinanceWsCapture,
    /// freqtrade's Arrow files.
    FreqtradeFeather,
    /// freqtrade's arrays of arrays.
    FreqtradeJson,
    /// Arrays as ccxt returns them: of arrays, or of trade objects.
    CcxtJson,
    /// Any other CSV.
    Csv,
    /// Parquet.
    Parquet,
    /// Any other Arrow IPC file or stream.
    Arrow,
    /// Binance's list of symbols.
    BinanceExchangeInfo,
}

impl Format {
    const ALL: [Self; 9] = [
        Self::BinanceCsv,
        Self::BinanceWsCapture,
        Self::FreqtradeFeather,
        Self::FreqtradeJson,
        Self::CcxtJson,
        Self::Csv,
        Self::Parquet,
        Self::Arrow,
        Self::BinanceExchangeInfo,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BinanceCsv => "binance-csv",
            Self::BinanceWsCapture => "binance-ws-capture",
            Self::FreqtradeFeather => "freqtrade-feather",
            Self::FreqtradeJson => "freqtrade-json",
            Self::CcxtJson => "ccxt-json",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::BinanceExchangeInfo => "binance-exchange-info",
        }
    }
}

/// A text that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a format; there are binance-csv, binance-ws-capture, freqtrade-feather, \
     freqtrade-json, ccxt-json, csv, parquet, arrow and binance-exchange-info"
)]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| UnknownFormat(text.into()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// What the user says of a file; it goes before what the file seems to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Its format.
    pub format: Option<Format>,
    /// What its rows are.
    pub kind: Option<Kind>,
    /// The interval of its candles.
    pub interval: Option<Interval>,
    /// Its columns from left to right (CSV only).
    pub columns: Option<Vec<Column>>,
    /// The unit of times that are numbers.
    pub time_unit: Option<TimeUnit>,
}

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// How it is written.
    pub format: Format,
    /// What its rows are.
    pub kind: Kind,
    /// The interval of its candles.
    pub interval: Option<Interval>,
    /// The symbol's code, from the file's name or contents.
    pub code: Option<String>,
    /// The venue, where the format is a venue's own.
    pub venue: Option<&'static str>,
    /// Its length on the disk.
    pub bytes: u64,
    /// BLAKE3 of its bytes on the disk.
    pub digest: [u8; 32],
    /// What was assumed, in words.
    pub notes: Vec<String>,
}

/// One good row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which data row, counted from 1.
    pub row: u64,
    /// The row's symbol where it is another than [`Source::code`].
    pub code: Option<Arc<str>>,
    /// What it holds.
    pub item: Item,
}

/// What a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A trade.
    Tick(Tick),
    /// A candle.
    Candle(Candle),
    /// A symbol.
    Symbol(Box<SymbolRules>),
}
