//! What a simulator plays, and how.

use std::path::Path;
use std::time::Duration;

use adapters::market::files::{self, FileError, Item, ReadOptions, RowError};
use domain::Time;
use domain::market::{Candle, Interval, SymbolName, Tick, TickKind};

use crate::Faults;

/// How a simulator plays what was recorded.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is played. Recordings of one symbol complete each other.
    pub recordings: Vec<Recording>,
    /// Seconds of the venue in a real second.
    pub speed: f64,
    /// The venue's time at the start; `None`: that of the first trade, or the end of the candles
    /// where there is no trade.
    pub from: Option<Time>,
    /// Shifts all times by whole minutes (by whole candles, where longer ones were recorded), so
    /// that playing starts at the real time.
    pub to_now: bool,
    /// How much of the recording is past already when playing starts.
    pub warmup: Duration,
    /// Begins again when the last trade was played, with later times and higher ids.
    pub looped: bool,
    /// How the simulator misbehaves.
    pub faults: Faults,
    /// What the dice and the made-up trades depend on.
    pub seed: u64,
    /// The weight that may be asked for in a minute of real time; `None`: any.
    pub weight_limit: Option<u32>,
}

impl Default for Options {
    /// Nothing recorded, played at the speed at which it happened, without faults, with Binance's
    /// limit of 6,000 a minute.
    fn default() -> Self {
        Self {
            recordings: Vec::new(),
            speed: 1.0,
            from: None,
            to_now: false,
            warmup: Duration::ZERO,
            looped: false,
            faults: Faults::default(),
            seed: 0,
            weight_limit: Some(6_000),
        }
    }
}

/// Something that can be played.
#[derive(Debug, Clone)]
pub enum Recording {
    /// Trades or aggregate trades of a symbol.
    Ticks {
        /// Whose.
        symbol: SymbolName,
        /// Which of the two.
        kind: TickKind,
        /// The trades, in any order.
        ticks: Vec<Tick>,
    },
    /// Candles of a symbol. They go before candles made from its trades.
    Candles {
        /// Whose.
        symbol: SymbolName,
        /// Their interval.
        interval: Interval,
        /// The candles; what is left out between them was not traded at the venue.
        candles: Vec<Candle>,
    },
    /// Trades that nobody made, single and aggregate ones alike.
    Synthetic {
        /// Whose.
        symbols: Vec<SymbolName>,
        /// Trades in a second of the venue, of all symbols together.
        rate: f64,
        /// When trading begins.
        from: Time,
        /// When it ends; `None`: never.
        to: Option<Time>,
    },
}

/// Why something can't be played.
#[derive(Debug, thiserror::Error)]
pub enum BadRecording {
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A row of it is bad.
    #[error(transparent)]
    Row(#[from] RowError),
    /// Neither the user nor the file names the symbol.
    #[error("{0} doesn't tell its symbol; write it before the file: binance:BTCUSDT=FILE")]
    NoSymbol(String),
    /// Nothing in the file can be played.
    #[error("{0} holds {1}, and only trades and candles can be played")]
    NotPlayable(String, &'static str),
}

impl Recording {
    /// `count` made-up symbols with these trades a second over all, from `from` on.
    #[must_use]
    pub fn synthetic(count: usize, rate: f64, from: Time) -> Self {
        let name = |n| SymbolName::new("binance", &format!("SIM{n:03}USDT")).ok();
        let symbols = (1..=count).filter_map(name).collect();
        Self::Synthetic { symbols, rate, from, to: None }
    }

    /// Everything of a file in one of the formats that can be imported. `symbol` goes before what
    /// the file says.
    ///
    /// # Errors
    /// [`BadRecording`] where the file or a row of it can't be read, or it tells no symbol.
    pub fn open(path: &Path, symbol: Option<&SymbolName>) -> Result<Vec<Self>, BadRecording> {
        let reader = files::open(path, &ReadOptions::default())?;
        let source = reader.source().clone();
        let shown = path.display().to_string();
        let venue = symbol.map(SymbolName::venue).or(source.venue).unwrap_or("binance");
        let (kind, interval) = (source.kind, source.interval);
        let mut found: Vec<(SymbolName, Vec<Tick>, Vec<Candle>)> = Vec::new();
        for record in reader {
            let record = record?;
            let code = record.code.as_deref().or(source.code.as_deref());
            let name = match (symbol, code) {
                // A file of several symbols keeps their names.
                (Some(symbol), _) if record.code.is_none() => Some(symbol.clone()),
                (_, Some(code)) => SymbolName::new(venue, code).ok(),
                (symbol, None) => symbol.cloned(),
            };
            let name = name.ok_or_else(|| BadRecording::NoSymbol(shown.clone()))?;
            let at = found.iter().position(|(symbol, ..)| *symbol == name).unwrap_or_else(|| {
                found.push((name, Vec::new(), Vec::new()));
                found.len() - 1
            });
            match record.item {
                Item::Tick(tick) => found[at].1.push(tick),
                Item::Candle(candle) => found[at].2.push(candle),
                Item::Symbol(_) => return Err(BadRecording::NotPlayable(shown, kind.as_str())),
            }
        }
        let recordings =
            found.into_iter().map(|(symbol, ticks, candles)| match (kind.tick_kind(), interval) {
                (Some(kind), _) => Self::Ticks { symbol, kind, ticks },
                (None, interval) => {
                    Self::Candles { symbol, interval: interval.unwrap_or(Interval::M1), candles }
                }
            });
        Ok(recordings.collect())
    }

    /// The symbols in it.
    #[must_use]
    pub fn symbols(&self) -> &[SymbolName] {
        match self {
            Self::Ticks { symbol, .. } | Self::Candles { symbol, .. } => {
                std::slice::from_ref(symbol)
            }
            Self::Synthetic { symbols, .. } => symbols,
        }
    }
}
