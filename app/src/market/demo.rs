//! The demonstration: a small bundled extract of real data is imported like any file, and its
//! trades are then played in a loop, under the name of a replay.

use std::path::{Path, PathBuf};

use domain::Time;
use domain::market::{Interval, SymbolName, TickKind};
use store::market::{holdings, symbols};
use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::market::import::{ImportError, ImportOptions, import};
use crate::market::replay::{ReplayError, ReplayOptions, give_history, replay, replay_name};
use crate::market::segments::{SegmentError, Segments};

/// File name, symbol, contents.
const FILES: [(&str, &str, &[u8]); 3] = [
    ("BTCUSDT-1m.csv.gz", "binance:BTCUSDT", include_bytes!("../../demo/BTCUSDT-1m.csv.gz")),
    (
        "BTCUSDT-trades-2024-08-08.csv.gz",
        "binance:BTCUSDT",
        include_bytes!("../../demo/BTCUSDT-trades-2024-08-08.csv.gz"),
    ),
    (
        "ETHUSDT-trades-2024-08-08.csv.gz",
        "binance:ETHUSDT",
        include_bytes!("../../demo/ETHUSDT-trades-2024-08-08.csv.gz"),
    ),
];

const PLAYED: [&str; 2] = ["binance:BTCUSDT", "binance:ETHUSDT"];
/// The recorded trades begin in this minute.
const CUT: &str = "2024-08-08T23:54:00Z";
/// Two weeks of minutes before the recording.
const HISTORY: i64 = 14 * 1_440;
/// A played symbol that stood still for longer gets its past anew.
const STALE_MICROS: i64 = 24 * 3_600_000_000;

/// Why the demonstration can't start or go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Its files can't be imported.
    #[error("the demonstration's data: {0}")]
    Import(#[from] ImportError),
    /// Its sealed rows can't be read.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// Its trades can't be played.
    #[error("the demonstration's replay: {0}")]
    Replay(#[from] ReplayError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its files can't be laid down.
    #[error("the demonstration's files: {0}")]
    Io(#[from] std::io::Error),
}

/// Writes the bundled files into a folder; tells each with its symbol.
///
/// # Errors
/// Where the folder can't be written.
pub async fn lay_down(folder: &Path) -> std::io::Result<Vec<(PathBuf, SymbolName)>> {
    tokio::fs::create_dir_all(folder).await?;
    let mut laid = Vec::new();
    for (name, symbol, contents) in FILES {
        let path = folder.join(name);
        tokio::fs::write(&path, contents).await?;
        laid.push((path, named(symbol)));
    }
    Ok(laid)
}

/// Imports the bundled data, once, and gives the played symbols a past that ends now.
///
/// # Errors
/// [`DemoError`].
pub async fn prepare(
    db: &Db,
    clock: &Clock,
    folder: &Path,
    segments: &Segments,
    stop: &CancellationToken,
) -> Result<(), DemoError> {
    for (path, symbol) in lay_down(folder).await? {
        let options = ImportOptions { symbol: Some(symbol), ..ImportOptions::default() };
        import(db, clock, &path, &options, &|_| {}, stop).await?;
    }
    for symbol in PLAYED.map(named) {
        if is_stale(db, clock, &symbol).await? {
            let cut: Time = CUT.parse().unwrap_or_default();
            give_history(db, clock, &symbol, TickKind::Trade, cut, HISTORY, segments).await?;
        }
    }
    symbols::refresh_summaries(db).await?;
    Ok(())
}

/// Plays the bundled trades in a loop until `stop`.
///
/// # Errors
/// [`DemoError`].
pub async fn play(
    db: &Db,
    clock: &Clock,
    speed: f64,
    segments: &Segments,
    stop: &CancellationToken,
) -> Result<(), DemoError> {
    let options = PLAYED.map(|symbol| ReplayOptions {
        symbol: named(symbol),
        speed,
        from: None,
        to: None,
        looped: true,
        segments: segments.clone(),
    });
    let [first, second] = &options;
    let silent = |_| {};
    tokio::try_join!(
        replay(db, clock, first, &silent, stop),
        replay(db, clock, second, &silent, stop)
    )?;
    Ok(())
}

async fn is_stale(db: &Db, clock: &Clock, symbol: &SymbolName) -> Result<bool, StoreError> {
    let Ok(name) = replay_name(symbol) else { return Ok(false) };
    let Some(played) = symbols::get(db, &name).await? else { return Ok(true) };
    let held = holdings::of_symbol(db, played.id).await?;
    let last =
        held.iter().filter(|h| h.interval == Interval::M1.as_str()).map(|h| h.last_time).max();
    Ok(last.is_none_or(|last| last.plus_micros(STALE_MICROS) < clock.now()))
}

fn named(symbol: &str) -> SymbolName {
    symbol.parse().unwrap_or_else(|_| unreachable!("the names above are symbols"))
}
