//! Taking a file in: decode in one thread, commit in another, and count the rows done in the
//! transaction that writes them. So a killed import goes on where it was, a repeated one finds
//! nothing to do, and a bad row costs nothing that came before it.

mod decode;
mod report;

use std::path::Path;
use std::time::Instant;

use adapters::market::files::{self, Kind, ReadOptions, Reader};
use domain::Time;
use domain::market::{Interval, SymbolName, TickKind};
use store::market::partitions::{self, Table};
use store::market::progress::{self, Progress};
use store::market::{candles, listings, symbols};
use store::{Db, StoreError, Tx};
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::market::live;
use decode::{Chunk, Decoder, Part, Rows};
pub use report::{ImportError, ImportReport, ImportStep};

/// How to read a file, beyond what it says itself.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Whose data it is; needed where the file doesn't say.
    pub symbol: Option<SymbolName>,
    /// Format, kind, columns and units, where they are not to be detected.
    pub read: ReadOptions,
    /// Pass over bad rows instead of stopping at the first.
    pub skip_bad: bool,
    /// Read the file again although it was taken in before.
    pub again: bool,
    /// Rows of one transaction.
    pub batch_rows: usize,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            symbol: None,
            read: ReadOptions::default(),
            skip_bad: false,
            again: false,
            batch_rows: 65_536,
        }
    }
}

/// Takes in one file; `watch` hears of every commit.
///
/// # Errors
/// [`ImportError`]; whatever was committed before stays, and the next run goes on behind it.
pub async fn import(
    db: &Db,
    clock: &Clock,
    path: &Path,
    options: &ImportOptions,
    watch: &(dyn Fn(ImportStep) + Send + Sync),
    stop: &CancellationToken,
) -> Result<ImportReport, ImportError> {
    let started = Instant::now();
    let (owned, read) = (path.to_owned(), options.read.clone());
    let reader = blocking(move || files::open(&owned, &read)).await??;
    let plan = Plan::new(&reader, options)?;
    if options.again {
        progress::forget(db, &plan.source).await?;
    }
    let before = progress::get(db, &plan.source).await?.unwrap_or_default();
    let mut report = ImportReport::new(reader.source(), &plan, before);
    if before.finished {
        report.already_done = true;
        return Ok(report);
    }
    let bytes = reader.source().bytes;
    let mut decoder = Decoder::start(reader, before.rows_done, options, plan.symbols.clone());
    let mut done = before;
    let mut coming = prepared(db, &mut decoder, stop).await?;
    let failure = loop {
        let Some(chunk) = coming.filter(|_| !stop.is_cancelled()) else {
            break Some(if stop.is_cancelled() {
                ImportError::Interrupted { rows_done: done.rows_done }
            } else {
                ImportError::Internal("the decoder ended without a word".to_owned())
            });
        };
        let written = commit(db, clock, &plan, &chunk, done, &mut report);
        let next =
            async { if chunk.last { Ok(None) } else { prepared(db, &mut decoder, stop).await } };
        let (written, next) = if db.settings().pool_size > 1 {
            tokio::join!(written, next)
        } else {
            (written.await, next.await)
        };
        done = written?;
        let step = ImportStep { bytes_read: chunk.bytes_read, bytes, progress: done };
        watch(step);
        report.note(&chunk);
        if let Some(error) = chunk.failure {
            break Some(ImportError::Row { error: Box::new(error), rows_done: done.rows_done });
        }
        if chunk.last {
            break None;
        }
        coming = next?;
    };
    if done.rows_written > before.rows_written {
        symbols::refresh_summaries(db).await?;
    }
    metrics::counter!("chandlery_import_rows_total")
        .increment(done.rows_written - before.rows_written);
    report.finish(done, started.elapsed());
    failure.map_or(Ok(report), Err)
}

/// What is constant over one import.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Names this file and the meaning it is given, for its progress.
    source: String,
    description: String,
    kind: Kind,
    interval: Option<Interval>,
    symbols: Names,
}

/// Which symbol a row belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    default: Option<SymbolName>,
    venue: String,
}

impl Names {
    fn of(&self, code: Option<&str>) -> Result<SymbolName, String> {
        match (code, &self.default) {
            (Some(code), _) => {
                SymbolName::new(&self.venue, code).map_err(|error| error.to_string())
            }
            (None, Some(name)) => Ok(name.clone()),
            (None, None) => Err("its symbol is not known".to_owned()),
        }
    }
}

impl Plan {
    fn new(reader: &Reader, options: &ImportOptions) -> Result<Self, ImportError> {
        let source = reader.source();
        let given = options.symbol.clone();
        let venue = given.as_ref().map(SymbolName::venue).or(source.venue);
        let default = match (&given, venue, &source.code) {
            (Some(name), ..) => Some(name.clone()),
            (None, Some(venue), Some(code)) => {
                let name = SymbolName::new(venue, code);
                Some(name.map_err(|error| ImportError::Symbol {
                    path: source.path.clone(),
                    reason: error.to_string(),
                })?)
            }
            _ => None,
        };
        let many = source.kind == Kind::Symbols || source.format == files::Format::BinanceWsCapture;
        let (Some(venue), true) = (venue, default.is_some() || many) else {
            return Err(ImportError::Symbol {
                path: source.path.clone(),
                reason: "whose data is this? say --symbol venue:CODE, for example --symbol binance:BTCUSDT".to_owned(),
            });
        };
        let kind = tick_kind(source, venue, options);
        let meaning = format!(
            "{}|{kind}|{:?}|{:?}|{:?}|{:?}|{venue}",
            source.format, source.interval, options.read.columns, options.read.time_unit, default
        );
        let digest =
            blake3::Hasher::new().update(&source.digest).update(meaning.as_bytes()).finalize();
        let file = source.path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            source: format!("file:{}", digest.to_hex()),
            description: format!("{file} ({}, {kind})", source.format),
            kind,
            interval: source.interval,
            symbols: Names { venue: venue.to_owned(), default },
        })
    }
}

/// ccxt and freqtrade do not say which trades they hold; from Binance they fetch aggregate ones.
fn tick_kind(source: &files::Source, venue: &str, options: &ImportOptions) -> Kind {
    use files::Format::{CcxtJson, FreqtradeFeather, FreqtradeJson};
    let silent = matches!(source.format, CcxtJson | FreqtradeFeather | FreqtradeJson);
    if options.read.kind.is_none() && silent && source.kind == Kind::Trades && venue == "binance" {
        Kind::AggTrades
    } else {
        source.kind
    }
}

/// The next chunk, and the partitions it needs: made while the chunk before it is written, by
/// another connection. `None` where there is none or the end is asked for.
async fn prepared(
    db: &Db,
    decoder: &mut Decoder,
    stop: &CancellationToken,
) -> Result<Option<Chunk>, StoreError> {
    let chunk = tokio::select! {
        biased;
        () = stop.cancelled() => None,
        chunk = decoder.next() => chunk,
    };
    if let Some(chunk) = &chunk {
        make_partitions(db, chunk).await?;
    }
    Ok(chunk)
}

/// Writes a chunk and the progress that counts it in one transaction.
async fn commit(
    db: &Db,
    clock: &Clock,
    plan: &Plan,
    chunk: &Chunk,
    before: Progress,
    report: &mut ImportReport,
) -> Result<Progress, StoreError> {
    let finished = chunk.last && chunk.failure.is_none();
    let (done, names) = db
        .run("market.import", |tx| async move {
            let mut written = 0;
            let mut names = Vec::new();
            for (name, part) in &chunk.parts {
                written += write(&tx, clock, plan, name, part).await?;
                names.push(name.clone());
            }
            let done = Progress {
                rows_done: before.rows_done.max(chunk.rows_done),
                rows_written: before.rows_written + written,
                rows_skipped: before.rows_skipped + chunk.skipped.len() as u64,
                finished,
            };
            progress::save(&tx, &plan.source, &plan.description, done).await?;
            Ok::<_, StoreError>((done, names))
        })
        .await?;
    report.symbols.extend(names);
    Ok(done)
}

async fn write(
    tx: &Tx,
    clock: &Clock,
    plan: &Plan,
    name: &SymbolName,
    part: &Part,
) -> Result<u64, StoreError> {
    if let Rows::Symbols(rules) = &part.rows {
        let venue = &plan.symbols.venue;
        for one in rules {
            SymbolName::new(venue, &one.code)
                .map_err(|error| StoreError::Unexpected(error.to_string()))?;
        }
        listings::write(tx, venue, rules, clock.now()).await?;
        return Ok(rules.len() as u64);
    }
    let symbol = symbols::ensure(tx, name, None).await?;
    let ahead = Some(part.rolls.as_slice());
    let written = match &part.rows {
        Rows::Ticks(ticks) => {
            let kind = plan.kind.tick_kind().unwrap_or(TickKind::Trade);
            candles::write_ticks(tx, &symbol, kind, ticks, ahead).await?
        }
        Rows::Candles(rows) => {
            let interval = plan
                .interval
                .ok_or_else(|| StoreError::Unexpected("candles of no interval".to_owned()))?;
            candles::write_venue(tx, &symbol, interval, rows, ahead).await?
        }
        Rows::Symbols(_) => return Ok(0),
    };
    if !written.places.is_empty() {
        live::announce_change(tx, name, symbol.id).await?;
    }
    Ok(written.places.len() as u64)
}

/// The partitions of the rows and of the candles of every interval that they fall into.
async fn make_partitions(db: &Db, chunk: &Chunk) -> Result<(), StoreError> {
    for part in chunk.parts.values() {
        let times: Vec<Time> = match &part.rows {
            Rows::Ticks(rows) => rows.iter().map(|tick| tick.time).collect(),
            Rows::Candles(rows) => rows.iter().map(|candle| candle.open_time).collect(),
            Rows::Symbols(_) => continue,
        };
        if let Rows::Ticks(_) = &part.rows {
            partitions::ensure(db, Table::Ticks, times.iter().copied()).await?;
        }
        // A week may have begun in the month before.
        let weeks = times.iter().map(|time| Interval::W1.open_time(*time));
        partitions::ensure(db, Table::Candles, times.iter().copied().chain(weeks)).await?;
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ImportError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ImportError::Internal(error.to_string()))
}
