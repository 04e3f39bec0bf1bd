//! The market area of the tests: real data, imports and what is stored afterwards.

mod as_of;
mod faults;
mod feed;
mod hot;
mod import;
mod lines;
mod real_data;
mod replay;
mod segments;
mod symbols;

use std::path::{Path, PathBuf};

use app::Clock;
use app::market::import::{ImportError, ImportOptions, ImportReport, import};
use domain::Time;
use domain::market::{Candle, Interval, Origin, SymbolName, Tick, TickKind};
use store::Db;
use store::market::candles::{self, CandleQuery};
use store::market::ticks::{self, TickQuery};
use tokio_util::sync::CancellationToken;

/// The folder of real data beside the project, or `None` with a line that says so.
pub(crate) fn data(path: &str) -> Option<PathBuf> {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(path);
    if !full.exists() {
        println!("skipped: there is no {path} in the folder of real data");
        return None;
    }
    Some(full)
}

pub(crate) fn symbol(name: &str) -> SymbolName {
    name.parse().expect("a symbol")
}

pub(crate) fn of(name: &str) -> ImportOptions {
    ImportOptions { symbol: Some(symbol(name)), ..ImportOptions::default() }
}

pub(crate) async fn take(
    db: &Db,
    path: &Path,
    options: &ImportOptions,
) -> Result<ImportReport, ImportError> {
    import(db, &Clock::system(), path, options, &|_| {}, &CancellationToken::new()).await
}

pub(crate) async fn symbol_id(db: &Db, name: &str) -> i32 {
    store::market::symbols::get(db, &symbol(name)).await.expect("a query").expect("the symbol").id
}

pub(crate) async fn stored_candles(
    db: &Db,
    name: &str,
    interval: Interval,
    origin: Option<Origin>,
) -> Vec<Candle> {
    let query = CandleQuery {
        symbol_id: symbol_id(db, name).await,
        interval,
        origin,
        from: Time::MIN,
        to: Time::MAX,
        descending: false,
        limit: 1_000_000,
    };
    candles::page(db, &query).await.expect("candles")
}

pub(crate) async fn stored_ticks(db: &Db, name: &str, kind: TickKind) -> Vec<Tick> {
    let query = TickQuery {
        symbol_id: symbol_id(db, name).await,
        kind,
        from: Time::MIN,
        to: Time::MAX,
        descending: false,
        after: None,
        limit: 10_000_000,
    };
    ticks::page(db, &query).await.expect("ticks")
}

/// Open, high, low, close and volume: what two sources of the same candle must agree on.
pub(crate) fn figures(candle: &Candle) -> (Time, [String; 5]) {
    let prices =
        [candle.open, candle.high, candle.low, candle.close].map(|p| p.normalize().to_string());
    let [open, high, low, close] = prices;
    (candle.open_time, [open, high, low, close, candle.volume.to_string()])
}
