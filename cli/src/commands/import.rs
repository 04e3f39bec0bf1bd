//! `chandlery import`: files of trades, candles and symbols into the database.

use std::path::{Path, PathBuf};

use adapters::market::files::{Column, Format, Kind, ReadOptions, TimeUnit};
use anyhow::Result;
use app::Clock;
use app::market::import::{ImportOptions, ImportReport, ImportStep, import};
use domain::market::{Interval, SymbolName};
use serde_json::json;

use super::import_trades;
use crate::context::{Context, Database};
use crate::output::{Output, Pace, Progress, grouped};

/// Take in files of trades, candles or symbols
///
/// Format, kind, interval and units are found out from the file; the flags below override what is
/// found. gzip and zip are unpacked on the way. An import that was interrupted goes on where it was when it
/// is run again, and a file that was taken in before changes nothing.
///
/// The first bad row stops the import (exit status 3): the message names file, row, column and value, and
/// the rows before it stay. With --skip-bad bad rows are passed over, counted and listed.
///
/// Examples:
///   chandlery import BTCUSDT-trades-2024-08-08.zip
///   chandlery import --symbol binance:BTCUSDT BTC_USDT-1m.feather
///   chandlery import --symbol bitmex:XBTUSD --columns time,-,side,quantity,price trades.csv.gz
///   chandlery import trades --user ada@example.com --account binance --bot ichi tradesv3.sqlite
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    file: FileFlags,
    /// Pass over bad rows instead of stopping at the first
    #[arg(long)]
    skip_bad: bool,
    /// Read the files again although they were taken in before
    #[arg(long)]
    again: bool,
    /// The files, one after the other
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Trades(import_trades::Args),
}

/// How to read a file; `chandlery bench import` takes the same.
#[derive(Debug, clap::Args)]
pub(crate) struct FileFlags {
    /// Whose data it is, venue:CODE; needed where the file doesn't say
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) symbol: Option<SymbolName>,
    /// binance-csv, binance-ws-capture, freqtrade-feather, freqtrade-json, ccxt-json, csv, parquet,
    /// arrow or binance-exchange-info
    #[arg(long)]
    format: Option<Format>,
    /// What the rows are: trades, agg-trades, candles or symbols
    #[arg(long)]
    kind: Option<Kind>,
    /// How long the candles last: 1m 5m 15m 30m 1h 4h 1d 1w
    #[arg(long)]
    interval: Option<Interval>,
    /// The columns of a CSV file from left to right, `-` for one to leave out
    ///
    /// time open high low close volume quote_volume trade_count taker_buy_volume price quantity
    /// signed_quantity (negative: the taker sold) side id is_buyer_maker received_at
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    columns: Option<Vec<Column>>,
    /// The unit of times that are numbers: s, ms, us or ns
    #[arg(long, value_name = "UNIT")]
    time_unit: Option<TimeUnit>,
}

impl FileFlags {
    /// What they say beside the symbol.
    pub(crate) fn options(&self) -> ReadOptions {
        ReadOptions {
            format: self.format,
            kind: self.kind,
            interval: self.interval,
            columns: self.columns.clone(),
            time_unit: self.time_unit,
        }
    }
}

/// Takes in one file after the other, and stops at the first that fails.
pub(crate) async fn run(mut args: Args, context: &Context) -> Result<()> {
    if let Some(What::Trades(args)) = args.what.take() {
        return import_trades::run(args, context).await;
    }
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = files(args, context, &database).await;
    // The lease is given back first, so that the own PostgreSQL has stopped when we end.
    let closed = database.close().await;
    result.and(closed)
}

async fn files(args: Args, context: &Context, database: &Database) -> Result<()> {
    let options = ImportOptions {
        read: args.file.options(),
        symbol: args.file.symbol,
        skip_bad: args.skip_bad,
        again: args.again,
        batch_rows: context.settings.market.import_batch_rows,
    };
    let clock = Clock::system();
    for path in &args.files {
        let watcher = Watcher::new(context.output, path);
        let watch = |step| watcher.step(step);
        let report = import(&database.db, &clock, path, &options, &watch, &context.stop).await;
        drop(watcher);
        tell(context.output, &report?);
    }
    Ok(())
}

/// Shows how far one file is.
struct Watcher {
    output: Output,
    file: String,
    progress: Progress,
    pace: Pace,
}

impl Watcher {
    fn new(output: Output, path: &Path) -> Self {
        let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let progress = output.progress(&name, bytes);
        Self { output, file: path.display().to_string(), progress, pace: output.pace() }
    }

    fn step(&self, step: ImportStep) {
        let rows = step.progress.rows_done;
        self.progress.at(step.bytes_read, format!("{} rows", grouped(rows)));
        if self.output.json && self.pace.is_due() {
            let (bytes_read, bytes) = (step.bytes_read, step.bytes);
            let event = json!({ "event": "progress", "file": self.file, "bytes_read": bytes_read,
                "bytes": bytes, "rows_done": rows });
            self.output.event(&event, String::new);
        }
    }
}

fn tell(output: Output, report: &ImportReport) {
    let symbols: Vec<String> = report.symbols.iter().map(ToString::to_string).collect();
    let skipped: Vec<String> = report.skipped.iter().map(ToString::to_string).collect();
    let done = report.progress;
    if output.json {
        let event = json!({
            "event": "imported", "file": report.path, "format": report.format, "kind": report.kind,
            "interval": report.interval, "symbols": symbols, "notes": report.notes,
            "already_done": report.already_done, "resumed_at_row": report.resumed_at,
            "rows_done": done.rows_done, "rows_written": done.rows_written,
            "rows_new": report.new_rows, "rows_skipped": done.rows_skipped, "skipped": skipped,
            "elapsed_ms": report.elapsed.as_millis() as u64,
        });
        return output.event(&event, String::new);
    }
    for line in &skipped {
        output.note(&format!("skipped: {line}"));
    }
    if done.rows_skipped > skipped.len() as u64 {
        output.note(&format!("skipped: {} in all", grouped(done.rows_skipped)));
    }
    for note in &report.notes {
        output.note(&format!("{}: {note}", report.path.display()));
    }
    output.say(&summary(report, &symbols));
}

fn summary(report: &ImportReport, symbols: &[String]) -> String {
    let (file, done) = (report.path.display(), report.progress);
    let rows = grouped(done.rows_done);
    if report.already_done {
        return format!("{file}: taken in before, {rows} rows; --again reads it again");
    }
    let kind = match &report.interval {
        Some(interval) => format!("{} of {interval}", report.kind),
        None => report.kind.clone(),
    };
    let of = match symbols {
        [] => String::new(),
        [one] => format!(", {one}"),
        more => format!(", {} symbols", more.len()),
    };
    let seconds = report.elapsed.as_secs_f64();
    let this_run = done.rows_done - report.resumed_at;
    let rate = grouped((this_run as f64 / seconds.max(0.001)) as u64);
    let mut text = format!(
        "{file}: {rows} rows ({}, {kind}{of}), {} new, in {seconds:.1} s, {rate} rows/s",
        report.format,
        grouped(report.new_rows),
    );
    if report.resumed_at > 0 {
        text += &format!("; went on after row {}", grouped(report.resumed_at));
    }
    if done.rows_skipped > 0 {
        text += &format!("; {} bad rows skipped", grouped(done.rows_skipped));
    }
    text
}
