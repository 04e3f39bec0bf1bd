//! `chandlery bench import`: the product's own import of a file against a plain COPY of its rows.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use adapters::market::files::{self, Item, Kind, ReadOptions};
use anyhow::{Context as _, Result, bail};
use app::Clock;
use app::market::import::{ImportOptions, ImportReport, import};
use domain::Time;
use domain::market::{Candle, Interval, Origin, SymbolName, Tick, TickKind};
use serde::Serialize;
use serde_json::json;
use store::market::partitions::{self, Table};
use store::market::{candles, holdings, symbols, ticks};
use store::{Db, StoreError};

use super::{median, memory, rounded, scratch};
use crate::commands::import::FileFlags;
use crate::context::Context;
use crate::output::grouped;

/// Measure the import of files against a plain COPY of the same rows
///
/// Each round imports the file into a fresh database as `chandlery import` does: read, decode, check, leave
/// out what is stored, keep the candles of all intervals, count progress, commit batch by batch. Then it
/// writes the same rows into another fresh database by one binary COPY in one transaction; rows, partitions
/// and indexes are ready before the clock starts. For candles the COPY has no roll-ups to write.
///
/// The databases are made on the data folder's PostgreSQL, or that of database.url, and dropped.
///
/// Example:
///   chandlery bench import --symbol bitmex:XBTUSD trades.csv.gz
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    #[command(flatten)]
    file: FileFlags,
    /// How often each is measured
    #[arg(long, default_value_t = 3, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// The files, each measured by itself
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What one round found.
#[derive(Debug, Serialize)]
struct Round {
    import_rows_per_second: f64,
    copy_rows_per_second: f64,
    ratio: f64,
}

/// What was found about one file.
#[derive(Debug, Serialize)]
struct Measured {
    file: String,
    symbol: String,
    kind: String,
    rows: u64,
    candles_kept: u64,
    rounds: Vec<Round>,
    median_ratio: f64,
    peak_resident_bytes: Option<u64>,
}

/// One import.
struct Imported {
    report: ImportReport,
    elapsed: Duration,
    peak: Option<u64>,
    candles_kept: u64,
}

/// Rows in memory, ready to be written.
enum Rows {
    Ticks(TickKind, Vec<Tick>),
    Candles(Interval, Vec<Candle>),
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.database()).await?;
    let result = files(&args, context, &database.owner).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn files(args: &Args, context: &Context, db: &Db) -> Result<()> {
    let mut all = Vec::new();
    for file in &args.files {
        let measured = measure(args, context, db, file).await?;
        if !context.output.json {
            context.output.say(&words(&measured));
        }
        all.push(measured);
    }
    if context.output.json {
        context.output.result(&json!({ "imports": all }), String::new);
    }
    Ok(())
}

async fn measure(args: &Args, context: &Context, db: &Db, file: &Path) -> Result<Measured> {
    let options = ImportOptions {
        symbol: args.file.symbol.clone(),
        read: args.file.options(),
        batch_rows: context.settings.market.import_batch_rows,
        ..ImportOptions::default()
    };
    let (mut rounds, mut peak, mut last) = (Vec::new(), None, None);
    for round in 1..=args.rounds {
        let import = async |scratch: &Db| import_once(scratch, file, &options, context).await;
        let imported = scratch::within(db, &context.stop, import).await?;
        let report = &imported.report;
        let copy = async |scratch: &Db| copy_once(scratch, file, report, &options.read).await;
        let copied = scratch::within(db, &context.stop, copy).await?;
        let rows = report.progress.rows_written as f64;
        let import_rate = rows / imported.elapsed.as_secs_f64();
        let copy_rate = rows / copied.as_secs_f64();
        rounds.push(Round {
            import_rows_per_second: import_rate.round(),
            copy_rows_per_second: copy_rate.round(),
            ratio: rounded(import_rate / copy_rate),
        });
        context.output.note(&format!("round {round}: {}", words_of(rounds.last())));
        peak = peak.max(imported.peak);
        last = Some(imported);
    }
    let last = last.context("no round was run")?;
    Ok(Measured {
        file: file.display().to_string(),
        symbol: only_symbol(file, &last.report)?.to_string(),
        kind: last.report.kind.clone(),
        rows: last.report.progress.rows_written,
        candles_kept: last.candles_kept,
        median_ratio: rounded(median(rounds.iter().map(|round| round.ratio))),
        rounds,
        peak_resident_bytes: peak,
    })
}

async fn import_once(
    db: &Db,
    file: &Path,
    options: &ImportOptions,
    context: &Context,
) -> Result<Imported> {
    // Without it the peak counts the rows that the comparison of the round before held.
    let counted = memory::forget_peak();
    let started = Instant::now();
    let report = import(db, &Clock::system(), file, options, &|_| (), &context.stop).await?;
    let elapsed = started.elapsed();
    let peak = memory::peak().filter(|_| counted);
    let held = holdings::of_all(db).await?;
    let series = held.values().flatten();
    let rolled = series.filter(|series| !["tick", "venue"].contains(&kept_as(series)));
    let candles_kept = rolled.map(|series| series.row_count as u64).sum();
    Ok(Imported { report, elapsed, peak, candles_kept })
}

/// `tick` for ticks, else the candles' origin.
fn kept_as(series: &holdings::Holding) -> &str {
    if series.interval == holdings::TICK { holdings::TICK } else { &series.origin }
}

async fn copy_once(
    db: &Db,
    file: &Path,
    report: &ImportReport,
    read: &ReadOptions,
) -> Result<Duration> {
    let symbol = only_symbol(file, report)?;
    let symbol =
        db.run("bench.symbol", |tx| async move { symbols::ensure(&tx, symbol, None).await });
    let symbol_id = symbol.await?.id;
    let kind: Kind = report.kind.parse()?;
    let interval = report.interval.as_deref().map(str::parse).transpose()?;
    let (path, read) = (file.to_owned(), read.clone());
    let rows = tokio::task::spawn_blocking(move || decode(&path, &read, kind, interval)).await??;
    let rows = &rows;
    match rows {
        Rows::Ticks(_, rows) => {
            partitions::ensure(db, Table::Ticks, rows.iter().map(|tick| tick.time)).await?
        }
        Rows::Candles(_, rows) => {
            let times: Vec<Time> = rows.iter().map(|candle| candle.open_time).collect();
            partitions::ensure(db, Table::Candles, times).await?
        }
    };
    let started = Instant::now();
    let copied = db.run("bench.copy", |tx| async move {
        let copied = match rows {
            Rows::Ticks(kind, rows) => {
                ticks::copy(&tx, rows.iter().map(|tick| (symbol_id, *kind, tick))).await?
            }
            Rows::Candles(interval, rows) => {
                let of = |candle| (symbol_id, Origin::Venue, *interval, candle, None);
                candles::copy(&tx, rows.iter().map(of)).await?
            }
        };
        Ok::<_, StoreError>(copied)
    });
    let copied = copied.await.context("copying the file's rows as they are")?;
    let elapsed = started.elapsed();
    if copied != report.progress.rows_written {
        let imported = report.progress.rows_written;
        bail!(
            "{imported} rows were imported but {copied} copied: measure a file without repetitions"
        );
    }
    Ok(elapsed)
}

/// All rows of a file.
fn decode(path: &Path, read: &ReadOptions, kind: Kind, interval: Option<Interval>) -> Result<Rows> {
    let mut rows = match (kind.tick_kind(), interval) {
        (Some(kind), _) => Rows::Ticks(kind, Vec::new()),
        (None, Some(interval)) => Rows::Candles(interval, Vec::new()),
        (None, None) => bail!("{}: only trades and candles can be measured", path.display()),
    };
    for record in files::open(path, read)? {
        match (record?.item, &mut rows) {
            (Item::Tick(tick), Rows::Ticks(_, rows)) => rows.push(tick),
            (Item::Candle(candle), Rows::Candles(_, rows)) => rows.push(candle),
            _ => bail!("{}: it holds rows of several kinds", path.display()),
        }
    }
    Ok(rows)
}

fn only_symbol<'a>(file: &Path, report: &'a ImportReport) -> Result<&'a SymbolName> {
    let mut names = report.symbols.iter();
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name),
        _ => bail!("{}: only a file of one symbol can be measured", file.display()),
    }
}

fn words_of(round: Option<&Round>) -> String {
    let Some(round) = round else { return String::new() };
    format!(
        "import {} rows/s, COPY {} rows/s, ratio {:.2}",
        grouped(round.import_rows_per_second as u64),
        grouped(round.copy_rows_per_second as u64),
        round.ratio
    )
}

fn words(measured: &Measured) -> String {
    let middle = |pick: fn(&Round) -> f64| grouped(median(measured.rounds.iter().map(pick)) as u64);
    let memory = measured.peak_resident_bytes.map_or_else(
        || "not told by this system".to_owned(),
        |bytes| format!("{:.0} MB", bytes as f64 / 1e6),
    );
    format!(
        "{}: {} rows ({}, {}), {} candles kept with them\n  \
         import {} rows/s, COPY {} rows/s (medians of {}), ratio {:.2} (median)\n  \
         peak resident memory of the import {memory}",
        measured.file,
        grouped(measured.rows),
        measured.kind,
        measured.symbol,
        grouped(measured.candles_kept),
        middle(|round| round.import_rows_per_second),
        middle(|round| round.copy_rows_per_second),
        measured.rounds.len(),
        measured.median_ratio,
    )
}
