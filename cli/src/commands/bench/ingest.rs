//! `chandlery bench ingest`: live trades from a stream to the disk, beside a plain COPY of the same
//! rows into the same table.

use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::market::venue::binance::{Binance, BinanceOptions};
use anyhow::{Context as _, Result, bail};
use app::Clock;
use app::market::ingest::{Feed, IngestOptions};
use app::market::live::Live;
use domain::market::{Interval, TickKind};
use serde::Serialize;
use store::Db;
use store::market::partitions::{self, Table};
use store::market::symbols::{self, Symbol};
use store::market::{holdings, ticks};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::venue::{Script, Speaker};
use super::{median, memory, rounded, scratch};
use crate::context::Context;
use crate::output::grouped;

/// Nothing more was stored for so long: something is wrong.
const STUCK: Duration = Duration::from_secs(30);
const BEAT: Duration = Duration::from_millis(20);

/// Measure live ingest: trades from a WebSocket to the disk, beside a plain COPY of the same rows
///
/// A venue in this process sends aggregate trades of many symbols as fast as they are taken. Measured is the
/// time from the first message to the commit of the last trade with its candles of all eight intervals, the
/// decoding of the messages included; then the same rows are copied into the same empty table.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Symbols that are traded
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    symbols: u32,
    /// Trades in all
    #[arg(long, default_value_t = 1_000_000)]
    trades: u64,
    /// How often it is measured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
}

#[derive(Debug, Serialize)]
struct Measured {
    symbols: u32,
    trades: u64,
    candles_kept: u64,
    rounds: Vec<Round>,
    median_ratio: f64,
    peak_resident_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Round {
    ingest_rows_per_second: f64,
    copy_rows_per_second: f64,
    ratio: f64,
}

/// Measures in a database of its own.
pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.database()).await?;
    let result = measure(&args, context, &database.owner).await;
    let closed = database.close().await;
    let measured = result?;
    closed?;
    context.output.result(&measured, || words(&measured));
    Ok(())
}

async fn measure(args: &Args, context: &Context, db: &Db) -> Result<Measured> {
    let script = Script {
        symbols: args.symbols,
        trades: (args.trades / u64::from(args.symbols)).max(1),
        from: "2026-01-05T10:00:00Z".parse().context("a time")?,
        step_micros: 25_000,
    };
    let trades = script.trades * u64::from(script.symbols);
    let (mut rounds, mut peak, mut candles_kept) = (Vec::new(), None, 0);
    for round in 1..=args.rounds {
        let ingest = async |scratch: &Db| ingest_once(scratch, script, trades).await;
        let (elapsed, most, kept) = scratch::within(db, &context.stop, ingest).await?;
        let copy = async |scratch: &Db| copy_once(scratch, script, trades).await;
        let copied = scratch::within(db, &context.stop, copy).await?;
        let rate = |elapsed: Duration| trades as f64 / elapsed.as_secs_f64();
        rounds.push(Round {
            ingest_rows_per_second: rate(elapsed).round(),
            copy_rows_per_second: rate(copied).round(),
            ratio: rounded(rate(elapsed) / rate(copied)),
        });
        context.output.note(&format!("round {round}: {:?}", rounds.last()));
        (peak, candles_kept) = (peak.max(most), kept);
    }
    let median_ratio = rounded(median(rounds.iter().map(|round| round.ratio)));
    let symbols = script.symbols;
    Ok(Measured { symbols, trades, candles_kept, rounds, median_ratio, peak_resident_bytes: peak })
}

async fn ingest_once(db: &Db, script: Script, trades: u64) -> Result<(Duration, Option<u64>, u64)> {
    make_partitions(db, script).await?;
    let counted = memory::forget_peak();
    let speaker = Speaker::start(script).await?;
    let clock = Clock::system();
    let now = clock.clone();
    let source = Binance::new(BinanceOptions {
        // Nobody answers there: everything has to come by the stream.
        rest_url: "http://127.0.0.1:9".to_owned(),
        ws_url: speaker.url.clone(),
        klines: false,
        book: false,
        ..BinanceOptions::new(Arc::new(move || now.now()))
    })?;
    let feed = Feed {
        db: db.clone(),
        clock,
        live: Live::default(),
        source: Arc::new(source),
        options: IngestOptions { quiet: STUCK * 2, ..IngestOptions::default() },
    };
    let (_wanted, symbols) = watch::channel(symbols_of(db, script).await?);
    let stop = CancellationToken::new();
    let running = tokio::spawn(feed.run(symbols, Arc::new(Notify::new()), stop.clone()));
    let stored = all_stored(db, trades).await;
    stop.cancel();
    running.await.context("the feed")?;
    let ended = stored?;
    let began = speaker.began().context("nothing was sent")?;
    let peak = memory::peak().filter(|_| counted);
    let held = holdings::of_all(db).await?;
    let candles = held.values().flatten().filter(|series| series.interval != holdings::TICK);
    Ok((ended - began, peak, candles.map(|series| series.row_count as u64).sum()))
}

/// Waits until so many trades are committed.
async fn all_stored(db: &Db, trades: u64) -> Result<Instant> {
    let (mut before, mut moved) = (0, Instant::now());
    loop {
        let held = holdings::of_all(db).await?;
        let ticks = held.values().flatten().filter(|series| series.interval == holdings::TICK);
        let stored: u64 = ticks.map(|series| series.row_count as u64).sum();
        if stored >= trades {
            return Ok(Instant::now());
        }
        if stored > before {
            (before, moved) = (stored, Instant::now());
        } else if moved.elapsed() > STUCK {
            bail!("{stored} of {trades} trades were stored, and no more came for {STUCK:?}");
        }
        tokio::time::sleep(BEAT).await;
    }
}

async fn copy_once(db: &Db, script: Script, trades: u64) -> Result<Duration> {
    make_partitions(db, script).await?;
    let ids: Vec<i32> = symbols_of(db, script).await?.iter().map(|symbol| symbol.id).collect();
    let mut rows = Vec::with_capacity(trades as usize);
    for number in 0..script.trades {
        rows.extend((0..script.symbols).map(|symbol| (symbol, script.tick(symbol, number))));
    }
    let (rows, ids) = (&rows, &ids);
    let started = Instant::now();
    let copy = |tx| async move {
        let kind = TickKind::AggTrade;
        let rows: Vec<_> =
            rows.iter().map(|(symbol, tick)| (ids[*symbol as usize], kind, tick)).collect();
        ticks::copy(&tx, rows.into_iter()).await
    };
    let copied = db.run("bench.copy", copy).await?;
    if copied != trades {
        bail!("{copied} of {trades} rows were copied");
    }
    Ok(started.elapsed())
}

async fn symbols_of(db: &Db, script: Script) -> Result<Vec<Arc<Symbol>>> {
    let mut symbols = Vec::new();
    for name in script.names()? {
        let name = &name;
        let ensure = |tx| async move { symbols::ensure(&tx, name, None).await };
        symbols.push(Arc::new(db.run("bench.symbol", ensure).await?));
    }
    Ok(symbols)
}

async fn make_partitions(db: &Db, script: Script) -> Result<()> {
    let last = script.from.plus_micros(script.trades as i64 * script.step_micros);
    let days = [script.from, last];
    partitions::ensure(db, Table::Ticks, days).await?;
    partitions::ensure(db, Table::Candles, days.map(|day| Interval::W1.open_time(day))).await?;
    Ok(())
}

fn words(measured: &Measured) -> String {
    let middle = |pick: fn(&Round) -> f64| grouped(median(measured.rounds.iter().map(pick)) as u64);
    let memory = measured.peak_resident_bytes.map_or_else(
        || "not told by this system".to_owned(),
        |bytes| format!("{:.0} MB", bytes as f64 / 1e6),
    );
    format!(
        "{} trades of {} symbols, {} candles kept with them\n  \
         ingest {} rows/s, COPY {} rows/s (medians of {}), ratio {:.2} (median)\n  \
         peak resident memory, the venue's included, {memory}",
        grouped(measured.trades),
        measured.symbols,
        grouped(measured.candles_kept),
        middle(|round| round.ingest_rows_per_second),
        middle(|round| round.copy_rows_per_second),
        measured.rounds.len(),
        measured.median_ratio,
    )
}
